"""Heartbeats in words: who hears a node and over what, how many are missed, how soon a death is noticed."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.hearing import are_joined, crosses_subnets, hears, is_alive, miss_share, missed_heartbeats
from hvgui.cluster.heartbeat import HeartbeatSettings
from hvgui.cluster.ids import NodeId
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.units import format_seconds
from hvgui.gui.facts import Facts
from hvgui.gui.words import counted, tr

_MOST_NAMED = 6


def detection_range(settings: HeartbeatSettings, *, cross_subnet: bool = False) -> str:
    """From when to when a death is noticed: `5 s to 6 s`."""
    least = settings.detection_seconds(cross_subnet=cross_subnet)
    most = least + settings.delay_seconds(cross_subnet=cross_subnet)
    return tr("{least} to {most}", least=format_seconds(least), most=format_seconds(most))


def heartbeat_sentence(cluster: Cluster) -> str:
    """The settings, and what follows from them."""
    beat = cluster.heartbeat
    return tr(
        "Heartbeats every {delay} ms, {threshold} missed in a row: a dead node is noticed after {range}.",
        delay=f"{beat.same_subnet_delay_ms:,}",
        threshold=beat.same_subnet_threshold,
        range=detection_range(beat),
    )


def heartbeat_rows(facts: Facts, node: NodeId) -> tuple[tuple[str, str], ...]:
    """A node's page: captions and values."""
    cluster = facts.cluster
    cross = crosses_subnets(cluster, node)
    missed = missed_heartbeats(cluster, node, facts.time_ns)
    threshold = cluster.heartbeat.threshold(cross_subnet=cross)
    lacking = tr("none") if missed is None else tr("{missed} of {all} that mean death", missed=missed, all=threshold)
    rows = [
        (tr("Heard by"), _heard_by(cluster, node)),
        (tr("Missed in a row"), lacking),
        (tr("Its death is noticed after"), detection_range(cluster.heartbeat, cross_subnet=cross)),
    ]
    deaf = _not_heard(cluster, node)
    return (*rows[:1], (tr("Not heard by"), deaf), *rows[1:]) if deaf else tuple(rows)


def _others(cluster: Cluster, node: NodeId) -> list[NodeId]:
    return [one for one in cluster.nodes if one != node and is_alive(cluster, one)]


def _heard_by(cluster: Cluster, node: NodeId) -> str:
    if not is_alive(cluster, node):
        return tr("nobody: it sends no heartbeats")
    others = _others(cluster, node)
    if not others:
        return tr("nobody else is up")
    hearing = [one for one in others if hears(cluster, node, one)]
    if len(others) <= _MOST_NAMED:
        return "\n".join(_pair(cluster, node, one) for one in hearing) or tr("nobody")
    return tr("{number} of {all} nodes that are up", number=len(hearing), all=len(others))


def _pair(cluster: Cluster, one: NodeId, other: NodeId) -> str:
    """Over which networks the two hear each other, and what gets lost."""
    networks = [
        network.name
        for network in cluster.networks.values()
        if network.role is not NetworkRole.NONE and are_joined(cluster, network.id, one, other)
    ]
    words = tr("{node} over {networks}", node=cluster.nodes[other].name, networks=", ".join(networks))
    if not networks:
        words = cluster.nodes[other].name
    loss = miss_share(cluster, one, other)
    return tr("{pair}; {loss} get lost", pair=words, loss=f"{loss:.1%}") if loss > 0 else words


def _not_heard(cluster: Cluster, node: NodeId) -> str:
    if not is_alive(cluster, node):
        return ""
    deaf = [cluster.nodes[one].name for one in _others(cluster, node) if not hears(cluster, node, one)]
    if len(deaf) > _MOST_NAMED:
        return counted(len(deaf), "{count} node", "{count} nodes")
    return ", ".join(deaf)
