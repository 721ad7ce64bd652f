"""The groups of the dialog of the load watch: each shows some of its settings, and gives them back as they stand.

A group takes the settings and returns them with its own changed (`applied`); what no group shows stays as it is. So
another group is one class more, and one more in the dialog's row of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeVar

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTime, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSlider,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.load_watch import PATIENCE, LoadWatch, WatchedResource, WatchMode
from hvgui.gui.tips.words import MODES, RESOURCES, level_words, patience_words
from hvgui.gui.words import tr
from hvgui.requests.load_watch import LEAST_WINDOW_SECONDS, MOST_WINDOW_SECONDS

E = TypeVar("E", bound=Enum)
_MINUTE, _PERCENT = 60.0, 100.0
_NIGHT = (22.0, 6.0)
"""The quiet hours that are offered first."""


class WatchPart(QGroupBox):
    """One group of settings."""

    changed = Signal()

    def applied(self, watch: LoadWatch) -> LoadWatch:
        """The settings with this group's as they stand in it."""
        raise NotImplementedError

    def explain(self, watch: LoadWatch) -> None:
        """The settings as all groups have them now: what they mean is said anew."""


def one_of(part: WatchPart, name: str, words: Mapping[E, tuple[str, str]], chosen: E) -> dict[E, QRadioButton]:
    """A group's buttons, one for each value with its title and, below it, what it means."""
    column = QVBoxLayout(part)
    buttons: dict[E, QRadioButton] = {}
    for value, (title, explanation) in words.items():
        button = buttons[value] = QRadioButton(tr(title), part)
        button.setObjectName(f"{name} {value.value}")
        button.setChecked(value is chosen)
        button.setAccessibleDescription(tr(explanation))
        button.toggled.connect(part.changed)
        column.addWidget(button)
        explained = muted(part, tr(explanation))
        explained.setIndent(24)
        column.addWidget(explained)
    column.addStretch()
    return buttons


class ModePart(WatchPart):
    """Off, manual, automatic."""

    def __init__(self, watch: LoadWatch, parent: QWidget) -> None:
        super().__init__(tr("Mode"), parent)
        self.modes = one_of(self, "mode", MODES, watch.mode)

    def applied(self, watch: LoadWatch) -> LoadWatch:
        """See WatchPart."""
        return replace(watch, mode=next(mode for mode, button in self.modes.items() if button.isChecked()))


class PatiencePart(WatchPart):
    """The window, and the aggressiveness in words."""

    def __init__(self, watch: LoadWatch, parent: QWidget) -> None:
        super().__init__(tr("Window and aggressiveness"), parent)
        form = _form(self)
        self._window_seconds = watch.window_seconds
        self.window_field = _number(self, "window", tr("Mean over"), watch.window_seconds / _MINUTE, tr(" min"))
        self.window_field.setRange(LEAST_WINDOW_SECONDS / _MINUTE, MOST_WINDOW_SECONDS / _MINUTE)
        self._window_shown = self.window_field.value()
        _row(self, form, tr("Mean o&ver"), self.window_field)
        self.level = QSlider(Qt.Orientation.Horizontal, self)
        self.level.setObjectName("aggressiveness")
        self.level.setAccessibleName(tr("Aggressiveness"))
        self.level.setRange(min(PATIENCE), max(PATIENCE))
        self.level.setPageStep(1)
        self.level.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.level.setValue(watch.aggressiveness)
        self.level_name = QLabel(self)
        self.level_name.setMinimumWidth(18 * self.fontMetrics().averageCharWidth())
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.level, 1)
        row.addWidget(self.level_name)
        _row(self, form, tr("A&ggressiveness"), holder, self.level)
        self.meaning = muted(self, "")
        self.meaning.setObjectName("patience")
        form.addRow(self.meaning)
        self.window_field.valueChanged.connect(self.changed)
        self.level.valueChanged.connect(self.changed)

    def applied(self, watch: LoadWatch) -> LoadWatch:
        """See WatchPart. What nobody touched stays as exact as it was: the field rounds what it shows."""
        shown = self.window_field.value()
        seconds = self._window_seconds if shown == self._window_shown else round(shown * _MINUTE)
        return replace(watch, window_seconds=seconds, aggressiveness=self.level.value())

    def explain(self, watch: LoadWatch) -> None:
        """See WatchPart."""
        self.level_name.setText(level_words(watch.aggressiveness))
        self.meaning.setText(patience_words(watch))
        self.level.setAccessibleDescription(f"{self.level_name.text()}. {self.meaning.text()}")


class LimitsPart(WatchPart):
    """A limit for each resource, and how far a mean has to fall below it."""

    def __init__(self, watch: LoadWatch, parent: QWidget) -> None:
        super().__init__(tr("Limits"), parent)
        form = _form(self)
        self.limits: dict[WatchedResource, QDoubleSpinBox] = {}
        for resource in WatchedResource:
            caption = tr(RESOURCES[resource])
            field = _percentage(self, f"limit {resource.value}", tr("Limit: {what}", what=caption))
            field.setValue(watch.limit(resource) * _PERCENT)
            self.limits[resource] = field
            _row(self, form, caption, field)
        self.hysteresis = _percentage(self, "hysteresis", tr("Hysteresis"))
        self.hysteresis.setValue(watch.hysteresis * _PERCENT)
        self.hysteresis.setToolTip(tr("So far below its limit the mean has to fall before the tip goes."))
        _row(self, form, tr("Hysteresis"), self.hysteresis)
        for field in (*self.limits.values(), self.hysteresis):
            field.valueChanged.connect(self.changed)

    def applied(self, watch: LoadWatch) -> LoadWatch:
        """See WatchPart."""
        shares = {resource: field.value() / _PERCENT for resource, field in self.limits.items()}
        return replace(
            watch,
            processors_limit=shares[WatchedResource.PROCESSORS],
            memory_limit=shares[WatchedResource.MEMORY],
            disk_limit=shares[WatchedResource.DISK],
            network_limit=shares[WatchedResource.NETWORK],
            hysteresis=self.hysteresis.value() / _PERCENT,
        )


