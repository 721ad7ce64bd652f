"""The commands on the links of nodes to networks."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.units import format_link_speed
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.words import tr
from hvgui.requests.faults import CutLink, RestoreLink, SetLinkSpeed
from hvgui.requests.request import Request

NODE = frozenset({Kind.NODE})
LINK = frozenset({Kind.LINK})
NODE_MENU = "&Node"
LINK_MENU = "Net&work"
_MEGABITS = (10, 100, 1_000, 2_500, 10_000, 25_000, 40_000, 100_000)


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
