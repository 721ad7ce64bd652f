"""Lines of history: which stretches of which branches lead to a moment.

A branch shares its parent's past up to where it leaves it. So a line is a chain of stretches, the branch's own first.
Numbers of commands rise along every line.
"""

from __future__ import annotations

import sqlite3

import msgspec

from hvgui.lab.errors import LabError

MOST_BRANCHES = 10_000
MOST_ANCESTORS = 1_000
"""A branch of a branch of a branch ...: so deep and no deeper."""
NO_LIMIT = 2**63 - 1


class Stretch(msgspec.Struct, frozen=True):
    """A part of a line: one branch from where it begins up to a command and a moment."""

    branch: int
    behind_command: int
    """It begins behind this command of its parents'."""
    start_ns: int
    last_command: int
    until_ns: int


Line = tuple[Stretch, ...]


class Place(msgspec.Struct, frozen=True):
    """A moment of a branch's line: behind which command, and when."""

    branch: int
    last_command: int
    time_ns: int


def line_of(connection: sqlite3.Connection, branch: int) -> Line:
    """The whole line of a branch, up to the last moment kept of it. Raises LabError for branches without sense."""
    stretches: list[Stretch] = []
    seen: set[int] = set()
    number, last_command = branch, NO_LIMIT
    until_ns: int | None = None
    while len(seen) <= MOST_ANCESTORS:
        row = connection.execute(
            "SELECT parent, parent_command, start_ns, reached_ns FROM branch WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            raise LabError(f"branch {number} is missing.")
        parent, parent_command, start_ns, reached_ns = row
        until_ns = int(reached_ns) if until_ns is None else until_ns
        stretches.append(Stretch(number, int(parent_command), int(start_ns), last_command, until_ns))
        seen.add(number)
        if parent is None:
            return tuple(stretches)
        if parent in seen:
            raise LabError(f"branch {number} comes before its own parent.")
        number, last_command, until_ns = int(parent), min(last_command, int(parent_command)), int(start_ns)
    raise LabError(f"a branch has more than {MOST_ANCESTORS} ancestors.")


def clipped(line: Line, *, last_command: int = NO_LIMIT, until_ns: int = NO_LIMIT) -> Line:
    """The line up to a command and a moment; never empty: the first branch's beginning stays."""
    kept = [
        msgspec.structs.replace(
            stretch, last_command=min(stretch.last_command, last_command), until_ns=min(stretch.until_ns, until_ns)
        )
        for stretch in line[:-1]
        if stretch.behind_command <= last_command and stretch.start_ns <= until_ns
    ]
    first = line[-1]
    kept.append(
        msgspec.structs.replace(
            first, last_command=min(first.last_command, last_command), until_ns=min(first.until_ns, until_ns)
        )
    )
    return tuple(kept)


def undone_from(connection: sqlite3.Connection, branch: int) -> int:
    """Number of the first command of a branch's line that is undone; 0: none is."""
    row = connection.execute("SELECT undone FROM branch WHERE number = ?", (branch,)).fetchone()
    if row is None:
        raise LabError(f"branch {branch} is missing.")
    return int(row[0])


def last_command_at(connection: sqlite3.Connection, line: Line, time_ns: int) -> int:
    """Number of the last command of a line up to a moment, those of the moment itself included; 0: there is none."""
    for stretch in clipped(line, until_ns=time_ns):
        row = connection.execute(
            "SELECT max(number) FROM command WHERE branch = ? AND number <= ? AND time_ns <= ?",
            (stretch.branch, stretch.last_command, time_ns),
        ).fetchone()
        if row[0] is not None:
            return int(row[0])
    return 0


def present_of(connection: sqlite3.Connection, branch: int) -> Place:
    """Where a branch was left: before what is undone on it, or at its end. Raises LabError."""
    line = line_of(connection, branch)
    undone = undone_from(connection, branch)
    if undone:
        return before_command(connection, line, undone)
    return Place(branch, last_command_at(connection, line, NO_LIMIT), end_of(connection, line))


def end_of(connection: sqlite3.Connection, line: Line) -> int:
    """The last moment (ns) of a line: how far it was noted to have come, and no less than its last command."""
    row = connection.execute("SELECT max(time_ns) FROM command WHERE branch = ?", (line[0].branch,)).fetchone()
    return max(line[0].until_ns, int(row[0]) if row[0] is not None else 0)


def before_command(connection: sqlite3.Connection, line: Line, number: int) -> Place:
    """The place just before a command of a line. Raises LabError where the line has no such command."""
    for stretch in line:
        row = connection.execute(
            "SELECT time_ns FROM command WHERE branch = ? AND number = ? AND number <= ?",
            (stretch.branch, number, stretch.last_command),
        ).fetchone()
        if row is not None:
            return Place(line[0].branch, number - 1, int(row[0]))
    raise LabError(f"command {number} is missing.")


def neighbours(connection: sqlite3.Connection, line: Line, number: int) -> tuple[int | None, int | None]:
    """On a line, the last command below a number and the first from that number on."""
    below = _extreme(connection, line, "max", "number < ?", number)
    above = _extreme(connection, line, "min", "number >= ?", number)
    return below, above


def _extreme(connection: sqlite3.Connection, line: Line, which: str, where: str, number: int) -> int | None:
    found = [
        row[0]
        for stretch in line
        for row in connection.execute(
            f"SELECT {which}(number) FROM command WHERE branch = ? AND number <= ? AND {where}",  # noqa: S608 - ours
            (stretch.branch, stretch.last_command, number),
        )
        if row[0] is not None
    ]
    if not found:
        return None
    return int(max(found) if which == "max" else min(found))
