"""What dynamic memory knows of each VM, in columns: its settings, what its guest was heard to want, what moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.dynamic_memory import takes_part
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.engine.physics import balloon
from hvgui.engine.physics.balloon import Column

_ONES = ("_factor", "_weight")


class MemoryColumns:
    """Columns with a row a VM id. `average` is the demand that the host goes by, `before` the last second's, `visible`
    what the guest has seen at most since its start, `moving` whose memory is on its way to the target."""

    __slots__ = ("_factor", "_high", "_low", "_part", "_startup", "_weight", "average", "before", "moving", "visible")

    def __init__(self, cluster: Cluster) -> None:
        rows = cluster.vm_rows
        self._part = np.zeros(rows, dtype=np.bool_)
        self._startup, self._low, self._high = np.zeros(rows), np.zeros(rows), np.zeros(rows)
        self._factor, self._weight = np.ones(rows), np.ones(rows)
        self.average, self.before, self.visible = np.zeros(rows), np.zeros(rows), np.zeros(rows)
        self.moving = np.zeros(rows, dtype=np.bool_)
        for vm in cluster.vms.values():
            self.follow(cluster, vm)

    def fork(self) -> MemoryColumns:
        """An independent copy."""
        copy = MemoryColumns.__new__(MemoryColumns)
        for name in self.__slots__:
            setattr(copy, name, getattr(self, name).copy())
        return copy

    def narrow(self, rows: int) -> None:
        """Forgets the VMs with higher ids."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name)[:rows])

    def grow(self, rows: int) -> None:
        """VMs have come: columns get so many rows."""
        more = rows - len(self._part)
        if more <= 0:
            return
        for name in self.__slots__:
            column = getattr(self, name)
            filling = np.ones(more) if name in _ONES else np.zeros(more, dtype=column.dtype)
            setattr(self, name, np.concatenate([column, filling]))

    def forget(self, vm: VmId) -> None:
        """A VM has gone: its row is as if there had never been one."""
        for name in self.__slots__:
            getattr(self, name)[vm] = 1.0 if name in _ONES else 0

    def follow(self, cluster: Cluster, vm: VirtualMachine, *, stands_still: bool = False) -> None:
        """Take over a VM's settings, and whether its memory moves."""
        row, settings = vm.id, vm.memory.settings
        self._part[row] = settings.dynamic and not stands_still and takes_part(cluster, vm)
        self._startup[row] = settings.startup_bytes
        self._low[row], self._high[row] = settings.least_bytes, settings.most_bytes
        self._factor[row], self._weight[row] = 1.0 + settings.buffer_percent / 100.0, settings.weight
        if not vm.assigned_bytes:
            self.average[row] = self.before[row] = self.visible[row] = 0.0
        self.visible[row] = max(self.visible[row], vm.assigned_bytes)
        if not self._part[row]:
            self.moving[row] = False

    @property
    def parts(self) -> NDArray[np.bool_]:
        """Whose memory moves."""
        return self._part

    @property
    def weight(self) -> Column:
        """Who gives way, by VM."""
        return self._weight

    @property
    def low(self) -> Column:
        """The minimum of each VM."""
        return self._low

    @property
    def startup(self) -> Column:
        """The startup memory, which demands are shares of."""
        return self._startup

    def hear(self, demand: Column, assigned: Column) -> NDArray[np.bool_]:
        """Takes in a second's demand. Gives whose demand is the same as a second ago."""
        steady: NDArray[np.bool_] = demand == self.before
        self.average = balloon.heard(self.average, demand, self.before, assigned)
        self.before = demand
        return steady

    def targets(self, assigned: Column) -> Column:
        """What each should have for its demand; who takes no part: what it has."""
        want = balloon.wanted(self.average, self._factor, self._low, self._high)
        return np.where(self._part, want, assigned)

    def balloons(self, assigned: Column) -> Column:
        """What the balloon holds in each guest: what it sees and does not have."""
        return np.where(self._part, np.maximum(self.visible - assigned, 0.0), 0.0)
