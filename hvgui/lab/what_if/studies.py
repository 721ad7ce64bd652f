"""What-if studies beside a window: one at a time, in processes that stand back, with every outcome as it comes.

The processes belong to one study and end with it: between studies they would only hold memory. Where none can be had,
a thread that keeps to the engine's duty tries what is left.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.sharedctypes import RawValue
from queue import SimpleQueue
from typing import Any, ClassVar

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.what_if import RoomLeft, WhatIfCase, WhatIfOutcome, WhatIfReport
from hvgui.engine import checkpoint
from hvgui.engine.world import World
from hvgui.lab.answers import failed, resolved
from hvgui.lab.errors import LabError
from hvgui.lab.forecasters import CLOSED, Duty, Flag
from hvgui.lab.what_if.room import room_left
from hvgui.lab.what_if.study import report_of
from hvgui.lab.what_if.trial import tried
from hvgui.lab.worker_process import settle_in, stand_back

MOST_WORKERS = 8
"""Each holds a world of its own."""
_log = logging.getLogger(__name__)


class CalledOffError(LabError):
    """A trial was dropped in its midst."""


class Study:
    """A study under way. Any thread may ask it."""

    def __init__(self, cases: Sequence[WhatIfCase], like: VmId | None) -> None:
        self.cases, self.like = tuple(cases), like
        self.answer: Future[WhatIfReport] = Future()
        """The report; of a study that was called off, what had been tried by then. It may hold a LabError."""
        self.time_ns: int | None = None
        """The moment of the lab's clock at which everything is tried; None: the world has not been seen yet."""
        self.cluster: Cluster | None = None
        """The cluster as it is at that moment, for names; not to be changed."""
        self.is_called_off = False
        self._news: deque[WhatIfOutcome] = deque()
        self._outcomes: dict[int, WhatIfOutcome] = {}
        self._room: RoomLeft | None = None
        self._came: SimpleQueue[Future[Any] | None] = SimpleQueue()

    @property
    def done(self) -> int:
        """Trials that have ended."""
        return len(self._outcomes)

    def news(self) -> tuple[WhatIfOutcome, ...]:
        """What has come about since the last call, in the order in which it came."""
        news: list[WhatIfOutcome] = []
        while self._news:
            news.append(self._news.popleft())
        return tuple(news)

    def cancel(self) -> None:
        """Calls it off; what has been tried by now stays. Without effect on a study that has ended."""
        self.is_called_off = True
        self._came.put(None)

    # For who works it out

    @property
    def left(self) -> dict[int, WhatIfCase]:
        """By their number: cases that have not been tried yet."""
        return {number: case for number, case in enumerate(self.cases) if number not in self._outcomes}

    @property
    def has_room(self) -> bool:
        """Whether the room left has been worked out."""
        return self._room is not None

    def take_room(self, room: RoomLeft | None) -> None:
        """The room left is known."""
        self._room = room

    def take(self, number: int, outcome: WhatIfOutcome) -> None:
        """A trial has ended."""
        self._outcomes[number] = outcome
        self._news.append(outcome)

    def hear(self, future: Future[Any]) -> None:
        """A worker's future is done."""
        self._came.put(future)

    def wait(self) -> Future[Any] | None:
        """The next future that is done; None: it has been called off."""
        return self._came.get()

    def end(self, world: World) -> None:
        """Answers with what there is."""
        outcomes = [self._outcomes[number] for number in sorted(self._outcomes)]
        resolved(self.answer, report_of(world.cluster, world.now_ns, outcomes, len(self.cases), self._room))


