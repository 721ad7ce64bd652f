"""How a lab file is laid out, and how one is told from a file that is none of ours.

- `lab`: facts about the lab by key: its id, name, seed, the branch in use, who wrote it.
- `branch`: a line of history. The first has no parent; another leaves its parent's line behind a command. `undone` is
  the first command of its line that is undone at present; 0: none is.
- `command`: the journal. Every accepted request, with its words, the branch and the simulated moment it was applied at.
- `event`: what happened, for lists and the timeline. Replay gives the same events again.
- `checkpoint`: the world as of a moment, behind the last command that it contains; `work_seconds` is what the engine
  had worked since the one before.
- `sample`: the graphs' history, in chunks: of the nodes, and of all VMs together.
- `vm_sample`: likewise of each VM (see `vm_history`).

A world of the past is the newest checkpoint before that moment on its line, plus the commands behind it. So undo,
rewind and branches need no further table. Rows of the journal and of events carry a checksum (see `row_checks`).
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from hvgui.lab.errors import DamagedLabError, ForeignFileError, LabError, NewerLabError

APPLICATION_ID = 0x4856_4C42
"""`HVLB`: what `file` and SQLite itself read from the header."""
VERSION = 3
"""`user_version` of the files written by this hvgui."""

TABLES_OF_2 = (
    "CREATE TABLE lab (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE branch (number INTEGER PRIMARY KEY, parent INTEGER REFERENCES branch (number),"
    " parent_command INTEGER NOT NULL, start_ns INTEGER NOT NULL, reached_ns INTEGER NOT NULL,"
    " undone INTEGER NOT NULL, name TEXT NOT NULL, created TEXT NOT NULL)",
    "CREATE TABLE command (number INTEGER PRIMARY KEY, branch INTEGER NOT NULL REFERENCES branch (number),"
    " time_ns INTEGER NOT NULL, wall TEXT NOT NULL, title TEXT NOT NULL, request BLOB NOT NULL,"
    " checksum INTEGER NOT NULL)",
    "CREATE INDEX command_of_branch ON command (branch, number)",
    "CREATE TABLE event (branch INTEGER NOT NULL REFERENCES branch (number), serial INTEGER NOT NULL,"
    " time_ns INTEGER NOT NULL, level INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,"
    " vm INTEGER, node INTEGER, task INTEGER, checksum INTEGER NOT NULL,"
    " PRIMARY KEY (branch, serial)) WITHOUT ROWID",
    "CREATE TABLE checkpoint (number INTEGER PRIMARY KEY, branch INTEGER NOT NULL REFERENCES branch (number),"
    " time_ns INTEGER NOT NULL, command INTEGER NOT NULL, wall TEXT NOT NULL, work_seconds REAL NOT NULL,"
    " size_bytes INTEGER NOT NULL, world BLOB NOT NULL)",
    "CREATE INDEX checkpoint_of_branch ON checkpoint (branch, time_ns)",
    "CREATE TABLE sample (branch INTEGER NOT NULL REFERENCES branch (number), step_seconds INTEGER NOT NULL,"
    " start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, rows INTEGER NOT NULL, columns BLOB NOT NULL,"
    " PRIMARY KEY (branch, step_seconds, start_ns)) WITHOUT ROWID",
)
_VM_SAMPLE = (
    "CREATE TABLE vm_sample (branch INTEGER NOT NULL REFERENCES branch (number), step_seconds INTEGER NOT NULL,"
    " start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, rows INTEGER NOT NULL, columns BLOB NOT NULL,"
    " PRIMARY KEY (branch, step_seconds, start_ns)) WITHOUT ROWID"
)
TABLES = (*TABLES_OF_2, _VM_SAMPLE)
"""Those of our version."""

TABLES_OF_1 = (
    "CREATE TABLE lab (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE branch (number INTEGER PRIMARY KEY, parent INTEGER REFERENCES branch (number),"
    " parent_command INTEGER NOT NULL, start_ns INTEGER NOT NULL, reached_ns INTEGER NOT NULL,"
    " name TEXT NOT NULL, created TEXT NOT NULL)",
    "CREATE TABLE command (number INTEGER PRIMARY KEY, branch INTEGER NOT NULL REFERENCES branch (number),"
    " time_ns INTEGER NOT NULL, wall TEXT NOT NULL, request BLOB NOT NULL)",
    "CREATE INDEX command_of_branch ON command (branch, number)",
    "CREATE TABLE event (branch INTEGER NOT NULL REFERENCES branch (number), serial INTEGER NOT NULL,"
    " time_ns INTEGER NOT NULL, level INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,"
    " vm INTEGER, node INTEGER, task INTEGER, PRIMARY KEY (branch, serial)) WITHOUT ROWID",
    "CREATE TABLE checkpoint (number INTEGER PRIMARY KEY, branch INTEGER NOT NULL REFERENCES branch (number),"
    " time_ns INTEGER NOT NULL, command INTEGER NOT NULL, wall TEXT NOT NULL, size_bytes INTEGER NOT NULL,"
    " world BLOB NOT NULL)",
    "CREATE INDEX checkpoint_of_branch ON checkpoint (branch, time_ns)",
    "CREATE TABLE sample (branch INTEGER NOT NULL REFERENCES branch (number), step_seconds INTEGER NOT NULL,"
    " start_ns INTEGER NOT NULL, rows INTEGER NOT NULL, columns BLOB NOT NULL,"
    " PRIMARY KEY (branch, step_seconds, start_ns)) WITHOUT ROWID",
)

LAYOUTS: dict[int, tuple[str, ...]] = {1: TABLES_OF_1, 2: TABLES_OF_2, VERSION: TABLES}
"""The tables of every version that can be read."""

_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\x00"
_USER_VERSION_AT, _APPLICATION_ID_AT = 60, 68


def is_there(path: Path) -> bool:
    """Whether a file lies at a path; one that nobody may look for counts as not there, and opening it says why."""
    try:
        return path.exists()
    except OSError:
        return False


def create_tables(connection: sqlite3.Connection) -> None:
    """Lays out an empty database, while it is in rollback mode: so the header in the file itself says what it is."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    for table in TABLES:
        connection.execute(table)


