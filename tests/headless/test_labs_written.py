"""Labs that commands write: whole or not at all, never over something without being told so, and fit to be opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvgui import cli
from hvgui.cli.exits import BAD_INPUT
from hvgui.cli.outputs import written_whole
from hvgui.lab.session import Session
from hvgui.shipped import shipped_file

INVENTORY = Path(__file__).parents[1] / "exchange" / "data" / "synthetic-2012r2.json"


def rehearse(out: Path, *more: str, scenario: str = "article-experiment") -> int:
    return cli.main(["rehearse", str(shipped_file(f"scenarios/{scenario}.toml")), "--lab", str(out), *more])


def test_a_rehearsal_is_kept_with_its_course_and_opens_where_it_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "course.hvlab"
    assert rehearse(out) == 0
    assert f"Its course is kept in {out}." in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["course.hvlab"]
    session = Session.open(out)
    try:
        opening = session.opening()
        assert opening.name == "The article's experiment"
        assert opening.time_ns > 180 * 10**9
        assert any(event.code == "live-migrate-began" for event in opening.events)
        assert any("stalls" in event.message for event in opening.events)
    finally:
        session.close()


def test_a_lab_that_exists_is_not_overwritten_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "precious.hvlab"
    out.write_bytes(b"precious")
    assert rehearse(out) == BAD_INPUT
    assert out.read_bytes() == b"precious"
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"hvgui: {out} exists already; --force overwrites it.\n")
    assert rehearse(out, "--force") == 0
    assert out.read_bytes().startswith(b"SQLite format 3")


def test_a_place_that_can_not_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for out, words in (
        (tmp_path / "no" / "such" / "folder.hvlab", "there is no folder"),
        (tmp_path, "is a folder; name the file to write"),
    ):
        assert rehearse(out) == BAD_INPUT
        assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "lab.hvlab"
    out.write_text("before")

    def fail_half_way() -> None:
        with written_whole(out) as beside:
            beside.write_text("half")
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fail_half_way()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_an_inventory_becomes_a_lab_and_its_findings_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "ours.hvlab"
    assert cli.main(["inventory", str(INVENTORY), "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "nodes" in printed.splitlines()[0]
    assert f"The lab is in {out}." in printed
    session = Session.open(out)
    try:
        assert len(session.opening().record.nodes) > 1
    finally:
        session.close()


def test_a_scenario_may_stand_on_an_inventory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ours.json").write_bytes(INVENTORY.read_bytes())
    scenario = tmp_path / "night.toml"
    scenario.write_text('inventory = "ours.json"\nend = "1 min"\n')
    assert cli.main(["rehearse", str(scenario)]) == 0
    scenario.write_text('inventory = "theirs.json"\n')
    capsys.readouterr()
    assert cli.main(["rehearse", str(scenario)]) == BAD_INPUT
    assert "line 1: the inventory can't be used" in capsys.readouterr().err


def test_a_place_that_can_not_even_be_looked_at_gets_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    endless = tmp_path / ("x" * 300 + ".hvlab")
    assert rehearse(endless) == BAD_INPUT
    assert cli.main(["inventory", str(INVENTORY), "-o", str(endless)]) == BAD_INPUT
    assert cli.main([str(endless)]) == BAD_INPUT
    assert cli.main(["rehearse", "x" * 300]) == BAD_INPUT
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4 and all("name too long" in line for line in lines)
    assert list(tmp_path.iterdir()) == []
