"""The report of a validation: one file that stands by itself, complete, escaped, readable in the dark and on paper."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster.validation import (
    Category,
    Listing,
    ValidationFinding,
    ValidationReport,
    ValidationResult,
    Verdict,
)
from hvgui.exchange.validation_report import validation_html

_VOID = {"meta", "br"}


class _Page(HTMLParser):
    """Reads a page strictly: what opens, closes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert not [name for name in given if name in ("src", "srcset") or name.startswith("on")]
        if "id" in given:
            self.ids.append(str(given["id"]))
        if "href" in given:
            self.links.append(str(given["href"]))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def _report(*results: ValidationResult, cluster: str = "TEST") -> ValidationReport:
    return ValidationReport(cluster, "2008 R2 SP1", ("NODE1", "NODE2"), "2026-11-26T10:00:00Z", 1.5, 0, results)


def _result(
    name: str, verdict: Verdict, category: Category = Category.NETWORK, finding: str = "It is so.", cell: str = "cell"
) -> ValidationResult:
    found = ValidationFinding(verdict, "NODE1", finding, "Mend it.")
    return ValidationResult(
        name, category, f"Validate {name}", "About it.", verdict, (found,), Listing(("Head",), ((cell,),)), 0.2
    )


def test_the_file_needs_nothing_else() -> None:
    text = validation_html(_report(_result("a", Verdict.SUCCESS)))
    page = _Page(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert not re.search(r"https?:|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_contents_by_category_lead_to_every_test() -> None:
    results = (_result("a", Verdict.FAILED), _result("b", Verdict.WARNING, Category.STORAGE))
    page = _Page(validation_html(_report(*results)))
    assert {"#a", "#b", "#network", "#storage"} <= set(page.links)
    assert {link[1:] for link in page.links} <= set(page.ids)
    for word in ("Failed", "Warning", "Validate a", "It is so.", "Mend it.", "cell", "Head", "NODE1, NODE2"):
        assert word in page.text
    assert "1 warning, 1 failed" in page.text


@given(st.text(max_size=40))
def test_whatever_objects_are_called_stays_text(name: str) -> None:
    hostile = f"<script>alert('{name}')</script>\"&"
    page = _Page(validation_html(_report(_result("a", Verdict.FAILED, finding=hostile, cell=hostile), cluster=hostile)))
    assert "script" not in page.tags
    assert page.text.count("<script>alert(") == 5


def test_every_verdict_is_told_in_words() -> None:
    page = _Page(validation_html(_report(*(_result(one.name, one) for one in Verdict))))
    for verdict in Verdict:
        assert page.text.count(verdict.value) >= 2
