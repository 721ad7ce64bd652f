"""When it is looked who may go back to a preferred owner; what happens then stands in `failback`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.units import nanoseconds
from hvgui.engine.agenda import Class, FailbackDue

if TYPE_CHECKING:
    from hvgui.engine.world import World


def look_now(world: World) -> None:
    """Somebody may want to go back: looked at once this instant's changes are worked out."""
    look_in(world, 0.0)


def look_in(world: World, seconds: float) -> None:
    """A later look takes the place of one that was asked for before."""
    world.failback_ns = world.now_ns
    world.agenda.add(world.now_ns + nanoseconds(seconds), Class.SETTLED, FailbackDue(world.now_ns))
