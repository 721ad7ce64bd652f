"""Waiting for those who share a LUN: it changes its owner once all of them stand still.

Who is saved (or shut down) first waits for the others; the last one lets all of them go on at the same instant, so that
the LUN moves once. Should one of them not come to rest, none goes: whoever waits stays where it is, saved or off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.requests.lun_groups import neighbours

if TYPE_CHECKING:
    from hvgui.engine.procedures.procedure import Procedure
    from hvgui.engine.world import World


def hindered_by(world: World, procedure: Procedure) -> str:
    """The name of a VM on the same LUN that still runs at the source and is not on its way; empty: none."""
    for other in neighbours(world.cluster, world.cluster.vms[procedure.vm]):
        on_its_way = other.task is not None and other.task in procedure.group
        if other.state.holds_memory and other.owner == procedure.source and not on_its_way:
            return other.name
    return ""


def must_wait(world: World, procedure: Procedure) -> bool:
    """Whether somebody of the group is still coming to rest."""
    return any(not one.waits_for_group for one in _partners(world, procedure))


def let_go(world: World, procedure: Procedure) -> None:
    """All stand still: those who wait go on."""
    for one in _partners(world, procedure):
        one.group_ready(world)


def break_up(world: World, procedure: Procedure, why: str) -> None:
    """One of the group does not come along: those who wait for it end."""
    for task in procedure.group:
        # Whoever ends takes others with it: each is asked as it is by then.
        one = world.procedures.get(task)
        if one is not None and one.waits_for_group:
            one.group_broken(world, why)


def _partners(world: World, procedure: Procedure) -> list[Procedure]:
    return [world.procedures[task] for task in procedure.group if task in world.procedures]
