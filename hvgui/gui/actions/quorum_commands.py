"""The commands on the cluster's quorum and heartbeats, as More Actions... of Failover Cluster Manager has them."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.ids import NodeId
from hvgui.cluster.membership import model_of
from hvgui.cluster.quorum import QuorumModel
from hvgui.gui.actions.cluster_commands import MENU
from hvgui.gui.actions.command import Choice, Command, plan
from hvgui.gui.actions.confirm import ConfirmDialog
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.node_commands import COMMANDS as NODE_COMMANDS
from hvgui.gui.actions.of_requests import entry, no_lab, sends, why_not
from hvgui.gui.objects import Kind, node_ref
from hvgui.gui.words import tr
from hvgui.requests.chaos import StopChaos
from hvgui.requests.maintenance import CancelMaintenance
from hvgui.requests.network_faults import FailWitnessShare, RestoreWitnessShare
from hvgui.requests.problems import blockers
from hvgui.requests.quorum import ForceQuorum, SetQuorum
from hvgui.requests.request import Request

CLUSTER = frozenset({Kind.CLUSTER})
_FORCE = next(one for one in NODE_COMMANDS if one.id == "node.force-quorum")


def _quorum(desk: Desk) -> None:
    from hvgui.gui.quorum.settings_dialog import QuorumDialog  # noqa: PLC0415  not before it is wanted

    QuorumDialog(desk).open()


def _heartbeat(desk: Desk) -> None:
    from hvgui.gui.quorum.heartbeat_dialog import HeartbeatDialog  # noqa: PLC0415  not before it is wanted

    HeartbeatDialog(desk).open()


def _not_to_configure(desk: Desk) -> str:
    """Whatever is chosen in the dialog, without quorum nothing can be changed."""
    if not desk.has_lab:
        return no_lab(desk)
    found = blockers(SetQuorum(quorum_model=QuorumModel.NODE_MAJORITY).check(desk.cluster))
    return next((str(one) for one in found if one.code == "no-quorum"), "")


# Nodes that can be forced, and servers that become nodes


def _not_to_force(desk: Desk) -> str:
    if not desk.has_lab:
        return no_lab(desk)
    reason = ""
    for node in desk.cluster.nodes:
        found = blockers(ForceQuorum(node=node).check(desk.cluster))
        if not found:
            return ""
        reason = reason or str(found[0])
        if found[0].code == "has-quorum":
            break  # so it is whichever node is chosen, and who counts votes anew for a thousand takes seconds
    return reason or tr("There is no node in this cluster.")


def _force_choices(desk: Desk) -> tuple[Choice, ...]:
    return tuple(
        entry(desk, node.name, (ForceQuorum(node=node.id),), partial(_ask_force, node=node.id))
        for node in desk.cluster.nodes.values()
    )


def _ask_force(desk: Desk, node: NodeId) -> None:
    if _FORCE.request is not None:
        made = plan(_FORCE.request, desk.cluster, (node_ref(node),))
        ConfirmDialog(_FORCE, made, desk, desk.parent).open()


def _add(desk: Desk) -> None:
    from hvgui.gui.servers.wizard import AddNodeWizard  # noqa: PLC0415  not before it is wanted

    open_already = desk.parent.findChild(AddNodeWizard)
    chosen = [ref.node for ref in desk.refs if ref.kind is Kind.NODE]
    outside = [node for node in chosen if node in desk.cluster.nodes and not desk.cluster.nodes[node].is_member]
    wizard = open_already if open_already is not None else AddNodeWizard(desk, next(iter(outside), None))
    wizard.show()
    wizard.raise_()
    wizard.activateWindow()


# Maintenance


def _maintain(desk: Desk) -> None:
    """The plan that is under way, or the dialog for another one."""
    from hvgui.gui.nodes.maintenance_dialog import MaintenanceDialog, show_progress  # noqa: PLC0415  not before wanted

    if desk.cluster.maintenance.present is not None:
        show_progress(desk)
    else:
        MaintenanceDialog(desk).open()


# Chaos


def _chaos(desk: Desk) -> None:
    from hvgui.gui.chaos.dialog import ChaosDialog  # noqa: PLC0415  not before it is wanted

    ChaosDialog(desk).open()


# The witness share's server


def _not_to_change_share(request: Request, desk: Desk) -> str:
    if desk.has_lab and model_of(desk.cluster) is not QuorumModel.NODE_AND_SHARE:
        return tr("The quorum of {cluster} has no file share witness.", cluster=desk.cluster.name)
    return why_not(request)(desk)


COMMANDS = (
    Command(
        "cluster.quorum",
        "Configure Cluster Quorum Settings...",
        MENU,
        icon="scale",
        shortcut="Ctrl+Shift+Q",
        run=_quorum,
        reason=_not_to_configure,
        beside=CLUSTER,
        changes=True,
        begins_group=True,
        explanation="The four models, their witness, and what each survives.",
    ),
    Command(
        "cluster.heartbeat",
        "Heartbeat settings...",
        MENU,
        icon="heartbeat",
        run=_heartbeat,
        reason=no_lab,
        beside=CLUSTER,
        changes=True,
        explanation="How often nodes call each other, and how soon a death is noticed.",
    ),
    Command(
        "cluster.force",
        "Force Cluster Start",
        MENU,
        icon="urgent",
        choices=_force_choices,
        reason=_not_to_force,
        beside=CLUSTER,
        changes=True,
        explanation="Starts a cluster that has no quorum, on a node that waits for it.",
    ),
    Command(
        "cluster.add-node",
        "Add Node...",
        MENU,
        icon="circle-plus",
        shortcut="Ctrl+Shift+A",
        run=_add,
        reason=no_lab,
        beside=CLUSTER | {Kind.NODES},
        changes=True,
        begins_group=True,
        explanation="A server of the lab, or a new one whose hardware and cables you choose.",
    ),
    Command(
        "cluster.maintenance",
        "Rolling maintenance...",
        MENU,
        icon="tool",
        run=_maintain,
        reason=no_lab,
        beside=CLUSTER | {Kind.NODES, Kind.NODE},
        changes=True,
        explanation="Drains, restarts and resumes one node after the other, with a forecast and progress.",
    ),
    Command(
        "cluster.maintenance-cancel",
        "Cancel maintenance",
        MENU,
        icon="x",
        run=sends(CancelMaintenance()),
        reason=why_not(CancelMaintenance()),
        beside=CLUSTER | {Kind.NODES},
        changes=True,
        explanation="The present node is resumed; the others stay as they are.",
    ),
    Command(
        "cluster.fail-share",
        "Fail the file share witness",
        MENU,
        icon="share",
        run=sends(FailWitnessShare()),
        reason=partial(_not_to_change_share, FailWitnessShare()),
        beside=CLUSTER,
        changes=True,
        begins_group=True,
        explanation="Its server goes down.",
    ),
    Command(
        "cluster.restore-share",
        "Restore the file share witness",
        MENU,
        icon="share",
        run=sends(RestoreWitnessShare()),
        reason=partial(_not_to_change_share, RestoreWitnessShare()),
        beside=CLUSTER,
        changes=True,
    ),
    Command(
        "cluster.chaos",
        "Chaos mode...",
        MENU,
        icon="dice-5",
        run=_chaos,
        reason=no_lab,
        beside=CLUSTER,
        changes=True,
        begins_group=True,
        explanation="Lets faults come by themselves, at a chosen rate.",
    ),
    Command(
        "cluster.chaos-stop",
        "Stop chaos",
        MENU,
        icon="player-stop",
        run=sends(StopChaos()),
        reason=why_not(StopChaos()),
        beside=CLUSTER,
        changes=True,
        explanation="No more faults come; those that are there are still mended.",
    ),
)
"""In the order of the Cluster menu, behind validation."""
