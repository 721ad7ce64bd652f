"""What the engine thread does, turn by turn: hear requests, let time pass in slices, tell, keep.

The loop owns the world: nobody else touches it. It knows no thread, and no clock but the one it is given, so that the
same turns can be taken by a test as fast as they come.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from hvgui.cluster.events import Event, Level
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import observe, progress, run
from hvgui.engine.world import World
from hvgui.lab.answers import resolved
from hvgui.lab.crash_report import write_report
from hvgui.lab.frames import Opening, Receipt
from hvgui.lab.keeper import Keeper
from hvgui.lab.outbox import Outbox
from hvgui.lab.pacing import SLICE_SECONDS, Pacer, rest_seconds
from hvgui.lab.refusals import IN_THE_PAST, NOT_KEPT, READ_ONLY, STOPPED
from hvgui.lab.telling import Telling
from hvgui.lab.time_travel import Carrier, TimeTravel, at_once
from hvgui.requests.problems import Problem, blockers
from hvgui.requests.request import Request

FAR_NS = 7 * 86_400 * NANOSECONDS
"""As far as a slice without pace may go: its time is up long before."""
MOST_STREAMS_A_FRAME = 256
PROGRESS_SHARE = 0.05
"""Progress may take this share of the wall time: of a thousand migrations it is not worked out for every frame."""
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class EngineLoop:
    """The engine's side of a session. All methods belong to the engine thread, `post` aside: any thread may call it."""

    def __init__(
        self,
        world: World,
        keeper: Keeper,
        outbox: Outbox,
        clock: Callable[[], float],
        *,
        is_read_only: bool = False,
        name: str = "",
        carrier: Carrier = at_once,
        wake: Callable[[], None] = lambda: None,
        reports: Path | None = None,
        work_clock: Callable[[], float] | None = None,
    ) -> None:
        """`work_clock` tells the thread's own processor time: who had to wait for a processor need not rest for it.

        `carrier` replays the past somewhere else, and `wake` is called (on any thread) when a turn is due by that.
        """
        self.world = world
        self.keeper = keeper
        self.is_read_only = is_read_only
        self.name = name
        self.has_crashed = False
        self._outbox = outbox
        self._clock = clock
        self._work_clock = work_clock if work_clock is not None else clock
        self._reports = reports
        self._telling = Telling(outbox, keeper, clock)
        self._pacer = Pacer()
        self._inbox: deque[Callable[[], None]] = deque()
        self._batch: list[tuple[Future[Receipt], Receipt]] = []
        self._rest_until = self._hear_from = clock()
        self._progress_at = clock()
        self._stepping = False
        self._own_events = 0
        self.past = TimeTravel(self, carrier, wake)

    # What others ask for: each of these is posted, and carried out by `turn`

    def post(self, message: Callable[[], None]) -> None:
        """Leaves a message for the next turn."""
        self._inbox.append(message)

    def submit(self, request: Request, answer: Future[Receipt]) -> None:
        """Applies a request at the present moment; the answer follows once the journal is committed."""
        problem = self._in_the_way()
        if problem is not None:
            resolved(answer, Receipt(False, (problem,)))
            return
        # Should the engine fail over it, this is the answer.
        self._batch.append((answer, Receipt(False, (STOPPED,))))
        self._batch[-1] = (answer, self._apply(request))

    def _in_the_way(self) -> Problem | None:
        if self.has_crashed:
            return STOPPED
        if self.is_read_only:
            return READ_ONLY
        return IN_THE_PAST if self.past.past is not None else None

    def _apply(self, request: Request) -> Receipt:
        self.settle()
        stopped_by = blockers(request.check(self.world.cluster))
        if stopped_by:
            # Not asked of the world itself: that would count its refusal as an event, which no replay could repeat.
            text = f"Refused: {request.title(self.world.cluster)}. {stopped_by[0]}"
            self._own_event("request-refused", text, Level.WARNING)
            return Receipt(False, stopped_by)
        self.past.part_from_undone()
        title = request.title(self.world.cluster)
        outcome = run.apply(self.world, request, self._telling)
        number = self.keeper.command(self.world.now_ns, request, title)
        self.past.asked(number, self.world.now_ns, request, title)
        self.settle()
        return Receipt(True, outcome.problems, outcome.task, number)

    def play(self) -> None:
        """Time goes."""
        self._stepping = False
        if self._may_go_on():
            self._pacer.play(self._clock(), self.world.now_ns)

    def _may_go_on(self) -> bool:
        """Whether time may go; what is undone is left to a branch of its own first."""
        if self.has_crashed:
            return False
        if self.past.past is not None:
            self._own_event(IN_THE_PAST.code, str(IN_THE_PAST), Level.WARNING)
            return False
        self.past.part_from_undone()
        return True

    def pause(self) -> None:
        """Time stands."""
        self._stepping = False
        if self._pacer.playing:
            self.past.stands()
        self._pacer.pause()

    def set_speed(self, speed: float) -> None:
        """Time goes at another speed."""
        self._pacer.set_speed(speed, self._clock(), self.world.now_ns)

    def step(self) -> None:
        """Time goes to the next event as fast as it may, and stands there."""
        self.pause()
        self._stepping = self._may_go_on()

    def answer(self, question: Callable[[World], _T], answer: Future[_T]) -> None:
        """Answers a question about the world that is shown, the present or a past one; it must not change it."""
        if not answer.set_running_or_notify_cancel():
            return
        try:
            self.settle()
            answer.set_result(question(self._shown))
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to whoever asked
            answer.set_exception(error)

    # The turn

    def turn(self) -> float | None:
        """Does what is due. Gives the seconds to rest until the next turn; None: until a message comes."""
        began = self._clock()
        try:
            self.past.arrive()
            if not self.past.is_under_way:
                self._hear(began)
            if not self.past.is_under_way:
                self._let_time_pass(began)
            self._acknowledge()
            self._tell()
            self.keeper.keep_up(self.world, is_idle=not (self._pacer.playing or self._stepping))
        except Exception as error:  # noqa: BLE001 - a failure of the engine, whatever it is, must be told
            self._crash(error)
        self._say_what_failed()
        return self._rest(began)

    def begin(self) -> None:
        """The figures and the past to begin with, before the first second has gone by."""
        self.past.begin()
        self._show_figures()

    def show(self, opening: Opening) -> None:
        """Another world is shown from now on."""
        self._shown.cluster.drain_changes()
        self._outbox.replace_world(opening, self.past.news())
        self._show_figures()

    def _show_figures(self) -> None:
        if self._outbox.takes_next_sample():
            self._outbox.sample(observe.metrics_sample(self._shown))

    @property
    def _shown(self) -> World:
        return self.world if self.past.past is None else self.past.past

    def close(self) -> None:
        """Keeps the last moment, and lets go of the file. Who still waits for an answer gets none."""
        try:
            if not self.has_crashed:
                self.settle()
                self._tell()
        finally:
            self.keeper.close(None if self.has_crashed else self.world)

    def _hear(self, began: float) -> None:
        if began < self._hear_from:
            return
        while self._inbox and not self.past.is_under_way:
            worked = self._clock() - began
            if worked >= SLICE_SECONDS:
                self._hear_from = began + worked + rest_seconds(worked)
                return
            self._inbox.popleft()()

    def _let_time_pass(self, began: float) -> None:
        if began < self._rest_until or self.has_crashed:
            return
        if self._stepping:
            self._go_to_next_event()
        elif self._pacer.playing:
            now = self._clock()
            due_ns = self._pacer.due_ns(now, self.world.now_ns)
            self._advance(self.world.now_ns + FAR_NS if due_ns is None else due_ns)
            self._pacer.note(self._clock(), self.world.now_ns)

    def _advance(self, until_ns: int) -> None:
        clock, work_clock = self._clock, self._work_clock
        deadline, started = clock() + SLICE_SECONDS, work_clock()
        run.advance_to(self.world, until_ns, self._telling, lambda: clock() >= deadline)
        # Between turns the world never stands in the middle of an instant: so a checkpoint, too, is of its end.
        self.settle()
        worked = work_clock() - started
        self.keeper.worked(worked)
        self._rest_until = clock() + rest_seconds(worked)

    def _go_to_next_event(self) -> None:
        before = self._telling.notable
        self.settle()
        target_ns = run.next_notable_ns(self.world)
        if target_ns is None:
            target_ns = (self.world.now_ns // NANOSECONDS + 1) * NANOSECONDS
        self._advance(target_ns)
        if self.world.now_ns >= target_ns or self._telling.notable > before:
            self._stepping = False

    def settle(self) -> None:
        """Lets everything of the present instant happen, so that a replay finds commands in between the same things."""
        run.advance_to(self.world, self.world.now_ns, self._telling)

    def _acknowledge(self) -> None:
        if not self._batch:
            return
        batch, self._batch = self._batch, []
        is_kept = not any(receipt.accepted for _, receipt in batch) or (
            self.keeper.commit(self.world.now_ns) and self.keeper.is_lasting
        )
        for answer, receipt in batch:
            if receipt.accepted and not is_kept:
                resolved(answer, replace(receipt, command=None, problems=(*receipt.problems, NOT_KEPT)))
            else:
                resolved(answer, receipt)

    def _tell(self) -> None:
        shown = self._shown
        self._outbox.publish(shown.now_ns, self._pacer.pace(), shown.cluster.drain_changes())
        timeline = self.past.news()
        if timeline is not None:
            self._outbox.timeline(timeline)
        now = self._clock()
        if self._pacer.playing and not (self._outbox.wants_progress and now >= self._progress_at):
            return
        streams = observe.stream_progress(shown)[:MOST_STREAMS_A_FRAME]
        self._outbox.progress(progress.migration_progress(shown), streams)
        self._progress_at = now + (self._clock() - now) / PROGRESS_SHARE

    def _rest(self, began: float) -> float | None:
        if self.past.is_under_way:
            return None
        if self._inbox:
            return max(0.0, self._hear_from - self._clock())
        if self.has_crashed or not (self._pacer.playing or self._stepping):
            return None
        now = self._clock()
        return max(0.0, self._rest_until - now, rest_seconds(0.0) - (now - began))

    def _say_what_failed(self) -> None:
        if self.keeper.failure is not None:
            sentence, self.keeper.failure = self.keeper.failure, None
            self._own_event("lab-file", sentence)

    def _crash(self, error: Exception) -> None:
        _log.critical("the engine has stopped at %d ns", self.world.now_ns, exc_info=error)
        self.has_crashed = True
        self.pause()
        batch, self._batch = self._batch, []
        self.keeper.forget_batch()
        for answer, _ in batch:
            resolved(answer, Receipt(False, (STOPPED,)))
        report = write_report(error, self._reports, time_ns=self.world.now_ns, seed=self.world.seed)
        where = f" A report is in {report}." if report is not None else ""
        self._own_event(
            "engine-crash",
            f"The engine has stopped after an error of its own ({type(error).__name__}: {error}); time stands. "
            f"Open the lab again to go on from the last moment kept.{where}",
        )
        self._outbox.publish(self.world.now_ns, self._pacer.pace(), self.world.cluster.drain_changes())

    def _own_event(self, code: str, message: str, level: Level = Level.ERROR) -> None:
        """An event of the session itself. Serials below 0, so that they never meet the world's own."""
        self._own_events += 1
        self._outbox.event(Event(-self._own_events, self.world.now_ns, level, code, message))
