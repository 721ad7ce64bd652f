"""Units: what numbers mean inside hvgui, and how people write and read them.

Inside, sizes are bytes (int), rates are bytes per second (float), durations are seconds (float) and moments are
nanoseconds since the lab's start (int). Conversions happen only where text comes in or goes out, and here.
Sizes follow Windows and people of the field: KB, MB, GB and TB are read as powers of 1024, as KiB ... TiB are; rates
of disks and links (`MB/s`, `Mbit/s`) are powers of 1000, as vendors print them.
"""

from __future__ import annotations

import re

KIB = 1024
MIB = 1024**2
GIB = 1024**3
TIB = 1024**4
PAGE_BYTES = 4096
NANOSECONDS = 1_000_000_000
"""Nanoseconds in a second."""

_SIZE = {"": 1, "b": 1, "k": KIB, "m": MIB, "g": GIB, "t": TIB, "p": 1024**5}
_RATE = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_DURATION = {"ms": 0.001, "s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# "Mbps" is bits and "MBps" is bytes wherever links are sold; "mb/s" is read as bytes.
_RATE_UNIT = re.compile(r"([kmgt]?)(bit|ib|b)?(/s|ps)?", re.IGNORECASE)
_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?(?:e[0-9]+)?)\s*([^\s0-9].*)?\s*", re.IGNORECASE)


def nanoseconds(seconds: float) -> int:
    """The moment or span of so many seconds on the integer clock, rounded to the nearest nanosecond."""
    return round(seconds * NANOSECONDS)


def in_seconds(span_nanoseconds: int) -> float:
    """A span of the integer clock as seconds."""
    return span_nanoseconds / NANOSECONDS


def parse_bytes(text: str | float) -> int:
    """Bytes from `4 GiB`, `512 MB`, `2040GB` or a plain number of bytes. Raises ValueError with a sentence."""
    if not isinstance(text, str):
        return _whole(float(text), f"{text}")
    number, unit = _split(text, "a size such as '4 GiB' or '512 MB'")
    match = re.fullmatch(r"([kmgtp]?)(?:i?b)?", unit.lower())
    if match is None:
        raise ValueError(f"'{text}' is not a size such as '4 GiB' or '512 MB'")
    return _whole(number * _SIZE[match[1]], text)


def parse_rate(text: str | float) -> float:
    """Bytes per second from `1 Gbit/s`, `125 MB/s`, `64 MiB/s` or a plain number of bytes per second.

    Raises ValueError with a sentence.
    """
    if not isinstance(text, str):
        return _not_negative(float(text), f"{text}")
    number, unit = _split(text, "a rate such as '1 Gbit/s' or '125 MB/s'")
    match = _RATE_UNIT.fullmatch(unit)
    if match is None:
        raise ValueError(f"'{text}' is not a rate such as '1 Gbit/s' or '125 MB/s'")
    prefix, kind = match[1].lower(), match[2] or "B"
    if kind.lower() == "ib":
        return _not_negative(number * _SIZE[prefix], text)
    bits = kind.lower() == "bit" or (kind == "b" and match[3] == "ps")
    return _not_negative(number * _RATE[prefix] / (8 if bits else 1), text)


def parse_duration(text: str | float) -> float:
    """Seconds from `30s`, `1.5 min`, `250 ms`, `2h` or a plain number of seconds. Raises ValueError with a sentence."""
    if not isinstance(text, str):
        return _not_negative(float(text), f"{text}")
    number, unit = _split(text, "a duration such as '30s' or '5 min'")
    factor = _DURATION.get(unit.lower() or "s")
    if factor is None:
        raise ValueError(f"'{text}' is not a duration such as '30s' or '5 min'")
    return number * factor


def format_bytes(size_bytes: float) -> str:
    """A size for people, three significant figures: `4 GB`, `1.46 GB`, `512 MB`."""
    value = float(size_bytes)
    for unit in ("B", "KB", "MB", "GB", "TB", "PB"):
        if abs(value) < 999.5 or unit == "PB":
            return f"{_three_figures(value)} {unit}"
        value /= 1024
    raise AssertionError("unreachable")


def format_rate(bytes_per_second: float) -> str:
    """A rate of copying for people, in powers of 1000: `117 MB/s`, `1.2 GB/s`."""
    value = float(bytes_per_second)
    for unit in ("B/s", "kB/s", "MB/s", "GB/s"):
        if abs(value) < 999.5 or unit == "GB/s":
            return f"{_three_figures(value)} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def format_link_speed(bytes_per_second: float) -> str:
    """A link's nominal speed as printed on its box: `1 Gbit/s`, `100 Mbit/s`."""
    bits = bytes_per_second * 8
    for unit, factor in (("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if bits >= 0.9995 * factor:
            return f"{_three_figures(bits / factor)} {unit}"
    return f"{_three_figures(bits)} bit/s"


def format_seconds(duration_seconds: float) -> str:
    """A duration for people: `85 ms`, `4.2 s`, `37 s`, `2 min 05 s`, `3 h 12 min`, `2 d 04 h`."""
    value = abs(float(duration_seconds))
    sign = "-" if duration_seconds < 0 else ""
    if value < 0.9995:
        return f"{sign}{_three_figures(value * 1000)} ms" if value >= 0.0005 else "0 s"
    if value < 9.95:
        return f"{sign}{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{sign}{whole} s"
    if whole < 3600:
        return f"{sign}{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{sign}{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{sign}{whole // 86400} d {whole % 86400 // 3600:02d} h"


def format_clock(moment_nanoseconds: int) -> str:
    """A moment of the lab's clock: `00:00:30.0`, with days in front once there are any: `2 d 00:00:30.0`."""
    tenths = moment_nanoseconds // (NANOSECONDS // 10)
    days, rest = divmod(tenths, 864_000)
    hours, rest = divmod(rest, 36_000)
    minutes, rest = divmod(rest, 600)
    clock = f"{hours:02d}:{minutes:02d}:{rest // 10:02d}.{rest % 10}"
    return f"{days} d {clock}" if days else clock


def _three_figures(value: float) -> str:
    """At most three significant figures, no trailing zeros: 1.46, 14.6, 146."""
    digits = 0 if abs(value) >= 99.5 else 1 if abs(value) >= 9.95 else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _split(text: str, expected: str) -> tuple[float, str]:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is not {expected}")
    return float(match[1]), (match[2] or "").strip()


def _whole(value: float, text: str) -> int:
    if not 0 <= value < 2**63:
        raise ValueError(f"'{text}' is out of range for a size")
    return round(value)


def _not_negative(value: float, text: str) -> float:
    if not 0 <= value < 1e18:
        raise ValueError(f"'{text}' is out of range for a rate or a duration")
    return value
