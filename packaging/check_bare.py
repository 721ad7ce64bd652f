"""Prove the README's two commands on a Debian that has python3 and nothing else. Needs root and debootstrap.

    python3 packaging/check_bare.py [--folder FOLDER] [--keep] [--bind PATH ...] [--set NAME=VALUE ...]

Builds a chroot, copies what git knows of this checkout into it (as it lies on disk), runs both commands in it twice
and tells how long each took. How this machine reaches a Debian mirror and a package index is its own affair: paths to
show inside the chroot are named with --bind, variables with --set, a mirror with --mirror.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
INSIDE = "/hvgui"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Tried:
    """One command tried in the chroot."""

    command: str
    exit_code: int
    seconds: float
    last_line: str


def main() -> int:
    """Build, try, tell; returns 0 if every command succeeded."""
    wanted = _arguments()
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


def build(root: Path, suite: str, mirror: str | None, include: str = "python3,ca-certificates") -> None:
    """The smallest Debian, by default with python3 and what makes https work."""
    more = [f"--include={include}"] if include else []
    command = ["debootstrap", "--variant=minbase", *more, suite, str(root)]
    subprocess.run([*command, mirror] if mirror else command, check=True, stdout=subprocess.DEVNULL)


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


@contextlib.contextmanager
def mounted(root: Path, paths: list[Path]) -> Iterator[None]:
    """The kernel's file systems and the named paths, visible in the chroot as long as it is used."""
    done: list[Path] = []
    try:
        for path in [Path("/proc"), Path("/dev"), *paths, Path("/etc/resolv.conf"), Path("/etc/hosts")]:
            if not path.exists():
                continue
            place = root / str(path).lstrip("/")
            _make_room(place, like=path)
            subprocess.run(["mount", "--rbind", str(path), str(place)], check=True)
            done.append(place)
            # What is unmounted in here must not go away out there.
            subprocess.run(["mount", "--make-rslave", str(place)], check=True)
        yield
    finally:
        for place in reversed(done):
            subprocess.run(["umount", "--lazy", str(place)], check=True)


def _make_room(place: Path, like: Path) -> None:
    if like.is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()


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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--mirror")
    parser.add_argument("--folder", help="where the chroot is, or is built")
    parser.add_argument("--keep", action="store_true", help="leave the chroot there for the next time")
    parser.add_argument("--bind", action="append", default=[], metavar="PATH")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
