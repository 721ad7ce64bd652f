"""Requests on processors: what a VM may have of its owner's, and what a node is built with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import Scheduling, VirtualMachine, VmState
from hvgui.cluster.nodes import Processor
from hvgui.cluster.processor_models import PROCESSOR_MODELS
from hvgui.requests.free_vm import FreeVmRequest
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name, quoted, vm_name
from hvgui.requests.start_checks import reserve_problems
from hvgui.requests.storage_names import vm_names

MOST_SOCKETS = 8
"""Sockets that a server of the catalogue has at most."""
_AT_REST = (VmState.OFF, VmState.CRITICAL)


class SetProcessors(FreeVmRequest, frozen=True, tag="set-processors"):
    """Give a VM other virtual processors, another weight, reserve or limit, or processor compatibility."""

    vcpus: int
    scheduling: Scheduling = Scheduling()
    compatibility: bool = False

    leaves_files: ClassVar[bool] = True

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Change the processors of {vm_name(cluster, self.vm)}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """See FreeVmRequest.problems_of."""
        found = tuple(self._figures(cluster, vm))
        return found or (*self._state(vm), *self._node(cluster, vm))

    def _figures(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        limit = cluster.profile.limits.vcpus_per_vm
        asked = self.scheduling
        if not 1 <= self.vcpus <= limit:
            text = f"{vm.name} would have {self.vcpus} virtual processors; {cluster.profile.name} allows 1 to {limit}."
            yield Problem("vcpus", text)
        if not 1 <= asked.weight <= 10_000:
            yield Problem(
                "weight", f"The relative weight of {vm.name} lies between 1 and 10,000; not {asked.weight:,}."
            )
        if not 0 <= asked.reserve_percent <= asked.limit_percent <= 100 or asked.limit_percent < 1:
            text = (
                f"{vm.name} would have a reserve of {asked.reserve_percent} % and a limit of {asked.limit_percent} %."
            )
            yield Problem("reserve", text, "The limit is 1 to 100 %, and the reserve at most the limit.")

    def _state(self, vm: VirtualMachine) -> Iterator[Problem]:
        """What changes only while the VM is off."""
        if vm.state in _AT_REST:
            return
        changes = (
            ("the number of its virtual processors", self.vcpus != vm.vcpus),
            ("processor compatibility", self.compatibility != vm.processor_compatibility),
        )
        fixed = [what for what, changed in changes if changed]
        if fixed:
            text = f"{vm.name} is {vm.state.value}: {' and '.join(fixed)} can't change."
            yield Problem("vm-not-off", text, "Shut it down first.")

    def _node(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        if vm.state.holds_memory and self.scheduling.reserve_percent > vm.scheduling.reserve_percent:
            yield from reserve_problems(cluster, vm, self.vcpus, self.scheduling)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        asked = self.scheduling
        return (
            f"Set-VMProcessor -VMName {quoted(vm_name(cluster, self.vm))} -Count {self.vcpus}"
            f" -RelativeWeight {asked.weight} -Reserve {asked.reserve_percent} -Maximum {asked.limit_percent}"
            f" -CompatibilityForMigrationEnabled ${'true' if self.compatibility else 'false'}"
        )


class ReplaceProcessors(Request, frozen=True, tag="replace-processors"):
    """Build other processors into a node: a model of the catalogue, a number of sockets, SLAT used or not."""

    node: NodeId
    model: str
    """Its key in the catalogue."""
    sockets: int
    uses_slat: bool = True
    """Whether SLAT is used where the model has it; switched off in the firmware otherwise."""

    def processor(self) -> Processor:
        """What the node will have. Raises KeyError for a model that the catalogue lacks."""
        made = PROCESSOR_MODELS[self.model].processor(self.sockets)
        if self.uses_slat or not made.slat:
            return made
        return replace(made, slat=False)

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        model = PROCESSOR_MODELS.get(self.model)
        name = self.model if model is None else model.name
        return f"Give {node_name(cluster, self.node)} {self.sockets} × {name}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        node = cluster.nodes.get(self.node)
        if node is None:
            return (Problem("no-such-node", f"There is no {node_name(cluster, self.node)} in this cluster."),)
        model = PROCESSOR_MODELS.get(self.model)
        if model is None:
            return (Problem("no-such-model", f"There is no processor '{self.model[:60]}' in the catalogue."),)
        if not 1 <= self.sockets <= MOST_SOCKETS:
            return (Problem("sockets", f"A node has 1 to {MOST_SOCKETS} sockets, not {self.sockets}."),)
        if not model.virtualises:
            text = f"The {model.name} has no hardware virtualisation, which Hyper-V needs."
            return (Problem("no-virtualisation", text, "Choose a model of 2006 or later."),)
        return tuple(self._limits_and_vms(cluster))

    def _limits_and_vms(self, cluster: Cluster) -> Iterator[Problem]:
        name, most = node_name(cluster, self.node), cluster.profile.limits.logical_processors
        processor = self.processor()
        if processor.logical > most:
            text = f"{name} would have {processor.logical} logical processors; {cluster.profile.name} uses {most}."
            yield Problem("logical-processors", text, "Choose fewer sockets or a smaller model.")
        there = [vm for vm in cluster.vms_on(self.node) if cluster.vms[vm].state.holds_memory]
        if there:
            text = f"{vm_names(cluster, there)} {'runs' if len(there) == 1 else 'run'} on {name}."
            yield Problem("vms-run", text, "Migrate or shut them down first: a server is opened while it is empty.")
        if cluster.tasks_on(self.node):
            text = f"A task is under way to or from {name}."
            yield Problem("tasks", text, "Wait until that has ended, or cancel it.")
        if processor.vendor != cluster.nodes[self.node].processor.vendor:
            text = f"Running VMs can't migrate between {name} and the nodes of the other make."
            yield warning("mixed-vendors", text)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# {self.title(cluster)}: that takes a screwdriver"
