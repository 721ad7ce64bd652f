"""PowerShell's objects as JSON writes them, and the ways in which the same property comes out differently.

ConvertTo-Json writes enums as numbers, or as names, or (from a remote session) as `{"value": 2, "Value": "Running"}`; a
list of one as the one alone; in Windows PowerShell 5.1 some lists as `{"value": [...], "Count": n}`; dates as
`/Date(milliseconds)/`, alone or inside an object, or in ISO form; spans of time as `1.02:03:04` or as an object with
Ticks; and names of other objects as text or as objects with a Name. Property names differ in case between sources.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hvgui.cluster.units import MIB, parse_bytes
from hvgui.exchange.findings import Findings
from hvgui.exchange.inventory_file import Value

LONGEST_NAME = 256
LONGEST_NOTE = 4_000
_FEWEST_MEGABYTES = 16
"""The least memory that anybody gives a VM."""
_DATE = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{4})?\)/")
_SPAN = re.compile(r"(-)?(?:(\d{1,8})\.)?(\d{1,4}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?")
_DIGITS = re.compile(r"[+-]?\d{1,25}(?:\.\d{1,25})?(?:[eE][+-]?\d{1,3})?")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3}){1,8}(?:\.\d{1,25})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
T = TypeVar("T")


def listed(value: Value) -> list[Value]:
    """A list out of what PowerShell made of one: nothing, a single object, an array, or a wrapped array."""
    value = _unwrapped_list(value)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _unwrapped_list(value: Value) -> Value:
    if isinstance(value, dict) and len(value) <= 3:
        keys = {key.lower(): key for key in value}
        if "count" in keys and "value" in keys and isinstance(value[keys["value"]], list):
            return value[keys["value"]]
    return value


def scalar(value: Value) -> bool | int | float | str | None:
    """The text or number in a value that may be wrapped: an enum from a remote session, or an object with a Name."""
    for _ in range(4):
        if isinstance(value, list):
            value = value[0] if len(value) == 1 else None
        elif isinstance(value, dict):
            value = _inner(value)
        else:
            return value
    return None


def _inner(value: dict[str, Value]) -> Value:
    """What stands for an object: an enum's name before its number, an object's Name, an id's text."""
    found: list[Value] = [
        inner for key, inner in value.items() if key.lower() in ("value", "name", "guid", "id") and inner is not None
    ]
    texts = [inner for inner in found if isinstance(inner, str)]
    return texts[0] if texts else found[0] if found else None


def as_number(value: Value) -> float | None:
    """A finite number out of a number or the text of one; None where it is none."""
    plain = scalar(value)
    if isinstance(plain, bool) or plain is None:
        return None
    if isinstance(plain, str):
        text = plain.strip()
        if _THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        if not _DIGITS.fullmatch(text):
            return None
        plain = float(text)
    number = float(plain)
    return number if math.isfinite(number) else None


def as_moment(value: Value) -> datetime | None:
    """A date out of `/Date(ms)/`, ISO text, or an object holding one; None where it is none."""
    if isinstance(value, dict):
        inner = {key.lower(): one for key, one in value.items()}
        value = inner.get("value") or inner.get("datetime")
    if not isinstance(value, str):
        return None
    match = _DATE.fullmatch(value.strip())
    try:
        if match is not None:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(match[1]))
        moment = datetime.fromisoformat(value.strip())
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def as_span_seconds(value: Value) -> float | None:
    """Seconds out of `1.02:03:04`, a TimeSpan object or a number of seconds; None where it is none."""
    if isinstance(value, dict):
        inner = {key.lower(): one for key, one in value.items()}
        ticks, seconds = as_number(inner.get("ticks")), as_number(inner.get("totalseconds"))
        return seconds if seconds is not None else None if ticks is None else ticks / 1e7
    if isinstance(value, str):
        match = _SPAN.fullmatch(value.strip())
        if match is None:
            return None
        sign, days, hours, minutes, seconds_text, fraction = match.groups()
        whole = int(days or 0) * 86_400 + int(hours) * 3_600 + int(minutes) * 60 + int(seconds_text)
        total = whole + float(f"0.{fraction or 0}")
        return -total if sign else total
    return as_number(value)


def clean_text(value: Value, longest: int = LONGEST_NAME) -> str:
    """Text for people: without control characters, trimmed, and of bounded length. A number becomes its digits."""
    plain = scalar(value)
    if plain is None or isinstance(plain, bool):
        return ""
    return _CONTROL.sub(" ", str(plain)[: longest * 2]).strip()[:longest]


