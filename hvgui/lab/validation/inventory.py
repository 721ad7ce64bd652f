"""Inventory: what there is on each node. A list is complete only if every node has answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from hvgui.cluster.nodes import Node
from hvgui.cluster.storage_access import path_bytes_per_second, path_is_up
from hvgui.cluster.units import format_bytes, format_link_speed, format_rate
from hvgui.cluster.validation import Category, Listing, ValidationFinding
from hvgui.lab.validation.subject import Subject, failed, named, warned
from hvgui.lab.validation.table import Check, Need, ValidationTest, a_storage_system, everybody_answers, nothing

_UNKNOWN = "unknown"


def _by_node(*heads: str, row: Callable[[Subject, Node], tuple[str, ...]]) -> Callable[[Subject], Listing]:
    """A list with a line for each node."""

    def listing(subject: Subject) -> Listing:
        return Listing(("Node", *heads), tuple((node.name, *row(subject, node)) for node in subject.nodes))

    return listing


def _system(_: Subject, node: Node) -> tuple[str, ...]:
    return (node.manufacturer or _UNKNOWN, node.model or _UNKNOWN, node.domain or "none", node.system_drive)


def _processors(_: Subject, node: Node) -> tuple[str, ...]:
    one = node.processor
    shape = f"{one.sockets} × {one.cores_per_socket} × {one.threads_per_core}"
    yes = {True: "yes", False: "no"}
    return (one.model, shape, str(one.logical), yes[one.slat], yes[node.hardware_virtualisation])


def _memory(subject: Subject, node: Node) -> tuple[str, ...]:
    cluster = subject.cluster
    sizes = (
        node.memory_bytes,
        node.root_reserve_bytes,
        cluster.assigned_bytes_on(node.id),
        max(0, cluster.free_bytes_on(node.id)),
    )
    return tuple(format_bytes(size) for size in sizes)


def _operating_system(subject: Subject, node: Node) -> tuple[str, ...]:
    return (
        subject.system_of(node),
        node.installation.service_pack or "none",
        node.installation.option.value,
        node.installation.architecture,
    )


def _updates(_: Subject, node: Node) -> tuple[str, ...]:
    return (", ".join(node.installation.updates) or "none",)


def _drivers(_: Subject, node: Node) -> tuple[str, ...]:
    return (", ".join(node.installation.unsigned_drivers) or "none",)


def _services(_: Subject, node: Node) -> tuple[str, ...]:
    start = "automatic" if node.installation.cluster_service_automatic else "manual"
    return (start, ", ".join(node.installation.stopped_services) or "none")


def _adapters(subject: Subject) -> Listing:
    cluster = subject.cluster
    rows = tuple(
        (
            subject.name(link.node),
            link.adapter or _UNKNOWN,
            cluster.networks[link.network].name,
            format_link_speed(link.bytes_per_second),
            link.address or _UNKNOWN,
            "up" if link.up else "cut",
        )
        for link in subject.each(cluster.links.values())
    )
    return Listing(("Node", "Adapter", "Network", "Speed", "Address", "State"), rows)


def _storage_adapters(subject: Subject) -> Listing:
    cluster = subject.cluster
    rows = tuple(
        (
            node.name,
            san.name,
            format_rate(path_bytes_per_second(cluster, node.id, san.id)),
            "up" if path_is_up(cluster, node.id, san.id) else "down",
        )
        for node in subject.each(subject.nodes)
        for san in cluster.sans.values()
    )
    return Listing(("Node", "Storage system", "Speed", "State"), rows)


def _answers_and_unsigned(subject: Subject) -> Iterator[ValidationFinding]:
    yield from everybody_answers(subject)
    for node in subject.nodes:
        if node.installation.unsigned_drivers:
            files = named(node.installation.unsigned_drivers)
            yield warned(node.name, f"{node.name} has drivers without a signature: {files}.", "Install signed ones.")


def _answers_and_adapters(subject: Subject) -> Iterator[ValidationFinding]:
    tied = {node for node, _ in subject.cluster.links}
    lonely = (node for node in subject.nodes if node.id not in tied)
    without = (
        failed(node.name, f"{node.name} has no network adapter.", "Tie the node to the cluster's networks.")
        for node in lonely
    )
    return chain(everybody_answers(subject), without)


def _test(
    name: str,
    title: str,
    about: str,
    listing: Callable[[Subject], Listing],
    check: Check = everybody_answers,
    needs: Need = nothing,
) -> ValidationTest:
    return ValidationTest(f"inventory.{name}", Category.INVENTORY, title, about, check, needs, listing)


TESTS = (
    _test(
        "system",
        "List System Information",
        "Maker, model, domain and system drive of each node.",
        _by_node("Maker", "Model", "Domain", "System drive", row=_system),
    ),
    _test(
        "processors",
        "List Processors",
        "The processors of each node: sockets, cores and threads, and what Hyper-V needs of them.",
        _by_node("Model", "Shape", "Logical", "SLAT", "Virtualisation", row=_processors),
    ),
    _test(
        "memory",
        "List Memory Information",
        "Memory of each node: installed, kept by the parent partition, given to VMs, free.",
        _by_node("Installed", "Parent partition", "Assigned", "Free", row=_memory),
    ),
    _test(
        "operating-system",
        "List Operating System Information",
        "The Windows of each node.",
        _by_node("System", "Service pack", "Option", "Architecture", row=_operating_system),
    ),
    _test("updates", "List Software Updates", "Software updates of each node.", _by_node("Updates", row=_updates)),
    _test(
        "drivers",
        "List Unsigned Drivers",
        "Drivers of each node that carry no signature.",
        _by_node("Unsigned drivers", row=_drivers),
        _answers_and_unsigned,
    ),
    _test(
        "services",
        "List Services Information",
        "How the cluster service starts, and services that a cluster needs and that do not run.",
        _by_node("Cluster service", "Stopped", row=_services),
    ),
    _test(
        "adapters",
        "List Network Adapters",
        "Each node's adapters, with network, speed and address.",
        _adapters,
        _answers_and_adapters,
    ),
    _test(
        "storage-adapters",
        "List iSCSI Host Bus Adapters",
        "Each node's way to each storage system.",
        _storage_adapters,
        needs=a_storage_system,
    ),
)
"""In the order of the wizard."""
