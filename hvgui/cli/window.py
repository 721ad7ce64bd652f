"""The door to the window: opened only where there is a display, and only then is Qt imported."""

from __future__ import annotations

import os
import sys

from hvgui.cli.exits import BadInputError


def open_window(opened: str | None) -> int:
    """Shows the window on a lab, an inventory or a sample (None: the article's lab) until it is closed.

    Raises BadInputError where there is no display, with the command that does without.
    """
    if not has_display():
        raise BadInputError(
            "there is no display for the window (neither DISPLAY nor WAYLAND_DISPLAY is set); "
            "'hvgui rehearse SCENARIO.toml' works without one, see 'hvgui --help'."
        )
    from hvgui.gui.application import run_window

    return run_window(opened)


def has_display() -> bool:
    """Whether Qt would find somewhere to show a window. Asked before Qt, which aborts the process if it does not."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
