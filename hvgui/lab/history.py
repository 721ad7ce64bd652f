"""The graphs' history: rows of figures, packed in chunks for the lab file. Those of each single VM: `vm_history`.

Two sets of rows: fine ones, a few seconds apart, which are let go of when they are more than an hour old, and coarse
ones, a minute apart, which stay. Each row says which moment it is of.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.units import NANOSECONDS
from hvgui.lab.frames import Figures
from hvgui.lab.moments import Gathered

FINE_SECONDS = 30
"""Fine rows are at most so far apart: a row costs up to 3 ms of the engine's time where there are 8,000 VMs. Where
figures are shown anyway, they are closer."""
FINEST_SECONDS = 5
COARSE_SECONDS = 60
"""A week of 16 nodes takes some 3 MB of these."""
FINE_AGE_NS = 3_600 * NANOSECONDS
"""Fine rows older than this are let go of."""
CHUNK_ROWS = 120
NODE_QUANTITIES = (
    "node_cpu_share",
    "node_memory_bytes",
    "node_sent_bytes_per_second",
    "node_received_bytes_per_second",
)
"""Columns of a sample that are kept node by node, in the order in which they lie in a chunk."""
VM_QUANTITIES = ("vms_cpu_share", "vms_memory_bytes", "vms_memory_demand_bytes")
"""What is kept of all VMs together."""
MOST_CHUNK_BYTES = 64 * 1024 * 1024

Rows = NDArray[np.float32]


class Chunk(Gathered):
    """Consecutive rows: their moments, then quantity by quantity, row by row, node by node, as 32-bit floats. Of a
    server that was not there at a row's moment it holds what is not a number."""

    table = "sample"

    def __init__(self) -> None:
        super().__init__()
        self._nodes: list[Rows] = []
        self._vms: list[Rows] = []

    @property
    def is_full(self) -> bool:
        """Whether a new one should be begun."""
        return len(self._moments) >= CHUNK_ROWS

    def add(self, sample: MetricsSample) -> None:
        """Takes the next row."""
        nodes = np.array([getattr(sample, quantity) for quantity in NODE_QUANTITIES], dtype="<f4")
        shares = sample.vm_cpu_share
        vms = (
            float(shares.mean()) if len(shares) else 0.0,
            float(sample.vm_memory_bytes.sum()),
            float(sample.vm_memory_demand_bytes.sum()),
        )
        self.add_row(sample.time_ns, nodes, np.array(vms, dtype="<f4"))

    def add_row(self, time_ns: int, nodes: Rows, vms: Rows) -> None:
        """Takes a row: (quantities, nodes) and (quantities of all VMs,)."""
        self._moments.append(time_ns)
        self._nodes.append(nodes)
        self._vms.append(vms)

    def packed(self) -> bytes:
        """The chunk as bytes."""
        most = max(row.shape[1] for row in self._nodes)
        nodes = np.stack([_widened(row, most) for row in self._nodes], axis=1)
        parts = (np.array(self._moments, dtype="<i8"), nodes, np.stack(self._vms, axis=1))
        return zlib.compress(b"".join(part.tobytes() for part in parts), 1)


class Unpacked(msgspec.Struct, frozen=True, eq=False):
    """A chunk's rows."""

    time_ns: NDArray[np.int64]
    nodes: Rows
    """(quantities, rows, nodes)"""
    vms: Rows
    """(quantities, rows)"""

    def between(self, from_ns: int, to_ns: int) -> Unpacked:
        """The rows from a moment to another, both included."""
        wanted = (self.time_ns >= from_ns) & (self.time_ns <= to_ns)
        return Unpacked(self.time_ns[wanted], self.nodes[:, wanted], self.vms[:, wanted])

    def chunk(self) -> Chunk:
        """The rows as a chunk again."""
        chunk = Chunk()
        for row, moment in enumerate(self.time_ns.tolist()):
            chunk.add_row(moment, self.nodes[:, row].astype("<f4"), self.vms[:, row].astype("<f4"))
        return chunk


