"""Where the files that ship with hvgui lie: icons, sample clusters, scenarios, the PowerShell collector."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped_folder() -> Path:
    """The folder of shipped files: `hvgui/resources` in an installed wheel, `resources` in a checkout."""
    installed = _PACKAGE / "resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def shipped_file(name: str) -> Path:
    """The path of one shipped file, for example `scenarios/article-experiment.toml`.

    Raises FileNotFoundError if this installation lacks it.
    """
    path = shipped_folder() / name
    if not path.exists():
        raise FileNotFoundError(
            f"This installation of hvgui lacks its file {name}; installing hvgui again brings it back."
        )
    return path
