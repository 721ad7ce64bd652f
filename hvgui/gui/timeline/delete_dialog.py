"""Asks before a branch is deleted, with what would be lost."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hvgui.gui.icons import pixmap
from hvgui.gui.words import tr


class DeleteBranchDialog(QDialog):
    """Cancel is what Enter does."""

    confirmed = Signal()
    """Whoever was asked wants it gone."""

    def __init__(self, name: str, lost: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("delete branch dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Delete the branch"))
        sign = QLabel(self)
        sign.setPixmap(pixmap("alert-triangle", "warning", 32))
        heading = QLabel(tr("Delete the branch {name} for good?", name=name), self)
        heading.setProperty("role", "section")
        heading.setWordWrap(True)
        words = QLabel(tr("It would lose {what}", what=lost), self)
        words.setObjectName("delete branch words")
        words.setWordWrap(True)
        box = QDialogButtonBox(self)
        delete = QPushButton(tr("Delete"), box)
        delete.setObjectName("delete branch")
        delete.setAutoDefault(False)
        box.addButton(delete, QDialogButtonBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QDialogButtonBox.StandardButton.Cancel)
        cancel.setText(tr("Cancel"))
        cancel.setDefault(True)
        box.rejected.connect(self.reject)
        delete.clicked.connect(self.accept)
        self.accepted.connect(self.confirmed)
        texts = QVBoxLayout()
        texts.addWidget(heading)
        texts.addWidget(words)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(texts, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(14)
        column.addLayout(top)
        column.addWidget(box)
        self.setMinimumWidth(460)
