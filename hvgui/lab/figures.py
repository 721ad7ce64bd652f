"""Reading the graphs' history back: which chunks lie on a line of history between two moments, and their rows."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.ids import VmId
from hvgui.lab import history, vm_history
from hvgui.lab.frames import Figures, VmFigures
from hvgui.lab.lines import Line

Table = Literal["sample", "vm_sample"]
_log = logging.getLogger(__name__)


class Packed(msgspec.Struct, frozen=True):
    """A chunk as it lies in the file, and which of its rows are wanted."""

    columns: bytes
    rows: int
    from_ns: int
    to_ns: int


def packed_between(
    connection: sqlite3.Connection, line: Line, from_ns: int, to_ns: int, table: Table = "sample"
) -> list[Packed]:
    """The chunks of a line between two moments, oldest first."""
    found: list[Packed] = []
    for stretch in reversed(line):
        is_first = stretch is line[-1]
        low, high = max(from_ns, 0 if is_first else stretch.start_ns + 1), min(to_ns, stretch.until_ns)
        rows = connection.execute(
            f"SELECT columns, rows FROM {table}"  # noqa: S608 - one of two names of ours
            " WHERE branch = ? AND end_ns >= ? AND start_ns <= ? ORDER BY start_ns, step_seconds",
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


def vm_figures_of(packed: list[Packed], vm: VmId) -> VmFigures:
    """The rows of one VM in chunks of all as one history. A damaged chunk is left out, and said so in the log."""
    return vm_history.figures_of(_of_vm(packed, vm))


def _of_vm(packed: list[Packed], vm: VmId) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    for one in packed:
        try:
            moments, figures = vm_history.of_vm(one.columns, one.rows, vm)
        except ValueError as error:
            _log.warning("a part of the VMs' history is left out: %s", error)
            continue
        wanted = (moments >= one.from_ns) & (moments <= one.to_ns)
        yield moments[wanted], figures[:, wanted]
