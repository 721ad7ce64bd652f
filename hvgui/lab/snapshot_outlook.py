"""What a request on snapshots writes and frees, and what merging comes to afterwards: seen on a fork of the world."""

from __future__ import annotations

import time
from collections.abc import Callable

from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import by_id, deleted, file_bytes
from hvgui.cluster.units import format_bytes, format_seconds, nanoseconds
from hvgui.engine import run
from hvgui.engine.procedures.snapshot_merging import MergeProcedure
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.lab.frames import SnapshotOutlook
from hvgui.requests.lifecycle import DeleteSavedState, TurnOffVm
from hvgui.requests.request import Request
from hvgui.requests.snapshot_merges import merging_of, why_pending
from hvgui.requests.snapshots import (
    ApplySnapshot,
    DeleteSnapshot,
    RevertVm,
    TakeSnapshot,
    memory_to_keep,
    place_of,
)

_HORIZON_SECONDS = 86_400.0
_MOST_SECONDS = 1.0
"""Wall time after which what is left is not waited for."""


def outlook(world: World, request: Request, clock: Callable[[], float] = time.monotonic) -> SnapshotOutlook | None:
    """None for requests on something else, and for those that are refused. The world stays as it is."""
    if not isinstance(request, TakeSnapshot | ApplySnapshot | RevertVm | DeleteSnapshot):
        return None
    fork = world.fork()
    vm = fork.cluster.vms.get(request.vm)
    if vm is None:
        return None
    before = _taken_bytes(vm)
    told = Recorder()
    if not run.apply(fork, request, told).accepted:
        return None
    if isinstance(request, DeleteSnapshot):
        freed = before - _taken_bytes(fork.cluster.vms[vm.id])
        return _merging(fork, vm.id, freed, told, clock() + _MOST_SECONDS, clock)
    takes = isinstance(request, TakeSnapshot) or (isinstance(request, ApplySnapshot) and request.takes_first)
    written = memory_to_keep(vm) if takes else 0
    freed = 0 if takes else max(0, before - _taken_bytes(fork.cluster.vms[vm.id]))
    place = place_of(world.cluster, vm.disks[0]) if vm.disks else None
    return SnapshotOutlook(
        written_bytes=written,
        freed_bytes=freed,
        place=place[0] if place is not None else "",
        free_bytes=max(0, place[2] - written + freed) if place is not None else 0,
    )


def _taken_bytes(vm: VirtualMachine) -> int:
    """What a VM's files and those of its snapshots take."""
    return sum(disk.file_bytes for disk in vm.disks) + sum(file_bytes(one) for one in vm.snapshots)


def _merging(
    fork: World, vm_id: VmId, freed: int, told: Recorder, deadline: float, clock: Callable[[], float]
) -> SnapshotOutlook:
    """The merges that follow, with the VM brought to rest where they wait for that."""
    if not deleted(fork.cluster.vms[vm_id].snapshots):
        return SnapshotOutlook(freed_bytes=freed)
    waits = ""
    if fork.cluster.vms[vm_id].task is None:
        problem = why_pending(fork.cluster, fork.cluster.vms[vm_id])
        waits = problem.message if problem is not None else ""
        if problem is not None and problem.code == "not-off":
            _bring_to_rest(fork, vm_id, told)
    vm = fork.cluster.vms[vm_id]
    if vm.task is None:
        return SnapshotOutlook(freed_bytes=freed, merge_waits=waits)
    began_ns = fork.now_ns
    sizes: dict[int, tuple[int, int]] = {}
    """By task, what it moves and what it frees."""

    def is_over() -> bool:
        task = fork.cluster.vms[vm_id].task
        procedure = fork.procedures.get(task) if task is not None else None
        if isinstance(procedure, MergeProcedure) and procedure.task not in sizes:
            vm = fork.cluster.vms[vm_id]
            merging = merging_of(vm, by_id(vm.snapshots)[procedure.snapshot])
            sizes[procedure.task] = (merging.moved_bytes, merging.freed_bytes)
        return procedure is None or clock() >= deadline

    is_over()
    run.advance_to(fork, fork.now_ns + nanoseconds(_HORIZON_SECONDS), told, is_over)
    ended = fork.cluster.vms[vm_id].task is None
    return SnapshotOutlook(
        freed_bytes=freed,
        merge_bytes=sum(moved for moved, _ in sizes.values()),
        merge_freed_bytes=sum(freed for _, freed in sizes.values()),
        merge_seconds=(fork.now_ns - began_ns) / 1e9 if ended else None,
        merge_waits=waits,
    )


def _bring_to_rest(fork: World, vm_id: VmId, told: Recorder) -> None:
    """As somebody would have to for the files to be merged."""
    saved = fork.cluster.vms[vm_id].state is VmState.SAVED
    run.apply(fork, DeleteSavedState(vm_id) if saved else TurnOffVm(vm_id), told)


def in_words(seen: SnapshotOutlook) -> str:
    """What it writes and frees, and when merging begins and how long it takes, as sentences."""
    found = []
    if seen.written_bytes:
        found.append(f"{format_bytes(seen.written_bytes)} of memory are written.")
    if seen.freed_bytes:
        found.append(f"{format_bytes(seen.freed_bytes)} are freed at once.")
    if seen.place:
        found.append(f"{seen.place} has {format_bytes(seen.free_bytes)} free then.")
    if seen.merge_bytes or seen.merge_waits:
        found.append(_merge_words(seen))
    return " ".join(found)


def _merge_words(seen: SnapshotOutlook) -> str:
    when = f"Its files wait to be merged: {seen.merge_waits}" if seen.merge_waits else "Its files are merged at once."
    if not seen.merge_bytes:
        return when
    length = f"about {format_seconds(seen.merge_seconds)}" if seen.merge_seconds is not None else "more than a day"
    frees = f", which frees {format_bytes(seen.merge_freed_bytes)}" if seen.merge_freed_bytes else ""
    return f"{when} Merging moves {format_bytes(seen.merge_bytes)} and takes {length}{frees}."
