"""Failover: how long it takes until a crash is known, who takes the VMs, in which order, and who has to wait."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from engine_world import NODE1, NODE2, NODE3, VM, Lab, guest, lab_record
from failover_labs import BOOT, MOVE, PATIENT, failing, machine, node_states, where
from hvgui.cluster.heartbeat import HeartbeatSettings
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import Priority, VmState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.storage import LunUse, VirtualDisk
from hvgui.cluster.tasks import TaskKind, TaskState
from hvgui.cluster.units import GIB
from hvgui.engine import failover
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.run import advance_to
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.requests import placement
from hvgui.requests.faults import CrashNode, PauseNode, PowerOnNode, ResumeNode
from hvgui.requests.lifecycle import StartVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.placement import Placement


@pytest.mark.parametrize(("delay_ms", "threshold"), [(1000, 5), (250, 3), (2000, 10), (500, 4)])
@pytest.mark.parametrize("seed_moment", [0.0, 3.7, 1000.4])
def test_a_crash_is_known_when_the_heartbeats_say_so(delay_ms: int, threshold: int, seed_moment: float) -> None:
    """Delay x threshold after the last heartbeat, and up to one delay more; the restart follows the profile's times."""
    lab = failing(heartbeat=HeartbeatSettings(delay_ms, threshold))
    lab.until(seed_moment)
    lab.ask(CrashNode(NODE1))
    assert (lab.vm.state, lab.world.cluster.nodes[NODE1].is_unnoticed) == (VmState.CRITICAL, True)
    event = lab.until_told("node-removed", 60.0)
    waited = event.time_ns / 1e9 - seed_moment
    delay = delay_ms / 1000
    assert delay * threshold <= waited <= delay * (threshold + 1)
    assert not lab.world.cluster.nodes[NODE1].is_unnoticed
    lab.until_quiet()
    assert (lab.vm.owner, lab.vm.state) == (NODE2, VmState.RUNNING)
    ended = lab.ended()
    assert (ended.kind, ended.state, ended.source, ended.target) == (
        TaskKind.FAILOVER,
        TaskState.SUCCEEDED,
        NODE1,
        NODE2,
    )
    assert ended.ended_ns is not None
    assert (ended.ended_ns - event.time_ns) / 1e9 == pytest.approx(MOVE + BOOT)


def test_luck_differs_from_crash_to_crash_but_not_from_replay_to_replay() -> None:
    moments = set()
    for begin in range(8):
        lab = failing()
        lab.until(float(begin))
        lab.ask(CrashNode(NODE1))
        moments.add(lab.until_told("node-removed").time_ns % 1_000_000_000)
    assert len(moments) == 8
    again = failing()
    again.until(7.0)
    again.ask(CrashNode(NODE1))
    assert again.until_told("node-removed").time_ns % 1_000_000_000 in moments


def test_the_node_with_the_fewest_vms_takes_a_vm_without_preferences() -> None:
    lab = failing(guest(0), guest(1, owner=1), guest(2, owner=1), guest(3, owner=2))
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert (lab.vm.owner, lab.vm.state) == (NODE3, VmState.RUNNING)


def test_many_vms_spread_over_the_nodes_that_are_left() -> None:
    lab = failing(*(guest(number, gigabytes=1) for number in range(9)), nodes=4)
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert sorted(owner for owner, _ in where(lab)) == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_preferred_owners_come_first_and_possible_owners_bound_all() -> None:
    preferring = replace(guest(0), preferred_owners=(NODE3, NODE2))
    bound = replace(guest(1), possible_owners=(NODE1, NODE2), preferred_owners=(NODE3,))
    lab = failing(preferring, bound, guest(2, owner=2), guest(3, owner=2))
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert [machine(lab, 0).owner, machine(lab, 1).owner] == [NODE3, NODE2]


