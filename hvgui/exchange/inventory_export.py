"""A cluster written as an inventory: the JSON that the collector would write, had it been run on that cluster.

For trainers who hand out a cluster as if it were real, and for the tests of the import. What no inventory holds (memory
regions, loads, clients, the speed of the SAN) is not written.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.installations import InstallationOption
from hvgui.cluster.load import LoadCurve
from hvgui.cluster.machines import Failback, FailoverPolicy, VirtualMachine, VmState
from hvgui.cluster.networks import Link
from hvgui.cluster.nodes import Node, NodeState
from hvgui.cluster.quorum import QuorumModel
from hvgui.cluster.storage import Controller, DiskKind, LunUse, VirtualDisk, Volume, VolumeState
from hvgui.exchange.inventory import FORMAT_NAME, FORMAT_VERSION
from hvgui.exchange.inventory_file import Value

_LEVELS = {"2012 R2": 8, "2016": 9, "2019": 10, "2022": 11, "2025": 12}
_VERSIONS = {
    "R2 (article)": "6.1.7600",
    "2008 R2": "6.1.7600",
    "2008 R2 SP1": "6.1.7601",
    "2012 R2": "6.3.9600",
    "2016": "10.0.14393",
    "2019": "10.0.17763",
    "2022": "10.0.20348",
    "2025": "10.0.26100",
}
_FULL_SKU, _CORE_SKU = 8, 12
"""Datacenter, installed in full and as Server Core."""
_NODE_STATES = {NodeState.UP: 0, NodeState.DOWN: 1, NodeState.PAUSED: 2, NodeState.JOINING: 3}
_VM_STATES: dict[VmState, int | str] = {
    VmState.RUNNING: 2,
    VmState.OFF: 3,
    VmState.STOPPING: 4,
    VmState.SAVED: 6,
    VmState.PAUSED: 9,
    VmState.STARTING: 10,
    VmState.SAVING: 32773,
    VmState.RESTORING: 32777,
    VmState.PAUSED_CRITICAL: "PausedCritical",
    VmState.CRITICAL: "RunningCritical",
}
_DISK_KINDS = {DiskKind.FIXED: 2, DiskKind.DYNAMIC: 3, DiskKind.DIFFERENCING: 4}
_VM_GROUP_TYPE = 111
_UNSET = 4_294_967_295
"""How the cluster writes a number that nobody has set."""
_QUORUM_TYPES = {
    QuorumModel.NODE_MAJORITY: "NodeMajority",
    QuorumModel.NODE_AND_DISK: "NodeAndDiskMajority",
    QuorumModel.NODE_AND_SHARE: "NodeAndFileShareMajority",
    QuorumModel.DISK_ONLY: "DiskOnly",
}


def write_inventory(record: ClusterRecord, path: Path, collected: datetime | None = None) -> None:
    """Writes the cluster as an inventory file, UTF-8. Raises OSError where the file can't be written."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(inventory_of(record, collected)), indent=1))


def inventory_of(record: ClusterRecord, collected: datetime | None = None) -> dict[str, Value]:
    """The cluster as the value that an inventory file holds; `collected` is now if it is not given."""
    moment = collected or datetime.now(UTC)
    names = _role_names(record)
    clustered = [(vm, names[vm.id]) for vm in record.vms if vm.id in names]
    return {
        "format": FORMAT_NAME,
        "version": FORMAT_VERSION,
        "collected": moment.isoformat(),
        "collector": "written by hvgui from a simulated cluster",
        "problems": [],
        "cluster": {
            "Name": record.name,
            "Domain": record.domain,
            "ClusterFunctionalLevel": _LEVELS.get(record.profile.name),
            **_cluster_settings(record),
        },
        "quorum": _quorum(record),
        "nodes": [_member(record, node) for node in record.nodes if node.is_member],
        "hosts": [_host(record, node) for node in record.nodes],
        "groups": [_group(record, vm, role) for vm, role in clustered],
        "resources": [_resource(record, vm, role) for vm, role in clustered],
        "sharedVolumes": [_shared_volume(record, volume) for volume in record.volumes],
        "disks": _disks(record),
        "networks": [
            {
                "Name": network.name,
                "Role": int(network.role),
                "Address": network.address,
                "Metric": network.metric,
                "State": 3,
            }
            for network in record.networks
        ],
        "networkInterfaces": [_interface(record, link) for link in record.links],
        "vms": [_vm(record, vm) for vm in record.vms],
    }


def _name(record: ClusterRecord, node: NodeId) -> str:
    return record.nodes[bisect_left(record.nodes, node, key=lambda one: one.id)].name


def _cluster_settings(record: ClusterRecord) -> dict[str, Value]:
    beat = record.heartbeat
    return {
        "DynamicQuorum": int(record.profile.features.dynamic_quorum),
        "SameSubnetDelay": beat.same_subnet_delay_ms,
        "SameSubnetThreshold": beat.same_subnet_threshold,
        "CrossSubnetDelay": beat.cross_subnet_delay_ms,
        "CrossSubnetThreshold": beat.cross_subnet_threshold,
    }


