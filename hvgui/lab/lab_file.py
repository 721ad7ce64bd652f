"""The lab file as its one writer has it: journal, events, checkpoints and samples, batch by batch.

`PRAGMA synchronous = FULL`: in WAL mode each commit then waits until the log is on the disk, so that an acknowledged
request outlives a power cut and not only the process. NORMAL would be quicker, but commits are rare here: one a
request (or for all requests that came at once) and one a second for what time brought about.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
import uuid
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from hvgui import __version__
from hvgui.cluster.events import Event
from hvgui.lab.checkpoint_thinning import superfluous
from hvgui.lab.errors import LabError
from hvgui.lab.lab_schema import create_tables, harden
from hvgui.requests.request import Request

BUSY_SECONDS = 5.0
COPY_PAGES = 256
"""Pages a piece when a lab is copied: about 1 MB, so that nobody waits long for the file."""


class LabFile:
    """An open lab file. One thread at a time; changes become lasting with `commit`. Errors are `sqlite3.Error`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, branch: int) -> None:
        self.path = path
        self.branch = branch
        self._connection = connection
        self._place = _place(path)
        self._next_command = 1 + _number(connection, "SELECT coalesce(max(number), 0) FROM command")

    @classmethod
    def create(cls, path: Path, *, name: str, seed: int, start_ns: int = 0) -> LabFile:
        """A new lab file with an empty first branch. It appears at its path as a whole or not at all.

        Raises LabError where the path is taken or can't be written.
        """
        if path.exists():
            raise LabError(f"{path} is there already; choose another name or delete it first.")
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _lay_out(draft, name=name, seed=seed, start_ns=start_ns)
            draft.replace(path)
            return cls.attach(path, branch=1)
        except (OSError, sqlite3.Error) as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise LabError(f"No lab can be kept at {path}: {_reason(error)}.") from error

    @classmethod
    def attach(cls, path: Path, *, branch: int) -> LabFile:
        """An existing lab file that has been checked (see `lab_reading`), for writing. Raises sqlite3.Error."""
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            harden(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            return cls(path, connection, branch)
        except sqlite3.Error:
            connection.close()
            raise

    def add_command(self, time_ns: int, request: Request) -> int:
        """Puts a request into the journal; gives its number."""
        number = self._next_command
        self._begin()
        self._connection.execute(
            "INSERT INTO command VALUES (?, ?, ?, ?, ?)",
            (number, self.branch, time_ns, wall_time(), msgspec.msgpack.encode(request)),
        )
        self._next_command += 1
        return number

    def add_events(self, events: Iterable[Event]) -> None:
        """Keeps events. One that a replay brings again takes the place of itself."""
        self._begin()
        self._connection.executemany(
            "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    self.branch,
                    event.serial,
                    event.time_ns,
                    int(event.level),
                    event.code,
                    event.message,
                    event.vm,
                    event.node,
                    event.task,
                )
                for event in events
            ),
        )

    @property
    def last_command(self) -> int:
        """Number of the newest command in the journal; 0 before the first."""
        return self._next_command - 1

    def add_checkpoint(self, time_ns: int, world: bytes, *, command: int | None = None) -> None:
        """Keeps the world as it was behind a command (the newest, unless another is named), and lets go of checkpoints
        that are no longer needed."""
        self._begin()
        packed = zlib.compress(world, 1)
        self._connection.execute(
            "INSERT INTO checkpoint (branch, time_ns, command, wall, size_bytes, world) VALUES (?, ?, ?, ?, ?, ?)",
            (self.branch, time_ns, self.last_command if command is None else command, wall_time(), len(world), packed),
        )
        kept = self._connection.execute(
            "SELECT number, time_ns FROM checkpoint WHERE branch = ? ORDER BY number", (self.branch,)
        ).fetchall()
        for number in superfluous(kept):
            self._connection.execute("DELETE FROM checkpoint WHERE number = ?", (number,))

    def add_samples(self, step_seconds: int, start_ns: int, rows: int, columns: bytes) -> None:
        """Keeps a chunk of the graphs' history."""
        self._begin()
        self._connection.execute(
            "INSERT OR REPLACE INTO sample VALUES (?, ?, ?, ?, ?)",
            (self.branch, step_seconds, start_ns, rows, columns),
        )

    def add_branch(self, *, parent: int, parent_command: int, start_ns: int, name: str) -> None:
        """Opens a branch that leaves its parent behind a command, and goes on in it."""
        self._begin()
        cursor = self._connection.execute(
            "INSERT INTO branch (parent, parent_command, start_ns, reached_ns, name, created)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (parent, parent_command, start_ns, start_ns, name, wall_time()),
        )
        self.branch = int(cursor.lastrowid or 0)
        self._connection.execute("UPDATE lab SET value = ? WHERE key = 'branch'", (str(self.branch),))

    def reach(self, time_ns: int) -> None:
        """Notes how far time has come: where reopening goes on."""
        self._begin()
        self._connection.execute("UPDATE branch SET reached_ns = ? WHERE number = ?", (time_ns, self.branch))

    def commit(self) -> None:
        """Makes everything since the last commit lasting: when it returns, it is on the disk.

        Raises OSError where the file is no longer where it was: what is written then, nobody will find.
        """
        if _place(self.path) != self._place:
            raise OSError(f"{self.path} has been moved, deleted or replaced")
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def roll_back(self) -> None:
        """Forgets everything since the last commit."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._next_command = 1 + _number(self._connection, "SELECT coalesce(max(number), 0) FROM command")

    def copy_to(self, path: Path) -> None:
        """Makes a consistent copy, which takes the place of what is at the path only once it is whole.

        Raises LabError.
        """
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._copy(draft)
            for leftover in ("-wal", "-shm"):
                path.with_name(path.name + leftover).unlink(missing_ok=True)
            draft.replace(path)
        except (OSError, sqlite3.Error) as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise LabError(f"The lab can't be saved as {path}: {_reason(error)}.") from error

    def _copy(self, draft: Path) -> None:
        with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as copy:
            self._connection.backup(copy, pages=COPY_PAGES)
            # The copy is one file until it is opened: no log beside it that a move could leave behind.
            copy.execute("PRAGMA journal_mode = DELETE")
        _flush(draft)

    def close(self) -> None:
        """Closes the file; what was not committed is forgotten."""
        with contextlib.suppress(sqlite3.Error):
            self.roll_back()
        self._connection.close()

    def _begin(self) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")


def _place(path: Path) -> tuple[int, int]:
    """What tells the file at a path from any other."""
    status = path.stat()
    return status.st_dev, status.st_ino


def wall_time() -> str:
    """The present moment for people who read the file: ISO 8601, UTC, milliseconds."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def _lay_out(path: Path, *, name: str, seed: int, start_ns: int) -> None:
    facts = {
        "id": uuid.uuid4().hex,
        "name": name,
        "seed": str(seed),
        "branch": "1",
        "created": wall_time(),
        "written_by": f"hvgui {__version__}",
    }
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        create_tables(connection)
        connection.executemany("INSERT INTO lab VALUES (?, ?)", facts.items())
        connection.execute(
            "INSERT INTO branch VALUES (1, NULL, 0, ?, ?, 'main', ?)", (start_ns, start_ns, facts["created"])
        )
        connection.execute("COMMIT")
    _flush(path)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _number(connection: sqlite3.Connection, question: str) -> int:
    return int(connection.execute(question).fetchone()[0])


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)
