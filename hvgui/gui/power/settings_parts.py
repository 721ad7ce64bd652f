"""Groups of the dialog of the load watch: how places are rated, and power saving."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QTime
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.gui.power.words import meaning
from hvgui.gui.tips.settings_parts import WatchPart, muted, one_of
from hvgui.gui.words import tr
from hvgui.requests.load_watch import LEAST_REST_SECONDS, MOST_WATTS, MOST_WINDOW_SECONDS

_NIGHT = (22.0, 6.0)
"""The hours that are offered first."""
_MINUTE = 60
_POLICIES = {
    Policy.SPREAD: ("S&pread", "Most stars for the node that has most left afterwards."),
    Policy.PACK: ("Pac&k", "Most stars for the node that is fullest afterwards, as long as a tenth stays free."),
}


class PlacementPart(WatchPart):
    """Spread or pack, wherever a place for a VM is looked for."""

    def __init__(self, watch: LoadWatch, _cluster: Cluster, parent: QWidget) -> None:
        super().__init__(tr("Placement stars"), parent)
        self.policies = one_of(self, "placement", _POLICIES, watch.placement)

    def applied(self, watch: LoadWatch) -> LoadWatch:
        """See WatchPart."""
        return replace(watch, placement=next(one for one, button in self.policies.items() if button.isChecked()))


class PowerPart(WatchPart):
    """Whether, when and how far nodes are switched off."""

    def __init__(self, watch: LoadWatch, cluster: Cluster, parent: QWidget) -> None:
        super().__init__(tr("Power saving"), parent)
        self._cluster, self._before = cluster, watch.power
        power = watch.power
        self.on = QCheckBox(tr("S&witch off nodes that nobody needs"), self)
        self.on.setObjectName("power saving")
        self.on.setChecked(power.is_on)
        all_day = power.from_hour is None or power.until_hour is None
        self.only = QCheckBox(tr("Only &from"), self)
        self.only.setObjectName("power hours")
        self.only.setAccessibleName(tr("Only in these hours"))
        self.only.setChecked(not all_day or not power.is_on)
        begin, end = _NIGHT if all_day else (power.from_hour, power.until_hour)
        self.begin = self._time("power from", tr("Power saving begins at"), begin)
        self.end = self._time("power until", tr("Power saving ends at"), end)
        self.least = QSpinBox(self)
        self.least.setRange(1, 10_000)
        self.least.setSpecialValueText(tr("as System Center has it"))
        self.least.setValue(power.least_nodes or 1)
        self.rest = QSpinBox(self)
        self.rest.setRange(LEAST_REST_SECONDS // _MINUTE, MOST_WINDOW_SECONDS // _MINUTE)
        self.rest.setSuffix(tr(" min"))
        self.rest.setValue(round(power.rest_seconds / _MINUTE))
        self.watts = QDoubleSpinBox(self)
        self.watts.setDecimals(0)
        self.watts.setRange(0.0, MOST_WATTS)
        self.watts.setSuffix(tr(" W"))
        self.watts.setValue(power.node_watts)
        self._shown = self._values()
        self.note = muted(self, "")
        self.note.setObjectName("power meaning")
        self.note.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        # A group whose height depends on its width is squeezed to that of its neighbours.
        policy = self.note.sizePolicy()
        policy.setHeightForWidth(False)
        self.note.setSizePolicy(policy)
        self._build()
        for signal in (self.on.toggled, self.only.toggled, self.begin.timeChanged, self.end.timeChanged):
            signal.connect(self.changed)
        for field in (self.least, self.rest, self.watts):
            field.valueChanged.connect(self.changed)

    def _build(self) -> None:
        hours = QHBoxLayout()
        for widget in (self.only, self.begin, QLabel(tr("until"), self), self.end):
            hours.addWidget(widget)
        hours.addStretch()
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(9)
        for caption, field, name in (
            (tr("&Nodes that stay on"), self.least, "power least nodes"),
            (tr("&Rest after switching on"), self.rest, "power rest"),
            (tr("A node ta&kes at rest"), self.watts, "node watts"),
        ):
            field.setObjectName(name)
            field.setAccessibleName(caption.replace("&", ""))
            label = QLabel(caption, self)
            label.setBuddy(field)
            label.setMinimumHeight(field.sizeHint().height())
            form.addRow(label, field)
        self.watts.setToolTip(tr("An assumption, for the estimate of what is saved."))
        column = QVBoxLayout(self)
        column.addWidget(self.on)
        column.addLayout(hours)
        column.addLayout(form)
        column.addWidget(self.note)

    def _values(self) -> tuple[object, ...]:
        fields = (self.least.value(), self.rest.value(), self.watts.value())
        return self.on.isChecked(), self.only.isChecked(), self.begin.time(), self.end.time(), *fields

    def applied(self, watch: LoadWatch) -> LoadWatch:
        """See WatchPart. What nobody touched stays as exact as it was: the fields round what they show."""
        if self._values() == self._shown:
            return replace(watch, power=self._before)
        hours = (_hour(self.begin.time()), _hour(self.end.time())) if self.only.isChecked() else (None, None)
        least = self.least.value()
        power = replace(
            self._before,
            is_on=self.on.isChecked(),
            from_hour=hours[0],
            until_hour=hours[1],
            least_nodes=0 if least == 1 else least,
            rest_seconds=self.rest.value() * _MINUTE,
            node_watts=self.watts.value(),
        )
        return replace(watch, power=power)

    def explain(self, watch: LoadWatch) -> None:
        """See WatchPart."""
        is_automatic = watch.mode is WatchMode.AUTOMATIC
        why = "" if is_automatic else tr("Only the automatic moves VMs by itself.")
        # Who has ticked it may always take the tick away again.
        self.on.setEnabled(is_automatic or self.on.isChecked())
        self.on.setToolTip(why)
        for field in (self.only, self.begin, self.end, self.least, self.rest, self.watts):
            timed = field not in (self.begin, self.end) or self.only.isChecked()
            field.setEnabled(self.on.isChecked() and timed)
        self.note.setText(meaning(self._cluster, watch) if self.on.isChecked() else why)

    def _time(self, name: str, spoken: str, hour: float | None) -> QTimeEdit:
        field = QTimeEdit(QTime(0, 0).addSecs(round((hour or 0.0) * 3600) % 86_400), self)
        field.setDisplayFormat("HH:mm")
        field.setWrapping(True)
        field.setObjectName(name)
        field.setAccessibleName(spoken)
        return field


def _hour(time: QTime) -> float:
    return time.msecsSinceStartOfDay() / 3_600_000.0
