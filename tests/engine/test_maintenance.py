"""Rolling maintenance: every node drained, restarted and resumed; what ends it; what is foretold of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine_world import NODE1, NODE2, NODE3, VM, guest, lab_record
from failover_labs import failing, node_states, where
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.maintenance import PlanState, PlanStep
from hvgui.cluster.nodes import DrainState, NodeState
from hvgui.cluster.quorum import QuorumModel, QuorumSettings
from hvgui.cluster.tasks import TaskKind, TaskState
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.run import advance_to, is_quiet
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.lab.forecast import forecast, forecast_of, reduced
from hvgui.requests.faults import CrashNode, PowerOnNode, ResumeNode
from hvgui.requests.lifecycle import ShutDownVm
from hvgui.requests.maintenance import CancelMaintenance, PatchNodes
from hvgui.requests.problems import blockers

UP = NodeState.UP


def test_every_node_is_drained_restarted_and_resumed_and_no_vm_stops() -> None:
    lab = failing(*(guest(number, owner=number % 3, gigabytes=1) for number in range(6)))
    lab.ask(PatchNodes(offline_seconds=100.0))
    lab.until_quiet()
    plan = lab.world.cluster.maintenance
    assert (plan.state, plan.nodes, plan.done) == (PlanState.COMPLETED, (), (NODE1, NODE2, NODE3))
    assert node_states(lab) == [UP] * 3
    assert lab.codes.count("node-restarts") == 3
    assert lab.seconds > 3 * (100.0 + NODE_BOOT_SECONDS)
    assert {task.kind for task in lab.sink.tasks} == {TaskKind.LIVE_MIGRATION}
    assert not {"vm-lost", "node-removed", "quorum-lost", "failover-began"} & set(lab.codes)
    assert {state for _, state in where(lab)} == {VmState.RUNNING}


def test_without_a_restart_nodes_are_only_drained_and_resumed() -> None:
    lab = failing(guest(0), guest(1, owner=1))
    lab.ask(PatchNodes((NODE2, NODE1), restarts=False))
    lab.until_quiet()
    assert lab.world.cluster.maintenance.done == (NODE2, NODE1)
    assert "node-restarts" not in lab.codes


def test_a_node_that_cannot_be_drained_ends_the_plan_and_is_resumed() -> None:
    lab = failing(guest(0, gigabytes=20), guest(1, owner=1, gigabytes=20), nodes=2)
    assert "no-room" in {one.code for one in PatchNodes().check(lab.world.cluster)}
    lab.ask(PatchNodes())
    plan = lab.world.cluster.maintenance
    assert (plan.state, plan.message) == (PlanState.FAILED, "NODE1 could not be drained.")
    assert (node_states(lab), lab.world.cluster.nodes[NODE1].drain) == ([UP, UP], DrainState.NONE)


@pytest.mark.parametrize("fault", [CrashNode(NODE1), ResumeNode(NODE1)])
def test_what_comes_between_while_a_node_is_drained_ends_the_plan(fault: CrashNode) -> None:
    lab = failing(guest(0, gigabytes=8))
    lab.ask(PatchNodes())
    lab.until(5.0)
    lab.ask(fault)
    assert lab.world.cluster.maintenance.state is PlanState.FAILED
    lab.until(100.0)
    assert lab.vm.state is VmState.RUNNING


def test_a_crash_while_it_restarts_only_takes_longer() -> None:
    lab = failing(guest(0, owner=1))
    lab.ask(PatchNodes((NODE1,), offline_seconds=10.0))
    lab.until(60.0)
    assert lab.world.cluster.maintenance.step is PlanStep.RESTARTING
    lab.ask(CrashNode(NODE1))
    lab.until(600.0)
    assert lab.world.cluster.maintenance.state is PlanState.RUNNING
    lab.ask(PowerOnNode(NODE1))
    lab.until_quiet()
    assert (lab.world.cluster.maintenance.state, node_states(lab)[0]) == (PlanState.COMPLETED, UP)


def test_a_plan_is_cancelled_and_its_node_comes_back_unpaused() -> None:
    lab = failing(guest(0, owner=1))
    lab.ask(PatchNodes(offline_seconds=10.0))
    lab.until(5.0)
    lab.ask(CancelMaintenance())
    lab.until(NODE_BOOT_SECONDS + 20.0)
    assert lab.world.cluster.maintenance.state is PlanState.CANCELLED
    assert node_states(lab) == [UP] * 3


def test_vms_that_are_not_clustered_start_again_with_their_node() -> None:
    lab = failing(guest(0, owner=1), replace(guest(1), highly_available=False, disks=()))
    assert "not-clustered" in {one.code for one in PatchNodes((NODE1,)).check(lab.world.cluster)}
    lab.ask(PatchNodes((NODE1,), offline_seconds=10.0))
    lab.until(400.0)
    assert where(lab)[1] == (0, VmState.RUNNING)


def test_what_a_vm_that_is_not_clustered_is_busy_with_ends_as_its_node_goes_off() -> None:
    lab = failing(guest(0, owner=1), replace(guest(1), highly_available=False))
    lab.ask(ShutDownVm(VmId(1)))
    lab.ask(PatchNodes((NODE1,), offline_seconds=10.0))
    assert where(lab)[1] == (0, VmState.CRITICAL)
    assert lab.ended().state is TaskState.FAILED


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (PatchNodes((NodeId(9),)), "no-such-node"),
        (PatchNodes((NODE1, NODE1)), "twice"),
        (PatchNodes(offline_seconds=-1.0), "offline"),
        (CancelMaintenance(), "no-plan"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: PatchNodes, code: str) -> None:
    assert [one.code for one in blockers(wrong.check(failing().world.cluster))] == [code]


def test_two_nodes_without_a_witness_cannot_be_restarted_in_turn() -> None:
    record = replace(lab_record(guest(0), nodes=2), quorum=QuorumSettings(QuorumModel.NODE_MAJORITY))
    world = settled(record)
    assert "stops-cluster" in {one.code for one in blockers(PatchNodes().check(world.cluster))}
    assert not blockers(PatchNodes(restarts=False).check(world.cluster))


def test_forks_and_checkpoints_go_through_the_plan_alike() -> None:
    lab = failing(*(guest(number, owner=number % 3, gigabytes=1) for number in range(3)))
    lab.ask(PatchNodes(offline_seconds=30.0))
    copies = []
    for moment in (0.0, 20.0, 60.0, 250.0, 500.0):
        lab.until(moment)
        copies += [lab.world.fork(), restore(snapshot(lab.world))]
    lab.until(1_200.0)
    assert lab.world.cluster.maintenance.state is PlanState.COMPLETED
    for copy in copies:
        advance_to(copy, lab.world.now_ns, Recorder())
        assert snapshot(copy) == snapshot(lab.world)


def test_a_plan_is_foretold_as_it_happens() -> None:
    lab = failing(*(guest(number, owner=number % 3, gigabytes=1) for number in range(4)))
    request = PatchNodes(offline_seconds=60.0)
    foretold = forecast_of(reduced(lab.world, request), request)
    lab.ask(request)
    lab.until_quiet()
    assert foretold.result == "succeeded"
    assert foretold.duration_seconds is not None
    assert foretold.duration_seconds.middle == pytest.approx(lab.seconds, abs=1.0)
    assert foretold.message.startswith("3 nodes in about")
    assert len(foretold.tasks) == len(lab.sink.tasks)


def test_a_crash_is_foretold_with_what_becomes_of_the_vms() -> None:
    lab = failing(guest(0, gigabytes=1), guest(1, gigabytes=28), guest(2, owner=1, gigabytes=20), nodes=2)
    crashed = forecast(lab.world, CrashNode(NODE1))
    assert crashed.message.startswith("1 VM started again within")
    assert crashed.message.endswith("VM01 can't start.")
    assert is_quiet(lab.world)
    assert lab.vm.id == VM == VmId(0)
