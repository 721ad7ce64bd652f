"""The self-extracting installer for other Linux distributions: into ~/.local, without being root."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

from groundwork.telling import TOP, SetupError

from shipping import freezing, linux_tree, project

_SCRIPTS = TOP / "packaging" / "linux"


def build(folder: Path) -> Path:
    """Builds it into a folder and gives its path. Raises SetupError."""
    tree = freezing.BUILD / "run"
    shutil.rmtree(tree, ignore_errors=True)
    linux_tree.lay_out(tree / "hvgui")
    for name in ("install.sh", "uninstall.sh"):
        shutil.copyfile(_SCRIPTS / name, tree / name)
        (tree / name).chmod(0o755)
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"hvgui-{project.version()}-linux-{platform.machine()}.run"
    command = ["makeself", "--xz", "--sha256", "--nox11", "--tar-quietly", str(tree), str(made)]
    variables = os.environ | {"XZ_OPT": "-T1"}
    packed = subprocess.run(
        [*command, f"hvgui {project.version()}", "./install.sh"],
        check=False,
        capture_output=True,
        text=True,
        env=variables,
    )
    if packed.returncode != 0:
        raise SetupError(f"makeself refused it: {(packed.stderr or packed.stdout).strip()}")
    return made
