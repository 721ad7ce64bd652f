"""What `hvgui compare-measured` prints, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hvgui import cli

MEASURED = Path(__file__).parents[1] / "data" / "measured_migrations.csv"
HEADS = "run_id,memory_mib,link_limit_MBps,downtime_limit_ms,working_set_mib,dirty_rate_target_MBps"


def few(folder: Path) -> Path:
    """The file's first rows, one of them limited by its link."""
    lines = MEASURED.read_text().splitlines()
    chosen = [lines[0], *lines[1:4], *(line for line in lines if line.startswith("B1-link-m256"))]
    path = folder / "few.csv"
    path.write_text("\n".join(chosen))
    return path


def test_json_has_the_keys_that_programs_rely_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compare-measured", str(few(tmp_path)), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["run_id"][:2] for row in told["rows"]] == ["A1", "A1", "A1", "B1"]
    quantities = ("total_seconds", "sent_bytes", "blackout_seconds", "passes", "converged")
    for row in told["rows"]:
        assert {f"{name}_{of}" for name in quantities for of in ("measured", "model")} <= row.keys()
        assert row["lottery"] is False
        low, high = row["total_seconds_range"]
        assert low <= row["total_seconds_model"] <= high
    assert told["summary"]["holds"] is True
    assert told["summary"]["total_seconds"]["within"] == 4


def test_people_get_a_line_a_run_and_the_distribution(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compare-measured", str(few(tmp_path))]) == 0
    printed = capsys.readouterr().out
    assert "Verdict right in 4 of 4 rows; 4 completed." in printed
    assert "Total time: 4 of 4 within 5%; error least " in printed
    assert "The tolerances hold." in printed


def test_a_measurement_far_off_is_marked_and_strict_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(f"{HEADS},status,total_time_ms\nodd,256,125,300,0,0,completed,9000\n")
    assert cli.main(["compare-measured", str(path)]) == 0
    assert "OFF" in capsys.readouterr().out
    assert cli.main(["compare-measured", str(path), "--strict"]) == 1


def test_runs_without_any_measurement_are_forecast(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plain.csv"
    path.write_text(f"{HEADS}\nplain,256,125,300,64,10\n")
    assert cli.main(["compare-measured", str(path), "--strict"]) == 0
    printed = capsys.readouterr().out
    assert "?/yes" in printed
    assert "Total time: nothing to compare." in printed
