"""Prove the .deb on a Debian that has nothing but its base system. Needs root, debootstrap and a virtual screen.

    python3 packaging/check_deb.py PARCEL.deb [--folder FOLDER] [--keep] [--pictures FOLDER] [--bind PATH ...] ...

In a bare chroot: installs it with apt, lets it try itself out as an ordinary user, opens its window on a virtual
screen (Xvfb, openbox, xdotool, scrot), right-clicks a virtual machine and migrates it, opens the lab that came of it by
the command of the menu entry, removes the package, and looks for leftovers. How this machine reaches
a Debian mirror is its own affair, as with check_bare.py.
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from bare_debian import PATH, build, mounted, options
from virtual_screen import X_SOCKETS, Screen, ScreenError, virtual_screen

_USER = "tester"
_HOME = f"home/{_USER}"
_PLACES = ("bin", "etc", "lib", "opt", "root", "sbin", "srv", "usr", _HOME)
_MIGRATION_SECONDS = 120.0
_FILTER = (150, 134)
_FIRST_VM = (90, 218)
"""Where the tree's filter and the first VM in the filtered tree stand in a window that fills the screen (pixels)."""


class CheckError(Exception):
    """Something does not hold; the text says what."""


def main() -> int:
    """Every check in turn; the first that fails ends it with its sentence."""
    wanted = _arguments()
    root = Path(wanted.folder or tempfile.mkdtemp(prefix="hvgui-deb-", dir="/var/tmp"))
    if not (root / "usr/bin/apt-get").exists():
        build(root, wanted.suite, wanted.mirror, include="")
    chroot = Chroot(root, wanted.set)
    try:
        with mounted(root, [X_SOCKETS, *(Path(path) for path in wanted.bind)]):
            check(chroot, wanted.parcel, wanted.pictures)
    except (CheckError, ScreenError) as problem:
        print(f"FAILED: {problem}", file=sys.stderr)
        return 1
    finally:
        if not wanted.keep:
            shutil.rmtree(root)
    print("The .deb holds.")
    return 0


