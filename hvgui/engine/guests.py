"""The guests' processor time, second by second: what they want, what they get, how much work that adds up to.

Shares are dealt afresh at every whole second and hold until the next; what changes in between (a VM that starts, or
has arrived on another node) counts from the next second on. As long as nothing changes, many seconds are worked out
at once; that is only a store of what would be found second by second, thrown away at every change, and never saved.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_systems import (
    MOST_EMULATED_IOPS,
    MOST_EMULATED_NETWORK_BYTES_PER_SECOND,
    emulation_processors,
)
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.nodes import Processor
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine.physics.guests import Curves, Use
from hvgui.engine.physics.processors import Claims, capacity, overhead, share_out

Column = NDArray[np.float64]
_VALUES_AHEAD = 2**17
"""About so many wishes are worked out in one go: enough to hide numpy's overhead, little enough for a short slice."""
_SHARES_AHEAD = 2**15
"""Likewise for shares, which every change throws away."""
_NO_LOAD = Load(cpu=LoadCurve())
_SETTINGS = ("_active", "_vcpus", "_assigned", "_reserve", "_emulated")
_ZEROS = (*_SETTINGS, "delivered", "pace", "work")
_ONES = ("_weight", "_limit")
_RUNS = (VmState.RUNNING, VmState.STARTING, VmState.STOPPING)


class _Ahead:
    """Consecutive seconds worked out ahead under one and the same assignment. Arrays are never written to."""

    __slots__ = ("delivered", "first_tick", "pace", "work")

    def __init__(self, first_tick: int, delivered: Column, pace: Column, work: Column) -> None:
        self.first_tick = first_tick
        self.delivered, self.pace, self.work = delivered, pace, work


