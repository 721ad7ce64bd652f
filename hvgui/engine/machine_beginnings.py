"""What requests begin that bring VMs into the cluster, make them something else to others, or take them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hvgui.cluster.ids import TaskId
from hvgui.cluster.tasks import TaskKind
from hvgui.engine import lifecycle_beginnings, register
from hvgui.engine.procedures import imports
from hvgui.requests.cloning import CloneVm, cloned
from hvgui.requests.imports import CancelImport, ImportVm
from hvgui.requests.request import Request
from hvgui.requests.templates import DeleteVm, Generalise, SetTemplate

if TYPE_CHECKING:
    from hvgui.engine.world import World


def _cancel(world: World, request: CancelImport) -> TaskId:
    world.procedures[request.task].cancel(world)
    return request.task


def _set_template(world: World, request: SetTemplate) -> None:
    vm = replace(world.cluster.vms[request.vm], is_template=request.is_template)
    register.keep_vm(world, vm)
    what = "a template" if vm.is_template else "a virtual machine again"
    world.tell("template", f"{vm.name} is {what}", vm=vm.id, node=vm.owner)


def _generalise(world: World, request: Generalise) -> TaskId:
    """Sysprep ends with a shut-down; the new identity is there from then on."""
    vm = world.cluster.vms[request.vm]
    register.keep_vm(world, replace(vm, guest=replace(vm.guest, identity="", computer_name="")))
    world.tell("generalised", f"The guest of {vm.name} is generalised and shuts down", vm=vm.id, node=vm.owner)
    return lifecycle_beginnings.shut_down(world, request.vm)


def _delete(world: World, request: DeleteVm) -> None:
    vm = world.cluster.vms[request.vm]
    imports.remove(world, vm, deletes_files=request.delete_files)
    more = " with its files" if request.delete_files else ""
    world.tell("vm-deleted", f"{vm.name} was deleted{more}", node=vm.owner)


MACHINE_BEGINNINGS: dict[type[Request], Callable[[World, Any], Any]] = {
    ImportVm: lambda world, one: imports.bring(world, one.machine, TaskKind.IMPORT, copies=one.copies),
    CloneVm: lambda world, one: imports.bring(world, cloned(world.cluster, one), TaskKind.CLONE),
    CancelImport: _cancel,
    SetTemplate: _set_template,
    Generalise: _generalise,
    DeleteVm: _delete,
}
