"""What can be said of a virtual hard disk at a glance."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hvgui.exchange.vhd import layout
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.image import Image, open_alone, open_image
from hvgui.exchange.vhd.layout import VhdType


class DiskDescription(msgspec.Struct, frozen=True):
    """A disk's own figures, and the files of its parents, the nearest first."""

    path: str
    kind: str
    """`fixed`, `dynamic` or `differencing`."""
    size_bytes: int
    file_bytes: int
    unique_id: str
    cylinders: int
    heads: int
    sectors: int
    created: str
    """UTC."""
    creator: str
    blocks: int | None
    """None of a fixed disk."""
    allocated: int
    block_bytes: int | None
    parents: tuple[str, ...]
    missing_parent: str
    """Why the chain of parents can't be followed; empty: it can, or there is none."""


def describe(path: Path) -> DiskDescription:
    """Reads what there is to say. A parent that is missing is told, not refused; raises VhdError for other damage."""
    missing = ""
    with open_alone(path) as image:
        differencing = image.footer.kind is VhdType.DIFFERENCING
        parents: tuple[str, ...] = ()
        if differencing:
            try:
                with open_image(path) as whole:
                    parents = tuple(str(one.path) for one in whole.chain[1:])
            except VhdError as error:
                missing = str(error)
        return _described(image, parents, missing)


def _described(image: Image, parents: tuple[str, ...], missing: str) -> DiskDescription:
    footer, header = image.footer, image.header
    cylinders, heads, sectors = layout.geometry(footer.size_bytes)
    moment = datetime.fromtimestamp(footer.created_seconds + layout.EPOCH_SECONDS, UTC)
    return DiskDescription(
        path=str(image.path),
        kind=footer.kind.name.lower(),
        size_bytes=footer.size_bytes,
        file_bytes=image.file_bytes,
        unique_id=str(footer.unique_id),
        cylinders=cylinders,
        heads=heads,
        sectors=sectors,
        created=moment.strftime("%Y-%m-%d %H:%M:%S"),
        creator=footer.creator.decode("ascii", errors="replace").strip(),
        blocks=None if header is None else -(-footer.size_bytes // header.block_bytes),
        allocated=image.allocated_blocks(),
        block_bytes=None if header is None else header.block_bytes,
        parents=parents,
        missing_parent=missing,
    )
