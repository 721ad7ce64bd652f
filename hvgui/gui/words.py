"""Every text that a person reads in the window passes through here, so that another language can follow."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def tr(text: str, **values: object) -> str:
    """The text in the window's language, with `{name}` places filled.

    Translated first, filled afterwards: a translator sees `{count} VMs`, not `25 VMs`.
    """
    translated = QCoreApplication.translate("hvgui", text)
    return translated.format(**values) if values else translated


def counted(number: int, one: str, many: str) -> str:
    """`1 VM` or `25 VMs`: the English forms with `{count}` in them, each translated as a whole."""
    return tr(one if number == 1 else many, count=f"{number:,}")
