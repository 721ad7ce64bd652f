"""Single figures out of a sample's columns, and their words. Imports no numpy: the first paint need not wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.units import format_bytes, format_rate

if TYPE_CHECKING:
    from hvgui.cluster.metrics import Column


def figure(column: Column | None, row: int) -> float:
    """One figure of a sample; -1 where there is none yet (before the clock first runs, or for a new VM)."""
    return float(column[row]) if column is not None and row < len(column) else -1.0


def count_or_dash(count: float) -> str:
    """A number of operations a second; a dash for none."""
    return "–" if count < 0 else f"{count:,.0f}"


def percent(share: float) -> str:
    """A share 0..1 as `12 %`; a dash for none."""
    return "–" if share < 0 else f"{share * 100:.0f} %"


def size_or_dash(size_bytes: float) -> str:
    """A size; a dash for none."""
    return "–" if size_bytes < 0 else format_bytes(size_bytes)


def rate_or_dash(bytes_per_second: float) -> str:
    """A rate; a dash for none."""
    return "–" if bytes_per_second < 0 else format_rate(bytes_per_second)
