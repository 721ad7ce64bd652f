"""The commands on the cluster's future: what if nodes crash, are drained, more is asked; how many more VMs fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.actions.cluster_commands import CLUSTER, MENU
from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.fabric_commands import NODE, NODE_MENU
from hvgui.gui.actions.of_requests import no_lab
from hvgui.gui.actions.vm_commands import MENU as VM_MENU
from hvgui.gui.actions.vm_commands import VM
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from hvgui.gui.what_if.choice import Choice


def _open(desk: Desk, choice: Choice | None, like: VmId | None = None) -> None:
    """The window that is open already, or a new one."""
    from hvgui.gui.what_if.choice import Choice  # noqa: PLC0415  not before it is wanted
    from hvgui.gui.what_if.window import WhatIfWindow  # noqa: PLC0415

    if desk.bridge is None:
        return
    window = desk.parent.findChild(WhatIfWindow)
    if window is None:
        window = WhatIfWindow(desk, desk.bridge, choice or Choice(), like)
    else:
        window.choose(choice, like)
    window.show()
    window.raise_()
    window.activateWindow()


def _of_cluster(desk: Desk) -> None:
    _open(desk, None)


def _of_node(desk: Desk) -> None:
    from hvgui.gui.what_if.choice import Choice  # noqa: PLC0415  not before it is wanted

    _open(desk, Choice(load_percent=None, node=NodeId(desk.chosen(NODE)[0].node)))


def _not_of_node(desk: Desk) -> str:
    refs = desk.chosen(NODE)
    if not desk.has_lab or not refs:
        return tr("Choose a node first.")
    if len(refs) > 1:
        return tr("Choose one node; What If... on the cluster tries all pairs.")
    node = desk.cluster.nodes[refs[0].node]
    return "" if node.is_up else tr("{node} is not up: it can't be lost.", node=node.name)


def _more_like(desk: Desk) -> None:
    _open(desk, None, desk.one_vm)


def _not_one_vm(desk: Desk) -> str:
    return "" if desk.one_vm is not None else tr("Choose one virtual machine first.")


COMMANDS = (
    Command(
        "cluster.what-if",
        "What If...",
        MENU,
        icon="arrows-split-2",
        shortcut="Ctrl+Shift+F",
        run=_of_cluster,
        reason=no_lab,
        beside=CLUSTER,
        changes=False,
        explanation="Crashes, pairs of crashes, drains and more load, tried on forks: what stays up, is N - 1 kept?",
    ),
)
"""On the cluster, its group for balancing."""
NODE_COMMANDS = (
    Command(
        "node.what-if",
        "What if this node crashes...",
        NODE_MENU,
        NODE,
        "arrows-split-2",
        run=_of_node,
        reason=_not_of_node,
        changes=False,
        explanation="Its crash, alone and with each other node, and its drain, tried on forks: nothing happens to it.",
    ),
)
VM_COMMANDS = (
    Command(
        "vm.more-like",
        "How many more like this one...",
        VM_MENU,
        VM,
        "stack-2",
        run=_more_like,
        reason=_not_one_vm,
        changes=False,
        explanation="How many more VMs like it the cluster takes, in all and with every node's loss still covered.",
    ),
)
