"""The TOML of a sample cluster, as types; `sample_building` turns it into records.

Sizes, rates and times are written as people write them (`4 GB`, `1 Gbit/s`). References are names. A sample either
lists its nodes and VMs, or has a `[generate]` table and is generated.
"""

from __future__ import annotations

import msgspec

from hvgui.cluster.machines import VmState
from hvgui.cluster.memory import WritePattern


class GenerateTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sample that is generated: see hvgui.exchange.generated."""

    nodes: int
    vms: int
    link: str = "1 Gbit/s"


class NodeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node; `processor` is a name of hvgui.exchange.hardware."""

    name: str
    address: str
    """On the first network; the other networks have the same last two octets."""
    memory: str
    processor: str
    root_reserve: str = "2 GB"
    manufacturer: str = ""
    model: str = ""
    domain: str | None = None
    """Where it is not the cluster's own; empty: in none."""
    system_drive: str = "C:"
    hardware_virtualisation: bool = True


class NetworkTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network, to which every node is tied at the same speed."""

    name: str
    address: str
    role: str = "cluster and client"
    gateway: bool = False
    metric: int = 1000
    speed: str = "1 Gbit/s"


class SanTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The SAN that holds all LUNs."""

    name: str
    rate: str
    iops: float = 20_000.0
    latency: str = "0.5 ms"


class VolumeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Cluster Shared Volume and the LUN under it."""

    name: str
    size: str
    coordinator: str


class RegionTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A memory region written out, in place of those of the VM's kind."""

    name: str
    size: str
    write: str = "0"
    pattern: WritePattern = WritePattern.RANDOM
    zero_share: float = 0.0


class VideoTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A player streaming a film from the VM."""

    rate: str
    buffer: str = "2 s"


class VmTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A VM; what it leaves out comes from its kind."""

    name: str
    kind: str
    owner: str
    memory: str
    vcpus: int
    volume: str = ""
    """Empty: on the owner's own disk."""
    system_disk: str = "60 GB"
    data_disk: str = ""
    guest: str = ""
    state: VmState = VmState.RUNNING
    dynamic_maximum: str = ""
    regions: tuple[RegionTable, ...] | None = None
    cold_zero_share: float | None = None
    cpu_factor: float = 1.0
    connections: int | None = None
    guest_cluster: bool = False
    video: VideoTable | None = None
    clustered: bool = True
    possible_owners: tuple[str, ...] | None = None
    preferred_owners: tuple[str, ...] = ()
    anti_affinity: tuple[str, ...] = ()
    priority: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()


class SampleDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of `resources/samples`."""

    title: str
    description: str
    order: int
    """Its place in the welcome menu."""
    cluster: str
    domain: str
    profile: str
    generate: GenerateTable | None = None
    node: tuple[NodeTable, ...] = ()
    network: tuple[NetworkTable, ...] = ()
    san: SanTable | None = None
    volume: tuple[VolumeTable, ...] = ()
    witness: bool = False
    heartbeats_missed: tuple[int, int] | None = None
    """Missed heartbeats that mean death, in one subnet and across; where they are not those of 2008 R2."""
    vm: tuple[VmTable, ...] = ()
