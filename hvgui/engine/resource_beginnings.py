"""What requests on memory, processors and drivers begin: all of them take effect at once, or at the next start."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings
from hvgui.cluster.units import format_bytes
from hvgui.engine import register
from hvgui.requests.integration import InstallIntegrationServices
from hvgui.requests.memory import SetMemory
from hvgui.requests.processors import ReplaceProcessors, SetProcessors
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.engine.world import World


def set_memory(world: World, request: SetMemory) -> None:
    """Other settings; what the guest does stays as much as it was, in bytes."""
    vm = world.cluster.vms[request.vm]
    changed = resized(vm, request.settings)
    register.keep_vm(world, changed)
    # It may give more than before for somebody who waits.
    world.unplaced = bool(world.lost)
    if changed.load != vm.load:
        world.guests.forget_curves()
    settings = request.settings
    what = f"{format_bytes(settings.startup_bytes)} at start"
    if settings.dynamic:
        what += f", {format_bytes(settings.least_bytes)} to {format_bytes(settings.most_bytes)}"
        what += f", buffer {settings.buffer_percent} %, weight {settings.weight:,}"
    world.tell("memory-changed", f"{vm.name} has other memory settings: {what}", vm=vm.id, node=vm.owner)


def resized(vm: VirtualMachine, settings: MemorySettings) -> VirtualMachine:
    """A VM with other settings. Its demand is a share of the startup memory: it stays the same in bytes. What no longer
    fits of its regions is cut off at the end."""
    before = vm.memory.settings.startup_bytes
    left, regions = max(settings.startup_bytes, vm.assigned_bytes), []
    for region in vm.memory.regions:
        size = min(region.size_bytes, left)
        left -= size
        if size:
            regions.append(region if size == region.size_bytes else _cut(region, size))
    load = with_demand(vm.load, before / settings.startup_bytes)
    return replace(vm, memory=GuestMemory(settings, tuple(regions), vm.memory.cold_zero_share), load=load)


def _cut(region: MemoryRegion, size_bytes: int) -> MemoryRegion:
    return replace(region, size_bytes=size_bytes)


def with_demand(load: Load, ratio: float) -> Load:
    """A load whose demand for memory is so many times the share of the startup memory."""
    if ratio == 1.0:
        return load
    curve: LoadCurve = load.memory
    recorded = tuple(value * ratio for value in curve.recorded)
    return replace(load, memory=replace(curve, level=curve.level * ratio, swing=curve.swing * ratio, recorded=recorded))


def set_processors(world: World, request: SetProcessors) -> None:
    """Weight, reserve and limit count at once; the rest was changed while the VM is off."""
    vm = world.cluster.vms[request.vm]
    asked = request.scheduling
    register.keep_vm(
        world, replace(vm, vcpus=request.vcpus, scheduling=asked, processor_compatibility=request.compatibility)
    )
    text = (
        f"{vm.name} has other processor settings: {request.vcpus} virtual, weight {asked.weight}, "
        f"reserve {asked.reserve_percent} %, limit {asked.limit_percent} %"
    )
    world.tell("processors-changed", text, vm=vm.id, node=vm.owner)


def replace_processors(world: World, request: ReplaceProcessors) -> None:
    """A node gets other processors, whose hardware virtualisation is switched on."""
    before = world.cluster.nodes[request.node]
    node = replace(before, processor=request.processor(), hardware_virtualisation=True, virtualisation_at_start=None)
    world.cluster.put(node)
    world.guests.rebuild(node.id, node.processor)
    slat = "with" if node.processor.slat else "without"
    text = f"{node.name} has {request.sockets} × {node.processor.model} now, {slat} second level address translation"
    world.tell("processors-replaced", text, node=node.id)


def install_integration_services(world: World, request: InstallIntegrationServices) -> None:
    """They wait for the guest's restart."""
    vm = world.cluster.vms[request.vm]
    register.keep_vm(world, replace(vm, guest=replace(vm.guest, components_at_restart=True)))
    text = f"The integration services are installed in {vm.name} and work from its next start on"
    world.tell("integration-services-installed", text, vm=vm.id, node=vm.owner)


RESOURCE_BEGINNINGS: dict[type[Request], Callable[[World, Any], Any]] = {
    SetMemory: set_memory,
    SetProcessors: set_processors,
    ReplaceProcessors: replace_processors,
    InstallIntegrationServices: install_integration_services,
}
