"""Quick migration and move: everything is blackout, and what a crash leaves behind at each step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from engine_world import CLIENTS, LINK, NODE1, NODE2, VM, Lab, guest, lab_record
from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NodeId, VmId
from hvgui.cluster.machines import Guest, VmState
from hvgui.cluster.profiles import DEFAULT_PROFILE
from hvgui.cluster.storage import Lun, LunUse, VirtualDisk
from hvgui.cluster.tasks import MigrationResult, Phase, TaskState
from hvgui.cluster.units import GIB, TIB
from hvgui.engine.progress import migration_progress
from hvgui.requests.faults import CrashNode, CutLink
from hvgui.requests.guests import SetClients
from hvgui.requests.lifecycle import StartVm, TurnOffVm
from hvgui.requests.migration import MoveVm, QuickMigrate
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

TIMINGS = DEFAULT_PROFILE.timings
SAN_SECONDS = (2 * GIB + TIMINGS.device_state_bytes) / 125e6
"""Writing or reading 2 GB and the device state at the SAN's speed."""
SAVED_AT = SAN_SECONDS + TIMINGS.quick_flush_seconds
LUN_SECONDS = TIMINGS.lun_move_seconds
BLACKOUT = 2 * SAN_SECONDS + TIMINGS.quick_flush_seconds + TIMINGS.quick_fixed_seconds


def record_with_own_lun(clients: Clients | None = None) -> ClusterRecord:
    """The VM's disk lies on a LUN that one node owns: moving that takes a while of its own."""
    disk = VirtualDisk("data", 40 * GIB, lun=LunId(1))
    record = lab_record(replace(guest(clients=clients), disks=(disk,)))
    return replace(record, luns=(*record.luns, Lun(LunId(1), "LUN2", record.sans[0].id, TIB, LunUse.VM, NODE1)))


def result(lab: Lab) -> MigrationResult:
    found = lab.ended().result
    assert found is not None
    return found


def test_all_of_a_quick_migration_is_blackout() -> None:
    lab = Lab(lab_record(guest(clients=Clients(connections=4, video=VideoStream(buffer_seconds=2.0)))))
    lab.ask(QuickMigrate(VM, NODE2))
    lab.until_quiet()
    done = result(lab)
    assert lab.ended().state is TaskState.SUCCEEDED
    assert done.blackout_seconds == done.duration_seconds == pytest.approx(BLACKOUT, abs=1e-6)
    assert (lab.vm.owner, lab.vm.state) == (NODE2, VmState.RUNNING)
    assert done.connections_lost == 4
    assert done.streams_stalled == 1
    refill = 0.25 * 2.0 * 750_000 / LINK
    assert done.stall_seconds == pytest.approx(BLACKOUT - 2.0 + refill, abs=1e-6)


def test_what_is_saved_and_what_is_still_to_be_read_is_seen_on_the_way() -> None:
    lab = Lab(lab_record(guest()))
    lab.ask(QuickMigrate(VM, NODE2))
    whole = 2 * GIB + TIMINGS.device_state_bytes
    lab.until(4.0)
    (saving,) = migration_progress(lab.world)
    assert (saving.phase, saving.rest_bytes) == (Phase.SAVING, 0)
    assert saving.sent_bytes == pytest.approx(4.0 * 125e6, abs=1)
    assert saving.link_bytes_per_second == pytest.approx(125e6)
    lab.until(SAVED_AT + 4.0)
    (reading,) = migration_progress(lab.world)
    assert (reading.phase, reading.sent_bytes) == (Phase.READING, whole)
    assert reading.rest_bytes == pytest.approx(whole - 4.0 * 125e6, abs=1)
    lab.until_quiet()
    assert migration_progress(lab.world) == ()


def test_the_stall_that_outlasts_the_migration_is_told_when_it_is_over() -> None:
    lab = Lab(lab_record(guest(clients=Clients(video=VideoStream(buffer_seconds=2.0)))))
    lab.ask(QuickMigrate(VM, NODE2))
    lab.until(BLACKOUT + 0.001)
    assert lab.codes[-1] == "quick-migrate-succeeded"
    assert not lab.sink.tasks, "the film still stands still"
    lab.until(BLACKOUT + 1.0)
    assert result(lab).stall_seconds > BLACKOUT - 2.0
    assert lab.ended().ended_ns == pytest.approx(BLACKOUT * 1e9, abs=1e3)


