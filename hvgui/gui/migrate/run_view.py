"""A migration under way, and what came of it: figures, the live graph, and the result against the forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hvgui.cluster.ids import VmId
from hvgui.cluster.metrics import MigrationProgress
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.cluster.units import format_bytes, format_clock, format_rate, format_seconds, in_seconds, nanoseconds
from hvgui.gui.graphs.course_panel import CoursePanel
from hvgui.gui.graphs.history import history_of
from hvgui.gui.migrate.forecast_words import span_words
from hvgui.gui.migrate.notices import Notices
from hvgui.gui.migrate.result_card import ResultCard
from hvgui.gui.migrate.runs import Run, Runs
from hvgui.gui.migrate.tiles import Tiles
from hvgui.gui.migrate.vm_list import VmList
from hvgui.gui.states import PHASES, TASK_STATES
from hvgui.gui.wording import node_name, time_left
from hvgui.gui.words import counted, tr
from hvgui.requests.migration import LiveMigrate

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

_REFRESH_MS = 100
_LIVE_TILES = ("Phase", "Rest", "Dirty rate", "Sent", "Time left")
_OTHER_TILES = ("Phase", "Out of reach for", "Memory", "Back about")


class RunView(QWidget):
    """Follows the runs of one dialog; with several of them, the one chosen in the list is shown large."""

    changed = Signal()
    """The run shown is another, or stands differently."""

    def __init__(self, bridge: Bridge, runs: Runs, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._migrations = history_of(bridge).migrations
        self._runs = runs
        self._shown = runs.runs[0]
        self._panel: CoursePanel | None = None
        self.list: VmList | None = None
        self.tiles = Tiles(tuple(tr(name) for name in (_LIVE_TILES if _is_live(self._shown) else _OTHER_TILES)), self)
        self.notices = Notices(self)
        self.result = ResultCard(self)
        self.result.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        if len(runs.runs) > 1:
            self.list = VmList(tuple((run.vm, run.name) for run in runs.runs), self)
            self.list.vm_chosen.connect(self._chosen)
            self._column.addWidget(self.list, 2)
        for widget in (self.tiles, self.notices, self.result):
            self._column.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setObjectName("run view refresh")
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        bridge.frame_arrived.connect(self._frame_arrived)
        runs.changed.connect(self.refresh)
        self._show_panel()
        self.refresh()

    @property
    def shown(self) -> Run:
        """The run that is shown large."""
        return self._shown

    @property
    def panel(self) -> CoursePanel | None:
        """Its graphs."""
        return self._panel

    def _chosen(self, vm: VmId) -> None:
        self._shown = next(run for run in self._runs.runs if run.vm == vm)
        self._show_panel()
        self.refresh()

    def _show_panel(self) -> None:
        if self._panel is not None:
            self._column.removeWidget(self._panel)
            self._panel.deleteLater()
        self._panel = CoursePanel(self._bridge, self._shown.vm, self)
        self._column.addWidget(self._panel, 5)

    def _frame_arrived(self, _frame: object) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def refresh(self) -> None:
        """Shows everything as it stands now."""
        run = self._shown
        if run.task is not None and self._panel is not None:
            self._panel.show_task(run.task)
        self._show_figures(run)
        self._show_end(run)
        if self.list is not None:
            self._show_list(self.list)
        self.changed.emit()

    def _show_figures(self, run: Run) -> None:
        task = run.last
        if task is None:
            self.tiles.tiles[0].say(tr("Refused") if run.refused else tr("Asked for"))
        elif _is_live(run):
            self._show_live(run, task)
        else:
            self._show_other(run, task)

    def _show_other(self, run: Run, task: Task) -> None:
        """A quick migration or a move: its phase, since when the VM is out of reach, and when it should be back."""
        phase, since, memory, end = self.tiles.tiles
        phase.say(*self._phase_words(task, None))
        started = task.started_ns if task.started_ns is not None else self._bridge.time_ns
        since.say(format_seconds(max(0.0, in_seconds(self._bridge.time_ns - started))))
        vm = self._bridge.cluster.vms.get(run.vm)
        if vm is not None and memory.figure.text() == "–":
            memory.say(format_bytes(vm.memory_bytes))
        if run.forecast is None or run.forecast.duration_seconds is None:
            return
        span = run.forecast.duration_seconds
        end.say(
            format_clock(started + nanoseconds(span.middle)),
            tr("forecast {span}", span=span_words(span, format_seconds)),
        )

    def _show_live(self, run: Run, task: Task) -> None:
        phase, rest, dirty, sent, left = self.tiles.tiles
        recording = self._migrations.of_task(task.id)
        progress = recording.latest if recording is not None else None
        phase.say(*self._phase_words(task, progress))
        if progress is None:
            return
        rest.say(format_bytes(progress.rest_bytes), _of_pass(progress))
        link = tr("link {rate}", rate=format_rate(progress.link_bytes_per_second))
        outruns = 0 < progress.link_bytes_per_second <= progress.dirty_bytes_per_second
        dirty.say(format_rate(progress.dirty_bytes_per_second), link, "warning" if outruns else "")
        sent.say(format_bytes(progress.sent_bytes), self._sent_forecast(run))
        left.say(time_left(progress), self._predicted_end(progress))

    def _phase_words(self, task: Task, progress: MigrationProgress | None) -> tuple[str, str]:
        if task.phase is not Phase.COPYING:
            return tr(PHASES[task.phase]), node_name(self._bridge.cluster, task.target)
        number = max(1, task.pass_number, progress.pass_number if progress is not None else 0)
        most = self._bridge.cluster.profile.pass_rule.max_passes
        small = tr("of {most} at most", most=most) if most else tr("copying memory")
        return tr("Pass {number}", number=number), small

    def _sent_forecast(self, run: Run) -> str:
        if run.forecast is None or run.forecast.sent_bytes is None:
            return ""
        return tr("forecast {sent}", sent=format_bytes(run.forecast.sent_bytes.middle))

    def _predicted_end(self, progress: MigrationProgress) -> str:
        if progress.seconds_left_low is None:
            return tr("can't be told yet")
        return tr("ends about {moment}", moment=format_clock(progress.time_ns + nanoseconds(progress.seconds_left_low)))

    def _show_end(self, run: Run) -> None:
        if run.refused:
            self.notices.show_sentence(run.refused, "bad")
            self.tiles.hide()
            return
        task = run.last
        ended = task is not None and task.state.has_ended
        self.tiles.setVisible(not ended)
        if task is None or not ended:
            self.result.hide()
            self.notices.show_problems(())
            return
        self.result.setVisible(task.result is not None)
        self.result.show_result(task, run.forecast)
        succeeded = task.state is TaskState.SUCCEEDED
        self.notices.show_sentence("" if succeeded else _end_words(task), "bad")

    def _show_list(self, vms: VmList) -> None:
        for run in self._runs.runs:
            target = run.request.to if run.request is not None else None
            source = run.last.source if run.last is not None else None
            vm = self._bridge.cluster.vms.get(run.vm)
            source = source if source is not None else vm.owner if vm is not None else None
            words, tone = self._stands(run)
            vms.say(
                run.vm,
                node_name(self._bridge.cluster, source) if source is not None else "–",
                node_name(self._bridge.cluster, target) if target is not None else "–",
                words,
                tone,
            )

    def _stands(self, run: Run) -> tuple[str, str]:
        task = run.last
        if run.refused:
            return run.refused, "bad"
        if task is None:
            return tr("asked for"), ""
        if not task.state.has_ended:
            recording = self._migrations.of_task(task.id)
            return self._phase_words(task, recording.latest if recording is not None else None)[0], ""
        if task.state is not TaskState.SUCCEEDED:
            return _end_words(task), "bad" if task.state is TaskState.FAILED else "warning"
        return _success_words(task), "warning" if _was_noticed(task) else "good"


def _is_live(run: Run) -> bool:
    return isinstance(run.request, LiveMigrate)


def _of_pass(progress: MigrationProgress) -> str:
    whole = progress.pass_sent_bytes + progress.rest_bytes
    return tr("of {whole} in this pass", whole=format_bytes(whole)) if progress.pass_number else ""


def _end_words(task: Task) -> str:
    state = tr(TASK_STATES[task.state])
    return f"{state}: {task.message}" if task.message else f"{state}."


def _was_noticed(task: Task) -> bool:
    result = task.result
    return result is not None and bool(result.streams_stalled or result.connections_lost or not result.converged)


def _success_words(task: Task) -> str:
    if task.result is None:
        return tr("Succeeded")
    words = tr(
        "Succeeded in {duration}, blackout {blackout}",
        duration=format_seconds(task.result.duration_seconds),
        blackout=format_seconds(task.result.blackout_seconds),
    )
    if task.kind is TaskKind.LIVE_MIGRATION:
        words += ", " + counted(task.result.passes, "{count} pass", "{count} passes")
    if task.result.connections_lost:
        words += ", " + counted(task.result.connections_lost, "{count} connection broken", "{count} connections broken")
    return words


def forecast_in_short(run: Run) -> str:
    """A forecast for a row of the list: `39 s (37 s – 41 s), blackout 120 ms`."""
    if run.forecast is None:
        return ""
    return tr(
        "{duration}, blackout {blackout}",
        duration=span_words(run.forecast.duration_seconds, format_seconds),
        blackout=span_words(run.forecast.blackout_seconds, format_seconds),
    )
