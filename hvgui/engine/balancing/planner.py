"""Plans for the whole cluster: ordered moves with their forecasts, and figures before and after."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
from msgspec.structs import replace

from hvgui.cluster.balance_plan import BalancePlan, LeftOut, NodeBalance, PlannedMove, Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.metrics import Column
from hvgui.engine.balancing.cheaper import cheaper
from hvgui.engine.balancing.coverage import Coverage
from hvgui.engine.balancing.descent import Descent
from hvgui.engine.balancing.emptying import LEAST_NODES, drain, pack
from hvgui.engine.balancing.loads import Loads
from hvgui.engine.balancing.placement import Placement, Step
from hvgui.engine.balancing.population import Mask, Population, population
from hvgui.engine.balancing.rounds import Order, in_rounds
from hvgui.engine.balancing.score import N1_WEIGHT, Measure
from hvgui.engine.physics.migration_time import Guests, guests_of, predicted

Tell = Callable[[float], None]
"""Called often, with how far a plan has come (0..1; 0 for as long as nobody knows); it may raise to call it off."""
_DESCENDED, _ARRANGED = 0.7, 0.9
"""Shares of a large plan's time: the way down, and with it the exchanges for cheaper moves."""


class Wish(msgspec.Struct, frozen=True):
    """What a plan is to do."""

    policy: Policy = Policy.SPREAD
    score_per_second: float = 0.0
    """What a second of migration is worth: a move has to lower the score by so much for each second that it takes."""
    most_moves: int | None = None
    keep_covered: bool = True
    """No move takes away the cover (N - 1) of a node that has it."""
    emptied: frozenset[NodeId] = frozenset()
    """Nodes that shall give away all their VMs."""
    least_nodes: int = LEAST_NODES
    """PACK leaves so many in service at least."""
    stay: frozenset[VmId] = frozenset()
    """VMs that are to stay where they are."""


def _not_told(_: float) -> None:
    """Nobody wants to know."""


def plan(cluster: Cluster, loads: Loads, wish: Wish | None = None, tell: Tell = _not_told) -> BalancePlan:
    """The plan for a cluster as it stands, under these loads. Changes nothing."""
    wish = wish or Wish()
    tell(0.0)
    of = population(cluster, loads, wish.emptied, wish.stay)
    timing = Timing(cluster, of)
    place, emptied = arranged(of, wish, timing.usual_seconds, tell)
    steps = [
        Step(vm, int(of.owner[vm]), int(place.owner[vm])) for vm in np.flatnonzero(place.owner != of.owner).tolist()
    ]
    tell(_ARRANGED)
    order = in_rounds(of, steps, timing.usual_seconds)
    made = _written(cluster, of, wish, order, timing, emptied)
    return _with_present_cover(made, population(cluster, loads, absent=wish.stay)) if wish.emptied else made


def _with_present_cover(made: BalancePlan, now: Population) -> BalancePlan:
    """Nodes that shall be empty do serve until then: what they cover by now is told as it is."""
    covered = Coverage(Placement(now)).covered()
    rows = [replace(row, covered_before=bool(one)) for row, one in zip(made.nodes, covered, strict=True)]
    return replace(made, nodes=tuple(rows))


def arranged(of: Population, wish: Wish, seconds: Column, tell: Tell = _not_told) -> tuple[Placement, list[int]]:
    """Where everybody is to go, and the nodes that become empty. `seconds`: by VM, its migration."""

    def descended(fraction: float) -> None:
        tell(_DESCENDED * fraction)

    place = Placement(of)
    if len(of.vm_ids) == 0:
        return place, []
    drain(place)
    if wish.policy is Policy.PACK:
        return place, pack(place, wish.least_nodes, tell)[1]
    guard = Coverage(place).keeps if wish.keep_covered else None
    cost = wish.score_per_second * seconds if wish.score_per_second > 0.0 else None
    Descent(place, cost, guard, wish.most_moves, descended).run()
    tell(_DESCENDED)
    cheaper(place, seconds, guard)
    return place, []


