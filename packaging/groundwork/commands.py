"""What the words after bootstrap.py do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from groundwork import environment, system_packages
from groundwork.environment import Environment
from groundwork.libraries import Library, has_display, needed_for_tests, needed_for_window
from groundwork.telling import TOP, SetupError, heading, on_a_terminal, say, spelled

MOST_PROCESSES = 4
"""That run tests beside each other: windows wait for clocks, and a machine full of them is late."""
REHEARSAL = ("rehearse", "resources/scenarios/article-experiment.toml")


def main(arguments: list[str], usage: str) -> int:
    """Carry out one command; returns the exit code: 0 well, 1 something failed, 2 it could not be tried."""
    if not arguments or arguments[0] in {"help", "-h", "--help"}:
        print(usage)
        return 0 if arguments else 2
    command, rest = arguments[0], arguments[1:]
    verbs = {"run": run, "test": test, "prepare": _prepare_only}
    if command not in verbs:
        print(f"There is no command {command!r}; there are {', '.join(verbs)}.", file=sys.stderr)
        return 2
    try:
        return verbs[command](rest)
    except SetupError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _prepare_only(arguments: list[str]) -> int:
    prepare("test" if arguments[:1] == ["test"] else "")
    return 0


def prepare(extra: str, *, with_libraries: bool = True) -> Environment:
    """Provide system libraries and the environment, whatever of it is missing."""
    chosen = environment.chosen()
    ready = chosen.has(extra)
    libraries: tuple[Library, ...] = ()
    if with_libraries:
        libraries = needed_for_tests() if extra else needed_for_window()
    # Logs of apt must outlive the environment, which pip's set-up may make anew.
    system_packages.provide(libraries, TOP / "build" / "set-up-logs", venv=not ready)
    if not ready:
        chosen.install(extra)
    return chosen


def run(arguments: list[str]) -> int:
    """Open the window; without a display say so and offer the rehearsal. With arguments, hvgui decides."""
    if has_display() or arguments:
        chosen = prepare("", with_libraries=has_display())
        return _hand_over([str(chosen.python), "-m", "hvgui", *arguments])
    typed = spelled(["hvgui", *REHEARSAL])
    say("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so the window cannot open.")
    if on_a_terminal():
        answer = input(f"Rehearse the article's experiment without a window instead ({typed})? [Y/n] ")
        if answer.strip().lower().startswith("n"):
            return 0
    else:
        say(f"Rehearsing the article's experiment without a window instead: {typed}")
    chosen = prepare("", with_libraries=False)
    return _hand_over([str(chosen.python), "-m", "hvgui", *REHEARSAL], folder=TOP)


def test(arguments: list[str]) -> int:
    """Run every check to its end, pytest last: its closing line closes the output."""
    chosen = prepare("test")
    python = str(chosen.python)
    checks = {
        "ruff check": [python, "-m", "ruff", "check"],
        "ruff format --check": [python, "-m", "ruff", "format", "--check"],
        "lint-imports": [str(chosen.programs / "lint-imports")],
        "mypy": [python, "-m", "mypy"],
    }
    failed = [title for title, command in checks.items() if not _passes(title, command)]
    if failed:
        say(f"\nFAILED: {', '.join(failed)} (see above). The tests follow; the whole run counts as failed.")
    # A file's tests stay together, so that what they share is made once.
    spread = ["-n", str(_processes()), "--dist", "loadfile"]
    if not _passes("pytest", [python, "-m", "pytest", *spread, *arguments]):
        failed.append("pytest")
    return 1 if failed else 0


def _processes() -> int:
    """One process a core, and no more than the files are worth; 0 is pytest's own process."""
    cores = os.cpu_count() or 1
    return min(MOST_PROCESSES, cores) if cores > 1 else 0


def _passes(title: str, command: list[str]) -> bool:
    heading(title)
    return subprocess.run(command, cwd=TOP, check=False, stdin=subprocess.DEVNULL).returncode == 0


def _hand_over(command: list[str], folder: Path | None = None) -> int:
    """Become the program where the system can, so that signals and the exit code are its own."""
    if folder is not None:
        os.chdir(folder)
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(command[0], command)  # noqa: S606  no shell is the point
    return subprocess.run(command, check=False).returncode
