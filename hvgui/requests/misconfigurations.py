"""Requests that set a node up wrongly, as administrators do, and that set it right again."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.hearing import is_alive
from hvgui.cluster.misconfigurations import (
    STOPPED_SERVICE,
    UNSIGNED_DRIVER,
    UPDATE,
    Misconfiguration,
    domain_of,
    is_wrong,
    misconfigured,
    set_right,
)
from hvgui.cluster.nodes import Node, NodeState
from hvgui.requests.faults import NodeRequest
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import node_name, quoted


class _Words(msgspec.Struct, frozen=True):
    """How one is named: what is done, what is so then, and both the other way round; with the cmdlets."""

    harm: str
    wrong: str
    mend: str
    right: str
    harm_cmdlet: str
    mend_cmdlet: str


_REGISTRY = "HKLM:\\SYSTEM\\CurrentControlSet\\Control\\CrashControl"
WORDS: dict[Misconfiguration, _Words] = {
    Misconfiguration.DOMAIN: _Words(
        "Take {node} out of its domain",
        "{node} has left its domain: once its cluster service stops, it joins the cluster no more",
        "Let {node} join the domain {domain}",
        "{node} is a member of the domain {domain} again",
        "Remove-Computer -ComputerName {node}",
        "Add-Computer -ComputerName {node} -DomainName {domain}",
    ),
    Misconfiguration.VIRTUALISATION: _Words(
        "Switch off hardware virtualisation of {node}",
        "Hardware virtualisation of {node} is off{when}: Hyper-V starts no VM there then",
        "Switch on hardware virtualisation of {node}",
        "Hardware virtualisation of {node} is on{when}",
        "# in the firmware set-up of {node}: switch off Intel VT or AMD-V",
        "# in the firmware set-up of {node}: switch on Intel VT or AMD-V",
    ),
    Misconfiguration.FIREWALL: _Words(
        "Let the firewall of {node} block cluster traffic",
        "The firewall of {node} lets no cluster traffic through: the others hear it no more",
        "Let the firewall of {node} pass cluster traffic",
        "The firewall of {node} lets cluster traffic through again",
        "Disable-NetFirewallRule -CimSession {node} -DisplayGroup 'Failover Clusters'",
        "Enable-NetFirewallRule -CimSession {node} -DisplayGroup 'Failover Clusters'",
    ),
    Misconfiguration.CLUSTER_SERVICE: _Words(
        "Start the cluster service of {node} by hand only",
        "The cluster service of {node} does not start with Windows any more: it stays out after a restart",
        "Start the cluster service of {node} with Windows",
        "The cluster service of {node} starts with Windows again",
        "Set-Service -ComputerName {node} -Name ClusSvc -StartupType Manual",
        "Set-Service -ComputerName {node} -Name ClusSvc -StartupType Automatic",
    ),
    Misconfiguration.SERVICES: _Words(
        f"Stop {STOPPED_SERVICE} on {{node}}",
        f"{STOPPED_SERVICE} does not run on {{node}}, and a cluster needs it",
        "Start the services that a cluster needs on {node}",
        "All services that a cluster needs run on {node}",
        "Get-Service -ComputerName {node} -Name RemoteRegistry | Stop-Service",
        "Get-Service -ComputerName {node} -Name RemoteRegistry | Start-Service",
    ),
    Misconfiguration.DRIVER: _Words(
        "Install an unsigned driver on {node}",
        f"{{node}} runs a driver without a signature: {UNSIGNED_DRIVER}",
        "Install signed drivers on {node}",
        "All drivers of {node} are signed",
        f"# on {{node}}: pnputil -i -a {UNSIGNED_DRIVER.removesuffix('.sys')}.inf",
        f"# on {{node}}: pnputil -d {UNSIGNED_DRIVER.removesuffix('.sys')}.inf",
    ),
    Misconfiguration.MEMORY_DUMP: _Words(
        "Switch off the memory dump of {node}",
        "{node} writes no memory dump when Windows stops with an error",
        "Switch on the memory dump of {node}",
        "{node} writes a memory dump when Windows stops with an error",
        f"# on {{node}}: Set-ItemProperty {_REGISTRY} CrashDumpEnabled 0",
        f"# on {{node}}: Set-ItemProperty {_REGISTRY} CrashDumpEnabled 2",
    ),
    Misconfiguration.UPDATE: _Words(
        "Give {node} other updates than the others have",
        "{node} has other updates than the other nodes",
        "Give {node} the updates that the others have",
        "{node} has the updates that the others have",
        f"# on {{node}}: wusa /uninstall /kb:{UPDATE.removeprefix('KB')}, or install it there alone",
        f"# on {{node}}: install or remove {UPDATE}, as on the others",
    ),
    Misconfiguration.RELEASE: _Words(
        "Install an older release of Windows on {node}",
        "{node} runs another release of Windows than the other nodes",
        "Install the release of Windows that the others have on {node}",
        "{node} runs the release of Windows that the others have",
        "# set {node} up anew, with an older release of Windows Server",
        "# set {node} up anew, with the release of Windows Server that the others have",
    ),
    Misconfiguration.SERVICE_PACK: _Words(
        "Give {node} another service pack than the others have",
        "{node} has another service pack than the other nodes",
        "Give {node} the service pack that the others have",
        "{node} has the service pack that the others have",
        "# on {node}: install or remove Service Pack 1",
        "# on {node}: install or remove Service Pack 1, as on the others",
    ),
    Misconfiguration.OPTION: _Words(
        "Install {node} with another option than the others (full or Server Core)",
        "{node} has another installation option than the other nodes",
        "Install {node} with the option that the others have",
        "{node} has the installation option that the others have",
        "# set {node} up anew: full or Server Core can't be changed before 2012",
        "# set {node} up anew: full or Server Core, as the others",
    ),
    Misconfiguration.SYSTEM_DRIVE: _Words(
        "Give {node} another system drive than the others have",
        "{node} starts from another system drive than the other nodes",
        "Give {node} the system drive that the others have",
        "{node} starts from the system drive that the others have",
        "# set {node} up anew, on another drive",
        "# set {node} up anew, on the drive of the others",
    ),
}
"""The words of each. `{when}` says from when the firmware's settings count."""


