"""Opens damaged and hostile lab files by the thousand: `python tests/bench/mutated_labs.py [--files 10000] [--seed 1]`.

A healthy lab with branches, events and figures is mutated: bits flipped, cut off, pages swapped, stretches overwritten,
its tables and rows changed by SQL with and without fitting checksums. Each file is opened as the program opens it, and
what can be read of it is saved, in a worker process whose memory and time are limited. Asked of every file: a lab or a
sentence (LabError); no other error, no crash, no time-out, no growth, and not a byte of the file changed by a refusal.
Exit code 1 if any file did otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import logging
import multiprocessing
import random
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from hvgui.cluster.ids import NodeId, VmId
from hvgui.exchange.samples import sample
from hvgui.lab.errors import LabError
from hvgui.lab.row_checks import checksum
from hvgui.lab.salvage import salvage
from hvgui.lab.session import Session
from hvgui.requests.lifecycle import PauseVm, ResumeVm
from hvgui.requests.migration import LiveMigrate

MOST_SECONDS = 30
MOST_BYTES = 1_500_000_000
PAGE = 4096


def healthy(path: Path) -> None:
    """A lab with a past: commands, events, figures, something undone, a branch."""
    session = Session.new(sample("article-lab"), seed=3, path=path)
    session.start()
    session.set_speed(2_000.0)
    for request in (LiveMigrate(VmId(0), NodeId(1)), PauseVm(VmId(1)), ResumeVm(VmId(1))):
        session.submit(request).result()
        session.play()
        time.sleep(0.25)  # time for the lab to have a past; nothing is asserted of how much
        session.pause()
    session.look_at(30_000_000_000).result()
    session.go_on_from_here("what if").result()
    session.submit(PauseVm(VmId(3))).result()
    session.undo().result()
    session.close()


def flip(data: bytearray, dice: random.Random) -> None:
    """Some bits differ."""
    for _ in range(dice.choice((1, 2, 8, 40))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def flip_in_header(data: bytearray, dice: random.Random) -> None:
    """Some bits of what SQLite reads first differ."""
    for _ in range(dice.randrange(1, 5)):
        data[dice.randrange(16, 200)] ^= 1 << dice.randrange(8)


def cut(data: bytearray, dice: random.Random) -> None:
    """The end is missing."""
    del data[dice.randrange(len(data)) :]


def swap_pages(data: bytearray, dice: random.Random) -> None:
    """Pages lie in each other's place."""
    for _ in range(dice.randrange(1, 4)):
        one, other = (PAGE * dice.randrange(len(data) // PAGE) for _ in range(2))
        data[one : one + PAGE], data[other : other + PAGE] = data[other : other + PAGE], data[one : one + PAGE]


def overwrite(data: bytearray, dice: random.Random) -> None:
    """A stretch holds something else."""
    start = dice.randrange(len(data))
    length = min(dice.randrange(1, 20_000), len(data) - start)
    data[start : start + length] = dice.choice((dice.randbytes(length), bytes(length), b"\xff" * length))


def insert(data: bytearray, dice: random.Random) -> None:
    """Bytes have come in between."""
    place = dice.randrange(len(data))
    data[place:place] = dice.randbytes(dice.randrange(1, 500))


HARMS: Sequence[Callable[[bytearray, random.Random], None]] = (flip, flip_in_header, cut, swap_pages, overwrite, insert)
VALUES = (
    "NULL",
    "-1",
    "0",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "'text'",
    "x''",
    "x'c1'",
    "zeroblob(3000000)",
    "hex(randomblob(200000))",
    "'; DROP TABLE command; --'",
)
TABLES = {
    "lab": ("key", "value"),
    "branch": ("number", "parent", "parent_command", "start_ns", "reached_ns", "undone", "name", "created"),
    "command": ("number", "branch", "time_ns", "wall", "title", "request"),
    "event": ("branch", "serial", "time_ns", "level", "code", "message", "vm", "node", "task"),
    "checkpoint": ("number", "branch", "time_ns", "command", "wall", "work_seconds", "size_bytes", "world"),
    "sample": ("branch", "step_seconds", "start_ns", "end_ns", "rows", "columns"),
}
SCHEMA = (
    "CREATE VIEW spy AS SELECT * FROM command",
    "CREATE TRIGGER bomb AFTER INSERT ON command BEGIN DELETE FROM command; END",
    "CREATE TABLE more (x)",
    "DROP TABLE event",
    "DROP INDEX command_of_branch",
    "ALTER TABLE branch RENAME COLUMN name TO title",
    "CREATE VIRTUAL TABLE search USING fts5(text)",
    "ALTER TABLE command RENAME TO commands; CREATE VIEW command AS SELECT * FROM commands",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE lab (key, value)' WHERE name = 'lab'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 2 WHERE rootpage = 3",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'command'",
    "PRAGMA user_version = 3",
    "PRAGMA user_version = 1",
    "PRAGMA application_id = 7",
    "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
    " INSERT INTO branch SELECT i, i - 1, 0, 0, 0, 0, 'b' || i, '' FROM n; UPDATE lab SET value = '9000'"
    " WHERE key = 'branch'",
)


def harmed(whole: Path, path: Path, dice: random.Random) -> str:
    """Writes a mutated file; gives the kind of harm."""
    shutil.copyfile(whole, path)
    if dice.random() < 0.6:
        harm = dice.choice(HARMS)
        data = bytearray(path.read_bytes())
        harm(data, dice)
        path.write_bytes(data)
        return harm.__name__
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        if dice.random() < 0.3:
            with contextlib.suppress(sqlite3.Error):
                connection.executescript(dice.choice(SCHEMA))
            return "schema"
        for _ in range(dice.randrange(1, 4)):
            table = dice.choice(sorted(TABLES))
            column = dice.choice(TABLES[table])
            which = dice.choice(("", " WHERE rowid % 3 = 0", " WHERE rowid = 1")) if table in _ROWIDS else ""
            with contextlib.suppress(sqlite3.Error):
                connection.execute(f"UPDATE OR IGNORE {table} SET {column} = {dice.choice(VALUES)}{which}")  # noqa: S608 - our own words
        if dice.random() < 0.7:
            seal(connection)
            return "rows, sealed"
    return "rows"


_ROWIDS = ("branch", "command", "checkpoint")


def seal(connection: sqlite3.Connection) -> None:
    """Makes the checksums fit again, as somebody would who knows how."""
    connection.create_function("sealed", -1, lambda *cells: checksum(cells))
    for table in ("command", "event"):
        with contextlib.suppress(sqlite3.Error):
            connection.execute(f"UPDATE {table} SET checksum = sealed({', '.join(TABLES[table])})")  # noqa: S608 - our own words


def digest(folder: Path) -> str:
    """What lies in a folder, names and bytes."""
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def opened(folder: Path) -> str:
    """Opens and salvages one file; gives what came of it."""
    path = folder / "lab.hvlab"
    before = digest(folder)
    result = "opens"
    try:
        session = Session.open(path)
    except LabError as error:
        if "\n" in str(error) or str(path) not in str(error):
            return f"FAULT: no sentence: {error!r}"
        result = "refused"
        if digest(folder) != before:
            return f"FAULT: changed by a refusal: {error}"
        with tempfile.TemporaryDirectory() as other, contextlib.suppress(LabError):
            salvage(path, Path(other) / "saved.hvlab")
            Session.open(Path(other) / "saved.hvlab").close()
            result = "refused, salvaged"
        if digest(folder) != before:
            return "FAULT: changed by salvaging"
    else:
        session.close()
    return result


def work(pipe: Connection) -> None:
    """The worker: opens what it is told to, within its limits."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        folder = pipe.recv()
        if folder is None:
            return
        signal.alarm(MOST_SECONDS)  # ends the process: that is how the other side sees it
        try:
            answer = opened(Path(folder))
        except BaseException as error:  # noqa: BLE001 - that there is none is what is looked for
            answer = f"FAULT: {error!r}"
        signal.alarm(0)
        pipe.send((answer, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


class Worker:
    """A process that opens files, begun anew where one kills it."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def open(self, folder: Path) -> tuple[str, int]:
        """What came of a file, and the most memory (KB) so far."""
        self._pipe.send(str(folder))
        try:
            answer, memory = self._pipe.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            self._begin()
            return f"FAULT: the process ended with {code} (-14: out of time)", 0
        return answer, memory

    def close(self) -> None:
        """Ends it."""
        self._pipe.send(None)
        self._process.join()


def main() -> int:
    """Mutates, opens, and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    counted: Counter[tuple[str, str]] = Counter()
    began, slowest, memory = time.perf_counter(), 0.0, 0
    faults = 0
    worker = Worker()
    with tempfile.TemporaryDirectory() as root:
        whole, folder = Path(root) / "whole.hvlab", Path(root) / "one"
        healthy(whole)
        for number in range(options.files):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            kind = harmed(whole, folder / "lab.hvlab", random.Random(options.seed * 1_000_003 + number))
            started = time.perf_counter()
            answer, used = worker.open(folder)
            slowest, memory = max(slowest, time.perf_counter() - started), max(memory, used)
            counted[kind, answer.split(":", 1)[0]] += 1
            if answer.startswith("FAULT"):
                faults += 1
                print(f"file {number} ({kind}): {answer}", flush=True)  # noqa: T201
            if number % 1_000 == 999:
                print(f"{number + 1:,} files, {faults} faults", flush=True)  # noqa: T201
        size = whole.stat().st_size
    worker.close()
    for (kind, answer), count in sorted(counted.items()):
        print(f"{kind:16} {answer:20} {count:6,}")  # noqa: T201
    print(  # noqa: T201
        f"{options.files:,} files of {size / 1e3:.0f} KB, {faults} faults, slowest {slowest:.2f} s,"
        f" most memory {memory / 1e3:.0f} MB, {time.perf_counter() - began:.0f} s in all"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
