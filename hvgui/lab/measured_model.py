"""A measured run done again in a world of two nodes, by the engine's own live migration, over phases of the writer.

Constants of the rig on which the runs were measured (a QEMU guest over loopback), the same for every row: set-up and
each gathering of dirty pages 2 ms, stopping the guest 3 ms, no device state, hand-over or switch worth mentioning; a
source that paces its passes gets 1.4 GB/s in the blackout, where it does not. Nothing else is known of a row but what
its experiment was set up with.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NetworkId, NodeId, VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings, WritePattern
from hvgui.cluster.networks import GOODPUT_SHARE, Link, Network
from hvgui.cluster.nodes import Node
from hvgui.cluster.profiles import DEFAULT_PROFILE, MigrationTimings, PassRule, Profile, StopRule
from hvgui.cluster.tasks import Task, TaskState
from hvgui.cluster.units import PAGE_BYTES, nanoseconds
from hvgui.engine import run
from hvgui.engine.progress import migration_progress
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder, Silent
from hvgui.engine.world import World
from hvgui.lab.measured import MeasuredRun
from hvgui.requests.migration import LiveMigrate

PHASES = 64
"""Places in its working set at which a cyclic writer stands when the migration begins."""
SCATTER = 0.005
"""By how much the speed of one and the same link or pacing differs from run to run on the rig."""
LOOPBACK_BYTES_PER_SECOND = 1.4e9
_LONGEST_SECONDS = 3600.0
"""To which a run is followed whose file does not say when it was given up."""
_LONGEST_ROUND_SECONDS = 600.0
_RIG = MigrationTimings(
    setup_seconds=0.002,
    sync_seconds=0.002,
    stop_seconds=0.003,
    device_state_bytes=0,
    storage_handover_seconds=0.0,
    resume_seconds=0.0,
    arp_seconds=0.0,
)


class ModelRun(msgspec.Struct, frozen=True):
    """How the engine's migration went at one phase of the writer. Where it did not complete: as it was given up."""

    completed: bool
    total_seconds: float
    sent_bytes: int
    blackout_seconds: float | None
    passes: int
    """Counted as the file does, which takes what is sent in the blackout for the last one."""


def model_runs(measured: MeasuredRun, phases: int = PHASES) -> tuple[ModelRun, ...]:
    """The run at so many phases, evenly spread; one alone where nothing depends on the phase."""
    world = settled(_record(measured), seed=1)
    return tuple(_migrated(fork, measured) for fork in _at_phases(world, measured, phases))


def scattered_runs(measured: MeasuredRun, phases: int = PHASES // 4) -> tuple[ModelRun, ...]:
    """The run where the link and the pacing are a little slower and a little faster than they claim to be."""
    return tuple(
        one
        for factor in (1.0 - SCATTER, 1.0 + SCATTER)
        for one in model_runs(
            msgspec.structs.replace(
                measured,
                link_bytes_per_second=measured.link_bytes_per_second * factor,
                pace_bytes_per_second=measured.pace_bytes_per_second * factor,
            ),
            phases,
        )
    )


def _at_phases(world: World, measured: MeasuredRun, phases: int) -> Iterator[World]:
    """Forks in which the writer stands at other places. One that goes round has come so much further after a while;
    where a round takes too long to wait for, other seeds put it elsewhere."""
    if measured.pattern is not WritePattern.CYCLIC or measured.write_bytes_per_second <= 0.0:
        yield world.fork()
        return
    round_seconds = measured.working_set_bytes / measured.write_bytes_per_second
    for phase in range(phases):
        if round_seconds > _LONGEST_ROUND_SECONDS:
            yield world.fork(seed=phase)
            continue
        later = world.fork()
        run.advance_to(later, nanoseconds(round_seconds * phase / phases), Silent())
        yield later


def _migrated(fork: World, measured: MeasuredRun) -> ModelRun:
    sink = Recorder()
    outcome = run.apply(fork, LiveMigrate(vm=VmId(0), to=NodeId(1)), sink)
    if not outcome.accepted:
        raise ValueError(f"{measured.run_id}: {outcome.problems[0]}")
    limit = measured.given_up_seconds or measured.measured.total_seconds or _LONGEST_SECONDS
    run.advance_to(fork, fork.now_ns + nanoseconds(limit), sink, lambda: bool(sink.tasks))
    return _ended(sink.tasks[0]) if sink.tasks else _given_up(fork, limit)


def _ended(task: Task) -> ModelRun:
    result = task.result
    if task.state is not TaskState.SUCCEEDED or result is None:
        raise AssertionError(f"a migration alone in its world ended as {task.state}: {task.message}")
    return ModelRun(True, result.duration_seconds, result.sent_bytes, result.blackout_seconds, result.passes + 1)


def _given_up(world: World, limit_seconds: float) -> ModelRun:
    (progress,) = migration_progress(world)
    return ModelRun(False, limit_seconds, progress.sent_bytes, None, max(0, progress.pass_number - 1))


def _record(measured: MeasuredRun) -> ClusterRecord:
    nodes = tuple(
        Node(NodeId(number), name, memory_bytes=4 * measured.memory_bytes, root_reserve_bytes=0)
        for number, name in enumerate(("SOURCE", "TARGET"))
    )
    payload = measured.link_bytes_per_second or LOOPBACK_BYTES_PER_SECOND
    network = Network(NetworkId(0), "Rig")
    return ClusterRecord(
        name=measured.run_id,
        profile=_profile(measured),
        nodes=nodes,
        vms=(_guest(measured),),
        networks=(network,),
        links=tuple(Link(node.id, network.id, payload / GOODPUT_SHARE, latency_seconds=0.0) for node in nodes),
    )


def _profile(measured: MeasuredRun) -> Profile:
    return msgspec.structs.replace(
        DEFAULT_PROFILE,
        pass_rule=PassRule(StopRule.THRESHOLD, measured.max_passes, measured.blackout_target_seconds),
        timings=msgspec.structs.replace(_RIG, bandwidth_cap_bytes_per_second=measured.pace_bytes_per_second),
    )


def _guest(measured: MeasuredRun) -> VirtualMachine:
    memory = measured.memory_bytes // PAGE_BYTES * PAGE_BYTES
    working_set = min(measured.working_set_bytes, memory)
    region = MemoryRegion("working set", working_set, measured.write_bytes_per_second, measured.pattern)
    cold_pages = (memory - working_set) // PAGE_BYTES
    zero_share = min(1.0, (measured.zero_pages or 0) / cold_pages) if cold_pages else 0.0
    return VirtualMachine(
        id=VmId(0),
        name="GUEST",
        guid="00000000-0000-0000-0000-000000000000",
        owner=NodeId(0),
        state=VmState.RUNNING,
        vcpus=1,
        memory=GuestMemory(MemorySettings(memory), (region,) if working_set else (), zero_share),
        assigned_bytes=memory,
        load=Load(cpu=LoadCurve(level=0.0)),
    )
