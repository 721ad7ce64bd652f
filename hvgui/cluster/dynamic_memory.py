"""Dynamic memory as formulas: target, pressure, status, and which VMs take part.

Target = demand x (1 + buffer / 100), within minimum and maximum (1,000 MB at 20 % give 1,200). Pressure = wanted / has
x 100: 100 is exactly enough, and a guest at its target of 20 % stands at 83.3. The status is that of the Hyper-V module
of later releases: what is left of the buffer below 0 is a warning, up to 80 % of it low.
"""

from __future__ import annotations

import enum
from collections.abc import Collection

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.memory import MemorySettings
from hvgui.cluster.tasks import Phase
from hvgui.cluster.units import MIB

LOW_AT_PERCENT = 80.0
QUANTUM_BYTES = MIB
"""Memory is moved in pieces of this size."""


class MemoryStatus(enum.Enum):
    """How a guest with dynamic memory gets on, in Hyper-V Manager's words."""

    OK = "OK"
    LOW = "Low"
    WARNING = "Warning"


def target_bytes(demand_bytes: float, settings: MemorySettings) -> float:
    """What a VM should have for its demand."""
    wanted = demand_bytes * (1.0 + settings.buffer_percent / 100.0)
    return min(max(wanted, float(settings.least_bytes)), float(settings.most_bytes))


def pressure(demand_bytes: float, assigned_bytes: float) -> float:
    """Demand as a percentage of what is there; 0 while nothing is."""
    return 100.0 * demand_bytes / assigned_bytes if assigned_bytes > 0 else 0.0


def available_buffer_percent(demand_bytes: float, assigned_bytes: float, buffer_percent: float) -> float:
    """What the guest has beyond its demand, as a percentage of the buffer that it should have."""
    buffer = demand_bytes * buffer_percent / 100.0
    return 100.0 * (assigned_bytes - demand_bytes) / buffer if buffer > 0 else 100.0


def memory_status(demand_bytes: float, assigned_bytes: float, buffer_percent: float) -> MemoryStatus:
    """The status for the column of that name."""
    # Memory moves in whole pieces: what is missing of one piece is nobody's shortage.
    available = available_buffer_percent(demand_bytes, assigned_bytes + QUANTUM_BYTES, buffer_percent)
    if available < 0.0:
        return MemoryStatus.WARNING
    return MemoryStatus.LOW if available <= LOW_AT_PERCENT else MemoryStatus.OK


def is_dynamic(cluster: Cluster, vm: VirtualMachine) -> bool:
    """Whether the VM's memory is dynamic by its settings, on a platform that has that."""
    return vm.memory.settings.dynamic and cluster.profile.features.dynamic_memory


def why_it_stands(cluster: Cluster, vm: VirtualMachine) -> str:
    """Why a VM's dynamic memory does not move now, as a sentence; empty: it does, or its memory is not dynamic."""
    if not vm.memory.settings.dynamic:
        return ""
    if not cluster.profile.features.dynamic_memory:
        return f"{cluster.profile.name} has no dynamic memory: {vm.name} keeps its startup memory."
    if not vm.guest.integration_components:
        return f"The guest of {vm.name} has no integration components: nobody inside tells its demand or gives memory."
    if vm.state is not VmState.RUNNING:
        return f"{vm.name} is {vm.state.value}: memory moves while a VM runs."
    if vm.task is not None:
        return f"{vm.name} is busy: what it has assigned stays as it is meanwhile."
    return ""


def takes_part(cluster: Cluster, vm: VirtualMachine) -> bool:
    """Whether the host gives the VM memory and takes it back at this moment."""
    return is_dynamic(cluster, vm) and not why_it_stands(cluster, vm)


def reclaimable_bytes(cluster: Cluster, node: NodeId) -> int:
    """What the VMs of a node could give if every one of them went down to its minimum."""
    vms = (cluster.vms[vm] for vm in cluster.vms_on(node))
    return sum(max(0, vm.assigned_bytes - vm.memory.settings.least_bytes) for vm in vms if takes_part(cluster, vm))


def promised_bytes(cluster: Cluster, node: NodeId, besides: Collection[VmId] = ()) -> int:
    """What others on a node are giving way for: the memory of VMs that wait for it there, but for those named."""
    waiting = (task for task in cluster.tasks_on(node) if task.phase is Phase.WAITING_FOR_MEMORY)
    return sum(cluster.vms[task.vm].memory_bytes for task in waiting if task.target == node and task.vm not in besides)
