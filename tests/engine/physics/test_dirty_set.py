"""Sets of dirty pages: union, walks and cuts keep every page exactly once."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvgui.engine.physics.dirty_set import (
    EMPTY,
    SLIVER_PAGES,
    DirtySet,
    Span,
    after_bytes,
    in_address_order,
    last_pages,
    page_count,
    union,
    walk_from,
    wire_bytes,
)

PAGE_WIRE_BYTES = 4104.0


@st.composite
def dirty_sets(draw: st.DrawFn) -> DirtySet:
    edges = sorted(draw(st.lists(st.integers(0, 1000), min_size=0, max_size=10, unique=True)))
    shares = st.sampled_from([0.1, 0.25, 0.5, 0.9, 1.0])
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple(Span(float(low), float(high), draw(shares), PAGE_WIRE_BYTES) for low, high in pairs)


def share_at(spans: DirtySet, page: float) -> float:
    return next((span.share for span in spans if span.first_page <= page < span.end_page), 0.0)


def shares(spans: DirtySet) -> list[float]:
    return [share_at(spans, page + 0.5) for page in range(0, 1000)]


@given(dirty_sets(), dirty_sets())
def test_a_union_takes_two_shares_as_independent_and_stays_in_order(one: DirtySet, other: DirtySet) -> None:
    both = union(one, other)
    assert all(first.end_page <= second.first_page for first, second in itertools.pairwise(both))
    expected = [1 - (1 - a) * (1 - b) for a, b in zip(shares(one), shares(other), strict=True)]
    assert shares(both) == pytest.approx(expected)


@given(dirty_sets(), dirty_sets(), dirty_sets())
def test_union_knows_no_order_and_no_brackets(one: DirtySet, two: DirtySet, three: DirtySet) -> None:
    assert shares(union(one, two)) == pytest.approx(shares(union(two, one)))
    assert shares(union(union(one, two), three)) == pytest.approx(shares(union(one, union(two, three))))
    assert union(one, EMPTY) == union(EMPTY, one) == one


@given(dirty_sets(), dirty_sets())
def test_a_union_holds_no_fewer_than_either_and_no_more_than_both(one: DirtySet, other: DirtySet) -> None:
    held = page_count(union(one, other))
    assert max(page_count(one), page_count(other)) <= held * (1 + 1e-12)
    assert held <= (page_count(one) + page_count(other)) * (1 + 1e-12)


def test_what_is_certainly_dirty_stays_so_however_often_it_is_written() -> None:
    certain: DirtySet = (Span(10.0, 90.0, 1.0, PAGE_WIRE_BYTES),)
    assert union(certain, certain) == certain


def test_a_zero_page_that_has_been_written_costs_a_whole_page() -> None:
    zeros: DirtySet = (Span(0.0, 100.0, 1.0, 9.0),)
    written: DirtySet = (Span(0.0, 100.0, 0.25, PAGE_WIRE_BYTES),)
    assert wire_bytes(union(zeros, written)) == pytest.approx(25 * PAGE_WIRE_BYTES + 75 * 9.0)


@given(dirty_sets(), st.floats(0, 1000))
def test_a_walk_meets_every_page_once_beginning_at_the_cursor(spans: DirtySet, cursor: float) -> None:
    walk = walk_from(spans, cursor)
    assert page_count(walk) == pytest.approx(page_count(spans))
    ahead = [span for span in walk if span.first_page >= cursor - SLIVER_PAGES]
    assert walk[: len(ahead)] == ahead
    assert shares(in_address_order(walk)) == shares(spans)


@given(dirty_sets(), st.floats(0, 1000), st.floats(0, 1))
def test_what_is_sent_and_what_is_left_make_the_whole(spans: DirtySet, cursor: float, part: float) -> None:
    walk = walk_from(spans, cursor)
    whole = wire_bytes(walk)
    left = after_bytes(walk, part * whole)
    assert wire_bytes(left) == pytest.approx((1 - part) * whole, abs=0.1)
    by_pages = last_pages(walk, (1 - part) * page_count(walk))
    assert wire_bytes(by_pages) == pytest.approx(wire_bytes(left), abs=0.1)


def test_asking_for_more_than_there_is_leaves_everything() -> None:
    walk = walk_from((Span(0.0, 10.0, 0.5, PAGE_WIRE_BYTES),), 4.0)
    assert last_pages(walk, 1e9) == walk
    assert after_bytes(walk, 1e9) == []
