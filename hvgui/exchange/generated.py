"""Clusters of any size out of a seed: the large samples and the benchmarks' worlds.

Nodes are made large enough to hold all VMs with one node out (N + 1), each VM goes to the node with the most memory
left, and Cluster Shared Volumes, their coordinators and the MAC addresses are spread evenly.
"""

from __future__ import annotations

import heapq
from random import Random

import msgspec

from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId, VmId, VolumeId
from hvgui.cluster.load import Load
from hvgui.cluster.machines import Guest, NetworkAdapter, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemorySettings
from hvgui.cluster.networks import GIGABIT, Link, Network, NetworkRole
from hvgui.cluster.nodes import Node
from hvgui.cluster.profiles import Profile
from hvgui.cluster.storage import Controller, DiskKind, Lun, LunUse, San, VirtualDisk, Volume
from hvgui.cluster.units import GIB, MIB
from hvgui.exchange.hardware import smallest_memory, smallest_processor
from hvgui.exchange.mac_addresses import MacPools
from hvgui.exchange.workloads import WORKLOADS, Workload, regions_of

CLIENT_NETWORK = NetworkId(0)
VMS_PER_VOLUME = 40
_VARIANTS = 8
"""Loads that a kind of VM comes in; VMs share them, which keeps a large cluster small in memory."""
_BUSIEST_SHARE = 0.7
"""Share of its logical processors that a generated cluster wants at its busiest hour."""
_STATED_RATIO = 8
"""Virtual processors a logical processor that a generated node is sized for where the platform states no ratio."""


class Platform(msgspec.Struct, frozen=True):
    """What a profile means for guests and files: names of systems, kinds of virtual disks."""

    server: str
    desktop: str
    disk_extension: str
    modern: bool

    @classmethod
    def of(cls, profile: Profile) -> Platform:
        """The platform's usual guests; releases before 2012 know VHD files only."""
        if "R2" in profile.name and "2012" not in profile.name:
            return cls("Windows Server 2008 R2", "Windows 7", "vhd", modern=False)
        desktop = "Windows 8.1" if profile.name == "2012 R2" else "Windows 10"
        return cls(f"Windows Server {profile.name}", desktop, "vhdx", modern=True)


