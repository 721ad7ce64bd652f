"""The equivalent PowerShell, to be read and copied."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QPlainTextEdit, QToolButton, QWidget

from hvgui.gui.icons import icon
from hvgui.gui.words import tr

_MOST_LINES = 3


class CommandBox(QWidget):
    """One line for one VM, up to three at a glance for several."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        label = QLabel(tr("Equivalent &PowerShell"), self)
        label.setProperty("role", "section")
        self._text = QPlainTextEdit(self)
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setAccessibleName(tr("Equivalent PowerShell"))
        label.setBuddy(self._text)
        self._copy = QToolButton(self)
        self._copy.setIcon(icon("copy", "muted"))
        self._copy.setToolTip(tr("Copy the command"))
        self._copy.setAccessibleName(tr("Copy the PowerShell command"))
        self._copy.clicked.connect(self.copy)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(3)
        layout.addWidget(label, 0, 0)
        layout.addWidget(self._copy, 0, 1)
        layout.addWidget(self._text, 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        self.show_commands(())

    @property
    def text(self) -> str:
        """What it shows."""
        return self._text.toPlainText()

    def show_commands(self, commands: tuple[str, ...]) -> None:
        """One command a line."""
        text = "\n".join(commands)
        if text != self._text.toPlainText() or not commands:
            self._text.setPlainText(text)
        self._copy.setEnabled(bool(commands))
        lines = min(_MOST_LINES, max(1, len(commands)))
        space = self._text.fontMetrics().lineSpacing()
        self._text.setFixedHeight(lines * space + 30)

    def copy(self) -> None:
        """Puts the commands on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)
