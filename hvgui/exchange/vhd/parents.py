"""Where a differencing disk's parent may lie, and how that is written down."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hvgui.exchange.vhd.layout import ABSOLUTE, RELATIVE, SECTOR_BYTES, Header, Locator

LONGEST_BYTES = 64 * 1024
"""A path longer than this is none."""


def candidates(child: Path, file: BinaryIO, header: Header) -> Iterator[Path]:
    """Places in which the parent is looked for, each once: by the relative path, by the absolute one, by its name."""
    found: dict[Path, None] = {}
    texts = [(one.code, locator_text(file, one)) for one in header.locators]
    for wanted in (RELATIVE, ABSOLUTE):
        for code, text in texts:
            if code == wanted and text:
                found[_path_of(child, text)] = None
    if header.parent_name:
        found[child.parent / _last_part(header.parent_name)] = None
    yield from found


def locator_text(file: BinaryIO, locator: Locator) -> str:
    """The path that a locator holds; empty where it holds none that can be read."""
    size = os.fstat(file.fileno()).st_size
    if not 0 < locator.length_bytes <= LONGEST_BYTES or locator.offset + locator.length_bytes > size:
        return ""
    file.seek(locator.offset)
    raw = file.read(locator.length_bytes)
    if len(raw) != locator.length_bytes:
        return ""
    try:
        return raw.decode("utf-16-le").rstrip("\0")
    except UnicodeDecodeError:
        return ""


def _path_of(child: Path, text: str) -> Path:
    """A path as Windows or we wrote it, seen from the child's folder. Drive letters mean nothing elsewhere: then only
    the name counts."""
    if "\0" in text:
        return child.parent / "?"
    if os.name != "nt" and len(text) > 1 and text[1] == ":":
        return child.parent / _last_part(text)
    return child.parent / text.replace("\\", "/")


def _last_part(text: str) -> str:
    return text.replace("\\", "/").rsplit("/", 1)[-1].replace("\0", "") or "?"


def locators_for(
    child: Path, parent: Path, offset: int, *, portable: bool = False
) -> tuple[tuple[Locator, ...], bytes]:
    """The two locators that Windows writes (a portable disk has the relative one only), and the bytes that stand at
    `offset` for them."""
    try:
        relative = os.path.relpath(parent.resolve(), child.resolve().parent).replace("/", "\\")
    except ValueError:  # another drive
        relative = parent.name
    if not relative.startswith("."):
        relative = f".\\{relative}"
    found, raw = [], b""
    texts = ((RELATIVE, relative), (ABSOLUTE, str(parent.resolve())))
    for code, text in texts[:1] if portable else texts:
        words = text.encode("utf-16-le")
        space = -(-len(words) // SECTOR_BYTES)
        found.append(Locator(code, space, len(words), offset + len(raw)))
        raw += words.ljust(space * SECTOR_BYTES, b"\0")
    return tuple(found), raw
