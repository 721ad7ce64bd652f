"""Raising the load: what the guest asks for, pushed by hand or by a preset, to watch what the host makes of it."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QGroupBox, QLabel, QPushButton, QWidget

from hvgui.cluster.load import CurveKind, LoadCurve
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.units import MIB
from hvgui.gui.memory.presets import PRESETS
from hvgui.gui.memory.size_field import SizeField
from hvgui.gui.words import tr
from hvgui.requests.guests import SetLoad


class DemandBox(QGroupBox):
    """Asks for another demand; takes effect at once, without the dialog's Apply."""

    wanted = Signal(object)
    """SetLoad."""

    def __init__(self, vm: VirtualMachine, most_bytes: int, parent: QWidget | None = None) -> None:
        super().__init__(tr("Raise the load"), parent)
        self._vm = vm
        self.preset = QComboBox(self)
        self.preset.setObjectName("demand preset")
        self.preset.setAccessibleName(tr("What the guest is"))
        self.preset.addItem(tr("Constant demand"), "")
        for preset in PRESETS:
            self.preset.addItem(tr(preset.title), preset.id)
        self.demand = SizeField(tr("Demand"), 16 * MIB, most_bytes, self)
        self.demand.setObjectName("demand")
        self.about = QLabel(self)
        self.about.setProperty("role", "muted")
        self.about.setWordWrap(True)
        self.push = QPushButton(tr("&Push demand"), self)
        self.push.setObjectName("push demand")
        self.push.setAutoDefault(False)
        form = QFormLayout(self)
        form.setVerticalSpacing(6)
        form.addRow(tr("As"), self.preset)
        form.addRow(tr("Demand"), self.demand)
        form.addRow("", self.about)
        form.addRow("", self.push)
        self.demand.set_bytes(int(vm.load.memory.usual * vm.memory.settings.startup_bytes))
        self.preset.currentIndexChanged.connect(self._explain)
        self.push.clicked.connect(self._push)
        self.now_seconds = 0.0
        """The lab's clock, at which a preset begins; kept up to date by the dialog."""
        self._explain()

    def follow(self, vm: VirtualMachine) -> None:
        """The VM's record is another."""
        self._vm = vm

    def request(self) -> SetLoad:
        """What pushing would ask for."""
        preset = next((one for one in PRESETS if one.id == self.preset.currentData()), None)
        if preset is not None:
            curve = preset.curve(self.now_seconds)
        else:
            share = self.demand.size_bytes / self._vm.memory.settings.startup_bytes
            curve = LoadCurve(CurveKind.CONSTANT, share)
        return SetLoad(self._vm.id, replace(self._vm.load, memory=curve))

    def _explain(self) -> None:
        preset = next((one for one in PRESETS if one.id == self.preset.currentData()), None)
        self.demand.setEnabled(preset is None)
        self.about.setText(
            tr(preset.explanation) if preset is not None else tr("As much as that, until it is changed.")
        )

    def _push(self) -> None:
        self.wanted.emit(self.request())
