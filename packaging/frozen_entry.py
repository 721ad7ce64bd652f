"""Where the frozen program begins: the same door as `python -m hvgui`, for a program that brings its Python along."""

from __future__ import annotations

import multiprocessing
import os
import sys


def _give_output() -> None:
    """A window program of Windows has neither standard output nor standard error; what is said there is let go."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  until the end


if __name__ == "__main__":
    # A process for forecasts is this program once more: it goes no further than this line.
    multiprocessing.freeze_support()
    _give_output()
    from hvgui.cli import main

    sys.exit(main())
