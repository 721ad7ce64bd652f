"""An inventory's VMs: Get-VM on every node, matched with the cluster's roles."""

from __future__ import annotations

import uuid

from hvgui.cluster.ids import NetworkId, NodeId, VmId
from hvgui.cluster.machines import FailoverPolicy, Guest, Priority, Scheduling, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemorySettings
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.units import GIB
from hvgui.exchange.enumerations import NO_HEARTBEAT, PASSING_STATES, VM_STATES
from hvgui.exchange.findings import Findings
from hvgui.exchange.guest_defaults import (
    KnownGuest,
    assumed_clients,
    assumed_cold_zero_share,
    assumed_load,
    assumed_regions,
)
from hvgui.exchange.inventory_disks import InventoryDevices
from hvgui.exchange.inventory_file import InventoryError
from hvgui.exchange.inventory_nodes import InventoryNodes
from hvgui.exchange.inventory_roles import InventoryRoles, Role, guid_in
from hvgui.exchange.powershell_json import LONGEST_NOTE, PsObject, as_number, scalar

MOST_VMS = 100_000
_ASSUMED_MEMORY = 2 * GIB
_NAMESPACE = uuid.UUID("6f0d6e2e-9d0b-4f0e-8f6e-2f5f0c9d7b11")
"""Ids made up for VMs without one come from here and from their place in the file."""


