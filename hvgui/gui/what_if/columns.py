"""The columns of both tables: of trials, and of what became of each VM in one."""

from __future__ import annotations

from dataclasses import dataclass

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.units import format_seconds
from hvgui.cluster.what_if import VmFate, WhatIfCase, WhatIfKind, WhatIfOutcome
from hvgui.gui.what_if.grades import LOOKS, Grade, case_words, grade_of, outcome_words
from hvgui.gui.what_if.result_table import ResultColumn
from hvgui.gui.words import counted, tr
from hvgui.requests.request import node_name, vm_name

_NOT_TRIED = -1


@dataclass(frozen=True)
class CaseRow:
    """A trial with the figures that are shown of it, worked out once."""

    number: int
    case: WhatIfCase
    title: str
    outcome: WhatIfOutcome | None = None
    grade: Grade | None = None
    """None: not tried (yet)."""
    words: str = ""
    down: int = 0
    left: int = 0
    clients: int = 0
    longest_seconds: float = 0.0

    @property
    def is_tried(self) -> bool:
        """Whether there are figures."""
        return self.outcome is not None and self.grade is not Grade.REFUSED


def case_row(number: int, case: WhatIfCase, cluster: Cluster) -> CaseRow:
    """A trial that is still to come."""
    return CaseRow(number, case, case_words(case, cluster))


def tried_row(row: CaseRow, outcome: WhatIfOutcome, cluster: Cluster) -> CaseRow:
    """The same, tried."""
    return CaseRow(
        row.number,
        row.case,
        row.title,
        outcome,
        grade_of(outcome),
        outcome_words(outcome, cluster),
        len(outcome.stays_down),
        len(outcome.left_behind),
        outcome.clients,
        outcome.longest_down_seconds,
    )


def _figure(value: int, row: CaseRow) -> str:
    return f"{value:,}" if row.is_tried else ""


def _outcome(row: CaseRow) -> str:
    return tr(LOOKS[row.grade].title) if row.grade is not None else tr("Not tried yet")


def _outcome_icon(row: CaseRow) -> tuple[str, str] | None:
    if row.grade is None:
        return "hourglass", "muted"
    look = LOOKS[row.grade]
    return look.icon, look.tint


def _longest(row: CaseRow) -> str:
    return format_seconds(row.longest_seconds) if row.is_tried and row.longest_seconds > 0.0 else ""


def _overloaded(row: CaseRow) -> int:
    return len(row.outcome.overloaded) if row.outcome is not None else _NOT_TRIED


CASE_COLUMNS = (
    ResultColumn("case", "What happens", lambda row: str(row.title), lambda row: row.number, 24),
    ResultColumn(
        "outcome",
        "Outcome",
        _outcome,
        lambda row: (_NOT_TRIED if row.grade is None else int(row.grade), row.down, row.longest_seconds),
        19,
        icon=_outcome_icon,
    ),
    ResultColumn(
        "down",
        "Stay down",
        lambda row: _figure(row.down, row),
        lambda row: row.down if row.is_tried else _NOT_TRIED,
        8,
        numeric=True,
        explanation="VMs that do not come back by themselves.",
    ),
    ResultColumn(
        "longest",
        "Longest down",
        _longest,
        lambda row: row.longest_seconds if row.is_tried else float(_NOT_TRIED),
        10,
        numeric=True,
        explanation="Of those that come back; of a live migration its blackout.",
    ),
    ResultColumn(
        "left",
        "Left behind",
        lambda row: _figure(row.left, row),
        lambda row: row.left if row.is_tried else _NOT_TRIED,
        8,
        numeric=True,
        explanation="VMs that a drain can't move, or that get too little processor time under more load.",
    ),
    ResultColumn(
        "clients",
        "Clients notice",
        lambda row: _figure(row.clients, row),
        lambda row: row.clients if row.is_tried else _NOT_TRIED,
        8,
        numeric=True,
        explanation="VMs whose connections break or whose films stall.",
    ),
    ResultColumn(
        "overloaded",
        "Overloaded",
        lambda row: _figure(_overloaded(row), row),
        _overloaded,
        8,
        numeric=True,
        explanation="Nodes whose guests want more processor time afterwards than there is.",
    ),
)


# What became of the VMs


@dataclass(frozen=True)
class FateRow:
    """A VM in one trial."""

    number: int
    fate: VmFate
    vm: str
    words: str
    icon: tuple[str, str]
    rank: int
    clients: str


def fate_rows(outcome: WhatIfOutcome, cluster: Cluster) -> list[FateRow]:
    """The worst first."""
    rows = [_fate_row(fate, outcome.case.kind, cluster) for fate in outcome.fates]
    rows.sort(key=lambda row: (row.rank, -(row.fate.down_seconds or 0.0), row.vm))
    return [FateRow(number, *_rest(row)) for number, row in enumerate(rows)]


def _rest(row: FateRow) -> tuple[VmFate, str, str, tuple[str, str], int, str]:
    return row.fate, row.vm, row.words, row.icon, row.rank, row.clients


def _fate_row(fate: VmFate, kind: WhatIfKind, cluster: Cluster) -> FateRow:
    name, clients = vm_name(cluster, fate.vm), _clients(fate)
    if fate.down_seconds is None:
        return FateRow(0, fate, name, fate.why or tr("It stays down."), ("circle-x", "bad"), 0, clients)
    if fate.why:
        return FateRow(0, fate, name, fate.why, ("hand-stop", "warning"), 1, clients)
    node = node_name(cluster, fate.node) if fate.node is not None else "–"
    words = tr("Runs again on {node}.", node=node) if kind is WhatIfKind.CRASH else tr("Moves to {node}.", node=node)
    drawn = ("alert-triangle", "warning") if fate.clients_notice else ("circle-check", "good")
    return FateRow(0, fate, name, words, drawn, 2 if fate.clients_notice else 3, clients)


def _clients(fate: VmFate) -> str:
    parts = []
    if fate.connections_lost:
        parts.append(counted(fate.connections_lost, "{count} connection breaks", "{count} connections break"))
    if fate.streams_stalled:
        parts.append(tr("the film stalls"))
    return ", ".join(parts)


def _down(row: FateRow) -> str:
    if row.fate.down_seconds is None:
        return tr("for good")
    return format_seconds(row.fate.down_seconds) if row.fate.down_seconds else ""


FATE_COLUMNS = (
    ResultColumn("vm", "Virtual machine", lambda row: str(row.vm), lambda row: row.vm, 18, icon=lambda row: row.icon),
    ResultColumn(
        "down",
        "Down",
        _down,
        lambda row: float("inf") if row.fate.down_seconds is None else row.fate.down_seconds,
        8,
        numeric=True,
    ),
    ResultColumn("words", "What becomes of it", lambda row: str(row.words), lambda row: (row.rank, row.words), 44),
    ResultColumn(
        "clients",
        "Clients",
        lambda row: str(row.clients),
        lambda row: (row.fate.connections_lost, row.fate.streams_stalled),
        24,
    ),
)
