"""Network: whether the nodes reach each other, over more than one way, fast enough, under addresses that make sense."""

from __future__ import annotations

import ipaddress
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations

from hvgui.cluster.hearing import are_joined, miss_share
from hvgui.cluster.networks import SLOW_LINK, Link, Network, NetworkRole
from hvgui.cluster.units import format_link_speed, format_seconds
from hvgui.cluster.validation import Category, Listing, ValidationFinding
from hvgui.lab.validation.subject import Subject, failed, named, noted, warned
from hvgui.lab.validation.table import ValidationTest, everybody_answers, several_nodes

MOST_ROUND_TRIP_SECONDS = 0.5
"""Microsoft's requirement for the networks of a cluster: an answer within half a second."""
ADVISED_ROUND_TRIP_SECONDS = 0.005
"""Ours: beyond this a live migration's passes, and redirected input and output, feel the way there and back."""
MOST_LOST_SHARE = 0.01
"""Ours: more lost heartbeats than that mean that something is damaged."""
_FEW = 100 * 125_000.0
"""100 Mbit/s."""
_ROLES = {
    NetworkRole.NONE: "none",
    NetworkRole.CLUSTER_ONLY: "cluster only",
    NetworkRole.CLUSTER_AND_CLIENT: "cluster and client",
}


def _binding_order(subject: Subject) -> Listing:
    ordered = sorted(subject.cluster.networks.values(), key=lambda network: (network.metric, network.id))
    rows = tuple(
        (
            network.name,
            _ROLES[network.role],
            str(network.metric),
            network.address or "unknown",
            str(len(_tied(subject, network))),
        )
        for network in ordered
    )
    return Listing(("Network", "Role", "Metric", "Subnet", "Nodes tied to it"), rows)


def _tied(subject: Subject, network: Network) -> list[Link]:
    return [link for link in subject.cluster.links.values() if link.network == network.id]


# Configuration


def _configuration(subject: Subject) -> Iterator[ValidationFinding]:
    name = subject.cluster.name
    usable = subject.networks
    if not usable:
        yield failed(name, "No network is enabled for cluster use.", "Give at least one network a role.")
        return
    if len(usable) == 1:
        yield warned(
            name,
            f"{usable[0].name} is the only network for cluster use: if it fails, the nodes lose each other.",
            "Add a second network, with switches of its own.",
        )
    if all(network.role is NetworkRole.CLUSTER_ONLY for network in usable):
        yield warned(name, "No network lets clients in.", "Give one network the role 'cluster and client'.")
    for network in subject.cluster.networks.values():
        yield from _network(subject, network)


def _network(subject: Subject, network: Network) -> Iterator[ValidationFinding]:
    tied = {link.node for link in _tied(subject, network)}
    if not tied:
        yield failed(network.name, f"No node is tied to {network.name}.", "Connect the nodes to it, or remove it.")
        return
    missing = [node.name for node in subject.nodes if node.id not in tied]
    if missing:
        yield failed(
            network.name,
            f"{named(missing)} {'has' if len(missing) == 1 else 'have'} no adapter on {network.name}.",
            "Give every node an adapter on every network.",
        )


# Addresses


def _addresses(subject: Subject) -> Iterator[ValidationFinding]:
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for link in subject.each(subject.cluster.links.values()):
        if not link.address:
            continue
        where = f"{subject.name(link.node)} on {subject.cluster.networks[link.network].name}"
        address = _address(link.address)
        if address is None:
            yield failed(where, f"{where} has '{link.address[:60]}', which is no IP address.", "Give it a valid one.")
        else:
            holders[str(address)].append(where)
    for text, places in holders.items():
        if len(places) > 1:
            yield failed(text, f"{named(places)} share the address {text}.", "Give each adapter an address of its own.")
    if not holders:
        yield noted(subject.cluster.name, "No addresses are known; there was nothing to compare.")


