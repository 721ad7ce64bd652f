"""Reading the graphs' history back: which chunks lie on a line of history between two moments, and their rows."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator

import msgspec

from hvgui.lab import history
from hvgui.lab.frames import Figures
from hvgui.lab.lines import Line

_log = logging.getLogger(__name__)


class Packed(msgspec.Struct, frozen=True):
    """A chunk as it lies in the file, and which of its rows are wanted."""

    columns: bytes
    rows: int
    from_ns: int
    to_ns: int


def packed_between(connection: sqlite3.Connection, line: Line, from_ns: int, to_ns: int) -> list[Packed]:
    """The chunks of a line between two moments, oldest first."""
    found: list[Packed] = []
    for stretch in reversed(line):
        is_first = stretch is line[-1]
        low, high = max(from_ns, 0 if is_first else stretch.start_ns + 1), min(to_ns, stretch.until_ns)
        rows = connection.execute(
            "SELECT columns, rows FROM sample WHERE branch = ? AND end_ns >= ? AND start_ns <= ?"
            " ORDER BY start_ns, step_seconds",
            (stretch.branch, low, high),
        )
        found += [Packed(columns, int(count), low, high) for columns, count in rows]
    return found


def figures_of(packed: list[Packed]) -> Figures:
    """The rows of chunks as one history. A chunk that is damaged is left out, and said so in the log."""
    return history.figures_of(_unpacked(packed))


def _unpacked(packed: list[Packed]) -> Iterator[history.Unpacked]:
    for one in packed:
        try:
            yield history.unpacked(one.columns, one.rows).between(one.from_ns, one.to_ns)
        except ValueError as error:
            _log.warning("a part of the graphs' history is left out: %s", error)
