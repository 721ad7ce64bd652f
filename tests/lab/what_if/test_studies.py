"""Studies beside a window: every outcome as it comes, called off at once, the same wherever they are worked out."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.what_if import WhatIfOutcome, WhatIfReport
from hvgui.engine.settling import settled
from hvgui.engine.world import World
from hvgui.exchange.generated import generated
from hvgui.exchange.samples import sample
from hvgui.lab.errors import LabError
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.lab.session import Session
from hvgui.lab.what_if import studies
from hvgui.lab.what_if.studies import Studies, Study
from hvgui.lab.what_if.study import cases_of, study
from hvgui.requests.faults import CrashNode

PATIENCE_SECONDS = 60.0


@pytest.fixture
def record() -> ClusterRecord:
    return generated(4, 24, PROFILES["2022"])


@pytest.fixture
def session(record: ClusterRecord, tmp_path: Path) -> Iterator[Session]:
    made = Session.new(record, seed=3, path=tmp_path / "lab.hvlab")
    made.start()
    yield made
    made.close()


def until(is_so: Callable[[], Any]) -> None:
    give_up, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
    while not is_so():
        assert time.monotonic() < give_up
        pause.wait(0.005)


def all_of(cluster: Cluster) -> Any:
    return cases_of(cluster, 2)


def seen(world: World) -> Future[World]:
    future: Future[World] = Future()
    future.set_result(world)
    return future


def test_a_session_comes_to_what_a_study_alone_comes_to(session: Session, record: ClusterRecord) -> None:
    cases = all_of(Cluster(record))
    running = session.study(cases)
    report = running.answer.result(PATIENCE_SECONDS)
    assert report == study(settled(record, 3), cases)
    assert report.is_complete
    news = running.news()
    assert len(news) == running.done == len(cases)
    assert sorted(news, key=lambda one: cases.index(one.case)) == list(report.outcomes)
    assert running.news() == ()


def test_the_lab_goes_on_meanwhile_and_the_moment_is_told(session: Session, record: ClusterRecord) -> None:
    session.set_speed(AS_FAST_AS_POSSIBLE)
    session.play()
    clock: list[int] = []

    def goes_on() -> bool:
        clock.extend(frame.time_ns for frame in session.drain())
        return bool(clock) and clock[-1] > 60 * 10**9

    until(goes_on)
    running = session.study(all_of(Cluster(record)))
    report = running.answer.result(PATIENCE_SECONDS)
    assert running.time_ns == report.time_ns > 60 * 10**9
    asked_at, clock[:] = clock[-1], []
    until(lambda: goes_on() and clock[-1] > asked_at + 10**9)
    assert report.is_complete


def test_called_off_it_ends_at_once_with_what_there_is(tmp_path: Path) -> None:
    """Of 136 losses of the large sample a few are through when it is called off."""
    record = generated(16, 1000, PROFILES["2022"])
    session = Session.new(record, seed=1, path=tmp_path / "lab.hvlab")
    session.start()
    cases = cases_of(Cluster(record), 2)
    running = session.study(cases)
    until(lambda: running.done >= 3)
    began = time.monotonic()
    running.cancel()
    report = running.answer.result(PATIENCE_SECONDS)
    assert time.monotonic() - began < 1.0
    assert 3 <= len(report.outcomes) < len(cases)
    assert not report.is_complete
    assert report.survives == 0
    expected = {one.case: one for one in study(settled(record, 1), [one.case for one in report.outcomes]).outcomes}
    assert all(expected[one.case] == one for one in report.outcomes)
    session.close()
    assert not [child for child in multiprocessing.active_children() if child.is_alive()]


def test_workers_drop_what_they_are_at(record: ClusterRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial in a worker asks a flag that all share, and it is set once nobody waits any more."""
    flags: list[Any] = []

    class Watched(ProcessPoolExecutor):
        def __init__(self, *args: Any, initargs: tuple[Any, ...], **named: Any) -> None:
            flags.append(initargs[0])
            super().__init__(*args, initargs=initargs, **named)

    monkeypatch.setattr(studies, "ProcessPoolExecutor", Watched)
    world = settled(record, 3)
    beside = Studies()
    running = beside.begin(seen(world.fork()), cases_of(world.cluster, 2))
    until(lambda: running.done >= 1)
    assert not flags[0].value
    running.cancel()
    beside.close()
    assert flags[0].value
    monkeypatch.setattr(studies._Worker, "stop", flags[0], raising=False)
    monkeypatch.setattr(studies._Worker, "world", world, raising=False)
    with pytest.raises(studies.CalledOffError):
        studies._tried(cases_of(world.cluster)[0])


