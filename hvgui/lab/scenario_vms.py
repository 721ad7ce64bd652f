"""The `[[vm]]` tables of a scenario: overrides of VMs that are there, by name or pattern, and new VMs."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import msgspec

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, VmId, VolumeId
from hvgui.cluster.mac_pools import mac_text
from hvgui.cluster.machines import Guest, NetworkAdapter, Priority, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import Node
from hvgui.cluster.storage import DiskKind, Lun, LunUse, VirtualDisk, Volume
from hvgui.cluster.units import GIB, TIB
from hvgui.exchange.generated import guid_of
from hvgui.lab.scenario_failover_policy import read_failover
from hvgui.lab.scenario_guests import read_clients, read_load, read_memory
from hvgui.lab.scenario_names import is_pattern, matching, shown, the_one
from hvgui.lab.scenario_resources import read_scheduling
from hvgui.lab.scenario_table import Table

_STATES = {state.value: state for state in (VmState.RUNNING, VmState.OFF, VmState.SAVED, VmState.PAUSED)}
_PRIORITIES = {priority.name.lower().replace("_", " "): priority for priority in Priority}
_LOCAL_MACS = 0x02155D000000
"""Locally administered, so that a new VM's address is none of a host's pool."""


def read_vms(root: Table, record: ClusterRecord, *, adding: bool, seed: int) -> ClusterRecord:
    """The cluster with the scenario's VMs; where `adding`, every table is a new one."""
    draft = _Draft(record, Random(f"new VMs {seed}"))
    for table in root.tables("vm"):
        name = table.needed("name", table.text("name"))
        if table.flag("new") or adding:
            draft.add(table, name)
        else:
            draft.change(table, name)
        table.close()
    return draft.record()


