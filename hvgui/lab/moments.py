"""Rows of figures being gathered: each is of a moment, and they come in their order."""

from __future__ import annotations


class Gathered:
    """What chunks of every kind know of their rows' moments."""

    def __init__(self) -> None:
        self._moments: list[int] = []

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def start_ns(self) -> int:
        """The moment of the first row."""
        return self._moments[0]

    @property
    def end_ns(self) -> int:
        """The moment of the last row."""
        return self._moments[-1]
