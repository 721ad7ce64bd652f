"""Places on a VM's controllers: how many there are, which are taken, and why one can't be chosen now."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.storage import Controller, Slot
from hvgui.requests.problems import Problem

IDE_CONTROLLERS = 2
IDE_PLACES = 2
"""Of each IDE controller; the startup disk stands on one of them."""


def in_words(slot: Slot) -> str:
    """`SCSI 0:3`."""
    return f"{slot[0].value} {slot[1]}:{slot[2]}"


def ide_controllers(vm: VirtualMachine) -> int:
    """IDE controllers that the VM has: a generation 2 VM boots from SCSI and has none."""
    return IDE_CONTROLLERS if vm.generation == 1 else 0


def places(cluster: Cluster, vm: VirtualMachine) -> Iterator[Slot]:
    """Every place of the VM's controllers, in bus order."""
    for number in range(ide_controllers(vm)):
        for location in range(IDE_PLACES):
            yield (Controller.IDE, number, location)
    for number in range(vm.scsi_controller_count):
        for location in range(cluster.profile.limits.disks_per_scsi_controller):
            yield (Controller.SCSI, number, location)


def next_free(cluster: Cluster, vm: VirtualMachine, taken: Collection[Slot]) -> Slot | None:
    """The first free place that a disk can be put at now: SCSI first, since that needs no shutting down."""
    free = [slot for slot in places(cluster, vm) if slot not in taken]
    scsi = next((slot for slot in free if slot[0] is Controller.SCSI), None)
    if scsi is not None or vm.state is not VmState.OFF:
        return scsi
    return free[0] if free else None


def place_problem(cluster: Cluster, vm: VirtualMachine, slot: Slot, taken: Collection[Slot] = ()) -> Problem | None:
    """Why no disk can be put at a place now; None: it can."""
    kind, number, location = slot
    limits = cluster.profile.limits
    scsi = kind is Controller.SCSI
    controllers = vm.scsi_controller_count if scsi else ide_controllers(vm)
    most = limits.disks_per_scsi_controller if scsi else IDE_PLACES
    if not 0 <= number < controllers:
        text = f"{vm.name} has no {kind.value} controller {number}."
        remedy = "Add one while the VM is off." if scsi else "Choose another place."
        return Problem("no-such-controller", text, remedy)
    if not 0 <= location < most:
        there = f"places 0 to {most - 1} on {cluster.profile.name}"
        text = f"{kind.value} controller {number} has {there}; {location} is none."
        return Problem("no-such-place", text, "Choose another place.")
    holder = next((disk.name for disk in vm.disks if disk.slot == slot), None)
    if holder is not None or slot in taken:
        text = f"{in_words(slot)} of {vm.name} holds {holder or 'another of these disks'}."
        return Problem("place-taken", text, "Choose a free place.")
    return bus_problem(vm, kind)


def bus_problem(vm: VirtualMachine, kind: Controller) -> Problem | None:
    """Why the VM's disks on a bus can't be changed now; None: they can."""
    if vm.state is not VmState.RUNNING:
        return None
    if kind is Controller.IDE:
        text = f"{vm.name} runs, and IDE disks can't be changed while it does."
        return Problem("ide-while-running", text, "Choose a SCSI place, or shut the VM down.")
    if not vm.guest.integration_components:
        text = f"The guest of {vm.name} has no integration components, so it would not notice a disk while it runs."
        return Problem("no-integration-components", text, "Shut the VM down first.")
    return None
