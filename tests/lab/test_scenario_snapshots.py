"""Scenarios with snapshots, named as a person names them; the shipped night with its growth, its full volume and its
merges."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvgui.cluster.machines import VmState
from hvgui.lab.rehearsal import Rehearsal, rehearse
from hvgui.lab.scenario import read_scenario
from hvgui.lab.scenario_snapshots import NamedSnapshot
from hvgui.lab.scenario_table import ScenarioError
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot

NIGHT = Path(__file__).resolve().parents[2] / "resources" / "scenarios" / "snapshot-night.toml"
_BASE = """
[[node]]
name = "A"
[[vm]]
name = "ONE"
node = "A"
memory = "2 GB"
state = "off"
"""


def _rehearsed(folder: Path, *requests: str) -> Rehearsal:
    text = _BASE + "".join(f'[[request]]\nvm = "ONE"\n{one}\n' for one in requests)
    file = folder / "one.toml"
    file.write_text(text, encoding="utf-8")
    return rehearse(read_scenario(file))


def test_by_name_by_number_and_the_newest_of_a_name(tmp_path: Path) -> None:
    done = _rehearsed(
        tmp_path,
        'do = "take-snapshot"\nname = "same"',
        'do = "take-snapshot"\nname = "Same"',
        'do = "rename-snapshot"\nsnapshot = "SAME"\nname = "newest"',
        'do = "apply-snapshot"\nsnapshot = 1\ntake_first = true',
        'do = "delete-snapshot"\nsnapshot = "same"',
        'do = "revert"',
    )
    vm = done.world.cluster.vms[0]
    assert next(one.name for one in vm.snapshots if not one.is_deleted) == "newest"
    assert [one.result for one in done.requests[:5]] == ["succeeded"] * 5
    assert (done.requests[5].result, done.requests[5].message) == (
        "refused",
        "ONE has no snapshot to go back to. Take one first, or apply one of another branch.",
    )


def test_what_there_is_not_is_told_with_what_there_is(tmp_path: Path) -> None:
    done = _rehearsed(
        tmp_path,
        'do = "delete-snapshot"\nsnapshot = "gone"',
        'do = "take-snapshot"\nname = "here"',
        'do = "apply-snapshot"\nsnapshot = "gone"',
        'do = "cancel-snapshot"',
        'do = "merge-snapshots"',
    )
    messages = [one.message for one in done.requests if one.result == "refused"]
    assert messages == [
        "ONE has no snapshot 'gone' at this moment: it has none.",
        "ONE has no snapshot 'gone' at this moment: it has 'here'.",
        "ONE takes no snapshot and merges none at this moment.",
        "No files of ONE wait to be merged.",
    ]


def test_a_snapshot_that_is_being_taken_is_cancelled(tmp_path: Path) -> None:
    done = _rehearsed(
        tmp_path,
        'do = "start"',
        'at = "60s"\ndo = "take-snapshot"',
        'at = "61s"\ndo = "cancel-snapshot"',
    )
    assert [one.result for one in done.requests] == ["succeeded", "cancelled", "succeeded"]
    assert done.world.cluster.vms[0].snapshots == ()


@pytest.mark.parametrize(
    ("line", "sentence"), [('snapshot = ""', "is empty"), ("", "'snapshot' is missing"), ("snapshot = 0", "from 1 to")]
)
def test_mistakes(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        _rehearsed(tmp_path, f'do = "delete-snapshot"\n{line}')


def test_what_stands_for_a_name_knows_its_request() -> None:
    found = [one.request for one in read_scenario(NIGHT).requests if isinstance(one.request, NamedSnapshot)]
    assert {type(one.request) for one in found} >= {ApplySnapshot, DeleteSnapshot}
    assert all(one.request.snapshot == 0 for one in found)


def test_the_night_ends_with_every_file_merged() -> None:
    night = rehearse(read_scenario(NIGHT))
    assert {one.result for one in night.requests} == {"succeeded"}
    cluster = night.world.cluster
    by_name = {vm.name: vm for vm in cluster.vms.values()}
    assert by_name["SQL01"].snapshots == ()
    assert by_name["SQL01"].state is VmState.OFF
    assert [one.name for one in by_name["TEST01"].snapshots[:1]] == ["Before the patches"]
    assert len(by_name["TEST01"].snapshots) == 1, "the wrong branch is gone"
    full = [event for event in night.incidents if "Volume3 is full" in event.message]
    assert {"SQL01 stands still: Volume3 is full", "TEST01 stands still: Volume3 is full"} <= {
        event.message for event in full
    }
    assert by_name["ERP01"].state is VmState.RUNNING, "it ran on once there was room"
    assert night.ended_at_seconds > 5 * 3600 + 20
