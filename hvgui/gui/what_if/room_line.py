"""Capacity left: how many more VMs like a chosen one, in all and covered, and what runs out first."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from hvgui.cluster.ids import VmId
from hvgui.cluster.units import format_bytes
from hvgui.cluster.what_if import RoomLeft
from hvgui.gui.words import tr
from hvgui.requests.request import vm_name

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge


class RoomLine(QWidget):
    """Asks the session whenever another VM is chosen."""

    counted = Signal()
    """An answer has come."""

    def __init__(self, bridge: Bridge, like: VmId | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._like = like
        self._future: Future[RoomLeft | None] | None = None
        self.vms = QComboBox(self)
        self.vms.setObjectName("like")
        self.vms.setAccessibleName(tr("More virtual machines like"))
        self.vms.setEditable(True)
        self.vms.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.vms.setMinimumWidth(26 * self.fontMetrics().averageCharWidth())
        completer = self.vms.completer()
        if completer is not None:
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.answer = QLabel(self)
        self.answer.setObjectName("room")
        self.answer.setWordWrap(True)
        self.why = QLabel(self)
        self.why.setObjectName("room why")
        self.why.setWordWrap(True)
        self.why.setProperty("role", "muted")
        label = QLabel(tr("Room for more &like"), self)
        label.setBuddy(self.vms)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.answer)
        words.addWidget(self.why)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.vms)
        row.addLayout(words, 1)
        self._fill()
        self.vms.activated.connect(self._chosen)
        self.ask()

    @property
    def like(self) -> VmId | None:
        """The VM that is chosen; None: the most usual size."""
        return self._like

    def choose(self, vm: VmId) -> None:
        """Counts for another VM."""
        self._like = vm
        self._show_like()
        self.ask()

    def ask(self) -> None:
        """Counts anew."""
        if self._like is not None and self._like not in self._bridge.cluster.vms:
            self._like = None
        if self.vms.count() == 0:
            self._say(tr("There is no VM in this cluster."), "")
            return
        self._say(tr("Counting..."), "")
        self._future = self._bridge.session.room_left(self._like)
        self._bridge.follow(self._future, self._take)

    def _fill(self) -> None:
        vms = sorted(self._bridge.cluster.vms.values(), key=lambda vm: (vm.name.casefold(), vm.id))
        for vm in vms:
            self.vms.addItem(vm.name, int(vm.id))
        self._show_like()

    def _show_like(self) -> None:
        self.vms.setCurrentIndex(-1 if self._like is None else self.vms.findData(int(self._like)))

    def _chosen(self, index: int) -> None:
        self.choose(VmId(int(self.vms.itemData(index))))

    def _take(self, future: Future[RoomLeft | None]) -> None:
        if future is not self._future:
            return
        self._future = None
        error = None if future.cancelled() else future.exception()
        if future.cancelled():
            self._say(tr("Not counted: something else was asked for."), "")
        elif error is not None:
            self._say(tr("Not counted: {why}", why=str(error) or type(error).__name__), "")
        else:
            self.show_room(future.result())
        self.counted.emit()

    def show_room(self, room: RoomLeft | None) -> None:
        """An answer in words."""
        if room is None:
            self._say(tr("There is no VM to go by, or no node is up."), "")
            return
        self._like = room.like
        self._show_like()
        self._say(
            tr(
                "({size}): <b>{all}</b> more in all, <b>{covered}</b> with every node's loss still covered.",
                size=format_bytes(room.memory_bytes),
                all=f"{room.in_all:,}",
                covered=f"{room.covered:,}",
            ),
            f"{room.why} {room.why_covered}".strip(),
        )
        name = vm_name(self._bridge.cluster, room.like)
        plain = tr("{all} more like {vm} in all, {covered} covered.", all=room.in_all, vm=name, covered=room.covered)
        self.answer.setAccessibleName(plain)

    def _say(self, text: str, why: str) -> None:
        self.answer.setText(text)
        self.why.setText(why)
        self.why.setVisible(bool(why))
