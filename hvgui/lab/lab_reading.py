"""Reading a lab file, which may be a stranger's: checked first, decoded by type and within bounds, never written to."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from hvgui.cluster.events import Event
from hvgui.lab import lines
from hvgui.lab.errors import DamagedLabError, JourneyCancelledError, LabError
from hvgui.lab.lab_migration import migrated_in_memory
from hvgui.lab.lab_schema import VERSION, check_header, check_schema, harden, version_of
from hvgui.lab.lines import Line, Place
from hvgui.lab.lived_by import older_checkpoints
from hvgui.lab.packed_world import unpacked
from hvgui.lab.row_checks import is_whole
from hvgui.requests.catalogue import AnyRequest
from hvgui.requests.request import Request

MOST_REQUEST_BYTES = 16 * 1024 * 1024
OPENING_EVENTS = 1_000
"""So many of the last events a window begins with."""


class Command(msgspec.Struct, frozen=True):
    """A request of the journal, and the simulated moment it was applied at."""

    number: int
    time_ns: int
    request: Request
    branch: int = 1
    title: str = ""


class Kept(msgspec.Struct, frozen=True):
    """What is needed to be at a moment of a lab: a checkpoint, the commands behind it, and the moment."""

    name: str
    branch: int
    world: bytes
    checkpoint_ns: int
    commands: tuple[Command, ...]
    reached_ns: int
    events: tuple[Event, ...]
    """The last up to that moment. Those of the moment itself may be of a command behind it: see `World.last_event`."""
    last_command: int = 0
    """The last command of the line up to that moment."""
    undone: int = 0
    """The first command of the branch's line that is undone at present; 0: none is."""
    checkpoint_command: int = 0
    """The last command that the checkpoint contains."""
    is_older: bool = False
    """Whether another engine has made the checkpoint: what lies behind it may come out otherwise than it did."""

    @property
    def is_exact(self) -> bool:
        """Whether the world at that moment is sure to be what it was."""
        return not self.is_older or (not self.commands and self.reached_ns == self.checkpoint_ns)

    def at_checkpoint(self) -> Kept:
        """What is needed to be at the checkpoint itself."""
        last = self.checkpoint_command
        return msgspec.structs.replace(self, commands=(), reached_ns=self.checkpoint_ns, last_command=last)


def read_lab(path: Path) -> Kept:
    """A lab as it was left. Raises LabError; the file is left as it was."""
    with opened(path) as connection:
        facts = facts_of(connection)
        place = lines.present_of(connection, facts.branch)
        kept = kept_at(connection, place)
        undone = lines.undone_from(connection, facts.branch)
        return msgspec.structs.replace(kept, name=facts.name, undone=undone)


class Facts(msgspec.Struct, frozen=True):
    """What a lab says about itself."""

    id: str
    name: str
    seed: int
    branch: int
    """The branch that is lived."""


def facts_of(connection: sqlite3.Connection) -> Facts:
    """The facts of a lab. Raises ValueError where they are none."""
    facts = dict(connection.execute("SELECT key, value FROM lab LIMIT 100"))
    numbers = {key: int(facts.get(key, 0)) for key in ("seed", "branch")}
    return Facts(str(facts.get("id", "")), str(facts.get("name", "")), numbers["seed"], numbers["branch"])


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A lab file to read from, checked; one of an older version is brought up to ours in memory.

    Raises LabError, also for whatever the block fails with because of what the file holds. The file is left as it was.
    """
    check_header(path)
    with told_of(path), contextlib.closing(_connected(path)) as connection:
        version = version_of(connection, path)
        check_schema(connection, path, version)
        if version == VERSION:
            yield connection
            return
        with contextlib.closing(migrated_in_memory(connection, version)) as migrated:
            yield migrated


@contextlib.contextmanager
def told_of(path: Path) -> Iterator[None]:
    """Whatever a file's contents can do wrong, as one sentence that names the file: LabError."""
    try:
        yield
    except (sqlite3.Error, UnicodeError) as error:
        raise DamagedLabError(f"{path} is damaged or can't be read: {error}.") from error
    except (msgspec.MsgspecError, zlib.error, ValueError, TypeError, OverflowError) as error:
        raise DamagedLabError(f"{path} is damaged: {error}.") from error
    except JourneyCancelledError:
        raise
    except LabError as error:
        if str(path) in str(error):
            raise
        raise DamagedLabError(f"{path} is damaged: {error}") from error


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


