"""Nodes that give all their VMs away: those that are paused or shall be empty and, to save power, as many as can."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec.structs import replace

from hvgui.cluster.metrics import Column
from hvgui.engine.balancing.coverage import Coverage
from hvgui.engine.balancing.placement import Placement, Step
from hvgui.engine.balancing.population import Mask, Rows
from hvgui.engine.balancing.score import MEASURES, Measure, spread_score

MOST_PROCESSOR_SHARE = 0.8
"""Nodes are not filled beyond this share of their processors to empty others."""
MOST_LOOKED_AT = 8
"""So many nodes are looked at before it is said that none can be emptied."""
FILLED_TO: Column = np.where(np.arange(MEASURES) == Measure.PROCESSOR_LOAD, MOST_PROCESSOR_SHARE, np.inf)
"""The same, by measure."""
_FULLNESS = [measure for measure in Measure if measure is not Measure.VCPUS]
LEAST_NODES = 2
"""So many nodes stay in service: with one alone there is nobody left to take over."""


def drain(placement: Placement) -> list[Step]:
    """The VMs of nodes that do not serve, largest first, each to where it leaves the best score. Changes the
    placement; who finds no place stays."""
    of = placement.of
    vms = [vm for node in np.flatnonzero(~of.serves).tolist() for vm in placement.on[node]]
    steps: list[Step] = []
    for vm in sorted(vms, key=lambda one: (-of.memory_bytes[one], one)):
        targets = _targets(placement, vm)
        if len(targets):
            scores = [_score_with(placement, vm, target) for target in targets.tolist()]
            step = Step(vm, int(placement.owner[vm]), int(targets[int(np.argmin(scores))]))
            placement.move(step)
            steps.append(step)
    return steps


def _targets(placement: Placement, vm: int) -> Rows:
    every = np.arange(placement.of.nodes)
    targets: Rows = every[placement.fits(np.full(len(every), vm), every)]
    return targets


def _score_with(placement: Placement, vm: int, target: int) -> float:
    of = placement.of
    share = placement.share[:, of.serves].copy()
    column = int(np.count_nonzero(of.serves[:target]))
    share[:, column] += of.use[:, vm] * of.scale[:, target]
    return spread_score(share)


def pack(
    placement: Placement, least_nodes: int = LEAST_NODES, tell: Callable[[float], None] = lambda _: None
) -> tuple[list[Step], list[int]]:
    """Empties node after node, the one with the least memory in use first, as long as the others have room for its VMs
    and for those of any one of them that fails. Nodes that are empty already come first, so that nobody fills them.

    Gives the moves and the nodes. Changes the placement, whose population has these nodes out of service afterwards.
    `tell` hears how many of the nodes have been looked at (0..1).
    """
    steps: list[Step] = []
    emptied: list[int] = []
    for looked_at, node in enumerate(_by_use(placement)):
        tell(looked_at / placement.of.nodes)
        if int(placement.of.serves.sum()) <= least_nodes:
            break
        if placement.of.serves[node] and placement.of.can_be_emptied[node]:
            steps += _emptied(placement, node)
            if not placement.of.serves[node]:
                emptied.append(node)
    return steps, emptied


def emptiest(placement: Placement, able: Mask, ceilings: Column) -> tuple[int, list[Step]] | None:
    """Of the nodes that may be, the one with the least memory in use that can be emptied so that any other node's loss
    is still covered: its row, and the moves, none where it is empty already. `ceilings`: by measure, what no node that
    gets a VM may be filled beyond. Changes the placement."""
    if not (Coverage(placement).covered() | ~placement.of.serves).all():
        return None
    suited = able & placement.of.serves & placement.of.can_be_emptied
    for node in [one for one in _by_use(placement) if suited[one]][:MOST_LOOKED_AT]:
        moves = _emptied(placement, node, ceilings, evenly=True)
        if not placement.of.serves[node]:
            return node, moves
    return None


def _by_use(placement: Placement) -> list[int]:
    order = np.argsort(placement.share[Measure.MEMORY], kind="stable")
    return [int(node) for node in order]


def _emptied(placement: Placement, node: int, ceilings: Column = FILLED_TO, *, evenly: bool = False) -> list[Step]:
    """The moves that empty a node; none, and nothing changed, where the others have no room. `evenly`: its VMs go where
    they leave the least full node, else to where the least room is left."""
    whole = placement.of
    before = Coverage(placement).covered()
    serves = whole.serves.copy()
    serves[node] = False
    placement.of = replace(whole, serves=serves)
    placement.stranded += len(placement.on[node])
    steps: list[Step] = []
    for vm in sorted(placement.on[node], key=lambda one: (-whole.memory_bytes[one], one)):
        target = _taker(placement, vm, ceilings, evenly=evenly)
        if target is None:
            break
        steps.append(Step(vm, node, target))
        placement.move(steps[-1])
    if not placement.on[node] and (Coverage(placement).covered() | ~before | ~serves).all():
        return steps
    for step in reversed(steps):
        placement.move(Step(step.vm, step.target, step.source))
    placement.stranded -= len(placement.on[node])
    placement.of = whole
    return []


def _taker(placement: Placement, vm: int, ceilings: Column, *, evenly: bool) -> int | None:
    """The node that takes the VM, of those that are not filled beyond any ceiling by it."""
    of, targets = placement.of, _targets(placement, vm)
    filled: Column = placement.share[:, targets] + of.use[:, vm, np.newaxis] * of.scale[:, targets]
    suited = (filled <= ceilings[:, np.newaxis]).all(axis=0)
    if not suited.any():
        return None
    fullness = filled[_FULLNESS].max(axis=0) if evenly else placement.free[targets]
    return int(targets[suited][np.argmin(fullness[suited])])
