"""How far migrations, new disks, copied files and snapshots are: figures between two of their steps. Nothing here
changes the world."""

from __future__ import annotations

from math import inf

from hvgui.cluster.metrics import MigrationProgress
from hvgui.cluster.tasks import Phase
from hvgui.cluster.units import PAGE_BYTES
from hvgui.engine.outlook import seconds_left
from hvgui.engine.physics import dirtying, precopy
from hvgui.engine.physics.precopy import Precopy
from hvgui.engine.procedures import saved_state
from hvgui.engine.procedures.file_writing import FileWriting
from hvgui.engine.procedures.live import LiveMigration, worked
from hvgui.engine.procedures.live_step import LiveStep
from hvgui.engine.procedures.procedure import seconds_since
from hvgui.engine.procedures.quick import QuickMigration, QuickStep
from hvgui.engine.procedures.saved_state import LOCAL_DISK_BYTES_PER_SECOND
from hvgui.engine.procedures.snapshot_merging import MergeProcedure
from hvgui.engine.procedures.snapshots import TakeSnapshotProcedure
from hvgui.engine.world import World

_PHASES = {
    LiveStep.SETUP: Phase.SETUP,
    LiveStep.JOINING: Phase.SETUP,
    LiveStep.COPYING: Phase.COPYING,
    LiveStep.STUNNED: Phase.BLACKOUT,
    LiveStep.SENDING: Phase.BLACKOUT,
    LiveStep.HANDOVER: Phase.BLACKOUT,
    LiveStep.ARP: Phase.ARP,
}
_QUICK_PHASES = {
    QuickStep.SAVING: Phase.SAVING,
    QuickStep.FLUSHING: Phase.SAVING,
    QuickStep.WAITING: Phase.WAITING_FOR_LUN,
    QuickStep.MOVING: Phase.MOVING_OWNERSHIP,
    QuickStep.READING: Phase.READING,
    QuickStep.STARTING: Phase.STARTING,
}


def migration_progress(world: World) -> tuple[MigrationProgress, ...]:
    """Every live and quick migration that runs, new disks that are written, snapshots that are taken or merged, as each
    stands now, oldest first."""
    found: list[MigrationProgress] = []
    for _, one in sorted(world.procedures.items()):
        if isinstance(one, LiveMigration) and one.step is not LiveStep.QUEUED:
            found.append(_live(world, one))
        elif isinstance(one, QuickMigration):
            found.append(_quick(world, one))
        elif isinstance(one, FileWriting):
            found.append(_disks(world, one))
        elif isinstance(one, TakeSnapshotProcedure | MergeProcedure):
            found.append(_of_snapshot(world, one))
    return tuple(found)


def _live(world: World, one: LiveMigration) -> MigrationProgress:
    if one.copy is None:
        return _before_copying(world, one)
    flow_left = world.flows.left_bytes(one.flow, world.now_ns) if one.flow is not None else 0.0
    rate = world.flows.sharing.rates[one.flow] if one.flow is not None else 0.0
    if one.step is not LiveStep.COPYING:
        return _in_blackout(world, one, one.copy, flow_left, rate)
    copy, _ = worked(world, one)
    pace = float(world.guests.pace[one.vm])
    before = copy.sent_before_bytes
    low, high = seconds_left(copy, flow_left, rate, pace)
    return MigrationProgress(
        task=one.task,
        time_ns=world.now_ns,
        phase=Phase.COPYING,
        pass_number=copy.pass_number,
        pass_sent_bytes=round(precopy.sent_bytes(copy, flow_left) - before),
        rest_bytes=round(flow_left),
        sent_bytes=round(precopy.sent_bytes(copy, flow_left)),
        dirty_bytes_per_second=precopy.dirty_bytes_per_second(copy) * pace,
        link_bytes_per_second=rate,
        seconds_left_low=low,
        seconds_left_high=high,
    )


def _disks(world: World, one: FileWriting) -> MigrationProgress:
    """All files together: what is written of them, and at the present rate how long the rest takes."""
    ahead = sum(one.bytes_of(file) for file in one.files[one.written :])
    whole = sum(one.bytes_of(file) for file in one.files)
    if one.flow is None:
        left, rate = ahead, 0.0
    else:
        now = one.bytes_of(one.files[one.written])
        left = ahead - now + world.flows.left_bytes(one.flow, world.now_ns)
        rate = world.flows.sharing.rates[one.flow]
    seconds = left / rate if rate > 0.0 else None
    return MigrationProgress(
        task=one.task,
        time_ns=world.now_ns,
        phase=world.cluster.tasks[one.task].phase,
        pass_number=one.written + 1,
        pass_sent_bytes=round(whole - left),
        rest_bytes=round(left),
        sent_bytes=round(whole - left),
        dirty_bytes_per_second=0.0,
        link_bytes_per_second=rate,
        seconds_left_low=seconds,
        seconds_left_high=seconds,
    )


