"""Forecasts in words: ranges, verdicts, who notices; and a result set against its forecast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hvgui.cluster.tasks import MigrationResult, Task, TaskKind, TaskState
from hvgui.cluster.units import format_bytes, format_seconds
from hvgui.gui.words import counted, tr
from hvgui.lab.frames import Forecast, Span

_HALF_A_PASS = 0.5
_HALF_A_PER_CENT = 0.005


def span_words(span: Span | None, figure: Callable[[float], str]) -> str:
    """A range: `39 s (37 s – 41 s)`, or one figure where the ends read alike; a dash where there is none."""
    if span is None:
        return "–"
    middle, low, high = figure(span.middle), figure(span.low), figure(span.high)
    return middle if low == high else f"{middle} ({low} – {high})"


def whole_number(value: float) -> str:
    """A count."""
    return f"{value:,.0f}"


def verdict(forecast: Forecast, kind: TaskKind) -> tuple[str, str]:
    """The forecast in one sentence, and its tone (`good`, `warning`, `bad`)."""
    if forecast.result in ("failed", "refused"):
        return tr("Will fail: {why}", why=forecast.message), "bad"
    if forecast.result == "unfinished":
        return tr("Does not end within the time looked ahead: {why}", why=forecast.message), "warning"
    blackout = span_words(forecast.blackout_seconds, format_seconds)
    if kind is TaskKind.LIVE_MIGRATION and not forecast.converges:
        return tr("Will not converge: blackout about {blackout}.", blackout=blackout), "warning"
    if forecast.connections_lost or forecast.streams_stalled:
        return tr("Users will notice: the VM stands still for {blackout}.", blackout=blackout), "warning"
    if kind is TaskKind.LIVE_MIGRATION:
        return tr("Will converge; nobody will notice."), "good"
    return tr("Will succeed; the VM stands still for {blackout}.", blackout=blackout), "good"


def stream_words(forecast: Forecast, has_stream: bool) -> str:
    """Whether the video stalls, and for how long."""
    if not has_stream:
        return tr("none")
    if not forecast.streams_stalled:
        return tr("plays on")
    return tr("stalls for {length}", length=format_seconds(forecast.stall_seconds))


def connection_words(lost: int, kept: int) -> str:
    """Connections that break and those that stay."""
    if not lost and not kept:
        return tr("none")
    if not lost:
        return counted(kept, "{count} connection stays", "all {count} stay")
    return tr("{lost} of {whole} break", lost=lost, whole=lost + kept)


@dataclass(frozen=True)
class Comparison:
    """One line of a result against its forecast. `inside` is None where nothing was forecast."""

    name: str
    forecast: str
    happened: str
    inside: bool | None


def compare(forecast: Forecast | None, task: Task) -> tuple[Comparison, ...]:
    """Every figure of a result beside what was forecast for it."""
    result = task.result
    if result is None or task.state is not TaskState.SUCCEEDED:
        return ()
    known = forecast if forecast is not None else Forecast(result="", message="")
    lines = [
        _line(tr("Duration"), known.duration_seconds, result.duration_seconds, format_seconds, 0.05),
        _line(tr("Blackout"), known.blackout_seconds, result.blackout_seconds, format_seconds, 0.005),
        _line(tr("Data sent"), known.sent_bytes, float(result.sent_bytes), format_bytes, 65_536.0),
    ]
    if task.kind is TaskKind.LIVE_MIGRATION:
        lines.insert(1, _line(tr("Passes"), known.passes, float(result.passes), whole_number, _HALF_A_PASS))
    return (*lines, _stalls(forecast, result), _connections(forecast, result))


def _line(
    name: str, span: Span | None, happened: float, figure: Callable[[float], str], tolerance: float
) -> Comparison:
    """Inside counts to half a per cent of the middle, or to `tolerance` where that is more."""
    room = tolerance if span is None else max(tolerance, _HALF_A_PER_CENT * span.middle)
    inside = None if span is None else span.low - room <= happened <= span.high + room
    return Comparison(name, span_words(span, figure), figure(happened), inside)


def _stalls(forecast: Forecast | None, result: MigrationResult) -> Comparison:
    def words(count: int, seconds: float) -> str:
        return tr("stalled {length}", length=format_seconds(seconds)) if count else tr("no stall")

    if forecast is None:
        return Comparison(tr("Video stream"), "–", words(result.streams_stalled, result.stall_seconds), None)
    return Comparison(
        tr("Video stream"),
        words(forecast.streams_stalled, forecast.stall_seconds),
        words(result.streams_stalled, result.stall_seconds),
        forecast.streams_stalled == result.streams_stalled,
    )


def _connections(forecast: Forecast | None, result: MigrationResult) -> Comparison:
    def words(lost: int) -> str:
        return counted(lost, "{count} broken", "{count} broken") if lost else tr("none broken")

    if forecast is None:
        return Comparison(tr("Connections"), "–", words(result.connections_lost), None)
    inside = forecast.connections_lost == result.connections_lost
    return Comparison(tr("Connections"), words(forecast.connections_lost), words(result.connections_lost), inside)
