"""Groups of commands that belong together: a submenu of the menus, a section that opens of the actions pane.

Without them the menu of a virtual machine is longer than a small screen is high, and what is wanted every day stands
among what is wanted once a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hvgui.cluster.misconfigurations import Misconfiguration
from hvgui.gui.actions.command import Command


@dataclass(frozen=True)
class Group:
    """One group."""

    id: str
    title: str
    icon: str
    commands: tuple[str, ...]
    """The ids of its commands."""


GROUPS = (
    Group("compare", "Compare migrations", "columns-3", ("vm.compare-migrations", "vm.compare-storage")),
    Group("guest", "Guest", "device-desktop", ("vm.load", "vm.clients", "vm.install-components", "vm.generalise")),
    Group(
        "snapshots",
        "Snapshots",
        "history",
        ("vm.snapshot", "vm.revert", "vm.snapshots", "vm.merge-snapshots", "vm.cancel-snapshot"),
    ),
    Group(
        "copies",
        "Copies and templates",
        "copy-plus",
        ("vm.export", "vm.clone", "vm.template", "vm.no-template", "vm.cancel-import", "vm.more-like"),
    ),
    Group(
        "disks",
        "Disks",
        "database",
        ("vm.add-disk", "vm.disk-management", "vm.cancel-disks", "vm.add-controller", "vm.remove-controller"),
    ),
    Group(
        "share-and-chaos",
        "Faults",
        "bolt",
        ("cluster.fail-share", "cluster.restore-share", "cluster.chaos", "cluster.chaos-stop"),
    ),
    Group(
        "balancing",
        "Balancing",
        "scale",
        ("cluster.tips", "cluster.watch-mode", "cluster.load-watch", "cluster.optimize", "cluster.what-if"),
    ),
    Group(
        "node-setup",
        "Set up wrongly",
        "adjustments",
        tuple(f"node.{what.value.replace(' ', '-')}" for what in Misconfiguration),
    ),
    Group("node-load", "Load", "activity", ("node.implement-tip", "node.dismiss-tip", "node.overload")),
    Group("storage-path", "Storage path", "plug-connected", ("path.fail", "path.restore", "path.speed")),
)
"""Every group."""

_GROUP_OF = {command: group for group in GROUPS for command in group.commands}

Part = Command | tuple[Group, tuple[Command, ...]]
"""A command that stands by itself, or a group with those of its commands that are wanted."""


def parts(commands: Iterable[Command]) -> tuple[Part, ...]:
    """Commands as a menu or the actions pane shows them: a group stands where its first command would.

    A group of which one command is wanted, and one that would be all there is, is taken apart.
    """
    wanted = tuple(commands)
    by_group: dict[str, list[Command]] = {}
    for command in wanted:
        group = _GROUP_OF.get(command.id)
        if group is not None:
            by_group.setdefault(group.id, []).append(command)
    found: dict[str, Part] = {}
    for command in wanted:
        group = _GROUP_OF.get(command.id)
        if group is None or not _stands(by_group[group.id], wanted):
            found[command.id] = command
        else:
            found.setdefault(group.id, (group, tuple(by_group[group.id])))
    return tuple(found.values())


def _stands(members: Sequence[Command], wanted: Sequence[Command]) -> bool:
    return 1 < len(members) < len(wanted)
