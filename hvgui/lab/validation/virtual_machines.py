"""Cluster Configuration, continued: whether the cluster could restart its virtual machines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.nodes import Node
from hvgui.cluster.units import format_bytes
from hvgui.cluster.validation import Category, ValidationFinding
from hvgui.lab.validation.subject import Subject, failed, named, warned
from hvgui.lab.validation.table import ValidationTest, virtual_machines, vms_and_nodes


def _owners(subject: Subject) -> Iterator[ValidationFinding]:
    up = {node.id for node in subject.nodes}
    several = len(subject.cluster.nodes) > 1
    for vm in subject.each(subject.clustered_vms):
        possible = vm.possible_owners
        if possible is None:
            continue
        if not possible:
            yield failed(vm.name, f"{vm.name} has no possible owner: no node may run it.", "Tick its possible owners.")
        elif not up.intersection(possible):
            yield failed(vm.name, f"None of the possible owners of {vm.name} is up.", "Bring one up, or tick others.")
        elif len(possible) == 1 and several:
            text = f"{vm.name} may run on {subject.name(possible[0])} only: it does not fail over."
            yield warned(vm.name, text, "Tick a second possible owner.")
        strange = [subject.name(node) for node in vm.preferred_owners if node not in possible]
        if strange and possible:
            text = f"{vm.name} prefers {named(strange)}, which may not own it."
            yield warned(vm.name, text, "Tick it under the possible owners, or take it from the preferred ones.")


def _storage(subject: Subject) -> Iterator[ValidationFinding]:
    """A clustered VM whose disk lies on a node itself stays where it is, or is lost with the node."""
    for vm in subject.each(subject.clustered_vms):
        local = [disk.name for disk in vm.disks if disk.local_node is not None]
        if local:
            where = next(subject.name(disk.local_node) for disk in vm.disks if disk.local_node is not None)
            text = f"{named(local)} of {vm.name} lies on the own disk of {where}: no other node can run it."
            yield failed(vm.name, text, "Move it to a Cluster Shared Volume, or take the VM out of the cluster.")


def _networks(subject: Subject) -> Iterator[ValidationFinding]:
    """A VM's network must be there wherever the VM may go."""
    cluster = subject.cluster
    missing: dict[NetworkId, set[NodeId]] = {
        network: {node.id for node in subject.nodes if (node.id, network) not in cluster.links}
        for network in cluster.networks
    }
    for vm in subject.each(subject.clustered_vms):
        for network in dict.fromkeys(adapter.network for adapter in vm.adapters if adapter.network is not None):
            lacking = [node for node in missing[network] if vm.possible_owners is None or node in vm.possible_owners]
            if lacking:
                name = cluster.networks[network].name
                text = f"{vm.name} is on {name}, which {named(subject.name(node) for node in lacking)} lacks."
                yield failed(vm.name, text, "Tie those nodes to the network, or untick them as possible owners.")


def _components(subject: Subject) -> Iterator[ValidationFinding]:
    for vm in subject.each(subject.clustered_vms):
        if not vm.guest.integration_components:
            text = f"The guest of {vm.name} has no integration services: no heartbeat, no clean shutdown, slow devices."
            yield warned(vm.name, text, "Install the integration services.")


def _spare_memory(subject: Subject) -> Iterator[ValidationFinding]:
    """For each node: whether the others hold its VMs if it dies (N + 1)."""
    for node in subject.each(subject.nodes):
        left = _homeless(subject, node)
        if left:
            wanted = format_bytes(sum(vm.memory_bytes for vm in left))
            yield warned(
                node.name,
                f"If {node.name} fails, the others have no memory for {named(vm.name for vm in left)} ({wanted}).",
                "Give the nodes more memory, add one, or shut down what may wait.",
            )


def _homeless(subject: Subject, lost: Node) -> list[VirtualMachine]:
    """The node's running VMs that no other node would hold: the largest are placed first, each where most is free."""
    cluster = subject.cluster
    free = {
        node.id: cluster.free_bytes_on(node.id)
        for node in subject.nodes
        if node.id != lost.id and node.takes_vms and node.hardware_virtualisation
    }
    here = [cluster.vms[vm] for vm in cluster.vms_on(lost.id)]
    running = [vm for vm in here if vm.highly_available and vm.state.holds_memory]
    left: list[VirtualMachine] = []
    for vm in subject.each(sorted(running, key=lambda vm: -vm.memory_bytes)):
        allowed = free if vm.possible_owners is None else [node for node in vm.possible_owners if node in free]
        best = max(allowed, key=free.__getitem__, default=None)
        if best is None or free[best] < vm.memory_bytes:
            left.append(vm)
        else:
            free[best] -= vm.memory_bytes
    return left


def _hosts(subject: Subject) -> Iterator[ValidationFinding]:
    """Running VMs whose owner may not own them: they go the next time somebody looks."""
    for vm in subject.each(subject.clustered_vms):
        if vm.possible_owners is not None and vm.owner not in vm.possible_owners and vm.possible_owners:
            text = f"{vm.name} is on {subject.name(vm.owner)}, which is not among its possible owners."
            yield warned(vm.name, text, "Migrate it, or tick the node.")


def _all_owners(subject: Subject) -> Iterator[ValidationFinding]:
    yield from _owners(subject)
    yield from _hosts(subject)


TESTS = (
    ValidationTest(
        "cluster.owners",
        Category.CLUSTER,
        "Validate Possible Owners",
        "Every virtual machine may run on more than one node that is up.",
        _all_owners,
        virtual_machines,
    ),
    ValidationTest(
        "cluster.vm-storage",
        Category.CLUSTER,
        "Validate Hyper-V Virtual Machine Storage Configuration",
        "Disks of clustered virtual machines lie where every node can reach them.",
        _storage,
        virtual_machines,
    ),
    ValidationTest(
        "cluster.vm-networks",
        Category.CLUSTER,
        "Validate Hyper-V Virtual Machine Network Configuration",
        "A virtual machine's networks are there on every node that it may go to.",
        _networks,
        virtual_machines,
    ),
    ValidationTest(
        "cluster.integration",
        Category.CLUSTER,
        "Validate Hyper-V Integration Services Version",
        "Guests have the integration services.",
        _components,
        virtual_machines,
    ),
    ValidationTest(
        "cluster.spare-memory",
        Category.CLUSTER,
        "Validate Memory for Failover",
        "Whichever node fails, the others have the memory for its virtual machines.",
        _spare_memory,
        vms_and_nodes,
    ),
)
"""In the order of the wizard."""
