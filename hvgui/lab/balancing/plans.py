"""A plan for a lab as it was left, an inventory or a sample; and the requests that carry one out."""

from __future__ import annotations

import enum

from hvgui.cluster.balance_plan import BalancePlan, PlannedMove
from hvgui.cluster.cluster import Cluster
from hvgui.engine import checkpoint
from hvgui.engine.balancing.loads import present_loads, usual_loads
from hvgui.engine.balancing.planner import Tell, Wish, plan
from hvgui.engine.world import World
from hvgui.requests.migration import LiveMigrate

__all__ = ["LoadsOf", "Wish", "planned", "planned_for", "planned_from", "request_of"]


class LoadsOf(enum.Enum):
    """Which loads a plan reckons with."""

    USUAL = "usual"
    """The means of what the guests ask for."""
    NOW = "now"
    """What they ask for at this second."""


def planned(world: World, wish: Wish, loads: LoadsOf = LoadsOf.USUAL, tell: Tell = lambda _: None) -> BalancePlan:
    """The plan for a world as it stands, which it does not change. `tell`: see `planner`."""
    known = present_loads(world) if loads is LoadsOf.NOW else usual_loads(world.cluster)
    return plan(world.cluster, known, wish, tell)


def planned_from(data: bytes, tell: Tell, wish: Wish, loads: LoadsOf) -> BalancePlan:
    """The same for a world as checkpoint bytes, in a process beside the window."""
    return planned(checkpoint.restore(data), wish, loads, tell)


def planned_for(cluster: Cluster, wish: Wish) -> BalancePlan:
    """The plan for a cluster alone, by the usual loads."""
    return plan(cluster, usual_loads(cluster), wish)


def request_of(move: PlannedMove) -> LiveMigrate:
    """What asks for a move; it waits for a place where the nodes take part in other migrations."""
    return LiveMigrate(vm=move.vm, to=move.target, queue=True)
