"""A lab is made through the wizard: the article's by pressing Next, and one of any size with everything chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.machines import VmState
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.units import GIB
from hvgui.exchange.samples import sample
from hvgui.gui.application import House, prepare
from hvgui.gui.newlab.wizard import LabWizard
from hvgui.gui.wizard.form_page import choose
from hvgui.gui.wizard.page import WizardPage

_LONG_MS = 20_000
Furnish = Callable[[ClusterRecord], House]


@pytest.fixture
def empty_house(qtbot: QtBot, qapp: QApplication) -> Iterator[House]:
    """The whole program without a lab."""
    prepare(qapp)
    house = House(qapp)
    qtbot.addWidget(house.window)
    house.window.show_welcome()
    house.window.show()
    yield house
    house.window.close()
    house.close()
    house.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _wizard(qtbot: QtBot, house: House) -> LabWizard:
    wizard = house.window.findChild(LabWizard)
    assert wizard is not None
    qtbot.waitUntil(wizard.isActiveWindow, timeout=_LONG_MS)
    return wizard


def _next(qtbot: QtBot, wizard: LabWizard, expected: WizardPage) -> None:
    assert wizard.next.isEnabled(), wizard.why.text()
    qtbot.mouseClick(wizard.next, Qt.MouseButton.LeftButton)
    assert wizard.page is expected


def _type(qtbot: QtBot, field: QWidget, text: str) -> None:
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, text)


def _blocked(wizard: LabWizard, says: str) -> bool:
    """Next is grey, and the reason stands beside it."""
    assert not wizard.next.isEnabled()
    assert wizard.next.toolTip() == wizard.why.text()
    return says in wizard.why.text()


def test_the_article_s_lab_by_pressing_next(qtbot: QtBot, empty_house: House) -> None:
    button = empty_house.window.findChild(QPushButton, "welcome create")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    wizard = _wizard(qtbot, empty_house)
    for page in (wizard.domain, wizard.nodes, wizard.networks, wizard.storage, wizard.machines, wizard.validation):
        _next(qtbot, wizard, page)
    qtbot.waitUntil(wizard.next.isEnabled, timeout=_LONG_MS)
    assert "0 failed" not in wizard.validation.doing.text()
    assert wizard.validation.doing.text().startswith("Ended: ")
    _next(qtbot, wizard, wizard.create_page)
    assert wizard.create_page.command.toPlainText() == "hvgui new lab.hvlab"
    qtbot.mouseClick(wizard.next, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: empty_house.bridge is not None, timeout=_LONG_MS)
    assert empty_house.bridge is not None
    cluster = empty_house.bridge.cluster
    assert (cluster.name, len(cluster.nodes), len(cluster.vms)) == ("LAB-CLUSTER", 2, 2)
    assert all(vm.state is VmState.RUNNING for vm in cluster.vms.values())
    assert any(vm.clients.video is not None for vm in cluster.vms.values())
    assert empty_house.window.windowTitle().startswith("LAB-CLUSTER")


def test_what_is_wrong_is_said_on_the_page_where_it_is(qtbot: QtBot, empty_house: House) -> None:
    empty_house.window.board.actions["file.create-lab"].trigger()
    wizard = _wizard(qtbot, empty_house)
    _type(qtbot, wizard.kind.name, "two words")
    assert _blocked(wizard, "no cluster name")
    _type(qtbot, wizard.kind.name, "OURS")
    _next(qtbot, wizard, wizard.domain)
    wizard.domain.joins.setChecked(False)
    assert _blocked(wizard, "a failover cluster needs one")
    assert not wizard.domain.name.isEnabled()
    assert wizard.domain.name.toolTip()
    wizard.domain.joins.setChecked(True)
    _next(qtbot, wizard, wizard.nodes)
    _type(qtbot, wizard.nodes.memory, "lots")
    assert _blocked(wizard, "'lots' is not a size")
    _type(qtbot, wizard.nodes.memory, "16 GB")
    choose(wizard.nodes.processor, "opteron-270")
    assert not wizard.nodes.virtualises.isEnabled()
    assert "no VM starts on it" in wizard.nodes.told.text()
    for page in (wizard.networks, wizard.storage, wizard.machines):
        _next(qtbot, wizard, page)
    assert _blocked(wizard, "no hardware virtualisation")
    for _ in range(3):
        qtbot.mouseClick(wizard.back, Qt.MouseButton.LeftButton)
    assert wizard.page is wizard.nodes
    choose(wizard.nodes.processor, "xeon-e5540")
    _next(qtbot, wizard, wizard.networks)
    for row in list(wizard.networks.rows):
        qtbot.mouseClick(row.away, Qt.MouseButton.LeftButton)
    assert _blocked(wizard, "1 to 8 networks")
    qtbot.mouseClick(wizard.networks.add, Qt.MouseButton.LeftButton)
    assert wizard.plan.networks[0].role is NetworkRole.CLUSTER_AND_CLIENT
    _next(qtbot, wizard, wizard.storage)
    _type(qtbot, wizard.storage.volume_size, "10 GB")
    assert _blocked(wizard, "may grow to")
    wizard.reject()
    assert empty_house.bridge is None


def test_any_size_with_everything_chosen(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(sample("article-lab"))
    house.window.board.actions["file.create-lab"].trigger()
    wizard = _wizard(qtbot, house)
    qtbot.mouseClick(wizard.kind.larger, Qt.MouseButton.LeftButton)
    assert wizard.kind.name.text() == "CLUSTER1"
    choose(wizard.kind.profile, "2012 R2")
    _next(qtbot, wizard, wizard.domain)
    _next(qtbot, wizard, wizard.nodes)
    wizard.nodes.count.setValue(6)
    choose(wizard.nodes.processor, "xeon-e5-2650")
    _type(qtbot, wizard.nodes.memory, "128 GB")
    _next(qtbot, wizard, wizard.networks)
    _next(qtbot, wizard, wizard.storage)
    wizard.storage.shared.setChecked(False)
    assert not wizard.storage.count.isEnabled()
    _next(qtbot, wizard, wizard.machines)
    wizard.machines.mixture.setValue(30)
    qtbot.mouseClick(wizard.machines.mix, Qt.MouseButton.LeftButton)
    assert sum(spin.value() for spin in wizard.machines.counts.values()) == 30
    assert "30 VMs on 6 nodes" in wizard.machines.told.text()
    assert "6 nodes with 128 GB each" in wizard.picture.accessibleDescription()
    _next(qtbot, wizard, wizard.validation)
    qtbot.waitUntil(wizard.next.isEnabled, timeout=_LONG_MS)
    _next(qtbot, wizard, wizard.create_page)
    assert "--nodes 6" in wizard.create_page.command.toPlainText()
    qtbot.mouseClick(wizard.next, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge.name == "CLUSTER1", timeout=_LONG_MS)
    assert house.bridge is not None
    cluster = house.bridge.cluster
    assert (len(cluster.nodes), len(cluster.vms), len(cluster.volumes)) == (6, 30, 0)
    assert {node.memory_bytes for node in cluster.nodes.values()} == {128 * GIB}
    assert cluster.profile.name == "2012 R2"


def test_tests_that_fail_stand_before_the_cluster(qtbot: QtBot, empty_house: House) -> None:
    """Servers alone, without hardware virtualisation: the plan is sound, and yet they are not fit to be a cluster."""
    empty_house.window.board.actions["file.create-lab"].trigger()
    wizard = _wizard(qtbot, empty_house)
    for page in (wizard.domain, wizard.nodes):
        _next(qtbot, wizard, page)
    wizard.domain.controller.setChecked(False)
    wizard.nodes.virtualises.setChecked(False)
    for page in (wizard.networks, wizard.storage, wizard.machines):
        _next(qtbot, wizard, page)
    qtbot.mouseClick(wizard.machines.none, Qt.MouseButton.LeftButton)
    _next(qtbot, wizard, wizard.validation)
    qtbot.waitUntil(lambda: wizard.validation.done is not None, timeout=_LONG_MS)
    assert _blocked(wizard, "has no hardware virtualisation")
    assert wizard.back.isEnabled()
    wizard.reject()


def test_the_wizard_by_keyboard_alone(qtbot: QtBot, empty_house: House) -> None:
    empty_house.window.board.actions["file.create-lab"].trigger()
    wizard = _wizard(qtbot, empty_house)
    assert wizard.kind.article.hasFocus()
    qtbot.keyClick(wizard.kind.article, Qt.Key.Key_Down)
    assert wizard.kind.larger.isChecked()
    for page in (wizard.domain, wizard.nodes, wizard.networks, wizard.storage, wizard.machines):
        qtbot.keyClick(wizard, Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda page=page: wizard.page is page, timeout=_LONG_MS)
    qtbot.keyClick(wizard, Qt.Key.Key_M, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: sum(group.count for group in wizard.plan.machines) == 40, timeout=_LONG_MS)
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: empty_house.window.findChild(LabWizard) is None, timeout=_LONG_MS)
