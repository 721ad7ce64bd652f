"""Automatic power saving, moved on at every whole second.

=========  ==========================================  ================================================================
What       Begins when                                 Ends, or is called off, when
=========  ==========================================  ================================================================
EMPTYING   the load is low for the whole window, and   it has no VM any more: it is switched off in good order. A VM
           the emptiest node's VMs fit elsewhere, so   can't go, somebody resumes it, it crashes, load rises, VMs find
           that any other node's loss is covered       no room, the hours end: it takes VMs again
off        it is empty                                 VMs find no room, cover or quorum is gone, load nears its limits
                                                       or will before it could boot, the hours end: it boots
woken      it boots                                    it has joined: VMs go to it from the fullest nodes
=========  ==========================================  ================================================================

A node that somebody has switched on, or resumed, stays on until the hours begin again, and a node that somebody has
switched off, or that has failed, is never switched on. After a node was switched on nothing is switched off for the
time of the rest. What would bring a node back lies above what lets it be switched off by hysteresis and margin: at
steady load nothing is done twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.hours import hour_of
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load_watch import WatchMode
from hvgui.cluster.nodes import DrainState, NodeState, ServiceState
from hvgui.cluster.power_saving import PowerStep
from hvgui.engine import beginnings, power_needs
from hvgui.engine.balancing.filling import fill
from hvgui.engine.balancing.loads import Loads, present_loads
from hvgui.engine.balancing.placement import Placement
from hvgui.engine.balancing.population import population
from hvgui.engine.power_choice import choose, is_time, may_be_off
from hvgui.engine.power_needs import COVER_SECONDS, NOTHING, Need
from hvgui.engine.procedures import faults, nodes
from hvgui.engine.under_way import DrainKind
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World

MOST_FILLING = 64
"""VMs that go to one node after it has booted."""


def tick(world: World) -> None:
    """A whole second has begun."""
    cluster = world.cluster
    off = tuple(node.id for node in cluster.nodes.values() if node.saves_power)
    course = cluster.power
    if not (off or cluster.load_watch.saves_power or course.step is not PowerStep.NONE or course.woken):
        return
    _forget_who_stays(world)
    _go_on_emptying(world)
    _give_to_woken(world)
    _look_at_needs(world, off)
    if _samples_now(world) and cluster.power.step is PowerStep.NONE and cluster.load_watch.saves_power:
        _look_for_one(world)


def _samples_now(world: World) -> bool:
    watch = world.cluster.load_watch
    return watch.mode is not WatchMode.OFF and world.guests.tick % watch.sample_seconds == 0


def _forget_who_stays(world: World) -> None:
    """Outside the hours, and where they are all day at midnight, nobody is kept on any more."""
    course, settings = world.cluster.power, world.cluster.load_watch.power
    if course.kept_on:
        all_day = settings.from_hour is None or settings.until_hour is None
        if not settings.may_act_at(world.now_ns) or (all_day and hour_of(world.now_ns) == 0.0):
            world.cluster.put(replace(course, kept_on=()))


# Emptying, and switching off


def _look_for_one(world: World) -> None:
    if not is_time(world):
        return
    found = choose(world)
    cluster = world.cluster
    if found is None:
        cluster.put(replace(cluster.power, tried_ns=world.now_ns))
        return
    name = cluster.nodes[found.node].name
    count = len(found.targets)
    vms = "has no VM" if not count else f"gives its {'VM' if count == 1 else f'{count} VMs'} to the others"
    world.tell("power-emptying", f"{name} {vms} to save power: {found.reason}", node=found.node)
    serving = tuple(node for node in power_needs.in_service(world) if node != found.node)
    step = replace(cluster.power, step=PowerStep.EMPTYING, node=found.node, reason=found.reason, serving=serving)
    cluster.put(replace(step, covered_ns=world.now_ns))
    nodes.drain(world, found.node, DrainKind.SAVE_POWER, found.targets)


def _go_on_emptying(world: World) -> None:
    node = world.cluster.power.node
    if world.cluster.power.step is not PowerStep.EMPTYING or node is None:
        return
    record = world.cluster.nodes[node]
    if record.state is not NodeState.PAUSED:
        why = "somebody has resumed it" if record.is_up else f"it is {record.state.value}"
        if record.is_up:
            kept = tuple(sorted({*world.cluster.power.kept_on, node}))
            world.cluster.put(replace(world.cluster.power, kept_on=kept))
        _end(world, node, why)
    elif record.drain is DrainState.COMPLETED:
        _finish(world, node)
    elif record.drain is not DrainState.IN_PROGRESS:
        _call_off(world, node, "not all of its VMs could go where they were to go")


def _finish(world: World, node: NodeId) -> None:
    """It is empty: it is switched off, if that still may be."""
    cluster = world.cluster
    record, held = cluster.nodes[node], [one for one in cluster.volumes.values() if one.coordinator == node]
    if any(one.moving_to is not None for one in held) or cluster.tasks_on(node):
        return
    if cluster.vms_on(node) or held:
        _call_off(world, node, "it still has VMs or volumes that no other node takes")
    elif record.service is not ServiceState.RUNNING or not may_be_off(world, node):
        _call_off(world, node, "without it too few nodes would be left")
    else:
        reason = cluster.power.reason
        cluster.put(replace(cluster.power, step=PowerStep.NONE, node=None, reason="", tried_ns=-1))
        nodes.switch_off(world, node, Level.INFORMATION)
        cluster.put(replace(cluster.nodes[node], saving_since_ns=world.now_ns, drain=DrainState.NONE))
        world.tell("power-off", f"{record.name} is switched off to save power: {reason}", node=node)


def _call_off(world: World, node: NodeId, why: str) -> None:
    """It takes VMs again; for the time of the rest nothing else is tried."""
    _end(world, node, why)
    if world.cluster.nodes[node].state is NodeState.PAUSED:
        nodes.resume(world, node)


def _end(world: World, node: NodeId, why: str) -> None:
    cluster = world.cluster
    ended = replace(cluster.power, step=PowerStep.NONE, node=None, reason="", changed_ns=world.now_ns)
    cluster.put(ended)
    text = f"{cluster.nodes[node].name} is not switched off to save power: {why}"
    world.tell("power-called-off", text, node=node)


# Needs, and switching on


def _look_at_needs(world: World, off: tuple[NodeId, ...]) -> None:
    """Whether somebody needs a node that is off or is being emptied."""
    cluster = world.cluster
    off = tuple(node for node in off if cluster.nodes[node].saves_power)
    emptied = cluster.power.node
    if not off and emptied is None:
        return
    candidates = off if emptied is None else (emptied, *off)
    wanted, why = _need(world, candidates)
    if emptied is not None and wanted:
        _call_off(world, emptied, why)
    wake(world, tuple(node for node in wanted if node != emptied), why)


def _need(world: World, off: tuple[NodeId, ...]) -> Need:
    watch = world.cluster.load_watch
    if watch.saves_power and watch.power.seconds_left(world.now_ns) <= faults.NODE_BOOT_SECONDS:
        return off, "its hours end"
    for need in (power_needs.pending_need, power_needs.quorum_need, _cover_need):
        found = need(world, off)
        if found[0]:
            return found
    if watch.saves_power and _samples_now(world):
        return power_needs.load_need(world, off)
    return NOTHING


def _cover_need(world: World, off: tuple[NodeId, ...]) -> Need:
    """Looked at when a node is lost, and now and then; while a node is being emptied its VMs count twice, so that any
    loss ends that."""
    course, serving = world.cluster.power, power_needs.in_service(world)
    is_lost = power_needs.lost_from(course.serving, serving)
    if course.step is PowerStep.EMPTYING:
        return (off[:1], "another node is lost to the cluster") if is_lost else NOTHING
    if not is_lost and power_needs.seconds_since(world, course.covered_ns) < COVER_SECONDS:
        return NOTHING
    world.cluster.put(replace(course, serving=serving, covered_ns=world.now_ns))
    return power_needs.cover_need(world, off)


def wake(world: World, wanted: tuple[NodeId, ...], why: str) -> None:
    """Nodes that are off to save power boot."""
    cluster = world.cluster
    for node in wanted:
        name = cluster.nodes[node].name
        world.tell("power-on", f"{name} was off to save power and is switched on: {why}", node=node)
        faults.power_on_node(world, node)
    if wanted:
        woken = tuple(sorted({*cluster.power.woken, *wanted}))
        cluster.put(replace(cluster.power, woken=woken, changed_ns=world.now_ns))


def end_saving(world: World, why: str) -> None:
    """The settings say that nothing is switched off any more."""
    course = world.cluster.power
    if course.step is PowerStep.EMPTYING and course.node is not None:
        _call_off(world, course.node, why)
    wake(world, tuple(node.id for node in world.cluster.nodes.values() if node.saves_power), why)


def _give_to_woken(world: World) -> None:
    """Those who have booted get VMs, all at once; who did not come up is forgotten."""
    cluster, course = world.cluster, world.cluster.power
    if not course.woken:
        return
    waits = [one for one in course.woken if cluster.nodes[one].state in (NodeState.JOINING, NodeState.ISOLATED)]
    joined = [one for one in course.woken if cluster.nodes[one].takes_vms]
    if any(cluster.nodes[one].state is NodeState.JOINING for one in waits):
        return
    if joined or len(waits) < len(course.woken):
        cluster.put(replace(course, woken=tuple(waits)))
    if joined and cluster.load_watch.saves_power:
        _fill(world, joined)


def _fill(world: World, joined: list[NodeId]) -> None:
    cluster = world.cluster
    known = world.watch.vm_means.shape[1] >= cluster.vm_rows
    loads = Loads(*world.watch.vm_means) if known else present_loads(world)
    of = population(cluster, loads)
    rows = [row for row, node in enumerate(of.node_ids) if node in joined]
    steps = fill(Placement(of), rows, MOST_FILLING * len(rows))
    for node in joined:
        count = sum(of.node_ids[step.target] == node for step in steps)
        vms = "no VM goes" if not count else "a VM goes" if count == 1 else f"{count} VMs go"
        world.tell("power-filling", f"{cluster.nodes[node].name} is back in service: {vms} to it", node=node)
    for step in steps:
        request = LiveMigrate(of.vm_ids[step.vm], of.node_ids[step.target], queue=True)
        if not blockers(request.check(cluster)):
            beginnings.begin(world, request)
