"""An inventory's nodes: Get-ClusterNode, Get-VMHost and what Windows knows of the computer."""

from __future__ import annotations

import re

import msgspec

from hvgui.cluster.ids import NodeId
from hvgui.cluster.installations import Installation, InstallationOption
from hvgui.cluster.nodes import Node, NodeState, Processor
from hvgui.cluster.units import GIB, format_bytes
from hvgui.exchange.enumerations import NODE_STATES
from hvgui.exchange.findings import Findings
from hvgui.exchange.hardware import MEMORY_STEPS, assumed_features, processor_vendor
from hvgui.exchange.inventory_file import InventoryError
from hvgui.exchange.powershell_json import PsObject

MOST_NODES = 4_096
_ROOT_RESERVE = 2 * GIB
_UNKNOWN = "unknown"
_MOST_UPDATES = 500
_CORE_EDITIONS = frozenset((12, 13, 14, 29, 39, 40, 41, 42))
"""Win32_OperatingSystem.OperatingSystemSKU of Server Core installations, and of Hyper-V Server (42)."""
_TRADE_MARKS = re.compile(r"\((?:r|tm|c)\)", re.IGNORECASE)


def short_name(name: str) -> str:
    """A computer's name as a key: `NODE1.corp.example` and `node1` are the same."""
    return name.split(".", maxsplit=1)[0].strip().lower()


