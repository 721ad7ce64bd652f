"""`hvgui compare-measured`: the engine's model of live migration against measured runs."""

from __future__ import annotations

from hvgui.cli.exits import NOT_AS_WISHED, WELL, BadInputError
from hvgui.cli.options import Options
from hvgui.cli.terminal import progress, say_json, say_lines, table
from hvgui.cluster.units import format_bytes, format_seconds
from hvgui.lab.measured import MeasuredError, MeasuredRun, read_measured
from hvgui.lab.measured_comparison import (
    BLACKOUT_TOLERANCE,
    BLACKOUT_TOLERANCE_SECONDS,
    TOLERANCE,
    ComparedRow,
    Comparison,
    Errors,
    compare_row,
    summarised,
)

_HEADS = ("Run", "Converges", "Total", "Model", "Error", "Range", "Sent", "Model", "Blackout", "Model", "Passes", "")


def compare(options: Options) -> int:
    """Compares every row; the exit code is 0 unless `--strict` and a tolerance does not hold."""
    try:
        runs = read_measured(options.file)
    except MeasuredError as error:
        raise BadInputError(str(error)) from None
    comparison = summarised(runs, _compared(runs))
    if options.json:
        say_json(comparison)
    else:
        say_lines(_for_people(comparison))
    return WELL if comparison.summary.holds or not options.strict else NOT_AS_WISHED


def _compared(runs: tuple[MeasuredRun, ...]) -> list[ComparedRow]:
    rows: list[ComparedRow] = []
    with progress("Comparing") as shown:
        for run in runs:
            shown.reached(len(rows), len(runs), run.run_id)
            rows.append(compare_row(run))
    return rows


def _for_people(comparison: Comparison) -> list[str]:
    summary = comparison.summary
    dark = f"{BLACKOUT_TOLERANCE:.0%} or {format_seconds(BLACKOUT_TOLERANCE_SECONDS)}"
    return [
        *table(_HEADS, [_row(row) for row in comparison.rows]),
        "",
        f"Verdict right in {summary.verdicts_right} of {summary.verdicts} rows; {summary.completed} completed.",
        _distribution("Total time", summary.total_seconds, f"{TOLERANCE:.0%}"),
        _distribution("Bytes sent", summary.sent_bytes, f"{TOLERANCE:.0%}"),
        _distribution("Blackout of rows limited by their link", summary.blackout_seconds, dark),
        f"Lottery of the writer's phase: {summary.lottery_in_range} of {summary.lottery_rows} rows in their range.",
        f"The tolerances {'hold' if summary.holds else 'do not hold'}.",
    ]


def _distribution(what: str, errors: Errors, tolerance: str) -> str:
    if errors.median is None:
        return f"{what}: nothing to compare."
    spread = (
        f"{name} {value:+.1%}"
        for name, value in (
            ("least", errors.least),
            ("5th percentile", errors.p5),
            ("median", errors.median),
            ("95th", errors.p95),
            ("greatest", errors.greatest),
        )
        if value is not None
    )
    return f"{what}: {errors.within} of {errors.rows} within {tolerance}; error {', '.join(spread)}."


def _row(row: ComparedRow) -> tuple[str, ...]:
    low, high = row.total_seconds_range or (None, None)
    return (
        row.run_id,
        f"{_yes(row.converged_measured)}/{_yes(row.converged_model)}",
        _seconds(row.total_seconds_measured),
        _seconds(row.total_seconds_model),
        _error(row),
        "" if low is None or not row.lottery else f"{_seconds(low)}..{_seconds(high)}",
        "" if row.sent_bytes_measured is None else format_bytes(row.sent_bytes_measured),
        format_bytes(row.sent_bytes_model),
        _seconds(row.blackout_seconds_measured),
        _seconds(row.blackout_seconds_model),
        f"{'?' if row.passes_measured is None else row.passes_measured}/{row.passes_model}",
        " ".join(_marks(row)),
    )


def _marks(row: ComparedRow) -> list[str]:
    marks = ["lottery"] if row.lottery else []
    if row.within_tolerance is False:
        marks.append("OFF")
    return marks


def _yes(verdict: bool | None) -> str:
    return "?" if verdict is None else "yes" if verdict else "no"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f} s" if value < 10 else f"{value:.1f} s"


def _error(row: ComparedRow) -> str:
    if not row.total_seconds_measured or not row.converged_measured:
        return ""
    return f"{row.total_seconds_model / row.total_seconds_measured - 1:+.1%}"
