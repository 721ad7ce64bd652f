"""Worlds for tests of dynamic memory: guests with a constant demand on nodes of a few gigabytes."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from engine_world import Lab
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemorySettings
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.units import GIB, MIB, NANOSECONDS
from hvgui.engine.run import Outcome, apply
from hvgui.requests.guests import SetLoad
from hvgui.requests.request import Request
from small_cluster import small_record, small_vm

TODAY, SP1 = PROFILES["2019"], PROFILES["2008 R2 SP1"]


def breathing(
    number: int = 0,
    demand_mib: float = 1000,
    *,
    startup_mib: int = 1024,
    minimum_mib: int = 512,
    maximum_mib: int = 8192,
    buffer_percent: int = 20,
    weight: int = 5000,
    noise: float = 0.0,
    owner: int = 0,
    state: VmState = VmState.RUNNING,
) -> VirtualMachine:
    """A guest with dynamic memory that wants so much."""
    settings = MemorySettings(
        startup_mib * MIB,
        minimum_mib * MIB,
        maximum_mib * MIB,
        dynamic=True,
        buffer_percent=buffer_percent,
        weight=weight,
    )
    vm = small_vm(number, owner, state)
    load = Load(cpu=LoadCurve(level=0.1), memory=LoadCurve(level=demand_mib / startup_mib, noise=noise))
    assigned = startup_mib * MIB if state.holds_memory else 0
    return replace(vm, memory=GuestMemory(settings), load=load, assigned_bytes=assigned)


def memory_record(vms: Sequence[VirtualMachine], gigabytes: int = 30, nodes: int = 2) -> ClusterRecord:
    """A cluster of today whose nodes have so much memory for VMs."""
    record = small_record(tuple(vms), nodes, TODAY)
    smaller = tuple(replace(node, memory_bytes=gigabytes * GIB + node.root_reserve_bytes) for node in record.nodes)
    return replace(record, nodes=smaller)


class MemoryLab(Lab):
    """A lab that runs on by so many seconds, and may be asked for what it refuses."""

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.until(self.world.now_ns / NANOSECONDS + seconds)

    def try_to(self, request: Request) -> Outcome:
        """Ask for something that may be refused."""
        return apply(self.world, request, self.sink)


def memory_lab(*vms: VirtualMachine, gigabytes: int = 30) -> MemoryLab:
    """The same as a world that runs."""
    return MemoryLab(memory_record(vms, gigabytes))


def assigned_mib(lab: Lab, vm: int = 0) -> float:
    """What a VM has."""
    return lab.world.cluster.vms[VmId(vm)].assigned_bytes / MIB


def demand(lab: Lab, vm: int, demand_mib: float) -> None:
    """The guest wants another amount from now on."""
    record = lab.world.cluster.vms[VmId(vm)]
    level = demand_mib * MIB / record.memory.settings.startup_bytes
    outcome = lab.ask(SetLoad(VmId(vm), replace(record.load, memory=replace(record.load.memory, level=level))))
    assert outcome.accepted


def now_seconds(lab: Lab) -> int:
    """The lab's clock."""
    return lab.world.now_ns // NANOSECONDS


def fits(lab: Lab) -> None:
    """At this instant nobody is outside his limits, and what is given away fits every node."""
    cluster = lab.world.cluster
    for vm in cluster.vms.values():
        settings = vm.memory.settings
        if vm.state.holds_memory:
            assert settings.least_bytes <= vm.assigned_bytes <= settings.most_bytes, vm
            assert vm.assigned_bytes % MIB == 0
    for node in cluster.nodes.values():
        given = sum(cluster.vms[vm].assigned_bytes for vm in cluster.vms_on(NodeId(node.id)))
        held = sum(task.reserved_bytes for task in cluster.tasks.values() if task.target == node.id)
        assert given + held + node.root_reserve_bytes <= node.memory_bytes
