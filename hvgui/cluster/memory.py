"""A guest's memory: how much it is given, and how its pages are written."""

from __future__ import annotations

import enum

import msgspec


class WritePattern(enum.Enum):
    """How a guest goes through a region when it writes: page after page in turn, or anywhere."""

    CYCLIC = "cyclic"
    RANDOM = "random"


class MemoryRegion(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A part of a guest's memory with one habit of writing: a hot working set, a warm heap, a cold rest.

    Regions lie one after the other from address 0; what is left of the memory behind them is never written.
    """

    name: str
    size_bytes: int
    write_bytes_per_second: float = 0.0
    """Bytes written a second while the guest gets all the processor time of its usual (mean) load."""
    pattern: WritePattern = WritePattern.RANDOM
    zero_share: float = 0.0
    """Share of the region's pages that hold only zeros until they are written (0..1): nearly free to send."""


class MemorySettings(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a VM may have. With `dynamic` off, `startup_bytes` is its memory and the rest is of no effect."""

    startup_bytes: int
    minimum_bytes: int = 0
    """0: as startup (2008 R2 SP1 has no minimum of its own in its dialog)."""
    maximum_bytes: int = 0
    """0: as startup."""
    dynamic: bool = False
    buffer_percent: int = 20
    """Memory beyond the demand that the guest is to have, as a share of the demand (5..2000)."""
    weight: int = 5000
    """Who gives way when the host runs short (0..10,000): the lower goes first."""

    @property
    def least_bytes(self) -> int:
        """What the VM is never taken below while it runs."""
        return (self.minimum_bytes or self.startup_bytes) if self.dynamic else self.startup_bytes

    @property
    def most_bytes(self) -> int:
        """What it never gets more than."""
        return (self.maximum_bytes or self.startup_bytes) if self.dynamic else self.startup_bytes


class GuestMemory(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A VM's memory: its settings, and its regions. The rest behind the regions is cold."""

    settings: MemorySettings
    regions: tuple[MemoryRegion, ...] = ()
    cold_zero_share: float = 0.0
    """Share of zero pages in the memory that no region covers: a freshly booted guest has 0.8 and more."""