class InventoryNodes:
    """The nodes of an inventory, found by name in whatever form a property gives it."""

    def __init__(self, root: PsObject, vms: list[PsObject], findings: Findings) -> None:
        self._findings = findings
        self.hosts = self._by_name(root, "hosts", ("ComputerName", "Name", "PSComputerName"))
        listed = self._by_name(root, "nodes", ("Name", "NodeName"))
        names = {key: one.text("Name", "NodeName") for key, one in listed.items()}
        if listed:
            for key, host in self.hosts.items():
                if key not in listed:
                    findings.loss(
                        host.where, f"{host.text('ComputerName', 'Name')} is no node of the cluster; left out."
                    )
        else:
            names = self._names_without_cluster(vms)
        if len(names) > MOST_NODES:
            raise InventoryError(f"The inventory names {len(names):,} nodes; at most {MOST_NODES:,} are read.")
        self._ids = {key: NodeId(row) for row, key in enumerate(names)}
        domain = root.child("cluster").text("Domain")
        nothing = PsObject({}, "nodes", findings)
        described = [
            self._node(
                self._ids[key], name, listed.get(key, nothing), self.hosts.get(key, nothing), domain, bool(self.hosts)
            )
            for key, name in names.items()
        ]
        self.records = [self._like_its_neighbours(node, described) for node in described]

    def find(self, name: str) -> NodeId | None:
        """The node of that name, with or without its domain; None where there is none."""
        return self._ids.get(short_name(name)) if name else None

    def find_all(self, names: tuple[str, ...], where: str) -> tuple[NodeId, ...]:
        """The nodes of those names, in order and each once; unknown ones are findings."""
        found: dict[NodeId, None] = {}
        for name in names:
            node = self.find(name)
            if node is None:
                self._findings.doubt(where, f"The node {name} is not in the inventory; it was left out here.")
            else:
                found[node] = None
        return tuple(found)

    def versions(self) -> dict[str, str]:
        """The version of Windows by node, where it is known."""
        found = {key: host.child("OperatingSystem").text("Version") for key, host in self.hosts.items()}
        return {key: version for key, version in found.items() if version}

    def _by_name(self, root: PsObject, section: str, properties: tuple[str, ...]) -> dict[str, PsObject]:
        found: dict[str, PsObject] = {}
        for one in root.objects(section):
            name = one.text(*properties)
            if not short_name(name):
                self._findings.loss(one.where, "This computer has no name; it was left out.")
            elif short_name(name) in found:
                self._findings.loss(one.where, f"{name} is listed twice; the second one was left out.")
            else:
                found[short_name(name)] = one
        return found

    def _names_without_cluster(self, vms: list[PsObject]) -> dict[str, str]:
        """Without Get-ClusterNode the hosts are the nodes, or else the computers that the VMs are on."""
        names = {key: host.text("ComputerName", "Name", "PSComputerName") for key, host in self.hosts.items()}
        for vm in vms:
            name = vm.text("ComputerName", "PSComputerName")
            if short_name(name):
                names.setdefault(short_name(name), name)
        if not names and vms:
            names = {"node1": "NODE1"}
        if names:
            first = ", ".join(list(names.values())[:10])
            self._findings.doubt("nodes", f"The inventory lists no cluster nodes; taken from hosts and VMs: {first}.")
        return names

    def _node(self, node: NodeId, name: str, member: PsObject, host: PsObject, domain: str, any_hosts: bool) -> Node:
        if any_hosts and not host.property_names():
            self._findings.doubt(name, "The collector got nothing from this node itself; its hardware was assumed.")
        state = member.one_of(NODE_STATES, "State") if member.has("State") else NodeState.UP
        system = host.child("ComputerSystem")
        installed = self._memory_bytes(name, host, system)
        own_domain = system.text("Domain") or domain
        return Node(
            node,
            name.split(".", maxsplit=1)[0] if name else name,
            state or NodeState.DOWN,
            self._processor(name, host),
            installed,
            min(_ROOT_RESERVE, installed // 4),
            _vm_host(host).count("MaximumVirtualMachineMigrations", most=1_000),
            own_domain,
            (host.child("OperatingSystem").text("SystemDrive") or "C:")[:2],
            member.text("Manufacturer") or system.text("Manufacturer"),
            member.text("Model") or system.text("Model"),
            installation=_installation(host),
        )

    @staticmethod
    def _like_its_neighbours(node: Node, described: list[Node]) -> Node:
        """The servers of a cluster are as a rule alike: what one does not tell of itself is taken from another."""
        if node.processor.model == _UNKNOWN:
            known = (other.processor for other in described if other.processor.model != _UNKNOWN)
            like = next(known, Processor())
            logical = node.processor.logical
            if logical > 1 and logical != like.logical:
                like = Processor(like.model, like.vendor, 1, logical, 1, like.features, like.slat)
            node = msgspec.structs.replace(node, processor=like)
        if not node.installation.system:
            told = (other.installation for other in described if other.installation.system)
            node = msgspec.structs.replace(node, installation=next(told, node.installation))
        if not node.memory_bytes:
            installed = next((other.memory_bytes for other in described if other.memory_bytes), 0)
            node = _with_memory(node, installed, min(_ROOT_RESERVE, installed // 4))
        return node

    def _memory_bytes(self, name: str, host: PsObject, system: PsObject) -> int:
        installed = _vm_host(host).size("MemoryCapacity") or system.size("TotalPhysicalMemory")
        if installed:
            return installed
        self._findings.assumed(
            "The node's memory is not given; another node's, or as much as its VMs need, was assumed.", name
        )
        return 0

    def _processor(self, name: str, host: PsObject) -> Processor:
        sockets = list(host.objects("Processors"))
        logical = _vm_host(host).count("LogicalProcessorCount", most=100_000)
        if not sockets:
            self._findings.assumed("The node's processors are not given; another node's were assumed.", name)
            return Processor(_UNKNOWN, "", 1, logical or 1, 1, ())
        first = sockets[0]
        model = " ".join(_TRADE_MARKS.sub("", first.text("Name")).split())
        vendor = processor_vendor(first.text("Manufacturer"), model)
        cores = first.count("NumberOfCores", most=10_000) or 1
        threads = max(1, (first.count("NumberOfLogicalProcessors", most=100_000) or cores) // cores)
        slat = first.flag("SecondLevelAddressTranslationExtensions")
        self._findings.assumed(
            "Windows lists no processor features; those of the processor's generation were assumed from its name.",
            name,
        )
        features = assumed_features(vendor, model)
        return Processor(
            model or f"{vendor} processor", vendor, len(sockets), cores, threads, features, slat is not False
        )


def _installation(host: PsObject) -> Installation:
    """Windows as the collector found it. Whether virtualisation is on in the firmware can't be asked once Hyper-V runs:
    the hypervisor hides it."""
    about = host.child("OperatingSystem")
    updates = {one.text("HotFixID").upper() for one in host.objects("Updates")}
    sku = about.count("OperatingSystemSKU", most=100_000)
    bits = about.text("OSArchitecture")
    return Installation(
        system=about.text("Caption").removeprefix("Microsoft ").strip(),
        service_pack=about.text("CSDVersion"),
        option=InstallationOption.CORE if sku in _CORE_EDITIONS else InstallationOption.FULL,
        architecture="x86" if bits.startswith("32") else "x64",
        updates=tuple(sorted(update for update in updates if update.startswith("KB")))[:_MOST_UPDATES],
    )


def _vm_host(host: PsObject) -> PsObject:
    """What Get-VMHost gave: inside the host, or the host itself where somebody wrote it as it came."""
    return host.child("VMHost") if host.has("VMHost") else host


def settle_memory(nodes: list[Node], assigned_bytes: dict[NodeId, int], findings: Findings) -> list[Node]:
    """Nodes whose memory holds what their VMs occupy: where it is not given, or the figures contradict each other.

    First the reserve of the parent partition gives way, then the installed memory grows to the next usual size.
    """
    return [_settled(node, assigned_bytes.get(node.id, 0), findings) for node in nodes]


def _settled(node: Node, assigned: int, findings: Findings) -> Node:
    reserve = node.root_reserve_bytes or _ROOT_RESERVE
    installed = node.memory_bytes
    if installed and assigned <= installed - reserve:
        return node
    if installed and assigned <= installed:
        findings.note(node.name, "Its VMs leave less than the usual reserve for the parent partition; made smaller.")
        return _with_memory(node, installed, installed - assigned)
    needed = assigned + reserve
    size = next((step for step in MEMORY_STEPS if step >= needed), needed)
    if installed:
        findings.doubt(
            node.name,
            f"Its VMs occupy {format_bytes(assigned)} and it is said to have {format_bytes(installed)}; "
            f"{format_bytes(size)} was assumed.",
        )
    return _with_memory(node, size, reserve)


def _with_memory(node: Node, installed: int, reserve: int) -> Node:
    return msgspec.structs.replace(node, memory_bytes=installed, root_reserve_bytes=reserve)
