"""Platform profiles: the limits and features of each Windows Server release as data, one row a profile.

Sources of the limits: Microsoft's "Requirements and Limits for Virtual Machines and Hyper-V in Windows Server 2008 R2"
and its successors for the later releases; `R2 (article)` holds the figures of the article that hvgui began with
(16 disks a SCSI controller, 32 logical processors). Times of a migration's fixed parts are our own measurements and
estimates, and a scenario may override every one of them.
"""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.units import GIB, MIB, TIB


class StopRule(enum.Enum):
    """When the passes of a live migration end and the blackout begins."""

    HYPER_V = "hyper-v"
    """After `max_passes`, or when the rest fits the blackout target, or when the passes no longer shrink."""
    THRESHOLD = "threshold"
    """When the rest fits bandwidth x blackout target, however many passes that takes (QEMU's rule); with
    `max_passes` above 0 it is stopped by force after so many."""


class PassRule(msgspec.Struct, frozen=True):
    """How the pass loop of a live migration ends."""

    stop: StopRule = StopRule.HYPER_V
    max_passes: int = 10
    """0: no limit (only with `THRESHOLD`)."""
    blackout_target_seconds: float = 0.3
    not_shrinking_ratio: float = 0.95
    """HYPER_V: a pass that leaves more than this share of what the pass before left does not shrink."""


class MigrationTimings(msgspec.Struct, frozen=True):
    """The fixed parts of a migration, beside what memory and links decide."""

    setup_seconds: float = 3.0
    """Configuration to the target, skeleton VM, memory reserved: about 3 s for Hyper-V."""
    sync_seconds: float = 0.002
    """Gathering the dirty pages at the end of a pass."""
    stop_seconds: float = 0.003
    """Stopping the guest's processors and the last gathering."""
    device_state_bytes: int = 1 * MIB
    in_flight_bytes: int = 3_300_000
    """What sockets and switches still hold when the guest stops: it drains at line rate within the blackout."""
    storage_handover_seconds: float = 0.02
    """Handing the open disks to the target. On a Cluster Shared Volume nothing changes owner."""
    lun_move_seconds: float = 1.5
    """Moving the ownership of a LUN that is not a Cluster Shared Volume; part of the blackout."""
    resume_seconds: float = 0.02
    arp_seconds: float = 0.01
    """Until the switches have learned the new port from the unsolicited ARP."""
    page_overhead_bytes: int = 8
    """Header of a page on the wire: 4,096 + 8."""
    zero_page_bytes: int = 9
    bandwidth_cap_bytes_per_second: float = 0.0
    """Cap on the passes (0: none). The blackout runs at line rate all the same."""
    stop_line_bytes_per_second: float = 0.0
    """Line rate in the blackout where it is not the link's own (0: the link's)."""
    quick_flush_seconds: float = 0.4
    """Quick migration: flushing the saved state to the disk."""
    quick_fixed_seconds: float = 0.1
    """Quick migration: what is left beside writing, flushing, the owner's change and reading."""
    group_move_seconds: float = 2.0
    """Taking a cluster group offline on one node and online on another."""
    boot_seconds: float = 45.0
    """From power on to the guest answering."""
    shutdown_seconds: float = 20.0


class Limits(msgspec.Struct, frozen=True):
    """Maxima that the platform enforces."""

    logical_processors: int
    host_memory_bytes: int
    running_vms_per_node: int
    vcpus_per_node: int
    vcpus_per_vm: int
    memory_per_vm_bytes: int
    nodes: int
    vms: int
    vhd_bytes: int
    vcpus_per_logical_processor: int = 0
    """0: the platform states no ratio."""
    desktop_vcpus_per_logical_processor: int = 0
    """Where every guest of the node is a Windows 7 desktop; 0: no other ratio."""
    scsi_controllers: int = 4
    disks_per_scsi_controller: int = 64
    snapshots_per_vm: int = 50
    adapters_per_vm: int = 12
    macs_per_node: int = 256


