"""The commands on virtual machines and their migrations."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.tasks import TaskKind
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.words import tr
from hvgui.requests.lifecycle import (
    DeleteSavedState,
    PauseVm,
    ResetVm,
    ResumeVm,
    SaveVm,
    ShutDownVm,
    StartVm,
    TurnOffVm,
    VmRequest,
)
from hvgui.requests.migration import CancelMigration, LiveMigrate, MoveVm, QuickMigrate, start_request
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

VM = frozenset({Kind.VM})
VM_OR_TASK = frozenset({Kind.VM, Kind.TASK})
MENU = "&Virtual machine"
_MOST_NAMED = 3


def _life(kind: type[VmRequest], cluster: Cluster, ref: Ref) -> Request | None:
    return kind(vm=ref.vm) if ref.kind is Kind.VM else None


def _cancel(cluster: Cluster, ref: Ref) -> Request | None:
    if ref.kind is Kind.TASK:
        return CancelMigration(task=ref.task)
    task = cluster.vms[ref.vm].task
    return None if task is None else CancelMigration(task=task)


def _migrate_choices(desk: Desk) -> tuple[Choice, ...]:
    """The nodes, best first, and the dialog below them."""
    from hvgui.gui.actions.place_choices import migrate_choices  # noqa: PLC0415  brings numpy along

    explanation = tr("Shows beforehand what each way would take.")
    return (*migrate_choices(desk), Choice(tr("Choose with a forecast..."), _ask_live, explanation=explanation))


def _start_choices(desk: Desk) -> tuple[Choice, ...]:
    """The nodes for a VM that is off, best first."""
    from hvgui.gui.actions.place_choices import start_choices  # noqa: PLC0415  brings numpy along

    return start_choices(desk)


def _no_start(desk: Desk) -> str:
    """Why the chosen VM can't be started on any node; empty: it can."""
    one = _one_vm(desk)
    if one or not desk.has_lab or desk.vms()[0] not in desk.cluster.vms:
        return one or tr("Choose a virtual machine first.")
    vm = desk.cluster.vms[desk.vms()[0]]
    reason = ""
    for node in (vm.owner, *(node for node in desk.cluster.nodes if node != vm.owner)):
        blocking = blockers(start_request(vm, node).check(desk.cluster))
        if not blocking:
            return ""
        reason = reason or str(blocking[0])
    return reason


def _ask(kind: TaskKind, desk: Desk) -> None:
    desk.window.ask_migration(desk.vms(), kind, None)


_ask_live = partial(_ask, TaskKind.LIVE_MIGRATION)


def _any_target(kind: type[LiveMigrate | QuickMigrate | MoveVm], desk: Desk) -> str:
    """Why none of the chosen VMs can go to any node; empty if one can."""
    chosen = desk.vms()
    vms = [vm for vm in chosen[: _MOST_NAMED + 1] if vm in desk.cluster.vms] if desk.has_lab else []
    if not vms:
        return tr("Choose a virtual machine first.")
    reason = ""
    for vm in vms[:_MOST_NAMED]:
        for node in desk.cluster.nodes:
            if node == desk.cluster.vms[vm].owner:
                continue
            request = LiveMigrate(vm=vm, to=node, queue=True) if kind is LiveMigrate else kind(vm=vm, to=node)
            blocking = blockers(request.check(desk.cluster))
            if not blocking:
                return ""
            reason = reason or str(blocking[0])
    if len(vms) > _MOST_NAMED:
        return ""
    return reason or tr("There is no other node in this cluster.")


def _compare(desk: Desk) -> None:
    desk.window.compare_migrations(desk.vms()[0])


def _one_vm(desk: Desk) -> str:
    return "" if len(desk.vms()) == 1 else tr("Choose one virtual machine.")


def _ask_load(desk: Desk) -> None:
    desk.window.ask_load(desk.vms())


def _ask_clients(desk: Desk) -> None:
    desk.window.ask_clients(desk.vms())


COMMANDS = (
    Command(
        "vm.live-migrate",
        "Live migrate",
        MENU,
        VM,
        "transfer",
        choices=_migrate_choices,
        reason=partial(_any_target, LiveMigrate),
        explanation="Moves the running VM to another node; it runs on while its memory is copied.",
    ),
    Command(
        "vm.live-migrate-ask",
        "Live migrate...",
        MENU,
        VM,
        "transfer",
        "Ctrl+M",
        run=_ask_live,
        reason=partial(_any_target, LiveMigrate),
        explanation="Chooses node and network, with a forecast.",
    ),
    Command(
        "vm.quick-migrate",
        "Quick migrate...",
        MENU,
        VM,
        "player-skip-forward",
        "Ctrl+Shift+M",
        run=partial(_ask, TaskKind.QUICK_MIGRATION),
        reason=partial(_any_target, QuickMigrate),
        explanation="Saves the VM's state to the shared disk and reads it on the other node.",
    ),
    Command(
        "vm.move",
        "Move...",
        MENU,
        VM,
        "arrow-move-right",
        run=partial(_ask, TaskKind.MOVE),
        reason=partial(_any_target, MoveVm),
        explanation="Takes the VM offline and brings it online on another node.",
    ),
    Command(
        "vm.compare-migrations",
        "Compare live and quick...",
        MENU,
        VM,
        "columns-3",
        run=_compare,
        reason=_one_vm,
        explanation="Both side by side, on forks of the lab or as they happened: nothing happens to the VM.",
    ),
    Command(
        "vm.cancel-migration",
        "Cancel migration",
        MENU,
        VM_OR_TASK,
        "x",
        "Ctrl+Backspace",
        request=_cancel,
        explanation="The VM runs on at its source.",
    ),
    Command("vm.start", "Start", MENU, VM, "player-play", "Ctrl+B", partial(_life, StartVm), begins_group=True),
    Command(
        "vm.start-on",
        "Start on",
        MENU,
        VM,
        "player-play",
        choices=_start_choices,
        reason=_no_start,
        explanation="Starts the VM on the node that you choose; every node is rated in stars.",
    ),
    Command("vm.shut-down", "Shut down", MENU, VM, "power", "Ctrl+E", partial(_life, ShutDownVm)),
    Command("vm.save", "Save", MENU, VM, "device-floppy", "Ctrl+Shift+U", partial(_life, SaveVm)),
    Command("vm.pause", "Pause", MENU, VM, "player-pause", request=partial(_life, PauseVm)),
    Command("vm.resume", "Resume", MENU, VM, "player-track-next", request=partial(_life, ResumeVm)),
    Command(
        "vm.turn-off",
        "Turn off",
        MENU,
        VM,
        "player-stop",
        request=partial(_life, TurnOffVm),
        asks=True,
        begins_group=True,
    ),
    Command("vm.reset", "Reset", MENU, VM, "rotate", request=partial(_life, ResetVm), asks=True),
    Command(
        "vm.delete-saved-state",
        "Delete saved state",
        MENU,
        VM,
        "trash",
        request=partial(_life, DeleteSavedState),
        asks=True,
    ),
    Command(
        "vm.load",
        "Change load...",
        MENU,
        VM,
        "activity",
        run=_ask_load,
        begins_group=True,
        explanation="What the guest asks of its host: processor, memory, disk, network.",
    ),
    Command(
        "vm.clients",
        "Change clients...",
        MENU,
        VM,
        "video",
        run=_ask_clients,
        explanation="Who uses the VM: TCP connections, a video stream.",
    ),
)
"""Commands on VMs, in the order of their menu."""
