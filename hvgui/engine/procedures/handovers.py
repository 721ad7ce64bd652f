"""Who keeps a volume's metadata, who owns a LUN, and how a volume leaves: what takes a moment in the storage.

=============================  ==================================================================================
What begins                    What happens to it meanwhile
=============================  ==================================================================================
coordinator moves (asked for)  new coordinator dies or loses its path: another one takes over; nobody can: the
                               volume is out of reach until somebody can
coordinator takes over         likewise. A dead node is noticed once it is removed (`membership`), a lost path at once
LUN moves                      new owner dies or loses its path: the LUN stays where it was
volume leaves (maintenance,    a VM that can't be saved: the volume stays, and an event names the VM
offline)
=============================  ==================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.events import Level
from hvgui.cluster.ids import LunId, NodeId, VolumeId
from hvgui.cluster.storage import Lun, Volume, VolumeState
from hvgui.cluster.storage_access import is_working, reaches_lun
from hvgui.cluster.units import nanoseconds
from hvgui.engine.agenda import Class, LunDue, VolumeDue
from hvgui.requests.volume_requests import users_of

if TYPE_CHECKING:
    from hvgui.engine.world import World

COORDINATOR_MOVE_SECONDS = 1.0
"""How long a volume's input and output waits while its metadata change hands: an estimate, of the order of what event
5120 ("paused state") is seen to last."""


def change_coordinator(world: World, volume: Volume, to: NodeId, seconds: float) -> None:
    """A volume's coordination sets out for another node."""
    world.cluster.put(replace(volume, moving_to=to))
    world.volume_moves[volume.id] = world.now_ns
    world.storage_changed[volume.lun] = None
    world.agenda.add(world.now_ns + nanoseconds(seconds), Class.NODE, VolumeDue(volume.id, world.now_ns))


def volume_due(world: World, volume_id: VolumeId) -> None:
    """A volume's new coordinator takes it, if it still can."""
    del world.volume_moves[volume_id]
    volume = world.cluster.volumes.get(volume_id)
    if volume is None or volume.moving_to is None:
        return
    world.storage_changed[volume.lun] = None
    to = volume.moving_to
    if not can_coordinate(world.cluster, to, volume):
        world.cluster.put(replace(volume, moving_to=None))
        return
    world.cluster.put(replace(volume, coordinator=to, moving_to=None))
    world.cluster.put(replace(world.cluster.luns[volume.lun], owner=to))
    name = world.cluster.nodes[to].name
    world.tell("coordinator-changed", f"{name} is the coordinator of {volume.name} now", node=to)


def take_over(world: World, lun: LunId) -> None:
    """Whether the volume on a LUN has lost its coordinator: another node that reaches the LUN takes over."""
    cluster = world.cluster
    volume = next((one for one in cluster.volumes.values() if one.lun == lun), None)
    if volume is None or volume.state is VolumeState.OFFLINE:
        return
    moving_to = volume.moving_to
    if moving_to is not None and can_coordinate(cluster, moving_to, volume):
        return
    if moving_to is not None:
        volume = replace(volume, moving_to=None)
        cluster.put(volume)
        world.volume_moves.pop(volume.id, None)
    if can_coordinate(cluster, volume.coordinator, volume):
        return
    able = [node for node in cluster.nodes if can_coordinate(cluster, node, volume)]
    if not able:
        return
    kept = [one.coordinator for one in cluster.volumes.values()]
    to = min(able, key=lambda node: (kept.count(node), node))
    if cluster.nodes[volume.coordinator].is_unnoticed:
        return
    alive = is_working(cluster, volume.coordinator)
    what = "lost its path to" if alive else "is down, the coordinator of"
    text = f"{cluster.nodes[volume.coordinator].name} {what} {volume.name}: {cluster.nodes[to].name} takes over"
    world.tell("coordinator-lost", text, Level.WARNING, node=volume.coordinator)
    change_coordinator(world, volume, to, COORDINATOR_MOVE_SECONDS)


def can_coordinate(cluster: Cluster, node: NodeId, volume: Volume) -> bool:
    """Whether a node works and reaches the volume's LUN by itself."""
    return is_working(cluster, node) and reaches_lun(cluster, node, cluster.luns[volume.lun])


def move_lun(world: World, lun: Lun, to: NodeId) -> None:
    """A LUN sets out for another owner."""
    world.cluster.put(replace(lun, moving_to=to))
    world.lun_moves[lun.id] = world.now_ns
    seconds = world.cluster.profile.timings.lun_move_seconds
    world.agenda.add(world.now_ns + nanoseconds(seconds), Class.NODE, LunDue(lun.id, world.now_ns))
    world.tell("lun-moves", f"{lun.name} moves to {world.cluster.nodes[to].name}", node=to)


def lun_due(world: World, lun_id: LunId) -> None:
    """A LUN comes to its new owner, if that can still take it."""
    del world.lun_moves[lun_id]
    lun = world.cluster.luns[lun_id]
    to = lun.moving_to
    world.storage_changed[lun_id] = None
    if to is None or not (is_working(world.cluster, to) and reaches_lun(world.cluster, to, lun)):
        world.cluster.put(replace(lun, moving_to=None))
        world.tell("lun-stays", f"{lun.name} stays where it is: its new owner can't take it", Level.ERROR, node=to)
        return
    world.cluster.put(replace(lun, moving_to=None, owner=to))
    world.tell("lun-moved", f"{world.cluster.nodes[to].name} owns {lun.name} now", node=to)


def finish_leaving(world: World) -> None:
    """Volumes on their way to maintenance or offline go there once nobody uses them; they stay where somebody can't
    be saved."""
    for volume in [one for one in world.cluster.volumes.values() if one.going is not None]:
        users = [world.cluster.vms[vm] for vm in users_of(world.cluster, volume.id)]
        if any(vm.task is not None for vm in users):
            continue
        world.storage_changed[volume.lun] = None
        if users or volume.going is None:
            world.cluster.put(replace(volume, going=None))
            text = f"{volume.name} stays as it is: {users[0].name} could not be saved"
            world.tell("volume-stays", text, Level.ERROR, vm=users[0].id)
            continue
        world.cluster.put(replace(volume, state=volume.going, going=None))
        now = "in maintenance" if volume.going is VolumeState.MAINTENANCE else "offline"
        world.tell("volume-state", f"{volume.name} is {now}")
