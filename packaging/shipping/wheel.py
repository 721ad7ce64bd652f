"""The wheel, for those who have a Python and pip."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from groundwork.telling import TOP, SetupError

from shipping import freezing, project


def build(folder: Path) -> Path:
    """Builds it into a folder and gives its path. Raises SetupError."""
    python = freezing.environment()
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(python), "-m", "pip", "wheel", "--no-deps", "--disable-pip-version-check", "-w", str(folder)]
    made = subprocess.run([*command, str(TOP)], check=False, capture_output=True, text=True)
    if made.returncode != 0:
        reason = (made.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise SetupError(f"pip could not build the wheel on {sys.platform}: {reason}")
    return folder / f"hvgui-{project.version()}-py3-none-any.whl"
