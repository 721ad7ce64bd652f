"""`hvgui --smoke`: the whole program tries itself out, without a screen, and leaves nothing behind."""

from __future__ import annotations

import os
import sys

from hvgui.cli.exits import NOT_AS_WISHED, WELL
from hvgui.cli.terminal import flush, say
from hvgui.cluster.one_line import one_line


def try_out() -> int:
    """Opens the window off screen on a sample, live-migrates a VM in it, closes; 1 with a sentence where that fails."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        from hvgui.gui.smoke import run_smoke

        trouble = run_smoke(_tell)
    except Exception as error:  # noqa: BLE001  whatever an installation lacks, one sentence says it
        trouble = f"{type(error).__name__}: {error}"
    if not trouble:
        return WELL
    sys.stderr.write(f"hvgui: the smoke run failed: {one_line(trouble)}\n")
    return NOT_AS_WISHED


def _tell(line: str) -> None:
    """At once: whoever measures how long a step takes reads along."""
    say(line)
    flush()
