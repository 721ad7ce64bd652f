"""Snapshots: a tree of frozen files, gone back to, deleted, merged; nothing is lost, and every byte is counted."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hvgui.cluster.guest_disks import PartitionStyle
from hvgui.cluster.ids import SanId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.profiles import Profile
from hvgui.cluster.snapshots import by_id, mergeable, shown, shown_parent
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.cluster.tasks import Phase, TaskState
from hvgui.cluster.units import GIB, MIB
from hvgui.engine import checkpoint
from hvgui.requests.disks import AddDisks, RemoveDisk
from hvgui.requests.faults import CrashNode, PowerOnNode
from hvgui.requests.guest_disks import InitialiseDisk
from hvgui.requests.lifecycle import ShutDownVm, StartVm, TurnOffVm
from hvgui.requests.new_disks import NewDisk
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RenameSnapshot, RevertVm, TakeSnapshot
from hvgui.requests.storage_faults import FailSan, RestoreSan
from memory_labs import MemoryLab
from snapshot_labs import R2, TODAY, VM, every_byte_is_counted, machine, snapshot_lab, taken
from storage_labs import OWN, SCSI, VOLUME1, busy_guest, storage_record


def test_a_vm_that_is_off_is_frozen_at_once() -> None:
    lab = snapshot_lab()
    before = machine(lab).disks[0]
    lab.ask(TakeSnapshot(VM, "clean"))
    now = machine(lab)
    assert (now.snapshots[0].name, now.snapshots[0].disks, now.snapshots[0].memory_bytes) == ("clean", (before,), 0)
    assert (now.disks[0].kind, now.disks[0].parent, now.disks[0].file_bytes) == (DiskKind.DIFFERENCING, before.path, 0)
    assert now.disks[0].path.endswith("system0_0001.avhd")
    every_byte_is_counted(lab)


def test_a_vm_that_runs_writes_its_memory_while_it_runs_on() -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    outcome = lab.ask(TakeSnapshot(VM))
    assert outcome.task is not None
    assert lab.world.cluster.tasks[outcome.task].phase is Phase.SAVING
    assert machine(lab).state is VmState.RUNNING
    lab.until_quiet()
    # 2 GB and the state of its devices at 125 MB/s.
    assert lab.world.now_ns / 1e9 == pytest.approx((2 * GIB + MIB) / 125e6, abs=1.1)
    one = machine(lab).snapshots[0]
    assert (one.memory_bytes, one.name) == (2 * GIB, "VM00 - 00:00:00.0")
    assert lab.ended().state is TaskState.SUCCEEDED
    every_byte_is_counted(lab)


def test_it_grows_by_what_is_written_over_old_data() -> None:
    lab = snapshot_lab(busy_guest(iops=100.0), state=VmState.RUNNING)
    lab.run(300)
    assert machine(lab).disks[0].file_bytes == 10 * GIB
    taken(lab)
    lab.run(600)
    # 100 operations a second, 30 % of them writing, into the 1,024 blocks of the hot 20 % of 10 GB.
    minutes = (lab.world.now_ns // 10**9) // 60 - 5
    expected = 2 * GIB * (1 - math.exp(-100 * 0.3 * 60 * minutes / 1024))
    now = machine(lab).disks[0]
    assert now.file_bytes == pytest.approx(expected, rel=0.001)
    assert now.rewritten_bytes == now.file_bytes
    lab.run(3600)
    assert machine(lab).disks[0].file_bytes == pytest.approx(2 * GIB, rel=0.001), "by rewriting it never grows beyond"
    every_byte_is_counted(lab)


def test_applied_the_vm_is_as_it_was() -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    first = taken(lab, "one")
    lab.ask(AddDisks(vm=VM, disks=(NewDisk(DiskKind.DYNAMIC, "data", 10 * GIB, volume=VOLUME1),)))
    lab.ask(InitialiseDisk(vm=VM, slot=(SCSI, 0, 0), style=PartitionStyle.MBR))
    second = taken(lab, "two")
    assert len(machine(lab).disks) == 2
    lab.ask(ApplySnapshot(VM, first))
    vm = machine(lab)
    assert (vm.state, vm.saved_bytes, len(vm.disks), vm.current_snapshot) == (VmState.SAVED, 2 * GIB, 1, first)
    every_byte_is_counted(lab)
    third = taken(lab, "three")
    tree = by_id(machine(lab).snapshots)
    assert (tree[second].parent, tree[third].parent) == (first, first), "it branches"
    lab.ask(ApplySnapshot(VM, second))
    contents = machine(lab).disks[1].contents
    assert contents is not None
    assert contents.style is PartitionStyle.MBR
    lab.ask(StartVm(VM))
    lab.until_quiet()
    assert machine(lab).state is VmState.RUNNING
    lab.ask(RevertVm(VM))
    assert machine(lab).current_snapshot == second
    every_byte_is_counted(lab)


def test_deleted_it_waits_until_the_vm_is_off_and_is_merged_at_the_sans_speed() -> None:
    lab = snapshot_lab(busy_guest(growth=1e6), state=VmState.RUNNING)
    one = taken(lab)
    lab.run(600)
    grown = machine(lab).disks[0].file_bytes
    problems = DeleteSnapshot(VM, one).check(lab.world.cluster)
    assert [problem.code for problem in problems] == ["merge-pending"]
    lab.ask(DeleteSnapshot(VM, one))
    vm = machine(lab)
    assert not shown(vm.snapshots)
    assert mergeable(vm.snapshots, vm.current_snapshot) is not None
    lab.run(120)
    assert machine(lab).task is None
    lab.ask(ShutDownVm(VM))
    lab.until_quiet()
    vm = machine(lab)
    assert (vm.snapshots, vm.current_snapshot) == ((), 0)
    assert (vm.disks[0].kind, vm.disks[0].path.endswith("system0.vhd")) == (DiskKind.DYNAMIC, True)
    assert vm.disks[0].file_bytes >= 10 * GIB + grown
    merged = lab.ended()
    assert merged.ended_ns is not None
    assert (merged.ended_ns - merged.asked_ns) / 1e9 >= grown / 125e6
    every_byte_is_counted(lab)


def test_from_2012_on_it_is_merged_while_the_vm_runs() -> None:
    lab = snapshot_lab(profile=TODAY, state=VmState.RUNNING)
    lab.ask(DeleteSnapshot(VM, taken(lab)))
    lab.until_quiet()
    assert machine(lab).snapshots == ()
    assert machine(lab).state is VmState.RUNNING
    every_byte_is_counted(lab)


def test_of_a_branch_only_what_nobody_needs_goes() -> None:
    lab = snapshot_lab()
    root = taken(lab, "root")
    left = taken(lab, "left")
    lab.ask(ApplySnapshot(VM, root))
    right = taken(lab, "right")
    lab.ask(DeleteSnapshot(VM, root))
    lab.until_quiet()
    vm = machine(lab)
    assert [one.id for one in shown(vm.snapshots)] == [left, right]
    assert [one.id for one in vm.snapshots if one.is_deleted] == [root], "both branches build on it"
    assert shown_parent(vm.snapshots, by_id(vm.snapshots)[left].parent) == 0
    every_byte_is_counted(lab)
    lab.ask(DeleteSnapshot(VM, left))
    lab.until_quiet()
    assert [one.id for one in machine(lab).snapshots] == [right], (
        "what was below two is merged with the one that is left"
    )
    every_byte_is_counted(lab)
    lab.ask(DeleteSnapshot(VM, right, subtree=True))
    lab.until_quiet()
    assert machine(lab).snapshots == ()
    every_byte_is_counted(lab)


def test_names() -> None:
    lab = snapshot_lab()
    one = taken(lab, "one")
    lab.ask(RenameSnapshot(VM, one, " another "))
    assert machine(lab).snapshots[0].name == "another"
    for name in ("", "x" * 101, "two\nlines"):
        assert blockers(RenameSnapshot(VM, one, name).check(lab.world.cluster))


@pytest.mark.parametrize(
    ("vm", "request_", "sentence"),
    [
        (busy_guest(), ApplySnapshot(VM, 7), "no snapshot no. 7"),
        (busy_guest(), RevertVm(VM), "no snapshot to go back to"),
        (replace(busy_guest(), disks=()), TakeSnapshot(VM), "no disk to freeze"),
        (
            replace(busy_guest(), disks=(VirtualDisk("raw", GIB, DiskKind.PHYSICAL, lun=OWN),)),
            TakeSnapshot(VM),
            "pass-through disk, which can't be frozen",
        ),
    ],
)
def test_what_is_refused(vm: VirtualMachine, request_: Request, sentence: str) -> None:
    lab = snapshot_lab(vm)
    assert sentence in " ".join(map(str, blockers(request_.check(lab.world.cluster))))


def test_fifty_and_no_more_and_no_disk_goes_from_under_them() -> None:
    lab = snapshot_lab()
    for _ in range(50):
        taken(lab)
    problem = blockers(TakeSnapshot(VM).check(lab.world.cluster))[0]
    assert "has 50 snapshots, as many as 2008 R2 SP1 allows" in problem.message
    removal = RemoveDisk(vm=VM, slot=machine(lab).disks[0].slot)
    assert blockers(removal.check(lab.world.cluster))[0].code == "has-snapshots"
    every_byte_is_counted(lab)


def test_a_volume_that_is_full_stops_the_vm_above_a_snapshot() -> None:
    lab = snapshot_lab(busy_guest(growth=50e6), state=VmState.RUNNING)
    volume = lab.world.cluster.volumes[VOLUME1]
    lab.world.cluster.put(replace(volume, size_bytes=volume.used_bytes + 4 * GIB))
    assert [one.code for one in TakeSnapshot(VM).check(lab.world.cluster)] == []
    taken(lab)
    lab.run(600)
    assert machine(lab).state is VmState.PAUSED_CRITICAL


@pytest.mark.parametrize("fault", [CrashNode(0), FailSan(SanId(0))])
def test_a_fault_while_it_is_taken_freezes_nothing(fault: Request) -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    lab.ask(TakeSnapshot(VM))
    lab.run(3)
    lab.ask(fault)
    lab.run(5)
    vm = machine(lab)
    assert (vm.snapshots, vm.task, vm.disks[0].kind) == ((), None, DiskKind.DYNAMIC)
    assert lab.ended().state is TaskState.FAILED
    every_byte_is_counted(lab)


@pytest.mark.parametrize(
    ("fault", "mended"), [(CrashNode(0), PowerOnNode(0)), (FailSan(SanId(0)), RestoreSan(SanId(0)))]
)
def test_a_merge_that_breaks_off_is_done_again(fault: Request, mended: Request) -> None:
    lab = snapshot_lab(busy_guest(growth=20e6), state=VmState.RUNNING)
    one = taken(lab)
    lab.run(300)
    lab.ask(DeleteSnapshot(VM, one))
    lab.ask(TurnOffVm(VM))
    lab.run(5)
    assert machine(lab).task is not None
    lab.world = checkpoint.restore(checkpoint.snapshot(lab.world))
    lab.ask(fault)
    lab.run(5)
    assert machine(lab).task is None
    assert machine(lab).snapshots
    every_byte_is_counted(lab)
    lab.ask(mended)
    lab.run(600)
    lab.until_quiet()
    assert machine(lab).snapshots == ()
    every_byte_is_counted(lab)


DOINGS = st.lists(
    st.tuples(
        st.sampled_from(("take", "apply", "delete", "subtree", "revert", "start", "off", "wait")), st.integers(0, 9)
    ),
    max_size=22,
)


@settings(max_examples=80, deadline=None)
@given(DOINGS, st.sampled_from([R2, TODAY]), st.booleans())
def test_in_any_order_every_byte_is_counted_and_all_can_be_merged(
    doings: list[tuple[str, int]], profile: Profile, on_lun: bool
) -> None:
    lab = snapshot_lab(busy_guest(growth=3e6, lun=OWN if on_lun else None), profile)
    for what, number in doings:
        ids = [one.id for one in shown(machine(lab).snapshots)] or [1]
        chosen = ids[number % len(ids)]
        match what:
            case "take":
                lab.try_to(TakeSnapshot(VM))
            case "apply":
                lab.try_to(ApplySnapshot(VM, chosen))
            case "delete" | "subtree":
                lab.try_to(DeleteSnapshot(VM, chosen, subtree=what == "subtree"))
            case "revert":
                lab.try_to(RevertVm(VM))
            case "start":
                lab.try_to(StartVm(VM))
            case "off":
                lab.try_to(TurnOffVm(VM))
            case _:
                lab.run(20 * (number + 1))
        every_byte_is_counted(lab)
    lab.until_quiet()
    lab.try_to(TurnOffVm(VM))
    lab.until_quiet()
    for one in shown(machine(lab).snapshots):
        lab.ask(DeleteSnapshot(VM, one.id))
        lab.until_quiet()
    vm = machine(lab)
    assert vm.snapshots == ()
    assert vm.disks[0].kind is DiskKind.DYNAMIC
    every_byte_is_counted(lab)


def test_of_two_that_want_the_last_room_one_gets_it() -> None:
    """The others' disks stand still then; who stands still needs no less room for its memory."""
    record = storage_record(busy_guest(0, iops=100.0), busy_guest(1, iops=100.0))
    used = sum(disk.file_bytes for vm in record.vms for disk in vm.disks)
    volumes = tuple(
        replace(one, used_bytes=used, size_bytes=used + 2 * GIB) if one.id == VOLUME1 else one for one in record.volumes
    )
    lab = MemoryLab(replace(record, volumes=volumes, profile=TODAY))
    for vm in lab.world.cluster.vms:
        lab.ask(TakeSnapshot(vm))
    lab.run(120.0)
    vms = lab.world.cluster.vms.values()
    assert sorted(len(vm.snapshots) for vm in vms) == [0, 1]
    volume = lab.world.cluster.volumes[VOLUME1]
    files = [disk for vm in vms for disk in (*vm.disks, *(disk for one in vm.snapshots for disk in one.disks))]
    memory = sum(one.memory_bytes for vm in vms for one in vm.snapshots)
    assert volume.used_bytes == sum(disk.file_bytes for disk in files) + memory
    assert "Volume1 has 0 B free" in lab.ended().message
