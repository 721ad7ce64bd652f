"""The request that makes a VM after the pattern of another one, and what comes of it."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.clients import Clients
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_identity import computer_name_of, identity_of
from hvgui.cluster.ids import LunId, NodeId, VolumeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.storage import DiskKind, VirtualDisk, content_mark
from hvgui.requests.free_vm import FreeVmRequest
from hvgui.requests.machine_checks import machine_problems
from hvgui.requests.new_disks import extension, lun_root
from hvgui.requests.problems import Problem
from hvgui.requests.request import node_name, quoted, vm_name


class CloneVm(FreeVmRequest, frozen=True, tag="clone-vm"):
    """Make another VM like one that is off: settings and disks are copied; snapshots are brought together into them."""

    name: str
    guid: str
    """The unique id of the new VM; whoever asks draws it, so that a replay makes the same one."""
    to: NodeId | None = None
    """The new VM's node; None: the owner of the original."""
    volume: VolumeId | None = None
    lun: LunId | None = None
    """Where the disks go; neither: where those of the original are."""
    generalised: bool = False
    """The guest gets a computer name and a SID of its own (sysprep); else it has those of the original."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Clone {vm_name(cluster, self.vm)} as {self.name[:100]}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """See FreeVmRequest.problems_of."""
        why_not = self._why_not(cluster, vm)
        return (why_not,) if why_not else tuple(dict.fromkeys(machine_problems(cluster, cloned(cluster, self))))

    def _why_not(self, cluster: Cluster, vm: VirtualMachine) -> Problem | None:
        """What of the original, the node or the place forbids it."""
        found = original_problem(vm)
        if found is not None:
            return found
        if self.to is not None and self.to not in cluster.nodes:
            return Problem("no-such-node", f"There is no {node_name(cluster, self.to)} in this cluster.")
        missing = self._missing_home(cluster)
        return Problem("no-home", missing) if missing else None

    def _missing_home(self, cluster: Cluster) -> str:
        if self.volume is not None and self.volume not in cluster.volumes:
            return f"There is no volume no. {self.volume} in this cluster."
        if self.lun is not None and self.lun not in cluster.luns:
            return f"There is no LUN no. {self.lun} in this cluster."
        if self.volume is not None and self.lun is not None:
            return f"The disks of {self.name[:100]} can lie on a volume or on a LUN, not on both."
        return ""

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell. There is no cmdlet that clones: an export and an import with a new ID do."""
        name, new = quoted(vm_name(cluster, self.vm)), quoted(self.name)
        imports = "Import-VM -Path (Get-ChildItem EXPORT -Recurse -Filter *.xml).FullName -Copy -GenerateNewId"
        return f"Export-VM -Name {name} -Path EXPORT; {imports} | Rename-VM -NewName {new}"


def original_problem(vm: VirtualMachine) -> Problem | None:
    """Why a VM can't be cloned as it is, whatever the clone is called and wherever it goes; None: it can."""
    if vm.state is not VmState.OFF:
        text = f"{vm.name} is {vm.state.value}; a VM is cloned while it is off."
        return Problem("wrong-state", text, "Shut it down first.")
    raw = next((disk.name for disk in vm.disks if disk.kind is DiskKind.PHYSICAL), None)
    if raw is not None:
        text = f"{raw} of {vm.name} is a pass-through disk, which can't be copied as a file."
        return Problem("pass-through", text, "Remove it from the VM first.")
    return None


def cloned(cluster: Cluster, wish: CloneVm) -> VirtualMachine:
    """The VM that a clone request makes, given that its original, node and place are there."""
    vm = cluster.vms[wish.vm]
    owner = vm.owner if wish.to is None else wish.to
    guest = replace(vm.guest, identity="", computer_name="")
    if not wish.generalised:
        guest = replace(vm.guest, identity=identity_of(vm), computer_name=computer_name_of(vm))
    return VirtualMachine(
        id=vm.id,
        name=wish.name,
        guid=wish.guid,
        owner=owner,
        state=VmState.OFF,
        vcpus=vm.vcpus,
        memory=vm.memory,
        load=vm.load,
        disks=_copied_disks(cluster, vm, wish, owner),
        adapters=tuple(replace(adapter, mac="") for adapter in vm.adapters),
        guest=guest,
        clients=Clients(guest_cluster=vm.clients.guest_cluster),
        processor_compatibility=vm.processor_compatibility,
        preferred_owners=vm.preferred_owners,
        possible_owners=vm.possible_owners,
        priority=vm.priority,
        migration_networks=vm.migration_networks,
        highly_available=vm.highly_available,
        generation=vm.generation,
        notes=vm.notes,
        tags=vm.tags,
        scsi_controllers=vm.scsi_controllers,
        scheduling=vm.scheduling,
        failover=vm.failover,
        anti_affinity=vm.anti_affinity,
        start_delay_seconds=vm.start_delay_seconds,
    )


def _copied_disks(cluster: Cluster, vm: VirtualMachine, wish: CloneVm, owner: NodeId) -> tuple[VirtualDisk, ...]:
    below = {disk.path.lower(): disk for one in vm.snapshots for disk in one.disks}
    below |= {key[1]: one.disk for key, one in cluster.detached_disks.items()}
    made: list[VirtualDisk] = []
    for disk in vm.disks:
        one = _whole(disk, below)
        home = _home(disk, wish, owner)
        path = _free_path(cluster, one, home, wish.name, {other.path.lower() for other in made})
        name = path.rpartition("\\")[2]
        mark = content_mark(disk, vm.guid)
        made.append(replace(one, **home, name=name, path=path, parent="", origin=mark))
    return tuple(made)


def _whole(disk: VirtualDisk, below: dict[str, VirtualDisk]) -> VirtualDisk:
    """A disk with all that it builds on, as one file."""
    if disk.kind is not DiskKind.DIFFERENCING:
        return disk
    size, path, seen = disk.file_bytes, disk.parent.lower(), set()
    while path in below and path not in seen:
        seen.add(path)
        size += below[path].file_bytes
        path = below[path].parent.lower()
    return replace(disk, kind=DiskKind.DYNAMIC, file_bytes=min(size, disk.size_bytes))


def _home(disk: VirtualDisk, wish: CloneVm, owner: NodeId) -> dict[str, VolumeId | LunId | NodeId | None]:
    if wish.volume is None and wish.lun is None:
        local = owner if disk.local_node is not None else None
        return {"volume": disk.volume, "lun": disk.lun, "local_node": local}
    return {"volume": wish.volume, "lun": wish.lun, "local_node": None}


def _free_path(
    cluster: Cluster,
    disk: VirtualDisk,
    home: dict[str, VolumeId | LunId | NodeId | None],
    folder: str,
    taken: set[str],
) -> str:
    volume, lun = home["volume"], home["lun"]
    root = "D:\\Hyper-V"
    if volume is not None:
        root = cluster.volumes[VolumeId(volume)].path
    elif lun is not None:
        root = lun_root(LunId(lun))
    stem, _, ending = (disk.path or disk.name).rpartition("\\")[2].rpartition(".")
    ending = extension(cluster) if ending.lower() not in ("vhd", "vhdx") else ending
    path, number = f"{root}\\{folder}\\{stem or ending}.{ending}", 1
    while path.lower() in taken:
        number += 1
        path = f"{root}\\{folder}\\{stem}-{number}.{ending}"
    return path
