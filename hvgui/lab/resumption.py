"""Taking up a lab that another version's engine has lived: from what that kept, with a sentence on what it means."""

from __future__ import annotations

from pathlib import Path

from hvgui.cluster.units import format_clock
from hvgui.engine.world import World
from hvgui.lab import lines
from hvgui.lab.errors import DamagedLabError
from hvgui.lab.keeper import Keeper
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lab_reading import Kept, read_lab
from hvgui.lab.replay import world_of


def taken_up(kept: Kept, path: Path) -> tuple[World, Kept]:
    """The world at the last moment kept, and how it was come to: where this engine refuses what another one accepted,
    that of the last state kept. Raises LabError."""
    try:
        return world_of(kept, path), kept
    except DamagedLabError:
        if kept.is_exact:
            raise
        state = kept.at_checkpoint()
        return world_of(state, path), state


def world_as_left(path: Path) -> World:
    """The world of a lab at the last moment kept, for who only reads it. Raises LabError."""
    return taken_up(read_lab(path), path)[0]


def go_on(keeper: Keeper, world: World, before: Kept, kept: Kept) -> str:
    """The lab goes on with this engine: its present is kept, as the first state that can be reckoned from. What this
    one can't repeat stays on its branch. Gives what there is to say of it; nothing where no other engine was there."""
    if not kept.is_older:
        return ""
    words = (
        f"Another version of hvgui has lived this lab, up to {format_clock(world.now_ns)}. It goes on from there. Of "
        "the time before, the states that were kept can be shown, and what was done then can't be undone."
    )
    if kept != before:
        parted = keeper.record(lambda file: _part(file, kept))
        number = len(before.commands)
        asked = "What was asked last, which" if number == 1 else f"The {number} commands asked last, which"
        words += f" {asked} this version can't repeat, "
        words += f"{'stays' if number == 1 else 'stay'} on a branch of {'its' if number == 1 else 'their'} own."
        if parted:
            keeper.begin_at(world)
    keeper.checkpoint(world)
    return words


def _part(file: LabFile, kept: Kept) -> None:
    """A branch that leaves the lived one at the kept state."""
    line = lines.clipped(
        lines.line_of(file.connection, kept.branch), last_command=kept.checkpoint_command, until_ns=kept.checkpoint_ns
    )
    name = f"from {format_clock(kept.checkpoint_ns)}"
    file.set_undone(0)
    file.add_branch(
        parent=line[0].branch, parent_command=kept.checkpoint_command, start_ns=kept.checkpoint_ns, name=name
    )
