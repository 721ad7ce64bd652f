"""One trial: a fork of the world, what is done to it, and what becomes of its VMs until nothing more happens."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.load_watch import LoadWatch, Tips
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.membership import standing
from hvgui.cluster.nodes import DrainState
from hvgui.cluster.tasks import Task, TaskKind, TaskState
from hvgui.cluster.units import NANOSECONDS, nanoseconds
from hvgui.cluster.what_if import VmFate, WhatIfCase, WhatIfKind, WhatIfOutcome
from hvgui.engine import checkpoint, run
from hvgui.engine.balancing.loads import present_loads
from hvgui.engine.sink import Silent
from hvgui.engine.world import World
from hvgui.requests.chaos import StopChaos
from hvgui.requests.faults import CrashNode
from hvgui.requests.guests import SetLoad
from hvgui.requests.node_service import DrainNode
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

MOST_SECONDS = 4 * 3600.0
"""Simulated time after which a trial is given up."""
LEAST_SECONDS = 12.0
"""So long a crash is followed at least: the cluster notices it by then."""
LOAD_SECONDS = 60.0
"""How long more load is looked at."""
Pause = Callable[[], None]
"""Called between the steps of a trial: it may sleep, and may raise to call the trial off."""
STARVED = 0.98
"""A guest that gets less than this share of the processor time that it wants gets too little."""


def examine(data: bytes, cases: tuple[WhatIfCase, ...]) -> tuple[WhatIfOutcome, ...]:
    """Trials on a world as a checkpoint holds it, in their order. For who works in another process."""
    world = _restored(data)
    return tuple(tried(world, case) for case in cases)


@lru_cache(maxsize=1)
def _restored(data: bytes) -> World:
    return checkpoint.restore(data)


def _on() -> None:
    """No rest."""


def tried(world: World, case: WhatIfCase, pause: Pause = _on) -> WhatIfOutcome:
    """One trial on a fork of the world, which stays as it is."""
    fork = world.fork()
    # Nobody balances and nothing else breaks meanwhile: what is asked is what the cluster does after this one blow.
    fork.cluster.put(LoadWatch())
    fork.cluster.put(Tips())
    run.apply(fork, StopChaos(), Silent())
    if case.kind is WhatIfKind.CRASH:
        return _crash(fork, case, pause)
    return _drain(fork, case, pause) if case.kind is WhatIfKind.DRAIN else _load(fork, case, pause)


def _begun(world: World, request: Request, sink: Silent) -> str:
    """Asks; gives why that was refused, or nothing."""
    outcome = run.apply(world, request, sink)
    return "" if outcome.accepted else str(blockers(outcome.problems)[0])


def _follow(world: World, seconds: float, sink: Silent, pause: Pause, is_over: Callable[[], bool]) -> None:
    """Lets time go until it is over, or for so long."""

    def asked() -> bool:
        pause()
        return is_over()

    run.advance_to(world, world.now_ns + nanoseconds(seconds), sink, asked)


def _overloaded(world: World) -> tuple[NodeId, ...]:
    """Nodes whose guests want more than there is."""
    owner = world.guests.assignment()[0]
    wanted = np.bincount(owner, weights=present_loads(world).processors, minlength=max(world.cluster.nodes) + 1)
    up = (node for node in world.cluster.nodes.values() if node.is_up)
    return tuple(node.id for node in up if wanted[node.id] > node.processor.logical)


# Crashes


class _Losses(Silent):
    """Follows who is lost and who comes back."""

    def __init__(self, world: World, nodes: tuple[NodeId, ...]) -> None:
        self.since: dict[VmId, int] = {}
        self.back: dict[VmId, int] = {}
        self.is_over = False
        self._began_ns = world.now_ns
        for node in nodes:
            for vm in world.cluster.vms_on(node):
                if world.cluster.vms[vm].state.holds_memory:
                    self.since[vm] = world.now_ns

    def task_ended(self, task: Task) -> None:
        """See Sink.task_ended."""
        if task.kind is TaskKind.FAILOVER and task.state is TaskState.SUCCEEDED and task.ended_ns is not None:
            self.back[task.vm] = task.ended_ns

    def tick(self, world: World) -> None:
        """See Sink.tick."""
        for vm in world.lost:
            self.since.setdefault(vm, world.now_ns)
            self.back.pop(vm, None)
        if world.now_ns - self._began_ns < LEAST_SECONDS * NANOSECONDS or world.missing:
            return
        works = any(task.kind is TaskKind.FAILOVER for task in world.cluster.tasks.values())
        waits = all(world.cluster.vms[vm].pending for vm in world.lost if vm in world.cluster.vms)
        # Who waits may be waiting for a node that has just been switched on for it.
        self.is_over = not works and waits and not (world.joining and world.lost)


def _crash(world: World, case: WhatIfCase, pause: Pause) -> WhatIfOutcome:
    before, began_ns = world.cluster.fork(), world.now_ns
    sink = _Losses(world, case.nodes)
    for node in case.nodes:
        why = _begun(world, CrashNode(node), sink)
        if why:
            return WhatIfOutcome(case, refused=why)
    _follow(world, MOST_SECONDS, sink, pause, lambda: sink.is_over)
    fates = [_fate(before, world.cluster, vm, sink) for vm in sorted(sink.since) if vm in world.cluster.vms]
    ended_ns = max([*sink.back.values(), began_ns])
    return WhatIfOutcome(
        case,
        tuple(fates),
        (ended_ns - began_ns) / NANOSECONDS,
        has_quorum=bool(standing(world.cluster).active),
        overloaded=_overloaded(world),
    )


def _fate(before: Cluster, after: Cluster, vm: VmId, sink: _Losses) -> VmFate:
    was, now = before.vms[vm], after.vms[vm]
    # A guest that has lost its memory knows of no connection any more.
    connections = was.clients.connections
    streams = int(was.clients.video is not None)
    if now.state is VmState.RUNNING and vm in sink.back:
        return VmFate(vm, (sink.back[vm] - sink.since[vm]) / NANOSECONDS, now.owner, "", connections, streams)
    return VmFate(vm, None, None, now.pending or f"{now.name} is {now.state.value}.", connections, streams)


# Drains


class _Moves(Silent):
    """Follows migrations away from a node."""

    def __init__(self, node: NodeId) -> None:
        self.node = node
        self.tasks: list[Task] = []
        self.is_over = False

    def task_ended(self, task: Task) -> None:
        """See Sink.task_ended."""
        if task.source == self.node and task.kind.is_migration:
            self.tasks.append(task)

    def tick(self, world: World) -> None:
        """See Sink.tick."""
        self.is_over = world.cluster.nodes[self.node].drain is not DrainState.IN_PROGRESS and run.is_quiet(world)


def _drain(world: World, case: WhatIfCase, pause: Pause) -> WhatIfOutcome:
    (node,) = case.nodes
    began_ns, sink = world.now_ns, _Moves(node)
    why = _begun(world, DrainNode(node), sink)
    if why:
        return WhatIfOutcome(case, refused=why)
    _follow(world, MOST_SECONDS, sink, pause, lambda: sink.is_over)
    moved = {task.vm: task for task in sink.tasks if task.state is TaskState.SUCCEEDED}
    fates = [_moved(task) for task in moved.values()]
    for vm in world.cluster.vms_on(node):
        record = world.cluster.vms[vm]
        if record.state.holds_memory:
            fates.append(VmFate(vm, 0.0, node, f"{record.name} stays on {world.cluster.nodes[node].name}."))
    ended_ns = max([*(task.ended_ns or began_ns for task in moved.values()), began_ns])
    return WhatIfOutcome(
        case,
        tuple(sorted(fates, key=lambda fate: fate.vm)),
        (ended_ns - began_ns) / NANOSECONDS,
        overloaded=_overloaded(world),
    )


def _moved(task: Task) -> VmFate:
    result = task.result
    if result is None:
        return VmFate(task.vm, 0.0, task.target)
    lost, stalled = result.connections_lost, result.streams_stalled
    return VmFate(task.vm, result.blackout_seconds, task.target, "", lost, stalled)


# More load


def _load(world: World, case: WhatIfCase, pause: Pause) -> WhatIfOutcome:
    sink = Silent()
    for vm in tuple(world.cluster.vms.values()):
        run.apply(world, SetLoad(vm.id, _scaled(vm.load, case.load_factor)), sink)
    _follow(world, LOAD_SECONDS, sink, pause, lambda: False)
    wanted = present_loads(world).processors
    got = world.guests.delivered
    fates = [
        VmFate(vm.id, 0.0, vm.owner, f"{vm.name} gets {got[vm.id] / wanted[vm.id]:.0%} of the processor time it wants.")
        for vm in world.cluster.vms.values()
        if _is_starved(vm, float(wanted[vm.id]), float(got[vm.id]))
    ]
    return WhatIfOutcome(case, tuple(fates), LOAD_SECONDS, overloaded=_overloaded(world))


def _is_starved(vm: VirtualMachine, wanted: float, got: float) -> bool:
    return vm.state is VmState.RUNNING and wanted > 0.0 and got < STARVED * wanted


def _scaled(load: Load, factor: float) -> Load:
    return replace(
        load,
        cpu=_times(load.cpu, factor),
        memory=_times(load.memory, factor),
        disk_iops=_times(load.disk_iops, factor),
        network_bytes_per_second=_times(load.network_bytes_per_second, factor),
    )


def _times(curve: LoadCurve, factor: float) -> LoadCurve:
    recorded = tuple(value * factor for value in curve.recorded)
    return replace(curve, level=curve.level * factor, swing=curve.swing * factor, recorded=recorded)
