"""The virtual environment: made once, filled once for each state of pyproject.toml and the pins."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from groundwork.telling import TOP, SetupError, run_with_progress, say

CONSTRAINTS = TOP / "packaging" / "constraints.txt"
_SHOWN = ("Collecting", "Downloading", "Building", "Installing", "Successfully", "ERROR")


@dataclass(frozen=True)
class Environment:
    """One virtual environment with hvgui in it."""

    folder: Path

    @property
    def programs(self) -> Path:
        """Where its programs lie."""
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.programs / ("python.exe" if sys.platform == "win32" else "python")

    @property
    def log_folder(self) -> Path:
        """Where the full output of the installers is kept."""
        return self.folder / "set-up-logs"

    @property
    def _stamp(self) -> Path:
        return self.folder / "hvgui-set-up.json"

    def has(self, extra: str) -> bool:
        """Whether hvgui as it stands now, with `extra` ('' for none), was installed here completely."""
        try:
            stamp = json.loads(self._stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        complete = isinstance(stamp, dict) and stamp.get("state") == _state()
        return complete and self._is_whole() and (not extra or extra in stamp.get("extras", []))

    def install(self, extra: str) -> None:
        """Make the environment if need be, and install hvgui with `extra` into it. Raises SetupError."""
        if not self._is_whole():
            self._make()
        target = f".[{extra}]" if extra else "."
        say(f"Installing the packages of hvgui{' and its checks' if extra else ''} into {self.folder} (some 200 MB)")
        command = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
        command += ["-c", str(CONSTRAINTS), "-e", target]
        log = self.log_folder / "pip-install.log"
        problem = run_with_progress(command, _SHOWN, log, os.environ | {"PYTHONUTF8": "1"})
        if problem is not None:
            raise SetupError(
                f"pip could not install what hvgui needs ({problem}). Check that this machine reaches a package index "
                f"('{self.python} -m pip config list' shows which one), then run this again; all of its output is "
                f"in {log}."
            )
        stamp = {"state": _state(), "extras": [extra] if extra else []}
        self._stamp.write_text(json.dumps(stamp), encoding="utf-8")

    def _is_whole(self) -> bool:
        """Whether its Python is there and is still the version that it was made with."""
        try:
            lines = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        settings = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}
        same_home = Path(settings.get("home", "")) == Path(getattr(sys, "_base_executable", sys.executable)).parent
        made_with = tuple(settings.get("version", "").split(".")[:2])
        now = (str(sys.version_info.major), str(sys.version_info.minor))
        return self.python.exists() and (not same_home or made_with == now)

    def _make(self) -> None:
        say(f"Making a virtual environment in {self.folder}")
        command = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        made = subprocess.run(command, check=False, capture_output=True, text=True)
        if made.returncode != 0:
            reason = (made.stderr or made.stdout).strip().splitlines()[-1:] or ["it gave no reason"]
            raise SetupError(
                f"Python could not make a virtual environment in {self.folder} ({reason[0]}). Make the folder "
                "writable or name another one in HVGUI_VENV, then run this again."
            )


def chosen() -> Environment:
    """The environment of this checkout: $HVGUI_VENV, or .venv at its top."""
    named = os.environ.get("HVGUI_VENV")
    return Environment(Path(named).expanduser().absolute() if named else TOP / ".venv")


def _state() -> str:
    """Changes when what must be installed changes, and when the checkout has been moved elsewhere."""
    digest = hashlib.sha256(str(TOP).encode())
    for file in (TOP / "pyproject.toml", CONSTRAINTS):
        digest.update(file.read_bytes())
    return digest.hexdigest()