def test_a_newer_one_calls_the_one_before_off(session: Session, record: ClusterRecord) -> None:
    cases = all_of(Cluster(record))
    first, second = session.study(cases), session.study(cases[:2])
    assert second.answer.result(PATIENCE_SECONDS).is_complete
    assert first.is_called_off
    assert len(first.answer.result(PATIENCE_SECONDS).outcomes) <= len(cases)


def test_without_processes_a_thread_comes_to_the_same(record: ClusterRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_to_be_had(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(studies, "ProcessPoolExecutor", none_to_be_had)
    world, cases = settled(record, 3), all_of(Cluster(record))
    beside = Studies()
    report = beside.begin(seen(world.fork()), cases).answer.result(PATIENCE_SECONDS)
    assert report == study(world, cases)
    beside.close()


def test_a_thread_is_called_off_in_the_midst_of_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_to_be_had(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(studies, "ProcessPoolExecutor", none_to_be_had)
    world = settled(sample("todays-maximum"), 1)
    beside = Studies()
    running = beside.begin(seen(world), cases_of(world.cluster))
    until(lambda: running.done >= 1)
    began = time.monotonic()
    beside.close()
    assert time.monotonic() - began < 1.0
    assert not running.answer.result(0).is_complete


@pytest.mark.skipif(os.name != "posix", reason="a process is killed")
def test_a_worker_that_is_killed_costs_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    world = settled(generated(6, 40, PROFILES["2022"]), 3)
    cases = cases_of(world.cluster, 2)
    taken: list[int] = []
    take = Study.take

    def kills(one: Study, number: int, outcome: WhatIfOutcome) -> None:
        take(one, number, outcome)
        taken.append(number)
        if len(taken) == 3:
            os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)

    monkeypatch.setattr(Study, "take", kills)
    beside = Studies(workers=2)
    running = beside.begin(seen(world.fork()), cases)
    report = running.answer.result(PATIENCE_SECONDS)
    assert report == study(world, cases)
    assert sorted(taken) == list(range(len(cases)))
    beside.close()


def test_the_lab_is_closed_while_it_is_worked_on(tmp_path: Path) -> None:
    record = generated(16, 1000, PROFILES["2022"])
    session = Session.new(record, path=tmp_path / "lab.hvlab")
    session.start()
    running = session.study(cases_of(Cluster(record), 2))
    until(lambda: running.done >= 1)
    session.close()
    assert not running.answer.result(0).is_complete
    late = session.study(cases_of(Cluster(record)))
    with pytest.raises(LabError, match="closed"):
        late.answer.result(0)


def test_what_the_past_would_have_come_to(session: Session, record: ClusterRecord) -> None:
    """A look back is a world as any other; so is a lab that is only read."""
    cases = cases_of(Cluster(record))
    session.set_speed(AS_FAST_AS_POSSIBLE)
    session.play()
    until(lambda: any(frame.time_ns > 30 * 10**9 for frame in session.drain()))
    session.pause()
    session.submit(CrashNode(NodeId(0))).result(PATIENCE_SECONDS)
    now = session.study(cases).answer.result(PATIENCE_SECONDS)
    assert now.outcomes[0].refused
    reader = Session.open(session.path)
    reader.start()
    assert reader.is_read_only
    read: WhatIfReport = reader.study(cases, VmId(1)).answer.result(PATIENCE_SECONDS)
    assert read.outcomes[0].refused
    assert read.room is not None
    assert read.room.like == 1
    reader.close()
    session.look_at(0).result(PATIENCE_SECONDS)
    past = session.study(cases).answer.result(PATIENCE_SECONDS)
    assert past == study(settled(record, 3), cases)


def test_the_room_left_is_asked_for_alone(session: Session, record: ClusterRecord) -> None:
    vm = next(iter(Cluster(record).vms))
    room = session.room_left(vm).result(PATIENCE_SECONDS)
    assert room == study(settled(record, 3), (), like=vm).room
    assert room is not None
    assert room.why
    assert session.room_left(VmId(9999)).result(PATIENCE_SECONDS) is None
