"""From moments to pixels and back, and where the ruler has its ticks."""

from __future__ import annotations

from dataclasses import dataclass

from hvgui.cluster.units import NANOSECONDS, format_clock, nanoseconds

LEAST_SPAN_NS = NANOSECONDS // 2
_STEPS_SECONDS = (
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1_800),
    *(3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000),
)
_LABEL_PIXELS = 96
_ROOM_AHEAD = 0.06
_FIRST_SPAN_NS = 60 * NANOSECONDS


@dataclass(frozen=True)
class Scale:
    """A span of time laid over a number of pixels."""

    begin_ns: int
    end_ns: int
    pixels: int

    @property
    def span_ns(self) -> int:
        """What is in sight."""
        return self.end_ns - self.begin_ns

    def x(self, time_ns: int) -> float:
        """The pixel of a moment; outside 0..pixels for what is out of sight."""
        return (time_ns - self.begin_ns) * self.pixels / self.span_ns

    def moment(self, x: float) -> int:
        """The moment (ns) at a pixel."""
        return self.begin_ns + round(x * self.span_ns / max(1, self.pixels))

    def shows(self, time_ns: int) -> bool:
        """Whether the moment is in sight."""
        return self.begin_ns <= time_ns <= self.end_ns

    def zoomed(self, factor: float, at_ns: int, last_ns: int) -> Scale:
        """More (factor < 1) or less of the time, with the moment staying where it is; no wider than the whole."""
        widest = whole(last_ns, self.pixels).span_ns
        span = min(widest, max(LEAST_SPAN_NS, round(self.span_ns * factor)))
        share = (at_ns - self.begin_ns) / self.span_ns
        return Scale(at_ns - round(share * span), 0, self.pixels).with_span(span, widest)

    def moved(self, by_ns: int, last_ns: int) -> Scale:
        """Along the time, no further than the whole."""
        return Scale(self.begin_ns + by_ns, 0, self.pixels).with_span(self.span_ns, whole(last_ns, self.pixels).span_ns)

    def with_span(self, span_ns: int, widest_ns: int) -> Scale:
        """So wide, pushed back into what there is."""
        begin = max(0, min(self.begin_ns, widest_ns - span_ns))
        return Scale(begin, begin + span_ns, self.pixels)


def whole(last_ns: int, pixels: int) -> Scale:
    """From the beginning to a little beyond the last moment, so that the present can go on for a while in it."""
    return Scale(0, max(_FIRST_SPAN_NS, round(last_ns * (1 + _ROOM_AHEAD))), max(1, pixels))


def ticks(scale: Scale) -> tuple[tuple[float, str], ...]:
    """The ruler's ticks in sight: pixel and label."""
    wanted = scale.span_ns * _LABEL_PIXELS / max(1, scale.pixels)
    step = next((nanoseconds(one) for one in _STEPS_SECONDS if nanoseconds(one) >= wanted), None)
    if step is None:
        step = nanoseconds(_STEPS_SECONDS[-1])
        step *= -(-round(wanted) // step)
    first = -(-scale.begin_ns // step) * step
    return tuple((scale.x(one), _label(one, step)) for one in range(first, scale.end_ns + 1, step))


def _label(moment_ns: int, step_ns: int) -> str:
    clock = format_clock(moment_ns)
    return clock if step_ns < NANOSECONDS else clock.rpartition(".")[0]
