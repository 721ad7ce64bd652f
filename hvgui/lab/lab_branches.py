"""What opening, leaving and deleting a branch does to the tables of a lab file; within the caller's transaction."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from functools import partial

from hvgui.lab import history, lines, vm_history
from hvgui.lab.errors import LabError
from hvgui.lab.lines import NO_LIMIT, Place
from hvgui.lab.row_checks import checksum
from hvgui.lab.wall_time import wall_time

MOST_NAME = 100
"""Letters of a branch's name."""
_log = logging.getLogger(__name__)


def add(connection: sqlite3.Connection, *, parent: int, parent_command: int, start_ns: int, name: str) -> int:
    """A new branch that leaves its parent behind a command; gives its number."""
    cursor = connection.execute(
        "INSERT INTO branch (parent, parent_command, start_ns, reached_ns, undone, name, created)"
        " VALUES (?, ?, ?, ?, 0, ?, ?)",
        (parent, parent_command, start_ns, start_ns, free_name(connection, name), wall_time()),
    )
    return int(cursor.lastrowid or 0)


def free_name(connection: sqlite3.Connection, name: str, *, but: int = 0) -> str:
    """The name, with a number behind it where another branch has it."""
    name = name.strip()[:MOST_NAME]
    taken = {str(row[0]) for row in connection.execute("SELECT name FROM branch WHERE number <> ?", (but,))}
    number, free = 2, name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free


def part_from_undone(connection: sqlite3.Connection, branch: int, last_event: int) -> int:
    """Leaves what is undone on a branch to a branch of its own; gives the branch on which the present goes on.

    Where the undone commands begin on the branch itself, they move out of it. Where they begin on one of its parents,
    others may have left that behind them: then the branch stays whole, and its name goes to the one that goes on.
    """
    place = lines.present_of(connection, branch)
    own = lines.clipped(lines.line_of(connection, branch), last_command=place.last_command, until_ns=place.time_ns)[0]
    first = lines.undone_from(connection, branch)
    title, name = _title(connection, first), _name(connection, branch)
    if own.branch == branch:
        _move_out(connection, place, last_event, f"before undoing {title}")
        return branch
    connection.execute("UPDATE branch SET undone = 0, name = ? WHERE number = ?", ("", branch))
    going_on = add(connection, parent=own.branch, parent_command=place.last_command, start_ns=place.time_ns, name=name)
    before = free_name(connection, f"before undoing {title}", but=branch)
    connection.execute("UPDATE branch SET name = ? WHERE number = ?", (before, branch))
    return going_on


def _move_out(connection: sqlite3.Connection, place: Place, last_event: int, name: str) -> None:
    """Moves what lies behind a place of a branch to a new branch that leaves it there."""
    branch, behind = place.branch, place.last_command
    reached_ns = lines.end_of(connection, lines.line_of(connection, branch))
    moved = add(connection, parent=branch, parent_command=behind, start_ns=place.time_ns, name=name)
    connection.execute("UPDATE branch SET reached_ns = ? WHERE number = ?", (reached_ns, moved))
    connection.execute(
        "UPDATE branch SET reached_ns = ?, undone = 0 WHERE number = ?",
        (place.time_ns, branch),
    )
    connection.execute(
        "UPDATE branch SET parent = ? WHERE parent = ? AND parent_command > ? AND number <> ?",
        (moved, branch, behind, moved),
    )
    connection.execute(
        "UPDATE checkpoint SET branch = ? WHERE branch = ? AND command > ?",
        (moved, branch, behind),
    )
    _move_commands(connection, branch, moved, behind)
    _move_events(connection, branch, moved, last_event)
    _move_samples(connection, branch, moved, place.time_ns)


def _move_commands(connection: sqlite3.Connection, branch: int, moved: int, behind: int) -> None:
    rows = connection.execute(
        "SELECT number, time_ns, wall, title, request FROM command WHERE branch = ? AND number > ?", (branch, behind)
    ).fetchall()
    connection.executemany(
        "UPDATE command SET branch = ?, checksum = ? WHERE number = ?",
        ((moved, checksum((row[0], moved, *row[1:])), row[0]) for row in rows),
    )


def _move_events(connection: sqlite3.Connection, branch: int, moved: int, last_event: int) -> None:
    rows = connection.execute(
        "SELECT serial, time_ns, level, code, message, vm, node, task FROM event WHERE branch = ? AND serial > ?",
        (branch, last_event),
    ).fetchall()
    connection.execute("DELETE FROM event WHERE branch = ? AND serial > ?", (branch, last_event))
    connection.executemany(
        "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((moved, *row, checksum((moved, *row))) for row in rows),
    )


def _move_samples(connection: sqlite3.Connection, branch: int, moved: int, time_ns: int) -> None:
    """Chunks behind the moment move; the one that it lies within is cut in two."""
    for table, part_of in (("sample", history.between), ("vm_sample", vm_history.between)):
        rows = connection.execute(
            f"SELECT step_seconds, start_ns, rows, columns FROM {table}"  # noqa: S608 - names of our own tables
            " WHERE branch = ? AND start_ns <= ? AND end_ns > ?",
            (branch, time_ns, time_ns),
        ).fetchall()
        question = f"UPDATE {table} SET branch = ? WHERE branch = ? AND start_ns > ?"  # noqa: S608 - names of our own tables
        connection.execute(question, (moved, branch, time_ns))
        for step_seconds, start_ns, count, columns in rows:
            connection.execute(
                f"DELETE FROM {table} WHERE branch = ? AND step_seconds = ? AND start_ns = ?",  # noqa: S608 - likewise
                (branch, step_seconds, start_ns),
            )
            for of, low, high in ((branch, 0, time_ns), (moved, time_ns + 1, NO_LIMIT)):
                _put_part(connection, of, step_seconds, partial(part_of, columns, count, low, high))


def _put_part(
    connection: sqlite3.Connection,
    branch: int,
    step_seconds: int,
    part_of: Callable[[], history.Chunk | vm_history.VmChunk],
) -> None:
    try:
        chunk = part_of()
    except ValueError as error:
        _log.warning("a part of the graphs' history is lost: %s", error)
        return
    if chunk:
        connection.execute(
            f"INSERT OR REPLACE INTO {chunk.table} VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - one of two names of ours
            (branch, step_seconds, chunk.start_ns, chunk.end_ns, len(chunk), chunk.packed()),
        )


def delete(connection: sqlite3.Connection, branch: int) -> None:
    """Deletes a branch that none has left."""
    for table in ("command", "event", "checkpoint", "sample", "vm_sample"):
        connection.execute(f"DELETE FROM {table} WHERE branch = ?", (branch,))  # noqa: S608 - names of our own tables
    connection.execute("DELETE FROM branch WHERE number = ?", (branch,))


def has_branches(connection: sqlite3.Connection, branch: int) -> bool:
    """Whether another branch has left this one."""
    return connection.execute("SELECT 1 FROM branch WHERE parent = ? LIMIT 1", (branch,)).fetchone() is not None


def _title(connection: sqlite3.Connection, number: int) -> str:
    row = connection.execute("SELECT title FROM command WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise LabError(f"command {number} is missing.")
    return str(row[0])


def _name(connection: sqlite3.Connection, branch: int) -> str:
    return str(connection.execute("SELECT name FROM branch WHERE number = ?", (branch,)).fetchone()[0])
