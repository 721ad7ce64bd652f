"""A plan carried out by the window's own hand, on a real session, over drawn clusters: no step is ever impossible."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace
from PySide6.QtCore import QObject

from drawn_clusters import SEEDS, drawn_cluster
from hvgui.cluster.balance_plan import BalancePlan, PlannedMove, Policy
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import NodeId, TaskId
from hvgui.cluster.machines import VmState
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.gui.bridge import Bridge
from hvgui.gui.plan.expected import Expected
from hvgui.gui.plan.run import MoveRun, PlanRun, Standing, run_of
from hvgui.lab.balancing.plans import Wish
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.lab.session import Session
from hvgui.requests.migration import LiveMigrate
from stand_in import StandInSession

_PATIENCE_SECONDS = 60.0
PATIENT = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def _ticked(bridge: Bridge, is_over: Callable[[], bool]) -> None:
    give_up, pause = time.monotonic() + _PATIENCE_SECONDS, threading.Event()
    while not is_over():
        assert time.monotonic() < give_up
        bridge.tick()
        pause.wait(0.002)


def _carried_out(record: ClusterRecord, wish: Wish, folder: Path) -> None:
    session = Session.new(record, seed=3, path=folder / "drawn.hvlab")
    bridge = Bridge(session)
    try:
        session.start()
        expected = Expected(bridge.cluster)
        plan = session.plan(wish).result(_PATIENCE_SECONDS)
        run = PlanRun(bridge, plan, expected)
        session.set_speed(AS_FAST_AS_POSSIBLE)
        session.play()
        run.run_all()
        _ticked(bridge, lambda: not run.is_under_way)
        assert run.standing is Standing.DONE, run.reason
        assert all(one.went_well for one in run.moves)
        for row in plan.nodes:
            assert len(bridge.cluster.vms_on(row.node)) == row.vms_after
        assert run.whats_changed() == ()
    finally:
        bridge.stop()
        session.close()
        bridge.deleteLater()


@PATIENT
@given(SEEDS)
def test_no_step_of_a_plan_is_impossible_when_its_turn_comes(qapp: object, seed: int) -> None:
    policy = (Policy.SPREAD, Policy.PACK)[seed % 2]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        _carried_out(drawn_cluster(seed), Wish(policy=policy), Path(folder))


class Ear(QObject):
    """Hears what a window would be told."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, str]] = []

    def hear(self, words: str, tone: str) -> None:
        self.heard.append((words, tone))


def _begun(bridge: Bridge, stand_in: StandInSession) -> PlanRun:
    """One move of a plan of two rounds, under way on a lab without an engine."""
    running = [vm for vm in bridge.cluster.vms.values() if vm.state is VmState.RUNNING and vm.possible_owners is None]
    moves = tuple(
        PlannedMove(vm.id, vm.owner, NodeId((vm.owner + 1) % 3), number, 20.0, 0.1, vm.memory_bytes)
        for number, vm in enumerate(running[:2], start=1)
    )
    run = PlanRun(bridge, BalancePlan(Policy.SPREAD, moves, (), 1.0, 0.5, (), 40.0), Expected(bridge.cluster))
    run.run_all()
    bridge.tick()
    assert [type(one) for one in stand_in.submitted] == [LiveMigrate]
    assert run.standing is Standing.RUNNING
    return run


def _task_of(run: MoveRun) -> Task:
    """The move's task, which the stand-in does not name by itself."""
    move, run.task = run.move, TaskId(1)
    kind, state = TaskKind.LIVE_MIGRATION, TaskState.RUNNING
    return Task(TaskId(1), kind, move.vm, move.source, move.target, state, Phase.COPYING, 0)


def test_an_engine_that_stops_ends_the_plan(office_bridge: Bridge, stand_in: StandInSession) -> None:
    run, ear = _begun(office_bridge, stand_in), Ear()
    run.rested.connect(ear.hear)
    stand_in.say(events=(Event(-1, 0, Level.ERROR, "engine-crash", "The engine has stopped."),))
    office_bridge.tick()
    assert (run.standing, run.reason) == (Standing.FAILED, "The engine has stopped.")
    assert ear.heard == [("Plan for the cluster: The engine has stopped.", "warning")]
    assert not run.can_go_on


def test_the_next_round_waits_for_the_last_move_of_the_one_before(
    office_bridge: Bridge, stand_in: StandInSession
) -> None:
    run = _begun(office_bridge, stand_in)
    move = run.moves[0].move
    run.moves[0].task = TaskId(1)  # the stand-in names none
    task = Task(
        TaskId(1), TaskKind.LIVE_MIGRATION, move.vm, move.source, move.target, TaskState.RUNNING, Phase.COPYING, 0
    )
    vm = office_bridge.cluster.vms[move.vm]
    stand_in.put(task, replace(vm, task=task.id))
    office_bridge.tick()
    assert run.round == 1
    stand_in.cluster.put(replace(vm, owner=move.target))
    stand_in.end(replace(task, state=TaskState.SUCCEEDED, phase=Phase.ENDED, ended_ns=0))
    office_bridge.tick()
    assert run.round == 2
    assert [one.vm for one in stand_in.submitted if isinstance(one, LiveMigrate)] == [one.move.vm for one in run.moves]


def test_a_move_that_failed_is_the_last(office_bridge: Bridge, stand_in: StandInSession) -> None:
    run = _begun(office_bridge, stand_in)
    move = run.moves[0].move
    run.moves[0].task = TaskId(1)
    task = Task(
        TaskId(1), TaskKind.LIVE_MIGRATION, move.vm, move.source, move.target, TaskState.RUNNING, Phase.COPYING, 0
    )
    stand_in.put(task)
    office_bridge.tick()
    stand_in.end(replace(task, state=TaskState.FAILED, phase=Phase.ENDED, ended_ns=0, message="The link is cut."))
    office_bridge.tick()
    assert run.standing is Standing.FAILED
    assert run.reason == f"{run.moves[0].name} was not moved. The link is cut."
    run.run_all()
    office_bridge.tick()
    assert len(stand_in.submitted) == 1


def test_what_is_wanted_no_more_is_left(office_bridge: Bridge, stand_in: StandInSession) -> None:
    run = _begun(office_bridge, stand_in)
    assert run_of(office_bridge) is run
    run.leave()
    assert run_of(office_bridge) is None
    stand_in.say(events=(Event(-1, 0, Level.ERROR, "engine-crash", "The engine has stopped."),))
    office_bridge.tick()
    assert run.standing is Standing.RUNNING
