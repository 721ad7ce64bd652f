"""Setting up: what a first start installs, what a second one skips, and what is said when it cannot be done."""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from groundwork import commands, environment, libraries, system_packages
from groundwork.environment import Environment
from groundwork.libraries import FOR_QT, FOR_X, Library
from groundwork.telling import TOP, SetupError, run_with_progress
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ABSENT = Library("libof-no-system.so.9", "libabsent9", "absent-libs", "absent")


class Installer:
    """Stands in for apt and pip: notes what it was asked to run, answers as told."""

    def __init__(self, *answers: str | None) -> None:
        self.commands: list[list[str]] = []
        self._answers = list(answers)

    def __call__(self, command: list[str], _shown: object, _log: Path, _env: dict[str, str]) -> str | None:
        self.commands.append(command)
        return self._answers.pop(0) if self._answers else None


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Installer:
    """A Debian whose package lists are there; after an installation the library loads."""
    installer = Installer()
    (tmp_path / "mirror_Packages").touch()
    monkeypatch.setattr(system_packages, "run_with_progress", installer)
    monkeypatch.setattr(system_packages, "_APT_LISTS", tmp_path)
    monkeypatch.setattr(system_packages, "missing", lambda wanted: [] if installer.commands else list(wanted))
    monkeypatch.setattr(system_packages, "_has_venv", lambda: True)
    return installer


def on_system_with(monkeypatch: pytest.MonkeyPatch, *programs: str, root: bool) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}" if name in programs else None)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000, raising=False)


def test_the_loader_is_asked_for_each_library() -> None:
    assert libraries.missing((ABSENT,)) == [ABSENT]
    assert libraries.missing(()) == []


def test_a_display_of_x_asks_for_its_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":7")
    assert libraries.needed_for_window() == (*FOR_QT, *FOR_X)
    assert libraries.needed_for_tests() == FOR_QT


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_windows_and_macos_lack_nothing_and_have_a_display(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert libraries.needed_for_window() == libraries.needed_for_tests() == ()
    assert libraries.has_display()


@pytest.mark.skipif(os.name != "posix", reason="apt and sudo are of Unix")
class TestSystemPackages:
    def test_root_installs_by_apt(self, monkeypatch: pytest.MonkeyPatch, apt: Installer, tmp_path: Path) -> None:
        on_system_with(monkeypatch, "apt-get", root=True)
        system_packages.provide((ABSENT,), tmp_path, venv=True)
        assert apt.commands == [["apt-get", "install", "-y", "--no-install-recommends", "libabsent9"]]

    def test_a_person_installs_by_sudo_which_must_not_wait_for_nobody(
        self, monkeypatch: pytest.MonkeyPatch, apt: Installer, tmp_path: Path
    ) -> None:
        on_system_with(monkeypatch, "apt-get", "sudo", root=False)
        monkeypatch.setattr(system_packages, "on_a_terminal", lambda: False)
        system_packages.provide((ABSENT,), tmp_path, venv=True)
        assert apt.commands[0][:3] == ["sudo", "-n", "apt-get"]

    def test_without_sudo_the_command_for_root_is_named(
        self, monkeypatch: pytest.MonkeyPatch, apt: Installer, tmp_path: Path
    ) -> None:
        on_system_with(monkeypatch, "apt-get", root=False)
        with pytest.raises(SetupError, match=r"takes an administrator: 'apt-get install .* libabsent9'"):
            system_packages.provide((ABSENT,), tmp_path, venv=True)
        assert apt.commands == []

    def test_nothing_missing_needs_no_rights(
        self, monkeypatch: pytest.MonkeyPatch, apt: Installer, tmp_path: Path
    ) -> None:
        on_system_with(monkeypatch, root=False)
        system_packages.provide((), tmp_path, venv=True)
        assert apt.commands == []

    def test_debians_missing_ensurepip_comes_with_its_venv_package(
        self, monkeypatch: pytest.MonkeyPatch, apt: Installer, tmp_path: Path
    ) -> None:
        on_system_with(monkeypatch, "apt-get", root=True)
        monkeypatch.setattr(system_packages, "_has_venv", lambda: False)
        system_packages.provide((), tmp_path, venv=True)
        assert apt.commands[0][-1] == f"python3.{sys.version_info.minor}-venv"

    def test_the_venv_package_is_not_wanted_once_the_environment_stands(
        self, monkeypatch: pytest.MonkeyPatch, apt: Installer, tmp_path: Path
    ) -> None:
        on_system_with(monkeypatch, "apt-get", root=True)
        monkeypatch.setattr(system_packages, "_has_venv", lambda: False)
        system_packages.provide((), tmp_path, venv=False)
        assert apt.commands == []

    def test_lists_that_are_missing_are_fetched_first(
        self, monkeypatch: pytest.MonkeyPatch, apt: Installer, tmp_path: Path
    ) -> None:
        on_system_with(monkeypatch, "apt-get", root=True)
        (tmp_path / "mirror_Packages").unlink()
        system_packages.provide((ABSENT,), tmp_path, venv=True)
        assert [command[1] for command in apt.commands] == ["update", "install"]

    def test_old_lists_are_fetched_anew_and_a_failure_is_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch, apt: Installer, tmp_path: Path
    ) -> None:
        on_system_with(monkeypatch, "apt-get", root=True)
        apt._answers = ["E: gone", None, "E: Unable to locate package libabsent9"]
        with pytest.raises(SetupError, match=r"apt could not install libabsent9 \(E: Unable to locate") as caught:
            system_packages.provide((ABSENT,), tmp_path, venv=True)
        assert [command[1] for command in apt.commands] == ["install", "update", "install"]
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("program", "told"),
        [
            ("dnf", "sudo dnf install absent-libs"),
            ("pacman", "sudo pacman -S absent"),
            ("zypper", "Install the packages of your system that contain them"),
        ],
    )
    def test_other_systems_are_told_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch, apt: Installer, tmp_path: Path, program: str, told: str
    ) -> None:
        on_system_with(monkeypatch, program, root=True)
        with pytest.raises(SetupError, match=re.escape(told)) as caught:
            system_packages.provide((ABSENT,), tmp_path, venv=True)
        assert ABSENT.file in str(caught.value)
        assert apt.commands == []


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Installer:
    installer = Installer()
    monkeypatch.setattr(environment, "run_with_progress", installer)
    return installer


