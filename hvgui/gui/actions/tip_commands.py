"""The commands on the load watch and its tips."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.load_watch import Tip, TipState, WatchMode
from hvgui.gui.actions.cluster_commands import CLUSTER, MENU
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.fabric_commands import NODE, NODE_MENU
from hvgui.gui.actions.of_requests import no_lab
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.tips.overload import guests_of
from hvgui.gui.tips.words import MODES, badge_words
from hvgui.gui.words import tr
from hvgui.requests.load_watch import DismissTip, ImplementTip, SetLoadWatch
from hvgui.requests.request import Request

# The watch


def _settings(desk: Desk) -> None:
    from hvgui.gui.tips.answers import open_settings  # noqa: PLC0415  not before it is wanted

    open_settings(desk)


def _modes(desk: Desk) -> tuple[Choice, ...]:
    now = desk.cluster.load_watch.mode
    return tuple(
        Choice(tr(title), partial(_set_mode, mode=mode), explanation=tr(explanation), checked=mode is now)
        for mode, (title, explanation) in MODES.items()
    )


def _set_mode(desk: Desk, mode: WatchMode) -> None:
    if mode is not desk.cluster.load_watch.mode:
        desk.submit((SetLoadWatch(replace(desk.cluster.load_watch, mode=mode)),))


def _show_tips(desk: Desk) -> None:
    desk.window.show_tab(Ref(Kind.CLUSTER), "tips")


def _tips_title(desk: Desk) -> str:
    words = badge_words(desk.cluster) if desk.has_lab else ""
    return tr("Show tips ({words})", words=words) if words else tr("Show tips")


# A node's tip


def _tip(cluster: Cluster, ref: Ref) -> Tip | None:
    tip = cluster.tips.of(ref.node)
    return tip if tip is not None and tip.state is TipState.OPEN else None


def _implement(cluster: Cluster, ref: Ref) -> Request | None:
    tip = _tip(cluster, ref)
    return ImplementTip(tip=tip.id) if tip is not None else None


def _dismiss(cluster: Cluster, ref: Ref) -> Request | None:
    tip = _tip(cluster, ref)
    return DismissTip(tip=tip.id) if tip is not None else None


def _no_tip(desk: Desk) -> str:
    """Why none of the chosen nodes has a tip to act on."""
    refs = desk.chosen(NODE)
    if not desk.has_lab or not refs or any(_tip(desk.cluster, ref) is not None for ref in refs):
        return ""
    name = desk.cluster.nodes[refs[0].node].name
    if desk.cluster.load_watch.mode is WatchMode.OFF:
        return tr("The load watch is off (Cluster menu): {node} has no tip.", node=name)
    return tr("{node} has no open tip.", node=name)


def _overload(desk: Desk) -> None:
    from hvgui.gui.tips.overload_dialog import OverloadDialog  # noqa: PLC0415  not before it is wanted

    OverloadDialog(desk.chosen(NODE)[0].node, desk).open()


def _not_to_overload(desk: Desk) -> str:
    refs = desk.chosen(NODE)
    if not desk.has_lab or not refs:
        return tr("Choose a node first.")
    node = desk.cluster.nodes[refs[0].node]
    return "" if guests_of(desk.cluster, node.id) else tr("No VM runs on {node}.", node=node.name)


COMMANDS = (
    Command(
        "cluster.tips",
        "Show tips",
        MENU,
        icon="flame",
        shortcut="Ctrl+Shift+P",
        run=_show_tips,
        reason=no_lab,
        beside=CLUSTER,
        naming=_tips_title,
        changes=False,
        begins_group=True,
        explanation="What the load watch proposes for overloaded nodes, and every node's loads against the limits.",
    ),
    Command(
        "cluster.watch-mode",
        "Load watch mode",
        MENU,
        icon="activity",
        choices=_modes,
        reason=no_lab,
        beside=CLUSTER,
        changes=True,
        explanation="Off, by hand, or by itself.",
    ),
    Command(
        "cluster.load-watch",
        "Load Watch...",
        MENU,
        icon="adjustments",
        run=_settings,
        reason=no_lab,
        beside=CLUSTER,
        changes=True,
        explanation="Mode, aggressiveness, window, limits and quiet hours of the watch over the nodes' loads.",
    ),
)
"""In the order of the Cluster menu, its group for balancing."""

NODE_COMMANDS = (
    Command(
        "node.implement-tip",
        "Implement its tip",
        NODE_MENU,
        NODE,
        "flame",
        request=_implement,
        reason=_no_tip,
        begins_group=True,
        explanation="Makes the live migration that the load watch proposes.",
    ),
    Command(
        "node.dismiss-tip",
        "Dismiss its tip",
        NODE_MENU,
        NODE,
        "x",
        request=_dismiss,
        reason=_no_tip,
        explanation="Puts the tip away until the load has fallen.",
    ),
    Command(
        "node.overload",
        "Give it more to do...",
        NODE_MENU,
        NODE,
        "activity",
        run=_overload,
        reason=_not_to_overload,
        explanation="Raises the load of all its VMs, to see what the load watch makes of it.",
    ),
)
"""In the order of the Node menu."""
