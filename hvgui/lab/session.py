"""The session: one lab, one engine thread, one writer of the lab file. What the window and the doors speak to."""

from __future__ import annotations

import contextlib
import datetime
import logging
import math
import re
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import platformdirs

from hvgui.cluster.balance_plan import BalancePlan
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.events import Event
from hvgui.cluster.ids import VmId
from hvgui.cluster.watch_figures import WatchFigures
from hvgui.cluster.what_if import RoomLeft, WhatIfCase
from hvgui.engine.settling import settled
from hvgui.engine.watch_figures import watch_figures
from hvgui.engine.world import World
from hvgui.lab.balancing.plans import LoadsOf, Wish, planned_from
from hvgui.lab.engine_loop import EngineLoop
from hvgui.lab.errors import LabError
from hvgui.lab.figures import Packed, figures_of, vm_figures_of
from hvgui.lab.forecast import reduced
from hvgui.lab.forecasters import CLOSED, Forecasters, Work
from hvgui.lab.frames import Comparison, Figures, Forecast, Frame, Opening, Receipt, Salvage, VmFigures
from hvgui.lab.keeper import Keeper
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lab_lock import LabLock
from hvgui.lab.lab_migration import migrate_file
from hvgui.lab.lab_reading import Kept, facts_of, opened, read_lab
from hvgui.lab.lab_schema import is_there
from hvgui.lab.long_questions import LongQuestions
from hvgui.lab.newest_only import NewestOnly
from hvgui.lab.outbox import Outbox
from hvgui.lab.resumption import go_on, taken_up
from hvgui.lab.salvage import salvage
from hvgui.lab.storage_variants import Variant
from hvgui.lab.what_if.room import room_from
from hvgui.lab.what_if.studies import Studies, Study
from hvgui.requests.request import Request

