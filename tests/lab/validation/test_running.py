"""A validation as a whole: what does not apply, what is skipped, calling it off, and how long it takes."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.machines import VmState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.quorum import QuorumModel, QuorumSettings
from hvgui.cluster.validation import Category, ValidationResult, Verdict
from hvgui.exchange.samples import sample, sample_names
from hvgui.lab.validation.all_tests import ALL_TESTS, BY_ID, chosen_tests
from hvgui.lab.validation.running import MOST_FINDINGS, CalledOffError, Paced, Plan, Watcher, validate
from hvgui.lab.validation.subject import Subject
from hvgui.lab.validation.table import ValidationTest
from validation_faults import healthy_record


def _of(record: ClusterRecord, test: str, **plan: object) -> ValidationResult:
    (result,) = validate(Cluster(record), Plan((BY_ID[test],), **plan)).results  # type: ignore[arg-type]  # named by the caller
    return result


@pytest.mark.parametrize("name", sample_names())
def test_no_sample_fails(name: str) -> None:
    report = validate(Cluster(sample(name)), Plan())
    failed = [(one.title, one.findings) for one in report.results if one.verdict is Verdict.FAILED]
    assert failed == []


def test_disks_that_are_online_are_skipped_and_said_to_be() -> None:
    record = sample("small-business")
    result = _of(record, "storage.failover")
    assert result.verdict is Verdict.NOT_APPLICABLE
    assert "online and in use" in result.findings[0].sentence
    taken = _of(record, "storage.failover", take_offline=frozenset({record.luns[0].id}))
    assert taken.verdict is Verdict.SUCCESS
    assert [finding.about for finding in taken.findings] == [lun.name for lun in record.luns[1:]]
    assert all("skipped" in finding.sentence for finding in taken.findings)


def test_what_is_not_there_does_not_apply() -> None:
    bare = replace(sample("article-lab"), vms=(), luns=(), volumes=(), sans=(), paths=())
    report = validate(Cluster(bare), Plan())
    silent = {result.id for result in report.results if result.verdict is Verdict.NOT_APPLICABLE}
    assert silent >= {"storage.paths", "storage.csv-settings", "cluster.owners", "cluster.spare-memory"}
    for result in report.results:
        if result.verdict is Verdict.NOT_APPLICABLE:
            assert result.findings[0].sentence.endswith(".")


def test_servers_that_are_no_cluster_yet_have_no_cluster_configuration() -> None:
    report = validate(Cluster(healthy_record()), Plan(is_formed=False))
    of_cluster = {result.verdict for result in report.results if result.category is Category.CLUSTER}
    assert of_cluster == {Verdict.NOT_APPLICABLE}
    assert report.counts[Verdict.FAILED] == 0


def test_where_no_node_answers_nothing_succeeds() -> None:
    record = healthy_record()
    dark = replace(
        record,
        nodes=tuple(replace(node, state=NodeState.DOWN) for node in record.nodes),
        vms=tuple(replace(vm, state=VmState.CRITICAL, assigned_bytes=0) for vm in record.vms),
    )
    report = validate(Cluster(dark), Plan())
    assert Verdict.SUCCESS not in report.counts
    assert report.verdict is Verdict.FAILED


def test_what_is_good_to_know_is_noted_and_harms_nothing() -> None:
    record = healthy_record()
    votes = _of(record, "cluster.quorum")
    assert votes.verdict is Verdict.SUCCESS
    assert [str(finding) for finding in votes.findings] == [
        "Node and Disk Majority: 5 of 5 votes, 2 more votes may be lost."
    ]
    nameless = replace(record, links=tuple(replace(link, address="") for link in record.links))
    assert _of(nameless, "network.ip").verdict is Verdict.SUCCESS
    assert "nothing to compare" in _of(nameless, "network.ip").findings[0].sentence
    assert _of(record, "network.ip").findings == ()


def test_a_share_that_is_named_is_a_witness_like_another() -> None:
    settings = QuorumSettings(QuorumModel.NODE_AND_SHARE, witness_share=r"\\\\fs\\witness")
    record = replace(healthy_record(), quorum=settings)
    assert _of(record, "cluster.quorum").verdict is Verdict.SUCCESS
    assert _of(record, "storage.witness").verdict is Verdict.SUCCESS


def test_breath_is_drawn_every_few_dozen_items() -> None:
    breaths: list[int] = []
    subject = Subject(Cluster(healthy_record()), breathe=lambda: breaths.append(1))
    assert list(subject.each(range(640))) == list(range(640))
    assert len(breaths) == 10


def test_a_paced_validation_rests_and_ends_when_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, rests, stopped = [0.0], list[float](), [False]
    monkeypatch.setattr("hvgui.lab.validation.running.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("hvgui.lab.validation.running.time.sleep", rests.append)
    paced = Paced(lambda: stopped[0], work_seconds=0.004, rest_seconds=0.008)
    clock[0] = 0.003
    paced.breathe()
    assert rests == []
    clock[0] = 0.005
    paced.breathe()
    paced.breathe()
    assert rests == [0.008], "the work's few milliseconds begin anew"
    stopped[0] = True
    with pytest.raises(CalledOffError):
        paced.breathe()


class _EndsAfter(Watcher):
    """Calls it off once so many tests have ended."""

    def __init__(self, most: int) -> None:
        self.most, self.seen = most, 0

    def ended(self, result: ValidationResult) -> None:
        self.seen += 1

    def breathe(self) -> None:
        if self.seen >= self.most:
            raise CalledOffError


def test_tests_that_were_not_run_are_cancelled() -> None:
    report = validate(Cluster(healthy_record()), Plan(), _EndsAfter(7))
    assert [result.id for result in report.results] == [test.id for test in ALL_TESTS]
    assert all(result.verdict is not Verdict.CANCELLED for result in report.results[:7])
    assert {result.verdict for result in report.results[7:]} == {Verdict.CANCELLED}
    assert report.verdict is Verdict.CANCELLED
    assert "called off" in report.conclusion


def test_one_test_over_many_machines_can_be_called_off_in_the_middle() -> None:
    breaths: list[int] = []

    class Breathes(Watcher):
        def breathe(self) -> None:
            breaths.append(1)
            if len(breaths) == 20:
                raise CalledOffError

    report = validate(Cluster(sample("r2-maximum")), Plan((BY_ID["cluster.owners"],)), Breathes())
    assert report.results[0].verdict is Verdict.CANCELLED


def test_findings_without_end_are_counted() -> None:
    record = sample("r2-maximum")
    bare = replace(record, vms=tuple(replace(vm, possible_owners=()) for vm in record.vms))
    result = _of(bare, "cluster.owners")
    assert len(result.findings) == MOST_FINDINGS + 1
    assert result.findings[-1].verdict is Verdict.FAILED
    assert f"{len(record.vms) - MOST_FINDINGS:,} more" in result.findings[-1].sentence


def test_some_tests_make_no_whole_validation() -> None:
    report = validate(Cluster(healthy_record()), Plan(chosen_tests(["network"])))
    assert {result.category for result in report.results} == {Category.NETWORK}
    assert not report.is_complete
    assert "Only some of the tests" in report.conclusion


@pytest.mark.parametrize(
    ("name", "count"),
    [("network.speed", 1), ("Validate Network Speed", 1), ("system configuration", 16), ("SYSTEM", 16)],
)
def test_tests_go_by_id_title_and_category(name: str, count: int) -> None:
    assert len(chosen_tests([name])) == count


def test_a_test_that_is_not_there_is_named_with_what_comes_nearest() -> None:
    with pytest.raises(ValueError, match=r"'network\.sped'; did you mean 'network\.speed'"):
        chosen_tests(["network.sped"])


def test_every_test_is_told_as_it_begins_and_ends() -> None:
    told: list[str] = []

    class Tells(Watcher):
        def begins(self, test: ValidationTest, number: int) -> None:
            told.append(f"{number} {test.id}")

        def ended(self, result: ValidationResult) -> None:
            told.append(result.id)

    validate(Cluster(healthy_record()), Plan(ALL_TESTS[:2]), Tells())
    assert told == ["0 inventory.system", "inventory.system", "1 inventory.processors", "inventory.processors"]


def test_the_largest_cluster_takes_a_few_seconds_with_rests_in_between() -> None:
    cluster = Cluster(sample("todays-maximum"))
    began = time.monotonic()
    report = validate(cluster, Plan(), Paced(lambda: False))
    assert report.counts[Verdict.FAILED] == 0
    assert time.monotonic() - began < 20.0
