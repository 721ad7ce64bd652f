"""When the next fault comes by itself; what it is then stands in `chaos`."""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING

from hvgui.cluster.units import nanoseconds
from hvgui.engine.agenda import ChaosDue, Class
from hvgui.engine.randomness import Stream, uniform

if TYPE_CHECKING:
    from hvgui.engine.world import World

_HOUR_SECONDS = 3600.0


def come(world: World) -> None:
    """The next fault's moment is set; the gaps between faults are exponential."""
    chaos = world.cluster.chaos
    luck = uniform(chaos.seed, Stream.CHAOS, chaos.last_fault + 1, 0)
    seconds = -log1p(-luck) * _HOUR_SECONDS / chaos.faults_per_hour
    entry = ChaosDue(chaos.last_fault + 1, chaos.since_ns)
    world.agenda.add(world.now_ns + nanoseconds(seconds), Class.NODE, entry)
