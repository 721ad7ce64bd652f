"""VMs brought back where others with dynamic memory have to give way first: from 2012 on, and never too much."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chaos_labs import settle, wrongs
from failover_labs import PATIENT
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import Guest, VirtualMachine, VmState
from hvgui.cluster.tasks import Phase, TaskKind
from hvgui.cluster.units import GIB, MIB
from hvgui.engine import register
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.run import advance_to
from hvgui.engine.sink import Recorder
from hvgui.requests.faults import CrashNode, PauseNode
from hvgui.requests.memory import SetMemory
from memory_labs import SP1, MemoryLab, assigned_mib, breathing, fits, memory_record

NODE1, NODE2, NODE3 = NodeId(0), NodeId(1), NodeId(2)


def _lab(*vms: VirtualMachine, gigabytes: int = 4, nodes: int = 2) -> MemoryLab:
    patient = tuple(replace(vm, failover=PATIENT) for vm in vms)
    return MemoryLab(memory_record(patient, gigabytes, nodes))


def _full(lost_mib: int = 2048) -> MemoryLab:
    """NODE1 runs a VM that wants 3,600 of its 4,096 MB; NODE2 one that starts with 2,048, and fails at 60 s."""
    lab = _lab(breathing(0, 3000), breathing(1, 100, startup_mib=lost_mib, owner=1))
    lab.run(60)
    assert assigned_mib(lab) == 3600
    lab.ask(CrashNode(NODE2))
    return lab


def _state(lab: MemoryLab, vm: int = 1) -> VmState:
    return lab.world.cluster.vms[VmId(vm)].state


def test_a_lost_vm_waits_until_others_have_given_way_and_starts() -> None:
    lab = _full()
    waits = lab.until_told("failover-waits")
    assert waits.message == "VM01 waits for 2 GB of memory: others on NODE1 give way"
    task = lab.world.cluster.tasks[lab.world.cluster.vms[VmId(1)].task]  # type: ignore[index]  # it has one
    assert (task.phase, task.reserved_bytes) == (Phase.WAITING_FOR_MEMORY, 0)
    began = lab.seconds
    while _state(lab) is not VmState.STARTING:
        lab.run(1)
        fits(lab)
        assert lab.seconds < began + 60
    # 1,552 MB at 128 MB a second, then the group moves.
    assert 12 <= lab.seconds - began <= 30
    assert assigned_mib(lab, 1) == 2048
    lab.until_quiet()
    assert _state(lab) is VmState.RUNNING
    assert lab.world.cluster.vms[VmId(1)].owner == NODE1
    assert wrongs(lab.world) == []


def test_a_node_with_the_memory_free_comes_first() -> None:
    lab = _lab(breathing(0, 3000), breathing(1, 100, startup_mib=2048, owner=1), nodes=3)
    lab.run(60)
    lab.ask(CrashNode(NODE2))
    lab.until_quiet()
    assert lab.world.cluster.vms[VmId(1)].owner == NODE3
    assert "failover-waits" not in lab.codes


def test_what_even_minima_leave_no_room_for_waits_with_the_reason() -> None:
    lab = _full(lost_mib=3840)
    lab.run(60)
    vm = lab.world.cluster.vms[VmId(1)]
    assert (vm.state, vm.task) == (VmState.CRITICAL, None)
    assert "NODE1 (less than 3.75 GB of memory free, even if others give way)" in vm.pending
    smaller = replace(lab.world.cluster.vms[VmId(0)].memory.settings, minimum_bytes=128 * MIB)
    lab.ask(SetMemory(VmId(0), smaller))
    lab.until_quiet()
    assert _state(lab) is VmState.RUNNING, "a lower minimum leaves room, and it starts by itself"


def test_2008_r2_lets_nobody_give_way() -> None:
    lab = _full()
    lab.world.cluster.profile = SP1
    lab.run(60)
    assert lab.world.cluster.vms[VmId(1)].pending.endswith("NODE1 (less than 2 GB of memory free).")


def test_two_who_wait_are_not_promised_the_same_memory() -> None:
    vms = (breathing(0, 3000), *(breathing(number, 100, startup_mib=2048, owner=1) for number in (1, 2)))
    lab = _lab(*vms)
    lab.run(20)
    lab.ask(CrashNode(NODE2))
    lab.until_told("failover-waits")
    tasks = [task for task in lab.world.cluster.tasks.values() if task.kind is TaskKind.FAILOVER]
    assert [task.vm for task in tasks] == [VmId(1)], "3,584 MB can be had, and each wants 2,048"
    lab.until_quiet()
    lab.run(60)
    assert [_state(lab, number) for number in (1, 2)] == [VmState.RUNNING] * 2, "the first gives way once it runs"
    assert wrongs(lab.world) == []


def test_its_target_dies_or_takes_nobody_any_more_while_it_waits() -> None:
    for fault in (CrashNode(NODE1), PauseNode(NODE1)):
        lab = _lab(
            breathing(0, 3000), breathing(1, 100, startup_mib=2048, owner=1), breathing(2, 3000, owner=2), nodes=3
        )
        lab.run(60)
        lab.ask(CrashNode(NODE2))
        lab.until_told("failover-waits")
        target = next(task.target for task in lab.world.cluster.tasks.values())
        assert target == NODE1
        lab.ask(fault)
        lab.run(120)
        assert settle(lab.world, lab.sink) == []
        assert _state(lab) is VmState.RUNNING


def test_who_gives_way_goes_away_and_the_vm_is_placed_anew() -> None:
    lab = _full()
    lab.until_told("failover-waits")
    register.keep_vm(lab.world, replace(lab.world.cluster.vms[VmId(0)], guest=Guest(integration_components=False)))
    failed = lab.until_told("failover-failed")
    assert failed.message.endswith("it needs 2 GB, and nobody on NODE1 can give way any more")
    lab.run(1)
    assert lab.world.cluster.vms[VmId(1)].pending.endswith("NODE1 (less than 2 GB of memory free).")
    assert not lab.world.short


def test_waiting_forks_and_travels_unchanged() -> None:
    lab = _full()
    lab.until_told("failover-waits")
    copies = [lab.world.fork(), restore(snapshot(lab.world))]
    lab.until_quiet()
    for copy in copies:
        advance_to(copy, lab.world.now_ns, Recorder())
        assert snapshot(copy) == snapshot(lab.world)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(50, 6000), st.integers(1, 6), st.integers(0, 2)), min_size=2, max_size=9),
    st.integers(6, 14),
    st.integers(0, 2),
)
def test_whatever_is_lost_nothing_is_given_twice_and_who_can_run_runs(
    asked: list[tuple[int, int, int]], gigabytes: int, dead: int
) -> None:
    free = [gigabytes] * 3
    vms = []
    for number, (wants, startup, owner) in enumerate(asked):
        fits_there = startup <= free[owner]
        free[owner] -= startup if fits_there else 0
        state = VmState.RUNNING if fits_there else VmState.OFF
        vms.append(breathing(number, wants, startup_mib=startup * 1024, owner=owner, state=state))
    lab = _lab(*vms, gigabytes=gigabytes, nodes=3)
    lab.run(40)
    lab.ask(CrashNode(NodeId(dead)))
    for _ in range(90):
        lab.run(1)
        assert wrongs(lab.world) == []
    assert all(vm.assigned_bytes <= gigabytes * GIB for vm in lab.world.cluster.vms.values())
    assert settle(lab.world, lab.sink) == []


@pytest.mark.parametrize("memory", [3, 4])
def test_who_has_booted_can_give_way_for_the_next(memory: int) -> None:
    """Three VMs that start with 2 GB and need a quarter of it, one node: each makes room for the next."""
    vms = [breathing(number, 200, startup_mib=2048, minimum_mib=256, owner=1 if number else 0) for number in range(3)]
    lab = _lab(*vms, gigabytes=memory)
    lab.run(30)
    lab.ask(CrashNode(NODE2))
    lab.until_quiet()
    lab.run(200)
    assert [_state(lab, number) for number in range(3)] == [VmState.RUNNING] * 3
