"""The commands on memory, processors and drivers."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.fabric_commands import NODE, NODE_MENU
from hvgui.gui.actions.vm_commands import MENU, VM
from hvgui.gui.objects import Ref
from hvgui.gui.words import tr
from hvgui.requests.integration import InstallIntegrationServices
from hvgui.requests.request import Request


def _one_node(desk: Desk) -> NodeId | None:
    nodes = [ref.node for ref in desk.chosen(NODE)]
    return nodes[0] if desk.has_lab and len(nodes) == 1 and nodes[0] in desk.cluster.nodes else None


def _no_vm(desk: Desk) -> str:
    return "" if desk.one_vm is not None else tr("Choose one virtual machine.")


def _no_node(desk: Desk) -> str:
    return "" if _one_node(desk) is not None else tr("Choose one node.")


def _memory(desk: Desk) -> None:
    from hvgui.gui.memory.dialog import MemoryDialog  # noqa: PLC0415  brings graphs along

    vm = desk.one_vm
    if vm is not None:
        MemoryDialog(vm, desk).show()


def _processors(desk: Desk) -> None:
    from hvgui.gui.processors.vm_dialog import VmProcessorsDialog  # noqa: PLC0415  not before it is wanted

    vm = desk.one_vm
    if vm is not None:
        VmProcessorsDialog(vm, desk).open()


def _replace(desk: Desk) -> None:
    from hvgui.gui.processors.node_dialog import NodeProcessorsDialog  # noqa: PLC0415  not before it is wanted

    node = _one_node(desk)
    if node is not None:
        NodeProcessorsDialog(node, desk).open()


def _install(cluster: Cluster, ref: Ref) -> Request | None:
    return InstallIntegrationServices(vm=ref.vm)


VM_COMMANDS = (
    Command(
        "vm.memory",
        "Memory...",
        MENU,
        VM,
        "stack-2",
        "Ctrl+Shift+Y",
        run=_memory,
        reason=_no_vm,
        explanation="Dynamic memory with its graphs: startup, limits, buffer, weight; and a demand to watch it by.",
    ),
    Command(
        "vm.processors",
        "Processors...",
        MENU,
        VM,
        "cpu",
        run=_processors,
        reason=_no_vm,
        explanation="Virtual processors, weight, reserve, limit, processor compatibility.",
    ),
    Command(
        "vm.install-components",
        "Install integration services",
        MENU,
        VM,
        "plug-connected",
        request=_install,
        explanation="Brings the drivers for VMBus into the guest; they work from its next start on.",
    ),
)
"""On VMs, in the order of their menu."""

NODE_COMMANDS = (
    Command(
        "node.processors",
        "Replace processors...",
        NODE_MENU,
        NODE,
        "cpu",
        run=_replace,
        reason=_no_node,
        explanation="Builds other processors into an empty node: with or without SLAT, Intel or AMD, 2006 to 2025.",
    ),
)
"""On nodes."""
