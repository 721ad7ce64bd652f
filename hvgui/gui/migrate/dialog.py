"""The migrate dialog: one window from the first thought to the result, for one VM or many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from hvgui.cluster.events import Event
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.tasks import Task, TaskKind
from hvgui.cluster.units import format_bytes
from hvgui.gui.graphs.history import history_of
from hvgui.gui.migrate.comparison import open_comparison
from hvgui.gui.migrate.draft_page import DraftPage
from hvgui.gui.migrate.run_view import RunView
from hvgui.gui.migrate.runs import Run, Runs
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.settings import remember, remembered_bytes
from hvgui.gui.timeline.past import reason_of
from hvgui.gui.wording import node_name, vm_state
from hvgui.gui.words import counted, tr
from hvgui.requests.migration import CancelMigration

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

_GEOMETRY = "migrate/geometry"
_FIRST_SIZE = (1000, 680)


class MigrateDialog(QDialog):
    """Form and forecast first; once asked, the migration as it goes; at last the result against the forecast."""

    def __init__(
        self, parent: QWidget | None, bridge: Bridge, vms: tuple[VmId, ...], kind: TaskKind, target: NodeId | None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setObjectName("migrate dialog")
        self._bridge = bridge
        self._vms = vms
        history_of(bridge)
        self.runs: Runs | None = None
        self.view: RunView | None = None
        self.page = DraftPage(bridge, vms, kind, target, self)
        self._title = QLabel(self)
        self._title.setProperty("role", "title")
        self._subtitle = QLabel(self)
        self._subtitle.setProperty("role", "muted")
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.page)
        self.migrate_button = QPushButton(tr("&Migrate"), self)
        self.cancel_button = QPushButton(tr("&Cancel migration"), self)
        self.cancel_all_button = QPushButton(tr("Cancel &all"), self)
        self.close_button = QPushButton(tr("Close"), self)
        self.compare_button = QPushButton(tr("C&ompare live and quick..."), self)
        self._reason = QLabel(self)
        self._reason.setProperty("role", "muted")
        self._reason.setWordWrap(True)
        self._build()
        self._name_it()
        self._restore_size()
        self.page.changed.connect(self._show_buttons)
        bridge.events_arrived.connect(self._look_for_crash)
        bridge.timeline_changed.connect(self._show_buttons)
        bridge.destroyed.connect(self._lab_closed)
        self._show_buttons()

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.cancel_all_button)
        buttons.addWidget(self.compare_button)
        buttons.addWidget(self._reason, 1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.migrate_button)
        for button in (self.cancel_button, self.cancel_all_button, self.compare_button, self.close_button):
            button.setAutoDefault(False)
        self.migrate_button.setDefault(True)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.Bold)
        # The style sheet draws the default button in bold, which its own size does not reckon with.
        self.migrate_button.setMinimumWidth(QFontMetrics(bold).horizontalAdvance(tr("Migrate")) + 44)
        self.migrate_button.clicked.connect(self.begin)
        self.cancel_button.clicked.connect(self.cancel_migration)
        self.close_button.clicked.connect(self.reject)
        self.compare_button.clicked.connect(self.compare)
        self.compare_button.setVisible(len(self._vms) == 1)
        self.cancel_all_button.clicked.connect(self.cancel_all)
        self.cancel_button.hide()
        self.cancel_all_button.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(self._title)
        layout.addWidget(self._subtitle)
        layout.addWidget(self._pages, 1)
        layout.addLayout(buttons)

    def _name_it(self) -> None:
        cluster = self._bridge.cluster
        vm = cluster.vms.get(self._vms[0])
        if len(self._vms) > 1:
            title = counted(len(self._vms), "Migrate {count} virtual machine", "Migrate {count} virtual machines")
            total = sum(cluster.vms[one].memory_bytes for one in self._vms if one in cluster.vms)
            self._subtitle.setText(tr("{memory} of memory in all", memory=format_bytes(total)))
        elif vm is not None:
            title = tr("Migrate {vm}", vm=vm.name)
            self._subtitle.setText(
                tr(
                    "on {node}, {state}, {memory}",
                    node=node_name(cluster, vm.owner),
                    state=vm_state(vm).lower(),
                    memory=format_bytes(vm.memory_bytes),
                )
            )
        else:
            title = tr("Migrate a virtual machine")
        self._title.setText(title)
        self.setWindowTitle(title)

    def _restore_size(self) -> None:
        kept: QByteArray = remembered_bytes(_GEOMETRY)
        self.resize(*_FIRST_SIZE)
        if not kept.isEmpty():
            self.restoreGeometry(kept)
        fit_on_screen(self)

    # From the form to the migration

    def begin(self) -> None:
        """Asks for what the form says, and shows how it goes."""
        planned = self.page.startable()
        if self.runs is not None or not planned:
            return
        self.runs = Runs(self._bridge, planned, self)
        self.page.rest()
        self.view = RunView(self._bridge, self.runs, self)
        self.view.changed.connect(self._show_buttons)
        self._pages.addWidget(self.view)
        self._pages.setCurrentWidget(self.view)
        self.cancel_button.show()
        self.migrate_button.hide()
        self.close_button.setFocus()
        self.runs.submit()
        self._show_buttons()

    def compare(self) -> None:
        """Shows live and quick migration of the VM side by side, to the chosen target."""
        target = self.page.form.draft.target
        open_comparison(self.parentWidget() or self, self._bridge, self._vms[0], target)

    def cancel_migration(self) -> None:
        """Cancels the migration that is shown."""
        if self.runs is not None and self.view is not None:
            self.runs.cancel(self.view.shown)

    def cancel_all(self) -> None:
        """Cancels every migration that waits, sets up or copies."""
        for run in self._cancellable():
            if self.runs is not None:
                self.runs.cancel(run)

    def _cancellable(self) -> list[Run]:
        runs = self.runs.runs if self.runs is not None else []
        return [run for run in runs if not run.is_over and run.last is not None and run.last.can_cancel]

    def _show_buttons(self) -> None:
        if self.view is None or self.runs is None:
            count, of = len(self.page.startable()), len(self._vms)
            self.migrate_button.setEnabled(count > 0)
            self.migrate_button.setText(
                tr("&Migrate") if count in (0, of) else tr("&Migrate {count} of {whole}", count=count, whole=of)
            )
            self._reason.setText(reason_of(self._bridge.timeline))
            return
        self._name_it()
        task = self.view.shown.last
        over = self.view.shown.is_over
        self.cancel_button.setVisible(not over)
        self.cancel_all_button.setVisible(len(self._vms) > 1 and not self.runs.are_over)
        self.cancel_all_button.setEnabled(bool(self._cancellable()))
        self.cancel_button.setEnabled(task is not None and task.can_cancel)
        reason = self._why_not_cancel(task) if task is not None and not over else ""
        self.cancel_button.setToolTip(reason)
        past = reason_of(self._bridge.timeline)
        if past:
            self.cancel_button.setEnabled(False)
            self.cancel_all_button.setEnabled(False)
        self._reason.setText(past or reason)
        self.close_button.setText(tr("Close") if self.runs.are_over else tr("Run in &background"))

    def _why_not_cancel(self, task: Task) -> str:
        """As the cluster would refuse it; nothing while it would not."""
        if task.can_cancel or task.id not in self._bridge.cluster.tasks:
            return ""
        return " ".join(str(one) for one in CancelMigration(task=task.id).check(self._bridge.cluster))

    # What may happen meanwhile

    def _look_for_crash(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if event.code == "engine-crash":
                self._say_end(event.message)

    def _lab_closed(self) -> None:
        self._say_end(tr("The lab was closed. What was asked for is kept in its file."))

    def _say_end(self, sentence: str) -> None:
        self.page.stop(sentence)
        if self.view is not None:
            self.view.notices.show_sentence(sentence, "bad")
        self.migrate_button.setEnabled(False)
        self.cancel_button.setEnabled(False)
        self.cancel_all_button.setEnabled(False)
        self.compare_button.setEnabled(False)

    def done(self, result: int) -> None:
        """Closes; what runs goes on."""
        remember(_GEOMETRY, self.saveGeometry())
        self.page.rest()
        if self.runs is not None:
            self.runs.leave()
        super().done(result)


def open_migrate_dialog(
    parent: QWidget | None, bridge: Bridge, vm_ids: tuple[VmId, ...], kind: TaskKind, target: NodeId | None
) -> QDialog:
    """Shows the dialog beside the window, not in its way. It deletes itself when closed.

    `kind` is one of the migrations; `target` None leaves the choice to the rating. Without a VM: ValueError.
    """
    if not vm_ids:
        raise ValueError("There is no VM to migrate; choose at least one.")
    dialog = MigrateDialog(parent, bridge, tuple(vm_ids), kind, target)
    dialog.show()
    return dialog
