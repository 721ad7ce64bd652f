"""Measured runs against the model: each row, the errors' distribution, and whether the tolerances hold.

Tolerances: the verdict (completes or not) right in every row; total time and bytes sent within 5 % in 95 % of the rows
that completed; the blackout of rows limited by their link within 15 % or 50 ms. A row near its limit is a lottery of
where the guest's writer stood: there the measured time has to lie in the range that the model forecasts.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hvgui.lab.measured import MeasuredRun
from hvgui.lab.measured_model import ModelRun, model_runs, scattered_runs

TOLERANCE = 0.05
SHARE_WITHIN = 0.95
BLACKOUT_TOLERANCE = 0.15
BLACKOUT_TOLERANCE_SECONDS = 0.05
OWN_ERROR = 0.01
"""By how much a range is wider than the runs that were tried: the model is off by so much where nothing is a lottery,
and between two of the phases tried lies another."""
_QUANTILES = (("least", 0.0), ("p5", 0.05), ("median", 0.5), ("p95", 0.95), ("greatest", 1.0))


class ComparedRow(msgspec.Struct, frozen=True):
    """One row, measured and modelled; the fields are the keys of the JSON. None: does not apply, or is not known."""

    run_id: str
    converged_measured: bool | None
    converged_model: bool
    total_seconds_measured: float | None
    total_seconds_model: float
    total_seconds_range: tuple[float, float] | None
    """Least and greatest over the phases of the writer and the scatter of the link, of the runs that complete, and
    `OWN_ERROR` on either side."""
    sent_bytes_measured: int | None
    sent_bytes_model: int
    blackout_seconds_measured: float | None
    blackout_seconds_model: float | None
    passes_measured: int | None
    passes_model: int
    lottery: bool
    """The phases of the writer lead to outcomes that differ by more than the tolerance."""
    within_tolerance: bool | None


class Errors(msgspec.Struct, frozen=True):
    """The distribution of relative errors (model / measured - 1) of one quantity, and how many are within."""

    rows: int
    within: int
    least: float | None
    p5: float | None
    median: float | None
    p95: float | None
    greatest: float | None


class Summary(msgspec.Struct, frozen=True):
    """What the comparison comes to."""

    rows: int
    verdicts: int
    """Rows whose file says whether they completed."""
    verdicts_right: int
    completed: int
    """Rows that completed, measured and modelled."""
    total_seconds: Errors
    sent_bytes: Errors
    blackout_seconds: Errors
    """Of completed rows that their link limited."""
    lottery_rows: int
    lottery_in_range: int
    holds: bool


class Comparison(msgspec.Struct, frozen=True):
    """All rows and their summary."""

    rows: tuple[ComparedRow, ...]
    summary: Summary


def compare_row(measured: MeasuredRun) -> ComparedRow:
    """Runs the model on one row."""
    runs = model_runs(measured)
    completed = sorted((one for one in runs if one.completed), key=_total)
    converges = 2 * len(completed) >= len(runs)
    middle = completed[len(completed) // 2] if converges else next(one for one in runs if not one.completed)
    totals = [one.total_seconds for one in (*runs, *scattered_runs(measured)) if one.completed]
    found = measured.measured
    row = ComparedRow(
        run_id=measured.run_id,
        converged_measured=found.completed,
        converged_model=converges,
        total_seconds_measured=found.total_seconds,
        total_seconds_model=middle.total_seconds,
        total_seconds_range=((1 - OWN_ERROR) * min(totals), (1 + OWN_ERROR) * max(totals)) if totals else None,
        sent_bytes_measured=found.sent_bytes,
        sent_bytes_model=middle.sent_bytes,
        blackout_seconds_measured=found.blackout_seconds,
        blackout_seconds_model=middle.blackout_seconds,
        passes_measured=found.passes,
        passes_model=middle.passes,
        lottery=_is_lottery(runs),
        within_tolerance=None,
    )
    return msgspec.structs.replace(row, within_tolerance=_within(row, limited_by_link(measured)))


def limited_by_link(measured: MeasuredRun) -> bool:
    """Whether the link, not the source's own pacing, set the speed."""
    pace, link = measured.pace_bytes_per_second, measured.link_bytes_per_second
    return link > 0.0 and not 0.0 < pace < link


