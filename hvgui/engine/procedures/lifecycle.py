"""Starting, shutting down and saving a VM: what takes time on one node.

=============  ========================  =======================================================================
Procedure      Step                      Node dead; turned off (no cancel: Hyper-V has none either)
=============  ========================  =======================================================================
Start          WAITING for memory that   fails, the VM is as it was; refused
               others give
Start          READING the saved state   fails, the state stays on the disk; refused
Start          BOOTING                   fails, VM lost; the VM is off at once
ShutDown       the guest stops by itself fails, VM lost; refused
Save           WRITING memory            fails, VM lost; refused
Save           FLUSHING                  fails, VM lost; refused
=============  ========================  =======================================================================

The VM's disks lost: a start ends (one that waits for memory when its turn comes), the VM off, or its saved state still
there; shutting down and saving end, and the VM
stands still (paused-critical) until its disks are back. A cut link does nothing to any of them.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.tasks import Phase, TaskState
from hvgui.cluster.units import format_bytes
from hvgui.engine import register
from hvgui.engine.procedures import saved_state
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until
from hvgui.requests.problems import blockers
from hvgui.requests.start_checks import start_problems

if TYPE_CHECKING:
    from hvgui.engine.world import World


MOST_WAIT_SECONDS = 120.0
"""A start for which nobody gives way is given up."""


class StartStep(enum.Enum):
    """See the table above."""

    WAITING = "waiting"
    READING = "reading"
    BOOTING = "booting"


class Start(Procedure, frozen=True, kw_only=True, tag="start"):
    """A VM on its way to running: booting, or restored from its saved state."""

    step: StartStep
    flow: int | None = None

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        if self.step is StartStep.WAITING:
            _give_up_waiting(world, self)
        else:
            _runs(world, self)

    def flow_ended(self, world: World) -> None:
        """See Procedure.flow_ended."""
        _runs(world, self)

    def room_made(self, world: World) -> None:
        """See Procedure.room_made: everything else is looked at again."""
        vm = world.cluster.vms[self.vm]
        problems = blockers(start_problems(world.cluster, vm))
        if problems:
            _stop_waiting(world, self, f"Starting {vm.name} failed: {problems[0].message}")
            return
        restores = vm.state is VmState.SAVED
        register.enter(world, self.task, Phase.READING if restores else Phase.STARTING)
        step = StartStep.READING if restores else StartStep.BOOTING
        _power_on(world, replace(self, step=step), world.cluster.vms[vm.id])

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        vm, record = world.cluster.vms[self.vm], world.cluster.nodes[node]
        gone = f"{record.name} {record.fate}"
        _close(world, self.flow)
        if self.step is StartStep.WAITING:
            _stop_waiting(world, self, f"Starting {vm.name} failed: {gone}")
            return
        if self.step is StartStep.READING:
            register.stop_vm(world, vm, VmState.SAVED)
            what = f"Restoring {vm.name} failed: {gone}; the saved state is still there"
        else:
            register.lose_vm(world, self.vm)
            what = f"Starting {vm.name} failed: {gone}"
        register.end_task(world, self.task, TaskState.FAILED, what)

    def turned_off(self, world: World) -> None:
        """See Procedure.turned_off."""
        _close(world, self.flow)
        register.stop_vm(world, world.cluster.vms[self.vm], VmState.OFF)
        name = world.cluster.vms[self.vm].name
        register.end_task(world, self.task, TaskState.CANCELLED, f"{name} was turned off while it started")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        if self.step is StartStep.WAITING:
            return
        _close(world, self.flow)
        vm = world.cluster.vms[self.vm]
        reading = self.step is StartStep.READING
        register.stop_vm(world, vm, VmState.SAVED if reading else VmState.OFF)
        left = "the saved state is still there" if reading else "it is off"
        doing = "Restoring" if reading else "Starting"
        register.end_task(world, self.task, TaskState.FAILED, f"{doing} {vm.name} failed: {cause}; {left}")

    def storage_changed(self, world: World) -> None:
        """See Procedure.storage_changed."""
        _reroute(world, self)


def start(world: World, procedure: Start, vm: VirtualMachine) -> None:
    """The VM takes its memory and boots, or is read back from the disk; where the node is short, it waits first."""
    if procedure.step is not StartStep.WAITING:
        _power_on(world, procedure, vm)
        return
    keep_until(world, procedure, MOST_WAIT_SECONDS)
    world.short[procedure.task] = None
    node = world.cluster.nodes[vm.owner].name
    text = f"{vm.name} waits for {format_bytes(vm.memory_bytes)} of memory: others on {node} give way"
    _tell(world, procedure, "start-waits", text)


def _give_up_waiting(world: World, procedure: Start) -> None:
    """Nobody gives way any more."""
    vm = world.cluster.vms[procedure.vm]
    free = max(0, world.cluster.free_bytes_on(vm.owner))
    node = world.cluster.nodes[vm.owner].name
    text = f"it needs {format_bytes(vm.memory_bytes)}, and {node} came to {format_bytes(free)} free"
    _stop_waiting(world, procedure, f"Starting {vm.name} failed: {text}")


def _stop_waiting(world: World, procedure: Procedure, text: str) -> None:
    register.end_task(world, procedure.task, TaskState.FAILED, text)


def _power_on(world: World, procedure: Start, vm: VirtualMachine) -> None:
    if procedure.step is StartStep.BOOTING:
        register.power_on(world, vm, VmState.STARTING)
        _tell(world, procedure, "start-began", f"{vm.name} starts")
        keep_until(world, procedure, world.cluster.profile.timings.boot_seconds)
        return
    vm = register.power_on(world, vm, VmState.RESTORING)
    _tell(world, procedure, "start-began", f"{vm.name} is being restored from its saved state")
    _carry(world, procedure, vm)


def _runs(world: World, procedure: Start) -> None:
    _close(world, procedure.flow)
    vm = replace(world.cluster.vms[procedure.vm], state=VmState.RUNNING)
    register.keep_vm(world, vm)
    node = world.cluster.nodes[vm.owner].name
    register.end_task(world, procedure.task, TaskState.SUCCEEDED, f"{vm.name} runs on {node}")


class ShutDown(Procedure, frozen=True, kw_only=True, tag="shut-down"):
    """A guest that was asked to shut itself down."""

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        vm = world.cluster.vms[self.vm]
        register.stop_vm(world, vm, VmState.OFF)
        register.end_task(world, self.task, TaskState.SUCCEEDED, f"{vm.name} has shut down")

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        _lost_with(world, self, node, f"Shutting down {world.cluster.vms[self.vm].name}")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        _stands_still(world, self, cause, f"Shutting down {world.cluster.vms[self.vm].name}")


def shut_down(world: World, procedure: ShutDown, vm: VirtualMachine) -> None:
    """The guest begins to shut down."""
    register.keep_vm(world, replace(vm, state=VmState.STOPPING))
    _tell(world, procedure, "shut-down-began", f"{vm.name} shuts down")
    keep_until(world, procedure, world.cluster.profile.timings.shutdown_seconds)


class SaveStep(enum.Enum):
    """See the table above."""

    WRITING = "writing"
    FLUSHING = "flushing"


class Save(Procedure, frozen=True, kw_only=True, tag="save"):
    """A VM whose memory is being written to its disk."""

    step: SaveStep = SaveStep.WRITING
    flow: int | None = None

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        if self.step is SaveStep.WRITING:
            self._flush(world)
            return
        vm = world.cluster.vms[self.vm]
        register.stop_vm(world, vm, VmState.SAVED)
        register.end_task(world, self.task, TaskState.SUCCEEDED, f"{vm.name} is saved")

    def flow_ended(self, world: World) -> None:
        """See Procedure.flow_ended."""
        self._flush(world)

    def _flush(self, world: World) -> None:
        _close(world, self.flow)
        flushing = replace(self, step=SaveStep.FLUSHING, flow=None)
        keep_until(world, flushing, world.cluster.profile.timings.quick_flush_seconds)

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        _close(world, self.flow)
        _lost_with(world, self, node, f"Saving {world.cluster.vms[self.vm].name}")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        _close(world, self.flow)
        _stands_still(world, self, cause, f"Saving {world.cluster.vms[self.vm].name}")

    def storage_changed(self, world: World) -> None:
        """See Procedure.storage_changed."""
        _reroute(world, self)


def save(world: World, procedure: Save, vm: VirtualMachine) -> None:
    """The VM stops and its memory goes to the disk."""
    register.keep_vm(world, replace(vm, state=VmState.SAVING))
    _tell(world, procedure, "save-began", f"{vm.name} is being saved")
    _carry(world, procedure, vm)


def _carry(world: World, procedure: Start | Save, vm: VirtualMachine) -> None:
    flow = saved_state.open_flow(world, procedure.task, vm)
    if flow is None:
        keep_until(world, procedure, saved_state.local_seconds(world.cluster, vm))
    else:
        keep(world, replace(procedure, flow=flow))


def _close(world: World, flow: int | None) -> None:
    if flow is not None:
        world.flows.close(flow)


def _reroute(world: World, procedure: Start | Save) -> None:
    flow = saved_state.reroute(world, procedure, procedure.flow)
    if flow != procedure.flow:
        keep(world, replace(procedure, flow=flow))


def _stands_still(world: World, procedure: Procedure, cause: str, doing: str) -> None:
    """The VM keeps its memory and waits for its disks."""
    register.stop_critical(world, procedure.vm, cause)
    register.end_task(world, procedure.task, TaskState.FAILED, f"{doing} failed: {cause}")


def _lost_with(world: World, procedure: Procedure, node: NodeId, doing: str) -> None:
    register.lose_vm(world, procedure.vm)
    record = world.cluster.nodes[node]
    text = f"{doing} failed: {record.name} {record.fate}, and the VM with it"
    register.end_task(world, procedure.task, TaskState.FAILED, text)


def _tell(world: World, procedure: Procedure, code: str, text: str) -> None:
    world.tell(code, text, vm=procedure.vm, node=procedure.target, task=procedure.task)
