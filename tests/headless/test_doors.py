"""The command line from outside: help at once, sentences instead of tracebacks, exit codes that mean something."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import hvgui
from hvgui import cli
from hvgui.cli import window
from hvgui.cli.exits import BAD_INPUT, INTERRUPTED, PIPE_CLOSED

ROOT = Path(hvgui.__file__).parents[1]
ARTICLE = ROOT / "resources" / "scenarios" / "article-experiment.toml"


def hvgui_process(*arguments: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own; None takes a variable away."""
    wanted = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-m", "hvgui", *arguments],
        env={name: value for name, value in wanted.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_wait_for_neither_qt_nor_numpy(argument: str) -> None:
    code = (
        "import sys\n"
        "from hvgui.cli import main\n"
        "try:\n"
        f"    main([{argument!r}])\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0\n"
        "heavy = {'PySide6', 'numpy', 'pyqtgraph', 'msgspec', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "hvgui" in ended.stdout


def test_every_exit_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["rehearse", "--help"], ["compare-measured", "--help"], ["inventory", "--help"]):
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        assert end.value.code == 0
        text = capsys.readouterr().out
        assert all(f"\n  {code} " in text for code in (0, 1, BAD_INPUT, INTERRUPTED, PIPE_CLOSED))


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display here")
def test_without_a_display_it_offers_what_needs_none() -> None:
    ended = hvgui_process(DISPLAY=None, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    assert ended.returncode == BAD_INPUT
    assert ended.stdout == ""
    assert "no display" in ended.stderr
    assert "hvgui rehearse SCENARIO.toml" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_the_window_gets_what_is_to_be_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[str | None] = []

    def run_window(argument: str | None) -> int:
        opened.append(argument)
        return 0

    monkeypatch.setattr("hvgui.gui.application.run_window", run_window)
    lab = tmp_path / "mine.hvlab"
    lab.touch()
    assert [cli.main(arguments) for arguments in ([], ["small-business"], [str(lab)])] == [0, 0, 0]
    assert opened == [None, "small-business", str(lab)]


@pytest.mark.parametrize(("typed", "meant"), [("rehears", "rehearse"), ("small-busines", "small-business")])
def test_a_slip_of_the_finger_gets_the_nearest_word(capsys: pytest.CaptureFixture[str], typed: str, meant: str) -> None:
    assert cli.main([typed]) == BAD_INPUT
    assert f"did you mean '{meant}'?" in capsys.readouterr().err


def test_displays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not window.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert window.has_display()
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert window.has_display()


def test_the_same_scenario_prints_the_same_twice(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for _ in range(2):
        assert cli.main(["rehearse", str(ARTICLE)]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert "quick-migrate FS01: NODE2 to NODE1" in printed[0]


def test_a_shipped_scenario_goes_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["rehearse", "--help"])
    assert "\n  migration-storm\n" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    assert cli.main(["rehearse", "migration-storm"]) == 0
    assert "Patch night" in capsys.readouterr().out
    Path("migration-storm").write_text('title = "My own"\nsample = "article-lab"\n')
    assert cli.main(["rehearse", "migration-storm"]) == 0
    assert "My own" in capsys.readouterr().out


def test_json_has_the_keys_that_programs_rely_on() -> None:
    ended = hvgui_process("rehearse", str(ARTICLE), "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    told = json.loads(ended.stdout)
    live, quick = told["requests"]
    keys = "do vm from to result duration_seconds passes blackout_seconds sent_bytes streams_stalled stall_seconds"
    for request in (live, quick):
        assert {*keys.split(), "connections_lost", "at_seconds", "ended_at_seconds"} <= request.keys()
    assert {"ended_at_seconds", "wall_seconds"} <= told.keys()
    assert told["saved_kilowatt_hours"] == 0.0
    assert (live["from"], live["to"], live["streams_stalled"], live["connections_lost"]) == ("NODE1", "NODE2", 0, 0)
    assert quick["passes"] is None
    assert quick["streams_stalled"] == 1


def test_strict_tells_a_script_that_something_went_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "refused.toml"
    scenario.write_text('sample = "article-lab"\n[[request]]\ndo = "live-migrate"\nvm = "DC01"\nto = "NODE2"\n')
    assert cli.main(["rehearse", str(scenario)]) == 0
    assert "DC01 is not a clustered VM" in capsys.readouterr().out
    assert cli.main(["rehearse", str(scenario), "--strict"]) == 1
    assert cli.main(["rehearse", str(ARTICLE), "--strict"]) == 0


@pytest.mark.parametrize("command", ["rehearse", "compare-measured", "inventory"])
def test_bad_files_get_one_sentence_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    huge, broken, out = tmp_path / "huge", tmp_path / "broken", tmp_path / "out.hvlab"
    with huge.open("wb") as file:
        file.truncate(2 * 1024**3)
    broken.write_bytes(b"{[\xff\x00")
    more = {"rehearse": ["--lab", str(out)], "inventory": ["-o", str(out)]}.get(command, [])
    for path in (tmp_path / "missing", tmp_path, huge, broken):
        assert cli.main([command, str(path), *more]) == BAD_INPUT
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.startswith("hvgui: ")
        assert told.err.count("\n") == 1
        assert path.name in told.err
    assert {path.name for path in tmp_path.iterdir()} == {"huge", "broken"}


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="pipes break otherwise here")
def test_a_reader_that_goes_away_is_no_traceback() -> None:
    command = [
        sys.executable,
        "-c",
        f"import sys; from hvgui.cli import main; sys.exit(main(['rehearse', {str(ARTICLE)!r}]))",
    ]
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        ended = subprocess.run(
            command, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=120, check=False
        )
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (PIPE_CLOSED, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "hvgui", "rehearse", str(ARTICLE)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    assert ended.returncode == BAD_INPUT
    assert ended.stderr == "hvgui: the output can't be written: No space left on device.\n"


def test_ctrl_c_ends_it_with_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("hvgui.cli.rehearse.rehearse", interrupted)
    assert cli.main(["rehearse", str(ARTICLE)]) == INTERRUPTED
    assert capsys.readouterr().err == "\nhvgui: interrupted; nothing was written.\n"


def test_a_name_that_the_terminal_can_not_show_is_escaped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scenario = tmp_path / "letters.toml"
    scenario.write_text('title = "Umzug über Nacht"\nsample = "article-lab"\n', encoding="utf-8")
    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", screen)
    assert cli.main(["rehearse", str(scenario)]) == 0
    screen.seek(0)
    assert screen.read().startswith("Umzug \\xfcber Nacht (seed 1)")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here")
def test_on_a_terminal_a_bar_moves_and_the_output_stays_clean() -> None:
    ours, theirs = os.openpty()
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "hvgui", "rehearse", str(ARTICLE), "--json"],
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"},
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
            timeout=120,
            check=False,
        )
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    assert ended.returncode == 0
    assert len(json.loads(ended.stdout)["requests"]) == 2
    assert "The article's experiment" in shown
    assert "of 2 requests ended" in shown


def test_names_give_no_orders_to_the_terminal(tmp_path: Path) -> None:
    """A line break in a name would tear the table, an escape would colour or clear the screen."""
    scenario = tmp_path / "odd\nname.toml"
    head = ARTICLE.read_text(encoding="utf-8").replace('"The article', '"\\u001b[31mRed\\nThe article')
    scenario.write_text(head, encoding="utf-8")
    told = hvgui_process("rehearse", str(scenario))
    assert told.returncode == 0
    assert told.stdout.startswith("?[31mRed?The article's experiment (seed 1)\n")
    assert json.loads(hvgui_process("rehearse", str(scenario), "--json").stdout)["scenario"].startswith("\x1b[31mRed\n")
    refused = hvgui_process("rehearse", str(tmp_path / "no\nsuch.toml"))
    assert refused.returncode == BAD_INPUT
    assert refused.stderr.count("\n") == 1 and "no?such.toml" in refused.stderr
