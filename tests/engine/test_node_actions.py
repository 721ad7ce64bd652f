"""Nodes drained, stopped, started, evicted and added."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine_world import CLIENTS, MIGRATION, NODE1, NODE2, NODE3, VM, Lab, guest, lab_record
from failover_labs import failing, machine, node_states, where
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId, VolumeId
from hvgui.cluster.machines import Priority, VmState
from hvgui.cluster.membership import members, standing
from hvgui.cluster.nodes import DrainState, NodeState, ServiceState
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.storage import VirtualDisk
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import GIB
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.membership import REJOIN_SECONDS
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.run import advance_to
from hvgui.engine.sink import Recorder
from hvgui.requests.faults import CrashNode, CutLink, PauseNode, PowerOnNode, ResumeNode
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.network_faults import HangClusterService, PartitionNetwork
from hvgui.requests.node_service import AddNode, DrainNode, EvictNode, StartClusterService, StopClusterService
from hvgui.requests.problems import Problem, blockers

UP, DOWN, PAUSED, ISOLATED = NodeState.UP, NodeState.DOWN, NodeState.PAUSED, NodeState.ISOLATED


def drain(lab: Lab, number: int = 0) -> DrainState:
    return lab.world.cluster.nodes[NodeId(number)].drain


def test_a_drain_moves_everybody_live_one_at_a_time_the_most_important_first() -> None:
    vms = [guest(0, gigabytes=1), replace(guest(1, gigabytes=1), priority=Priority.HIGH), guest(2, gigabytes=1)]
    lab = failing(*vms, replace(guest(3), state=VmState.OFF, assigned_bytes=0))
    lab.ask(DrainNode(NODE1))
    assert (node_states(lab)[0], drain(lab)) == (PAUSED, DrainState.IN_PROGRESS)
    lab.until_told("drain-completed")
    assert drain(lab) is DrainState.COMPLETED
    assert not [vm for vm in lab.world.cluster.vms.values() if vm.owner == NODE1]
    assert [task.kind for task in lab.sink.tasks] == [TaskKind.LIVE_MIGRATION] * 3
    assert [task.vm for task in lab.sink.tasks] == [1, 0, 2]
    began = [task.started_ns or 0 for task in lab.sink.tasks]
    ended = [task.ended_ns or 0 for task in lab.sink.tasks]
    assert all(later >= earlier for earlier, later in zip(ended, began[1:], strict=False)), "2008 R2: one at a time"
    assert lab.world.cluster.volumes[VolumeId(0)].coordinator != NODE1
    assert where(lab)[3][1] is VmState.OFF
    lab.ask(ResumeNode(NODE1))
    assert (node_states(lab)[0], drain(lab)) == (UP, DrainState.NONE)


def test_a_full_node_asks_no_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a drain looks at grows with its VMs, not with VMs times nodes at each step of each migration."""
    lab = failing(*(guest(number, gigabytes=1) for number in range(10)), nodes=8)
    asked, check = 0, LiveMigrate.check

    def counted(request: LiveMigrate, cluster: Cluster) -> tuple[Problem, ...]:
        nonlocal asked
        asked += 1
        return check(request, cluster)

    monkeypatch.setattr(LiveMigrate, "check", counted)
    lab.ask(DrainNode(NODE1))
    lab.until_told("drain-completed")
    assert len(lab.sink.tasks) == 10
    assert asked <= 3 * len(lab.sink.tasks)


def test_later_platforms_drain_two_at_once() -> None:
    lab = failing(*(guest(number, gigabytes=1) for number in range(4)), profile=PROFILES["2012 R2"])
    lab.ask(DrainNode(NODE1))
    assert len(lab.world.cluster.running_tasks_on(NODE1)) == 2
    lab.until_told("drain-completed")


def test_who_finds_no_room_stays_and_the_drain_says_so() -> None:
    lab = failing(guest(0, gigabytes=20), guest(1, gigabytes=2), guest(2, owner=1, gigabytes=20), nodes=2)
    lab.ask(DrainNode(NODE1))
    event = lab.until_told("drain-failed")
    assert event.message == "NODE1 is paused, but VM00 can't leave it"
    assert (drain(lab), machine(lab).owner, machine(lab, 1).owner) == (DrainState.FAILED, NODE1, NODE2)
    assert machine(lab).state is VmState.RUNNING


