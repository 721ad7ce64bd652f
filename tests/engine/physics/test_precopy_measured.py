"""The model against 46 measured live migrations, with the rig's constants and none fitted to a row."""

from __future__ import annotations

from functools import cache

import pytest

from alone_on_a_link import Outcome, migrate_alone
from measured_rows import MeasuredRow, measured_rows

PHASES = 32
ROWS = measured_rows()
COMPLETED = [row for row in ROWS if row.completed]


@cache
def forecast(run_id: str) -> tuple[Outcome, ...]:
    """The row with its writer at as many starting places as a forecast tries, quickest first."""
    row = next(row for row in ROWS if row.run_id == run_id)
    places = [((number + 0.5) / PHASES,) for number in range(PHASES)] if row.writes else [()]
    outcomes = [
        migrate_alone(
            row.guest,
            row.memory_bytes,
            row.rule,
            row.timings,
            line_bytes_per_second=row.line_bytes_per_second,
            phases=phases,
            limit_seconds=row.limit_seconds,
        )
        for phases in places
    ]
    return tuple(sorted(outcomes, key=lambda outcome: outcome.total_seconds))


def median(row: MeasuredRow) -> Outcome:
    outcomes = forecast(row.run_id)
    return outcomes[len(outcomes) // 2]


def share_within_5_percent(errors: list[float]) -> float:
    return sum(abs(error) <= 0.05 for error in errors) / len(errors)


def test_there_are_all_rows() -> None:
    assert len(ROWS) == 46
    assert len(COMPLETED) == 42


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.run_id)
def test_whether_it_converges_is_right_wherever_the_writer_starts(row: MeasuredRow) -> None:
    assert {outcome.completed for outcome in forecast(row.run_id)} == {row.completed}


def test_total_times_are_within_5_percent() -> None:
    errors = [median(row).total_seconds / row.total_seconds - 1 for row in COMPLETED]
    assert share_within_5_percent(errors) >= 0.95


def test_sent_bytes_are_within_5_percent() -> None:
    errors = [median(row).sent_bytes / row.sent_bytes - 1 for row in COMPLETED]
    assert share_within_5_percent(errors) >= 0.95


@pytest.mark.parametrize("row", [row for row in COMPLETED if row.link_limited], ids=lambda row: row.run_id)
def test_a_blackout_over_a_link_is_within_15_percent_or_50_ms(row: MeasuredRow) -> None:
    allowed = max(0.15 * row.blackout_seconds, 0.05)
    for outcome in forecast(row.run_id):
        assert outcome.blackout_seconds == pytest.approx(row.blackout_seconds, abs=allowed)


@pytest.mark.parametrize("row", COMPLETED, ids=lambda row: row.run_id)
def test_what_was_measured_lies_in_the_forecast_range(row: MeasuredRow) -> None:
    """Beyond the ends of the range the rig's own scatter (repeated runs differ by so much) is allowed."""
    outcomes = forecast(row.run_id)
    totals = [outcome.total_seconds for outcome in outcomes]
    sent = [outcome.sent_bytes for outcome in outcomes]
    assert min(totals) * 0.985 <= row.total_seconds <= max(totals) * 1.015
    assert min(sent) * 0.985 <= row.sent_bytes <= max(sent) * 1.015
