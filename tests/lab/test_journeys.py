"""Journeys into the past that take their time: how far they are is told, and they can be called off."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import checkpoint
from hvgui.engine.settling import settled
from hvgui.lab.errors import JourneyCancelledError, LabError
from hvgui.lab.forecasters import Forecasters
from hvgui.lab.frames import Receipt
from hvgui.lab.journeys import Courses
from hvgui.lab.lab_reading import Kept
from hvgui.lab.session import Session
from hvgui.requests.lifecycle import PauseVm, ResumeVm

PATIENCE_SECONDS = 30.0
FOR_EVER_NS = 2**60


@pytest.fixture
def far(tmp_path: Path, record: ClusterRecord) -> Path:
    """A lab whose main line claims to go on for 36 years behind a branch: nobody waits for that."""
    path = tmp_path / "far.hvlab"
    session = Session.new(record, path=path)
    session.start()
    session.step()
    until(lambda: any(frame.time_ns for frame in session.drain()))
    assert session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS).accepted
    session.look_at(0).result(PATIENCE_SECONDS)
    assert session.go_on_from_here("What if").result(PATIENCE_SECONDS).accepted
    session.close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE branch SET reached_ns = ? WHERE number = 1", (FOR_EVER_NS,))
    return path


def until(condition: Callable[[], bool]) -> None:
    """Asks again and again, on a thread that gives way in between."""
    turn, deadline = threading.Event(), time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        turn.wait(0.01)


def test_a_look_that_takes_for_ever_tells_how_far_it_is_and_is_called_off(far: Path) -> None:
    session = Session.open(far)
    session.start()
    assert session.journey_fraction is None
    look = session.look_at(FOR_EVER_NS, branch=1)
    until(lambda: (session.journey_fraction or 0.0) > 0.0)
    first = session.journey_fraction
    until(lambda: (session.journey_fraction or 0.0) > (first or 1.0))
    session.cancel_journey()
    with pytest.raises(JourneyCancelledError, match="everything is as it was"):
        look.result(PATIENCE_SECONDS)
    assert session.journey_fraction is None
    session.cancel_journey()
    session.look_at(0).result(PATIENCE_SECONDS)
    session.return_to_present().result(PATIENCE_SECONDS)
    assert session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS).accepted
    session.close()


def test_another_branch_that_can_t_be_come_to_is_not_lived(far: Path) -> None:
    session = Session.open(far)
    session.start()
    switch = session.switch_to(1)
    until(lambda: (session.journey_fraction or 0.0) > 0.0)
    session.cancel_journey()
    receipt = switch.result(PATIENCE_SECONDS)
    assert [problem.code for problem in receipt.problems] == ["cancelled"]
    session.close()
    again = Session.open(far)
    assert again.opening().record.vms[1].state is VmState.RUNNING, "still the branch on which nobody paused it"
    again.close()


def test_a_lab_can_be_closed_while_a_world_is_on_its_way(far: Path) -> None:
    session = Session.open(far)
    session.start()
    look = session.look_at(FOR_EVER_NS, branch=1)
    until(lambda: (session.journey_fraction or 0.0) > 0.0)
    session.close()
    assert look.cancelled() or isinstance(look.exception(PATIENCE_SECONDS), LabError)


def test_without_a_process_a_thread_tells_and_hears_as_well(record: ClusterRecord) -> None:
    kept = Kept(
        name="", branch=1, world=checkpoint.snapshot(settled(record)), checkpoint_ns=0, commands=(),
        reached_ns=FOR_EVER_NS, events=(),
    )  # fmt: skip
    workers = Forecasters()
    try:
        workers._fall_back(OSError("no more processes"))
        carried = workers.carry(lambda kept, path: b"", kept, Path("lab.hvlab"))
        until(lambda: (carried.fraction() or 0.0) > 0.0)
        carried.cancel()
        assert isinstance(carried.future.exception(PATIENCE_SECONDS), JourneyCancelledError)
    finally:
        workers.close()


def test_somebody_else_s_executor_tells_nothing(record: ClusterRecord) -> None:
    world = checkpoint.snapshot(settled(record))
    kept = Kept(name="", branch=1, world=world, checkpoint_ns=0, commands=(), reached_ns=0, events=())
    with ThreadPoolExecutor(1) as executor:
        carried = Forecasters(executor).carry(lambda kept, _: kept.world, kept, Path("lab.hvlab"))
        assert carried.future.result(PATIENCE_SECONDS) == world
        assert carried.fraction() is None
        carried.cancel()


def test_each_journey_has_a_place_of_its_own() -> None:
    courses = Courses()
    one, other = courses.begin(), courses.begin()
    courses.tell(one, 0.25)
    courses.cancel(other)
    assert (courses.fraction(one), courses.fraction(other)) == (0.25, 0.0)
    courses.tell(one, 0.5)
    with pytest.raises(JourneyCancelledError):
        courses.tell(other, 0.1)


def test_another_world_and_the_timeline_it_belongs_to_come_in_one_frame(
    bench: Callable[..., Any], tmp_path: Path
) -> None:
    one = bench(path=tmp_path / "lab.hvlab")
    loop = one.loop
    loop.play()
    one.go_on_until(5)
    loop.pause()
    for request in (PauseVm(VmId(1)), ResumeVm(VmId(1))):
        answer: Future[Receipt] = Future()
        loop.submit(request, answer)
    looks = [lambda answer, moment=moment: loop.past.look_at(moment, None, answer) for moment in (NANOSECONDS, 0)]
    for step in (*looks, loop.past.return_to_present, loop.past.undo, loop.past.redo):
        one.frames.clear()
        done: Future[Any] = Future()
        loop.past.ask(step, done)
        while not done.done() or not one.frames:
            one.turn()
        (first,) = [frame for frame in one.frames if frame.opening is not None]
        assert first.timeline is not None
        assert (first.timeline.looking_at_ns is None) == (step not in looks)
