"""What the table says of a plan's moves, and what all rounds took."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hvgui.cluster.balance_plan import PlannedMove
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.tasks import MigrationResult, Phase, Task, TaskKind, TaskState
from hvgui.cluster.units import GIB, NANOSECONDS
from hvgui.gui.plan.move_columns import COLUMNS, look, rows_as_text, status, taken_seconds
from hvgui.gui.plan.run import MoveRun
from hvgui.lab.balancing.plans import request_of
from small_cluster import small_record, small_vm

CLUSTER = Cluster(small_record((small_vm(0), small_vm(1)), nodes=3))


def _run(number: int, vm: int, *, on_the_way: bool = False) -> MoveRun:
    move = PlannedMove(VmId(vm), NodeId(0), NodeId(1), number, 20.0, 0.25, 4 * GIB, on_the_way)
    return MoveRun(name=f"VM{vm:02d}", request=request_of(move), vm=move.vm, move=move)


def _task(asked: int, ended: int, state: TaskState = TaskState.SUCCEEDED, message: str = "") -> Task:
    result = MigrationResult(float(ended - asked), 1, 0.5, 4 * GIB, converged=True)
    task = Task(TaskId(1), TaskKind.LIVE_MIGRATION, VmId(0), NodeId(0), NodeId(1), state, Phase.ENDED, 0, 0)
    asked_ns, ended_ns = asked * NANOSECONDS, ended * NANOSECONDS
    return replace(task, message=message, result=result, asked_ns=asked_ns, ended_ns=ended_ns)


def test_the_time_between_rounds_is_not_time_that_they_took() -> None:
    runs = [_run(1, 0), _run(1, 1), _run(2, 0)]
    assert taken_seconds(runs) is None
    for run, (asked, ended) in zip(runs, ((0, 20), (1, 25), (9_000, 9_010)), strict=True):
        run.last = _task(asked, ended)
    assert taken_seconds(runs) == pytest.approx(25 + 10)


def test_a_move_is_told_from_the_plan_to_its_end() -> None:
    run = _run(1, 0, on_the_way=True)
    text = {column.id: column.text(CLUSTER, run) for column in COLUMNS}
    assert text["to"] == "NODE2 (on the way)"
    assert (text["seconds"], text["blackout"], text["took"], text["status"]) == ("20 s", "250 ms", "", "Planned")
    run.task = TaskId(1)
    assert status(CLUSTER, run) == "Asked for"
    run.last = replace(_task(0, 24), state=TaskState.RUNNING, phase=Phase.COPYING, result=None)
    assert status(CLUSTER, run) == "Copying memory"
    run.last = _task(0, 24)
    assert [column.text(CLUSTER, run) for column in COLUMNS[-3:]] == ["24 s", "500 ms", "Succeeded"]
    assert look(run) == ("circle-check", "good")
    run.last = _task(0, 24, TaskState.FAILED, "NODE2 is down.")
    assert status(CLUSTER, run) == "Failed: NODE2 is down."
    assert look(run)[1] == "bad"


def test_for_other_programs_figures_are_plain() -> None:
    run = _run(2, 1)
    head, row = rows_as_text(CLUSTER, (run,))
    told = dict(zip(head, row, strict=True))
    assert (told["vm"], told["from"], told["to"], told["on_the_way"]) == ("VM01", "NODE1", "NODE2", "no")
    assert (told["memory_bytes"], told["seconds"], told["took_seconds"]) == (str(4 * GIB), "20.000", "")
