"""The fields of a VM's memory settings; minimum, startup and maximum push each other, so that they always add up."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QSlider, QSpinBox, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.memory import MemorySettings
from hvgui.gui.memory.size_field import SizeField
from hvgui.gui.words import tr
from hvgui.requests.memory import BUFFER_PERCENT, LEAST_BYTES, WEIGHT

_AT_REST = (VmState.OFF, VmState.CRITICAL)


class MemoryForm(QWidget):
    """What the settings are to be."""

    changed = Signal()

    def __init__(self, cluster: Cluster, vm: VirtualMachine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cluster = cluster
        most = self._most(vm)
        self.dynamic = QCheckBox(tr("&Dynamic memory"), self)
        self.dynamic.setObjectName("dynamic")
        self.startup = SizeField(tr("Startup memory"), LEAST_BYTES, most, self)
        self.minimum = SizeField(tr("Minimum memory"), LEAST_BYTES, most, self)
        self.maximum = SizeField(tr("Maximum memory"), LEAST_BYTES, most, self)
        self.buffer = QSpinBox(self)
        self.buffer.setRange(*BUFFER_PERCENT)
        self.buffer.setSuffix(" %")
        self.weight = QSlider(Qt.Orientation.Horizontal, self)
        self.weight.setRange(*WEIGHT)
        self.weight.setPageStep(1000)
        self._weight_words = QLabel(self)
        self._build()
        self.show_settings(vm.memory.settings)
        self.dynamic.toggled.connect(self._said)
        for field in (self.startup, self.minimum, self.maximum):
            field.changed.connect(self._pushed)
        self.buffer.valueChanged.connect(self._said)
        self.weight.valueChanged.connect(self._said)

    def _build(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(8)
        form.addRow(self.dynamic)
        for caption, field, name in (
            (tr("&Startup"), self.startup, "startup"),
            (tr("Mi&nimum"), self.minimum, "minimum"),
            (tr("Ma&ximum"), self.maximum, "maximum"),
            (tr("&Buffer"), self.buffer, "buffer"),
            (tr("&Weight"), self.weight, "weight"),
        ):
            field.setObjectName(name)
            field.setAccessibleName(caption.replace("&", ""))
            label = QLabel(caption, self)
            label.setBuddy(field)
            form.addRow(label, field)
        self._weight_words.setProperty("role", "muted")
        self._weight_words.setWordWrap(True)
        form.addRow("", self._weight_words)

    def _most(self, vm: VirtualMachine) -> int:
        """As much as its node could ever give, as the platform allows, and as it has already."""
        limit = self._cluster.profile.limits.memory_per_vm_bytes
        largest = max(node.memory_for_vms_bytes for node in self._cluster.nodes.values())
        return max(min(limit, largest), vm.memory.settings.most_bytes, vm.memory.settings.startup_bytes)

    def settings(self) -> MemorySettings:
        """What the form stands for."""
        if not self.dynamic.isChecked():
            return MemorySettings(
                self.startup.size_bytes, buffer_percent=self.buffer.value(), weight=self.weight.value()
            )
        return MemorySettings(
            self.startup.size_bytes,
            self.minimum.size_bytes,
            self.maximum.size_bytes,
            dynamic=True,
            buffer_percent=self.buffer.value(),
            weight=self.weight.value(),
        )

    def show_settings(self, settings: MemorySettings) -> None:
        """Takes settings over."""
        for widget in (self.dynamic, self.buffer, self.weight):
            widget.blockSignals(True)
        self.dynamic.setChecked(settings.dynamic)
        self.buffer.setValue(settings.buffer_percent)
        self.weight.setValue(settings.weight)
        for widget in (self.dynamic, self.buffer, self.weight):
            widget.blockSignals(False)
        self.startup.set_bytes(settings.startup_bytes)
        self.minimum.set_bytes(settings.least_bytes)
        self.maximum.set_bytes(settings.most_bytes)
        self._say_weight()

    def enable_for(self, vm: VirtualMachine) -> None:
        """What can't change now is grey, with the reason in its tooltip."""
        features, rests = self._cluster.profile.features, vm.state in _AT_REST
        off = tr("{vm} is {state}: this changes while it is off.", vm=vm.name, state=vm.state.value)
        lacks = tr("{profile} has no dynamic memory.", profile=self._cluster.profile.name)
        static = tr("Tick dynamic memory first.")
        dynamic = self.dynamic.isChecked()
        fixed = "" if rests else off
        _enable(self.dynamic, lacks if not features.dynamic_memory else fixed)
        _enable(self.startup, fixed)
        one = tr("{profile} has no minimum of its own: it is the startup memory.", profile=self._cluster.profile.name)
        limits = fixed if not features.minimum_memory else ""
        _enable(self.minimum, static if not dynamic else one if not features.minimum_memory else "")
        _enable(self.maximum, static if not dynamic else limits)
        _enable(self.buffer, "" if dynamic else static)
        _enable(self.weight, "" if dynamic else static)

    def _pushed(self) -> None:
        """Whoever is moved pushes the others along."""
        moved = self.sender()
        least, start, most = (field.size_bytes for field in (self.minimum, self.startup, self.maximum))
        if moved is self.startup:
            least, most = min(least, start), max(most, start)
            if not self._cluster.profile.features.minimum_memory:
                least = start
        elif moved is self.minimum:
            start = max(start, least) if self.startup.isEnabled() else start
            most = max(most, start, least)
        else:
            start = min(start, most) if self.startup.isEnabled() else start
            least = min(least, start)
        for field, size in ((self.minimum, least), (self.startup, start), (self.maximum, most)):
            if field is not moved:
                field.set_bytes(size)
        self._said()

    def _said(self) -> None:
        self._say_weight()
        self.changed.emit()

    def _say_weight(self) -> None:
        value = self.weight.value()
        words = tr("gives way late") if value > 6000 else tr("gives way early") if value < 4000 else tr("as most")
        self._weight_words.setText(
            tr("{value} of 10,000: {words} when the host is short", value=f"{value:,}", words=words)
        )


def _enable(widget: QWidget, reason: str) -> None:
    widget.setEnabled(not reason)
    widget.setToolTip(reason)
