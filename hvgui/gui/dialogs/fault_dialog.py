"""Something went wrong in hvgui itself: what, in which version, after what. To be copied; never sent by itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QPlainTextEdit, QPushButton, QWidget

from hvgui.gui.dialogs.reading import ReadingDialog
from hvgui.gui.words import tr


class FaultDialog(ReadingDialog):
    """The report, to be read and copied."""

    def __init__(self, heading: str, report: str, log: Path | None, parent: QWidget) -> None:
        super().__init__(tr("Report of a fault"), heading, "fault report", parent)
        self._log = log
        self._text = QPlainTextEdit(report, self)
        self._text.setObjectName("fault text")
        self._text.setAccessibleName(tr("Report"))
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.put(self._text)
        copy = QPushButton(tr("Copy"), self.box)
        copy.setObjectName("copy report")
        copy.setAutoDefault(False)
        copy.clicked.connect(self._copy)
        self.box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        folder = QPushButton(tr("Open the folder of the log"), self.box)
        folder.setObjectName("open log folder")
        folder.setEnabled(log is not None)
        folder.setToolTip(str(log) if log is not None else tr("No log could be written; its last lines stand above."))
        folder.clicked.connect(self._open_folder)
        self.box.addButton(folder, QDialogButtonBox.ButtonRole.ActionRole)
        self.resize(760, 520)

    def say(self, report: str) -> None:
        """Another report, because something more went wrong meanwhile."""
        self._text.setPlainText(report)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())

    def _open_folder(self) -> None:
        if self._log is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log.parent)))
