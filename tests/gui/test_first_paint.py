"""The first paint waits for nothing heavy: what it needs imports neither numpy nor pyqtgraph nor the engine."""

from __future__ import annotations

import subprocess
import sys

_HEAVY = ("numpy", "pyqtgraph", "sqlite3", "hvgui.engine", "hvgui.exchange.inventory", "hvgui.lab.session")


def test_the_window_can_be_built_without_anything_heavy() -> None:
    code = f"import sys, hvgui.gui.application; print([name for name in {_HEAVY!r} if name in sys.modules])"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == "[]"