@pytest.fixture
def whole(tmp_path: Path) -> Environment:
    """An environment that looks as the venv module makes it, with nothing installed yet."""
    made = Environment(tmp_path / "venv")
    made.programs.mkdir(parents=True)
    made.python.touch()
    version = ".".join(str(part) for part in sys.version_info[:3])
    home = Path(getattr(sys, "_base_executable", sys.executable)).parent
    (made.folder / "pyvenv.cfg").write_text(f"home = {home}\nversion = {version}\n")
    return made


def test_what_was_installed_is_not_installed_again(pip: Installer, whole: Environment) -> None:
    assert not whole.has("")
    whole.install("test")
    assert whole.has("")
    assert whole.has("test")
    assert pip.commands[0][-4:] == ["-c", str(environment.CONSTRAINTS), "-e", ".[test]"]


def test_running_first_leaves_the_checks_to_be_installed(pip: Installer, whole: Environment) -> None:
    whole.install("")
    assert whole.has("")
    assert not whole.has("test")


def test_new_pins_are_installed(
    monkeypatch: pytest.MonkeyPatch, pip: Installer, whole: Environment, tmp_path: Path
) -> None:
    whole.install("")
    other = tmp_path / "constraints.txt"
    other.write_text("numpy==2.4.6\n")
    monkeypatch.setattr(environment, "CONSTRAINTS", other)
    assert not whole.has("")


@pytest.mark.parametrize("content", ["", "[1]", "{not json", '{"state": 3}'])
def test_a_damaged_stamp_means_installing_again(pip: Installer, whole: Environment, content: str) -> None:
    whole.install("")
    (whole.folder / "hvgui-set-up.json").write_text(content)
    assert not whole.has("")


def test_an_environment_of_a_python_that_was_upgraded_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, pip: Installer, whole: Environment
) -> None:
    whole.install("")
    config = whole.folder / "pyvenv.cfg"
    config.write_text(re.sub(r"version = .*", "version = 3.1.4", config.read_text()))
    assert not whole.has("")


def test_an_unreachable_index_is_one_sentence_and_leaves_no_stamp(
    monkeypatch: pytest.MonkeyPatch, whole: Environment
) -> None:
    refusal = "ERROR: Could not find a version that satisfies the requirement hatchling"
    monkeypatch.setattr(environment, "run_with_progress", Installer(refusal))
    with pytest.raises(SetupError, match=r"Could not find a version.*pip config list.*run this again") as caught:
        whole.install("")
    assert "\n" not in str(caught.value)
    assert not whole.has("")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match=r"could not make a virtual environment.*HVGUI_VENV"):
        Environment(tmp_path / "file" / "venv").install("")


def test_the_environment_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HVGUI_VENV", str(tmp_path / "elsewhere"))
    assert environment.chosen().folder == tmp_path / "elsewhere"
    monkeypatch.delenv("HVGUI_VENV")
    assert environment.chosen().folder == TOP / ".venv"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """What `run` would become, with everything set up already and nobody at the terminal."""
    begun: list[list[str]] = []

    def hand_over(command: list[str], folder: Path | None = None) -> int:
        begun.append(command[1:])
        return 0

    monkeypatch.setattr(commands, "_hand_over", hand_over)
    monkeypatch.setattr(commands, "prepare", lambda *_args, **_named: Environment(tmp_path))
    monkeypatch.setattr(commands, "on_a_terminal", lambda: False)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return begun


