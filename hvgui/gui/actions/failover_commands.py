"""The commands on what the cluster does for a VM when something fails."""

from __future__ import annotations

from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.vm_commands import MENU, VM
from hvgui.gui.words import tr
from hvgui.requests.failover_policy import SetFailoverPolicy
from hvgui.requests.problems import blockers


def _properties(desk: Desk) -> None:
    from hvgui.gui.failover.policy_dialog import PolicyDialog  # noqa: PLC0415  not before it is wanted

    clustered = tuple(vm for vm in desk.vms() if desk.cluster.vms[vm].highly_available)
    PolicyDialog(clustered, desk).open()


def _not_clustered(desk: Desk) -> str:
    vms = [vm for vm in desk.vms() if desk.has_lab and vm in desk.cluster.vms]
    if not vms:
        return tr("Choose a virtual machine first.")
    if any(desk.cluster.vms[vm].highly_available for vm in vms):
        return ""
    return str(blockers(SetFailoverPolicy(vm=vms[0]).check(desk.cluster))[0])


COMMANDS = (
    Command(
        "vm.properties",
        "Properties...",
        MENU,
        VM,
        "adjustments",
        "Alt+Return",
        run=_properties,
        reason=_not_clustered,
        begins_group=True,
        explanation="Preferred and possible owners, priority, failures, failback, anti-affinity, start delay.",
    ),
)
"""At the end of the VM menu."""
