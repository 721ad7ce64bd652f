"""`hvgui validate`: the tests of cluster validation without a window."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from hvgui.cli.exits import NOT_AS_WISHED, WELL, BadInputError
from hvgui.cli.options import Options
from hvgui.cli.outputs import check_output, written_whole
from hvgui.cli.terminal import Progress, progress, say, say_json, say_lines, table
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId
from hvgui.cluster.validation import ValidationReport, Verdict
from hvgui.exchange.inventory import InventoryError
from hvgui.exchange.validation_report import validation_html_pieces
from hvgui.lab.errors import LabError
from hvgui.lab.present_cluster import present_cluster
from hvgui.lab.validation.all_tests import ALL_TESTS, chosen_tests
from hvgui.lab.validation.running import Plan, Watcher, validate
from hvgui.lab.validation.table import ValidationTest


def validate_cluster(options: Options) -> int:
    """Validates; 0 unless `--strict` and a test failed. Raises BadInputError with a sentence."""
    if options.html is not None:
        check_output(options.html, overwrite=options.force)
    try:
        tests = chosen_tests(options.tests) if options.tests else ALL_TESTS
        present = present_cluster(options.validated)
    except (LabError, InventoryError, ValueError) as error:
        raise BadInputError(str(error)) from None
    plan = Plan(tests, _offline(present.cluster, options.offline), lab_time_ns=present.time_ns)
    with progress(f"Validating {present.cluster.name}") as shown:
        report = validate(present.cluster, plan, _Shown(shown, len(tests)))
    if options.html is not None:
        _write(report, options)
    if options.json:
        say_json({"verdict": report.verdict, "conclusion": report.conclusion, **msgspec.structs.asdict(report)})
    else:
        say_lines(_for_people(report))
    if options.html is not None and not options.json:
        say(f"The report is in {options.html}.")
    return NOT_AS_WISHED if options.strict and report.counts[Verdict.FAILED] else WELL


class _Shown(Watcher):
    """Passes on to the terminal."""

    def __init__(self, shown: Progress, tests: int) -> None:
        self._shown, self._tests = shown, tests

    def begins(self, test: ValidationTest, number: int) -> None:
        """See Watcher.begins."""
        self._shown.reached(number, self._tests, test.title)


def _offline(cluster: Cluster, names: list[str]) -> frozenset[LunId]:
    found: set[LunId] = set()
    for name in names:
        meant = [lun.id for lun in cluster.luns.values() if fnmatchcase(lun.name.lower(), name.lower())]
        if not meant:
            there = ", ".join(lun.name for lun in list(cluster.luns.values())[:8]) or "none"
            raise BadInputError(f"there is no disk '{name[:60]}' to take offline; the disks are {there}.")
        found.update(meant)
    return frozenset(found)


def _write(report: ValidationReport, options: Options) -> None:
    if options.html is None:
        return
    try:
        with written_whole(options.html) as beside, beside.open("w", encoding="utf-8") as file:
            file.writelines(validation_html_pieces(report))
    except OSError as error:
        raise BadInputError(f"{options.html} was not written: {(error.strerror or str(error)).lower()}.") from None


def _for_people(report: ValidationReport) -> Iterator[str]:
    rows = [(result.category.value, result.title, result.verdict.value) for result in report.results]
    yield from table(("Category", "Test", "Result"), rows)
    yield ""
    for result in report.results:
        for finding in result.findings:
            if finding.verdict in (Verdict.WARNING, Verdict.FAILED):
                yield f"{finding.verdict.value}: {result.title}: {finding}"
    counts = report.counts
    yield ", ".join(f"{counts[verdict]} {verdict.value.lower()}" for verdict in Verdict if counts[verdict]) + "."
    yield report.conclusion
