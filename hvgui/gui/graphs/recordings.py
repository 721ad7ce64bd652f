"""Recordings of migrations: what was seen of each while it ran, kept for a while after it ended."""

from __future__ import annotations

from collections import OrderedDict

from hvgui.cluster.events import Event
from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.metrics import MigrationProgress
from hvgui.cluster.tasks import Phase, Task
from hvgui.cluster.units import in_seconds
from hvgui.gui.graphs.rings import Series, ThinningRing
from hvgui.lab.frames import Forecast

RECORDED_AT_ONCE = 64
"""Above so many running migrations only watched VMs are recorded; the others are drawn from their results."""
KEPT_RECORDINGS = 128
KEPT_TASKS = 2_000
ENDED_A_VM = 6
_ROWS = 2_048
_CODES = {phase: code for code, phase in enumerate(Phase)}

MOVING_OWNERSHIP, READING = "moving-ownership", "reading-state"
MARKS = (MOVING_OWNERSHIP, READING)
"""Codes of events that mark where the steps of a quick migration meet."""

TIME, PHASE, PASS, PASS_SENT, REST, SENT, DIRTY, LINK = range(8)
"""Columns of a recording."""


def code_of(phase: Phase) -> int:
    """The number that stands for a phase in a recording."""
    return _CODES[phase]


class Recording:
    """One migration's moments, thinned once they are many; `latest` is the last one as it came."""

    def __init__(self) -> None:
        self._ring = ThinningRing(_ROWS, 8)
        self.latest: MigrationProgress | None = None

    def take(self, progress: MigrationProgress) -> None:
        """One more moment; the same moment twice (time stands) counts once."""
        if self.latest is not None and progress.time_ns <= self.latest.time_ns:
            if progress.time_ns == self.latest.time_ns:
                return
            self._ring.forget_after(in_seconds(progress.time_ns))
        self.latest = progress
        self._ring.append(
            (
                in_seconds(progress.time_ns),
                code_of(progress.phase),
                progress.pass_number,
                progress.pass_sent_bytes,
                progress.rest_bytes,
                progress.sent_bytes,
                progress.dirty_bytes_per_second,
                progress.link_bytes_per_second,
            )
        )

    def rows(self) -> Series:
        """The moments so far; columns as named above."""
        return self._ring.view()


class MigrationRecordings:
    """Recordings by task, the ended tasks of each VM, and the forecasts that were made for them."""

    def __init__(self) -> None:
        self.shown_until_ns: int | None = None
        """While the past is looked at: its moment; what ended later is kept, but not shown."""
        self._recordings: OrderedDict[TaskId, Recording] = OrderedDict()
        self._ended: OrderedDict[TaskId, Task] = OrderedDict()
        self._ended_of: dict[VmId, list[TaskId]] = {}
        self._forecasts: OrderedDict[TaskId, Forecast] = OrderedDict()
        self._marks: OrderedDict[TaskId, dict[str, float]] = OrderedDict()
        self._watched: dict[VmId, int] = {}

    def watch(self, vm: VmId) -> None:
        """A panel shows this VM: record its migrations however many others run."""
        self._watched[vm] = self._watched.get(vm, 0) + 1

    def unwatch(self, vm: VmId) -> None:
        """A panel no longer shows it."""
        self._watched[vm] = self._watched.get(vm, 1) - 1
        if self._watched[vm] <= 0:
            del self._watched[vm]

    def take(self, migrations: tuple[MigrationProgress, ...], running: dict[TaskId, Task]) -> None:
        """A frame's migrations, given the tasks that run."""
        all_of_them = len(migrations) <= RECORDED_AT_ONCE
        for progress in migrations:
            if all_of_them or self._is_watched(running.get(progress.task)):
                self._recording(progress.task).take(progress)

    def _is_watched(self, task: Task | None) -> bool:
        return task is not None and task.vm in self._watched

    def _recording(self, task: TaskId) -> Recording:
        recording = self._recordings.get(task)
        if recording is None:
            recording = self._recordings[task] = Recording()
            if len(self._recordings) > KEPT_RECORDINGS + RECORDED_AT_ONCE:
                self._recordings.popitem(last=False)
        return recording

    def take_events(self, events: tuple[Event, ...]) -> None:
        """A frame's events: those that mark a step of a quick migration are exact to the microsecond."""
        for event in events:
            if event.task is not None and event.code in MARKS:
                self._marks.setdefault(event.task, {})[event.code] = in_seconds(event.time_ns)
                if len(self._marks) > KEPT_TASKS:
                    self._marks.popitem(last=False)

    def marks_of(self, task: TaskId) -> dict[str, float]:
        """When a task came to its steps, by the code of the event, seconds."""
        return self._marks.get(task, {})

    def take_ended(self, tasks: tuple[Task, ...]) -> None:
        """A frame's ended tasks, with their results."""
        for task in tasks:
            if not task.kind.is_migration:
                continue
            self._ended[task.id] = task
            of_vm = self._ended_of.setdefault(task.vm, [])
            of_vm.append(task.id)
            if len(of_vm) > ENDED_A_VM:
                self._ended.pop(of_vm.pop(0), None)
            if len(self._ended) > KEPT_TASKS:
                self._forget(self._ended.popitem(last=False)[1])

    def _forget(self, task: Task) -> None:
        of_vm = self._ended_of.get(task.vm, [])
        if task.id in of_vm:
            of_vm.remove(task.id)
        if not of_vm:
            self._ended_of.pop(task.vm, None)

    def forget_after(self, time_ns: int) -> None:
        """The lab was wound back: what ended later has not happened."""
        late = [task for task in self._ended.values() if (task.ended_ns or 0) > time_ns]
        for task in late:
            del self._ended[task.id]
            self._forget(task)
            self._recordings.pop(task.id, None)

    def of_task(self, task: TaskId) -> Recording | None:
        """What was seen of a task."""
        return self._recordings.get(task)

    def ended_task(self, task: TaskId) -> Task | None:
        """The task as it ended, while it is kept."""
        return self._ended.get(task)

    def ended_of(self, vm: VmId) -> tuple[Task, ...]:
        """The last ended migrations of a VM, oldest first."""
        tasks = (self._ended[task] for task in self._ended_of.get(vm, ()) if task in self._ended)
        until = self.shown_until_ns
        return tuple(task for task in tasks if until is None or (task.ended_ns or 0) <= until)

    def remember_forecast(self, task: TaskId, forecast: Forecast) -> None:
        """The forecast that was on screen when the task was asked for."""
        self._forecasts[task] = forecast
        if len(self._forecasts) > KEPT_RECORDINGS:
            self._forecasts.popitem(last=False)

    def forecast_of(self, task: TaskId) -> Forecast | None:
        """The forecast made for a task, if there was one."""
        return self._forecasts.get(task)

    def clear(self) -> None:
        """Forgets everything but who watches."""
        for kept in (self._recordings, self._ended, self._ended_of, self._forecasts, self._marks):
            kept.clear()
