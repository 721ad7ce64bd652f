"""A plan of rolling maintenance in words: for the band over the window, and node by node."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.maintenance import MaintenancePlan, PlanState, PlanStep
from hvgui.cluster.units import format_seconds, in_seconds
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr

_STEPS = {PlanStep.DRAINING: "gives its VMs away", PlanStep.RESTARTING: "restarts"}


def plan_words(cluster: Cluster) -> str:
    """What the band says; empty: no plan is under way."""
    plan = cluster.maintenance
    if plan.present is None:
        return ""
    return tr(
        "Rolling maintenance: {node} {step}; {done} of {all} nodes done.",
        node=node_name(cluster, plan.present),
        step=tr(_STEPS[plan.step]),
        done=len(plan.done),
        all=len(plan.done) + len(plan.nodes),
    )


def heading(cluster: Cluster, now_ns: int) -> tuple[str, str]:
    """How the plan stands as a whole, and its tone."""
    plan = cluster.maintenance
    took = format_seconds(max(0.0, in_seconds(now_ns - plan.began_ns)))
    match plan.state:
        case PlanState.RUNNING:
            return tr("Under way for {span}.", span=took), ""
        case PlanState.COMPLETED:
            return tr("Every node is done."), "good"
        case PlanState.CANCELLED:
            return tr("Cancelled; the other nodes stay as they are."), "warning"
        case PlanState.FAILED:
            return tr("Failed: {why}", why=plan.message), "bad"
        case _:
            return tr("There has been no plan yet."), ""


def rows(cluster: Cluster, now_ns: int) -> tuple[tuple[NodeId, str, str, str], ...]:
    """Each node of the plan in its order: how far it is in words, and name and tint of the icon."""
    plan = cluster.maintenance
    done = [(node, tr("Done"), "circle-check", "good") for node in plan.done]
    coming = [(node, *_of_coming(plan, node, now_ns)) for node in plan.nodes]
    return (*done, *coming)


def _of_coming(plan: MaintenancePlan, node: NodeId, now_ns: int) -> tuple[str, str, str]:
    if node == plan.present:
        span = format_seconds(max(0.0, in_seconds(now_ns - plan.step_since_ns)))
        icon = "stairs-down" if plan.step is PlanStep.DRAINING else "power"
        step = tr(_STEPS[plan.step])
        return tr("{step}, for {span}", step=step[:1].upper() + step[1:], span=span), icon, "accent"
    if plan.state is PlanState.FAILED and node == plan.nodes[0]:
        return tr("Failed"), "circle-x", "bad"
    return (tr("To come"), "clock", "muted") if plan.state is PlanState.RUNNING else (tr("Not done"), "circle", "muted")
