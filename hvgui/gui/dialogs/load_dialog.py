"""The load of guests: what they ask of processor, memory, disk and network, and how it goes over time."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from msgspec.structs import replace
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from hvgui.cluster.ids import VmId
from hvgui.cluster.load import CurveKind, Load, LoadCurve
from hvgui.gui.actions.desk import Desk
from hvgui.gui.details.properties import CURVES
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.words import tr
from hvgui.requests.guests import SetLoad
from hvgui.requests.request import Request


@dataclass(frozen=True)
class Quantity:
    """One of the quantities as the form shows it: `factor` of its unit make one of the curve's."""

    id: str
    caption: str
    suffix: str
    most: float
    factor: float
    decimals: int = 0


QUANTITIES = (
    Quantity("cpu", "Processor", " %", 100.0, 0.01),
    Quantity("memory", "Memory demand", " %", 400.0, 0.01),
    Quantity("disk_iops", "Disk", " IOPS", 1_000_000.0, 1.0),
    Quantity("disk_growth_bytes_per_second", "Disk growth", " MB/s", 10_000.0, 1e6, 3),
    Quantity("network_bytes_per_second", "Network", " Mbit/s", 100_000.0, 125_000.0, 1),
)


class CurveField(QWidget):
    """Mean, shape and swing of one curve; what the form does not show of it stays as it is."""

    def __init__(self, quantity: Quantity, curve: LoadCurve, dialog: LoadDialog) -> None:
        super().__init__(dialog)
        self._quantity, self._curve = quantity, curve
        self._level = self._number(quantity, curve.level, tr("{what}: level", what=tr(quantity.caption)))
        self._shape = QComboBox(self)
        self._shape.setAccessibleName(tr("{what}: shape", what=tr(quantity.caption)))
        for kind, words in CURVES.items():
            if kind is not CurveKind.RECORDED or curve.kind is kind:
                self._shape.addItem(tr(words), kind.value)
        self._shape.setCurrentIndex(self._shape.findData(curve.kind.value))
        self._swing = self._number(quantity, curve.swing, tr("{what}: swing", what=tr(quantity.caption)))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget, letters in ((self._level, 16), (self._shape, 24), (QLabel("±", self), 0), (self._swing, 16)):
            # The same widths in every row, so that the fields stand in columns.
            widget.setMinimumWidth(letters * self.fontMetrics().averageCharWidth())
            row.addWidget(widget, 1 if letters else 0)
        self._shown = (self._level.value(), self._swing.value())
        self._enable()
        self._shape.currentIndexChanged.connect(self._enable)
        for signal in (self._level.valueChanged, self._swing.valueChanged, self._shape.currentIndexChanged):
            signal.connect(dialog.recheck)

    def curve(self) -> LoadCurve:
        """The curve as the form has it."""
        return msgspec.structs.replace(
            self._curve,
            kind=CurveKind(self._shape.currentData()),
            level=self._read(self._level, self._shown[0], self._curve.level),
            swing=self._read(self._swing, self._shown[1], self._curve.swing),
        )

    def _read(self, spin: QDoubleSpinBox, shown: float, exact: float) -> float:
        """What nobody touched stays as exact as it was: the field rounds what it shows."""
        return exact if spin.value() == shown else spin.value() * self._quantity.factor

    def _number(self, quantity: Quantity, value: float, name: str) -> QDoubleSpinBox:
        spin = QDoubleSpinBox(self)
        spin.setRange(0.0, quantity.most)
        spin.setDecimals(quantity.decimals)
        spin.setSuffix(quantity.suffix)
        spin.setGroupSeparatorShown(True)
        spin.setValue(value / quantity.factor)
        spin.setAccessibleName(name)
        return spin

    def _enable(self) -> None:
        self._swing.setEnabled(self._shape.currentData() not in (CurveKind.CONSTANT.value, CurveKind.RECORDED.value))
        self._level.setEnabled(self._shape.currentData() != CurveKind.RECORDED.value)


class LoadDialog(DraftDialog):
    """For one VM, or the same load for several."""

    def __init__(self, vms: tuple[VmId, ...], desk: Desk) -> None:
        first = desk.cluster.vms[vms[0]]
        about = tr(
            "What the guest of {name} asks of its host from now on. Writing to memory keeps step with the processor"
            " that it gets.",
            name=first.name,
        )
        if len(vms) > 1:
            about = tr("What the guests of {count} virtual machines ask of their hosts from now on.", count=len(vms))
        super().__init__(tr("Change load"), about, desk, "load dialog")
        self._vms = vms
        VmWatch(self, desk, vms)
        self._fields = {one.id: CurveField(one, getattr(first.load, one.id), self) for one in QUANTITIES}
        for one in QUANTITIES:
            self.add_row(tr(one.caption), self._fields[one.id], f"load {one.id}")
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        # What the form does not show (the size of an operation, how many of them read) stays as it is.
        before = self.desk.cluster.vms[self._vms[0]].load
        kept = replace(Load(), disk_bytes_per_io=before.disk_bytes_per_io, disk_read_share=before.disk_read_share)
        load = replace(kept, **{name: field.curve() for name, field in self._fields.items()})
        return tuple(SetLoad(vm, load) for vm in self._vms)
