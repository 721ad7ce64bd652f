"""Requests that a window follows: ends that come before their time, refusals, and other moments of the lab."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QObject

from hvgui.cluster.ids import NodeId, TaskId
from hvgui.cluster.machines import VmState
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.gui.bridge import Bridge
from hvgui.gui.followed import Followed, FollowedRuns
from hvgui.lab.frames import Frame, Opening, Receipt, Timeline
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.request import Request
from stand_in import StandInSession

SECOND = 1_000_000_000


class Ear(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard = 0

    def hear(self, *_: object) -> None:
        self.heard += 1


@pytest.fixture
def owner(qapp: object) -> Iterator[QObject]:
    made = QObject()
    yield made
    made.deleteLater()


def _task(bridge: Bridge) -> Task:
    vm = next(vm for vm in bridge.cluster.vms.values() if vm.state is VmState.RUNNING and vm.possible_owners is None)
    target = NodeId((vm.owner + 1) % 3)
    return Task(TaskId(4), TaskKind.LIVE_MIGRATION, vm.id, vm.owner, target, TaskState.RUNNING, Phase.COPYING, 0, 0)


def _followed(bridge: Bridge, owner: QObject, task: Task) -> tuple[Followed, FollowedRuns]:
    run = Followed(name="it", request=LiveMigrate(vm=task.vm, to=task.target), vm=task.vm)
    runs = FollowedRuns(bridge, [run], owner)
    runs.submit()
    bridge.tick()
    run.task = task.id  # the stand-in names no task
    return run, runs


@pytest.mark.parametrize("is_seen", [True, False], ids=["seen under way", "over within a frame"])
def test_an_end_counts_once_the_changes_that_belong_to_it_have_come(
    office_bridge: Bridge, stand_in: StandInSession, owner: QObject, is_seen: bool
) -> None:
    task = _task(office_bridge)
    run, runs = _followed(office_bridge, owner, task)
    if is_seen:
        stand_in.put(task)
        office_bridge.tick()
        assert run.last == task
    ended = replace(task, state=TaskState.SUCCEEDED, phase=Phase.ENDED, ended_ns=5 * SECOND)
    stand_in.say(ended_tasks=(ended,))
    office_bridge.tick()
    assert not run.is_over, "the cluster that is seen is still as of before"
    stand_in.time_ns = 5 * SECOND
    if is_seen:
        stand_in.cluster.end_task(task.id)
    stand_in.say(changes=stand_in.cluster.drain_changes())
    office_bridge.tick()
    assert run.went_well
    assert runs.are_over


def test_who_is_refused_knows_why_and_no_notice_is_given(
    office_bridge: Bridge, stand_in: StandInSession, owner: QObject
) -> None:
    ear = Ear()
    office_bridge.request_refused.connect(ear.hear)
    vm = next(iter(office_bridge.cluster.vms.values()))
    run = Followed(name="it", request=LiveMigrate(vm=vm.id, to=vm.owner), vm=vm.id)
    runs = FollowedRuns(office_bridge, [run], owner)
    runs.submit()
    office_bridge.tick()
    assert run.refused
    assert runs.are_over
    assert ear.heard == 0
    office_bridge.submit(LiveMigrate(vm=vm.id, to=vm.owner))
    office_bridge.tick()
    assert ear.heard == 1


def test_what_is_accepted_is_noted_for_its_powershell(
    office_bridge: Bridge, stand_in: StandInSession, owner: QObject
) -> None:
    ear = Ear()
    office_bridge.request_accepted.connect(ear.hear)
    _followed(office_bridge, owner, _task(office_bridge))
    assert [type(one) for one in stand_in.submitted] == [LiveMigrate]
    assert ear.heard == 1


def _another_moment(stand_in: StandInSession, time_ns: int, looking_at_ns: int | None) -> None:
    opening = Opening(stand_in.cluster.record(), time_ns, (), "office")
    timeline = Timeline(0, "Main", 9 * SECOND, looking_at_ns=looking_at_ns)
    stand_in._outbox.append(Frame(time_ns, stand_in.pace, opening=opening, timeline=timeline))


def test_a_look_at_the_past_changes_nothing_and_an_undo_ends_it(
    office_bridge: Bridge, stand_in: StandInSession, owner: QObject
) -> None:
    task = replace(_task(office_bridge), asked_ns=3 * SECOND)
    run, _ = _followed(office_bridge, owner, task)
    stand_in.put(task)
    office_bridge.tick()
    stand_in.cluster.end_task(task.id)
    stand_in.cluster.drain_changes()
    _another_moment(stand_in, SECOND, looking_at_ns=SECOND)
    office_bridge.tick()
    assert run.last == task
    assert not run.is_over
    _another_moment(stand_in, 2 * SECOND, looking_at_ns=None)
    office_bridge.tick()
    assert run.refused.startswith("Undone: the lab was taken back to 00:00:02.0")


def test_on_another_branch_what_was_under_way_is_not_waited_for(
    office_bridge: Bridge, stand_in: StandInSession, owner: QObject
) -> None:
    """The other branch is further on, and knows no such task."""
    task = _task(office_bridge)
    run, runs = _followed(office_bridge, owner, task)
    stand_in.put(task)
    office_bridge.tick()
    stand_in.cluster.end_task(task.id)
    stand_in.cluster.drain_changes()
    _another_moment(stand_in, 30 * SECOND, looking_at_ns=None)
    office_bridge.tick()
    assert runs.are_over
    assert run.refused


def test_undone_before_the_answer_was_heard_it_is_not_waited_for(
    office_bridge: Bridge, stand_in: StandInSession, owner: QObject
) -> None:
    task = _task(office_bridge)
    answer: Future[Receipt] = Future()
    answer.set_result(Receipt(True, (), task=int(task.id)))
    stand_in.submit = lambda _request: answer  # type: ignore[method-assign]  # an answer that names a task
    run = Followed(name="it", request=LiveMigrate(vm=task.vm, to=task.target), vm=task.vm)
    runs = FollowedRuns(office_bridge, [run], owner)
    runs.submit()
    _another_moment(stand_in, SECOND, looking_at_ns=None)
    office_bridge.tick()
    assert run.refused.startswith("Undone")
    assert runs.are_over


def test_a_lab_that_is_being_closed_takes_no_more(office_bridge: Bridge, owner: QObject) -> None:
    def closed(_request: Request) -> None:
        raise RuntimeError("cannot schedule new futures after shutdown")

    office_bridge.session.submit = closed  # type: ignore[method-assign, assignment]  # as a closed pool answers
    task = _task(office_bridge)
    run = Followed(name="it", request=LiveMigrate(vm=task.vm, to=task.target))
    runs = FollowedRuns(office_bridge, [run], owner)
    runs.submit()
    assert runs.are_over
    assert run.refused.startswith("The lab takes no more requests")
