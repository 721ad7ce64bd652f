"""The commands on the links of nodes to networks."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.of_requests import link_speeds
from hvgui.gui.objects import Kind, Ref
from hvgui.requests.faults import CutLink, RestoreLink
from hvgui.requests.request import Request

NODE = frozenset({Kind.NODE})
LINK = frozenset({Kind.LINK})
NODE_MENU = "&Node"
LINK_MENU = "Net&work"
_MEGABITS = (10, 100, 1_000, 2_500, 10_000, 25_000, 40_000, 100_000)


def _link(kind: type[CutLink | RestoreLink], cluster: Cluster, ref: Ref) -> Request | None:
    return kind(node=ref.node, network=ref.network)


def _speed_choices(desk: Desk) -> tuple[Choice, ...]:
    return link_speeds(desk, tuple(ref for ref in desk.refs if ref.kind is Kind.LINK), _MEGABITS)


COMMANDS = (
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
"""Commands on links, in the order of their menu."""
