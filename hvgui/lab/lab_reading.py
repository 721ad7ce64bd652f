"""Reading a lab file, which may be a stranger's: checked first, decoded by type and within bounds, never written to."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hvgui.cluster.events import Event
from hvgui.lab.errors import LabError
from hvgui.lab.lab_schema import check_header, check_schema, harden
from hvgui.requests.catalogue import AnyRequest
from hvgui.requests.request import Request

MOST_WORLD_BYTES = 256 * 1024 * 1024
"""A checkpoint of 64 nodes and 8,000 VMs takes a few megabytes."""
MOST_REQUEST_BYTES = 16 * 1024 * 1024
MOST_BRANCHES = 10_000
OPENING_EVENTS = 1_000
"""So many of the last events a window begins with."""


class Command(msgspec.Struct, frozen=True):
    """A request of the journal, and the simulated moment it was applied at."""

    number: int
    time_ns: int
    request: Request


class Stretch(msgspec.Struct, frozen=True):
    """A part of a line of history: one branch up to a command and a moment."""

    branch: int
    last_command: int
    until_ns: int


class Kept(msgspec.Struct, frozen=True):
    """What is needed to go on in a lab: a checkpoint, the commands behind it, and how far time had come."""

    name: str
    branch: int
    world: bytes
    checkpoint_ns: int
    commands: tuple[Command, ...]
    reached_ns: int
    events: tuple[Event, ...]


def read_lab(path: Path) -> Kept:
    """The newest state of a lab file. Raises LabError; the file is left as it was."""
    check_header(path)
    try:
        with contextlib.closing(_connected(path)) as connection:
            check_schema(connection, path)
            return _kept(connection, path)
    except (sqlite3.Error, UnicodeError) as error:
        raise LabError(f"{path} is damaged or can't be read: {error}.") from error
    except (msgspec.MsgspecError, zlib.error, ValueError, TypeError, OverflowError) as error:
        raise LabError(f"{path} is damaged: {error}.") from error


def _connected(path: Path) -> sqlite3.Connection:
    """A connection that can't write. Where no log lies beside the file, nobody is writing it: it is read as it lies,
    without the files that SQLite would make (and leave) beside it."""
    address = path.resolve().as_uri() + "?mode=ro"
    has_log = path.with_name(path.name + "-wal").exists()
    return _probed(address if has_log else address + "&immutable=1")


def _probed(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, timeout=5.0, isolation_level=None)
    try:
        harden(connection)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _kept(connection: sqlite3.Connection, path: Path) -> Kept:
    facts = dict(connection.execute("SELECT key, value FROM lab LIMIT 100"))
    branch = int(facts["branch"]) if "branch" in facts else 0
    line = _line(connection, branch, path)
    checkpoint_ns, command, world = _newest_checkpoint(connection, line, path)
    commands = tuple(_commands(connection, line, command, checkpoint_ns, path))
    last_ns = commands[-1].time_ns if commands else checkpoint_ns
    return Kept(
        name=str(facts.get("name", "")),
        branch=branch,
        world=world,
        checkpoint_ns=checkpoint_ns,
        commands=commands,
        reached_ns=max(line[0].until_ns, last_ns),
        events=_last_events(connection, line),
    )


def _line(connection: sqlite3.Connection, branch: int, path: Path) -> tuple[Stretch, ...]:
    """The stretches of history that lead to a branch's end, its own first. Parents have lower numbers: no circles."""
    stretches: list[Stretch] = []
    number, last_command = branch, 2**62
    until_ns: int | None = None
    while len(stretches) < MOST_BRANCHES:
        row = connection.execute(
            "SELECT parent, parent_command, start_ns, reached_ns FROM branch WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            raise LabError(f"{path} is damaged: branch {number} is missing.")
        parent, parent_command, start_ns, reached_ns = row
        stretches.append(Stretch(number, last_command, int(reached_ns) if until_ns is None else until_ns))
        if parent is None:
            return tuple(stretches)
        if parent >= number:
            raise LabError(f"{path} is damaged: branch {number} comes before its own parent.")
        number, last_command, until_ns = int(parent), min(last_command, int(parent_command)), int(start_ns)
    raise LabError(f"{path} is damaged: a branch has more than {MOST_BRANCHES} ancestors.")


def _newest_checkpoint(connection: sqlite3.Connection, line: tuple[Stretch, ...], path: Path) -> tuple[int, int, bytes]:
    """Moment, last command contained, and the world as bytes."""
    for stretch in line:
        row = connection.execute(
            "SELECT time_ns, command, size_bytes, world FROM checkpoint"
            " WHERE branch = ? AND command <= ? AND time_ns <= ? ORDER BY number DESC LIMIT 1",
            (stretch.branch, stretch.last_command, stretch.until_ns),
        ).fetchone()
        if row is not None:
            time_ns, command, size_bytes, packed = row
            return int(time_ns), int(command), _unpacked(packed, int(size_bytes), path)
    raise LabError(f"{path} is damaged: it holds no state of the cluster.")


def _unpacked(packed: bytes, size_bytes: int, path: Path) -> bytes:
    if not 0 <= size_bytes <= MOST_WORLD_BYTES:
        raise LabError(f"{path} is damaged: a state of {size_bytes} bytes is out of bounds.")
    world = zlib.decompressobj().decompress(packed, size_bytes + 1)
    if len(world) != size_bytes:
        raise LabError(f"{path} is damaged: a state does not have the size that is written beside it.")
    return world


def _commands(
    connection: sqlite3.Connection, line: tuple[Stretch, ...], behind: int, from_ns: int, path: Path
) -> Iterator[Command]:
    time_ns = from_ns
    for stretch in reversed(line):
        rows = connection.execute(
            "SELECT number, time_ns, request FROM command WHERE branch = ? AND number > ? AND number <= ?"
            " ORDER BY number",
            (stretch.branch, behind, stretch.last_command),
        )
        for number, at_ns, request in rows:
            if at_ns < time_ns:
                raise LabError(f"{path} is damaged: command {number} lies before the one it follows.")
            if len(request) > MOST_REQUEST_BYTES:
                raise LabError(f"{path} is damaged: command {number} takes {len(request)} bytes.")
            time_ns = int(at_ns)
            yield Command(int(number), time_ns, msgspec.msgpack.decode(request, type=AnyRequest))


def _last_events(connection: sqlite3.Connection, line: tuple[Stretch, ...]) -> tuple[Event, ...]:
    events: list[Event] = []
    for stretch in line:
        rows = connection.execute(
            "SELECT serial, time_ns, level, code, message, vm, node, task FROM event"
            " WHERE branch = ? AND time_ns <= ? ORDER BY serial DESC LIMIT ?",
            (stretch.branch, stretch.until_ns, OPENING_EVENTS - len(events)),
        )
        events += [msgspec.convert(dict(zip(Event.__struct_fields__, row, strict=True)), Event) for row in rows]
        if len(events) >= OPENING_EVENTS:
            break
    return tuple(reversed(events))
