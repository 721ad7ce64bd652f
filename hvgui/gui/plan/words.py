"""A plan in words: the verdict, the score and what it means, what lies apart before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hvgui.cluster.balance_plan import BalancePlan, LeftOut, NodeBalance, PlannedMove, Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VmState
from hvgui.cluster.units import format_bytes, format_seconds
from hvgui.gui.inventory_order import name_key
from hvgui.gui.wording import node_name
from hvgui.gui.words import counted, tr
from hvgui.requests.request import vm_name

_MOST_NAMED = 6


def score_words(score: float) -> str:
    """A score: `0.4211`."""
    return f"{score:.4f}"


def score_explained() -> str:
    """What the score is."""
    return tr(
        "The score adds up how far the nodes lie apart (standard deviations of their shares) in memory in use, virtual "
        "processors, and the load on processors, memory, disks and network; each node whose loss the others have no "
        "room for (N-1) adds 1, each VM on a node that is to be empty adds 20. 0 is a perfect balance. "
        "It is the cluster score of Ganeti's hbal."
    )


def verdict(cluster: Cluster, plan: BalancePlan) -> tuple[str, str]:
    """The plan in one sentence, and its tone."""
    if plan.moves:
        return _moves_words(plan), ""
    hindrance = nothing_to_move(cluster)
    if hindrance:
        return hindrance, "warning"
    if plan.left_out:
        said = tr("Nothing can be moved now: {why}", why=left_out_words(cluster, plan.left_out[0]))
        return said, "warning"
    if plan.policy is Policy.PACK and plan.emptied:
        return tr("As few nodes as can carry everything do so already; the others are empty."), "good"
    if plan.policy is Policy.PACK:
        return tr("No node can be emptied: the others have no room, or would not be covered."), "good"
    return tr("The cluster is balanced: no move betters it (score {score}).", score=score_words(plan.score_before)), (
        "good"
    )


def _moves_words(plan: BalancePlan) -> str:
    moves = counted(len(plan.moves), "{count} live migration", "{count} live migrations")
    rounds = counted(plan.rounds, "{count} round", "{count} rounds")
    takes = tr("about {time} by the forecast", time=format_seconds(plan.seconds))
    if plan.policy is Policy.PACK:
        nodes = counted(len(plan.emptied), "{count} node will be empty", "{count} nodes will be empty")
        return tr("{nodes} with {moves} in {rounds}, in {takes}.", moves=moves, rounds=rounds, nodes=nodes, takes=takes)
    return tr(
        "The score goes from {before} to {after} with {moves} in {rounds}, in {takes}.",
        moves=moves,
        rounds=rounds,
        before=score_words(plan.score_before),
        after=score_words(plan.score_after),
        takes=takes,
    )


def nothing_to_move(cluster: Cluster) -> str:
    """Why no plan can have a move here, whatever the loads are; empty: it can."""
    up = [node for node in cluster.nodes.values() if node.is_up]
    running = [vm for vm in cluster.vms.values() if vm.state is VmState.RUNNING and cluster.nodes[vm.owner].is_up]
    if not up:
        return tr("No node of {cluster} is up: start one first.", cluster=cluster.name)
    if len(up) == 1:
        return tr("Only {node} is up: there is no other node to move a VM to.", node=up[0].name)
    if not any(node.takes_vms for node in up):
        return tr("Every node is paused and takes no VMs: resume one first.")
    if not running:
        return tr("No VM is running, so there is nothing to balance: start some first.")
    if not any(vm.highly_available for vm in running):
        return tr("None of the running VMs is clustered, and only those can be live-migrated.")
    return ""


def left_out_words(cluster: Cluster, one: LeftOut) -> str:
    """Who is left out, and why."""
    return tr(
        "{vm} to {node}: {reason}.",
        vm=vm_name(cluster, one.vm),
        node=node_name(cluster, one.target),
        reason=one.reason,
    )


def emptied_words(cluster: Cluster, plan: BalancePlan) -> str:
    """Nodes that can be switched off; empty where there are none."""
    names = sorted((node_name(cluster, node) for node in plan.emptied), key=name_key)
    if not names:
        return ""
    more = len(names) - _MOST_NAMED
    said = ", ".join(names[:_MOST_NAMED]) + (tr(" and {more} more", more=more) if more > 0 else "")
    return tr("Empty afterwards, and can be switched off: {nodes}.", nodes=said)


def move_words(cluster: Cluster, move: PlannedMove) -> str:
    """One move in a sentence, for who does not see the picture."""
    said = tr(
        "Round {round}: {vm} ({memory}) from {source} to {target}, in about {time}",
        round=move.round,
        vm=vm_name(cluster, move.vm),
        memory=format_bytes(move.memory_bytes),
        source=node_name(cluster, move.source),
        target=node_name(cluster, move.target),
        time=format_seconds(move.seconds),
    )
    return said + (tr(", on its way to another node") if move.on_the_way else "")


# Spans over the nodes, for the tiles


def span(nodes: Sequence[NodeBalance], share: Callable[[NodeBalance], float]) -> str:
    """The least and the most share of all nodes: `31 – 88 %`."""
    values = [share(node) for node in nodes]
    if not values:
        return "–"
    low, high = share_words(min(values)), share_words(max(values))
    return high if low == high else f"{low.removesuffix(' %')} – {high}"


def share_words(share: float) -> str:
    """A share as `12 %`; what is nothing but for rounding is `0 %`."""
    return f"{abs(round(share * 100))} %"


def covered(nodes: Sequence[NodeBalance], is_covered: Callable[[NodeBalance], bool]) -> str:
    """How many nodes' loss is covered: `62 of 64`."""
    some = sum(is_covered(node) for node in nodes)
    return tr("{some} of {all}", some=f"{some:,}", all=f"{len(nodes):,}")


def memory_before(node: NodeBalance) -> float:
    """For `span`."""
    return node.memory_before


def memory_after(node: NodeBalance) -> float:
    """For `span`."""
    return node.memory_after


def processor_before(node: NodeBalance) -> float:
    """For `span`."""
    return node.processor_before


def processor_after(node: NodeBalance) -> float:
    """For `span`."""
    return node.processor_after


def node_words(name: str, node: NodeBalance) -> str:
    """A node before and after, for the tool tip and for who does not see the picture."""
    return "\n".join(
        (
            name,
            tr("VMs: {before}, {after} afterwards", before=node.vms_before, after=node.vms_after),
            tr(
                "Memory in use: {before}, {after} afterwards",
                before=share_words(node.memory_before),
                after=share_words(node.memory_after),
            ),
            tr(
                "Processors wanted: {before}, {after} afterwards",
                before=share_words(node.processor_before),
                after=share_words(node.processor_after),
            ),
            _cover_words(node),
        )
    )


def _cover_words(node: NodeBalance) -> str:
    if node.covered_after:
        now = tr("If it fails, the others have room for its VMs (N-1)")
        return now + "." if node.covered_before else now + tr(", which they do not have now.")
    if node.covered_before:
        return tr("If it fails, the others have room for its VMs now, but not afterwards (N-1).")
    return tr("If it fails, the others have no room for its VMs, now or afterwards (N-1).")
