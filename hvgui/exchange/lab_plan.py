"""What a new lab shall be: everything that the wizard, and `hvgui new`, ask for, with defaults that make a good lab."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.networks import GIGABIT, NetworkRole
from hvgui.cluster.units import GIB
from hvgui.exchange.workloads import WORKLOADS

MOST_NODES = 64
MOST_VMS = 8_000
MOST_VOLUMES = 256
MOST_NETWORKS = 8


class NetworkPlan(msgspec.Struct, frozen=True):
    """A network with one switch; every node is tied to it at the same speed."""

    name: str
    bytes_per_second: float = GIGABIT
    role: NetworkRole = NetworkRole.CLUSTER_ONLY


class VmGroup(msgspec.Struct, frozen=True):
    """So many VMs of one kind of `workloads`."""

    kind: str
    count: int


class Part(enum.Enum):
    """The part of a plan that a problem is about: a page of the wizard."""

    CLUSTER = "cluster"
    DOMAIN = "domain"
    NODES = "nodes"
    NETWORKS = "networks"
    STORAGE = "storage"
    MACHINES = "virtual machines"


class PlanProblem(msgspec.Struct, frozen=True):
    """Why a plan can't be carried out, and where that is to be mended."""

    part: Part
    sentence: str


class LabPlan(msgspec.Struct, frozen=True):
    """A lab to be. The defaults are those of the article that hvgui began with."""

    cluster: str = "LAB-CLUSTER"
    profile: str = "2008 R2 SP1"
    domain: str = "lab.example"
    domain_controller: bool = True
    """A VM on the first node's own disk, not clustered, so that the cluster does not wait for itself."""
    nodes: int = 2
    node_prefix: str = "NODE"
    processor: str = "xeon-e5540"
    """A key of `processor_models`."""
    sockets: int = 1
    memory_bytes: int = 8 * GIB
    hardware_virtualisation: bool = True
    networks: tuple[NetworkPlan, ...] = (
        NetworkPlan("Client", role=NetworkRole.CLUSTER_AND_CLIENT),
        NetworkPlan("Cluster"),
    )
    san: str = "iSCSI SAN"
    san_bytes_per_second: float = 110e6
    san_iops: float = 2_000.0
    san_latency_seconds: float = 0.003
    shared_volumes: bool = True
    """Cluster Shared Volumes; without them every VM has a LUN of its own."""
    volumes: int = 1
    volume_bytes: int = 500 * GIB
    """Of each volume; 0: as large as its disks need."""
    witness: bool = True
    machines: tuple[VmGroup, ...] = (VmGroup("file server", 1),)
    video: bool = True
    """A client watches a film from the first file server."""
    seed: int = 1


ARTICLE = LabPlan(profile="R2 (article)")
"""Two nodes, a domain controller, an iSCSI SAN, a gigabit switch, and a file server that streams a film."""

LARGER = LabPlan(
    cluster="CLUSTER1",
    profile="2019",
    domain="corp.example",
    domain_controller=False,
    nodes=4,
    processor="xeon-gold-6326",
    sockets=2,
    memory_bytes=256 * GIB,
    networks=(
        NetworkPlan("Client", 10 * GIGABIT, NetworkRole.CLUSTER_AND_CLIENT),
        NetworkPlan("Live Migration", 10 * GIGABIT),
        NetworkPlan("Cluster", 10 * GIGABIT),
    ),
    san="SAN1",
    san_bytes_per_second=2e9,
    san_iops=50_000.0,
    san_latency_seconds=0.0005,
    volumes=4,
    volume_bytes=0,
    machines=(),
)
"""What a cluster of any size begins with, before VMs are chosen."""


def mixed(vms: int) -> tuple[VmGroup, ...]:
    """So many VMs in the proportions of an ordinary company: each kind as often as its `frequency` says."""
    row = sorted(WORKLOADS.values(), key=lambda kind: -kind.frequency)
    whole = sum(kind.frequency for kind in row)
    counts = {kind.name: vms * kind.frequency // whole for kind in row}
    left = vms - sum(counts.values())
    for kind in row[:left]:
        counts[kind.name] += 1
    return tuple(VmGroup(kind.name, counts[kind.name]) for kind in WORKLOADS.values() if counts[kind.name])
