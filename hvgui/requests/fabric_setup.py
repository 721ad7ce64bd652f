"""Requests that set networks and storage up otherwise, rightly or wrongly: roles, addresses and latencies, what a
storage system supports, and which nodes it shows a LUN to."""

from __future__ import annotations

import ipaddress

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.storage import Lun, San
from hvgui.cluster.units import format_seconds
from hvgui.requests.faults import LinkRequest
from hvgui.requests.network_faults import network_name
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name, node_names, quoted
from hvgui.requests.storage_faults import LunRequest, SanRequest
from hvgui.requests.storage_losses import loss_warnings, vms_above
from hvgui.requests.storage_names import lun_name, san_name

MOST_LATENCY_SECONDS = 10.0
"""Longer than anything waits."""
ROLES = {
    NetworkRole.NONE: "nothing of the cluster",
    NetworkRole.CLUSTER_ONLY: "cluster traffic only",
    NetworkRole.CLUSTER_AND_CLIENT: "cluster traffic and clients",
}
"""What a network of each role carries, in sentences."""


class SetNetworkRole(Request, frozen=True, tag="set-network-role"):
    """Say which traffic a cluster network carries."""

    network: NetworkId
    role: NetworkRole

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Let {network_name(cluster, self.network)} carry {ROLES[self.role]}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        network = cluster.networks.get(self.network)
        if network is None:
            return (Problem("no-such-network", f"There is no {network_name(cluster, self.network)} in this cluster."),)
        if network.role is self.role:
            return (Problem("so-already", f"{network.name} carries {ROLES[self.role]} already."),)
        others = (one for one in cluster.networks.values() if one.id != self.network)
        if self.role is NetworkRole.NONE and all(one.role is NetworkRole.NONE for one in others):
            text = f"No other network carries cluster traffic: without {network.name} no node hears another."
            return (warning("last-network", text),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"(Get-ClusterNetwork {quoted(network_name(cluster, self.network))}).Role = {int(self.role)}"


class SetAddress(LinkRequest, frozen=True, tag="set-address"):
    """Give a node another address on a network."""

    address: str

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Give {self.place(cluster)} the address {self.address or 'of nobody'}"

    def link_problems(self, cluster: Cluster, *, up: bool) -> tuple[Problem, ...]:
        """See LinkRequest.link_problems."""
        del up
        if self.address and not _is_address(self.address):
            text = f"'{self.address[:40]}' is no IPv4 address."
            return (Problem("no-address", text, "Write it as 10.0.0.21, or leave it empty for none."),)
        if cluster.links[(self.node, self.network)].address == self.address:
            return (Problem("so-already", f"{node_name(cluster, self.node)} has that address there already."),)
        same = [
            node_name(cluster, link.node)
            for link in cluster.links.values()
            if self.address and link.address == self.address and link.node != self.node
        ]
        return (warning("conflict", f"{same[0]} has the address {self.address}, too."),) if same else ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# on {node_name(cluster, self.node)}: netsh interface ipv4 set address ... {self.address}"


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


class SetLinkLatency(LinkRequest, frozen=True, tag="set-link-latency"):
    """Let packets over a link take longer, or less long."""

    latency_seconds: float
    """One way."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Give {self.place(cluster)} a latency of {format_seconds(self.latency_seconds)}"

    def link_problems(self, cluster: Cluster, *, up: bool) -> tuple[Problem, ...]:
        """See LinkRequest.link_problems."""
        del up
        return _latency_problems(self.latency_seconds)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# a longer or shorter way: no cmdlet changes the latency of {self.place(cluster)}"


def _latency_problems(seconds: float) -> tuple[Problem, ...]:
    if 0.0 <= seconds <= MOST_LATENCY_SECONDS:
        return ()
    return (Problem("latency", f"A latency is between 0 and {MOST_LATENCY_SECONDS:g} seconds."),)


class SetSanLatency(SanRequest, frozen=True, tag="set-san-latency"):
    """Let a storage system answer later, or sooner."""

    latency_seconds: float
    """Of an operation while nobody else asks."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Let {san_name(cluster, self.san)} answer after {format_seconds(self.latency_seconds)}"

    def san_problems(self, cluster: Cluster, san: San) -> tuple[Problem, ...]:
        """See SanRequest.san_problems."""
        del cluster, san
        return _latency_problems(self.latency_seconds)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# what {san_name(cluster, self.san)} is built of: no cmdlet changes its latency"


class SetReservations(SanRequest, frozen=True, tag="set-reservations"):
    """Say whether a storage system knows SCSI-3 persistent reservations, which a cluster needs."""

    supported: bool

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Switch persistent reservations of {san_name(cluster, self.san)} {'on' if self.supported else 'off'}"

    def san_problems(self, cluster: Cluster, san: San) -> tuple[Problem, ...]:
        """See SanRequest.san_problems."""
        del cluster
        if san.persistent_reservations == self.supported:
            return (Problem("so-already", f"They are {'on' if self.supported else 'off'} at {san.name} already."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# in the management of {san_name(cluster, self.san)}: SCSI-3 persistent reservations"


class PresentLun(LunRequest, frozen=True, tag="present-lun"):
    """Say which nodes a storage system shows a LUN to (masking)."""

    nodes: tuple[NodeId, ...] | None = None
    """None: all of them, those to come as well."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        whom = "every node" if self.nodes is None else node_names(cluster, self.nodes) or "nobody"
        return f"Present {lun_name(cluster, self.lun)} to {whom}"

    def lun_problems(self, cluster: Cluster, lun: Lun) -> tuple[Problem, ...]:
        """See LunRequest.lun_problems."""
        unknown = [node for node in self.nodes or () if node not in cluster.nodes]
        if unknown:
            return (Problem("no-such-node", f"There is no {node_name(cluster, unknown[0])} in this cluster."),)
        wanted = None if self.nodes is None else tuple(sorted(set(self.nodes)))
        if wanted == lun.paths:
            return (Problem("so-already", f"{lun.name} is presented to them already, and to nobody else."),)
        return loss_warnings(cluster, vms_above(cluster, lun.id), replace(lun, paths=wanted))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# mask {lun_name(cluster, self.lun)} on its SAN; on each node: Update-HostStorageCache"
