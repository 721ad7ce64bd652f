"""What stands between a VM and running on its owner."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.nodes import Node
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
    return (*_memory(cluster, vm, node), *_places(cluster, vm, node))


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
