"""What was said during a test (log records, Qt messages), and what was expected to be said."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import pytest

IGNORED_QT_MESSAGES = re.compile(
    r"^This plugin does not support (propagateSizeHints\(\)|raise\(\)|grabbing the keyboard)$"
)


@dataclass
class Ear:
    """Collects one kind of utterance for the running test; those that were expected do not count against it."""

    kind: str
    unexpected: list[str] = field(default_factory=list)
    _expected: list[tuple[re.Pattern[str], list[str]]] = field(default_factory=list)

    def hear(self, message: str, told: str) -> None:
        """Note `message`; `told` is how a complaint would show it."""
        for pattern, matched in self._expected:
            if pattern.search(message):
                matched.append(message)
                return
        self.unexpected.append(told)

    def complaints(self) -> list[str]:
        """What was heard and not expected since the last call."""
        heard, self.unexpected = self.unexpected, []
        return [f"unexpected {self.kind}: {told}" for told in heard]

    @contextmanager
    def expecting(self, pattern: str, at_least: int) -> Iterator[list[str]]:
        """Within, messages that match `pattern` are welcome; fewer than `at_least` of them fail the test."""
        matched: list[str] = []
        expectation = (re.compile(pattern), matched)
        self._expected.append(expectation)
        try:
            yield matched
        finally:
            self._expected.remove(expectation)
        if len(matched) < at_least:
            pytest.fail(f"expected a {self.kind} matching {pattern!r} at least {at_least} times, got {matched}")


class LogEar(logging.Handler):
    """Hears what reaches the root logger at WARNING or above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.ear = Ear("log record")

    def emit(self, record: logging.LogRecord) -> None:
        """Note the record; one whose arguments do not fit its format raises in the caller, and so fails the test."""
        message = record.getMessage()
        where = f"{record.pathname}:{record.lineno}"
        self.ear.hear(message, f"{record.levelname} {record.name}: {message} (from {where})")


log_ear = LogEar()
qt_ear = Ear("Qt message")

Expectation = Callable[..., AbstractContextManager[list[str]]]


@pytest.fixture
def expect_log() -> Expectation:
    """`with expect_log("disk is full"):` a WARNING or worse that matches must be logged within.

    `at_least=0` makes it allowed instead of required. Yields the list of matching messages.
    """

    def expect(pattern: str, *, at_least: int = 1) -> AbstractContextManager[list[str]]:
        return log_ear.ear.expecting(pattern, at_least)

    return expect


@pytest.fixture
def expect_qt_message() -> Expectation:
    """`with expect_qt_message("QPixmap"):` Qt must print a warning that matches within; otherwise as `expect_log`."""

    def expect(pattern: str, *, at_least: int = 1) -> AbstractContextManager[list[str]]:
        return qt_ear.expecting(pattern, at_least)

    return expect
