"""The commands that make VMs of others, or take them away."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.tasks import TaskKind
from hvgui.gui.actions.command import Command
from hvgui.gui.actions.vm_commands import MENU, VM, VM_OR_TASK
from hvgui.gui.objects import Kind, Ref
from hvgui.requests.imports import CancelImport
from hvgui.requests.request import Request
from hvgui.requests.templates import DeleteVm, Generalise, SetTemplate


def _template(is_template: bool, cluster: Cluster, ref: Ref) -> Request:
    del cluster
    return SetTemplate(vm=ref.vm, is_template=is_template)


def _generalise(cluster: Cluster, ref: Ref) -> Request:
    del cluster
    return Generalise(vm=ref.vm)


def _delete(with_files: bool, cluster: Cluster, ref: Ref) -> Request:
    del cluster
    return DeleteVm(vm=ref.vm, delete_files=with_files)


def _cancel(cluster: Cluster, ref: Ref) -> Request | None:
    if ref.kind is Kind.TASK:
        return CancelImport(task=ref.task)
    held_by = cluster.vms[ref.vm].task
    task = cluster.tasks.get(held_by) if held_by is not None else None
    makes_it = task is not None and task.kind in (TaskKind.IMPORT, TaskKind.CLONE)
    return CancelImport(task=task.id) if task is not None and makes_it else None


COMMANDS = (
    Command(
        "vm.template",
        "Make a template",
        MENU,
        VM,
        "copy",
        request=partial(_template, True),
        begins_group=True,
        explanation="A template is cloned and never started.",
    ),
    Command(
        "vm.no-template",
        "Make a virtual machine again",
        MENU,
        VM,
        "device-desktop",
        request=partial(_template, False),
    ),
    Command(
        "vm.generalise",
        "Generalise the guest (sysprep)...",
        MENU,
        VM,
        "tag",
        request=_generalise,
        asks=True,
        explanation="The guest shuts down and gets a computer name and a SID of its own at its next start.",
    ),
    Command(
        "vm.cancel-import",
        "Cancel import or clone",
        MENU,
        VM_OR_TASK,
        "x",
        request=_cancel,
        explanation="What was copied is deleted; nothing of the VM stays.",
    ),
    Command(
        "vm.delete",
        "Delete...",
        MENU,
        VM,
        "trash",
        request=partial(_delete, False),
        asks=True,
        begins_group=True,
        explanation="Takes the VM out of the cluster; its disk files stay as detached disks.",
    ),
    Command(
        "vm.delete-with-files",
        "Delete with its files...",
        MENU,
        VM,
        "trash",
        request=partial(_delete, True),
        asks=True,
        explanation="Takes the VM out of the cluster and deletes its virtual hard disks.",
    ),
)
"""In the order of the VM menu, at its end."""
