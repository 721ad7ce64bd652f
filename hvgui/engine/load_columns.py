"""The load watch's memory: samples of the nodes' loads over the window, and the VMs' mean loads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.load_watch import WINDOW_SAMPLES
from hvgui.cluster.metrics import Column

RESOURCES = 4
"""Processors, memory, disk, network: the order of `WatchedResource`."""


class LoadColumns:
    """Plain columns; arrays are replaced, never written to, so that forks share them."""

    __slots__ = ("filled", "held", "last_tip", "samples", "vm_means")

    def __init__(self, nodes: int = 0, vms: int = 0) -> None:
        self.samples: Column = np.zeros((WINDOW_SAMPLES, RESOURCES, nodes))
        """By sample (oldest first), resource and node."""
        self.filled: NDArray[np.int64] = np.zeros(nodes, dtype=np.int64)
        """By node: samples that count; fewer than `WINDOW_SAMPLES` after something has changed there."""
        self.held: NDArray[np.int64] = np.zeros((RESOURCES, nodes), dtype=np.int64)
        """By resource and node: samples since the mean has gone above its limit."""
        self.vm_means: Column = np.zeros((RESOURCES, vms))
        """By resource and VM, in its own unit: the mean of what it wanted, older seconds counting less and less."""
        self.last_tip = 0

    def fork(self) -> LoadColumns:
        """An independent copy."""
        copy = LoadColumns.__new__(LoadColumns)
        copy.samples, copy.filled, copy.held = self.samples, self.filled, self.held
        copy.vm_means, copy.last_tip = self.vm_means, self.last_tip
        return copy

    def emptied(self) -> LoadColumns:
        """Everything forgotten but the number of the last tip."""
        fresh = LoadColumns()
        fresh.last_tip = self.last_tip
        return fresh

    def take(self, shares: Column, wants: Column) -> None:
        """A sample: the nodes' shares, the VMs' wishes."""
        self._grow(shares.shape[1], wants.shape[1])
        self.samples = np.concatenate([self.samples[1:], shares[np.newaxis]])
        first = ~self.vm_means.any(axis=0)
        part = np.where(first, 1.0, 1.0 / WINDOW_SAMPLES)
        self.vm_means = self.vm_means + part * (wants - self.vm_means)
        self.filled = np.minimum(self.filled + 1, WINDOW_SAMPLES)

    def means(self) -> Column:
        """By resource and node, over the window."""
        means: Column = self.samples.mean(axis=0)
        return means

    def start_anew(self, nodes: list[int]) -> None:
        """Something has changed on these nodes: what was seen there counts no more."""
        self.filled, self.held = self.filled.copy(), self.held.copy()
        self.filled[nodes] = 0
        self.held[:, nodes] = 0

    def narrow(self, nodes: int) -> None:
        """Servers have gone: nothing is kept of higher ids."""
        # In one piece, as they are read back: sums over views may run in another order.
        self.samples = np.ascontiguousarray(self.samples[:, :, :nodes])
        self.filled, self.held = self.filled[:nodes].copy(), np.ascontiguousarray(self.held[:, :nodes])

    def _grow(self, nodes: int, vms: int) -> None:
        more = nodes - len(self.filled)
        if more > 0:
            self.samples = np.pad(self.samples, ((0, 0), (0, 0), (0, more)))
            self.filled = np.pad(self.filled, (0, more))
            self.held = np.pad(self.held, ((0, 0), (0, more)))
        more = vms - self.vm_means.shape[1]
        if more > 0:
            self.vm_means = np.pad(self.vm_means, ((0, 0), (0, more)))
