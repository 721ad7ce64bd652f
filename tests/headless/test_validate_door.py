"""`hvgui validate`: verdicts, files and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from hvgui import cli
from hvgui.cli.exits import BAD_INPUT
from hvgui.exchange.inventory_export import write_inventory
from hvgui.exchange.samples import sample
from hvgui.lab.session import Session


def _broken_lab(folder: Path) -> Path:
    record = sample("article-lab")
    first, second = record.nodes
    path = folder / "broken.hvlab"
    Session.new(replace(record, nodes=(first, replace(second, system_drive="D:"))), path=path).close()
    return path


def test_a_sample_is_validated_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate", "small-business", "--strict"]) == 0
    said = capsys.readouterr().out
    assert "Validate Quorum Configuration" in said
    assert "Not applicable" in said
    assert "serves as a cluster" in said or "suitable for a cluster" in said


def test_strict_tells_of_a_failure_with_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lab = _broken_lab(tmp_path)
    before = lab.read_bytes()
    assert cli.main(["validate", str(lab)]) == 0
    assert cli.main(["validate", str(lab), "--strict"]) == 1
    assert "Failed: Validate System Drive Variable: The nodes differ" in capsys.readouterr().out
    assert lab.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["broken.hvlab"]


def test_chosen_tests_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        cli.main(["validate", str(_broken_lab(tmp_path)), "--json", "--tests", "system.system-drive", "network"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "Failed"
    assert not told["is_complete"]
    assert {result["category"] for result in told["results"]} == {"Network", "System Configuration"}
    drive = next(result for result in told["results"] if result["id"] == "system.system-drive")
    assert drive["findings"][0]["remedy"] == "Install every node on the same drive letter."


def test_the_report_is_written_whole_and_replaces_nothing_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.html"
    assert cli.main(["validate", "article-lab", "--html", str(out), "--offline", "*"]) == 0
    text = out.read_text(encoding="utf-8")
    assert text.endswith("</html>\n")
    assert "Validate Simultaneous Failover" in text
    assert cli.main(["validate", "article-lab", "--html", str(out)]) == BAD_INPUT
    assert "--force overwrites it" in capsys.readouterr().err
    assert cli.main(["validate", "article-lab", "--html", str(out), "--force"]) == 0
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def test_an_inventory_is_validated_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_inventory(sample("small-business"), tmp_path / "ours.json")
    assert cli.main(["validate", str(tmp_path / "ours.json")]) == 0
    assert "List Cluster Resources" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "neither a file nor a sample 'nowhere'"),
        (["nowhere.hvlab"], "nowhere.hvlab"),
        (["article-lab", "--tests", "netwrk"], "did you mean 'network'"),
        (["article-lab", "--offline", "LUN9"], "no disk 'LUN9'"),
        (["article-lab", "--html", "no/such/folder/report.html"], "no folder"),
    ],
)
def test_bad_input_is_a_sentence(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate", *arguments]) == BAD_INPUT
    told = capsys.readouterr()
    assert says in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)
