"""Tests never read or write the settings, data or caches of the person who runs them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

_XDG_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
_WINDOWS_FOLDERS = ("APPDATA", "LOCALAPPDATA", "WIN_PD_OVERRIDE_ROAMING_APPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA")
_KEPT_BETWEEN_TESTS = ("XDG_CACHE_HOME", "XDG_RUNTIME_DIR")  # fontconfig's cache is slow to build, sockets may be open


class PrivateHome:
    """One temporary home for a test session; emptied after each test, removed at the end."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="hvgui-tests-"))
        self._before = dict(os.environ)
        self._emptied: list[Path] = []
        for name in self._names():
            folder = self.root / name.lower()
            folder.mkdir(mode=0o700)
            os.environ[name] = str(folder)
            if name not in _KEPT_BETWEEN_TESTS:
                self._emptied.append(folder)
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(self.root / "hypothesis")

    def empty(self) -> None:
        """Forget what the last test kept, so that no test meets the settings of another."""
        for folder in self._emptied:
            with os.scandir(folder) as entries:
                left = [entry.path for entry in entries]
            for path in left:
                _remove(Path(path))

    def remove(self) -> None:
        """Give the environment back and delete everything that the session wrote."""
        os.environ.clear()
        os.environ.update(self._before)
        shutil.rmtree(self.root, ignore_errors=True)

    @staticmethod
    def _names() -> tuple[str, ...]:
        if sys.platform == "win32":
            return _WINDOWS_FOLDERS
        return (*_XDG_FOLDERS, "HOME") if sys.platform == "darwin" else _XDG_FOLDERS


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def use_house_profile_for_hypothesis() -> None:
    """Properties are judged on what they find, not on the time it took, and leave no files."""
    try:
        from hypothesis import HealthCheck, settings  # noqa: PLC0415  the bare engine tests may run without it
    except ImportError:
        return
    settings.register_profile(
        "house",
        deadline=None,
        database=None,
        derandomize=bool(os.environ.get("CI")),
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("house")
