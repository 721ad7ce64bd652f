"""`hvgui vhd` as a person at a terminal uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hvgui.cli import main
from hvgui.cluster.units import GIB


def run(*words: object) -> int:
    return main(["vhd", *map(str, words)])


def test_made_looked_into_merged_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, child, whole = tmp_path / "base.vhd", tmp_path / "child.avhd", tmp_path / "whole.vhd"
    assert run("create", base, "--type", "dynamic", "--size", "100GiB") == 0
    assert "a dynamic disk of 100 GB in a file of" in capsys.readouterr().out
    assert run("create", child, "--type", "differencing", "--parent", base) == 0
    capsys.readouterr()
    assert run("info", child, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["size_bytes"], told["parents"]) == ("differencing", 100 * GIB, [str(base)])
    assert run("info", child) == 0
    assert f"parent       {base}" in capsys.readouterr().out
    assert run("merge", child, "--into", whole) == 0
    assert run("convert", whole, tmp_path / "fixed.vhd", "--type", "fixed") == 0
    assert run("compact", whole) == 0
    assert run("expand", base, "--size", "200 GB") == 0
    capsys.readouterr()
    assert run("check", whole) == 0
    assert "is whole" in capsys.readouterr().out


def test_damage_is_named_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.vhd"
    assert run("create", path, "--size", "1 GB") == 0
    raw = bytearray(path.read_bytes())
    raw[512 + 40] ^= 0xFF
    path.write_bytes(raw)
    capsys.readouterr()
    assert run("check", path) == 1
    assert capsys.readouterr().out == "header: its checksum does not agree\n"
    assert run("check", path, "--json") == 1
    assert json.loads(capsys.readouterr().out)["damages"][0]["where"] == "header"


def test_a_parent_is_given_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, child = tmp_path / "base.vhd", tmp_path / "child.avhd"
    run("create", base, "--size", "1 GB")
    run("create", child, "--type", "differencing", "--parent", base)
    (tmp_path / "away").mkdir()
    moved = base.rename(tmp_path / "away" / "renamed.vhd")
    assert run("check", child) == 1
    assert run("info", child) == 0
    assert "its parent base.vhd is not there" in capsys.readouterr().out
    assert run("reconnect", child, "--parent", moved) == 0
    assert run("check", child) == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("info", "none.vhd"), "There is no file"),
        (("create", "x.vhd"), "The size of the disk is missing"),
        (("create", "x.vhd", "--size", "3 TB"), "at most 2,040 GB"),
        (("create", "x.vhd", "--size", "much"), "much"),
        (("merge", "text.vhd"), "too few for a VHD"),
    ],
)
def test_a_sentence_for_what_can_not_be(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.vhd").write_text("no disk", encoding="utf-8")
    assert run(*words) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
    assert not Path("x.vhd").exists()
