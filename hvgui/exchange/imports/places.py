"""Where a named file lies within the folder of an import: never outside of it, whatever the name says."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from hvgui.cluster.one_line import one_line
from hvgui.exchange.export.plan import DISKS, MACHINES, SNAPSHOTS

MOST_ENTRIES = 20_000
"""Of a folder; more are not looked at."""
_FOLDERS = (DISKS, SNAPSHOTS, MACHINES, "")


class OutsideError(Exception):
    """The file lies outside of the folder. The message is the end of a sentence."""


def within(folder: Path, path: Path) -> Path | None:
    """The path itself where it is a plain file in the folder; None: there is none. Raises OutsideError."""
    try:
        real, root = path.resolve(), folder.resolve()
        if not real.is_relative_to(root):
            raise OutsideError("it is a link out of the folder")
        return path if real.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None


class Folder:
    """The folder of one import. What lies in it is listed once, however many files are looked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listed: dict[str, dict[str, Path]] = {}

    def located(self, text: str) -> Path | None:
        """The file that a path as Hyper-V or hvgui wrote it means: by the way to it where that stays in the folder,
        otherwise by its name alone in one of the folders of an export. None: it is not there. Raises OutsideError."""
        parts = PurePosixPath(text.replace("\\", "/")).parts
        if not parts or "\0" in text:
            return None
        if _stays(parts):
            found = within(self.root, self.root.joinpath(*parts))
            if found is not None:
                return found
        name = parts[-1]
        if name in ("..", ".", "/") or ":" in name:
            return None
        places = (self._names(one).get(name.lower()) for one in _FOLDERS)
        files = (within(self.root, place) for place in places if place is not None)
        return next((file for file in files if file is not None), None)

    def _names(self, inner: str) -> dict[str, Path]:
        """Files by their names in small letters: Windows takes `Disk.VHD` for `disk.vhd`."""
        if inner not in self._listed:
            self._listed[inner] = {entry.name.lower(): entry for entry in entries(self.root / inner)}
        return self._listed[inner]


def _stays(parts: tuple[str, ...]) -> bool:
    return parts[0] != "/" and not any(part == ".." or ":" in part for part in parts)


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name; at most so many, and nothing where it can't be read."""
    found = []
    try:
        with os.scandir(folder) as scanned:
            for entry in scanned:
                found.append(folder / entry.name)
                if len(found) >= MOST_ENTRIES:
                    break
    except (OSError, ValueError):
        return []
    return sorted(found)


def last_part(text: str) -> str:
    """The file's name in a path, as it may stand in a sentence."""
    return one_line(text.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1])[:200] or "?"
