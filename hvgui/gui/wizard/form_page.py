"""A step of a wizard that is a form: captions at the left, fields at the right."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

from hvgui.gui.wizard.page import WizardPage

if TYPE_CHECKING:
    from collections.abc import Iterator


class FormPage(WizardPage):
    """Subclasses add rows; `changed` is emitted for what a person changes, not for what fills the fields."""

    def __init__(self, title: str, about: str, name: str) -> None:
        super().__init__(title, about, name)
        self._is_filling = False
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(16)
        self.form.setVerticalSpacing(9)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Fields that change meanwhile are not the person's doing."""
        self._is_filling = True
        try:
            yield
        finally:
            self._is_filling = False

    def tell(self, *_: object) -> None:
        """The person has changed a field."""
        if not self._is_filling:
            self.changed.emit()

    def add_row(self, caption: str, field: QWidget, name: str) -> None:
        """One line of the form."""
        field.setObjectName(name)
        field.setAccessibleName(caption.replace("&", ""))
        label = QLabel(caption, self)
        label.setBuddy(field)
        label.setMinimumHeight(field.sizeHint().height())
        self.form.addRow(label, field)

    def line(self, caption: str, name: str) -> QLineEdit:
        """A row with a line of text."""
        field = QLineEdit(self)
        field.textChanged.connect(self.tell)
        self.add_row(caption, field, name)
        return field

    def choice(self, caption: str, name: str, choices: dict[str, str]) -> QComboBox:
        """A row with a list of choices: what each is called, by its key."""
        field = QComboBox(self)
        for key, title in choices.items():
            field.addItem(title, key)
        field.currentIndexChanged.connect(self.tell)
        self.add_row(caption, field, name)
        return field


def choose(box: QComboBox, key: str) -> None:
    """The entry of that key."""
    box.setCurrentIndex(max(0, box.findData(key)))
