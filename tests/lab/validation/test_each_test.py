"""Every test of the validation passes on a healthy cluster, and finds the faults that it is there for."""

from __future__ import annotations

import pytest

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.validation import ValidationResult, Verdict
from hvgui.lab.validation.all_tests import ALL_TESTS, BY_ID
from hvgui.lab.validation.running import Plan, validate
from validation_faults import FAULTS, Fault, healthy_record

CASES = [(name, number) for name, faults in FAULTS.items() for number in range(len(faults))]


def _all_offline(record: ClusterRecord) -> Plan:
    return Plan(take_offline=frozenset(lun.id for lun in record.luns))


def _result(record: ClusterRecord, test: str) -> ValidationResult:
    plan = _all_offline(record)
    (result,) = validate(Cluster(record), Plan((BY_ID[test],), plan.take_offline)).results
    return result


def test_a_healthy_cluster_passes_every_test() -> None:
    record = healthy_record()
    assert inconsistencies(record) == ()
    report = validate(Cluster(record), _all_offline(record))
    assert {result.id: result.findings for result in report.results if result.verdict is not Verdict.SUCCESS} == {}
    assert report.verdict is Verdict.SUCCESS
    assert [result.id for result in report.results] == [test.id for test in ALL_TESTS]


def test_there_is_a_fault_for_every_test() -> None:
    assert set(FAULTS) == set(BY_ID)
    assert all(FAULTS.values())


@pytest.mark.parametrize(("name", "number"), CASES)
def test_each_test_finds_its_faults(name: str, number: int) -> None:
    fault: Fault = FAULTS[name][number]
    result = _result(fault.change(healthy_record()), name)
    assert result.verdict in (Verdict.FAILED, Verdict.WARNING)
    guilty = [finding for finding in result.findings if finding.verdict is result.verdict]
    assert any(fault.says in finding.sentence for finding in guilty), guilty
    for finding in guilty:
        assert finding.about
        assert finding.sentence.endswith(".")
        assert finding.remedy.endswith(".")
