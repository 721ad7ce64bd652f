"""What may be asked of a world: all that its procedures ask of each other, and what is asked of those that watch it.

The load watch and power saving ask for migrations and drains themselves; what is asked of them stands above them here,
so that nobody in the engine reaches back up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hvgui.cluster.ids import TaskId
from hvgui.engine import beginnings, load_watch
from hvgui.requests.load_watch import DismissTip, ImplementTip, SetLoadWatch
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.engine.world import World

_OF_THE_WATCH: dict[type[Request], Callable[[World, Any], TaskId | None]] = {
    SetLoadWatch: lambda world, one: load_watch.set_watch(world, one.load_watch),
    ImplementTip: lambda world, one: load_watch.carry_out(world, one.found(world.cluster)),
    DismissTip: lambda world, one: load_watch.dismiss(world, one.found(world.cluster)),
}


def begin(world: World, request: Request) -> TaskId | None:
    """Begin what a person, a scenario or a plan asks for. See `beginnings.begin`."""
    beginning = _OF_THE_WATCH.get(type(request))
    return beginnings.begin(world, request) if beginning is None else beginning(world, request)