class QuietHoursPart(WatchPart):
    """The hours of the lab's day in which the automatic moves VMs."""

    def __init__(self, watch: LoadWatch, parent: QWidget) -> None:
        super().__init__(tr("Quiet hours"), parent)
        self._hours = (watch.quiet_from_hour, watch.quiet_until_hour)
        self.only = QCheckBox(tr("&Only move VMs in quiet hours"), self)
        self.only.setObjectName("quiet hours")
        self.only.setChecked(watch.quiet_from_hour is not None)
        begin, end = _NIGHT if None in self._hours else self._hours
        self.begin = self._time("quiet from", tr("Quiet hours begin at"), begin)
        self.end = self._time("quiet until", tr("Quiet hours end at"), end)
        row = QHBoxLayout()
        row.addWidget(QLabel(tr("from"), self))
        row.addWidget(self.begin)
        row.addWidget(QLabel(tr("until"), self))
        row.addWidget(self.end)
        row.addStretch()
        self.note = muted(self, "")
        column = QVBoxLayout(self)
        column.addWidget(self.only)
        column.addLayout(row)
        column.addWidget(self.note)
        column.addStretch()
        self.only.toggled.connect(self.changed)
        self.begin.timeChanged.connect(self.changed)
        self.end.timeChanged.connect(self.changed)
        self._shown = (self.begin.time(), self.end.time())

    def applied(self, watch: LoadWatch) -> LoadWatch:
        """See WatchPart."""
        if not self.only.isChecked():
            return replace(watch, quiet_from_hour=None, quiet_until_hour=None)
        fields = (self.begin.time(), self.end.time())
        if fields == self._shown and None not in self._hours:
            begin, end = self._hours
        else:
            begin, end = (one.msecsSinceStartOfDay() / 3_600_000.0 for one in fields)
        return replace(watch, quiet_from_hour=begin, quiet_until_hour=end)

    def explain(self, watch: LoadWatch) -> None:
        """See WatchPart."""
        is_automatic = watch.mode is WatchMode.AUTOMATIC
        for field in (self.only, self.begin, self.end):
            field.setEnabled(is_automatic and (field is self.only or self.only.isChecked()))
            field.setToolTip("" if is_automatic else tr("Only the automatic moves VMs by itself."))
        begin, end = watch.quiet_from_hour, watch.quiet_until_hour
        words = tr("Hours of the lab's day, which begins at 00:00. At other times tips wait.")
        if begin is not None and end is not None and begin > end:
            words = tr("Past midnight, into the next day of the lab. At other times tips wait.")
        self.note.setText(words)

    def _time(self, name: str, spoken: str, hour: float | None) -> QTimeEdit:
        field = QTimeEdit(QTime(0, 0).addSecs(round((hour or 0.0) * 3600) % 86_400), self)
        field.setDisplayFormat("HH:mm")
        field.setWrapping(True)
        field.setObjectName(name)
        field.setAccessibleName(spoken)
        return field


PARTS: tuple[Callable[[LoadWatch, QWidget], WatchPart], ...] = (ModePart, PatiencePart, QuietHoursPart, LimitsPart)
"""The groups of the dialog, two in a row."""


def _form(part: QGroupBox) -> QFormLayout:
    form = QFormLayout(part)
    form.setHorizontalSpacing(14)
    form.setVerticalSpacing(7)
    return form


def _number(part: QGroupBox, name: str, spoken: str, value: float, suffix: str) -> QDoubleSpinBox:
    field = QDoubleSpinBox(part)
    field.setObjectName(name)
    field.setAccessibleName(spoken)
    field.setDecimals(1)
    field.setSuffix(suffix)
    field.setRange(0.0, max(value, 100_000.0))
    field.setValue(value)
    return field


def _percentage(part: QGroupBox, name: str, spoken: str) -> QDoubleSpinBox:
    """Wider than what is accepted: the request says what is wrong with a figure, and why."""
    field = _number(part, name, spoken, 0.0, " %")
    field.setRange(0.0, 100.0)
    return field


def _row(part: QGroupBox, form: QFormLayout, caption: str, field: QWidget, buddy: QWidget | None = None) -> None:
    """A line of a form whose caption stands level with its field."""
    label = QLabel(caption, part)
    label.setBuddy(buddy if buddy is not None else field)
    label.setMinimumHeight(field.sizeHint().height())
    form.addRow(label, field)


def muted(part: QWidget, words: str) -> QLabel:
    """What something means, in the quieter colour, on as many lines as it takes."""
    label = QLabel(words, part)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    return label
