"""The session with its thread, as the window has it: opening, asking, playing, saving, closing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.machines import VmState
from hvgui.cluster.tasks import TaskState
from hvgui.lab.errors import LabError
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE, Frame
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.session import Session
from hvgui.requests.lifecycle import PauseVm, ResumeVm, TurnOffVm
from hvgui.requests.load_watch import SetLoadWatch
from hvgui.requests.migration import LiveMigrate

PATIENCE_SECONDS = 20.0


class Watcher:
    """Drains a session as the window does, until what it waits for has come."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.cluster = Cluster(session.opening().record)
        self.frames: list[Frame] = []

    def until(self, seen: Callable[[Frame], Any]) -> Frame:
        give_up = time.monotonic() + PATIENCE_SECONDS
        pause = threading.Event()
        while time.monotonic() < give_up:
            for frame in self.session.drain():
                self.frames.append(frame)
                self.cluster.apply(frame.changes)
                if seen(frame):
                    return frame
            pause.wait(0.005)
        raise AssertionError(f"not seen in {len(self.frames)} frames")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lab.hvlab"


@pytest.fixture
def session(record: ClusterRecord, path: Path) -> Iterator[Session]:
    session = Session.new(record, seed=7, name="Story", path=path)
    yield session
    session.close()


def test_a_live_migration_from_the_asking_to_its_end(session: Session) -> None:
    watcher = Watcher(session)
    session.start()
    receipt = session.submit(LiveMigrate(VmId(0), NodeId(1))).result(PATIENCE_SECONDS)
    assert receipt.accepted
    assert receipt.command == 1
    session.set_speed(AS_FAST_AS_POSSIBLE)
    session.play()
    frame = watcher.until(lambda frame: frame.ended_tasks)
    assert [(task.id, task.state) for task in frame.ended_tasks] == [(receipt.task, TaskState.SUCCEEDED)]
    session.pause()
    watcher.until(lambda frame: not frame.pace.playing)
    assert watcher.cluster.vms[VmId(0)].owner == NodeId(1)
    assert watcher.cluster.tasks == {}
    assert any(frame.samples for frame in watcher.frames)
    assert any(frame.migrations for frame in watcher.frames)
    assert any(frame.streams for frame in watcher.frames)


def test_a_lab_goes_on_where_it_was_left(session: Session, path: Path) -> None:
    watcher = Watcher(session)
    session.start()
    session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS)
    session.set_speed(100.0)
    session.play()
    watcher.until(lambda frame: frame.time_ns > 10 * 10**9)
    session.close()
    again = Session.open(path)
    opening = again.opening()
    assert opening.name == "Story"
    assert opening.time_ns > 10 * 10**9
    assert Cluster(opening.record).vms[VmId(1)].state is VmState.PAUSED
    assert [event.vm for event in opening.events] == [VmId(1)]
    again.start()
    assert again.submit(ResumeVm(VmId(1))).result(PATIENCE_SECONDS).command == 2
    again.close()


def test_what_was_acknowledged_is_in_the_file_at_once(session: Session, path: Path) -> None:
    session.start()
    receipt = session.submit(TurnOffVm(VmId(1))).result(PATIENCE_SECONDS)
    assert [command.number for command in read_lab(path).commands] == [receipt.command]


def test_a_lab_that_is_open_elsewhere_opens_for_reading(session: Session, path: Path) -> None:
    session.start()
    session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS)
    other = Session.open(path)
    assert other.is_read_only
    assert not session.is_read_only
    assert Cluster(other.opening().record).vms[VmId(1)].state is VmState.PAUSED
    other.start()
    receipt = other.submit(ResumeVm(VmId(1))).result(PATIENCE_SECONDS)
    assert not receipt.accepted
    assert receipt.problems[0].code == "read-only"
    other.close()
    assert len(read_lab(path).commands) == 1


def test_a_lab_for_reading_can_be_saved_elsewhere_and_used(session: Session, path: Path, tmp_path: Path) -> None:
    session.start()
    other = Session.open(path)
    other.start()
    assert other.save_as(tmp_path / "mine.hvlab").result(PATIENCE_SECONDS) == tmp_path / "mine.hvlab"
    assert not other.is_read_only
    assert other.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS).accepted
    other.close()
    for kept, state in ((tmp_path / "mine.hvlab", VmState.PAUSED), (path, VmState.RUNNING)):
        reader = Session.open(kept)
        assert Cluster(reader.opening().record).vms[VmId(1)].state is state
        reader.close()


def test_saving_where_nothing_can_be_written_says_so(session: Session, path: Path, tmp_path: Path) -> None:
    session.start()
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(LabError, match="can't be saved"):
        session.save_as(tmp_path / "file" / "lab.hvlab").result(PATIENCE_SECONDS)
    assert session.path == path
    assert session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS).accepted


def test_without_a_path_the_lab_is_kept_in_the_data_folder(record: ClusterRecord) -> None:
    session = Session.new(record)
    assert session.path.parent == platformdirs.user_data_path("hvgui") / "labs"
    assert session.name == record.name
    session.close()
    assert read_lab(session.path).reached_ns == 0


def test_there_are_figures_to_begin_with(session: Session) -> None:
    watcher = Watcher(session)
    session.start()
    frame = watcher.until(lambda frame: frame.samples)
    assert frame.time_ns == 0
    assert (frame.samples[0].node_memory_bytes > 0).all()


def test_paused_time_stands(session: Session) -> None:
    session.start()
    session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS)
    frames = session.drain()
    assert [frame.time_ns for frame in frames] == [0]
    session.submit(ResumeVm(VmId(1))).result(PATIENCE_SECONDS)
    assert all(frame.time_ns == 0 for frame in session.drain())


def test_a_speed_must_be_above_zero(session: Session) -> None:
    with pytest.raises(ValueError, match="above 0"):
        session.set_speed(0.0)


def test_step_goes_to_the_next_event_and_stands(session: Session) -> None:
    watcher = Watcher(session)
    session.start()
    session.submit(LiveMigrate(VmId(0), NodeId(1))).result(PATIENCE_SECONDS)
    session.step()
    frame = watcher.until(lambda frame: frame.time_ns > 0)
    assert not frame.pace.playing


def test_closing_leaves_no_thread_and_answers_everybody(record: ClusterRecord, path: Path) -> None:
    before = set(threading.enumerate())
    session = Session.new(record, path=path)
    session.start()
    waiting: list[Future[Any]] = [session.submit(PauseVm(VmId(1))) for _ in range(50)]
    session.close()
    session.close()
    assert all(answer.done() for answer in waiting)
    assert set(threading.enumerate()) == before
    assert session.submit(PauseVm(VmId(1))).cancelled()
    assert session.drain() is not None


def test_closing_before_the_start(record: ClusterRecord, path: Path) -> None:
    session = Session.new(record, path=path)
    session.close()
    session.start()
    assert read_lab(path).reached_ns == 0
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_the_load_watch_sees_is_answered_beside_the_running_engine(session: Session) -> None:
    session.start()
    off = session.watch_figures().result(PATIENCE_SECONDS)
    assert off.filled.size == 0
    assert off.now.shape[0] == 4
    assert (
        session.submit(SetLoadWatch(LoadWatch(WatchMode.MANUAL, window_seconds=60))).result(PATIENCE_SECONDS).accepted
    )
    session.set_speed(AS_FAST_AS_POSSIBLE)
    session.play()
    Watcher(session).until(lambda frame: frame.time_ns > 70 * 10**9)
    seen = session.watch_figures().result(PATIENCE_SECONDS)
    assert (seen.filled == 30).all()
    assert seen.time_ns > 70 * 10**9