@pytest.mark.parametrize("request_of", [lambda: TurnOffVm(VM), lambda: SetClients(VM, Clients())])
def test_a_film_that_ends_while_it_stalls_ends_the_wait(request_of: Callable[[], Request]) -> None:
    """The client network is cut, so the film stands still long after the VM is back; then the film itself is over."""
    lab = Lab(lab_record(guest(clients=Clients(video=VideoStream(buffer_seconds=2.0)))))
    lab.ask(CutLink(NODE2, CLIENTS))
    lab.ask(QuickMigrate(VM, NODE2))
    lab.until(BLACKOUT + 5.0)
    assert not lab.sink.tasks
    lab.ask(request_of())
    assert result(lab).stall_seconds == pytest.approx(BLACKOUT + 5.0 - 2.0, abs=1e-6)


def test_two_at_once_share_the_san() -> None:
    lab = Lab(lab_record(guest(0), guest(1)))
    lab.ask(QuickMigrate(VM, NODE2))
    lab.ask(QuickMigrate(VmId(1), NODE2))
    lab.until_quiet()
    fixed = TIMINGS.quick_flush_seconds + TIMINGS.quick_fixed_seconds
    assert result(lab).blackout_seconds == pytest.approx(4 * SAN_SECONDS + fixed, abs=1e-3)


def test_a_lun_of_its_own_changes_owner_in_between() -> None:
    lab = Lab(record_with_own_lun())
    lab.ask(QuickMigrate(VM, NODE2))
    lab.until_quiet()
    assert result(lab).blackout_seconds == pytest.approx(BLACKOUT + LUN_SECONDS, abs=1e-6)
    assert lab.world.cluster.luns[LunId(1)].owner == NODE2


QUICK_STEPS = {
    "saving": 5.0,
    "flushing": SAN_SECONDS + 0.2,
    "moving": SAVED_AT + 0.5,
    "reading": SAVED_AT + LUN_SECONDS + 5.0,
    "starting": SAVED_AT + LUN_SECONDS + SAN_SECONDS + 0.05,
}
CASES = [
    ("saving", NODE1, TaskState.FAILED, VmState.CRITICAL, NODE1),
    ("flushing", NODE1, TaskState.FAILED, VmState.CRITICAL, NODE1),
    ("moving", NODE1, TaskState.SUCCEEDED, VmState.RUNNING, NODE2),
    ("reading", NODE1, TaskState.SUCCEEDED, VmState.RUNNING, NODE2),
    ("starting", NODE1, TaskState.SUCCEEDED, VmState.RUNNING, NODE2),
    ("saving", NODE2, TaskState.FAILED, VmState.SAVED, NODE1),
    ("flushing", NODE2, TaskState.FAILED, VmState.SAVED, NODE1),
    ("moving", NODE2, TaskState.FAILED, VmState.SAVED, NODE1),
    ("reading", NODE2, TaskState.FAILED, VmState.SAVED, NODE1),
    ("starting", NODE2, TaskState.FAILED, VmState.CRITICAL, NODE2),
]


@pytest.mark.parametrize(("step", "dead", "ends", "state", "owner"), CASES)
def test_a_crash_in_each_step_of_a_quick_migration(
    step: str, dead: NodeId, ends: TaskState, state: VmState, owner: NodeId
) -> None:
    lab = Lab(record_with_own_lun(Clients(connections=4)))
    lab.ask(QuickMigrate(VM, NODE2))
    lab.until(QUICK_STEPS[step])
    lab.ask(CrashNode(dead))
    lab.until_free()
    assert (lab.ended().state, lab.vm.state, lab.vm.owner, lab.vm.task) == (ends, state, owner, None)
    assert result(lab).connections_lost == 4
    assert not lab.world.flows.owners
    if ends is TaskState.FAILED:
        assert "crashed" in lab.ended().message
        assert lab.world.cluster.assigned_bytes_on(dead) == 0
    assert lab.world.cluster.luns[LunId(1)].owner == owner


def test_a_saved_vm_that_a_crash_left_behind_can_be_started_again() -> None:
    lab = Lab(record_with_own_lun())
    lab.ask(QuickMigrate(VM, NODE2))
    lab.until(QUICK_STEPS["reading"])
    lab.ask(CrashNode(NODE2))
    lab.ask(StartVm(VM))
    lab.until_quiet()
    assert (lab.vm.state, lab.vm.owner) == (VmState.RUNNING, NODE1)


# Move


