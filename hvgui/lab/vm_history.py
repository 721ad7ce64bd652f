"""The figures of every single VM, packed in chunks for the lab file, so that one VM can be read without the others.

A figure is kept as a whole number of its step (a thousandth of a share, a mebibyte): finer than any graph shows. Of
each VM the rows lie one behind the other as differences from row to row, byte by byte of the same weight together:
what hardly changes packs to almost nothing. VMs are packed in groups of `GROUP_VMS`.

A chunk is: the header (below), the moments, and the groups with their sizes. A quantity that a chunk does not have,
because it was written before there was such a one, reads as unknown.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.ids import VmId
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.units import MIB
from hvgui.lab.frames import VmFigures
from hvgui.lab.moments import Gathered

QUANTITIES: tuple[tuple[str, float], ...] = (
    ("vm_cpu_share", 0.001),
    ("vm_cpu_wanted_share", 0.001),
    ("vm_memory_bytes", MIB),
    ("vm_memory_demand_bytes", MIB),
)
"""Columns of a sample that are kept VM by VM, each with the step it is kept in. New ones come at the end, and stay."""
GROUP_VMS = 64
MOST_ROWS = 120
_CELLS_A_CHUNK = 2**16
"""VMs times rows: packing one takes the engine's thread some 10 ms."""
_LEAST_ROWS = 8
_HEADER = struct.Struct("<HHI")
"""Quantities, VMs of a group, VMs."""
_SIZE = struct.Struct("<I")
_MOST_QUANTITIES = 64
_MOST_CHUNK_BYTES = 64 * MIB

Whole = NDArray[np.int32]


