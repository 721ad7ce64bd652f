"""The commands that set a node up wrongly, and right again: one for each thing that can be wrong with it."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.misconfigurations import Misconfiguration, is_wrong
from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.fabric_commands import NODE, NODE_MENU
from hvgui.gui.objects import Ref
from hvgui.gui.words import tr
from hvgui.requests.misconfigurations import MisconfigureNode, SetNodeRight
from hvgui.requests.request import Request

_TITLES = {
    Misconfiguration.DOMAIN: ("Leave the domain", "Join the domain"),
    Misconfiguration.VIRTUALISATION: ("Switch off hardware virtualisation", "Switch on hardware virtualisation"),
    Misconfiguration.FIREWALL: ("Block cluster traffic by firewall", "Let the firewall pass cluster traffic"),
    Misconfiguration.CLUSTER_SERVICE: ("Start cluster service by hand only", "Start cluster service with Windows"),
    Misconfiguration.SERVICES: ("Stop a service that a cluster needs", "Start the services that a cluster needs"),
    Misconfiguration.DRIVER: ("Install an unsigned driver", "Install signed drivers"),
    Misconfiguration.MEMORY_DUMP: ("Switch off memory dumps", "Switch on memory dumps"),
    Misconfiguration.UPDATE: ("Other updates than the others", "The updates of the others"),
    Misconfiguration.RELEASE: ("An older release of Windows", "The release of Windows of the others"),
    Misconfiguration.SERVICE_PACK: ("Another service pack than the others", "The service pack of the others"),
    Misconfiguration.OPTION: ("Another installation option than the others", "The installation option of the others"),
    Misconfiguration.SYSTEM_DRIVE: ("Another system drive than the others", "The system drive of the others"),
}
_MATTERS = {
    Misconfiguration.DOMAIN: "Without the domain of the others a node joins no cluster.",
    Misconfiguration.VIRTUALISATION: "A switch in the firmware, which counts from the next start: Hyper-V needs it.",
    Misconfiguration.FIREWALL: "A firewall that blocks heartbeats cuts the node off.",
    Misconfiguration.CLUSTER_SERVICE: "Started by hand only, the node stays out after a restart.",
}
_SEEN = "Found by Validate; nothing else sees it."


def _request(what: Misconfiguration, cluster: Cluster, ref: Ref) -> Request | None:
    node = cluster.nodes[ref.node]
    return (SetNodeRight if is_wrong(cluster, node, what) else MisconfigureNode)(node=ref.node, wrong=what)


def _title(what: Misconfiguration, desk: Desk) -> str:
    refs = desk.chosen(NODE) if desk.has_lab else ()
    nodes = [desk.cluster.nodes[ref.node] for ref in refs if ref.node in desk.cluster.nodes]
    wrong, right = _TITLES[what]
    return tr(right if nodes and all(is_wrong(desk.cluster, node, what) for node in nodes) else wrong)


COMMANDS = tuple(
    Command(
        f"node.{what.value.replace(' ', '-')}",
        _TITLES[what][0],
        NODE_MENU,
        NODE,
        "adjustments",
        request=partial(_request, what),
        naming=partial(_title, what),
        explanation=_MATTERS.get(what, _SEEN),
    )
    for what in Misconfiguration
)
"""In the order of the group Set up wrongly."""
