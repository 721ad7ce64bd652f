"""Nodes set up wrongly, and set right: the record changes at once; what follows comes with who hears whom, with the
node's next start, or with nobody but validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.events import Level
from hvgui.requests.misconfigurations import MisconfigureNode, SetNodeRight

if TYPE_CHECKING:
    from hvgui.engine.world import World


def misconfigure(world: World, request: MisconfigureNode) -> None:
    """A node is set up wrongly."""
    text = request.event(world.cluster)
    world.cluster.put(request.changed(world.cluster))
    world.tell("node-misconfigured", text, Level.WARNING, node=request.node)
    world.regroup = True


def mend(world: World, request: SetNodeRight) -> None:
    """A node is set right; who waits for it may be helped."""
    text = request.event(world.cluster)
    world.cluster.put(request.changed(world.cluster))
    world.tell("node-set-right", text, node=request.node)
    world.regroup = world.unplaced = True
