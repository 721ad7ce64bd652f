"""What stands between a VM and running on its owner."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.nodes import Node
from hvgui.cluster.storage import Volume
from hvgui.cluster.storage_access import disk_access
from hvgui.cluster.units import format_bytes
from hvgui.requests.problems import Problem


def start_problems(cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
    """Owner up, memory free, and the platform's limits of VMs and virtual processors on a node kept."""
    node = cluster.nodes[vm.owner]
    if not node.is_up:
        return (
            Problem(
                "node-down",
                f"{node.name}, the owner of {vm.name}, is {node.state.value}.",
                "Move the VM to another node, or bring the node up.",
            ),
        )
    return (*_disks(cluster, vm), *_memory(cluster, vm, node), *_places(cluster, vm, node))


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
    free, wanted = cluster.free_bytes_on(node.id), vm.memory.settings.startup_bytes
    if wanted <= free:
        return ()
    return (
        Problem(
            "memory",
            f"{vm.name} needs {format_bytes(wanted)} to start; {node.name} has {format_bytes(max(0, free))} free.",
            "Move or stop another VM there, or move this one to another node.",
        ),
    )


def _places(cluster: Cluster, vm: VirtualMachine, node: Node) -> tuple[Problem, ...]:
    limits = cluster.profile.limits
    running = [cluster.vms[one] for one in cluster.vms_on(node.id) if cluster.vms[one].state.holds_memory]
    found: list[Problem] = []
    if len(running) >= limits.running_vms_per_node:
        message = f"{node.name} runs {len(running)} VMs, as many as {cluster.profile.name} allows."
        found.append(Problem("too-many-vms", message, "Move or stop one there first."))
    vcpus = sum(other.vcpus for other in running) + vm.vcpus
    ratio = limits.vcpus_per_logical_processor
    most = min(limits.vcpus_per_node, ratio * node.processor.logical) if ratio else limits.vcpus_per_node
    if vcpus > most:
        message = f"{node.name} would have {vcpus} virtual processors; {cluster.profile.name} allows it {most}."
        found.append(Problem("too-many-vcpus", message, "Move or stop a VM there first."))
    return tuple(found)
