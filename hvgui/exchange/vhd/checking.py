"""What is wrong with a virtual hard disk, finding by finding: every structure is looked at, past the first fault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.exchange.vhd import layout
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.image import open_alone, open_image
from hvgui.exchange.vhd.layout import ABSOLUTE, NO_OFFSET, RELATIVE, SECTOR_BYTES, UNUSED, Footer, Header, VhdType
from hvgui.exchange.vhd.parents import locator_text

MOST_ENTRIES = layout.MOST_BYTES // (512 * 1024)
"""Those of the largest disk with the smallest blocks; more would ask for memory without bounds."""


class Damage(msgspec.Struct, frozen=True):
    """One finding."""

    where: str
    """`footer`, `footer copy`, `header`, `block table`, `bitmap`, `locator` or `parent`."""
    what: str
    """The end of a sentence."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def check(path: Path) -> tuple[Damage, ...]:
    """Everything that is wrong with a file, its parents included; empty: nothing. Raises VhdError where the file can't
    be read at all."""
    return check_file(path) or tuple(_parents(path))


def check_file(path: Path) -> tuple[Damage, ...]:
    """What is wrong with a file's own structures, its parents aside. Raises VhdError where it can't be read at all."""
    try:
        if path.exists() and not path.is_file():
            raise VhdError(f"{path} is no plain file")
        with path.open("rb") as file:
            return tuple(_structures(file))
    except OSError as error:
        raise VhdError(f"{path} can't be read: {(error.strerror or str(error)).lower()}") from None


def _structures(file: BinaryIO) -> Iterator[Damage]:
    size = os.fstat(file.fileno()).st_size
    raw = _piece(file, max(0, size - layout.FOOTER_BYTES), layout.FOOTER_BYTES)
    footer, damage = _footer(raw, "footer")
    yield from damage
    first = _piece(file, 0, layout.FOOTER_BYTES)
    if footer is None:
        copy, _ = _footer(first, "footer copy")
        if copy is None or copy.kind is VhdType.FIXED:
            return
        yield Damage("footer", "its copy at the beginning of the file is whole: the disk can be mended by it")
        footer = copy
    if footer.kind is VhdType.FIXED:
        yield from _fixed(footer, size)
        return
    if first != raw and raw[:8] == b"conectix":
        copy, damage = _footer(first, "footer copy")
        yield from damage
        if copy is not None and not damage:
            yield Damage("footer copy", "it differs from the footer at the end of the file")
    yield from _sparse(file, footer, size)


def _footer(raw: bytes, where: str) -> tuple[Footer | None, list[Damage]]:
    try:
        footer = layout.decode_footer(raw)
    except VhdError as error:
        return None, [Damage(where, str(error))]
    found = [] if layout.is_footer_intact(raw) else [Damage(where, "its checksum does not agree")]
    try:
        layout.check_size(footer.size_bytes)
    except VhdError as error:
        found.append(Damage(where, str(error)))
    return footer, found


def _fixed(footer: Footer, size: int) -> Iterator[Damage]:
    if footer.data_offset != NO_OFFSET:
        yield Damage("footer", "it points to a header, which a fixed disk has not")
    held = size - layout.FOOTER_BYTES
    if held != footer.size_bytes:
        yield Damage("footer", f"it tells of {footer.size_bytes:,} bytes; {held:,} lie before it")


