"""Findings: what an import could not match, lacked or had to assume. Nothing is dropped or guessed in silence."""

from __future__ import annotations

import msgspec

from hvgui.cluster.events import Level

MOST_FINDINGS = 5_000
"""Beyond so many, further ones are only counted."""

_NAMED = 5
"""Objects that a finding about many of them names."""


class Finding(msgspec.Struct, frozen=True):
    """One finding. `where` is the place in the file or the object; `sentence` says what, and what was assumed."""

    severity: Level
    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}" if self.where else self.sentence


class Findings:
    """Gathers findings. The same assumption about many objects becomes one finding that counts and names them."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._assumed: dict[str, tuple[Level, list[str]]] = {}
        self._beyond = 0

    def note(self, where: str, sentence: str) -> None:
        """Good to know; nothing is wrong."""
        self._add(Level.INFORMATION, where, sentence)

    def doubt(self, where: str, sentence: str) -> None:
        """Unmatched, missing or contradictory, and something was assumed in its stead."""
        self._add(Level.WARNING, where, sentence)

    def loss(self, where: str, sentence: str) -> None:
        """Left out."""
        self._add(Level.ERROR, where, sentence)

    def assumed(self, sentence: str, of: str, severity: Level = Level.INFORMATION) -> None:
        """The same for many objects; `of` is the object it was assumed of."""
        if sentence in self._assumed or len(self._assumed) < MOST_FINDINGS:
            self._assumed.setdefault(sentence, (severity, []))[1].append(of)
        else:
            self._beyond += 1

    def gathered(self) -> tuple[Finding, ...]:
        """All findings, the gravest first, otherwise in the order in which they came."""
        found = [*self._found, *(_many(sentence, *about) for sentence, about in self._assumed.items())]
        if self._beyond:
            found.append(Finding(Level.WARNING, "", f"There are {self._beyond:,} more findings of the same sort."))
        return tuple(sorted(found, key=lambda finding: -finding.severity))

    def _add(self, severity: Level, where: str, sentence: str) -> None:
        if len(self._found) < MOST_FINDINGS:
            self._found.append(Finding(severity, where, sentence))
        else:
            self._beyond += 1


def _many(sentence: str, severity: Level, objects: list[str]) -> Finding:
    names = ", ".join(dict.fromkeys(objects[:_NAMED]))
    more = f" and {len(objects) - _NAMED:,} more" if len(objects) > _NAMED else ""
    return Finding(severity, names + more, sentence)