def _of_snapshot(world: World, one: TakeSnapshotProcedure | MergeProcedure) -> MigrationProgress:
    """Memory on its way to the disk, or a file on its way into the one below."""
    if one.flow is None:
        rate = LOCAL_DISK_BYTES_PER_SECOND
        left = max(0.0, one.size_bytes - seconds_since(world, one.started_ns) * rate)
    else:
        left, rate = world.flows.left_bytes(one.flow, world.now_ns), world.flows.sharing.rates[one.flow]
    seconds = left / rate if rate > 0.0 else None
    written = max(0, one.size_bytes - round(left))
    return MigrationProgress(
        task=one.task,
        time_ns=world.now_ns,
        phase=world.cluster.tasks[one.task].phase,
        pass_number=0,
        pass_sent_bytes=written,
        rest_bytes=round(left),
        sent_bytes=written,
        dirty_bytes_per_second=0.0,
        link_bytes_per_second=rate,
        seconds_left_low=seconds,
        seconds_left_high=seconds,
    )


def _before_copying(world: World, one: LiveMigration) -> MigrationProgress:
    """In set-up nothing has been sent; the dirty rate is what the guest's writers would do to clean memory."""
    vm = world.cluster.vms[one.vm]
    writers = dirtying.place_writers(vm.memory.regions, vm.assigned_bytes / PAGE_BYTES)
    return MigrationProgress(
        task=one.task,
        time_ns=world.now_ns,
        phase=Phase.SETUP,
        pass_number=0,
        pass_sent_bytes=0,
        rest_bytes=vm.assigned_bytes,
        sent_bytes=0,
        dirty_bytes_per_second=dirtying.unique_bytes_per_second(writers, 0.0) * float(world.guests.pace[one.vm]),
        link_bytes_per_second=0.0,
    )


def _in_blackout(world: World, one: LiveMigration, copy: Precopy, flow_left: float, rate: float) -> MigrationProgress:
    """What is left of the blackout; after the resume, nothing that anybody waits for."""
    left = flow_left if one.step is LiveStep.SENDING and flow_left < inf else 0.0
    fixed = sent = 0.0
    if one.blackout is not None:
        fixed = one.blackout.storage_handover_seconds + one.blackout.resume_seconds + one.blackout.arp_seconds
        sent = one.blackout.wire_bytes - left
    longest = 0.0 if one.step is LiveStep.ARP else fixed + (left / rate if rate > 0.0 else 0.0)
    return MigrationProgress(
        task=one.task,
        time_ns=world.now_ns,
        phase=_PHASES[one.step],
        pass_number=copy.pass_number - 1,
        pass_sent_bytes=round(sent),
        rest_bytes=round(left),
        sent_bytes=round(copy.sent_before_bytes + sent),
        dirty_bytes_per_second=0.0,
        link_bytes_per_second=rate,
        seconds_left_low=longest if one.step is LiveStep.SENDING else 0.0,
        seconds_left_high=longest,
    )


def _quick(world: World, one: QuickMigration) -> MigrationProgress:
    """What is on the disk counts as sent; the rest is what the target still has to read of it."""
    whole = one.saved_bytes or saved_state.plan(world.cluster, world.cluster.vms[one.vm]).state_bytes
    left = world.flows.left_bytes(one.flow, world.now_ns) if one.flow is not None else 0.0
    saving = one.step is QuickStep.SAVING
    rest = 0.0
    if one.step in (QuickStep.MOVING, QuickStep.WAITING):
        rest = float(whole)
    elif one.step is QuickStep.READING:
        rest = left
    return MigrationProgress(
        task=one.task,
        time_ns=world.now_ns,
        phase=_QUICK_PHASES[one.step],
        pass_number=0,
        pass_sent_bytes=0,
        rest_bytes=round(rest),
        sent_bytes=round(whole - left) if saving and one.flow is not None else 0 if saving else whole,
        dirty_bytes_per_second=0.0,
        link_bytes_per_second=world.flows.sharing.rates[one.flow] if one.flow is not None else 0.0,
    )
