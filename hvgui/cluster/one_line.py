"""Text from outside on its way to people: names and file names may hold anything, even orders to a terminal."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text as it may stand in a line: a question mark for whatever can't be printed, line breaks among them."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)
