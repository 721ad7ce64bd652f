"""Inspecting a disk file: what it is, its chain of parents with their sizes, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.units import format_bytes
from hvgui.exchange.vhd.checking import check
from hvgui.exchange.vhd.description import DiskDescription, describe
from hvgui.exchange.vhd.errors import VhdError
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.vhd.file_field import FileField
from hvgui.gui.vhd.work import sentence_of
from hvgui.gui.words import tr


class InspectDiskDialog(QDialog):
    """Shows whatever file stands in its line."""

    def __init__(self, parent: QWidget | None = None, path: Path | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspect disk")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Inspect disk"))
        self.file = FileField(tr("Disk to inspect"), parent=self)
        self.chain = QTreeWidget(self)
        self.chain.setObjectName("disk chain")
        self.chain.setAccessibleName(tr("The disk and its parents"))
        self.chain.setHeaderLabels([tr("File"), tr("Type"), tr("Size"), tr("In the file"), tr("Folder")])
        self.chain.setRootIsDecorated(False)
        self.told = QPlainTextEdit(self)
        self.told.setObjectName("disk findings")
        self.told.setAccessibleName(tr("Findings"))
        self.told.setReadOnly(True)
        box = QDialogButtonBox(self)
        box.addButton(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        label = QLabel(tr("&Disk"), self)
        label.setBuddy(self.file)
        for widget in (label, self.file, self.chain, self.told, box):
            column.addWidget(widget)
        self.file.changed.connect(self.inspect)
        self.resize(720, 460)
        fit_on_screen(self)
        if path is not None:
            self.file.line.setText(str(path))

    def inspect(self) -> None:
        """Looks at the file anew."""
        self.chain.clear()
        path = self.file.path
        if path is None or not path.is_file():
            self.told.setPlainText(tr("There is no such file.") if path is not None else "")
            return
        try:
            found = describe(path)
            self._show_chain(found)
            self.told.setPlainText("\n".join(_lines(found, path)))
        except (VhdError, OSError) as error:
            self.told.setPlainText("\n".join((sentence_of(error), *_damages(path))))

    def _show_chain(self, found: DiskDescription) -> None:
        for one in (found, *(describe(Path(parent)) for parent in found.parents)):
            sizes = (format_bytes(one.size_bytes), format_bytes(one.file_bytes))
            path = Path(one.path)
            self.chain.addTopLevelItem(QTreeWidgetItem([path.name, tr(one.kind), *sizes, str(path.parent)]))
        for column in range(4):
            self.chain.resizeColumnToContents(column)


def _lines(found: DiskDescription, path: Path) -> list[str]:
    lines = [
        tr("Unique ID {id}, created {moment} UTC.", id=found.unique_id, moment=found.created),
        tr(
            "Geometry: {cylinders} cylinders, {heads} heads, {sectors} sectors a track.",
            cylinders=f"{found.cylinders:,}",
            heads=found.heads,
            sectors=found.sectors,
        ),
    ]
    if found.blocks is not None:
        lines.append(
            tr(
                "{used} of {all} blocks of {size} are in the file.",
                used=f"{found.allocated:,}",
                all=f"{found.blocks:,}",
                size=format_bytes(found.block_bytes or 0),
            )
        )
    if found.parents:
        # A merge into the parent frees the whole file; what of it overlaps costs nothing there.
        lines.append(tr("Merged into its parent, it frees up to {size}.", size=format_bytes(found.file_bytes)))
    return [*lines, *(_damages(path) or [tr("The disk is whole.")])]


def _damages(path: Path) -> list[str]:
    try:
        return [tr("Damage – {what}.", what=str(one)) for one in check(path)]
    except VhdError as error:
        return [sentence_of(error)]
