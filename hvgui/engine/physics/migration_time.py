"""How long live migrations would take, for many VMs at once and without running them.

The pre-copy of `precopy` with what it needs no place in memory for: each pass sends what was dirtied in the one before,
the distinct pages of so much work (`dirtying`: min(W, r t) or W (1 - exp(-r t / W))). With the HYPER_V rule a pass
sends its whole set, so that this is the very course that `precopy` takes; with the THRESHOLD rule, where the rest of a
walk joins the next set, the two are taken to overlap as chance would have it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.memory import GuestMemory, WritePattern
from hvgui.cluster.profiles import MigrationTimings, PassRule, StopRule
from hvgui.cluster.units import PAGE_BYTES

Column = NDArray[np.float64]

_MOST_PASSES = 200
"""A migration that has not come to its end by then never does: its blackout is that of the last pass."""


class Predicted(msgspec.Struct, frozen=True, eq=False):
    """Figures of one migration a row."""

    seconds: Column
    """From the set-up to the switches' learning; infinite where no network carries anything."""
    blackout_seconds: Column
    passes: Column
    sent_bytes: Column


class Guests(msgspec.Struct, frozen=True, eq=False):
    """The memory of guests as columns: a row a guest, a column a region that is written."""

    first_bytes: Column
    """On the wire in the first pass, zero pages at their own price."""
    size: Column
    rate: Column
    cyclic: NDArray[np.bool_]


def guests_of(memories: Sequence[GuestMemory], assigned_bytes: Sequence[int], timings: MigrationTimings) -> Guests:
    """Columns of guests with so much memory each. What lies beyond the assigned memory is cut off (`place_writers`)."""
    regions = max((len(memory.regions) for memory in memories), default=0)
    shape = (len(memories), regions)
    first, size, rate = np.zeros(len(memories)), np.zeros(shape), np.zeros(shape)
    cyclic = np.zeros(shape, dtype=np.bool_)
    page, zero = float(PAGE_BYTES + timings.page_overhead_bytes), float(timings.zero_page_bytes)
    for row, (memory, assigned) in enumerate(zip(memories, assigned_bytes, strict=True)):
        left, wire = float(assigned), 0.0
        for column, region in enumerate(memory.regions):
            taken = min(float(region.size_bytes), left)
            if taken <= 0.0:
                break
            left -= taken
            wire += taken / PAGE_BYTES * (page + region.zero_share * (zero - page))
            size[row, column], rate[row, column] = taken, region.write_bytes_per_second
            cyclic[row, column] = region.pattern is WritePattern.CYCLIC
        first[row] = wire + left / PAGE_BYTES * (page + memory.cold_zero_share * (zero - page))
    return Guests(first, size, rate, cyclic)


def dirtied_bytes(guests: Guests, work_seconds: Column) -> Column:
    """Distinct bytes that each guest dirties in so much work."""
    written = guests.rate * work_seconds[:, np.newaxis]
    size = np.maximum(guests.size, 1.0)
    spread = -size * np.expm1(-written / size)
    unique = np.where(guests.cyclic, np.minimum(guests.size, written), spread)
    total: Column = np.where(guests.size > 0.0, unique, 0.0).sum(axis=1)
    return total


def predicted(
    guests: Guests,
    rule: PassRule,
    timings: MigrationTimings,
    bytes_per_second: Column,
    handover_seconds: Column | None = None,
) -> Predicted:
    """The migrations over links that give so much throughout, guests working at their usual pace.

    `handover_seconds`: what handing over the storage takes of each; the profile's by default.
    """
    line = np.maximum(bytes_per_second, 0.0)
    cap = timings.bandwidth_cap_bytes_per_second
    speed = np.minimum(line, cap) if cap > 0.0 else line
    goes = speed > 0.0
    course = _Course(guests, rule, timings, np.where(goes, speed, 1.0))
    course.run()
    rest = course.rest * ((PAGE_BYTES + timings.page_overhead_bytes) / PAGE_BYTES)
    in_flight = 0.0 if cap > 0.0 else float(timings.in_flight_bytes)
    last = rest + np.minimum(in_flight, course.sent) + timings.device_state_bytes
    own_line = timings.stop_line_bytes_per_second
    handover = timings.storage_handover_seconds if handover_seconds is None else handover_seconds
    fixed = timings.stop_seconds + timings.resume_seconds + timings.arp_seconds + handover
    blackout = fixed + last / (own_line if own_line > 0.0 else np.where(goes, line, 1.0))
    seconds = timings.setup_seconds + course.seconds + blackout - np.minimum(in_flight, course.sent) / course.speed
    return Predicted(
        np.where(goes, seconds, np.inf), np.where(goes, blackout, np.inf), course.passes, course.sent + rest
    )


class _Course:
    """The passes of all migrations, side by side, each as long as it lasts."""

    def __init__(self, guests: Guests, rule: PassRule, timings: MigrationTimings, speed: Column) -> None:
        rows = len(guests.first_bytes)
        self.guests, self.rule, self.timings, self.speed = guests, rule, timings, speed
        self.seconds, self.sent, self.passes = np.zeros(rows), np.zeros(rows), np.zeros(rows)
        self.rest = np.zeros(rows)
        self._threshold = speed * rule.blackout_target_seconds
        self._page = (PAGE_BYTES + timings.page_overhead_bytes) / PAGE_BYTES

    def run(self) -> None:
        """Until every one has come to its blackout."""
        wire = self.guests.first_bytes.copy()
        size = wire / self._page
        going = np.ones(len(wire), dtype=np.bool_)
        limit = min(self.rule.max_passes or _MOST_PASSES, _MOST_PASSES)
        for number in range(1, limit + 1):
            rest = self._pass(wire, going, first=number == 1)
            ends = rest < np.maximum(float(PAGE_BYTES), self._threshold)
            if self.rule.stop is StopRule.HYPER_V:
                ends |= rest > self.rule.not_shrinking_ratio * size
            self.rest = np.where(going, rest, self.rest)
            going &= ~ends
            if not going.any():
                return
            size, wire = rest, rest * self._page

    def _pass(self, wire: Column, going: NDArray[np.bool_], *, first: bool) -> Column:
        """One pass: what is dirty at its end."""
        unsent = np.zeros(len(wire))
        if self.rule.stop is not StopRule.HYPER_V:
            unsent = np.minimum(self._threshold * self._page, wire)
        carried = wire - unsent
        span = carried / self.speed + (0.0 if first else self.timings.sync_seconds)
        dirtied = dirtied_bytes(self.guests, span)
        left = unsent / self._page
        overlap = dirtied * left / np.maximum(wire / self._page, 1.0)
        self.seconds += np.where(going, span, 0.0)
        self.sent += np.where(going, carried, 0.0)
        self.passes += going
        rest: Column = left + dirtied - np.minimum(overlap, left)
        return rest
