"""The commands that make VMs of others, or take them away."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.tasks import TaskKind
from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.vm_commands import MENU, VM, VM_OR_TASK
from hvgui.gui.actions.window_commands import FILE
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.words import tr
from hvgui.requests.busy import busy_problem
from hvgui.requests.cloning import original_problem
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


def _not_to_clone(desk: Desk) -> str:
    if desk.one_vm is None:
        return tr("Choose one virtual machine.")
    vm = desk.cluster.vms[desk.one_vm]
    found = original_problem(vm) if vm.task is None else busy_problem(desk.cluster, vm, vm.task)
    return "" if found is None else str(found)


def _clone(desk: Desk) -> None:
    from hvgui.gui.copies.clone_dialog import CloneDialog  # noqa: PLC0415  not before it is wanted

    vm = desk.one_vm
    if vm is not None:
        CloneDialog((vm,), desk).show()


def _no_template(desk: Desk) -> str:
    if not desk.has_lab:
        return tr("No lab is open.")
    if not any(vm.is_template for vm in desk.cluster.vms.values()):
        return tr("There is no template: make one of a VM that is off.")
    return ""


def _from_template(desk: Desk) -> None:
    from hvgui.gui.copies.clone_dialog import open_from_template  # noqa: PLC0415  not before it is wanted

    open_from_template(desk, chosen_node(desk))


def chosen_node(desk: Desk) -> NodeId | None:
    """The node that is chosen; None where it is not exactly one."""
    nodes = [ref.node for ref in desk.chosen(frozenset({Kind.NODE}))]
    return nodes[0] if len(nodes) == 1 and nodes[0] in desk.cluster.nodes else None


def _no_lab(desk: Desk) -> str:
    return "" if desk.has_lab else tr("No lab is open: open one to import into.")


def _import(desk: Desk) -> None:
    desk.window.import_vm("", chosen_node(desk))


NEW_VMS_ON = frozenset({Kind.CLUSTER, Kind.SERVICES, Kind.NODE})
"""In whose menus new VMs are made."""

FILE_COMMANDS = (
    Command(
        "file.import-vm",
        "Import virtual machine...",
        FILE,
        icon="file-import",
        shortcut="Ctrl+Shift+I",
        run=_import,
        reason=_no_lab,
        beside=NEW_VMS_ON,
        changes=True,
        begins_group=True,
        explanation="From the folder of an export, a configuration (.xml) or an OVF file. Or drop it on the window.",
    ),
)
"""In the File menu."""

COMMANDS = (
    Command(
        "vm.clone",
        "Clone...",
        MENU,
        VM,
        "copy-plus",
        "Ctrl+Shift+L",
        run=_clone,
        reason=_not_to_clone,
        begins_group=True,
        explanation="Makes copies of a VM that is off or of a template, with disks, names and addresses of their own.",
    ),
    Command(
        "new-vm.from-template",
        "New virtual machine from template...",
        MENU,
        icon="template",
        run=_from_template,
        reason=_no_template,
        beside=NEW_VMS_ON,
        changes=True,
        explanation="Clones a template, as often as wanted.",
    ),
    Command(
        "vm.template",
        "Make a template",
        MENU,
        VM,
        "template",
        request=partial(_template, True),
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
