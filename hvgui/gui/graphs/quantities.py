"""Quantities: what an axis measures, in words: units, round ticks, and figures for people."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from hvgui.cluster.units import format_bytes, format_clock, format_rate, format_seconds, nanoseconds


class Quantity(enum.Enum):
    """What a chart shows, which decides its unit and how a figure reads."""

    BYTES = "bytes"
    RATE = "rate"
    SHARE = "share"
    SECONDS = "seconds"
    OPERATIONS = "operations"
    """Input and output operations a second."""
    LATENCY = "latency"
    """Short times, from milliseconds on."""
    OVERHEAD = "overhead"
    """A small share, read by the tenth of a percent."""

    def words(self, value: float) -> str:
        """One figure: `340 MB`, `117 MB/s`, `42 %`, `1.8 s`."""
        match self:
            case Quantity.BYTES:
                return format_bytes(value)
            case Quantity.RATE:
                return format_rate(value)
            case Quantity.SHARE:
                return f"{100 * value:.0f} %"
            case Quantity.SECONDS | Quantity.LATENCY:
                return format_seconds(value)
            case Quantity.OVERHEAD:
                return f"{100 * value:.1f} %"
            case Quantity.OPERATIONS:
                return f"{value:,.0f} IOPS"


@dataclass(frozen=True)
class Scale:
    """A vertical axis from 0 to `top`: the unit its ticks are counted in, and their distance in that unit."""

    top: float
    step: float
    factor: float
    """How much of the plain quantity one unit is."""
    unit: str

    def ticks(self) -> list[tuple[float, str]]:
        """Position in the plain quantity, and words."""
        count = math.floor(self.top / (self.step * self.factor) + 1e-9)
        return [(i * self.step * self.factor, self._label(i)) for i in range(count + 1)]

    def _label(self, index: int) -> str:
        value = index * self.step
        return f"{value:g} {self.unit}" if index else "0"


_UNITS: dict[Quantity, tuple[tuple[float, str], ...]] = {
    Quantity.BYTES: ((1.0, "B"), (1024.0, "KB"), (1024.0**2, "MB"), (1024.0**3, "GB"), (1024.0**4, "TB")),
    Quantity.RATE: ((1.0, "B/s"), (1e3, "kB/s"), (1e6, "MB/s"), (1e9, "GB/s")),
    Quantity.SHARE: ((0.01, "%"),),
    Quantity.OVERHEAD: ((0.01, "%"),),
    Quantity.SECONDS: ((1.0, "s"),),
    Quantity.OPERATIONS: ((1.0, "IOPS"), (1e3, "k IOPS")),
    Quantity.LATENCY: ((1e-3, "ms"), (1.0, "s")),
}
_ROUND = (1.0, 2.0, 5.0, 10.0)
_ROUND_BINARY = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
_MOST_TICKS = 4
_ROOM_ABOVE = 1.12
_LEAST_TOP = {
    Quantity.BYTES: 16.0 * 1024**2,
    Quantity.RATE: 1e6,
    Quantity.SHARE: 1.05,
    Quantity.OVERHEAD: 0.05,
    Quantity.SECONDS: 1.0,
    Quantity.OPERATIONS: 10.0,
    Quantity.LATENCY: 0.002,
}


def scale_for(quantity: Quantity, greatest: float) -> Scale:
    """A scale with round ticks that holds `greatest` with room above it for the words of bands."""
    if quantity is Quantity.SHARE and greatest <= 1.0:
        return Scale(1.05, 25.0, 0.01, "%")
    top = max(greatest * _ROOM_ABOVE, _LEAST_TOP[quantity])
    factor, unit = next((pair for pair in reversed(_UNITS[quantity]) if top >= pair[0]), _UNITS[quantity][0])
    return Scale(top, _step(top / factor, binary=quantity is Quantity.BYTES), factor, unit)


def _step(span: float, *, binary: bool) -> float:
    least = span / _MOST_TICKS
    if binary and least >= 1:
        return next((step for step in _ROUND_BINARY if step >= least), 512.0)
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * step for step in _ROUND if power * step >= least * (1 - 1e-9))


_TIME_STEPS = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30,
    60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
)  # fmt: skip


class Clock(enum.Enum):
    """Which time runs along the bottom: the lab's clock, or seconds since something began."""

    LAB = "lab"
    SINCE = "since"

    def words(self, moment_seconds: float) -> str:
        """A moment as people read it."""
        if self is Clock.SINCE:
            return format_seconds(moment_seconds)
        return format_clock(nanoseconds(max(0.0, moment_seconds)))


def time_ticks(clock: Clock, start_seconds: float, end_seconds: float, most: int) -> list[tuple[float, str]]:
    """Round moments between two others, at most `most`, with their words."""
    span = max(end_seconds - start_seconds, 1e-6)
    step = next((one for one in _TIME_STEPS if span / one <= most), math.ceil(span / most / 86_400) * 86_400.0)
    first = math.ceil(start_seconds / step - 1e-9)
    last = math.floor(end_seconds / step + 1e-9)
    return [(i * step, _time_label(clock, i * step, step)) for i in range(first, last + 1)]


def _time_label(clock: Clock, moment_seconds: float, step_seconds: float) -> str:
    decimals = 0 if step_seconds >= 1 else 1 if step_seconds >= 0.1 else 2
    if clock is Clock.SINCE:
        return _since_label(moment_seconds, decimals)
    days, rest = divmod(moment_seconds + 1e-9, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    width = 2 if not decimals else 3 + decimals
    text = f"{int(hours):02d}:{int(minutes):02d}:{seconds:0{width}.{decimals}f}"
    return f"{int(days)} d {text[:5]}" if days else text


def _since_label(seconds: float, decimals: int) -> str:
    if seconds >= 600 and decimals == 0:
        return f"{seconds / 60:g} min"
    return f"{seconds:.{decimals}f} s"
