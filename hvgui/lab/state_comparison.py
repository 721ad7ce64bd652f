"""Where two states of a world differ: bit for bit, or as far as another numpy may round the last digits differently.

The same lab has the same future bit for bit with the same numpy. With another one, sums and exponentials may differ in
their last digits: moments then agree to the microsecond, and figures to a billionth part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.events import Event

MOST_NS = 1_000
"""Moments of two numpys agree to the microsecond."""
_SHARE = 1e-9
"""Of a figure, by which two numpys may differ."""
_LEAST = 1e-3
"""Figures of the engine are bytes and seconds: below a thousandth nothing can be seen."""

_NO_FIGURE = 1e-100

Alike = Callable[[Any, Any], bool]


def same_event(one: Event | None, other: Event | None, *, to_the_bit: bool) -> bool:
    """Whether a kept event and a replayed one are the same thing happening."""
    if one == other or to_the_bit or one is None or other is None:
        return one == other
    moved = msgspec.structs.replace(other, time_ns=one.time_ns)
    return abs(one.time_ns - other.time_ns) <= MOST_NS and one == moved


def first_difference(kept: bytes, replayed: bytes, *, to_the_bit: bool = True) -> str | None:
    """Where two states, as checkpoint bytes, differ first, in words; None where they do not."""
    if kept == replayed:
        return None
    alike = _same if to_the_bit else _as_good_as_same
    pair = msgspec.msgpack.decode(kept), msgspec.msgpack.decode(replayed)
    found = next(_differences(*pair, "state", alike), None)
    if found is None and to_the_bit:
        return "the states differ in their coding alone."
    return found


def _differences(one: Any, other: Any, where: str, alike: Alike) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            yield from _differences(one.get(key), other.get(key), f"{where}.{key}", alike)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _differences(left, right, f"{where}[{place}]", alike)
    elif type(one) is not type(other) or not alike(one, other):
        yield f"{where} is {_short(one)}, replayed {_short(other)}."


def _same(one: Any, other: Any) -> bool:
    return bool(one == other)


def _as_good_as_same(one: Any, other: Any) -> bool:
    if isinstance(one, bool | str):
        return bool(one == other)
    if isinstance(one, int):
        return bool(abs(one - other) <= MOST_NS) if abs(one) > MOST_NS else bool(one == other)
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=_SHARE, abs_tol=_LEAST)
    if isinstance(one, bytes) and one != other:
        return _columns_alike(one, other)
    return bool(one == other)


def _columns_alike(one: bytes, other: bytes) -> bool:
    """Columns travel as eight bytes a cell: figures, or moments."""
    if len(one) != len(other) or len(one) % 8:
        return False
    kept, replayed = np.frombuffer(one, "<f8"), np.frombuffer(other, "<f8")
    if _are_figures(kept) and _are_figures(replayed):
        return bool(np.allclose(kept, replayed, rtol=_SHARE, atol=_LEAST))
    moments, again = np.frombuffer(one, "<i8"), np.frombuffer(other, "<i8")
    return bool((np.abs(moments - again) <= MOST_NS).all())


def _are_figures(cells: NDArray[np.float64]) -> bool:
    """Moments, read as figures, are all but nothing: 10**18 ns is about 1e-242."""
    sizes = np.abs(cells)
    return not bool(((sizes > 0.0) & (sizes < _NO_FIGURE)).any())


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
