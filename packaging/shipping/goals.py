"""What can be built, on which system, and with which tools."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shipping import appimage, deb, freezing, mac_image, self_extracting, wheel, windows_installer

SYSTEMS = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}


@dataclass(frozen=True)
class Goal:
    """One thing to build. `build` takes the folder it goes to and gives its path; it raises SetupError."""

    name: str
    what: str
    build: Callable[[Path], Path]
    systems: tuple[str, ...]
    tools: tuple[tuple[str, str], ...] = ()
    """Programs it takes, each with where to get it."""


_FREEZING = (("strip", "apt install binutils"),) if sys.platform.startswith("linux") else ()
_ALL = tuple(SYSTEMS)

GOALS = {
    goal.name: goal
    for goal in (
        Goal("frozen", "the frozen program", lambda _: freezing.frozen(), _ALL, _FREEZING),
        Goal(
            "deb",
            "the package for Debian and Ubuntu",
            deb.build,
            ("linux",),
            (*_FREEZING, ("dpkg-deb", "it comes with Debian and Ubuntu"), ("gzip", "apt install gzip")),
        ),
        Goal(
            "run",
            "the self-extracting installer for other Linux distributions",
            self_extracting.build,
            ("linux",),
            (*_FREEZING, ("makeself", "apt install makeself")),
        ),
        Goal(
            "appimage",
            "the AppImage",
            appimage.build,
            ("linux",),
            (*_FREEZING, ("appimagetool", "https://github.com/AppImage/appimagetool, as the CI workflow does")),
        ),
        Goal(
            "windows",
            "the installer for Windows",
            windows_installer.build,
            ("win32",),
            (("makensis", "https://nsis.sourceforge.io, or 'choco install nsis'"),),
        ),
        Goal("macos", "the disk image for macOS", mac_image.build, ("darwin",), (("hdiutil", "it comes with macOS"),)),
        Goal("wheel", "the wheel for pip", wheel.build, _ALL),
    )
}


def why_not(goal: Goal) -> str:
    """Why it can't be built on this machine, and what clears it; empty if it can."""
    if sys.platform not in goal.systems:
        needed = " or ".join(SYSTEMS[one] for one in goal.systems)
        here = SYSTEMS.get(sys.platform, platform.system())
        return (
            f"a program is frozen on the system it is for, {needed}; this is {here}. "
            "The workflow .github/workflows/parcels.yml builds it."
        )
    missing = [f"{tool} ({source})" for tool, source in goal.tools if shutil.which(tool) is None]
    if missing:
        return f"it takes {' and '.join(missing)}."
    return "" if goal.name == "wheel" else freezing.why_not()
