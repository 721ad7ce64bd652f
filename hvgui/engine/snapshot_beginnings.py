"""What requests on snapshots begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hvgui.engine.procedures import snapshots
from hvgui.requests.request import Request
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RenameSnapshot, RevertVm, TakeSnapshot

if TYPE_CHECKING:
    from hvgui.engine.world import World

SNAPSHOT_BEGINNINGS: dict[type[Request], Callable[[World, Any], Any]] = {
    TakeSnapshot: lambda world, one: snapshots.take(world, one.vm, one.name),
    ApplySnapshot: lambda world, one: snapshots.apply(world, one.vm, one.snapshot),
    RevertVm: lambda world, one: snapshots.revert(world, one.vm),
    RenameSnapshot: lambda world, one: snapshots.rename(world, one.vm, one.snapshot, one.name),
    DeleteSnapshot: lambda world, one: snapshots.delete(world, one.vm, one.snapshot, subtree=one.subtree),
}
