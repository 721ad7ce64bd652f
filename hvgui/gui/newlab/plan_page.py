"""What the wizard's pages over a plan share: each changes its part of it, and is told what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

from hvgui.exchange.lab_plan import LabPlan, Part, PlanProblem
from hvgui.gui.wizard.page import WizardPage

if TYPE_CHECKING:
    from collections.abc import Iterator

_ORDER = tuple(Part)


class PlanPage(WizardPage):
    """A form. Subclasses say how a plan looks in it (`show_plan`), and what plan it makes of one (`applied`)."""

    def __init__(self, title: str, about: str, name: str, part: Part) -> None:
        super().__init__(title, about, name)
        self.part = part
        self.problems: Callable[[], tuple[PlanProblem, ...]] = tuple
        """Asks for the problems of the plan as all pages make it."""
        self._is_filling = False
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(16)
        self.form.setVerticalSpacing(9)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)

    def show_plan(self, plan: LabPlan) -> None:
        """Fills the fields, silently."""
        raise NotImplementedError

    def applied(self, plan: LabPlan) -> LabPlan:
        """The plan with what the fields say. Raises ValueError with a sentence for what can't be read."""
        raise NotImplementedError

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

    def why_not(self) -> str:
        """The first problem of this page or of one before."""
        reach = _ORDER.index(self.part)
        return next((one.sentence for one in self.problems() if _ORDER.index(one.part) <= reach), "")


def choose(box: QComboBox, key: str) -> None:
    """The entry of that key."""
    box.setCurrentIndex(max(0, box.findData(key)))