def _subnets(subject: Subject) -> Iterator[ValidationFinding]:
    known = [(network, subnet) for network in subject.cluster.networks.values() if (subnet := _subnet(network.address))]
    for (one, first), (other, second) in combinations(known, 2):
        if first.version == second.version and first.overlaps(second):
            yield failed(
                f"{one.name} and {other.name}",
                f"{one.name} ({first}) and {other.name} ({second}) are one subnet: the cluster takes them for one.",
                "Give each network a subnet of its own.",
            )
    for network, subnet in known:
        for link in subject.each(_tied(subject, network)):
            address = _address(link.address)
            if address is not None and address not in subnet:
                where = f"{subject.name(link.node)} on {network.name}"
                yield failed(
                    where,
                    f"{subject.name(link.node)} has {address} on {network.name}, outside its subnet {subnet}.",
                    "Give the adapter an address of that subnet.",
                )


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _subnet(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """None for an address without a mask, too: it says nothing about who is inside."""
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


# Ways between nodes


def _communication(subject: Subject) -> Iterator[ValidationFinding]:
    """Heartbeats between each two nodes: no way is a failure; one way, or heartbeats that get lost, a warning."""
    cluster = subject.cluster
    for one, other in subject.each(combinations(subject.nodes, 2)):
        ways = [network.name for network in subject.networks if are_joined(cluster, network.id, one.id, other.id)]
        ends = f"{one.name} and {other.name}"
        if not ways:
            yield failed(
                ends,
                f"No network joins {ends}: neither sees the other's heartbeats.",
                "Restore their links, heal the partition, or tie both to a network for cluster use.",
            )
            continue
        if len(ways) == 1 and len(subject.networks) > 1:
            yield warned(
                ends,
                f"{ends} reach each other over {ways[0]} only.",
                "Restore the other ways: one more failure parts them.",
            )
        lost = miss_share(cluster, one.id, other.id)
        if lost > MOST_LOST_SHARE:
            yield warned(
                ends,
                f"{lost:.0%} of the heartbeats between {ends} are lost on every network at once.",
                "Look for damaged cables, ports or adapters, or raise the heartbeats' threshold.",
            )


def _latency(subject: Subject) -> Iterator[ValidationFinding]:
    """The way there and back between the two slowest nodes of each network."""
    for network in subject.networks:
        links = [found for node in subject.nodes if (found := subject.link(node.id, network.id))]
        slowest = sorted(links, key=lambda link: -link.latency_seconds)[:2]
        if len(slowest) < 2:
            continue
        seconds = 2 * sum(link.latency_seconds for link in slowest)
        ends = " and ".join(subject.name(link.node) for link in slowest)
        text = f"An answer between {ends} over {network.name} takes {format_seconds(seconds)}"
        if seconds > MOST_ROUND_TRIP_SECONDS:
            yield failed(
                network.name,
                f"{text}; a cluster needs it within {format_seconds(MOST_ROUND_TRIP_SECONDS)}.",
                "Bring the nodes closer to each other, or use another network.",
            )
        elif seconds > ADVISED_ROUND_TRIP_SECONDS:
            yield warned(
                network.name,
                f"{text}: live migration and redirected access are slowed down by it.",
                "Look for what holds the packets up.",
            )


def _speed(subject: Subject) -> Iterator[ValidationFinding]:
    for network in subject.networks:
        links = [link for link in _tied(subject, network) if link.up]
        slow = [link for link in links if link.bytes_per_second < SLOW_LINK]
        for link in subject.each(slow):
            node, speed = subject.name(link.node), format_link_speed(link.bytes_per_second)
            text = f"{node} is tied to {network.name} at {speed}"
            least = "one gigabit is the least that is advised for live migration and Cluster Shared Volumes"
            cable = " Look at cable and switch port." if link.bytes_per_second <= _FEW else ""
            yield warned(f"{node} on {network.name}", f"{text}; {least}.", f"Use a faster adapter.{cable}")
        speeds = Counter(link.bytes_per_second for link in links)
        if len(speeds) > 1 and not slow:
            shown = ", ".join(f"{count} at {format_link_speed(speed)}" for speed, count in sorted(speeds.items()))
            yield warned(
                network.name, f"The links to {network.name} differ: {shown}.", "Use the same speed throughout."
            )


def _firewall(subject: Subject) -> Iterator[ValidationFinding]:
    for node in subject.nodes:
        if not node.installation.firewall_open:
            yield failed(
                node.name,
                f"The firewall of {node.name} does not let the cluster's traffic through (UDP 3343).",
                "Enable the rules of the group 'Failover Clusters' on it.",
            )


TESTS = (
    ValidationTest(
        "network.binding-order",
        Category.NETWORK,
        "List Network Binding Order",
        "The networks in the order in which the cluster prefers them for itself.",
        everybody_answers,
        listing=_binding_order,
    ),
    ValidationTest(
        "network.configuration",
        Category.NETWORK,
        "Validate Cluster Network Configuration",
        "There are at least two networks for cluster use, and every node is tied to each.",
        _configuration,
    ),
    ValidationTest(
        "network.ip",
        Category.NETWORK,
        "Validate IP Configuration",
        "Each adapter has an address of its own.",
        _addresses,
    ),
    ValidationTest(
        "network.subnets",
        Category.NETWORK,
        "Validate Multiple Subnet Properties",
        "Each network is a subnet of its own, and its adapters' addresses lie inside.",
        _subnets,
    ),
    ValidationTest(
        "network.communication",
        Category.NETWORK,
        "Validate Network Communication",
        "Heartbeats pass between every two nodes, over more than one network.",
        _communication,
        several_nodes,
    ),
    ValidationTest(
        "network.latency",
        Category.NETWORK,
        "Validate Network Latency",
        "An answer comes back within half a second.",
        _latency,
        several_nodes,
    ),
    ValidationTest(
        "network.speed",
        Category.NETWORK,
        "Validate Network Speed",
        "Links have a gigabit at least, and the same speed on one network.",
        _speed,
    ),
    ValidationTest(
        "network.firewall",
        Category.NETWORK,
        "Validate Windows Firewall Configuration",
        "The nodes' firewalls let the cluster's traffic through.",
        _firewall,
    ),
)
"""In the order of the wizard."""
