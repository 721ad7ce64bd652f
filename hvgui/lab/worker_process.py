"""What a process that works beside the window does first: leave Ctrl+C to the window, end with it, and stand back."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing import connection

_NICER = 10
_BELOW_NORMAL = 0x00004000
"""`BELOW_NORMAL_PRIORITY_CLASS` of Windows."""


def settle_in() -> None:
    """In the process: leave Ctrl+C to the window, and end when it ends, however it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="hvgui-parent-watch", daemon=True).start()


def stand_back() -> None:
    """In the process: the window and its engine get a processor first."""
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL)
    else:
        os.nice(_NICER)
