"""Who works forecasts and long questions out: processes beside the window, or a thread that keeps to the engine's duty
without them.

One forecast is worked on at a time and one waits; a newer one takes the place of the one that waits.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, InvalidStateError, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from math import inf
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from hvgui.engine import checkpoint
from hvgui.lab.errors import LabError
from hvgui.lab.forecast import forecast_of
from hvgui.lab.frames import Forecast
from hvgui.lab.journeys import Carried, Courses
from hvgui.lab.lab_reading import Kept
from hvgui.lab.pacing import SLICE_SECONDS, rest_seconds
from hvgui.lab.replay import world_of
from hvgui.lab.worker_process import settle_in
from hvgui.requests.request import Request

WARM_UP_AFTER_SECONDS = 1.0
"""The window's first second is its own; then the process is started, so that the first forecast does not wait."""

WORKERS = 2
"""Processes at most; the second is started only when the past or a plan is wanted while a forecast is made."""
CLOSED = "The lab has been closed."

_T = TypeVar("_T")
Tell = Callable[[float], None]
"""To be called often, with how far the work has come (0..1). It raises where nobody waits for it any more."""
Work = Callable[[bytes, Tell], _T]
"""A question about a world, which it gets as checkpoint bytes."""

_log = logging.getLogger(__name__)


class Flag(Protocol):
    """A truth value that processes share (`multiprocessing.sharedctypes.RawValue`)."""

    value: bool


class _Wanted:
    """A forecast somebody waits for."""

    def __init__(self, data: bytes, request: Request, answer: Future[Forecast]) -> None:
        self.data, self.request, self.answer = data, request, answer


class Forecasters:
    """Works forecasts out, the newest first. Any thread may call it."""

    def __init__(self, executor: Executor | None = None) -> None:
        self._lock = threading.Lock()
        self._executor = executor
        self._is_ours = executor is None
        self._busy: _Wanted | None = None
        self._next: _Wanted | None = None
        self._newest: Future[Forecast] | None = None
        self._timer: threading.Timer | None = None
        self._is_closed = False
        self._stop: Flag | None = None
        """Shared with the process: set, it drops what it is working on."""
        self._courses = Courses()

    @property
    def are_in_processes(self) -> bool:
        """Whether forecasts come from processes of their own; False before the first, and once a thread makes them."""
        return _is_process(self._executor)

    def warm_up(self, after_seconds: float = WARM_UP_AFTER_SECONDS) -> None:
        """Starts the process a moment from now."""
        with self._lock:
            if self._executor is not None or self._timer is not None or self._is_closed:
                return
            self._timer = threading.Timer(after_seconds, self._warm_up)
            self._timer.name, self._timer.daemon = "hvgui-forecast-warm-up", True
            self._timer.start()

    def forecast(self, seen: Future[bytes], request: Request) -> Future[Forecast]:
        """The forecast for a world still to be seen. One that has not begun yet is cancelled by this one."""
        answer: Future[Forecast] = Future()
        with self._lock:
            older, self._newest = self._newest, answer
        if older is not None:
            older.cancel()
        seen.add_done_callback(lambda done: self._take(done, request, answer))
        return answer

    def carry(self, function: Callable[[Kept, Path], bytes], kept: Kept, path: Path) -> Carried[bytes]:
        """Has a journey into the past carried out beside the forecasts (see `time_travel.Carrier`)."""
        try:
            executor = self._ready()
            if not self._is_ours:
                return Carried(executor.submit(function, kept, path))
            place = self._courses.begin()
            if _is_process(executor):
                work = executor.submit(_carried, kept, path, place)
            else:
                work = executor.submit(_go, self._courses, kept, path, place, Duty())
        except (OSError, RuntimeError) as error:
            if self._fall_back(error):
                return self.carry(function, kept, path)
            raise
        return Carried(work, partial(self._courses.fraction, place), partial(self._courses.cancel, place))

    def beside(self, work: Work[_T], data: bytes) -> Carried[_T]:
        """Has a question about a world (checkpoint bytes) worked out beside the forecasts. Where its process dies, the
        future holds the BrokenProcessPool; the next is worked out in a thread. Raises RuntimeError once closed."""
        try:
            executor = self._ready()
            if not self._is_ours:
                return Carried(executor.submit(work, data, _nobody_asks))
            place = self._courses.begin()
            if _is_process(executor):
                answer = executor.submit(_worked, work, data, place)
            else:
                answer = executor.submit(work, data, _teller(self._courses, place, self._pause_in_thread()))
        except (OSError, RuntimeError) as error:
            if self._fall_back(error):
                return self.beside(work, data)
            raise
        answer.add_done_callback(self._notice_broken)
        return Carried(answer, partial(self._courses.fraction, place), partial(self._courses.cancel, place))

    def _notice_broken(self, answer: Future[Any]) -> None:
        error = None if answer.cancelled() else answer.exception()
        if isinstance(error, BrokenProcessPool):
            self._fall_back(error)

    def close(self) -> None:
        """Cancels what waits, drops what is being worked on, and ends the process."""
        with self._lock:
            self._is_closed = True
            if self._stop is not None:
                self._stop.value = True
            timer, waiting, executor = self._timer, self._next, self._executor
            self._next = None
        if timer is not None:
            timer.cancel()
            timer.join()
            # The warm-up may have made it meanwhile, just before it saw that nothing is wanted any more.
            executor = self._executor
        if waiting is not None:
            waiting.answer.cancel()
        if executor is not None and self._is_ours:
            executor.shutdown(wait=True, cancel_futures=True)

    def _take(self, seen: Future[bytes], request: Request, answer: Future[Forecast]) -> None:
        error = LabError(CLOSED) if seen.cancelled() else seen.exception()
        if error is not None:
            _fail(answer, error)
            return
        with self._lock:
            replaced, self._next = self._next, _Wanted(seen.result(), request, answer)
        if replaced is not None:
            replaced.answer.cancel()
        self._go_on()

    def _go_on(self) -> None:
        """Begins the forecast that waits, unless one is being worked on."""
        with self._lock:
            if self._busy is not None or self._next is None or self._is_closed:
                return
            wanted, self._next = self._next, None
            if not wanted.answer.set_running_or_notify_cancel():
                return
            self._busy = wanted
        self._begin(wanted)

    def _begin(self, wanted: _Wanted, *, again: bool = False) -> None:
        try:
            executor = self._ready()
            work = executor.submit(self._work_of(executor), wanted.data, wanted.request)
        except (OSError, RuntimeError) as error:
            if again or not self._fall_back(error):
                self._done(wanted)
                _fail(wanted.answer, LabError(f"No forecast can be made: {error}."))
                return
            self._begin(wanted, again=True)
            return
        work.add_done_callback(lambda done: self._finish(done, wanted))

    def _finish(self, work: Future[Forecast], wanted: _Wanted) -> None:
        error = LabError(CLOSED) if work.cancelled() else work.exception()
        if isinstance(error, BrokenProcessPool) and self._fall_back(error):
            self._begin(wanted, again=True)
            return
        self._done(wanted)
        if error is not None:
            _fail(wanted.answer, error)
        else:
            wanted.answer.set_result(work.result())
        self._go_on()

    def _done(self, wanted: _Wanted) -> None:
        with self._lock:
            if self._busy is wanted:
                self._busy = None

    def _ready(self) -> Executor:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the lab has been closed")
            if self._executor is None:
                self._stop = RawValue(ctypes.c_bool, False)
                self._executor = ProcessPoolExecutor(
                    WORKERS,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=_settle_in,
                    initargs=(self._stop, self._courses),
                )
            return self._executor

    def _work_of(self, executor: Executor) -> Callable[[bytes, Request], Forecast]:
        if isinstance(executor, ThreadPoolExecutor):
            return self._in_thread
        return _in_process if self._is_ours else forecast_of

    def _in_thread(self, data: bytes, request: Request) -> Forecast:
        return forecast_of(data, request, self._pause_in_thread())

    def _pause_in_thread(self) -> Callable[[], None]:
        duty = Duty()

        def pause() -> None:
            if self._is_closed:
                raise LabError(CLOSED)
            duty()

        return pause

    def _fall_back(self, error: BaseException) -> bool:
        """Forecasts from now on come from a thread. False where they did before, or are no longer wanted."""
        with self._lock:
            if self._is_closed or isinstance(self._executor, ThreadPoolExecutor):
                return False
            broken, self._executor = self._executor, ThreadPoolExecutor(1, thread_name_prefix="hvgui-forecast")
        _log.info("forecasts come from a thread: %s", error)
        if broken is not None:
            broken.shutdown(wait=False)
        return True

    def _warm_up(self) -> None:
        with self._lock:
            if self._executor is not None:
                return  # somebody has asked already, and a second process would be started for nothing
        try:
            self._ready().submit(_be_warm)
        except (OSError, RuntimeError) as error:
            self._fall_back(error)


