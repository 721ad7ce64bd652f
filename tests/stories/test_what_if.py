"""What-if through the window: everything tried, called off, a cell chosen, written for other programs, room counted."""

from __future__ import annotations

import csv
import multiprocessing
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.profiles import PROFILES
from hvgui.exchange.generated import generated
from hvgui.exchange.samples import sample
from hvgui.gui.application import House
from hvgui.gui.objects import Kind, Ref, node_ref, vm_ref
from hvgui.gui.theme import LIGHT
from hvgui.gui.what_if.grades import Grade
from hvgui.gui.what_if.window import WhatIfWindow
from hvgui.requests.faults import CrashNode
from small_cluster import small_record, small_vm

_LONG_MS = 60_000
Furnish = Callable[[ClusterRecord], House]


class Browser(QObject):
    """Stands in for the browser: takes note of what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


@pytest.fixture
def browser(qapp: object) -> Iterator[Browser]:
    made = Browser()
    QDesktopServices.setUrlHandler("file", made, "open")
    yield made
    QDesktopServices.unsetUrlHandler("file")


def _right_click(house: House, ref: Ref, command: str) -> WhatIfWindow:
    """The object's menu in the tree, and an entry of it or of its submenus."""
    panes = house.window.panes
    assert panes is not None
    panes.reveal(ref)
    panes.inventory.tree.menu_wanted.emit(panes.inventory.tree.viewport().mapToGlobal(QPoint(20, 20)))
    menu = house.window.findChild(QMenu, "context menu")
    assert isinstance(menu, QMenu)
    menus = [menu, *(one for one in menu.findChildren(QMenu))]
    action = next(one for some in menus for one in some.actions() if one.objectName() == command)
    assert action.isEnabled(), action.toolTip()
    action.trigger()
    menu.close()
    window = house.window.findChild(WhatIfWindow)
    assert window is not None
    assert not window.isModal()
    return window


def _try(qtbot: QtBot, window: WhatIfWindow) -> None:
    qtbot.mouseClick(window.start, Qt.MouseButton.LeftButton)
    assert window.cancel.isEnabled()
    assert not window.start.isEnabled()
    assert window.start.toolTip() == "A study is under way."
    qtbot.waitUntil(lambda: not window.run.is_busy, timeout=_LONG_MS)
    assert window.start.isEnabled()
    assert window.start.text() == "Run a&gain"
    assert not window.cancel.isEnabled()


def test_everything_is_tried_and_a_cell_leads_to_the_vm(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(sample("small-business"))
    window = _right_click(house, Ref(Kind.CLUSTER), "cluster.what-if")
    assert window.estimate.text() == "10 trials, a few seconds."
    assert "Nothing has been tried yet" in window.saving.view.toolTip()
    _try(qtbot, window)
    assert window.banner.words.text() == "N - 1 holds, N - 2 does not"
    assert window.banner.property("tone") == "warning"
    assert "takes the quorum" in window.banner.sentence.text()
    assert window.banner.moment.text().startswith("Tried as of 00:00:0")
    assert window.bar.value() == window.table.rowCount() == 10
    assert "stays down" not in window.page.title.text()
    assert window.page.title.text().endswith("Quorum lost"), "the worst is chosen"
    picture = window.matrix.picture
    at = picture.places.place(0, 0).center().toPoint()
    assert picture.words_at(at.toPointF()).startswith("HV01 crashes: Clients notice.")
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at)
    assert window.table.number_at(window.view.currentIndex()) == 0
    assert window.page.title.text() == "HV01 crashes: Clients notice"
    fate = window.page.table.rows[0]
    assert fate.words.startswith("Runs again on HV0")
    assert window.page.view.currentIndex().isValid()
    qtbot.mouseClick(window.page.show_vm, Qt.MouseButton.LeftButton)
    assert house.window.panes is not None
    assert house.window.panes.refs == (vm_ref(fate.fate.vm),)
    qtbot.keyClick(picture, Qt.Key.Key_Right)
    assert window.page.title.text() == "HV01 and HV02 crash: Quorum lost"
    qtbot.keyClick(picture, Qt.Key.Key_Return)
    assert window.page.view.hasFocus()
    qtbot.keyClick(window.view, Qt.Key.Key_Home)
    assert picture.number == 0, "the table leads in the picture, too"
    report = window.report
    qtbot.keyClick(window.view, Qt.Key.Key_Return)
    assert window.page.view.hasFocus()
    qtbot.keyClick(window.room.vms, Qt.Key.Key_Return)
    assert window.report is report, "Enter starts nothing there"
    assert not window.run.is_busy
    window.form.crashes.setFocus()
    qtbot.keyClick(window.form.crashes, Qt.Key.Key_Return)
    assert window.run.is_busy
    window.reject()


