"""What requests on snapshots begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hvgui.cluster.ids import TaskId
from hvgui.engine.procedures import snapshot_merging, snapshots
from hvgui.requests.request import Request
from hvgui.requests.snapshot_merges import CancelSnapshot, MergeSnapshots
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RenameSnapshot, RevertVm, TakeSnapshot

if TYPE_CHECKING:
    from hvgui.engine.world import World


def _apply(world: World, request: ApplySnapshot) -> TaskId | None:
    if request.takes_first:
        return snapshots.take(world, request.vm, "", request.snapshot)
    snapshots.apply(world, request.vm, request.snapshot)
    return None


def _cancel(world: World, request: CancelSnapshot) -> TaskId:
    world.procedures[request.task].cancel(world)
    return request.task


SNAPSHOT_BEGINNINGS: dict[type[Request], Callable[[World, Any], Any]] = {
    TakeSnapshot: lambda world, one: snapshots.take(world, one.vm, one.name),
    ApplySnapshot: _apply,
    RevertVm: lambda world, one: snapshots.revert(world, one.vm),
    RenameSnapshot: lambda world, one: snapshots.rename(world, one.vm, one.snapshot, one.name),
    DeleteSnapshot: lambda world, one: snapshots.delete(world, one.vm, one.snapshot, subtree=one.subtree),
    MergeSnapshots: lambda world, one: snapshot_merging.merge_now(world, one.vm),
    CancelSnapshot: _cancel,
}
