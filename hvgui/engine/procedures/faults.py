"""Faults and their mending: links cut, restored and slowed; nodes crashed and powered on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster import hearing
from hvgui.cluster.cluster import LinkKey
from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId
from hvgui.cluster.networks import Link
from hvgui.cluster.nodes import DrainState, NodeState, ServiceState
from hvgui.cluster.units import format_link_speed, nanoseconds
from hvgui.engine import membership, power_marks
from hvgui.engine.agenda import Class, NodeDue

if TYPE_CHECKING:
    from hvgui.engine.world import World

NODE_BOOT_SECONDS = 180.0
"""From the power button to a node that has joined its cluster: a server of 2009 checks its memory first."""


def cut_link(world: World, key: LinkKey) -> None:
    """A link carries nothing any more; the procedures that need it hear of it, oldest first."""
    _set_link(world, replace(world.cluster.links[key], up=False))
    world.tell("link-cut", f"The link of {_place(world, key)} is cut", Level.ERROR, node=key[0])
    for task in sorted(task.id for task in world.cluster.tasks_on(key[0])):
        procedure = world.procedures.get(task)
        if procedure is not None:
            procedure.link_lost(world, key)


def restore_link(world: World, key: LinkKey) -> None:
    """A link carries again."""
    _set_link(world, replace(world.cluster.links[key], up=True))
    world.tell("link-restored", f"The link of {_place(world, key)} is up again", node=key[0])
    world.freed[key[0]] = None


def set_link_speed(world: World, key: LinkKey, bytes_per_second: float) -> None:
    """A link has another speed."""
    _set_link(world, replace(world.cluster.links[key], bytes_per_second=bytes_per_second))
    text = f"The link of {_place(world, key)} runs at {format_link_speed(bytes_per_second)}"
    world.tell("link-speed", text, node=key[0])


def _set_link(world: World, link: Link) -> None:
    world.cluster.put(link)
    world.regroup = True
    if world.stopped or world.redirected or world.layout is None or world.layout.is_redirected:
        # The way to a coordinator may have gone, or come back, with the link.
        world.storage_changed.update(dict.fromkeys(volume.lun for volume in world.cluster.volumes.values()))
    for row in (world.rows.up(link.key), world.rows.down(link.key)):
        if row is not None:
            world.flows.sharing.set_capacity(row, link.goodput_bytes_per_second)


def _place(world: World, key: LinkKey) -> str:
    return f"{world.cluster.nodes[key[0]].name} to {world.cluster.networks[key[1]].name}"


def crash_node(world: World, node: NodeId) -> None:
    """A node dies: first the procedures it takes part in, then every VM that is left on it. The others learn of it when
    they have missed its heartbeats for long enough."""
    cluster = world.cluster
    record = cluster.nodes[node]
    world.joining.pop(node, None)
    world.hung.pop(node, None)
    world.drains.pop(node, None)
    was_in = hearing.is_alive(cluster, node)
    unnoticed = was_in or record.is_unnoticed
    cluster.put(
        replace(
            record, state=NodeState.DOWN, service=ServiceState.RUNNING, is_unnoticed=unnoticed, drain=DrainState.NONE
        )
    )
    world.tell("node-down", f"{record.name} crashed", Level.ERROR, node=node)
    membership.break_off(world, node)
    membership.lose_vms(world, node)
    world.regroup = True


def power_on_node(world: World, node: NodeId) -> None:
    """A node boots; it joins when that is done."""
    power_marks.count(world, node)
    record = world.cluster.nodes[node]
    if record.virtualisation_at_start is not None:
        virtualises = record.virtualisation_at_start
        record = replace(record, hardware_virtualisation=virtualises, virtualisation_at_start=None)
    world.cluster.put(replace(record, state=NodeState.JOINING))
    world.joining[node] = world.now_ns
    world.tell("node-boots", f"{world.cluster.nodes[node].name} boots", node=node)
    due = world.now_ns + nanoseconds(NODE_BOOT_SECONDS)
    world.agenda.add(due, Class.NODE, NodeDue(node, world.now_ns))
