"""Figures of nodes and VMs as they were: every second of the last minutes, and means over longer steps before that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hvgui.gui.graphs.rings import BlockRing, Series

STEPS_SECONDS = (1.0, 10.0, 60.0)
"""Length of a row in each tier; the first takes the samples as they come."""

FEW_OBJECTS = 1_000
_ROWS_FOR_FEW = (600, 360, 240)
_ROWS_FOR_MANY = (120, 60, 60)


class _Tier:
    """A ring of means over steps of one length."""

    __slots__ = ("_absent", "_count", "_step", "_sums", "_until", "ring")

    def __init__(self, step_seconds: float, rows: int, quantities: int, objects: int, absent: float) -> None:
        self.ring = BlockRing(rows, quantities, objects, absent)
        self._absent = absent
        self._step = step_seconds
        self._sums = np.zeros((quantities, objects))
        self._count = 0
        self._until = -np.inf

    def take(self, time_seconds: float, columns: Sequence[Series]) -> None:
        if self._step <= 1.0:
            self.ring.push(time_seconds, columns)
            return
        if time_seconds >= self._until:
            self._flush()
            self._until = (np.floor(time_seconds / self._step) + 1) * self._step
        for index, column in enumerate(columns):
            self._sums[index, : len(column)] += column
            self._sums[index, len(column) :] += self._absent
        self._count += 1

    def _flush(self) -> None:
        if self._count:
            self.ring.push(self._until - self._step / 2, self._sums / self._count)
        self._sums[:] = 0.0
        self._count = 0

    def widen(self, objects: int) -> None:
        self.ring.widen(objects)
        # Who comes in mid-step has no mean over the whole of it.
        wider = np.full((len(self._sums), objects), self._absent if self._count else 0.0)
        wider[:, : self._sums.shape[1]] = self._sums
        self._sums = wider

    def clear(self) -> None:
        self.ring.clear()
        self._sums[:] = 0.0
        self._count, self._until = 0, -np.inf


class MetricHistory:
    """Several quantities of all nodes (or all VMs) over time, in about 38 MB for 8,000 objects of 4 quantities.

    Up to 1,000 objects it reaches back 10 min by the second, 1 h by 10 s and 4 h by the minute; above, 2 min, 10 min
    and 1 h. Of objects that are not there at a moment it keeps `absent`.
    """

    def __init__(self, quantities: int, objects: int, absent: float = 0.0) -> None:
        rows = _ROWS_FOR_FEW if objects <= FEW_OBJECTS else _ROWS_FOR_MANY
        self._tiers = [
            _Tier(step, count, quantities, max(1, objects), absent)
            for step, count in zip(STEPS_SECONDS, rows, strict=True)
        ]
        self._latest_seconds = -np.inf

    @property
    def objects(self) -> int:
        """How many objects there is room for by now."""
        return self._tiers[0].ring.objects

    @property
    def latest_seconds(self) -> float:
        """The moment of the youngest sample; minus infinity while there is none."""
        return self._latest_seconds

    @property
    def oldest_seconds(self) -> float:
        """The moment of the oldest row that is kept; infinity while there is none."""
        return min(tier.ring.oldest_seconds for tier in self._tiers)

    def take(self, time_seconds: float, columns: Sequence[Series]) -> None:
        """One sample: a column of all objects for each quantity. One from before the last begins afresh (a rewind)."""
        if time_seconds < self._latest_seconds:
            self.clear()
        longest = max(len(column) for column in columns)
        if longest > self._tiers[0].ring.objects:
            for tier in self._tiers:
                tier.widen(longest)
        for tier in self._tiers:
            tier.take(time_seconds, columns)
        self._latest_seconds = time_seconds

    def series(self, row_of_object: int, quantities: Sequence[int], since_seconds: float) -> tuple[Series, ...]:
        """Times, and each quantity of one object, from the finest tier that reaches back to `since_seconds`.

        A coarse tier lags behind by up to a step; what it lacks is taken from the finest one.
        """
        tier = self._tier_since(since_seconds)
        times = tier.times()
        columns = [tier.values(quantity, row_of_object) for quantity in quantities]
        finest = self._tiers[0].ring
        if tier is not finest:
            tail = finest.times() > tier.youngest_seconds
            times = np.concatenate((times, finest.times()[tail]))
            columns = [
                np.concatenate((column, finest.values(quantity, row_of_object)[tail]))
                for column, quantity in zip(columns, quantities, strict=True)
            ]
        return (times, *columns)

    def _tier_since(self, since_seconds: float) -> BlockRing:
        rings = [tier.ring for tier in self._tiers]
        for ring in rings:
            if not ring.is_full or ring.oldest_seconds <= since_seconds:
                return ring
        return rings[-1]

    def clear(self) -> None:
        """Forgets everything."""
        for tier in self._tiers:
            tier.clear()
        self._latest_seconds = -np.inf
