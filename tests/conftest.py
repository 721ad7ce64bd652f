"""Every test runs without a screen, in a private home, and under the strict watch of `strictness`."""

from __future__ import annotations

import os

# Before any import of Qt: without a display and without a platform it aborts the process.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["strictness"]
