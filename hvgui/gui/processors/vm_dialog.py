"""A VM's processors: how many, what it may claim of its owner's, and whether it hides what newer ones can do."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLabel, QSpinBox

from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import Scheduling, VirtualMachine, VmState
from hvgui.cluster.processor_models import seen_with_compatibility
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.words import tr
from hvgui.requests.processors import SetProcessors
from hvgui.requests.request import Request
from hvgui.requests.start_checks import most_vcpus


class VmProcessorsDialog(DraftDialog):
    """For one VM."""

    def __init__(self, vm: VmId, desk: Desk) -> None:
        record = desk.cluster.vms[vm]
        node = desk.cluster.nodes[record.owner]
        about = tr(
            "What {vm} may have of the {logical} logical processors of {node}.",
            vm=record.name,
            logical=node.processor.logical,
            node=node.name,
        )
        super().__init__(tr("Processors of {vm}", vm=record.name), about, desk, "vm processors")
        self._vm = vm
        VmWatch(self, desk, (vm,))
        limit = desk.cluster.profile.limits.vcpus_per_vm
        asked = record.scheduling
        self.vcpus = self._number(tr("&Virtual processors"), "vcpus", (1, limit), record.vcpus)
        self.weight = self._number(tr("Relative &weight"), "weight", (1, 10_000), asked.weight)
        self.reserve = self._number(tr("&Reserve"), "reserve", (0, 100), asked.reserve_percent, " %")
        self.limit = self._number(tr("&Limit"), "limit", (1, 100), asked.limit_percent, " %")
        self.compatibility = QCheckBox(tr("&Migrate to a physical computer with a different processor version"), self)
        self.compatibility.setObjectName("compatibility")
        self.compatibility.setChecked(record.processor_compatibility)
        self.form.addRow(self.compatibility)
        self.hidden, self.ratio = QLabel(self), QLabel(self)
        for label in (self.hidden, self.ratio):
            label.setProperty("role", "muted")
            label.setWordWrap(True)
            self.form.addRow(label)
        self._enable(record)
        self.compatibility.toggled.connect(self.recheck)
        self.recheck()

    def _number(self, caption: str, name: str, span: tuple[int, int], value: int, suffix: str = "") -> QSpinBox:
        field = QSpinBox(self)
        field.setRange(*span)
        field.setSuffix(suffix)
        field.setGroupSeparatorShown(True)
        field.setValue(value)
        self.add_row(caption, field, name)
        field.setAccessibleName(caption.replace("&", ""))
        field.valueChanged.connect(self.recheck)
        return field

    def _enable(self, vm: VirtualMachine) -> None:
        if vm.state in (VmState.OFF, VmState.CRITICAL):
            return
        reason = tr("{vm} is {state}: this changes while it is off.", vm=vm.name, state=vm.state.value)
        for widget in (self.vcpus, self.compatibility):
            widget.setEnabled(False)
            widget.setToolTip(reason)

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        asked = Scheduling(self.weight.value(), self.reserve.value(), self.limit.value())
        return (SetProcessors(self._vm, self.vcpus.value(), asked, self.compatibility.isChecked()),)

    def recheck(self) -> None:
        """See DraftDialog; also says what is hidden, and how many virtual processors the node has."""
        super().recheck()
        cluster = self.desk.cluster
        vm = cluster.vms[self._vm]
        node = cluster.nodes[vm.owner]
        hidden = [one for one in node.processor.features if one not in seen_with_compatibility(node.processor.features)]
        if not self.compatibility.isChecked():
            self.hidden.setText(tr("The guest sees all that the processor it boots on can do."))
        else:
            names = ", ".join(hidden) or tr("nothing")
            self.hidden.setText(
                tr("Of {node}'s processor the guest does not see: {names}.", node=node.name, names=names)
            )
        guests = [cluster.vms[one] for one in cluster.vms_on(node.id) if cluster.vms[one].state.holds_memory]
        vcpus = sum(one.vcpus for one in guests if one.id != vm.id) + self.vcpus.value()
        most = most_vcpus(cluster, node, [*guests, vm])
        self.ratio.setText(
            tr(
                "{node} runs {vcpus} virtual on {logical} logical processors with it: {ratio} to 1, at most {most}.",
                node=node.name,
                vcpus=vcpus,
                logical=node.processor.logical,
                ratio=f"{vcpus / max(1, node.processor.logical):.1f}",
                most=most,
            )
        )