def test_vms_that_share_a_lun_leave_by_quick_migration_together() -> None:
    record = lab_record(nodes=3)
    own = replace(record.luns[0], id=1, name="OWN", use=record.luns[0].use.VM)
    disk = VirtualDisk("system", 40 * GIB, lun=own.id)
    lab = Lab(replace(record, luns=(*record.luns, own), vms=tuple(replace(guest(n), disks=(disk,)) for n in range(2))))
    lab.ask(DrainNode(NODE1))
    lab.until_told("drain-completed")
    assert {task.kind for task in lab.sink.tasks} == {TaskKind.QUICK_MIGRATION}
    assert len({owner for owner, _ in where(lab)} - {0}) == 1


def test_a_migration_that_fails_is_tried_again_three_times_at_most() -> None:
    lab = failing(guest(0, gigabytes=8), nodes=3)
    lab.ask(DrainNode(NODE1))
    lab.until(10.0)
    lab.ask(CrashNode(NODE2))
    lab.until_told("drain-completed")
    assert (lab.vm.owner, lab.vm.state) == (NODE3, VmState.RUNNING)
    lab = failing(guest(0, gigabytes=8), nodes=2)
    lab.ask(DrainNode(NODE1))
    for network in (MIGRATION, CLIENTS):
        lab.until(lab.seconds + 5.0)
        lab.ask(CutLink(NODE2, network))
    lab.until(lab.seconds + 200.0)
    assert lab.world.drains == {}


def test_resuming_calls_a_drain_off() -> None:
    lab = failing(*(guest(number, gigabytes=4) for number in range(4)))
    lab.ask(DrainNode(NODE1))
    lab.until(5.0)
    lab.ask(ResumeNode(NODE1))
    lab.until_quiet()
    assert (node_states(lab)[0], drain(lab)) == (UP, DrainState.NONE)
    assert sum(owner == 0 for owner, _ in where(lab)) == 3, "what was on its way went on"


def test_a_node_that_dies_while_it_is_drained() -> None:
    lab = failing(*(guest(number, gigabytes=4) for number in range(3)))
    lab.ask(DrainNode(NODE1))
    lab.until(5.0)
    lab.ask(CrashNode(NODE1))
    assert (drain(lab), lab.world.drains) == (DrainState.NONE, {})
    lab.until(100.0)
    assert {state for _, state in where(lab)} == {VmState.RUNNING}


def test_stopping_the_service_takes_vms_along_by_quick_migration_and_needs_no_detection() -> None:
    lab = failing(guest(0), replace(guest(1), highly_available=False, disks=()))
    lab.ask(StopClusterService(NODE1))
    lab.until_told("service-stopped")
    node = lab.world.cluster.nodes[NODE1]
    assert (node.state, node.service, node.has_power, node.is_unnoticed) == (DOWN, ServiceState.STOPPED, True, False)
    assert lab.sink.tasks[0].kind is TaskKind.QUICK_MIGRATION
    assert where(lab) == [(lab.vm.owner, VmState.RUNNING), (0, VmState.RUNNING)]
    assert lab.vm.owner != NODE1
    assert "node-removed" not in lab.codes
    at = lab.seconds
    lab.ask(StartClusterService(NODE1))
    lab.until(at + REJOIN_SECONDS)
    assert node_states(lab)[0] is UP


def test_who_cannot_leave_stops_with_the_service_and_starts_again_where_it_can() -> None:
    lab = failing(guest(0, gigabytes=20), guest(1, owner=1, gigabytes=20), nodes=2)
    lab.ask(StopClusterService(NODE1))
    assert "service-stopped" in lab.codes, "nobody can leave, so it stops at once"
    assert machine(lab).state is VmState.CRITICAL
    lab.ask(StartClusterService(NODE1))
    lab.until(lab.seconds + REJOIN_SECONDS + 60.0)
    assert where(lab)[0] == (0, VmState.RUNNING)


def test_stopping_one_node_too_many_stops_the_cluster_and_warns_first() -> None:
    lab = failing(guest(0, owner=2), nodes=3)
    lab.ask(CrashNode(NODE1))
    lab.until(20.0)
    assert "stops-cluster" in {one.code for one in StopClusterService(NODE2).check(lab.world.cluster)}
    lab.ask(StopClusterService(NODE2))
    lab.until(60.0)
    assert node_states(lab) == [DOWN, DOWN, ISOLATED]
    lab.ask(StartClusterService(NODE2))
    lab.until(60.0 + REJOIN_SECONDS)
    assert node_states(lab) == [DOWN, UP, UP]


