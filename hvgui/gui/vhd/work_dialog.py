"""What dialogs have in common that work on files: a bar, a button that begins, one that calls off or closes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QProgressBar, QPushButton, QWidget

from hvgui.gui.vhd.work import DiskWork, Work
from hvgui.gui.words import tr


class WorkDialog(QDialog):
    """Stays open to tell how it went. Subclasses place `about`, `told`, `bar` and `buttons`, and say what is meant."""

    def __init__(self, begin: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.work = DiskWork(self)
        self.about, self.told = QLabel(self), QLabel(self)
        for label in (self.about, self.told):
            label.setWordWrap(True)
        self.about.setProperty("role", "muted")
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(tr("Progress"))
        self.bar.hide()
        self.buttons = QDialogButtonBox(self)
        self.go = QPushButton(begin, self.buttons)
        self.go.setObjectName("go")
        self.go.setDefault(True)
        self.cancel = QPushButton(tr("Close"), self.buttons)
        self.cancel.setObjectName("cancel")
        self.cancel.setAutoDefault(False)
        self.buttons.addButton(self.go, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self.go.clicked.connect(self._begin)
        self.cancel.clicked.connect(self._cancel_or_close)
        self.work.progressed.connect(lambda share: self.bar.setValue(round(1000 * share)))
        self.work.ended.connect(self._ended)

    def meant(self) -> Work:
        """The work that the form stands for. Raises an error with a sentence where it can't be done."""
        raise NotImplementedError

    def recheck(self) -> None:
        """Says whether it can begin."""
        raise NotImplementedError

    def _begin(self) -> None:
        work = self.meant()
        self.told.setText("")
        self.bar.setValue(0)
        self.bar.show()
        self.go.setEnabled(False)
        self.cancel.setText(tr("Cancel"))
        self.work.begin(work)

    def _ended(self, sentence: str, went_well: bool) -> None:
        self.bar.hide()
        self.cancel.setText(tr("Close"))
        self.told.setProperty("tone", "" if went_well else "bad")
        self.told.style().unpolish(self.told)
        self.told.style().polish(self.told)
        self.told.setText(sentence)
        self.recheck()

    def _cancel_or_close(self) -> None:
        if self.work.is_busy:
            self.work.stop()
        else:
            self.reject()

    def done(self, result: int) -> None:
        """Nothing goes on behind a closed dialog."""
        self.work.close()
        super().done(result)
