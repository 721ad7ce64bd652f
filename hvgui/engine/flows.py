"""Flows under way: what each still has to carry, at which rate, since when; and which of them ends first.

A flow's row holds (remaining, rate, since) and moves only when its rate changes: in between, what is left is a
straight line. Rates come from `physics.sharing`. A flow may be *parked*: it keeps its share of the links and carries
nothing in particular (a migration between two passes, a video stream).
"""

from __future__ import annotations

import math
from math import inf

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.ids import NodeId, TaskId, VmId, VolumeId
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine.physics.sharing import FlowLinks, Sharing

NEVER = 2**63 - 1
"""A moment that does not come."""
_FIRST_ROWS = 16


class Flows:
    """All flows, by row number. A row is used again once its flow is closed."""

    __slots__ = ("_first", "_free", "_used", "end_ns", "owners", "rate", "remaining", "sharing", "since_ns")

    def __init__(self, capacities: list[float]) -> None:
        self.sharing = Sharing(capacities)
        self.remaining: NDArray[np.float64] = np.zeros(_FIRST_ROWS)
        """Bytes still to carry at `since_ns`; inf while parked."""
        self.rate: NDArray[np.float64] = np.zeros(_FIRST_ROWS)
        self.since_ns: NDArray[np.int64] = np.zeros(_FIRST_ROWS, dtype=np.int64)
        """May lie ahead: the flow then starts to carry at that moment."""
        self.end_ns: NDArray[np.int64] = np.full(_FIRST_ROWS, NEVER, dtype=np.int64)
        self.owners: dict[int, int] = {}
        """Who hears of a flow's end: a task's id, ~id of the VM whose stream it is, or what stands for redirection."""
        self._free: list[int] = []
        self._used = 0
        self._first: tuple[int, int] | None = None

    def fork(self) -> Flows:
        """An independent copy."""
        copy = Flows.__new__(Flows)
        copy.sharing = self.sharing.fork()
        copy.remaining, copy.rate = self.remaining.copy(), self.rate.copy()
        copy.since_ns, copy.end_ns = self.since_ns.copy(), self.end_ns.copy()
        copy.owners, copy._free = self.owners.copy(), self._free.copy()
        copy._used, copy._first = self._used, self._first
        return copy

    @property
    def free_rows(self) -> list[int]:
        """Rows that are used again next, last first."""
        return self._free.copy()

    def restore_rows(
        self,
        remaining: NDArray[np.float64],
        rate: NDArray[np.float64],
        since_ns: NDArray[np.int64],
        end_ns: NDArray[np.int64],
        free: list[int],
        used: int,
    ) -> None:
        """Take over saved columns, the free rows among the first `used` ones, and how many have been used at all."""
        self.remaining, self.rate, self.since_ns, self.end_ns = remaining, rate, since_ns, end_ns
        self._free, self._used, self._first = free, used, None

    # Opening and closing

    def open(self, owner: int, links: FlowLinks, cap_bytes_per_second: float = inf) -> int:
        """A flow begins, parked; gives its row. Its rate is known after the next `settle`."""
        row = self._free.pop() if self._free else self._next_row()
        self.remaining[row], self.rate[row], self.since_ns[row], self.end_ns[row] = inf, 0.0, 0, NEVER
        self.owners[row] = owner
        self.sharing.open(row, links, cap_bytes_per_second)
        return row

    def close(self, row: int) -> None:
        """A flow ends."""
        self.sharing.close(row)
        del self.owners[row]
        self._free.append(row)
        self._set_end(row, NEVER)

    def _next_row(self) -> int:
        row = self._used
        self._used += 1
        if row == len(self.rate):
            self.remaining = np.concatenate([self.remaining, np.zeros(row)])
            self.rate = np.concatenate([self.rate, np.zeros(row)])
            self.since_ns = np.concatenate([self.since_ns, np.zeros(row, dtype=np.int64)])
            self.end_ns = np.concatenate([self.end_ns, np.full(row, NEVER, dtype=np.int64)])
        return row

    # Carrying

    def carry(self, row: int, size_bytes: float, from_ns: int) -> None:
        """Give a flow so much to carry from a moment on (now, or ahead), at its present rate."""
        self.remaining[row], self.since_ns[row] = size_bytes, from_ns
        self._set_end(row, _end(size_bytes, float(self.rate[row]), from_ns))

    def park(self, row: int) -> None:
        """A flow keeps its share and has nothing to carry."""
        self.remaining[row] = inf
        self._set_end(row, NEVER)

    def left_bytes(self, row: int, now_ns: int) -> float:
        """What a flow still has to carry."""
        elapsed = max(0, now_ns - int(self.since_ns[row])) / NANOSECONDS
        return max(0.0, float(self.remaining[row]) - float(self.rate[row]) * elapsed)

    def settle(self, now_ns: int) -> dict[int, float]:
        """Share the links afresh if anything has changed; gives the flows with another rate than before."""
        if self.sharing.is_settled:
            return {}
        changed = self.sharing.settle()
        if changed:
            self._move(list(changed), list(changed.values()), now_ns)
        return changed

    def _move(self, rows: list[int], rates: list[float], now_ns: int) -> None:
        index = np.array(rows)
        since, rate, left = self.since_ns[index], self.rate[index], self.remaining[index]
        elapsed = np.maximum(now_ns - since, 0) / NANOSECONDS
        left = np.maximum(left - rate * elapsed, 0.0)
        since = np.maximum(since, now_ns)
        rate = np.array(rates)
        with np.errstate(divide="ignore", invalid="ignore"):
            spans = np.ceil(left / rate * NANOSECONDS)
        counts = spans < 2.0**62
        ends = np.where(counts, since + np.where(counts, spans, 0.0).astype(np.int64), NEVER)
        self.remaining[index], self.rate[index], self.since_ns[index], self.end_ns[index] = left, rate, since, ends
        self._first = None

    # Ending

    def next_end(self) -> tuple[int, int]:
        """The moment at which the first flow ends (`NEVER`: none does), and its row."""
        if self._first is None:
            row = int(self.end_ns[: self._used].argmin()) if self._used else 0
            self._first = (int(self.end_ns[row]), row)
        return self._first

    def _set_end(self, row: int, end_ns: int) -> None:
        self.end_ns[row] = end_ns
        if self._first is not None:
            if self._first[1] == row:
                self._first = None
            elif end_ns < self._first[0]:
                self._first = (end_ns, row)
            elif end_ns == self._first[0] != NEVER:
                self._first = None


def _end(size_bytes: float, rate: float, from_ns: int) -> int:
    if size_bytes <= 0.0:
        return from_ns
    if rate <= 0.0 or size_bytes == inf:
        return NEVER
    span = size_bytes / rate * NANOSECONDS
    return from_ns + math.ceil(span) if span < 2.0**62 else NEVER


def stream_owner(vm: VmId) -> int:
    """What stands for a VM's stream as the owner of a flow."""
    return ~int(vm)


_REDIRECTIONS = 2**40
_VOLUMES = 2**20


def redirection_owner(node: NodeId, volume: VolumeId) -> int:
    """What stands for a node's redirected input and output on a volume as the owner of a flow."""
    return -_REDIRECTIONS - _VOLUMES * int(node) - int(volume)


def task_of(owner: int) -> TaskId | None:
    """The task that owns a flow; None where it is a stream or redirected input and output."""
    return TaskId(owner) if owner >= 0 else None


def stream_of(owner: int) -> VmId | None:
    """The VM whose stream a flow is; None where it is something else."""
    return VmId(~owner) if -_REDIRECTIONS < owner < 0 else None
