"""Servers that come into the lab and leave it: the columns and rows that stand for them come and go with them.

Rows are always those that the records themselves would be given (see `LinkRows`): a world that has grown and one that
is read back from its checkpoint are the same, bit for bit. Whatever is under way keeps its rows' order, its rates and
its moments: nothing of it changes because an idle server has come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.ids import NodeId
from hvgui.cluster.load_watch import Tips
from hvgui.cluster.power_saving import PowerStep
from hvgui.engine import power_marks, register
from hvgui.engine.link_rows import LinkRows
from hvgui.requests.new_server import NewServer

if TYPE_CHECKING:
    from hvgui.engine.world import World


def bring_in(world: World, request: NewServer) -> None:
    """A server stands in the lab, cabled; nobody has added it to the cluster yet."""
    node = request.id_in(world.cluster)
    hardware = request.hardware(world.cluster)
    for record in request.records(world.cluster):
        world.cluster.put(record)
    _follow(world)
    power = "is on" if request.has_power else "is switched off"
    text = f"The server {request.name} was brought into the lab ({hardware}) and {power}; it is not in the cluster"
    world.tell("server-came", text, node=node)


def take_away(world: World, node: NodeId) -> None:
    """A server that is no member leaves the lab; whatever still names it forgets it."""
    name = world.cluster.nodes[node].name
    power_marks.count(world, node)
    _forget_owner(world, node)
    _forget_settings(world, node)
    for lun in list(world.cluster.luns.values()):
        if lun.paths is not None and node in lun.paths:
            world.cluster.put(replace(lun, paths=tuple(one for one in lun.paths if one != node)))
    world.cluster.remove_node(node)
    for moments in (world.joining, world.missing, world.lossy, world.hung, world.drains, world.freed):
        moments.pop(node, None)
    _follow(world)
    world.watch.narrow(max(world.cluster.nodes, default=-1) + 1)
    # What is said of VMs that can't start names every server there is.
    world.unplaced = True
    world.tell("server-left", f"The server {name} was taken out of the lab")


def _forget_owner(world: World, node: NodeId) -> None:
    for vm in list(world.cluster.vms.values()):
        possible = vm.possible_owners
        if node in vm.preferred_owners or (possible is not None and node in possible):
            register.keep_vm(
                world,
                replace(
                    vm,
                    preferred_owners=_without(vm.preferred_owners, node),
                    possible_owners=None if possible is None else _without(possible, node),
                ),
            )


def _forget_settings(world: World, node: NodeId) -> None:
    cluster = world.cluster
    for network in list(cluster.networks.values()):
        if network.partition:
            groups = (_without(group, node) for group in network.partition)
            cluster.put(replace(network, partition=tuple(group for group in groups if group)))
    if node in cluster.quorum.forced:
        cluster.put(replace(cluster.quorum, forced=_without(cluster.quorum.forced, node)))
    plan = cluster.maintenance
    if node in plan.nodes or node in plan.done:
        cluster.put(replace(plan, nodes=_without(plan.nodes, node), done=_without(plan.done, node)))
    power = cluster.power
    if node in (power.node, *power.serving, *power.woken, *power.kept_on):
        if power.node == node:
            power = replace(power, step=PowerStep.NONE, node=None, reason="")
        lists = {name: _without(getattr(power, name), node) for name in ("serving", "woken", "kept_on")}
        cluster.put(replace(power, **lists))
    tips = tuple(tip for tip in cluster.tips.all if node not in (tip.node, tip.target))
    if len(tips) < len(cluster.tips.all):
        cluster.put(Tips(tips))


def _without(nodes: tuple[NodeId, ...], node: NodeId) -> tuple[NodeId, ...]:
    return tuple(one for one in nodes if one != node)


def _follow(world: World) -> None:
    """Rows and columns by link and by node become those of the servers there are now."""
    rows = LinkRows(world.cluster.links, world.cluster.sans, world.cluster.nodes)
    places = world.rows.places_in(rows)
    world.flows.sharing.renumber(places, rows.capacities(world.cluster))
    for vm, stream in list(world.streams.items()):
        if stream.link is not None:
            world.streams[vm] = replace(stream, link=places[stream.link])
    world.rows = rows
    world.guests.follow_nodes(world.cluster)
    world.layout = None
