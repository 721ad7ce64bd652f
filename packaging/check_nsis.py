"""Prove the Windows installer under wine: silent install, shortcuts, association, uninstall. Needs root and makensis.

    python3 packaging/check_nsis.py [--folder FOLDER] [--keep] [--bind PATH ...] [--set NAME=VALUE ...]

No frozen program for Windows can be made here, so that a stand-in takes its place, which notes what it is opened with;
the installer is compiled from the same script as the real one. Wine lives in a chroot of its own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bare_debian import PATH, build, mounted, options
from groundwork.telling import TOP, SetupError
from shipping import pictures, project, windows_installer

_WINE = "dpkg --add-architecture i386 && apt-get update && apt-get install -y --no-install-recommends wine wine32:i386"
_PREFIX = "root/.wine"
_USER = "root"
_INSTALLED = f"users/{_USER}/AppData/Local/Programs/hvgui"
_MENU = f"users/{_USER}/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/hvgui"
LAB = r"C:\my labs\night.hvlab"
_CLASS = r"HKCU\Software\Classes\hvgui.lab\shell\open\command"
_UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\hvgui"


class CheckError(Exception):
    """Something does not hold; the text says what."""


class Wine:
    """Programs of Windows, in a chroot."""

    def __init__(self, root: Path, variables: list[str]) -> None:
        self.drive = root / _PREFIX / "drive_c"
        self._root = root
        self._variables = [
            f"PATH={PATH}",
            "HOME=/root",
            "LANG=C.UTF-8",
            "WINEDEBUG=-all",
            "WINEDLLOVERRIDES=mscoree,mshtml=",
        ]
        self._variables += ["DEBIAN_FRONTEND=noninteractive", *variables]

    def shell(self, words: str) -> subprocess.CompletedProcess[str]:
        """A shell's words in the chroot."""
        command = ["chroot", str(self._root), "env", "-i", *self._variables, "sh", "-c", words]
        return subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def run(self, words: str) -> str:
        """A program's output, once it and whatever it has started are over. Raises CheckError where it fails."""
        ended = self.shell(f"wine {words}; code=$?; wineserver -w; exit $code")
        if ended.returncode != 0:
            raise CheckError(f"'{words}' ended with {ended.returncode}: {(ended.stderr or ended.stdout)[-400:]}")
        return ended.stdout

    def registry(self, key: str, name: str = "") -> str:
        """A value as it stands; empty where there is none."""
        asked = self.shell(f"wine reg query '{key}' {f'/v {name}' if name else '/ve'}")
        lines = [line for line in asked.stdout.splitlines() if "REG_" in line]
        return lines[0].split("REG_SZ")[-1].strip() if asked.returncode == 0 and lines else ""


def main() -> int:
    """Every check in turn; the first that fails ends it with its sentence."""
    wanted = options(__doc__).parse_args()
    root = Path(wanted.folder or tempfile.mkdtemp(prefix="hvgui-wine-", dir="/var/tmp"))
    if not (root / "usr/bin/apt-get").exists():
        build(root, wanted.suite, wanted.mirror, include="")
    wine = Wine(root, wanted.set)
    try:
        with mounted(root, [Path(path) for path in wanted.bind]):
            check(wine)
    except (CheckError, SetupError) as problem:
        print(f"FAILED: {problem}", file=sys.stderr)
        return 1
    finally:
        if not wanted.keep:
            shutil.rmtree(root)
    print("The Windows installer holds.")
    return 0


