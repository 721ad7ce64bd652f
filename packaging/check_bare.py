"""Prove the README's two commands on a Debian that has python3 and nothing else. Needs root and debootstrap.

    python3 packaging/check_bare.py [--folder FOLDER] [--keep] [--bind PATH ...] [--set NAME=VALUE ...]

Builds a chroot, copies what git knows of this checkout into it (as it lies on disk), runs both commands in it twice
and tells how long each took. How this machine reaches a Debian mirror and a package index is its own affair: paths to
show inside the chroot are named with --bind, variables with --set, a mirror with --mirror.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bare_debian import PATH, build, mounted, options

TOP = Path(__file__).resolve().parents[1]
INSIDE = "/hvgui"


@dataclass(frozen=True)
class Tried:
    """One command tried in the chroot."""

    command: str
    exit_code: int
    seconds: float
    last_line: str


def main() -> int:
    """Build, try, tell; returns 0 if every command succeeded."""
    wanted = options(__doc__).parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that what is mounted goes again
    root = Path(wanted.folder or tempfile.mkdtemp(prefix="hvgui-bare-", dir="/var/tmp"))
    if not (root / "usr/bin/python3").exists():
        build(root, wanted.suite, wanted.mirror)
    copy_checkout(root)
    variables = [f"PATH={PATH}", "HOME=/root", "LANG=C.UTF-8", *wanted.set]
    with mounted(root, [Path(path) for path in wanted.bind]):
        tried = [attempt(root, verb, variables) for verb in ("run", "run", "test", "test")]
    for one in tried:
        print(f"{one.seconds:7.1f} s  exit {one.exit_code}  {one.command}: {one.last_line}")
    if not wanted.keep:
        shutil.rmtree(root)
    return 0 if all(one.exit_code == 0 for one in tried) else 1


def copy_checkout(root: Path) -> None:
    """What git tracks or would track, so that no environment or cache of this machine comes along."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=TOP, check=True, capture_output=True).stdout.decode().split("\0")
    target = root / INSIDE.lstrip("/")
    shutil.rmtree(target, ignore_errors=True)
    for name in names:
        source = TOP / name
        if name and source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def attempt(root: Path, verb: str, variables: list[str]) -> Tried:
    """Run one of the two commands as root in the chroot, without input and without a display."""
    command = f"python3 packaging/bootstrap.py {verb}"
    print(f"\n##### {command}", flush=True)
    inside = ["chroot", str(root), "env", "-i", *variables, "sh", "-c", f"cd {INSIDE} && {command} 2>&1"]
    began = time.monotonic()
    last_line = ""
    with subprocess.Popen(inside, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            last_line = line.strip() or last_line
    return Tried(command, process.returncode, time.monotonic() - began, last_line)


if __name__ == "__main__":
    sys.exit(main())
