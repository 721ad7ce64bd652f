"""The commands on networks as a whole: partitions, heartbeats that get lost, all links at once."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.fabric_commands import LINK_MENU
from hvgui.gui.actions.of_requests import link_speeds, no_lab
from hvgui.gui.objects import Kind, Ref, link_ref
from hvgui.gui.words import tr
from hvgui.requests.network_faults import HealNetwork, SetHeartbeatLoss, networks_meant
from hvgui.requests.request import Request

NETWORK = frozenset({Kind.NETWORK})
NETWORKS = frozenset({Kind.NETWORKS, Kind.CLUSTER})
CARRIER = frozenset({Kind.NETWORK, Kind.LINK})
_MEGABITS = (10, 100, 1_000, 10_000)


def _partition(desk: Desk) -> None:
    from hvgui.gui.network.partition_dialog import PartitionDialog  # noqa: PLC0415  not before it is wanted

    ref = next(iter(desk.chosen(NETWORK)), None)
    PartitionDialog(None if ref is None else ref.network, desk).open()


def _not_to_partition(desk: Desk) -> str:
    if not desk.has_lab:
        return no_lab(desk)
    if len(desk.cluster.nodes) < 2:
        return tr("There is only one node: nothing can part it.")
    return "" if networks_meant(desk.cluster, None) else tr("There is no network that carries cluster traffic.")


def _heal(cluster: Cluster, ref: Ref) -> Request | None:
    del cluster
    return HealNetwork(network=ref.network)


def _heal_all(desk: Desk) -> None:
    networks = (one.id for one in desk.cluster.networks.values() if one.partition)
    desk.submit(tuple(HealNetwork(network=network) for network in networks))


def _nothing_to_heal(desk: Desk) -> str:
    if not desk.has_lab:
        return no_lab(desk)
    parted = any(one.partition for one in desk.cluster.networks.values())
    return "" if parted else tr("No network is partitioned.")


def _links_of(desk: Desk) -> tuple[Ref, ...]:
    networks = {ref.network for ref in desk.chosen(NETWORK)}
    return tuple(link_ref(node, network) for node, network in desk.cluster.links if network in networks)


def _speeds(desk: Desk) -> tuple[Choice, ...]:
    return link_speeds(desk, _links_of(desk), _MEGABITS)


def _no_links(desk: Desk) -> str:
    if not desk.has_lab or not desk.chosen(NETWORK):
        return tr("Choose a network first (in the tree, below Networks).")
    return "" if _links_of(desk) else tr("No node has a link to this network.")


def _lose(desk: Desk) -> None:
    from hvgui.gui.network.loss_dialog import LossDialog  # noqa: PLC0415  not before it is wanted

    LossDialog(desk.chosen(CARRIER), desk).open()


def _mend(cluster: Cluster, ref: Ref) -> Request | None:
    node: NodeId | None = ref.node if ref.kind is Kind.LINK else None
    lost = cluster.links[ref.link].heartbeat_loss if node is not None else cluster.networks[ref.network].heartbeat_loss
    return SetHeartbeatLoss(network=ref.network, loss=0.0, node=node) if lost else None


COMMANDS = (
    Command(
        "network.partition",
        "Partition...",
        LINK_MENU,
        icon="arrows-split-2",
        run=_partition,
        reason=_not_to_partition,
        beside=NETWORK | NETWORKS,
        changes=True,
        begins_group=True,
        explanation="A fault of the switches separates groups of nodes from each other.",
    ),
    Command(
        "network.heal",
        "Heal partition",
        LINK_MENU,
        NETWORK,
        "plug-connected",
        request=_heal,
        explanation="The nodes reach each other over this network again.",
    ),
    Command(
        "network.heal-all",
        "Heal every partition",
        LINK_MENU,
        icon="plug-connected",
        run=_heal_all,
        reason=_nothing_to_heal,
        beside=NETWORKS,
        changes=True,
    ),
    Command(
        "network.speed",
        "Set speed of all links",
        LINK_MENU,
        NETWORK,
        "gauge",
        choices=_speeds,
        reason=_no_links,
        begins_group=True,
        explanation="Slows, or quickens, every link to the network.",
    ),
    Command(
        "network.lose-heartbeats",
        "Lose heartbeats...",
        LINK_MENU,
        CARRIER,
        "heartbeat",
        run=_lose,
        explanation="A share of the heartbeats gets lost or arrives damaged.",
    ),
    Command(
        "network.keep-heartbeats",
        "Lose no more heartbeats",
        LINK_MENU,
        CARRIER,
        "heartbeat",
        request=_mend,
        explanation="Every heartbeat arrives again.",
    ),
)
"""Behind those on single links."""
