"""What is installed on a node itself: the parent partition's Windows, as far as cluster validation asks of it."""

from __future__ import annotations

import enum

import msgspec


class InstallationOption(enum.Enum):
    """Which of its two faces Windows was installed with; the nodes of a cluster have the same one."""

    FULL = "full"
    CORE = "core"


class Installation(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One node's system. The defaults are those of a node that was set up as the others were."""

    system: str = ""
    """Name of the operating system; empty: that of the cluster's platform."""
    service_pack: str = ""
    option: InstallationOption = InstallationOption.FULL
    architecture: str = "x64"
    updates: tuple[str, ...] = ()
    """Software updates that are installed: `KB976902`."""
    unsigned_drivers: tuple[str, ...] = ()
    """Files of drivers that carry no signature: `oldnic.sys`."""
    stopped_services: tuple[str, ...] = ()
    """Services that a cluster node needs and that do not run: `Remote Registry`."""
    cluster_service_automatic: bool = True
    """Whether the cluster service starts with Windows."""
    memory_dump: bool = True
    """Whether a memory dump is written when Windows stops with an error."""
    firewall_open: bool = True
    """Whether the firewall lets the cluster's own traffic through (UDP 3343 and the rules beside it)."""

    @property
    def release(self) -> str:
        """Operating system and service pack in one text, where they are known."""
        return " ".join(part for part in (self.system, self.service_pack) if part)
