"""A what-if study as one HTML file that needs nothing else: the verdict, a matrix of pairs, a table of all trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.one_line import one_line
from hvgui.cluster.units import format_bytes, format_clock, format_seconds
from hvgui.cluster.what_if import VmFate, WhatIfKind, WhatIfOutcome, WhatIfReport
from hvgui.exchange.report_style import STYLE
from hvgui.requests.request import node_name, vm_name

MOST_FATES = 200
"""VMs listed of one trial; the others are counted."""
_MORE_STYLE = """
.matrix td, .matrix th { text-align: center; padding: .2rem .4rem; } .matrix { width: auto; }
.whole { background: color-mix(in srgb, var(--good) 22%, transparent); }
.some { background: color-mix(in srgb, var(--warning) 30%, transparent); }
.lost { background: color-mix(in srgb, var(--bad) 30%, transparent); }
"""


def what_if_html(report: WhatIfReport, cluster: Cluster) -> Iterator[str]:
    """The file in pieces. `cluster`: the one that was examined, for names."""
    title = f"What if: {_text(report.cluster)}"
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{STYLE}{_MORE_STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    )
    colour = "good" if report.survives else "bad"
    yield f'<p class="conclusion {colour}"><span>{_text(report.conclusion)}</span></p>\n'
    yield from _facts(report, cluster)
    nodes = sorted({node for outcome in report.outcomes for node in outcome.case.nodes})
    if any(len(outcome.case.nodes) > 1 for outcome in report.outcomes):
        yield from _matrix(report, cluster, nodes)
    yield from _trials(report, cluster)
    for number, outcome in enumerate(report.outcomes):
        if outcome.stays_down or outcome.left_behind or outcome.refused:
            yield from _details(outcome, cluster, number)
    yield "</body></html>\n"


def case_title(outcome: WhatIfOutcome, cluster: Cluster) -> str:
    """A trial in words: `NODE1 and NODE2 crash`."""
    case = outcome.case
    names = " and ".join(node_name(cluster, node) for node in case.nodes)
    if case.kind is WhatIfKind.CRASH:
        return f"{names} {'crash' if len(case.nodes) > 1 else 'crashes'}"
    if case.kind is WhatIfKind.DRAIN:
        return f"{names} is drained"
    return f"{case.load_factor - 1.0:.0%} more load"


def _text(value: str) -> str:
    return escape(one_line(value))


def _facts(report: WhatIfReport, cluster: Cluster) -> Iterator[str]:
    yield "<dl>"
    yield f"<dt>Moment</dt><dd>{format_clock(report.time_ns)} of the lab's clock</dd>"
    tried = f"{len(report.outcomes)} trials" + ("" if report.is_complete else ", called off before the end")
    yield f"<dt>Tried</dt><dd>{tried}</dd>"
    if report.room is not None:
        name, size = vm_name(cluster, report.room.like), format_bytes(report.room.memory_bytes)
        text = f"{report.room.in_all} more VMs like {name} ({size}), {report.room.covered} so that N - 1 is kept"
        why = f"{report.room.why} {report.room.why_covered}".strip()
        yield f'<dt>Room left</dt><dd>{_text(text)}<br><span class="muted">{_text(why)}</span></dd>'
    yield "</dl>\n"


def _matrix(report: WhatIfReport, cluster: Cluster, nodes: Sequence[NodeId]) -> Iterator[str]:
    """By pairs: VMs that stay down."""
    about = "VMs that stay down when both crash; on the diagonal when the one does."
    yield f'<h2>Pairs</h2>\n<p class="muted">{about}</p>\n'
    heads = "".join(f"<th>{_text(node_name(cluster, node))}</th>" for node in nodes)
    yield f'<table class="matrix"><thead><tr><th></th>{heads}</tr></thead><tbody>\n'
    found = {outcome.case.nodes: outcome for outcome in report.outcomes if outcome.case.kind is WhatIfKind.CRASH}
    for first in nodes:
        cells = (_cell(found.get((first,) if first == second else tuple(sorted((first, second))))) for second in nodes)
        yield f"<tr><th>{_text(node_name(cluster, first))}</th>{''.join(cells)}</tr>\n"
    yield "</tbody></table>\n"


def _cell(outcome: WhatIfOutcome | None) -> str:
    if outcome is None:
        return "<td></td>"
    if not outcome.has_quorum:
        return '<td class="lost">no quorum</td>'
    return f'<td class="{"whole" if outcome.is_survived else "some"}">{len(outcome.stays_down)}</td>'


def _trials(report: WhatIfReport, cluster: Cluster) -> Iterator[str]:
    heads = ("What happens", "VMs concerned", "Stay down", "Longest down", "Clients notice", "Overloaded", "After")
    yield f"<h2>Trials</h2>\n<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>\n"
    for number, outcome in enumerate(report.outcomes):
        title = _text(case_title(outcome, cluster))
        if outcome.stays_down or outcome.left_behind or outcome.refused:
            title = f'<a href="#trial{number}">{title}</a>'
        yield f"<tr><td>{title}</td>{''.join(f'<td>{_text(cell)}</td>' for cell in _cells(outcome, cluster))}</tr>\n"
    yield "</tbody></table>\n"


def _cells(outcome: WhatIfOutcome, cluster: Cluster) -> tuple[str, ...]:
    if outcome.refused:
        return ("refused", "", "", "", "", "")
    down = str(len(outcome.stays_down)) if outcome.has_quorum else f"{len(outcome.stays_down)}, no quorum"
    overloaded = ", ".join(node_name(cluster, node) for node in outcome.overloaded)
    return (
        str(len(outcome.fates)),
        down,
        format_seconds(outcome.longest_down_seconds) if outcome.fates else "",
        str(outcome.clients),
        overloaded,
        format_seconds(outcome.seconds),
    )


def _details(outcome: WhatIfOutcome, cluster: Cluster, number: int) -> Iterator[str]:
    yield f'<h3 id="trial{number}">{_text(case_title(outcome, cluster))}</h3>\n<ul>\n'
    if outcome.refused:
        yield f"<li>{_text(outcome.refused)}</li>\n"
    told = (*outcome.stays_down, *outcome.left_behind)
    for fate in told[:MOST_FATES]:
        yield f"<li>{_text(_sentence(fate, cluster))}</li>\n"
    if len(told) > MOST_FATES:
        yield f"<li>and {len(told) - MOST_FATES} more</li>\n"
    yield "</ul>\n"


def _sentence(fate: VmFate, cluster: Cluster) -> str:
    return fate.why or f"{vm_name(cluster, fate.vm)} stays down."
