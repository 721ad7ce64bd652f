"""The real files of disks: what they are, what they build on, what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from hvgui.cluster.one_line import one_line
from hvgui.cluster.storage import DiskKind
from hvgui.exchange.vhd.checking import check_file
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.image import open_image
from hvgui.exchange.vhd.layout import VhdType

KINDS = {VhdType.FIXED: DiskKind.FIXED, VhdType.DYNAMIC: DiskKind.DYNAMIC, VhdType.DIFFERENCING: DiskKind.DIFFERENCING}
MOST_TABLE_BYTES = 16 * 1024**3
"""Block tables that are read for one import: fifty snapshots of three disks of 2,040 GB have as much."""
_MOST_NAMED = 3


class OtherFormatError(VhdError):
    """A disk of another maker, or of a later format: whole maybe, but not for hvgui to read."""


class RealDisk(msgspec.Struct, frozen=True):
    """A VHD as it is."""

    path: Path
    kind: DiskKind
    size_bytes: int
    file_bytes: int
    unique_id: str
    parents: tuple[Path, ...] = ()
    """Real places, the nearest first."""
    all_bytes: int = 0
    """Of its file and its parents'."""


class DiskReader:
    """Reads the disks of one import, each file's structures once, none of them outside of the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._damages: dict[Path, tuple[str, ...]] = {}
        self._table_bytes = 0

    def look_at(self, path: Path) -> RealDisk:
        """What a disk is, with its parents. Raises VhdError with a sentence: it is no VHD, it is damaged, a parent is
        missing."""
        _known_format(path)
        with open_image(path, within=self._folder) as image:
            chain = image.chain
            self._table_bytes += sum(one.table.nbytes for one in chain)
            if self._table_bytes > MOST_TABLE_BYTES:
                raise VhdError(f"{one_line(path.name)} and the disks before it have chains too long to be looked into")
            found = RealDisk(
                path=path,
                kind=KINDS[image.footer.kind],
                size_bytes=image.size_bytes,
                file_bytes=image.file_bytes,
                unique_id=str(image.footer.unique_id),
                parents=tuple(one.path.resolve() for one in chain[1:]),
                all_bytes=sum(one.file_bytes for one in chain),
            )
            sizes = {one.size_bytes for one in chain}
        if len(sizes) > 1:
            raise VhdError(f"{one_line(path.name)} has another size than a disk that it builds on")
        for one in (path.resolve(), *found.parents):
            self._refuse_damaged(one)
        return found

    def _refuse_damaged(self, path: Path) -> None:
        if path not in self._damages:
            self._damages[path] = tuple(one_line(str(damage))[:200] for damage in check_file(path))
        damages = self._damages[path]
        if damages:
            named = "; ".join(damages[:_MOST_NAMED])
            more = f"; and {len(damages) - _MOST_NAMED} more" if len(damages) > _MOST_NAMED else ""
            raise VhdError(f"{one_line(path.name)} is damaged: {named}{more}")


def _known_format(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise VhdError(f"{path.name} can't be read: {(error.strerror or str(error)).lower()}") from None
    for begin, name in ((b"vhdxfile", "a VHDX"), (b"KDMV", "a VMDK"), (b"# Disk D", "a VMDK"), (b"QFI\xfb", "a QCOW2")):
        if head.startswith(begin):
            raise OtherFormatError(f"{one_line(path.name)} is {name} file, and hvgui reads VHD")
