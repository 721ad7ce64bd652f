"""A plan carried out: round after round, each asked for once the one before has ended."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hvgui.cluster.balance_plan import BalancePlan, PlannedMove
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import TaskId
from hvgui.cluster.tasks import Task, TaskState
from hvgui.lab.balancing.plans import request_of
from hvgui.lab.unattended import Unattended
from hvgui.requests.migration import CancelMigration
from hvgui.requests.problems import blockers
from hvgui.requests.request import vm_name

Watcher = Callable[[int, int, int], None]
"""Called with how many moves have ended, how many there are, and the lab's clock (ns)."""


class MoveOutcome(msgspec.Struct, frozen=True):
    """What became of one move."""

    move: PlannedMove
    result: str
    """`succeeded`, `failed`, `cancelled`, `refused`, `unfinished`, or `not begun` after one that did not succeed."""
    message: str = ""
    seconds: float | None = None
    blackout_seconds: float | None = None


def carry_out(lab: Unattended, plan: BalancePlan, watch: Watcher) -> tuple[MoveOutcome, ...]:
    """Asks for the plan's moves in a lab and lets time go until they have ended.

    A round in which a move does not succeed is the last: what follows may rest on it. Interrupted (KeyboardInterrupt),
    what is under way is called off. Raises LabError where the engine fails.
    """
    outcomes: list[MoveOutcome] = []
    for number in range(1, plan.rounds + 1):
        moves = plan.round_of(number)
        if any(one.result != TaskState.SUCCEEDED.value for one in outcomes):
            outcomes += [MoveOutcome(move, "not begun") for move in moves]
        else:
            outcomes += _round(lab, moves, lambda ended: watch(ended, len(plan.moves), lab.now_ns), len(outcomes))
    return tuple(outcomes)


def _round(
    lab: Unattended, moves: tuple[PlannedMove, ...], told: Callable[[int], None], before: int
) -> list[MoveOutcome]:
    tasks: dict[TaskId, PlannedMove] = {}
    refused: list[MoveOutcome] = []
    for move in moves:
        receipt = lab.ask(request_of(move))
        if receipt.accepted and receipt.task is not None:
            tasks[TaskId(receipt.task)] = move
        else:
            why = " ".join(str(problem) for problem in blockers(receipt.problems))
            refused.append(MoveOutcome(move, "refused", why))

    def watch(_: Cluster) -> None:
        told(before + sum(task in lab.ended for task in tasks))

    try:
        lab.wait_for(tasks, watch)
    except KeyboardInterrupt:
        for task in tasks:
            if task not in lab.ended:
                lab.ask(CancelMigration(task))
        raise
    return [*(_outcome(lab, move, lab.ended.get(task)) for task, move in tasks.items()), *refused]


def _outcome(lab: Unattended, move: PlannedMove, task: Task | None) -> MoveOutcome:
    if task is None:
        return MoveOutcome(move, "unfinished", f"The migration of {vm_name(lab.cluster, move.vm)} has not ended.")
    result = task.result
    if result is None:
        return MoveOutcome(move, task.state.value, task.message)
    return MoveOutcome(move, task.state.value, task.message, result.duration_seconds, result.blackout_seconds)
