"""What Hyper-V Manager's "Edit disk" does: convert, compact, expand, merge, and giving a disk its parent again.

Each writes a new file, which takes the old one's place at the end: whatever breaks off leaves the disks as they were.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from hvgui.exchange.vhd import layout
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.image import Image, open_alone, open_image
from hvgui.exchange.vhd.layout import SECTOR_BYTES, VhdType
from hvgui.exchange.vhd.writing import Watch, Writer, footer_of, new_file, nobody, writer_for

_GRAIN = 64 * 1024
"""Zeros are found in pieces of this size."""


def convert(source: Path, target: Path, kind: VhdType, *, watch: Watch = nobody, overwrite: bool = False) -> None:
    """A fixed or dynamic disk with all that the source shows, its parents' part included. Zeros become holes."""
    if kind is VhdType.DIFFERENCING:
        raise VhdError("a disk is converted to a fixed or a dynamic one; a differencing one is created from its parent")
    with open_image(source) as image:
        _not_into_itself(image, target)
        with new_file(target, overwrite=overwrite) as file:
            writer = writer_for(file, footer_of(kind, image.size_bytes), target)
            _pour(image, writer, watch)
            writer.finish()


def compact(path: Path, *, watch: Watch = nobody) -> int:
    """Throws away the blocks of a dynamic disk that hold only zeros, and of a differencing disk those that hold
    nothing. Gives the bytes that the file lost."""
    # The disk is closed before the new file takes its place: Windows insists on that.
    with new_file(path, overwrite=True) as file, open_image(path) as image:
        if image.footer.kind is VhdType.FIXED:
            raise VhdError(f"{path.name} is a fixed disk: there is nothing to compact")
        before = image.file_bytes
        writer = writer_for(file, image.footer, path, image.parent)
        if image.parent is None:
            _pour(image, writer, watch)
        else:
            _pour_own(image, writer, watch)
        writer.finish()
    return before - path.stat().st_size


def expand(path: Path, size_bytes: int, *, watch: Watch = nobody) -> None:
    """Gives a fixed or dynamic disk more room at its end. A disk with children is not to be expanded."""
    with new_file(path, overwrite=True) as file, open_image(path) as image:
        if image.footer.kind is VhdType.DIFFERENCING:
            raise VhdError(f"{path.name} is a differencing disk: it has its parent's size")
        if size_bytes <= image.size_bytes:
            raise VhdError(f"{path.name} has {image.size_bytes:,} bytes; the new size must be more")
        layout.check_size(size_bytes)
        writer = writer_for(file, msgspec.structs.replace(image.footer, size_bytes=size_bytes), path)
        _pour(image, writer, watch)
        writer.finish()


def merge(path: Path, target: Path | None = None, *, watch: Watch = nobody, overwrite: bool = False) -> Path:
    """Brings a differencing disk and its parents together: in a new dynamic disk, or (None) in the parent itself.

    Gives the file that holds it. The differencing disk stays; after merging into the parent it may be deleted.
    """
    with open_image(path) as image:
        if image.parent is None:
            raise VhdError(f"{path.name} is no differencing disk: there is nothing to merge")
        if target is not None:
            _not_into_itself(image, target)
            with new_file(target, overwrite=overwrite) as file:
                writer = writer_for(file, footer_of(VhdType.DYNAMIC, image.size_bytes), target)
                _pour(image, writer, watch)
                writer.finish()
            return target
        place = image.parent.path
    _into_parent(path, place, watch)
    return place


def _into_parent(child: Path, place: Path, watch: Watch) -> None:
    """The parent with its child's sectors over its own, in its own place: it keeps its identity, so other children of
    it would show something else from then on."""
    with new_file(place, overwrite=True) as file, open_image(child) as image:
        parent = image.parent
        if parent is None:
            raise AssertionError("a differencing disk has a parent")
        writer = writer_for(file, parent.footer, place, parent.parent)
        if parent.parent is not None:
            _pour_own(parent, writer, nobody)
            _pour_own(image, writer, watch)
        else:
            _pour(image, writer, watch)
        writer.finish()


def reconnect(path: Path, parent: Path) -> None:
    """Gives a differencing disk its parent again, which lies elsewhere now. Raises VhdError if it is another disk."""
    with new_file(path, overwrite=True) as file, open_alone(path) as child, open_image(parent) as image:
        if child.header is None or child.footer.kind is not VhdType.DIFFERENCING:
            raise VhdError(f"{path.name} is no differencing disk: it has no parent")
        if image.footer.unique_id != child.header.parent_id:
            raise VhdError(f"{parent.name} is another disk than the parent of {path.name}")
        if image.size_bytes != child.size_bytes:
            raise VhdError(f"{parent.name} has another size than {path.name}")
        if path.resolve() in {one.path.resolve() for one in image.chain}:
            raise VhdError(f"{path.name} would be its own ancestor")
        writer = writer_for(file, child.footer, path, image)
        _pour_own(child, writer, nobody)
        writer.finish()


def _not_into_itself(image: Image, target: Path) -> None:
    if target.resolve() in {one.path.resolve() for one in image.chain}:
        raise VhdError(f"{target.name} is a part of the source; name another file")


def _pour(image: Image, writer: Writer, watch: Watch) -> None:
    """All that the guest sees and is not zero."""
    for offset, length in image.data_ranges():
        watch(offset, image.size_bytes)
        data = image.read(offset, length)
        for start, end in _not_zero(data):
            writer.write(offset + start, data[start:end])
    watch(image.size_bytes, image.size_bytes)


def _not_zero(data: bytes) -> list[tuple[int, int]]:
    """Stretches of a piece that hold anything but zeros, grain by grain."""
    view = np.frombuffer(data, dtype=np.uint8)
    starts = np.arange(0, len(view), _GRAIN)
    full = np.add.reduceat(view != 0, starts) > 0
    found: list[tuple[int, int]] = []
    for start in starts[full].tolist():
        end = min(start + _GRAIN, len(view))
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _pour_own(image: Image, writer: Writer, watch: Watch) -> None:
    """The sectors that lie in the image's own file, zeros included: a differencing disk says by them what is gone."""
    header = image.header
    if header is None:
        raise AssertionError("a fixed disk has no sectors of its own")
    for block in np.flatnonzero(image.table != layout.UNUSED).tolist():
        bits = image.own_sectors(block)
        base = block * header.block_bytes
        watch(base, image.size_bytes)
        if bits is None or not bits.any():
            continue
        usable = min(len(bits), (image.size_bytes - base) // SECTOR_BYTES)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], bits[:usable], [False])).astype(np.int8)))
        for low, high in edges.reshape(-1, 2).tolist():
            offset = base + low * SECTOR_BYTES
            writer.write(offset, image.read(offset, (high - low) * SECTOR_BYTES))
    watch(image.size_bytes, image.size_bytes)
