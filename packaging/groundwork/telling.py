"""Speaking to the person at the terminal."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


class SetupError(Exception):
    """Something is missing that this script cannot provide; the message says what to do."""


def say(line: str) -> None:
    """One line of progress."""
    print(line, flush=True)


def heading(title: str) -> None:
    """The start of a part of the output."""
    print(f"\n== {title} ==", flush=True)


def on_a_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def spelled(command: Sequence[object]) -> str:
    """The command as a person would type it."""
    return shlex.join(str(part) for part in command)


def run_with_progress(command: Sequence[str], shown: Sequence[str], log: Path, env: dict[str, str]) -> str | None:
    """Run a talkative command, show the lines that start with one of `shown`, keep all of them in `log`.

    Returns None when it succeeded, else its first complaint: those that follow tend to be about the first.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    reason = None
    with (
        log.open("w", encoding="utf-8") as kept,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=TOP,
            env=env,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101  a pipe was asked for
        for line in process.stdout:
            kept.write(line)
            if line.lstrip().startswith(tuple(shown)):
                say("  " + line.strip()[:150])
            if reason is None and line.lstrip().startswith(("ERROR:", "E:", "Err:")):
                reason = line.strip()
    return None if process.returncode == 0 else reason or "it gave no reason"
