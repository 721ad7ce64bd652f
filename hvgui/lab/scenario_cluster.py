"""The cluster of a scenario: a sample or an inventory with what the scenario changes, or one written down whole.

A table whose name (or pattern) means something that is there overrides it. In a scenario without sample and inventory,
and with `new = true`, it adds. What the written cluster leaves out is the least that works: a network "LAN" at one
gigabit, a SAN of 400 MB/s with one Cluster Shared Volume that holds a disk of every VM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import NetworkId, NodeId, SanId
from hvgui.cluster.networks import GOODPUT_SHARE, Link, Network, NetworkRole
from hvgui.cluster.nodes import Node, NodeState, Processor
from hvgui.cluster.storage import San
from hvgui.exchange.hardware import PROCESSORS
from hvgui.lab.scenario_installation import read_setting_up
from hvgui.lab.scenario_names import Named, is_pattern, matching, shown
from hvgui.lab.scenario_profile import read_profile
from hvgui.lab.scenario_table import Table
from hvgui.lab.scenario_vms import read_vms

ROLES = {
    "none": NetworkRole.NONE,
    "cluster only": NetworkRole.CLUSTER_ONLY,
    "cluster and client": NetworkRole.CLUSTER_AND_CLIENT,
}
"""Roles of networks as scenarios write them."""
_NODE_STATES = {state.value: state for state in (NodeState.UP, NodeState.PAUSED, NodeState.DOWN)}
_PAYLOAD_LEAST = 1_000.0
_PAYLOAD_MOST = 1e12

R = TypeVar("R", Node, Network, San)


def read_cluster(root: Table, base: ClusterRecord | None, seed: int) -> ClusterRecord:
    """`base` (None: nothing yet) with everything that the scenario's tables say of it.

    Raises ScenarioError for what does not exist, contradicts itself, or does not fit.
    """
    record = base or ClusterRecord(name=root.text("title") or "Cluster")
    record = msgspec.structs.replace(record, profile=read_profile(root, record.profile))
    adding = base is None
    nodes = _read_records(root, "node", record.nodes, _node, adding=adding)
    networks = _read_records(root, "network", record.networks, _network, adding=adding)
    if adding and not networks:
        networks = (Network(NetworkId(0), "LAN"),)
    sans = _read_records(root, "san", record.sans, _san, adding=adding)
    if adding and not sans:
        sans = (San(SanId(0), "SAN", 400e6),)
    record = msgspec.structs.replace(record, nodes=nodes, networks=networks, sans=sans)
    record = msgspec.structs.replace(record, links=_read_links(root, record))
    record = read_vms(root, record, adding=adding, seed=seed)
    if not record.nodes:
        raise root.error("the cluster has no node; name a 'sample' or an 'inventory', or write down a [[node]].")
    for sentence in (*inconsistencies(record), *_on_dead_nodes(record)):
        raise root.error(f"the cluster does not add up: {sentence}")
    return record


def _on_dead_nodes(record: ClusterRecord) -> Iterator[str]:
    down = {node.id: node.name for node in record.nodes if not node.is_up}
    for vm in record.vms:
        if vm.owner in down and vm.state.holds_memory:
            yield f"{vm.name} is {vm.state.value} on {down[vm.owner]}, which is down; begin with the VM off."


def _read_records(
    root: Table, kind: str, records: Sequence[R], read: Callable[[Table, int, R | None], R], *, adding: bool
) -> tuple[R, ...]:
    found = list(records)
    for table in root.tables(kind):
        name = table.needed("name", table.text("name"))
        if table.flag("new") or adding:
            _check_new(table, name, kind, found)
            found.append(read(table, len(found), None))
        else:
            for one in matching(table, "name", name, kind, found):
                found[one.id] = read(table, one.id, one)
        table.close()
    return tuple(found)


def _check_new(table: Table, name: str, kind: str, present: Sequence[Named]) -> None:
    if not name.strip() or is_pattern(name):
        raise table.error(f"'{shown(name)}' can't be the name of a new {kind}.", "name")
    if any(one.name.casefold() == name.casefold() for one in present):
        raise table.error(f"there is a {kind} '{shown(name)}' already.", "name")


def _node(table: Table, number: int, before: Node | None) -> Node:
    name = table.needed("name", table.text("name"))
    node = before or Node(NodeId(number), name)
    memory = table.size("memory")
    reserve = table.size("root_reserve")
    return msgspec.structs.replace(
        read_setting_up(table, node),
        processor=_processor(table, node.processor),
        memory_bytes=node.memory_bytes if memory is None else memory,
        root_reserve_bytes=node.root_reserve_bytes if reserve is None else reserve,
        live_migrations=table.whole("live_migrations", 1, 1000) or node.live_migrations,
        state=table.choice("state", _NODE_STATES) or node.state,
    )


def _processor(table: Table, before: Processor) -> Processor:
    """`processor` as the name of one that hvgui knows, or as a table over the one before."""
    if not table.is_table("processor"):
        return table.choice("processor", PROCESSORS) or before
    inner = table.needed("processor", table.table("processor"))
    slat = inner.flag("slat")
    processor = Processor(
        model=inner.text("model") or before.model,
        vendor=inner.text("vendor") or before.vendor,
        sockets=inner.whole("sockets", 1, 256) or before.sockets,
        cores_per_socket=inner.whole("cores_per_socket", 1, 1024) or before.cores_per_socket,
        threads_per_core=inner.whole("threads_per_core", 1, 8) or before.threads_per_core,
        features=before.features if not inner.has("features") else inner.texts("features") or (),
        slat=before.slat if slat is None else slat,
    )
    inner.close()
    return processor


def _network(table: Table, number: int, before: Network | None) -> Network:
    name = table.needed("name", table.text("name"))
    network = before or Network(NetworkId(number), name)
    role = table.choice("role", ROLES)
    gateway = table.flag("gateway")
    metric = table.whole("metric")
    address = table.text("address")
    return msgspec.structs.replace(
        network,
        role=network.role if role is None else role,
        has_gateway=network.has_gateway if gateway is None else gateway,
        metric=network.metric if metric is None else metric,
        address=network.address if address is None else address,
    )


def _san(table: Table, number: int, before: San | None) -> San:
    name = table.needed("name", table.text("name"))
    san = before or San(SanId(number), name, 400e6)
    speed = table.rate("speed")
    latency = table.duration("latency")
    up, reserves = table.flag("up"), table.flag("persistent_reservations")
    if speed is not None and speed < _PAYLOAD_LEAST:
        raise table.error("a SAN's 'speed' is at least 1 kB/s; to cut it off write 'up = false'.", "speed")
    return msgspec.structs.replace(
        san,
        bytes_per_second=san.bytes_per_second if speed is None else speed,
        iops=table.number("iops", 1.0, 1e9) or san.iops,
        latency_seconds=san.latency_seconds if latency is None else latency,
        up=san.up if up is None else up,
        persistent_reservations=san.persistent_reservations if reserves is None else reserves,
    )


def _read_links(root: Table, record: ClusterRecord) -> tuple[Link, ...]:
    """Every node tied to every network that it is tied to already, or that is new, with the scenario's changes."""
    links = {link.key: link for link in record.links}
    tied_nodes, tied_networks = {key[0] for key in links}, {key[1] for key in links}
    for node in record.nodes:
        for network in record.networks:
            if node.id not in tied_nodes or network.id not in tied_networks:
                links.setdefault((node.id, network.id), Link(node.id, network.id, adapter=f"{network.name} port"))
    for table in root.tables("link"):
        nodes = matching(table, "node", table.text("node") or "*", "node", record.nodes)
        networks = matching(table, "network", table.text("network") or "*", "network", record.networks)
        meant = [key for node in nodes for network in networks if (key := (node.id, network.id)) in links]
        if not meant:
            raise table.error(f"no link ties {nodes[0].name} to {networks[0].name}.", "node")
        for key in meant:
            links[key] = _link(table, links[key])
        table.close()
    return tuple(links.values())


def _link(table: Table, before: Link) -> Link:
    latency = table.duration("latency")
    up, address = table.flag("up"), table.text("address")
    return msgspec.structs.replace(
        before,
        bytes_per_second=link_speed(table) or before.bytes_per_second,
        latency_seconds=before.latency_seconds if latency is None else latency,
        up=before.up if up is None else up,
        address=before.address if address is None else address,
    )


def link_speed(table: Table) -> float | None:
    """`speed`, the nominal rate, or `payload`, what TCP shall get through; as the nominal rate."""
    speed, payload = table.rate("speed"), table.rate("payload")
    if speed is not None and payload is not None:
        raise table.error("'speed' and 'payload' say the same thing twice; keep one.", "payload")
    if payload is not None:
        speed = payload / GOODPUT_SHARE
    if speed is not None and not _PAYLOAD_LEAST <= speed <= _PAYLOAD_MOST:
        key = "speed" if payload is None else "payload"
        raise table.error("a link's speed is between 8 kbit/s and 8,000 Gbit/s; to cut it write 'up = false'.", key)
    return speed
