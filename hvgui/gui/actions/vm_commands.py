"""The commands on virtual machines and their migrations."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.tasks import TaskKind
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.figures import figure
from hvgui.gui.migrate.why import why_text
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.words import counted, tr
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
from hvgui.requests.migration import CancelMigration, LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.places import Places, rate_targets, start_request
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.targets import Target

VM = frozenset({Kind.VM})
VM_OR_TASK = frozenset({Kind.VM, Kind.TASK})
MENU = "&Virtual machine"
_MOST_NAMED = 3


def stars(number: float) -> str:
    """A rating as five stars; a half one counts as `½`."""
    whole = int(number)
    half = "½" if number - whole >= 0.5 else ""
    return "★" * whole + half + "☆" * (5 - whole - len(half))


def _life(kind: type[VmRequest], cluster: Cluster, ref: Ref) -> Request | None:
    return kind(vm=ref.vm) if ref.kind is Kind.VM else None


def _cancel(cluster: Cluster, ref: Ref) -> Request | None:
    if ref.kind is Kind.TASK:
        return CancelMigration(task=ref.task)
    task = cluster.vms[ref.vm].task
    return None if task is None else CancelMigration(task=task)


def _migrate_choices(desk: Desk) -> tuple[Choice, ...]:
    """The nodes, best first, and the dialog below them."""
    dialog = Choice(
        tr("Choose with a forecast..."), _ask_live, explanation=tr("Shows beforehand what each way would take.")
    )
    vms = desk.vms()
    if not vms or not desk.has_lab or vms[0] not in desk.cluster.vms:
        return (dialog,)
    targets = rate_targets(desk.cluster, vms[0], LiveMigrate, _node_loads(desk))
    return (*(_target_choice(desk, vms, target) for target in targets), dialog)


def _target_choice(desk: Desk, vms: tuple[VmId, ...], target: Target) -> Choice:
    """A node: can go if any of the chosen VMs can."""
    node = desk.cluster.nodes[target.node]
    requests = [LiveMigrate(vm=vm, to=target.node, queue=True) for vm in vms[:_MOST_CHECKED]]
    blocking = [blockers(request.check(desk.cluster)) for request in requests]
    able = sum(not one for one in blocking)
    title = tr("{node}    {stars}", node=node.name, stars=stars(target.stars)) if len(vms) == 1 else node.name
    explanation = why_text(desk.cluster, target)
    run = partial(_migrate_now, vms=vms, node=target.node)
    if able:
        several = _able(able, len(vms)) if len(vms) <= _MOST_CHECKED else ""
        return Choice(title, run, explanation=explanation if len(vms) == 1 else several)
    return Choice(title, run, reason=str(blocking[0][0]))


def _start_choices(desk: Desk) -> tuple[Choice, ...]:
    """The nodes for a VM that is off, best first."""
    vms = desk.vms()
    if not desk.has_lab or len(vms) != 1 or vms[0] not in desk.cluster.vms:
        return ()
    vm = desk.cluster.vms[vms[0]]
    return tuple(_start_choice(desk, vm, target) for target in Places(desk.cluster, _node_loads(desk)).for_start(vm))


def _start_choice(desk: Desk, vm: VirtualMachine, target: Target) -> Choice:
    node = desk.cluster.nodes[target.node].name
    here = tr("{node} (where it is)", node=node) if target.node == vm.owner else node
    title = tr("{node}    {stars}", node=here, stars=stars(target.stars))
    run = partial(_submit, request=start_request(vm, target.node))
    reason = "" if target.is_suitable else target.explanation
    return Choice(title, run, reason=reason, explanation=why_text(desk.cluster, target))


def _submit(desk: Desk, request: Request) -> None:
    desk.submit((request,))


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


_MOST_CHECKED = 25


def _able(able: int, number: int) -> str:
    return tr("{able} of {vms} can go there.", able=able, vms=counted(number, "{count} VM", "{count} VMs"))


def _migrate_now(desk: Desk, vms: tuple[VmId, ...], node: NodeId) -> None:
    """At once, waiting in the queue for a free place."""
    here = [vm for vm in vms if vm in desk.cluster.vms and desk.cluster.vms[vm].owner != node]
    desk.submit(tuple(LiveMigrate(vm=vm, to=node, queue=True) for vm in here))


def _node_loads(desk: Desk) -> dict[NodeId, float] | None:
    sample = desk.facts.sample if desk.facts is not None else None
    if sample is None:
        return None
    return {node: max(0.0, figure(sample.node_cpu_share, node)) for node in desk.cluster.nodes}


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
