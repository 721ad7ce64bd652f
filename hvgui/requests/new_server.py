"""The request that brings a new server into the lab: a machine with its cables, not yet a member of the cluster."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster, Record
from hvgui.cluster.guest_identity import LONGEST_COMPUTER_NAME, computer_name_of, is_computer_name
from hvgui.cluster.ids import NetworkId, NodeId, SanId
from hvgui.cluster.installations import Installation
from hvgui.cluster.membership import members
from hvgui.cluster.networks import GIGABIT, Link, Network
from hvgui.cluster.nodes import (
    LEAST_NODE_BYTES,
    Node,
    NodeState,
    Processor,
    ServiceState,
    usual_root_reserve_bytes,
)
from hvgui.cluster.one_line import one_line
from hvgui.cluster.processor_models import PROCESSOR_MODELS
from hvgui.cluster.storage import StoragePath
from hvgui.cluster.units import format_bytes, format_link_speed
from hvgui.requests.problems import Problem, warning
from hvgui.requests.processors import MOST_SOCKETS
from hvgui.requests.request import Request, node_name, quoted

MOST_SERVERS = 128
"""In a lab, members or not: twice the nodes of the largest cluster."""
_LEAST_SPEED, _MOST_SPEED = 1_000.0, 1e12


class ServerLink(msgspec.Struct, frozen=True):
    """A link that a new server is to have."""

    network: NetworkId
    bytes_per_second: float = GIGABIT


class ServerPath(msgspec.Struct, frozen=True):
    """A path to a SAN that a new server is to have."""

    san: SanId
    bytes_per_second: float = 0.0
    """0: as fast as the SAN itself."""


class NewServer(Request, frozen=True, tag="new-server"):
    """Bring in a server. It stands beside the cluster as an evicted one does, until somebody adds it.

    What is not said is as with the node that it is like: hardware, Windows, links and paths.
    """

    name: str
    memory_bytes: int = 0
    """0: as much as the node that it is like."""
    model: str = ""
    """Of its processors: a key of the catalogue; empty: those of the node that it is like."""
    sockets: int = 0
    """0: as many as usual for the model."""
    like: NodeId | None = None
    """None: the first member of the cluster."""
    in_domain: bool = True
    """Whether it has joined the cluster's domain."""
    has_power: bool = True
    links: tuple[ServerLink, ...] | None = None
    """None: those of the node that it is like, at the same speeds."""
    paths: tuple[ServerPath, ...] | None = None
    """None: likewise. SANs that are not named it is not connected to."""
    uses_slat: bool = True
    hardware_virtualisation: bool = True
    """Whether it is switched on in the firmware, where the processor has it."""

    # What it will be

    def id_in(self, cluster: Cluster) -> NodeId:
        """The number that it would get now."""
        return NodeId(cluster.last_node_id + 1)

    def template(self, cluster: Cluster) -> Node | None:
        """The node that it is like; None: there is none."""
        if self.like is not None:
            return cluster.nodes.get(self.like)
        first = next(iter((*members(cluster), *cluster.nodes)), None)
        return None if first is None else cluster.nodes[first]

    def server(self, cluster: Cluster) -> Node:
        """The server itself. Raises KeyError for a processor that the catalogue lacks."""
        like = self.template(cluster) or Node(NodeId(0), "")
        memory = self.memory_bytes or like.memory_bytes
        same_memory = memory == like.memory_bytes
        model = PROCESSOR_MODELS[self.model] if self.model else None
        return Node(
            self.id_in(cluster),
            self.name,
            NodeState.DOWN,
            self._processor(like.processor),
            memory,
            like.root_reserve_bytes if same_memory else usual_root_reserve_bytes(memory),
            live_migrations=like.live_migrations,
            domain=_domain_of(cluster) if self.in_domain else "",
            system_drive=like.system_drive,
            manufacturer=like.manufacturer,
            model=like.model,
            service=ServiceState.STOPPED if self.has_power else ServiceState.RUNNING,
            is_member=False,
            hardware_virtualisation=self.hardware_virtualisation and (model is None or model.virtualises),
            installation=_set_up_like(like.installation),
        )

    def _processor(self, like: Processor) -> Processor:
        made = PROCESSOR_MODELS[self.model].processor(self.sockets or None) if self.model else like
        if not self.model and self.sockets:
            made = replace(made, sockets=self.sockets)
        return made if self.uses_slat or not made.slat else replace(made, slat=False)

    def all_links(self, cluster: Cluster) -> tuple[ServerLink, ...]:
        """The links that are named, or those of the node that it is like."""
        if self.links is not None:
            return self.links
        like = self.template(cluster)
        ties = sorted(cluster.links.items())
        return tuple(
            ServerLink(key[1], link.bytes_per_second) for key, link in ties if like is not None and key[0] == like.id
        )

    def all_paths(self, cluster: Cluster) -> tuple[ServerPath, ...]:
        """Likewise the paths."""
        if self.paths is not None:
            return self.paths
        like = self.template(cluster)
        known = {san: cluster.paths.get((like.id, san)) if like is not None else None for san in sorted(cluster.sans)}
        return tuple(ServerPath(san, 0.0 if path is None else path.bytes_per_second) for san, path in known.items())

    def records(self, cluster: Cluster) -> tuple[Record, ...]:
        """All that comes into the cluster's records: the server, its links and paths, and the LUNs that are presented
        to it. Raises KeyError where the check names a model, a network or a SAN that is not there."""
        node = self.server(cluster)
        links = (self._link(cluster, node.id, one) for one in self.all_links(cluster))
        paths, reached = self._paths(cluster, node.id), {one.san for one in self.all_paths(cluster)}
        luns = (lun for lun in cluster.luns.values() if lun.paths is not None and lun.san in reached)
        parted = (one for one in cluster.networks.values() if _is_parted_whole(cluster, one))
        return (
            node,
            *links,
            *paths,
            *(replace(lun, paths=(*(lun.paths or ()), node.id)) for lun in luns),
            *(replace(one, partition=_with_first(one.partition, node.id)) for one in parted),
        )

    def _link(self, cluster: Cluster, node: NodeId, one: ServerLink) -> Link:
        others = [link for key, link in sorted(cluster.links.items()) if key[1] == one.network]
        return Link(
            node,
            one.network,
            one.bytes_per_second,
            adapter=others[0].adapter if others else f"{cluster.networks[one.network].name} port",
            address=next_address([link.address for link in others], cluster.networks[one.network].address),
        )

    def _paths(self, cluster: Cluster, node: NodeId) -> Iterator[StoragePath]:
        """As fast as the SAN needs no record; where no cable is, there is a path that is down."""
        wanted = {one.san: one.bytes_per_second for one in self.all_paths(cluster)}
        for san in cluster.sans.values():
            if san.id not in wanted:
                yield StoragePath(node, san.id, san.bytes_per_second, up=False)
            elif wanted[san.id]:
                yield StoragePath(node, san.id, wanted[san.id])

    # What stands in the way

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Bring the server {self._shown} into the lab"

    @property
    def _shown(self) -> str:
        """The name as it may stand in a sentence, whatever it is."""
        return one_line(self.name)[:LONGEST_COMPUTER_NAME]

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        found = (*self._name(cluster), *self._hardware(cluster), *self._cables(cluster))
        return found or tuple(self._warnings(cluster))

    def _name(self, cluster: Cluster) -> Iterator[Problem]:
        shown = one_line(self.name)[:40]
        if not is_computer_name(self.name):
            remedy = f"Use up to {LONGEST_COMPUTER_NAME} letters, digits and hyphens, with no hyphen at either end."
            yield Problem("name", f"'{shown}' is no computer's name.", remedy)
        elif self.name.isdigit():
            yield Problem("name", f"'{shown}' is a number; Windows takes no such computer name.", "Add a letter.")
        taken = next((one for one in cluster.nodes.values() if one.name.lower() == self.name.lower()), None)
        if taken is not None:
            yield Problem("name-taken", f"There is a server {taken.name} in this lab already.", "Choose another name.")
        elif self.name.lower() == cluster.name.lower():
            text = f"{cluster.name} is the name of the cluster itself, which is a computer of the domain, too."
            yield Problem("name-taken", text, "Choose another name.")

    def _hardware(self, cluster: Cluster) -> Iterator[Problem]:
        limits, platform = cluster.profile.limits, cluster.profile.name
        if self.like is not None and self.like not in cluster.nodes:
            yield Problem("no-such-node", f"There is no {node_name(cluster, self.like)} in this cluster.")
            return
        if self.model and self.model not in PROCESSOR_MODELS:
            yield Problem("no-such-model", f"There is no processor '{one_line(self.model)[:60]}' in the catalogue.")
            return
        if not 0 <= self.sockets <= MOST_SOCKETS:
            yield Problem("sockets", f"A server has 1 to {MOST_SOCKETS} sockets, not {self.sockets}.")
            return
        node = self.server(cluster)
        if node.processor.logical > limits.logical_processors:
            most = limits.logical_processors
            text = f"{self.name} would have {node.processor.logical} logical processors; {platform} uses {most}."
            yield Problem("logical-processors", text, "Choose fewer sockets or a smaller model.")
        if not LEAST_NODE_BYTES <= node.memory_bytes <= limits.host_memory_bytes:
            least, most_bytes = format_bytes(LEAST_NODE_BYTES), format_bytes(limits.host_memory_bytes)
            text = (
                f"A server of {platform} has {least} to {most_bytes} of memory, not {format_bytes(node.memory_bytes)}."
            )
            yield Problem("memory", text)
        if len(cluster.nodes) >= MOST_SERVERS:
            text = f"There are {len(cluster.nodes)} servers in the lab, and {MOST_SERVERS} at most."
            yield Problem("too-many-servers", text, "Remove one that is not a member.")

    def _cables(self, cluster: Cluster) -> Iterator[Problem]:
        networks, sans = [one.network for one in self.links or ()], [one.san for one in self.paths or ()]
        for kind, ends, there in (("network", networks, {*cluster.networks}), ("SAN", sans, {*cluster.sans})):
            unknown = [end for end in ends if end not in there]
            if unknown:
                yield Problem("no-such-end", f"There is no {kind} no. {unknown[0]} in this cluster.")
            elif len(set(ends)) < len(ends):
                yield Problem("twice", f"A {kind} is named twice.", "Name each once.")
        speeds = [one.bytes_per_second for one in self.links or ()]
        speeds += [one.bytes_per_second for one in self.paths or () if one.bytes_per_second]
        if not all(_LEAST_SPEED <= speed <= _MOST_SPEED for speed in speeds):
            yield Problem("speed", "The speed of a link or path is between 8 kbit/s and 8,000 Gbit/s.")

    def _warnings(self, cluster: Cluster) -> Iterator[Problem]:
        if not self.all_links(cluster):
            text = f"{self.name} is tied to no network: no node hears it."
            yield warning("no-link", text, "Choose at least one network.")
        if cluster.sans and not self.all_paths(cluster):
            text = f"{self.name} is connected to no SAN: it reaches volumes through their coordinators alone."
            yield warning("no-path", text, "Connect it to the SAN.")
        if cluster.domain and not self.in_domain:
            text = f"{self.name} is a member of no domain, which a failover cluster needs."
            yield warning("no-domain", text, f"Let it join {cluster.domain}.")
        if not self.server(cluster).hardware_virtualisation:
            text = f"{self.name} would have no hardware virtualisation, which Hyper-V needs."
            yield warning("no-virtualisation", text, "Switch it on, or choose a processor of 2006 or later.")
        twin = next(
            (vm for vm in cluster.vms.values() if computer_name_of(vm).lower() == self.name.lower()),
            None,
        )
        if twin is not None:
            text = f"The guest of {twin.name} has the computer name {self.name}, too."
            yield warning("name-of-guest", text, "Choose another name.")

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = quoted(self._shown)
        lines = [f"# put {name} into the rack: {self.hardware(cluster)}"]
        if self.in_domain and cluster.domain:
            lines.append(f"Add-Computer -ComputerName {name} -DomainName {quoted(cluster.domain)} -Restart")
        if cluster.profile.features.drain:
            features = "Hyper-V, Failover-Clustering -IncludeManagementTools -Restart"
            lines.append(f"Install-WindowsFeature -ComputerName {name} -Name {features}")
        else:
            lines.append(f"# on {name}: Add-WindowsFeature Hyper-V, Failover-Clustering -Restart")
        return "\n".join(lines)

    def hardware(self, cluster: Cluster) -> str:
        """What it is built of, in a line."""
        if self.model and self.model not in PROCESSOR_MODELS:
            return one_line(self.model)[:60]
        node = self.server(cluster)
        networks = {one.network: one.bytes_per_second for one in self.all_links(cluster)}
        links = [
            f"{cluster.networks[network].name} ({format_link_speed(speed)})"
            for network, speed in networks.items()
            if network in cluster.networks
        ]
        words = [f"{node.processor.sockets} × {node.processor.model}", format_bytes(node.memory_bytes)]
        return ", ".join([*words, *(["linked to " + " and ".join(links)] if links else [])])


