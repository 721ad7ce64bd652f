"""A forecast in one sentence for people: what will happen, how long it takes, who notices."""

from __future__ import annotations

from collections.abc import Callable

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.units import format_bytes, format_seconds
from hvgui.lab.forecast_course import is_followed
from hvgui.lab.frames import Forecast, Span
from hvgui.lab.snapshot_outlook import in_words
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

SAME_SHARE = 0.15
"""A range narrower than this, as a share of its middle, is told as one figure."""


def sentence(cluster: Cluster, request: Request, forecast: Forecast) -> str:
    """The forecast in words."""
    match forecast.result:
        case "refused":
            return " ".join(str(problem) for problem in blockers(forecast.problems))
        case "unfinished":
            return f"{request.title(cluster)} does not come to an end by itself within the time that was looked ahead."
        case "failed":
            return f"Will fail: {forecast.message.rstrip('.')}."
        case _:
            return _good(cluster, request, forecast)


def _good(cluster: Cluster, request: Request, forecast: Forecast) -> str:
    if forecast.snapshots is not None:
        course = "Takes effect at once." if forecast.duration_seconds is None else _course(forecast)
        return f"{course} {in_words(forecast.snapshots)}".rstrip()
    if is_followed(request):
        return forecast.message
    if forecast.duration_seconds is None:
        return forecast.message or f"{request.title(cluster)} takes effect at once."
    return _course(forecast)


def _course(forecast: Forecast) -> str:
    duration, blackout = forecast.duration_seconds, forecast.blackout_seconds
    if duration is None:
        return forecast.message
    if blackout is None or forecast.passes is None:
        return f"Takes about {_seconds(duration)}."
    if not forecast.converges:
        return (
            f"Will not converge: {_passes(forecast.passes)}, then a blackout of about {_seconds(blackout)};"
            f" takes about {_seconds(duration)}.{_clients(forecast)}"
        )
    parts = [f"blackout of about {_seconds(blackout)}"]
    if forecast.passes.high > 0:
        parts.insert(0, _passes(forecast.passes))
    if forecast.sent_bytes is not None and forecast.sent_bytes.high > 0:
        parts.append(f"{_range(forecast.sent_bytes, format_bytes)} sent")
    return f"Takes about {_seconds(duration)}: {', '.join(parts)}.{_clients(forecast)}"


def _clients(forecast: Forecast) -> str:
    told = ""
    if forecast.streams_stalled:
        told += f" The video stream stalls for about {format_seconds(forecast.stall_seconds)}."
    if forecast.connections_lost:
        connections = (
            "1 connection breaks"
            if forecast.connections_lost == 1
            else f"{forecast.connections_lost} connections break"
        )
        told += f" {connections}."
    return told


def _passes(passes: Span) -> str:
    low, high = round(passes.low), round(passes.high)
    if low != high:
        return f"{low} to {high} passes"
    return "1 pass" if high == 1 else f"{high} passes"


def _seconds(span: Span) -> str:
    return _range(span, format_seconds)


def _range(span: Span, words: Callable[[float], str]) -> str:
    middle, low, high = words(span.middle), words(span.low), words(span.high)
    if low == high or span.high - span.low <= SAME_SHARE * span.middle:
        return middle
    return f"{middle} ({low} to {high})"
