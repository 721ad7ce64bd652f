"""Fuzzy matching for the command palette: the letters in their order, words' beginnings and runs of letters first."""

from __future__ import annotations

_RUN = 4
_WORD_START = 6
_TEXT_START = 8


def score(wanted: str, text: str) -> float | None:
    """How well the text answers; higher is better, None: not all letters are in it in that order.

    Spaces in what is wanted only part words. Greedy from every place where the first letter stands, best one counts.
    """
    letters = "".join(wanted.casefold().split())
    hay = text.casefold()
    if not letters:
        return 0.0
    starts = [place for place, letter in enumerate(hay) if letter == letters[0]]
    found = [one for one in (_from(start, letters, hay) for start in starts) if one is not None]
    return max(found) - len(hay) / 100 if found else None


def _from(start: int, letters: str, hay: str) -> float | None:
    total, before, place = 0.0, -2, start
    for letter in letters:
        place = hay.find(letter, max(place, before + 1))
        if place < 0:
            return None
        total += 1
        if place == before + 1:
            total += _RUN
        if place == 0:
            total += _TEXT_START
        elif not hay[place - 1].isalnum():
            total += _WORD_START
        before = place
    return total
