"""Inventories in: the JSON of the PowerShell collector, or of `Get-VM | ConvertTo-Json`, as a cluster.

Every value that is missing, contradictory or not understood is a finding that says what was assumed instead. What
can't be read at all is an InventoryError of one sentence. Whatever the file holds, there is no third outcome.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import msgspec

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.consistency import beyond_limits, inconsistencies
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.exchange.findings import Finding, Findings
from hvgui.exchange.generated import Platform
from hvgui.exchange.inventory_disks import InventoryDevices
from hvgui.exchange.inventory_file import InventoryError, Value, read_values
from hvgui.exchange.inventory_machines import InventoryMachines
from hvgui.exchange.inventory_networks import InventoryNetworks
from hvgui.exchange.inventory_nodes import InventoryNodes, settle_memory
from hvgui.exchange.inventory_profile import profile_of
from hvgui.exchange.inventory_quorum import heartbeat_of, quorum_of, with_dynamic_quorum, with_votes
from hvgui.exchange.inventory_roles import InventoryRoles
from hvgui.exchange.inventory_storage import InventoryStorage
from hvgui.exchange.powershell_json import PsObject, clean_text, listed, objects_in

__all__ = ["FORMAT_NAME", "FORMAT_VERSION", "Finding", "Imported", "InventoryError", "read_inventory"]

FORMAT_NAME = "hvgui-inventory"
FORMAT_VERSION = 1
"""What the collector writes and this reads. A later version may add properties; they are named as not used."""

_SECTIONS = frozenset(
    (
        *("format", "version", "collected", "collector", "problems", "cluster", "quorum", "nodes", "hosts"),
        *("groups", "resources", "sharedvolumes", "disks", "networks", "networkinterfaces", "vms"),
    )
)
_OTHER_NAMES = {
    "virtualmachines": "vms",
    "vmhosts": "hosts",
    "clusternodes": "nodes",
    "clustergroups": "groups",
    "clusterresources": "resources",
    "clustersharedvolumes": "sharedVolumes",
    "csvs": "sharedVolumes",
    "clusternetworks": "networks",
    "clusternetworkinterfaces": "networkInterfaces",
}
"""Sections by the names that other people's collectors give them: those of the cmdlets."""

_SIGNS_OF_A_VM = ("memorystartup", "memoryassigned", "processorcount", "vmid", "state")
_MOST_LIMITS_NAMED = 20


class Imported(msgspec.Struct, frozen=True):
    """A cluster out of an inventory, and everything that was doubtful about it, the gravest first."""

    record: ClusterRecord
    findings: tuple[Finding, ...]
    collected: datetime | None = None
    """When the collector ran, if the file says so."""


def read_inventory(path: Path) -> Imported:
    """The cluster in an inventory file. Raises InventoryError with one sentence where there is none to read."""
    findings = Findings()
    root = _recognised(read_values(path, findings), path, findings)
    try:
        record = _cluster(root, findings)
    except InventoryError as wrong:
        raise InventoryError(f"{path.name}: {wrong}") from None
    contradictions = inconsistencies(record)
    if contradictions:
        raise InventoryError(f"{path.name} contradicts itself: {contradictions[0]} Collect the inventory again.")
    _name_excesses(record, findings)
    return Imported(record, findings.gathered(), root.moment("collected"))


def _recognised(value: Value, path: Path, findings: Findings) -> PsObject:
    """The file's sections, whether the collector wrote it or somebody piped Get-VM into ConvertTo-Json."""
    if isinstance(value, dict):
        value = _with_our_names(value)
        keys = {key.lower() for key in value}
        if keys & {"vms", "nodes", "hosts", "format"}:
            return _checked(PsObject(value, path.name, findings), path, findings)
    vms = [one for one in listed(value) if isinstance(one, dict) and _looks_like_vm(one)]
    if not vms:
        raise InventoryError(
            f"{path.name} is JSON and no inventory: it has neither the collector's sections nor Get-VM's objects; "
            "run Collect-HvguiInventory.ps1 on the cluster and open the file that it writes."
        )
    findings.doubt(
        path.name,
        "This is the output of Get-VM, not of the collector: nodes, networks and volumes were assumed from it.",
    )
    return PsObject({"vms": listed(value)}, path.name, findings)


def _with_our_names(sections: dict[str, Value]) -> dict[str, Value]:
    """The sections with other collectors' names for them replaced by ours, where ours is not there as well."""
    present = {key.lower() for key in sections}
    renamed: dict[str, Value] = {}
    for key, value in sections.items():
        ours = _OTHER_NAMES.get(key.lower(), key)
        renamed[key if ours.lower() in present else ours] = value
    return renamed


