"""What guests want, for all VMs at once: the load curves of `cluster.load` in numpy.

A curve's value is a pure function of (curve, VM id, seed, whole second), so a block of seconds can be worked out ahead
and thrown away again.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.load import CurveKind, LoadCurve
from hvgui.engine.randomness import Stream, uniform_at, uniform_rows

_KINDS = {kind: number for number, kind in enumerate(CurveKind)}


class Use(enum.Enum):
    """What a curve is about, with its two streams of randomness."""

    CPU = (Stream.CPU_NOISE, Stream.CPU_BURST)
    MEMORY = (Stream.MEMORY_NOISE, Stream.MEMORY_BURST)
    DISK = (Stream.DISK_NOISE, Stream.DISK_BURST)
    NETWORK = (Stream.NETWORK_NOISE, Stream.NETWORK_BURST)
    GROWTH = (Stream.GROWTH_NOISE, Stream.GROWTH_BURST)

    @property
    def noise(self) -> Stream:
        """The stream of the curve's noise."""
        return self.value[0]

    @property
    def burst(self) -> Stream:
        """The stream that decides which spans are bursts."""
        return self.value[1]


class Curves:
    """The curves of all VMs for one use, as columns; row i is VM id i. Never changed once built."""

    def __init__(self, use: Use, curves: Sequence[LoadCurve], usual: Sequence[float] | None = None) -> None:
        self.use = use
        self._size = len(curves)
        self._level = np.array([curve.level for curve in curves], dtype=np.float64)
        self._swing = np.array([curve.swing for curve in curves], dtype=np.float64)
        self._period = np.array([curve.period_seconds for curve in curves], dtype=np.float64)
        self._peak = np.array([curve.peak_seconds for curve in curves], dtype=np.float64)
        self._burst_share = np.array([curve.burst_share for curve in curves], dtype=np.float64)
        self._noise = np.array([curve.noise for curve in curves], dtype=np.float64)
        means = [curve.usual for curve in curves] if usual is None else usual
        self.usual = np.array(means, dtype=np.float64)
        """What counts as usual: the mean of each curve, or what was given."""
        kinds = np.array([_KINDS[curve.kind] for curve in curves], dtype=np.int64)
        self._of_kind = {kind: np.flatnonzero(kinds == number) for kind, number in _KINDS.items()}
        self._recorded = {
            row: np.array(curves[row].recorded or (curves[row].level,))
            for row in self._of_kind[CurveKind.RECORDED].tolist()
        }
        self._is_noisy = bool(self._noise.any())

    def values(self, seed: int, first_tick: int, ticks: int) -> NDArray[np.float64]:
        """Values for whole seconds `first_tick` and on: a row a second, a column a VM, none below 0."""
        seconds = np.arange(first_tick, first_tick + ticks, dtype=np.float64)[:, np.newaxis]
        values = np.broadcast_to(self._level, (ticks, self._size)).copy()
        self._add_daily(values, seconds)
        self._add_bursts(values, seconds, seed)
        self._add_ramps(values, seconds)
        self._put_recorded(values, seconds)
        if self._is_noisy:
            random = uniform_rows(seed, self.use.noise, first_tick, ticks, self._size)
            random *= 2.0
            random -= 1.0
            random *= self._noise
            random += 1.0
            values *= random
        np.maximum(values, 0.0, out=values)
        return values

    def _add_daily(self, values: NDArray[np.float64], seconds: NDArray[np.float64]) -> None:
        rows = self._of_kind[CurveKind.DAILY]
        if rows.size:
            turns = (seconds - self._peak[rows]) / self._period[rows]
            values[:, rows] += self._swing[rows] * np.cos(2.0 * np.pi * turns)

    def _add_bursts(self, values: NDArray[np.float64], seconds: NDArray[np.float64], seed: int) -> None:
        rows = self._of_kind[CurveKind.BURSTY]
        if not rows.size:
            return
        spans = np.floor(seconds / self._period[rows]).astype(np.int64)
        first = spans[0]
        # One draw a span, not one a second: most spans are longer than the block.
        most = int((spans[-1] - first).max()) + 1
        drawn = uniform_at(seed, self.use.burst, rows[np.newaxis, :], first + np.arange(most)[:, np.newaxis])
        bursts = np.take_along_axis(drawn < self._burst_share[rows], spans - first, axis=0)
        values[:, rows] += self._swing[rows] * bursts

    def _add_ramps(self, values: NDArray[np.float64], seconds: NDArray[np.float64]) -> None:
        rows = self._of_kind[CurveKind.RAMP]
        if rows.size:
            done = np.clip((seconds - self._peak[rows]) / self._period[rows], 0.0, 1.0)
            values[:, rows] += self._swing[rows] * done

    def _put_recorded(self, values: NDArray[np.float64], seconds: NDArray[np.float64]) -> None:
        for row, recorded in self._recorded.items():
            index = np.floor(seconds[:, 0] / self._period[row]).astype(np.int64) % len(recorded)
            values[:, row] = recorded[index]
