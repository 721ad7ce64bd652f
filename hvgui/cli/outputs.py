"""Where a command may write: asked before the work begins, and written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hvgui.cli.exits import BadInputError


def check_output(path: Path, *, overwrite: bool) -> None:
    """Raises BadInputError where the file can't be written or would replace one unasked."""
    try:
        _check(path, overwrite=overwrite)
    except OSError as error:  # a folder on the way that nobody may look into, a name too long for the disk
        raise BadInputError(f"{path} can't be written: {(error.strerror or str(error)).lower()}.") from None


def _check(path: Path, *, overwrite: bool) -> None:
    if path.is_dir():
        raise BadInputError(f"{path} is a folder; name the file to write.")
    if path.exists() and not overwrite:
        raise BadInputError(f"{path} exists already; --force overwrites it.")
    if not path.parent.is_dir():
        raise BadInputError(f"{path} can't be written: there is no folder {path.parent}.")
    if not os.access(path.parent, os.W_OK):
        raise BadInputError(f"{path} can't be written: {path.parent} allows no new files.")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; once the block is left well, what was written there takes its place."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield beside
        beside.replace(path)
    finally:
        for left in beside.parent.glob(f"{beside.name}*"):
            left.unlink(missing_ok=True)
