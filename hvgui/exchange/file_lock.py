"""A lock on a file that the system takes back by itself when its holder dies, however it dies.

It lies on a small file of its own. Not on the file that it protects: on POSIX, closing any handle of a file drops
every `fcntl` lock that the process has on it, SQLite's own included.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Self

if sys.platform == "win32":
    import msvcrt

    def _seize(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _let_go(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _seize(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


class FileLock:
    """The right to do what one lock file stands for. `taken` gives one, `release` gives it back."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle: int | None = handle

    @classmethod
    def taken(cls, path: Path) -> Self | None:
        """The lock, or None where somebody has it or no file can be made there."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            handle = os.open(path, flags, 0o600)
        except OSError:
            return None
        try:
            _seize(handle)
        except OSError:
            os.close(handle)
            return None
        if not _is_still_at(handle, path):
            os.close(handle)
            return None
        return cls(path, handle)

    def release(self) -> None:
        """Gives the lock back. The file is taken away first, so that nobody meets a leftover."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                self._path.unlink()
        with contextlib.suppress(OSError):
            _let_go(handle)
        os.close(handle)
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                self._path.unlink()


def _is_still_at(handle: int, path: Path) -> bool:
    """Whether what we locked is what others would find: its holder may have taken the file away in between."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False
