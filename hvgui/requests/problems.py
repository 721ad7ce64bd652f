"""Problems: why a request would be refused, or what one should know before asking."""

from __future__ import annotations

import enum

import msgspec


class Severity(enum.Enum):
    """A blocker refuses the request; a warning does not."""

    BLOCKER = "blocker"
    WARNING = "warning"


class Problem(msgspec.Struct, frozen=True):
    """One problem. `message` says what, of which object and why; `remedy` what clears it."""

    code: str
    message: str
    remedy: str = ""
    severity: Severity = Severity.BLOCKER

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()


def warning(code: str, message: str, remedy: str = "") -> Problem:
    """A problem that does not refuse the request."""
    return Problem(code, message, remedy, Severity.WARNING)


def blockers(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Those that refuse the request."""
    return tuple(problem for problem in problems if problem.severity is Severity.BLOCKER)
