"""A set of dirty pages as spans of addresses with a share each, in the order in which a migration walks them.

A span says: of the pages from `first_page` to `end_page`, this share is dirty, evenly spread. For a writer that goes
through a region page after page the share is 1 and the spans are exact; for one that writes anywhere the share is the
expected one. Four to ten spans do the work of a bitmap of a million pages.

Sets are tuples of spans in address order that do not overlap. A *walk* is the same set in the order in which the
sender meets it: from its cursor to the end of memory, then from address 0 up to the cursor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Pages from `first_page` up to, not including, `end_page`, of which `share` (0..1) are dirty."""

    first_page: float
    end_page: float
    share: float
    page_bytes: float
    """Bytes on the wire for a dirty page of this span, on the mean: zero pages are nearly free."""


DirtySet = tuple[Span, ...]
"""Spans in address order without overlap."""

EMPTY: DirtySet = ()

SLIVER_PAGES = 1e-6
"""What differs by less lies at the same place. A sender that has sent everything stands exactly where the writer goes
on; a rounding error must not put the first page of the next pass at the end of its walk."""


def page_count(spans: Iterable[Span]) -> float:
    """Dirty pages in the spans."""
    total = 0.0
    for span in spans:
        total += (span.end_page - span.first_page) * span.share
    return total


def wire_bytes(spans: Iterable[Span]) -> float:
    """Bytes that sending every dirty page of the spans puts on the wire."""
    total = 0.0
    for span in spans:
        total += (span.end_page - span.first_page) * span.share * span.page_bytes
    return total


def walk_from(spans: DirtySet, cursor_page: float) -> list[Span]:
    """The set in the order in which a sender at `cursor_page` meets it, going round once."""
    ahead: list[Span] = []
    behind: list[Span] = []
    for span in spans:
        if span.first_page >= cursor_page - SLIVER_PAGES:
            ahead.append(span)
        elif span.end_page <= cursor_page + SLIVER_PAGES:
            behind.append(span)
        else:
            behind.append(Span(span.first_page, cursor_page, span.share, span.page_bytes))
            ahead.append(Span(cursor_page, span.end_page, span.share, span.page_bytes))
    return ahead + behind


def last_pages(walk: Sequence[Span], pages: float) -> list[Span]:
    """The end of a walk that holds so many dirty pages (all of it where it holds fewer): what a sender leaves."""
    kept: list[Span] = []
    missing = pages
    for span in reversed(walk):
        if missing <= 0.0:
            break
        held = (span.end_page - span.first_page) * span.share
        if held <= missing:
            kept.append(span)
        else:
            kept.append(Span(span.end_page - missing / span.share, span.end_page, span.share, span.page_bytes))
        missing -= held
    kept.reverse()
    return kept


def after_bytes(walk: Sequence[Span], sent_bytes: float) -> list[Span]:
    """What is left of a walk when so many bytes of it are on the wire."""
    left = sent_bytes
    for index, span in enumerate(walk):
        bytes_a_page = span.share * span.page_bytes
        held = (span.end_page - span.first_page) * bytes_a_page
        if held > left + SLIVER_PAGES * bytes_a_page:
            first = span.first_page + left / bytes_a_page
            return [Span(first, span.end_page, span.share, span.page_bytes), *walk[index + 1 :]]
        left = max(0.0, left - held)
    return []


def in_address_order(walk: Iterable[Span]) -> DirtySet:
    """The spans of a walk as a set again."""
    return tuple(sorted(walk, key=_first_page))


def union(older: DirtySet, newer: DirtySet) -> DirtySet:
    """Pages dirty in either set. Where both have a share, the two are independent: 1 - (1 - a)(1 - b).

    A page in both counts with the newer set's bytes: it has been written since, so a zero page is one no longer.
    """
    if not older or not newer:
        return older or newer
    if older[-1].end_page <= newer[0].first_page:
        return older + newer
    if newer[-1].end_page <= older[0].first_page:
        return newer + older
    return _swept(older, newer)


def _swept(older: DirtySet, newer: DirtySet) -> DirtySet:
    bounds = {edge for span in older + newer for edge in (span.first_page, span.end_page)}
    edges = sorted(bounds)
    united: list[Span] = []
    old_index = new_index = 0
    low = edges[0]
    for high in edges[1:]:
        while old_index < len(older) and older[old_index].end_page <= low:
            old_index += 1
        while new_index < len(newer) and newer[new_index].end_page <= low:
            new_index += 1
        old = older[old_index] if old_index < len(older) and older[old_index].first_page <= low else None
        new = newer[new_index] if new_index < len(newer) and newer[new_index].first_page <= low else None
        _append(united, low, high, old, new)
        low = high
    return tuple(united)


def _append(spans: list[Span], low: float, high: float, old: Span | None, new: Span | None) -> None:
    """Add what lies between two edges, lengthening the last span where it simply goes on."""
    if old is None:
        if new is None:
            return
        share, page_bytes = new.share, new.page_bytes
    elif new is None:
        share, page_bytes = old.share, old.page_bytes
    else:
        unwritten = old.share * (1.0 - new.share)
        share = new.share + unwritten
        page_bytes = (new.share * new.page_bytes + unwritten * old.page_bytes) / share
    if spans:
        last = spans[-1]
        if last.end_page == low and last.share == share and last.page_bytes == page_bytes:
            spans[-1] = Span(last.first_page, high, share, page_bytes)
            return
    spans.append(Span(low, high, share, page_bytes))


def _first_page(span: Span) -> float:
    return span.first_page
