"""Asks for the name of a branch: one line, with a default, and what stands in the way of a name."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from hvgui.gui.words import tr

_LONGEST = 80


class NameDialog(QDialog):
    """Tells the name when it is accepted."""

    named = Signal(str)
    """A name that is not empty, and that no other branch has."""

    def __init__(
        self, title: str, about: str, button: str, default: str, taken: tuple[str, ...], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("branch name dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._taken = {one.casefold() for one in taken}
        words = QLabel(about, self)
        words.setWordWrap(True)
        self.line = QLineEdit(default, self)
        self.line.setObjectName("branch name")
        self.line.setAccessibleName(tr("Name of the branch"))
        self.line.setMaxLength(_LONGEST)
        self.line.selectAll()
        self._why = QLabel(self)
        self._why.setObjectName("branch name problem")
        self._why.setProperty("tone", "bad")
        self._why.setWordWrap(True)
        box = QDialogButtonBox(self)
        self._go = QPushButton(button, box)
        self._go.setObjectName("branch name accept")
        self._go.setDefault(True)
        box.addButton(self._go, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(10)
        for widget in (words, self.line, self._why, box):
            column.addWidget(widget)
        self.setMinimumWidth(460)
        self.line.textChanged.connect(self._check)
        self.accepted.connect(self._tell)
        self._check(default)

    def _check(self, text: str) -> None:
        name = text.strip()
        why = ""
        if not name:
            why = tr("A branch needs a name.")
        elif name.casefold() in self._taken:
            why = tr("There is a branch of that name already.")
        self._why.setText(why)
        self._go.setEnabled(not why)

    def _tell(self) -> None:
        self.named.emit(self.line.text().strip())