class Features(msgspec.Struct, frozen=True):
    """What a platform can do at all. What is False here and still offered by hvgui is labelled as our extension."""

    dynamic_memory: bool = False
    minimum_memory: bool = False
    """A minimum below the startup memory, and limits that move while the VM runs."""
    makes_room: bool = False
    """VMs with dynamic memory give way when another one starts and the node is short."""
    smart_paging: bool = False
    drain: bool = False
    queues_live_migrations: bool = False
    dynamic_quorum: bool = False
    live_merge: bool = False
    balancing: bool = False


class Profile(msgspec.Struct, frozen=True):
    """One platform release."""

    name: str
    limits: Limits
    features: Features
    pass_rule: PassRule = PassRule()
    timings: MigrationTimings = MigrationTimings()
    live_migrations_per_node: int = 1
    tcp_timeout_seconds: float = 20.0
    """A blackout beyond this breaks TCP connections."""
    guest_cluster_timeout_seconds: float = 5.0
    """A blackout beyond this breaks the heartbeat of a cluster made of VMs."""


_R2 = Limits(
    logical_processors=64,
    host_memory_bytes=TIB,
    running_vms_per_node=384,
    vcpus_per_node=512,
    vcpus_per_vm=4,
    memory_per_vm_bytes=64 * GIB,
    nodes=16,
    vms=1000,
    vhd_bytes=2040 * GIB,
    vcpus_per_logical_processor=8,
)
_2012_R2 = Limits(
    logical_processors=320,
    host_memory_bytes=4 * TIB,
    running_vms_per_node=1024,
    vcpus_per_node=2048,
    vcpus_per_vm=64,
    memory_per_vm_bytes=TIB,
    nodes=64,
    vms=8000,
    vhd_bytes=64 * TIB,
)
_2016 = msgspec.structs.replace(
    _2012_R2, logical_processors=512, host_memory_bytes=24 * TIB, vcpus_per_vm=240, memory_per_vm_bytes=12 * TIB
)
_2025 = msgspec.structs.replace(
    _2016, logical_processors=2048, host_memory_bytes=4096 * TIB, vcpus_per_vm=2048, memory_per_vm_bytes=240 * TIB
)
_SP1 = msgspec.structs.replace(_R2, desktop_vcpus_per_logical_processor=12)
_SP1_FEATURES = Features(dynamic_memory=True)
_2012_R2_FEATURES = Features(
    dynamic_memory=True,
    minimum_memory=True,
    makes_room=True,
    smart_paging=True,
    drain=True,
    queues_live_migrations=True,
    dynamic_quorum=True,
    live_merge=True,
)
_2016_FEATURES = msgspec.structs.replace(_2012_R2_FEATURES, balancing=True)
_FIVE_PASSES = PassRule(max_passes=5)


def _later(name: str, limits: Limits, features: Features) -> Profile:
    return Profile(name, limits, features, pass_rule=_FIVE_PASSES, live_migrations_per_node=2)


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "R2 (article)",
            msgspec.structs.replace(_R2, disks_per_scsi_controller=16, logical_processors=32),
            Features(),
        ),
        Profile("2008 R2", _R2, Features()),
        Profile("2008 R2 SP1", _SP1, _SP1_FEATURES),
        _later("2012 R2", _2012_R2, _2012_R2_FEATURES),
        _later("2016", _2016, _2016_FEATURES),
        _later("2019", _2016, _2016_FEATURES),
        _later("2022", _2016, _2016_FEATURES),
        _later("2025", _2025, _2016_FEATURES),
    )
}
"""Every profile by its name, oldest first."""

DEFAULT_PROFILE = PROFILES["2008 R2 SP1"]


def profile_named(name: str) -> Profile:
    """The profile of that name. Raises ValueError naming those there are."""
    profile = PROFILES.get(name)
    if profile is None:
        raise ValueError(f"There is no platform profile '{name}'; there are: {', '.join(PROFILES)}.")
    return profile
