"""One writer a lab file: a lock on a small file beside the lab."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from hvgui.exchange.file_lock import FileLock


class LabLock(FileLock):
    """The right to write one lab file."""

    @classmethod
    def taken(cls, path: Path) -> Self | None:
        """The lock of a lab file, or None where somebody has it or no file can be made beside the lab."""
        return super().taken(lock_path(path))


def lock_path(lab_path: Path) -> Path:
    """Where the lock of a lab file lies."""
    return lab_path.with_name(f"{lab_path.name}-lock")
