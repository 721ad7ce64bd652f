"""`hvgui whatif` from outside."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from hvgui import cli
from hvgui.cli.exits import BAD_INPUT
from hvgui.cli.labs import write_lab
from small_cluster import small_record, small_vm


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    path = tmp_path / "three.hvlab"
    write_lab(small_record(tuple(small_vm(number, number) for number in range(3)), nodes=3), path, seed=3, name="three")
    return path


def test_a_table_a_matrix_and_a_verdict(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = lab.read_bytes()
    assert cli.main(["whatif", str(lab), "--nodes", "2", "--workers", "0"]) == 0
    out = capsys.readouterr().out
    assert "NODE1 crashes" in out
    assert "NODE3 is drained" in out
    assert "10% more load" in out
    assert "no quorum" in out
    assert "survives the loss of any one node" in out
    assert "Room for 18 more VMs like VM00 (4 GB), 11 so that" in out
    assert lab.read_bytes() == before


def test_json_and_html_in_processes(lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.html"
    words = ["whatif", str(lab), "--crashes-only", "--workers", "2", "--like", "vm01", "--json", "--html", str(report)]
    assert cli.main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["survives"] == 1
    assert [one["nodes"] for one in told["outcomes"]] == [["NODE1"], ["NODE2"], ["NODE3"]]
    assert told["outcomes"][0]["fates"][0]["vm"] == "VM00"
    assert told["room"]["like"] == "VM01"
    assert "NODE1 crashes" in report.read_text(encoding="utf-8")


def test_strict_tells_by_its_exit_code(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["whatif", str(lab), "--crashes-only", "--workers", "0", "--strict"]
    assert cli.main(words) == 0
    assert cli.main([*words, "--nodes", "2"]) == 1
    capsys.readouterr()


def test_what_makes_no_sense_is_a_sentence(
    lab: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    for words, said in (
        (["no-such-lab"], "neither a file nor a sample"),
        ([str(lab), "--like", "VM99"], "no VM 'VM99'"),
        ([str(lab), "--scheduler", "tcp://127.0.0.1:1"], "hvgui[dask]"),
    ):
        assert cli.main(["whatif", *words]) == BAD_INPUT
        shown = capsys.readouterr()
        assert shown.out == ""
        assert said in shown.err
        assert shown.err.count("\n") == 1
