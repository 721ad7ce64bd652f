"""The request on a VM's memory: startup, minimum, maximum, buffer, weight, and whether it is dynamic at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.dynamic_memory import why_it_stands
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.memory import MemorySettings
from hvgui.cluster.units import MIB, format_bytes
from hvgui.requests.free_vm import FreeVmRequest
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import quoted, vm_name

LEAST_BYTES = 32 * MIB
BUFFER_PERCENT = (5, 2000)
WEIGHT = (0, 10_000)
"""Ranges of buffer and memory weight, both ends included (Set-VMMemory; WMI)."""
_AT_REST = (VmState.OFF, VmState.CRITICAL)


class SetMemory(FreeVmRequest, frozen=True, tag="set-memory"):
    """Give a VM other memory settings. Buffer and weight change at once; the limits while it runs from 2012 on."""

    settings: MemorySettings

    leaves_files: ClassVar[bool] = True

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Change the memory of {vm_name(cluster, self.vm)}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """See FreeVmRequest.problems_of."""
        found = (*_figures(cluster, vm, self.settings), *_platform(cluster, vm, self.settings))
        return found or (*_while_it_runs(cluster, vm, self.settings), *_notes(cluster, vm, self.settings))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name, settings = quoted(vm_name(cluster, self.vm)), self.settings
        start = f"Set-VMMemory -VMName {name} -StartupBytes {settings.startup_bytes // MIB}MB"
        if not settings.dynamic:
            return f"{start} -DynamicMemoryEnabled $false"
        return (
            f"{start} -DynamicMemoryEnabled $true -MinimumBytes {settings.least_bytes // MIB}MB"
            f" -MaximumBytes {settings.most_bytes // MIB}MB -Buffer {settings.buffer_percent}"
            f" -Priority {settings.weight // 100}"
        )


def _figures(cluster: Cluster, vm: VirtualMachine, settings: MemorySettings) -> Iterator[Problem]:
    """Each figure within its range, and minimum <= startup <= maximum."""
    limit = cluster.profile.limits.memory_per_vm_bytes
    sizes = (("startup", settings.startup_bytes), ("minimum", settings.least_bytes), ("maximum", settings.most_bytes))
    for name, size in sizes:
        if not LEAST_BYTES <= size <= limit:
            text = f"The {name} memory of {vm.name} would be {format_bytes(size)}; {cluster.profile.name} allows"
            yield Problem("memory-range", f"{text} {format_bytes(LEAST_BYTES)} to {format_bytes(limit)}.")
    if not settings.least_bytes <= settings.startup_bytes <= settings.most_bytes:
        words = ", ".join(f"{name} {format_bytes(size)}" for name, size in sizes)
        text = f"The memory of {vm.name} does not add up: {words}."
        yield Problem("memory-order", text, "The minimum is at most the startup memory, and that at most the maximum.")
    for name, value, (least, most) in (
        ("buffer", settings.buffer_percent, BUFFER_PERCENT),
        ("weight", settings.weight, WEIGHT),
    ):
        if not least <= value <= most:
            yield Problem(
                "memory-range", f"The {name} of {vm.name} lies between {least:,} and {most:,}; not {value:,}."
            )


def _platform(cluster: Cluster, vm: VirtualMachine, settings: MemorySettings) -> Iterator[Problem]:
    """What the platform has at all."""
    name, features = cluster.profile.name, cluster.profile.features
    if not settings.dynamic:
        return
    if not features.dynamic_memory:
        text = f"{name} has no dynamic memory, so {vm.name} can't have it."
        yield Problem("no-dynamic-memory", text, "It came with 2008 R2 SP1: open the lab on a later platform.")
    elif not features.minimum_memory and settings.least_bytes != settings.startup_bytes:
        text = f"{name} has no minimum of its own: it is the startup memory of {vm.name}."
        yield Problem("no-minimum", text, "Choose the startup memory as minimum; it came with 2012.")


def _while_it_runs(cluster: Cluster, vm: VirtualMachine, settings: MemorySettings) -> Iterator[Problem]:
    """What a VM that is not off can't have changed."""
    before = vm.memory.settings
    if vm.state in _AT_REST:
        return
    off = "Shut it down first; saved is not enough." if vm.state is VmState.SAVED else "Shut it down first."
    fixed = [
        what
        for what, changes in (
            ("whether its memory is dynamic", settings.dynamic != before.dynamic),
            ("its startup memory", settings.startup_bytes != before.startup_bytes),
        )
        if changes
    ]
    if fixed:
        text = f"{vm.name} is {vm.state.value}: {' and '.join(fixed)} can't change."
        yield Problem("vm-not-off", text, off)
        return
    moved = (settings.least_bytes, settings.most_bytes) != (before.least_bytes, before.most_bytes)
    if not settings.dynamic or not moved:
        return
    if not cluster.profile.features.minimum_memory:
        text = f"{vm.name} is {vm.state.value}: on {cluster.profile.name} its limits can't change."
        yield Problem("vm-not-off", text, off)
    elif settings.least_bytes > before.least_bytes or settings.most_bytes < before.most_bytes:
        text = f"{vm.name} is {vm.state.value}: its minimum can only fall and its maximum only rise."
        yield Problem("vm-not-off", text, off)


def _notes(cluster: Cluster, vm: VirtualMachine, settings: MemorySettings) -> Iterator[Problem]:
    if settings.dynamic and not vm.guest.integration_components:
        text = f"The guest of {vm.name} has no integration components, so its memory will not move."
        yield warning("no-integration-components", text, "Install the integration services first.")
    elif settings.dynamic and vm.state is VmState.PAUSED:
        yield warning("stands", why_it_stands(cluster, vm))