def check(wine: Wine) -> None:
    """The whole tale. Raises CheckError or SetupError."""
    if wine.shell("command -v wine").returncode != 0:
        _step("installing wine")
        got = wine.shell(_WINE)
        if got.returncode != 0:
            raise CheckError(f"wine could not be installed: {got.stderr[-400:]}")
    wine.shell(f"wineserver -k; rm -rf /{_PREFIX}")
    wine.run("wineboot --init")
    _step("silent installation")
    shutil.copyfile(_setup(), wine.drive / "setup.exe")
    wine.run(r"'C:\setup.exe' /S")
    place = wine.drive / _INSTALLED
    _there(place / "hvgui.exe", place / "_internal" / "part.txt", place / "uninstall.exe", place / "hvgui-lab.ico")
    _there(wine.drive / _MENU / "hvgui.lnk", wine.drive / _MENU / "Uninstall hvgui.lnk")
    if wine.registry(_UNINSTALL, "DisplayVersion") != project.version():
        raise CheckError("it does not stand among the installed programs with its version.")
    _step("a lab is opened by its kind")
    (wine.drive / "my labs").mkdir(exist_ok=True)
    (wine.drive / "my labs" / "night.hvlab").write_bytes(b"")
    # As a double click does it, from ending to kind to command; wine's own 'start' needs a desktop for it.
    kind = wine.registry(r"HKCU\Software\Classes\.hvlab")
    command = wine.registry(rf"HKCU\Software\Classes\{kind}\shell\open\command")
    program, argument = re.findall(r'"([^"]+)"', command) or ("", "")
    if argument != "%1":
        raise CheckError(f"labs are not registered to be opened: .hvlab is '{kind}', its command '{command}'.")
    wine.run(f"'{program}' '{argument.replace('%1', LAB)}'")
    opened = (place / "opened.txt").read_text(encoding="utf-16" if _is_wide(place / "opened.txt") else "latin-1")
    if "night.hvlab" not in opened:
        raise CheckError(f"the program was not told the lab, but '{opened}'; registered: {wine.registry(_CLASS)}")
    (place / "opened.txt").unlink()
    _step("over itself, with what an older version left")
    (place / "_internal" / "older.txt").write_text("old")
    wine.run(r"'C:\setup.exe' /S")
    if (place / "_internal" / "older.txt").exists():
        raise CheckError("files of an older version stay between those of the new one.")
    _step("silent removal")
    (place / "kept by hand.txt").write_text("mine")
    wine.run(rf"'C:\{_INSTALLED.replace('/', chr(92))}\uninstall.exe' /S '_?=C:\{_INSTALLED.replace('/', chr(92))}'")
    left = {path.name for path in place.iterdir()} - {"kept by hand.txt", "uninstall.exe"}
    if left or (wine.drive / _MENU).exists():
        raise CheckError(f"after its removal there still are {sorted(left)} or its menu.")
    if (
        wine.registry(_CLASS)
        or wine.registry(_UNINSTALL, "DisplayName")
        or wine.registry(r"HKCU\Software\Classes\.hvlab")
    ):
        raise CheckError("after its removal the registry still knows it.")


def _setup() -> Path:
    """The installer, compiled around a stand-in."""
    _step("compiling")
    stage = TOP / "build" / "check-nsis"
    shutil.rmtree(stage, ignore_errors=True)
    (stage / "payload" / "_internal").mkdir(parents=True)
    (stage / "payload" / "_internal" / "part.txt").write_text("a part")
    script = str(TOP / "packaging" / "windows" / "stand_in.nsi")
    made = subprocess.run(
        ["makensis", "-V2", "-WX", f"-DOUT={stage / 'payload' / 'hvgui.exe'}", script],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        raise CheckError(f"the stand-in was not compiled: {made.stdout[-400:]}")
    icons = pictures.drawn(Path(sys.executable), stage / "icons")
    return windows_installer.compiled(stage / "payload", icons, stage / f"hvgui-{project.version()}-setup.exe")


def _is_wide(path: Path) -> bool:
    return path.read_bytes()[:2] == b"\xff\xfe"


def _there(*paths: Path) -> None:
    for path in paths:
        if not path.exists():
            raise CheckError(f"{path} is missing after the installation.")


def _step(what: str) -> None:
    print(f"== {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
