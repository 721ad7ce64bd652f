"""What the request for a new server takes, as a scenario writes it."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.networks import GIGABIT
from hvgui.lab.scenario_cluster import link_speed
from hvgui.lab.scenario_copies import Reader
from hvgui.lab.scenario_names import the_one
from hvgui.lab.scenario_table import Table
from hvgui.requests.new_server import NewServer, ServerLink, ServerPath
from hvgui.requests.problems import blockers


def _memory(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
    del record, vm
    return table.size("memory")


def _like(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> NodeId | None:
    del vm
    name = table.text("like")
    return None if name is None else the_one(table, "like", name, "node", record.nodes).id


def _links(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> tuple[ServerLink, ...] | None:
    del vm
    if not table.has("links"):
        return None
    found: list[ServerLink] = []
    for inner in table.tables("links"):
        name = inner.needed("network", inner.text("network"))
        network = the_one(inner, "network", name, "network", record.networks)
        found.append(ServerLink(network.id, link_speed(inner) or GIGABIT))
        inner.close()
    return tuple(found)


def _paths(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> tuple[ServerPath, ...] | None:
    del vm
    if not table.has("paths"):
        return None
    found: list[ServerPath] = []
    for inner in table.tables("paths"):
        san = the_one(inner, "san", inner.needed("san", inner.text("san")), "SAN", record.sans)
        found.append(ServerPath(san.id, inner.rate("speed") or 0.0))
        inner.close()
    return tuple(found)


def _flag(key: str) -> Reader:
    def read(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
        del record, vm
        return table.flag(key)

    return read


def with_server_of(record: ClusterRecord, request: object) -> ClusterRecord:
    """The cluster once a server has come; others change nothing that a scenario names."""
    if not isinstance(request, NewServer):
        return record
    cluster = Cluster(record)
    if not blockers(request.check(cluster)):
        for one in request.records(cluster):
            cluster.put(one)
    return cluster.record()


SERVER_READERS: dict[str, Reader] = {
    "memory_bytes": _memory,
    "like": _like,
    "in_domain": _flag("in_domain"),
    "has_power": _flag("power"),
    "hardware_virtualisation": _flag("hardware_virtualisation"),
    "links": _links,
    "paths": _paths,
}
"""How each field of the request is read."""
