"""Threads and child processes that outlive their test."""

from __future__ import annotations

import functools
import multiprocessing
import multiprocessing.process
import os
import subprocess
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from strictness.origins import origin

# How long something that is about to end may take; the tests of this harness do not wait that long.
GRACE_SECONDS = float(os.environ.get("STRICTNESS_GRACE_SECONDS", "2"))
_ORIGIN = "_strictness_origin"


class ThreadWatch:
    """Knows which threads and processes were there before, so that it can name the ones that stayed."""

    def __init__(self) -> None:
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._processes: weakref.WeakSet[Any] = weakref.WeakSet()
        self._popens: list[weakref.ref[subprocess.Popen[Any]]] = []
        self._undo = [
            _remember_origin(threading.Thread, "start"),
            _remember_origin(multiprocessing.process.BaseProcess, "start"),
            _remember_origin(subprocess.Popen, "__init__", self._popens.append),
        ]

    def accept_present(self) -> None:
        """From now on, what lives at this moment is nobody's leak."""
        self._threads.update(threading.enumerate())
        self._processes.update(multiprocessing.active_children())
        self._popens[:] = []

    def complaints(self) -> list[str]:
        """Name and end what outlived the test; threads that are about to end get a moment to do so."""
        deadline = time.monotonic() + GRACE_SECONDS
        told = [self._end_popen(popen) for popen in self._running_popens()]
        told += [self._end_process(child, deadline) for child in multiprocessing.active_children()]
        told += [self._await_thread(thread, deadline) for thread in threading.enumerate()]
        self.accept_present()
        return [line for line in told if line]

    def close(self) -> None:
        """Take the patches out again."""
        for undo in self._undo:
            undo()

    def _running_popens(self) -> list[subprocess.Popen[Any]]:
        living = [popen for popen in (reference() for reference in self._popens) if popen is not None]
        return [popen for popen in living if getattr(popen, "pid", None) and popen.poll() is None]

    @staticmethod
    def _end_popen(popen: subprocess.Popen[Any]) -> str:
        popen.kill()
        popen.wait()
        for stream in (popen.stdin, popen.stdout, popen.stderr):
            if stream is not None:
                stream.close()
        return f"leaked child process {popen.args!r}, started at {getattr(popen, _ORIGIN, 'an unknown place')}"

    def _end_process(self, child: multiprocessing.process.BaseProcess, deadline: float) -> str:
        if child in self._processes:
            return ""
        child.join(max(0.0, deadline - time.monotonic()))
        if child.exitcode is not None:
            return ""
        child.kill()
        child.join()
        return f"leaked child process {child.name}, started at {getattr(child, _ORIGIN, 'an unknown place')}"

    def _await_thread(self, thread: threading.Thread, deadline: float) -> str:
        # A dummy stands for a thread that Python did not start; the Qt watch knows about those.
        if thread in self._threads or isinstance(thread, threading._DummyThread):
            return ""
        thread.join(max(0.0, deadline - time.monotonic()))
        if not thread.is_alive():
            return ""
        return f"leaked thread {thread.name!r}, started at {getattr(thread, _ORIGIN, 'an unknown place')}"


def _remember_origin(
    cls: type, method: str, note: Callable[[weakref.ref[Any]], None] | None = None
) -> Callable[[], None]:
    original = getattr(cls, method)

    @functools.wraps(original)
    def starting(self: Any, *args: Any, **kwargs: Any) -> Any:
        setattr(self, _ORIGIN, origin())
        result = original(self, *args, **kwargs)
        if note is not None:
            note(weakref.ref(self))
        return result

    setattr(cls, method, starting)
    return functools.partial(setattr, cls, method, original)
