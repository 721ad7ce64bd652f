"""Branches in words: where each parted, what deleting one would lose, names that are free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.units import format_clock, format_seconds, in_seconds
from hvgui.gui.timeline.lineage import branch_of
from hvgui.gui.words import counted, tr

if TYPE_CHECKING:
    from hvgui.lab.frames import BranchMark, Timeline


def parted_words(timeline: Timeline, mark: BranchMark) -> str:
    """`main at 00:03:12.0`; of a branch that parted from none, the beginning."""
    parent = branch_of(timeline, mark.parent)
    if parent is None:
        return tr("the beginning of the lab")
    return tr("{branch} at {moment}", branch=parent.name, moment=format_clock(mark.parted_ns))


def commands_words(count: int) -> str:
    """How many commands a branch has of its own."""
    return counted(count, "{count} command", "{count} commands")


def lost_words(mark: BranchMark) -> str:
    """What goes with a branch."""
    return tr(
        "{commands} and {span} of history, from {begin} to {end}, with every event in them. This can't be undone.",
        commands=commands_words(mark.commands),
        span=format_seconds(max(0.0, in_seconds(mark.last_ns - mark.parted_ns))),
        begin=format_clock(mark.parted_ns),
        end=format_clock(mark.last_ns),
    )


def why_not_deleted(timeline: Timeline, mark: BranchMark) -> str:
    """Why a branch can't be deleted; empty if it can."""
    if mark.id == timeline.branch:
        return tr("{name} is the branch that is lived. Live another one first.", name=mark.name)
    if timeline.looking_at_ns is not None and mark.id == timeline.looking_at_branch:
        return tr("You are looking at {name}. Return to the present first.", name=mark.name)
    below = [one.name for one in timeline.branches if one.parent == mark.id]
    if below:
        return tr("{others} parted from {name}. Delete them first.", others=", ".join(below), name=mark.name)
    return ""


def free_name(timeline: Timeline | None, wanted: str) -> str:
    """The name, with a number behind it if a branch has it already."""
    taken = {one.name.casefold() for one in timeline.branches} if timeline is not None else set()
    name, number = wanted, 2
    while name.casefold() in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name
