"""The frozen program: hvgui with its Python and its libraries in one folder, built in an environment of its own."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path

from groundwork.telling import TOP, SetupError, run_with_progress, say

from shipping import pictures
from shipping.project import dependencies, version

BUILD = TOP / "build"
FROZEN = BUILD / "frozen" / "hvgui"
"""The folder of the frozen program; on macOS its bundle lies beside it."""
MOST_BYTES = 160_000_000
"""Unpacked. More means that something has crept in."""
SMOKE_SECONDS = 300
_ENVIRONMENT = BUILD / "freeze-environment"
_PINS = (TOP / "packaging" / "constraints.txt", TOP / "packaging" / "freeze-requirements.txt")
_IS_WINDOWS = sys.platform == "win32"


class NotHereError(SetupError):
    """This machine lacks what freezing takes; the message says what brings it."""


@cache
def frozen() -> Path:
    """Build it, strip it, weigh it and let it try itself out; once for all parcels. Gives its folder.

    Raises SetupError.
    """
    python = environment()
    icons = pictures.drawn(python, BUILD / "icons")
    say("Freezing; this takes a minute or two")
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(FROZEN.parent), "--workpath", str(BUILD / "pyinstaller")]
    variables = os.environ | {"HVGUI_ICONS": str(icons), "HVGUI_VERSION": version(), "PYTHONHASHSEED": "1"}
    log = BUILD / "freeze.log"
    reason = run_with_progress([*command, str(TOP / "packaging" / "hvgui.spec")], ("ERROR",), log, variables)
    if reason is not None:
        raise SetupError(f"PyInstaller failed ({reason}); all of its output is in {log}.")
    _strip()
    weigh(FROZEN)
    smoke(program())
    return FROZEN


def program() -> Path:
    """The frozen program's own file; the one with a terminal on Windows."""
    if sys.platform == "darwin":
        return FROZEN.parent / "hvgui.app" / "Contents" / "MacOS" / "hvgui"
    return FROZEN / ("hvgui-console.exe" if _IS_WINDOWS else "hvgui")


def why_not() -> str:
    """Why this Python can't be frozen, and what clears it; empty if it can."""
    if not sys.platform.startswith("linux"):
        return ""
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}"
    folders = [Path(str(sysconfig.get_config_var(key))) for key in ("LIBDIR", "LIBPL") if sysconfig.get_config_var(key)]
    if any(path.is_file() for folder in folders for path in folder.glob(f"{name}.so.*")):
        return ""
    try:
        ctypes.CDLL(f"{name}.so.1.0")
    except OSError:
        return f"this Python's shared library {name}.so is missing (apt install {name})."
    return ""


def environment() -> Path:
    """The Python of an environment that holds the pins and nothing else; made anew when they change."""
    python = _ENVIRONMENT / ("Scripts/python.exe" if _IS_WINDOWS else "bin/python")
    stamp = _ENVIRONMENT / "hvgui-pins"
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in _PINS) + repr(dependencies()).encode()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    say(f"Making a clean environment in {_ENVIRONMENT.relative_to(TOP)}")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(_ENVIRONMENT)], check=False)
    if made.returncode != 0:
        raise NotHereError("Python could not make a virtual environment; on Debian: apt install python3-venv.")
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    command += ["-c", str(_PINS[0]), "-r", str(_PINS[1]), *dependencies()]
    log = BUILD / "freeze-environment.log"
    reason = run_with_progress(command, ("Installing", "ERROR"), log, dict(os.environ))
    if reason is not None:
        raise NotHereError(f"pip could not install what freezing takes ({reason}); all of its output is in {log}.")
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _strip() -> None:
    """Takes the debugger's tables out of Python's own libraries. numpy's and Qt's must stay as they are."""
    if not sys.platform.startswith("linux"):
        return
    inside = FROZEN / "_internal"
    own = [*inside.glob("libpython3*.so*"), *inside.glob("python3*/lib-dynload/*.so")]
    subprocess.run(["strip", "--strip-unneeded", *(str(path) for path in own if not path.is_symlink())], check=True)


def weigh(folder: Path) -> None:
    """Raises SetupError if the program has become too big, with what is biggest in it."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    total = sum(path.stat().st_size for path in files)
    if total <= MOST_BYTES:
        return
    biggest = sorted(files, key=lambda path: path.stat().st_size, reverse=True)[:8]
    named = ", ".join(f"{path.relative_to(folder)} {path.stat().st_size / 1e6:.0f} MB" for path in biggest)
    raise SetupError(
        f"the frozen program has {total / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}. The biggest files are {named};"
        " packaging/shipping/contents.py says what stays out."
    )


def smoke(door: Path) -> None:
    """Lets a program try itself out: from another folder, without anything of this environment. Raises SetupError."""
    say("The frozen program tries itself out")
    nothing = BUILD / "smoke home"
    shutil.rmtree(nothing, ignore_errors=True)
    nothing.mkdir(parents=True)
    kept = ("SYSTEMROOT", "TEMP", "TMP", "PATHEXT", "COMSPEC")
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    variables |= {"HOME": str(nothing), "USERPROFILE": str(nothing), "LANG": "C.UTF-8"}
    try:
        ended = subprocess.run(
            [str(door), "--smoke"],
            cwd=nothing,
            env=variables,
            capture_output=True,
            text=True,
            timeout=SMOKE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SetupError(f"the smoke run did not end within {SMOKE_SECONDS} s.") from None
    for line in ended.stdout.splitlines():
        say(f"  {line}")
    if ended.returncode != 0:
        raise SetupError(f"its smoke run ended with {ended.returncode}: {ended.stderr.strip() or 'it gave no reason.'}")
