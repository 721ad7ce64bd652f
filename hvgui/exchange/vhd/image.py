"""Reading a virtual hard disk: what the guest would see, through all parents of a differencing disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hvgui.exchange.vhd import layout
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.layout import SECTOR_BYTES, UNUSED, Footer, Header, VhdType
from hvgui.exchange.vhd.parents import candidates

DEEPEST = 64
"""A chain longer than this is nobody's: Hyper-V allows 50 snapshots."""
MOST_TABLE_BYTES = 512 * 1024 * 1024
"""The block tables of a chain may take as much memory; of 64 disks of 2,040 GB they take half."""
Bits = NDArray[np.bool_]


class Image:
    """An open disk. Close it, or use it as a context."""

    def __init__(self, path: Path, file: BinaryIO, footer: Footer, parent: Image | None = None) -> None:
        self.path, self.footer, self.parent = path, footer, parent
        self.header: Header | None = None
        self.table: NDArray[np.uint32] = np.empty(0, dtype=np.uint32)
        self._file = file
        self._bits: tuple[int, Bits] | None = None
        if footer.kind is not VhdType.FIXED:
            self._read_table()

    @property
    def size_bytes(self) -> int:
        """What the guest sees."""
        return self.footer.size_bytes

    @property
    def file_bytes(self) -> int:
        """What the file has, holes included."""
        return os.fstat(self._file.fileno()).st_size

    @property
    def chain(self) -> tuple[Image, ...]:
        """This disk, its parent, and so on."""
        return (self, *(self.parent.chain if self.parent is not None else ()))

    def __enter__(self) -> Image:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file and its parents'."""
        self._file.close()
        if self.parent is not None:
            self.parent.close()

    def read(self, offset: int, length: int) -> bytes:
        """What the guest reads there. Raises VhdError beyond the disk's end, or where the file breaks off."""
        if offset < 0 or length < 0 or offset + length > self.size_bytes:
            raise VhdError(f"{self.path.name} has {self.size_bytes:,} bytes; {offset + length:,} lies beyond")
        out = bytearray(length)
        self._fill(memoryview(out), offset)
        return bytes(out)

    def data_ranges(self) -> Iterator[tuple[int, int]]:
        """Offset and length of all that may hold anything but zeros, in order, by blocks."""
        step = layout.BLOCK_BYTES
        for offset in range(0, self.size_bytes, step):
            length = min(step, self.size_bytes - offset)
            if self._may_hold(offset, length):
                yield offset, length

    def allocated_blocks(self) -> int:
        """Blocks that lie in this file; of a fixed disk 0."""
        return int(np.count_nonzero(self.table != UNUSED))

    def own_sectors(self, block: int) -> Bits | None:
        """Which sectors of a block are in this very file; None where the block is not."""
        if self.header is None or self.table[block] == UNUSED:
            return None
        if self._bits is None or self._bits[0] != block:
            raw = self._at(int(self.table[block]) * SECTOR_BYTES, self.header.bitmap_bytes)
            bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8)).astype(np.bool_)
            self._bits = (block, bits[: self.header.block_bytes // SECTOR_BYTES])
        return self._bits[1]

    # Inside

    def _read_table(self) -> None:
        raw = self._at(self.footer.data_offset, layout.HEADER_BYTES)
        if not layout.is_header_intact(raw):
            raise VhdError("the checksum of its header does not agree")
        self.header = header = layout.decode_header(raw)
        needed = -(-self.size_bytes // header.block_bytes)
        if header.entries < needed:
            raise VhdError(f"its block table has {header.entries:,} entries and needs {needed:,}")
        if header.table_offset + 4 * needed > self.file_bytes:
            raise VhdError("its block table lies beyond the end of the file")
        table = np.frombuffer(self._at(header.table_offset, 4 * needed), dtype=">u4")
        self.table = table.astype(np.uint32)

    def _at(self, place: int, length: int) -> bytes:
        if place + length > self.file_bytes:
            raise VhdError(f"it has {self.file_bytes:,} bytes, and something of it would lie at {place:,}")
        self._file.seek(place)
        raw = self._file.read(length)
        if len(raw) != length:
            raise VhdError(f"it breaks off at {place + len(raw):,} bytes; something of it lies beyond")
        return raw

    def _fill(self, out: memoryview, offset: int) -> None:
        """Puts what is there into a buffer of zeros."""
        if self.header is None:
            self._file.seek(offset)
            if self._file.readinto(out) != len(out):  # type: ignore[attr-defined]  # a buffered file has it
                raise VhdError(f"it breaks off before {offset + len(out):,} bytes")
            return
        block_bytes = self.header.block_bytes
        done = 0
        while done < len(out):
            block, within = divmod(offset + done, block_bytes)
            part = min(block_bytes - within, len(out) - done)
            self._fill_block(out[done : done + part], block, within)
            done += part

    def _fill_block(self, out: memoryview, block: int, within: int) -> None:
        bits, header = self.own_sectors(block), self.header
        if bits is None or header is None:
            self._fill_from_parent(out, block, within)
            return
        data = int(self.table[block]) * SECTOR_BYTES + header.bitmap_bytes
        for here, start, end in _runs(bits, within, within + len(out)):
            piece = out[start - within : end - within]
            if here:
                piece[:] = self._at(data + start, end - start)
            else:
                self._fill_from_parent(piece, block, start)

    def _fill_from_parent(self, out: memoryview, block: int, within: int) -> None:
        if self.parent is None or self.header is None:
            return
        offset = block * self.header.block_bytes + within
        reach = min(len(out), self.parent.size_bytes - offset)
        if reach > 0:
            self.parent._fill(out[:reach], offset)

    def _may_hold(self, offset: int, length: int) -> bool:
        if self.header is None:
            return _has_data(self._file.fileno(), offset, length)
        first, last = offset // self.header.block_bytes, (offset + length - 1) // self.header.block_bytes
        if bool((self.table[first : last + 1] != UNUSED).any()):
            return True
        if self.parent is None or offset >= self.parent.size_bytes:
            return False
        return self.parent._may_hold(offset, min(length, self.parent.size_bytes - offset))


def _runs(bits: Bits, start: int, end: int) -> Iterator[tuple[bool, int, int]]:
    """Stretches of bytes within a block whose sectors are all here, or all not."""
    first, last = start // SECTOR_BYTES, -(-end // SECTOR_BYTES)
    part = bits[first:last]
    edges = [0, *(np.flatnonzero(part[1:] != part[:-1]) + 1).tolist(), len(part)]
    for low, high in pairwise(edges):
        begin = max(start, (first + low) * SECTOR_BYTES)
        yield bool(part[low]), begin, min(end, (first + high) * SECTOR_BYTES)


def _has_data(descriptor: int, offset: int, length: int) -> bool:
    """Whether a file has anything but a hole there; yes where the system can't say."""
    seek_data = getattr(os, "SEEK_DATA", None)
    if seek_data is None:
        return True
    try:
        return os.lseek(descriptor, offset, seek_data) < offset + length
    except OSError:
        return False


def open_image(path: Path, *, within: Path | None = None) -> Image:
    """Opens a disk with all its parents. With `within`, nothing outside of that folder is opened.

    Raises VhdError with a sentence that names the file: it is no VHD, it is damaged, a parent is missing, is another
    disk, or the chain runs in a circle.
    """
    return _opened(path, within, (), MOST_TABLE_BYTES)


def open_alone(path: Path) -> Image:
    """Opens a disk without its parents: of a differencing one only its own sectors mean something."""
    file = _file(path, _allowed(path, None))
    try:
        return Image(path, file, read_footer(file))
    except VhdError as error:
        file.close()
        raise _named(path, error) from None


def _opened(path: Path, within: Path | None, children: tuple[Path, ...], table_bytes: int) -> Image:
    real = _allowed(path, within)
    if real in children:
        raise VhdError(f"{path.name} is its own ancestor: the chain of its parents runs in a circle")
    if len(children) >= DEEPEST:
        raise VhdError(f"{children[0].name} has more than {DEEPEST} ancestors")
    file = _file(path, real)
    try:
        footer = read_footer(file)
        image = Image(path, file, footer)
        left = table_bytes - image.table.nbytes
        if left < 0:
            raise VhdError("the block tables of its chain of parents take more memory than those of any real disk")
        if footer.kind is VhdType.DIFFERENCING:
            image.parent = _parent(image, within, (*children, real), left)
    except VhdError as error:
        file.close()
        raise _named(path, error) from None
    except BaseException:
        file.close()
        raise
    return image


def _file(path: Path, real: Path) -> BinaryIO:
    if not real.is_file():
        raise VhdError(f"there is no file {path}")
    try:
        return real.open("rb")
    except OSError as error:
        raise VhdError(f"{path} can't be read: {(error.strerror or str(error)).lower()}") from None


def _named(path: Path, error: VhdError) -> VhdError:
    text = str(error)
    return error if path.name in text else VhdError(f"{path.name} can't be used: {text}")


def _allowed(path: Path, within: Path | None) -> Path:
    try:
        real = path.resolve()
    except (OSError, RuntimeError, ValueError):
        raise VhdError(f"{path.name} is a name that can't be followed") from None
    if within is not None and not real.is_relative_to(within.resolve()):
        raise VhdError(f"{path.name} lies outside of {within}")
    return real


def read_footer(file: BinaryIO) -> Footer:
    """The footer at the end of a file. Raises VhdError where there is none or it is damaged."""
    size = os.fstat(file.fileno()).st_size
    if size < layout.FOOTER_BYTES:
        raise VhdError(f"it has {size} bytes, too few for a VHD")
    file.seek(size - layout.FOOTER_BYTES)
    raw = file.read(layout.FOOTER_BYTES)
    footer = layout.decode_footer(raw)
    if not layout.is_footer_intact(raw):
        raise VhdError("the checksum of its footer does not agree")
    layout.check_size(footer.size_bytes)
    if footer.kind is VhdType.FIXED and size < footer.size_bytes + layout.FOOTER_BYTES:
        raise VhdError(f"it should hold {footer.size_bytes:,} bytes and breaks off before")
    return footer


def _parent(child: Image, within: Path | None, children: tuple[Path, ...], table_bytes: int) -> Image:
    if child.header is None:
        raise AssertionError("a differencing disk without a header")
    seen, other = [], None
    for path in candidates(child.path, child._file, child.header):
        seen.append(path)
        try:
            parent = _opened(path, within, children, table_bytes)
        except VhdError as error:
            if not _is_missing(path):
                raise error from None
            continue
        if parent.footer.unique_id == child.header.parent_id:
            return parent
        parent.close()
        other = path
    if other is not None:
        raise VhdError(f"its parent should be the disk {child.header.parent_id}; {other.name} is another one")
    looked = f" (looked for {', '.join(str(path) for path in seen[:3])})" if seen else ""
    raise VhdError(f"its parent {child.header.parent_name or 'disk'} is not there{looked}")


def _is_missing(path: Path) -> bool:
    try:
        return not path.resolve().is_file()
    except (OSError, RuntimeError, ValueError):
        return True
