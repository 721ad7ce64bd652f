"""What stands between a VM and running on its owner."""

from __future__ import annotations

from collections.abc import Iterator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.dynamic_memory import reclaimable_bytes
from hvgui.cluster.guest_systems import system_of
from hvgui.cluster.machines import Scheduling, VirtualMachine
from hvgui.cluster.nodes import Node
from hvgui.cluster.storage import Volume
from hvgui.cluster.storage_access import disk_access
from hvgui.cluster.units import format_bytes
from hvgui.requests.problems import Problem, warning


def start_problems(cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
    """No template, owner up, memory free, and the platform's limits of VMs and processors on a node kept."""
    if vm.is_template:
        text = f"{vm.name} is a template, which is cloned and never started."
        return (Problem("template", text, "Clone it, or make it a virtual machine again."),)
    node = cluster.nodes[vm.owner]
    if not node.is_up:
        return (
            Problem(
                "node-down",
                f"{node.name}, the owner of {vm.name}, is {node.state_words}.",
                "Move the VM to another node, or bring the node up.",
            ),
        )
    found = (*_owners(vm, node), *_disks(cluster, vm), *_memory(cluster, vm, node), *_places(cluster, vm, node))
    return (*virtualisation_problems(node, vm), *found)


def virtualisation_problems(node: Node, vm: VirtualMachine) -> tuple[Problem, ...]:
    """Whether Hyper-V runs VMs on the node at all."""
    if node.hardware_virtualisation:
        return ()
    text = f"{node.name} has no hardware virtualisation, so {vm.name} can't run there."
    return (Problem("no-virtualisation", text, "Choose another node, or replace the processors of this one."),)


def _owners(vm: VirtualMachine, node: Node) -> tuple[Problem, ...]:
    """A clustered VM starts on possible owners alone."""
    if not vm.highly_available or vm.possible_owners is None or node.id in vm.possible_owners:
        return ()
    text = f"{node.name} is not among the possible owners of {vm.name}."
    return (Problem("not-possible-owner", text, "Move the VM to one of them, or tick this one."),)


def _disks(cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
    """Every disk must be in reach of the owner."""
    away = [disk.name for disk in vm.disks if not disk_access(cluster, vm.owner, disk).is_there]
    leaving = [volume.name for volume in _volumes(cluster, vm) if volume.going is not None]
    if leaving:
        text = f"{leaving[0]}, where disks of {vm.name} are, is just being taken away."
        return (Problem("volume-leaves", text, "Wait until that has ended, and bring the volume back."),)
    if not away:
        return ()
    text = f"{cluster.nodes[vm.owner].name} does not reach {', '.join(away[:3])} of {vm.name}."
    return (Problem("no-way", text, "Mend its storage (path, LUN, SAN, volume), or move the VM."),)


def _volumes(cluster: Cluster, vm: VirtualMachine) -> tuple[Volume, ...]:
    return tuple(cluster.volumes[disk.volume] for disk in vm.disks if disk.volume is not None)


def _memory(cluster: Cluster, vm: VirtualMachine, node: Node) -> tuple[Problem, ...]:
    """Memory free, or (from 2012) to be had from VMs with dynamic memory that give way."""
    free, wanted = cluster.free_bytes_on(node.id), vm.memory_bytes
    if wanted <= free:
        return ()
    text = f"{vm.name} needs {format_bytes(wanted)} to start; {node.name} has {format_bytes(max(0, free))} free"
    could_give = reclaimable_bytes(cluster, node.id)
    if cluster.profile.features.makes_room and wanted <= free + could_give:
        return (warning("gives-way", f"{text}: VMs there with dynamic memory give way first, which takes a moment."),)
    if could_give and not cluster.profile.features.makes_room:
        text = f"{text} ({cluster.profile.name} lets no VM give way for it)"
    elif could_give:
        text = f"{text}, and its VMs could give {format_bytes(could_give)}"
    return (Problem("memory", f"{text}.", _way_out(cluster)),)


def _way_out(cluster: Cluster) -> str:
    saving = next((node.name for node in cluster.nodes.values() if node.saves_power), None)
    if saving is not None:
        return f"Power on {saving}, which is off to save power, or move or stop another VM there."
    return "Move or stop another VM there, or move this one to another node."


def _places(cluster: Cluster, vm: VirtualMachine, node: Node) -> tuple[Problem, ...]:
    limits = cluster.profile.limits
    running = [cluster.vms[one] for one in cluster.vms_on(node.id) if cluster.vms[one].state.holds_memory]
    found: list[Problem] = []
    if len(running) >= limits.running_vms_per_node:
        message = f"{node.name} runs {len(running)} VMs, as many as {cluster.profile.name} allows."
        found.append(Problem("too-many-vms", message, "Move or stop one there first."))
    found.extend(ratio_problems(cluster, node, [*running, vm]))
    found.extend(reserve_problems(cluster, vm, vm.vcpus, vm.scheduling))
    return tuple(found)


def most_vcpus(cluster: Cluster, node: Node, guests: list[VirtualMachine]) -> int:
    """Virtual processors that the platform allows a node that runs these: by node, and by logical processor (2008 R2:
    8; with SP1 12 where every guest is a Windows 7)."""
    limits = cluster.profile.limits
    ratio = limits.vcpus_per_logical_processor
    desktops = limits.desktop_vcpus_per_logical_processor
    if desktops and guests and all(system_of(vm.guest).name == "Windows 7" for vm in guests):
        ratio = desktops
    return min(limits.vcpus_per_node, ratio * node.processor.logical) if ratio else limits.vcpus_per_node


def ratio_problems(cluster: Cluster, node: Node, guests: list[VirtualMachine]) -> Iterator[Problem]:
    """Whether a node may run these VMs' virtual processors together."""
    vcpus, most = sum(one.vcpus for one in guests), most_vcpus(cluster, node, guests)
    if vcpus > most:
        logical = node.processor.logical
        message = (
            f"{node.name} would have {vcpus} virtual processors on {logical} logical ones; {cluster.profile.name} "
            f"allows it {most}."
        )
        yield Problem("too-many-vcpus", message, "Move or stop a VM there first.")


def reserve_problems(cluster: Cluster, vm: VirtualMachine, vcpus: int, scheduling: Scheduling) -> tuple[Problem, ...]:
    """Whether the owner's processors hold what its running VMs and this one have reserved."""
    if not scheduling.reserve_percent:
        return ()
    node = cluster.nodes[vm.owner]
    others = (cluster.vms[one] for one in cluster.vms_on(node.id) if one != vm.id)
    reserved = sum(one.vcpus * one.scheduling.reserve_percent for one in others if one.state.holds_memory)
    wanted = vcpus * scheduling.reserve_percent
    if reserved + wanted <= 100 * node.processor.logical:
        return ()
    text = (
        f"{vm.name} reserves {wanted / 100:g} processors; of the {node.processor.logical} of {node.name} others have "
        f"reserved {reserved / 100:g}."
    )
    return (Problem("reserves", text, "Choose a lower reserve here or there, or another node."),)
