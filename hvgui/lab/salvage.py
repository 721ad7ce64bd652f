"""Open what can be read: a damaged lab file, row by row, into a new one; and what was lost, in words.

The damaged file is copied first and never opened for writing. What is taken over has been checked as when a lab is
opened: rows by their checksums and types, states by restoring them. Then each branch is replayed, and ends where that
no longer works.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.units import format_clock
from hvgui.engine import checkpoint
from hvgui.lab import lines
from hvgui.lab.errors import DamagedLabError, JourneyCancelledError, LabError, NewerLabError
from hvgui.lab.frames import Salvage
from hvgui.lab.history import unpacked as unpacked_samples
from hvgui.lab.lab_reading import Command, command_of, event_of, kept_at, read_lab, told_of
from hvgui.lab.lab_schema import LAYOUTS, VERSION, check_header, create_tables, harden, layout, layout_of
from hvgui.lab.older_rows import upgrades_of_1
from hvgui.lab.packed_world import unpacked
from hvgui.lab.replay import world_of
from hvgui.lab.vm_history import check as check_vm_samples
from hvgui.lab.wall_time import wall_time

MOST_ROWS = 10_000_000
"""Of one table; a damaged file may claim any number."""
_OF_SAMPLES = "branch, step_seconds, start_ns"
_UNREADABLE = (sqlite3.Error, UnicodeError)
_SENSELESS = (
    msgspec.MsgspecError,
    LabError,
    zlib.error,
    ValueError,
    TypeError,
    OverflowError,
    ArithmeticError,
    LookupError,
)
MOST_SECONDS_A_BRANCH = 2.0
"""Of replay: states lie a quarter of a second of the engine's work apart; a moment that is much further was damaged."""
_SHARE_OF_READING = 0.6
"""Of the whole work, roughly; the rest is replaying."""
Row = tuple[Any, ...]
Tell = Callable[[float], None]
"""Hears how far it has come, 0..1, and raises JourneyCancelledError where it is not wanted any more."""
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


def salvage(path: Path, to: Path, tell: Tell = lambda _: None) -> Salvage:
    """See Session.salvage. Raises LabError where nothing can be read, the new file can't be written, or `tell` raises
    one to call it off; then nothing is left behind."""
    path, to = path.absolute(), to.absolute()
    if to.exists():
        raise LabError(f"{to} is there already; choose another name.")
    _check(path)
    with tempfile.TemporaryDirectory(prefix="hvgui-") as folder:
        copy = Path(folder) / "damaged.hvlab"
        try:
            for suffix in ("", "-wal"):
                beside = path.with_name(path.name + suffix)
                if beside.exists():
                    shutil.copyfile(beside, copy.with_name(copy.name + suffix))
        except OSError as error:
            raise LabError(f"{path} can't be read: {error.strerror or error}.") from error
        with told_of(path), contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as source:
            return _salvaged(source, path, to, tell)


def _check(path: Path) -> None:
    """A header that says it is ours, or one that is damaged; not one of a newer hvgui."""
    try:
        check_header(path)
    except NewerLabError:
        raise
    except LabError:
        if not path.is_file():
            raise


