"""What memory will do after a request: the course of everybody on the VM's node, taken second by second from a fork."""

from __future__ import annotations

import numpy as np

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.units import in_seconds
from hvgui.engine.dynamic_memory import demand_of
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.lab.frames import MemoryCourse
from hvgui.requests.guests import SetLoad
from hvgui.requests.lifecycle import StartVm
from hvgui.requests.memory import SetMemory
from hvgui.requests.request import Request

FOLLOWED_SECONDS = 60.0
"""How far a course reaches."""


class CourseRecorder(Recorder):
    """A sink that also takes the memory of one node's VMs each second, for the first minute."""

    def __init__(self, world: World, node: NodeId | None, vm: VmId | None) -> None:
        super().__init__()
        self._node, self._vm = node, vm
        self._vms = () if node is None else world.cluster.vms_on(node)
        self._until_ns = world.now_ns + int(FOLLOWED_SECONDS * 1e9)
        self._times: list[float] = []
        self._rows: list[list[int]] = []
        self._demands: list[float] = []

    def tick(self, world: World) -> None:
        """See Sink.tick."""
        if self._node is None or world.now_ns > self._until_ns:
            return
        self._times.append(in_seconds(world.now_ns))
        vms = world.cluster.vms
        self._rows.append([vms[vm].assigned_bytes if vm in vms else 0 for vm in self._vms])
        self._demands.append(float(demand_of(world)[self._vm]) if self._vm is not None else 0.0)

    def course(self) -> MemoryCourse | None:
        """What was taken; None where nobody asked."""
        if self._node is None or not self._times:
            return None
        return MemoryCourse(
            node=self._node,
            times_seconds=np.array(self._times),
            vms=self._vms,
            assigned_bytes=np.array(self._rows, dtype=np.float64),
            demand_bytes=np.array(self._demands),
        )


def recorder_for(world: World, request: Request) -> CourseRecorder:
    """Takes the course where the request moves memory: settings, demand, a start."""
    vm = world.cluster.vms.get(request.vm) if isinstance(request, SetMemory | SetLoad | StartVm) else None
    return CourseRecorder(world, None if vm is None else vm.owner, None if vm is None else vm.id)


def in_words(cluster: Cluster, course: MemoryCourse) -> tuple[tuple[VmId, int, float], ...]:
    """Who gets (above 0) or gives how many bytes, and when that has ended (lab's seconds); the most first."""
    now = np.array([cluster.vms[vm].assigned_bytes if vm in cluster.vms else 0 for vm in course.vms], dtype=np.float64)
    rows = np.vstack((now[np.newaxis, :], course.assigned_bytes))
    found = []
    for column, vm in enumerate(course.vms):
        change = int(rows[-1, column] - rows[0, column])
        if change:
            moved = np.flatnonzero(np.diff(rows[:, column]))
            found.append((vm, change, float(course.times_seconds[int(moved[-1])])))
    return tuple(sorted(found, key=lambda one: (-abs(one[1]), one[0])))
