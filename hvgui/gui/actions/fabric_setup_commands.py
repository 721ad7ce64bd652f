"""The commands that set networks and storage up otherwise, rightly or wrongly, as validation looks at them."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NodeId, SanId
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.units import format_seconds
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.fabric_commands import LINK, LINK_MENU
from hvgui.gui.actions.network_commands import NETWORK
from hvgui.gui.actions.of_requests import entry
from hvgui.gui.actions.storage_commands import LUN, SAN
from hvgui.gui.actions.storage_commands import MENU as STORAGE_MENU
from hvgui.gui.network.words import ROLE_WORDS
from hvgui.gui.objects import Ref
from hvgui.gui.words import tr
from hvgui.requests.fabric_setup import (
    PresentLun,
    SetLinkLatency,
    SetNetworkRole,
    SetReservations,
    SetSanLatency,
)
from hvgui.requests.request import Request

_LINK_SECONDS = (0.0001, 0.001, 0.005, 0.02, 0.1, 0.5)
_SAN_SECONDS = (0.0002, 0.0005, 0.002, 0.01, 0.05, 0.2, 1.5)


def _roles(desk: Desk) -> tuple[Choice, ...]:
    refs = desk.chosen(NETWORK)
    present = {desk.cluster.networks[ref.network].role for ref in refs}
    return tuple(
        entry(
            desk,
            tr(ROLE_WORDS[role]),
            [SetNetworkRole(ref.network, role) for ref in refs],
            checked=present == {role},
        )
        for role in (NetworkRole.CLUSTER_AND_CLIENT, NetworkRole.CLUSTER_ONLY, NetworkRole.NONE)
        if refs
    )


def _link_latencies(desk: Desk) -> tuple[Choice, ...]:
    refs = desk.chosen(LINK)
    present = {desk.cluster.links[ref.link].latency_seconds for ref in refs}
    return tuple(
        entry(
            desk,
            format_seconds(seconds),
            [SetLinkLatency(ref.node, ref.network, seconds) for ref in refs],
            checked=present == {seconds},
        )
        for seconds in _LINK_SECONDS
        if refs
    )


def _address(desk: Desk) -> None:
    from hvgui.gui.dialogs.address_dialog import AddressDialog  # noqa: PLC0415  not before it is wanted

    AddressDialog(desk.chosen(LINK)[0], desk).open()


def _san_latencies(desk: Desk) -> tuple[Choice, ...]:
    sans = [SanId(ref.number) for ref in desk.chosen(SAN)]
    present = {desk.cluster.sans[san].latency_seconds for san in sans}
    return tuple(
        entry(
            desk, format_seconds(seconds), [SetSanLatency(san, seconds) for san in sans], checked=present == {seconds}
        )
        for seconds in _SAN_SECONDS
        if sans
    )


def _reservations(cluster: Cluster, ref: Ref) -> Request | None:
    san = cluster.sans[SanId(ref.number)]
    return SetReservations(san=san.id, supported=not san.persistent_reservations)


def _reservations_title(desk: Desk) -> str:
    refs = desk.chosen(SAN) if desk.has_lab else ()
    on = any(desk.cluster.sans[SanId(ref.number)].persistent_reservations for ref in refs)
    return tr("Switch off persistent reservations") if on else tr("Switch on persistent reservations")


def _nodes(desk: Desk) -> tuple[Choice, ...]:
    """Every node with a tick where the LUN is presented to it; and all of them at once."""
    refs = desk.chosen(LUN)
    if not refs:
        return ()
    lun = desk.cluster.luns[LunId(refs[0].number)]
    everybody = entry(desk, tr("Every node"), [PresentLun(lun.id)], checked=lun.paths is None)
    ticked = [
        entry(desk, node.name, [PresentLun(lun.id, _toggled(desk.cluster, lun.paths, node.id))], checked=_sees)
        for node in desk.cluster.nodes.values()
        for _sees in [lun.paths is None or node.id in lun.paths]
    ]
    return (everybody, *ticked)


def _toggled(cluster: Cluster, paths: tuple[NodeId, ...] | None, node: NodeId) -> tuple[NodeId, ...]:
    now = set(cluster.nodes) if paths is None else set(paths)
    return tuple(sorted(now ^ {node}))


COMMANDS = (
    Command(
        "network.role",
        "Role",
        LINK_MENU,
        NETWORK,
        "sitemap",
        choices=_roles,
        begins_group=True,
        explanation="Whether the network carries cluster traffic, and lets clients in.",
    ),
    Command(
        "link.address",
        "Set address...",
        LINK_MENU,
        LINK,
        "tag",
        run=_address,
        explanation="The node's IPv4 address on this network.",
    ),
    Command(
        "link.latency",
        "Set latency",
        LINK_MENU,
        LINK,
        "hourglass",
        choices=_link_latencies,
        explanation="How long packets take, one way.",
    ),
    Command(
        "lun.present",
        "Present to",
        STORAGE_MENU,
        LUN,
        "network",
        choices=_nodes,
        begins_group=True,
        explanation="Which nodes the storage system shows this LUN to (masking).",
    ),
    Command(
        "san.latency",
        "Set latency",
        STORAGE_MENU,
        SAN,
        "hourglass",
        choices=_san_latencies,
        explanation="How long an operation takes while nobody else asks.",
    ),
    Command(
        "san.reservations",
        "Switch off persistent reservations",
        STORAGE_MENU,
        SAN,
        "lock",
        request=_reservations,
        naming=_reservations_title,
        explanation="A cluster needs SCSI-3 persistent reservations; Validate asks for them.",
    ),
)
"""On networks, links, LUNs and storage systems, in this order."""
