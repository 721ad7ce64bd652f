"""The disk image for macOS: the bundle beside a link to Applications, to be dragged there."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

from groundwork.telling import SetupError

from shipping import freezing, project


def build(folder: Path) -> Path:
    """Builds it into a folder and gives its path. Raises SetupError."""
    freezing.frozen()
    stage = freezing.BUILD / "dmg"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    shutil.copytree(freezing.FROZEN.parent / "hvgui.app", stage / "hvgui.app", symlinks=True)
    (stage / "Applications").symlink_to("/Applications")
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"hvgui-{project.version()}-macos-{platform.machine()}.dmg"
    command = ["hdiutil", "create", "-volname", "hvgui", "-srcfolder", str(stage), "-ov", "-format", "UDZO"]
    packed = subprocess.run([*command, str(made)], check=False, capture_output=True, text=True)
    if packed.returncode != 0:
        raise SetupError(f"hdiutil refused it: {packed.stderr.strip()}")
    return made
