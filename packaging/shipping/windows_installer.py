"""The installer for Windows: for one person, without an administrator, with a silent switch."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from groundwork.telling import TOP, SetupError

from shipping import freezing, project

SCRIPT = TOP / "packaging" / "windows" / "hvgui.nsi"


def build(folder: Path) -> Path:
    """Freezes the program and builds the installer into a folder. Raises SetupError."""
    frozen = freezing.frozen()
    folder.mkdir(parents=True, exist_ok=True)
    return compiled(frozen, freezing.BUILD / "icons", folder / f"hvgui-{project.version()}-setup.exe")


def compiled(payload: Path, icons: Path, made: Path) -> Path:
    """The installer around any payload that holds a hvgui.exe. Raises SetupError."""
    size_kib = -(-sum(path.stat().st_size for path in payload.rglob("*") if path.is_file()) // 1024)
    packed = subprocess.run(
        [*_command(), *definitions(payload, icons, made, size_kib), str(SCRIPT)],
        check=False,
        capture_output=True,
        text=True,
    )
    if packed.returncode != 0:
        raise SetupError(f"makensis refused it: {(packed.stdout + packed.stderr).strip()[-600:]}")
    return made


def definitions(payload: Path, icons: Path, made: Path, size_kib: int) -> list[str]:
    """What the script is told; in the manner of this system's makensis."""
    told = {
        "VERSION": project.version(),
        "PAYLOAD": str(payload.absolute()),
        "ICONS": str(icons.absolute()),
        "LICENCE": str(TOP / "LICENSE"),
        "SIZE_KIB": str(size_kib),
        "OUT": str(made.absolute()),
    }
    return [f"-D{name}={value}" for name, value in told.items()]


def _command() -> list[str]:
    """Warnings are errors; the script is UTF-8."""
    return ["makensis", "-V2", "-WX", "-INPUTCHARSET", "UTF8"] if os.name != "nt" else ["makensis", "-V2", "-WX"]
