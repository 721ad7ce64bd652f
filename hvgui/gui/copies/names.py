"""Names for many VMs from one pattern: `WEB##` gives WEB01, WEB02 and so on."""

from __future__ import annotations

import re

from hvgui.gui.words import tr

_MARKS = re.compile("#+")
MOST = 500
"""VMs that are made in one go, at most."""


def names_of(pattern: str, count: int, first: int = 1) -> tuple[str, ...]:
    """The names, in order. Each `#` is a digit of the number; further digits come of themselves.

    Raises ValueError with the end of a sentence where several VMs would get one name.
    """
    text = pattern.strip()
    mark = _MARKS.search(text)
    if mark is None:
        if count > 1:
            raise ValueError(tr("put # where the number goes, such as {example}", example=f"{text or 'WEB'}##"))
        return (text,)
    digits = mark.end() - mark.start()
    return tuple(
        f"{text[: mark.start()]}{number:0{digits}d}{text[mark.end() :]}" for number in range(first, first + count)
    )


def first_free(pattern: str, count: int, taken: set[str]) -> int:
    """The lowest number from which on none of so many names is taken (names in small letters)."""
    if _MARKS.search(pattern) is None:
        return 1
    first = 1
    while True:
        clash = [
            number
            for number, name in enumerate(names_of(pattern, count, first), start=first)
            if name.casefold() in taken
        ]
        if not clash:
            return first
        first = clash[-1] + 1


def preview(names: tuple[str, ...], most: int = 200) -> str:
    """All of them as text, up to so many."""
    shown = ", ".join(names[:most])
    more = len(names) - most
    return shown if more <= 0 else tr("{names} and {count} more", names=shown, count=more)