class Duty:
    """Sleeps within a long computation so that a thread keeps to the engine's duty beside a window."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._since = clock()

    def __call__(self) -> None:
        """To be called between steps."""
        worked = self._clock() - self._since
        if worked >= SLICE_SECONDS:
            self._sleep(rest_seconds(worked))
            self._since = self._clock()


class _Process:
    """What a forecaster's process has of its own."""

    stop: ClassVar[Flag]
    courses: ClassVar[Courses]


def _in_process(data: bytes, request: Request) -> Forecast:
    return forecast_of(data, request, _drop_if_closed)


def _is_process(executor: Executor | None) -> bool:
    return isinstance(executor, ProcessPoolExecutor)


def _carried(kept: Kept, path: Path, place: int) -> bytes:
    """In the process: the world at the end of a journey."""
    return _go(_Process.courses, kept, path, place, _drop_if_closed)


def _go(courses: Courses, kept: Kept, path: Path, place: int, pause: Callable[[], None]) -> bytes:
    if not kept.commands and kept.reached_ns == kept.checkpoint_ns:
        return kept.world
    return checkpoint.snapshot(world_of(kept, path, most_seconds=inf, tell=_teller(courses, place, pause)))


def _worked(work: Work[_T], data: bytes, place: int) -> _T:
    """In the process: the answer to a question."""
    return work(data, _teller(_Process.courses, place, _drop_if_closed))


def _teller(courses: Courses, place: int, pause: Callable[[], None]) -> Tell:
    def tell(fraction: float) -> None:
        courses.tell(place, fraction)
        pause()

    return tell


def _nobody_asks(_: float) -> None:
    """How far it has come is of no interest to whoever lent the executor."""


def _drop_if_closed() -> None:
    if _Process.stop.value:
        raise LabError(CLOSED)


def _be_warm() -> None:
    """Nothing to do: that it can be called means that everything it needs has been imported."""


def _settle_in(stop: Flag, courses: Courses) -> None:
    """In the process: see `settle_in`."""
    _Process.stop, _Process.courses = stop, courses
    settle_in()


def _fail(answer: Future[Forecast], error: BaseException) -> None:
    try:
        answer.set_exception(error)
    except InvalidStateError:
        _log.debug("nobody waits for this forecast any more")