def summarised(measured: Sequence[MeasuredRun], rows: Sequence[ComparedRow]) -> Comparison:
    """The rows with what they come to."""
    judged = [row for row in rows if row.converged_measured is not None]
    completed = [row for row in rows if _both_completed(row)]
    by_link = [row for run, row in zip(measured, rows, strict=True) if _both_completed(row) and limited_by_link(run)]
    lottery = [row for row in completed if row.lottery and row.total_seconds_measured is not None]
    in_range = sum(_in_range(row) for row in lottery)
    right = sum(row.converged_measured == row.converged_model for row in judged)
    total = _errors([(row.total_seconds_measured, row.total_seconds_model) for row in completed], TOLERANCE)
    sent = _errors([(row.sent_bytes_measured, row.sent_bytes_model) for row in completed], TOLERANCE)
    dark = _errors(
        [(row.blackout_seconds_measured, row.blackout_seconds_model) for row in by_link],
        BLACKOUT_TOLERANCE,
        BLACKOUT_TOLERANCE_SECONDS,
    )
    holds = (
        right == len(judged)
        and total.within >= SHARE_WITHIN * total.rows
        and sent.within >= SHARE_WITHIN * sent.rows
        and dark.within == dark.rows
        and in_range == len(lottery)
    )
    summary = Summary(len(rows), len(judged), right, len(completed), total, sent, dark, len(lottery), in_range, holds)
    return Comparison(tuple(rows), summary)


def _total(run: ModelRun) -> float:
    return run.total_seconds


def _is_lottery(runs: Sequence[ModelRun]) -> bool:
    if len({run.completed for run in runs}) > 1:
        return True
    if not runs[0].completed:
        return False
    totals, sent = [run.total_seconds for run in runs], [float(run.sent_bytes) for run in runs]
    return any(max(values) - min(values) > TOLERANCE * max(values) for values in (totals, sent))


def _both_completed(row: ComparedRow) -> bool:
    return bool(row.converged_measured) and row.converged_model


def _in_range(row: ComparedRow) -> bool:
    if row.total_seconds_range is None or row.total_seconds_measured is None:
        return False
    low, high = row.total_seconds_range
    return low <= row.total_seconds_measured <= high


def _within(row: ComparedRow, by_link: bool) -> bool | None:
    """Whether the row holds all that it is held to; None where nothing was measured."""
    if row.converged_measured is None:
        return None
    if row.converged_measured != row.converged_model:
        return False
    if not row.converged_model:
        return True
    close = _close(row.total_seconds_measured, row.total_seconds_model, TOLERANCE) and _close(
        row.sent_bytes_measured, row.sent_bytes_model, TOLERANCE
    )
    if row.lottery:
        close = close or _in_range(row)
    dark = row.blackout_seconds_measured, row.blackout_seconds_model
    return close and (not by_link or _close(*dark, BLACKOUT_TOLERANCE, BLACKOUT_TOLERANCE_SECONDS))


def _close(measured: float | None, model: float | None, share: float, least: float = 0.0) -> bool:
    if measured is None or model is None:
        return True
    return abs(model - measured) <= max(share * measured, least)


def _errors(pairs: Sequence[tuple[float | None, float | None]], share: float, least: float = 0.0) -> Errors:
    known = [(measured, model) for measured, model in pairs if measured and model is not None]
    errors = sorted(model / measured - 1 for measured, model in known)
    within = sum(_close(measured, model, share, least) for measured, model in known)
    if not errors:
        return Errors(0, 0, None, None, None, None, None)
    return Errors(len(errors), within, **{name: _quantile(errors, at) for name, at in _QUANTILES})


def _quantile(ordered: Sequence[float], at: float) -> float:
    """Between the two nearest values, in proportion."""
    place = at * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
