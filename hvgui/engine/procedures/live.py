"""Live migration: the VM runs on while its memory is copied, stands still for a blackout, and resumes on the target.

========  =====================================  ==============================================================
Step      What happens                           Cancel; link of the migration cut; source dead; target dead
========  =====================================  ==============================================================
QUEUED    waits for a place on both nodes        cancelled; waits on; fails, VM lost; fails
SETUP     configuration to the target, skeleton  cancelled; fails, VM runs on; fails, VM lost; fails, VM runs on
          VM, memory reserved
COPYING   passes over memory                     as in SETUP; the death of the target halts the VM for 12 ms
SENDING   VM stopped; rest and device state      refused; fails, VM resumes at the source; fails, VM lost; fails,
                                                 VM resumes at the source
HANDOVER  all is on the target: storage handed   refused; goes on; goes on; fails, VM resumes at the source
          over, VM resumes there
ARP       VM runs on the target; the switches    refused; goes on; goes on; succeeds, and the VM is lost with
          learn its new port                     the target
========  =====================================  ==============================================================

Success is the target's resume and nothing else: if the target cannot open the disks at that moment, the VM resumes at
the source. Until then the source keeps everything it needs to go on.
"""

from __future__ import annotations

import enum
from math import inf
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.cluster import LinkKey
from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.tasks import MemoryPass, MigrationResult, Phase, TaskState
from hvgui.cluster.units import PAGE_BYTES, format_bytes, format_seconds, nanoseconds
from hvgui.engine import ownership, register
from hvgui.engine.agenda import Class
from hvgui.engine.physics import dirtying, precopy
from hvgui.engine.physics.connections import connections_lost
from hvgui.engine.physics.precopy import LOG_PASSES, Blackout, Precopy, StepKind, StopReason
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until, seconds_since
from hvgui.engine.randomness import Stream, uniform
from hvgui.requests.migration_checks import storage_problems
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World

TARGET_DEATH_PAUSE_SECONDS = 0.012
"""How long the guest stood when the target of a measured migration was killed in mid-copy."""


class LiveStep(enum.Enum):
    """See the table above. JOINING is the instant between SETUP and COPYING: the flow is open, its rate not known."""

    QUEUED = "queued"
    SETUP = "setup"
    JOINING = "joining"
    COPYING = "copying"
    SENDING = "sending"
    HANDOVER = "handover"
    ARP = "arp"


