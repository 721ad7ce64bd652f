"""Storage that fails: who stops, who goes a longer way, who is lost, in each phase of what is under way."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine_world import NODE1, NODE2, NODE3, VM, Lab, guest
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.profiles import DEFAULT_PROFILE
from hvgui.cluster.storage import VolumeState
from hvgui.cluster.storage_access import Access, volume_access, volume_state
from hvgui.cluster.tasks import TaskState
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.procedures.handovers import COORDINATOR_MOVE_SECONDS
from hvgui.requests.faults import CrashNode, CutLink, PowerOnNode, RestoreLink
from hvgui.requests.lifecycle import SaveVm, ShutDownVm, StartVm
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.storage_faults import FailLun, FailPath, FailSan, RestoreLun, RestorePath, RestoreSan
from small_cluster import CLIENTS, MIGRATION
from storage_labs import LUN1, OWN, SAN, VOLUME1, VOLUME2, busy_guest, storage_record

TIMINGS = DEFAULT_PROFILE.timings


def state(lab: Lab, vm: int = 0) -> VmState:
    """What a VM is doing."""
    return lab.world.cluster.vms[VmId(vm)].state


def test_who_loses_its_san_stops_and_runs_on_within_a_minute() -> None:
    lab = Lab(storage_record(busy_guest(0), busy_guest(1, owner=1, lun=None)))
    lab.ask(FailSan(SAN))
    assert [state(lab, 0), state(lab, 1)] == [VmState.PAUSED_CRITICAL] * 2
    assert "SAN has failed" in lab.sink.events[-1].message
    assert lab.vm.assigned_bytes, "it keeps its memory"
    lab.until(59.0)
    lab.ask(RestoreSan(SAN))
    assert [state(lab, 0), state(lab, 1)] == [VmState.RUNNING] * 2
    lab.until(200.0)
    assert state(lab) is VmState.RUNNING
    assert "vm-lost" not in lab.codes


def test_after_a_minute_without_its_disk_a_guest_is_lost_and_starts_again_with_it() -> None:
    lab = Lab(storage_record(busy_guest()))
    lab.ask(FailLun(LUN1))
    lab.until(60.5)
    assert state(lab) is VmState.CRITICAL
    assert lab.vm.assigned_bytes == 0
    assert "no-way" in {one.code for one in blockers(StartVm(VM).check(lab.world.cluster))}
    assert "disks out of reach" in lab.vm.pending
    lab.until(100.0)
    lab.ask(RestoreLun(LUN1))
    assert state(lab) is VmState.CRITICAL
    lab.until_quiet()
    assert (state(lab), lab.vm.owner, lab.vm.pending) == (VmState.RUNNING, NODE1, "")


def test_a_second_loss_gets_a_minute_of_its_own() -> None:
    lab = Lab(storage_record(busy_guest()))
    lab.ask(FailLun(LUN1))
    lab.until(40.0)
    lab.ask(RestoreLun(LUN1))
    lab.until(50.0)
    lab.ask(FailLun(LUN1))
    lab.until(100.0)
    assert state(lab) is VmState.PAUSED_CRITICAL
    lab.until(111.0)
    assert state(lab) is VmState.CRITICAL


def test_a_node_without_its_path_goes_through_the_coordinator() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=1)))
    lab.ask(FailPath(NODE2, SAN))
    cluster = lab.world.cluster
    assert state(lab) is VmState.RUNNING
    assert volume_access(cluster, NODE2, cluster.volumes[VOLUME1]) is Access.REDIRECTED
    assert volume_state(cluster, cluster.volumes[VOLUME1]) is VolumeState.REDIRECTED
    lab.ask(RestorePath(NODE2, SAN))
    assert volume_access(cluster, NODE2, cluster.volumes[VOLUME1]) is Access.DIRECT


def test_without_a_network_to_the_coordinator_there_is_no_way() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=1)))
    lab.ask(FailPath(NODE2, SAN))
    lab.until(5.0)
    lab.ask(CutLink(NODE2, MIGRATION))
    assert state(lab) is VmState.RUNNING, "the other network still joins them"
    lab.until(6.0)
    lab.ask(CutLink(NODE2, CLIENTS))
    assert state(lab) is VmState.PAUSED_CRITICAL
    lab.until(10.0)
    lab.ask(RestoreLink(NODE2, MIGRATION))
    assert state(lab) is VmState.RUNNING, "back before its heartbeats were missed for long enough"


def test_a_coordinator_that_loses_its_path_is_relieved() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=0), busy_guest(1, owner=2)))
    lab.ask(FailPath(NODE1, SAN))
    volume = lab.world.cluster.volumes[VOLUME1]
    # Node 2 coordinates Volume2 already; node 3 none.
    assert volume.moving_to == NODE3
    assert volume_access(lab.world.cluster, NODE3, volume) is Access.WAITING
    assert [state(lab, 0), state(lab, 1)] == [VmState.RUNNING] * 2
    lab.until(COORDINATOR_MOVE_SECONDS + 0.01)
    volume = lab.world.cluster.volumes[VOLUME1]
    assert (volume.coordinator, volume.moving_to) == (NODE3, None)
    assert lab.world.cluster.luns[LUN1].owner == NODE3
    assert volume_access(lab.world.cluster, NODE1, volume) is Access.REDIRECTED


def test_a_dead_coordinator_is_noticed_by_its_heartbeats() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=1)))
    lab.ask(CrashNode(NODE1))
    lab.until_told("node-removed", 7.0)
    noticed = lab.seconds
    assert 5.0 <= noticed <= 6.0
    lab.until(noticed + COORDINATOR_MOVE_SECONDS - 0.01)
    assert lab.world.cluster.volumes[VOLUME1].coordinator == NODE1
    lab.until(noticed + COORDINATOR_MOVE_SECONDS + 0.01)
    assert lab.world.cluster.volumes[VOLUME1].coordinator == NODE3
    assert state(lab) is VmState.RUNNING


def test_a_successor_that_dies_on_the_way_is_followed_by_another() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=1)))
    lab.ask(FailPath(NODE1, SAN))
    lab.until(0.5)
    lab.ask(CrashNode(NODE3))
    lab.until(20.0)
    assert lab.world.cluster.volumes[VOLUME1].coordinator == NODE2


def test_when_nobody_is_left_the_volume_waits_for_a_node_to_come_back() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=1)))
    for node in (NODE1, NODE2, NODE3):
        lab.ask(FailPath(node, SAN))
    assert state(lab) is VmState.PAUSED_CRITICAL
    lab.until(30.0)
    lab.ask(RestorePath(NODE2, SAN))
    lab.until(40.0)
    assert lab.world.cluster.volumes[VOLUME1].coordinator == NODE2
    assert state(lab) is VmState.RUNNING


def test_the_coordinator_comes_back_in_time_and_takes_its_volume_on() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=1), nodes=2))
    lab.ask(FailPath(NODE2, SAN))
    lab.ask(CrashNode(NODE1))
    assert state(lab) is VmState.PAUSED_CRITICAL
    lab.until(61.0)
    assert state(lab) is VmState.CRITICAL
    lab.ask(PowerOnNode(NODE1))
    lab.until(61.0 + NODE_BOOT_SECONDS + 1)
    lab.until_quiet()
    assert state(lab) is VmState.RUNNING


MID_COPY, IN_SAVE = 5.0, 5.0


@pytest.mark.parametrize(
    ("request_", "at", "left"),
    [
        (LiveMigrate(VM, NODE2), TIMINGS.setup_seconds / 2, VmState.PAUSED_CRITICAL),
        (LiveMigrate(VM, NODE2), MID_COPY, VmState.PAUSED_CRITICAL),
        (QuickMigrate(VM, NODE2), IN_SAVE, VmState.PAUSED_CRITICAL),
        (QuickMigrate(VM, NODE2), 17.5, VmState.PAUSED_CRITICAL),
        (QuickMigrate(VM, NODE2), 25.0, VmState.SAVED),
        (MoveVm(VM, NODE2), 10.0, VmState.PAUSED_CRITICAL),
        (MoveVm(VM, NODE2), 21.0, VmState.OFF),
        (MoveVm(VM, NODE2), 40.0, VmState.OFF),
        (SaveVm(VM), IN_SAVE, VmState.PAUSED_CRITICAL),
        (ShutDownVm(VM), 10.0, VmState.PAUSED_CRITICAL),
    ],
)
def test_storage_lost_in_each_phase_ends_in_a_described_state(request_: Request, at: float, left: VmState) -> None:
    lab = Lab(storage_record(busy_guest()))
    lab.ask(request_)
    lab.until(at)
    assert not lab.sink.tasks, "it is still under way"
    lab.ask(FailSan(SAN))
    lab.until(at + 30.0)
    assert lab.ended().state is TaskState.FAILED
    assert (state(lab), lab.vm.task) == (left, None)
    assert not lab.world.flows.owners
    assert inconsistencies(lab.world.cluster.record()) == ()
    lab.ask(RestoreSan(SAN))
    if left is VmState.PAUSED_CRITICAL:
        assert state(lab) is VmState.RUNNING
    else:
        lab.ask(StartVm(VM))
        lab.until_quiet()
        assert state(lab) is VmState.RUNNING


@pytest.mark.parametrize(("before", "left"), [(VmState.OFF, VmState.OFF), (VmState.SAVED, VmState.SAVED)])
def test_storage_lost_while_a_vm_starts(before: VmState, left: VmState) -> None:
    vm = replace(busy_guest(), state=before, assigned_bytes=0)
    lab = Lab(storage_record(vm))
    lab.ask(StartVm(VM))
    lab.until(5.0)
    lab.ask(FailLun(LUN1))
    assert lab.ended().state is TaskState.FAILED
    assert (state(lab), lab.vm.assigned_bytes) == (left, 0)
    assert not lab.world.flows.owners


def test_a_target_that_has_lost_its_way_is_found_out_at_the_hand_over() -> None:
    lab = Lab(storage_record(busy_guest(lun=OWN)))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until(MID_COPY)
    lab.ask(FailPath(NODE2, SAN))
    lab.until_quiet()
    assert lab.ended().state is TaskState.FAILED
    assert "no path" in lab.ended().message
    assert (lab.vm.owner, state(lab)) == (NODE1, VmState.RUNNING)


def test_a_quick_migration_to_a_node_that_has_lost_its_way_stays_saved_at_the_source() -> None:
    lab = Lab(storage_record(busy_guest(lun=OWN)))
    lab.ask(QuickMigrate(VM, NODE2))
    lab.until(IN_SAVE)
    lab.ask(FailPath(NODE2, SAN))
    lab.until_quiet()
    assert lab.ended().state is TaskState.FAILED
    assert "no path" in lab.ended().message
    assert (lab.vm.owner, state(lab)) == (NODE1, VmState.SAVED)
    assert lab.world.cluster.luns[OWN].owner == NODE1


def test_a_state_on_its_way_takes_the_detour_when_the_path_breaks() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=1)))
    lab.ask(SaveVm(VM))
    lab.until(5.0)
    lab.ask(FailPath(NODE2, SAN))
    (flow,) = lab.world.flows.sharing.links_of.values()
    assert flow == (lab.world.rows.up((NODE2, CLIENTS)), lab.world.rows.down((NODE1, CLIENTS)))
    lab.until_quiet()
    assert state(lab) is VmState.SAVED
    whole = (2 * 2**30 + TIMINGS.device_state_bytes) / 125e6
    assert lab.ended().ended_ns is not None
    assert lab.ended().ended_ns / 1e9 > whole, "a gigabit network carries less than the SAN's gigabit"


def test_a_vm_on_a_dead_nodes_own_lun_is_lost_with_it_and_moves_on() -> None:
    lab = Lab(storage_record(busy_guest(lun=OWN)))
    lab.ask(CrashNode(NODE1))
    assert state(lab) is VmState.CRITICAL
    lab.ask(MoveVm(VM, NODE2))
    lab.until_quiet()
    assert (lab.vm.owner, state(lab)) == (NODE2, VmState.RUNNING)
    assert lab.world.cluster.luns[OWN].owner == NODE2


def test_forks_and_checkpoints_know_who_waits() -> None:
    lab = Lab(storage_record(busy_guest(), busy_guest(1, volume=VOLUME2)))
    lab.ask(FailLun(LUN1))
    lab.until(30.0)
    again = Lab(storage_record(guest()))
    again.world = restore(snapshot(lab.world))
    again.until(61.0)
    assert [state(again, 0), state(again, 1)] == [VmState.CRITICAL, VmState.RUNNING]
    fork = Lab(storage_record(guest()))
    fork.world = lab.world.fork()
    fork.until(61.0)
    assert fork.world.cluster.record() == again.world.cluster.record()
    assert state(lab) is VmState.PAUSED_CRITICAL


def test_who_waits_in_the_queue_and_is_lost_with_its_disks_is_brought_back() -> None:
    lab = Lab(storage_record(busy_guest(0), guest(1, gigabytes=20), nodes=3))
    lab.ask(LiveMigrate(VmId(1), NODE2))
    waiting = lab.ask(LiveMigrate(VM, NODE2, queue=True)).task
    lab.ask(FailLun(LUN1))
    lab.until(60.5)
    assert state(lab) is VmState.CRITICAL
    ended = next(task for task in lab.sink.tasks if task.id == waiting)
    assert ended.state is TaskState.FAILED
    assert "was lost with its disks" in ended.message
    lab.ask(RestoreLun(LUN1))
    lab.until(200.0)
    assert state(lab) is VmState.RUNNING
