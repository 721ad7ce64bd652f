"""Live migration: the VM runs on while its memory is copied, stands still for a blackout, and resumes on the target.

========  =====================================  ==============================================================
Step      What happens                           Cancel; link of the migration cut; source dead; target dead
========  =====================================  ==============================================================
QUEUED    waits for a place on both nodes        cancelled; waits on; fails, VM lost; fails
SETUP     configuration to the target, skeleton  cancelled; fails, VM runs on; fails, VM lost; fails, VM runs on
          VM, memory reserved
COPYING   passes over memory                     as in SETUP; at the death of the target the VM stands for 12 ms
SENDING   VM stopped; rest and device state      refused; fails, VM resumes at the source; fails, VM lost; fails,
                                                 VM resumes at the source
HANDOVER  all is on the target: storage handed   refused; goes on; goes on; fails, VM resumes at the source
          over, VM resumes there
ARP       VM runs on the target; the switches    refused; goes on; goes on; succeeds, and the VM is lost with
          learn its new port                     the target
========  =====================================  ==============================================================

The VM's disks lost at the source: QUEUED it waits on, in ARP the VM has left already; else it fails, and the VM stands
still at the source. Disks lost at the target alone count at the hand-over: it fails, and the VM resumes at the source.

Success is the target's resume and nothing else: if the target cannot open the disks at that moment, the VM resumes at
the source. Until then the source keeps everything it needs to go on.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.cluster import LinkKey
from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.tasks import MemoryPass, Phase, TaskState
from hvgui.cluster.units import PAGE_BYTES, format_bytes, nanoseconds
from hvgui.engine import ownership, register
from hvgui.engine.agenda import Class
from hvgui.engine.physics import dirtying, precopy
from hvgui.engine.physics.precopy import LOG_PASSES, Blackout, Precopy, StepKind, StopReason
from hvgui.engine.procedures.live_ending import REASONS, blackout_of, fail, succeed, title, where_left
from hvgui.engine.procedures.live_step import LiveStep
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until
from hvgui.engine.randomness import Stream, uniform
from hvgui.requests.lun_groups import alone_problems
from hvgui.requests.migration_checks import storage_problems
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World

TARGET_DEATH_PAUSE_SECONDS = 0.012
"""How long the guest stood when the target of a measured migration was killed in mid-copy."""
HANDOVER_CROSSINGS = 3
"""Ways between the nodes after the last byte: it arrives; the target says so; the source lets go of the disks."""


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
                succeed(world, self)
            case LiveStep.STUNNED:
                gone = _gone(world, self.target)
                fail(world, self, f"{title(world, self)} failed: {gone}{where_left(world, self)}")
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
        fail(world, self, f"{title(world, self)} was cancelled{where_left(world, self)}", TaskState.CANCELLED)

    def link_lost(self, world: World, key: LinkKey) -> None:
        """See Procedure.link_lost and the table of this module."""
        node, network = key
        if network != self.network or node not in (self.source, self.target):
            return
        if self.step in (LiveStep.SETUP, LiveStep.JOINING, LiveStep.COPYING, LiveStep.SENDING):
            place = f"{world.cluster.nodes[node].name} lost its link to {world.cluster.networks[network].name}"
            fail(world, self, f"{title(world, self)} failed: {place}{where_left(world, self)}")

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost and the table of this module."""
        gone = _gone(world, node)
        if node == self.target:
            self._target_lost(world, gone)
        elif self.step not in (LiveStep.HANDOVER, LiveStep.ARP):
            register.lose_vm(world, self.vm)
            fail(world, self, f"{title(world, self)} failed: {gone}, and the VM with it", lost=True)

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost and the table of this module."""
        if self.step in (LiveStep.QUEUED, LiveStep.STUNNED, LiveStep.ARP):
            return
        if world.cluster.nodes[self.source].is_up:
            fail(world, self, f"{title(world, self)} failed: {cause}")

    def guest_gave_up(self, world: World) -> None:
        """See Procedure.guest_gave_up: who waits in the queue waits for nothing any more."""
        if self.step is LiveStep.QUEUED:
            fail(world, self, f"{title(world, self)} failed: the VM was lost with its disks", lost=True)

    def _target_lost(self, world: World, gone: str) -> None:
        if self.step is LiveStep.ARP:
            register.lose_vm(world, self.vm)
            succeed(world, self)
            return
        if not world.cluster.nodes[self.source].is_up:
            register.lose_vm(world, self.vm)
            text = f"{title(world, self)} failed: {gone} before the VM ran there, and its source was down"
            fail(world, self, text, lost=True)
            return
        if self.step is LiveStep.COPYING:
            _stun(world, self)
        elif self.step is not LiveStep.STUNNED:
            fail(world, self, f"{title(world, self)} failed: {gone}{where_left(world, self)}")


# The way of a live migration, step by step


def set_up(world: World, procedure: LiveMigration) -> None:
    """The migration begins: the target prepares. The task is RUNNING in phase SETUP and has reserved its memory."""
    text = f"{title(world, procedure)} began"
    world.tell("live-migrate-began", text, vm=procedure.vm, node=procedure.target, task=procedure.task)
    keep_until(world, procedure, world.cluster.profile.timings.setup_seconds)


def _join(world: World, procedure: LiveMigration) -> None:
    """The flow of memory opens; how fast it goes is known once all changes of this instant are."""
    cap = world.cluster.profile.timings.bandwidth_cap_bytes_per_second or inf
    flow = world.flows.open(procedure.task, _links(world, procedure), min(cap, _window_rate(world, procedure)))
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
    text = f"{title(world, procedure)}: {message}"
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
    blackout, flow = blackout_of(procedure), _flow(procedure)
    register.halt(world, procedure.vm)
    why = "" if blackout.reason is StopReason.FITS else f" (stopped by force: {REASONS[blackout.reason]})"
    message = f"blackout began, {format_bytes(blackout.wire_bytes)} to send{why}"
    register.enter(world, procedure.task, Phase.BLACKOUT, message)
    text = f"{title(world, procedure)}: {message}"
    world.tell("blackout-began", text, vm=procedure.vm, node=procedure.target, task=procedure.task)
    procedure = replace(procedure, step=LiveStep.SENDING, halted_ns=world.now_ns)
    own_line = world.cluster.profile.timings.stop_line_bytes_per_second
    if own_line > 0.0:
        world.flows.park(flow)
        keep_until(world, procedure, blackout.stop_seconds + blackout.wire_bytes / own_line)
        return
    world.flows.sharing.set_cap(flow, _window_rate(world, procedure))
    world.flows.carry(flow, float(blackout.wire_bytes), world.now_ns + nanoseconds(blackout.stop_seconds))
    keep(world, procedure)


def _hand_over(world: World, procedure: LiveMigration) -> None:
    """All is on its way: once it has arrived, the target takes the storage and starts the guest's processors."""
    blackout = blackout_of(procedure)
    world.flows.close(_flow(procedure))
    seconds = blackout.storage_handover_seconds + blackout.resume_seconds
    seconds += HANDOVER_CROSSINGS * _path_seconds(world, procedure)
    keep_until(world, replace(procedure, step=LiveStep.HANDOVER, flow=None), seconds)


