"""The icons in their sizes, drawn by a Python that has Qt."""

from __future__ import annotations

import subprocess
from pathlib import Path

from groundwork.telling import TOP, SetupError


def drawn(python: Path, folder: Path) -> Path:
    """Draws them into a folder and gives it. Raises SetupError."""
    command = [str(python), str(TOP / "packaging" / "draw_icons.py"), str(folder)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode != 0:
        raise SetupError(f"the icons could not be drawn: {(made.stderr.strip().splitlines() or ['no reason'])[-1]}")
    return folder