SUFFIX = ".hvlab"
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Session:
    """One lab that is open. Every public method may be called from any thread; futures resolve on a worker thread."""

    path: Path
    name: str
    is_read_only: bool
    notice: str
    """What is to be said of the lab as it has been opened, as sentences; empty: nothing."""

    def __init__(
        self,
        world: World,
        keeper: Keeper,
        *,
        path: Path,
        name: str,
        is_read_only: bool = False,
        events: tuple[Event, ...] = (),
    ) -> None:
        self.path, self.name, self.is_read_only, self.notice = path, name, is_read_only, ""
        self._outbox = Outbox()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._forecasters = Forecasters()
        self._studies = Studies()
        self._looks = NewestOnly()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="hvgui-figures")
        self._plans: LongQuestions[BalancePlan] = LongQuestions(self._forecasters, self._reader)
        self._rooms: LongQuestions[RoomLeft | None] = LongQuestions(self._forecasters, self._reader)
        self._loop = EngineLoop(
            world,
            keeper,
            self._outbox,
            time.monotonic,
            is_read_only=is_read_only,
            name=name,
            carrier=self._forecasters.carry,
            wake=self._wake.set,
            reports=path.parent,
            work_clock=time.thread_time,
        )
        self._opening = Opening(world.cluster.record(), world.now_ns, events, name)
        self._thread: threading.Thread | None = None
        self._waiting: set[Future[Any]] = set()
        self._is_closed = False
        self._takes_turns = False
        """Whether `work` has been called."""

    @classmethod
    def new(cls, record: ClusterRecord, *, seed: int = 1, name: str = "", path: Path | None = None) -> Session:
        """A new lab on a cluster. Without a path its file is kept in the platform's data folder.

        Raises LabError where no file can be written.
        """
        name = name or record.name
        world = settled(record, seed)
        if path is not None:
            return cls._begun(world, path, name=name, seed=seed)
        for folder in (platformdirs.user_data_path("hvgui") / "labs", Path(tempfile.gettempdir())):
            with contextlib.suppress(LabError):
                return cls._begun(world, _free_path(folder, name), name=name, seed=seed)
        raise LabError("No lab file can be written, neither in the data folder nor in the temporary one.")

    @classmethod
    def _begun(cls, world: World, path: Path, *, name: str, seed: int) -> Session:
        keeper = Keeper(*_created(path, name=name, seed=seed), time.monotonic)
        if not keeper.checkpoint(world):
            raise LabError(keeper.failure or f"No lab can be kept at {path}.")
        return cls(world, keeper, path=path, name=name)

    @classmethod
    def open(cls, path: Path) -> Session:
        """A kept lab, at the last moment kept; read-only where another hvgui has it open or it can't be written.

        Raises LabError for unreadable, foreign, newer and damaged files.
        """
        path = path.absolute()
        lock = LabLock.taken(path) if is_there(path) else None
        try:
            before = read_lab(path)
            world, kept = taken_up(before, path)
            if lock is not None:
                migrate_file(path)
            file = _attached(path, kept) if lock is not None else None
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        if file is None and lock is not None:
            lock.release()
        is_read_only = file is None
        keeper = Keeper(
            file if file is not None else _remembered(path),
            None if is_read_only else lock,
            time.monotonic,
            kept_ns=_kept_ns(kept),
        )
        session = cls(
            world,
            keeper,
            path=path,
            name=kept.name or path.stem,
            is_read_only=is_read_only,
            events=tuple(event for event in kept.events if event.serial <= world.last_event),
        )
        session.notice = go_on(keeper, world, before, kept)
        return session

    def opening(self) -> Opening:
        """Where a watcher begins; to be asked before `start`."""
        return self._opening

    def start(self) -> None:
        """Starts the engine thread; time stands until `play`."""
        if self._thread is None and not self._is_closed:
            self._thread = threading.Thread(target=self._run, name="hvgui-engine", daemon=True)
            self._thread.start()
            self._forecasters.warm_up()

    def work(self) -> bool:
        """One turn of the engine on the caller's own thread, and the rest after it: for who works through a lab without
        a window, in place of `start`. False: nothing is left to do until somebody asks or lets time go."""
        if self._thread is not None or self._is_closed:
            raise RuntimeError("a session that has a thread of its own, or is closed, takes no turns by hand")
        if not self._takes_turns:
            self._takes_turns = True
            self._loop.post(self._loop.begin)
        rest = self._loop.turn()
        if rest is None:
            return False
        if rest > 0.0 and self._wake.wait(rest):
            self._wake.clear()
        return True

    def submit(self, request: Request) -> Future[Receipt]:
        """Asks for something. Resolves once it is committed to the lab file, or refused."""
        answer: Future[Receipt] = Future()
        self._post(partial(self._loop.submit, request, answer), answer)
        return answer

    def play(self) -> None:
        """Lets time go at the wanted speed."""
        self._post(self._loop.play)

    def pause(self) -> None:
        """Lets time stand."""
        self._post(self._loop.pause)

    def set_speed(self, speed: float) -> None:
        """Simulated seconds a second, or AS_FAST_AS_POSSIBLE. Raises ValueError unless above 0."""
        if math.isnan(speed) or speed <= 0.0:
            raise ValueError(f"A speed of {speed} is not possible: it has to be above 0.")
        self._post(partial(self._loop.set_speed, speed))

    def step(self) -> None:
        """Goes to the next event at full duty, and pauses there."""
        self._post(self._loop.step)

    def drain(self) -> tuple[Frame, ...]:
        """What came about since the last call, coalesced into at most one frame. Never blocks."""
        return self._outbox.drain()

    def forecast(self, request: Request, variant: Variant = Variant.AS_IT_IS) -> Future[Forecast]:
        """What a request would do, from forks of the present world; cancels an older one that has not begun. With
        another variant: what it would do if the VM's disks lay there."""
        seen: Future[bytes] = Future()
        self._post(partial(self._loop.answer, partial(reduced, request=request, variant=variant), seen), seen)
        return self._forecasters.forecast(seen, request)

    def watch_figures(self) -> Future[WatchFigures]:
        """What the load watch sees in the world that is shown; while it is off, what the nodes have to do now."""
        answer: Future[WatchFigures] = Future()
        self._post(partial(self._loop.answer, watch_figures, answer), answer)
        return answer

    def plan(self, wish: Wish, loads: LoadsOf = LoadsOf.USUAL) -> Future[BalancePlan]:
        """A plan that balances the cluster as it is shown at this moment. A newer call cancels an older one, and the
        future can be cancelled while it is being worked on. It may hold a LabError."""
        return self._long(self._plans, partial(planned_from, wish=wish, loads=loads))

    @property
    def plan_fraction(self) -> float | None:
        """How far the newest plan has come, 0..1 (0 for as long as nobody knows); None where none is worked on."""
        return self._plans.fraction

    def study(self, cases: Sequence[WhatIfCase], like: VmId | None = None) -> Study:
        """Tries cases on forks of the world as it is shown at this moment, in processes beside the window; and counts
        how many more VMs like one there is room for (by default of the most usual size). A newer study calls an older
        one off."""
        return self._studies.begin(self._forked(), cases, like)

    def room_left(self, like: VmId | None = None) -> Future[RoomLeft | None]:
        """How many more VMs like one there is room for (by default of the most usual size); None: there is no such VM,
        or no node is up. Of newer and older questions as `plan`."""
        return self._long(self._rooms, partial(room_from, like=like))

    def _forked(self) -> Future[World]:
        """A fork of the world that is shown, to be had from the engine thread."""
        fork: Future[World] = Future()
        self._post(partial(self._loop.answer, World.fork, fork), fork)
        return fork

    def _long(self, questions: LongQuestions[_T], work: Work[_T]) -> Future[_T]:
        answer = questions.ask(self._forked(), work)
        self._waiting.add(answer)
        answer.add_done_callback(self._waiting.discard)
        return answer

    @property
    def forecasts_in_processes(self) -> bool:
        """Whether forecasts are made in processes of their own, as they should be, and not in a thread for want of
        them. False before the first was asked for."""
        return self._forecasters.are_in_processes

    def save_as(self, path: Path) -> Future[Path]:
        """Makes a consistent copy of the lab file and goes on in it. The future may hold a LabError."""
        answer: Future[Path] = Future()
        self._post(partial(self._loop.answer, partial(self._move_to, path.absolute()), answer), answer)
        return answer

    # The past: see `Timeline` in frames.py, which a Frame carries whenever it has changed.

    def undo(self) -> Future[Receipt]:
        """Goes to the world as it was just before the last command of the line of history, time included. Time stands.

        Refused (`nothing-to-undo`, `in-the-past`, `read-only`, `nothing-kept`) with the reason. Whoever then lets time
        pass or asks for something leaves what was undone to a branch of its own.
        """
        return self._asked(self._loop.past.undo)

    def redo(self) -> Future[Receipt]:
        """Goes forward again over the next undone command: to just before the one behind it, or to where the line had
        come. Refused (`nothing-to-redo` ...) where nothing is undone."""
        return self._asked(self._loop.past.redo)

    def look_at(self, time_ns: int, branch: int | None = None) -> Future[None]:
        """Shows a moment (ns) of a branch's line of history, by default the lived one's; for reading only.

        A newer call cancels an older one that has not begun. A moment outside the line is moved to its nearest end.
        The future may hold a LabError. The present waits meanwhile: see `return_to_present`, `go_on_from_here`.
        """
        answer: Future[None] = Future()
        self._looks.offer(answer)
        self._post(lambda: self._look(time_ns, branch, answer), answer)
        return answer

    def _look(self, time_ns: int, branch: int | None, answer: Future[None]) -> None:
        if answer.set_running_or_notify_cancel():
            self._loop.past.ask(partial(self._loop.past.look_at, time_ns, branch), answer)

    @property
    def journey_fraction(self) -> float | None:
        """How far an undo, a look or another journey has come, 0..1; None where none is under way or nobody knows."""
        return self._loop.past.fraction

    def cancel_journey(self) -> None:
        """Calls off what is under way to another moment: its future holds a JourneyCancelledError, or a receipt refused
        with `cancelled`, and everything stays as it was. Without effect where nothing is."""
        self._loop.past.cancel()

    def return_to_present(self) -> Future[None]:
        """Ends a look at the past."""
        return self._asked(self._loop.past.return_to_present)

    def go_on_from_here(self, name: str = "") -> Future[Receipt]:
        """Opens a branch at the moment looked at and lives it; nothing is deleted. Without a name it gets one.

        Refused (`not-in-the-past`, `read-only`).
        """
        return self._asked(partial(self._loop.past.go_on_from_here, name))

    def switch_to(self, branch: int) -> Future[Receipt]:
        """Lives another branch, from where it was left. Refused (`no-such-branch`, `read-only`)."""
        return self._asked(partial(self._loop.past.switch_to, branch))

    def rename_branch(self, branch: int, name: str) -> Future[Receipt]:
        """Gives a branch another name. Refused for an empty name and one that another branch has."""
        return self._asked(partial(self._loop.past.rename_branch, branch, name))

    def delete_branch(self, branch: int) -> Future[Receipt]:
        """Deletes a branch with its commands and events, for good. Refused (`branch-in-use`, `has-branches`) for the
        one that is lived or looked at and for one that others have left."""
        return self._asked(partial(self._loop.past.delete_branch, branch))

    def compare(
        self, branch_a: int, branch_b: int, *, a_ns: int | None = None, b_ns: int | None = None
    ) -> Future[Comparison]:
        """What differs between two branches, each at a moment of its line (by default its end)."""
        return self._asked(partial(self._loop.past.compare, (branch_a, a_ns, branch_b, b_ns)))

    def figures(self, from_ns: int, to_ns: int, branch: int | None = None) -> Future[Figures]:
        """The graphs' history between two moments (ns) of a line of history, read on a thread of its own.

        By default of the line that is shown, up to the moment that is shown.
        """
        packed = self._asked(partial(self._loop.past.figures, from_ns, to_ns, branch))
        return self._unpacked(packed, figures_of)

    def vm_figures(self, vm: VmId, from_ns: int, to_ns: int, branch: int | None = None) -> Future[VmFigures]:
        """The history of one VM's figures, likewise."""
        packed = self._asked(partial(self._loop.past.figures, from_ns, to_ns, branch, table="vm_sample"))
        return self._unpacked(packed, partial(vm_figures_of, vm=vm))

    def _unpacked(self, packed: Future[list[Packed]], read: Callable[[list[Packed]], _T]) -> Future[_T]:
        answer: Future[_T] = Future()
        self._waiting.add(answer)
        answer.add_done_callback(self._waiting.discard)
        packed.add_done_callback(lambda done: self._reader.submit(_unpack, done, read, answer))
        return answer

    @staticmethod
    def salvage(path: Path, to: Path, tell: Callable[[float], None] = lambda _: None) -> Salvage:
        """Reads what can be read of a damaged lab file into a new one, and says what was lost. Slow: call it on a
        thread. `tell` hears how far it has come (0..1), and may raise JourneyCancelledError to call it off. Raises
        LabError where nothing can be read. Never changes the damaged file."""
        return salvage(path, to, tell)

    def _asked(self, step: Callable[[Future[_T]], None]) -> Future[_T]:
        answer: Future[_T] = Future()
        self._post(partial(self._loop.past.ask, step, answer), answer)
        return answer

    def close(self, timeout_seconds: float = 5.0) -> None:
        """Stops the thread, closes the file, ends the workers. A second call has no effect."""
        if self._is_closed:
            return
        self._is_closed = True
        self._end_thread(timeout_seconds)
        for answer in tuple(self._waiting):
            if not answer.cancel() and not answer.done():
                answer.set_exception(LabError(CLOSED))
        self._studies.close()
        self._reader.shutdown()
        self._forecasters.close()

    def _end_thread(self, timeout_seconds: float) -> None:
        if self._thread is None:
            self._loop.close()
            return
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout_seconds)
        if self._thread.is_alive():
            _log.error("the engine thread has not ended within %.0f s", timeout_seconds)

    def _move_to(self, path: Path, _: World) -> Path:
        world = self._loop.world
        self._loop.keeper.move_to(path, world, name=self.name, seed=world.seed)
        self.path, self.is_read_only = path, False
        self._loop.is_read_only = False
        return path

    def _post(self, message: Callable[[], None], answer: Future[Any] | None = None) -> None:
        if answer is not None:
            self._waiting.add(answer)
            answer.add_done_callback(self._waiting.discard)
        if not self._is_closed:
            self._loop.post(message)
            self._wake.set()
        elif answer is not None:
            answer.cancel()

    def _run(self) -> None:
        """The engine thread: a turn, then a rest that a message cuts short."""
        self._loop.post(self._loop.begin)
        while not self._closing.is_set():
            rest = self._loop.turn()
            if self._wake.wait(rest):
                self._wake.clear()
        self._loop.close()


