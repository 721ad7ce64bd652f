"""Snapshots and their files in words."""

from __future__ import annotations

from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.snapshots import Snapshot, by_id, children, file_bytes, mergeable
from hvgui.cluster.units import format_bytes, format_clock
from hvgui.gui.words import counted, tr


def state_words(one: Snapshot) -> str:
    """Whether it holds memory."""
    if one.memory_bytes:
        return tr("with {size} of memory", size=format_bytes(one.memory_bytes))
    return tr("of the VM off")


def settings_lines(one: Snapshot) -> tuple[tuple[str, str], ...]:
    """The settings that it holds."""
    settings = one.memory.settings
    dynamic = tr("{least} to {most}", least=format_bytes(settings.least_bytes), most=format_bytes(settings.most_bytes))
    return (
        (tr("Taken"), format_clock(one.taken_ns)),
        (tr("State"), state_words(one)),
        (tr("Virtual processors"), str(one.vcpus)),
        (tr("Startup memory"), format_bytes(settings.startup_bytes)),
        (tr("Dynamic memory"), dynamic if settings.dynamic else tr("No")),
        (tr("Processor compatibility"), tr("Yes") if one.processor_compatibility else tr("No")),
        *((tr("Disk {name}", name=disk.name), disk.path) for disk in one.disks),
    )


def chain_lines(vm: VirtualMachine, snapshot: int | None) -> tuple[str, ...]:
    """The files from a snapshot (None: from Now) down to the first, a line each, and what a merge would free."""
    tree = by_id(vm.snapshots)
    lines = []
    disks, below = (
        (vm.disks, vm.current_snapshot) if snapshot is None else (tree[snapshot].disks, tree[snapshot].parent)
    )
    while True:
        lines += [f"{disk.path}  ({disk.kind.value}, {format_bytes(disk.file_bytes)})" for disk in disks]
        if not below:
            break
        disks, below = tree[below].disks, tree[below].parent
    return (*lines, *_pending(vm))


def _pending(vm: VirtualMachine) -> tuple[str, ...]:
    waiting = [one for one in vm.snapshots if one.is_deleted]
    if not waiting:
        return ()
    held = [one for one in waiting if len(children(vm.snapshots, one.id)) + (vm.current_snapshot == one.id) > 1]
    files = counted(len(waiting), "Merge pending: {count} deleted snapshot", "Merge pending: {count} deleted snapshots")
    size = format_bytes(sum(file_bytes(one) for one in waiting))
    line = tr("{what}, {size}.", what=files, size=size)
    if mergeable(vm.snapshots, vm.current_snapshot) is not None:
        line += " " + tr("What overlaps is freed by the merge, once the VM is off (from 2012 on at once).")
    if held:
        line += " " + tr("Files on which several branches build stay.")
    return (line,)