def test_it_is_written_for_other_programs(qtbot: QtBot, furnished: Furnish, browser: Browser, tmp_path: Path) -> None:
    house = furnished(sample("small-business"))
    window = _right_click(house, Ref(Kind.CLUSTER), "cluster.what-if")
    _try(qtbot, window)
    for action, name, file in (
        (window.saving.picture, "save picture", "all.png"),
        (window.saving.picture, "save picture", "all.svg"),
        (window.saving.table, "save table", "all.csv"),
        (window.saving.report, "save report", "all.html"),
    ):
        action.trigger()
        dialog = window.findChild(QFileDialog, name)
        assert dialog is not None
        dialog.fileSelected.emit(str(tmp_path / file))
        dialog.setObjectName("answered")
        dialog.close()
        qtbot.waitUntil((tmp_path / file).is_file, timeout=_LONG_MS)
    drawn = QImage(str(tmp_path / "all.png"))
    assert drawn.width() > 2 * window.matrix.picture.places.width
    colours = {drawn.pixelColor(x, drawn.height() // 3).name() for x in range(0, drawn.width(), 3)}
    assert {LIGHT.window, LIGHT.bad} < colours, "it is painted"
    svg = (tmp_path / "all.svg").read_text(encoding="utf-8")
    assert "HV03" in svg
    assert "Quorum lost (3)" in svg
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["case"] for line in lines] == [row.title for row in window.table.rows]
    assert lines[3]["outcome"] == "Quorum lost"
    assert int(lines[3]["stay_down"]) == window.table.rows[3].down > 0
    qtbot.waitUntil(lambda: "all.html" in window.said.text(), timeout=_LONG_MS)
    qtbot.mouseClick(window.saving.view, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(browser.opened), timeout=_LONG_MS)
    text = Path(browser.opened[0]).read_text(encoding="utf-8")
    assert text == (tmp_path / "all.html").read_text(encoding="utf-8")
    assert "HV01 and HV02 crash" in text
    window.saving.save_table(str(tmp_path / "no such folder" / "all.csv"))
    assert "could not be written" in window.said.text()
    window.reject()


def test_called_off_halfway_what_was_tried_stays(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(generated(16, 1000, PROFILES["2022"]))
    window = _right_click(house, Ref(Kind.CLUSTER), "cluster.what-if")
    assert window.estimate.text().startswith("153 trials, about")
    qtbot.waitUntil(lambda: "more in all" in window.room.answer.text(), timeout=_LONG_MS)
    forecasters = set(multiprocessing.active_children())
    qtbot.mouseClick(window.start, Qt.MouseButton.LeftButton)
    assert not window.form.isEnabled()
    qtbot.waitUntil(lambda: window.bar.value() >= 4, timeout=_LONG_MS)
    assert "of 153 tried" in window.banner.words.text()
    tried = [row for row in window.table.rows if row.grade is not None]
    assert len(tried) >= 4, "the table fills in while it goes on"
    began = time.monotonic()
    qtbot.mouseClick(window.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.run.is_busy, timeout=_LONG_MS)
    assert time.monotonic() - began < 2.0
    assert window.banner.sentence.text().startswith("Called off after ")
    assert window.report is not None
    assert not window.report.is_complete
    done = sum(row.grade is not None for row in window.table.rows)
    assert len(tried) <= done == len(window.report.outcomes) < 153
    assert window.form.isEnabled()
    assert window.start.text() == "Run a&gain"
    window.reject()
    qtbot.waitUntil(lambda: forecasters >= set(multiprocessing.active_children()), timeout=_LONG_MS)


def test_a_node_is_right_clicked_and_later_it_crashes(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(sample("small-business"))
    window = _right_click(house, node_ref(1), "node.what-if")
    assert window.form.nodes.currentText() == "HV02"
    _try(qtbot, window)
    assert [row.title for row in window.table.rows] == [
        "HV02 crashes",
        "HV01 and HV02 crash",
        "HV02 and HV03 crash",
        "HV02 is drained",
    ]
    assert "No verdict" not in window.banner.words.text()
    assert "Of 3 losses" not in window.banner.sentence.text()
    assert house.bridge is not None
    house.bridge.submit(CrashNode(NodeId(1)))
    qtbot.waitUntil(lambda: "has changed since" in window.banner.moment.text(), timeout=_LONG_MS)
    qtbot.waitUntil(lambda: "Not up, and not tried: HV02." in window.estimate.text(), timeout=_LONG_MS)
    assert window.form.nodes.currentText() == "all 2 nodes that are up"
    action = house.window.board.actions["node.what-if"]
    house.window.board.refresh()
    assert "HV02 is not up" in action.toolTip()
    _try(qtbot, window)
    assert window.banner.moment.text().endswith("of the lab's clock.")
    assert [row.title for row in window.table.rows] == [
        "HV01 crashes",
        "HV03 crashes",
        "HV01 and HV03 crash",
        "HV01 is drained",
        "HV03 is drained",
    ]
    window.reject()


def test_how_many_more_like_a_vm(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(small_record(tuple(small_vm(number, number % 3) for number in range(6)), nodes=3))
    window = _right_click(house, vm_ref(2), "vm.more-like")
    assert window.room.vms.currentText() == "VM02"
    qtbot.waitUntil(lambda: "more in all" in window.room.answer.text(), timeout=_LONG_MS)
    assert window.room.answer.text() == (
        "(4 GB): <b>15</b> more in all, <b>8</b> with every node's loss still covered."
    )
    assert "Memory runs out first on each node" in window.room.why.text()
    assert "With one more" in window.room.why.text()
    # The same window, another VM.
    assert _right_click(house, vm_ref(4), "vm.more-like") is window
    assert window.room.vms.currentText() == "VM04"
    qtbot.waitUntil(lambda: "more in all" in window.room.answer.text(), timeout=_LONG_MS)
    window.reject()


def test_a_single_node_and_none_that_is_up(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(small_record((small_vm(),), nodes=1))
    window = _right_click(house, Ref(Kind.CLUSTER), "cluster.what-if")
    assert not window.form.pairs.isEnabled()
    assert "two nodes that are up" in window.form.pairs.toolTip()
    assert not window.form.drains.isEnabled()
    _try(qtbot, window)
    assert [row.grade for row in window.table.rows] == [Grade.NO_QUORUM, Grade.ALL_UP]
    assert window.banner.words.text() == "N - 1 does not hold"
    assert house.bridge is not None
    house.bridge.submit(CrashNode(NodeId(0)))
    qtbot.waitUntil(lambda: "No node is up" in window.estimate.text(), timeout=_LONG_MS)
    assert not window.start.isEnabled()
    assert "No node is up" in window.start.toolTip()
    window.reject()


def test_the_past_is_tried_and_says_so(qtbot: QtBot, furnished: Furnish) -> None:
    record = sample("small-business")
    house = furnished(replace(record, nodes=(replace(record.nodes[0], state=NodeState.UP), *record.nodes[1:])))
    session = house.session
    assert session is not None
    assert house.bridge is not None
    session.step()
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge.time_ns > 0, timeout=_LONG_MS)
    house.window.board.refresh()
    assert house.window.desk.past is not None
    house.window.desk.past.look_at(0)
    qtbot.waitUntil(lambda: bool(house.window.desk.past_reason), timeout=_LONG_MS)
    window = _right_click(house, Ref(Kind.CLUSTER), "cluster.what-if")
    window.form.pairs.setChecked(False)
    _try(qtbot, window)
    assert "a moment of the past" in window.banner.moment.text()
    house.window.desk.past.return_to_present()
    qtbot.waitUntil(lambda: "Another moment" in window.banner.moment.text(), timeout=_LONG_MS)
    window.reject()


def test_the_lab_is_left_while_it_is_tried(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(generated(16, 1000, PROFILES["2022"]))
    window = _right_click(house, Ref(Kind.CLUSTER), "cluster.what-if")
    qtbot.mouseClick(window.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.bar.value() >= 1, timeout=_LONG_MS)
    house.window.doings.open_sample("small-business")
    qtbot.waitUntil(lambda: house.window.findChild(WhatIfWindow) is None, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge.name == "small-business", timeout=_LONG_MS)
