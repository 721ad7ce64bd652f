"""Questions about a lab's past that change nothing: comparisons of branches, the graphs' history."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from msgspec.structs import replace

from hvgui.lab import lines
from hvgui.lab.answers import failed, resolved
from hvgui.lab.branch_comparison import compared
from hvgui.lab.chronicle import branch_marks, marks_of
from hvgui.lab.errors import LabError
from hvgui.lab.figures import Packed, Table, packed_between
from hvgui.lab.frames import Comparison
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lines import Place
from hvgui.lab.refusals import no_such_branch


def is_there(lab: LabFile, branch: int) -> bool:
    """Whether the lab has such a branch."""
    return lab.connection.execute("SELECT 1 FROM branch WHERE number = ?", (branch,)).fetchone() is not None


def check_branch(lab: LabFile, branch: int) -> None:
    """Raises LabError where the lab has no such branch."""
    if not is_there(lab, branch):
        raise LabError(str(no_such_branch(branch)))


def side(lab: LabFile, branch: int, time_ns: int | None) -> Place:
    """The place of a comparison's side: a moment of a branch's line, or where it was left. Raises LabError."""
    check_branch(lab, branch)
    if time_ns is None:
        return lines.present_of(lab.connection, branch)
    line = lines.line_of(lab.connection, branch)
    time_ns = max(line[-1].start_ns, min(time_ns, lines.end_of(lab.connection, line)))
    return Place(branch, lines.last_command_at(lab.connection, line, time_ns), time_ns)


def draft_of(lab: LabFile, first: Place, second: Place) -> Comparison:
    """A comparison as far as the journal alone tells it."""
    marks = {mark.id: mark for mark in branch_marks(lab)}
    commands = [
        marks_of(lab, lines.clipped(lines.line_of(lab.connection, one.branch), last_command=one.last_command))
        for one in (first, second)
    ]
    numbers = [{mark.number for mark in side} for side in commands]
    return Comparison(
        first=marks[first.branch],
        second=marks[second.branch],
        first_ns=first.time_ns,
        second_ns=second.time_ns,
        parted_ns=_parted_ns(lab, first, second),
        differences=(),
        only_in_first=tuple(mark for mark in commands[0] if mark.number not in numbers[1]),
        only_in_second=tuple(mark for mark in commands[1] if mark.number not in numbers[0]),
        sentences=(),
    )


def _parted_ns(lab: LabFile, first: Place, second: Place) -> int:
    """Up to which moment two lines are one."""
    one, other = (
        {stretch.branch: stretch.until_ns for stretch in lines.line_of(lab.connection, place.branch)}
        for place in (first, second)
    )
    shared = [min(until_ns, other[branch]) for branch, until_ns in one.items() if branch in other]
    return min(max(shared, default=0), first.time_ns, second.time_ns)


def bring_together(draft: Comparison, worlds: Sequence[Future[bytes]], answer: Future[Comparison]) -> None:
    """Completes a comparison once both its worlds, as checkpoint bytes, are there."""

    def compare_both(_: Future[bytes]) -> None:
        if not all(world.done() for world in worlds):
            return
        try:
            resolved(answer, compared(draft, *(world.result() for world in worlds)))
        except LabError as error:
            failed(answer, error)
        except Exception as error:  # noqa: BLE001 - a process that ended, or whatever it is, belongs to who asked
            failed(answer, LabError(f"The branches can't be compared: {error!r}."))

    for world in worlds:
        world.add_done_callback(compare_both)


def packed_up_to(
    lab: LabFile, place: Place, from_ns: int, to_ns: int, *, present_ns: int, table: Table = "sample"
) -> list[Packed]:
    """The chunks of the graphs' history between two moments of the line that leads to a place. Raises LabError."""
    line = lines.clipped(lines.line_of(lab.connection, place.branch), until_ns=place.time_ns)
    if place.branch == lab.branch and line[0].branch == lab.branch:
        # How far the present has come is noted once a second only.
        reached_ns = max(line[0].until_ns, present_ns)
        line = (replace(line[0], until_ns=min(place.time_ns, reached_ns)), *line[1:])
    return packed_between(lab.connection, line, from_ns, to_ns, table)
