"""Dynamic memory as time passes: each second the host hears its guests' demand and moves memory between them.

At every instant what is assigned on a node, what is held for VMs on their way and the root's reserve fit its physical
memory: within a second memory is taken first, and only what is free then is given. VMs that are busy (a migration, a
save) keep what they have. At constant demand all is at rest two seconds after the longest way has been gone at each
of the two rates (see `physics.balloon`): down for those who give, then up for those who get. Whoever starts on a node
that is short, or is brought back there, waits here until the others have given way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from hvgui.cluster.ids import NodeId, VmId
from hvgui.engine.physics import balloon
from hvgui.engine.physics.balloon import Column, Rows
from hvgui.engine.physics.guests import Use

if TYPE_CHECKING:
    from hvgui.engine.world import World


def demand_of(world: World) -> Column:
    """What every guest wants of memory at the present whole second (bytes)."""
    guests = world.guests
    block = guests.wanted(Use.MEMORY, max(0, guests.tick), world.cluster, world.seed)
    wanted: Column = block[max(0, guests.tick) % len(block)] * world.memory.startup
    return wanted


def tick(world: World) -> None:
    """A whole second has begun: memory moves, and whoever waits for it starts."""
    memory = world.memory
    if memory.parts.any():
        owner, _, _, assigned = world.guests.assignment()
        demand = demand_of(world)
        steady = memory.hear(demand, assigned)
        node = _Nodes(world, owner, assigned)
        target = node.targets(memory.targets(assigned))
        _set_moving(world, node, target - assigned, steady, lacks=demand > assigned)
        step = balloon.steps(target - assigned, memory.moving)
        if step.any():
            _book(world, node, step)
    if world.short:
        _start_who_can(world)


class _Nodes:
    """What each node has for those of its guests whose memory moves."""

    def __init__(self, world: World, owner: Rows, assigned: Column) -> None:
        cluster, memory = world.cluster, world.memory
        self.owner, self.memory = owner, memory
        self.size = max(cluster.nodes, default=-1) + 1
        self.claims = _claims(world)
        self.free = np.zeros(self.size)
        for one, free in cluster.free_bytes().items():
            self.free[one] = free
        for one, claimed in self.claims.items():
            self.free[one] -= claimed
        self._has = np.bincount(owner, weights=np.where(memory.parts, assigned, 0.0), minlength=self.size)
        self.short = np.zeros(self.size, dtype=np.bool_)

    def targets(self, want: Column) -> Column:
        """The wishes where there is room for them; what the weights leave of them elsewhere."""
        parts, room = self.memory.parts, self.free + self._has
        total = np.bincount(self.owner, weights=np.where(parts, want, 0.0), minlength=self.size)
        self.short = total > room
        if not self.short.any():
            return want
        target = want.copy()
        for node in np.flatnonzero(self.short).tolist():
            rows = np.flatnonzero(parts & (self.owner == node))
            low, weight = self.memory.low[rows], self.memory.weight[rows]
            target[rows] = balloon.shared_out(want[rows], low, weight, float(room[node]))
        return target

    def restless(self, steady: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """By node: whether it is short and a demand there fluctuates, so that everybody's share does."""
        noisy = np.bincount(self.owner, weights=self.memory.parts & ~steady, minlength=self.size) > 0.0
        return noisy & self.short


def _claims(world: World) -> dict[NodeId, int]:
    """What starts that wait for memory need on each node."""
    claims: dict[NodeId, int] = {}
    for task in world.short:
        procedure = world.procedures[task]
        claims[procedure.target] = claims.get(procedure.target, 0) + world.cluster.vms[procedure.vm].memory_bytes
    return claims


def _set_moving(
    world: World, node: _Nodes, gap: Column, steady: NDArray[np.bool_], *, lacks: NDArray[np.bool_]
) -> None:
    """Whose memory begins to move, or goes on to."""
    memory = world.memory
    band = np.maximum(balloon.BAND_SHARE * memory.visible, balloon.BAND_BYTES)
    exact = steady & ~node.restless(steady)[node.owner]
    pressed = (node.free < 0.0)[node.owner] & (gap < 0.0)
    begins = (np.abs(gap) > band) | exact | (lacks & (gap > 0.0)) | pressed
    memory.moving = (memory.moving | begins) & memory.parts & (gap != 0.0)


def _book(world: World, node: _Nodes, step: Column) -> None:
    """Memory is taken first; what is free then is given."""
    taken = np.minimum(step, 0.0)
    for row in np.flatnonzero(taken).tolist():
        _move(world, VmId(row), int(taken[row]))
    given = np.maximum(step, 0.0)
    growing = np.bincount(node.owner, weights=given, minlength=node.size)
    freed = np.bincount(node.owner, weights=-taken, minlength=node.size)
    for one in np.flatnonzero(growing > np.maximum(node.free, 0.0) + freed).tolist():
        rows = np.flatnonzero((given > 0.0) & (node.owner == one))
        free = max(0.0, float(node.free[one] + freed[one]))
        given[rows] = balloon.growth_that_fits(given[rows], world.memory.weight[rows], free)
    for row in np.flatnonzero(given).tolist():
        _move(world, VmId(row), int(given[row]))


def _move(world: World, vm_id: VmId, step_bytes: int) -> None:
    vm = world.cluster.vms[vm_id]
    vm = replace(vm, assigned_bytes=vm.assigned_bytes + step_bytes)
    world.cluster.put(vm)
    world.guests.assign(vm_id, vm.assigned_bytes)
    world.memory.visible[vm_id] = max(world.memory.visible[vm_id], vm.assigned_bytes)
    if step_bytes < 0:
        world.freed[vm.owner] = None


def _start_who_can(world: World) -> None:
    for task in tuple(world.short):
        procedure = world.procedures[task]
        vm = world.cluster.vms[procedure.vm]
        if world.cluster.free_bytes_on(procedure.target) >= vm.memory_bytes:
            del world.short[task]
            procedure.room_made(world)
