"""Video streams under way: each a flow on its VM's link, and a player that watches.

A stream's flow never ends; it asks for all it can get while the player's buffer fills and for the bit rate once it is
full. Its agenda entry is the player's next edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hvgui.cluster.clients import VideoStream
from hvgui.cluster.events import Level
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.units import format_seconds
from hvgui.engine import recovery
from hvgui.engine.agenda import Class, StreamDue
from hvgui.engine.flows import stream_owner
from hvgui.engine.physics import video
from hvgui.engine.physics.video import Mode, Player
from hvgui.engine.under_way import Stream

if TYPE_CHECKING:
    from hvgui.engine.world import World


def first_stream(world: World, vm: VirtualMachine, film: VideoStream) -> Stream:
    """The stream of a VM as a world begins: being watched, if the VM answers."""
    link = _link(world, vm) if _answers(world, vm) else None
    if link is None:
        return Stream(video.waiting(film, world.now_ns))
    player = video.watching(film, world.now_ns)
    return Stream(player, world.flows.open(stream_owner(vm.id), (link,), player.wanted_bytes_per_second), link)


def follow(world: World, vm: VirtualMachine) -> None:
    """Connect or disconnect a VM's stream as its state, owner and clients are now."""
    wanted, stream = vm.clients.video, world.streams.get(vm.id)
    if wanted is None:
        if stream is not None:
            _disconnect(world, vm.id, stream)
            recovery.stream_plays(world, vm.id)
            del world.streams[vm.id]
        return
    if stream is None:
        stream = world.streams[vm.id] = Stream(video.waiting(wanted, world.now_ns))
    link = _link(world, vm) if _answers(world, vm) else None
    if stream.flow is not None and link != stream.link:
        stream = _disconnect(world, vm.id, stream)
    if stream.player.video != wanted:
        stream = _with_player(world, vm.id, stream, _another_film(stream.player, wanted, world.now_ns))
    if vm.state is VmState.OFF and stream.player.mode is not Mode.WAITING:
        stream = _with_player(world, vm.id, stream, video.closed(stream.player, world.now_ns))
        recovery.stream_plays(world, vm.id)
    if link is not None and stream.flow is None:
        row = world.flows.open(stream_owner(vm.id), (link,), stream.player.wanted_bytes_per_second)
        world.streams[vm.id] = msgspec.structs.replace(stream, flow=row, link=link)


def rate_changed(world: World, vm: VmId, bytes_per_second: float) -> None:
    """The links are shared differently now: so much arrives."""
    stream = world.streams[vm]
    _with_player(world, vm, stream, video.deliver(stream.player, bytes_per_second, world.now_ns))


def due(world: World, entry: StreamDue) -> bool:
    """The player has reached its edge. False: the plan was an old one."""
    stream = world.streams.get(entry.vm)
    if stream is None or stream.stamp != entry.stamp:
        return False
    before = stream.player
    player = video.pass_edge(before, world.now_ns)
    _with_player(world, entry.vm, stream, player)
    _tell(world, world.cluster.vms[entry.vm], before, player)
    return True


def _tell(world: World, vm: VirtualMachine, before: Player, after: Player) -> None:
    if after.mode is Mode.STALLED:
        world.tell("stream-stalled", f"The video from {vm.name} stalls: its buffer is empty", Level.WARNING, vm=vm.id)
    elif before.mode is Mode.STALLED:
        recovery.stream_plays(world, vm.id)
        length = format_seconds(after.ended_stall_seconds - before.ended_stall_seconds)
        world.tell("stream-plays", f"The video from {vm.name} plays again after {length}", vm=vm.id)


def _with_player(world: World, vm: VmId, stream: Stream, player: Player) -> Stream:
    """Keep the player, ask for what it wants now, and plan its next edge."""
    stream = msgspec.structs.replace(stream, player=player, stamp=stream.stamp + 1)
    world.streams[vm] = stream
    if stream.flow is not None:
        world.flows.sharing.set_cap(stream.flow, player.wanted_bytes_per_second)
    edge = video.next_edge_ns(player)
    if edge is not None:
        world.agenda.add(max(edge, world.now_ns), Class.STREAM, StreamDue(vm, stream.stamp))
    return stream


def _disconnect(world: World, vm: VmId, stream: Stream) -> Stream:
    if stream.flow is None:
        return stream
    world.flows.close(stream.flow)
    stream = msgspec.structs.replace(stream, flow=None, link=None)
    return _with_player(world, vm, stream, video.deliver(stream.player, 0.0, world.now_ns))


def _another_film(player: Player, wanted: VideoStream, now_ns: int) -> Player:
    """Another bit rate or buffer: what is buffered stays, as far as the new buffer holds it."""
    kept = min(video.buffer_at(player, now_ns), wanted.buffer_seconds)
    return msgspec.structs.replace(player, video=wanted, since_ns=now_ns, buffer_seconds=kept)


def _answers(world: World, vm: VirtualMachine) -> bool:
    return vm.state is VmState.RUNNING and vm.id not in world.unreachable and vm.id not in world.halted


def _link(world: World, vm: VirtualMachine) -> int | None:
    """The shared link that the VM's clients come in by: that of its first connected adapter, or the first network
    that is open to clients."""
    for adapter in vm.adapters:
        if adapter.network is not None:
            return world.rows.up((vm.owner, adapter.network))
    for network in world.cluster.networks.values():
        if network.role is NetworkRole.CLUSTER_AND_CLIENT:
            return world.rows.up((vm.owner, network.id))
    return None
