"""Working out a request for several disks: which place, which file, how large, and what stands in the way.

The check shows the problems; the engine carries out the very same plan.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_disks import NEW_DISK
from hvgui.cluster.ids import LunId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.one_line import one_line
from hvgui.cluster.storage import DiskKey, DiskKind, LunUse, Slot, VirtualDisk, VolumeState
from hvgui.cluster.storage_access import disk_access
from hvgui.cluster.units import format_bytes
from hvgui.requests.disk_places import next_free, place_problem
from hvgui.requests.new_disks import (
    LEAST_BYTES,
    DiskToAdd,
    ExistingDisk,
    NewDisk,
    PassThroughDisk,
    extension,
    first_file_bytes,
    folder,
)
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import node_name
from hvgui.requests.shared_volumes import available_problems
from hvgui.requests.storage_names import lun_name, volume_name

Home = tuple[VolumeId | None, LunId | None]
"""Where a disk's file lies: on a volume, or on a LUN of its own; neither: on the node's own disk."""


class DiskPlan:
    """Disks as they will be attached, and the problems found on the way, gathered one disk after the other."""

    def __init__(self, cluster: Cluster, vm: VirtualMachine, wanted: tuple[DiskToAdd, ...]) -> None:
        self.cluster, self.vm = cluster, vm
        self.disks: list[VirtualDisk] = []
        """One for each wanted disk, as far as it can be worked out."""
        self.problems: list[Problem] = []
        self._taken: set[Slot] = {disk.slot for disk in vm.disks}
        self._keys: set[DiskKey] = set()
        self._made: set[DiskKey] = set()
        self._need: dict[Home, int] = {}
        for one in wanted:
            self._add(one)
        self.problems.extend(self._space_problems())

    @property
    def writing_bytes(self) -> int:
        """What has to be written before the disks are there: fixed disks are filled with zeros."""
        return sum(d.file_bytes for d in self.disks if d.key in self._made and d.kind is DiskKind.FIXED)

    @property
    def made(self) -> tuple[VirtualDisk, ...]:
        """Those whose files are made first."""
        return tuple(disk for disk in self.disks if disk.key in self._made)

    def _add(self, one: DiskToAdd) -> None:
        match one:
            case NewDisk():
                disk, found = self._new(one)
            case ExistingDisk():
                disk, found = self._existing(one)
            case PassThroughDisk():
                disk, found = self._pass_through(one)
        self.problems.extend(found)
        if disk is None:
            return
        if disk.key in self._keys:
            self.problems.append(Problem("twice", f"{disk.name} is in the list twice.", "Take one of them out."))
        self._keys.add(disk.key)
        placed = self._placed(disk, one.slot)
        if placed is not None:
            self.disks.append(placed)

    def _placed(self, disk: VirtualDisk, slot: Slot | None) -> VirtualDisk | None:
        cluster, vm = self.cluster, self.vm
        chosen = next_free(cluster, vm, self._taken) if slot is None else slot
        if chosen is None:
            most = cluster.profile.limits.scsi_controllers
            text = f"{vm.name} has no free place for {disk.name}."
            more = f"Add a SCSI controller while it is off ({most} at the most), or remove a disk."
            self.problems.append(Problem("no-place", text, more))
            return None
        problem = place_problem(cluster, vm, chosen, self._taken)
        if problem is not None:
            self.problems.append(problem)
            return None
        self._taken.add(chosen)
        return replace(disk, controller=chosen[0], controller_number=chosen[1], controller_location=chosen[2])

    # The three kinds

    def _new(self, new: NewDisk) -> tuple[VirtualDisk | None, list[Problem]]:
        found = [*self._name_problems(new), *self._home_problems(new)]
        parent = self._parent(new, found) if new.kind is DiskKind.DIFFERENCING else None
        size = parent.size_bytes if parent is not None else new.size_bytes
        if new.kind is DiskKind.PHYSICAL:
            found.append(Problem("kind", "A new disk is fixed, dynamic or differencing."))
        elif new.kind is not DiskKind.DIFFERENCING:
            found.extend(self._size_problems(new, size))
        if found:
            return None, found
        disk = VirtualDisk(
            name=f"{new.name}.{extension(self.cluster)}",
            size_bytes=size,
            kind=new.kind,
            file_bytes=first_file_bytes(new.kind, size),
            path=f"{folder(self.cluster, self.vm, new)}\\{new.name}.{extension(self.cluster)}",
            volume=new.volume,
            lun=new.lun,
            local_node=new.local_node,
            contents=NEW_DISK if parent is None else parent.contents,
            parent=new.parent,
        )
        if self._file_exists(disk.key):
            return None, [Problem("file-exists", f"There is a file {disk.path} already.", "Choose another name.")]
        self._made.add(disk.key)
        self._need[(disk.volume, disk.lun)] = self._need.get((disk.volume, disk.lun), 0) + disk.file_bytes
        return disk, []

    def _existing(self, existing: ExistingDisk) -> tuple[VirtualDisk | None, list[Problem]]:
        detached = self.cluster.detached_disks.get(existing.key)
        if detached is None:
            text = f"There is no detached disk {one_line(existing.key[1])}."
            return None, [Problem("no-such-disk", text, "Another VM may have attached it; choose another one.")]
        disk = detached.disk
        children = children_of(self.cluster, disk.path)
        if children:
            text = f"{disk.name} is the parent of {children[0]}: writing to it would spoil that."
            return None, [Problem("is-parent", text, "Make a differencing disk on it instead.")]
        return disk, self._reach_problems(disk)

    def _pass_through(self, wanted: PassThroughDisk) -> tuple[VirtualDisk | None, list[Problem]]:
        lun = self.cluster.luns.get(wanted.lun)
        if lun is None:
            return None, [Problem("no-such-lun", f"There is no {lun_name(self.cluster, wanted.lun)} in this cluster.")]
        found = [*available_problems(self.cluster, lun)]
        if any(disk.disk.lun == lun.id for disk in self.cluster.detached_disks.values()):
            text = f"{lun.name} holds virtual disk files, which a guest that gets it whole would overwrite."
            found.append(Problem("holds-files", text, "Delete the files, or choose another LUN."))
        disk = VirtualDisk(lun.name, lun.size_bytes, DiskKind.PHYSICAL, lun=lun.id, contents=lun.contents or NEW_DISK)
        then = self.cluster.fork()
        then.put(replace(lun, use=LunUse.VM, owner=self.vm.owner))
        if not found and not disk_access(then, self.vm.owner, disk).is_there:
            found.append(self._no_way(disk))
        return (None, found) if found else (disk, [])

    # What stands in the way

    def _name_problems(self, new: NewDisk) -> Iterator[Problem]:
        name = new.name
        if not name.strip() or name != one_line(name) or len(name) > 120 or any(one in name for one in '<>:"/\\|?*'):
            text = f"'{one_line(name)[:60]}' can't be a file's name."
            yield Problem("name", text, 'Use 1 to 120 characters, none of them < > : " / \\ | ? *.')

    def _home_problems(self, new: NewDisk) -> Iterator[Problem]:
        cluster = self.cluster
        if sum(home is not None for home in (new.volume, new.lun, new.local_node)) != 1:
            yield Problem("no-home", f"Nothing says where {new.name} is to lie.", "Choose a volume, a LUN or the node.")
            return
        if new.volume is not None and new.volume not in cluster.volumes:
            yield Problem("no-such-volume", f"There is no {volume_name(cluster, new.volume)} in this cluster.")
        elif new.lun is not None and new.lun not in cluster.luns:
            yield Problem("no-such-lun", f"There is no {lun_name(cluster, new.lun)} in this cluster.")
        elif new.lun is not None and cluster.luns[new.lun].use in (LunUse.SHARED_VOLUME, LunUse.WITNESS):
            text = f"{lun_name(cluster, new.lun)} is used as {cluster.luns[new.lun].use.value}."
            yield Problem("lun-use", text, "Choose the volume itself, or another LUN.")
        else:
            home = VirtualDisk(new.name, 0, volume=new.volume, lun=new.lun, local_node=new.local_node)
            yield from self._reach_problems(home)

    def _reach_problems(self, disk: VirtualDisk) -> list[Problem]:
        return [] if disk_access(self.cluster, self.vm.owner, disk).is_there else [self._no_way(disk)]

    def _no_way(self, disk: VirtualDisk) -> Problem:
        cluster, owner = self.cluster, node_name(self.cluster, self.vm.owner)
        if disk.volume is not None:
            volume = cluster.volumes[disk.volume]
            state = "" if volume.state is VolumeState.DIRECT else f" (it is {volume.state.value})"
            return Problem("no-way", f"{owner}, the owner of {self.vm.name}, does not reach {volume.name}{state}.")
        if disk.lun is not None:
            lun = cluster.luns[disk.lun]
            keeper = f"; {node_name(cluster, lun.owner)} owns it" if lun.owner not in (None, self.vm.owner) else ""
            text = f"{owner}, the owner of {self.vm.name}, does not reach {lun.name}{keeper}."
            return Problem("no-way", text, "Move the LUN or the VM, or mend the path.")
        there = node_name(cluster, disk.local_node) if disk.local_node is not None else "another node"
        text = f"{disk.name} would lie on the own disk of {there}, and {self.vm.name} is on {owner}."
        return Problem("no-way", text, "Choose a shared place.")

    def _size_problems(self, new: NewDisk, size_bytes: int) -> Iterator[Problem]:
        most = self.cluster.profile.limits.vhd_bytes
        if not LEAST_BYTES <= size_bytes <= most:
            text = f"{new.name} would have {format_bytes(size_bytes)}."
            limits = f"A disk has between {format_bytes(LEAST_BYTES)} and {format_bytes(most)}"
            yield Problem("size", text, f"{limits} on {self.cluster.profile.name}.")

    def _parent(self, new: NewDisk, found: list[Problem]) -> VirtualDisk | None:
        wanted = new.parent.lower()
        parent = next((one.disk for key, one in self.cluster.detached_disks.items() if key[1] == wanted), None)
        if parent is not None and wanted:
            found.extend(self._reach_problems(parent))
            return parent
        holder = next((vm.name for vm in self.cluster.vms.values() for disk in vm.disks if disk.key[1] == wanted), None)
        if wanted and holder is not None:
            text = f"{new.parent} is attached to {holder}, which writes to it."
            found.append(Problem("parent-attached", text, "Remove it from that VM first, or choose another parent."))
        else:
            named = one_line(new.parent) or "nothing"
            text = f"{new.name} is to build on {named}, which is not there."
            found.append(Problem("no-parent", text, "Choose a detached disk as its parent."))
        return None

    def _file_exists(self, key: DiskKey) -> bool:
        if key in self.cluster.detached_disks:
            return True
        return any(disk.key == key for vm in self.cluster.vms.values() for disk in _files_of(vm))

    def _space_problems(self) -> Iterator[Problem]:
        for (volume, lun), need in self._need.items():
            if volume is None and lun is None:
                continue
            free, name = free_bytes(self.cluster, volume, lun), _home_name(self.cluster, volume, lun)
            if need > free:
                text = f"{name} has {format_bytes(max(0, free))} free; these disks take {format_bytes(need)} at once."
                yield Problem("no-room", text, "Choose a dynamic disk, a smaller one, or another place.")
                continue
            could = sum(
                d.size_bytes - d.file_bytes for d in self.disks if (d.volume, d.lun) == (volume, lun) and d.path
            )
            could += growth_ahead_bytes(self.cluster, volume, lun)
            if could > free - need:
                left = format_bytes(free - need)
                text = f"The disks on {name} could grow by {format_bytes(could)}; {left} will be free."
                yield warning("overcommitted", text, "Should it get full, its VMs stop until there is room.")


def free_bytes(cluster: Cluster, volume: VolumeId | None, lun: LunId | None) -> int:
    """What is left on a volume, or on a LUN that is none."""
    if volume is not None:
        record = cluster.volumes[volume]
        return record.size_bytes - record.used_bytes
    if lun is not None:
        return cluster.luns[lun].size_bytes - cluster.lun_used_bytes(lun)
    raise ValueError("neither a volume nor a LUN")


def growth_ahead_bytes(cluster: Cluster, volume: VolumeId | None, lun: LunId | None) -> int:
    """By how much the dynamic and differencing disks there could still grow."""
    vms = cluster.vms_on_volume(volume) if volume is not None else cluster.vms_on_lun(lun) if lun is not None else ()
    return sum(
        max(0, disk.size_bytes - disk.file_bytes)
        for vm in vms
        for disk in cluster.vms[vm].disks
        if (disk.volume, disk.lun) == (volume, lun) and disk.kind in (DiskKind.DYNAMIC, DiskKind.DIFFERENCING)
    )


def _files_of(vm: VirtualMachine) -> Iterator[VirtualDisk]:
    """A VM's disks and the frozen ones of its snapshots."""
    yield from vm.disks
    for one in vm.snapshots:
        yield from one.disks


def children_of(cluster: Cluster, path: str) -> tuple[str, ...]:
    """Names of the differencing disks, attached or not, that build on a disk."""
    wanted = path.lower()
    if not wanted:
        return ()
    attached = [d.name for vm in cluster.vms.values() for d in _files_of(vm) if d.parent.lower() == wanted]
    loose = [one.disk.name for one in cluster.detached_disks.values() if one.disk.parent.lower() == wanted]
    return (*attached, *loose)


def _home_name(cluster: Cluster, volume: VolumeId | None, lun: LunId | None) -> str:
    if volume is not None:
        return volume_name(cluster, volume)
    return lun_name(cluster, lun) if lun is not None else "the node"