def test_a_node_is_evicted_and_added_again() -> None:
    lab = failing(guest(0, owner=1), nodes=3)
    assert "vms-there" in {one.code for one in EvictNode(NODE2).check(lab.world.cluster)}
    lab.ask(EvictNode(NODE1))
    assert members(lab.world.cluster) == (NODE2, NODE3)
    node = lab.world.cluster.nodes[NODE1]
    assert (node.state, node.is_member, node.has_power) == (DOWN, False, True)
    assert standing(lab.world.cluster).tally.votes == 3, "two nodes and a witness share"
    lab.until(60.0)
    assert node_states(lab)[0] is DOWN
    assert lab.world.cluster.volumes[VolumeId(0)].coordinator != NODE1
    lab.ask(CrashNode(NODE1))
    lab.ask(PowerOnNode(NODE1))
    lab.until(60.0 + NODE_BOOT_SECONDS + 1.0)
    assert lab.world.cluster.nodes[NODE1].has_power
    assert node_states(lab)[0] is DOWN
    lab.ask(AddNode(NODE1))
    lab.until(lab.seconds + REJOIN_SECONDS)
    assert node_states(lab) == [UP] * 3
    assert members(lab.world.cluster) == (NODE1, NODE2, NODE3)


def test_a_dead_node_is_evicted_and_its_vms_placed() -> None:
    lab = failing(guest(0, gigabytes=20), guest(1, owner=1, gigabytes=20), guest(2, state=VmState.OFF), nodes=2)
    lab.ask(CrashNode(NODE1))
    lab.until(20.0)
    lab.ask(EvictNode(NODE1))
    assert standing(lab.world.cluster).tally.votes == 1
    lab.until(30.0)
    assert machine(lab).pending.startswith("VM00 can't start: NODE1 (not in the cluster)")
    assert machine(lab, 2).owner == NODE2


@pytest.mark.parametrize(
    ("request_type", "node", "code"),
    [
        (DrainNode, 9, "no-such-node"),
        (StartClusterService, 0, "runs-already"),
        (AddNode, 0, "member-already"),
        (DrainNode, 2, "not-up"),
        (StopClusterService, 2, "not-up"),
        (StartClusterService, 2, "no-power"),
    ],
)
def test_what_makes_no_sense_is_refused(request_type: type[DrainNode], node: int, code: str) -> None:
    lab = failing(nodes=3)
    lab.ask(CrashNode(NODE3))
    assert [one.code for one in blockers(request_type(NodeId(node)).check(lab.world.cluster))] == [code]


def test_a_hung_service_hears_no_requests() -> None:
    lab = failing(nodes=3)
    lab.ask(HangClusterService(NODE1))
    for request_type in (DrainNode, StopClusterService):
        assert "service-hangs" in {one.code for one in blockers(request_type(NODE1).check(lab.world.cluster))}


def test_the_last_node_is_not_drained_and_a_bound_vm_keeps_its_node() -> None:
    lab = failing(replace(guest(0, state=VmState.OFF), possible_owners=(NODE1,)), nodes=2)
    assert "only-owner" in {one.code for one in blockers(EvictNode(NODE1).check(lab.world.cluster))}
    lab.ask(PauseNode(NODE2))
    assert "no-other" in {one.code for one in blockers(DrainNode(NODE1).check(lab.world.cluster))}


def test_forks_and_checkpoints_drain_alike() -> None:
    lab = failing(*(guest(number, gigabytes=2) for number in range(4)))
    lab.ask(DrainNode(NODE1))
    copies = []
    for moment in (0.0, 10.0, 40.0, 90.0):
        lab.until(moment)
        copies += [lab.world.fork(), restore(snapshot(lab.world))]
    lab.until(200.0)
    for copy in copies:
        advance_to(copy, lab.world.now_ns, Recorder())
        assert snapshot(copy) == snapshot(lab.world)
    assert drain(lab) is DrainState.COMPLETED


def test_a_drain_in_a_partition_takes_only_nodes_that_answer() -> None:
    lab = failing(guest(0, gigabytes=1), nodes=3)
    lab.ask(PartitionNetwork(((NODE2,),)))
    lab.ask(DrainNode(NODE1))
    lab.until(60.0)
    assert lab.world.cluster.vms[VmId(0)].owner == NODE3
    assert lab.world.cluster.vms[VM].state is VmState.RUNNING
