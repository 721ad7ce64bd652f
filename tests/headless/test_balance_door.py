"""`hvgui balance` from outside: a plan shown changes nothing, a plan applied is what the lab then holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hvgui import cli
from hvgui.cli.exits import BAD_INPUT
from hvgui.cli.labs import record_of, write_lab
from hvgui.cluster.units import GIB
from hvgui.lab.verification import verify
from small_cluster import small_record, small_vm


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    path = tmp_path / "uneven.hvlab"
    vms = tuple(small_vm(number, 0, gigabytes=2) for number in range(6))
    write_lab(small_record(vms, nodes=3), path, seed=3, name="uneven")
    return path


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, object]:
    assert cli.main([*words, "--json"]) == code
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_plan_is_only_shown(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = lab.read_bytes()
    assert cli.main(["balance", str(lab)]) == 0
    out = capsys.readouterr().out
    assert "4 moves in" in out
    assert "covered" in out
    assert lab.read_bytes() == before


def test_applied_it_is_what_the_lab_then_holds(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = told(capsys, "balance", str(lab), "--apply")
    outcomes = made["outcomes"]
    assert isinstance(outcomes, list)
    assert [one["result"] for one in outcomes] == ["succeeded"] * 4
    record = record_of(lab)
    assert sorted(sum(vm.owner == node.id for vm in record.vms) for node in record.nodes) == [2, 2, 2]
    assert sum(vm.assigned_bytes for vm in record.vms) == 12 * GIB
    assert verify(lab).agrees
    assert told(capsys, "balance", str(lab))["moves"] == []


def test_packing_empties_a_node_of_a_sample(capsys: pytest.CaptureFixture[str]) -> None:
    made = told(capsys, "balance", "small-business", "--policy", "pack")
    assert made["policy"] == "pack"
    assert made["emptied"] == [] or made["moves"]


def test_a_named_node_is_emptied(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = told(capsys, "balance", str(lab), "--empty", "node1")
    moves = made["moves"]
    assert isinstance(moves, list)
    assert len(moves) == 6
    assert {one["from"] for one in moves} == {"NODE1"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["small-business", "--apply"], "--apply needs a lab"),
        (["small-business", "--loads", "now"], "no present second"),
        (["nothing-of-the-kind"], "neither a file nor a sample"),
        (["small-business", "--empty", "HV99"], "no node 'HV99'"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["balance", *words]) == BAD_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert shown.err.count("\n") == 1