def _domain_of(cluster: Cluster) -> str:
    """The cluster's, or where nobody has noted it that of its nodes."""
    found = (cluster.nodes[node].domain for node in members(cluster))
    return cluster.domain or next((domain for domain in found if domain), "")


def _set_up_like(there: Installation) -> Installation:
    """The same Windows, without what is wrong with it there."""
    return Installation(there.system, there.service_pack, there.option, there.architecture, there.updates)


def _is_parted_whole(cluster: Cluster, network: Network) -> bool:
    """Whether every node is in some group of a partition: then the rest of the world is on the side of the first."""
    return bool(network.partition) and all(network.group_of(node) >= 0 for node in cluster.nodes)


def _with_first(groups: tuple[tuple[NodeId, ...], ...], node: NodeId) -> tuple[tuple[NodeId, ...], ...]:
    return ((*groups[0], node), *groups[1:])


def next_address(taken: list[str], subnet: str) -> str:
    """The first address behind the highest of those taken, within the subnet; empty where none is known, or left."""
    found = sorted(one for one in map(_address, taken) if one is not None)
    if not found:
        return ""
    try:
        within = ipaddress.IPv4Network(subnet, strict=False) if "/" in subnet else None
    except ValueError:
        within = None
    candidate = found[-1]
    for _ in range(512):
        candidate += 1
        if within is not None and (candidate not in within or candidate == within.broadcast_address):
            return ""
        if int(candidate) & 0xFF not in (0, 0xFF):
            return str(candidate)
    return ""


def _address(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None
