"""Work that is carried out somewhere else, a journey into the past or a long question: how far each has come, and
calling it off.

A process can't be asked while it works. So both sides share a few cells of memory: into one the traveller writes how
far it has come, in the other it reads that it is wanted no more.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.sharedctypes import RawArray
from typing import Generic, Protocol, TypeVar

from hvgui.lab.errors import JourneyCancelledError

_PLACES = 8
"""Journeys at once: two processes, and some that wait."""
_T = TypeVar("_T")


class _Cells(Protocol):
    """`RawArray` of numbers or truth values."""

    def __getitem__(self, place: int) -> float: ...

    def __setitem__(self, place: int, value: float) -> None: ...


class Courses:
    """The shared cells. To be given to a process as it is started."""

    def __init__(self) -> None:
        self._fractions: _Cells = RawArray(ctypes.c_double, _PLACES)
        self._cancelled: _Cells = RawArray(ctypes.c_bool, _PLACES)
        self._last = -1

    def begin(self) -> int:
        """The place of another journey: the one used longest ago. Only for the side that sends."""
        self._last = (self._last + 1) % _PLACES
        self._fractions[self._last], self._cancelled[self._last] = 0.0, False
        return self._last

    def fraction(self, place: int) -> float:
        """How far a journey has come, 0..1."""
        return float(self._fractions[place])

    def cancel(self, place: int) -> None:
        """A journey is not wanted any more."""
        self._cancelled[place] = True

    def tell(self, place: int, fraction: float) -> None:
        """The traveller says how far it is. Raises JourneyCancelledError where nobody wants it to go on."""
        if self._cancelled[place]:
            raise JourneyCancelledError("It was cancelled; everything is as it was.")
        self._fractions[place] = fraction


class Carried(Generic[_T]):
    """A journey as whoever sent it sees it."""

    def __init__(
        self,
        future: Future[_T],
        fraction: Callable[[], float] | None = None,
        cancel: Callable[[], None] | None = None,
    ) -> None:
        self.future = future
        self._fraction, self._cancel = fraction, cancel

    def fraction(self) -> float | None:
        """How far it has come, 0..1; None where that can't be told."""
        return None if self._fraction is None else self._fraction()

    def cancel(self) -> None:
        """It is not wanted any more; its future then holds a JourneyCancelledError, or what it had come to already."""
        if self._cancel is not None:
            self._cancel()