class Timing:
    """What migrations of a population's VMs take."""

    def __init__(self, cluster: Cluster, of: Population) -> None:
        self._profile, self._of = cluster.profile, of
        vms = [cluster.vms[vm] for vm in of.vm_ids]
        self._guests = guests_of([vm.memory for vm in vms], [vm.memory_bytes for vm in vms], cluster.profile.timings)
        best = of.rate.max(axis=2) if of.rate.size else np.zeros((1, of.nodes))
        line = best[of.network, of.owner] if vms else np.zeros(0)
        timings = cluster.profile.timings
        self.usual_seconds: Column = predicted(
            self._guests, cluster.profile.pass_rule, timings, line, of.handover_seconds
        ).seconds
        """By VM: alone on the fastest network from its node."""

    def of_steps(self, steps: list[Step], sharing: Column) -> tuple[Column, Column]:
        """Seconds and blackouts of moves; `sharing`: among how many each divides its links."""
        of = self._of
        rows = np.array([step.vm for step in steps], dtype=np.int64)
        rates = np.array([of.rate[of.network[step.vm], step.source, step.target] for step in steps], dtype=np.float64)
        whole = self._guests
        guests = Guests(whole.first_bytes[rows], whole.size[rows], whole.rate[rows], whole.cyclic[rows])
        timings = self._profile.timings
        found = predicted(guests, self._profile.pass_rule, timings, rates / sharing, of.handover_seconds[rows])
        return found.seconds, found.blackout_seconds


def _written(
    cluster: Cluster, of: Population, wish: Wish, order: Order, timing: Timing, emptied: list[int]
) -> BalancePlan:
    """The order as a plan, with its forecasts."""
    steps = [timed.step for timed in order.timed]
    seconds, blackouts = timing.of_steps(steps, _sharing(of, order))
    moves = tuple(
        PlannedMove(
            vm=of.vm_ids[timed.step.vm],
            source=of.node_ids[timed.step.source],
            target=of.node_ids[timed.step.target],
            round=timed.round,
            seconds=float(seconds[row]),
            blackout_seconds=float(blackouts[row]),
            memory_bytes=int(of.memory_bytes[timed.step.vm]),
            on_the_way=timed.on_the_way,
        )
        for row, timed in enumerate(order.timed)
    )
    longest: dict[int, float] = {}
    for move in moves:
        longest[move.round] = max(longest.get(move.round, 0.0), move.seconds)
    before, after = Placement(of), Placement(of)
    for step in steps:
        after.move(step)
    covers = (Coverage(before).covered(), Coverage(after).covered())
    return BalancePlan(
        policy=wish.policy,
        moves=moves,
        left_out=tuple(
            LeftOut(of.vm_ids[step.vm], of.node_ids[step.source], of.node_ids[step.target], reason)
            for step, reason in order.left_out
        ),
        score_before=_score(before, covers[0]),
        score_after=_score(after, covers[1]),
        nodes=_balances(cluster, before, after, covers),
        seconds=float(sum(longest.values())),
        emptied=tuple(of.node_ids[node] for node in emptied if not after.on[node]),
    )


def _sharing(of: Population, order: Order) -> Column:
    """Among how many moves of its round each divides its nodes' links."""
    leave, come = np.zeros((2, 1 + max((timed.round for timed in order.timed), default=0), of.nodes))
    for timed in order.timed:
        leave[timed.round, timed.step.source] += 1
        come[timed.round, timed.step.target] += 1
    shared = [max(leave[one.round, one.step.source], come[one.round, one.step.target]) for one in order.timed]
    return np.array(shared, dtype=np.float64)


def _score(place: Placement, covered: Mask) -> float:
    return place.score() + N1_WEIGHT * float((~covered & place.of.serves).sum())


def _balances(
    cluster: Cluster, before: Placement, after: Placement, covers: tuple[Mask, Mask]
) -> tuple[NodeBalance, ...]:
    rows = []
    for row, node in enumerate(before.of.node_ids):
        stay = len(cluster.vms_on(node)) - len(before.on[row])
        rows.append(
            NodeBalance(
                node=node,
                vms_before=stay + len(before.on[row]),
                vms_after=stay + len(after.on[row]),
                memory_before=float(before.share[Measure.MEMORY, row]),
                memory_after=float(after.share[Measure.MEMORY, row]),
                processor_before=float(before.share[Measure.PROCESSOR_LOAD, row]),
                processor_after=float(after.share[Measure.PROCESSOR_LOAD, row]),
                covered_before=bool(covers[0][row]),
                covered_after=bool(covers[1][row]),
            )
        )
    return tuple(rows)
