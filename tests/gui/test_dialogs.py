"""The small dialogs: forms over draft requests, and things to read."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSpinBox,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from hvgui.cluster.events import Level
from hvgui.cluster.ids import NetworkId, NodeId, VmId
from hvgui.cluster.load import CurveKind
from hvgui.exchange.findings import Finding
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.table import COMMANDS
from hvgui.gui.bridge import Bridge
from hvgui.gui.dialogs.about_dialog import AboutDialog
from hvgui.gui.dialogs.clients_dialog import ClientsDialog
from hvgui.gui.dialogs.load_dialog import CurveField, LoadDialog
from hvgui.gui.dialogs.reading import FindingsDialog, ShortcutsDialog
from hvgui.gui.dialogs.speed_dialog import SpeedDialog
from hvgui.gui.objects import link_ref
from hvgui.requests.faults import SetLinkSpeed
from hvgui.requests.guests import SetClients, SetLoad
from stand_in import StandInSession


@pytest.fixture
def desk(qtbot: QtBot, office_bridge: Bridge) -> Desk:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = Desk(None, parent)  # type: ignore[arg-type]  # these dialogs ask nothing of the window
    made.bridge = office_bridge
    return made


def _apply(dialog: QWidget) -> QPushButton:
    button = dialog.findChild(QPushButton, "apply")
    assert isinstance(button, QPushButton)
    return button


def test_the_load_of_several_guests(desk: Desk, stand_in: StandInSession) -> None:
    dialog = LoadDialog((VmId(0), VmId(1)), desk)
    dialog.open()
    field = dialog.findChild(CurveField, "load cpu")
    assert field is not None
    level, swing = field.findChildren(QDoubleSpinBox)
    shape = field.findChild(QComboBox)
    assert shape is not None
    level.setValue(75)
    shape.setCurrentIndex(shape.findData(CurveKind.BURSTY.value))
    swing.setValue(20)
    _apply(dialog).click()
    assert [type(one) for one in stand_in.submitted] == [SetLoad, SetLoad]
    request = stand_in.submitted[0]
    assert isinstance(request, SetLoad)
    assert request.load.cpu.kind is CurveKind.BURSTY
    assert request.load.cpu.level == pytest.approx(0.75)
    assert request.load.cpu.swing == pytest.approx(0.2)
    before = desk.cluster.vms[VmId(0)].load
    assert request.load.cpu.period_seconds == before.cpu.period_seconds


def test_an_untouched_load_stays_as_it_is(desk: Desk, stand_in: StandInSession) -> None:
    for vm in desk.cluster.vms.values():
        dialog = LoadDialog((vm.id,), desk)
        (request,) = dialog.requests()
        assert isinstance(request, SetLoad)
        assert request.load == vm.load
        dialog.close()
        dialog.deleteLater()


def test_the_video_of_a_vm(desk: Desk, stand_in: StandInSession) -> None:
    dialog = ClientsDialog((VmId(2),), desk)
    dialog.open()
    connections = dialog.findChild(QSpinBox, "connections")
    video, rate = dialog.findChild(QCheckBox, "video"), dialog.findChild(QDoubleSpinBox, "bit rate")
    assert connections is not None
    assert video is not None
    assert rate is not None
    video.setChecked(False)
    assert not rate.isEnabled()
    video.setChecked(True)
    connections.setValue(120)
    rate.setValue(8.0)
    _apply(dialog).click()
    (request,) = stand_in.submitted
    assert isinstance(request, SetClients)
    assert request.clients.connections == 120
    assert request.clients.video is not None
    assert request.clients.video.bytes_per_second == pytest.approx(1_000_000)


def test_a_speed_that_is_none_is_said_and_can_t_be_applied(desk: Desk, stand_in: StandInSession) -> None:
    dialog = SpeedDialog((link_ref(1, 0),), desk)
    dialog.open()
    line, problems = dialog.findChild(QLineEdit, "link speed"), dialog.findChild(QLabel, "problems")
    assert line is not None
    assert problems is not None
    line.setText("fast")
    assert not _apply(dialog).isEnabled()
    assert "'fast' is not a rate" in problems.text()
    line.setText("1 bit/s")
    assert not _apply(dialog).isEnabled()
    line.setText("100 Mbit/s")
    assert problems.isHidden()
    _apply(dialog).click()
    assert stand_in.submitted == [SetLinkSpeed(NodeId(1), NetworkId(0), 12_500_000.0)]


def test_findings_are_listed_and_copied(qtbot: QtBot, desk: Desk) -> None:
    findings = (Finding(Level.ERROR, "row 7", "left out"), Finding(Level.WARNING, "WEB1", "assumed something"))
    dialog = FindingsDialog("cluster.json", findings, desk.parent)
    dialog.open()
    listed = dialog.findChild(QListWidget)
    assert listed is not None
    assert listed.count() == 2
    copy = dialog.findChild(QPushButton, "copy findings")
    assert copy is not None
    copy.click()
    assert QApplication.clipboard().text() == "row 7: left out\nWEB1: assumed something"
    dialog.reject()


def test_every_shortcut_is_listed(desk: Desk) -> None:
    dialog = ShortcutsDialog(desk.parent)
    table = dialog.findChild(QTreeWidget)
    assert table is not None
    assert table.topLevelItemCount() == sum(bool(command.shortcut) for command in COMMANDS)
    dialog.deleteLater()
    about = AboutDialog(desk.parent)
    assert any("MIT" in label.text() for label in about.findChildren(QLabel))
    about.deleteLater()
