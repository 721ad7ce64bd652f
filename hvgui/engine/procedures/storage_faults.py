"""Storage that fails and is mended: SANs, LUNs and paths. What that does to VMs follows in `storage_watch`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.ids import LunId, NodeId, SanId
from hvgui.cluster.storage import StoragePath
from hvgui.cluster.storage_access import path_bytes_per_second
from hvgui.cluster.units import format_link_speed
from hvgui.engine import storage_io

if TYPE_CHECKING:
    from hvgui.engine.world import World


def set_san(world: World, san_id: SanId, *, up: bool) -> None:
    """A SAN fails, or answers again."""
    san = replace(world.cluster.sans[san_id], up=up)
    world.cluster.put(san)
    sharing = world.flows.sharing
    sharing.set_capacity(world.rows.san(san_id), san.bytes_per_second if up else 0.0)
    if up:
        world.tell("san-restored", f"{san.name} answers again")
    else:
        world.tell("san-failed", f"{san.name} has failed: none of its LUNs can be read or written", Level.ERROR)
    _changed(world, _luns_of(world, san_id))


def set_lun(world: World, lun_id: LunId, *, up: bool) -> None:
    """A LUN fails, or is there again."""
    lun = replace(world.cluster.luns[lun_id], up=up)
    world.cluster.put(lun)
    if up:
        world.tell("lun-restored", f"{lun.name} is there again")
    else:
        world.tell("lun-failed", f"{lun.name} has failed: nobody reads or writes it", Level.ERROR)
    _changed(world, (lun_id,))


def set_path(world: World, node: NodeId, san: SanId, *, up: bool) -> None:
    """A node's path to a SAN breaks, or is whole again."""
    _put_path(world, replace(_path(world, node, san), up=up))
    where, target = world.cluster.nodes[node].name, world.cluster.sans[san].name
    if up:
        world.tell("path-restored", f"{where} has its path to {target} again", node=node)
    else:
        world.tell("path-failed", f"{where} has lost its path to {target}", Level.ERROR, node=node)
    _changed(world, _luns_of(world, san))


def set_path_speed(world: World, node: NodeId, san: SanId, bytes_per_second: float) -> None:
    """A path has another speed."""
    _put_path(world, replace(_path(world, node, san), bytes_per_second=bytes_per_second))
    text = f"The path of {world.cluster.nodes[node].name} to {world.cluster.sans[san].name}"
    world.tell("path-speed", f"{text} runs at {format_link_speed(bytes_per_second)}", node=node)
    _changed(world, ())


def _path(world: World, node: NodeId, san: SanId) -> StoragePath:
    known = world.cluster.paths.get((node, san))
    return known or StoragePath(node, san, world.cluster.sans[san].bytes_per_second)


def _put_path(world: World, path: StoragePath) -> None:
    world.cluster.put(path)
    row = world.rows.path(path.node, path.san)
    world.flows.sharing.set_capacity(row, path_bytes_per_second(world.cluster, path.node, path.san))


def _luns_of(world: World, san: SanId) -> tuple[LunId, ...]:
    return tuple(lun.id for lun in world.cluster.luns.values() if lun.san == san)


def _changed(world: World, luns: Iterable[LunId]) -> None:
    world.layout = None
    world.regroup = True
    world.storage_changed.update(dict.fromkeys(luns))
    storage_io.share(world)
