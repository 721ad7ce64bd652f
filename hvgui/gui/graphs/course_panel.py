"""A migration as it goes, or as it went: memory by pass, rates, the blackout, and the client's buffer below."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.profiles import MigrationTimings
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.cluster.units import format_bytes, format_clock, format_rate, format_seconds
from hvgui.gui.graphs.colours import Role
from hvgui.gui.graphs.courses import Course, course_of_ended, course_of_running
from hvgui.gui.graphs.drawing import EMPTY_LINE, Band, ChartStyle, Drawing, Line, LineStyle
from hvgui.gui.graphs.panel import GraphPanel
from hvgui.gui.graphs.quantities import Clock, Quantity
from hvgui.gui.graphs.stream_chart import draw_stream, stream_style
from hvgui.gui.states import PHASES, TASK_KINDS, TASK_STATES
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge
    from hvgui.lab.frames import Forecast

_WHOLE, _BLACKOUT = "whole", "blackout"
_ROOM_AHEAD = 1.15
_LEAST_SPAN_SECONDS = 4.0


def memory_style(clock: Clock = Clock.LAB) -> ChartStyle:
    """The chart of memory sent and left, with the forecast's course behind."""
    return ChartStyle(
        tr("Memory"),
        Quantity.BYTES,
        (
            LineStyle(tr("Forecast"), Role.LIMIT, dashed=True),
            LineStyle(tr("Sent"), Role.SECOND),
            LineStyle(tr("Rest"), Role.MAIN, filled=True),
        ),
        clock,
    )


def rates_style(clock: Clock = Clock.LAB) -> ChartStyle:
    """The chart of the guest's writing against the link."""
    return ChartStyle(
        tr("Rates"),
        Quantity.RATE,
        (LineStyle(tr("Dirty rate"), Role.SECOND), LineStyle(tr("Link rate"), Role.MAIN)),
        clock,
    )