def _quorum(record: ClusterRecord) -> dict[str, Value]:
    """What Get-ClusterQuorum tells; nothing where nobody has chosen a model."""
    chosen = record.quorum
    if chosen.model is None:
        return {}
    disks = (lun for lun in record.luns if lun.use is LunUse.WITNESS)
    disk = next((lun.name for lun in disks), None)
    resource = disk if chosen.model.needs_disk else "File Share Witness" if chosen.model.has_witness else None
    share = chosen.witness_share or None
    return {"QuorumType": _QUORUM_TYPES[chosen.model], "QuorumResource": resource, "SharePath": share}


def _member(record: ClusterRecord, node: Node) -> dict[str, Value]:
    dynamic = record.profile.features.dynamic_quorum
    return {
        "Name": node.name,
        "Id": str(node.id + 1),
        "State": _NODE_STATES.get(node.state, "Isolated"),
        "NodeWeight": 1 if dynamic else int(node.has_vote),
        "DynamicWeight": int(node.has_vote),
        "Manufacturer": node.manufacturer,
        "Model": node.model,
    }


def _host(record: ClusterRecord, node: Node) -> dict[str, Value]:
    processor = node.processor
    socket: dict[str, Value] = {
        "Name": processor.model,
        "Manufacturer": {"Intel": "GenuineIntel", "AMD": "AuthenticAMD"}.get(processor.vendor, processor.vendor),
        "NumberOfCores": processor.cores_per_socket,
        "NumberOfLogicalProcessors": processor.cores_per_socket * processor.threads_per_core,
        "SecondLevelAddressTranslationExtensions": processor.slat,
    }
    return {
        "ComputerName": node.name,
        "ComputerSystem": {"Domain": node.domain, "TotalPhysicalMemory": node.memory_bytes},
        "OperatingSystem": _operating_system(record, node),
        "Updates": [{"HotFixID": update} for update in node.installation.updates],
        "Processors": [socket for _ in range(processor.sockets)],
        "VMHost": {
            "LogicalProcessorCount": processor.logical,
            "MemoryCapacity": node.memory_bytes,
            "MaximumVirtualMachineMigrations": node.live_migrations,
        },
        "Adapters": [_adapter(record, link) for link in record.links if link.node == node.id],
    }


def _operating_system(record: ClusterRecord, node: Node) -> dict[str, Value]:
    installed = node.installation
    return {
        "Version": _VERSIONS.get(record.profile.name),
        "Caption": f"Microsoft {installed.system}" if installed.system else None,
        "SystemDrive": node.system_drive,
        "CSDVersion": installed.service_pack or None,
        "OSArchitecture": "32-bit" if installed.architecture == "x86" else "64-bit",
        "OperatingSystemSKU": _CORE_SKU if installed.option is InstallationOption.CORE else _FULL_SKU,
    }


def _adapter(record: ClusterRecord, link: Link) -> dict[str, Value]:
    gateway = record.networks[link.network].has_gateway
    return {
        "Description": link.adapter,
        "IPAddress": [link.address],
        "DefaultIPGateway": [link.address.rpartition(".")[0] + ".1"] if gateway else [],
        "Speed": round(link.bytes_per_second * 8),
    }


def _group(record: ClusterRecord, vm: VirtualMachine, role: str) -> dict[str, Value]:
    return {
        "Name": role,
        "GroupType": _VM_GROUP_TYPE,
        "OwnerNode": _name(record, vm.owner),
        "State": 0 if vm.state.holds_memory else 1,
        "Priority": int(vm.priority),
        "PreferredOwners": [_name(record, node) for node in vm.preferred_owners],
        "AntiAffinityClassNames": list(vm.anti_affinity),
        **_failover(vm.failover),
    }


def _failover(policy: FailoverPolicy) -> dict[str, Value]:
    in_hours = policy.failback is Failback.BETWEEN_HOURS
    return {
        "FailoverThreshold": _UNSET if policy.most_failures is None else policy.most_failures,
        "FailoverPeriod": policy.period_hours,
        "AutoFailbackType": int(policy.failback is not Failback.PREVENT),
        "FailbackWindowStart": policy.from_hour if in_hours else _UNSET,
        "FailbackWindowEnd": policy.to_hour if in_hours else _UNSET,
    }


def _resource(record: ClusterRecord, vm: VirtualMachine, role: str) -> dict[str, Value]:
    possible = (
        tuple(node.id for node in record.nodes if node.is_member) if vm.possible_owners is None else vm.possible_owners
    )
    return {
        "Name": f"Virtual Machine {vm.name}",
        "ResourceType": "Virtual Machine",
        "OwnerGroup": role,
        "OwnerNode": _name(record, vm.owner),
        "State": 2 if vm.state.holds_memory else 3,
        "VmId": vm.guid,
        "PossibleOwners": [_name(record, node) for node in possible],
    }


def _role_names(record: ClusterRecord) -> dict[VmId, str]:
    """A role is named after its VM; the cluster tells roles apart by name, so a namesake's gets its id as well."""
    names: dict[VmId, str] = {}
    taken: set[str] = set()
    for vm in record.vms:
        if vm.highly_available:
            names[vm.id] = f"{vm.name} {vm.guid}" if vm.name.lower() in taken else vm.name
            taken.add(vm.name.lower())
    return names


