"""An inventory's networks and links: Get-ClusterNetwork, Get-ClusterNetworkInterface and the hosts' adapters."""

from __future__ import annotations

from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.cluster.networks import GIGABIT, Link, Network, NetworkRole
from hvgui.exchange.enumerations import INTERFACE_UP, NETWORK_ROLES, NETWORK_UP
from hvgui.exchange.findings import Findings
from hvgui.exchange.inventory_file import InventoryError
from hvgui.exchange.inventory_nodes import InventoryNodes
from hvgui.exchange.powershell_json import PsObject

MOST_NETWORKS = 256
MOST_SWITCHES = 4_096
"""Virtual switches, and adapters, that are compared by name; a cluster has a handful of each."""
_FASTEST = 1e12
_FIRST_METRIC_WITH_GATEWAY = 10_000
"""2008 R2 numbers networks with a gateway from 10,000 on and the others from 1,000."""


_LONGEST_ORDER = 40 * MOST_NETWORKS
_ROLE_TEXTS = frozenset(str(key) for key in NETWORK_ROLES)


class InventoryNetworks:
    """The networks and links of an inventory, and which network a virtual switch is bound to."""

    def __init__(self, root: PsObject, nodes: InventoryNodes, findings: Findings) -> None:
        self._findings = findings
        self._nodes = nodes
        self._adapters = self._adapters_by_address()
        self._by_switch: dict[str, NetworkId | None] = {}
        listed = list(root.objects("networks"))
        if len(listed) > MOST_NETWORKS:
            raise InventoryError(f"The inventory names {len(listed):,} networks; at most {MOST_NETWORKS} are read.")
        self._ids: dict[str, NetworkId] = {}
        interfaces = list(root.objects("networkInterfaces"))
        named = self._named(listed)
        for row, name in enumerate(named):
            self._ids[name.lower()] = NetworkId(row)
        self._some_role = any(one.text("Role").replace(" ", "").lower() in _ROLE_TEXTS for one in named.values())
        ways_out = self._gateways(interfaces)
        self._down = {
            NetworkId(row)
            for row, one in enumerate(named.values())
            if one.has("State") and one.one_of(NETWORK_UP, "State") is False
        }
        self.records = [
            self._network(NetworkId(row), name, one, ways_out) for row, (name, one) in enumerate(named.items())
        ]
        if not self.records:
            findings.doubt(
                "networks", "The inventory lists no cluster networks; one for clients was assumed on every node."
            )
            self.records = [Network(NetworkId(0), "Cluster Network 1", has_gateway=True)]
        self.migration_order = self._migration_order(root.child("cluster"), named)
        """The networks for live migration in their order, where the cluster's administrator chose them; else empty."""
        self.links = self._links(interfaces)
        self._network_of_adapter: dict[str, NetworkId] = {}
        for link in self.links[:MOST_SWITCHES]:
            self._network_of_adapter.setdefault(link.adapter.lower(), link.network)

    def of_switch(self, switch: str, where: str) -> NetworkId | None:
        """The network that a virtual switch of that name is bound to, by its name, else the clients'."""
        if not switch:
            return None
        if switch not in self._by_switch:
            self._by_switch[switch] = self._named_like(switch)
        matched = self._by_switch[switch]
        if matched is not None:
            return matched
        clients = [one for one in self.records if one.role is NetworkRole.CLUSTER_AND_CLIENT] or self.records
        chosen = min(clients, key=lambda one: (not one.has_gateway, one.id))
        self._findings.assumed(
            f"The virtual switch '{switch}' could not be tied to a cluster network; {chosen.name} was assumed.", where
        )
        return chosen.id

    def _migration_order(self, cluster: PsObject, named: dict[str, PsObject]) -> tuple[NetworkId, ...]:
        """MigrationNetworkOrder, or else the cluster's usual order, without MigrationExcludeNetworks."""
        by_id = {one.text("Id").lower(): NetworkId(row) for row, one in enumerate(named.values()) if one.has("Id")}
        chosen = _ids_in(cluster.text("MigrationNetworkOrder", longest=_LONGEST_ORDER))
        excluded = _ids_in(cluster.text("MigrationExcludeNetworks", longest=_LONGEST_ORDER))
        for network in (*chosen, *excluded):
            if network not in by_id:
                self._findings.doubt(
                    "cluster",
                    f"Its networks for live migration name {network[:60]}, which is not listed; left out here.",
                )
        if not chosen and not excluded:
            return ()
        usable = [one for one in self.records if one.role is not NetworkRole.NONE]
        usual = sorted(usable, key=lambda one: (one.has_gateway, -one.metric, one.id))
        order = dict.fromkeys([by_id[one] for one in chosen if one in by_id] or [one.id for one in usual])
        barred = {by_id[one] for one in excluded if one in by_id}
        return tuple(network for network in order if network not in barred)

    def _named_like(self, switch: str) -> NetworkId | None:
        """The network whose adapter (`vEthernet (Client)`) or whose own name holds the switch's name."""
        if len(self._by_switch) > MOST_SWITCHES:
            return None
        for adapter, network in self._network_of_adapter.items():
            if switch.lower() in adapter:
                return network
        for one in self.records:
            if switch.lower() in one.name.lower():
                return one.id
        return None

    def _named(self, listed: list[PsObject]) -> dict[str, PsObject]:
        named: dict[str, PsObject] = {}
        taken: set[str] = set()
        for one in listed:
            name = one.text("Name") or f"Network {len(named) + 1}"
            if name.lower() in taken:
                self._findings.loss(one.where, f"The network {name} is listed twice; the second one was left out.")
            else:
                taken.add(name.lower())
                named[name] = one
        return named

    def _network(self, network: NetworkId, name: str, one: PsObject, ways_out: set[str]) -> Network:
        role = one.one_of(NETWORK_ROLES, "Role")
        if role is None:
            role = NetworkRole.NONE if self._some_role else NetworkRole.CLUSTER_AND_CLIENT
            used = "no use by the cluster" if self._some_role else "cluster and client"
            self._findings.doubt(name, f"Its role is not known; {used} was assumed.")
        metric = one.count("Metric", most=10_000_000)
        gateway = name.lower() in ways_out
        if not self._adapters:
            gateway = role is NetworkRole.CLUSTER_AND_CLIENT and (
                metric is None or metric >= _FIRST_METRIC_WITH_GATEWAY
            )
            self._findings.assumed(
                "Whether the network has a gateway is not given; assumed from its role and metric.", name
            )
        address = one.text("Address")
        return Network(network, name, role, gateway, 1000 if metric is None else metric, address)

    def _adapters_by_address(self) -> dict[tuple[NodeId, str], PsObject]:
        """The hosts' adapters by node and address."""
        found: dict[tuple[NodeId, str], PsObject] = {}
        for key, host in self._nodes.hosts.items():
            node = self._nodes.find(key)
            for adapter in host.objects("Adapters") if node is not None else ():
                for address in adapter.names("IPAddress"):
                    found.setdefault((node or NodeId(0), address), adapter)
        return found

    def _gateways(self, interfaces: list[PsObject]) -> set[str]:
        """The networks on which some node has a default gateway."""
        found: set[str] = set()
        for one in interfaces:
            node = self._nodes.find(one.text("Node"))
            adapter = self._adapters.get((node, one.text("Address"))) if node is not None else None
            if adapter is not None and adapter.names("DefaultIPGateway"):
                found.add(one.text("Network").lower())
        return found

    def _links(self, interfaces: list[PsObject]) -> list[Link]:
        if not interfaces:
            self._findings.doubt(
                "networkInterfaces", "The inventory lists no network interfaces; every node was tied to every network."
            )
            return [
                Link(node.id, network.id, up=network.id not in self._down)
                for node in self._nodes.records
                for network in self.records
            ]
        links: dict[tuple[NodeId, NetworkId], Link] = {}
        for one in interfaces:
            link = self._link(one)
            if link is None:
                continue
            if link.key in links:
                self._findings.loss(one.where, "A second interface of the same node on the same network; left out.")
            else:
                links[link.key] = link
        return list(links.values())

    def _link(self, one: PsObject) -> Link | None:
        node, network = self._nodes.find(one.text("Node")), self._ids.get(one.text("Network").lower())
        name = one.text("Name") or one.where
        if node is None or network is None:
            lacking = f"node {one.text('Node')!r}" if node is None else f"network {one.text('Network')!r}"
            self._findings.loss(one.where, f"The interface {name} belongs to {lacking}, which is not listed; left out.")
            return None
        up = one.one_of(INTERFACE_UP, "State") if one.has("State") else True
        address = one.text("Address")
        adapter = self._adapters.get((node, address))
        return Link(
            node,
            network,
            self._speed(name, adapter),
            up=up is not False and network not in self._down,
            adapter=one.text("Adapter") or name,
            address=address,
        )

    def _speed(self, interface: str, adapter: PsObject | None) -> float:
        """Bytes per second; Windows gives bits, and for a cut cable 2^63 - 1 or 0."""
        bits = adapter.number("Speed") if adapter is not None else None
        if bits is not None and 0 < bits / 8 <= _FASTEST:
            return bits / 8
        self._findings.assumed("The speed of the interface is not given; 1 Gbit/s was assumed.", interface)
        return GIGABIT


def _ids_in(text: str) -> tuple[str, ...]:
    return tuple(one.strip().lower() for one in text.split(";") if one.strip())
