"""The door to the window: opened only where there is a display, and only then is Qt imported."""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path

from hvgui.cli.exits import BadInputError
from hvgui.cli.options import COMMANDS


def open_window(opened: str | None) -> int:
    """Shows the window on a lab, an inventory or a sample (None: the first page) until it is closed.

    Raises BadInputError where there is no display, with the command that does without, and where there is nothing of
    that name.
    """
    if opened is not None:
        check_opened(opened)
    if not has_display():
        raise BadInputError(
            "there is no display for the window (neither DISPLAY nor WAYLAND_DISPLAY is set); "
            "'hvgui rehearse SCENARIO.toml' works without one, see 'hvgui --help'."
        )
    from hvgui.gui.application import run_window

    return run_window(opened)


def check_opened(opened: str) -> None:
    """Raises BadInputError unless it is a file or the name of a sample."""
    try:
        if Path(opened).is_file():
            return
    except OSError as error:
        raise BadInputError(f"{opened} can't be opened: {(error.strerror or str(error)).lower()}.") from None
    from hvgui.exchange.samples import sample_names

    names = sample_names()
    if opened not in names:
        near = difflib.get_close_matches(opened, (*COMMANDS, *names), 1, 0.6)
        hint = f"did you mean '{near[0]}'?" if near else f"the samples are {', '.join(names)}."
        raise BadInputError(f"there is neither a file, a sample nor a command '{opened}'; {hint}")


def has_display() -> bool:
    """Whether Qt would find somewhere to show a window. Asked before Qt, which aborts the process if it does not."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
