"""VMs that share a LUN without a Cluster Shared Volume: one node owns the LUN, so they move together or not at all."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NodeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.storage import LunUse
from hvgui.cluster.units import format_bytes
from hvgui.requests.busy import busy_problem
from hvgui.requests.migration_checks import processor_problems
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import node_name
from hvgui.requests.storage_names import lun_name, vm_names

_AT_REST = (VmState.OFF, VmState.SAVED, VmState.CRITICAL)


def own_luns(cluster: Cluster, vm: VirtualMachine) -> tuple[LunId, ...]:
    """LUNs under the VM's disks that are no Cluster Shared Volumes: they change owner with the VM."""
    luns = dict.fromkeys(disk.lun for disk in vm.disks if disk.lun is not None and disk.volume is None)
    return tuple(lun for lun in luns if cluster.luns[lun].use is not LunUse.SHARED_VOLUME)


def neighbours(cluster: Cluster, vm: VirtualMachine) -> tuple[VirtualMachine, ...]:
    """Every other VM that has to go where this one goes, by id: who shares a LUN with it, or with who does."""
    found = {vm.id: vm}
    waiting = [vm]
    while waiting:
        for lun in own_luns(cluster, waiting.pop()):
            for other in cluster.vms_on_lun(lun):
                if other not in found:
                    found[other] = cluster.vms[other]
                    waiting.append(found[other])
    del found[vm.id]
    return tuple(found[one] for one in sorted(found))


def alone_problems(cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
    """Whether the VM can go without anybody else, as a live migration must."""
    others = neighbours(cluster, vm)
    if not others:
        return ()
    luns = ", ".join(lun_name(cluster, lun) for lun in own_luns(cluster, vm))
    return (
        Problem(
            "shared-lun",
            f"{luns} holds disks of {vm_names(cluster, [one.id for one in others])} as well, and one node owns a "
            "LUN at a time.",
            "Use quick migration or Move, which take all of them; or put the disks on a Cluster Shared Volume.",
        ),
    )


def group_problems(cluster: Cluster, vm: VirtualMachine, to: NodeId) -> tuple[Problem, ...]:
    """What stands in the way of all VMs that go along, and the warning that they do."""
    others = neighbours(cluster, vm)
    if not others or to not in cluster.nodes:
        return ()
    found: list[Problem] = []
    for other in others:
        found.extend(_companion_problems(cluster, other, to))
    found.extend(_room_problems(cluster, vm, others, to))
    running = [one.id for one in others if one.state is VmState.RUNNING]
    who = vm_names(cluster, [one.id for one in others])
    shares = "shares its LUN and goes along" if len(others) == 1 else "share its LUN and go along"
    what = ""
    if running:
        what = f" {vm_names(cluster, running)} will be saved and restored, out of reach meanwhile."
    found.append(warning("goes-along", f"{who} {shares}.{what}", "Keep one VM a LUN, or use a Cluster Shared Volume."))
    return tuple(found)


def _companion_problems(cluster: Cluster, other: VirtualMachine, to: NodeId) -> tuple[Problem, ...]:
    if other.task is not None:
        return (busy_problem(cluster, other, other.task),)
    if other.possible_owners is not None and to not in other.possible_owners:
        text = f"{other.name}, which goes along, may not be owned by {node_name(cluster, to)}."
        return (Problem("not-possible-owner", text, "Change its possible owners, or choose another node."),)
    if other.state is VmState.RUNNING:
        return processor_problems(cluster, other, to)
    if other.state in _AT_REST:
        return ()
    text = f"{other.name}, which goes along, is {other.state.value}."
    return (Problem("companion-state", text, "Let it run, save it, or turn it off first."),)


def _room_problems(
    cluster: Cluster, vm: VirtualMachine, others: tuple[VirtualMachine, ...], to: NodeId
) -> tuple[Problem, ...]:
    running = [one for one in others if one.state is VmState.RUNNING]
    wanted = sum(one.memory_bytes for one in running)
    own = vm.memory_bytes if vm.state in (VmState.RUNNING, VmState.CRITICAL) else 0
    free = cluster.free_bytes_on(to)
    if not running or wanted + own <= free:
        return ()
    text = f"{vm.name} and those that go along need {format_bytes(wanted + own)}; {node_name(cluster, to)} has"
    return (
        Problem("group-memory", f"{text} {format_bytes(max(0, free))} free.", "Shut some of them down, or make room."),
    )
