"""Going back: everything that a change could have altered is as it was, what was added stays, and the phases of taking
one first."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hvgui.cluster.ids import NetworkId, NodeId, SanId, TaskId
from hvgui.cluster.machines import Guest, NetworkAdapter, Scheduling, VmState
from hvgui.cluster.memory import MemorySettings
from hvgui.cluster.snapshots import Snapshot, TakenOf, by_id
from hvgui.cluster.storage import DetachedDisk, DiskKind, LunUse
from hvgui.cluster.tasks import TaskKind, TaskState
from hvgui.cluster.units import GIB
from hvgui.engine import checkpoint
from hvgui.requests.disks import AddDisks, DeleteDetachedDisk
from hvgui.requests.faults import CrashNode
from hvgui.requests.lifecycle import SaveVm, StartVm
from hvgui.requests.memory import SetMemory
from hvgui.requests.migration import MoveVm
from hvgui.requests.new_disks import NewDisk, PassThroughDisk
from hvgui.requests.problems import blockers
from hvgui.requests.processors import SetProcessors
from hvgui.requests.request import Request
from hvgui.requests.shared_volumes import RemoveSharedVolume
from hvgui.requests.snapshot_merges import CancelSnapshot
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RevertVm, TakeSnapshot
from hvgui.requests.storage_faults import FailSan
from snapshot_labs import R2, TODAY, VM, every_byte_is_counted, machine, snapshot_lab, squeezed, taken
from storage_labs import OWN, SPARE, VOLUME1, VOLUME2, busy_guest


def test_everything_that_a_change_could_alter_comes_back() -> None:
    guest = replace(
        busy_guest(),
        notes="before",
        scheduling=Scheduling(weight=200),
        guest=Guest("Windows Server 2008", integration_components=False),
        processor_compatibility=True,
        scsi_controllers=2,
    )
    lab = snapshot_lab(guest)
    one = taken(lab)
    lab.ask(SetMemory(VM, MemorySettings(4 * GIB, 2 * GIB, 8 * GIB, dynamic=False)))
    lab.ask(SetProcessors(VM, vcpus=4, scheduling=Scheduling(weight=7), compatibility=False))
    vm = machine(lab)
    other = NetworkAdapter("Second", "00-15-5D-00-09-09", None)
    changed = replace(
        vm,
        notes="after",
        guest=Guest(),
        scsi_controllers=4,
        adapters=(replace(vm.adapters[0], network=None, mac="00-15-5D-00-08-08"), other),
    )
    lab.world.cluster.put(changed)
    wanted = changed.load.memory.usual * 4 * GIB
    lab.ask(ApplySnapshot(VM, one))
    back = machine(lab)
    kept = replace(guest, adapters=(replace(guest.adapters[0], mac="00-15-5D-00-08-08"),))
    assert (back.notes, back.scheduling, back.guest) == (kept.notes, kept.scheduling, kept.guest)
    assert (back.adapters, back.scsi_controllers, back.vcpus) == (kept.adapters, 2, kept.vcpus)
    assert (back.memory, back.processor_compatibility) == (kept.memory, True)
    assert (back.name, back.guid) == (guest.name, guest.guid)
    assert back.load.memory.usual * 2 * GIB == pytest.approx(wanted), "the guest's demand stays, in bytes"


def test_an_adapter_that_was_lost_comes_back_with_an_address_of_its_own_or_none() -> None:
    lab = snapshot_lab()
    before = machine(lab).adapters
    one = taken(lab)
    lab.world.cluster.put(replace(machine(lab), adapters=()))
    lab.ask(ApplySnapshot(VM, one))
    assert machine(lab).adapters == before
    other = replace(busy_guest(1), adapters=before, disks=())
    lab.world.cluster.put(replace(machine(lab), adapters=()))
    lab.world.cluster.put(replace(other, state=VmState.OFF, assigned_bytes=0))
    assert "mac-taken" in [problem.code for problem in ApplySnapshot(VM, one).check(lab.world.cluster)]
    lab.ask(ApplySnapshot(VM, one))
    assert [adapter.mac for adapter in machine(lab).adapters] == [""]


def test_a_network_that_is_gone_is_warned_of() -> None:
    lab = snapshot_lab(replace(busy_guest(), adapters=(NetworkAdapter("Old", "00-15-5D-00-01-01", NetworkId(0)),)))
    one = taken(lab)
    (held,) = machine(lab).snapshots
    assert held.held is not None
    gone = replace(held, held=replace(held.held, adapters=(NetworkAdapter("Old", "x", NetworkId(99)),)))
    lab.world.cluster.put(replace(machine(lab), snapshots=(gone,)))
    problems = ApplySnapshot(VM, one).check(lab.world.cluster)
    assert "The network of Old is not there any more" in " ".join(map(str, problems))
    lab.ask(ApplySnapshot(VM, one))
    assert machine(lab).adapters[0].network is None


def test_one_of_an_older_lab_leaves_what_it_does_not_hold() -> None:
    lab = snapshot_lab(replace(busy_guest(), notes="today"))
    one = taken(lab)
    (held,) = machine(lab).snapshots
    lab.world.cluster.put(replace(machine(lab), snapshots=(replace(held, held=None, taken_of=None),)))
    lab.world = checkpoint.restore(checkpoint.snapshot(lab.world))
    assert machine(lab).snapshots[0].state_of is TakenOf.OFF
    lab.ask(ApplySnapshot(VM, one))
    assert machine(lab).notes == "today"


@pytest.mark.parametrize(
    ("state", "kind"),
    [(VmState.RUNNING, TakenOf.RUNNING), (VmState.PAUSED, TakenOf.RUNNING), (VmState.OFF, TakenOf.OFF)],
)
def test_the_kind_of_state_is_kept(state: VmState, kind: TakenOf) -> None:
    lab = snapshot_lab(state=state)
    taken(lab)
    assert machine(lab).snapshots[0].state_of is kind


def test_of_a_saved_vm_the_memory_is_copied_and_needs_room() -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    lab.ask(SaveVm(VM))
    lab.until_quiet()
    squeezed(lab, GIB)
    assert blockers(TakeSnapshot(VM).check(lab.world.cluster))[0].code == "no-room"
    squeezed(lab, 3 * GIB)
    taken(lab)
    (one,) = machine(lab).snapshots
    assert (one.state_of, one.memory_bytes) == (TakenOf.SAVED, 2 * GIB)
    every_byte_is_counted(lab)


def test_on_a_lun_memory_takes_room_as_well() -> None:
    lab = snapshot_lab(busy_guest(lun=OWN), state=VmState.RUNNING)
    taken(lab)
    assert lab.world.cluster.lun_used_bytes(OWN) == 12 * GIB
    every_byte_is_counted(lab)


def test_a_disk_that_was_added_since_stays_where_it_lies() -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    one = taken(lab)
    lab.ask(AddDisks(VM, (NewDisk(DiskKind.FIXED, "data", GIB, volume=VOLUME1),)))
    lab.until_quiet()
    lab.ask(AddDisks(VM, (PassThroughDisk(SPARE),)))
    warnings = ApplySnapshot(VM, one).check(lab.world.cluster)
    assert "does not know data.vhd" in " ".join(map(str, warnings))
    lab.ask(ApplySnapshot(VM, one))
    assert len(machine(lab).disks) == 1
    (loose,) = lab.world.cluster.detached_disks.values()
    assert (loose.disk.name, loose.disk.file_bytes) == ("data.vhd", GIB + 512)
    assert lab.world.cluster.luns[SPARE].use is LunUse.AVAILABLE
    every_byte_is_counted(lab)


def test_a_disk_that_only_a_deleted_snapshot_had_stays_as_well() -> None:
    lab = snapshot_lab()
    one = taken(lab)
    lab.ask(AddDisks(VM, (NewDisk(DiskKind.DYNAMIC, "data", GIB, volume=VOLUME1),)))
    two = taken(lab)
    lab.ask(ApplySnapshot(VM, one))
    again = AddDisks(VM, (NewDisk(DiskKind.DYNAMIC, "data", GIB, volume=VOLUME1),))
    assert blockers(again.check(lab.world.cluster))[0].code == "file-exists"
    lab.ask(DeleteSnapshot(VM, two))
    assert [held.disk.name for held in lab.world.cluster.detached_disks.values()] == ["data.vhd"]
    every_byte_is_counted(lab)


def test_the_parent_of_a_frozen_disk_is_not_deleted_under_it() -> None:
    lab = snapshot_lab()
    lab.ask(AddDisks(VM, (NewDisk(DiskKind.DYNAMIC, "golden", GIB, volume=VOLUME1),)))
    golden = machine(lab).disks[1]
    loose = replace(machine(lab), disks=machine(lab).disks[:1])
    lab.world.cluster.put(loose)
    lab.world.cluster.put(DetachedDisk(golden))
    child = NewDisk(DiskKind.DIFFERENCING, "child", volume=VOLUME1, parent=golden.path)
    lab.ask(AddDisks(VM, (child,)))
    taken(lab)
    assert blockers(DeleteDetachedDisk(golden.key).check(lab.world.cluster))[0].code == "is-parent"
    every_byte_is_counted(lab)


def test_a_disk_without_a_path_gets_one() -> None:
    guest = busy_guest()
    lab = snapshot_lab(replace(guest, disks=(replace(guest.disks[0], path=""),)))
    taken(lab)
    frozen = machine(lab).snapshots[0].disks[0]
    assert frozen.path == "C:\\ClusterStorage\\Volume1\\VM00\\system0.vhd"
    assert machine(lab).disks[0].parent == frozen.path


def test_vhdx_files_get_avhdx_above() -> None:
    guest = busy_guest()
    lab = snapshot_lab(replace(guest, disks=(replace(guest.disks[0], path="C:\\V\\a.vhdx"),)), TODAY)
    taken(lab)
    taken(lab)
    assert machine(lab).disks[0].path == "C:\\V\\a_0002.avhdx"


def test_a_vm_stopped_by_a_full_volume_can_go_back_and_frees_it() -> None:
    lab = snapshot_lab(busy_guest(growth=50e6), state=VmState.RUNNING)
    squeezed(lab, 4 * GIB)
    one = taken(lab)
    lab.run(600)
    assert machine(lab).state is VmState.PAUSED_CRITICAL
    assert blockers(TakeSnapshot(VM).check(lab.world.cluster))[0].code == "wrong-state"
    lab.ask(RevertVm(VM))
    assert (machine(lab).state, machine(lab).current_snapshot) == (VmState.SAVED, one)
    lab.ask(StartVm(VM))
    lab.until_quiet()
    assert machine(lab).state is VmState.RUNNING
    every_byte_is_counted(lab)


def test_out_of_reach_nothing_is_frozen_and_nothing_deleted() -> None:
    lab = snapshot_lab()
    one = taken(lab)
    lab.ask(FailSan(SanId(0)))
    for request in (TakeSnapshot(VM), ApplySnapshot(VM, one), RevertVm(VM), DeleteSnapshot(VM, one)):
        assert blockers(request.check(lab.world.cluster))[0].code == "no-way", request
    lab.ask(CrashNode(NodeId(0)))
    assert blockers(TakeSnapshot(VM).check(lab.world.cluster))[0].code == "node-down"


def test_a_snapshot_on_another_nodes_own_disk_is_out_of_reach() -> None:
    lab = snapshot_lab()
    one = taken(lab)
    lab.ask(AddDisks(VM, (NewDisk(DiskKind.DYNAMIC, "local", GIB, local_node=NodeId(0)),)))
    two = taken(lab)
    lab.ask(ApplySnapshot(VM, one))
    lab.ask(MoveVm(VM, NodeId(1)))
    lab.until_quiet()
    problem = blockers(ApplySnapshot(VM, two).check(lab.world.cluster))[0]
    assert problem.code == "other-node"
    assert "Move VM00 to that node first." in problem.remedy


# Take and apply


def test_what_is_now_is_taken_first_while_the_vm_runs() -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    one = taken(lab, "one")
    outcome = lab.ask(ApplySnapshot(VM, one, takes_first=True))
    assert outcome.task is not None
    assert lab.world.cluster.tasks[outcome.task].kind is TaskKind.APPLY_SNAPSHOT
    assert machine(lab).state is VmState.RUNNING
    lab.until_quiet()
    vm = machine(lab)
    assert (vm.state, vm.current_snapshot, len(vm.snapshots)) == (VmState.SAVED, one, 2)
    assert by_id(vm.snapshots)[2].parent == one
    assert (lab.ended().state, lab.ended().message) == (TaskState.SUCCEEDED, "VM00 is as it was in 'one' and saved")
    every_byte_is_counted(lab)


def test_at_rest_both_are_done_at_once() -> None:
    lab = snapshot_lab()
    one = taken(lab)
    assert lab.ask(ApplySnapshot(VM, one, takes_first=True)).task is None
    assert (machine(lab).current_snapshot, len(machine(lab).snapshots)) == (one, 2)


def test_cancelled_nothing_is_frozen_nor_applied() -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    one = taken(lab)
    before = machine(lab)
    task = lab.ask(ApplySnapshot(VM, one, takes_first=True)).task or TaskId(-1)
    lab.run(3)
    assert lab.world.cluster.tasks[task].can_cancel
    lab.ask(CancelSnapshot(task))
    assert machine(lab) == before
    assert lab.ended().state is TaskState.CANCELLED
    assert blockers(CancelSnapshot(task).check(lab.world.cluster))[0].code == "no-such-task"
    every_byte_is_counted(lab)


@pytest.mark.parametrize(
    ("fault", "state"), [(CrashNode(NodeId(0)), VmState.CRITICAL), (FailSan(SanId(0)), VmState.PAUSED_CRITICAL)]
)
def test_a_fault_while_it_is_taken_applies_nothing(fault: Request, state: VmState) -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    one = taken(lab)
    lab.ask(ApplySnapshot(VM, one, takes_first=True))
    lab.run(3)
    lab.ask(fault)
    vm = machine(lab)
    assert (vm.state, vm.task, [held.id for held in vm.snapshots]) == (state, None, [one])
    assert lab.ended().state is TaskState.FAILED
    every_byte_is_counted(lab)


def test_what_stands_in_the_way_of_taking_stands_in_its_way() -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    one = taken(lab)
    squeezed(lab, GIB)
    assert blockers(ApplySnapshot(VM, one, takes_first=True).check(lab.world.cluster))[0].code == "no-room"
    assert not blockers(ApplySnapshot(VM, one).check(lab.world.cluster))


def test_room_that_is_gone_once_the_memory_is_written_freezes_nothing() -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    lab.ask(TakeSnapshot(VM))
    lab.run(3)
    squeezed(lab, GIB)
    lab.until_quiet()
    assert machine(lab).snapshots == ()
    assert lab.ended().state is TaskState.FAILED
    assert "Volume1 has 1 GB free" in lab.ended().message
    every_byte_is_counted(lab)


def test_records_of_before_keep_their_meaning() -> None:
    old = Snapshot(1, "old", 0, (), 1, busy_guest().memory, memory_bytes=1)
    assert old.state_of is TakenOf.RUNNING
    assert R2.limits.snapshots_per_vm == TODAY.limits.snapshots_per_vm == 50


def test_a_volume_on_which_only_a_snapshot_has_files_is_not_taken_away() -> None:
    lab = snapshot_lab()
    one = taken(lab)
    lab.ask(AddDisks(VM, (NewDisk(DiskKind.DYNAMIC, "data", GIB, volume=VOLUME2),)))
    two = taken(lab)
    lab.ask(ApplySnapshot(VM, one))
    problem = blockers(RemoveSharedVolume(VOLUME2).check(lab.world.cluster))[0]
    assert "Volume2 holds disks of VM00" in problem.message
    lab.ask(DeleteSnapshot(VM, two))
    assert not blockers(RemoveSharedVolume(VOLUME2).check(lab.world.cluster))
