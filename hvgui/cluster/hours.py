"""Hours of the lab's day: spans that may go past midnight."""

from __future__ import annotations

DAY_HOURS = 24.0
_HOUR_NS = 3.6e12


def hour_of(time_ns: int) -> float:
    """The hour of the day, 0 to 24, at a moment of the lab's clock (which begins at midnight)."""
    return time_ns / _HOUR_NS % DAY_HOURS


def is_within(from_hour: float | None, until_hour: float | None, time_ns: int) -> bool:
    """Whether a moment lies in the span; past midnight if that ends before it begins. A lacking end: all day."""
    if from_hour is None or until_hour is None:
        return True
    hour = hour_of(time_ns)
    if from_hour <= until_hour:
        return from_hour <= hour < until_hour
    return hour >= from_hour or hour < until_hour


def seconds_left(from_hour: float | None, until_hour: float | None, time_ns: int) -> float:
    """Seconds until the span ends; endless where it is all day, 0 outside it."""
    if from_hour is None or until_hour is None:
        return float("inf")
    if not is_within(from_hour, until_hour, time_ns):
        return 0.0
    return (until_hour - hour_of(time_ns)) % DAY_HOURS * 3600.0
