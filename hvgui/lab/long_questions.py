"""Questions about the world that is shown that take seconds: a plan for the whole cluster, a study of what-ifs.

A fork of the world is taken on the engine thread, which takes no time worth mentioning; it is encoded bit by bit on a
thread beside the window, and the question is worked out in a process. Of each kind only the newest is answered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from typing import Generic, TypeVar

from hvgui.engine import checkpoint
from hvgui.engine.world import World
from hvgui.lab.answers import failed, resolved
from hvgui.lab.errors import LabError
from hvgui.lab.forecasters import CLOSED, Duty, Forecasters, Work
from hvgui.lab.journeys import Carried
from hvgui.lab.newest_only import NewestOnly

_T = TypeVar("_T")


class LongQuestions(Generic[_T]):
    """Questions of one kind. Any thread may call it."""

    def __init__(self, forecasters: Forecasters, encoder: Executor) -> None:
        """`encoder`: a thread on which worlds become bytes."""
        self._forecasters, self._encoder = forecasters, encoder
        self._newest = NewestOnly()
        self._lock = threading.Lock()
        self._carried: tuple[Future[_T], Carried[_T]] | None = None

    @property
    def fraction(self) -> float | None:
        """How far the newest has come, 0..1; None where none is being worked on or nobody knows."""
        with self._lock:
            carried = self._carried
        return None if carried is None or carried[0].done() else carried[1].fraction()

    def ask(self, fork: Future[World], work: Work[_T]) -> Future[_T]:
        """The answer for a world still to be forked; the question before is cancelled by it.

        The future can be cancelled at any time, also while it is being worked on. It may hold a LabError.
        """
        answer: Future[_T] = Future()
        self._newest.offer(answer)
        fork.add_done_callback(lambda done: self._encode(done, work, answer))
        return answer

    def _encode(self, fork: Future[World], work: Work[_T], answer: Future[_T]) -> None:
        error = LabError(CLOSED) if fork.cancelled() else fork.exception()
        if error is not None:
            _refused(answer, error)
            return
        self._tried(answer, lambda: self._encoder.submit(self._send, fork.result(), work, answer))

    def _send(self, world: World, work: Work[_T], answer: Future[_T]) -> None:
        """On the encoder's thread."""
        duty, data = Duty(), b""
        try:
            for data in checkpoint.in_pieces(world):  # noqa: B007 - the last piece is the whole
                if answer.done():
                    return
                duty()
            self._begin(data, work, answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to whoever asked
            failed(answer, error)

    def _begin(self, data: bytes, work: Work[_T], answer: Future[_T], *, again: bool = False) -> None:
        def begin() -> None:
            if answer.done():
                return
            carried = self._forecasters.beside(work, data)
            with self._lock:
                self._carried = (answer, carried)
            answer.add_done_callback(lambda done: _called_off(carried) if done.cancelled() else None)
            carried.future.add_done_callback(ended)

        def ended(done: Future[_T]) -> None:
            if not done.cancelled() and isinstance(done.exception(), BrokenProcessPool) and not again:
                self._begin(data, work, answer, again=True)
            else:
                _passed_on(done, answer)

        self._tried(answer, begin)

    @staticmethod
    def _tried(answer: Future[_T], step: Callable[[], object]) -> None:
        try:
            step()
        except (OSError, RuntimeError) as error:  # the lab is being closed, or no process and no thread can be had
            failed(answer, LabError(f"It can't be worked out: {error}."))


def _called_off(carried: Carried[_T]) -> None:
    carried.cancel()
    carried.future.cancel()


def _passed_on(done: Future[_T], answer: Future[_T]) -> None:
    error = LabError(CLOSED) if done.cancelled() else done.exception()
    if error is not None:
        _refused(answer, error)
    else:
        resolved(answer, done.result())


def _refused(answer: Future[_T], error: BaseException) -> None:
    failed(answer, error if isinstance(error, Exception) else LabError(str(error)))
