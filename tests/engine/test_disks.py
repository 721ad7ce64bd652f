"""Disks added and removed: made first, attached at once, found again by the guest with data and letters."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine_world import NODE1, NODE2, VM, Lab
from hvgui.cluster import guest_view
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.guest_disks import PartitionStyle
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.machines import Guest, VirtualMachine, VmState
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.storage import Controller, DiskKind, LunUse, Slot
from hvgui.cluster.tasks import TaskKind, TaskState
from hvgui.cluster.units import GIB, MIB, TIB
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.progress import migration_progress
from hvgui.requests.disks import (
    AddController,
    AddDisks,
    CancelAddDisks,
    DeleteDetachedDisk,
    RemoveController,
    RemoveDisk,
)
from hvgui.requests.faults import CrashNode
from hvgui.requests.guest_disks import (
    ChangeDriveLetter,
    CreatePartition,
    DeletePartition,
    FormatPartition,
    InitialiseDisk,
    SetDiskOnline,
)
from hvgui.requests.lifecycle import StartVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.new_disks import DiskToAdd, ExistingDisk, NewDisk, PassThroughDisk, first_file_bytes
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.storage_faults import FailLun, FailPath
from storage_labs import LUN1, LUN2, OWN, SAN, SPARE, VOLUME1, VOLUME2, busy_guest, storage_record

SCSI, IDE = Controller.SCSI, Controller.IDE
FIRST: Slot = (SCSI, 0, 0)


def codes(lab: Lab, request: Request) -> set[str]:
    """What blocks a request."""
    return {problem.code for problem in blockers(request.check(lab.world.cluster))}


def dynamic(name: str = "data", size: int = 50 * GIB, slot: Slot | None = None) -> NewDisk:
    """A new dynamic disk on Volume1."""
    return NewDisk(DiskKind.DYNAMIC, name, size, volume=VOLUME1, slot=slot)


def fixed(name: str = "data", size: int = 10 * GIB) -> NewDisk:
    """A new fixed disk on Volume1."""
    return NewDisk(DiskKind.FIXED, name, size, volume=VOLUME1)


def lab_with(vm: VirtualMachine | None = None) -> Lab:
    """A lab with one guest that runs on the first node."""
    return Lab(storage_record(vm or busy_guest()))


def off() -> VirtualMachine:
    """A guest that is off."""
    return replace(busy_guest(), state=VmState.OFF, assigned_bytes=0)


def test_a_dynamic_disk_is_there_at_once_while_the_vm_runs() -> None:
    lab = lab_with()
    used = lab.world.cluster.volumes[VOLUME1].used_bytes
    assert lab.ask(AddDisks(VM, (dynamic(),))).task is None
    (_, disk) = lab.vm.disks
    assert (disk.slot, disk.size_bytes, disk.path) == (FIRST, 50 * GIB, "C:\\ClusterStorage\\Volume1\\VM00\\data.vhd")
    assert disk.file_bytes == first_file_bytes(DiskKind.DYNAMIC, 50 * GIB) == 512 + 1024 + 102_400 + 512
    assert lab.world.cluster.volumes[VOLUME1].used_bytes == used + disk.file_bytes
    seen = guest_view.guest_disks(lab.vm)[1]
    assert (seen.number, seen.contents.style) == (1, None), "not initialised"


def test_a_fixed_disk_is_written_at_the_storages_speed() -> None:
    lab = lab_with()
    task = lab.ask(AddDisks(VM, (fixed(), dynamic("logs")))).task
    assert task is not None
    assert lab.vm.task == task
    assert len(lab.vm.disks) == 1, "nothing is attached before all is there"
    lab.until_quiet()
    ended = lab.ended()
    assert ended.state is TaskState.SUCCEEDED
    assert ended.ended_ns is not None
    assert ended.ended_ns / 1e9 == pytest.approx((10 * GIB + 512) / 125e6, rel=1e-6)
    assert [disk.name for disk in lab.vm.disks[1:]] == ["data.vhd", "logs.vhd"]
    assert lab.world.cluster.volumes[VOLUME1].used_bytes > 10 * GIB


def test_how_far_the_files_are_can_be_told() -> None:
    lab = lab_with()
    lab.ask(AddDisks(VM, (fixed(), fixed("more", 5 * GIB))))
    lab.until(60.0)
    (progress,) = migration_progress(lab.world)
    assert progress.sent_bytes == pytest.approx(60 * 125e6)
    assert progress.sent_bytes + progress.rest_bytes == 15 * GIB + 2 * 512
    assert progress.seconds_left_low == pytest.approx((15 * GIB + 1024) / 125e6 - 60)
    lab.until(100.0)
    assert migration_progress(lab.world)[0].pass_number == 2


def stopped_by(lab: Lab, what: str) -> None:
    """Something comes between."""
    match what:
        case "cancel":
            lab.ask(CancelAddDisks(TaskId(0)))
        case "crash":
            lab.ask(CrashNode(NODE1))
        case "own storage":
            lab.ask(FailLun(LUN1))
        case "new disk's storage":
            lab.ask(FailLun(LUN2))


@pytest.mark.parametrize(
    ("what", "state", "left"),
    [
        ("cancel", TaskState.CANCELLED, VmState.RUNNING),
        ("crash", TaskState.FAILED, VmState.CRITICAL),
        ("own storage", TaskState.FAILED, VmState.PAUSED_CRITICAL),
        ("new disk's storage", TaskState.FAILED, VmState.RUNNING),
    ],
)
def test_what_comes_between_leaves_nothing_half_made(what: str, state: TaskState, left: VmState) -> None:
    lab = lab_with()
    before = [volume.used_bytes for volume in lab.world.cluster.volumes.values()]
    lab.ask(AddDisks(VM, (NewDisk(DiskKind.FIXED, "data", 10 * GIB, volume=VOLUME2), dynamic("logs"))))
    lab.until(20.0)
    stopped_by(lab, what)
    assert lab.ended().state is state
    assert (lab.vm.state, lab.vm.task) == (left, None)
    assert len(lab.vm.disks) == 1
    assert not lab.world.flows.owners
    assert [volume.used_bytes for volume in lab.world.cluster.volumes.values()] == before
    assert lab.world.cluster.detached_disks == {}


def test_a_path_that_breaks_while_a_disk_is_written_sends_it_another_way() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=1)))
    lab.ask(AddDisks(VM, (fixed(),)))
    lab.until(20.0)
    lab.ask(FailPath(NODE2, SAN))
    lab.until_quiet()
    assert lab.ended().state is TaskState.SUCCEEDED
    assert len(lab.vm.disks) == 2


def test_room_that_is_gone_by_the_end_is_found_out() -> None:
    lab = lab_with()
    lab.ask(AddDisks(VM, (fixed(),)))
    volume = lab.world.cluster.volumes[VOLUME1]
    lab.world.cluster.put(replace(volume, used_bytes=volume.size_bytes - GIB))
    lab.until_quiet()
    assert lab.ended().state is TaskState.FAILED
    assert "Volume1 has 1 GB free" in lab.ended().message
    assert len(lab.vm.disks) == 1


def test_a_checkpoint_in_mid_writing_goes_on_to_the_same_end() -> None:
    lab = lab_with()
    lab.ask(AddDisks(VM, (fixed(), fixed("more", 5 * GIB))))
    lab.until(100.0)
    again = lab_with()
    again.world = restore(snapshot(lab.world))
    lab.until_quiet()
    again.until_quiet()
    assert again.world.cluster.record() == lab.world.cluster.record()
    assert again.ended() == lab.ended()


def test_removed_and_added_again_its_data_and_letter_are_back() -> None:
    lab = lab_with()
    lab.ask(AddDisks(VM, (dynamic(),)))
    lab.ask(InitialiseDisk(VM, FIRST, PartitionStyle.GPT))
    lab.ask(CreatePartition(VM, FIRST, 0, "Mail", "M"))
    before = guest_view.guest_disks(lab.vm)[1].contents
    assert [(part.letter, part.file_system) for part in before.partitions] == [("M", "NTFS")]
    lab.ask(RemoveDisk(VM, FIRST))
    assert "M" in guest_view.free_letters(lab.vm)
    ((key, loose),) = lab.world.cluster.detached_disks.items()
    assert loose.last_vm == "VM00"
    lab.ask(AddDisks(VM, (ExistingDisk(key, (SCSI, 0, 5)),)))
    after = guest_view.guest_disks(lab.vm)[1]
    assert (after.disk.slot, after.contents) == ((SCSI, 0, 5), before)
    assert lab.world.cluster.detached_disks == {}


def test_a_letter_taken_meanwhile_gives_way_to_the_next() -> None:
    lab = lab_with()
    lab.ask(AddDisks(VM, (dynamic("a"), dynamic("b"))))
    for location in (0, 1):
        slot = (SCSI, 0, location)
        lab.ask(InitialiseDisk(VM, slot))
        if not location:
            lab.ask(CreatePartition(VM, slot, letter="E"))
            lab.ask(RemoveDisk(VM, slot))
        else:
            lab.ask(CreatePartition(VM, slot, letter="E"))
    (key,) = lab.world.cluster.detached_disks
    lab.ask(AddDisks(VM, (ExistingDisk(key),)))
    letters = [part.letter for one in guest_view.guest_disks(lab.vm)[1:] for part in one.contents.partitions]
    assert sorted(letters) == ["E", "F"]


def test_deleting_gives_the_room_back() -> None:
    lab = lab_with()
    used = lab.world.cluster.volumes[VOLUME1].used_bytes
    lab.ask(AddDisks(VM, (dynamic("a"), dynamic("b"))))
    lab.ask(RemoveDisk(VM, FIRST, delete_file=True))
    lab.ask(RemoveDisk(VM, (SCSI, 0, 1)))
    (key,) = lab.world.cluster.detached_disks
    lab.ask(DeleteDetachedDisk(key))
    assert lab.world.cluster.volumes[VOLUME1].used_bytes == used
    assert not lab.world.cluster.detached_disks


def test_a_pass_through_disk_is_a_whole_lun_and_comes_back_with_its_data() -> None:
    lab = lab_with()
    lab.ask(AddDisks(VM, (PassThroughDisk(SPARE),)))
    assert lab.world.cluster.luns[SPARE].use is LunUse.VM
    assert lab.vm.disks[1].kind is DiskKind.PHYSICAL
    assert codes(lab, AddDisks(VM, (PassThroughDisk(SPARE),))) == {"in-use"}
    assert codes(lab, AddDisks(VM, (PassThroughDisk(LUN1),))) == {"shared-already"}
    lab.ask(InitialiseDisk(VM, FIRST))
    lab.ask(CreatePartition(VM, FIRST, letter="P"))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until_quiet()
    assert lab.world.cluster.luns[SPARE].owner == NODE2
    lab.ask(RemoveDisk(VM, FIRST))
    assert lab.world.cluster.luns[SPARE].use is LunUse.AVAILABLE
    lab.ask(AddDisks(VM, (PassThroughDisk(SPARE),)))
    assert [part.letter for part in guest_view.guest_disks(lab.vm)[1].contents.partitions] == ["P"]


def test_differencing_disks_have_a_parent_that_nobody_writes_to() -> None:
    lab = lab_with()
    lab.ask(AddDisks(VM, (dynamic("base"),)))
    path = lab.vm.disks[1].path
    child = NewDisk(DiskKind.DIFFERENCING, "child", volume=VOLUME1, parent=path)
    assert codes(lab, AddDisks(VM, (child,))) == {"parent-attached"}
    lab.ask(RemoveDisk(VM, FIRST))
    lab.ask(AddDisks(VM, (child,)))
    assert lab.vm.disks[1].size_bytes == 50 * GIB
    (key,) = lab.world.cluster.detached_disks
    assert codes(lab, DeleteDetachedDisk(key)) == {"is-parent"}
    assert codes(lab, AddDisks(VM, (ExistingDisk(key),))) == {"is-parent"}
    missing = replace(child, parent="C:\\nowhere.vhd", name="x")
    assert codes(lab, AddDisks(VM, (missing,))) == {"no-parent"}


def test_what_can_be_changed_while_a_vm_runs() -> None:
    lab = lab_with()
    assert codes(lab, AddDisks(VM, (dynamic(slot=(IDE, 0, 1)),))) == {"ide-while-running"}
    assert codes(lab, RemoveDisk(VM, (IDE, 0, 0))) == {"ide-while-running"}
    assert codes(lab, AddController(VM)) == {"controller-while-running"}
    assert codes(lab, RemoveController(VM)) == {"controller-while-running"}
    deaf = replace(busy_guest(), guest=Guest("OS/2", integration_components=False))
    assert codes(lab_with(deaf), AddDisks(VM, (dynamic(),))) == {"no-integration-components"}
    assert codes(lab_with(deaf), InitialiseDisk(VM, FIRST)) == {"no-integration-components"}
    lab = lab_with(off())
    lab.ask(AddDisks(VM, (dynamic(slot=(IDE, 0, 1)),)))
    lab.ask(AddController(VM))
    assert lab.vm.scsi_controller_count == 2
    lab.ask(AddDisks(VM, (dynamic("far", slot=(SCSI, 1, 3)),)))
    assert codes(lab, RemoveController(VM)) == {"controller-in-use"}
    lab.ask(RemoveDisk(VM, (SCSI, 1, 3)))
    lab.ask(RemoveController(VM))
    assert lab.vm.scsi_controller_count == 1


@pytest.mark.parametrize(("profile", "places"), [("R2 (article)", 16), ("2008 R2 SP1", 64)])
def test_limits_are_the_profiles(profile: str, places: int) -> None:
    record = replace(storage_record(off()), profile=PROFILES[profile])
    lab = Lab(record)
    for _ in range(3):
        lab.ask(AddController(VM))
    assert codes(lab, AddController(VM)) == {"too-many-controllers"}
    assert codes(lab, AddDisks(VM, (dynamic(slot=(SCSI, 0, places)),))) == {"no-such-place"}
    assert codes(lab, AddDisks(VM, (dynamic(slot=(SCSI, 4, 0)),))) == {"no-such-controller"}
    many = tuple(dynamic(f"d{number}", GIB) for number in range(4 * places + 4))
    assert codes(lab, AddDisks(VM, many)) == {"no-place"}
    lab.ask(AddDisks(VM, many[: 4 * places]))
    assert len(lab.vm.disks) == 1 + 4 * places
    assert inconsistencies(lab.world.cluster.record()) == ()
    too_large = AddDisks(VM, (dynamic("huge", 3 * TIB),))
    assert "size" in codes(lab, too_large)


@pytest.mark.parametrize(
    ("disk", "code"),
    [
        (fixed("big", 1900 * GIB), "no-room"),
        (fixed("a/b"), "name"),
        (fixed("tiny", MIB), "size"),
        (NewDisk(DiskKind.FIXED, "x", GIB), "no-home"),
        (NewDisk(DiskKind.FIXED, "x", GIB, lun=LUN1), "lun-use"),
        (NewDisk(DiskKind.FIXED, "x", GIB, lun=OWN, volume=VOLUME1), "no-home"),
        (NewDisk(DiskKind.FIXED, "x", GIB, local_node=NodeId(1)), "no-way"),
        (ExistingDisk((None, "c:\\nothing.vhd")), "no-such-disk"),
        (dynamic(slot=(SCSI, 0, 99)), "no-such-place"),
    ],
)
def test_bad_disks_are_refused_and_nothing_changes(disk: DiskToAdd, code: str) -> None:
    lab = lab_with()
    before = lab.world.cluster.record()
    assert code in codes(lab, AddDisks(VM, (disk,)))
    assert lab.world.cluster.record() == before


def test_two_disks_of_one_request_are_looked_at_together() -> None:
    lab = lab_with()
    here: Slot = (SCSI, 0, 3)
    assert codes(lab, AddDisks(VM, (dynamic("a", slot=here), dynamic("b", slot=here)))) == {"place-taken"}
    assert codes(lab, AddDisks(VM, (dynamic("a"), dynamic("a")))) == {"twice"}
    assert "no-room" in codes(lab, AddDisks(VM, (fixed("a", 600 * GIB), fixed("b", 600 * GIB))))


def test_letters_run_out_and_folders_do_not() -> None:
    lab = lab_with()
    lab.ask(AddDisks(VM, tuple(dynamic(f"d{number}", GIB) for number in range(30))))
    slots = [(SCSI, 0, number) for number in range(30)]
    for slot in slots:
        lab.ask(InitialiseDisk(VM, slot))
    letters = guest_view.free_letters(lab.vm)
    assert len(letters) == 24, "C: and the DVD drive's D: are taken"
    for slot, letter in zip(slots, letters, strict=False):
        lab.ask(CreatePartition(VM, slot, letter=letter))
    assert guest_view.free_letters(lab.vm) == ()
    assert codes(lab, CreatePartition(VM, slots[24], letter="Q")) == {"letter-taken"}
    lab.ask(CreatePartition(VM, slots[24], mount_path="C:\\Data\\Logs"))
    assert codes(lab, CreatePartition(VM, slots[25], mount_path="c:\\data\\logs")) == {"mount-taken"}
    assert codes(lab, CreatePartition(VM, slots[25], mount_path="C:\\")) == {"mount-path"}
    assert codes(lab, CreatePartition(VM, slots[25], mount_path="D:\\x")) == {"mount-host"}


def test_what_a_guest_does_to_its_disks() -> None:
    lab = lab_with()
    lab.ask(AddDisks(VM, (dynamic(),)))
    assert codes(lab, CreatePartition(VM, FIRST)) == {"not-initialised"}
    lab.ask(InitialiseDisk(VM, FIRST))
    lab.ask(CreatePartition(VM, FIRST, 10 * GIB, "One", "E"))
    lab.ask(CreatePartition(VM, FIRST, 0, "Two", "F"))
    assert codes(lab, CreatePartition(VM, FIRST, letter="G")) == {"no-room"}
    lab.ask(ChangeDriveLetter(VM, FIRST, 1, "X"))
    lab.ask(FormatPartition(VM, FIRST, 2, "Fresh"))
    assert codes(lab, FormatPartition(VM, FIRST, 3)) == {"no-such-partition"}
    lab.ask(DeletePartition(VM, FIRST, 1))
    (part,) = guest_view.guest_disks(lab.vm)[1].contents.partitions
    assert (part.label, part.letter) == ("Fresh", "F")
    lab.ask(SetDiskOnline(VM, FIRST, online=False))
    assert codes(lab, FormatPartition(VM, FIRST, 1)) == {"disk-offline"}
    lab.ask(SetDiskOnline(VM, FIRST, online=True))
    assert codes(lab, DeletePartition(VM, (IDE, 0, 0), 2)) == {"boot-partition"}
    assert codes(lab, SetDiskOnline(VM, (IDE, 0, 0), online=False)) == {"boot-disk"}
    assert lab.vm.disks[1].file_bytes > first_file_bytes(DiskKind.DYNAMIC, 50 * GIB), "what was written takes room"


def test_a_vm_busy_with_disks_does_nothing_else() -> None:
    lab = lab_with()
    lab.ask(AddDisks(VM, (fixed(),)))
    assert codes(lab, LiveMigrate(VM, NODE2)) == {"busy"}
    assert codes(lab, TurnOffVm(VM)) == {"busy"}
    assert lab.world.cluster.tasks[TaskId(0)].kind is TaskKind.ADD_DISKS
    lab = Lab(storage_record(off()))
    lab.ask(AddDisks(VM, (fixed(),)))
    assert codes(lab, StartVm(VM)) == {"busy"}
    lab.until_quiet()
    lab.ask(StartVm(VmId(0)))
