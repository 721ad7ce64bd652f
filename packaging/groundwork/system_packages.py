"""Installing what the operating system must bring: by apt where there is one, else by telling the person."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from groundwork.libraries import Library, missing
from groundwork.telling import SetupError, on_a_terminal, run_with_progress, say, spelled

_APT_LISTS = Path("/var/lib/apt/lists")
_SHOWN = ("Setting up", "Get:", "E:", "Err:")


def provide(libraries: tuple[Library, ...], log_folder: Path, *, venv: bool) -> None:
    """Install the libraries that are missing, and Python's venv package if `venv` is asked for and it lacks.

    Does nothing, and needs no rights, when nothing is missing. Raises SetupError where it cannot install.
    """
    lacking = missing(libraries)
    # Debian splits ensurepip off into a package of its own.
    venv_package = f"python3.{sys.version_info.minor}-venv" if venv and not _has_venv() else None
    if not lacking and venv_package is None:
        return
    if shutil.which("apt-get") is None:
        raise SetupError(_for_other_systems(lacking, venv_package))
    packages = sorted({library.debian for library in lacking} | ({venv_package} if venv_package else set()))
    _apt_install(packages, log_folder)
    still = missing(libraries)
    if still:
        files = ", ".join(library.file for library in still)
        raise SetupError(f"apt installed {', '.join(packages)}, yet {files} cannot be loaded; see {log_folder}.")


def _has_venv() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("ensurepip", "venv"))


def _apt_install(packages: list[str], log_folder: Path) -> None:
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    rights = _rights(install)
    say(f"Installing by apt: {' '.join(packages)}")
    # The translated output of apt could not be told apart from progress.
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    if not any(_APT_LISTS.glob("*_Packages*")):
        run_with_progress([*rights, "apt-get", "update"], _SHOWN, log_folder / "apt-update.log", env)
    problem = run_with_progress([*rights, *install], _SHOWN, log_folder / "apt-install.log", env)
    if problem is not None:  # the lists may be older than the archive
        run_with_progress([*rights, "apt-get", "update"], _SHOWN, log_folder / "apt-update.log", env)
        problem = run_with_progress([*rights, *install], _SHOWN, log_folder / "apt-install.log", env)
    if problem is not None:
        command = spelled([*rights, *install])
        raise SetupError(
            f"apt could not install {' '.join(packages)} ({problem}). Make sure that the network and apt's "
            f"sources work, try '{command}' yourself, then run this again."
        )


def _rights(install: list[str]) -> list[str]:
    """What comes before apt-get so that it may install: nothing for root, else sudo."""
    if os.name != "posix" or os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise SetupError(
            f"System packages are missing, and installing them takes an administrator: '{spelled(install)}'. "
            "Run that as root, then run this again."
        )
    # Where nobody can type a password sudo must not wait for one.
    return ["sudo"] if on_a_terminal() else ["sudo", "-n"]


def _for_other_systems(lacking: list[Library], venv_package: str | None) -> str:
    wanted = [library.file for library in lacking] + (["Python's venv and ensurepip modules"] if venv_package else [])
    sentence = f"This system lacks {', '.join(wanted)}."
    if shutil.which("dnf"):
        packages = sorted({library.fedora for library in lacking} | ({"python3-pip"} if venv_package else set()))
        return f"{sentence} Install them with 'sudo dnf install {' '.join(packages)}', then run this again."
    if shutil.which("pacman"):
        packages = sorted({library.arch for library in lacking} | ({"python"} if venv_package else set()))
        return f"{sentence} Install them with 'sudo pacman -S {' '.join(packages)}', then run this again."
    return f"{sentence} Install the packages of your system that contain them, then run this again."
