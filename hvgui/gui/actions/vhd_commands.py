"""The commands on disk files, which need no lab."""

from __future__ import annotations

from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.window_commands import FILE


def _new(desk: Desk) -> None:
    from hvgui.gui.vhd.edit_dialog import EditDiskDialog  # noqa: PLC0415  not before it is wanted

    EditDiskDialog(desk.parent, makes=True).show()


def _edit(desk: Desk) -> None:
    from hvgui.gui.vhd.edit_dialog import EditDiskDialog  # noqa: PLC0415  not before it is wanted

    EditDiskDialog(desk.parent).show()


def _inspect(desk: Desk) -> None:
    from hvgui.gui.vhd.inspect_dialog import InspectDiskDialog  # noqa: PLC0415  not before it is wanted

    InspectDiskDialog(desk.parent).show()


COMMANDS = (
    Command(
        "disk-file.inspect",
        "Inspect disk...",
        FILE,
        icon="search",
        run=_inspect,
        begins_group=True,
        explanation="What a VHD file is, its parents, and what is wrong with it.",
    ),
    Command(
        "disk-file.edit",
        "Edit disk...",
        FILE,
        icon="database",
        run=_edit,
        explanation="Compact, convert, expand, merge, or reconnect a VHD file.",
    ),
    Command("disk-file.new", "New disk file...", FILE, icon="file-plus", run=_new, explanation="An empty VHD file."),
)
"""In the order of the File menu, before its end."""
