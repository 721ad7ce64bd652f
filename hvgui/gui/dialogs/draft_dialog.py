"""What dialogs over draft requests share: every change checks anew, and the button works when nothing blocks."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hvgui.gui.actions.desk import Desk
from hvgui.gui.words import tr
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request


class DraftDialog(QDialog):
    """A form. Subclasses fill `form`, call `ready` once it stands, and say what requests it stands for."""

    def __init__(self, title: str, about: str, desk: Desk, name: str) -> None:
        super().__init__(desk.parent)
        self.desk = desk
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(500)
        heading = QLabel(about, self)
        heading.setProperty("role", "muted")
        heading.setWordWrap(True)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(16)
        self.form.setVerticalSpacing(9)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._problems = QLabel(self)
        self._problems.setObjectName("problems")
        self._problems.setWordWrap(True)
        self._problems.setProperty("tone", "bad")
        self._problems.hide()
        box = QDialogButtonBox(self)
        self._apply = QPushButton(tr("Apply"), box)
        self._apply.setObjectName("apply")
        self._apply.setDefault(True)
        box.addButton(self._apply, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(14)
        column.addWidget(heading)
        column.addLayout(self.form)
        column.addWidget(self._problems)
        column.addStretch()
        column.addWidget(box)
        self.accepted.connect(self._send)

    def requests(self) -> tuple[Request, ...]:
        """What the form stands for now. Raises ValueError with a sentence where it can't be read."""
        raise NotImplementedError

    def add_row(self, caption: str, field: QWidget, name: str) -> None:
        """One line of the form."""
        field.setObjectName(name)
        field.setAccessibleName(caption)
        label = QLabel(caption, self)
        label.setBuddy(field)
        label.setMinimumHeight(field.sizeHint().height())
        self.form.addRow(label, field)

    def recheck(self) -> None:
        """Checks the draft and says what blocks it."""
        try:
            found = [one for request in self.requests() for one in blockers(request.check(self.desk.cluster))]
            sentences = [str(problem) for problem in found]
        except ValueError as error:
            sentences = [f"{str(error)[:1].upper()}{str(error)[1:]}."]
        self._problems.setText("\n".join(dict.fromkeys(sentences[:3])))
        self._problems.setVisible(bool(sentences))
        self._apply.setEnabled(not sentences)

    def _send(self) -> None:
        self.desk.submit(self.requests())
