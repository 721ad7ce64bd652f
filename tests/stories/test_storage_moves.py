"""Who shares a LUN goes along, and the dialog says so beforehand; volumes are enabled once their notice is read."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.storage import LunUse
from hvgui.cluster.tasks import TaskKind
from hvgui.gui.application import House
from hvgui.gui.bridge import Bridge
from hvgui.gui.migrate.dialog import MigrateDialog, open_migrate_dialog
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.storage.enable_dialog import EnableDialog
from storage_labs import OWN, busy_guest, storage_record

_LONG_MS = 20_000
Furnish = Callable[[ClusterRecord], House]


def _bridge(house: House) -> Bridge:
    assert house.bridge is not None
    return house.bridge


def _migrate(house: House, kind: TaskKind) -> MigrateDialog:
    dialog = open_migrate_dialog(house.window, _bridge(house), (VmId(0),), kind, None)
    assert isinstance(dialog, MigrateDialog)
    return dialog


def test_who_shares_a_lun_goes_along_and_is_named_before(qtbot: QtBot, furnished: Furnish) -> None:
    made = furnished(storage_record(busy_guest(lun=OWN), busy_guest(1, lun=OWN), busy_guest(2)))
    dialog = _migrate(made, TaskKind.LIVE_MIGRATION)
    said = " ".join(dialog.page.notices.sentences())
    assert "OWN holds disks of VM01 as well" in said
    assert not dialog.migrate_button.isEnabled()
    dialog.reject()
    dialog = _migrate(made, TaskKind.QUICK_MIGRATION)
    said = " ".join(dialog.page.notices.sentences())
    assert "VM01 shares its LUN and goes along. VM01 will be saved and restored" in said
    qtbot.waitUntil(dialog.migrate_button.isEnabled, timeout=_LONG_MS)
    dialog.migrate_button.click()
    bridge = _bridge(made)
    bridge.session.set_speed(600.0)
    bridge.session.play()
    qtbot.waitUntil(lambda: dialog.runs is not None and dialog.runs.are_over, timeout=_LONG_MS)
    vms, lun = bridge.cluster.vms, bridge.cluster.luns[OWN]
    qtbot.waitUntil(lambda: vms[VmId(1)].state is VmState.RUNNING, timeout=_LONG_MS)
    assert vms[VmId(0)].owner == vms[VmId(1)].owner == lun.owner != 0
    assert vms[VmId(2)].owner == 0
    dialog.reject()


def _without_volumes() -> ClusterRecord:
    record = storage_record(busy_guest(lun=OWN))
    luns = tuple(replace(lun, use=LunUse.AVAILABLE) if lun.use is LunUse.SHARED_VOLUME else lun for lun in record.luns)
    return replace(record, volumes=(), luns=luns, shared_volumes_enabled=False)


def test_volumes_are_enabled_once_their_notice_is_read(qtbot: QtBot, furnished: Furnish) -> None:
    made = furnished(_without_volumes())
    board, panes = made.window.board, made.window.panes
    assert panes is not None
    assert not panes.model.index_of_ref(Ref(Kind.VOLUMES)).isValid()
    panes.reveal(Ref(Kind.CLUSTER))
    assert not board.actions["csv.add"].isEnabled()
    board.actions["csv.enable"].trigger()
    dialog = next(one for one in made.window.findChildren(EnableDialog) if one.isVisible())
    go = dialog.findChild(QPushButton, "apply")
    assert go is not None
    assert not go.isEnabled()
    assert "nothing else" in " ".join(label.text() for label in dialog.findChildren(QLabel))
    dialog.read.setChecked(True)
    qtbot.mouseClick(go, Qt.MouseButton.LeftButton)
    bridge = _bridge(made)
    qtbot.waitUntil(lambda: bridge.cluster.shared_volumes_enabled, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: panes.model.index_of_ref(Ref(Kind.VOLUMES)).isValid(), timeout=_LONG_MS)
    panes.reveal(Ref(Kind.VOLUMES))
    qtbot.waitUntil(board.actions["csv.add"].isEnabled, timeout=_LONG_MS)
    assert "already" in board.actions["csv.enable"].toolTip()
    assert bridge.cluster.luns[LunId(0)].use is LunUse.AVAILABLE
