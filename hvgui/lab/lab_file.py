"""The lab file as its one writer has it: journal, events, checkpoints and samples, batch by batch.

`PRAGMA synchronous = FULL`: in WAL mode each commit then waits until the log is on the disk, so that an acknowledged
request outlives a power cut and not only the process. NORMAL would be quicker, but commits are rare here: one a
request (or for all requests that came at once) and one a second for what time brought about.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np

from hvgui import __version__
from hvgui.cluster.events import Event
from hvgui.lab import lab_branches, lines
from hvgui.lab.checkpoint_thinning import thin
from hvgui.lab.errors import LabError
from hvgui.lab.history import Chunk
from hvgui.lab.lab_schema import create_tables, harden, is_there
from hvgui.lab.lived_by import FACTS, note_engine
from hvgui.lab.packed_world import packed
from hvgui.lab.row_checks import checksum
from hvgui.lab.vm_history import VmChunk
from hvgui.lab.wall_time import wall_time
from hvgui.requests.request import Request

BUSY_SECONDS = 5.0
COPY_PAGES = 256
"""Pages a piece when a lab is copied: about 1 MB, so that nobody waits long for the file."""


class LabFile:
    """An open lab file. One thread at a time; changes become lasting with `commit`. Errors are `sqlite3.Error`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, branch: int, *, is_lasting: bool = True) -> None:
        self.path = path
        self.branch = branch
        self.is_lasting = is_lasting
        """False: it lies in memory, and is gone with the session."""
        self.connection = connection
        """For reading, by the thread that writes."""
        self.last_command = 0
        """Number of the last command on the line up to the present; 0 before the first."""
        self.undone = 0
        """The first command of the line that is undone at present; 0: none is."""
        self._place = _place(path) if is_lasting else None
        self._next_command = 1 + _number(connection, "SELECT coalesce(max(number), 0) FROM command")
        self.go_to(branch)

    @classmethod
    def create(cls, path: Path, *, name: str, seed: int, start_ns: int = 0) -> LabFile:
        """A new lab file with an empty first branch. It appears at its path as a whole or not at all.

        Raises LabError where the path is taken or can't be written.
        """
        if is_there(path):
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
            _note_numpy(connection)
            note_engine(connection)
            return cls(path, connection, branch)
        except BaseException:
            connection.close()
            raise

    @classmethod
    def in_memory(cls, source: sqlite3.Connection, path: Path, *, branch: int) -> LabFile:
        """A copy of a lab that lives in memory: for reading alone, or where its file fails. Raises sqlite3.Error."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        try:
            source.backup(connection)
            return cls(path, connection, branch, is_lasting=False)
        except BaseException:
            connection.close()
            raise

    def add_command(self, time_ns: int, request: Request, title: str) -> int:
        """Puts a request into the journal; gives its number."""
        number = self._next_command
        row = (number, self.branch, time_ns, wall_time(), title, msgspec.msgpack.encode(request))
        self._begin()
        self.connection.execute("INSERT INTO command VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, checksum(row)))
        self._next_command += 1
        self.last_command = number
        return number

    def add_events(self, events: Iterable[Event]) -> None:
        """Keeps events. One that a replay brings again takes the place of itself."""
        self._begin()
        rows = (
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
        )
        self.connection.executemany(
            "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((*row, checksum(row)) for row in rows),
        )

    def add_checkpoint(
        self, time_ns: int, world: bytes, *, command: int | None = None, work_seconds: float = 0.0
    ) -> None:
        """Keeps the world as it was behind a command (the last, unless another is named), and lets go of checkpoints
        that are no longer needed. `work_seconds`: what the engine has worked since the checkpoint before."""
        self._begin()
        command = self.last_command if command is None else command
        self.connection.execute(
            "INSERT INTO checkpoint (branch, time_ns, command, wall, work_seconds, size_bytes, world)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.branch, time_ns, command, wall_time(), work_seconds, len(world), packed(world)),
        )
        thin(self.connection, self.branch)

    def add_samples(self, step_seconds: int, chunk: Chunk | VmChunk) -> None:
        """Keeps a chunk of the graphs' history, also one that grows still."""
        self._begin()
        self.connection.execute(
            f"INSERT OR REPLACE INTO {chunk.table} VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - one of two names of ours
            (self.branch, step_seconds, chunk.start_ns, chunk.end_ns, len(chunk), chunk.packed()),
        )

    def forget_samples(self, step_seconds: int, before_ns: int) -> None:
        """Lets go of chunks of the branch that end before a moment."""
        self._begin()
        for question in (
            "DELETE FROM sample WHERE branch = ? AND step_seconds = ? AND end_ns < ?",
            "DELETE FROM vm_sample WHERE branch = ? AND step_seconds = ? AND end_ns < ?",
        ):
            self.connection.execute(question, (self.branch, step_seconds, before_ns))

    # Branches: see `lab_branches`. Whoever calls one of these commits.

    def go_to(self, branch: int) -> None:
        """Is from now on where a branch was left."""
        place = lines.present_of(self.connection, branch)
        self.branch, self.last_command = branch, place.last_command
        self.undone = lines.undone_from(self.connection, branch)

    def live(self, branch: int) -> None:
        """Lives another branch, from where it was left."""
        self._begin()
        self.connection.execute("UPDATE lab SET value = ? WHERE key = 'branch'", (str(branch),))
        self.go_to(branch)

    def add_branch(self, *, parent: int, parent_command: int, start_ns: int, name: str) -> int:
        """Opens a branch that leaves its parent behind a command, and lives it."""
        self._begin()
        branch = lab_branches.add(
            self.connection, parent=parent, parent_command=parent_command, start_ns=start_ns, name=name
        )
        self.live(branch)
        return branch

    def set_undone(self, number: int) -> None:
        """Notes that the present is before this command of the line; 0: at the line's end."""
        self._begin()
        self.connection.execute("UPDATE branch SET undone = ? WHERE number = ?", (number, self.branch))
        self.go_to(self.branch)

    def part(self, last_event: int) -> None:
        """Leaves what is undone to a branch of its own; the lived one goes on without it. `last_event`: the serial of
        the last event up to the present."""
        self._begin()
        self.live(lab_branches.part_from_undone(self.connection, self.branch, last_event))

    def rename_branch(self, branch: int, name: str) -> None:
        """Gives a branch another name."""
        self._begin()
        self.connection.execute("UPDATE branch SET name = ? WHERE number = ?", (name, branch))

    def delete_branch(self, branch: int) -> None:
        """Deletes a branch with all that is kept of it alone."""
        self._begin()
        lab_branches.delete(self.connection, branch)

    def reach(self, time_ns: int) -> None:
        """Notes how far time has come: where reopening goes on."""
        self._begin()
        self.connection.execute("UPDATE branch SET reached_ns = ? WHERE number = ?", (time_ns, self.branch))

    def commit(self) -> None:
        """Makes everything since the last commit lasting: when it returns, it is on the disk.

        Raises OSError where the file is no longer where it was: what is written then, nobody will find.
        """
        if self._place is not None and _place(self.path) != self._place:
            raise OSError(f"{self.path} has been moved, deleted or replaced")
        if self.connection.in_transaction:
            self.connection.execute("COMMIT")

    def roll_back(self) -> None:
        """Forgets everything since the last commit."""
        self._roll_back()
        self._next_command = 1 + _number(self.connection, "SELECT coalesce(max(number), 0) FROM command")
        self.go_to(lived_branch(self.connection))

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
            self.connection.backup(copy, pages=COPY_PAGES)
            # The copy is one file until it is opened: no log beside it that a move could leave behind.
            copy.execute("PRAGMA journal_mode = DELETE")
        _flush(draft)

    def close(self) -> None:
        """Closes the file; what was not committed is forgotten."""
        with contextlib.suppress(sqlite3.Error):
            self._roll_back()
        self.connection.close()

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def _begin(self) -> None:
        if not self.connection.in_transaction:
            self.connection.execute("BEGIN IMMEDIATE")


