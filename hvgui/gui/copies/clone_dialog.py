"""The clone dialog: one or many copies of a VM; the names, the nodes and the room of all before they are asked for."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.units import format_bytes, format_seconds
from hvgui.gui.actions.desk import Desk
from hvgui.gui.copies.clone_draft import ClonePlan, Guids, plan_clones
from hvgui.gui.copies.clone_form import CloneForm
from hvgui.gui.copies.homes import room_words
from hvgui.gui.copies.names import preview
from hvgui.gui.copies.node_rows import node_rows
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.facts import Refresh
from hvgui.gui.inventory_order import name_key
from hvgui.gui.migrate.command_box import CommandBox
from hvgui.gui.migrate.draft import cpu_shares
from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.migrate.notices import Notices
from hvgui.gui.migrate.target_list import TargetList
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.words import counted, tr
from hvgui.lab.frames import Forecast
from hvgui.requests.request import Request

_REST_MS = 60
"""So long nothing is typed before everything is checked anew."""
_MOST_COMMANDS = 20


class CloneDialog(QDialog):
    """Over one VM, or over templates of which one is chosen. Sends a request a clone, in the order of the names."""

    def __init__(
        self, originals: tuple[VmId, ...], desk: Desk, target: NodeId | None = None, *, chooses: bool = False
    ) -> None:
        super().__init__(desk.parent)
        if desk.bridge is None:
            raise RuntimeError("no lab is open")
        self.setObjectName("clone dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk, self._bridge = desk, desk.bridge
        self._guids = Guids()
        self.plan = ClonePlan()
        self._is_fresh = False
        name = desk.cluster.vms[originals[0]].name
        self.setWindowTitle(tr("New virtual machine from template") if chooses else tr("Clone {vm}", vm=name))
        self.form = CloneForm(desk, originals, target, self, chooses=chooses)
        self.targets = TargetList(self)
        self.names = QPlainTextEdit(self)
        self.notices, self.commands = Notices(self), CommandBox(self)
        self.told = QLabel(self)
        self._soon = QTimer(self)
        self._soon.setObjectName("plan clones")
        self._soon.setSingleShot(True)
        self._soon.setInterval(_REST_MS)
        self._build()
        self.asker = ForecastAsker(self._bridge, self)
        self._connect(originals)
        self.resize(980, 660)
        fit_on_screen(self)
        self.recheck()

    def _build(self) -> None:
        self.targets.header().resizeSection(0, 160)
        self.names.setObjectName("clone names")
        self.names.setAccessibleName(tr("Names of all clones"))
        self.names.setReadOnly(True)
        self.names.setTabChangesFocus(True)
        self.names.setFixedHeight(3 * self.names.fontMetrics().lineSpacing() + 14)
        self.told.setObjectName("clone forecast")
        self.told.setWordWrap(True)
        self.told.setProperty("role", "muted")
        scroll = QScrollArea(self)
        scroll.setWidget(self.form)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setMinimumWidth(370)
        right = QVBoxLayout()
        node, all_names = QLabel(tr("N&ode"), self), QLabel(tr("Names that result"), self)
        node.setBuddy(self.targets)
        for label in (node, all_names):
            label.setProperty("role", "section")
        for widget in (node, self.targets, all_names, self.names):
            right.addWidget(widget)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(scroll, 2)
        middle.addLayout(right, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(10)
        column.addLayout(middle, 1)
        for below in (self.notices, self.told, self.commands):
            column.addWidget(below)
        column.addWidget(self._buttons())

    def _buttons(self) -> QWidget:
        box = QDialogButtonBox(self)
        self.go = QPushButton(tr("C&lone"), box)
        self.go.setObjectName("go")
        self.go.setDefault(True)
        close = QPushButton(tr("Close"), box)
        close.setAutoDefault(False)
        box.addButton(self.go, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        box.rejected.connect(self.reject)
        self.go.clicked.connect(self._send)
        return box

    def _connect(self, originals: tuple[VmId, ...]) -> None:
        self._soon.timeout.connect(self.recheck)
        self.form.changed.connect(self._plan_soon)
        self.targets.target_chosen.connect(self.form.choose_target)
        self.asker.answered.connect(self._answered)
        self.asker.failed.connect(self.told.setText)
        VmWatch(self, self._desk, originals)
        if self._desk.facts is not None:
            self._desk.facts.refreshed.connect(self._follow)
        self._bridge.timeline_changed.connect(self._plan_soon)
        self._bridge.destroyed.connect(self.reject)

    # The draft

    def _plan_soon(self) -> None:
        """Not at once: two hundred clones among thousands of VMs take a tenth of a second."""
        self._is_fresh = False
        self.go.setEnabled(False)
        self._soon.start()

    def _follow(self, refresh: Refresh) -> None:
        if refresh.vms or refresh.nodes or refresh.things or refresh.removed_vms:
            self._soon.start()

    def recheck(self) -> None:
        """Plans every clone as the form says, and shows what comes of it."""
        cluster = self._desk.cluster
        self.form.list_places(cluster)
        self.form.choose_number({vm.name.casefold() for vm in cluster.vms.values()})
        draft = self.form.draft()
        latest = self._bridge.latest
        self.plan = plan_clones(draft, cluster, cpu_shares(latest) if latest is not None else None, self._guids)
        self._is_fresh = True
        owners = [one.request.to for one in self.plan.clones if one.request is not None]
        spread = [node for node in owners if node is not None] if draft.target is None else []
        self.targets.show_rows(node_rows(cluster, self.plan.targets, draft.count, spread), draft.target)
        self.names.setPlainText(preview(tuple(one.name for one in self.plan.clones)))
        self.form.room.setText(room_words(cluster, dict(self.plan.needs)))
        self._show_problems()
        self._show_button(draft.count)
        self._ask()

    def _show_problems(self) -> None:
        if self.plan.sentence:
            self.notices.show_sentence(self.plan.sentence, "bad")
        else:
            self.notices.show_problems(self.plan.problems)
        ready = self.plan.requests if self.plan.is_whole else ()
        cluster = self._desk.cluster
        self.commands.show_commands(tuple(one.powershell(cluster) for one in ready[:_MOST_COMMANDS]))

    def _show_button(self, count: int) -> None:
        past = self._desk.past_reason
        self.go.setEnabled(self.plan.is_whole and not past)
        self.go.setText(counted(count, "C&lone", "Make {count} c&lones"))
        self.go.setToolTip(past or ("" if self.plan.is_whole else tr("Something stands in the way, see above.")))

    def _send(self) -> None:
        if not self._is_fresh:
            self.recheck()
        if self.plan.is_whole and not self._desk.past_reason:
            self._desk.submit(self.plan.requests)
            self.accept()

    # What it will take

    def _ask(self) -> None:
        if not self.plan.is_whole:
            self.asker.drop()
            self.told.setText("")
            return
        self.asker.ask(self.plan.requests[0])

    def _answered(self, _request: Request, forecast: Forecast) -> None:
        count, size = len(self.plan.clones), sum(need for _, need in self.plan.needs)
        span = forecast.duration_seconds
        if span is None or count == 0:
            self.told.setText(forecast.message)
            return
        seconds = span.middle
        if count == 1:
            words = tr("Forecast: {span}, {size} of files.", span=format_seconds(seconds), size=format_bytes(size))
        else:
            words = tr(
                "Forecast: the first alone takes {one}. All {count} share the storage: up to {all}, {size} of files.",
                one=format_seconds(seconds),
                count=count,
                all=format_seconds(seconds * count),
                size=format_bytes(size),
            )
        self.told.setText(words)

    def done(self, result: int) -> None:
        """Asks nothing more."""
        self._soon.stop()
        self.asker.drop()
        super().done(result)


def open_from_template(desk: Desk, target: NodeId | None) -> None:
    """Asks which of the templates is to be cloned, and how."""
    found = sorted((vm for vm in desk.cluster.vms.values() if vm.is_template), key=lambda one: name_key(one.name))
    if found:
        CloneDialog(tuple(vm.id for vm in found), desk, target, chooses=True).show()
