"""Rings: the last rows of something that never ends, in numpy arrays of fixed size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]


class RowRing:
    """The last `capacity` rows of a table whose first column is the time in seconds, read as one contiguous view.

    Rows are appended behind each other in twice the space; when that is full the younger half moves to the front, so
    that appending costs next to nothing and reading costs no copy.
    """

    __slots__ = ("_capacity", "_end", "_rows", "_start")

    def __init__(self, capacity: int, columns: int) -> None:
        self._capacity = capacity
        self._rows = np.empty((2 * capacity, columns))
        self._start = self._end = 0

    def __len__(self) -> int:
        return self._end - self._start

    def append(self, row: Sequence[float]) -> None:
        """One more row; the oldest goes once there are more than `capacity`."""
        if self._end == len(self._rows):
            self._rows[: self._capacity] = self._rows[self._capacity :]
            self._start, self._end = 0, self._capacity
        self._rows[self._end] = row
        self._end += 1
        self._start = max(self._start, self._end - self._capacity)

    def view(self) -> Series:
        """The rows, oldest first, shape (rows, columns): valid until the next call that changes them."""
        return self._rows[self._start : self._end]

    def forget_after(self, time_seconds: float) -> None:
        """Drops rows later than the moment: the lab was wound back."""
        kept = int(np.searchsorted(self.view()[:, 0], time_seconds, side="right"))
        self._end = self._start + kept


class ThinningRing(RowRing):
    """Keeps the whole course instead of its end: once full, every second row goes, and so on with the next ones.

    Its resolution is the course's length over half the capacity at worst.
    """

    __slots__ = ()

    def append(self, row: Sequence[float]) -> None:
        """One more row; a full ring thins itself first, keeping the oldest row and the youngest."""
        if len(self) == self._capacity:
            kept = self.view()[::2].copy()
            self._rows[: len(kept)] = kept
            self._start, self._end = 0, len(kept)
        super().append(row)


class BlockRing:
    """The last rows of several quantities of many objects: a block (quantities x objects) of single floats a row.
    Objects that a row does not have hold `absent` in it."""

    __slots__ = ("_absent", "_blocks", "_next", "_times", "count")

    def __init__(self, rows: int, quantities: int, objects: int, absent: float = 0.0) -> None:
        self._absent = absent
        self._times = np.empty(rows)
        self._blocks = np.empty((rows, quantities, objects), dtype=np.float32)
        self._next = 0
        self.count = 0
        """Rows that are filled."""

    @property
    def objects(self) -> int:
        """How many objects a row has room for."""
        return int(self._blocks.shape[2])

    @property
    def is_full(self) -> bool:
        """Whether older rows have gone already."""
        return self.count == len(self._times)

    @property
    def oldest_seconds(self) -> float:
        """The time of the oldest row; infinity while there is none."""
        if not self.count:
            return np.inf
        return float(self._times[self._next if self.is_full else 0])

    @property
    def youngest_seconds(self) -> float:
        """The time of the youngest row; minus infinity while there is none."""
        return float(self._times[self._next - 1]) if self.count else -np.inf

    def push(self, time_seconds: float, columns: Sequence[Series] | Series) -> None:
        """One more row: a column of all objects for each quantity."""
        row = self._blocks[self._next]
        for index, column in enumerate(columns):
            row[index, : len(column)] = column
            row[index, len(column) :] = self._absent
        self._times[self._next] = time_seconds
        self._next = (self._next + 1) % len(self._times)
        self.count = min(self.count + 1, len(self._times))

    def times(self) -> Series:
        """The times of the rows, oldest first."""
        return self._in_order(self._times)

    def values(self, quantity: int, row_of_object: int) -> Series:
        """One quantity of one object, oldest first."""
        if row_of_object >= self.objects:
            return np.full(self.count, self._absent)
        # In order first: rows not filled yet hold what the memory held before, which is no number to be converted.
        return self._in_order(self._blocks[:, quantity, row_of_object])

    def widen(self, objects: int) -> None:
        """Makes room for more objects; those had nothing before."""
        rows, quantities, present = self._blocks.shape
        wider = np.full((rows, quantities, objects), self._absent, dtype=np.float32)
        wider[:, :, :present] = self._blocks
        self._blocks = wider

    def clear(self) -> None:
        """Forgets every row."""
        self._next = self.count = 0

    def _in_order(self, column: NDArray[np.floating[Any]]) -> Series:
        filled = column[: self.count]
        if self.is_full:
            filled = np.concatenate((column[self._next :], column[: self._next]))
        return filled.astype(np.float64)