def _place(path: Path) -> tuple[int, int]:
    """What tells the file at a path from any other."""
    status = path.stat()
    return status.st_dev, status.st_ino


def lived_branch(connection: sqlite3.Connection) -> int:
    """The branch that is lived."""
    row = connection.execute("SELECT value FROM lab WHERE key = 'branch'").fetchone()
    return int(row[0])


def _note_numpy(connection: sqlite3.Connection) -> None:
    """Which numpys have lived a lab: bit for bit the same future is promised for one of them alone."""
    row = connection.execute("SELECT value FROM lab WHERE key = 'numpy'").fetchone()
    known = str(row[0]).split() if row is not None else []
    if known and np.__version__ not in known:
        known.append(np.__version__)
        connection.execute("UPDATE lab SET value = ? WHERE key = 'numpy'", (" ".join(known),))


def _lay_out(path: Path, *, name: str, seed: int, start_ns: int) -> None:
    facts = {
        "id": uuid.uuid4().hex,
        "name": name,
        "seed": str(seed),
        "branch": "1",
        "created": wall_time(),
        "written_by": f"hvgui {__version__}",
        "numpy": np.__version__,
        **FACTS,
    }
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        create_tables(connection)
        connection.executemany("INSERT INTO lab VALUES (?, ?)", facts.items())
        connection.execute(
            "INSERT INTO branch VALUES (1, NULL, 0, ?, ?, 0, 'main', ?)", (start_ns, start_ns, facts["created"])
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
