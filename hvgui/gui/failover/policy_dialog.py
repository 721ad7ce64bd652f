"""Properties of a clustered VM, or of several: the tabs General, Failover and Advanced Policies."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget

from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.failover.advanced_tab import AdvancedTab
from hvgui.gui.failover.failover_tab import FailoverTab
from hvgui.gui.failover.general_tab import GeneralTab
from hvgui.gui.words import counted, tr
from hvgui.requests.failover_policy import SetFailoverPolicy, SetOwners
from hvgui.requests.request import Request


class PolicyDialog(AdvisedDialog):
    """Shows what the first VM has; asks for nothing that is as it was, so that of several VMs only what somebody has
    changed becomes the same."""

    def __init__(self, vms: tuple[VmId, ...], desk: Desk) -> None:
        cluster = desk.cluster
        self._vms = tuple(vm for vm in vms if vm in cluster.vms)
        first = cluster.vms[self._vms[0]]
        many = counted(len(self._vms), "{count} VM", "{count} VMs")
        title = tr("Properties of {vm}", vm=first.name if len(self._vms) == 1 else many)
        about = tr("What the cluster does when {vm} or its node fails. All of it takes effect at once.", vm=first.name)
        if len(self._vms) > 1:
            about = tr(
                "Shown is what {vm} has. What you change here holds for all {count} then; the rest stays as it is.",
                vm=first.name,
                count=len(self._vms),
            )
        super().__init__(title, about, desk, "vm properties")
        self.setMinimumWidth(620)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("policy tabs")
        self.tabs.setDocumentMode(True)
        self.general = GeneralTab(cluster, first, self)
        self.failover = FailoverTab(cluster, first, self)
        self.advanced = AdvancedTab(cluster, first, self)
        for tab, words in (
            (self.general, tr("General")),
            (self.failover, tr("Failover")),
            (self.advanced, tr("Advanced Policies")),
        ):
            self.tabs.addTab(tab, words)
            tab.changed.connect(self.recheck)
        self.form.addRow(self.tabs)
        self.form.addRow(self.advice)
        self._first = (self.general.value(), self.failover.value(), self.advanced.value())
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        found = [request for vm in self._vms for request in self._of(vm)]
        if not found:
            raise ValueError(tr("nothing has been changed yet"))
        return tuple(found)

    def _of(self, vm: VmId) -> tuple[Request, ...]:
        """What has been changed, for one VM: the rest of its policy is its own."""
        record = self.desk.cluster.vms[vm]
        general, failover, advanced = self.general.value(), self.failover.value(), self.advanced.value()
        was_general, was_failover, was_advanced = self._first
        found: list[Request] = []
        if (general.preferred, advanced.possible) != (was_general.preferred, was_advanced.possible):
            preferred = general.preferred if general.preferred != was_general.preferred else record.preferred_owners
            possible = advanced.possible if advanced.possible != was_advanced.possible else record.possible_owners
            found.append(SetOwners(vm=vm, preferred=preferred, possible=possible))
        policy = SetFailoverPolicy(
            vm=vm,
            policy=failover if failover != was_failover else record.failover,
            anti_affinity=(
                advanced.anti_affinity if advanced.anti_affinity != was_advanced.anti_affinity else record.anti_affinity
            ),
            start_delay_seconds=(
                advanced.start_delay_seconds
                if advanced.start_delay_seconds != was_advanced.start_delay_seconds
                else record.start_delay_seconds
            ),
            priority=general.priority if general.priority is not was_general.priority else record.priority,
        )
        if _differs(policy, record):
            found.append(policy)
        return tuple(found)


def _differs(policy: SetFailoverPolicy, vm: VirtualMachine) -> bool:
    now = (vm.failover, vm.anti_affinity, vm.start_delay_seconds, vm.priority)
    return now != (policy.policy, policy.anti_affinity, policy.start_delay_seconds, policy.priority)
