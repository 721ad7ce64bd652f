"""The workflow that builds what can't be built here: every script, argument and file that it names is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from groundwork.telling import TOP
from shipping.goals import GOALS

WORKFLOWS = sorted((TOP / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    path: Path = request.param
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_there_is_one() -> None:
    assert [path.name for path in WORKFLOWS] == ["parcels.yml"]


def test_tests_come_first_and_everything_has_a_time_limit(workflow: dict[str, Any]) -> None:
    jobs = workflow["jobs"]
    assert jobs["build"]["needs"] == "test"
    assert all(isinstance(job["timeout-minutes"], int) for job in jobs.values())
    assert workflow["permissions"] == {"contents": "read"}
    assert {key for step in steps(workflow) for key in step} <= {"uses", "with", "name", "run", "if", "env", "shell"}
    assert all(("uses" in step) != ("run" in step) for step in steps(workflow))


def test_scripts_and_files_are_there(workflow: dict[str, Any]) -> None:
    lines = [line for step in steps(workflow) for line in step.get("run", "").replace("\\\n", " ").splitlines()]
    scripts = {word for line in lines for word in shlex.split(line, posix=False) if word.startswith("packaging/")}
    assert scripts == {"packaging/bootstrap.py", "packaging/build.py"}
    named = {word for line in lines for word in re.findall(r"\b(?:packaging|resources)/[\w./-]+", line)}
    assert {name for name in named if not (TOP / name).exists()} == set()


def test_every_goal_is_built_on_a_system_that_can(workflow: dict[str, Any]) -> None:
    families = {"ubuntu": "linux", "windows": "win32", "macos": "darwin"}
    built: set[str] = set()
    for one in workflow["jobs"]["build"]["strategy"]["matrix"]["include"]:
        for name in one["goals"].split():
            assert families[one["os"].partition("-")[0]] in GOALS[name].systems
            built.add(name)
    assert built == GOALS.keys() - {"frozen"}


def test_what_is_built_is_tried_and_uploaded(workflow: dict[str, Any]) -> None:
    runs = "\n".join(step.get("run", "") for step in workflow["jobs"]["build"]["steps"])
    assert runs.count("--smoke") == 2
    last = workflow["jobs"]["build"]["steps"][-1]
    assert last["uses"].startswith("actions/upload-artifact@")
    assert last["with"]["path"] == "dist/*"
