"""XML from strangers: limits before reading, no DTD, no entities, no depth without end; and its leaves as values."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as Defused
from defusedxml.common import DefusedXmlException

from hvgui.cluster.one_line import one_line
from hvgui.cluster.units import MIB, format_bytes
from hvgui.exchange.imports.found import ImportRefusedError

MOST_BYTES = 32 * MIB
"""A larger file is refused before it is read: a VM's configuration has a few dozen KB, a recorded load makes it MB."""
MOST_ELEMENTS = 200_000
MOST_DEPTH = 40
LONGEST_TEXT = 10_000
"""Of a leaf's text, hvgui's own part aside."""
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")


def read_xml(path: Path) -> Element:
    """The root of an XML file. Raises ImportRefusedError with a sentence that names the file."""
    raw = read_bytes(path)
    try:
        root = Defused.fromstring(raw, forbid_dtd=True)
    except DefusedXmlException:
        text = "declares a document type or entities, which can make a reader open other files; it was not read"
        raise ImportRefusedError(f"{_name(path)} {text}. Take the DOCTYPE out of it.") from None
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        reason = one_line(str(error))[:200]
        raise ImportRefusedError(f"{_name(path)} is no XML that can be read ({reason}). Copy it again.") from None
    _check_shape(root, path)
    return root


def read_bytes(path: Path) -> bytes:
    """What a file holds. Raises ImportRefusedError: it is too large, no plain file, or can't be read."""
    try:
        if not path.is_file():
            raise ImportRefusedError(f"{_name(path)} is no plain file. Choose a configuration (.xml) or an OVF file.")
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ImportRefusedError(f"{_name(path)} can't be read: {reason.lower()}.") from None
    if len(raw) > MOST_BYTES:
        text = f"is larger than the {format_bytes(MOST_BYTES)} that any VM's configuration has; it was not read"
        raise ImportRefusedError(f"{_name(path)} {text}. Choose the configuration file itself.")
    return raw


def _name(path: Path) -> str:
    return one_line(path.name)[:200]


def _check_shape(root: Element, path: Path) -> None:
    level, count, depth = [root], 0, 0
    while level:
        count, depth = count + len(level), depth + 1
        if count > MOST_ELEMENTS or depth > MOST_DEPTH:
            what = "is nested too deeply" if depth > MOST_DEPTH else f"has more than {MOST_ELEMENTS:,} elements"
            raise ImportRefusedError(f"{_name(path)} {what} to be a VM's configuration; it was not read.")
        level = [child for one in level for child in one]


def local(element: Element) -> str:
    """An element's name without its namespace, in small letters."""
    return str(element.tag).rpartition("}")[2].lower()


def child(element: Element, *names: str) -> Element | None:
    """The first child of that name, its first of the next, and so on; whatever their namespaces and letters."""
    found: Element | None = element
    for name in names:
        if found is None:
            return None
        found = next((one for one in found if local(one) == name.lower()), None)
    return found


def children(element: Element | None, name: str) -> list[Element]:
    """All children of that name."""
    return [] if element is None else [one for one in element if local(one) == name.lower()]


def text_of(element: Element | None, *names: str, longest: int = LONGEST_TEXT) -> str | None:
    """A leaf's text without space around it; None where there is none."""
    found = child(element, *names) if element is not None else None
    return None if found is None else (found.text or "").strip()[:longest]


def integer_of(element: Element | None, *names: str) -> int | None:
    """A leaf's whole number; None where there is none or it is none."""
    text = text_of(element, *names)
    return int(text) if text is not None and _INTEGER.fullmatch(text) else None


def truth_of(element: Element | None, *names: str) -> bool | None:
    """A leaf's yes or no; None where there is none or it is neither."""
    text = (text_of(element, *names) or "").lower()
    return {"true": True, "1": True, "false": False, "0": False}.get(text)


def attribute(element: Element, name: str) -> str:
    """An attribute whatever its namespace; empty where there is none."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2].lower() == name.lower():
            return str(value).strip()[:LONGEST_TEXT]
    return ""
