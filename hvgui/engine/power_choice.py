"""Which node can be switched off, and where its VMs go: the emptiest, if nothing at all speaks against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load_watch import WINDOW_SAMPLES, LoadWatch, WatchedResource
from hvgui.cluster.machines import VmState
from hvgui.cluster.membership import may_leave, members, standing
from hvgui.cluster.metrics import Column
from hvgui.cluster.tasks import TaskKind
from hvgui.engine.balancing.emptying import FILLED_TO, emptiest
from hvgui.engine.balancing.loads import Loads
from hvgui.engine.balancing.placement import Placement
from hvgui.engine.balancing.population import population
from hvgui.engine.balancing.relief import MEASURES_WATCHED
from hvgui.engine.failover import home_for_resting
from hvgui.engine.power_needs import AHEAD_SECONDS, ahead_of, ceilings, in_service, near, seconds_since

if TYPE_CHECKING:
    from hvgui.engine.world import World

_DOUBT = 2.0
"""So many standard errors are taken off the slope of a load here, where a mistake costs no more than some power."""
_MOVES_VMS = (TaskKind.START, TaskKind.FAILOVER, TaskKind.SAVE, TaskKind.SHUT_DOWN)


class Choice(msgspec.Struct, frozen=True):
    """A node to empty."""

    node: NodeId
    targets: tuple[tuple[VmId, NodeId], ...]
    reason: str
    """As the end of a sentence."""


def is_time(world: World) -> bool:
    """Whether a node may be looked for at all: in the hours, after the rest, with nothing under way."""
    watch, course = world.cluster.load_watch, world.cluster.power
    settings = watch.power
    if not settings.may_act_at(world.now_ns):
        return False
    # What is switched off stays off for a while, else the moves are not worth it.
    if settings.seconds_left(world.now_ns) < settings.rest_seconds + AHEAD_SECONDS:
        return False
    if course.changed_ns >= 0 and seconds_since(world, course.changed_ns) < settings.rest_seconds:
        return False
    if course.tried_ns >= 0 and seconds_since(world, course.tried_ns) < watch.window_seconds:
        return False
    return _is_quiet(world)


def _is_quiet(world: World) -> bool:
    busy = world.lost or world.missing or world.drains or world.joining or world.cluster.maintenance.present is not None
    if busy:
        return False
    kinds = {task.kind for task in world.cluster.tasks.values()}
    return not any(kind.is_migration or kind in _MOVES_VMS for kind in kinds)


def may_be_off(world: World, node: NodeId) -> bool:
    """Whether a node may leave: enough others stay in service, and the quorum is kept."""
    cluster = world.cluster
    others = [one for one in in_service(world) if one != node]
    least = cluster.load_watch.power.least_in_service(len(members(cluster)))
    return len(others) >= max(2, least) and may_leave(cluster, node)


def choose(world: World) -> Choice | None:
    """The node that is to be emptied next, with every VM's target; None: there is none."""
    cluster, watch = world.cluster, world.cluster.load_watch
    serving = list(in_service(world))
    able = {node for node in serving if _can_be_given_up(world, node) and may_be_off(world, node)}
    if not able or not set(serving) <= set(standing(cluster).active):
        return None
    swell = _swell(world, watch, serving)
    if swell is None:
        return None
    of = population(cluster, Loads(*world.watch.vm_means))
    most = FILLED_TO.copy()
    most[list(MEASURES_WATCHED)] = ceilings(watch) / swell
    mask = np.array([node in able for node in of.node_ids], dtype=np.bool_)
    found = emptiest(Placement(of), mask, most)
    if found is None:
        return None
    row, steps = found
    targets = tuple(sorted((of.vm_ids[step.vm], of.node_ids[step.target]) for step in steps))
    return Choice(of.node_ids[row], targets, _why(world, serving))


def _can_be_given_up(world: World, node: NodeId) -> bool:
    """Whether nothing stays on a node: nobody wants it on, no VM is bound to it."""
    cluster = world.cluster
    if node in cluster.power.kept_on or not cluster.nodes[node].takes_vms:
        return False
    for vm_id in cluster.vms_on(node):
        vm = cluster.vms[vm_id]
        if not vm.highly_available:
            return False
        rests = vm.state in (VmState.OFF, VmState.SAVED)
        if rests and (vm.task is not None or home_for_resting(world, vm, (node,)) is None):
            return False
        if not rests and vm.state is not VmState.RUNNING:
            return False
    return True


def _swell(world: World, watch: LoadWatch, serving: list[NodeId]) -> Column | None:
    """By resource: by how much the load of all together has been above its mean within the window. None: the window is
    not full, or a node was not at ease all the time, or will not be to the end of a rest as its load rises."""
    columns = world.watch
    if any(node >= len(columns.filled) or columns.filled[node] < WINDOW_SAMPLES for node in serving):
        return None
    shares = columns.samples[:, :, serving]
    whole = shares.sum(axis=2)
    swell: Column = np.maximum(1.0, whole.max(axis=0) / np.maximum(whole.mean(axis=0), 1e-9))
    at_ease = near(watch) - watch.hysteresis
    rest = watch.power.rest_seconds + AHEAD_SECONDS
    ahead = ahead_of(shares, watch.sample_seconds, rest, _DOUBT)
    if (np.maximum(shares.mean(axis=0) * swell[:, np.newaxis], ahead) > at_ease[:, np.newaxis]).any():
        return None
    return swell


def _why(world: World, serving: list[NodeId]) -> str:
    """The fullest node, in words."""
    means = world.watch.means()[:, serving]
    row, column = np.unravel_index(int(np.argmax(means)), means.shape)
    resource, node = list(WatchedResource)[int(row)], world.cluster.nodes[serving[int(column)]]
    minutes = world.cluster.load_watch.window_seconds / 60.0
    span = "minute" if minutes == 1.0 else f"{minutes:g} minutes"
    return f"over the last {span} no node used more than {means.max():.0%} ({resource.value} of {node.name})"
