"""The model of the tasks: newest first, ended ones kept with their results."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from hvgui.cluster.ids import TaskId
from hvgui.cluster.tasks import MigrationResult, Phase, Task, TaskState
from hvgui.cluster.units import format_bytes, format_seconds
from hvgui.gui.facts import Facts, Refresh
from hvgui.gui.icons import icon
from hvgui.gui.inventory_model import REF_ROLE
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.states import PHASES, TASK_KINDS, TASK_STATES
from hvgui.gui.theme import colours
from hvgui.gui.timeline.lineage import holds_until
from hvgui.gui.wording import elapsed, node_name, pass_per_mille, time_left
from hvgui.gui.words import counted, tr
from hvgui.requests.snapshot_merges import CANCELLABLE

Index = QModelIndex | QPersistentModelIndex
PROGRESS_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""Per mille of the bar (int); None: no bar."""
KEPT = 1000
"""Ended tasks that are kept."""
PROGRESS_COLUMN = 3
CANCEL_COLUMN = 6

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_DECORATION = int(Qt.ItemDataRole.DecorationRole)
_FOREGROUND = int(Qt.ItemDataRole.ForegroundRole)
_TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
_TITLES = ("VM", "Task", "From – to", "Phase", "Elapsed", "Time left", "", "Result")
_STATE_ICONS = {
    TaskState.QUEUED: ("hourglass", "muted"),
    TaskState.RUNNING: ("transfer", "accent"),
    TaskState.SUCCEEDED: ("circle-check", "good"),
    TaskState.FAILED: ("circle-x", "bad"),
    TaskState.CANCELLED: ("player-stop", "warning"),
}
_TINTS = {TaskState.FAILED: "bad", TaskState.CANCELLED: "warning"}