class LiveMigration(Procedure, frozen=True, kw_only=True, tag="live-migration"):
    """A live migration under way."""

    step: LiveStep
    network: NetworkId
    flow: int | None = None
    """Its row among the flows, from the first pass to the last byte of the blackout."""
    copy: Precopy | None = None
    work_mark: float = 0.0
    """The VM's work when it was last taken over into `copy`."""
    pass_started_ns: int = 0
    halted_ns: int = 0
    passes: tuple[MemoryPass, ...] = ()
    """Those that are finished; of a migration without end the last `LOG_PASSES`."""
    blackout: Blackout | None = None

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        match self.step:
            case LiveStep.SETUP:
                _join(world, self)
            case LiveStep.JOINING:
                _copy(world, self)
            case LiveStep.SENDING:
                _hand_over(world, self)
            case LiveStep.HANDOVER:
                _resume_on_target(world, self)
            case LiveStep.ARP:
                _succeed(world, self)
            case LiveStep.QUEUED | LiveStep.COPYING:
                raise AssertionError(f"no clock runs in {self.step}")

    def flow_ended(self, world: World) -> None:
        """See Procedure.flow_ended."""
        if self.step is LiveStep.COPYING:
            _end_pass(world, self)
        else:
            _hand_over(world, self)

    def cancel(self, world: World) -> None:
        """See Procedure.cancel."""
        _fail(world, self, f"{_title(world, self)} was cancelled{_where_left(world, self)}", TaskState.CANCELLED)

    def link_lost(self, world: World, key: LinkKey) -> None:
        """See Procedure.link_lost and the table of this module."""
        node, network = key
        if network != self.network or node not in (self.source, self.target):
            return
        if self.step in (LiveStep.SETUP, LiveStep.JOINING, LiveStep.COPYING, LiveStep.SENDING):
            place = f"{world.cluster.nodes[node].name} lost its link to {world.cluster.networks[network].name}"
            _fail(world, self, f"{_title(world, self)} failed: {place}{_where_left(world, self)}")

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost and the table of this module."""
        name = world.cluster.nodes[node].name
        if node == self.target:
            self._target_lost(world, name)
        elif self.step not in (LiveStep.HANDOVER, LiveStep.ARP):
            register.lose_vm(world, self.vm)
            _fail(world, self, f"{_title(world, self)} failed: {name} crashed, and the VM with it", lost=True)

    def _target_lost(self, world: World, name: str) -> None:
        if self.step is LiveStep.ARP:
            register.lose_vm(world, self.vm)
            _succeed(world, self)
            return
        if not world.cluster.nodes[self.source].is_up:
            register.lose_vm(world, self.vm)
            text = f"{_title(world, self)} failed: {name} crashed before the VM ran there, and its source was down"
            _fail(world, self, text, lost=True)
            return
        pause = TARGET_DEATH_PAUSE_SECONDS if self.step is LiveStep.COPYING else 0.0
        reason = f"{_title(world, self)} failed: {name} crashed{_where_left(world, self)}"
        _fail(world, self, reason, pause_seconds=pause)


# The way of a live migration, step by step


def set_up(world: World, procedure: LiveMigration) -> None:
    """The migration begins: the target prepares. The task is RUNNING in phase SETUP and has reserved its memory."""
    title = _title(world, procedure)
    world.tell("live-migrate-began", f"{title} began", vm=procedure.vm, node=procedure.target, task=procedure.task)
    keep_until(world, procedure, world.cluster.profile.timings.setup_seconds)


def _join(world: World, procedure: LiveMigration) -> None:
    """The flow of memory opens; how fast it goes is known once all changes of this instant are."""
    cap = world.cluster.profile.timings.bandwidth_cap_bytes_per_second or inf
    flow = world.flows.open(procedure.task, _links(world, procedure), cap)
    keep_until(world, replace(procedure, step=LiveStep.JOINING, flow=flow), 0.0, Class.SETTLED)


def _copy(world: World, procedure: LiveMigration) -> None:
    """The first pass begins."""
    vm, flow = world.cluster.vms[procedure.vm], _flow(procedure)
    sharing = world.flows.sharing
    copy = precopy.begin(
        vm.memory,
        vm.assigned_bytes,
        world.cluster.profile.pass_rule,
        ownership.timings_for(world.cluster, vm),
        phases=_writer_phases(world, vm),
        bandwidth_bytes_per_second=sharing.rates[flow],
        line_bytes_per_second=min(sharing.capacities[link] for link in sharing.links_of[flow]),
    )
    procedure = replace(
        procedure, step=LiveStep.COPYING, copy=copy, work_mark=world.guests.work_seconds(vm.id, world.now_ns)
    )
    _begin_pass(world, procedure, copy, world.now_ns)


def _writer_phases(world: World, vm: VirtualMachine) -> tuple[float, ...]:
    """Where each writer of the guest stands: its own random place at the beginning, and on with the work done."""
    writers = dirtying.place_writers(vm.memory.regions, vm.assigned_bytes / PAGE_BYTES)
    if not writers:
        return ()
    first = [uniform(world.seed, Stream.WRITER_PHASE, vm.id, number) for number in range(len(writers))]
    return dirtying.phases_after(writers, first, world.guests.work_seconds(vm.id, world.now_ns))


def _begin_pass(world: World, procedure: LiveMigration, copy: Precopy, from_ns: int) -> None:
    world.flows.carry(_flow(procedure), copy.flow_bytes, from_ns)
    keep(world, replace(procedure, copy=copy, pass_started_ns=from_ns))
    number = copy.pass_number
    message = f"pass {number} began, {format_bytes(copy.planned_bytes)} to send"
    task = world.cluster.tasks[procedure.task]
    world.cluster.put(replace(task, phase=Phase.COPYING, pass_number=number, message=message))
    text = f"{_title(world, procedure)}: {message}"
    world.tell("pass-began", text, vm=procedure.vm, node=procedure.target, task=procedure.task)


def _end_pass(world: World, procedure: LiveMigration) -> None:
    """The flow has carried what was planned: more of the same pass, the next pass, or the blackout."""
    flow = _flow(procedure)
    bandwidth = world.flows.sharing.rates[flow]
    copy, mark = worked(world, procedure)
    step = precopy.end_flow(copy, bandwidth)
    procedure = replace(procedure, copy=step.state, work_mark=mark)
    if step.kind is StepKind.MORE:
        world.flows.carry(flow, step.state.flow_bytes, world.now_ns)
        keep(world, procedure)
        return
    finished = _finished_pass(world, procedure, step.state)
    procedure = replace(procedure, passes=(*procedure.passes[1 - LOG_PASSES :], finished))
    if step.kind is StepKind.AGAIN:
        sync_ns = nanoseconds(world.cluster.profile.timings.sync_seconds)
        _begin_pass(world, procedure, step.state, world.now_ns + sync_ns)
    else:
        _stop(world, replace(procedure, blackout=step.blackout))


def worked(world: World, procedure: LiveMigration) -> tuple[Precopy, float]:
    """The pre-copy with the guest's work up to now, and that work as the next mark."""
    mark = world.guests.work_seconds(procedure.vm, world.now_ns)
    return precopy.advance(_copy_of(procedure), mark - procedure.work_mark), mark


