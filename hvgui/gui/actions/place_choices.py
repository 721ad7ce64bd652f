"""Nodes as entries of a submenu, rated: where the chosen VMs can migrate to, where one that is off can start."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.gui.actions.command import Choice
from hvgui.gui.actions.desk import Desk
from hvgui.gui.figures import figure
from hvgui.gui.migrate.why import why_text
from hvgui.gui.words import counted, tr
from hvgui.requests.migration import LiveMigrate, start_request
from hvgui.requests.places import Places, rate_targets
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.targets import Target

_MOST_CHECKED = 25


def stars(number: float) -> str:
    """A rating as five stars; a half one counts as `½`."""
    whole = int(number)
    half = "½" if number - whole >= 0.5 else ""
    return "★" * whole + half + "☆" * (5 - whole - len(half))


def migrate_choices(desk: Desk) -> tuple[Choice, ...]:
    """The nodes that the chosen VMs could migrate to, best for the first of them first."""
    vms = desk.vms()
    if not vms or not desk.has_lab or vms[0] not in desk.cluster.vms:
        return ()
    targets = rate_targets(desk.cluster, vms[0], LiveMigrate, _node_loads(desk))
    return tuple(_target_choice(desk, vms, target) for target in targets)


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


def start_choices(desk: Desk) -> tuple[Choice, ...]:
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
