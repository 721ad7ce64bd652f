"""Sample definitions become clusters: names become references, sizes become bytes, kinds become guests."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId, VmId, VolumeId
from hvgui.cluster.machines import Guest, NetworkAdapter, Priority, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings
from hvgui.cluster.networks import Link, Network, NetworkRole
from hvgui.cluster.nodes import Node, Processor
from hvgui.cluster.profiles import profile_named
from hvgui.cluster.storage import Controller, DiskKind, Lun, LunUse, San, VirtualDisk, Volume
from hvgui.cluster.units import GIB, PAGE_BYTES, parse_bytes, parse_duration, parse_rate
from hvgui.exchange.generated import Platform, generated, guid_of
from hvgui.exchange.hardware import PROCESSORS
from hvgui.exchange.mac_addresses import MacPools
from hvgui.exchange.sample_definition import NodeTable, SampleDefinition, VmTable
from hvgui.exchange.workloads import Workload, regions_of, workload_named

_ROLES = {
    "none": NetworkRole.NONE,
    "cluster only": NetworkRole.CLUSTER_ONLY,
    "cluster and client": NetworkRole.CLUSTER_AND_CLIENT,
}
_DATA_FILL = 0.6
_SYSTEM_FILL = 0.4
"""Shares of a data and a system disk that its file has grown to."""


def build_sample(definition: SampleDefinition, seed: int) -> ClusterRecord:
    """The cluster that a definition describes, the same for the same seed.

    Raises ValueError with a sentence where the definition is at odds with itself.
    """
    record = _Listed(definition, seed).record() if definition.generate is None else _generated(definition, seed)
    if definition.heartbeats_missed is None:
        return record
    same, cross = definition.heartbeats_missed
    beat = replace(record.heartbeat, same_subnet_threshold=same, cross_subnet_threshold=cross)
    return replace(record, heartbeat=beat)


def _generated(definition: SampleDefinition, seed: int) -> ClusterRecord:
    table = definition.generate
    if table is None:
        raise ValueError(f"{definition.title}: there is nothing to generate")
    return generated(
        table.nodes,
        table.vms,
        profile_named(definition.profile),
        seed,
        name=definition.cluster,
        domain=definition.domain,
        link_bytes_per_second=parse_rate(table.link),
    )


class _Listed:
    """Turns a definition that lists its nodes and VMs into records."""

    def __init__(self, definition: SampleDefinition, seed: int) -> None:
        self._definition = definition
        self._random = Random(seed)
        self._profile = profile_named(definition.profile)
        self._platform = Platform.of(self._profile)
        self._nodes = tuple(self._node(row, table) for row, table in enumerate(definition.node))
        self._node_ids = {node.name: node.id for node in self._nodes}
        self._volume_ids = {table.name: VolumeId(row) for row, table in enumerate(definition.volume)}
        self._macs = MacPools(table.address for table in definition.node)
        self._used_bytes = [0] * len(definition.volume)

    def record(self) -> ClusterRecord:
        """The definition as records."""
        definition = self._definition
        vms = tuple(self._vm(VmId(row), table) for row, table in enumerate(definition.vm))
        return ClusterRecord(
            name=definition.cluster,
            domain=definition.domain,
            profile=self._profile,
            nodes=self._nodes,
            vms=vms,
            sans=self._sans(),
            luns=self._luns(),
            volumes=self._volumes(),
            networks=tuple(
                Network(NetworkId(row), one.name, _ROLES[one.role], one.gateway, one.metric, one.address)
                for row, one in enumerate(definition.network)
            ),
            links=self._links(),
        )

    def _node(self, row: int, table: NodeTable) -> Node:
        return Node(
            NodeId(row),
            table.name,
            processor=self._processor(table),
            memory_bytes=parse_bytes(table.memory),
            root_reserve_bytes=parse_bytes(table.root_reserve),
            domain=self._definition.domain if table.domain is None else table.domain,
            system_drive=table.system_drive,
            manufacturer=table.manufacturer,
            model=table.model,
            hardware_virtualisation=table.hardware_virtualisation,
        )

    def _processor(self, table: NodeTable) -> Processor:
        processor = PROCESSORS.get(table.processor)
        if processor is None:
            raise ValueError(
                f"{table.name}: there is no processor '{table.processor}'; there are: {', '.join(PROCESSORS)}"
            )
        return processor

    def _sans(self) -> tuple[San, ...]:
        san = self._definition.san
        if san is None:
            return ()
        return (San(SanId(0), san.name, parse_rate(san.rate), san.iops, parse_duration(san.latency)),)

    def _luns(self) -> tuple[Lun, ...]:
        volumes = self._definition.volume
        luns = [
            Lun(
                LunId(row),
                f"LUN{row + 1}",
                SanId(0),
                parse_bytes(table.size),
                LunUse.SHARED_VOLUME,
                self._owner(table.coordinator, table.name),
            )
            for row, table in enumerate(volumes)
        ]
        if self._definition.witness:
            luns.append(Lun(LunId(len(luns)), "Witness", SanId(0), GIB, LunUse.WITNESS, NodeId(0)))
        return tuple(luns)

    def _volumes(self) -> tuple[Volume, ...]:
        return tuple(
            Volume(
                VolumeId(row),
                table.name,
                LunId(row),
                self._owner(table.coordinator, table.name),
                parse_bytes(table.size),
                self._used_bytes[row],
            )
            for row, table in enumerate(self._definition.volume)
        )

    def _links(self) -> tuple[Link, ...]:
        links: list[Link] = []
        for row, node in enumerate(self._definition.node):
            for column, network in enumerate(self._definition.network):
                address = ".".join((*network.address.split(".")[:2], *node.address.split(".")[2:]))
                speed = parse_rate(network.speed)
                links.append(
                    Link(NodeId(row), NetworkId(column), speed, adapter=f"{network.name} port", address=address)
                )
        return tuple(links)

    def _owner(self, node: str, of: str) -> NodeId:
        if node not in self._node_ids:
            raise ValueError(f"{of}: there is no node '{node}' in this sample")
        return self._node_ids[node]

    def _vm(self, vm: VmId, table: VmTable) -> VirtualMachine:
        kind = workload_named(table.kind)
        owner = self._owner(table.owner, table.name)
        memory_bytes = parse_bytes(table.memory)
        running = table.state.holds_memory
        processor = self._nodes[owner].processor
        system = self._platform.desktop if kind.desktop else self._platform.server
        possible = table.possible_owners
        return VirtualMachine(
            id=vm,
            name=table.name,
            guid=guid_of(self._random),
            owner=owner,
            state=table.state,
            vcpus=table.vcpus,
            memory=_guest_memory(table, kind, memory_bytes),
            assigned_bytes=memory_bytes if running else 0,
            load=kind.load(self._random.uniform(-3600.0, 3600.0), table.cpu_factor),
            disks=self._disks(table, owner),
            adapters=(NetworkAdapter("Network Adapter", self._macs.take(owner), NetworkId(0)),),
            guest=Guest(table.guest or system),
            clients=_clients(table, kind),
            seen_features=processor.features if running else (),
            booted_vendor=processor.vendor if running else "",
            preferred_owners=tuple(self._owner(node, table.name) for node in table.preferred_owners),
            possible_owners=None if possible is None else tuple(self._owner(node, table.name) for node in possible),
            anti_affinity=table.anti_affinity,
            priority=Priority[table.priority.upper()] if table.priority else kind.priority,
            highly_available=table.clustered,
            notes=table.notes,
            tags=table.tags,
        )

    def _disks(self, table: VmTable, owner: NodeId) -> tuple[VirtualDisk, ...]:
        system = self._disk(table, owner, f"{table.name}", table.system_disk, Controller.IDE)
        if not table.data_disk:
            return (system,)
        return (system, self._disk(table, owner, f"{table.name}-data", table.data_disk, Controller.SCSI))

    def _disk(self, table: VmTable, owner: NodeId, stem: str, size: str, controller: Controller) -> VirtualDisk:
        size_bytes = parse_bytes(size)
        used = round(size_bytes * (_DATA_FILL if controller is Controller.SCSI else _SYSTEM_FILL))
        volume = self._volume_ids.get(table.volume)
        if volume is None and table.volume:
            raise ValueError(f"{table.name}: there is no volume '{table.volume}' in this sample")
        if volume is not None:
            self._used_bytes[volume] += used
        root = "D:\\Hyper-V" if volume is None else f"C:\\ClusterStorage\\{table.volume}"
        name = f"{stem}.{self._platform.disk_extension}"
        return VirtualDisk(
            name,
            size_bytes,
            DiskKind.DYNAMIC,
            used,
            f"{root}\\{table.name}\\{name}",
            controller,
            volume=volume,
            local_node=owner if volume is None else None,
        )


def _guest_memory(table: VmTable, kind: Workload, memory_bytes: int) -> GuestMemory:
    maximum = parse_bytes(table.dynamic_maximum) if table.dynamic_maximum else 0
    settings = MemorySettings(memory_bytes, maximum_bytes=maximum, dynamic=bool(maximum))
    if table.regions is None:
        regions = regions_of(kind.regions, memory_bytes)
    else:
        regions = tuple(
            MemoryRegion(
                region.name,
                parse_bytes(region.size) // PAGE_BYTES * PAGE_BYTES,
                parse_rate(region.write),
                region.pattern,
                region.zero_share,
            )
            for region in table.regions
        )
    zero = kind.cold_zero_share if table.cold_zero_share is None else table.cold_zero_share
    return GuestMemory(settings, regions, zero)


def _clients(table: VmTable, kind: Workload) -> Clients:
    connections = kind.connections if table.connections is None else table.connections
    video = None
    if table.video is not None:
        video = VideoStream(parse_rate(table.video.rate), parse_duration(table.video.buffer))
    return Clients(connections if table.state is VmState.RUNNING else 0, table.guest_cluster, video)
