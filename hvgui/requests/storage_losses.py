"""Which VMs would lose their disks if something of the storage changed: asked of the rules, never guessed."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, SanId, VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import Lun, San, StoragePath, Volume
from hvgui.cluster.storage_access import Access, disk_access, is_working, reaches_lun
from hvgui.requests.problems import Problem, warning
from hvgui.requests.storage_names import vm_names

DISK_TIMEOUT_SECONDS = 60.0
"""How long a guest waits for its disk before it gives up: Windows' TimeOutValue as clusters set it."""


def vms_on_san(cluster: Cluster, san: SanId) -> tuple[VmId, ...]:
    """VMs with disks on any LUN of a SAN, by id."""
    return tuple(sorted({vm for lun in cluster.luns.values() if lun.san == san for vm in vms_above(cluster, lun.id)}))


def vms_above(cluster: Cluster, lun: LunId) -> tuple[VmId, ...]:
    """VMs with disks on a LUN, or on the Cluster Shared Volume that it carries, by id."""
    found = set(cluster.vms_on_lun(lun))
    for volume in cluster.volumes.values():
        if volume.lun == lun:
            found.update(cluster.vms_on_volume(volume.id))
    return tuple(sorted(found))


def worst_access(cluster: Cluster, vm: VirtualMachine) -> Access:
    """How a VM's owner reaches the worst of the VM's disks."""
    order = (Access.DIRECT, Access.REDIRECTED, Access.WAITING, Access.NONE)
    return max((disk_access(cluster, vm.owner, disk) for disk in vm.disks), key=order.index, default=Access.DIRECT)


def changed_access(
    cluster: Cluster, vms: tuple[VmId, ...], *records: San | Lun | StoragePath | Volume
) -> dict[Access, tuple[VmId, ...]]:
    """Of those VMs that occupy memory: which would come to another access than now if the records were so."""
    then = cluster.fork()
    for record in records:
        then.put(record)
    _let_others_coordinate(then)
    found: dict[Access, list[VmId]] = {}
    for vm in vms:
        machine = cluster.vms[vm]
        if not machine.state.holds_memory:
            continue
        after = worst_access(then, machine)
        if after is not worst_access(cluster, machine):
            found.setdefault(after, []).append(vm)
    return {access: tuple(names) for access, names in found.items()}


def _let_others_coordinate(then: Cluster) -> None:
    """Volumes whose coordinator has lost its way get another one, as they will a moment later."""
    for volume in list(then.volumes.values()):
        lun = then.luns[volume.lun]
        able = [node for node in then.nodes if is_working(then, node) and reaches_lun(then, node, lun)]
        if able and volume.coordinator not in able:
            then.put(replace(volume, coordinator=able[0], moving_to=None))


def loss_warnings(
    cluster: Cluster, vms: tuple[VmId, ...], *records: San | Lun | StoragePath | Volume
) -> tuple[Problem, ...]:
    """What one should know before letting something of the storage fail: who stops, who goes a longer way."""
    changed, found = changed_access(cluster, vms, *records), []
    if lost := changed.get(Access.NONE):
        text = f"{vm_names(cluster, lost)} can't reach {'its' if len(lost) == 1 else 'their'} disks any more."
        longest = f"{DISK_TIMEOUT_SECONDS:.0f} seconds"
        after = f"Who can't reach a disk stops at once, and is lost if that lasts longer than {longest}."
        found.append(warning("vms-stop", text, after))
    if slower := changed.get(Access.REDIRECTED):
        text = f"{vm_names(cluster, slower)} will go over the cluster network, through the coordinator: slower."
        found.append(warning("redirected", text))
    return tuple(found)
