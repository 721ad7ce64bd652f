"""Going back to a snapshot, as Hyper-V Manager asks: take one of now first, apply at once, or leave it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout

from hvgui.cluster.ids import VmId
from hvgui.cluster.snapshots import by_id
from hvgui.cluster.units import format_clock
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.facts import Refresh
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.snapshots.forecast_lines import ForecastLines
from hvgui.gui.snapshots.words import kind_words
from hvgui.gui.words import tr
from hvgui.requests.problems import Severity, blockers
from hvgui.requests.request import Request
from hvgui.requests.snapshots import ApplySnapshot, RevertVm

_WIDTH = 540


class ApplyDialog(QDialog):
    """Three buttons: *Take Snapshot and Apply*, *Apply* (or *Revert*), *Cancel*."""

    def __init__(self, vm: VmId, snapshot: int, desk: Desk, *, reverts: bool = False) -> None:
        super().__init__(desk.parent)
        self._desk, self._vm, self._snapshot = desk, vm, snapshot
        self._first = ApplySnapshot(vm, snapshot, takes_first=True)
        self._at_once: Request = RevertVm(vm) if reverts else ApplySnapshot(vm, snapshot)
        self.setObjectName("apply snapshot")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        verb = tr("Revert") if reverts else tr("Apply")
        self.setWindowTitle(tr("Revert") if reverts else tr("Apply snapshot"))
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        self.problems = QLabel(self)
        self.problems.setObjectName("problems")
        self.problems.setWordWrap(True)
        self.problems.setProperty("tone", "bad")
        self.forecast = ForecastLines(desk.bridge, self)
        self.take_first = QPushButton(tr("&Take Snapshot and {verb}", verb=verb), self)
        self.take_first.setObjectName("take and apply")
        self.apply = QPushButton(f"&{verb}", self)
        self.apply.setObjectName("apply")
        self._captions = (tr("Taken first"), verb)
        self._build()
        self.take_first.clicked.connect(self._send_first)
        self.apply.clicked.connect(self._send_at_once)
        if desk.facts is not None:
            desk.facts.refreshed.connect(self._follow)
        VmWatch(self, desk, (vm,))
        self.recheck()
        fit_on_screen(self)

    def _build(self) -> None:
        box = QDialogButtonBox(self)
        box.addButton(self.take_first, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(self.apply, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(12)
        column.addWidget(self.about)
        column.addWidget(self.forecast)
        column.addWidget(self.problems)
        column.addStretch(1)
        column.addWidget(box)
        self.setMinimumWidth(_WIDTH)
        # Enter keeps what is now; it never throws it away.
        self.take_first.setDefault(True)

    def recheck(self) -> None:
        """What each button does now, or why it can't."""
        cluster = self._desk.cluster
        vm = cluster.vms.get(self._vm)
        one = by_id(vm.snapshots).get(self._snapshot) if vm is not None else None
        if vm is None or one is None or one.is_deleted:
            self.reject()
            return
        text = tr(
            "{vm} becomes as it was in '{name}', taken at {moment} ({kind}).",
            vm=vm.name,
            name=one.name,
            moment=format_clock(one.taken_ns),
            kind=kind_words(one),
        )
        warnings = [str(found) for found in self._at_once.check(cluster) if found.severity is Severity.WARNING]
        self.about.setText("\n".join((text, *warnings)))
        self.about.setMinimumHeight(self.about.heightForWidth(_WIDTH - 40))
        reasons = []
        for button, request in ((self.take_first, self._first), (self.apply, self._at_once)):
            found = blockers(request.check(cluster))
            button.setEnabled(not found)
            button.setToolTip(str(found[0]) if found else "")
            reasons += [str(problem) for problem in found[:1]]
        self.problems.setText("\n".join(dict.fromkeys(reasons)))
        self.problems.setVisible(bool(reasons))
        possible = zip(self._captions, (self._first, self._at_once), strict=True)
        self.forecast.ask(*((words, one) for words, one in possible if not blockers(one.check(cluster))))

    def _follow(self, refresh: Refresh) -> None:
        if refresh:
            self.recheck()

    def _send_first(self) -> None:
        self._send(self._first)

    def _send_at_once(self) -> None:
        self._send(self._at_once)

    def _send(self, request: Request) -> None:
        self._desk.submit((request,))
        self.accept()
