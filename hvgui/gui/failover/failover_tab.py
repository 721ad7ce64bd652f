"""The tab "Failover": maximum failures in a period, and failback."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import Failback, FailoverPolicy, VirtualMachine
from hvgui.gui.failover.words import FAILBACKS, default_failures
from hvgui.gui.words import tr


class FailoverTab(QWidget):
    """Fields of one VM."""

    changed = Signal()

    def __init__(self, cluster: Cluster, vm: VirtualMachine, parent: QWidget) -> None:
        super().__init__(parent)
        policy, usual = vm.failover, default_failures(cluster)
        self.usual = QCheckBox(tr("As &many as there are nodes, less one ({count} at present)", count=usual), self)
        self.usual.setObjectName("usual failures")
        self.usual.setChecked(policy.most_failures is None)
        self.failures = QSpinBox(self)
        self.failures.setRange(0, 1_000_000)
        self.failures.setGroupSeparatorShown(True)
        self.failures.setValue(usual if policy.most_failures is None else policy.most_failures)
        self.period = QDoubleSpinBox(self)
        self.period.setRange(0.1, 10_000.0)
        self.period.setDecimals(1)
        self.period.setValue(policy.period_hours)
        self.failback: dict[Failback, QRadioButton] = {}
        self._group = QButtonGroup(self)
        for kind, words in FAILBACKS.items():
            button = QRadioButton(tr(words), self)
            button.setObjectName(f"failback {kind.value}")
            button.setChecked(policy.failback is kind)
            self._group.addButton(button)
            self.failback[kind] = button
        self.first, self.last = self._hour("from hour", policy.from_hour), self._hour("to hour", policy.to_hour)
        self._lay_out()
        self.usual.toggled.connect(self._take)
        self._group.buttonToggled.connect(self._take)
        for field in (self.failures, self.period, self.first, self.last):
            field.valueChanged.connect(self._take)
        self._enable()

    def value(self) -> FailoverPolicy:
        """What the tab says now."""
        kind = next(kind for kind, button in self.failback.items() if button.isChecked())
        return FailoverPolicy(
            most_failures=None if self.usual.isChecked() else self.failures.value(),
            period_hours=round(self.period.value(), 1),
            failback=kind,
            from_hour=self.first.value(),
            to_hour=self.last.value(),
        )

    def _take(self) -> None:
        self._enable()
        self.changed.emit()

    def _enable(self) -> None:
        self.failures.setEnabled(not self.usual.isChecked())
        by_hours = self.failback[Failback.BETWEEN_HOURS].isChecked()
        why = "" if by_hours else tr("Choose failback between hours first.")
        for field in (self.first, self.last):
            field.setEnabled(by_hours)
            field.setToolTip(why)
        self.failures.setToolTip(tr("Take the tick away to give a number.") if self.usual.isChecked() else "")

    def _hour(self, name: str, value: int) -> QSpinBox:
        field = QSpinBox(self)
        field.setObjectName(name)
        field.setAccessibleName(tr("Failback from hour") if name == "from hour" else tr("Failback to hour"))
        field.setRange(0, 23)
        field.setSuffix(":00")
        field.setValue(value)
        return field

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(8)
        for caption, field, name in (
            (tr("Ma&ximum failures in the specified period:"), self.failures, "failures"),
            (tr("P&eriod (hours):"), self.period, "period"),
        ):
            field.setObjectName(name)
            field.setAccessibleName(caption.replace("&", "").rstrip(":"))
            form.addRow(caption, field)
        hours = QHBoxLayout()
        hours.setContentsMargins(24, 0, 0, 0)
        for widget in (self.first, QLabel(tr("and"), self), self.last):
            hours.addWidget(widget)
        hours.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 12, 10, 8)
        column.setSpacing(8)
        column.addWidget(self.usual)
        column.addLayout(form)
        column.addWidget(_muted(tr("One more failure in that time, and the cluster leaves it failed."), self))
        for button in self.failback.values():
            column.addWidget(button)
        column.addLayout(hours)
        words = tr("It goes back to the most preferred owner that takes it, by the hours of the lab's own day.")
        column.addWidget(_muted(words, self))
        column.addStretch()


def _muted(words: str, parent: QWidget) -> QLabel:
    label = QLabel(words, parent)
    label.setProperty("role", "muted")
    label.setWordWrap(True)
    return label
