"""The AppImage: one file that runs on any Linux desktop without being installed."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

from groundwork.telling import SetupError

from shipping import freezing, linux_tree, project

_RUN = """\
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/usr/lib/hvgui/hvgui" "$@"
"""


def build(folder: Path) -> Path:
    """Builds it into a folder and gives its path. Raises SetupError."""
    tree = lay_out(freezing.BUILD / "AppDir")
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"hvgui-{project.version()}-{platform.machine()}.AppImage"
    packed = subprocess.run(
        ["appimagetool", "--no-appstream", str(tree), str(made)],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"ARCH": platform.machine()},
    )
    if packed.returncode != 0:
        raise SetupError(f"appimagetool refused it: {(packed.stderr or packed.stdout).strip()[-400:]}")
    return made


def lay_out(tree: Path) -> Path:
    """The folder that an AppImage is made of: the Linux tree, with what its start needs at the top."""
    shutil.rmtree(tree, ignore_errors=True)
    usr = linux_tree.lay_out(tree / "usr")
    run = tree / "AppRun"
    run.write_text(_RUN, encoding="utf-8")
    run.chmod(0o755)
    shutil.copyfile(usr / "share" / "applications" / "hvgui.desktop", tree / "hvgui.desktop")
    shutil.copyfile(usr / "share" / "icons" / "hicolor" / "256x256" / "apps" / "hvgui.png", tree / "hvgui.png")
    (tree / ".DirIcon").symlink_to("hvgui.png")
    return tree
