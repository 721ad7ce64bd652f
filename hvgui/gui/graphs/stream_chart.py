"""The client's eye as a chart: what the player has left to show, and when it stood still."""

from __future__ import annotations

from collections.abc import Callable

from hvgui.cluster.units import format_seconds
from hvgui.gui.graphs.colours import Role
from hvgui.gui.graphs.drawing import Band, ChartStyle, Drawing, LineStyle
from hvgui.gui.graphs.quantities import Clock, Quantity
from hvgui.gui.graphs.rings import Series
from hvgui.gui.graphs.streams import StallSpan, StreamTrack
from hvgui.gui.words import counted, tr


def stream_style(clock: Clock = Clock.LAB) -> ChartStyle:
    """The chart of one player."""
    return ChartStyle(
        tr("Client's video buffer"),
        Quantity.SECONDS,
        (LineStyle(tr("Left to show"), Role.THIRD, filled=True),),
        clock,
        least_top=2.0,
    )


def draw_stream(
    track: StreamTrack,
    start_seconds: float,
    end_seconds: float,
    bands: tuple[Band, ...] = (),
    cut: Callable[[Series, Series], tuple[Series, ...]] | None = None,
) -> Drawing:
    """A stream between two moments, its stalls over the bands given; `cut` leaves out what is not to be seen."""
    stalls = track.stalls()
    times, buffer = track.buffer() if cut is None else cut(*track.buffer())
    return Drawing(((times, buffer),), start_seconds, end_seconds, (*bands, *stall_bands(stalls)), stream_words(track))


def stall_bands(stalls: tuple[StallSpan, ...]) -> tuple[Band, ...]:
    """A band a stall, with its length."""
    return tuple(
        Band(
            stall.start_seconds,
            stall.end_seconds,
            Role.STALL,
            tr("stall {length}", length=format_seconds(stall.end_seconds - stall.start_seconds)),
        )
        for stall in stalls
    )


def stream_words(track: StreamTrack) -> str:
    """The stream in words: `buffer 1.8 s, 1 stall, 4.2 s in all`."""
    buffer = track.buffer()[1]
    left = format_seconds(float(buffer[-1])) if len(buffer) else tr("unknown")
    count, length = track.totals()
    if not count:
        return tr("buffer {left}, no stall", left=left)
    stalls = counted(count, "{count} stall", "{count} stalls")
    return tr("buffer {left}, {stalls}, {length} in all", left=left, stalls=stalls, length=format_seconds(length))
