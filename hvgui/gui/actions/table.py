"""The one table of commands."""

from __future__ import annotations

from hvgui.gui.actions import (
    cluster_commands,
    disk_commands,
    fabric_commands,
    fabric_setup_commands,
    failover_commands,
    history_commands,
    machine_commands,
    network_commands,
    node_commands,
    plan_commands,
    quorum_commands,
    resource_commands,
    setup_commands,
    snapshot_commands,
    storage_commands,
    task_commands,
    time_commands,
    tip_commands,
    vhd_commands,
    vm_commands,
    what_if_commands,
    window_commands,
)
from hvgui.gui.actions.command import Command

COMMANDS: tuple[Command, ...] = (
    *window_commands.FILE_COMMANDS,
    *machine_commands.FILE_COMMANDS,
    *vhd_commands.COMMANDS,
    *window_commands.QUIT_COMMANDS,
    *history_commands.UNDO_COMMANDS,
    *window_commands.EDIT_COMMANDS,
    *vm_commands.COMMANDS,
    *snapshot_commands.COMMANDS,
    *resource_commands.VM_COMMANDS,
    *disk_commands.COMMANDS,
    *machine_commands.COMMANDS,
    *what_if_commands.VM_COMMANDS,
    *failover_commands.COMMANDS,
    *cluster_commands.COMMANDS,
    *quorum_commands.COMMANDS,
    *tip_commands.COMMANDS,
    *plan_commands.COMMANDS,
    *what_if_commands.COMMANDS,
    *node_commands.COMMANDS,
    *setup_commands.COMMANDS,
    *resource_commands.NODE_COMMANDS,
    *tip_commands.NODE_COMMANDS,
    *what_if_commands.NODE_COMMANDS,
    *fabric_commands.COMMANDS,
    *network_commands.COMMANDS,
    *storage_commands.COMMANDS,
    *fabric_setup_commands.COMMANDS,
    *time_commands.COMMANDS,
    *history_commands.PAST_COMMANDS,
    *task_commands.COMMANDS,
    *window_commands.VIEW_COMMANDS,
    *window_commands.HELP_COMMANDS,
)
"""Every command, in the order of the menu bar."""

MENUS: tuple[str, ...] = tuple(
    dict.fromkeys(command.menu for command in COMMANDS if command.menu != task_commands.MENU)
)
"""The menus of the menu bar, from left to right."""

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}
"""Each command by its id."""
