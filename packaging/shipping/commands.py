"""What the words after build.py do."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from groundwork.telling import TOP, SetupError, heading, say

from shipping import freezing, goals
from shipping.goals import GOALS, Goal

DIST = TOP / "dist"


def main(arguments: list[str], usage: str) -> int:
    """Build every goal that is named; returns the exit code: 0 well, 1 something failed, 2 it can't be built here."""
    wanted = _arguments(arguments, usage)
    if wanted.list:
        for goal in GOALS.values():
            reason = goals.why_not(goal)
            say(f"{goal.name:9} {goal.what}{f': not here. {reason}' if reason else ''}")
        return 0
    chosen = [goal for goal in GOALS.values() if goal.name in wanted.goals]
    if "all" in wanted.goals:
        chosen = [goal for goal in GOALS.values() if not goals.why_not(goal)]
    codes = [_build(goal) for goal in chosen]
    return 1 if 1 in codes else max(codes, default=0)


def _arguments(arguments: list[str], usage: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="build.py", description=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("goals", nargs="*", metavar="GOAL", help=", ".join([*GOALS, "all"]))
    parser.add_argument("--list", action="store_true", help="tell what can be built here")
    wanted = parser.parse_args(arguments)
    unknown = [name for name in wanted.goals if name not in GOALS and name != "all"]
    if unknown:
        parser.error(f"there is no goal {unknown[0]!r}; there are {', '.join([*GOALS, 'all'])}")
    if not wanted.goals and not wanted.list:
        parser.error(f"name what to build: {', '.join([*GOALS, 'all'])}")
    return wanted


def _build(goal: Goal) -> int:
    heading(goal.what)
    reason = goals.why_not(goal)
    if reason:
        print(f"{goal.name} can't be built here: {reason}", file=sys.stderr)
        return 2
    try:
        made = goal.build(DIST)
    except freezing.NotHereError as problem:
        print(f"{goal.name} can't be built here: {problem}", file=sys.stderr)
        return 2
    except SetupError as problem:
        print(f"{goal.name} was not built: {problem}", file=sys.stderr)
        return 1
    say(_told(made))
    return 0


def _told(made: Path) -> str:
    """Where it is and how big; a file gets its checksum beside it."""
    if made.is_dir():
        return f"{made.relative_to(TOP)}: {size_of(made) / 1e6:.1f} MB"
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    made.with_name(f"{made.name}.sha256").write_text(f"{digest}  {made.name}\n", encoding="utf-8")
    return f"{made.relative_to(TOP)}: {made.stat().st_size / 1e6:.1f} MB, SHA-256 {digest}"


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder; a link counts nothing."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