def kept_at(connection: sqlite3.Connection, place: Place) -> Kept:
    """What is needed to be at a place. Raises LabError, or what `told_of` makes one of."""
    line = lines.line_of(connection, place.branch)
    line = lines.clipped(line, last_command=place.last_command, until_ns=place.time_ns)
    kept = kept_on(connection, line, until_ns=place.time_ns)
    return msgspec.structs.replace(kept, branch=place.branch, last_command=place.last_command)


def kept_on(connection: sqlite3.Connection, line: Line, *, until_ns: int) -> Kept:
    """What is needed to be at the end of a line that has been clipped to a place."""
    number, checkpoint_ns, command, world = _newest_checkpoint(connection, line)
    commands = tuple(commands_of(connection, line, command, checkpoint_ns))
    last_ns = commands[-1].time_ns if commands else checkpoint_ns
    return Kept(
        name="",
        branch=line[0].branch,
        world=world,
        checkpoint_ns=checkpoint_ns,
        commands=commands,
        reached_ns=max(until_ns, last_ns),
        events=last_events(connection, line),
        checkpoint_command=command,
        is_older=number <= older_checkpoints(connection),
    )


def _newest_checkpoint(connection: sqlite3.Connection, line: Line) -> tuple[int, int, int, bytes]:
    """Number, moment, last command contained, and the world as bytes."""
    for stretch in line:
        row = connection.execute(
            "SELECT number, time_ns, command, size_bytes, world FROM checkpoint"
            " WHERE branch = ? AND command <= ? AND time_ns <= ? ORDER BY time_ns DESC, command DESC, number DESC"
            " LIMIT 1",
            (stretch.branch, stretch.last_command, stretch.until_ns),
        ).fetchone()
        if row is not None:
            number, time_ns, command, size_bytes, packed = row
            return int(number), int(time_ns), int(command), unpacked(packed, int(size_bytes))
    raise LabError("it holds no state of the cluster.")


def commands_of(connection: sqlite3.Connection, line: Line, behind: int, from_ns: int) -> Iterator[Command]:
    """The commands of a line behind a command, in order. Raises LabError for rows that are not as written."""
    time_ns = from_ns
    for stretch in reversed(line):
        rows = connection.execute(
            "SELECT number, branch, time_ns, wall, title, request, checksum FROM command"
            " WHERE branch = ? AND number > ? AND number <= ? ORDER BY number",
            (stretch.branch, behind, stretch.last_command),
        )
        for row in rows:
            command = command_of(row)
            if command.time_ns < time_ns:
                raise LabError(f"command {command.number} lies before the one it follows.")
            time_ns = command.time_ns
            yield command


def command_of(row: tuple[Any, ...]) -> Command:
    """A row of the journal. Raises LabError, msgspec.MsgspecError."""
    number, branch, time_ns, _, title, request, _ = row
    if len(request) > MOST_REQUEST_BYTES:
        raise LabError(f"command {number} takes {len(request)} bytes.")
    if not is_whole(row):
        raise LabError(f"command {number} does not fit its checksum.")
    return Command(int(number), int(time_ns), msgspec.msgpack.decode(request, type=AnyRequest), int(branch), str(title))


def last_events(connection: sqlite3.Connection, line: Line, most: int = OPENING_EVENTS) -> tuple[Event, ...]:
    """The last events of a line, oldest first. Raises LabError, msgspec.MsgspecError."""
    events: list[Event] = []
    for stretch in line:
        rows = connection.execute(
            "SELECT branch, serial, time_ns, level, code, message, vm, node, task, checksum FROM event"
            " WHERE branch = ? AND time_ns <= ? ORDER BY serial DESC LIMIT ?",
            (stretch.branch, stretch.until_ns, most - len(events)),
        )
        events += [event_of(row) for row in rows]
        if len(events) >= most:
            break
    return tuple(reversed(events))


def event_of(row: tuple[Any, ...]) -> Event:
    """A row of what happened. Raises LabError, msgspec.MsgspecError."""
    if not is_whole(row):
        raise LabError(f"event {row[1]} does not fit its checksum.")
    return msgspec.convert(dict(zip(Event.__struct_fields__, row[1:-1], strict=True)), Event)
