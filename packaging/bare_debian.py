"""A Debian with nothing but its base system, in a chroot: built, shown what of this machine it may see, used, left.

For those checks that need a machine on which nobody has installed anything yet. Needs root and debootstrap.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def options(about: str | None) -> argparse.ArgumentParser:
    """A command's options that say where the chroot is and what it may see; `about` is the command's docstring."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--mirror")
    parser.add_argument("--folder", help="where the chroot is, or is built")
    parser.add_argument("--keep", action="store_true", help="leave the chroot there for the next time")
    parser.add_argument("--bind", action="append", default=[], metavar="PATH")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    return parser


def build(root: Path, suite: str, mirror: str | None, include: str = "python3,ca-certificates") -> None:
    """The smallest Debian, by default with python3 and what makes https work."""
    more = [f"--include={include}"] if include else []
    command = ["debootstrap", "--variant=minbase", *more, suite, str(root)]
    subprocess.run([*command, mirror] if mirror else command, check=True, stdout=subprocess.DEVNULL)


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
