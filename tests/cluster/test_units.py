"""Units: what people write is read, what is shown is read back, nonsense gets a sentence."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster import units


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("4 GiB", 4 * 2**30),
        ("512MB", 512 * 2**20),
        ("2040 gb", 2040 * 2**30),
        ("17", 17),
        (4096, 4096),
        ("1.5 KB", 1536),
    ],
)
def test_sizes_are_powers_of_1024(text: str | int, size_bytes: int) -> None:
    assert units.parse_bytes(text) == size_bytes


@pytest.mark.parametrize(
    ("text", "bytes_per_second"),
    [
        ("1 Gbit/s", 125e6),
        ("100 Mbit/s", 12.5e6),
        ("100 Mbps", 12.5e6),
        ("125 MB/s", 125e6),
        ("125 MBps", 125e6),
        ("64 MiB/s", 64 * 2**20),
        ("10 gbit/s", 1.25e9),
        (5e6, 5e6),
        ("300", 300.0),
    ],
)
def test_rates_tell_bits_from_bytes(text: str | float, bytes_per_second: float) -> None:
    assert units.parse_rate(text) == pytest.approx(bytes_per_second)


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("250 ms", 0.25), ("1.5 min", 90), ("2h", 7200), (4, 4)])
def test_durations(text: str | float, seconds: float) -> None:
    assert units.parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "many", "-4 GB", "4 parsecs", "GiB", "1e400 GB", "4 GB GB"])
def test_what_is_no_size_gets_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        units.parse_bytes(text)


@pytest.mark.parametrize("text", ["fast", "1 Gbit/h", "-1 MB/s", "9e99"])
def test_what_is_no_rate_gets_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        units.parse_rate(text)


@pytest.mark.parametrize("text", ["soon", "1 fortnight", ""])
def test_what_is_no_duration_gets_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        units.parse_duration(text)


@given(st.integers(min_value=0, max_value=2**50))
def test_a_shown_size_is_read_back_within_half_a_percent(size_bytes: int) -> None:
    assert units.parse_bytes(units.format_bytes(size_bytes)) == pytest.approx(size_bytes, rel=0.0051, abs=1)


@given(st.floats(min_value=1, max_value=1e12))
def test_a_shown_rate_is_read_back_within_half_a_percent(bytes_per_second: float) -> None:
    assert units.parse_rate(units.format_rate(bytes_per_second)) == pytest.approx(bytes_per_second, rel=0.0051)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.085, "85 ms"),
        (0.9999, "1.0 s"),
        (4.21, "4.2 s"),
        (37.4, "37 s"),
        (59.7, "1 min 00 s"),
        (125, "2 min 05 s"),
        (11520, "3 h 12 min"),
        (187_200, "2 d 04 h"),
        (-2.5, "-2.5 s"),
    ],
)
def test_durations_as_people_say_them(seconds: float, text: str) -> None:
    assert units.format_seconds(seconds) == text


@pytest.mark.parametrize(("ns", "text"), [(30_040_000_000, "00:00:30.0"), (90_061_900_000_000, "1 d 01:01:01.9")])
def test_the_clock(ns: int, text: str) -> None:
    assert units.format_clock(ns) == text


@given(st.floats(min_value=0, max_value=1e8))
def test_the_integer_clock_keeps_every_nanosecond_that_a_float_can_name(seconds: float) -> None:
    assert math.isclose(units.in_seconds(units.nanoseconds(seconds)), seconds, rel_tol=1e-15, abs_tol=1e-9)
    assert units.format_link_speed(125e6) == "1 Gbit/s"
