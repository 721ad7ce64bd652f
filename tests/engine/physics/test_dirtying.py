"""Distinct pages: the formulas, and the places where they lie."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster.memory import MemoryRegion, WritePattern
from hvgui.cluster.units import MIB, PAGE_BYTES
from hvgui.engine.physics.dirty_set import page_count
from hvgui.engine.physics.dirtying import (
    phases_after,
    place_writers,
    unique_bytes_per_second,
    unique_cyclic,
    unique_pages,
    unique_random,
    written_pages,
)

sizes = st.floats(1, 1e6)
rates = st.floats(0, 1e6)
times = st.floats(0, 1e3)


@given(sizes, rates, times)
def test_distinct_pages_are_never_more_than_there_are_or_than_were_written(size: float, rate: float, t: float) -> None:
    for unique in (unique_cyclic, unique_random):
        assert 0.0 <= unique(size, rate, t) <= min(size, rate * t) * (1 + 1e-9) + 1e-300
    assert unique_random(size, rate, t) <= unique_cyclic(size, rate, t) * (1 + 1e-9) + 1e-300


def test_a_random_writer_that_wrote_as_much_as_there_is_has_touched_two_thirds() -> None:
    assert unique_random(1000.0, 10.0, 100.0) == pytest.approx(632.12, abs=0.01)
    assert unique_random(0.0, 10.0, 100.0) == 0.0


@given(
    st.lists(
        st.builds(
            MemoryRegion,
            name=st.just("region"),
            size_bytes=st.integers(PAGE_BYTES, 100 * MIB),
            write_bytes_per_second=st.floats(0, 1e9),
            pattern=st.sampled_from(list(WritePattern)),
        ),
        max_size=5,
    ),
    st.floats(0, 0.999999),
    st.floats(0, 10),
)
def test_the_set_holds_as_many_pages_as_the_formulas_say(
    regions: list[MemoryRegion], phase: float, work_seconds: float
) -> None:
    writers = place_writers(regions, 50_000.0)
    spans = written_pages(writers, [phase] * len(writers), work_seconds, 4104.0)
    assert page_count(spans) == pytest.approx(unique_pages(writers, work_seconds), abs=1e-3)
    assert all(first.end_page <= second.first_page for first, second in itertools.pairwise(spans))
    assert not spans or spans[-1].end_page <= 50_000.0


def test_a_writer_that_passes_the_end_of_its_region_leaves_two_arcs() -> None:
    writers = place_writers([MemoryRegion("hot", 100 * PAGE_BYTES, 40 * PAGE_BYTES, WritePattern.CYCLIC)], 1000.0)
    arcs = [(span.first_page, span.end_page) for span in written_pages(writers, [0.8], 1.0, 4104.0)]
    assert arcs == [(0.0, 20.0), (80.0, 100.0)]
    assert phases_after(writers, [0.8], 1.0) == pytest.approx((0.2,))


def test_the_dirty_rate_falls_as_the_set_saturates() -> None:
    writers = place_writers([MemoryRegion("hot", 10 * MIB, 10 * MIB, WritePattern.CYCLIC)], 1e6)
    assert unique_bytes_per_second(writers, 0.0) == pytest.approx(10 * MIB)
    assert unique_bytes_per_second(writers, 0.5) == pytest.approx(10 * MIB)
    assert unique_bytes_per_second(writers, 4.0) == pytest.approx(2.5 * MIB)


def test_regions_lie_one_after_the_other_and_end_with_the_memory() -> None:
    half = MemoryRegion("half", 60 * PAGE_BYTES, 1.0)
    cold = MemoryRegion("cold", 20 * PAGE_BYTES)
    writers = place_writers([half, cold, half, half], 100.0)
    assert [(writer.first_page, writer.pages) for writer in writers] == [(0.0, 60.0), (80.0, 20.0)]
