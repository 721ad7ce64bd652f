"""Dialogs over VMs: they close, and say why, the moment that one of their VMs is no longer there."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from hvgui.cluster.cluster import Changes
from hvgui.cluster.ids import VmId
from hvgui.gui.actions.desk import Desk
from hvgui.gui.words import tr
from hvgui.lab.frames import Opening


class VmWatch(QObject):
    """Belongs to its dialog. It looks when the mirror of the cluster changes, before anybody can press a button: what
    the dialog asks of its VMs in between always finds them."""

    def __init__(self, dialog: QDialog, desk: Desk, vms: tuple[VmId, ...]) -> None:
        super().__init__(dialog)
        self._dialog, self._desk = dialog, desk
        self._names = {vm: desk.cluster.vms[vm].name for vm in vms}
        self._is_over = False
        if desk.bridge is not None:
            desk.bridge.cluster_changed.connect(self._take_changes)
            desk.bridge.world_replaced.connect(self._take_world)

    def _take_changes(self, changes: Changes) -> None:
        if changes.removed_vms:
            self._look()

    def _take_world(self, _opening: Opening) -> None:
        self._look()

    def _look(self) -> None:
        gone = [name for vm, name in self._names.items() if vm not in self._desk.cluster.vms]
        if not gone or self._is_over:
            return
        self._is_over = True
        self._desk.window.say(
            tr("{vm} is no longer in the cluster: '{dialog}' was closed.", vm=gone[0], dialog=_title(self._dialog))
        )
        self._dialog.reject()


def _title(dialog: QDialog) -> str:
    return dialog.windowTitle().rstrip("?.")