def _sparse(file: BinaryIO, footer: Footer, size: int) -> Iterator[Damage]:
    if footer.data_offset % SECTOR_BYTES or footer.data_offset + layout.HEADER_BYTES > size:
        yield Damage("footer", f"it points to {footer.data_offset:,} for the header, where none can be")
        return
    raw = _piece(file, footer.data_offset, layout.HEADER_BYTES)
    try:
        header = layout.decode_header(raw)
    except VhdError as error:
        yield Damage("header", str(error))
        return
    if not layout.is_header_intact(raw):
        yield Damage("header", "its checksum does not agree")
    needed = -(-footer.size_bytes // header.block_bytes)
    if header.entries < needed:
        yield Damage("header", f"its block table has {header.entries:,} entries and needs {needed:,}")
        return
    if header.entries > MOST_ENTRIES:
        yield Damage("header", f"its block table has {header.entries:,} entries, more than any disk needs")
        return
    if header.table_offset % SECTOR_BYTES or header.table_offset + 4 * header.entries > size - layout.FOOTER_BYTES:
        yield Damage(
            "header", f"its block table would lie at {header.table_offset:,}, where the file has no room for it"
        )
        return
    yield from _table(file, footer, header, size)
    if footer.kind is VhdType.DIFFERENCING:
        yield from _locators(file, header, size)


def _table(file: BinaryIO, footer: Footer, header: Header, size: int) -> Iterator[Damage]:
    table = np.frombuffer(_piece(file, header.table_offset, 4 * header.entries), dtype=">u4").astype(np.uint64)
    blocks = np.flatnonzero(table != UNUSED)
    starts = table[blocks] * SECTOR_BYTES
    length = header.bitmap_bytes + header.block_bytes
    metadata = max(
        layout.FOOTER_BYTES, footer.data_offset + layout.HEADER_BYTES, header.table_offset + header.table_bytes
    )
    needed = -(-footer.size_bytes // header.block_bytes)
    yield from _each("block table", blocks[starts < metadata], "it points into the header of the file for block")
    yield from _each("block table", blocks[starts + length > size], "it points beyond the end of the file for block")
    yield from _each("block table", blocks[blocks >= needed], "it has a place for what lies beyond the disk, block")
    order = np.argsort(starts, kind="stable")
    gaps = np.diff(starts[order])
    yield from _each("block table", blocks[order][1:][gaps == 0], "it gives the place of another block again to block")
    overlapping = (gaps > 0) & (gaps < length)
    yield from _each("block table", blocks[order][1:][overlapping], "the block before reaches into block")
    inside = (starts >= metadata) & (starts + length <= size)
    yield from _bitmaps(file, footer, header, blocks[inside], starts[inside])


def _bitmaps(
    file: BinaryIO, footer: Footer, header: Header, blocks: NDArray[np.int64], starts: NDArray[np.uint64]
) -> Iterator[Damage]:
    """A bitmap must not tell of sectors beyond the disk's end."""
    last = -(-footer.size_bytes // header.block_bytes) - 1
    beyond = [(block, start) for block, start in zip(blocks.tolist(), starts.tolist(), strict=True) if block == last]
    for block, start in beyond:
        bits = np.unpackbits(np.frombuffer(_piece(file, start, header.bitmap_bytes), dtype=np.uint8))
        usable = (footer.size_bytes - block * header.block_bytes) // SECTOR_BYTES
        # Hyper-V marks all sectors of a block that it allocates; those of a differencing disk mean something.
        if footer.kind is VhdType.DIFFERENCING and bits[usable:].any():
            yield Damage("bitmap", f"that of block {block:,} tells of sectors beyond the disk's end")


def _each(where: str, blocks: NDArray[np.int64], what: str) -> Iterator[Damage]:
    """A finding for the first block, and how many more there are."""
    if len(blocks):
        more = f" and {len(blocks) - 1:,} more" if len(blocks) > 1 else ""
        yield Damage(where, f"{what} {int(blocks[0]):,}{more}")


def _locators(file: BinaryIO, header: Header, size: int) -> Iterator[Damage]:
    if not header.parent_name:
        yield Damage("header", "it does not name the parent")
    readable = False
    for number, one in enumerate(header.locators, start=1):
        if one.offset + one.length_bytes > size or one.offset < layout.FOOTER_BYTES:
            yield Damage("locator", f"no. {number} points outside of the file")
        elif one.code in (RELATIVE, ABSOLUTE):
            text = locator_text(file, one)
            if not text:
                yield Damage("locator", f"no. {number} holds no path that can be read")
            elif text.replace("\\", "/").rsplit("/", 1)[-1] != header.parent_name:
                yield Damage("locator", f"no. {number} names {text!r}, the header {header.parent_name!r}")
            readable = readable or bool(text)
        elif not one.code.isascii() or not one.code.strip().isalnum():
            yield Damage("locator", f"no. {number} is of a kind that nobody knows")
    if not readable:
        yield Damage("locator", "none tells where the parent lies")


def _parents(path: Path) -> list[Damage]:
    """The whole chain can be opened, and each of its files is whole."""
    try:
        with open_image(path) as image:
            chain = [one.path for one in image.chain[1:]]
            child = image
            found = []
            while child.parent is not None and child.header is not None:
                if child.size_bytes != child.parent.size_bytes:
                    found.append(Damage("parent", f"{child.parent.path.name} has another size than {child.path.name}"))
                child = child.parent
    except VhdError as error:
        try:
            open_alone(path).close()
        except VhdError as own:
            return [Damage("footer", str(own))]
        return [Damage("parent", str(error))]
    for parent in chain:
        with parent.open("rb") as file:
            found += [Damage("parent", f"{parent.name}: {damage}") for damage in _structures(file)]
    return found


def _piece(file: BinaryIO, place: int, length: int) -> bytes:
    """What lies there; less where the file ends before."""
    if place > os.fstat(file.fileno()).st_size:
        return b""
    file.seek(place)
    return file.read(length)
