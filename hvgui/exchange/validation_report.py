"""A validation as one HTML file that needs nothing else: no script, no other file, readable on screen and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from hvgui.cluster.units import format_clock, format_seconds
from hvgui.cluster.validation import (
    Category,
    Listing,
    ValidationFinding,
    ValidationReport,
    ValidationResult,
    Verdict,
)
from hvgui.exchange.report_style import STYLE

_CLASSES = {
    Verdict.SUCCESS: ("good", "✔"),
    Verdict.WARNING: ("warning", "⚠"),
    Verdict.FAILED: ("bad", "✖"),
    Verdict.NOT_APPLICABLE: ("muted", "–"),
    Verdict.CANCELLED: ("muted", "■"),
}


def validation_html(report: ValidationReport) -> str:
    """The whole file as text."""
    return "".join(validation_html_pieces(report))


def validation_html_pieces(report: ValidationReport) -> Iterator[str]:
    """The file piece by piece, for who writes it and has other things to do in between."""
    title = f"Validation of {escape(report.cluster)}"
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    yield f'<header id="top">\n<h1>{title}</h1>\n{_facts(report)}{_conclusion(report)}</header>\n<main>\n'
    yield _contents(report)
    for category in Category:
        results = [result for result in report.results if result.category is category]
        if results:
            yield f'<section>\n<h2 id="{category.name.lower()}">{category.value}</h2>\n'
            for result in results:
                yield from _details(result)
            yield "</section>\n"
    yield "</main>\n</body>\n</html>\n"


def _facts(report: ValidationReport) -> str:
    facts = (
        ("Cluster", report.cluster),
        ("Platform", report.platform),
        ("Nodes", ", ".join(report.nodes) or "none"),
        ("Started", f"{report.started[:19].replace('T', ' ')} UTC"),
        ("Took", format_seconds(report.seconds)),
        ("The lab's clock", format_clock(report.lab_time_ns)),
        ("Tests", "all" if report.is_complete else f"{len(report.results)} chosen"),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>\n" for name, value in facts)
    return f"<dl>\n{rows}</dl>\n"


def _conclusion(report: ValidationReport) -> str:
    css, _ = _CLASSES[report.verdict]
    return f'<p class="conclusion {css}"><span>{escape(report.conclusion)}</span></p>\n'


def _contents(report: ValidationReport) -> str:
    """A table by category, with every test and its verdict."""
    counts = report.counts
    totals = ", ".join(f"{counts[verdict]} {verdict.value.lower()}" for verdict in Verdict if counts[verdict])
    rows = []
    for category in Category:
        results = [result for result in report.results if result.category is category]
        for number, result in enumerate(results):
            first = _heading(category, len(results)) if number == 0 else ""
            link = f'<a href="#{escape(result.id)}">{escape(result.title)}</a>'
            rows.append(f"<tr>{first}<td>{link}</td><td>{_verdict(result.verdict)}</td></tr>\n")
    return (
        f"<h2>Tests and results</h2>\n<p>{len(report.results)} tests: {totals}.</p>\n<table>\n<thead><tr>"
        "<th>Category</th><th>Test</th><th>Result</th></tr></thead>\n<tbody>\n" + "".join(rows) + "</tbody>\n</table>\n"
    )


def _heading(category: Category, rows: int) -> str:
    link = f'<a href="#{category.name.lower()}">{category.value}</a>'
    return f'<th scope="rowgroup" rowspan="{rows}">{link}</th>'


def _verdict(verdict: Verdict) -> str:
    css, sign = _CLASSES[verdict]
    return f'<span class="verdict {css}"><span aria-hidden="true">{sign}</span> {verdict.value}</span>'


def _details(result: ValidationResult) -> Iterator[str]:
    yield (
        f'<article>\n<h3 id="{escape(result.id)}">{escape(result.title)} '
        '<a class="back" href="#top">back to the top</a></h3>\n'
        f"<p>{_verdict(result.verdict)}{_took(result.seconds)}<br>"
        f"<span class='muted'>{escape(result.about)}</span></p>\n"
    )
    if result.findings:
        yield "<ul>\n"
        for finding in result.findings:
            yield _finding(finding)
        yield "</ul>\n"
    if result.listing is not None:
        yield from _table(result.listing)
    yield "</article>\n"


def _took(seconds: float) -> str:
    """How long it took, where that is worth a word."""
    return f" <span class='muted'>({format_seconds(seconds)})</span>" if seconds >= 0.001 else ""


def _finding(finding: ValidationFinding) -> str:
    css, sign = _CLASSES[finding.verdict]
    remedy = f" <em>{escape(finding.remedy)}</em>" if finding.remedy else ""
    return (
        f'<li><span class="{css}" title="{finding.verdict.value}">{sign}</span> '
        f"<strong>{escape(finding.about)}</strong>: {escape(finding.sentence)}{remedy}</li>\n"
    )


def _table(listing: Listing) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in listing.heads)
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    for row in listing.rows:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n"
    yield "</tbody>\n</table>\n"
