"""What commands write: tables for people, JSON for programs, and how far they are."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from hvgui.cli.exits import OutputError
from hvgui.cluster.one_line import one_line

_QUIET_SECONDS = 2.0
"""Where there is no terminal: seconds between two lines that say how far the work is."""


def say(text: str) -> None:
    """One line on standard output."""
    with _output():
        sys.stdout.write(f"{one_line(text)}\n")


def say_lines(lines: Iterable[str]) -> None:
    """Lines on standard output."""
    for line in lines:
        say(line)


def flush() -> None:
    """Makes sure that what was said has arrived. Raises OutputError, or BrokenPipeError where nobody listens."""
    with _output():
        sys.stdout.flush()


@contextmanager
def _output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.strerror or str(error)) from None


def say_json(value: object) -> None:
    """A value as indented JSON on standard output."""
    import msgspec

    with _output():
        sys.stdout.write(f"{msgspec.json.format(msgspec.json.encode(value), indent=2).decode()}\n")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of columns as wide as they need to be; those whose cells begin with digits are set to the right."""
    lines = [tuple(heads), *(tuple(one_line(cell) for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    right = [_is_numeric([row[column] for row in rows]) for column in range(len(heads))]
    return [
        "  ".join(
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    ]


def _is_numeric(cells: Sequence[str]) -> bool:
    return any(cells) and all(cell == "" or cell[0].isdigit() or cell[0] in "+-" for cell in cells)


class Progress(Protocol):
    """How far a command is."""

    def reached(self, done: float, total: float, text: str) -> None:
        """So much of so much is done; `text` says what."""


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """A bar on standard error while it is a terminal, otherwise a plain line there every few seconds."""
    if not sys.stderr.isatty():
        yield _Lines(what)
        return
    with _bar(what) as bar:
        yield bar


class _Lines:
    """Plain lines, only for work that takes long enough to wonder about."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._last = time.monotonic()

    def reached(self, done: float, total: float, text: str) -> None:
        """See Progress."""
        now = time.monotonic()
        if now - self._last >= _QUIET_SECONDS and total > 0:
            self._last = now
            sys.stderr.write(one_line(f"{self._what}: {100 * done / total:.0f} % ({text})") + "\n")


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[text]}"))
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(escape(what), total=None, text="")

        class Bar:
            """Passes on to rich."""

            def reached(self, done: float, total: float, text: str) -> None:
                """See Progress."""
                bars.update(task, completed=done, total=total, text=escape(text))

        yield Bar()
