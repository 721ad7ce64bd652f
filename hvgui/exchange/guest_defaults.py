"""Guests for VMs of an inventory: no inventory tells how a guest writes its memory or who its clients are.

What is known (size, memory demand, processor use, time since its start) shapes what is assumed: the demand is taken for
memory in use, a small part of it as the hot working set; busier guests write faster; what the demand leaves over is
cold, and the more of it still zero the shorter the guest has been up.
"""

from __future__ import annotations

import msgspec

from hvgui.cluster.clients import Clients
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.memory import MemoryRegion, WritePattern
from hvgui.cluster.units import PAGE_BYTES

ASSUMED_CONNECTIONS = 10
_USUAL_DEMAND = 0.6
_USUAL_CPU = 0.1
_HOT_SHARE_OF_DEMAND = 0.05
_WARM_SHARE_OF_DEMAND = 0.45
_HOT_REWRITES_PER_SECOND = 0.15
_WARM_REWRITES_PER_SECOND = 0.003
"""How often a second all of the region is written in a guest that uses a tenth of its processors."""
_HOUR, _WEEK = 3_600.0, 604_800.0


class KnownGuest(msgspec.Struct, frozen=True):
    """What an inventory tells of a guest; None where it does not."""

    memory_bytes: int
    demand_bytes: int | None = None
    cpu_share: float | None = None
    uptime_seconds: float | None = None
    running: bool = True

    @property
    def demand_share(self) -> float:
        """The demand as a share of the memory, or what is usual."""
        if not self.demand_bytes:
            return _USUAL_DEMAND
        return min(1.0, max(0.05, self.demand_bytes / self.memory_bytes))

    @property
    def usual_cpu(self) -> float:
        """The processor share that its load is taken to have; idle guests are still asked for something."""
        return _USUAL_CPU if self.cpu_share is None else min(1.0, max(0.01, self.cpu_share))


def assumed_regions(guest: KnownGuest) -> tuple[MemoryRegion, ...]:
    """A hot working set and a warm heap, in whole pages; the rest behind them is cold."""
    demand = guest.memory_bytes * guest.demand_share
    pace = guest.usual_cpu / _USUAL_CPU
    return (
        _region("hot working set", demand * _HOT_SHARE_OF_DEMAND, _HOT_REWRITES_PER_SECOND * pace),
        _region("warm heap", demand * _WARM_SHARE_OF_DEMAND, _WARM_REWRITES_PER_SECOND * pace),
    )


def assumed_cold_zero_share(guest: KnownGuest) -> float:
    """Share of zero pages in the cold memory: most of the unused part in the first hour, little of it after a week."""
    if guest.uptime_seconds is None:
        still_zero = 0.5
    elif guest.uptime_seconds < _HOUR:
        still_zero = 0.9
    else:
        still_zero = 0.6 if guest.uptime_seconds < _WEEK else 0.3
    used = guest.demand_share * (_HOT_SHARE_OF_DEMAND + _WARM_SHARE_OF_DEMAND)
    unused_share_of_cold = (1 - guest.demand_share) / (1 - used)
    return round(min(0.95, still_zero * unused_share_of_cold), 3)


def assumed_load(guest: KnownGuest) -> Load:
    """Constant at what was seen, with some noise."""
    return Load(
        cpu=LoadCurve(level=guest.usual_cpu, noise=0.15), memory=LoadCurve(level=guest.demand_share, noise=0.02)
    )


def assumed_clients(guest: KnownGuest) -> Clients:
    """A few connections into each running guest, so that a blackout that is too long shows."""
    return Clients(ASSUMED_CONNECTIONS if guest.running else 0)


def _region(name: str, size: float, rewrites_per_second: float) -> MemoryRegion:
    pages = max(0, int(size / PAGE_BYTES))
    return MemoryRegion(name, pages * PAGE_BYTES, pages * PAGE_BYTES * rewrites_per_second, WritePattern.RANDOM)
