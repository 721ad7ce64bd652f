"""A size of memory: a slider whose way is logarithmic, and a field for the exact figure, which follow each other."""

from __future__ import annotations

from math import log2

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QSpinBox, QWidget

from hvgui.cluster.units import MIB

_STEPS = 1000


class SizeField(QWidget):
    """A size in whole MB between two bounds."""

    changed = Signal()
    """By the person, not by `set_bytes`."""

    def __init__(self, name: str, least_bytes: int, most_bytes: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least, self._most = max(1, least_bytes // MIB), max(2, most_bytes // MIB)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        self.slider.setAccessibleName(name)
        self.spin = QSpinBox(self)
        self.spin.setRange(self._least, self._most)
        self.spin.setSuffix(" MB")
        self.spin.setGroupSeparatorShown(True)
        self.spin.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.spin.setAccessibleName(name)
        self.spin.setMinimumWidth(15 * self.fontMetrics().averageCharWidth())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self.spin)
        self.setFocusProxy(self.spin)
        self.slider.valueChanged.connect(self._slid)
        self.spin.valueChanged.connect(self._typed)

    @property
    def size_bytes(self) -> int:
        """The size as the field has it."""
        return self.spin.value() * MIB

    def set_bytes(self, size_bytes: int) -> None:
        """Another size, silently."""
        self.spin.blockSignals(True)
        self.spin.setValue(round(size_bytes / MIB))
        self.spin.blockSignals(False)
        self._follow()

    def _slid(self, place: int) -> None:
        megabytes = round(self._least * (self._most / self._least) ** (place / _STEPS))
        # Coarse enough to land on what people mean: three digits in steps of powers of two.
        grain = max(1, 2 ** int(log2(max(1, megabytes)) - 5))
        self.spin.blockSignals(True)
        self.spin.setValue(megabytes // grain * grain)
        self.spin.blockSignals(False)
        self.changed.emit()

    def _typed(self) -> None:
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        self.slider.blockSignals(True)
        way = log2(max(1, self.spin.value()) / self._least) / max(1e-9, log2(self._most / self._least))
        self.slider.setValue(round(_STEPS * way))
        self.slider.blockSignals(False)