def test_by_priority_where_there_is_not_room_for_all_and_the_rest_waits_and_says_why() -> None:
    """30 GB a node: of two VMs of 20 GB the one of high priority starts; the other does when memory becomes free."""
    low, high = replace(guest(0, gigabytes=20), priority=Priority.LOW), guest(1, gigabytes=8, owner=0)
    high = replace(high, priority=Priority.HIGH)
    lab = failing(low, high, guest(2, owner=1, gigabytes=18), nodes=2)
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert where(lab)[:2] == [(0, VmState.CRITICAL), (1, VmState.RUNNING)]
    assert machine(lab).pending == ("VM00 can't start: NODE1 (down); NODE2 (less than 20 GB of memory free).")
    assert lab.codes.count("failover-pending") == 1
    lab.ask(TurnOffVm(VmId(2)))
    lab.until_quiet()
    assert (where(lab)[0], machine(lab).pending) == ((1, VmState.RUNNING), "")


def test_memory_is_held_from_the_moment_at_which_a_vm_sets_out() -> None:
    lab = failing(guest(0, gigabytes=20), guest(1, gigabytes=20), nodes=2)
    lab.ask(CrashNode(NODE1))
    lab.until_told("node-removed")
    assert [task.vm for task in lab.world.cluster.tasks.values()] == [VM]
    assert lab.world.cluster.free_bytes_on(NODE2) == 10 * GIB
    lab.until(100.0)
    assert where(lab) == [(1, VmState.RUNNING), (0, VmState.CRITICAL)]


def test_a_lun_shared_with_a_vm_that_is_not_clustered_takes_nobody_outside_his_possible_owners() -> None:
    """The clustered one belongs on NODE1 or NODE3; the other one may start where it is, alone."""
    record = lab_record(nodes=3)
    own = replace(record.luns[0], id=1, name="OWN", use=LunUse.VM, owner=NODE2)
    disk = VirtualDisk("system", 40 * GIB, lun=own.id)
    alone = replace(guest(0, owner=1, state=VmState.CRITICAL), disks=(disk,), highly_available=False)
    bound = replace(guest(1, owner=1, state=VmState.CRITICAL), disks=(disk,), possible_owners=(NODE1, NODE3))
    lab = Lab(replace(record, luns=(*record.luns, own), vms=(alone, bound)))
    lab.ask(PauseNode(NODE3))
    lab.ask(ResumeNode(NODE3))
    lab.until(120.0)
    assert where(lab)[0] == (1, VmState.RUNNING)
    assert where(lab)[1] == (1, VmState.CRITICAL)
    assert "VM00 uses the LUN elsewhere" in machine(lab, 1).pending
    assert lab.codes.count("failover-pending") == 1, "it is told once what they wait for"


def test_what_waits_starts_at_home_when_its_node_comes_back() -> None:
    lab = failing(guest(0, gigabytes=20), guest(1, owner=1, gigabytes=18), nodes=2)
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert machine(lab).pending
    lab.ask(PowerOnNode(NODE1))
    lab.until(60.0 + NODE_BOOT_SECONDS + BOOT + 1.0)
    assert where(lab)[0] == (0, VmState.RUNNING)
    assert lab.ended().kind is TaskKind.FAILOVER


def test_anti_affinity_skips_nodes_that_host_one_of_the_class_unless_only_such_are_left() -> None:
    first = replace(guest(0), anti_affinity=("dc",), possible_owners=(NODE1, NODE2, NODE3))
    second = replace(guest(1, owner=1), anti_affinity=("dc",))
    lab = failing(first, second, guest(2, owner=2), guest(3, owner=2), guest(4, owner=2), nodes=5)
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert machine(lab).owner == NODE3, "fewer VMs on NODE2, but one of its class"
    lab.ask(CrashNode(NODE3))
    lab.until(120.0)
    assert (machine(lab).owner, machine(lab, 1).owner) == (NODE2, NODE2), "ignored where nothing else is left"


