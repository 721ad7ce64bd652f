"""The mark of a node that is off to save power, taken away again; and that of nodes that somebody wants on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.ids import NodeId

if TYPE_CHECKING:
    from hvgui.engine.world import World


def count(world: World, node: NodeId) -> None:
    """A node is off to save power no more, whoever has ended that: its time counts as saved. Else nothing."""
    cluster = world.cluster
    record = cluster.nodes[node]
    if record.saving_since_ns is not None:
        cluster.put(replace(record, saving_since_ns=None))
        cluster.put(replace(cluster.power, saved_ns=cluster.power.saved_ns + world.now_ns - record.saving_since_ns))


def keep_on(world: World, node: NodeId) -> None:
    """Somebody switches a node on that was off to save power: it stays on until the hours begin again."""
    cluster = world.cluster
    if cluster.nodes[node].saves_power and node not in cluster.power.kept_on:
        kept = tuple(sorted((*cluster.power.kept_on, node)))
        cluster.put(replace(cluster.power, kept_on=kept, changed_ns=world.now_ns))
