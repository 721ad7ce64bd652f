"""A node in words and as a picture: its membership, and what its cluster service does beside it."""

from __future__ import annotations

import enum

from hvgui.cluster.nodes import DrainState, Node, NodeState, ServiceState
from hvgui.gui.states import NODE_ICONS, NODE_STATES
from hvgui.gui.words import tr


class _Condition(enum.Enum):
    """What its state alone does not say: words, and name and tint of the icon."""

    OUTSIDE = ("Not in the cluster", "server", "muted")
    OUTSIDE_OFF = ("Not in the cluster, off", "server-off", "muted")
    UNNOTICED = ("Down, not noticed yet", "bolt", "bad")
    HUNG = ("Up, cluster service hangs", "hand-stop", "bad")
    DRAINING = ("Draining", "stairs-down", "warning")
    DRAINED = ("Paused, drained", "server-2", "warning")
    STUCK = ("Paused, not all VMs could leave", "stairs-down", "bad")
    SAVING = ("Off to save power", "leaf", "good")
    STOPPED = ("Down, cluster service stopped", "power", "warning")
    FIREWALL = ("Up, firewall blocks cluster traffic", "lock", "bad")
    FIREWALL_ISOLATED = ("Isolated by its firewall", "lock", "bad")
    SET_UP_WRONGLY = ("Up, set up wrongly", "adjustments", "warning")
    ISOLATED = ("Isolated, waits for quorum", "server-off", "warning")


_DRAINS = {
    DrainState.IN_PROGRESS: _Condition.DRAINING,
    DrainState.COMPLETED: _Condition.DRAINED,
    DrainState.FAILED: _Condition.STUCK,
}


def _condition(node: Node) -> _Condition | None:
    cases = (
        (not node.is_member and node.has_power, _Condition.OUTSIDE),
        (not node.is_member, _Condition.OUTSIDE_OFF),
        (node.saves_power, _Condition.SAVING),
        (node.is_unnoticed and node.state is NodeState.DOWN, _Condition.UNNOTICED),
        (node.is_up and node.service is ServiceState.HUNG, _Condition.HUNG),
        (node.state is NodeState.PAUSED, _DRAINS.get(node.drain)),
        (node.state is NodeState.DOWN and node.has_power, _Condition.STOPPED),
        (node.state is NodeState.ISOLATED and node.blocks_cluster_traffic, _Condition.FIREWALL_ISOLATED),
        (node.state is NodeState.ISOLATED, _Condition.ISOLATED),
        (node.is_up and node.blocks_cluster_traffic, _Condition.FIREWALL),
        (node.state is NodeState.UP and bool(node.set_up_wrongly), _Condition.SET_UP_WRONGLY),
    )
    return next((condition for applies, condition in cases if applies), None)


def node_state(node: Node) -> str:
    """The node's state in a few words: `Up`, `Up, cluster service hangs`, `Down, cluster service stopped`."""
    condition = _condition(node)
    return tr(NODE_STATES[node.state] if condition is None else condition.value[0])


def node_look(node: Node) -> tuple[str, str]:
    """Name and tint of the node's icon: every fault has its own; the state always stands beside it in words."""
    condition = _condition(node)
    return NODE_ICONS[node.state] if condition is None else condition.value[1:]


def node_tone(node: Node) -> str:
    """`good` where all is well with it, else its icon's tint."""
    tint = node_look(node)[1]
    return "" if tint == "muted" else tint