class Studies:
    """Works studies out, one at a time: a newer one calls the one before off. Any thread may call it."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or max(1, min(MOST_WORKERS, os.cpu_count() or 1))
        self._lock = threading.Lock()
        self._newest: Study | None = None
        self._threads: list[threading.Thread] = []
        self._is_closed = False

    def begin(self, seen: Future[World], cases: Sequence[WhatIfCase], like: VmId | None = None) -> Study:
        """A study of a world still to be seen, which nobody else may have or change."""
        study = Study(cases, like)
        with self._lock:
            before, self._newest = self._newest, study
        if before is not None:
            before.cancel()
        seen.add_done_callback(lambda done: self._start(done, study))
        return study

    def close(self) -> None:
        """Calls off what is under way, and waits until its processes have ended."""
        with self._lock:
            self._is_closed = True
            study, threads = self._newest, tuple(self._threads)
        if study is not None:
            study.cancel()
        for thread in threads:
            thread.join()

    def _start(self, seen: Future[World], study: Study) -> None:
        error = LabError(CLOSED) if seen.cancelled() else seen.exception()
        with self._lock:
            if error is None and self._is_closed:
                error = LabError(CLOSED)
            if error is None:
                world = seen.result()
                study.cluster, study.time_ns = world.cluster, world.now_ns
                thread = threading.Thread(target=self._work, args=(world, study), name="hvgui-what-if", daemon=True)
                self._threads = [*(one for one in self._threads if one.is_alive()), thread]
                thread.start()
        if error is not None:
            failed(study.answer, error if isinstance(error, Exception) else LabError(str(error)))

    def _work(self, world: World, study: Study) -> None:
        """On the study's thread."""
        try:
            data = _encoded(world, study)
            if data is not None:
                self._try_all(world, data, study)
            if not study.answer.done():
                study.end(world)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to whoever asked
            failed(study.answer, error)

    def _try_all(self, world: World, data: bytes, study: Study) -> None:
        try:
            _in_processes(world, data, study, min(self._workers, len(study.cases) + 1))
        except (OSError, BrokenProcessPool) as error:
            _log.info("what-if goes on in a thread: %s", error)
            _in_thread(world, study)


def _encoded(world: World, study: Study) -> bytes | None:
    """The world as bytes, made with rests in between; None: called off meanwhile."""
    duty, data = Duty(), b""
    for data in checkpoint.in_pieces(world):  # noqa: B007 - the last piece is the whole
        if study.is_called_off:
            return None
        duty()
    return data


def _in_processes(world: World, data: bytes, study: Study, workers: int) -> None:
    stop = RawValue(ctypes.c_bool, False)
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(stop, data))
    try:
        _map(pool, study)
        # Who asked need not wait until the processes have ended.
        study.end(world)
    finally:
        stop.value = True
        pool.shutdown(cancel_futures=True)


def _map(pool: ProcessPoolExecutor, study: Study) -> None:
    """Hands everything out and takes what comes, until nothing is left or it is called off."""
    numbers: dict[Future[WhatIfOutcome], int] = {}
    waiting = len(study.left) + 1
    room = pool.submit(_room, study.like)
    room.add_done_callback(study.hear)
    for number, case in study.left.items():
        future = pool.submit(_tried, case)
        numbers[future] = number
        future.add_done_callback(study.hear)
    while waiting and not study.is_called_off:
        come = study.wait()
        if come is None:
            return
        waiting -= 1
        if come is room:
            study.take_room(room.result())
        else:
            study.take(numbers[come], come.result())


def _in_thread(world: World, study: Study) -> None:
    """What is left, on this thread, as the engine works: in slices with rests."""
    duty = Duty()

    def pause() -> None:
        if study.is_called_off:
            raise CalledOffError("The study has been called off.")
        duty()

    if not study.has_room:
        study.take_room(room_left(world.cluster, study.like))
    for number, case in study.left.items():
        try:
            study.take(number, tried(world, case, pause))
        except CalledOffError:
            return


class _Worker:
    """What a worker's process has of its own."""

    stop: ClassVar[Flag]
    world: ClassVar[World]


def _begin(stop: Flag, data: bytes) -> None:
    settle_in()
    stand_back()
    _Worker.stop = stop
    if not stop.value:
        _Worker.world = checkpoint.restore(data)


def _drop_if_called_off() -> None:
    if _Worker.stop.value:
        raise CalledOffError("The study has been called off.")


def _tried(case: WhatIfCase) -> WhatIfOutcome:
    _drop_if_called_off()
    return tried(_Worker.world, case, _drop_if_called_off)


def _room(like: VmId | None) -> RoomLeft | None:
    _drop_if_called_off()
    return room_left(_Worker.world.cluster, like)
