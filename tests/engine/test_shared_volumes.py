"""Cluster Shared Volumes made, moved, taken away; LUNs that change owner, and the VMs that share one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine_world import NODE1, NODE2, NODE3, VM, Lab
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import LunId, VmId, VolumeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.profiles import DEFAULT_PROFILE
from hvgui.cluster.storage import DetachedDisk, DiskKind, LunUse, VirtualDisk, VolumeState
from hvgui.cluster.storage_access import Access, volume_access
from hvgui.cluster.tasks import Phase, TaskKind, TaskState
from hvgui.cluster.units import GIB
from hvgui.requests.faults import CrashNode
from hvgui.requests.lifecycle import StartVm
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.problems import blockers
from hvgui.requests.shared_volumes import AddSharedVolume, CreateLun, EnableSharedVolumes, MoveLun, RemoveSharedVolume
from hvgui.requests.storage_faults import FailPath
from hvgui.requests.volume_requests import (
    BringVolumeOnline,
    MoveCoordinator,
    TakeVolumeOffline,
    TurnOffMaintenance,
    TurnOffRedirectedAccess,
    TurnOnMaintenance,
    TurnOnRedirectedAccess,
)
from storage_labs import LUN1, OWN, SAN, SPARE, VOLUME1, VOLUME2, busy_guest, storage_record

TIMINGS = DEFAULT_PROFILE.timings


def codes(lab: Lab, request: object) -> set[str]:
    """What blocks a request."""
    return {problem.code for problem in blockers(request.check(lab.world.cluster))}  # type: ignore[attr-defined]


def without_volumes() -> Lab:
    """A lab whose cluster has no Cluster Shared Volumes yet."""
    record = storage_record(busy_guest(lun=OWN))
    luns = tuple(replace(lun, use=LunUse.AVAILABLE) if lun.id in (0, 1) else lun for lun in record.luns)
    return Lab(replace(record, volumes=(), luns=luns))


def test_enabling_adding_and_removing() -> None:
    lab = without_volumes()
    assert codes(lab, AddSharedVolume(SPARE)) == {"not-enabled"}
    lab.ask(EnableSharedVolumes())
    assert lab.world.cluster.has_shared_volumes
    assert codes(lab, EnableSharedVolumes()) == {"enabled-already"}
    lab.ask(AddSharedVolume(SPARE))
    lab.ask(AddSharedVolume(LUN1))
    first, second = lab.world.cluster.volumes.values()
    assert (first.path, second.path) == ("C:\\ClusterStorage\\Volume1", "C:\\ClusterStorage\\Volume2")
    assert first.coordinator == NODE1
    assert codes(lab, AddSharedVolume(SPARE)) == {"shared-already"}
    assert codes(lab, AddSharedVolume(OWN)) == {"in-use"}
    lab.ask(RemoveSharedVolume(first.id))
    lab.ask(AddSharedVolume(SPARE))
    names = {volume.id: volume.name for volume in lab.world.cluster.volumes.values()}
    assert names == {VolumeId(1): "Volume2", VolumeId(2): "Volume1"}, "a name is free again, an id never"
    assert inconsistencies(lab.world.cluster.record()) == ()


def test_files_on_a_lun_are_on_the_volume_and_back() -> None:
    lab = Lab(storage_record(busy_guest()))
    parent = VirtualDisk("base.vhd", 40 * GIB, DiskKind.DYNAMIC, GIB, path="H:\\x\\base.vhd", lun=SPARE)
    child = replace(parent, name="child.vhd", kind=DiskKind.DIFFERENCING, path="H:\\x\\child.vhd", parent=parent.path)
    for disk in (parent, child):
        lab.world.cluster.put(DetachedDisk(disk))
    lab.ask(AddSharedVolume(SPARE))
    volume = lab.world.cluster.volumes[VolumeId(2)]
    assert volume.used_bytes == 2 * GIB
    found = {one.disk.name: one.disk for one in lab.world.cluster.detached_disks.values()}
    assert found["base.vhd"].path == f"{volume.path}\\x\\base.vhd"
    assert found["child.vhd"].parent == found["base.vhd"].path
    lab.ask(RemoveSharedVolume(volume.id))
    found = {one.disk.name: one.disk for one in lab.world.cluster.detached_disks.values()}
    assert found["base.vhd"].path == parent.path
    assert found["child.vhd"].parent == parent.path
    assert lab.world.cluster.lun_used_bytes(SPARE) == 2 * GIB


def test_the_coordinator_moves_and_everybody_waits_a_moment() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=2)))
    lab.ask(MoveCoordinator(VOLUME1, NODE2))
    cluster = lab.world.cluster
    assert volume_access(cluster, NODE3, cluster.volumes[VOLUME1]) is Access.WAITING
    assert codes(lab, MoveCoordinator(VOLUME1, NODE3)) == {"volume-busy"}
    lab.until(2.0)
    assert cluster.volumes[VOLUME1].coordinator == NODE2
    assert volume_access(cluster, NODE3, cluster.volumes[VOLUME1]) is Access.DIRECT
    assert lab.vm.state is VmState.RUNNING
    lab.ask(FailPath(NODE3, SAN))
    assert codes(lab, MoveCoordinator(VOLUME1, NODE3)) == {"no-path"}


def test_a_new_coordinator_that_dies_on_the_way_does_not_get_it() -> None:
    lab = Lab(storage_record(busy_guest()))
    lab.ask(MoveCoordinator(VOLUME1, NODE2))
    lab.until(0.5)
    lab.ask(CrashNode(NODE2))
    lab.until(20.0)
    volume = lab.world.cluster.volumes[VOLUME1]
    assert (volume.coordinator, volume.moving_to) == (NODE1, None)


def test_redirected_access_by_hand() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=2)))
    lab.ask(TurnOnRedirectedAccess(VOLUME1))
    cluster = lab.world.cluster
    ways = [volume_access(cluster, node, cluster.volumes[VOLUME1]) for node in (NODE1, NODE2, NODE3)]
    assert ways == [Access.DIRECT, Access.REDIRECTED, Access.REDIRECTED]
    assert codes(lab, TurnOnRedirectedAccess(VOLUME1)) == {"on-already"}
    lab.ask(TurnOffRedirectedAccess(VOLUME1))
    assert volume_access(cluster, NODE3, cluster.volumes[VOLUME1]) is Access.DIRECT


@pytest.mark.parametrize(
    ("leave", "come", "state"),
    [
        (TurnOnMaintenance, TurnOffMaintenance, VolumeState.MAINTENANCE),
        (TakeVolumeOffline, BringVolumeOnline, VolumeState.OFFLINE),
    ],
)
def test_a_volume_leaves_once_its_vms_are_saved(
    leave: type[TurnOnMaintenance | TakeVolumeOffline],
    come: type[TurnOffMaintenance | BringVolumeOnline],
    state: VolumeState,
) -> None:
    lab = Lab(storage_record(busy_guest(0), busy_guest(1, owner=1), busy_guest(2, owner=1, volume=VOLUME2)))
    lab.ask(leave(VOLUME1))
    assert lab.world.cluster.volumes[VOLUME1].state is VolumeState.DIRECT
    assert [one.kind for one in lab.world.cluster.tasks.values()] == [TaskKind.SAVE] * 2
    lab.until_quiet()
    states = [vm.state for vm in lab.world.cluster.vms.values()]
    assert states == [VmState.SAVED, VmState.SAVED, VmState.RUNNING]
    assert lab.world.cluster.volumes[VOLUME1].state is state
    assert "no-way" in codes(lab, StartVm(VM))
    lab.ask(come(VOLUME1))
    assert lab.world.cluster.volumes[VOLUME1].state is VolumeState.DIRECT
    assert lab.vm.state is VmState.SAVED, "starting again is left to people"
    lab.ask(StartVm(VM))
    lab.until_quiet()
    assert lab.vm.state is VmState.RUNNING


def test_a_volume_stays_where_a_vm_cannot_be_saved() -> None:
    lab = Lab(storage_record(busy_guest(0), busy_guest(1, owner=1)))
    lab.ask(TurnOnMaintenance(VOLUME1))
    lab.until(2.0)
    lab.ask(FailPath(NODE2, SAN))
    lab.ask(FailPath(NODE1, SAN))
    lab.ask(FailPath(NODE3, SAN))
    lab.until(4.0)
    volume = lab.world.cluster.volumes[VOLUME1]
    assert (volume.state, volume.going) == (VolumeState.DIRECT, None)
    assert "volume-stays" in lab.codes


def test_a_free_lun_changes_its_owner_in_seconds() -> None:
    lab = Lab(storage_record(busy_guest(lun=OWN)))
    lab.ask(MoveLun(SPARE, NODE2))
    assert lab.world.cluster.luns[SPARE].moving_to == NODE2
    lab.until(TIMINGS.lun_move_seconds + 0.01)
    lun = lab.world.cluster.luns[SPARE]
    assert (lun.owner, lun.moving_to) == (NODE2, None)
    assert codes(lab, MoveLun(OWN, NODE2)) == {"in-use"}
    assert codes(lab, MoveLun(LUN1, NODE2)) == {"shared"}
    lab.ask(MoveLun(SPARE, NODE3))
    lab.ask(CrashNode(NODE3))
    lab.until(20.0)
    assert lab.world.cluster.luns[SPARE].owner == NODE2


def test_a_new_lun_is_available_storage() -> None:
    lab = Lab(storage_record(busy_guest()))
    lab.ask(CreateLun(SAN, "ARCHIVE", 500 * GIB))
    lun = lab.world.cluster.luns[LunId(5)]
    assert (lun.name, lun.use, lun.size_bytes) == ("ARCHIVE", LunUse.AVAILABLE, 500 * GIB)
    assert codes(lab, CreateLun(SAN, "archive", 500 * GIB)) == {"name-taken"}
    assert codes(lab, CreateLun(SAN, "x", 5)) == {"size"}
    lab.ask(AddSharedVolume(lun.id))


# VMs that share a LUN


def sharing(*others: VmState) -> Lab:
    """The first VM runs; the others share its LUN in the given states."""
    vms = [busy_guest(0, lun=OWN)]
    for number, state in enumerate(others, start=1):
        vm = busy_guest(number, lun=OWN)
        vms.append(replace(vm, state=state, assigned_bytes=vm.assigned_bytes if state.holds_memory else 0))
    return Lab(storage_record(*vms))


def test_a_live_migration_takes_nobody_along() -> None:
    lab = sharing(VmState.RUNNING)
    (problem,) = blockers(LiveMigrate(VM, NODE2).check(lab.world.cluster))
    assert problem.code == "shared-lun"
    assert "VM01" in problem.message
    assert "quick migration" in problem.remedy


def test_a_quick_migration_takes_all_along_and_says_so_beforehand() -> None:
    lab = sharing(VmState.RUNNING, VmState.OFF)
    told = [str(one) for one in QuickMigrate(VM, NODE2).check(lab.world.cluster)]
    assert any("VM01 and VM02 share its LUN and go along. VM01 will be saved" in one for one in told)
    lab.ask(QuickMigrate(VM, NODE2))
    lab.until_quiet()
    vms = lab.world.cluster.vms
    assert {vm.owner for vm in vms.values()} == {NODE2}
    assert [vm.state for vm in vms.values()] == [VmState.RUNNING, VmState.RUNNING, VmState.OFF]
    assert lab.world.cluster.luns[OWN].owner == NODE2
    assert [task.state for task in lab.sink.tasks] == [TaskState.SUCCEEDED] * 2
    assert inconsistencies(lab.world.cluster.record()) == ()
    # Two states of 2 GB each way over the one SAN, and the LUN's own way between them.
    both = 2 * 2 * (2 * GIB + TIMINGS.device_state_bytes) / 125e6
    fixed = TIMINGS.quick_flush_seconds + TIMINGS.quick_fixed_seconds + TIMINGS.lun_move_seconds
    result = lab.ended().result
    assert result is not None
    assert result.blackout_seconds == pytest.approx(both + fixed, rel=1e-6)


def test_who_is_saved_first_waits_for_the_others() -> None:
    vms = (busy_guest(0, lun=OWN), replace(busy_guest(1, lun=OWN), assigned_bytes=8 * GIB))
    lab = Lab(storage_record(*vms))
    lab.ask(QuickMigrate(VM, NODE2))
    lab.until(45.0)
    phases = [task.phase for task in lab.world.cluster.tasks.values()]
    assert phases == [Phase.WAITING_FOR_LUN, Phase.SAVING]
    lab.until_quiet()
    assert {vm.owner for vm in lab.world.cluster.vms.values()} == {NODE2}


def test_a_move_takes_the_others_along_saved() -> None:
    lab = sharing(VmState.RUNNING)
    lab.ask(MoveVm(VM, NODE2))
    lab.until_quiet()
    kinds = sorted(task.kind.value for task in lab.sink.tasks)
    assert kinds == ["move", "quick-migrate"]
    assert {(vm.owner, vm.state) for vm in lab.world.cluster.vms.values()} == {(NODE2, VmState.RUNNING)}


@pytest.mark.parametrize("at", [5.0, 40.0, 50.0])
def test_a_target_that_dies_leaves_the_whole_group_where_it_was(at: float) -> None:
    vms = (busy_guest(0, lun=OWN), replace(busy_guest(1, lun=OWN), assigned_bytes=4 * GIB))
    lab = Lab(storage_record(*vms))
    lab.ask(QuickMigrate(VM, NODE2))
    lab.until(at)
    lab.ask(CrashNode(NODE2))
    lab.until_quiet()
    assert {(vm.owner, vm.state) for vm in lab.world.cluster.vms.values()} == {(NODE1, VmState.SAVED)}
    assert lab.world.cluster.luns[OWN].owner == NODE1
    assert {task.state for task in lab.sink.tasks} == {TaskState.FAILED}
    lab.ask(StartVm(VmId(1)))
    lab.until_quiet()
    assert lab.world.cluster.vms[VmId(1)].state is VmState.RUNNING


def test_a_companion_that_cannot_come_stops_all() -> None:
    lab = sharing(VmState.PAUSED)
    assert "companion-state" in codes(lab, QuickMigrate(VM, NODE2))
    lab = sharing(VmState.RUNNING)
    lab.world.cluster.put(replace(lab.world.cluster.vms[VmId(1)], possible_owners=(NODE1,)))
    assert "not-possible-owner" in codes(lab, MoveVm(VM, NODE2))
