"""Networks and storage set up otherwise: records change at once, and whoever uses them looks again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.units import format_seconds
from hvgui.engine import storage_io
from hvgui.requests.fabric_setup import (
    ROLES,
    PresentLun,
    SetAddress,
    SetLinkLatency,
    SetNetworkRole,
    SetReservations,
    SetSanLatency,
)
from hvgui.requests.request import Request, node_names

if TYPE_CHECKING:
    from hvgui.engine.world import World


def set_role(world: World, request: SetNetworkRole) -> None:
    """A network carries other traffic; what is on its way over it arrives still."""
    network = replace(world.cluster.networks[request.network], role=request.role)
    world.cluster.put(network)
    world.tell("network-role", f"{network.name} carries {ROLES[request.role]} now")
    world.regroup = True
    world.layout = None
    world.storage_changed.update(dict.fromkeys(volume.lun for volume in world.cluster.volumes.values()))


def set_address(world: World, request: SetAddress) -> None:
    """A node has another address on a network: subnets are compared anew."""
    link = replace(world.cluster.links[(request.node, request.network)], address=request.address)
    world.cluster.put(link)
    where = f"{world.cluster.nodes[request.node].name} on {world.cluster.networks[request.network].name}"
    text = f"The address of {where} is {request.address} now" if request.address else f"There is no address of {where}"
    world.tell("address", text, node=request.node)
    world.regroup = True


def set_link_latency(world: World, request: SetLinkLatency) -> None:
    """Packets take another time over a link: migrations that begin from now on count with it."""
    link = replace(world.cluster.links[(request.node, request.network)], latency_seconds=request.latency_seconds)
    world.cluster.put(link)
    where = f"{world.cluster.nodes[request.node].name} to {world.cluster.networks[request.network].name}"
    world.tell(
        "link-latency", f"The link of {where} takes {format_seconds(request.latency_seconds)}", node=request.node
    )
    world.layout = None
    storage_io.share(world)


def set_san_latency(world: World, request: SetSanLatency) -> None:
    """A storage system answers after another time."""
    san = replace(world.cluster.sans[request.san], latency_seconds=request.latency_seconds)
    world.cluster.put(san)
    world.tell("san-latency", f"{san.name} answers after {format_seconds(request.latency_seconds)}")
    world.layout = None
    storage_io.share(world)


def set_reservations(world: World, request: SetReservations) -> None:
    """A storage system knows persistent reservations, or does not: nobody but validation asks."""
    san = replace(world.cluster.sans[request.san], persistent_reservations=request.supported)
    world.cluster.put(san)
    knows = "knows" if request.supported else "does not know"
    level = Level.INFORMATION if request.supported else Level.WARNING
    world.tell("san-reservations", f"{san.name} {knows} persistent reservations", level)


def present(world: World, request: PresentLun) -> None:
    """A LUN is shown to other nodes: who used it from one that sees it no more has lost its way to it."""
    nodes = None if request.nodes is None else tuple(sorted(set(request.nodes)))
    lun = replace(world.cluster.luns[request.lun], paths=nodes)
    world.cluster.put(lun)
    whom = "every node" if nodes is None else node_names(world.cluster, nodes) or "nobody"
    level = Level.INFORMATION if nodes is None else Level.WARNING
    world.tell("lun-presented", f"{lun.name} is presented to {whom}", level)
    world.layout = None
    world.regroup = True
    world.storage_changed[lun.id] = None
    storage_io.share(world)


FABRIC_BEGINNINGS: dict[type[Request], Callable[[World, Any], None]] = {
    SetNetworkRole: set_role,
    SetAddress: set_address,
    SetLinkLatency: set_link_latency,
    SetSanLatency: set_san_latency,
    SetReservations: set_reservations,
    PresentLun: present,
}
"""By type of request."""
