"""How time goes: which moment is due, how long to work and to rest, and what speed comes of it.

The engine works in slices of at most 4 ms and rests for three times as long. Measured: a thread that runs flat out
beside a window freezes it for seconds, because each call from Qt into Python waits for the interpreter's lock; with
4 ms of work and 12 ms of real sleep, 99 of 100 of the window's turns are less than 9 ms late. The pace decides only
*when* the engine may go on and how far, never what happens: that depends on the simulated clock alone.
"""

from __future__ import annotations

import math
from collections import deque

from hvgui.cluster.units import NANOSECONDS
from hvgui.lab.frames import Pace

SLICE_SECONDS = 0.004
REST_SECONDS = 0.012
REST_FOR_WORK = 3.0
"""After a slice that took longer than it should, the rest grows with it."""
FORGIVEN_SECONDS = 0.25
"""Falling behind the pace by more than this is not caught up in a rush later."""
MEASURED_SECONDS = 1.0
"""Over so long the effective speed is measured."""


class Pacer:
    """Turns wall time into due simulated time. All wall times are readings of one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self.playing = False
        self.wanted_speed = 1.0
        self._from_wall = 0.0
        self._from_ns = 0
        self._reached: deque[tuple[float, int]] = deque()

    def play(self, wall_seconds: float, now_ns: int) -> None:
        """Time goes from now on."""
        if not self.playing:
            self.playing = True
            self._anchor(wall_seconds, now_ns)
            self._reached.clear()
            self._reached.append((wall_seconds, now_ns))

    def pause(self) -> None:
        """Time stands."""
        self.playing = False
        self._reached.clear()

    def set_speed(self, speed: float, wall_seconds: float, now_ns: int) -> None:
        """Another speed from now on. Raises ValueError unless it is above 0."""
        if not speed > 0.0:
            raise ValueError(f"A speed of {speed} is not possible: it has to be above 0.")
        self.wanted_speed = speed
        self._anchor(wall_seconds, now_ns)

    def due_ns(self, wall_seconds: float, now_ns: int) -> int | None:
        """The moment that the world should have reached by now; None where it may go as far as it can."""
        if math.isinf(self.wanted_speed):
            return None
        due_ns = self._due_ns(wall_seconds)
        if (due_ns - now_ns) / NANOSECONDS > FORGIVEN_SECONDS * self.wanted_speed:
            self._anchor(wall_seconds - FORGIVEN_SECONDS, now_ns)
            due_ns = self._due_ns(wall_seconds)
        return max(now_ns, due_ns)

    def note(self, wall_seconds: float, now_ns: int) -> None:
        """Takes a reading for the effective speed."""
        self._reached.append((wall_seconds, now_ns))
        while len(self._reached) > 2 and self._reached[1][0] <= wall_seconds - MEASURED_SECONDS:
            self._reached.popleft()

    def pace(self) -> Pace:
        """How time goes, for whoever watches."""
        return Pace(self.playing, self.wanted_speed, self._effective_speed() if self.playing else 0.0)

    def _effective_speed(self) -> float:
        if len(self._reached) < 2:
            return 0.0
        (first_wall, first_ns), (last_wall, last_ns) = self._reached[0], self._reached[-1]
        if last_wall <= first_wall:
            return 0.0
        return (last_ns - first_ns) / NANOSECONDS / (last_wall - first_wall)

    def _due_ns(self, wall_seconds: float) -> int:
        return self._from_ns + math.floor((wall_seconds - self._from_wall) * self.wanted_speed * NANOSECONDS)

    def _anchor(self, wall_seconds: float, now_ns: int) -> None:
        self._from_wall, self._from_ns = wall_seconds, now_ns


def rest_seconds(worked_seconds: float) -> float:
    """How long to rest after so much work."""
    return max(REST_SECONDS, REST_FOR_WORK * worked_seconds)
