"""The commands on the lab's past: undo, redo, the timeline, branches."""

from __future__ import annotations

from functools import partial

from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.time_commands import MENU as TIME
from hvgui.gui.actions.window_commands import EDIT
from hvgui.gui.words import tr


def _no_lab(desk: Desk) -> str:
    return "" if desk.past is not None else tr("No lab is open.")


def _undo_title(desk: Desk) -> str:
    timeline = desk.past.timeline if desk.past is not None else None
    title = timeline.undo_title if timeline is not None else None
    return tr("Undo {what}", what=title) if title else tr("Undo")


def _redo_title(desk: Desk) -> str:
    timeline = desk.past.timeline if desk.past is not None else None
    title = timeline.redo_title if timeline is not None else None
    return tr("Redo {what}", what=title) if title else tr("Redo")


def _nothing_to_undo(desk: Desk) -> str:
    if desk.past is None:
        return _no_lab(desk)
    timeline = desk.past.timeline
    return "" if timeline is not None and timeline.undo_title else tr("Nothing has been done yet.")


def _nothing_to_redo(desk: Desk) -> str:
    if desk.past is None:
        return _no_lab(desk)
    timeline = desk.past.timeline
    return "" if timeline is not None and timeline.redo_title else tr("Nothing is undone.")


def _undo(desk: Desk) -> None:
    if desk.past is not None:
        desk.past.undo()


def _redo(desk: Desk) -> None:
    if desk.past is not None:
        desk.past.redo()


def _not_looking(desk: Desk) -> str:
    if desk.past is None:
        return _no_lab(desk)
    return "" if desk.past.is_looking else tr("The present is shown. Drag along the timeline to look at the past.")


def _reading_only(desk: Desk) -> str:
    said = _not_looking(desk)
    if said or desk.bridge is None or not desk.bridge.session.is_read_only:
        return said
    return tr("The lab is open for reading only; save it under another name first (Save lab as...).")


def _nowhere_to_return(desk: Desk) -> str:
    return "" if desk.past is not None and desk.past.busy else _not_looking(desk)


def _return(desk: Desk) -> None:
    if desk.past is None:
        return
    if desk.past.busy:
        desk.past.cancel()
    else:
        desk.past.return_to_present()


def _go_on(desk: Desk) -> None:
    desk.window.ask_go_on()


def _branches(desk: Desk) -> None:
    desk.window.show_branches()


def _mark(forward: bool, desk: Desk) -> None:
    desk.window.go_to_mark(forward=forward)


UNDO_COMMANDS = (
    Command(
        "edit.undo",
        "Undo",
        EDIT,
        icon="undo",
        shortcut="Ctrl+Z",
        run=_undo,
        reason=_nothing_to_undo,
        changes=True,
        naming=_undo_title,
    ),
    Command(
        "edit.redo",
        "Redo",
        EDIT,
        icon="redo",
        shortcut="Ctrl+Shift+Z; Ctrl+Y",
        run=_redo,
        reason=_nothing_to_redo,
        changes=True,
        naming=_redo_title,
    ),
)
"""At the head of the Edit menu."""

PAST_COMMANDS = (
    Command(
        "time.previous-mark",
        "Back to the mark before",
        TIME,
        icon="history",
        shortcut="Alt+Left",
        run=partial(_mark, False),
        reason=_no_lab,
        begins_group=True,
        explanation="Shows the moment of the command, warning or error before; the present waits meanwhile.",
    ),
    Command(
        "time.next-mark",
        "On to the next mark",
        TIME,
        shortcut="Alt+Right",
        run=partial(_mark, True),
        reason=_not_looking,
        explanation="Shows the moment of the next command, warning or error; after the last comes the present.",
    ),
    Command(
        "time.present",
        "Return to the present",
        TIME,
        icon="present",
        shortcut="Esc",
        run=_return,
        reason=_nowhere_to_return,
        explanation="Ends the look at the past; while a moment is on its way, calls that off.",
    ),
    Command(
        "time.go-on",
        "Go on from here...",
        TIME,
        icon="branches",
        run=_go_on,
        reason=_reading_only,
        explanation="Begins a branch at the moment you look at. The line it leaves is kept.",
    ),
    Command(
        "time.branches",
        "Branches...",
        TIME,
        icon="branches",
        shortcut="Ctrl+Shift+B",
        run=_branches,
        reason=_no_lab,
        begins_group=True,
        explanation="Every line of history: live another one, compare two, rename, delete.",
    ),
)
"""In the Time menu, below the pace."""
