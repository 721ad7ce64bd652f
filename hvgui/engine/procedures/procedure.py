"""What all procedures have in common: a frozen record with a step, moved on by clocks, flows' ends and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

import msgspec
from msgspec.structs import replace

from hvgui.cluster.cluster import LinkKey
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.units import NANOSECONDS, nanoseconds
from hvgui.engine.agenda import Class, ProcedureDue
from hvgui.engine.under_way import Before

if TYPE_CHECKING:
    from hvgui.engine.world import World


class Procedure(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that takes time. Each method is what one kind of happening does to it; the default is nothing.

    A method changes the world: it puts the procedure's next record in the place of this one, or ends its task.
    """

    task: TaskId
    vm: VmId
    source: NodeId
    target: NodeId
    started_ns: int
    stalls_before: Before = Before()
    """The stalls of the VM's stream as it began."""
    stamp: int = 0
    """Counts the clocks set: an older one no longer counts."""

    group: tuple[TaskId, ...] = ()
    """Tasks of the VMs that share a LUN with it and go along."""

    writes_elsewhere: ClassVar[bool] = False
    """Whether it may write where none of the VM's disks is."""

    def elsewhere_lost(self, world: World) -> str:
        """Why such a place is out of reach, as the end of a sentence; empty: it is not."""
        del world
        return ""

    def timer(self, world: World) -> None:
        """The clock set last has run out."""

    def flow_ended(self, world: World) -> None:
        """Its flow has carried what it had to."""

    def cancel(self, world: World) -> None:
        """Somebody cancels it; it is at a step at which that is allowed."""

    def room_made(self, world: World) -> None:
        """It waited for memory on its target, and there is enough now."""

    def link_lost(self, world: World, key: LinkKey) -> None:
        """A node's link to a network is cut."""

    def node_lost(self, world: World, node: NodeId) -> None:
        """Its source or target is dead. The VMs that ran there are not yet taken as lost: that is the procedure's."""

    def storage_lost(self, world: World, cause: str) -> None:
        """The VM's owner reaches one of the VM's disks no more; `cause` says why. Whoever runs on after this call is
        stopped by the host."""

    def guest_gave_up(self, world: World) -> None:
        """The VM is lost, because it has waited for its disks for too long; the procedure had not begun yet with it."""

    def storage_changed(self, world: World) -> None:
        """Something has happened to the VM's storage, and its disks can still be reached: maybe another way."""

    @property
    def waits_for_group(self) -> bool:
        """Whether it stands still and waits for those who share its LUN."""
        return False

    def group_ready(self, world: World) -> None:
        """Everybody who shares its LUN stands still: it goes on."""

    def group_broken(self, world: World, why: str) -> None:
        """Somebody who shares its LUN does not come along: it ends."""

    def turned_off(self, world: World) -> None:
        """Somebody turns the VM off in mid-course; only asked where the VM's state allows it."""


P = TypeVar("P", bound=Procedure)


def keep(world: World, procedure: P) -> P:
    """Put a procedure's record in the place of the one before."""
    world.procedures[procedure.task] = procedure
    return procedure


def keep_until(world: World, procedure: P, seconds: float, order: Class = Class.STEP) -> P:
    """Keep a procedure and set its clock; any clock set before no longer counts."""
    procedure = keep(world, replace(procedure, stamp=procedure.stamp + 1))
    due_ns = world.now_ns + nanoseconds(seconds)
    world.agenda.add(due_ns, order, ProcedureDue(procedure.task, procedure.stamp))
    return procedure


def seconds_since(world: World, moment_ns: int) -> float:
    """Seconds from a moment to now."""
    return (world.now_ns - moment_ns) / NANOSECONDS