class _Draft:
    """VMs, LUNs and volumes while the scenario is read."""

    def __init__(self, record: ClusterRecord, random: Random) -> None:
        self._record = record
        self._random = random
        self._nodes: Sequence[Node] = record.nodes
        self._before = {vm.id: vm for vm in record.vms}
        self._vms = self._before.copy()
        self._luns = list(record.luns)
        self._volumes = list(record.volumes)

    def record(self) -> ClusterRecord:
        """The cluster with all that was read; running guests have seen what their owner's processor offers now."""
        vms = tuple(self._booted(vm) for vm in self._vms.values())
        return msgspec.structs.replace(self._record, vms=vms, luns=tuple(self._luns), volumes=tuple(self._volumes))

    def change(self, table: Table, name: str) -> None:
        """Overrides every VM that the name or pattern means."""
        for vm in matching(table, "name", name, "VM", tuple(self._vms.values())):
            self._vms[vm.id] = self._changed(table, vm)

    def add(self, table: Table, name: str) -> None:
        """A new VM with one disk."""
        if not name.strip() or is_pattern(name):
            raise table.error(f"'{shown(name)}' can't be the name of a new VM.", "name")
        if any(vm.name.casefold() == name.casefold() for vm in self._vms.values()):
            raise table.error(f"there is a VM '{shown(name)}' already.", "name")
        number = VmId(max(self._vms, default=-1) + 1)
        owner = the_one(table, "node", table.needed("node", table.text("node")), "node", self._nodes)
        blank = VirtualMachine(
            id=number,
            name=name,
            guid=guid_of(self._random),
            owner=owner.id,
            state=VmState.RUNNING,
            vcpus=1,
            memory=read_memory(table, None),
            disks=(self._disk(table, name, owner),),
            adapters=self._adapters(number),
        )
        self._vms[number] = self._changed(table, blank)

    def _changed(self, table: Table, vm: VirtualMachine) -> VirtualMachine:
        memory = read_memory(table, vm.memory)
        state = table.choice("state", _STATES) or vm.state
        compatible = table.flag("processor_compatibility")
        clustered = table.flag("clustered")
        return msgspec.structs.replace(
            vm,
            owner=self._owner(table, vm),
            state=state,
            vcpus=table.whole("vcpus", 1, 2048) or vm.vcpus,
            memory=memory,
            assigned_bytes=_assigned(vm, memory, state),
            load=read_load(table, vm.load),
            clients=read_clients(table, vm.clients),
            guest=self._guest(table, vm.guest),
            processor_compatibility=vm.processor_compatibility if compatible is None else compatible,
            priority=_priority(table, vm.priority),
            scheduling=read_scheduling(table, vm.scheduling),
            highly_available=vm.highly_available if clustered is None else clustered,
            **read_failover(table, vm, self._nodes),
        )

    def _owner(self, table: Table, vm: VirtualMachine) -> int:
        name = table.text("node")
        return vm.owner if name is None else the_one(table, "node", name, "node", self._nodes).id

    def _guest(self, table: Table, before: Guest) -> Guest:
        components = table.flag("integration_components")
        return Guest(
            table.text("guest") or before.system,
            before.integration_components if components is None else components,
        )

    def _booted(self, vm: VirtualMachine) -> VirtualMachine:
        """A guest that the scenario has moved, or whose node it has changed, booted where it is now."""
        before = self._before.get(vm.id)
        node = self._nodes[vm.owner]
        if not vm.state.holds_memory:
            return vm
        stayed = before is not None and before.state.holds_memory and before.owner == vm.owner
        if stayed and set(vm.seen_features) <= set(node.processor.features):
            return vm
        return msgspec.structs.replace(vm, seen_features=node.processor.features, booted_vendor=node.processor.vendor)

    def _adapters(self, number: int) -> tuple[NetworkAdapter, ...]:
        networks = self._record.networks
        open_to_clients = [network for network in networks if network.role is NetworkRole.CLUSTER_AND_CLIENT]
        first = next(iter(open_to_clients or networks), None)
        return (NetworkAdapter("Network Adapter", mac_text(_LOCAL_MACS + number), None if first is None else first.id),)

    def _disk(self, table: Table, name: str, owner: Node) -> VirtualDisk:
        size = table.size("disk") or 40 * GIB
        storage = table.choice("storage", {"shared volume": "volume", "lun": "lun", "local": "local"}) or "volume"
        disk = VirtualDisk(f"{name}.vhd", size, DiskKind.FIXED, size)
        if storage == "local":
            return msgspec.structs.replace(disk, path=f"D:\\Hyper-V\\{name}\\{disk.name}", local_node=owner.id)
        if not self._record.sans:
            raise table.error("there is no SAN for its disk; write 'storage = \"local\"' or add a [[san]].", "storage")
        if storage == "lun":
            lun = self._add_lun(f"LUN-{name}", size, LunUse.VM, owner)
            return msgspec.structs.replace(disk, path=f"E:\\{name}\\{disk.name}", lun=lun)
        volume = self._volume(owner)
        self._volumes[volume] = self._filled(self._volumes[volume], size)
        path = f"{self._volumes[volume].path}\\{name}\\{disk.name}"
        return msgspec.structs.replace(disk, path=path, volume=volume)

    def _volume(self, owner: Node) -> VolumeId:
        """The first volume; made where there is none."""
        if not self._volumes:
            lun = self._add_lun("LUN-Volume1", 2 * TIB, LunUse.SHARED_VOLUME, owner)
            self._volumes.append(Volume(VolumeId(0), "Volume1", lun, owner.id, 2 * TIB))
        return self._volumes[0].id

    @staticmethod
    def _filled(volume: Volume, size: int) -> Volume:
        """The volume with one more disk on it, grown where it would not hold that."""
        used = volume.used_bytes + size
        return msgspec.structs.replace(volume, used_bytes=used, size_bytes=max(volume.size_bytes, used))

    def _add_lun(self, name: str, size: int, use: LunUse, owner: Node) -> LunId:
        lun = LunId(len(self._luns))
        self._luns.append(Lun(lun, name, self._record.sans[0].id, size, use, owner.id))
        return lun


def _assigned(vm: VirtualMachine, memory: GuestMemory, state: VmState) -> int:
    if not state.holds_memory:
        return 0
    same = vm.assigned_bytes and memory.settings == vm.memory.settings
    return vm.assigned_bytes if same else memory.settings.startup_bytes


def _priority(table: Table, before: Priority) -> Priority:
    chosen = table.choice("priority", _PRIORITIES)
    return before if chosen is None else chosen
