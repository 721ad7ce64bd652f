"""Two migrations of the same VM side by side on one scale of time: live against quick, on forks or as they happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.tasks import MigrationResult, Task, TaskKind
from hvgui.cluster.units import format_bytes, format_clock, format_seconds
from hvgui.gui.graphs.chart import Chart
from hvgui.gui.graphs.course_panel import blackout_bands, forecast_course, memory_style, pass_bands
from hvgui.gui.graphs.courses import Course, course_of_ended
from hvgui.gui.graphs.drawing import EMPTY_LINE, Drawing, Line
from hvgui.gui.graphs.history import history_of
from hvgui.gui.graphs.quantities import Clock
from hvgui.gui.graphs.stream_chart import stall_bands, stream_style
from hvgui.gui.graphs.streams import StallSpan, StreamTrack
from hvgui.gui.migrate.draft import Draft, cpu_shares, request_for, targets_of
from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.migrate.spinner import Spinner
from hvgui.gui.states import TASK_KINDS
from hvgui.gui.tone import set_tone
from hvgui.gui.wording import node_name
from hvgui.gui.words import counted, tr
from hvgui.lab.frames import Forecast, Frame
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request, vm_name

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

KINDS = (TaskKind.LIVE_MIGRATION, TaskKind.QUICK_MIGRATION)
_ROOM_BEHIND = 1.08


@dataclass(frozen=True)
class Shown:
    """What one side shows: a course that begins at 0, the stream below it, and its figures."""

    course: Course
    buffer: Line = EMPTY_LINE
    stalls: tuple[StallSpan, ...] = ()


def predicted_stream(course: Course, buffer_seconds: float) -> tuple[Line, tuple[StallSpan, ...]]:
    """A player's buffer as the course's own result implies it.

    Full until the blackout, it drains by a second a second; once empty the player stalls for as long as the result
    says, and fills again at the link's pace, which on this scale is at once.
    """
    full = np.array([0.0, course.end_seconds]), np.array([buffer_seconds, buffer_seconds])
    if course.blackout is None or course.result is None:
        return full, ()
    begin, end = course.blackout
    stall = course.result.stall_seconds
    lowest = max(0.0, buffer_seconds - (end - begin)) if not stall else 0.0
    bottom = begin + buffer_seconds - lowest
    back = bottom + stall if stall else end
    times = np.array([0.0, begin, bottom, back, back, max(course.end_seconds, back)])
    left = np.array([buffer_seconds, buffer_seconds, lowest, lowest, buffer_seconds, buffer_seconds])
    return (times, left), ((StallSpan(bottom, back),) if stall else ())


def recorded_stream(track: StreamTrack, course: Course, until_seconds: float) -> tuple[Line, tuple[StallSpan, ...]]:
    """What was seen of the stream during a course, counted from the course's beginning."""
    begin, (times, left) = course.start_seconds, track.buffer()
    within = (times >= begin - 1.0) & (times <= begin + until_seconds)
    stalls = tuple(
        StallSpan(stall.start_seconds - begin, stall.end_seconds - begin)
        for stall in track.stalls()
        if begin <= stall.end_seconds and stall.start_seconds <= begin + until_seconds
    )
    return (times[within] - begin, left[within]), stalls


