"""The report of a fault: what went wrong, in which version of what, and what went on before. Nobody sends it."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Sequence

import PySide6
from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

from hvgui import __version__


def report_text(faults: Sequence[str], events: Sequence[str], lines: Sequence[str]) -> str:
    """The whole report: the faults with their traces, the lab's last events, the log's last lines."""
    parts = [
        ("What went wrong", "\n\n".join(one.strip() for one in faults) or "Nothing that hvgui has noticed."),
        ("Versions", "\n".join(versions())),
        ("Last events of the lab", "\n".join(events) or "None."),
        ("Last lines of the log", "\n".join(lines) or "None."),
    ]
    return "\n\n".join(f"{title}\n{'-' * len(title)}\n{text}" for title, text in parts) + "\n"


def versions() -> list[str]:
    """Of hvgui and of all it runs on, a line each."""
    numpy = sys.modules.get("numpy")
    lines = [
        f"hvgui {__version__}{' (frozen)' if getattr(sys, 'frozen', False) else ''}",
        f"Python {platform.python_version()} on {platform.platform()}",
        f"Qt {qVersion()}, PySide6 {PySide6.__version__}, platform {QGuiApplication.platformName()}",
        f"SQLite {sqlite3.sqlite_version}",
    ]
    if numpy is not None:
        lines.append(f"numpy {getattr(numpy, '__version__', '?')}")
    return lines