class Chroot:
    """Commands in it, as root or as an ordinary user."""

    def __init__(self, root: Path, variables: list[str]) -> None:
        self.root = root
        self._variables = [f"PATH={PATH}", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *variables]

    def command(self, words: str, *, user: str = "root", display: str = "") -> list[str]:
        """A shell's words as a command of this machine."""
        home = f"HOME=/{_HOME}" if user == _USER else "HOME=/root"
        shown = [f"DISPLAY={display}"] if display else []
        inside = (
            ["chroot", f"--userspec={user}:{user}", str(self.root)] if user != "root" else ["chroot", str(self.root)]
        )
        return [*inside, "env", "-i", *self._variables, home, *shown, "sh", "-c", f"cd / && {words}"]

    def run(self, words: str, *, user: str = "root") -> str:
        """Its output. Raises CheckError where it fails."""
        ended = subprocess.run(
            self.command(words, user=user), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        if ended.returncode != 0:
            raise CheckError(f"'{words}' ended with {ended.returncode}: {(ended.stderr or ended.stdout)[-800:]}")
        return ended.stdout

    def files(self) -> set[str]:
        """What lies in it, the package system's own books apart."""
        found = self.run(f"find {' '.join(_PLACES)} 2>/dev/null || true")
        return {line for line in found.splitlines() if "__pycache__" not in line}


def check(chroot: Chroot, parcel: Path, pictures: Path) -> None:
    """The whole tale. Raises CheckError or ScreenError."""
    pictures.mkdir(parents=True, exist_ok=True)
    chroot.run(f"id {_USER} >/dev/null 2>&1 || useradd --create-home {_USER}")
    chroot.run("apt-get update && apt-get purge -y hvgui 2>/dev/null; apt-get autoremove -y --purge")
    shutil.rmtree(chroot.root / _HOME, ignore_errors=True)
    chroot.run(f"install -d -o {_USER} -g {_USER} /{_HOME}")
    shutil.copyfile(parcel, chroot.root / "var/tmp" / parcel.name)
    _step("installing")
    chroot.run(f"apt-get install -y ./var/tmp/{parcel.name}")
    installed = chroot.run("dpkg -L hvgui").splitlines()
    _step("as an ordinary user")
    print(chroot.run("hvgui --version", user=_USER), end="")
    print(chroot.run("hvgui --smoke", user=_USER), end="")
    chroot.run("hvgui rehearse article-experiment --strict", user=_USER)
    with virtual_screen((1280, 800)) as screen:
        _migrate_by_mouse(chroot, screen, pictures)
        _open_by_menu_entry(chroot, screen, pictures)
    _step("removing")
    chroot.run("apt-get purge -y hvgui")
    _look_for_leftovers(chroot, installed)


def _migrate_by_mouse(chroot: Chroot, screen: Screen, pictures: Path) -> None:
    _step("right-click and migrate")
    command = chroot.command("exec hvgui article-lab", user=_USER, display=screen.display)
    with screen.program(command) as window:
        window.wait_for_title("article-lab")
        window.fill()
        screen.settle()
        screen.picture(pictures / "1-window.png")
        screen.click(*_FILTER)
        screen.type("FS01")
        screen.settle()
        screen.click(*_FIRST_VM, button=3)
        screen.settle()
        screen.picture(pictures / "2-menu.png")
        screen.keys("Down", "Down", "Return")  # the second entry is Live migrate...
        window.wait_for_other("Migrate FS01")
        screen.settle()
        screen.picture(pictures / "3-forecast.png")
        screen.keys("Return")  # the default button
        wanted = "live-migrate-succeeded"
        screen.wait(_MIGRATION_SECONDS, lambda: wanted in _event_codes(chroot), f"the lab keeps no '{wanted}'")
        screen.settle()
        screen.picture(pictures / "4-migrated.png")


def _open_by_menu_entry(chroot: Chroot, screen: Screen, pictures: Path) -> None:
    _step("a lab by the menu entry's command")
    entry = (chroot.root / "usr/share/applications/hvgui.desktop").read_text(encoding="utf-8")
    line = next(line for line in entry.splitlines() if line.startswith("Exec="))
    lab = "/" + _lab(chroot).relative_to(chroot.root).as_posix()
    words = line.removeprefix("Exec=").replace("%f", shlex.quote(lab))
    with screen.program(chroot.command(f"exec {words}", user=_USER, display=screen.display)) as window:
        window.wait_for_title("article-lab")
        screen.settle()
        screen.picture(pictures / "5-opened.png")
    kinds = chroot.root / "usr/share/applications/mimeinfo.cache"
    if kinds.exists() and "application/x-hvgui-lab=hvgui.desktop" not in kinds.read_text(encoding="utf-8"):
        raise CheckError("the desktop does not know that hvgui opens .hvlab files.")


def _look_for_leftovers(chroot: Chroot, installed: list[str]) -> None:
    ours = [path for path in installed if "hvgui" in path]
    left = [path for path in ours if (chroot.root / path.lstrip("/")).exists()]
    named = [path for path in chroot.files() if "hvgui" in path and not path.startswith(_HOME)]
    if left or named:
        raise CheckError(f"after its removal there still are {', '.join([*left, *named])}")


def _lab(chroot: Chroot) -> Path:
    labs = sorted((chroot.root / _HOME / ".local/share/hvgui/labs").glob("*.hvlab"))
    if not labs:
        raise CheckError("the window has kept no lab in ~/.local/share/hvgui/labs.")
    return labs[-1]


def _event_codes(chroot: Chroot) -> list[str]:
    """The codes of what the lab keeps as having happened so far."""
    with contextlib.closing(sqlite3.connect(f"file:{_lab(chroot)}?mode=ro", uri=True)) as lab:
        return [str(row[0]) for row in lab.execute("SELECT code FROM event")]


def _step(what: str) -> None:
    print(f"== {what}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = options(__doc__)
    parser.add_argument("parcel", type=Path, metavar="PARCEL.deb")
    parser.add_argument("--pictures", type=Path, default=Path("build/check-deb"), help="where the screenshots go")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
