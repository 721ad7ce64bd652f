"""A lab of file version 1, made by hand as its hvgui laid it out: it opens, keeps its past, and leaves a backup."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import VmId
from hvgui.engine import checkpoint, run
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.lab.errors import DamagedLabError, LabError
from hvgui.lab.lab_lock import LabLock
from hvgui.lab.lab_reading import opened, read_lab
from hvgui.lab.lab_schema import APPLICATION_ID, VERSION
from hvgui.lab.lived_by import FACTS
from hvgui.lab.session import Session
from hvgui.lab.verification import verify
from hvgui.requests.lifecycle import PauseVm, ResumeVm

PATIENCE_SECONDS = 20.0
LAYOUT_OF_1 = """
CREATE TABLE lab (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE branch (number INTEGER PRIMARY KEY, parent INTEGER REFERENCES branch (number),\
 parent_command INTEGER NOT NULL, start_ns INTEGER NOT NULL, reached_ns INTEGER NOT NULL,\
 name TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE command (number INTEGER PRIMARY KEY, branch INTEGER NOT NULL REFERENCES branch (number),\
 time_ns INTEGER NOT NULL, wall TEXT NOT NULL, request BLOB NOT NULL);
CREATE INDEX command_of_branch ON command (branch, number);
CREATE TABLE event (branch INTEGER NOT NULL REFERENCES branch (number), serial INTEGER NOT NULL,\
 time_ns INTEGER NOT NULL, level INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,\
 vm INTEGER, node INTEGER, task INTEGER, PRIMARY KEY (branch, serial)) WITHOUT ROWID;
CREATE TABLE checkpoint (number INTEGER PRIMARY KEY, branch INTEGER NOT NULL REFERENCES branch (number),\
 time_ns INTEGER NOT NULL, command INTEGER NOT NULL, wall TEXT NOT NULL, size_bytes INTEGER NOT NULL,\
 world BLOB NOT NULL);
CREATE INDEX checkpoint_of_branch ON checkpoint (branch, time_ns);
CREATE TABLE sample (branch INTEGER NOT NULL REFERENCES branch (number), step_seconds INTEGER NOT NULL,\
 start_ns INTEGER NOT NULL, rows INTEGER NOT NULL, columns BLOB NOT NULL,\
 PRIMARY KEY (branch, step_seconds, start_ns)) WITHOUT ROWID;
"""


@pytest.fixture
def path(tmp_path: Path, record: ClusterRecord) -> Path:
    """A VM was paused at 5 s and resumed at 60 s; the lab came to 90 s; three rows of figures were kept."""
    path = tmp_path / "old.hvlab"
    world, told = settled(record, seed=4), Recorder()
    first = checkpoint.snapshot(world)
    requests = [(5 * 10**9, PauseVm(VmId(1))), (60 * 10**9, ResumeVm(VmId(1)))]
    for moment, request in requests:
        run.advance_to(world, moment, told)
        assert run.apply(world, request, told).accepted
    run.advance_to(world, 90 * 10**9, told)
    figures = np.arange(4 * 3 * 2, dtype="<f4")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(LAYOUT_OF_1)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        facts = {
            "id": "1",
            "name": "An old lab",
            "seed": "4",
            "branch": "1",
            "created": "",
            "written_by": "hvgui",
            **FACTS,
        }
        connection.executemany("INSERT INTO lab VALUES (?, ?)", {**facts, **FACTS}.items())
        connection.execute("INSERT INTO branch VALUES (1, NULL, 0, 0, 90000000000, 'main', '')")
        connection.execute("INSERT INTO checkpoint VALUES (1, 1, 0, 0, '', ?, ?)", (len(first), zlib.compress(first)))
        for number, (moment, request) in enumerate(requests, 1):
            row = (number, 1, moment, "", msgspec.msgpack.encode(request))
            connection.execute("INSERT INTO command VALUES (?, ?, ?, ?, ?)", row)
        for event in told.events:
            connection.execute("INSERT INTO event VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)", msgspec.structs.astuple(event))
        row = (30 * 10**9, 3, zlib.compress(figures.tobytes()))
        connection.execute("INSERT INTO sample VALUES (1, 30, ?, ?, ?)", row)
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def version(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_it_is_brought_up_to_date_and_a_backup_stays(path: Path) -> None:
    session = Session.open(path)
    assert not session.is_read_only
    assert session.opening().time_ns == 90 * 10**9
    assert session.name == "An old lab"
    session.start()
    assert session.undo().result(PATIENCE_SECONDS).accepted
    session.close()
    backup = path.with_name("old.hvlab.before-v2")
    assert (version(path), version(backup)) == (VERSION, 1)
    assert sorted(one.name for one in path.parent.iterdir()) == ["old.hvlab", "old.hvlab.before-v2"]
    assert verify(path).agrees
    kept = read_lab(backup)
    assert [command.title for command in kept.commands] == ["Pause WEB01", "Resume WEB01"]
    assert kept.reached_ns == 90 * 10**9


def test_its_figures_come_along(path: Path) -> None:
    session = Session.open(path)
    session.start()
    figures = session.figures(0, 10**12).result(PATIENCE_SECONDS)
    session.close()
    assert [moment // 10**9 for moment in figures.time_ns[:3].tolist()] == [30, 60, 90]
    assert figures.node_memory_bytes[:3].tolist() == [[6, 7], [8, 9], [10, 11]]
    assert np.isnan(figures.vms_cpu_share[:3]).all()


def test_reading_it_leaves_it_as_it_is(path: Path) -> None:
    before = path.read_bytes()
    assert verify(path).agrees
    with opened(path) as connection:
        assert connection.execute("SELECT count(*) FROM command").fetchone() == (2,)
    assert path.read_bytes() == before


def test_where_it_is_open_elsewhere_it_is_read_in_memory(path: Path) -> None:
    lock = LabLock.taken(path)
    assert lock is not None
    session = Session.open(path)
    assert session.is_read_only
    session.start()
    session.look_at(10**9).result(PATIENCE_SECONDS)
    session.close()
    lock.release()
    assert version(path) == 1


def test_a_backup_is_never_overwritten(path: Path) -> None:
    backup = path.with_name("old.hvlab.before-v2")
    backup.write_text("somebody's own")
    Session.open(path).close()
    assert backup.read_text() == "somebody's own"
    assert version(path.with_name("old.hvlab.before-v2-2")) == 1


def test_one_that_makes_no_sense_stays_as_it_is(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE command SET request = x'80' WHERE number = 2")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    with pytest.raises(LabError, match="damaged"):
        Session.open(path)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["old.hvlab"]


def test_what_can_be_read_of_a_damaged_one_is_saved_with_its_past(path: Path, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE event SET message = x'ff' WHERE serial = 1")
        connection.execute("UPDATE checkpoint SET wall = wall")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with pytest.raises(DamagedLabError):
        Session.open(path)
    before = path.read_bytes()
    report = Session.salvage(path, tmp_path / "saved.hvlab")
    assert path.read_bytes() == before
    assert (report.commands_read, report.commands_lost, report.events_lost) == (2, 0, 1)
    assert report.sentences == ("Lost at least 1 of its events.",)
    assert "event" in verify(report.to).difference, "the lost event happens again in a replay, and verify says so"
    session = Session.open(report.to)
    session.start()
    assert session.opening().time_ns == 90 * 10**9
    figures = session.figures(0, 10**12).result(PATIENCE_SECONDS)
    assert [moment // 10**9 for moment in figures.time_ns[:3].tolist()] == [30, 60, 90]
    assert session.undo().result(PATIENCE_SECONDS).accepted
    session.close()
    assert [command.title for command in read_lab(path.with_name("saved.hvlab")).commands][:1] == ["Pause WEB01"]