class PsObject:
    """One object of an inventory with its place in the file. Asking for a property never fails: what can't be read is
    a finding, and the answer is None or empty."""

    __slots__ = ("_findings", "_keys", "_values", "where")

    def __init__(self, values: Mapping[str, Value], where: str, findings: Findings) -> None:
        self._values = values
        self._keys = {key.lower(): key for key in values}
        self._findings = findings
        self.where = where

    def raw(self, *names: str) -> Value:
        """The first of these properties that is there and not null, whatever the case of its name."""
        for name in names:
            key = self._keys.get(name.lower())
            if key is not None and self._values[key] is not None:
                return self._values[key]
        return None

    def has(self, *names: str) -> bool:
        """Whether one of these properties is there and not null."""
        return self.raw(*names) is not None

    def text(self, *names: str, longest: int = LONGEST_NAME) -> str:
        """A property as text; empty where it is missing."""
        return clean_text(self.raw(*names), longest)

    def number(self, *names: str) -> float | None:
        """A property as a number."""
        return self._read(as_number, "a number", names)

    def count(self, *names: str, most: int = 1_000_000) -> int | None:
        """A property as a whole number of at least 0."""
        number = self.number(*names)
        if number is None:
            return None
        if not 0 <= number <= most or number != int(number):
            self._findings.doubt(self.where, f"{names[0]} is {number:g}, which can't be; it was taken as missing.")
            return None
        return int(number)

    def size(self, *names: str) -> int | None:
        """A property as bytes, below 2^60: a number, its text, or text with a unit."""
        value = self.raw(*names)
        if value is None:
            return None
        number = as_number(value)
        if number is None and isinstance(value, str):
            try:
                number = float(parse_bytes(value[:64]))
            except ValueError:
                number = None
        if number is None or not 0 <= number < 2**60:
            self._findings.doubt(self.where, f"{names[0]} is no size in bytes; it was taken as missing.")
            return None
        return round(number)

    def memory(self, *names: str) -> int | None:
        """A property as bytes of memory. So few that they must be megabytes are read as those."""
        size = self.size(*names)
        if size is None or size >= MIB or size == 0:
            return size
        if size >= _FEWEST_MEGABYTES:
            self._findings.doubt(self.where, f"{names[0]} is {size}; that can't be bytes and was read as megabytes.")
            return size * MIB
        return size

    def flag(self, *names: str) -> bool | None:
        """A property as yes or no: true, 1, `True`."""
        value = scalar(self.raw(*names))
        if value is None or isinstance(value, bool):
            return value
        known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        answer = known.get(str(value).strip().lower())
        if answer is None:
            self._findings.doubt(
                self.where, f"{names[0]} is '{clean_text(value, 40)}', neither true nor false; taken as missing."
            )
        return answer

    def span_seconds(self, *names: str) -> float | None:
        """A property as a span of time."""
        return self._read(as_span_seconds, "a span of time", names)

    def moment(self, *names: str) -> datetime | None:
        """A property as a date."""
        return self._read(as_moment, "a date", names)

    def one_of(self, meanings: Mapping[int | str, T], *names: str) -> T | None:
        """A property that is an enum: its number or its name (case and blanks aside), by the table of meanings."""
        value = scalar(self.raw(*names))
        if value is None:
            return None
        number = as_number(value)
        key: int | str = int(number) if number is not None else str(value).replace(" ", "").lower()
        found = meanings.get(key)
        if found is None:
            self._findings.doubt(self.where, f"{names[0]} is '{clean_text(value, 40)}', which is not known.")
        return found

    def objects(self, *names: str) -> Iterator[PsObject]:
        """A property as a list of objects; entries that are none are findings."""
        yield from objects_in(self.raw(*names), f"{self.where}.{names[0]}", self._findings)

    def child(self, *names: str) -> PsObject:
        """A property as an object; an empty one where it is missing."""
        value = self.raw(*names)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return PsObject(value if isinstance(value, dict) else {}, f"{self.where}.{names[0]}", self._findings)

    def with_default(self, name: str, value: str) -> PsObject:
        """The same object, with that property where it has none."""
        return self if self.has(name) else PsObject({**self._values, name: value}, self.where, self._findings)

    def names(self, *names: str) -> tuple[str, ...]:
        """A property as a list of names."""
        texts = (clean_text(value) for value in listed(self.raw(*names)))
        return tuple(text for text in texts if text)

    def property_names(self) -> tuple[str, ...]:
        """The properties there are."""
        return tuple(self._values)

    def _read(self, reader: Callable[[Value], T | None], what: str, names: tuple[str, ...]) -> T | None:
        value = self.raw(*names)
        if value is None:
            return None
        answer = reader(value)
        if answer is None:
            self._findings.doubt(self.where, f"{names[0]} is not {what}; it was taken as missing.")
        return answer


def objects_in(value: Value, where: str, findings: Findings) -> Iterator[PsObject]:
    """The objects of a list; what is no object is a finding."""
    for row, entry in enumerate(listed(value)):
        if isinstance(entry, dict):
            yield PsObject(entry, f"{where}[{row}]", findings)
        elif entry is not None:
            findings.loss(f"{where}[{row}]", "This is no object; it was left out.")
