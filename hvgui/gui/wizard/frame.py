"""The frame of a wizard: steps at the left, the page at the right, Back, Next and Cancel below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.tone import set_role, set_tone
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.words import tr

_STEPS_WIDTH = 200


class Wizard(QDialog):
    """Goes through pages; those that are not wanted are passed by. Next on the last one accepts."""

    def __init__(self, title: str, name: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._pages: tuple[WizardPage, ...] = ()
        self._steps: list[QLabel] = []
        self._stack = QStackedWidget(self)
        self.heading, self.about = QLabel(self), QLabel(self)
        self.heading.setProperty("role", "title")
        self.about.setProperty("role", "muted")
        self.about.setWordWrap(True)
        self.why = QLabel(self)
        self.why.setObjectName("why not")
        self.why.setWordWrap(True)
        self.why.setProperty("tone", "bad")
        self.back, self.next, self.cancel = (QPushButton(text, self) for text in (tr("&Back"), "", tr("Cancel")))
        for button, called in ((self.back, "back"), (self.next, "next"), (self.cancel, "cancel")):
            button.setObjectName(called)
            button.setAutoDefault(False)
        self.next.setDefault(True)
        self.back.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        self.cancel.clicked.connect(self.reject)
        self._step_column, self._upper = QVBoxLayout(), QHBoxLayout()
        self._build()

    def _build(self) -> None:
        side = QFrame(self)
        side.setProperty("role", "card")
        side.setFixedWidth(_STEPS_WIDTH)
        side.setLayout(self._step_column)
        self._step_column.setContentsMargins(14, 16, 10, 16)
        self._step_column.setSpacing(9)
        right = QVBoxLayout()
        right.setSpacing(10)
        right.addWidget(self.heading)
        right.addWidget(self.about)
        right.addWidget(self._stack, 1)
        upper = self._upper
        upper.setSpacing(18)
        upper.addWidget(side)
        upper.addLayout(right, 1)
        lower = QHBoxLayout()
        lower.addWidget(self.why, 1)
        for button in (self.back, self.next, self.cancel):
            lower.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(14)
        column.addLayout(upper, 1)
        column.addLayout(lower)

    def begin(self, pages: Sequence[WizardPage]) -> None:
        """Takes the pages and shows the first."""
        self._pages = tuple(pages)
        for page in self._pages:
            self._stack.addWidget(page)
            page.changed.connect(self.recheck)
            page.advanced.connect(self.go_on)
            step = QLabel(page.title, self)
            step.setWordWrap(True)
            self._steps.append(step)
            self._step_column.addWidget(step)
        self._step_column.addStretch()
        fit_on_screen(self)
        self._show(self._pages[0])

    def put_aside(self, widget: QWidget) -> None:
        """Something that stays at the right of every page."""
        self._upper.addWidget(widget)

    @property
    def has_begun(self) -> bool:
        """Whether a page is in sight."""
        return bool(self._pages)

    @property
    def page(self) -> WizardPage:
        """The one in sight."""
        return self._pages[self._stack.currentIndex()]

    def go_on(self) -> None:
        """To the next page that is wanted; from the last one the wizard is done."""
        if self.page.why_not():
            return
        following = [page for page in self._pages[self._stack.currentIndex() + 1 :] if page.is_wanted()]
        if following:
            self._show(following[0])
        else:
            self.accept()

    def go_back(self) -> None:
        """To the page before."""
        before = [page for page in self._pages[: self._stack.currentIndex()] if page.is_wanted()]
        if before and self.page.may_go_back:
            self._show(before[-1])

    def reject(self) -> None:
        """Leaves, unless the page has to end something first."""
        if not self._pages or self.page.left():
            super().reject()

    def recheck(self) -> None:
        """Whether it can go on, and if not, why."""
        page = self.page
        reason = page.why_not()
        self.why.setText(reason)
        set_tone(self.why, "" if page.is_waiting else "bad")
        self.next.setText(page.next_text)
        self.next.setEnabled(not reason)
        self.next.setToolTip(reason)
        if not reason and self.cancel.hasFocus():
            # It came there only because there was nowhere else to go.
            self.next.setFocus()
        first = not any(one.is_wanted() for one in self._pages[: self._stack.currentIndex()])
        self.back.setEnabled(page.may_go_back and not first)
        self.back.setToolTip(tr("This is the first step.") if first else self._no_way_back())
        self._mark()

    def _no_way_back(self) -> str:
        return "" if self.page.may_go_back else tr("What was decided before has been carried out.")

    def _show(self, page: WizardPage) -> None:
        self._stack.setCurrentWidget(page)
        page.entered()
        self.heading.setText(page.title)
        self.about.setText(page.about)
        self.about.setVisible(bool(page.about))
        page.setAccessibleName(page.title)
        self.recheck()
        (page.first_field() or self.next).setFocus(Qt.FocusReason.TabFocusReason)

    def _mark(self) -> None:
        """The step in sight in bold; steps that are passed by are grey."""
        here = self._stack.currentIndex()
        for number, (page, step) in enumerate(zip(self._pages, self._steps, strict=True)):
            step.setVisible(page.is_wanted() or number == here)
            set_role(step, "" if number <= here else "muted")
            # After the style: polishing takes a font of one's own away.
            font = step.font()
            font.setBold(number == here)
            step.setFont(font)