class InventoryMachines:
    """Builds the VMs of an inventory."""

    def __init__(
        self,
        nodes: InventoryNodes,
        roles: InventoryRoles,
        devices: InventoryDevices,
        migration_order: tuple[NetworkId, ...],
        system: str,
        findings: Findings,
    ) -> None:
        self._nodes = nodes
        self._roles = roles
        self._devices = devices
        self._migration_order = migration_order
        self._system = system
        self._findings = findings
        self._names: set[str] = set()

    def build(self, listed: list[PsObject]) -> list[VirtualMachine]:
        """Every VM once, in the order of the file; then those that only the cluster knows."""
        if len(listed) > MOST_VMS:
            raise InventoryError(f"The inventory holds {len(listed):,} VMs; at most {MOST_VMS:,} are read.")
        chosen = self._each_once(listed)
        vms = [self._vm(VmId(row), guid, one) for row, (guid, one) in enumerate(chosen.items())]
        guids = set(chosen)
        for role in self._roles.unmatched():
            vms.append(self._from_role(VmId(len(vms)), role, guids))
            guids.add(vms[-1].guid)
        if vms:
            self._findings.note(
                "guests",
                "How guests write their memory, who their clients are and what they ask of disks and network is in no "
                "inventory: working sets were assumed from each VM's memory, demand and processor use, and a few "
                "connections for each running VM.",
            )
        return vms

    def _each_once(self, listed: list[PsObject]) -> dict[str, PsObject]:
        """VMs by id. Of two with the same id (one in mid-migration) the cluster's owner node has the right one."""
        chosen: dict[str, PsObject] = {}
        for one in listed:
            guid = guid_in(one.text("Id", "VMId"))
            if not guid:
                guid = str(uuid.uuid5(_NAMESPACE, one.where + one.text("Name", "VMName")))
                self._findings.doubt(one.text("Name") or one.where, "Its id is missing or no GUID; it got a new one.")
            other = chosen.get(guid)
            if other is None:
                chosen[guid] = one
                continue
            keep, drop = (one, other) if self._is_righter(guid, one, other) else (other, one)
            chosen[guid] = keep
            self._findings.loss(
                drop.where,
                f"The VM {drop.text('Name')} ({guid}) is listed twice; the one on "
                f"{keep.text('ComputerName') or 'the other node'} was taken and this one left out.",
            )
        return chosen

    def _is_righter(self, guid: str, one: PsObject, other: PsObject) -> bool:
        role = self._roles.peek(guid)
        owner = self._nodes.find(role.owner) if role is not None else None
        ours, theirs = (self._nodes.find(vm.text("ComputerName", "PSComputerName")) for vm in (one, other))
        if owner is not None and (ours == owner) != (theirs == owner):
            return ours == owner
        return bool(one.number("MemoryAssigned")) and not other.number("MemoryAssigned")

    def _vm(self, vm: VmId, guid: str, one: PsObject) -> VirtualMachine:
        name = self._name(one)
        role = self._roles.of(guid, name)
        owner = self._owner(one, name, role)
        clustered = self._is_clustered(one, name, role)
        state = self._state(one, name, owner, role)
        settings = self._memory(one, name)
        assigned = (one.memory("MemoryAssigned") or settings.startup_bytes) if state.holds_memory else 0
        guest = KnownGuest(
            assigned or settings.startup_bytes,
            one.memory("MemoryDemand"),
            _share(one.number("CPUUsage")),
            one.span_seconds("Uptime") if state is VmState.RUNNING else None,
            state is VmState.RUNNING,
        )
        processor = self._nodes.records[owner].processor
        booted = state not in (VmState.OFF, VmState.CRITICAL)
        return VirtualMachine(
            id=vm,
            name=name,
            guid=guid,
            owner=owner,
            state=state,
            vcpus=self._vcpus(one, name),
            memory=GuestMemory(settings, assumed_regions(guest), assumed_cold_zero_share(guest)),
            assigned_bytes=assigned,
            load=assumed_load(guest),
            disks=self._devices.disks(one, name, owner, clustered=clustered),
            adapters=self._devices.adapters(one, name),
            guest=Guest(one.text("GuestSystem") or self._system, self._has_components(one, state)),
            clients=assumed_clients(guest),
            processor_compatibility=bool(
                one.child("Processor").flag("CompatibilityForMigrationEnabled")
                or one.flag("CompatibilityForMigrationEnabled")
            ),
            scheduling=_scheduling(one.child("Processor")),
            seen_features=processor.features if booted else (),
            booted_vendor=processor.vendor if booted else "",
            preferred_owners=self._nodes.find_all(role.preferred_owners, name) if role else (),
            possible_owners=self._possible_owners(role, name),
            priority=role.priority if role and role.priority is not None else Priority.MEDIUM,
            failover=role.failover if role else FailoverPolicy(),
            anti_affinity=role.anti_affinity if role else (),
            migration_networks=self._migration_order,
            highly_available=clustered,
            generation=2 if one.count("Generation") == 2 else 1,
            notes=one.text("Notes", longest=LONGEST_NOTE),
        )

    def _from_role(self, vm: VmId, role: Role, taken: set[str]) -> VirtualMachine:
        """A VM that only the cluster knows: its node did not answer."""
        owner = self._nodes.find(role.owner) or NodeId(0)
        up = self._nodes.records[owner].is_up
        self._findings.doubt(
            role.name,
            f"The cluster has this VM and no node described it; one processor, 2 GB of memory and no disks were "
            f"assumed, {'running' if role.online and up else 'off'} on {self._nodes.records[owner].name}.",
        )
        guid = role.vm_guid if role.vm_guid and role.vm_guid not in taken else ""
        running = role.online and up
        guest = KnownGuest(_ASSUMED_MEMORY, running=running)
        processor = self._nodes.records[owner].processor
        return VirtualMachine(
            id=vm,
            name=role.name,
            guid=guid or str(uuid.uuid5(_NAMESPACE, role.where + role.name)),
            owner=owner,
            state=VmState.RUNNING if running else VmState.OFF,
            vcpus=1,
            memory=GuestMemory(MemorySettings(_ASSUMED_MEMORY), assumed_regions(guest), assumed_cold_zero_share(guest)),
            assigned_bytes=_ASSUMED_MEMORY if running else 0,
            load=assumed_load(guest),
            guest=Guest(self._system),
            clients=assumed_clients(guest),
            seen_features=processor.features if running else (),
            booted_vendor=processor.vendor if running else "",
            preferred_owners=self._nodes.find_all(role.preferred_owners, role.name),
            possible_owners=self._possible_owners(role, role.name),
            priority=Priority.MEDIUM if role.priority is None else role.priority,
            failover=role.failover,
            anti_affinity=role.anti_affinity,
            migration_networks=self._migration_order,
        )

    def _name(self, one: PsObject) -> str:
        name = one.text("Name", "VMName")
        if not name:
            self._findings.doubt(one.where, "This VM has no name; 'unnamed' was assumed.")
            name = "unnamed"
        if name.lower() in self._names:
            self._findings.note(name, "More than one VM has this name; their ids tell them apart.")
        self._names.add(name.lower())
        return name

    def _owner(self, one: PsObject, name: str, role: Role | None) -> NodeId:
        computer = one.text("ComputerName", "PSComputerName")
        owner = self._nodes.find(computer)
        cluster_says = self._nodes.find(role.owner) if role is not None else None
        if owner is not None:
            if cluster_says is not None and cluster_says != owner and role is not None:
                self._findings.doubt(
                    name, f"{computer} has it and the cluster names {role.owner} as its owner; {computer} was taken."
                )
            return owner
        chosen = cluster_says if cluster_says is not None else NodeId(0)
        said = f"Its host '{computer}' is no node of the cluster" if computer else "Its host is not given"
        self._findings.doubt(name, f"{said}; {self._nodes.records[chosen].name} was assumed.")
        return chosen

    def _is_clustered(self, one: PsObject, name: str, role: Role | None) -> bool:
        said = one.flag("IsClustered")
        if role is not None:
            return True
        if said is None:
            if self._roles.known:
                self._findings.assumed("The VM has no role in the cluster; it was taken as not clustered.", name)
            else:
                self._findings.assumed("Whether the VM is clustered is not given; it was taken as clustered.", name)
            return not self._roles.known
        if not said:
            self._findings.assumed("The VM is not clustered, so the cluster can't move it.", name)
        elif self._roles.known:
            self._findings.doubt(
                name, "It says that it is clustered and has no role in the cluster; taken as clustered."
            )
        return said

    def _state(self, one: PsObject, name: str, owner: NodeId, role: Role | None) -> VmState:
        state = one.one_of(VM_STATES, "State", "EnabledState")
        if state is None:
            runs = bool(one.number("MemoryAssigned")) or (role is not None and role.online)
            state = VmState.RUNNING if runs else VmState.OFF
            self._findings.doubt(name, f"Its state is not known; {state.value} was assumed.")
        elif _passing(one):
            self._findings.doubt(name, f"It was on its way to another state; {state.value} was assumed.")
        if state.holds_memory and self._nodes.records[owner].state is NodeState.DOWN:
            self._findings.doubt(name, f"It is said to be {state.value} on a node that is down; taken as critical.")
            state = VmState.CRITICAL
        return state

    def _memory(self, one: PsObject, name: str) -> MemorySettings:
        table = one.child("Memory")
        startup = one.memory("MemoryStartup") or table.memory("Startup") or one.memory("MemoryAssigned")
        if not startup:
            self._findings.assumed("The VM's memory is not given; 2 GB was assumed.", name)
            startup = _ASSUMED_MEMORY
        dynamic = one.flag("DynamicMemoryEnabled")
        if dynamic is None:
            dynamic = bool(table.flag("DynamicMemoryEnabled"))
        if not dynamic:
            return MemorySettings(startup)
        buffer, priority = table.count("Buffer", most=2_000), table.count("Priority", most=100)
        return MemorySettings(
            startup,
            min(startup, one.memory("MemoryMinimum") or table.memory("Minimum") or 0),
            max(startup, one.memory("MemoryMaximum") or table.memory("Maximum") or 0),
            dynamic=True,
            buffer_percent=20 if buffer is None else max(5, buffer),
            weight=5_000 if priority is None else priority * 100,
        )

    def _vcpus(self, one: PsObject, name: str) -> int:
        count = one.count("ProcessorCount", most=10_000) or one.child("Processor").count("Count", most=10_000)
        if not count:
            self._findings.assumed("The VM's number of processors is not given; 1 was assumed.", name)
        return count or 1

    def _has_components(self, one: PsObject, state: VmState) -> bool:
        """Only a running guest without any sign of them is taken to lack the integration components."""
        version = one.text("IntegrationServicesVersion")
        heartbeat = scalar(one.raw("Heartbeat"))
        number = as_number(heartbeat)
        key: int | str = int(number) if number is not None else str(heartbeat).replace(" ", "").lower()
        return not (state is VmState.RUNNING and version in ("", "0.0") and NO_HEARTBEAT.get(key, False))

    def _possible_owners(self, role: Role | None, name: str) -> tuple[NodeId, ...] | None:
        if role is None or not role.possible_owners:
            return None
        found = self._nodes.find_all(role.possible_owners, name)
        return None if len(found) in (0, len(self._nodes.records)) else found


def _passing(one: PsObject) -> bool:
    value = scalar(one.raw("State", "EnabledState"))
    number = as_number(value)
    return (int(number) if number is not None else str(value).lower()) in PASSING_STATES


def _share(percent: float | None) -> float | None:
    return None if percent is None or percent < 0 else min(1.0, percent / 100)


def _scheduling(table: PsObject) -> Scheduling:
    """What Get-VMProcessor tells of the VM's claims; what it does not tell, or what can't be, as usual."""
    usual = Scheduling()
    weight = table.count("RelativeWeight", most=10_000)
    limit = table.count("Maximum", most=100)
    reserve = table.count("Reserve", most=100)
    return Scheduling(
        weight or usual.weight,
        min(reserve or 0, limit or usual.limit_percent),
        limit or usual.limit_percent,
    )
