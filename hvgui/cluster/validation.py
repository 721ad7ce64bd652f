"""Results of cluster validation: what was tested, what came of it, and what to do about it."""

from __future__ import annotations

import enum
from collections import Counter

import msgspec


class Category(enum.Enum):
    """The wizard's five groups of tests, in the words and the order of Failover Cluster Manager."""

    INVENTORY = "Inventory"
    NETWORK = "Network"
    STORAGE = "Storage"
    SYSTEM = "System Configuration"
    CLUSTER = "Cluster Configuration"


class Verdict(enum.Enum):
    """What came of a test."""

    SUCCESS = "Success"
    WARNING = "Warning"
    FAILED = "Failed"
    NOT_APPLICABLE = "Not applicable"
    CANCELLED = "Cancelled"


GRAVEST_FIRST = (Verdict.FAILED, Verdict.WARNING, Verdict.CANCELLED, Verdict.NOT_APPLICABLE, Verdict.SUCCESS)


class ValidationFinding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a test found: of which object, what and why, and what clears it."""

    verdict: Verdict
    """SUCCESS: good to know, nothing is wrong."""
    about: str
    sentence: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}".rstrip()


class Listing(msgspec.Struct, frozen=True):
    """What a test that lists has listed."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()


class ValidationResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One test and what came of it."""

    id: str
    category: Category
    title: str
    about: str
    """What the test looks at, a sentence."""
    verdict: Verdict
    findings: tuple[ValidationFinding, ...] = ()
    listing: Listing | None = None
    seconds: float = 0.0
    """How long it took, of the wall clock."""


class ValidationReport(msgspec.Struct, frozen=True):
    """A whole validation."""

    cluster: str
    platform: str
    nodes: tuple[str, ...]
    started: str
    """Moment of the wall clock, ISO 8601."""
    seconds: float
    lab_time_ns: int
    """The moment of the lab's clock that the cluster was looked at."""
    results: tuple[ValidationResult, ...]
    is_complete: bool = True
    """Whether every test there is was wanted."""

    @property
    def verdict(self) -> Verdict:
        """The gravest of all; a validation that was called off is Cancelled unless something failed before."""
        found = {result.verdict for result in self.results}
        if not found - {Verdict.NOT_APPLICABLE}:
            return Verdict.NOT_APPLICABLE
        order = (Verdict.FAILED, Verdict.CANCELLED, Verdict.WARNING, Verdict.SUCCESS)
        return next(verdict for verdict in order if verdict in found)

    @property
    def counts(self) -> Counter[Verdict]:
        """How many tests came to which verdict."""
        return Counter(result.verdict for result in self.results)

    @property
    def conclusion(self) -> str:
        """What it comes to, a sentence."""
        sentences = {
            Verdict.FAILED: "Some tests failed: mend what they name before this configuration serves as a cluster.",
            Verdict.WARNING: "The configuration serves as a cluster; the warnings name what would be better mended.",
            Verdict.SUCCESS: "The configuration is suitable for a cluster.",
            Verdict.CANCELLED: "The validation was called off: the tests that were not run say nothing.",
            Verdict.NOT_APPLICABLE: "None of these tests has anything to test here.",
        }
        partial = "" if self.is_complete else " Only some of the tests were chosen; run all before you rely on it."
        return sentences[self.verdict] + partial