def _vm_objects(root: PsObject, findings: Findings) -> list[PsObject]:
    """The VMs of the file's own section, and those that stand inside their hosts."""
    found = list(objects_in(root.raw("vms"), "vms", findings))
    for host in root.objects("hosts"):
        name = host.text("ComputerName", "Name", "PSComputerName")
        found.extend(vm.with_default("ComputerName", name) for vm in host.objects("VMs", "VirtualMachines"))
    return found


def _checked(root: PsObject, path: Path, findings: Findings) -> PsObject:
    name, version = root.text("format"), root.number("version")
    if name.lower() != FORMAT_NAME:
        if name:
            raise InventoryError(
                f"{path.name} is of the format '{name[:60]}', which is no inventory; open what the collector wrote."
            )
        findings.doubt(path.name, f"It does not say that it is of the format {FORMAT_NAME}; read as if it were.")
    elif version is None or version < 1:
        findings.doubt(path.name, f"Its format's version is missing or wrong; read as version {FORMAT_VERSION}.")
    elif version > FORMAT_VERSION:
        findings.doubt(
            path.name,
            f"A newer collector wrote it (version {version:g}, known is {FORMAT_VERSION}); read as far as known.",
        )
    for key in root.property_names():
        if key.lower() not in _SECTIONS:
            findings.note(path.name, f"The section '{clean_text(key, 60)}' is not known; it was not used.")
    return root


def _looks_like_vm(one: dict[str, Value]) -> bool:
    keys = {key.lower() for key in one}
    return ("name" in keys or "vmname" in keys) and any(sign in keys for sign in _SIGNS_OF_A_VM)


def _cluster(root: PsObject, findings: Findings) -> ClusterRecord:
    for problem in root.objects("problems"):
        said = problem.text("message", "Message", longest=400) or "no reason given"
        findings.doubt(problem.text("where", "Where") or problem.where, f"The collector could not ask this: {said}")
    vm_objects = _vm_objects(root, findings)
    nodes = InventoryNodes(root, vm_objects, findings)
    if not nodes.records:
        raise InventoryError(
            "it holds neither nodes nor VMs; run the collector on a node of the cluster as administrator."
        )
    about = root.child("cluster")
    profile = profile_of(about, nodes.versions(), _modern_files(vm_objects), findings)
    profile = with_dynamic_quorum(profile, about, findings)
    networks = InventoryNetworks(root, nodes, findings)
    storage = InventoryStorage(root, nodes, findings)
    devices = InventoryDevices(storage, networks, findings)
    roles = InventoryRoles(root, findings)
    system = Platform.of(profile).server
    machines = InventoryMachines(nodes, roles, devices, networks.migration_order, system, findings)
    vms = machines.build(vm_objects)
    return ClusterRecord(
        name=about.text("Name") or "Imported cluster",
        domain=about.text("Domain"),
        profile=profile,
        nodes=tuple(with_votes(settle_memory(nodes.records, _assigned(vms), findings), root, profile, findings)),
        vms=tuple(vms),
        sans=storage.sans(),
        luns=tuple(storage.luns),
        volumes=tuple(storage.volumes),
        networks=tuple(networks.records),
        links=tuple(networks.links),
        quorum=quorum_of(root, storage.luns, findings),
        heartbeat=heartbeat_of(about, profile, findings),
    )


def _assigned(vms: list[VirtualMachine]) -> dict[NodeId, int]:
    given: Counter[NodeId] = Counter()
    for vm in vms:
        given[vm.owner] += vm.assigned_bytes
    return given


def _modern_files(vms: list[PsObject]) -> bool:
    """Whether a VM has what came with 2012: a VHDX, or generation 2."""
    return any(
        vm.text("Generation") == "2"
        or any(drive.text("Path").lower().endswith(("vhdx", "vhds")) for drive in vm.objects("HardDrives"))
        for vm in vms
    )


def _name_excesses(record: ClusterRecord, findings: Findings) -> None:
    excesses = beyond_limits(record)
    for sentence in excesses[:_MOST_LIMITS_NAMED]:
        findings.note("limits", sentence)
    if len(excesses) > _MOST_LIMITS_NAMED:
        findings.note("limits", f"{len(excesses) - _MOST_LIMITS_NAMED:,} more limits of the platform are exceeded.")
