"""The folder that an export is written into: under another name, which gives way to its own at the end.

Whoever writes it holds a lock beside it, which the system takes back when he dies. So a folder whose lock can be had is
what a killed export has left: the next one into the same place removes it, and nobody takes it for an export.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hvgui.exchange.file_lock import FileLock
from hvgui.exchange.vhd.errors import VhdError

_DRAFT = re.compile(r"\..+\.[0-9a-f]{8}\.part")
_LOCK = re.compile(r"\..+\.[0-9a-f]{8}\.part-lock")
_ATTEMPTS = 5


def is_draft(path: Path) -> bool:
    """Whether a folder is (or was to become) an export that is not finished."""
    return _DRAFT.fullmatch(path.name) is not None


@contextmanager
def draft_folder(target: Path) -> Iterator[Path]:
    """An empty folder beside `target`, which takes its place when all went well and is deleted otherwise.

    Raises VhdError where the place is taken meanwhile, or no lock can be had; OSError from the file system.
    """
    draft, lock = _claimed(target)
    try:
        draft.mkdir()
        yield draft
        if target.exists():
            raise VhdError(f"{target} has come to be meanwhile")
        _settle(draft)
        draft.rename(target)
        _settle(target.parent)
    finally:
        if draft.exists():
            shutil.rmtree(draft, ignore_errors=True)
        lock.release()


def _claimed(target: Path) -> tuple[Path, FileLock]:
    """A free name and the lock that goes with it."""
    stem = target.name.encode("utf-8")[:120].decode("utf-8", errors="ignore")
    for _ in range(_ATTEMPTS):
        draft = target.with_name(f".{stem}.{secrets.token_hex(4)}.part")
        lock = FileLock.taken(_lock_of(draft))
        if lock is not None:
            return draft, lock
    raise VhdError(f"{target.parent} can't be written: it takes no new file, or none of its files can be locked")


def _lock_of(draft: Path) -> Path:
    return draft.with_name(f"{draft.name}-lock")


def _settle(folder: Path) -> None:
    """Makes the names in a folder survive a power cut, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # a file system that can't do it for folders
        return
    finally:
        os.close(handle)


def remove_dead(into: Path) -> None:
    """Removes what killed exports have left in a folder; what somebody writes at the moment stays."""
    try:
        entries = [path for path in into.iterdir() if path.name.startswith(".") and not path.is_symlink()]
    except OSError:
        return
    for draft in (path for path in entries if is_draft(path) and path.is_dir()):
        _remove_if_dead(draft, _lock_of(draft))
    for path in entries:
        if _LOCK.fullmatch(path.name):
            _remove_if_dead(path.with_name(path.name.removesuffix("-lock")), path)


def _remove_if_dead(draft: Path, lock_path: Path) -> None:
    lock = FileLock.taken(lock_path)
    if lock is None:
        return
    try:
        if draft.exists():
            shutil.rmtree(draft, ignore_errors=True)
    finally:
        lock.release()