class Side(QFrame):
    """One of the two: which migration, its course, the client's buffer, and figures."""

    source_chosen = Signal()

    def __init__(self, bridge: Bridge, vm: VmId, kind: TaskKind, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._bridge, self._vm, self.kind = bridge, vm, kind
        self.forecast: Forecast | None = None
        self.source = QComboBox(self)
        self.source.setAccessibleName(tr("Which migration"))
        self.spinner = Spinner(self)
        self.verdict = QLabel(self)
        self.verdict.setWordWrap(True)
        self.memory = Chart(memory_style(Clock.SINCE), self, shows_time=False)
        self.stream = Chart(stream_style(Clock.SINCE), self)
        self.figures = QLabel(self)
        self.figures.setWordWrap(True)
        self.figures.setMinimumHeight(3 * self.figures.fontMetrics().lineSpacing())
        self.figures.setAlignment(Qt.AlignmentFlag.AlignTop)
        head = QHBoxLayout()
        head.addWidget(self.source, 1)
        head.addWidget(self.spinner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.addLayout(head)
        layout.addWidget(self.verdict)
        layout.addWidget(self.memory, 3)
        layout.addWidget(self.stream, 2)
        layout.addWidget(self.figures)
        vm_record = bridge.cluster.vms.get(vm)
        self.stream.setVisible(vm_record is not None and vm_record.clients.video is not None)
        self.list_sources()
        self.source.currentIndexChanged.connect(self._chosen)

    def list_sources(self) -> None:
        """The forecast, and every migration of the VM that ended; what was chosen stays chosen."""
        ended = history_of(self._bridge).migrations.ended_of(self._vm)
        choices = [(tr("{kind}, forecast on a fork", kind=tr(TASK_KINDS[self.kind])), -1)]
        choices += [(self._recorded_words(task), int(task.id)) for task in reversed(ended) if task.result is not None]
        chosen, blocker = self.source.currentData(), QSignalBlocker(self.source)
        self.source.clear()
        for words, data in choices:
            self.source.addItem(words, data)
        self.source.setCurrentIndex(max(0, self.source.findData(chosen)))
        blocker.unblock()

    def _recorded_words(self, task: Task) -> str:
        return tr(
            "{kind} to {node}, as it happened at {moment}",
            kind=tr(TASK_KINDS[task.kind]),
            node=node_name(self._bridge.cluster, task.target),
            moment=format_clock(task.started_ns or task.asked_ns),
        )

    def _chosen(self, _index: int) -> None:
        self.source_chosen.emit()

    def shown(self) -> Shown | None:
        """What is chosen, if there is anything of it yet."""
        chosen = self.source.currentData()
        return self._recorded(TaskId(int(chosen))) if chosen not in (None, -1) else self._forecast()

    def _forecast(self) -> Shown | None:
        course = forecast_course(self.forecast, self._vm, self._bridge.cluster.profile.timings)
        if course is None:
            return None
        course = course.shifted(-course.start_seconds)
        vm = self._bridge.cluster.vms.get(self._vm)
        if vm is None or vm.clients.video is None:
            return Shown(course)
        return Shown(course, *predicted_stream(course, vm.clients.video.buffer_seconds))

    def _recorded(self, task_id: TaskId) -> Shown | None:
        history = history_of(self._bridge)
        task, track = history.migrations.ended_task(task_id), history.streams.track(self._vm)
        if task is None:
            return None
        marks, recording = history.migrations.marks_of(task_id), history.migrations.of_task(task_id)
        course = course_of_ended(task, recording, marks, self._bridge.cluster.profile.timings)
        length = (course.end_seconds - course.start_seconds) * _ROOM_BEHIND + course.stall_seconds
        stream = recorded_stream(track, course, length) if track is not None else (EMPTY_LINE, ())
        return Shown(course.shifted(-course.start_seconds), *stream)

    def draw(self, shown: Shown | None, until_seconds: float) -> None:
        """Shows it on a scale that both sides share."""
        if shown is None:
            self.memory.draw(Drawing((EMPTY_LINE,) * 3, 0.0, until_seconds))
            self.stream.draw(Drawing((EMPTY_LINE,), 0.0, until_seconds))
            self.figures.setText("")
            return
        course, words = shown.course, figures_in_words(shown.course)
        bands = blackout_bands(course)
        lines = (EMPTY_LINE, course.sent, course.rest)
        figures: dict[int, str | None] = {0: None}
        self.memory.draw(Drawing(lines, 0.0, until_seconds, (*pass_bands(course), *bands), words, figures))
        self.stream.draw(
            Drawing((shown.buffer,), 0.0, until_seconds, (*bands, *stall_bands(shown.stalls)), words, {0: ""})
        )
        self.figures.setText(words)
        noticed = course.result is not None and notices(course.result)
        self.say(tr("Users notice.") if noticed else tr("Nobody notices."), "warning" if noticed else "good")

    def say(self, sentence: str, tone: str = "") -> None:
        """The line above the charts."""
        self.verdict.setText(sentence)
        set_tone(self.verdict, tone)


def notices(result: MigrationResult) -> bool:
    """Whether somebody at the other end would have noticed."""
    return bool(result.streams_stalled or result.connections_lost)


def figures_in_words(course: Course) -> str:
    """`21 s, blackout 182 ms, 1.99 GB sent, video plays on, no connection broken`."""
    result = course.result
    if result is None:
        return tr("It did not come to its end.")
    stall = format_seconds(result.stall_seconds)
    lost = result.connections_lost
    parts = (
        tr("duration {length}", length=format_seconds(result.duration_seconds)),
        tr("blackout {length}", length=format_seconds(result.blackout_seconds)),
        tr("{size} sent", size=format_bytes(result.sent_bytes)),
        tr("the video stalls for {length}", length=stall) if result.streams_stalled else tr("the video plays on"),
        counted(lost, "{count} connection breaks", "{count} connections break") if lost else tr("no connection breaks"),
    )
    return ", ".join(parts)


class ComparisonDialog(QDialog):
    """Asks for both forecasts, one after the other, and lets each side show what has happened instead."""

    def __init__(self, parent: QWidget | None, bridge: Bridge, vm: VmId, target: NodeId | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self._bridge, self._vm = bridge, vm
        self._target = target if target is not None else self._best_target()
        name = vm_name(bridge.cluster, vm)
        self.setWindowTitle(tr("Live and quick migration of {vm}", vm=name))
        self.sides = tuple(Side(bridge, vm, kind, self) for kind in KINDS)
        self.asker = ForecastAsker(bridge, self)
        self._to_ask: list[Side] = []
        self._asked: Side | None = None
        self._build(name)
        self.asker.answered.connect(self._answered)
        self.asker.failed.connect(self._failed)
        bridge.frame_arrived.connect(self._frame_arrived)
        bridge.destroyed.connect(self._lab_closed)
        for side in self.sides:
            side.source_chosen.connect(self.redraw)
        self.resize(1080, 680)
        self.ask()

    def _build(self, name: str) -> None:
        title = QLabel(tr("{vm}: live against quick migration", vm=name), self)
        title.setProperty("role", "title")
        self.subtitle = QLabel(self)
        self.subtitle.setProperty("role", "muted")
        self.subtitle.setWordWrap(True)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        for side in self.sides:
            columns.addWidget(side, 1)
        again = QPushButton(tr("&Forecast again"), self)
        again.setAutoDefault(False)
        again.clicked.connect(self.ask)
        close = QPushButton(tr("Close"), self)
        close.setDefault(True)
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(again)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(title)
        layout.addWidget(self.subtitle)
        layout.addLayout(columns, 1)
        layout.addLayout(buttons)

    def _best_target(self) -> NodeId | None:
        cluster = self._bridge.cluster
        if self._vm not in cluster.vms:
            return None
        draft = Draft(TaskKind.LIVE_MIGRATION, (self._vm,))
        rated = targets_of(draft, cluster, self._vm, cpu_shares(self._bridge.latest))
        return rated[0].node if rated else None

    def ask(self) -> None:
        """Both forecasts anew, one after the other: a newer question would push out an older one."""
        cluster = self._bridge.cluster
        moment = format_clock(self._bridge.time_ns)
        target = node_name(cluster, self._target) if self._target is not None else "–"
        self.subtitle.setText(
            tr(
                "Both to {node}, as of {moment}, on forks of the lab: nothing happens to it.",
                node=target,
                moment=moment,
            )
        )
        self._to_ask = list(self.sides)
        for side in self.sides:
            side.forecast = None
        self._ask_next()
        self.redraw()

    def _request(self, side: Side) -> Request | None:
        """The side's request, unless something stands in its way (which is then said)."""
        cluster = self._bridge.cluster
        if self._vm not in cluster.vms:
            side.say(tr("This VM is no longer in the cluster."), "bad")
            return None
        if self._target is None:
            side.say(tr("There is no other node to migrate to."), "bad")
            return None
        request = request_for(Draft(side.kind, (self._vm,), queue=True), self._vm, self._target)
        hindered = blockers(request.check(cluster))
        if hindered:
            side.say(str(hindered[0]), "bad")
            return None
        return request

    def _ask_next(self) -> None:
        self._asked = None
        while self._to_ask and self._asked is None:
            side = self._to_ask.pop(0)
            request = self._request(side)
            if request is None:
                side.spinner.turn(False)
                continue
            self._asked = side
            side.say(tr("Computing..."))
            side.spinner.turn(True)
            self.asker.ask(request)

    def _answered(self, _request: Request, forecast: Forecast) -> None:
        if self._asked is None:
            return
        self._asked.forecast = forecast
        self._asked.spinner.turn(False)
        if not forecast.tasks:
            self._asked.say(forecast.message, "bad")
        self._ask_next()
        self.redraw()

    def _failed(self, sentence: str) -> None:
        if self._asked is not None:
            self._asked.spinner.turn(False)
            self._asked.say(sentence, "bad")
        self._ask_next()

    def _frame_arrived(self, frame: Frame) -> None:
        if any(task.vm == self._vm for task in frame.ended_tasks):
            for side in self.sides:
                side.list_sources()

    def _lab_closed(self) -> None:
        """Nothing is left to compare."""
        self.reject()

    def redraw(self) -> None:
        """Both sides on one scale: the longer of the two."""
        shown = [side.shown() for side in self.sides]
        ends = [max(one.course.end_seconds, *(stall.end_seconds for stall in one.stalls), 0.0) for one in shown if one]
        until = max(ends, default=10.0) * _ROOM_BEHIND
        for side, one in zip(self.sides, shown, strict=True):
            side.draw(one, until)

    def done(self, result: int) -> None:
        """Asks nothing more."""
        self.asker.drop()
        super().done(result)


def open_comparison(parent: QWidget | None, bridge: Bridge, vm: VmId, target: NodeId | None = None) -> QDialog:
    """Shows live and quick migration of a VM side by side; not in the window's way, deletes itself when closed."""
    dialog = ComparisonDialog(parent, bridge, vm, target)
    dialog.show()
    return dialog