def _finished_pass(world: World, procedure: LiveMigration, state: Precopy) -> MemoryPass:
    record = state.log[-1]
    return MemoryPass(record.number, procedure.pass_started_ns, world.now_ns, record.sent_bytes, record.rest_bytes)


def _stop(world: World, procedure: LiveMigration) -> None:
    """The guest stops and the blackout begins."""
    blackout, flow = _blackout(procedure), _flow(procedure)
    register.halt(world, procedure.vm)
    why = "" if blackout.reason is StopReason.FITS else f" (stopped by force: {_REASONS[blackout.reason]})"
    message = f"blackout began, {format_bytes(blackout.wire_bytes)} to send{why}"
    register.enter(world, procedure.task, Phase.BLACKOUT, message)
    text = f"{_title(world, procedure)}: {message}"
    world.tell("blackout-began", text, vm=procedure.vm, node=procedure.target, task=procedure.task)
    procedure = replace(procedure, step=LiveStep.SENDING, halted_ns=world.now_ns)
    own_line = world.cluster.profile.timings.stop_line_bytes_per_second
    if own_line > 0.0:
        world.flows.park(flow)
        keep_until(world, procedure, blackout.stop_seconds + blackout.wire_bytes / own_line)
        return
    world.flows.sharing.set_cap(flow, inf)
    world.flows.carry(flow, float(blackout.wire_bytes), world.now_ns + nanoseconds(blackout.stop_seconds))
    keep(world, procedure)


def _hand_over(world: World, procedure: LiveMigration) -> None:
    """Everything is on the target: it takes the storage and starts the guest's processors."""
    blackout = _blackout(procedure)
    world.flows.close(_flow(procedure))
    seconds = blackout.storage_handover_seconds + blackout.resume_seconds
    keep_until(world, replace(procedure, step=LiveStep.HANDOVER, flow=None), seconds)


def _resume_on_target(world: World, procedure: LiveMigration) -> None:
    vm = world.cluster.vms[procedure.vm]
    problems = blockers(storage_problems(world.cluster, vm, procedure.target))
    if problems:
        source_up = world.cluster.nodes[procedure.source].is_up
        if not source_up:
            register.lose_vm(world, procedure.vm)
        text = f"{_title(world, procedure)} failed: {problems[0].message}{_where_left(world, procedure)}"
        _fail(world, procedure, text, lost=not source_up)
        return
    register.release(world, procedure.task)
    ownership.give(world, replace(vm, owner=procedure.target))
    name = world.cluster.nodes[procedure.target].name
    register.enter(world, procedure.task, Phase.ARP, f"{vm.name} runs on {name}")
    text = f"{_title(world, procedure)}: {vm.name} runs on {name}"
    world.tell("resumed", text, vm=vm.id, node=procedure.target, task=procedure.task)
    keep_until(world, replace(procedure, step=LiveStep.ARP), _blackout(procedure).arp_seconds)


