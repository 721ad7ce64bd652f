"""The columns of a plan's moves: what was foretold of each, how it stands, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.tasks import TaskState
from hvgui.cluster.units import format_bytes, format_seconds, in_seconds
from hvgui.gui.inventory_order import name_key
from hvgui.gui.plan.run import MoveRun
from hvgui.gui.states import PHASES, TASK_STATES
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr


@dataclass(frozen=True)
class MoveColumn:
    """One column: what it shows of a move, and what it sorts by."""

    id: str
    title: str
    text: Callable[[Cluster, MoveRun], str]
    order: Callable[[Cluster, MoveRun], Any]
    width: int
    numeric: bool = False
    explanation: str = ""


def _took(run: MoveRun) -> float | None:
    if run.last is None or run.last.result is None:
        return None
    return run.last.result.duration_seconds


def _blackout(run: MoveRun) -> float | None:
    if run.last is None or run.last.result is None:
        return None
    return run.last.result.blackout_seconds


def _measured(seconds: float | None) -> str:
    return "" if seconds is None else format_seconds(seconds)


def _target(cluster: Cluster, run: MoveRun) -> str:
    name = node_name(cluster, run.move.target)
    return tr("{node} (on the way)", node=name) if run.move.on_the_way else name


def status(_cluster: Cluster, run: MoveRun) -> str:
    """How a move stands, in a word or a sentence."""
    if run.refused:
        return run.refused
    if run.last is None:
        return tr("Planned") if run.task is None else tr("Asked for")
    if not run.last.state.has_ended:
        return tr(PHASES[run.last.phase])
    words = tr(TASK_STATES[run.last.state])
    return words if run.went_well or not run.last.message else f"{words}: {run.last.message}"


def look(run: MoveRun) -> tuple[str, str]:
    """Icon and tint of a move."""
    if run.went_well:
        return ("circle-check", "good")
    if run.is_over:
        cancelled = run.last is not None and run.last.state is TaskState.CANCELLED
        return ("x", "muted") if cancelled else ("circle-x", "bad")
    return ("circle", "muted") if run.last is None else ("arrow-move-right", "accent")


COLUMNS = (
    MoveColumn("round", "Round", lambda _, run: str(run.move.round), lambda _, run: run.move.round, 8),
    MoveColumn("vm", "Virtual machine", lambda _, run: run.name, lambda _, run: name_key(run.name), 18),
    MoveColumn(
        "from",
        "From",
        lambda cluster, run: node_name(cluster, run.move.source),
        lambda cluster, run: name_key(node_name(cluster, run.move.source)),
        12,
    ),
    MoveColumn(
        "to",
        "To",
        _target,
        lambda cluster, run: name_key(node_name(cluster, run.move.target)),
        16,
        explanation="On the way: it only makes room, and moves on in a later round.",
    ),
    MoveColumn(
        "memory",
        "Memory",
        lambda _, run: format_bytes(run.move.memory_bytes),
        lambda _, run: run.move.memory_bytes,
        9,
        numeric=True,
    ),
    MoveColumn(
        "seconds",
        "Forecast",
        lambda _, run: format_seconds(run.move.seconds),
        lambda _, run: run.move.seconds,
        11,
        numeric=True,
        explanation="How long the migration takes, from the pre-copy model.",
    ),
    MoveColumn(
        "blackout",
        "Blackout",
        lambda _, run: format_seconds(run.move.blackout_seconds),
        lambda _, run: run.move.blackout_seconds,
        9,
        numeric=True,
        explanation="How long the VM is out of reach, by the forecast.",
    ),
    MoveColumn(
        "took",
        "Took",
        lambda _, run: _measured(_took(run)),
        lambda _, run: _took(run) or -1.0,
        10,
        numeric=True,
        explanation="How long it has taken.",
    ),
    MoveColumn(
        "blackout-was",
        "Blackout was",
        lambda _, run: _measured(_blackout(run)),
        lambda _, run: _blackout(run) or -1.0,
        12,
        numeric=True,
    ),
    MoveColumn("status", "Status", status, status, 30),
)
TICK, STATUS = 1, len(COLUMNS) - 1
"""The columns with the tick, and with the icon."""


def rows_as_text(cluster: Cluster, runs: tuple[MoveRun, ...]) -> list[list[str]]:
    """The table for other programs: names, bytes and seconds as plain numbers."""
    head = ["round", "vm", "from", "to", "on_the_way", "memory_bytes", "seconds", "blackout_seconds"]
    rows = [[*head, "status", "took_seconds", "blackout_was_seconds"]]
    for run in runs:
        move = run.move
        rows.append(
            [
                str(move.round),
                run.name,
                node_name(cluster, move.source),
                node_name(cluster, move.target),
                "yes" if move.on_the_way else "no",
                str(move.memory_bytes),
                f"{move.seconds:.3f}",
                f"{move.blackout_seconds:.3f}",
                status(cluster, run),
                _plain(_took(run)),
                _plain(_blackout(run)),
            ]
        )
    return rows


def _plain(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.3f}"


def taken_seconds(runs: Sequence[MoveRun]) -> float | None:
    """What all rounds took, one after the other, without the time between them; None where a move has no end."""
    spans: dict[int, tuple[int, int]] = {}
    for run in runs:
        if run.last is None or run.last.ended_ns is None:
            return None
        asked, ended = spans.get(run.move.round, (run.last.asked_ns, run.last.ended_ns))
        spans[run.move.round] = (min(asked, run.last.asked_ns), max(ended, run.last.ended_ns))
    return sum(in_seconds(ended - asked) for asked, ended in spans.values())
