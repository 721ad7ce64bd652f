"""One of two migrations beside each other: its course, the client's buffer, and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from hvgui.cluster.ids import TaskId, VmId
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
from hvgui.gui.migrate.spinner import Spinner
from hvgui.gui.states import TASK_KINDS
from hvgui.gui.tone import set_tone
from hvgui.gui.wording import node_name
from hvgui.gui.words import counted, tr
from hvgui.lab.frames import Forecast

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

ROOM_BEHIND = 1.08
"""The scale reaches this far beyond the longer of the two."""


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
        length = (course.end_seconds - course.start_seconds) * ROOM_BEHIND + course.stall_seconds
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