def _salvaged(source: sqlite3.Connection, path: Path, to: Path, tell: Tell) -> Salvage:
    harden(source)
    # What an index says is not asked: it may be what is damaged.
    with contextlib.suppress(sqlite3.Error):
        source.execute("PRAGMA query_only = ON")
    found = _Found(source, path, tell)
    found.read()
    draft = to.with_name(f".{to.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as target:
            found.write(target)
        report = _cut_to_what_replays(draft, found, path, to, tell)
        draft.replace(to)
    except (OSError, sqlite3.Error) as error:
        raise LabError(f"What could be read can't be written to {to}: {error}.") from error
    finally:
        for leftover in ("", "-wal", "-shm", "-journal"):
            draft.with_name(draft.name + leftover).unlink(missing_ok=True)
    return report


class _Found:
    """What could be read, table by table."""

    def __init__(self, source: sqlite3.Connection, path: Path, tell: Tell) -> None:
        self._source = source
        self._path = path
        self._tell = tell
        self._read_tables = 0
        self.facts: dict[str, str] = {}
        self.branches: dict[int, tuple[Any, ...]] = {}
        self.commands: dict[int, Command] = {}
        self.command_rows: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []
        self.checkpoints: list[tuple[Any, ...]] = []
        self.samples: list[tuple[Any, ...]] = []
        self.vm_samples: list[tuple[Any, ...]] = []
        self.lost: dict[str, int] = {}

    def read(self) -> None:
        """Raises LabError where there is no state of a cluster to be found."""
        version, ours = self._tables()
        self.facts = {
            str(key): str(value)
            for key, value in self._rows(ours, "lab", "key, value", lambda row: row)
            if key in ("id", "name", "seed", "branch", "created", "numpy", "engine", "older_until")
        }
        self.checkpoints = self._all(ours, "checkpoint", version, None)
        if not self.checkpoints:
            raise LabError(f"Nothing of {self._path} can be read: no state of the cluster is left in it.")
        cluster = _cluster_in(self.checkpoints[0]) if version == 1 else None
        for row in self._all(ours, "branch", version, cluster):
            self.branches[row[0]] = row
        self.command_rows = self._all(ours, "command", version, cluster)
        self.commands = {row[0]: command_of(row) for row in self.command_rows}
        self.events = self._all(ours, "event", version, cluster)
        self.samples = self._all(ours, "sample", version, cluster)
        if version >= VERSION:
            self.vm_samples = self._all(ours, "vm_sample", version, cluster)
        self._mend_branches()

    def _all(self, ours: set[str], table: str, version: int, cluster: Cluster | None) -> list[Row]:
        upgrade = upgrades_of_1(cluster)[table] if version == 1 else None
        check = _CHECKS[table]
        return list(self._rows(ours, table, "*", check if upgrade is None else lambda row: check(upgrade(row))))

    def _tables(self) -> tuple[int, set[str]]:
        """The version that the file is laid out by, and those of its tables that are of it, letter by letter: no other
        is asked."""
        try:
            there = layout(self._source)
        except _UNREADABLE as error:
            raise LabError(f"Nothing of {self._path} can be read: {error}.") from error
        by_version = {version: there & layout_of(version) for version in LAYOUTS}
        version = max(by_version, key=lambda one: (len(by_version[one]), -one))
        return version, {name for kind, name, _ in by_version[version] if kind == "table"}

    def _rows(self, ours: set[str], table: str, columns: str, check: Callable[[tuple[Any, ...]], _T]) -> Iterator[_T]:
        """A table's rows that can be read and make sense: forwards up to where it fails, then backwards to there."""
        if table not in ours:
            self.lost[table] = self.lost.get(table, 0) + 1
            return
        self._read_tables += 1
        order = {"lab": "key", "event": "branch, serial", "sample": _OF_SAMPLES, "vm_sample": _OF_SAMPLES}
        key = order.get(table, "rowid")
        seen: set[Any] = set()
        for direction in ("", " DESC"):
            by = ", ".join(f"{column}{direction}" for column in key.split(", "))
            broke = False
            try:
                question = f"SELECT {columns} FROM {table} ORDER BY {by} LIMIT {MOST_ROWS}"  # noqa: S608 - our own words
                for row in self._source.execute(question):
                    self._tell(_SHARE_OF_READING * self._read_tables / (len(_WORDS) + 1))
                    mark = row[: len(key.split(", "))]
                    if mark in seen:
                        # Backwards: where reading forwards had come to. Forwards: pages that lead in a circle.
                        broke = not direction
                        break
                    seen.add(mark)
                    try:
                        yield check(row)
                    except (*_SENSELESS, *_UNREADABLE):
                        self.lost[table] = self.lost.get(table, 0) + 1
            except _UNREADABLE as error:
                _log.info("table %s can't be read on: %s", table, error)
                broke = True
            if not broke:
                return
        self.lost[table] = self.lost.get(table, 0) + 1

    def _mend_branches(self) -> None:
        """Branches that rows name and that are lost begin anew where the first state of them lies."""
        for row in self.checkpoints:
            branch, time_ns = row[1], row[2]
            if branch not in self.branches:
                self.lost["branch"] = self.lost.get("branch", 0) + 1
                self.branches[branch] = (branch, None, 0, time_ns, time_ns, 0, f"branch {branch}", wall_time())
        for number, row in list(self.branches.items()):
            if row[1] is not None and row[1] not in self.branches:
                self.branches[number] = (number, None, 0, *row[3:])

    def lived(self) -> set[int]:
        """Branches that have something of their own; the others are their parents up to a moment."""
        return {row[1] for row in (*self.command_rows, *self.checkpoints)} & self.branches.keys()

    def write(self, target: sqlite3.Connection) -> None:
        """Writes what was read into an empty database."""
        target.execute("BEGIN")
        create_tables(target)
        lived = self.facts.get("branch", "")
        if not (lived.isdigit() and int(lived) in self.branches):
            self.facts["branch"] = str(max(row[1] for row in self.checkpoints))
        target.executemany("INSERT INTO lab VALUES (?, ?)", self.facts.items())
        for table, rows in (
            ("branch", list(self.branches.values())),
            ("command", self.command_rows),
            ("event", self.events),
            ("checkpoint", self.checkpoints),
            ("sample", self.samples),
            ("vm_sample", self.vm_samples),
        ):
            for row in rows:
                places = ", ".join("?" * len(row))
                target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", row)  # noqa: S608 - our own words
        target.execute("COMMIT")


def _check_whole(*cells: object) -> None:
    """SQLite puts anything into any column. Raises ValueError."""
    if not all(isinstance(cell, int) for cell in cells):
        raise ValueError("what should be a number is none")


def _branch(row: tuple[Any, ...]) -> tuple[Any, ...]:
    number, parent, behind, start_ns, reached_ns, undone, name, created = row
    _check_whole(number, behind, start_ns, reached_ns, undone, 0 if parent is None else parent)
    return (number, parent, behind, start_ns, reached_ns, undone, str(name)[:300], str(created)[:40])


def _command(row: tuple[Any, ...]) -> tuple[Any, ...]:
    _check_whole(*row[:3])
    command_of(row)
    return row


def _event(row: tuple[Any, ...]) -> tuple[Any, ...]:
    _check_whole(*row[:3])
    event_of(row)
    return row


def _checkpoint(row: tuple[Any, ...]) -> tuple[Any, ...]:
    number, branch, time_ns, command, _, work_seconds, size_bytes, world = row
    _check_whole(number, branch, time_ns, command, size_bytes)
    restored = checkpoint.restore(unpacked(world, int(size_bytes)))
    if restored.now_ns != time_ns or not isinstance(work_seconds, float):
        raise ValueError("a state is of another moment than is written beside it")
    return row


def _samples(row: tuple[Any, ...]) -> tuple[Any, ...]:
    _check_whole(*row[:5])
    unpacked_samples(row[5], row[4])
    return row


def _vm_samples(row: tuple[Any, ...]) -> tuple[Any, ...]:
    _check_whole(*row[:5])
    check_vm_samples(row[5], row[4])
    return row


def _cluster_in(row: Row) -> Cluster:
    """The cluster of a checkpoint that has been checked."""
    return checkpoint.restore(unpacked(row[7], int(row[6]))).cluster


_CHECKS: dict[str, Callable[[Row], Row]] = {
    "branch": _branch,
    "command": _command,
    "event": _event,
    "checkpoint": _checkpoint,
    "sample": _samples,
    "vm_sample": _vm_samples,
}


def _cut_to_what_replays(draft: Path, found: _Found, path: Path, to: Path, tell: Tell) -> Salvage:
    """Replays every branch of the new file up to its end and lets it end where that fails."""
    cut: list[str] = []
    with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as target:
        lost_commands = found.lost.get("command", 0)
        lived = sorted(found.lived())
        for place, number in enumerate(lived):
            # In the middle of a replay, too, somebody may call it off.
            still = partial(_tell_still, tell, _SHARE_OF_READING + (1.0 - _SHARE_OF_READING) * place / len(lived))
            still(0.0)
            with contextlib.suppress(DamagedLabError):
                sentence = _cut(target, number, path, still, is_whole=not lost_commands)
                if sentence:
                    cut.append(f"Branch {found.branches[number][6]}: {sentence}")
        commands = int(target.execute("SELECT count(*) FROM command").fetchone()[0])
    kept = read_lab(draft)
    return Salvage(
        path=path,
        to=to,
        reached_ns=kept.reached_ns,
        commands_read=commands,
        commands_lost=lost_commands + len(found.command_rows) - commands,
        events_read=len(found.events),
        events_lost=found.lost.get("event", 0),
        checkpoints_read=len(found.checkpoints),
        checkpoints_lost=found.lost.get("checkpoint", 0),
        sentences=(*_sentences(found), *cut),
    )


def _tell_still(tell: Tell, fraction: float, _of_replay: float) -> None:
    tell(fraction)


def _cut(target: sqlite3.Connection, branch: int, path: Path, tell: Tell, *, is_whole: bool) -> str | None:
    """Ends a branch where its replay fails; gives what was lost by that. Raises DamagedLabError where nothing leads to
    it."""
    place = lines.present_of(target, branch)
    try:
        kept = kept_at(target, place)
        behind = [command.number for command in kept.commands]
        if not is_whole and behind != list(range(behind[0], behind[0] + len(behind)) if behind else []):
            raise LabError("a command in between is lost")
        world_of(kept, path, most_seconds=MOST_SECONDS_A_BRANCH, tell=tell)
    except JourneyCancelledError:
        raise
    except (LabError, *_SENSELESS) as error:
        state = _last_state(target, branch)
        if state is None:
            raise DamagedLabError(str(error)) from error
        time_ns, command = state
        target.execute("DELETE FROM command WHERE branch = ? AND number > ?", (branch, command))
        target.execute("DELETE FROM event WHERE branch = ? AND time_ns > ?", (branch, time_ns))
        target.execute("DELETE FROM sample WHERE branch = ? AND start_ns > ?", (branch, time_ns))
        target.execute("DELETE FROM vm_sample WHERE branch = ? AND start_ns > ?", (branch, time_ns))
        target.execute("UPDATE branch SET reached_ns = ?, undone = 0 WHERE number = ?", (time_ns, branch))
        return f"it ends at {format_clock(time_ns)} now; what came after can't be replayed."
    return None


def _last_state(target: sqlite3.Connection, branch: int) -> tuple[int, int] | None:
    row = target.execute(
        "SELECT time_ns, command FROM checkpoint WHERE branch = ? ORDER BY time_ns DESC, command DESC LIMIT 1",
        (branch,),
    ).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


_WORDS = {
    "lab": "facts about the lab",
    "branch": "branches",
    "command": "commands",
    "event": "events",
    "checkpoint": "states of the cluster",
    "sample": "parts of the graphs' history",
    "vm_sample": "parts of the VMs' history",
}


def _sentences(found: _Found) -> list[str]:
    return [f"Lost at least {count:,} of its {_WORDS[table]}." for table, count in found.lost.items() if count]
