"""What crosses from the session's thread into the window, and what comes back."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import msgspec
import numpy as np
from PySide6.QtCore import QObject

from hvgui.cluster.cluster import Changes
from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.gui.bridge import Bridge, Refusal
from hvgui.gui.coalesce import one_frame
from hvgui.lab.frames import SAMPLES_A_FRAME, Frame, Pace
from hvgui.requests.lifecycle import StartVm, TurnOffVm
from stand_in import StandInSession


def _sample(second: int) -> MetricsSample:
    column = np.zeros(1)
    return MetricsSample(second, *([column] * 8))


def test_the_mirror_is_up_to_date_before_anybody_is_told(office_bridge: Bridge, stand_in: StandInSession) -> None:
    seen: list[VmState] = []

    class Ear(QObject):
        def hear(self, _changes: Changes) -> None:
            seen.append(office_bridge.cluster.vms[VmId(0)].state)

    ear = Ear()
    office_bridge.cluster_changed.connect(ear.hear)
    vm = stand_in.cluster.vms[VmId(0)]
    stand_in.put(msgspec.structs.replace(vm, state=VmState.PAUSED))
    office_bridge.tick()
    assert seen == [VmState.PAUSED]


def test_many_frames_arrive_as_one(office_bridge: Bridge, stand_in: StandInSession) -> None:
    frames: list[Frame] = []

    class Ear(QObject):
        def hear(self, frame: Frame) -> None:
            frames.append(frame)

    ear = Ear()
    office_bridge.frame_arrived.connect(ear.hear)
    vm = stand_in.cluster.vms[VmId(0)]
    for number, state in enumerate((VmState.PAUSED, VmState.RUNNING, VmState.SAVING), start=1):
        stand_in.time_ns = number
        stand_in.put(msgspec.structs.replace(vm, state=state))
        stand_in.say(events=(Event(number, number, Level.INFORMATION, "test", f"event {number}"),))
    office_bridge.tick()
    (frame,) = frames
    assert [record.state for record in frame.changes.records if record.id == 0] == [VmState.SAVING]  # type: ignore[union-attr]
    assert [event.serial for event in frame.events] == [1, 2, 3]
    assert office_bridge.time_ns == 3
    office_bridge.tick()
    assert len(frames) == 1


def test_what_went_between_two_frames_does_not_come_back() -> None:
    pace = Pace()
    task = Task(TaskId(1), TaskKind.SAVE, VmId(0), NodeId(0), NodeId(0), TaskState.RUNNING, Phase.SAVING, 0)
    frames = (
        Frame(1, pace, Changes(records=(task,))),
        Frame(2, pace, Changes(ended_tasks=(TaskId(1),)), ended_tasks=(task,)),
    )
    net = one_frame(frames)
    assert net.changes.records == ()
    assert net.changes.ended_tasks == (TaskId(1),)
    assert net.ended_tasks == (task,)


def test_samples_are_thinned_and_the_newest_stays() -> None:
    frames = tuple(Frame(n, Pace(), samples=tuple(_sample(n * 100 + k) for k in range(50))) for n in range(4))
    thinned = one_frame(frames).samples
    assert len(thinned) == SAMPLES_A_FRAME
    assert thinned[-1].time_ns == 349
    assert [one.time_ns for one in thinned] == sorted(one.time_ns for one in thinned)


def test_a_refusal_comes_back_as_a_sentence(office_bridge: Bridge) -> None:
    heard: list[Refusal] = []

    class Ear(QObject):
        def hear(self, refusal: Refusal) -> None:
            heard.append(refusal)

    ear = Ear()
    office_bridge.request_refused.connect(ear.hear)
    running = next(vm for vm in office_bridge.cluster.vms.values() if vm.state is VmState.RUNNING)
    office_bridge.submit(StartVm(vm=running.id))
    office_bridge.submit(TurnOffVm(vm=running.id))
    office_bridge.tick()
    (refusal,) = heard
    assert refusal.submission.title == f"Start {running.name}"
    assert "is running" in refusal.sentences[0]


def test_futures_are_followed_in_the_main_thread_and_forgotten_with_their_object(office_bridge: Bridge) -> None:
    answers: list[Any] = []

    class Ear(QObject):
        def hear(self, future: Future[Any]) -> None:
            answers.append(future.result())

    kept, dropped = Ear(), Ear()
    first: Future[Any] = Future()
    second: Future[Any] = Future()
    office_bridge.follow(first, kept.hear)
    office_bridge.follow(second, dropped.hear)
    office_bridge.tick()
    assert answers == []
    del dropped
    first.set_result("done")
    second.set_result("nobody hears")
    office_bridge.tick()
    office_bridge.tick()
    assert answers == ["done"]


def test_signals_and_calls_by_the_ten_thousand(office_bridge: Bridge) -> None:
    """PySide6 6.12.0 loses a reference with every one of them and aborts after some hundreds."""
    frame = Frame(0, Pace())
    for number in range(20_000):
        office_bridge.frame_arrived.emit(frame)
        office_bridge.blockSignals(bool(number % 2))
    office_bridge.blockSignals(False)
    assert office_bridge.signalsBlocked() is False
