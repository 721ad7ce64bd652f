"""Lines of history: which branches a line runs through, and up to which moment two lines are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hvgui.lab.frames import BranchMark, Timeline


def branch_of(timeline: Timeline, branch: int | None) -> BranchMark | None:
    """The branch of that id; None for one that is not there (any more)."""
    return next((one for one in timeline.branches if one.id == branch), None)


def shown_branch(timeline: Timeline) -> int:
    """The branch to whose line the moment belongs that is shown: the lived one's, unless another one is looked at."""
    looked_at = timeline.looking_at_branch if timeline.looking_at_ns is not None else None
    return timeline.branch if looked_at is None else looked_at


def line_of(timeline: Timeline, branch: int) -> dict[int, int | None]:
    """The branches that a branch's line runs through, from itself to the root, each with the moment (ns) at which the
    line leaves it; None for the branch itself."""
    line: dict[int, int | None] = {}
    leaves: int | None = None
    mark = branch_of(timeline, branch)
    while mark is not None and mark.id not in line:
        line[mark.id] = leaves
        # A line never goes back: a branch of a branch can't part before its parent did.
        leaves = mark.parted_ns if leaves is None else min(leaves, mark.parted_ns)
        mark = branch_of(timeline, mark.parent)
    return line


def shared_until(timeline: Timeline, first: int, second: int) -> int | None:
    """The moment (ns) up to which two branches have one past; None: they are the same branch. 0 where none is known."""
    if first == second:
        return None
    one, other = line_of(timeline, first), line_of(timeline, second)
    common = next((branch for branch in one if branch in other), None)
    if common is None:
        return 0
    moments = [moment for moment in (one[common], other[common]) if moment is not None]
    return min(moments) if moments else None


def holds_until(before: Timeline | None, after: Timeline | None, time_ns: int) -> tuple[int, bool]:
    """What was seen of the world before still holds up to a moment (ns) once another one is shown; and whether what
    was seen later is only ahead of what is shown (it comes back with the present) or has not happened any more."""
    if after is None:
        return time_ns, False
    # Who has not been told of a timeline yet has only seen the line that is lived.
    parted = shared_until(after, after.branch if before is None else shown_branch(before), shown_branch(after))
    until = time_ns if parted is None else min(time_ns, parted)
    return until, after.looking_at_ns is not None and (before is None or after.branch == before.branch)
