"""The program as a process: started, and told by the system to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such signals")
@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT])
def test_a_wish_to_end_closes_the_window_and_leaves_nothing_behind(tmp_path: Path, wish: signal.Signals) -> None:
    home = {name: str(tmp_path / name) for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME")}
    script = (
        "import sys\n"
        "from PySide6.QtCore import QTimer\n"
        "from hvgui.gui.application import House, run_window\n"
        "taken = House._take\n"
        "def told(house, opened):\n"
        "    taken(house, opened)\n"
        "    QTimer.singleShot(1500, lambda: print('open', flush=True))\n"
        "House._take = told\n"
        "sys.exit(run_window('article-lab'))\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, **home, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == "open\n"
        program.send_signal(wish)
        _, errors = program.communicate(timeout=30)
    finally:
        program.kill()
        program.wait()
    assert program.returncode == 0
    assert [line for line in errors.splitlines() if "This plugin does not support" not in line] == []
