"""A line for a file's path, with a button that asks for it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QWidget

from hvgui.gui.icons import icon
from hvgui.gui.words import tr


class FileField(QWidget):
    """The path as it is written; nobody has looked whether the file is there."""

    changed = Signal()

    def __init__(self, name: str, *, saves: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._saves = name, saves
        self.line = QLineEdit(self)
        self.line.setAccessibleName(name)
        button = QToolButton(self)
        button.setIcon(icon("folder-open"))
        button.setToolTip(tr("Choose a file"))
        button.setAccessibleName(tr("Choose a file: {name}", name=name))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(button)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self.changed)
        button.clicked.connect(self._ask)

    @property
    def path(self) -> Path | None:
        """The path; None while nothing is written."""
        text = self.line.text().strip()
        return Path(text).expanduser() if text else None

    def _ask(self) -> None:
        dialog = QFileDialog(self, self._name, self.line.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilters([tr("Virtual hard disks (*.vhd *.avhd)"), tr("All files (*)")])
        if self._saves:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix("vhd")
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.line.setText)
        dialog.open()