class Guests:
    """Columns with a row a VM id; ids that are no VMs want nothing."""

    __slots__ = (
        "_active",
        "_ahead",
        "_assigned",
        "_capacities",
        "_curves",
        "_emulated",
        "_limit",
        "_logical",
        "_owner",
        "_reserve",
        "_span",
        "_translation",
        "_vcpus",
        "_wanted",
        "_wanted_from",
        "_weight",
        "_with_drivers",
        "delivered",
        "pace",
        "tick",
        "work",
    )

    def __init__(self, cluster: Cluster) -> None:
        rows = cluster.vm_rows
        self.tick = -1
        """The whole second whose shares hold now."""
        self.delivered: Column = np.zeros(rows)
        """Processors' worth of time that each VM gets."""
        self.pace: Column = np.zeros(rows)
        """Delivered as a share of the usual: seconds of work a second."""
        self.work: Column = np.zeros(rows)
        """Seconds of work done up to the beginning of `tick`."""
        self._owner = np.zeros(rows, dtype=np.int64)
        self._active = np.zeros(rows)
        self._vcpus: Column = np.zeros(rows)
        self._assigned: Column = np.zeros(rows)
        self._weight: Column = np.ones(rows)
        self._reserve: Column = np.zeros(rows)
        self._limit: Column = np.ones(rows)
        self._emulated: Column = np.zeros(rows)
        self._with_drivers = np.ones(rows, dtype=np.bool_)
        self._curves: dict[Use, Curves] = {}
        self._wanted: dict[Use, Column] = {}
        self._wanted_from = -1
        self._ahead: _Ahead | None = None
        self._span = 1
        self.follow_nodes(cluster)
        for vm in cluster.vms.values():
            self.follow(vm)

    def fork(self) -> Guests:
        """An independent copy; what is never written to is shared."""
        copy = Guests.__new__(Guests)
        copy.tick, copy.delivered, copy.pace, copy.work = self.tick, self.delivered, self.pace, self.work
        copy._owner, copy._active, copy._vcpus = self._owner.copy(), self._active.copy(), self._vcpus.copy()
        copy._assigned, copy._weight, copy._limit = self._assigned.copy(), self._weight.copy(), self._limit.copy()
        copy._reserve, copy._emulated = self._reserve.copy(), self._emulated.copy()
        copy._with_drivers = self._with_drivers.copy()
        # Shared, so that of many forks only the first reads the curves; who forgets them begins a new store.
        copy._capacities, copy._curves = self._capacities, self._curves
        copy._logical, copy._translation = self._logical, self._translation
        copy._wanted, copy._wanted_from = self._wanted.copy(), self._wanted_from
        copy._ahead, copy._span = self._ahead, self._span
        return copy

    # What changes from outside

    def follow(self, vm: VirtualMachine, *, stands_still: bool = False) -> None:
        """Take over a VM's owner, size and whether it runs (`stands_still`: it does not, whatever its state)."""
        row, active = vm.id, float(vm.state in _RUNS and not stands_still)
        self._assigned[row] = vm.assigned_bytes
        self._follow_claims(vm)
        if self._owner[row] == vm.owner and self._active[row] == active and self._vcpus[row] == vm.vcpus:
            return
        self._owner[row], self._active[row], self._vcpus[row] = vm.owner, active, float(vm.vcpus)
        self._ahead = None

    def grow(self, rows: int) -> None:
        """VMs have come: columns get so many rows, and curves are read again."""
        more = rows - len(self._owner)
        if more > 0:
            nothing, one = np.zeros(more), np.ones(more)
            self._owner = np.concatenate([self._owner, np.zeros(more, dtype=np.int64)])
            self._with_drivers = np.concatenate([self._with_drivers, np.ones(more, dtype=np.bool_)])
            for name in _ZEROS:
                setattr(self, name, np.concatenate([getattr(self, name), nothing]))
            for name in _ONES:
                setattr(self, name, np.concatenate([getattr(self, name), one]))
        self.forget_curves()

    def forget(self, vm: VmId) -> None:
        """A VM, at rest, has gone: its row is as if there had never been one."""
        self._owner[vm], self._with_drivers[vm] = 0, True
        for names, value in ((_SETTINGS, 0.0), (_ONES, 1.0)):
            for name in names:
                getattr(self, name)[vm] = value
        self.forget_curves()

    def _follow_claims(self, vm: VirtualMachine) -> None:
        """What it may have of the processors, and what emulating its devices takes of them."""
        row, asked = vm.id, vm.scheduling
        self._with_drivers[row] = vm.guest.integration_components
        claims = (asked.weight / 100.0, asked.reserve_percent / 100.0, asked.limit_percent / 100.0)
        emulated = emulation_processors(vm.guest, vm.load)
        if (self._weight[row], self._reserve[row], self._limit[row], self._emulated[row]) != (*claims, emulated):
            self._weight[row], self._reserve[row], self._limit[row] = claims
            self._emulated[row] = emulated
            self._ahead = None

    def assign(self, vm: VmId, assigned_bytes: int) -> None:
        """Only a VM's memory has changed."""
        self._assigned[vm] = assigned_bytes

    def follow_nodes(self, cluster: Cluster) -> None:
        """Servers have come or gone. What is worked out ahead stays right: nobody runs on those."""
        nodes = max(cluster.nodes, default=-1) + 1
        # Of ids that are no nodes: anything that can be divided by.
        self._capacities: Column = np.ones(nodes)
        self._logical: Column = np.ones(nodes)
        self._translation: Column = np.zeros(nodes)
        for node in cluster.nodes.values():
            self._build(node.id, node.processor)

    def rebuild(self, node: NodeId, processor: Processor) -> None:
        """A node has other processors."""
        self._capacities, self._logical = self._capacities.copy(), self._logical.copy()
        self._translation = self._translation.copy()
        self._build(node, processor)
        self._ahead = None

    def _build(self, node: NodeId, processor: Processor) -> None:
        self._capacities[node] = capacity(processor)
        self._logical[node], self._translation[node] = processor.logical, overhead(processor)

    def processors(self) -> tuple[Column, Column]:
        """Columns by node: logical processors, and the share of their time that address translation takes. To be read
        only."""
        return self._logical, self._translation

    @property
    def emulation(self) -> Column:
        """Processors' worth of time that emulating each VM's devices takes of its owner, by VM."""
        return self._emulated * self._active

    @property
    def most_iops(self) -> Column:
        """Operations a second that each VM's devices let through: without drivers not many."""
        return np.where(self._with_drivers, np.inf, MOST_EMULATED_IOPS)

    @property
    def most_network_bytes_per_second(self) -> Column:
        """Likewise for its network adapter."""
        return np.where(self._with_drivers, np.inf, MOST_EMULATED_NETWORK_BYTES_PER_SECOND)

    def forget_curves(self) -> None:
        """A load has changed: curves are read from the cluster again."""
        self._curves = {}
        self.forget_values()

    def forget_values(self) -> None:
        """The seed is another one from now on: the curves are the same, their noise is not."""
        self._wanted, self._ahead = {}, None

    def assignment(self) -> tuple[NDArray[np.int64], Column, Column, Column]:
        """Columns: owner, 1 for those that run, virtual processors, assigned bytes. To be read only."""
        return self._owner, self._active, self._vcpus, self._assigned

    # Time

    def reach(self, tick: int, cluster: Cluster, seed: int) -> None:
        """Go on to the whole second after the present one (or to the first)."""
        ahead = self._ahead
        row = tick - ahead.first_tick if ahead is not None else 0
        if ahead is None or row >= len(ahead.work):
            self._span = 1 if ahead is None else min(2 * self._span, self._most_shared())
            ahead = self._ahead = self._work_out(tick, cluster, seed)
            row = 0
        self.tick = tick
        self.delivered, self.pace, self.work = ahead.delivered[row], ahead.pace[row], ahead.work[row]

    def work_seconds(self, vm: VmId, now_ns: int) -> float:
        """Work that a VM has done since the world began, in seconds of its usual load."""
        since = now_ns - self.tick * NANOSECONDS
        return float(self.work[vm]) + float(self.pace[vm]) * (since / NANOSECONDS)

    def _most(self) -> int:
        """How many seconds' wishes are worked out in one go."""
        return min(256, max(1, _VALUES_AHEAD // max(1, len(self._owner))))

    def _most_shared(self) -> int:
        """How many seconds' shares are dealt in one go, at most."""
        return max(1, _SHARES_AHEAD // max(1, len(self._owner)))

    def _work_out(self, tick: int, cluster: Cluster, seed: int) -> _Ahead:
        most = self._most()
        wanted = self.wanted(Use.CPU, tick, cluster, seed)
        row = tick % most
        wants = np.minimum(wanted[row : row + self._span], self._limit) * (self._vcpus * self._active)
        delivered = share_out(wants, self._owner, self._left_for_guests(), self._claims())
        usual = self._curves[Use.CPU].usual * self._vcpus
        with np.errstate(divide="ignore", invalid="ignore"):
            pace = np.where(usual > 0.0, delivered / usual, self._active)
        work = np.empty_like(pace)
        work[0] = self.work + (self.pace if self.tick >= 0 else 0.0)
        if len(work) > 1:
            work[1:] = pace[:-1]
            np.add.accumulate(work, axis=0, out=work)
        return _Ahead(tick, delivered, pace, work)

    def _left_for_guests(self) -> Column:
        """What each node has beside the emulation of devices."""
        if not self._emulated.any():
            return self._capacities
        taken = np.bincount(self._owner, weights=self.emulation, minlength=len(self._capacities))
        return np.maximum(self._capacities - taken, 0.0)

    def _claims(self) -> Claims | None:
        """Weights and reserves; None where all are as they are by default."""
        if (self._weight == 1.0).all() and not self._reserve.any():
            return None
        return Claims(self._weight, self._reserve * self._vcpus * self._active)

    def wanted_now(self, use: Use, cluster: Cluster, seed: int) -> Column:
        """A use's curve values at the present whole second."""
        tick = max(0, self.tick)
        block = self._wanted.get(use) if tick - tick % self._most() == self._wanted_from else None
        if block is None and use is not Use.CPU:
            # Looked at now and then only: a whole block of seconds would be worked out for the sake of one.
            second: Column = self._curves_for(use, cluster).values(seed, tick, 1)[0]
            return second
        block = self.wanted(use, tick, cluster, seed)
        row: Column = block[tick % len(block)]
        return row

    def wanted(self, use: Use, tick: int, cluster: Cluster, seed: int) -> Column:
        """The block of a use's curve values (row: second, column: VM) that `tick` lies in; row `tick % len` is its."""
        most = self._most()
        first = tick - tick % most
        if first != self._wanted_from:
            self._wanted, self._wanted_from = {}, first
        block = self._wanted.get(use)
        if block is None:
            block = self._curves_for(use, cluster).values(seed, first, most)
            if use is Use.CPU:
                np.minimum(block, 1.0, out=block)
            self._wanted[use] = block
        return block

    def _curves_for(self, use: Use, cluster: Cluster) -> Curves:
        curves = self._curves.get(use)
        if curves is None:
            loads = list(self._loads(cluster))
            usual = [load.usual_cpu for load in loads] if use is Use.CPU else None
            curves = self._curves[use] = Curves(use, [_curve(load, use) for load in loads], usual)
        return curves

    def _loads(self, cluster: Cluster) -> Iterable[Load]:
        vms = cluster.vms
        for row in range(len(self._owner)):
            vm = vms.get(VmId(row))
            yield vm.load if vm is not None else _NO_LOAD


def _curve(load: Load, use: Use) -> LoadCurve:
    if use is Use.CPU:
        return load.cpu
    if use is Use.MEMORY:
        return load.memory
    if use is Use.GROWTH:
        return load.disk_growth_bytes_per_second
    return load.disk_iops if use is Use.DISK else load.network_bytes_per_second
