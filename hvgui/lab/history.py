"""The graphs' history: a row of node figures every thirty simulated seconds, packed in chunks for the lab file."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.units import NANOSECONDS

STEP_SECONDS = 30
"""A week of 16 nodes takes some 4 MB; a row costs up to 3 ms of the engine's time where there are 8,000 VMs."""
CHUNK_ROWS = 120
"""An hour a chunk."""
QUANTITIES = (
    "node_cpu_share",
    "node_memory_bytes",
    "node_sent_bytes_per_second",
    "node_received_bytes_per_second",
)
"""The columns of a sample that are kept, in the order in which they lie in a chunk."""

Figures = NDArray[np.float32]


class Chunk:
    """Consecutive rows: quantity by quantity, row by row, node by node, as 32-bit floats."""

    def __init__(self) -> None:
        self.start_ns = 0
        self._rows: list[Figures] = []

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def is_full(self) -> bool:
        """Whether it should be kept now, and a new one begun."""
        return len(self._rows) >= CHUNK_ROWS

    def add(self, sample: MetricsSample) -> None:
        """Takes the next row."""
        if not self._rows:
            self.start_ns = sample.time_ns
        self._rows.append(np.array([getattr(sample, quantity) for quantity in QUANTITIES], dtype="<f4"))

    def packed(self) -> bytes:
        """The chunk as bytes."""
        return zlib.compress(np.stack(self._rows, axis=1).tobytes(), 1)


def unpacked(columns: bytes, rows: int, most_bytes: int = 64 * 1024 * 1024) -> dict[str, Figures]:
    """The chunk's figures: for each quantity a row a moment, a column a node. Raises ValueError."""
    try:
        raw = zlib.decompressobj().decompress(columns, most_bytes)
    except zlib.error as error:
        raise ValueError(f"a chunk of the graphs' history is damaged: {error}") from error
    cells = len(QUANTITIES) * rows * 4
    if rows <= 0 or len(raw) % cells or not raw:
        raise ValueError("a chunk of the graphs' history has another size than it should have")
    figures = np.frombuffer(raw, dtype="<f4").reshape(len(QUANTITIES), rows, -1)
    return dict(zip(QUANTITIES, figures, strict=True))


def is_due(time_ns: int) -> bool:
    """Whether a row is kept for this whole second."""
    return time_ns // NANOSECONDS % STEP_SECONDS == 0
