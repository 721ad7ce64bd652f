"""The window as a person uses it, on the article's lab with the engine running."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QListWidget,
    QMenu,
    QPushButton,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.gui.actions.confirm import ConfirmDialog
from hvgui.gui.actions.palette import CommandPalette
from hvgui.gui.application import House
from hvgui.gui.dialogs.reading import FindingsDialog
from hvgui.gui.inventory_model import vms_as_mime
from hvgui.gui.objects import Kind, Ref, link_ref, node_ref, vm_ref
from hvgui.gui.opening import Wish
from hvgui.gui.theme import CONTRAST, DARK, LIGHT

_LONG_MS = 20_000
SAMPLE = "article-lab"
"""What the fixture `house` opens."""


def _vm_named(house: House, name: str) -> VmId:
    assert house.bridge is not None
    return next(vm.id for vm in house.bridge.cluster.vms.values() if vm.name == name)


def _running(house: House) -> VmId:
    assert house.bridge is not None
    vms = house.bridge.cluster.vms.values()
    return next(vm.id for vm in vms if vm.state is VmState.RUNNING and vm.highly_available)


def _menu_of(house: House, ref: Ref) -> QMenu:
    """Right-click on the object in the tree."""
    assert house.window.panes is not None
    house.window.panes.reveal(ref)
    tree = house.window.panes.inventory.tree
    tree.menu_wanted.emit(tree.viewport().mapToGlobal(QPoint(20, 20)))
    menu = house.window.findChild(QMenu, "context menu")
    assert isinstance(menu, QMenu)
    return menu


def _give(house: House, command: str) -> None:
    house.window.board.actions[command].trigger()


def test_a_new_lab_lives_at_once_and_one_that_was_kept_stands(qtbot: QtBot, house: House, tmp_path: Path) -> None:
    assert house.bridge is not None
    house.open(Wish(sample="small-business"))
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge.name == "small-business", timeout=_LONG_MS)
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge.time_ns > 0, timeout=_LONG_MS)
    left = house.session
    assert left is not None
    house.open(Wish(path=left.save_as(tmp_path / "kept.hvlab").result(timeout=20)))
    qtbot.waitUntil(lambda: house.session is not left and house.session is not None, timeout=_LONG_MS)
    assert not house.bridge.pace.playing
    assert house.bridge.time_ns > 0


def test_right_click_live_migrate_and_watch_it(qtbot: QtBot, house: House) -> None:
    assert house.bridge is not None
    panes = house.window.panes
    assert panes is not None
    vm = _running(house)
    source = house.bridge.cluster.vms[vm].owner
    menu = _menu_of(house, vm_ref(vm))
    submenu = next(child for child in menu.findChildren(QMenu) if child.objectName() == "menu vm.live-migrate")
    submenu.aboutToShow.emit()
    target = next(action for action in submenu.actions() if action.isEnabled() and "★" in action.text())
    target.trigger()
    menu.close()
    _give(house, "time.play")
    qtbot.waitUntil(lambda: panes.task_model.rowCount() == 1, timeout=_LONG_MS)
    house.window.time_bar.speed_wanted.emit(600.0)
    qtbot.waitUntil(lambda: panes.task_model.under_way == 0, timeout=_LONG_MS)
    assert house.bridge.cluster.vms[vm].owner != source
    words = [str(panes.task_model.index(0, column).data()) for column in range(panes.task_model.columnCount())]
    assert words[3].startswith("Succeeded")
    assert "blackout" in words[7]
    moved = panes.model.index_of_ref(node_ref(house.bridge.cluster.vms[vm].owner))
    below = [panes.model.index(row, 0, moved).data() for row in range(panes.model.rowCount(moved))]
    assert house.bridge.cluster.vms[vm].name in below
    assert any("began" in event.message for event in panes.events.model.shown)


def test_a_vm_is_dropped_on_a_node_and_the_dialog_asks(qtbot: QtBot, house: House) -> None:
    panes = house.window.panes
    assert panes is not None
    assert house.bridge is not None
    vm = _running(house)
    other = next(node for node in house.bridge.cluster.nodes if node != house.bridge.cluster.vms[vm].owner)
    tree = panes.inventory.tree
    index = panes.model.index_of_ref(node_ref(other))
    tree.scrollTo(index)
    place = QPointF(tree.visualRect(index).center())
    data = vms_as_mime((vm,))
    move, left, none = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(tree.viewport(), QDragEnterEvent(place.toPoint(), move, data, left, none))
    QApplication.sendEvent(tree.viewport(), QDropEvent(place, move, data, left, none))
    dialogs = [child for child in house.window.findChildren(QDialog) if child.isVisible()]
    assert len(dialogs) == 1
    assert house.bridge.cluster.vms[vm].owner != other  # asked, not done
    dialogs[0].reject()


def test_the_space_bar_plays_and_pauses_but_not_while_one_types(qtbot: QtBot, house: House) -> None:
    panes = house.window.panes
    assert panes is not None
    assert house.bridge is not None
    house.window.activateWindow()
    panes.inventory.tree.setFocus()
    qtbot.keyClick(panes.inventory.tree, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge.pace.playing, timeout=_LONG_MS)
    qtbot.keyClick(panes.inventory.tree, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: house.bridge is not None and not house.bridge.pace.playing, timeout=_LONG_MS)
    panes.inventory.line.setFocus()
    qtbot.keyClick(panes.inventory.line, Qt.Key.Key_A)
    qtbot.keyClick(panes.inventory.line, Qt.Key.Key_Space)
    assert panes.inventory.line.text() == "a "
    assert not house.bridge.pace.playing


def test_by_keyboard_alone_through_the_palette(qtbot: QtBot, house: House) -> None:
    assert house.window.panes is not None
    assert house.bridge is not None
    vm = _running(house)
    house.window.panes.reveal(vm_ref(vm))
    _give(house, "edit.palette")
    palette = house.window.findChild(CommandPalette)
    assert isinstance(palette, CommandPalette)
    line = palette.findChild(QLineEdit)
    assert line is not None
    qtbot.keyClicks(line, "vm pause")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _state(house, vm) is VmState.PAUSED, timeout=_LONG_MS)


def _state(house: House, vm: VmId) -> VmState | None:
    return house.bridge.cluster.vms[vm].state if house.bridge is not None else None


def test_turning_off_asks_first(qtbot: QtBot, house: House) -> None:
    assert house.window.panes is not None
    vm = _running(house)
    house.window.panes.reveal(vm_ref(vm))
    _give(house, "vm.turn-off")
    dialog = house.window.findChild(ConfirmDialog)
    assert isinstance(dialog, ConfirmDialog)
    go = dialog.findChild(QPushButton, "confirm go")
    assert go is not None
    qtbot.mouseClick(go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: _state(house, vm) is VmState.OFF, timeout=_LONG_MS)


def test_a_cut_link_is_seen_in_the_tree_and_mended(qtbot: QtBot, house: House) -> None:
    panes = house.window.panes
    assert panes is not None
    panes.reveal(link_ref(0, 0))
    index = panes.model.index_of_ref(link_ref(0, 0))
    assert index.siblingAtColumn(1).data() != "Cut"
    _give(house, "link.cut")
    qtbot.waitUntil(lambda: panes.model.index_of_ref(link_ref(0, 0)).siblingAtColumn(1).data() == "Cut")
    qtbot.waitUntil(house.window.board.actions["link.restore"].isEnabled)
    _give(house, "link.restore")
    qtbot.waitUntil(lambda: panes.model.index_of_ref(link_ref(0, 0)).siblingAtColumn(1).data() != "Cut")


def test_a_crashed_node_is_seen_and_powered_on(qtbot: QtBot, house: House) -> None:
    panes = house.window.panes
    assert panes is not None
    panes.reveal(node_ref(0))
    _give(house, "node.crash")
    dialog = house.window.findChild(ConfirmDialog)
    assert isinstance(dialog, ConfirmDialog)
    dialog.accept()
    state = lambda: str(panes.model.index_of_ref(node_ref(0)).siblingAtColumn(1).data())  # noqa: E731
    qtbot.waitUntil(lambda: state() == "Down, not noticed yet", timeout=_LONG_MS)
    qtbot.waitUntil(house.window.board.actions["node.power-on"].isEnabled)
    _give(house, "node.power-on")
    qtbot.waitUntil(lambda: state() in ("Joining", "Up"), timeout=_LONG_MS)


def test_every_branch_and_tab_can_be_looked_at(qtbot: QtBot, house: House) -> None:
    panes = house.window.panes
    assert panes is not None
    refs = [Ref(kind) for kind in Kind if kind <= Kind.EVENTS]
    refs += [vm_ref(0), node_ref(0), Ref(Kind.SAN, 0), Ref(Kind.LUN, 0), Ref(Kind.VOLUME, 0), Ref(Kind.NETWORK, 0)]
    for ref in [*refs, link_ref(0, 0)]:
        panes.reveal(ref)
        assert panes.details.ref == ref
        for tab in range(panes.details.tabs.count()):
            panes.details.tabs.setCurrentIndex(tab)
            QApplication.processEvents()


def test_the_window_fits_a_small_screen_and_names_stay_readable(qtbot: QtBot, house: House) -> None:
    window = house.window
    assert window.panes is not None
    for ref in (Ref(Kind.CLUSTER), node_ref(0), vm_ref(0)):
        window.panes.reveal(ref)
        assert window.minimumSizeHint().width() <= 1024
        assert window.minimumSizeHint().height() <= 640
    window.resize(1024, 660)
    buttons = window.findChildren(QToolButton, "snapshot take")
    details = window.panes.details
    details.tabs.setCurrentIndex([details.tabs.tabText(one) for one in range(details.tabs.count())].index("Snapshots"))
    narrow = Qt.ToolButtonStyle.ToolButtonIconOnly
    qtbot.waitUntil(lambda: any(one.isVisible() and one.toolButtonStyle() is narrow for one in buttons))
    tree = window.panes.inventory.tree
    assert tree.columnWidth(0) >= 120
    window.resize(1600, 900)
    qtbot.waitUntil(lambda: any(one.isVisible() and one.toolButtonStyle() is not narrow for one in buttons))


def test_an_inventory_dropped_on_the_window_is_opened_and_its_findings_shown(
    qtbot: QtBot, house: House, tmp_path: Path
) -> None:
    file = tmp_path / "vms.json"
    vms = [{"Name": f"WEB{n}", "State": "Running", "MemoryStartup": 2**30, "ProcessorCount": 2} for n in range(3)]
    file.write_text(json.dumps(vms), encoding="utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    before = house.bridge
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, none)
    house.window.dragEnterEvent(enter)
    assert enter.isAccepted()
    house.window.dropEvent(QDropEvent(QPointF(300, 300), copy, data, left, none))
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge is not before, timeout=_LONG_MS)
    assert house.bridge is not None
    assert {vm.name for vm in house.bridge.cluster.vms.values()} == {"WEB0", "WEB1", "WEB2"}
    dialog = house.window.findChild(FindingsDialog)
    assert isinstance(dialog, FindingsDialog)
    listed = dialog.findChild(QListWidget)
    assert listed is not None
    copy_all = dialog.findChild(QPushButton, "copy findings")
    assert copy_all is not None
    copy_all.click()
    assert len(QApplication.clipboard().text().splitlines()) >= listed.count()
    dialog.reject()


def test_a_file_that_is_none_gives_a_sentence_and_the_lab_stays(qtbot: QtBot, house: House, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text("{", encoding="utf-8")
    before = house.bridge
    house.window.doings.open_path(str(file))
    qtbot.waitUntil(lambda: "broken.json" in house.window.notice.text, timeout=_LONG_MS)
    assert house.bridge is before
    assert house.window.panes is not None
    assert house.window.panes.details.isVisible()
    close = house.window.notice.findChild(QToolButton, "notice close")
    assert close is not None
    close.click()
    assert house.window.notice.text == ""


def test_a_lab_is_saved_under_a_name_and_opened_again(qtbot: QtBot, house: House, tmp_path: Path) -> None:
    assert house.bridge is not None
    vm = _running(house)
    assert house.window.panes is not None
    house.window.panes.reveal(vm_ref(vm))
    _give(house, "vm.save")
    house.window.doings.save_wished.emit(tmp_path / "mine")
    qtbot.waitUntil((tmp_path / "mine.hvlab").is_file, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: "mine.hvlab" in house.window.notice.text, timeout=_LONG_MS)
    before = house.bridge
    house.window.doings.open_sample("small-business")
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge is not before, timeout=_LONG_MS)
    assert len(house.bridge.cluster.vms) == 25
    second = house.bridge
    house.window.doings.open_path(str(tmp_path / "mine.hvlab"))
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge is not second, timeout=_LONG_MS)
    assert _state(house, vm) in (VmState.SAVING, VmState.SAVED)


def test_opening_can_be_cancelled(qtbot: QtBot, house: House) -> None:
    before = house.bridge
    house.window.doings.open_sample("r2-maximum")
    cancel = house.window.opening_page.findChild(QPushButton, "cancel opening")
    assert cancel is not None
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert house.bridge is before
    assert house.window.panes is not None
    assert house.window.panes.details.isVisible()


def test_light_dark_and_high_contrast(house: House) -> None:
    assert house.window.panes is not None
    for name, colours in (("dark", DARK), ("contrast", CONTRAST), ("light", LIGHT)):
        house.theme.choose(name)
        assert house.window.palette().window().color().name() == colours.window
        picture = house.window.grab().toImage()
        assert not picture.isNull()
        assert picture.pixelColor(2, picture.height() // 2).lightness() < 128 or not colours.is_dark


def test_what_was_open_chosen_and_hidden_is_remembered(qtbot: QtBot, qapp: QApplication, house: House) -> None:
    panes = house.window.panes
    assert panes is not None
    panes.reveal(node_ref(1))
    tasks = next(dock for dock in house.window.docks if dock.objectName() == "tasks")
    tasks.hide()
    house.window.close()
    again = House(qapp)
    qtbot.addWidget(again.window)
    again.open_first("article-lab")
    again.window.show()
    qtbot.waitUntil(lambda: again.window.panes is not None, timeout=_LONG_MS)
    assert again.window.panes is not None
    assert again.window.panes.details.ref == node_ref(NodeId(1))
    assert not next(dock for dock in again.window.docks if dock.objectName() == "tasks").isVisible()
    again.window.close()
    again.deleteLater()


def test_what_a_person_can_reach_has_a_name(house: House) -> None:
    """For screen readers: every control that takes the focus says what it is."""
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView)
    reached = [
        widget
        for kind in kinds
        for widget in house.window.findChildren(kind)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(reached) > 10
    nameless = [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in reached
        if not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    ]
    assert nameless == []
