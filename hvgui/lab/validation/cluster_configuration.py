"""Cluster Configuration, for clusters that exist: members, quorum, and what the cluster keeps running."""

from __future__ import annotations

from collections.abc import Iterator

from hvgui.cluster.machines import VmState
from hvgui.cluster.membership import standing, witness_lun
from hvgui.cluster.nodes import NodeState, ServiceState
from hvgui.cluster.quorum import QuorumModel
from hvgui.cluster.storage_access import lun_is_online, volume_state
from hvgui.cluster.validation import Category, Listing, ValidationFinding
from hvgui.lab.validation.subject import Subject, failed, noted, warned
from hvgui.lab.validation.table import ValidationTest, a_cluster, everybody_answers, shared_volumes, virtual_machines

_LOST = (VmState.CRITICAL, VmState.PAUSED_CRITICAL)


def _groups(subject: Subject) -> Listing:
    rows = tuple(
        (vm.name, vm.state.value, subject.name(vm.owner), vm.priority.name.replace("_", " ").lower())
        for vm in subject.each(subject.clustered_vms)
    )
    return Listing(("Virtual machine", "State", "Current owner", "Priority"), rows)


def _networks(subject: Subject) -> Listing:
    cluster = subject.cluster
    rows = tuple(
        (
            network.name,
            network.role.name.replace("_", " ").lower(),
            network.address or "unknown",
            str(sum(subject.link(node.id, network.id) is not None for node in subject.nodes)),
        )
        for network in cluster.networks.values()
    )
    return Listing(("Network", "Role", "Subnet", "Nodes that it reaches"), rows)


def _resources(subject: Subject) -> Listing:
    cluster = subject.cluster
    disks = tuple(
        (lun.name, lun.use.value, "online" if lun_is_online(cluster, lun.id) else "offline")
        for lun in subject.each(cluster.luns.values())
    )
    vms = tuple((vm.name, "virtual machine", vm.state.value) for vm in subject.each(subject.clustered_vms))
    return Listing(("Resource", "Kind", "State"), (*disks, *vms))


def _members(subject: Subject) -> Iterator[ValidationFinding]:
    for node in subject.members:
        if node.service is ServiceState.HUNG:
            text = f"The cluster service of {node.name} hangs: it answers nobody."
            yield failed(node.name, text, "Restart the cluster service, or the node.")
        if node.state is NodeState.PAUSED:
            yield warned(
                node.name, f"{node.name} is paused and takes no VMs.", "Resume it when its maintenance is done."
            )
        elif node.saves_power:
            text = f"{node.name} is {node.state_words}."
            yield warned(node.name, text, "It is switched on when it is needed, or by hand.")
        elif node.state is not NodeState.UP:
            yield failed(node.name, f"{node.name} is {node.state.value}.", "Bring the node up.")


def _silent_links(subject: Subject) -> Iterator[ValidationFinding]:
    for link in subject.each(subject.cluster.links.values()):
        if not link.up:
            network = subject.cluster.networks[link.network].name
            where = f"{subject.name(link.node)} on {network}"
            yield warned(where, f"The link of {subject.name(link.node)} to {network} is cut.", "Restore the link.")


def _offline(subject: Subject) -> Iterator[ValidationFinding]:
    for lun in subject.each(subject.cluster.luns.values()):
        if not lun_is_online(subject.cluster, lun.id):
            yield failed(lun.name, f"{lun.name} ({lun.use.value}) is offline.", "Mend path, LUN or storage system.")


def _owners_up(subject: Subject) -> Iterator[ValidationFinding]:
    yield from everybody_answers(subject)
    silent = {node.id for node in subject.silent_nodes}
    for vm in subject.each(subject.clustered_vms):
        if vm.owner in silent:
            text = f"{vm.name} is owned by {subject.name(vm.owner)}, which does not answer."
            yield failed(vm.name, text, "Move the VM to another node.")


def _lost(subject: Subject) -> Iterator[ValidationFinding]:
    for vm in subject.each(subject.clustered_vms):
        if vm.state in _LOST:
            text = f"{vm.name} is {vm.state.value}."
            yield failed(vm.name, text, "Mend its storage or its node, and start it.")


def _quorum(subject: Subject) -> Iterator[ValidationFinding]:
    """Whether the cluster has its majority at this moment, and whether the model suits the number of nodes."""
    cluster = subject.cluster
    now = standing(cluster)
    if not now.active:
        yield failed(cluster.name, f"{now.model.value}: {now.tally}.", "Bring nodes or the witness back.")
    elif now.forced:
        text = f"The cluster was started by force, without quorum: {now.tally}."
        yield warned(cluster.name, text, "Bring the other nodes back.")
    elif now.tally.spare == 0 and len(subject.members) > 1:
        yield warned(cluster.name, f"{now.model.value}: {now.tally}.", "Bring nodes or the witness back.")
    yield from _advice(subject, now.model)
    if now.active:
        yield noted(cluster.name, f"{now.model.value}: {now.tally}.")


