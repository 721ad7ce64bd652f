"""Randomness by counter: a value is a pure function of (seed, stream, object, index), whoever asks, in what order.

Forks and replays meet the same weather, and an object's values do not depend on how many other objects there are.
`uniform_rows` gives many values in a row (numpy's Philox 4x64, keyed by seed and stream; Salmon et al., "Parallel
random numbers: as easy as 1, 2, 3", 2011). `uniform_at` gives scattered ones by hashing the four numbers with the
finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
"""

from __future__ import annotations

import enum

import numpy as np
from numpy.typing import NDArray

_WORD = 2**64
_GOLDEN = 0x9E3779B97F4A7C15
_STREAM_STEP = 0xD1B54A32D192ED03
_INDEX_STEP = 0xA24BAED4963EE407
_FIRST_FACTOR = 0xBF58476D1CE4E5B9
_SECOND_FACTOR = 0x94D049BB133111EB


class Stream(enum.IntEnum):
    """What the values are for. Numbers are part of every lab's future: add, never change."""

    CPU_NOISE = 1
    MEMORY_NOISE = 2
    DISK_NOISE = 3
    NETWORK_NOISE = 4
    CPU_BURST = 5
    MEMORY_BURST = 6
    DISK_BURST = 7
    NETWORK_BURST = 8
    WRITER_PHASE = 9
    GROWTH_NOISE = 10
    GROWTH_BURST = 11
    HEARTBEAT = 12
    HEARTBEAT_LOSS = 13
    CHAOS = 14
    CHAOS_MENDING = 15


def uniform_rows(seed: int, stream: Stream, first_tick: int, ticks: int, objects: int) -> NDArray[np.float64]:
    """Values in [0, 1), row = tick, column = object: of each tick's own sequence, the object's number."""
    values = np.empty((ticks, objects))
    philox = np.random.Philox(counter=[0, 0, 0, 0], key=[seed % _WORD, int(stream)])
    generator = np.random.Generator(philox)
    # Moving the one generator's counter costs a tenth of making a new one.
    state = philox.state
    for row in range(ticks):
        state["state"]["counter"][:] = (0, first_tick + row, 0, 0)
        philox.state = state
        generator.random(out=values[row])
    return values


def uniform_at(
    seed: int, stream: Stream, objects: NDArray[np.int64], indices: NDArray[np.int64]
) -> NDArray[np.float64]:
    """One value in [0, 1) for each pair of an object and an index; the two arrays broadcast."""
    start = np.uint64((seed * _GOLDEN + int(stream) * _STREAM_STEP) % _WORD)
    mixed = _finalised(objects.astype(np.uint64) * np.uint64(_GOLDEN) + start)
    mixed = _finalised(mixed ^ (indices.astype(np.uint64) * np.uint64(_INDEX_STEP)))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def uniform(seed: int, stream: Stream, number: int, index: int) -> float:
    """`uniform_at` for one object and one index: the same value, without numpy's overhead."""
    start = seed * _GOLDEN + int(stream) * _STREAM_STEP
    mixed = _finalised_one((number * _GOLDEN + start) % _WORD)
    return (_finalised_one(mixed ^ (index * _INDEX_STEP % _WORD)) >> 11) * 2.0**-53


def _finalised_one(word: int) -> int:
    word = (word ^ (word >> 30)) * _FIRST_FACTOR % _WORD
    word = (word ^ (word >> 27)) * _SECOND_FACTOR % _WORD
    return word ^ (word >> 31)


def _finalised(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(_FIRST_FACTOR)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(_SECOND_FACTOR)
    return words ^ (words >> np.uint64(31))