class VmChunk(Gathered):
    """Consecutive rows of all VMs."""

    table = "vm_sample"

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Whole] = []

    @property
    def is_full(self) -> bool:
        """Whether a new one should be begun."""
        if not self._rows:
            return False
        vms = max(1, int(self._rows[-1].shape[1]))
        return len(self) >= max(_LEAST_ROWS, min(MOST_ROWS, _CELLS_A_CHUNK // vms))

    def add(self, sample: MetricsSample) -> None:
        """Takes the next row."""
        row = np.array([getattr(sample, name) / step for name, step in QUANTITIES])
        self.add_row(sample.time_ns, np.rint(np.clip(row, 0.0, 2.0**31 - 1.0)).astype(np.int32))

    def add_row(self, time_ns: int, steps: Whole) -> None:
        """Takes a row: (quantities, VMs), each a whole number of its quantity's step."""
        self._moments.append(time_ns)
        self._rows.append(steps)

    def packed(self) -> bytes:
        """The chunk as bytes. A VM that came while the chunk grew had nothing before."""
        quantities, vms = len(self._rows[0]), max(row.shape[1] for row in self._rows)
        cube = np.zeros((len(self._rows), quantities, vms), dtype=np.int32)
        for number, row in enumerate(self._rows):
            cube[number, :, : row.shape[1]] = row
        cube[1:] = np.diff(cube, axis=0)
        by_vm = np.ascontiguousarray(cube.transpose(2, 1, 0))
        parts = [_HEADER.pack(quantities, GROUP_VMS, vms), np.array(self._moments, dtype="<i8").tobytes()]
        for first in range(0, vms, GROUP_VMS):
            group = _packed_group(by_vm[first : first + GROUP_VMS])
            parts += [_SIZE.pack(len(group)), group]
        return b"".join(parts)


def _packed_group(steps: Whole) -> bytes:
    weights = steps.astype("<i4").reshape(-1, 1).view(np.uint8)
    return zlib.compress(np.ascontiguousarray(weights.T).tobytes(), 1)


class _Chunk(msgspec.Struct, frozen=True, eq=False):
    """A chunk's moments, and where its groups lie."""

    moments: NDArray[np.int64]
    quantities: int
    group_vms: int
    vms: int
    groups: list[memoryview]

    def steps_of_group(self, number: int) -> Whole:
        """(VMs of the group, quantities, rows). Raises ValueError."""
        vms = min(self.group_vms, self.vms - number * self.group_vms)
        shape = (vms, self.quantities, len(self.moments))
        size = 4 * vms * self.quantities * len(self.moments)
        raw = _decompressed(self.groups[number], size)
        weights = np.frombuffer(raw, np.uint8).reshape(4, -1).T
        differences = np.ascontiguousarray(weights).view("<i4").reshape(shape)
        return np.cumsum(differences, axis=2, dtype=np.int32)


def _decompressed(data: memoryview, size: int) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(data, size + 1)
    except zlib.error as error:
        raise ValueError(f"a chunk of the VMs' history is damaged: {error}") from error
    if len(raw) != size:
        raise ValueError("a chunk of the VMs' history has another size than it should have")
    return raw


def _opened(columns: bytes, rows: int) -> _Chunk:
    """Raises ValueError."""
    if not 0 < rows <= MOST_ROWS or len(columns) < _HEADER.size + 8 * rows:
        raise ValueError("a chunk of the VMs' history has no rows")
    quantities, group_vms, vms = _HEADER.unpack_from(columns)
    fits = 0 < quantities <= _MOST_QUANTITIES and group_vms > 0
    if not fits or 4 * quantities * max(vms, group_vms) * rows > _MOST_CHUNK_BYTES:
        raise ValueError("a chunk of the VMs' history has another size than it should have")
    moments = np.frombuffer(columns, "<i8", rows, _HEADER.size).astype(np.int64)
    if (np.diff(moments) <= 0).any():
        raise ValueError("a chunk of the VMs' history has moments out of order")
    groups = list(_groups(memoryview(columns), _HEADER.size + 8 * rows))
    if len(groups) != -(-vms // group_vms):
        raise ValueError("a chunk of the VMs' history has another size than it should have")
    return _Chunk(moments, quantities, group_vms, vms, groups)


def _groups(columns: memoryview, place: int) -> Iterator[memoryview]:
    while place < len(columns):
        if place + _SIZE.size > len(columns):
            raise ValueError("a chunk of the VMs' history is cut off")
        size = _SIZE.unpack_from(columns, place)[0]
        place += _SIZE.size
        if place + size > len(columns):
            raise ValueError("a chunk of the VMs' history is cut off")
        yield columns[place : place + size]
        place += size


def check(columns: bytes, rows: int) -> None:
    """Whether a chunk can be read, whole. Raises ValueError."""
    chunk = _opened(columns, rows)
    for number in range(len(chunk.groups)):
        chunk.steps_of_group(number)


def between(columns: bytes, rows: int, from_ns: int, to_ns: int) -> VmChunk:
    """The rows of a chunk from a moment to another, both included, as a chunk again. Raises ValueError."""
    chunk = _opened(columns, rows)
    steps = [chunk.steps_of_group(number) for number in range(len(chunk.groups))]
    by_vm = np.concatenate(steps) if steps else np.zeros((0, chunk.quantities, rows), dtype=np.int32)
    part = VmChunk()
    for row, moment in enumerate(chunk.moments.tolist()):
        if from_ns <= moment <= to_ns:
            part.add_row(moment, np.ascontiguousarray(by_vm[:, :, row].T))
    return part


def of_vm(columns: bytes, rows: int, vm: VmId) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Moments, and (quantities of today, rows) of one VM; what is not known is not a number. Raises ValueError."""
    chunk = _opened(columns, rows)
    figures = np.full((len(QUANTITIES), rows), np.nan)
    if 0 <= vm < chunk.vms:
        steps = chunk.steps_of_group(vm // chunk.group_vms)[vm % chunk.group_vms]
        known = min(chunk.quantities, len(QUANTITIES))
        sizes = np.array([step for _, step in QUANTITIES[:known]])
        figures[:known] = steps[:known] * sizes[:, None]
    return chunk.moments, figures


def figures_of(parts: Iterable[tuple[NDArray[np.int64], NDArray[np.float64]]]) -> VmFigures:
    """Rows of several chunks as one history, each moment once."""
    kept = [part for part in parts if len(part[0])]
    if not kept:
        nothing = np.zeros(0)
        return VmFigures(np.zeros(0, dtype=np.int64), *(nothing for _ in QUANTITIES))
    moments, order = np.unique(np.concatenate([moments for moments, _ in kept]), return_index=True)
    figures = np.concatenate([columns for _, columns in kept], axis=1)[:, order]
    return VmFigures(moments, *figures)
