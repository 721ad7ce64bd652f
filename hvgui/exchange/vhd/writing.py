"""Making disks: fixed, dynamic, differencing. A file comes to be whole under another name, and takes its own at the
end; whatever breaks off before leaves nothing behind."""

from __future__ import annotations

import os
import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.exchange.vhd import layout
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.image import Image, open_image
from hvgui.exchange.vhd.layout import NO_OFFSET, SECTOR_BYTES, UNUSED, Footer, Header, VhdType
from hvgui.exchange.vhd.parents import locators_for

Watch = Callable[[int, int], None]
"""Told the bytes done and in all; may raise StoppedError."""
_TABLE_AT = layout.FOOTER_BYTES + layout.HEADER_BYTES


def nobody(_done: int, _whole: int) -> None:
    """A watch for whom progress is nothing."""


class Writer(Protocol):
    """What puts a guest's bytes into a new file."""

    def write(self, offset: int, data: bytes) -> None:
        """Whole sectors, at a whole sector."""

    def finish(self) -> None:
        """The file is complete after this."""


class FixedWriter:
    """A fixed disk: the bytes as they are, the footer behind them. What is not written is a hole."""

    def __init__(self, file: BinaryIO, footer: Footer) -> None:
        self._file, self._footer = file, footer

    def write(self, offset: int, data: bytes) -> None:
        """See Writer.write."""
        self._file.seek(offset)
        self._file.write(data)

    def finish(self) -> None:
        """See Writer.finish."""
        self._file.truncate(self._footer.size_bytes)
        self._file.seek(self._footer.size_bytes)
        self._file.write(self._footer.encoded())


class SparseWriter:
    """A dynamic or differencing disk: blocks come to be when something is written into them."""

    def __init__(self, file: BinaryIO, footer: Footer, header: Header, locators: bytes = b"") -> None:
        self._file, self._footer, self._header = file, footer, header
        self._table: NDArray[np.uint32] = np.full(header.entries, UNUSED, dtype=np.uint32)
        self._bits: dict[int, NDArray[np.uint8]] = {}
        self._end = header.table_offset + header.table_bytes + len(locators)
        file.write(footer.encoded())
        file.write(header.encoded())
        file.seek(header.table_offset + header.table_bytes)
        file.write(locators)

    def write(self, offset: int, data: bytes) -> None:
        """See Writer.write."""
        block_bytes, done = self._header.block_bytes, 0
        while done < len(data):
            block, within = divmod(offset + done, block_bytes)
            part = min(block_bytes - within, len(data) - done)
            place = self._place(block) + self._header.bitmap_bytes + within
            self._file.seek(place)
            self._file.write(data[done : done + part])
            self._bits[block][within // SECTOR_BYTES : -(-(within + part) // SECTOR_BYTES)] = 1
            done += part

    def _place(self, block: int) -> int:
        if self._table[block] == UNUSED:
            self._table[block] = self._end // SECTOR_BYTES
            self._end += self._header.bitmap_bytes + self._header.block_bytes
            self._bits[block] = np.zeros(self._header.bitmap_bytes * 8, dtype=np.uint8)
        return int(self._table[block]) * SECTOR_BYTES

    def finish(self) -> None:
        """See Writer.finish."""
        for block, bits in self._bits.items():
            self._file.seek(int(self._table[block]) * SECTOR_BYTES)
            self._file.write(np.packbits(bits).tobytes())
        self._file.seek(self._header.table_offset)
        raw = self._table.astype(">u4").tobytes()
        self._file.write(raw.ljust(self._header.table_bytes, b"\xff"))
        self._file.truncate(self._end)
        self._file.seek(self._end)
        self._file.write(self._footer.encoded())


@contextmanager
def new_file(path: Path, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """A file under another name beside `path`, which takes its place when all went well and is deleted otherwise.

    Raises VhdError where the path is taken (unless overwritten), or the folder takes no file.
    """
    if path.exists() and not overwrite:
        raise VhdError(f"{path} exists already")
    draft = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _take_place(draft, path, overwrite=overwrite)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise VhdError(f"{path} can't be written: {(error.strerror or str(error)).lower()}") from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _take_place(draft: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        draft.replace(path)
        return
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError(17, "the file has come to be meanwhile") from None
        draft.rename(path)
        return
    draft.unlink()


def footer_of(kind: VhdType, size_bytes: int, unique_id: uuid.UUID | None = None) -> Footer:
    """A new disk's footer. Raises VhdError for a size that no VHD has."""
    layout.check_size(size_bytes)
    return Footer(
        kind=kind,
        size_bytes=size_bytes,
        unique_id=unique_id or uuid.uuid4(),
        data_offset=NO_OFFSET if kind is VhdType.FIXED else layout.FOOTER_BYTES,
        created_seconds=layout.now_seconds(),
        original_bytes=size_bytes,
    )


def writer_for(
    file: BinaryIO, footer: Footer, path: Path, parent: Image | None = None, *, portable: bool = False
) -> Writer:
    """Begins a disk in an empty file that will lie at `path`. A portable one names its parent by the way to it alone,
    not by a place of this machine."""
    if footer.kind is VhdType.FIXED:
        return FixedWriter(file, footer)
    entries = -(-footer.size_bytes // layout.BLOCK_BYTES)
    header, locators = Header(_TABLE_AT, entries), b""
    if parent is not None:
        found, locators = locators_for(path, parent.path, _TABLE_AT + header.table_bytes, portable=portable)
        header = msgspec.structs.replace(
            header,
            parent_id=parent.footer.unique_id,
            parent_seconds=parent.footer.created_seconds,
            parent_name=parent.path.name,
            locators=found,
        )
    return SparseWriter(file, footer, header, locators)


def create(
    path: Path, kind: VhdType, size_bytes: int | None = None, parent: Path | None = None, *, overwrite: bool = False
) -> None:
    """An empty disk. A differencing one takes its size from its parent.

    Raises VhdError with a sentence.
    """
    if (kind is VhdType.DIFFERENCING) != (parent is not None):
        raise VhdError("a differencing disk has a parent, and others have none")
    if parent is None:
        if size_bytes is None:
            raise VhdError("the size of the disk is missing")
        with new_file(path, overwrite=overwrite) as file:
            writer_for(file, footer_of(kind, size_bytes), path).finish()
        return
    with open_image(parent) as image:
        if size_bytes is not None and size_bytes != image.size_bytes:
            raise VhdError(f"a differencing disk has its parent's size, {image.size_bytes:,} bytes")
        if path.resolve() in {one.path.resolve() for one in image.chain}:
            raise VhdError(f"{path.name} can't be its own parent")
        with new_file(path, overwrite=overwrite) as file:
            writer_for(file, footer_of(kind, image.size_bytes), path, image).finish()