REHEARSED = ["-m", "hvgui", "rehearse", "resources/scenarios/article-experiment.toml"]


def test_run_opens_the_window(monkeypatch: pytest.MonkeyPatch, started: list[list[str]]) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert commands.main(["run"], "") == 0
    assert started == [["-m", "hvgui"]]


def test_run_hands_its_words_to_hvgui(started: list[list[str]]) -> None:
    assert commands.main(["run", "--version"], "") == 0
    assert started == [["-m", "hvgui", "--version"]]


def test_without_a_display_run_says_so_and_rehearses(
    started: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["run"], "") == 0
    assert "There is no display here" in capsys.readouterr().out
    assert started == [REHEARSED]


@pytest.mark.parametrize(("answer", "begun"), [("", [REHEARSED]), ("y", [REHEARSED]), ("No", [])])
def test_at_a_terminal_run_asks_first(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]], answer: str, begun: list[list[str]]
) -> None:
    monkeypatch.setattr(commands, "on_a_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _question: answer)
    assert commands.main(["run"], "") == 0
    assert started == begun


@pytest.mark.parametrize("failing", ["ruff", "mypy", "lint-imports", "pytest", ""])
def test_every_check_runs_though_one_fails_and_pytest_comes_last(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]], failing: str
) -> None:
    checked: list[str] = []

    def finish(command: list[str], **_named: object) -> subprocess.CompletedProcess[str]:
        words = " ".join(command[1:] or [Path(command[0]).name])
        checked.append(words)
        return subprocess.CompletedProcess(command, 1 if failing and failing in words else 0)

    monkeypatch.setattr(subprocess, "run", finish)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert commands.main(["test", "-x"], "") == (1 if failing else 0)
    *before, last = checked
    assert before == ["-m ruff check", "-m ruff format --check", "lint-imports", "-m mypy"]
    assert last == "-m pytest -n 2 --dist loadfile -x"


@pytest.mark.parametrize(("cores", "processes"), [(None, "0"), (1, "0"), (2, "2"), (64, "4")])
def test_tests_run_beside_each_other_where_there_are_cores(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]], cores: int | None, processes: str
) -> None:
    asked: list[list[str]] = []

    def finish(command: list[str], **_named: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", finish)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert commands.main(["test"], "") == 0
    assert asked[-1][asked[-1].index("-n") + 1] == processes


def test_an_unknown_word_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["instal"], "") == 2
    assert capsys.readouterr().err == "There is no command 'instal'; there are run, test, prepare.\n"


def test_what_cannot_be_set_up_is_said_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_arguments: list[str]) -> int:
        raise SetupError("No network.")

    monkeypatch.setattr(commands, "test", refuse)
    assert commands.main(["test"], "") == 2
    assert capsys.readouterr().err == "No network.\n"


def test_an_old_python_hears_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    script = runpy.run_path(str(TOP / "packaging" / "bootstrap.py"))
    assert script["main"]() == 2
    assert capsys.readouterr().err == "hvgui needs Python 3.11 or newer; this is Python 3.9.\n"


def test_an_old_python_can_read_the_script_that_tells_it() -> None:
    source = (TOP / "packaging" / "bootstrap.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 4))
    assert not re.search(r"\bf['\"]", source)


def test_the_set_up_uses_the_standard_library_alone() -> None:
    imported = set()
    for path in (TOP / "packaging" / "groundwork").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    assert imported - sys.stdlib_module_names == {"groundwork"}


def test_progress_is_shown_and_the_reason_of_a_failure_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = "print('noise'); print('Collecting numpy'); print('ERROR: no index'); raise SystemExit(1)"
    log = tmp_path / "logs" / "pip.log"
    problem = run_with_progress([sys.executable, "-c", talk], ("Collecting",), log, dict(os.environ))
    assert problem == "ERROR: no index"
    assert capsys.readouterr().out == "  Collecting numpy\n"
    assert log.read_text().splitlines() == ["noise", "Collecting numpy", "ERROR: no index"]


def test_everything_that_gets_installed_is_pinned() -> None:
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", environment.CONSTRAINTS.read_text(encoding="utf-8"), re.MULTILINE))
    pinned = {canonicalize_name(name) for name in pins}
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(text) for text in project["dependencies"] + project["optional-dependencies"]["test"]]
    needed: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in needed or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        needed.add(name)
        waiting += [Requirement(text) for text in metadata.requires(requirement.name) or ()]
    assert needed - pinned == set()
