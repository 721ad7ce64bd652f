"""Running a validation: test by test, on a cluster that stands still, with progress, pauses for others, and an end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId
from hvgui.cluster.validation import (
    GRAVEST_FIRST,
    Listing,
    ValidationFinding,
    ValidationReport,
    ValidationResult,
    Verdict,
)
from hvgui.lab.validation.all_tests import ALL_TESTS
from hvgui.lab.validation.subject import Subject, failed
from hvgui.lab.validation.table import ValidationTest
from hvgui.lab.wall_time import wall_time

MOST_FINDINGS = 200
"""Of one test; what is beyond is counted."""


class CalledOffError(Exception):
    """Whoever wanted the validation does not want it any more."""


class Plan(msgspec.Struct, frozen=True):
    """What is to be validated, and how."""

    tests: tuple[ValidationTest, ...] = ALL_TESTS
    take_offline: frozenset[LunId] = frozenset()
    """LUNs in use that tests of disks may take offline."""
    is_formed: bool = True
    """False: servers that are to become a cluster."""
    lab_time_ns: int = 0


class Watcher:
    """Follows a validation, and may end it. The default takes no notice."""

    def begins(self, test: ValidationTest, number: int) -> None:
        """A test begins, the `number`th from 0."""

    def ended(self, result: ValidationResult) -> None:
        """A test has ended."""

    def breathe(self) -> None:
        """Called every few milliseconds: may rest. Raises CalledOffError to end the validation."""


def validate(cluster: Cluster, plan: Plan, watcher: Watcher | None = None) -> ValidationReport:
    """Runs the plan's tests on a cluster that nobody changes meanwhile. Tests that were not run are Cancelled."""
    watching = watcher or Watcher()
    subject = Subject(cluster, plan.take_offline, is_formed=plan.is_formed, breathe=watching.breathe)
    started, began = wall_time(), time.monotonic()
    results: list[ValidationResult] = []
    try:
        for number, test in enumerate(plan.tests):
            watching.breathe()
            watching.begins(test, number)
            results.append(_run(test, subject))
            watching.ended(results[-1])
    except CalledOffError:
        results.extend(_result(test, Verdict.CANCELLED) for test in plan.tests[len(results) :])
    return ValidationReport(
        cluster.name,
        cluster.profile.name,
        tuple(node.name for node in cluster.nodes.values()),
        started,
        time.monotonic() - began,
        plan.lab_time_ns,
        tuple(results),
        is_complete=len(plan.tests) == len(ALL_TESTS),
    )


def _run(test: ValidationTest, subject: Subject) -> ValidationResult:
    began = time.monotonic()
    reason = test.needs(subject)
    if reason:
        note = ValidationFinding(Verdict.NOT_APPLICABLE, subject.cluster.name, reason)
        return _result(test, Verdict.NOT_APPLICABLE, (note,))
    if not subject.nodes and subject.cluster.nodes:
        findings: tuple[ValidationFinding, ...] = (
            failed(subject.cluster.name, "No node is up, so nobody could be asked.", "Bring the nodes up."),
        )
    else:
        findings = tuple(_bounded(test, subject))
    listing = test.listing(subject) if test.listing is not None else None
    found = {finding.verdict for finding in findings}
    verdict = next((one for one in GRAVEST_FIRST if one in found), Verdict.SUCCESS)
    return _result(test, verdict, findings, listing, time.monotonic() - began)


def _bounded(test: ValidationTest, subject: Subject) -> Iterator[ValidationFinding]:
    """The first findings, and how many more there are, at the gravest of their verdicts."""
    beyond, worst = 0, Verdict.SUCCESS
    for number, finding in enumerate(test.check(subject)):
        if number < MOST_FINDINGS:
            yield finding
            continue
        beyond += 1
        worst = min(worst, finding.verdict, key=GRAVEST_FIRST.index)
    if beyond:
        yield ValidationFinding(worst, subject.cluster.name, f"There are {beyond:,} more findings of this test.")


def _result(
    test: ValidationTest,
    verdict: Verdict,
    findings: tuple[ValidationFinding, ...] = (),
    listing: Listing | None = None,
    seconds: float = 0.0,
) -> ValidationResult:
    return ValidationResult(test.id, test.category, test.title, test.about, verdict, findings, listing, seconds)


class Paced(Watcher):
    """Works a few milliseconds and rests a few, so that a window beside it in the same process stays smooth."""

    def __init__(
        self, is_stopped: Callable[[], bool], work_seconds: float = 0.004, rest_seconds: float = 0.008
    ) -> None:
        self._is_stopped = is_stopped
        self._work_seconds, self._rest_seconds = work_seconds, rest_seconds
        self._since = time.monotonic()

    def breathe(self) -> None:
        """See Watcher.breathe."""
        if self._is_stopped():
            raise CalledOffError
        if time.monotonic() - self._since >= self._work_seconds:
            time.sleep(self._rest_seconds)
            self._since = time.monotonic()
