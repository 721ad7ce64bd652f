"""The strict watch itself: each kind of leak and each unexpected word really fails a test, and neat tests pass."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
INI = """
[pytest]
pythonpath = {harness}
python_files = careless*.py
addopts = --strict-config --import-mode=importlib -p no:cacheprovider
filterwarnings = error
qt_api = pyside6
"""


@dataclass(frozen=True)
class Outcome:
    """What pytest reported of one inner test: its failures and errors, one text."""

    complaint: str


def run_inner(folder: Path, cases: str) -> dict[str, Outcome]:
    """Run one file of cases under the harness in a process of its own."""
    (folder / "pytest.ini").write_text(INI.format(harness=HERE / "harness"))
    (folder / "conftest.py").write_text((HERE / "conftest.py").read_text())
    (folder / cases).write_text((HERE / "strictness_cases" / cases).read_text())
    command = [sys.executable, "-m", "pytest", "-q", "--junitxml=report.xml", cases]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    env["STRICTNESS_GRACE_SECONDS"] = "0.2"
    finished = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=240)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    # The report is written by the process just started, from the cases beside this file.
    report = ET.parse(folder / "report.xml")
    outcomes: dict[str, Outcome] = {}
    for case in report.iter("testcase"):
        told = "".join(f"{e.get('message')}\n{e.text}" for e in case if e.tag in {"failure", "error"})
        name = str(case.get("name"))
        outcomes[name] = Outcome(outcomes[name].complaint + told if name in outcomes else told)
    return outcomes


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return run_inner(tmp_path_factory.mktemp("plain"), "careless.py")


@pytest.fixture(scope="module")
def with_qt(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return run_inner(tmp_path_factory.mktemp("with_qt"), "careless_windows.py")


def test_neat_tests_pass(plain: dict[str, Outcome], with_qt: dict[str, Outcome]) -> None:
    neat = {name: outcome.complaint for name, outcome in (plain | with_qt).items() if "neat" in name}
    assert neat
    assert {name: text for name, text in neat.items() if text} == {}


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        (
            "test_careless_thread",
            r"leaked thread 'engine left running', started at \S*careless.py:\d+ in test_careless_thread",
        ),
        ("test_careless_pool", r"leaked thread 'crew_0', started at \S*careless.py:\d+ in test_careless_pool"),
        ("test_careless_child", r"leaked child process \[.*input.*started at \S*careless.py:\d+"),
        ("test_careless_process", r"leaked child process forecast, started at \S*careless.py:\d+"),
        ("test_careless_log", r"unexpected log record: WARNING hvgui.engine: disk 3 is full \(from \S*careless.py:\d+"),
        ("test_careless_other_log", r"unexpected log record: ERROR hvgui.engine"),
        ("test_careless_log_that_never_came", r"expected a log record matching 'disk is full'"),
        ("test_careless_warning", r"DeprecationWarning: an old way"),
        ("test_careless_exception_in_thread", r"ZeroDivisionError"),
    ],
)
def test_what_is_left_or_said_fails_the_test(plain: dict[str, Outcome], name: str, complaint: str) -> None:
    assert re.search(complaint, plain[name].complaint), plain[name].complaint


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        (
            "test_careless_window",
            r"leaked top-level widget \S*QLabel 'leftover' .*visible.*held by careless_windows\['KEPT'\]",
        ),
        ("test_careless_hidden_window", r"leaked top-level widget \S*QWidget .*hidden"),
        ("test_careless_timer", r"leaked active QTimer of 50 ms, started at \S*careless_windows.py:\d+"),
        ("test_careless_single_shot", r"leaked QTimer.singleShot, started at \S*careless_windows.py:\d+"),
        ("test_careless_single_shot_of_partial", r"leaked QTimer.singleShot"),
        ("test_careless_qthread", r"leaked running QThread engine, started at \S*careless_windows.py:\d+"),
        ("test_careless_dropped_qthread", r"leaked running QThread"),
        ("test_careless_message", r"unexpected Qt message: warning: odd thing"),
        ("test_careless_message_in_teardown", r"unexpected Qt message: warning: said in the tear-down"),
        ("test_careless_slot", r"ZeroDivisionError"),
        ("test_careless_slot_in_the_event_loop", r"ZeroDivisionError"),
        ("test_careless_model", r"FAIL! Compared values"),
        ("test_careless_exception_in_a_qthread", r"the engine broke"),
        ("test_careless_pool_work", r"global QThreadPool"),
    ],
)
def test_what_qt_leaves_or_says_fails_the_test(with_qt: dict[str, Outcome], name: str, complaint: str) -> None:
    assert re.search(complaint, with_qt[name].complaint), with_qt[name].complaint


def test_every_careless_case_is_judged_here(plain: dict[str, Outcome], with_qt: dict[str, Outcome]) -> None:
    silent = [name for name, outcome in (plain | with_qt).items() if "careless" in name and not outcome.complaint]
    assert silent == []