def _unpack(packed: Future[list[Packed]], read: Callable[[list[Packed]], _T], answer: Future[_T]) -> None:
    """The second part of `Session.figures` and of `Session.vm_figures`, on a thread of its own."""
    if not answer.set_running_or_notify_cancel():
        return
    try:
        answer.set_result(read(packed.result()))
    except CancelledError:
        answer.set_exception(LabError(CLOSED))
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to whoever asked
        answer.set_exception(error)


def _created(path: Path, *, name: str, seed: int) -> tuple[LabFile, LabLock]:
    """A new file and the right to write it. Raises LabError."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = LabLock.taken(path)
    try:
        file = LabFile.create(path, name=name, seed=seed)
    except LabError:
        if lock is not None:
            lock.release()
        raise
    if lock is None:
        file.close()
        path.unlink()
        raise LabError(f"No lab can be kept at {path}: its folder does not let a file be locked.")
    return file, lock


def _attached(path: Path, kept: Kept) -> LabFile | None:
    """The file for writing; None where it lies where nothing can be written."""
    try:
        return LabFile.attach(path, branch=kept.branch)
    except (sqlite3.OperationalError, LabError) as error:
        _log.info("%s opens read-only: %s", path, error)
        return None


def _remembered(path: Path) -> LabFile | None:
    """A copy in memory of a lab that is read only: its past can be looked at, and saved elsewhere."""
    try:
        with opened(path) as connection:
            return LabFile.in_memory(connection, path, branch=facts_of(connection).branch)
    except LabError as error:
        _log.warning("the past of %s can't be taken over: %s", path, error)
        return None


def _kept_ns(kept: Kept) -> int:
    """The moment of the checkpoint that is as good as the present; -1 where commands or time lie behind the newest."""
    return -1 if kept.commands or kept.reached_ns != kept.checkpoint_ns else kept.checkpoint_ns


def _free_path(folder: Path, name: str) -> Path:
    stem = re.sub(r"[^\w .-]", "_", name).strip(" .")[:60] or "Lab"
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H%M%S %f")
    return folder / f"{stem} {moment}{SUFFIX}"
