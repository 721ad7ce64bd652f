"""Worlds for tests of snapshots: a VM whose disks lie on a volume or a LUN, and a count of every byte of its files."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.profiles import PROFILES, Profile
from hvgui.cluster.snapshots import by_id
from hvgui.cluster.storage import DiskKind
from hvgui.requests.snapshots import TakeSnapshot
from memory_labs import MemoryLab
from storage_labs import OWN, VOLUME1, busy_guest, storage_record

VM = VmId(0)
R2, TODAY = PROFILES["2008 R2 SP1"], PROFILES["2019"]


def snapshot_lab(vm: VirtualMachine | None = None, profile: Profile = R2, state: VmState = VmState.OFF) -> MemoryLab:
    """One VM of 2 GB with a dynamic disk of 40 GB, 10 of them used, on Volume1."""
    guest = busy_guest() if vm is None else vm
    guest = replace(guest, state=state, assigned_bytes=guest.assigned_bytes if state.holds_memory else 0)
    record = storage_record(guest)
    used = sum(disk.file_bytes for disk in guest.disks if disk.volume == VOLUME1)
    volumes = tuple(replace(one, used_bytes=used) if one.id == VOLUME1 else one for one in record.volumes)
    return MemoryLab(replace(record, volumes=volumes, profile=profile))


def machine(lab: MemoryLab) -> VirtualMachine:
    """The VM as it is now."""
    return lab.world.cluster.vms[VM]


def taken(lab: MemoryLab, name: str = "") -> int:
    """Takes a snapshot to its end; gives its number."""
    lab.ask(TakeSnapshot(VM, name))
    lab.until_quiet()
    return machine(lab).current_snapshot


def squeezed(lab: MemoryLab, free_bytes: int) -> None:
    """Volume1 is only so much larger than what lies on it."""
    volume = lab.world.cluster.volumes[VOLUME1]
    lab.world.cluster.put(replace(volume, size_bytes=volume.used_bytes + free_bytes))


def every_byte_is_counted(lab: MemoryLab) -> None:
    """Volume and LUN are as full as the files on them; every file has one owner, every parent is there, the snapshots
    are a tree."""
    vm, cluster = machine(lab), lab.world.cluster
    loose = [one.disk for one in cluster.detached_disks.values()]
    files = [*vm.disks, *(disk for one in vm.snapshots for disk in one.disks)]
    memory = [(one.disks[0], one.memory_bytes) for one in vm.snapshots if one.disks]
    sizes = [*((disk, disk.file_bytes) for disk in (*files, *loose) if disk.kind is not DiskKind.PHYSICAL), *memory]
    assert cluster.volumes[VOLUME1].used_bytes == sum(size for disk, size in sizes if disk.volume == VOLUME1)
    assert cluster.lun_used_bytes(OWN) == sum(size for disk, size in sizes if disk.lun == OWN)
    paths = [disk.path for disk in (*files, *loose) if disk.kind is not DiskKind.PHYSICAL]
    assert len(set(paths)) == len(paths)
    every_parent_is_there(vm)
    for disk in (*files, *loose):
        footer = 512 if disk.kind is DiskKind.FIXED else 0
        assert disk.rewritten_bytes <= disk.file_bytes <= disk.size_bytes + footer
    assert not inconsistencies(cluster.record())


def every_parent_is_there(vm: VirtualMachine) -> None:
    """Files build on those of the snapshot before, and that way everybody comes to the first one."""
    tree = by_id(vm.snapshots)
    for parent, disks in [(vm.current_snapshot, vm.disks), *((one.parent, one.disks) for one in vm.snapshots)]:
        below = {disk.path for disk in tree[parent].disks} if parent else set()
        for disk in disks:
            if disk.path.endswith(("avhd", "avhdx")):
                assert disk.kind is DiskKind.DIFFERENCING
                assert disk.parent in below
    for one in vm.snapshots:
        seen, place = {one.id}, one
        while place.parent:
            place = tree[place.parent]
            assert place.id not in seen
            seen.add(place.id)