def _stun(world: World, procedure: LiveMigration) -> None:
    """The target is dead in mid-copy: its connection breaks, and the guest stands for a moment before it runs on."""
    flow, copy = _flow(procedure), _copy_of(procedure)
    walked = copy.planned_bytes - world.flows.left_bytes(flow, world.now_ns)
    world.flows.close(flow)
    register.halt(world, procedure.vm)
    register.enter(world, procedure.task, Phase.BLACKOUT, _gone(world, procedure.target))
    stunned = replace(
        procedure,
        step=LiveStep.STUNNED,
        flow=None,
        copy=replace(copy, planned_bytes=walked, flow_bytes=0.0),
        halted_ns=world.now_ns,
    )
    keep_until(world, stunned, TARGET_DEATH_PAUSE_SECONDS)


def _resume_on_target(world: World, procedure: LiveMigration) -> None:
    vm = world.cluster.vms[procedure.vm]
    found = (*storage_problems(world.cluster, vm, procedure.target), *alone_problems(world.cluster, vm))
    problems = blockers(found)
    if problems:
        source_up = world.cluster.nodes[procedure.source].is_up
        if not source_up:
            register.lose_vm(world, procedure.vm)
        text = f"{title(world, procedure)} failed: {problems[0].message}{where_left(world, procedure)}"
        fail(world, procedure, text, lost=not source_up)
        return
    register.release(world, procedure.task)
    ownership.give(world, replace(vm, owner=procedure.target))
    name = world.cluster.nodes[procedure.target].name
    register.enter(world, procedure.task, Phase.ARP, f"{vm.name} runs on {name}")
    text = f"{title(world, procedure)}: {vm.name} runs on {name}"
    world.tell("resumed", text, vm=vm.id, node=procedure.target, task=procedure.task)
    keep_until(world, replace(procedure, step=LiveStep.ARP), blackout_of(procedure).arp_seconds)


def _gone(world: World, node: NodeId) -> str:
    """What became of a node, as a clause."""
    return f"{world.cluster.nodes[node].name} {world.cluster.nodes[node].fate}"


# The path between the two nodes


def _path_seconds(world: World, procedure: LiveMigration) -> float:
    """How long a byte is on its way from the source to the target: both nodes' links, one after the other."""
    ends = (procedure.source, procedure.target)
    return sum(world.cluster.links[(node, procedure.network)].latency_seconds for node in ends)


def _window_rate(world: World, procedure: LiveMigration) -> float:
    """What the sender gets off at most: no more is on its way at once than sockets and switches hold, and room comes
    back with the answer, a round trip later (window / round-trip time, as for any TCP connection)."""
    round_trip = 2.0 * _path_seconds(world, procedure)
    window = world.cluster.profile.timings.in_flight_bytes
    return window / round_trip if window > 0 and round_trip > 0.0 else inf


# Parts that a step is sure to have


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
