"""Merging deleted snapshots' files: it gives way, waits for room, can be called off, and frees what lies twice."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hvgui.cluster import differencing
from hvgui.cluster.ids import SanId, TaskId
from hvgui.cluster.machines import VmState
from hvgui.cluster.profiles import Profile
from hvgui.cluster.snapshots import shown
from hvgui.cluster.storage import DetachedDisk, DiskKind, VirtualDisk
from hvgui.cluster.tasks import Phase, TaskKind, TaskState
from hvgui.cluster.units import GIB, MIB
from hvgui.engine import checkpoint
from hvgui.engine.progress import migration_progress
from hvgui.requests.disks import DeleteDetachedDisk
from hvgui.requests.faults import CrashNode, PowerOnNode
from hvgui.requests.lifecycle import PauseVm, ResumeVm, SaveVm, StartVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.problems import blockers
from hvgui.requests.processors import SetProcessors
from hvgui.requests.request import Request
from hvgui.requests.snapshot_merges import CancelSnapshot, MergeSnapshots, next_merging, why_pending
from hvgui.requests.snapshots import DeleteSnapshot, RenameSnapshot, TakeSnapshot
from hvgui.requests.storage_faults import FailSan, RestoreSan
from memory_labs import MemoryLab
from snapshot_labs import R2, TODAY, VM, every_byte_is_counted, machine, snapshot_lab, squeezed, taken
from storage_labs import VOLUME1, busy_guest


def merging_lab(profile: Profile = R2, growth: float = 20e6, iops: float = 0.0) -> MemoryLab:
    """A merge is 5 s under way: of a VM that is off, or (live) runs."""
    lab = snapshot_lab(busy_guest(growth=growth, iops=iops), profile, VmState.RUNNING)
    one = taken(lab)
    lab.run(300)
    lab.ask(DeleteSnapshot(VM, one))
    if profile is R2:
        lab.ask(TurnOffVm(VM))
    lab.run(5)
    assert merge_under_way(lab) is not None
    return lab


def merge_under_way(lab: MemoryLab) -> TaskId | None:
    """The merge that has hold of the VM."""
    task = machine(lab).task
    return task if task is not None and lab.world.cluster.tasks[task].kind is TaskKind.MERGE else None


def test_starting_the_vm_interrupts_it_and_it_goes_on_once_the_vm_is_off_again() -> None:
    lab = merging_lab()
    before = machine(lab)
    assert not blockers(StartVm(VM).check(lab.world.cluster))
    lab.ask(StartVm(VM))
    vm = machine(lab)
    assert (vm.state, vm.snapshots, vm.disks) == (VmState.STARTING, before.snapshots, before.disks)
    assert lab.ended().state is TaskState.CANCELLED
    assert "gives way" in lab.ended().message
    lab.until_quiet()
    assert machine(lab).state is VmState.RUNNING
    assert machine(lab).snapshots, "2008 R2 merges nothing of a VM that runs"
    lab.ask(TurnOffVm(VM))
    assert merge_under_way(lab) is not None
    lab.until_quiet()
    assert machine(lab).snapshots == ()
    every_byte_is_counted(lab)


def test_a_live_merge_gives_way_to_a_migration_and_a_pause() -> None:
    lab = merging_lab(TODAY)
    lab.ask(PauseVm(VM))
    assert machine(lab).task is None
    lab.run(60)
    assert machine(lab).snapshots
    lab.ask(ResumeVm(VM))
    assert merge_under_way(lab) is not None
    lab.ask(LiveMigrate(VM, 1))
    assert lab.world.cluster.tasks[machine(lab).task or TaskId(-1)].kind is TaskKind.LIVE_MIGRATION
    lab.until_quiet()
    assert (machine(lab).owner, machine(lab).snapshots) == (1, ())
    every_byte_is_counted(lab)


def test_what_touches_no_file_goes_on_beside_it() -> None:
    lab = snapshot_lab(busy_guest(growth=20e6), state=VmState.RUNNING)
    one, two = taken(lab), taken(lab)
    lab.run(300)
    lab.ask(DeleteSnapshot(VM, two))
    lab.ask(TurnOffVm(VM))
    task = merge_under_way(lab)
    assert task is not None
    lab.ask(RenameSnapshot(VM, one, "beside"))
    lab.ask(SetProcessors(VM, vcpus=2))
    assert merge_under_way(lab) == task
    lab.until_quiet()
    vm = machine(lab)
    assert ([held.name for held in vm.snapshots], vm.vcpus) == (["beside"], 2)
    every_byte_is_counted(lab)


def test_cancelled_it_is_put_off_until_asked_for() -> None:
    lab = merging_lab()
    before = machine(lab)
    lab.ask(CancelSnapshot(before.task or TaskId(-1)))
    vm = machine(lab)
    assert vm.task is None
    assert vm.disks == before.disks
    assert [one.disks for one in vm.snapshots] == [one.disks for one in before.snapshots]
    lab.run(600)
    assert machine(lab).snapshots, "it does not begin by itself"
    problem = why_pending(lab.world.cluster, machine(lab))
    assert problem is not None
    assert "Somebody has cancelled" in problem.message
    outcome = lab.ask(MergeSnapshots(VM))
    assert outcome.task == merge_under_way(lab)
    assert blockers(MergeSnapshots(VM).check(lab.world.cluster))[0].code == "merges"
    lab.until_quiet()
    assert machine(lab).snapshots == ()
    assert blockers(MergeSnapshots(VM).check(lab.world.cluster))[0].code == "nothing-to-merge"
    every_byte_is_counted(lab)


def test_cancelled_it_is_due_again_the_next_time_the_vm_comes_to_rest() -> None:
    lab = merging_lab()
    lab.ask(CancelSnapshot(machine(lab).task or TaskId(-1)))
    lab.ask(StartVm(VM))
    lab.until_quiet()
    lab.ask(TurnOffVm(VM))
    lab.until_quiet()
    assert machine(lab).snapshots == ()


def test_how_far_it_is() -> None:
    lab = merging_lab()
    (now,) = migration_progress(lab.world)
    size = machine(lab).disks[0].file_bytes
    assert now.phase is Phase.MERGING
    assert now.pass_sent_bytes + now.rest_bytes == size
    assert now.pass_sent_bytes == pytest.approx(5 * 125e6, rel=0.01)
    assert now.seconds_left_high == pytest.approx((size - 5 * 125e6) / 125e6, rel=0.01)


def test_on_a_nodes_own_disk_it_is_told_as_well() -> None:
    guest = busy_guest(growth=20e6)
    own = replace(guest.disks[0], volume=None, local_node=0, path="D:\\VM\\system.vhd")
    lab = snapshot_lab(replace(guest, disks=(own,)), state=VmState.RUNNING)
    task = lab.ask(TakeSnapshot(VM)).task
    lab.run(10)
    (now,) = migration_progress(lab.world)
    assert (now.task, now.phase) == (task, Phase.SAVING)
    assert now.pass_sent_bytes == pytest.approx(10 * 100e6)
    assert now.seconds_left_high == pytest.approx((2 * GIB + MIB - 10 * 100e6) / 100e6)


def test_without_room_for_the_lower_file_it_waits_and_says_so_once() -> None:
    lab = snapshot_lab(busy_guest(growth=20e6), state=VmState.RUNNING)
    lab.ask(TurnOffVm(VM))
    one = taken(lab)
    lab.ask(StartVm(VM))
    lab.run(300)
    grown = machine(lab).disks[0].file_bytes
    big = VirtualDisk(
        "big.vhd", 8 * GIB, DiskKind.FIXED, 8 * GIB, "C:\\ClusterStorage\\Volume1\\big.vhd", volume=VOLUME1
    )
    lab.world.cluster.put(DetachedDisk(big))
    volume = lab.world.cluster.volumes[VOLUME1]
    lab.world.cluster.put(replace(volume, used_bytes=volume.used_bytes + 8 * GIB))
    squeezed(lab, grown // 2)
    lab.ask(DeleteSnapshot(VM, one))
    lab.ask(TurnOffVm(VM))
    lab.run(100)
    assert machine(lab).task is None
    assert lab.codes.count("merge-waits") == 1
    text = next(event.message for event in lab.sink.events if event.code == "merge-waits")
    assert "on Volume1, which has" in text
    assert blockers(MergeSnapshots(VM).check(lab.world.cluster))[0].code == "no-room"
    # Somebody deletes a file that lies there, too.
    lab.ask(DeleteDetachedDisk(big.key))
    lab.run(600)
    assert machine(lab).snapshots == ()
    every_byte_is_counted(lab)


def test_what_lies_twice_is_freed() -> None:
    lab = snapshot_lab(busy_guest(iops=200.0, growth=1e6), state=VmState.RUNNING)
    one = taken(lab, "one")
    lab.run(600)
    two = taken(lab, "two")
    lab.run(600)
    upper, lower = machine(lab).disks[0], machine(lab).snapshots[1].disks[0]
    assert upper.rewritten_bytes > GIB
    lab.ask(DeleteSnapshot(VM, two))
    lab.ask(TurnOffVm(VM))
    merging = next_merging(machine(lab))
    assert merging is not None
    used = lab.world.cluster.volumes[VOLUME1].used_bytes
    expected = upper.rewritten_bytes * lower.rewritten_bytes / (differencing.HOT_SHARE * 10 * GIB)
    assert merging.freed_bytes == pytest.approx(expected, rel=0.001)
    lab.until_quiet()
    assert lab.world.cluster.volumes[VOLUME1].used_bytes == used - merging.freed_bytes
    every_byte_is_counted(lab)
    # Into the first file of all goes what is new; what was rewritten lies there already.
    now = machine(lab).disks[0]
    lab.ask(DeleteSnapshot(VM, one))
    lab.until_quiet()
    assert machine(lab).disks[0].file_bytes == 10 * GIB + now.file_bytes - now.rewritten_bytes
    every_byte_is_counted(lab)


@pytest.mark.parametrize(
    ("fault", "mended"), [(CrashNode(0), PowerOnNode(0)), (FailSan(SanId(0)), RestoreSan(SanId(0)))]
)
@pytest.mark.parametrize("profile", [R2, TODAY])
def test_broken_off_both_files_are_as_they_were(fault: Request, mended: Request, profile: Profile) -> None:
    lab = merging_lab(profile)
    before = machine(lab)
    twin = checkpoint.restore(checkpoint.snapshot(lab.world))
    lab.ask(fault)
    vm = machine(lab)
    assert vm.task is None
    assert vm.disks == before.disks
    assert [one.disks for one in vm.snapshots] == [one.disks for one in before.snapshots]
    problem = why_pending(lab.world.cluster, vm)
    assert problem is not None
    assert problem.code in ("node-down", "no-way", "not-off")
    every_byte_is_counted(lab)
    lab.ask(mended)
    lab.run(1)
    if profile is TODAY and isinstance(fault, CrashNode):
        # The cluster brings it back elsewhere by itself.
        lab.run(200)
        assert machine(lab).state is VmState.RUNNING
    lab.run(900)
    assert machine(lab).snapshots == ()
    every_byte_is_counted(lab)
    assert twin.cluster.vms[VM] == before


@pytest.mark.parametrize(
    ("state", "sentence"),
    [(VmState.SAVED, "is saved"), (VmState.RUNNING, "is running")],
)
def test_why_nothing_is_merged(state: VmState, sentence: str) -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    one = taken(lab)
    if state is VmState.SAVED:
        lab.ask(SaveVm(VM))
        lab.until_quiet()
    lab.ask(DeleteSnapshot(VM, one))
    problem = blockers(MergeSnapshots(VM).check(lab.world.cluster))[0]
    assert sentence in problem.message
    assert "2008 R2 SP1 merges files of a VM that is off." in problem.message
    lab.run(30)
    assert not shown(machine(lab).snapshots)
    assert machine(lab).snapshots
