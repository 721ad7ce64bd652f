"""The properties of an object as cards with two columns of text each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from hvgui.gui.details.properties import Section, properties
from hvgui.gui.facts import Facts
from hvgui.gui.objects import Ref
from hvgui.gui.words import tr

_TWO_COLUMNS = 860
"""From this width on, cards stand side by side."""


class Summary(QScrollArea):
    """Shows one object; keeps its labels while only values differ."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("summary")
        self.setAccessibleName(tr("Summary"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._values: list[QLabel] = []
        self._captions: tuple[tuple[str, tuple[str, ...]], ...] | None = None
        self._columns = 0

    def show_ref(self, facts: Facts, ref: Ref) -> None:
        """Brings everything up to date."""
        sections = properties(facts, ref)
        captions = tuple((heading, tuple(caption for caption, _ in rows)) for heading, rows in sections)
        columns = 2 if self.viewport().width() >= _TWO_COLUMNS else 1
        if captions != self._captions or columns != self._columns:
            self._captions, self._columns = captions, columns
            self._build(sections, columns)
        values = (value for _, rows in sections for _, value in rows)
        for label, value in zip(self._values, values, strict=True):
            if label.text() != value:
                label.setText(value)

    def _build(self, sections: tuple[Section, ...], columns: int) -> None:
        content = QWidget()
        row = QGridLayout(content)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(12)
        self._values = []
        stacks = [QVBoxLayout() for _ in range(columns)]
        lengths = [0] * columns
        for heading, rows in sections:
            shortest = lengths.index(min(lengths))
            stacks[shortest].addWidget(self._card(heading, rows, content))
            lengths[shortest] += len(rows) + 2
        for number, stack in enumerate(stacks):
            stack.setSpacing(12)
            stack.addStretch()
            row.addLayout(stack, 0, number)
            row.setColumnStretch(number, 1)
        self.setWidget(content)

    def _card(self, heading: str, rows: tuple[tuple[str, str], ...], parent: QWidget) -> QFrame:
        card = QFrame(parent)
        card.setProperty("role", "card")
        grid = QGridLayout(card)
        grid.setContentsMargins(14, 10, 14, 12)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        title = QLabel(heading, card)
        title.setProperty("role", "section")
        grid.addWidget(title, 0, 0, 1, 2)
        for number, (caption, value) in enumerate(rows, start=1):
            name = QLabel(caption, card)
            name.setProperty("role", "muted")
            name.setAlignment(Qt.AlignmentFlag.AlignTop)
            grid.addWidget(name, number, 0)
            grid.addWidget(self._value(caption, value, card), number, 1)
        grid.setColumnStretch(1, 1)
        return card

    def _value(self, caption: str, value: str, parent: QWidget) -> QLabel:
        label = QLabel(value, parent)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setAccessibleName(caption)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._values.append(label)
        return label
