"""Many trials, mapped over any executor: inline, processes of this machine, or Dask's workers on many.

The world travels as checkpoint bytes, in every case, so that the results are the same wherever they are worked out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, as_completed

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.what_if import RoomLeft, WhatIfCase, WhatIfKind, WhatIfOutcome, WhatIfReport
from hvgui.engine import checkpoint
from hvgui.engine.world import World
from hvgui.lab.what_if.conclusion import conclusion, survived
from hvgui.lab.what_if.room import room_left
from hvgui.lab.what_if.trial import examine

MORE_LOAD = 1.1
CHUNK = 4
"""Trials that are handed out together: enough that handing over the world costs little, few enough to share out."""

Watcher = Callable[[int, int], bool]
"""Called with how many trials are done and how many there are; False calls the study off."""


def cases_of(
    cluster: Cluster, most_nodes: int = 1, *, drains: bool = True, load: bool = True
) -> tuple[WhatIfCase, ...]:
    """The crash of every node that is up, of every pair where `most_nodes` is 2 (and so on); a drain of each; a tenth
    more load."""
    up = up_nodes(cluster)
    cases = [case for count in range(1, most_nodes + 1) for case in crashes_of(up, count)]
    if drains:
        cases += [WhatIfCase(WhatIfKind.DRAIN, (node,)) for node in up]
    if load:
        cases.append(WhatIfCase(WhatIfKind.LOAD, load_factor=MORE_LOAD))
    return tuple(cases)


def up_nodes(cluster: Cluster) -> tuple[NodeId, ...]:
    """Those that can be lost, by their ids."""
    return tuple(sorted(node.id for node in cluster.nodes.values() if node.is_up))


def crashes_of(nodes: Sequence[NodeId], count: int) -> tuple[WhatIfCase, ...]:
    """The crash of each `count` of these nodes together."""
    return tuple(WhatIfCase(WhatIfKind.CRASH, together) for together in itertools.combinations(nodes, count))


def study(
    world: World,
    cases: Sequence[WhatIfCase],
    executor: Executor | None = None,
    watch: Watcher | None = None,
    like: VmId | None = None,
) -> WhatIfReport:
    """All trials on a world, which stays as it is; inline without an executor. `like`: the VM of which it is asked how
    many more there is room for; the most usual size of those there are by default.

    Raises what the executor raises where its workers fail.
    """
    data = checkpoint.snapshot(world)
    told = watch or (lambda _done, _whole: True)
    chunks = [tuple(cases[first : first + CHUNK]) for first in range(0, len(cases), CHUNK)]
    if executor is None:
        outcomes = _inline(data, chunks, told, len(cases))
    else:
        outcomes = _mapped(data, chunks, executor, told, len(cases))
    return report_of(world.cluster, world.now_ns, outcomes, len(cases), room_left(world.cluster, like))


def _inline(data: bytes, chunks: Sequence[tuple[WhatIfCase, ...]], watch: Watcher, whole: int) -> list[WhatIfOutcome]:
    outcomes: list[WhatIfOutcome] = []
    for chunk in chunks:
        for case in chunk:
            outcomes += examine(data, (case,))
            if not watch(len(outcomes), whole):
                return outcomes
    return outcomes


def _mapped(
    data: bytes, chunks: Sequence[tuple[WhatIfCase, ...]], executor: Executor, watch: Watcher, whole: int
) -> list[WhatIfOutcome]:
    """In the order of the cases, whoever is done first."""
    futures: list[Future[tuple[WhatIfOutcome, ...]]] = [executor.submit(examine, data, chunk) for chunk in chunks]
    done = 0
    try:
        for future in as_completed(futures):
            done += len(future.result())
            if not watch(done, whole):
                break
    finally:
        for future in futures:
            future.cancel()
    ended = [future.result() for future in futures if future.done() and not future.cancelled()]
    return [outcome for outcomes in ended for outcome in outcomes]


def report_of(
    cluster: Cluster, time_ns: int, outcomes: Sequence[WhatIfOutcome], whole: int, room: RoomLeft | None
) -> WhatIfReport:
    """What so many trials say together, in the order of their cases. `whole`: how many there were to be."""
    up, names = len(up_nodes(cluster)), {node.id: node.name for node in cluster.nodes.values()}
    return WhatIfReport(
        cluster=cluster.name,
        time_ns=time_ns,
        outcomes=tuple(outcomes),
        is_complete=len(outcomes) == whole,
        room=room,
        survives=survived(outcomes, up),
        conclusion=conclusion(cluster.name, names, up, outcomes) + _of_saving(cluster),
    )


def _of_saving(cluster: Cluster) -> str:
    """Nodes that are off, and would be on again in such a case."""
    names = [node.name for node in cluster.nodes.values() if node.saves_power]
    if not names:
        return ""
    are = "is off to save power and is" if len(names) == 1 else "are off to save power and are"
    return f" {', '.join(names)} {are} switched on where VMs find no room."


def matrix(report: WhatIfReport, nodes: Sequence[NodeId]) -> list[list[int | None]]:
    """By pairs of nodes: how many VMs stay down when both crash; on the diagonal when the one does. None: not tried."""
    found = {one.case.nodes: len(one.stays_down) for one in report.outcomes if one.case.kind is WhatIfKind.CRASH}
    return [
        [found.get((first,) if first == second else (min(first, second), max(first, second))) for second in nodes]
        for first in nodes
    ]