class CoursePanel(GraphPanel):
    """The migration of a VM that runs, or its last one that ended; or one task for good (`show_task`)."""

    def __init__(self, bridge: Bridge, vm: VmId, parent: QWidget | None = None) -> None:
        record = bridge.cluster.vms.get(vm)
        name = record.name if record is not None else tr("a VM that is gone")
        super().__init__(bridge, tr("Migration graphs of {name}", name=name), parent)
        self.vm = vm
        self._task: TaskId | None = None
        self._end_shown = 0.0
        self._last: Task | None = None
        self.choice.addItem(tr("Whole course"), _WHOLE)
        self.choice.addItem(tr("Around the blackout"), _BLACKOUT)
        self.memory = self.add_chart(memory_style(), shows_time=False, stretch=5)
        self.rates = self.add_chart(rates_style(), shows_time=True, stretch=3)
        self.stream = self.add_chart(stream_style(), stretch=3)
        self.stream.hide()

    def show_task(self, task: TaskId) -> None:
        """Shows this task from now on, whatever else happens to the VM."""
        self._task = task
        self.refresh_if_seen()

    def shown_task(self) -> Task | None:
        """The task to show: the one set, the one that runs, or the last that ended."""
        cluster, migrations = self.bridge.cluster, self.history.migrations
        if self._task is not None:
            return cluster.tasks.get(self._task) or migrations.ended_task(self._task) or self._last
        if self._last is not None and self._is_between(self._last):
            return self._last
        vm = cluster.vms.get(self.vm)
        running = cluster.tasks.get(vm.task) if vm is not None and vm.task is not None else None
        if running is not None and running.kind.is_migration and running.state is TaskState.RUNNING:
            return running
        ended = migrations.ended_of(self.vm)
        return ended[-1] if ended else None

    def _is_between(self, task: Task) -> bool:
        """Whether it is no longer running and its result has not come: that waits until its stream has recovered."""
        if task.state.has_ended or task.id in self.bridge.cluster.tasks:
            return False
        return self.history.migrations.ended_task(task.id) is None

    def course_of(self, task: Task) -> Course:
        """Its course, exact once it has ended."""
        recording = self.history.migrations.of_task(task.id)
        if task.state.has_ended:
            marks = self.history.migrations.marks_of(task.id)
            return course_of_ended(task, recording, marks, self.bridge.cluster.profile.timings)
        return course_of_running(task, recording, self.history.now_seconds)

    def refresh(self) -> None:
        """Draws the task as it stands."""
        task = self.shown_task()
        if task is None:
            self._show_nothing()
            return
        if self._last is None or task.id != self._last.id:
            self._end_shown = 0.0
        self._last = task
        course = self.course_of(task)
        words = course_words(self.bridge, task, course)
        self.status.say(words)
        start, end = self._window(course, self._forecast_seconds(task))
        blackout = blackout_bands(course)
        forecast = self._forecast_line(task, course)
        lines = (forecast, course.sent, course.rest)
        figures = {0: "" if len(forecast[0]) else None}
        if self._is_close_up(course):
            # What was sent before dwarfs the rest that the blackout has to send.
            lines, figures = (EMPTY_LINE, EMPTY_LINE, course.rest), {0: None, 1: None}
        self.rates.setVisible(course.kind is TaskKind.LIVE_MIGRATION)
        self.memory.draw(Drawing(lines, start, end, (*pass_bands(course), *blackout), words, figures))
        bands = (*pass_bands(course, numbered=False), *(replace(band, label="") for band in blackout))
        self.rates.draw(Drawing((course.dirty, course.link), start, end, bands, words))
        self._draw_stream(start, end, blackout)

    def _show_nothing(self) -> None:
        self.status.say(tr("No migration of this VM yet."))
        end = self.history.now_seconds
        start = max(0.0, end - _LEAST_SPAN_SECONDS)
        words = tr("No migration of this VM yet.")
        self.memory.draw(Drawing((EMPTY_LINE,) * 3, start, start + _LEAST_SPAN_SECONDS, words=words))
        self.rates.draw(Drawing((EMPTY_LINE,) * 2, start, start + _LEAST_SPAN_SECONDS, words=words))
        self._draw_stream(start, start + _LEAST_SPAN_SECONDS, ())

    def _draw_stream(self, start: float, end: float, bands: tuple[Band, ...]) -> None:
        track = self.history.streams.track(self.vm)
        vm = self.bridge.cluster.vms.get(self.vm)
        has_stream = track is not None or (vm is not None and vm.clients.video is not None)
        if self.stream.isHidden() == has_stream:
            self.stream.setVisible(has_stream)
        if track is not None:
            self.stream.draw(draw_stream(track, start, end, bands))

    def _window(self, course: Course, forecast_seconds: float) -> tuple[float, float]:
        """The whole course with room ahead (which grows in leaps, so that the axis stands still), or the blackout."""
        if course.blackout is not None and self._is_close_up(course):
            return around_blackout(course.blackout)
        start = course.start_seconds
        span = max(course.end_seconds - start, _LEAST_SPAN_SECONDS)
        margin = 0.02 * span
        if course.has_ended:
            return start - margin, start + max(span * 1.06, span + 1.0)
        if start + span > self._end_shown:
            self._end_shown = start + max(span * _ROOM_AHEAD, forecast_seconds * 1.06)
        return start - margin, self._end_shown

    def _is_close_up(self, course: Course) -> bool:
        return self.choice.currentData() == _BLACKOUT and course.blackout is not None

    def _forecast(self, task: Task) -> Forecast | None:
        return self.history.migrations.forecast_of(task.id)

    def _forecast_seconds(self, task: Task) -> float:
        forecast = self._forecast(task)
        if forecast is None or forecast.duration_seconds is None:
            return 0.0
        return forecast.duration_seconds.middle

    def _forecast_line(self, task: Task, course: Course) -> Line:
        """The rest as forecast, moved to begin when the task began."""
        predicted = forecast_course(self._forecast(task), task.vm, self.bridge.cluster.profile.timings)
        if predicted is None:
            return EMPTY_LINE
        return predicted.shifted(course.start_seconds - predicted.start_seconds).rest

    def showEvent(self, event: QShowEvent) -> None:
        """Has this VM's migrations recorded however many run."""
        self.history.migrations.watch(self.vm)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """No longer."""
        self.history.migrations.unwatch(self.vm)
        super().hideEvent(event)