def check_header(path: Path) -> int:
    """Tells a lab file by its first bytes, before SQLite looks at it; gives its version. Raises LabError."""
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        raise LabError(f"There is no file {path}.") from None
    except OSError as error:
        raise LabError(f"{path} can't be read: {error.strerror or error}.") from None
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise ForeignFileError(f"{path} is not a lab file of hvgui.")
    if int.from_bytes(header[_APPLICATION_ID_AT : _APPLICATION_ID_AT + 4], "big") != APPLICATION_ID:
        raise ForeignFileError(f"{path} is a database of another program, not a lab file of hvgui.")
    version = int.from_bytes(header[_USER_VERSION_AT : _USER_VERSION_AT + 4], "big", signed=True)
    if version > VERSION:
        raise NewerLabError(
            f"{path} was written by a newer hvgui: its file version is {version}, this one reads up to {VERSION}."
            " Update hvgui."
        )
    if version < 1:
        raise DamagedLabError(f"{path} is damaged: its file version is {version}.")
    return version


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The file's version as SQLite sees it, a log beside the file included. Raises LabError."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version not in LAYOUTS:
        raise DamagedLabError(f"{path} is damaged: its file version is {version}.")
    return version


def check_schema(connection: sqlite3.Connection, path: Path, version: int = VERSION) -> None:
    """Refuses a database whose tables are not letter by letter ours: no view, trigger or further table gets by.

    Raises LabError.
    """
    found, ours = layout(connection), layout_of(version)
    if found != ours:
        strange = sorted({name for _, name, _ in found ^ ours})
        raise ForeignFileError(f"{path} is not laid out as a lab file ({', '.join(strange[:3])}); it was not opened.")


def layout_of(version: int) -> set[tuple[str, str, str]]:
    """What a database of one of our versions holds: see `layout`."""
    with contextlib.closing(sqlite3.connect(":memory:")) as empty:
        for table in LAYOUTS[version]:
            empty.execute(table)
        return layout(empty)


def harden(connection: sqlite3.Connection) -> None:
    """Settings for a file that a stranger may have made: nothing of its schema is trusted, pages are checked."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA mmap_size = 0")
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 512 * 1024 * 1024)


def layout(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Kind, name and definition of all that a database holds."""
    rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema")
    return {(str(kind), str(name), str(sql)) for kind, name, sql in rows}