def test_a_paused_node_takes_nobody() -> None:
    lab = failing()
    lab.ask(PauseNode(NODE2))
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert lab.vm.owner == NODE3


def test_vms_without_auto_start_move_and_stay_off_and_those_that_rest_move_too() -> None:
    off = replace(guest(0), priority=Priority.NO_AUTO_START)
    lab = failing(off, guest(1, state=VmState.OFF), guest(2, state=VmState.SAVED), guest(3))
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert [state for _, state in where(lab)] == [VmState.OFF, VmState.OFF, VmState.SAVED, VmState.RUNNING]
    assert 0 not in {owner for owner, _ in where(lab)}
    lab.ask(StartVm(VmId(2)))


def test_a_vm_that_is_not_clustered_waits_for_its_node() -> None:
    lab = failing(replace(guest(0), highly_available=False), guest(1))
    lab.ask(CrashNode(NODE1))
    lab.until(100.0)
    assert where(lab) == [(0, VmState.CRITICAL), (1, VmState.RUNNING)]
    assert lab.vm.pending == "VM00 is not clustered and waits for NODE1."
    lab.ask(PowerOnNode(NODE1))
    lab.until(100.0 + NODE_BOOT_SECONDS + BOOT + 1.0)
    assert where(lab)[0] == (0, VmState.RUNNING)


def test_a_start_delay_lets_others_come_first() -> None:
    lab = failing(replace(guest(0), start_delay_seconds=30.0), guest(1))
    lab.ask(CrashNode(NODE1))
    removed = lab.until_told("node-removed").time_ns
    lab.until_quiet()
    ended = {task.vm: (task.ended_ns or 0) - removed for task in lab.sink.tasks}
    assert ended[VmId(0)] - ended[VmId(1)] == pytest.approx(30e9)


def test_the_target_of_a_failover_dies_and_the_vm_goes_on_to_the_next() -> None:
    for after in (1.0, MOVE + 10.0):
        lab = failing(replace(guest(0), failover=PATIENT), nodes=5)
        lab.ask(CrashNode(NODE1))
        removed = lab.until_told("node-removed").time_ns / 1e9
        lab.until(removed + after)
        lab.ask(CrashNode(NODE2))
        lab.until(removed + 120.0)
        assert (lab.vm.owner, lab.vm.state) == (NODE3, VmState.RUNNING)
        assert [task.state for task in lab.sink.tasks] == [TaskState.FAILED, TaskState.SUCCEEDED]


def test_one_failover_too_many_leaves_the_group_failed_until_somebody_starts_it() -> None:
    """n - 1 in six hours by default: with three nodes two."""
    lab = failing(guest(0), nodes=3)
    for _ in range(2):
        at = lab.seconds
        lab.ask(CrashNode(lab.vm.owner))
        lab.until(at + 60.0)
        assert lab.vm.state is VmState.RUNNING
        down = next(node for node, record in lab.world.cluster.nodes.items() if record.state is NodeState.DOWN)
        lab.ask(PowerOnNode(down))
        lab.until(at + 60.0 + NODE_BOOT_SECONDS + 5.0)
    at = lab.seconds
    lab.ask(CrashNode(lab.vm.owner))
    lab.until(at + 300.0)
    assert (lab.vm.state, lab.vm.is_failed) == (VmState.CRITICAL, True)
    assert lab.vm.pending == "VM00 has failed over 2 times in 6 hours and is left failed."
    assert "group-failed" in lab.codes
    lab.ask(PowerOnNode(lab.vm.owner))
    lab.until(at + 300.0 + NODE_BOOT_SECONDS + 5.0)
    assert lab.vm.state is VmState.CRITICAL, "it stays failed"
    lab.ask(StartVm(VM))
    lab.until_quiet()
    assert (lab.vm.state, lab.vm.is_failed, lab.vm.pending) == (VmState.RUNNING, False, "")