class TaskModel(QAbstractTableModel):
    """One row a task. The name of its VM is kept with it, for when the VM is gone."""

    def __init__(self, facts: Facts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts = facts
        self._tasks: list[Task] = sorted(facts.cluster.tasks.values(), key=lambda task: task.id, reverse=True)
        self._names = {task.id: self._vm_name(task) for task in self._tasks}
        self._ahead: dict[TaskId, Task] = {}
        self._timeline = facts.bridge.timeline
        facts.refreshed.connect(self.follow)

    def task_at(self, index: Index) -> Task | None:
        """The task of a row."""
        return self._tasks[index.row()] if index.isValid() and index.row() < len(self._tasks) else None

    def task_of(self, ref: Ref) -> Task | None:
        """The task of that number, under way or ended; None if it is not kept any more."""
        return next((task for task in self._tasks if task.id == ref.task), None)

    @property
    def under_way(self) -> int:
        """Tasks that wait or run."""
        return sum(not task.state.has_ended for task in self._tasks)

    def follow(self, refresh: Refresh) -> None:
        """New tasks on top, the others in their rows; a running one's figures move with every refresh."""
        if refresh.replaced:
            self._take_world()
        rows = {task.id: row for row, task in enumerate(self._tasks)}
        news = [self._facts.cluster.tasks[one] for one in refresh.tasks if one in self._facts.cluster.tasks]
        news += refresh.ended_tasks
        fresh = sorted({task.id: task for task in news if task.id not in rows}.values(), key=lambda task: task.id)
        for task in news:
            if task.id in rows:
                self._tasks[rows[task.id]] = task
        if fresh:
            self._insert(fresh)
        self._drop_oldest()
        self._tell_changed(set(rows) & {task.id for task in news})

    def _take_world(self) -> None:
        """Another moment: the tasks under way there, and those that had ended by then."""
        cluster, timeline = self._facts.cluster, self._facts.bridge.timeline
        until, comes_back = holds_until(self._timeline, timeline, self._facts.time_ns)
        self._timeline = timeline
        ended = {task.id: task for task in (*self._ahead.values(), *self._tasks) if task.state.has_ended}
        past = {one: task for one, task in ended.items() if (task.ended_ns or 0) <= until and one not in cluster.tasks}
        # While the past is looked at, what ended later is set aside: it is there again in the present.
        self._ahead = {one: task for one, task in ended.items() if one not in past} if comes_back else {}
        self.beginResetModel()
        shown = {**past, **cluster.tasks}
        self._tasks = sorted(shown.values(), key=lambda task: task.id, reverse=True)
        kept = {one: name for one, name in self._names.items() if one in past or one in self._ahead}
        self._names = kept | {task.id: self._vm_name(task) for task in cluster.tasks.values()}
        self.endResetModel()

    def _insert(self, fresh: list[Task]) -> None:
        self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
        self._tasks[:0] = reversed(fresh)
        self._names.update({task.id: self._vm_name(task) for task in fresh})
        self.endInsertRows()

    def _drop_oldest(self) -> None:
        surplus = len(self._tasks) - KEPT - self.under_way
        if surplus <= 0:
            return
        while surplus > 0 and self._tasks[-1].state.has_ended:
            last = len(self._tasks) - 1
            self.beginRemoveRows(QModelIndex(), last, last)
            self._names.pop(self._tasks.pop().id, None)
            self.endRemoveRows()
            surplus -= 1

    def _tell_changed(self, ids: set[TaskId]) -> None:
        changed = [row for row, task in enumerate(self._tasks) if task.id in ids or not task.state.has_ended]
        if changed:
            self.dataChanged.emit(self.index(min(changed), 0), self.index(max(changed), len(_TITLES) - 1))

    # QAbstractTableModel

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._tasks)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        """See QAbstractItemModel."""
        if orientation is Qt.Orientation.Horizontal and role == _DISPLAY and 0 <= section < len(_TITLES):
            return tr(_TITLES[section]) if _TITLES[section] else ""
        return None

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        """See QAbstractItemModel."""
        task = self.task_at(index)
        if task is None:
            return None
        column = index.column()
        if role == _DISPLAY:
            return self._text(task, column)
        if role == _DECORATION:
            return icon(*_STATE_ICONS[task.state]) if column == 0 else None
        return self._further(task, column, role)

    def _further(self, task: Task, column: int, role: int) -> object:
        if role == PROGRESS_ROLE:
            return self._per_mille(task) if column == PROGRESS_COLUMN else None
        if role == _FOREGROUND:
            tint = _TINTS.get(task.state) if column in (3, 7) else None
            return QColor(getattr(colours(), tint)) if tint else None
        if role == _TOOL_TIP:
            return self._text(task, column) or None
        return Ref(Kind.TASK, task.id) if role == REF_ROLE else None

    def _text(self, task: Task, column: int) -> str:
        cluster = self._facts.cluster
        match column:
            case 0:
                return self._names[task.id]
            case 1:
                return tr(TASK_KINDS[task.kind])
            case 2:
                source = node_name(cluster, task.source)
                return f"{source} → {node_name(cluster, task.target)}" if task.source != task.target else source
            case 3:
                return self._phase_text(task)
            case _:
                return self._figures(task, column)

    def _figures(self, task: Task, column: int) -> str:
        progress = self._facts.progress.get(task.id)
        match column:
            case 4:
                return elapsed(self._facts, task)
            case 5:
                return "" if task.state.has_ended else time_left(progress)
            case 6:
                return tr("Cancel") if task.can_cancel else ""
            case _:
                return result_text(task)

    def _phase_text(self, task: Task) -> str:
        if task.state.has_ended:
            words, passes = tr(TASK_STATES[task.state]), task.result.passes if task.result is not None else 0
            return f"{words}, {counted(passes, '{count} pass', '{count} passes')}" if passes else words
        per_mille = self._per_mille(task)
        if per_mille is None:
            return tr(PHASES[task.phase])
        number, percent = max(1, task.pass_number), per_mille // 10
        if task.kind in CANCELLABLE:
            return tr("{phase}: {percent} %", phase=tr(PHASES[task.phase]), percent=percent)
        if task.phase is Phase.CREATING_DISKS:
            return tr("Creating disks, file {number}: {percent} %", number=number, percent=percent)
        if task.phase is Phase.COPYING_FILES:
            return tr("Copying files, file {number}: {percent} %", number=number, percent=percent)
        return tr("Copying, pass {number}: {percent} %", number=number, percent=percent)

    def _per_mille(self, task: Task) -> int | None:
        progress = self._facts.progress.get(task.id)
        has_bar = task.phase in _MEASURED or task.kind in CANCELLABLE
        if task.state.has_ended or progress is None or not has_bar:
            return None
        return pass_per_mille(progress)

    def _vm_name(self, task: Task) -> str:
        vm = self._facts.cluster.vms.get(task.vm)
        return vm.name if vm is not None else tr("VM no. {number}", number=int(task.vm))


_MEASURED = (Phase.COPYING, Phase.CREATING_DISKS, Phase.COPYING_FILES)
"""Phases of which it is known how far they are."""


def result_text(task: Task) -> str:
    """How it ended: what a person would write down."""
    if task.state is TaskState.RUNNING:
        return ""
    if task.result is None or task.state is not TaskState.SUCCEEDED:
        return task.message
    return figures_of(task.result)


def figures_of(result: MigrationResult) -> str:
    """A migration's result as one line."""
    parts = [
        format_seconds(result.duration_seconds),
        tr("blackout {span}", span=format_seconds(result.blackout_seconds)),
        tr("{size} sent", size=format_bytes(result.sent_bytes)),
    ]
    if not result.converged:
        parts.append(tr("did not converge"))
    if result.streams_stalled:
        parts.append(tr("stream stalled for {span}", span=format_seconds(result.stall_seconds)))
    if result.connections_lost:
        parts.append(counted(result.connections_lost, "{count} connection lost", "{count} connections lost"))
    return ", ".join(parts)
