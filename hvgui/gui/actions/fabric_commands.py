"""The commands on nodes and on their links to networks."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.units import format_link_speed
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.words import tr
from hvgui.requests.faults import (
    CrashNode,
    CutLink,
    NodeRequest,
    PauseNode,
    PowerOnNode,
    RestoreLink,
    ResumeNode,
    SetLinkSpeed,
)
from hvgui.requests.request import Request

NODE = frozenset({Kind.NODE})
LINK = frozenset({Kind.LINK})
NODE_MENU = "&Node"
LINK_MENU = "Net&work"
_MEGABITS = (10, 100, 1_000, 2_500, 10_000, 25_000, 40_000, 100_000)


def _node(kind: type[NodeRequest], cluster: Cluster, ref: Ref) -> Request | None:
    return kind(node=ref.node)


def _link(kind: type[CutLink | RestoreLink], cluster: Cluster, ref: Ref) -> Request | None:
    return kind(node=ref.node, network=ref.network)


def _speed_choices(desk: Desk) -> tuple[Choice, ...]:
    links = tuple(ref for ref in desk.refs if ref.kind is Kind.LINK)
    speeds = {desk.cluster.links[ref.link].bytes_per_second for ref in links}
    presets = tuple(
        Choice(
            format_link_speed(megabits * 125_000.0),
            partial(_set_speed, links=links, bytes_per_second=megabits * 125_000.0),
            checked=speeds == {megabits * 125_000.0},
        )
        for megabits in _MEGABITS
    )
    return (*presets, Choice(tr("Another..."), partial(_ask_speed, links=links)))


def _set_speed(desk: Desk, links: tuple[Ref, ...], bytes_per_second: float) -> None:
    desk.submit(tuple(SetLinkSpeed(ref.node, ref.network, bytes_per_second) for ref in links))


def _ask_speed(desk: Desk, links: tuple[Ref, ...]) -> None:
    desk.window.ask_link_speed(links)


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
    Command("node.resume", "Resume", NODE_MENU, NODE, "player-track-next", request=partial(_node, ResumeNode)),
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
        "link.cut",
        "Cut link",
        LINK_MENU,
        LINK,
        "plug-off",
        request=partial(_link, CutLink),
        explanation="Pulls the network cable.",
    ),
    Command("link.restore", "Restore link", LINK_MENU, LINK, "plug-connected", request=partial(_link, RestoreLink)),
    Command("link.speed", "Set speed", LINK_MENU, LINK, "gauge", choices=_speed_choices),
)
"""Commands on nodes and links, in the order of their menus."""
