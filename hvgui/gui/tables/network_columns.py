"""The columns of the tables of networks and of nodes' links to them."""

from __future__ import annotations

from hvgui.cluster.networks import Link, Network
from hvgui.cluster.units import format_link_speed
from hvgui.gui.facts import Facts
from hvgui.gui.inventory_order import NameKey, name_key
from hvgui.gui.network.words import link_look, link_state, network_state, network_tint, role_of
from hvgui.gui.objects import Ref
from hvgui.gui.tables.column import Column, TableKind
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr


def _network(facts: Facts, ref: Ref) -> Network:
    return facts.cluster.networks[ref.network]


def _name(facts: Facts, ref: Ref) -> str:
    return _network(facts, ref).name


def _name_order(facts: Facts, ref: Ref) -> NameKey:
    return name_key(_network(facts, ref).name)


def _network_icon(facts: Facts, ref: Ref) -> tuple[str, str]:
    return ("network", network_tint(facts.cluster, ref.network))


def _network_state(facts: Facts, ref: Ref) -> str:
    return network_state(facts.cluster, ref.network) or tr("Up")


def _network_state_tint(facts: Facts, ref: Ref) -> str:
    tint = network_tint(facts.cluster, ref.network)
    return "" if tint == "text" else tint


def _role(facts: Facts, ref: Ref) -> str:
    return role_of(_network(facts, ref))


def _address(facts: Facts, ref: Ref) -> str:
    return _network(facts, ref).address


def _gateway(facts: Facts, ref: Ref) -> str:
    return tr("Yes") if _network(facts, ref).has_gateway else tr("No")


def _metric(facts: Facts, ref: Ref) -> int:
    return _network(facts, ref).metric


def _metric_text(facts: Facts, ref: Ref) -> str:
    return f"{_metric(facts, ref):,}"


def _links_cut(facts: Facts, ref: Ref) -> int:
    return sum(not link.up for link in facts.cluster.links.values() if link.network == ref.network)


def _links_text(facts: Facts, ref: Ref) -> str:
    number = sum(link.network == ref.network for link in facts.cluster.links.values())
    cut = _links_cut(facts, ref)
    return tr("{number}, {cut} cut", number=number, cut=cut) if cut else str(number)


NETWORK_TABLE = TableKind(
    id="networks",
    rows="Networks",
    columns=(
        Column("name", "Name", _name, _name_order, 18, icon=_network_icon),
        Column("state", "State", _network_state, width=20, tint=_network_state_tint),
        Column("role", "Role", _role, width=20),
        Column("address", "Address", _address, width=16),
        Column("links", "Links", _links_text, _links_cut, 12, numeric=True),
        Column("gateway", "Gateway", _gateway, width=9),
        Column("metric", "Metric", _metric_text, _metric, 8, numeric=True),
    ),
    empty="No networks in this cluster.",
)


def _link(facts: Facts, ref: Ref) -> Link:
    return facts.cluster.links[ref.link]


def _link_node(facts: Facts, ref: Ref) -> str:
    return node_name(facts.cluster, _link(facts, ref).node)


def _link_node_order(facts: Facts, ref: Ref) -> NameKey:
    return name_key(_link_node(facts, ref))


def _link_network(facts: Facts, ref: Ref) -> str:
    return facts.cluster.networks[_link(facts, ref).network].name


def _link_icon(facts: Facts, ref: Ref) -> tuple[str, str]:
    return link_look(_link(facts, ref))


def _link_state(facts: Facts, ref: Ref) -> str:
    return link_state(_link(facts, ref))


def _link_tint(facts: Facts, ref: Ref) -> str:
    tint = link_look(_link(facts, ref))[1]
    return "" if tint == "good" else tint


def _speed(facts: Facts, ref: Ref) -> float:
    return _link(facts, ref).bytes_per_second


def _speed_text(facts: Facts, ref: Ref) -> str:
    return format_link_speed(_speed(facts, ref))


def latency_text(latency_seconds: float) -> str:
    """A link's latency in milliseconds, however short: `0.1 ms`."""
    return tr("{milliseconds} ms", milliseconds=f"{latency_seconds * 1000:g}")


def _latency(facts: Facts, ref: Ref) -> float:
    return _link(facts, ref).latency_seconds


def _latency_text(facts: Facts, ref: Ref) -> str:
    return latency_text(_latency(facts, ref))


def _link_address(facts: Facts, ref: Ref) -> str:
    return _link(facts, ref).address


def _adapter(facts: Facts, ref: Ref) -> str:
    return _link(facts, ref).adapter


LINK_TABLE = TableKind(
    id="links",
    rows="Links",
    columns=(
        Column("node", "Node", _link_node, _link_node_order, 16, icon=_link_icon),
        Column("network", "Network", _link_network, width=16),
        Column("state", "State", _link_state, width=14, tint=_link_tint),
        Column("speed", "Speed", _speed_text, _speed, 11, numeric=True),
        Column("latency", "Latency", _latency_text, _latency, 9, numeric=True),
        Column("address", "Address", _link_address, width=16),
        Column("adapter", "Adapter", _adapter, width=20),
    ),
    empty="No links here.",
)
