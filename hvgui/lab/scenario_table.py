"""Reading a scenario's TOML: every value typed on the way out, every mistake named with its file, line and table.

A `Table` remembers which keys were asked for; `close` then complains of the others and suggests the nearest.
"""

from __future__ import annotations

import difflib
import math
import re
import stat
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from hvgui.cluster.one_line import one_line
from hvgui.cluster.units import format_bytes, parse_bytes, parse_duration, parse_rate
from hvgui.lab.errors import LabError

LARGEST_SCENARIO_BYTES = 4 * 1024 * 1024
LONGEST_SECONDS = 100 * 365 * 86_400.0
"""A hundred years: beyond this a duration is a slip of the pen."""

T = TypeVar("T")


class ScenarioError(LabError):
    """A scenario that can't be used. The message is one sentence with file, line or table, and what clears it."""


def read_toml(path: Path) -> Table:
    """The outermost table of a TOML file. Raises ScenarioError with a sentence for whatever can't be read."""
    try:
        text = _read_text(path)
        return Table(tomllib.loads(text), "", Source(path, text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = "its tables are nested too deeply" if isinstance(error, RecursionError) else _lower(str(error))
        raise ScenarioError(f"{path} is not TOML: {reason}.") from None


def _read_text(path: Path) -> str:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ScenarioError(f"{path} is a folder, not a scenario.")
        if not stat.S_ISREG(status.st_mode):
            raise ScenarioError(f"{path} is not a file that holds a scenario.")
        if status.st_size > LARGEST_SCENARIO_BYTES:
            size, most = format_bytes(status.st_size), format_bytes(LARGEST_SCENARIO_BYTES)
            raise ScenarioError(f"{path} has {size}; a scenario has at most {most}.")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ScenarioError(f"{path} can't be read: {_lower(reason)}.") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ScenarioError(f"{path}, line {line}: not UTF-8 text; save the scenario as UTF-8.") from None


class Source:
    """A scenario's text, to find the line of what is wrong in it."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._lines = text.splitlines()

    def line(self, header: str, number: int, key: str | None) -> int | None:
        """The line (from 1) of a key, or of its table's header; None where the text is too clever to tell.

        `header` is as written (`[[vm]]`, `[profile]`; empty: before the first table), `number` counts from 1.
        """
        starts = self._headers(header)
        if header and len(starts) < number:
            return None
        start = starts[number - 1] if header else -1
        for row in range(start + 1, len(self._lines)):
            line = self._lines[row].lstrip()
            if line.startswith("["):
                break
            if key is not None and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
                return row + 1
        if header:
            return start + 1
        tables = self._headers(f"[{key}]") or self._headers(f"[[{key}]]")
        return tables[0] + 1 if tables else None

    def _headers(self, header: str) -> list[int]:
        return [row for row, line in enumerate(self._lines) if line.split("#")[0].replace(" ", "").strip() == header]


class Table:
    """One table of a scenario and its place there."""

    def __init__(
        self, values: Mapping[str, object], header: str, source: Source, number: int = 1, inner: str = ""
    ) -> None:
        self._values = values
        self._header = header
        self._source = source
        self._number = number
        self._inner = inner
        """What leads from the written table to this one, for example `regions 2`; its first word is a key."""
        self._asked: dict[str, None] = {}

    @property
    def path(self) -> Path:
        """The file that the table is in."""
        return self._source.path

    def error(self, sentence: str, key: str | None = None) -> ScenarioError:
        """An error at this table, or at one of its keys."""
        line = self._source.line(self._header, self._number, self._inner.split(" ")[0] or key)
        place = [str(self.path)]
        if line is not None:
            place.append(f"line {line}")
        if self._header:
            place.append(f"{self._header} {self._number}" if self._header.startswith("[[") else self._header)
        if self._inner:
            place.append(self._inner)
        return ScenarioError(f"{', '.join(place)}: {sentence}")

    def close(self) -> None:
        """Complains of the first key that nobody has asked for."""
        for key in self._values:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, 1, 0.5)
                hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(self._asked)}."
                raise self.error(f"{_short(key)} is not a key here; {hint}", key)

    def has(self, key: str) -> bool:
        """Whether the key is given; asks for it."""
        self._asked[key] = None
        return key in self._values

    def keys(self) -> tuple[str, ...]:
        """The keys that are given."""
        return tuple(self._values)

    def needed(self, key: str, value: T | None) -> T:
        """The value, which can't be left out."""
        if value is None:
            raise self.error(f"'{key}' is missing.")
        return value

    # Plain values; each None where the key is not given

    def text(self, key: str) -> str | None:
        """A text."""
        value = self._value(key)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(key, value, 'a text in quotes, such as "NODE1"')

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts; a single text is a list of one."""
        value = self._value(key)
        if value is None:
            return None
        found = value if isinstance(value, list) else [value]
        texts = tuple(one for one in found if isinstance(one, str))
        if len(texts) != len(found):
            raise self._wrong(key, value, 'a list of texts, such as ["NODE1", "NODE2"]')
        return texts

    def text_lists(self, key: str) -> tuple[tuple[str, ...], ...] | None:
        """A list of lists of texts."""
        value = self._value(key)
        if value is None:
            return None
        lists: list[object] = value if isinstance(value, list) else [value]
        found = [[text for text in one if isinstance(text, str)] if isinstance(one, list) else None for one in lists]
        if found != lists:
            raise self._wrong(key, value, 'a list of lists of texts, such as [["NODE1"], ["NODE2", "NODE3"]]')
        return tuple(tuple(one) for one in found if one is not None)

    def flag(self, key: str) -> bool | None:
        """true or false."""
        value = self._value(key)
        if value is None or isinstance(value, bool):
            return value
        raise self._wrong(key, value, "true or false")

    def whole(self, key: str, least: int = 0, most: int = 2**31) -> int | None:
        """A whole number."""
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(key, value, f"a whole number from {least} to {most}")
        return value

    def number(self, key: str, least: float = 0.0, most: float = 1e15) -> float | None:
        """A number."""
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self._wrong(key, value, f"a number from {least:g} to {most:g}")
        return float(value)

    def numbers(self, key: str) -> tuple[float, ...] | None:
        """A list of numbers, none below 0."""
        value = self._value(key)
        if value is None:
            return None
        found = value if isinstance(value, list) else [value]
        numbers = [
            one for one in found if isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one < 1e15
        ]
        if len(numbers) != len(found):
            raise self._wrong(key, value, "a list of numbers, none below 0")
        return tuple(float(one) for one in numbers)

    def choice(self, key: str, choices: Mapping[str, T]) -> T | None:
        """One of several words."""
        value = self._value(key)
        if value is None:
            return None
        if not isinstance(value, str) or value not in choices:
            raise self._wrong(key, value, self._one_of(value, choices))
        return choices[value]

    # Quantities with units

    def size(self, key: str) -> int | None:
        """Bytes, such as "4 GB"."""
        return self._quantity(key, parse_bytes, "a size such as '4 GB' or '512 MB'")

    def rate(self, key: str) -> float | None:
        """Bytes per second, such as "1 Gbit/s"."""
        return self._quantity(key, parse_rate, "a rate such as '1 Gbit/s' or '125 MB/s'")

    def duration(self, key: str) -> float | None:
        """Seconds, such as "30s"."""
        seconds = self._quantity(key, parse_duration, "a duration such as '30s' or '5 min'")
        if seconds is not None and not seconds <= LONGEST_SECONDS:
            raise self._wrong(key, self._values[key], "a duration of at most a hundred years")
        return seconds

    # Tables within

    def table(self, key: str) -> Table | None:
        """A table."""
        value = self._value(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(key, value, f"a table, such as [{key}]")
        return self._within(key, value, 0)

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables; empty where it is not given."""
        value = self._value(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self._wrong(key, value, f"a list of tables, such as [[{key}]]")
        return tuple(self._within(key, one, number) for number, one in enumerate(value, 1))

    def is_table(self, key: str) -> bool:
        """Whether the key is given as a table."""
        return isinstance(self._value(key), dict)

    def is_a_text(self, key: str) -> bool:
        """Whether the key holds some text; asks for it."""
        return isinstance(self._value(key), str)

    def is_text(self, key: str, text: str) -> bool:
        """Whether the key is given as just that text."""
        return self._value(key) == text

    def _within(self, key: str, values: dict[str, object], number: int) -> Table:
        if self._header or self._inner:
            inner = f"{key} {number}" if number else key
            return Table(values, self._header, self._source, self._number, f"{self._inner} {inner}".strip())
        return Table(values, f"[[{key}]]" if number else f"[{key}]", self._source, number or 1)

    def _value(self, key: str) -> object:
        self._asked[key] = None
        return self._values.get(key)

    def _quantity(self, key: str, parse: Callable[[str | float], T], expected: str) -> T | None:
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self._wrong(key, value, expected)
        try:
            quantity = parse(value)
        except (ValueError, OverflowError):
            raise self._wrong(key, value, expected) from None
        if isinstance(quantity, float) and not math.isfinite(quantity):
            raise self._wrong(key, value, expected)
        return quantity

    def _wrong(self, key: str, value: object, expected: str) -> ScenarioError:
        return self.error(f"'{key}' is {_short(value)}, where {expected} is expected.", key)

    @staticmethod
    def _one_of(value: object, choices: Iterable[str]) -> str:
        near = difflib.get_close_matches(value, choices, 1, 0.5) if isinstance(value, str) else []
        listed = "one of: " + ", ".join(choices)
        return f"{listed} (did you mean '{near[0]}'?)" if near else listed


def nearest(name: str, names: Iterable[str]) -> str:
    """The end of a sentence about a name that does not exist: the nearest, or the first few there are."""
    known = list(names)
    near = difflib.get_close_matches(name, known, 1, 0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    if not known:
        return "there are none."
    more = f" and {len(known) - 8} more" if len(known) > 8 else ""
    return f"there are: {', '.join(known[:8])}{more}."


def _short(value: object) -> str:
    """A value as it may stand in a sentence: one line, not too long."""
    try:
        text = f"'{value}'" if isinstance(value, str) else _as_toml(value)
    except ValueError:
        return "a number of thousands of digits"
    text = one_line(text)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _as_toml(value: object) -> str:
    """A value as its author wrote it, which is not always as Python would."""
    return str(value).lower() if isinstance(value, bool | float) else str(value)


def _lower(sentence: str) -> str:
    """A sentence of somebody else's as the end of ours."""
    text = sentence.strip().rstrip(".")
    return text[:1].lower() + text[1:]
