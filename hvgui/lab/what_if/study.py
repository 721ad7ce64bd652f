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
from hvgui.engine.balancing.headroom import more_like
from hvgui.engine.world import World
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
    up = sorted(node.id for node in cluster.nodes.values() if node.is_up)
    cases = [
        WhatIfCase(WhatIfKind.CRASH, nodes)
        for count in range(1, min(most_nodes, len(up)) + 1)
        for nodes in itertools.combinations(up, count)
    ]
    if drains:
        cases += [WhatIfCase(WhatIfKind.DRAIN, (node,)) for node in up]
    if load:
        cases.append(WhatIfCase(WhatIfKind.LOAD, load_factor=MORE_LOAD))
    return tuple(cases)


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
    return _report(world, tuple(outcomes), len(cases), like)


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


def _report(world: World, outcomes: tuple[WhatIfOutcome, ...], whole: int, like: VmId | None) -> WhatIfReport:
    cluster = world.cluster
    survives = _survived(outcomes)
    return WhatIfReport(
        cluster=cluster.name,
        time_ns=world.now_ns,
        outcomes=outcomes,
        is_complete=len(outcomes) == whole,
        room=_room(cluster, like),
        survives=survives,
        conclusion=_conclusion(cluster, outcomes, survives),
    )


def _survived(outcomes: Sequence[WhatIfOutcome]) -> int:
    """The greatest number of nodes of which any may be lost together."""
    survives = 0
    crashes = [outcome for outcome in outcomes if outcome.case.kind is WhatIfKind.CRASH]
    for count in sorted({len(outcome.case.nodes) for outcome in crashes}):
        if count != survives + 1 or not all(one.is_survived for one in crashes if len(one.case.nodes) == count):
            break
        survives = count
    return survives


def _conclusion(cluster: Cluster, outcomes: Sequence[WhatIfOutcome], survives: int) -> str:
    crashes = [outcome for outcome in outcomes if outcome.case.kind is WhatIfKind.CRASH]
    if not crashes:
        return "No crash was tried."
    tried = max(len(outcome.case.nodes) for outcome in crashes)
    good = f"{cluster.name} survives the loss of any {_nodes(survives)}: every VM runs again" if survives else ""
    if survives == tried:
        return f"{good}."
    bad = [one for one in crashes if len(one.case.nodes) == survives + 1 and not one.is_survived]
    if not bad:
        return f"{good or cluster.name + ' was not tried to the end'}."
    worst = max(bad, key=lambda one: (not one.has_quorum, len(one.stays_down)))
    names = " and ".join(cluster.nodes[node].name for node in worst.case.nodes)
    what = "takes the quorum" if not worst.has_quorum else f"leaves {_vms(len(worst.stays_down))} down"
    begins = f"{good}, but not" if good else f"{cluster.name} does not survive"
    return f"{begins} the loss of any {_nodes(survives + 1)}: that of {names} {what}."


def _nodes(count: int) -> str:
    return "one node" if count == 1 else f"{count} nodes"


def _vms(count: int) -> str:
    return "a VM" if count == 1 else f"{count} VMs"


def _room(cluster: Cluster, like: VmId | None) -> RoomLeft | None:
    running = [vm for vm in cluster.vms.values() if vm.state.holds_memory]
    if like is None and running:
        sizes: dict[tuple[int, int], list[VmId]] = {}
        for vm in running:
            sizes.setdefault((vm.memory_bytes, vm.vcpus), []).append(vm.id)
        like = max(sizes.values(), key=lambda vms: (len(vms), -vms[0]))[0]
    if like is None or like not in cluster.vms or not any(node.is_up for node in cluster.nodes.values()):
        return None
    in_all, covered = more_like(cluster, like)
    return RoomLeft(like, cluster.vms[like].memory_bytes, in_all, covered)


def matrix(report: WhatIfReport, nodes: Sequence[NodeId]) -> list[list[int | None]]:
    """By pairs of nodes: how many VMs stay down when both crash; on the diagonal when the one does. None: not tried."""
    rows: list[list[int | None]] = []
    for first in nodes:
        row: list[int | None] = []
        for second in nodes:
            found = report.of_nodes(WhatIfKind.CRASH, (first,) if first == second else (first, second))
            row.append(None if found is None else len(found.stays_down))
        rows.append(row)
    return rows
