"""Forecasts in words, and results set against them."""

from __future__ import annotations

import msgspec
import pytest

from hvgui.cluster.tasks import MigrationResult, TaskKind, TaskState
from hvgui.cluster.units import format_seconds
from hvgui.gui.migrate.forecast_words import compare, connection_words, span_words, stream_words, verdict
from hvgui.lab.frames import Span
from scripted_session import Script, forecast_of, live_task

LIVE, QUICK = TaskKind.LIVE_MIGRATION, TaskKind.QUICK_MIGRATION


def test_a_range_is_left_out_where_its_ends_read_alike() -> None:
    assert span_words(Span(39.0, 37.0, 41.0), format_seconds) == "39 s (37 s – 41 s)"
    assert span_words(Span(39.0, 38.9, 39.1), format_seconds) == "39 s"
    assert span_words(None, format_seconds) == "–"


@pytest.mark.parametrize(
    ("changes", "kind", "sentence", "tone"),
    [
        ({}, LIVE, "Will converge; nobody will notice.", "good"),
        (
            {"converges": False, "blackout_seconds": Span(9.3, 9.0, 9.6)},
            LIVE,
            "Will not converge: blackout about 9.3 s (9.0 s – 9.6 s).",
            "warning",
        ),
        (
            {"connections_lost": 4, "blackout_seconds": Span(40.0, 40.0, 40.0)},
            QUICK,
            "Users will notice: the VM stands still for 40 s.",
            "warning",
        ),
        ({"result": "failed", "message": "NODE2 crashes."}, LIVE, "Will fail: NODE2 crashes.", "bad"),
        ({"blackout_seconds": Span(0.8, 0.8, 0.8)}, QUICK, "Will succeed; the VM stands still for 800 ms.", "good"),
    ],
)
def test_the_verdict_is_one_sentence(changes: dict[str, object], kind: TaskKind, sentence: str, tone: str) -> None:
    assert verdict(forecast_of(live_task(), **changes), kind) == (sentence, tone)


def test_who_notices() -> None:
    stalls = forecast_of(live_task(), streams_stalled=1, stall_seconds=38.0)
    assert stream_words(stalls, has_stream=True) == "stalls for 38 s"
    assert stream_words(forecast_of(live_task()), has_stream=True) == "plays on"
    assert stream_words(stalls, has_stream=False) == "none"
    assert [connection_words(*pair) for pair in ((0, 0), (0, 1), (0, 12), (3, 9))] == [
        "none",
        "1 connection stays",
        "all 12 stay",
        "3 of 12 break",
    ]


def test_a_result_that_comes_as_forecast_is_inside_in_every_line() -> None:
    lines = compare(forecast_of(live_task()), Script(live_task()).ended_task())
    assert [line.name for line in lines] == [
        "Duration",
        "Passes",
        "Blackout",
        "Data sent",
        "Video stream",
        "Connections",
    ]
    assert all(line.inside for line in lines)


def test_a_longer_blackout_and_a_stall_are_outside() -> None:
    ended = Script(live_task()).ended_task()
    result = msgspec.structs.replace(ended.result, blackout_seconds=2.1, streams_stalled=1, stall_seconds=0.1)
    lines = {
        line.name: line for line in compare(forecast_of(live_task()), msgspec.structs.replace(ended, result=result))
    }
    assert lines["Blackout"].inside is False
    assert lines["Blackout"].happened == "2.1 s"
    assert lines["Video stream"].inside is False
    assert lines["Duration"].inside is True


def test_without_a_forecast_nothing_is_judged() -> None:
    assert {line.inside for line in compare(None, Script(live_task()).ended_task())} == {None}


def test_what_failed_has_nothing_to_compare() -> None:
    failed = msgspec.structs.replace(
        live_task(), state=TaskState.FAILED, result=MigrationResult(1.0, 0, 0.0, 0, converged=False)
    )
    assert compare(forecast_of(live_task()), failed) == ()