def migration_panel(bridge: Bridge, vm_id: VmId, parent: QWidget | None = None) -> CoursePanel:
    """The graphs of a VM's migration: the running one, or the last that ended."""
    return CoursePanel(bridge, vm_id, parent)


def forecast_course(forecast: Forecast | None, vm: VmId, timings: MigrationTimings) -> Course | None:
    """The course that a forecast predicts for a VM."""
    tasks = [task for task in forecast.tasks if task.vm == vm and task.kind.is_migration] if forecast else []
    return course_of_ended(tasks[-1], timings=timings) if tasks else None


def pass_bands(course: Course, *, numbered: bool = True) -> tuple[Band, ...]:
    """Each pass shaded, every second one fainter, with its number."""
    if course.kind is not TaskKind.LIVE_MIGRATION:
        return ()
    return tuple(
        Band(
            one.start_seconds,
            one.end_seconds,
            Role.STEP,
            str(one.number) if numbered else "",
            strong=one.number % 2 == 1,
        )
        for one in course.passes
    )


def blackout_bands(course: Course) -> tuple[Band, ...]:
    """The blackout with its length."""
    if course.blackout is None:
        return ()
    label = tr("blackout {length}", length=format_seconds(course.blackout_seconds))
    return (Band(*course.blackout, Role.BLACKOUT, label),)


def around_blackout(blackout: tuple[float, float]) -> tuple[float, float]:
    """A span that shows a blackout large, with what came before and after."""
    length = blackout[1] - blackout[0]
    margin = max(2.0 * length, 0.25)
    return blackout[0] - margin, blackout[1] + margin


def course_words(bridge: Bridge, task: Task, course: Course) -> str:
    """Where it stands in one line: what, where to, phase or result, and the figures that matter."""
    what = tr(
        "{kind} from {source} to {target}",
        kind=tr(TASK_KINDS[task.kind]),
        source=node_name(bridge.cluster, task.source),
        target=node_name(bridge.cluster, task.target),
    )
    if task.state.has_ended:
        return f"{what}, {_ended_words(task)}"
    parts = [tr(PHASES[task.phase]).lower()]
    if course.passes:
        parts = [tr("pass {number}", number=course.passes[-1].number)]
    if len(course.rest[1]):
        parts += _live_figures(course) if task.kind is TaskKind.LIVE_MIGRATION else _saved_figures(task, course)
    return f"{what}, {', '.join(parts)}"


def _live_figures(course: Course) -> list[str]:
    return [
        tr("rest {rest}", rest=format_bytes(float(course.rest[1][-1]))),
        tr(
            "dirty rate {dirty} against link {link}",
            dirty=format_rate(float(course.dirty[1][-1])),
            link=format_rate(float(course.link[1][-1])),
        ),
    ]


def _saved_figures(task: Task, course: Course) -> list[str]:
    """What the disk has, or what is still to come from it, and how fast that goes."""
    disk = tr("disk {rate}", rate=format_rate(float(course.link[1][-1])))
    match task.phase:
        case Phase.SAVING:
            return [tr("{saved} saved", saved=format_bytes(float(course.sent[1][-1]))), disk]
        case Phase.READING:
            return [tr("{rest} to read", rest=format_bytes(float(course.rest[1][-1]))), disk]
        case _:
            return []


def _ended_words(task: Task) -> str:
    state = tr(TASK_STATES[task.state]).lower()
    moment = format_clock(task.ended_ns or 0)
    result = task.result
    if task.state is not TaskState.SUCCEEDED or result is None:
        return tr("{state} at {moment}: {why}", state=state, moment=moment, why=task.message or "–")
    return tr(
        "{state} at {moment} after {duration}: {passes} passes, {sent} sent, blackout {blackout}"
        if task.kind is TaskKind.LIVE_MIGRATION
        else "{state} at {moment} after {duration}, all of it blackout",
        state=state,
        moment=moment,
        duration=format_seconds(result.duration_seconds),
        passes=result.passes,
        sent=format_bytes(result.sent_bytes),
        blackout=format_seconds(result.blackout_seconds),
    )
