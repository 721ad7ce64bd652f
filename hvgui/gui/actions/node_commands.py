"""The commands on nodes: as members of the cluster, and as machines that fail."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.fabric_commands import NODE, NODE_MENU
from hvgui.gui.objects import Ref
from hvgui.gui.words import tr
from hvgui.requests.faults import CrashNode, NodeRequest, PauseNode, PowerOnNode, ResumeNode
from hvgui.requests.network_faults import HangClusterService
from hvgui.requests.node_service import AddNode, DrainNode, EvictNode, StartClusterService, StopClusterService
from hvgui.requests.problems import blockers
from hvgui.requests.quorum import ForceQuorum
from hvgui.requests.remove_server import RemoveServer
from hvgui.requests.request import Request


def _node(kind: type[NodeRequest], cluster: Cluster, ref: Ref) -> Request | None:
    return kind(node=ref.node)


def _drain(desk: Desk) -> None:
    from hvgui.gui.nodes.drain_dialog import DrainDialog  # noqa: PLC0415  not before it is wanted

    DrainDialog(tuple(ref.node for ref in desk.chosen(NODE)), desk).open()


def _not_to_drain(desk: Desk) -> str:
    refs = desk.chosen(NODE)
    if not desk.has_lab or not refs:
        return tr("Choose a node first.")
    found = [blockers(DrainNode(node=ref.node).check(desk.cluster)) for ref in refs]
    return "" if any(not one for one in found) else str(found[0][0])


def drain_title(desk: Desk) -> str:
    """Before 2012 a drain is an extension of ours, and says so."""
    if desk.has_lab and not desk.cluster.profile.features.drain:
        return tr("Drain... (hvgui's own before 2012)")
    return tr("Drain...")


COMMANDS = (
    Command(
        "node.pause",
        "Pause",
        NODE_MENU,
        NODE,
        "player-pause",
        request=partial(_node, PauseNode),
        explanation="The node keeps its VMs and takes no more.",
    ),
    Command(
        "node.drain",
        "Drain...",
        NODE_MENU,
        NODE,
        "stairs-down",
        "Ctrl+Shift+N",
        run=_drain,
        reason=_not_to_drain,
        naming=drain_title,
        explanation="Pauses the node and live-migrates its VMs to the others, with a forecast.",
    ),
    Command("node.resume", "Resume", NODE_MENU, NODE, "player-track-next", request=partial(_node, ResumeNode)),
    Command(
        "node.stop-service",
        "Stop Cluster Service",
        NODE_MENU,
        NODE,
        "player-stop",
        request=partial(_node, StopClusterService),
        asks=True,
        begins_group=True,
        explanation="Its VMs are quick-migrated to the others first.",
    ),
    Command(
        "node.start-service",
        "Start Cluster Service",
        NODE_MENU,
        NODE,
        "player-play",
        request=partial(_node, StartClusterService),
    ),
    Command(
        "node.force-quorum",
        "Force Cluster Start",
        NODE_MENU,
        NODE,
        "urgent",
        request=partial(_node, ForceQuorum),
        asks=True,
        explanation="Starts the cluster on this node without quorum.",
    ),
    Command(
        "node.evict",
        "Evict",
        NODE_MENU,
        NODE,
        "door-exit",
        request=partial(_node, EvictNode),
        asks=True,
        explanation="Takes the node out of the cluster for good.",
    ),
    Command(
        "node.add",
        "Add to the cluster",
        NODE_MENU,
        NODE,
        "circle-plus",
        request=partial(_node, AddNode),
        explanation="Makes a server that has been evicted, or never was in it, a member.",
    ),
    Command(
        "node.remove",
        "Remove server from lab...",
        NODE_MENU,
        NODE,
        "trash",
        request=partial(_node, RemoveServer),
        asks=True,
        explanation="Takes a server that is not in the cluster out of the lab, with its cables.",
    ),
    Command(
        "node.crash",
        "Crash",
        NODE_MENU,
        NODE,
        "bolt",
        request=partial(_node, CrashNode),
        asks=True,
        begins_group=True,
        explanation="Pulls the power plug.",
    ),
    Command("node.power-on", "Power on", NODE_MENU, NODE, "power", request=partial(_node, PowerOnNode)),
    Command(
        "node.hang",
        "Hang cluster service",
        NODE_MENU,
        NODE,
        "hand-stop",
        request=partial(_node, HangClusterService),
        asks=True,
        explanation="The cluster service answers nobody, while the node and its VMs run on.",
    ),
)
"""In the order of the Node menu."""
