"""Disk files through the window: made, inspected, edited with progress, called off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.machines import VmState
from hvgui.cluster.units import GIB, MIB
from hvgui.exchange.vhd.description import describe
from hvgui.exchange.vhd.layout import VhdType
from hvgui.exchange.vhd.writing import create, footer_of, new_file, writer_for
from hvgui.gui.application import House
from hvgui.gui.main_window import MainWindow
from hvgui.gui.objects import vm_ref
from hvgui.gui.theme import Theme
from hvgui.gui.vhd.edit_dialog import EditDiskDialog
from hvgui.gui.vhd.export_dialog import ExportDialog
from hvgui.gui.vhd.inspect_dialog import InspectDiskDialog
from storage_labs import busy_guest, storage_record

_LONG_MS = 20_000
Furnish = Callable[[ClusterRecord], House]
D = TypeVar("D", bound=QDialog)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    """The window without a lab."""
    made = MainWindow(Theme(qapp))
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _open(window: MainWindow, command: str, kind: type[D]) -> D:
    window.board.actions[command].trigger()
    return next(one for one in window.findChildren(kind) if one.isVisible())


def _do(qtbot: QtBot, dialog: EditDiskDialog, what: str) -> str:
    dialog.doing.setCurrentIndex(dialog.doing.findData(what))
    assert dialog.go.isEnabled(), dialog.about.text()
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.work.is_busy, timeout=_LONG_MS)
    return dialog.told.text()


def test_made_inspected_and_edited(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    base, child = tmp_path / "base.vhd", tmp_path / "child.avhd"
    new = _open(window, "disk-file.new", EditDiskDialog)
    new.file.line.setText(str(base))
    assert not new.go.isEnabled()
    new.new_size.setText("100 GB")
    assert "is made: 100 GB" in _do(qtbot, new, "dynamic")
    new.file.line.setText(str(child))
    new.relative.line.setText(str(base))
    assert "is made: 100 GB" in _do(qtbot, new, "differencing")
    new.reject()
    look = _open(window, "disk-file.inspect", InspectDiskDialog)
    look.file.line.setText(str(child))
    names = [look.chain.topLevelItem(row).text(0) for row in range(2)]  # type: ignore[union-attr]
    assert names == ["child.avhd", "base.vhd"]
    assert "The disk is whole." in look.told.toPlainText()
    look.reject()
    edit = _open(window, "disk-file.edit", EditDiskDialog)
    edit.file.line.setText(str(child))
    edit.doing.setCurrentIndex(edit.doing.findData("expand"))
    assert "has its parent's size" in edit.about.text()
    edit.target.line.setText(str(tmp_path / "merged.vhd"))
    assert _do(qtbot, edit, "merge-new") == "Merged into merged.vhd."
    assert _do(qtbot, edit, "merge-parent") == "Merged into base.vhd."
    edit.file.line.setText(str(tmp_path / "merged.vhd"))
    edit.new_size.setText("200 GB")
    assert _do(qtbot, edit, "expand") == "Done."
    assert describe(tmp_path / "merged.vhd").size_bytes == 200 * GIB
    assert "freed" in _do(qtbot, edit, "compact")
    edit.reject()


def test_a_long_conversion_is_called_off(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "big.vhd"
    with new_file(path) as file:
        writer = writer_for(file, footer_of(VhdType.DYNAMIC, 100 * GIB), path)
        for number in range(400):
            writer.write(number * 64 * MIB, b"\1" * 2 * MIB)
        writer.finish()
    edit = _open(window, "disk-file.edit", EditDiskDialog)
    edit.file.line.setText(str(path))
    edit.target.line.setText(str(tmp_path / "fixed.vhd"))
    edit.doing.setCurrentIndex(edit.doing.findData("convert-fixed"))
    qtbot.mouseClick(edit.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: edit.bar.value() > 0 or not edit.work.is_busy, timeout=_LONG_MS)
    assert edit.cancel.text() == "Cancel"
    qtbot.mouseClick(edit.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not edit.work.is_busy, timeout=_LONG_MS)
    assert edit.told.text() == "Called off; nothing was changed."
    assert [one.name for one in tmp_path.iterdir()] == ["big.vhd"]
    edit.reject()


def test_damage_is_shown_and_a_lost_parent_given_again(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    base, child = tmp_path / "base.vhd", tmp_path / "child.avhd"
    create(base, VhdType.DYNAMIC, GIB)
    create(child, VhdType.DIFFERENCING, parent=base)
    (tmp_path / "away").mkdir()
    moved = base.rename(tmp_path / "away" / "moved.vhd")
    look = _open(window, "disk-file.inspect", InspectDiskDialog)
    look.file.line.setText(str(child))
    assert "its parent base.vhd is not there" in look.told.toPlainText()
    look.reject()
    edit = _open(window, "disk-file.edit", EditDiskDialog)
    edit.file.line.setText(str(child))
    assert "is not there" in edit.about.text()
    edit.relative.line.setText(str(moved))
    assert _do(qtbot, edit, "reconnect") == "Done."
    assert describe(child).parents == (str(moved),)
    edit.file.line.setText(str(tmp_path / "none.vhd"))
    assert "There is no file" in edit.about.text()
    edit.reject()


def test_a_vm_is_exported_to_a_real_folder(qtbot: QtBot, furnished: Furnish, tmp_path: Path) -> None:
    house = furnished(storage_record(replace(busy_guest(), state=VmState.OFF, assigned_bytes=0), busy_guest(1)))
    board, panes = house.window.board, house.window.panes
    assert panes is not None
    panes.reveal(vm_ref(1))
    assert "exported while it is off or saved" in board.actions["vm.export"].toolTip()
    panes.reveal(vm_ref(0))
    board.actions["vm.export"].trigger()
    dialog = next(one for one in house.window.findChildren(ExportDialog) if one.isVisible())
    dialog.folder.setText(str(tmp_path / "none"))
    assert not dialog.go.isEnabled()
    dialog.folder.setText(str(tmp_path))
    assert "1 disk file with 10 GB" in dialog.about.text()
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.work.is_busy, timeout=_LONG_MS)
    assert dialog.told.text() == f"Exported to {tmp_path / 'VM00'}."
    assert describe(tmp_path / "VM00" / "Virtual Hard Disks" / "system0.vhd").size_bytes == 40 * GIB
    assert "exists already" in dialog.about.text()
    dialog.reject()
