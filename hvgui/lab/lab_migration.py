"""Lab files of older versions, brought up to ours: version by version, into a new database; the old one stays.

What is written beside a lab before it is replaced is its backup: `<lab>.before-v2` for a file of version 1.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from hvgui.engine import checkpoint
from hvgui.engine.world import World
from hvgui.lab import history
from hvgui.lab.errors import LabError
from hvgui.lab.lab_schema import LAYOUTS, VERSION, check_header, check_schema, create_tables, harden, version_of
from hvgui.lab.older_rows import FIRST_STEP_SECONDS, title_of
from hvgui.lab.packed_world import unpacked
from hvgui.lab.row_checks import checksum


def migrated_in_memory(connection: sqlite3.Connection, version: int) -> sqlite3.Connection:
    """A copy of an older lab as one of our version. Raises sqlite3.Error, and ValueError for nonsense in rows."""
    target = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        _migrate(connection, version, target)
    except BaseException:
        target.close()
        raise
    return target


def migrate_file(path: Path) -> Path | None:
    """Brings the file of an older version up to ours; gives its backup's path, None where there was nothing to do.

    The file has been checked and nobody else has it open. It is replaced as a whole, once its backup and what takes
    its place are on the disk. Raises LabError; then the file is as it was.
    """
    version = check_header(path)
    if version >= VERSION:
        return None
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    backup = _free_backup(path, version)
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
            harden(old)
            check_schema(old, path, version_of(old, path))
            _copied(old, backup)
            with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as new:
                _migrate(old, version, new)
            _flush(draft)
            # Takes the log into the file: a log left beside it would be read as one of the file that replaces it.
            old.execute("PRAGMA journal_mode = DELETE")
        draft.replace(path)
    except (OSError, sqlite3.Error, msgspec.MsgspecError, ValueError, TypeError, OverflowError) as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise LabError(f"{path} is of file version {version} and can't be brought up to {VERSION}: {error}.") from error
    return backup


def _free_backup(path: Path, version: int) -> Path:
    backup = path.with_name(f"{path.name}.before-v{version + 1}")
    number = 2
    while backup.exists():
        backup = path.with_name(f"{path.name}.before-v{version + 1}-{number}")
        number += 1
    return backup


def _copied(old: sqlite3.Connection, backup: Path) -> None:
    draft = backup.with_name(f".{backup.name}.{uuid.uuid4().hex[:8]}")
    try:
        with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as copy:
            old.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        _flush(draft)
        draft.replace(backup)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def _migrate(source: sqlite3.Connection, version: int, target: sqlite3.Connection) -> None:
    """Step by step through databases in memory, the last step into the target."""
    with contextlib.ExitStack() as between:
        for step in range(version, VERSION):
            is_last = step + 1 == VERSION
            into = target if is_last else between.enter_context(contextlib.closing(sqlite3.connect(":memory:")))
            into.execute("BEGIN")
            if is_last:
                create_tables(into)
            else:
                for table in LAYOUTS[step + 1]:
                    into.execute(table)
            STEPS[step](source, into)
            into.execute("COMMIT")
            source = into


def _from_1_to_2(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Version 2 knows what is undone, the words of each command, checksums, and moments in the graphs' history."""
    _copy_rows(old, new, "SELECT key, value FROM lab LIMIT 100", "INSERT INTO lab VALUES (?, ?)")
    _copy_rows(
        old,
        new,
        "SELECT number, parent, parent_command, start_ns, reached_ns, 0, name, created FROM branch",
        "INSERT INTO branch VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    _copy_rows(
        old,
        new,
        "SELECT number, branch, time_ns, command, wall, 0.0, size_bytes, world FROM checkpoint",
        "INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    events = old.execute("SELECT branch, serial, time_ns, level, code, message, vm, node, task FROM event")
    new.executemany(
        "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ((*row, checksum(row)) for row in events)
    )
    new.executemany("INSERT INTO command VALUES (?, ?, ?, ?, ?, ?, ?)", _titled(old))
    new.executemany("INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?)", _rechunked(old))


def _copy_rows(old: sqlite3.Connection, new: sqlite3.Connection, question: str, insertion: str) -> None:
    new.executemany(insertion, old.execute(question))


def _titled(old: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    """Commands with their words, as the first state of the cluster that is kept has the names."""
    cluster = _first_world(old).cluster
    for number, branch, time_ns, wall, request in old.execute(
        "SELECT number, branch, time_ns, wall, request FROM command ORDER BY number"
    ):
        row = (number, branch, time_ns, wall, title_of(request, cluster), request)
        yield (*row, checksum(row))


def _first_world(old: sqlite3.Connection) -> World:
    row = old.execute("SELECT world, size_bytes FROM checkpoint ORDER BY number LIMIT 1").fetchone()
    if row is None:
        raise LabError("it holds no state of the cluster.")
    return checkpoint.restore(unpacked(row[0], int(row[1])))


def _rechunked(old: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    """Version 1 kept nodes' figures alone; a chunk that makes no sense is left behind."""
    for branch, start_ns, rows, columns in old.execute("SELECT branch, start_ns, rows, columns FROM sample"):
        with contextlib.suppress(ValueError):
            chunk = history.of_version_1(columns, rows, start_ns, FIRST_STEP_SECONDS)
            yield (branch, history.FINE_SECONDS, chunk.start_ns, chunk.end_ns, len(chunk), chunk.packed())


def _from_2_to_3(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Version 3 has the figures of each VM beside those of all together; of the past there are none."""
    for table, cells in (("lab", 2), ("branch", 8), ("command", 7), ("event", 10), ("checkpoint", 8), ("sample", 6)):
        places = ", ".join("?" * cells)
        _copy_rows(old, new, f"SELECT * FROM {table}", f"INSERT INTO {table} VALUES ({places})")  # noqa: S608 - ours


STEPS: dict[int, Callable[[sqlite3.Connection, sqlite3.Connection], None]] = {1: _from_1_to_2, 2: _from_2_to_3}
"""What leads from each older version to the next."""


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