def test_failures_of_long_ago_no_longer_count() -> None:
    old = replace(guest(0), failed_over_ns=(0,), failover=replace(PATIENT, most_failures=1, period_hours=0.01))
    lab = failing(old)
    lab.until(37.0)
    lab.ask(CrashNode(NODE1))
    lab.until(100.0)
    assert lab.vm.state is VmState.RUNNING
    assert len(lab.vm.failed_over_ns) == 1


def test_a_crash_in_mid_migration_is_known_later_and_the_vm_starts_elsewhere() -> None:
    lab = failing(guest(0, gigabytes=8))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until(20.0)
    lab.ask(CrashNode(NODE1))
    assert (lab.vm.state, lab.vm.task) == (VmState.CRITICAL, None)
    lab.until(90.0)
    assert (lab.vm.owner, lab.vm.state) == (NODE2, VmState.RUNNING)


def test_somebody_turns_a_vm_off_while_the_cluster_starts_it() -> None:
    lab = failing()
    lab.ask(CrashNode(NODE1))
    lab.until_told("node-removed")
    lab.until(lab.seconds + MOVE + 5.0)
    assert lab.vm.state is VmState.STARTING
    lab.ask(TurnOffVm(VM))
    lab.until(200.0)
    assert (lab.vm.state, lab.vm.task) == (VmState.OFF, None)


def test_forks_and_checkpoints_fail_over_alike_at_every_moment() -> None:
    lab = failing(guest(0), replace(guest(1), start_delay_seconds=5.0), guest(2, owner=1, gigabytes=28), nodes=3)
    lab.ask(CrashNode(NODE1))
    copies: list[World] = []
    for moment in (0.0, 3.0, 5.5, 7.0, 20.0, 50.0):
        lab.until(moment)
        copies += [lab.world.fork(), restore(snapshot(lab.world))]
    lab.until(120.0)
    for copy in copies:
        advance_to(copy, lab.world.now_ns, Recorder())
        assert snapshot(copy) == snapshot(lab.world)


def test_two_nodes_crash_one_after_the_other_and_each_is_known_in_its_own_time() -> None:
    lab = failing(*(guest(number) for number in range(3)), nodes=5)
    lab.ask(CrashNode(NODE1))
    lab.until(3.0)
    lab.ask(CrashNode(NODE2))
    first, second = lab.until_told("node-removed"), lab.until_told("node-removed")
    assert (first.node, second.node) == (NODE1, NODE2)
    assert 5.0 <= first.time_ns / 1e9 <= 6.0
    assert 8.0 <= second.time_ns / 1e9 <= 9.0
    assert node_states(lab).count(NodeState.UP) == 3


def test_a_world_begins_with_nobody_missed() -> None:
    record = lab_record(guest(0, owner=1), nodes=3)
    dead = replace(record.nodes[0], state=NodeState.DOWN, is_unnoticed=True)
    world = settled(replace(record, nodes=(dead, *record.nodes[1:])))
    assert not world.cluster.nodes[NODE1].is_unnoticed
    assert not world.missing


def test_what_a_dead_node_gives_back_is_of_use_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each VM that comes back frees memory on the node that died; those that wait are not looked at for that."""
    refused: list[str] = []

    def place(*asked: Any) -> Placement:
        found = placement.place(*asked)
        if found.node is None:
            refused.append(asked[1][0].name)
        return found

    monkeypatch.setattr(failover, "place", place)
    small = [guest(number, gigabytes=1) for number in range(8)]
    lab = failing(*small, guest(8, gigabytes=14), guest(9, owner=1, gigabytes=24), guest(10, owner=2, gigabytes=24))
    lab.ask(CrashNode(NODE1))
    lab.until_told("failover-pending", 60.0)
    before = len(refused)
    lab.until(300.0)
    assert sum(state is VmState.RUNNING for _, state in where(lab)) == 10
    assert lab.world.cluster.vms[VmId(8)].pending
    assert len(refused) - before <= 3, "the memory that they got is looked at, the memory that they had is not"
