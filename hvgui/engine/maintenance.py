"""Rolling maintenance, moved on whenever something has happened to its present node.

==========  ===================================  ==================================================================
Step        What happens                         The node crashes, or can't be drained; somebody resumes it
==========  ===================================  ==================================================================
DRAINING    the node gives its VMs away          the plan fails, a node that works is resumed; the plan fails
RESTARTING  it is off, boots, joins, is resumed  it goes on as soon as somebody has it up again; goes on
==========  ===================================  ==================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId
from hvgui.cluster.maintenance import MaintenancePlan, PlanState, PlanStep
from hvgui.cluster.nodes import DrainState, NodeState
from hvgui.cluster.units import format_seconds, nanoseconds
from hvgui.engine.agenda import Class, PatchedDue
from hvgui.engine.procedures import faults, nodes
from hvgui.engine.under_way import DrainKind
from hvgui.requests.node_service import DrainNode
from hvgui.requests.problems import blockers
from hvgui.requests.request import node_names

if TYPE_CHECKING:
    from hvgui.engine.world import World


def begin(world: World, wanted: tuple[NodeId, ...], *, restarts: bool, offline_seconds: float) -> None:
    """A plan begins with its first node."""
    names = node_names(world.cluster, wanted)
    world.tell("maintenance-began", f"Rolling maintenance of {names} began")
    plan = MaintenancePlan(
        PlanState.RUNNING, wanted, restarts=restarts, offline_seconds=offline_seconds, began_ns=world.now_ns
    )
    _begin_node(world, plan)


def cancel(world: World) -> None:
    """Nobody comes next; the present node is resumed."""
    plan = world.cluster.maintenance
    _end(world, plan, PlanState.CANCELLED, "Rolling maintenance was cancelled")


def _begin_node(world: World, plan: MaintenancePlan) -> None:
    cluster, node = world.cluster, plan.nodes[0]
    cluster.put(replace(plan, step=PlanStep.DRAINING, step_since_ns=world.now_ns))
    problems = blockers(DrainNode(node).check(cluster))
    if problems:
        _fail(world, cluster.maintenance, problems[0].message)
        return
    nodes.drain(world, node, DrainKind.PAUSE)


def go_on(world: World) -> None:
    """Look at the present node: whether its step is over."""
    plan = world.cluster.maintenance
    node = plan.present
    if node is None:
        return
    record = world.cluster.nodes[node]
    if plan.step is PlanStep.RESTARTING:
        if record.is_up:
            _next(world, plan, node)
        return
    match record.drain:
        case DrainState.COMPLETED if record.state is NodeState.PAUSED:
            if plan.restarts:
                _restart(world, plan, node)
            else:
                _next(world, plan, node)
        case DrainState.FAILED:
            _fail(world, plan, f"{record.name} could not be drained.")
        case DrainState.NONE:
            why = "was resumed by somebody" if record.is_up else record.fate
            _fail(world, plan, f"{record.name} {why} while it was drained.")


def _restart(world: World, plan: MaintenancePlan, node: NodeId) -> None:
    """The node goes down in good order."""
    cluster = world.cluster
    cluster.put(replace(plan, step=PlanStep.RESTARTING, step_since_ns=world.now_ns))
    nodes.switch_off(world, node, resumes_paused=True)
    world.tell("node-restarts", f"{cluster.nodes[node].name} is off for its patches", node=node)
    due = world.now_ns + nanoseconds(plan.offline_seconds)
    world.agenda.add(due, Class.NODE, PatchedDue(node, world.now_ns))


def patched(world: World, node: NodeId) -> None:
    """The node boots, unless somebody has switched it on already."""
    record = world.cluster.nodes[node]
    if record.state is NodeState.DOWN and not record.has_power:
        faults.power_on_node(world, node)


def _next(world: World, plan: MaintenancePlan, node: NodeId) -> None:
    """The node is done: it takes VMs again, and the next one has its turn."""
    if world.cluster.nodes[node].state is NodeState.PAUSED:
        nodes.resume(world, node)
    plan = replace(plan, nodes=plan.nodes[1:], done=(*plan.done, node))
    if plan.nodes:
        _begin_node(world, plan)
        return
    took = format_seconds((world.now_ns - plan.began_ns) / 1e9)
    _end(world, plan, PlanState.COMPLETED, f"Rolling maintenance of {len(plan.done)} nodes succeeded in {took}")


def _fail(world: World, plan: MaintenancePlan, why: str) -> None:
    _end(world, replace(plan, message=why), PlanState.FAILED, f"Rolling maintenance ended: {why}")


def _end(world: World, plan: MaintenancePlan, state: PlanState, text: str) -> None:
    node = plan.present
    world.cluster.put(replace(plan, state=state))
    level = Level.ERROR if state is PlanState.FAILED else Level.INFORMATION
    world.tell(f"maintenance-{state.value}", text, level, node=node)
    if node is None:
        return
    record = world.cluster.nodes[node]
    if record.state is NodeState.PAUSED:
        nodes.resume(world, node)
    elif record.resumes_paused:
        world.cluster.put(replace(record, resumes_paused=False))