def test_a_move_shuts_down_changes_the_group_and_boots() -> None:
    lab = Lab(lab_record(guest(clients=Clients(connections=2))))
    lab.ask(MoveVm(VM, NODE2))
    lab.until_quiet()
    expected = TIMINGS.shutdown_seconds + TIMINGS.group_move_seconds + TIMINGS.boot_seconds
    assert result(lab).duration_seconds == pytest.approx(expected)
    assert result(lab).blackout_seconds == pytest.approx(expected)
    assert result(lab).connections_lost == 2
    assert (lab.vm.state, lab.vm.owner) == (VmState.RUNNING, NODE2)


@pytest.mark.parametrize("state", [VmState.OFF, VmState.SAVED])
def test_what_does_not_run_moves_in_moments_and_is_as_before(state: VmState) -> None:
    lab = Lab(lab_record(guest(state=state)))
    lab.ask(MoveVm(VM, NODE2))
    lab.until_quiet()
    assert result(lab).duration_seconds == pytest.approx(TIMINGS.group_move_seconds)
    assert result(lab).blackout_seconds == 0.0
    assert (lab.vm.state, lab.vm.owner) == (state, NODE2)


def test_a_vm_that_is_off_is_started_on_another_node_in_one_go() -> None:
    lab = Lab(lab_record(guest(state=VmState.OFF), guest(1, 1, 29)))
    assert "memory" in {one.code for one in blockers(MoveVm(VM, NODE2, then_start=True).check(lab.world.cluster))}
    lab = Lab(lab_record(guest(state=VmState.OFF)))
    lab.ask(MoveVm(VM, NODE2, then_start=True))
    assert lab.world.cluster.free_bytes_on(NODE2) == 28 * GIB, "its memory is held for it"
    lab.until_quiet()
    assert result(lab).duration_seconds == pytest.approx(TIMINGS.group_move_seconds + TIMINGS.boot_seconds)
    assert (lab.vm.state, lab.vm.owner) == (VmState.RUNNING, NODE2)


@pytest.mark.parametrize("state", [VmState.RUNNING, VmState.SAVED])
def test_only_who_is_off_is_started_elsewhere(state: VmState) -> None:
    lab = Lab(lab_record(guest(state=state)))
    assert [one.code for one in blockers(MoveVm(VM, NODE2, then_start=True).check(lab.world.cluster))] == [
        "wrong-state"
    ]


def test_a_guest_that_hears_nothing_is_turned_off() -> None:
    lab = Lab(lab_record(replace(guest(), guest=Guest("OS/2", integration_components=False))))
    lab.ask(MoveVm(VM, NODE2))
    lab.until_quiet()
    assert "turned-off" in lab.codes
    assert result(lab).duration_seconds == pytest.approx(TIMINGS.group_move_seconds + TIMINGS.boot_seconds)


def test_a_vm_lost_with_its_node_is_moved_and_started_elsewhere() -> None:
    lab = Lab(lab_record(guest()))
    lab.ask(CrashNode(NODE1))
    assert lab.vm.state is VmState.CRITICAL
    lab.ask(MoveVm(VM, NODE2))
    lab.until_quiet()
    assert (lab.vm.state, lab.vm.owner) == (VmState.RUNNING, NODE2)


MOVE_STEPS = {"shutting down": 5.0, "moving": 21.0, "starting": 30.0}


@pytest.mark.parametrize(
    ("step", "dead", "ends", "state", "owner"),
    [
        ("shutting down", NODE1, TaskState.FAILED, VmState.CRITICAL, NODE1),
        ("moving", NODE1, TaskState.SUCCEEDED, VmState.RUNNING, NODE2),
        ("starting", NODE1, TaskState.SUCCEEDED, VmState.RUNNING, NODE2),
        ("shutting down", NODE2, TaskState.FAILED, VmState.OFF, NODE1),
        ("moving", NODE2, TaskState.FAILED, VmState.OFF, NODE1),
        ("starting", NODE2, TaskState.FAILED, VmState.CRITICAL, NODE2),
    ],
)
def test_a_crash_in_each_step_of_a_move(
    step: str, dead: NodeId, ends: TaskState, state: VmState, owner: NodeId
) -> None:
    lab = Lab(lab_record(guest()))
    lab.ask(MoveVm(VM, NODE2))
    lab.until(MOVE_STEPS[step])
    lab.ask(CrashNode(dead))
    lab.until_free()
    assert (lab.ended().state, lab.vm.state, lab.vm.owner, lab.vm.task) == (ends, state, owner, None)