def _advice(subject: Subject, model: QuorumModel) -> Iterator[ValidationFinding]:
    cluster, nodes = subject.cluster, len(subject.members)
    if nodes == 1:
        text = "The cluster has a single node: whatever happens to it happens to the cluster."
        yield warned(cluster.name, text, "Add a second node and a witness.")
    elif model is QuorumModel.DISK_ONLY:
        text = "The witness disk alone has a vote: if it fails, the cluster stops, however many nodes there are."
        yield warned(cluster.name, text, "Use a majority of nodes, with a witness where their number is even.")
    elif nodes % 2 == 0 and (model is QuorumModel.NODE_MAJORITY or _witness_is_missing(subject, model)):
        text = f"{nodes} nodes without a witness survive no more failures than {nodes - 1} would."
        yield warned(cluster.name, text, "Configure a disk or file share witness.")
    elif nodes % 2 == 1 and model.has_witness and not cluster.profile.features.dynamic_quorum:
        text = f"{nodes} nodes have a majority of their own; the witness makes the number of votes even."
        yield warned(cluster.name, text, "Use Node Majority.")


def _witness_is_missing(subject: Subject, model: QuorumModel) -> bool:
    if model.needs_disk:
        return witness_lun(subject.cluster) is None
    return model is QuorumModel.NODE_AND_SHARE and not subject.cluster.quorum.witness_share


def _volumes(subject: Subject) -> Iterator[ValidationFinding]:
    """What somebody has set, `Validate CSV Settings` tells; this is what comes of it at the moment."""
    for volume in subject.each(subject.cluster.volumes.values()):
        state = volume_state(subject.cluster, volume)
        if state is volume.state:
            continue
        text = f"{volume.name} is {state.value} for at least one node, though nobody has set it so."
        say = failed if state.value == "offline" else warned
        yield say(volume.name, text, "Mend path, LUN, storage system or coordinator.")


def _names(subject: Subject) -> Iterator[ValidationFinding]:
    """Two VMs of one name are told apart by nobody but the cluster."""
    names: dict[str, list[str]] = {}
    for vm in subject.each(subject.cluster.vms.values()):
        names.setdefault(vm.name.casefold(), []).append(vm.name)
    for found in names.values():
        if len(found) > 1:
            yield warned(found[0], f"{len(found)} virtual machines are called {found[0]}.", "Rename all but one.")


def _no_disks(subject: Subject) -> str:
    return a_cluster(subject) or ("" if subject.cluster.luns else "There are no shared disks in this cluster.")


_CLUSTER = Category.CLUSTER
TESTS = (
    ValidationTest(
        "cluster.groups",
        _CLUSTER,
        "List Clustered Services and Applications",
        "What the cluster keeps running, and where.",
        _owners_up,
        virtual_machines,
        _groups,
    ),
    ValidationTest(
        "cluster.networks",
        _CLUSTER,
        "List Cluster Network Information",
        "The cluster's networks, and links that are cut.",
        _silent_links,
        a_cluster,
        _networks,
    ),
    ValidationTest(
        "cluster.resources",
        _CLUSTER,
        "List Cluster Resources",
        "Disks and virtual machines of the cluster.",
        _offline,
        _no_disks,
        _resources,
    ),
    ValidationTest(
        "cluster.nodes", _CLUSTER, "Validate Node Status", "Every node takes part in the cluster.", _members, a_cluster
    ),
    ValidationTest(
        "cluster.quorum",
        _CLUSTER,
        "Validate Quorum Configuration",
        "The number of votes suits the number of nodes, and the majority is there.",
        _quorum,
        a_cluster,
    ),
    ValidationTest(
        "cluster.resource-status",
        _CLUSTER,
        "Validate Resource Status",
        "No virtual machine is lost.",
        _lost,
        virtual_machines,
    ),
    ValidationTest(
        "cluster.volumes",
        _CLUSTER,
        "Validate Volume Consistency",
        "Every node reaches every Cluster Shared Volume directly.",
        _volumes,
        shared_volumes,
    ),
    ValidationTest(
        "cluster.names",
        _CLUSTER,
        "Validate Virtual Machine Names",
        "No two virtual machines have the same name.",
        _names,
        virtual_machines,
    ),
)
"""In the order of the wizard; those on VMs' resources follow in `virtual_machines`."""
