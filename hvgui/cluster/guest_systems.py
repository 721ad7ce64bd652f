"""Guest systems: which come with the drivers for VMBus, which can get them, and what is to be had without.

With integration components a guest talks to its host over VMBus; without them every device is emulated, which costs
the host's processor time by the operation and bounds the throughput. The figures of the price are estimates of ours
of the order that measurements of that time report; the emulated (legacy) network adapter is the DEC 21140, 100 Mbit/s.
"""

from __future__ import annotations

import msgspec

from hvgui.cluster.load import Load
from hvgui.cluster.machines import Guest

EXTRA_SECONDS_AN_OPERATION = 70e-6
"""Processor time of the host that an emulated disk operation costs beyond one over VMBus."""
EXTRA_SECONDS_A_BYTE = 25e-9
"""Likewise for each byte through an emulated network adapter: about a third of a core at 100 Mbit/s."""
MOST_EMULATED_IOPS = 1_500.0
MOST_EMULATED_NETWORK_BYTES_PER_SECOND = 12_500_000.0


class GuestSystem(msgspec.Struct, frozen=True):
    """One system, or family of systems."""

    name: str
    """As it begins in a guest's `system`."""
    components: str
    """Where the drivers come from: `built in`, `to install`, or `none`."""
    is_desktop: bool = False


GUEST_SYSTEMS: tuple[GuestSystem, ...] = (
    GuestSystem("Windows Server 2008 R2", "built in"),
    GuestSystem("Windows Server 2008", "to install"),
    GuestSystem("Windows Server 2003", "to install"),
    GuestSystem("Windows Server 20", "built in"),
    GuestSystem("Windows 2000", "to install"),
    GuestSystem("Windows NT", "none"),
    GuestSystem("Windows 7", "built in", is_desktop=True),
    GuestSystem("Windows Vista", "to install", is_desktop=True),
    GuestSystem("Windows XP", "to install", is_desktop=True),
    GuestSystem("Windows 8", "built in", is_desktop=True),
    GuestSystem("Windows 1", "built in", is_desktop=True),
    GuestSystem("Linux", "to install"),
    GuestSystem("FreeBSD", "none"),
    GuestSystem("Solaris", "none"),
    GuestSystem("NetWare", "none"),
)
"""The first whose name a guest's system begins with is its own; a Linux is recognised anywhere in the text."""
_UNKNOWN = GuestSystem("", "none")
_LINUX = next(system for system in GUEST_SYSTEMS if system.name == "Linux")
_DISTRIBUTIONS = ("linux", "debian", "ubuntu", "suse", "red hat", "centos", "fedora", "oracle", "rocky", "alma")


def system_of(guest: Guest) -> GuestSystem:
    """The entry of the catalogue for a guest; one of its own for systems that nobody knows: without drivers."""
    text = guest.system.lower()
    if any(word in text for word in _DISTRIBUTIONS):
        return _LINUX
    return next((system for system in GUEST_SYSTEMS if text.startswith(system.name.lower())), _UNKNOWN)


def emulation_processors(guest: Guest, load: Load) -> float:
    """Processors' worth of the host's time that emulating the guest's devices takes at its usual load."""
    if guest.integration_components:
        return 0.0
    iops = min(load.disk_iops.usual, MOST_EMULATED_IOPS)
    network = min(load.network_bytes_per_second.usual, MOST_EMULATED_NETWORK_BYTES_PER_SECOND)
    return iops * EXTRA_SECONDS_AN_OPERATION + network * EXTRA_SECONDS_A_BYTE


TAKEN_AWAY = (
    "shut down",
    "dynamic memory",
    "disks added while it runs",
    "the guest's Disk Management",
    "heartbeat",
)
"""What a guest without integration components can't be asked for, in words."""