class MisconfigureNode(NodeRequest, frozen=True, tag="misconfigure-node"):
    """Set a node up wrongly in one respect."""

    wrong: Misconfiguration

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return _said(cluster, self, WORDS[self.wrong].harm)

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        del state
        node = cluster.nodes[self.node]
        if is_wrong(cluster, node, self.wrong):
            return (Problem("wrong-already", f"{self.event(cluster)}.", "Set that right first."),)
        if self.wrong is Misconfiguration.DOMAIN and not node.domain:
            return (Problem("no-domain", f"{node.name} is in no domain, and neither is the cluster."),)
        return tuple(self._warnings(cluster, node))

    def _warnings(self, cluster: Cluster, node: Node) -> Iterator[Problem]:
        if self.wrong is Misconfiguration.FIREWALL and is_alive(cluster, node.id) and cluster.networks:
            yield warning("cut-off", f"The others hear {node.name} no more, and remove it from the cluster.")
        if self.wrong is Misconfiguration.VIRTUALISATION and node.has_power:
            yield warning("at-next-start", f"It counts from the next start of {node.name}.")

    def event(self, cluster: Cluster) -> str:
        """What is so then, without the point."""
        return _said(cluster, self, WORDS[self.wrong].wrong)

    def changed(self, cluster: Cluster) -> Node:
        """The node's record then."""
        return misconfigured(cluster.nodes[self.node], self.wrong)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return _said(cluster, self, WORDS[self.wrong].harm_cmdlet, quote=True)


class SetNodeRight(NodeRequest, frozen=True, tag="set-node-right"):
    """Set a node up as it should be in one respect."""

    wrong: Misconfiguration

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return _said(cluster, self, WORDS[self.wrong].mend)

    def node_problems(self, cluster: Cluster, state: NodeState) -> tuple[Problem, ...]:
        """See NodeRequest.node_problems."""
        del state
        node = cluster.nodes[self.node]
        if not is_wrong(cluster, node, self.wrong):
            return (Problem("right-already", f"{self.event(cluster)}: there is nothing to set right."),)
        if self.wrong is Misconfiguration.VIRTUALISATION and node.has_power:
            return (warning("at-next-start", f"It counts from the next start of {node.name}."),)
        return ()

    def event(self, cluster: Cluster) -> str:
        """What is so then, without the point."""
        return _said(cluster, self, WORDS[self.wrong].right)

    def changed(self, cluster: Cluster) -> Node:
        """The node's record then."""
        return set_right(cluster, cluster.nodes[self.node], self.wrong)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return _said(cluster, self, WORDS[self.wrong].mend_cmdlet, quote=True)


def _said(cluster: Cluster, request: MisconfigureNode | SetNodeRight, words: str, *, quote: bool = False) -> str:
    node = cluster.nodes.get(request.node)
    name = node_name(cluster, request.node)
    domain = domain_of(cluster, node) if node is not None else ""
    when = " from its next start" if node is not None and (node.has_power or node.is_starting) else ""
    is_cmdlet = quote and not words.startswith("#")
    name, domain = (quoted(name), quoted(domain)) if is_cmdlet else (name, domain)
    return words.format(node=name, domain=domain or "of the cluster", when=when)