def unpacked(columns: bytes, rows: int) -> Unpacked:
    """A chunk's rows. Raises ValueError."""
    raw = _decompressed(columns)
    if not 0 < rows <= MOST_CHUNK_BYTES:
        raise ValueError("a chunk of the graphs' history has no rows")
    fixed = 8 * rows + 4 * len(VM_QUANTITIES) * rows
    cells = 4 * len(NODE_QUANTITIES) * rows
    if len(raw) < fixed or (len(raw) - fixed) % cells:
        raise ValueError("a chunk of the graphs' history has another size than it should have")
    moments = np.frombuffer(raw, "<i8", rows)
    if (np.diff(moments) <= 0).any():
        raise ValueError("a chunk of the graphs' history has moments out of order")
    nodes = np.frombuffer(raw, "<f4", (len(raw) - fixed) // 4, 8 * rows)
    vms = np.frombuffer(raw, "<f4", len(VM_QUANTITIES) * rows, len(raw) - 4 * len(VM_QUANTITIES) * rows)
    return Unpacked(
        moments.astype(np.int64),
        nodes.reshape(len(NODE_QUANTITIES), rows, -1),
        vms.reshape(len(VM_QUANTITIES), rows),
    )


def between(columns: bytes, rows: int, from_ns: int, to_ns: int) -> Chunk:
    """The rows of a chunk from a moment to another, both included, as a chunk again. Raises ValueError."""
    return unpacked(columns, rows).between(from_ns, to_ns).chunk()


def of_version_1(columns: bytes, rows: int, start_ns: int, step_seconds: int) -> Chunk:
    """A chunk of a file of version 1, which had nodes' figures alone, evenly spread. Raises ValueError."""
    raw = _decompressed(columns)
    cells = 4 * len(NODE_QUANTITIES) * rows
    if rows <= 0 or not raw or len(raw) % cells:
        raise ValueError("a chunk of the graphs' history has another size than it should have")
    nodes = np.frombuffer(raw, "<f4").reshape(len(NODE_QUANTITIES), rows, -1)
    chunk = Chunk()
    for row in range(rows):
        unknown = np.full(len(VM_QUANTITIES), np.nan, dtype="<f4")
        chunk.add_row(start_ns + row * step_seconds * NANOSECONDS, nodes[:, row], unknown)
    return chunk


def _decompressed(columns: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(columns, MOST_CHUNK_BYTES)
    except (zlib.error, TypeError) as error:
        raise ValueError(f"a chunk of the graphs' history is damaged: {error}") from error


def figures_of(chunks: Iterable[Unpacked]) -> Figures:
    """Rows of several chunks as one history, each moment once. Servers come and go: where one was not there, its
    figures are not a number."""
    kept = [chunk for chunk in chunks if len(chunk.time_ns)]
    if not kept:
        return _nothing()
    most = max(chunk.nodes.shape[2] for chunk in kept)
    moments, order = np.unique(np.concatenate([chunk.time_ns for chunk in kept]), return_index=True)
    by_node = np.concatenate([_widened(chunk.nodes, most) for chunk in kept], axis=1)[:, order]
    of_all = np.concatenate([chunk.vms for chunk in kept], axis=1)[:, order]
    return Figures(moments, *_each(by_node), *_each(of_all))


def _widened(rows: Rows, nodes: int) -> Rows:
    """With a column for so many nodes; those that are not there yet, or no more, hold what is not a number."""
    more = nodes - rows.shape[-1]
    if not more:
        return rows
    absent = np.full((*rows.shape[:-1], more), np.nan, dtype="<f4")
    return np.concatenate([rows, absent], axis=-1)


def _each(quantities: Rows) -> Sequence[Rows]:
    return [np.ascontiguousarray(quantity) for quantity in quantities]


def _nothing() -> Figures:
    rows = np.zeros((0, 0), dtype=np.float32)
    return Figures(np.zeros(0, dtype=np.int64), rows, rows, rows, rows, *(np.zeros(0, dtype=np.float32),) * 3)


def is_due(time_ns: int) -> bool:
    """Whether a row is kept for this whole second, whether or not anybody else wants its figures."""
    return time_ns // NANOSECONDS % FINE_SECONDS == 0


def is_coarse(time_ns: int) -> bool:
    """Whether a row of this whole second is one of those that stay."""
    return time_ns // NANOSECONDS % COARSE_SECONDS == 0