def _shared_volume(record: ClusterRecord, volume: Volume) -> dict[str, Value]:
    part: dict[str, Value] = {
        "FriendlyVolumeName": volume.path,
        "MaintenanceMode": volume.state is VolumeState.MAINTENANCE,
        "RedirectedAccess": volume.state is VolumeState.REDIRECTED,
        "Partition": {
            "Size": volume.size_bytes,
            "FreeSpace": volume.size_bytes - volume.used_bytes,
            "UsedSpace": volume.used_bytes,
        },
    }
    return {
        "Name": f"Cluster Disk {volume.lun + 1}",
        "OwnerNode": _name(record, volume.coordinator),
        "State": 3 if volume.state is VolumeState.OFFLINE else 2,
        "SharedVolumeInfo": [part],
    }


def _disks(record: ClusterRecord) -> list[Value]:
    """LUNs without a shared volume. One that is passed through appears as the VM's disk instead."""
    passed = {disk.lun for vm in record.vms for disk in vm.disks if disk.kind is DiskKind.PHYSICAL}
    return [
        {
            "Name": lun.name,
            "OwnerGroup": "Cluster Group" if lun.use is LunUse.WITNESS else "Available Storage",
            "OwnerNode": None if lun.owner is None else _name(record, lun.owner),
            "Size": lun.size_bytes,
            "IsWitness": lun.use is LunUse.WITNESS,
            "Paths": _paths_on(record, lun.id),
        }
        for lun in record.luns
        if lun.use is not LunUse.SHARED_VOLUME and lun.id not in passed
    ]


def _paths_on(record: ClusterRecord, lun: int) -> list[Value]:
    """Drive letters of the files on a LUN."""
    drives: list[Value] = []
    drives.extend(
        sorted({disk.path[:2] for vm in record.vms for disk in vm.disks if disk.lun == lun and disk.path[1:2] == ":"})
    )
    return drives


def _interface(record: ClusterRecord, link: Link) -> dict[str, Value]:
    node, network = _name(record, link.node), record.networks[link.network].name
    return {
        "Name": f"{node} - {link.adapter}",
        "Node": node,
        "Network": network,
        "Adapter": link.adapter,
        "Address": link.address,
        "State": 3 if link.up else 2,
    }


def _vm(record: ClusterRecord, vm: VirtualMachine) -> dict[str, Value]:
    settings = vm.memory.settings
    return {
        "ComputerName": _name(record, vm.owner),
        "Name": vm.name,
        "Id": vm.guid,
        "State": _VM_STATES[vm.state],
        "Generation": vm.generation,
        "ProcessorCount": vm.vcpus,
        "CPUUsage": round(100 * vm.load.cpu.usual) if vm.state is VmState.RUNNING else 0,
        "MemoryStartup": settings.startup_bytes,
        "MemoryMinimum": settings.minimum_bytes,
        "MemoryMaximum": settings.maximum_bytes,
        "MemoryAssigned": vm.assigned_bytes,
        "MemoryDemand": _demand_bytes(vm, vm.load.memory),
        "DynamicMemoryEnabled": settings.dynamic,
        "Memory": {"Buffer": settings.buffer_percent, "Priority": settings.weight // 100},
        "Processor": {
            "CompatibilityForMigrationEnabled": vm.processor_compatibility,
            "RelativeWeight": vm.scheduling.weight,
            "Reserve": vm.scheduling.reserve_percent,
            "Maximum": vm.scheduling.limit_percent,
        },
        "IsClustered": vm.highly_available,
        "IntegrationServicesVersion": "6.1.7601.17514" if vm.guest.integration_components else "",
        "Heartbeat": "OkApplicationsUnknown" if vm.guest.integration_components else "NoContact",
        "GuestSystem": vm.guest.system,
        "Notes": vm.notes,
        "HardDrives": [_drive(disk) for disk in vm.disks],
        "NetworkAdapters": [
            {
                "Name": adapter.name,
                "MacAddress": adapter.mac.replace("-", ""),
                "SwitchName": "" if adapter.network is None else record.networks[adapter.network].name,
                "IsLegacy": adapter.legacy,
            }
            for adapter in vm.adapters
        ],
    }


def _demand_bytes(vm: VirtualMachine, demand: LoadCurve) -> int:
    return round(demand.usual * vm.memory.settings.startup_bytes) if vm.state.holds_memory else 0


def _drive(disk: VirtualDisk) -> dict[str, Value]:
    passed = disk.kind is DiskKind.PHYSICAL
    return {
        "Name": disk.name,
        "ControllerType": 0 if disk.controller is Controller.IDE else 1,
        "ControllerNumber": disk.controller_number,
        "ControllerLocation": disk.controller_location,
        "Path": f"Disk {disk.name}" if passed else disk.path,
        "DiskNumber": disk.lun if passed else None,
        "VhdType": None if passed else _DISK_KINDS[disk.kind],
        "Size": disk.size_bytes,
        "FileSize": disk.file_bytes,
    }
