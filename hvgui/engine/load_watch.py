"""The load watch: samples at whole seconds, tips for nodes that are overloaded and, where it is automatic, moves.

==========================  ======================================================================================
The window's mean           What follows
==========================  ======================================================================================
above its limit             after as many samples as the aggressiveness asks for: a tip, with the move that helps
between limit and           what there is stays
limit - hysteresis
below that                  the tip is withdrawn, a dismissed one forgotten
==========================  ======================================================================================

A node to or from which a VM is moved is watched anew: until its window is full again it raises no tip and is given no
VM, for what was seen before says nothing about it any more. Nothing here is random, and nothing is asked of the clock
but whole seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId, TaskId
from hvgui.cluster.load_watch import (
    PATIENCE,
    WINDOW_SAMPLES,
    LoadWatch,
    Tip,
    Tips,
    TipState,
    WatchedResource,
    WatchMode,
)
from hvgui.cluster.metrics import Column
from hvgui.engine import beginnings, power_saving
from hvgui.engine.balancing.loads import Loads
from hvgui.engine.balancing.population import Mask, Population, population
from hvgui.engine.balancing.relief import Relief, relief
from hvgui.engine.watch_figures import present_shares
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World

_RESOURCES = tuple(WatchedResource)


def tick(world: World) -> None:
    """A whole second has begun."""
    watch = world.cluster.load_watch
    if world.cluster.tips.all:
        _forget_what_has_ended(world)
    if watch.mode is WatchMode.OFF or world.guests.tick % watch.sample_seconds:
        return
    _sample(world)
    _look(world, watch)


def _sample(world: World) -> None:
    """What the nodes have to do now, and where a migration is under way or nobody is at work: nothing that counts."""
    world.watch.take(*present_shares(world))
    nodes = world.cluster.nodes.values()
    restless = [int(node.id) for node in nodes if not node.is_up or _is_in_migration(world, node.id)]
    if restless:
        world.watch.start_anew(restless)


def _is_in_migration(world: World, node: NodeId) -> bool:
    return any(task.kind.is_migration for task in world.cluster.tasks_on(node))


def _forget_what_has_ended(world: World) -> None:
    """Tips whose migration has come to its end, whose VM has gone its own way, or whose node is at work no more."""
    kept: list[Tip] = []
    for tip in world.cluster.tips.all:
        if tip.state is TipState.UNDER_WAY:
            kept += [tip] if tip.task in world.cluster.tasks else []
            continue
        why = _why_over(world, tip)
        if not why:
            kept.append(tip)
        elif tip.state is TipState.OPEN:
            vm = tip.vm if tip.vm is not None and tip.vm in world.cluster.vms else None
            world.tell("tip-withdrawn", why, vm=vm, node=tip.node)
    if len(kept) != len(world.cluster.tips.all):
        world.cluster.put(Tips(tuple(kept)))


def _why_over(world: World, tip: Tip) -> str:
    """Why a tip that nobody carries out means nothing any more, in words; empty: it does."""
    cluster = world.cluster
    node, vm = cluster.nodes.get(tip.node), cluster.vms.get(tip.vm) if tip.vm is not None else None
    if node is None or not node.is_up:
        return f"The tip for {node.name if node is not None else 'a node'} is withdrawn: the node is not up"
    if tip.state is TipState.OPEN and tip.vm is not None and (vm is None or vm.owner != tip.node):
        gone = f"{vm.name} has left it" if vm is not None else "its VM is gone"
        return f"The tip for {node.name} is withdrawn: {gone}"
    return ""


def _is_begun_anew(world: World, watch: LoadWatch) -> bool:
    """Once a window: so often tips that wait for somebody are looked at again, with what is seen by then."""
    return world.guests.tick // watch.sample_seconds % WINDOW_SAMPLES == 0


def _is_impossible(world: World, tip: Tip) -> bool:
    """Whether the move that a tip proposes is not possible any more."""
    if tip.vm is None or tip.target is None:
        return False
    return bool(blockers(LiveMigrate(vm=tip.vm, to=tip.target, queue=True).check(world.cluster)))


def _look(world: World, watch: LoadWatch) -> None:
    means, columns = world.watch.means(), world.watch
    limits = np.array([watch.limit(resource) for resource in _RESOURCES])
    counts = columns.filled >= WINDOW_SAMPLES
    above = (means > limits[:, np.newaxis]) & counts
    calm = (means < (limits - watch.hysteresis)[:, np.newaxis]) & counts
    columns.held = np.where(above, columns.held + 1, np.where(calm, 0, columns.held))
    _withdraw(world, calm)
    waits = (columns.held >= PATIENCE[watch.aggressiveness].samples) & above
    raised = [node for node in np.flatnonzero(waits.any(axis=0)).tolist() if _may_have_tip(world, NodeId(node))]
    acts = watch.mode is WatchMode.AUTOMATIC and watch.acts_at(world.now_ns)
    open_tips = [tip for tip in world.cluster.tips.all if tip.state is TipState.OPEN]
    acts_or_due = acts or _is_begun_anew(world, watch)
    again = [tip.node for tip in open_tips if acts_or_due or _is_impossible(world, tip)]
    if not raised and not again:
        return
    adviser = _Adviser(world, watch, means, limits)
    for node in raised:
        excess = np.where(waits[:, node], means[:, node] - limits, -np.inf)
        adviser.raise_tip(NodeId(node), int(np.argmax(excess)))
    for node in again:
        adviser.renew(node)
    if acts:
        _act(world)


def _may_have_tip(world: World, node: NodeId) -> bool:
    return world.cluster.tips.of(node) is None and node in world.cluster.nodes


def _withdraw(world: World, calm: Mask) -> None:
    """Tips whose node is at ease again."""
    gone = [
        tip
        for tip in world.cluster.tips.all
        if tip.state is not TipState.UNDER_WAY and calm[_RESOURCES.index(tip.resource), tip.node]
    ]
    for tip in gone:
        if tip.state is TipState.OPEN:
            name = world.cluster.nodes[tip.node].name
            world.tell("tip-withdrawn", f"{name} is no longer short of {tip.resource.value}", node=tip.node)
    if gone:
        world.cluster.put(Tips(tuple(tip for tip in world.cluster.tips.all if tip not in gone)))


class _Adviser:
    """Finds the moves; the cluster is looked through once for all tips of a moment."""

    def __init__(self, world: World, watch: LoadWatch, means: Column, limits: Column) -> None:
        self._world, self._watch, self._means, self._limits = world, watch, means, limits
        self._of: Population = population(world.cluster, Loads(*world.watch.vm_means))
        self._row = {node: row for row, node in enumerate(self._of.node_ids)}
        counts = world.watch.filled >= WINDOW_SAMPLES
        self._targets = np.array([counts[node] for node in self._of.node_ids], dtype=np.bool_)

    def raise_tip(self, node: NodeId, watched: int) -> None:
        """A new tip for a node."""
        self._world.watch.last_tip += 1
        resource = _RESOURCES[watched]
        share, limit = float(self._means[watched, node]), float(self._limits[watched])
        name, minutes = self._world.cluster.nodes[node].name, self._watch.window_seconds / 60.0
        span = "minute" if minutes == 1.0 else f"{minutes:g} minutes"
        over = f"over the last {span}, above {limit:.0%}"
        text = f"{name} has used {share:.0%} of its {resource.value} {over}"
        tip = self._with_move(
            Tip(
                id=self._world.watch.last_tip,
                raised_ns=self._world.now_ns,
                node=node,
                resource=resource,
                share=share,
                limit=limit,
                reason=text,
                evidence=self._evidence(node, watched),
            )
        )
        self._keep((*self._world.cluster.tips.all, tip))
        self._world.tell("tip-raised", tip.reason, Level.WARNING, vm=tip.vm, node=node)

    def renew(self, node: NodeId) -> None:
        """An open tip gets the move that helps now."""
        tip = self._world.cluster.tips.of(node)
        if tip is not None and self._world.watch.filled[node] >= WINDOW_SAMPLES:
            watched = _RESOURCES.index(tip.resource)
            share, evidence = float(self._means[watched, node]), self._evidence(node, watched)
            fresh = self._with_move(msgspec.structs.replace(tip, vm=None, target=None, share=share, evidence=evidence))
            if fresh != tip:
                self._keep(tuple(fresh if one.id == tip.id else one for one in self._world.cluster.tips.all))

    def _evidence(self, node: NodeId, watched: int) -> tuple[float, ...]:
        return tuple(self._world.watch.samples[:, watched, node].tolist())

    def _with_move(self, tip: Tip) -> Tip:
        found = self._find(tip)
        if found is None:
            return tip
        step = found.step
        return msgspec.structs.replace(
            tip,
            vm=self._of.vm_ids[step.vm],
            target=self._of.node_ids[step.target],
            seconds=found.seconds,
            blackout_seconds=found.blackout_seconds,
            source_after=found.source_after,
            target_before=found.target_before,
            target_after=found.target_after,
        )

    def _find(self, tip: Tip) -> Relief | None:
        source = self._row.get(tip.node)
        if source is None:
            return None
        watched, margin = _RESOURCES.index(tip.resource), PATIENCE[self._watch.aggressiveness].margin
        return relief(self._world.cluster, self._of, source, watched, self._limits, margin, self._targets)

    def _keep(self, tips: tuple[Tip, ...]) -> None:
        self._world.cluster.put(Tips(tips))


def _act(world: World) -> None:
    """Carries out tips whose nodes take part in nothing else."""
    for tip in world.cluster.tips.all:
        if tip.state is TipState.OPEN and tip.vm is not None and tip.target is not None:
            nodes = (tip.node, tip.target)
            request = LiveMigrate(vm=tip.vm, to=tip.target)
            busy = any(_is_in_migration(world, node) for node in nodes)
            if not busy and not blockers(request.check(world.cluster)):
                carry_out(world, tip)


def carry_out(world: World, tip: Tip) -> TaskId | None:
    """The tip's migration begins. The tip has a move."""
    if tip.vm is None or tip.target is None:
        raise AssertionError("a tip without a move is carried out")
    source, target = (world.cluster.nodes[one].name for one in (tip.node, tip.target))
    text = f"Tip carried out: {world.cluster.vms[tip.vm].name} goes from {source} to {target}"
    world.tell("tip-carried-out", text, vm=tip.vm, node=tip.node)
    task = beginnings.begin(world, LiveMigrate(vm=tip.vm, to=tip.target, queue=True))
    begun = msgspec.structs.replace(tip, state=TipState.UNDER_WAY, task=task)
    world.cluster.put(Tips(tuple(begun if one.id == tip.id else one for one in world.cluster.tips.all)))
    nodes = [int(node) for node in (tip.node, tip.target) if node < len(world.watch.filled)]
    world.watch.start_anew(nodes)
    return task


def set_watch(world: World, watch: LoadWatch) -> None:
    """Other settings: the window begins anew, and tips that nobody carries out go, unless only placement or power
    saving have been changed."""
    before = world.cluster.load_watch
    world.cluster.put(watch)
    if msgspec.structs.replace(before, placement=watch.placement, power=watch.power) != watch:
        world.watch = world.watch.emptied()
        world.cluster.put(Tips(tuple(tip for tip in world.cluster.tips.all if tip.state is TipState.UNDER_WAY)))
    if before.saves_power and not watch.saves_power:
        power_saving.end_saving(world, "power saving is switched off")
    saving = ", and nodes that nobody needs are switched off" if watch.saves_power else ""
    world.tell("load-watch-set", f"The load watch of {world.cluster.name} is {watch.mode.value}{saving}")


def dismiss(world: World, tip: Tip) -> None:
    """Nobody wants it: it stays away until the load has fallen."""
    quiet = msgspec.structs.replace(tip, state=TipState.DISMISSED)
    world.cluster.put(Tips(tuple(quiet if one.id == tip.id else one for one in world.cluster.tips.all)))
    world.tell("tip-dismissed", f"Tip dismissed: {tip.reason}", node=tip.node)