def generated(
    nodes: int,
    vms: int,
    profile: Profile,
    seed: int = 1,
    *,
    name: str = "CLUSTER1",
    domain: str = "corp.example",
    link_bytes_per_second: float = GIGABIT,
    off_share: float = 0.0,
) -> ClusterRecord:
    """A cluster of so many nodes and VMs, the same for the same arguments.

    `link_bytes_per_second` is the nominal speed of the migration and cluster networks; `off_share` (0..1) the share
    of VMs that are switched off. Raises ValueError with a sentence where no node could be large enough. The number of
    nodes and VMs itself may exceed the profile's limits, for benchmarks.
    """
    if nodes < 1 or vms < 0:
        raise ValueError(f"A cluster of {nodes} nodes and {vms} VMs can't be generated.")
    random = Random(seed)
    kinds = _kinds(vms, random)
    sizes = [(random.choice(kind.memory_gib) * GIB, random.choice(kind.vcpus)) for kind in kinds]
    node_records = _nodes(nodes, sizes, profile, domain)
    owners = _owners(sizes, nodes)
    volume_count = max(1, -(-vms // VMS_PER_VOLUME), min(nodes, vms))
    machines = Machines(node_records, profile, random, volume_count, load_factor(kinds, sizes, node_records))
    vm_records = tuple(
        machines.build(VmId(row), kind, size[0], size[1], owner, running=random.random() >= off_share)
        for row, (kind, size, owner) in enumerate(zip(kinds, sizes, owners, strict=True))
    )
    luns, volumes = _volumes(machines.placed_bytes, machines.used_bytes, nodes)
    return ClusterRecord(
        name=name,
        domain=domain,
        profile=profile,
        nodes=node_records,
        vms=vm_records,
        sans=(San(SanId(0), "SAN1", max(4, nodes) * GIGABIT * 4, max(50_000.0, vms * 150.0)),),
        luns=luns,
        volumes=volumes,
        networks=_networks(),
        links=_links(nodes, link_bytes_per_second),
    )


def node_address(row: int, second_octet: int = 0) -> str:
    """The address of a generated node: no two share their last two octets, so that their MAC pools differ."""
    return f"10.{second_octet}.{row // 200}.{11 + row % 200}"


def guid_of(random: Random) -> str:
    """A random (version 4) GUID as Windows writes it, from the sample's own dice."""
    number = random.getrandbits(128) & ~(0xF000 << 64) & ~(0xC000 << 48) | (0x4000 << 64) | (0x8000 << 48)
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _kinds(vms: int, random: Random) -> list[Workload]:
    """Kinds in proportion to their frequency, at least one domain controller, shuffled."""
    row = [kind for kind in WORKLOADS.values() for _ in range(kind.frequency)]
    kinds = [row[number % len(row)] for number in range(vms)]
    random.shuffle(kinds)
    return kinds


def _nodes(count: int, sizes: list[tuple[int, int]], profile: Profile, domain: str) -> tuple[Node, ...]:
    """Nodes alike, large enough to carry everything when one is out."""
    carriers = max(1, count - 1)
    memory = sum(size for size, _ in sizes)
    largest = max((size for size, _ in sizes), default=GIB)
    limits = profile.limits
    platform = Platform.of(profile)
    reserve = 2 * GIB if not platform.modern else 8 * GIB
    processor = smallest_processor(
        -(-sum(vcpus for _, vcpus in sizes) // carriers),
        at_most_logical=limits.logical_processors,
        vcpus_per_logical=limits.vcpus_per_logical_processor or _STATED_RATIO,
        modern=platform.modern,
    )
    installed = smallest_memory(memory // carriers + largest + reserve, limits.host_memory_bytes)
    digits = max(2, len(str(count)))
    return tuple(
        Node(
            NodeId(row),
            f"NODE{row + 1:0{digits}d}",
            processor=processor,
            memory_bytes=installed,
            root_reserve_bytes=reserve,
            domain=domain,
            manufacturer="Contoso",
            model="Rack 2U" if platform.modern else "Blade 620",
        )
        for row in range(count)
    )


def load_factor(kinds: list[Workload], sizes: list[tuple[int, int]], nodes: tuple[Node, ...]) -> float:
    """What the kinds' own loads are multiplied with, so that the nodes have room at the busiest hour.

    Many small guests of a crowded cluster are idler than the few of a small one: nobody buys as many processors as
    all of them would want at once.
    """
    busiest = sum(kind.cpu.busiest * vcpus for kind, (_, vcpus) in zip(kinds, sizes, strict=True))
    room = _BUSIEST_SHARE * sum(node.processor.logical for node in nodes)
    return min(1.0, room / busiest) if busiest else 1.0


def _owners(sizes: list[tuple[int, int]], nodes: int) -> list[NodeId]:
    """Each VM to the node with the least memory given away so far (the lower number where equal)."""
    given = [(0, row) for row in range(nodes)]
    owners: list[NodeId] = []
    for size, _ in sizes:
        bytes_given, row = given[0]
        heapq.heapreplace(given, (bytes_given + size, row))
        owners.append(NodeId(row))
    return owners


class Machines:
    """Builds VMs, keeping what they share (loads, memory, guests) and what they use up (MACs, names, volumes)."""

    def __init__(
        self, nodes: tuple[Node, ...], profile: Profile, random: Random, volumes: int, load_factor: float
    ) -> None:
        self._nodes = nodes
        self._random = random
        self.load_factor = load_factor
        self._platform = Platform.of(profile)
        self._dynamic = profile.features.dynamic_memory
        self._macs = MacPools(node_address(node.id) for node in nodes)
        self._numbers = dict.fromkeys(WORKLOADS, 0)
        self._memory: dict[tuple[str, int], GuestMemory] = {}
        self._loads: dict[str, tuple[Load, ...]] = {name: self._variants(kind) for name, kind in WORKLOADS.items()}
        self._clients = {name: Clients(kind.connections) for name, kind in WORKLOADS.items()}
        self._server, self._desktop = Guest(self._platform.server), Guest(self._platform.desktop)
        self.placed_bytes = [0] * volumes
        """Sizes of the virtual disks on each volume."""
        self.used_bytes = [0] * volumes
        """Sizes of their files."""

    def build(
        self, vm: VmId, kind: Workload, memory_bytes: int, vcpus: int, owner: NodeId, *, running: bool
    ) -> VirtualMachine:
        """One VM of the kind on its owner."""
        self._numbers[kind.name] += 1
        number = self._numbers[kind.name]
        name = f"{kind.prefix}{number:04d}"
        node = self._nodes[owner]
        clients = self._clients[kind.name]
        if kind.name == "file server" and number == 1:
            clients = Clients(kind.connections, video=VideoStream())
        return VirtualMachine(
            id=vm,
            name=name,
            guid=guid_of(self._random),
            owner=owner,
            state=VmState.RUNNING if running else VmState.OFF,
            vcpus=vcpus,
            memory=self._guest_memory(kind, memory_bytes),
            assigned_bytes=memory_bytes if running else 0,
            load=self._random.choice(self._loads[kind.name]),
            disks=self._disks(name, kind, vm % len(self.placed_bytes)),
            adapters=(NetworkAdapter("Network Adapter", self._macs.take(owner), CLIENT_NETWORK),),
            guest=self._desktop if kind.desktop else self._server,
            clients=clients,
            seen_features=node.processor.features if running else (),
            booted_vendor=node.processor.vendor if running else "",
            priority=kind.priority,
        )

    def _variants(self, kind: Workload) -> tuple[Load, ...]:
        return tuple(
            kind.load(self._random.uniform(-7200.0, 7200.0), self.load_factor * self._random.uniform(0.6, 1.3))
            for _ in range(_VARIANTS)
        )

    def _guest_memory(self, kind: Workload, memory_bytes: int) -> GuestMemory:
        memory = self._memory.get((kind.name, memory_bytes))
        if memory is None:
            dynamic = self._dynamic and (kind.desktop or kind.name in ("web server", "test server"))
            settings = MemorySettings(memory_bytes, maximum_bytes=2 * memory_bytes if dynamic else 0, dynamic=dynamic)
            memory = GuestMemory(settings, regions_of(kind.regions, memory_bytes), kind.cold_zero_share)
            self._memory[kind.name, memory_bytes] = memory
        return memory

    def _disks(self, name: str, kind: Workload, volume: int) -> tuple[VirtualDisk, ...]:
        folder = f"C:\\ClusterStorage\\Volume{volume + 1}\\{name}\\{name}"
        system_gib = 60 if kind.desktop else 80
        system = self._disk(f"{folder}.{self._platform.disk_extension}", system_gib, 0.45, volume, Controller.IDE)
        if not kind.data_gib:
            return (system,)
        path = f"{folder}-data.{self._platform.disk_extension}"
        return (system, self._disk(path, self._random.choice(kind.data_gib), 0.6, volume, Controller.SCSI))

    def _disk(self, path: str, gib: int, full: float, volume: int, controller: Controller) -> VirtualDisk:
        used = int(gib * full * self._random.uniform(0.5, 1.5) * 1024) * MIB
        self.placed_bytes[volume] += gib * GIB
        self.used_bytes[volume] += used
        name = path.rpartition("\\")[2]
        return VirtualDisk(name, gib * GIB, DiskKind.DYNAMIC, used, path, controller, volume=VolumeId(volume))


def _volumes(placed: list[int], used: list[int], nodes: int) -> tuple[tuple[Lun, ...], tuple[Volume, ...]]:
    """A LUN and a Cluster Shared Volume for each, coordinators in turn; an even number of nodes gets a disk witness."""
    luns: list[Lun] = []
    volumes: list[Volume] = []
    for row, (placed_bytes, used_bytes) in enumerate(zip(placed, used, strict=True)):
        size = -(-max(placed_bytes, 256 * GIB) // (256 * GIB)) * 256 * GIB
        coordinator = NodeId(row % nodes)
        luns.append(Lun(LunId(row), f"LUN{row + 1:03d}", SanId(0), size, LunUse.SHARED_VOLUME, coordinator))
        volumes.append(Volume(VolumeId(row), f"Volume{row + 1}", LunId(row), coordinator, size, used_bytes))
    if nodes % 2 == 0:
        luns.append(Lun(LunId(len(luns)), "Witness", SanId(0), GIB, LunUse.WITNESS, NodeId(0)))
    return tuple(luns), tuple(volumes)


def _networks() -> tuple[Network, ...]:
    return (
        Network(CLIENT_NETWORK, "Client", NetworkRole.CLUSTER_AND_CLIENT, True, 10_000, "10.0.0.0/16"),
        Network(NetworkId(1), "Live Migration", NetworkRole.CLUSTER_ONLY, False, 1_100, "10.1.0.0/16"),
        Network(NetworkId(2), "Cluster", NetworkRole.CLUSTER_ONLY, False, 1_000, "10.2.0.0/16"),
    )


def _links(nodes: int, bytes_per_second: float) -> tuple[Link, ...]:
    return tuple(
        Link(
            NodeId(row),
            NetworkId(network),
            max(GIGABIT, bytes_per_second) if network == 0 else bytes_per_second,
            adapter=adapter,
            address=node_address(row, network),
        )
        for row in range(nodes)
        for network, adapter in enumerate(("Client team", "Migration port", "Cluster port"))
    )
