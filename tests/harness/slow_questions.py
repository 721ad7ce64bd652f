"""Questions as processes beside the window get them: one that is answered, one that never is, one that is fatal."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from hvgui.engine import checkpoint
from hvgui.lab.forecasters import Tell


def nodes_of(data: bytes, tell: Tell) -> int:
    """How many nodes there are."""
    tell(1.0)
    return len(checkpoint.restore(data).cluster.nodes)


def endless(_: bytes, tell: Tell) -> int:
    """Works until nobody waits any more."""
    pause = threading.Event()
    while True:
        tell(0.25)
        pause.wait(0.002)


def dying(data: bytes, tell: Tell, marks: Path) -> int:
    """Takes its process with it, the first time."""
    mark = marks / "died"
    if not mark.exists():
        mark.touch()
        os._exit(3)
    return nodes_of(data, tell)


def wrong(_: bytes, _tell: Tell) -> int:
    """Fails."""
    raise ZeroDivisionError("a bug")
