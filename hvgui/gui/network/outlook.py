"""What a partition would do to the cluster: who goes on, with which votes, and whose VMs stop."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.hearing import is_alive, sides
from hvgui.cluster.ids import NodeId
from hvgui.cluster.membership import standing_among
from hvgui.gui.words import counted, tr
from hvgui.requests.network_faults import PartitionNetwork, networks_meant
from hvgui.requests.problems import blockers

_MOST_NAMED = 4


@dataclass(frozen=True)
class Outlook:
    """A sentence and its tone."""

    sentence: str
    tone: str = ""


def after_partition(cluster: Cluster, request: PartitionNetwork) -> Outlook:
    """Who goes on once the network is in pieces; nothing where the request would be refused."""
    if blockers(request.check(cluster)):
        return Outlook("")
    changed = cluster.fork()
    for network in networks_meant(cluster, request.network):
        changed.put(replace(network, partition=request.groups))
    alive = [node for node in changed.nodes if is_alive(changed, node)]
    if len(sides(changed, alive)) <= 1:
        return Outlook(tr("All nodes still hear each other, over another network: nothing stops."), "good")
    return _of_standing(cluster, changed, alive)


def _of_standing(before: Cluster, changed: Cluster, alive: list[NodeId]) -> Outlook:
    now = standing_among(changed, alive)
    stopped = [node for node in alive if node not in now.active]
    vms = sum(
        before.vms[vm].highly_available and before.vms[vm].state.holds_memory
        for node in stopped
        for vm in before.vms_on(node)
    )
    loss = counted(vms, "{count} VM stops", "{count} VMs stop")
    if not now.active:
        return Outlook(
            tr("No side has quorum ({tally}): the whole cluster stops, {loss}.", tally=now.tally, loss=loss), "bad"
        )
    goes_on = _names(changed, now.active)
    stops = _names(changed, tuple(stopped))
    words = tr(
        "{goes_on} goes on ({tally}); the cluster service stops on {stops}, {loss} there and start elsewhere.",
        goes_on=goes_on,
        tally=now.tally,
        stops=stops,
        loss=loss,
    )
    return Outlook(words, "warning")


def _names(cluster: Cluster, nodes: tuple[NodeId, ...]) -> str:
    names = [cluster.nodes[node].name for node in nodes[:_MOST_NAMED]]
    more = len(nodes) - _MOST_NAMED
    return ", ".join(names) + (tr(" and {count} more", count=more) if more > 0 else "")