def _succeed(world: World, procedure: LiveMigration) -> None:
    result = _result(world, procedure, seconds_since(world, procedure.halted_ns), _blackout_bytes(procedure))
    register.reach(world, procedure.vm)
    took, dark = format_seconds(result.duration_seconds), format_seconds(result.blackout_seconds)
    passes = "1 pass" if result.passes == 1 else f"{result.passes} passes"
    text = f"{_title(world, procedure)} succeeded in {took}: {passes}, blackout {dark}"
    register.end_task(world, procedure.task, TaskState.SUCCEEDED, text, result)


def _fail(
    world: World,
    procedure: LiveMigration,
    message: str,
    state: TaskState = TaskState.FAILED,
    *,
    pause_seconds: float = 0.0,
    lost: bool = False,
) -> None:
    """It ends without the VM having moved. Who stands in a blackout goes on at the source at this moment."""
    halted = procedure.vm in world.halted
    dark = seconds_since(world, procedure.halted_ns) if halted else pause_seconds
    result = _result(world, procedure, dark, 0)
    if lost:
        result = replace(result, connections_lost=world.cluster.vms[procedure.vm].clients.connections)
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    if halted:
        register.resume(world, world.cluster.vms[procedure.vm])
        register.reach(world, procedure.vm)
    register.end_task(world, procedure.task, state, message, result)


def _result(world: World, procedure: LiveMigration, blackout_seconds: float, more_bytes: int) -> MigrationResult:
    vm, copy = world.cluster.vms[procedure.vm], procedure.copy
    sent = precopy.sent_bytes(copy, _flow_left(world, procedure)) if copy is not None else 0.0
    blackout = procedure.blackout
    return MigrationResult(
        duration_seconds=seconds_since(world, procedure.started_ns),
        passes=copy.pass_number - 1 if copy is not None else 0,
        blackout_seconds=blackout_seconds,
        sent_bytes=round(sent) + more_bytes,
        converged=blackout is not None and blackout.reason is StopReason.FITS,
        connections_lost=connections_lost(vm.clients, blackout_seconds, world.cluster.profile),
        memory_passes=procedure.passes,
    )


def _flow_left(world: World, procedure: LiveMigration) -> float:
    """What the pass's flow has not carried; after the passes, nothing."""
    if procedure.step is not LiveStep.COPYING or procedure.flow is None:
        return 0.0
    return world.flows.left_bytes(procedure.flow, world.now_ns)


def _blackout_bytes(procedure: LiveMigration) -> int:
    """What the blackout sent that no pass had: what was in flight counts with the pass that sent it."""
    blackout = _blackout(procedure)
    return blackout.rest_wire_bytes + blackout.device_state_bytes


# Words, and parts that a step is sure to have

_REASONS = {
    StopReason.PASSES: "that was the last pass",
    StopReason.NOT_SHRINKING: "the passes no longer shrink",
    StopReason.ORDERED: "as ordered",
}


def _title(world: World, procedure: LiveMigration) -> str:
    cluster = world.cluster
    return f"Live migration of {cluster.vms[procedure.vm].name} to {cluster.nodes[procedure.target].name}"


def _where_left(world: World, procedure: LiveMigration) -> str:
    cluster = world.cluster
    if procedure.step is LiveStep.QUEUED:
        return " while it waited in the queue"
    name, node = cluster.vms[procedure.vm].name, cluster.nodes[procedure.source].name
    return f"; {name} {'resumed' if procedure.vm in world.halted else 'runs on'} at {node}"


def _links(world: World, procedure: LiveMigration) -> tuple[int, int]:
    up = world.rows.up((procedure.source, procedure.network))
    down = world.rows.down((procedure.target, procedure.network))
    if up is None or down is None:
        raise AssertionError("a migration over a network that does not connect its nodes")
    return up, down


def _flow(procedure: LiveMigration) -> int:
    if procedure.flow is None:
        raise AssertionError(f"{procedure.step} without a flow")
    return procedure.flow


def _copy_of(procedure: LiveMigration) -> Precopy:
    if procedure.copy is None:
        raise AssertionError(f"{procedure.step} without a pre-copy")
    return procedure.copy


def _blackout(procedure: LiveMigration) -> Blackout:
    if procedure.blackout is None:
        raise AssertionError(f"{procedure.step} without a blackout")
    return procedure.blackout
