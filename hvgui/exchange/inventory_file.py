"""An inventory file as plain values: limits before reading, encodings, and broken JSON with line and column."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import msgspec

from hvgui.cluster.units import MIB, format_bytes
from hvgui.exchange.findings import Findings

MOST_BYTES = 256 * MIB
"""A larger file is refused before it is read; the inventory of 8,000 VMs is some 40 MB."""

MOST_VALUES = 5_000_000
"""JSON with more brackets and commas than this is refused before it is decoded: it would fill the memory."""

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OFFSET = re.compile(r"\s*\(byte (\d+)\)")


class InventoryError(Exception):
    """The file is no inventory that hvgui can read. Its text is one sentence: file, place, what, and what clears it."""


def read_values(path: Path, findings: Findings) -> Value:
    """The JSON value in a file. Raises InventoryError."""
    data = _content(path)
    text = _as_utf8(data, path, findings)
    if sum(text.count(mark) for mark in b"[{,") > MOST_VALUES:
        raise InventoryError(
            f"{path.name} holds more than {MOST_VALUES:,} values, more than any cluster has; it was not read."
        )
    try:
        value: Value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise InventoryError(_broken(path, text, wrong)) from None
    except RecursionError:
        raise InventoryError(f"{path.name} is nested too deeply to be an inventory; it was not read.") from None
    return value


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist" if not path.exists() else "is not a plain file"
            raise InventoryError(f"{path} {what}; choose the JSON file that the collector wrote.")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise InventoryError(
                f"{path.name} is {format_bytes(size)} large and an inventory is at most {format_bytes(MOST_BYTES)}; "
                "it was not read. Collect a single cluster into a file of its own."
            )
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) and wrong.strerror else str(wrong)
        raise InventoryError(f"{path} can't be read: {reason}.") from None
    if len(data) > MOST_BYTES:
        raise InventoryError(f"{path.name} grows beyond {format_bytes(MOST_BYTES)} while it is read; it was not read.")
    if not data.strip(b" \t\r\n\0"):
        raise InventoryError(f"{path.name} is empty; run the collector again.")
    return data


def _as_utf8(data: bytes, path: Path, findings: Findings) -> bytes:
    """The file's text as UTF-8 without a byte order mark: PowerShell's `>` writes UTF-16, older tools the ANSI page."""
    encoding, start = _encoding(data)
    if encoding == "utf-8":
        text = data[start:] if start else data
        if _is_utf8(text):
            return text
        findings.doubt(
            path.name, "It is not UTF-8 and was read as Windows-1252; names with accents may have come out wrong."
        )
        return text.decode("cp1252", "replace").encode()
    try:
        return data[start:].decode(encoding).encode()
    except (UnicodeDecodeError, UnicodeEncodeError) as wrong:
        raise InventoryError(
            f"{path.name} begins as {encoding.upper()} text and is damaged near byte {wrong.start + start:,}; "
            "copy it again as a binary file."
        ) from None


def _encoding(data: bytes) -> tuple[str, int]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    head = data[:2]
    if len(head) == 2 and 0 in head and head != b"\0\0":
        return ("utf-16-be" if head[0] == 0 else "utf-16-le"), 0
    return "utf-8", 0


def _is_utf8(data: bytes) -> bool:
    """Checks in chunks, so that no second copy of the whole file is made."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), MIB):
            decoder.decode(data[start : start + MIB], final=start + MIB >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def _broken(path: Path, text: bytes, wrong: Exception) -> str:
    said = str(wrong)
    offset = _OFFSET.search(said)
    if "truncated" in said or "surrogate" in said:
        at, what = len(text.rstrip()), "it ends too early or holds half a character"
    else:
        at = int(offset[1]) if offset else 0
        what = _OFFSET.sub("", said).removeprefix("JSON is malformed: ")
    line = text.count(b"\n", 0, at) + 1
    column = len(text[text.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "replace")) + 1
    return (
        f"{path.name}, line {line}, column {column}: this is no JSON ({what}); "
        "run the collector again, or copy the file again."
    )
