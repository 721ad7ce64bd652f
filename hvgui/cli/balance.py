"""`hvgui balance`: a plan of live migrations for a cluster, shown or made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hvgui.cli.exits import NOT_AS_WISHED, WELL, BadInputError
from hvgui.cli.options import Options
from hvgui.cli.terminal import progress, say_json, say_lines, table
from hvgui.cluster.balance_plan import BalancePlan, PlannedMove, Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.membership import members
from hvgui.cluster.one_line import one_line
from hvgui.cluster.tasks import TaskState
from hvgui.cluster.units import format_bytes, format_clock, format_seconds
from hvgui.exchange.inventory import InventoryError
from hvgui.lab.balancing.execution import MoveOutcome, carry_out
from hvgui.lab.balancing.plans import LoadsOf, Wish, planned, planned_for
from hvgui.lab.errors import LabError
from hvgui.lab.present_cluster import LAB_SUFFIX, present_cluster
from hvgui.lab.resumption import world_as_left
from hvgui.lab.unattended import unattended


def balance(options: Options) -> int:
    """Plans, and with `--apply` carries out; 1 where a move did not succeed. Raises BadInputError with a sentence."""
    try:
        cluster, plan = _planned(options)
        outcomes = _made(options, plan) if options.apply else ()
    except (LabError, InventoryError) as error:
        raise BadInputError(str(error)) from None
    if options.json:
        say_json(_for_programs(cluster, plan, outcomes))
    else:
        say_lines(_for_people(cluster, plan, outcomes))
    went_well = all(outcome.result == TaskState.SUCCEEDED.value for outcome in outcomes)
    return WELL if went_well else NOT_AS_WISHED


def _planned(options: Options) -> tuple[Cluster, BalancePlan]:
    path, loads = Path(options.named), LoadsOf(options.loads)
    if path.suffix.lower() == LAB_SUFFIX and path.is_file():
        world = world_as_left(path)
        return world.cluster, planned(world, _wish(options, world.cluster), loads)
    if options.apply:
        raise BadInputError(f"--apply needs a lab ({LAB_SUFFIX}); there is none at '{one_line(options.named)[:80]}'.")
    if loads is LoadsOf.NOW:
        raise BadInputError("--loads now needs a lab: an inventory or a sample has no present second.")
    cluster = present_cluster(options.named).cluster
    return cluster, planned_for(cluster, _wish(options, cluster))


def _wish(options: Options, cluster: Cluster) -> Wish:
    emptied: set[NodeId] = set()
    for name in options.empty:
        found = [node.id for node in cluster.nodes.values() if node.name.casefold() == name.casefold()]
        if not found:
            there = ", ".join(node.name for node in list(cluster.nodes.values())[:8])
            raise BadInputError(f"there is no node '{one_line(name)[:60]}' to empty; there are {there}.")
        emptied.update(found)
    return Wish(
        policy=Policy(options.policy) if options.policy else cluster.load_watch.placement,
        score_per_second=options.score_per_second,
        most_moves=options.most_moves,
        emptied=frozenset(emptied),
        least_nodes=_least_nodes(cluster),
    )


def _least_nodes(cluster: Cluster) -> int:
    """What power saving leaves in service, where it is on."""
    if not cluster.load_watch.saves_power:
        return Wish().least_nodes
    return max(Wish().least_nodes, cluster.load_watch.power.least_in_service(len(members(cluster))))


def _made(options: Options, plan: BalancePlan) -> tuple[MoveOutcome, ...]:
    with unattended(Path(options.named)) as lab, progress("Balancing") as shown:
        return carry_out(lab, plan, lambda ended, whole, now_ns: shown.reached(ended, whole, format_clock(now_ns)))


def _ends(cluster: Cluster, move: PlannedMove) -> dict[str, object]:
    return {
        "vm": cluster.vms[move.vm].name,
        "from": cluster.nodes[move.source].name,
        "to": cluster.nodes[move.target].name,
    }


def _for_programs(cluster: Cluster, plan: BalancePlan, outcomes: tuple[MoveOutcome, ...]) -> dict[str, object]:
    names = {node.id: node.name for node in cluster.nodes.values()}
    told: dict[str, object] = {
        "policy": plan.policy.value,
        "score_before": plan.score_before,
        "score_after": plan.score_after,
        "seconds": plan.seconds,
        "rounds": plan.rounds,
        "moves": [
            {
                "round": move.round,
                **_ends(cluster, move),
                "seconds": move.seconds,
                "blackout_seconds": move.blackout_seconds,
                "memory_bytes": move.memory_bytes,
                "on_the_way": move.on_the_way,
            }
            for move in plan.moves
        ],
        "left_out": [
            {
                "vm": cluster.vms[one.vm].name,
                "from": names[one.source],
                "to": names[one.target],
                "reason": one.reason,
            }
            for one in plan.left_out
        ],
        "nodes": [
            {field: getattr(one, field) for field in one.__struct_fields__} | {"node": names[one.node]}
            for one in plan.nodes
        ],
        "emptied": [names[node] for node in plan.emptied],
        "saving_power": _saving(cluster),
    }
    if outcomes:
        told["outcomes"] = [
            {
                **_ends(cluster, one.move),
                "result": one.result,
                "message": one.message,
                "seconds": one.seconds,
                "blackout_seconds": one.blackout_seconds,
            }
            for one in outcomes
        ]
    return told


def _saving(cluster: Cluster) -> list[str]:
    return [node.name for node in cluster.nodes.values() if node.saves_power]


def _for_people(cluster: Cluster, plan: BalancePlan, outcomes: tuple[MoveOutcome, ...]) -> Iterator[str]:
    names = {node.id: node.name for node in cluster.nodes.values()}
    yield f"{cluster.name}: score {plan.score_before:.4f}, {plan.score_after:.4f} after the plan ({plan.policy.value})."
    yield ""
    heads = ("Node", "VMs", "after", "Memory", "after", "Processors", "after", "N-1", "after")
    yield from table(
        heads,
        [
            (
                names[one.node],
                str(one.vms_before),
                str(one.vms_after),
                f"{one.memory_before:.0%}",
                f"{one.memory_after:.0%}",
                f"{one.processor_before:.0%}",
                f"{one.processor_after:.0%}",
                _covered(one.covered_before),
                _covered(one.covered_after),
            )
            for one in plan.nodes
        ],
    )
    yield ""
    if not plan.moves:
        yield "No move betters that."
    else:
        yield from table(
            ("Round", "VM", "From", "To", "Memory", "Time", "Blackout"), [_row(cluster, move) for move in plan.moves]
        )
        whole = format_seconds(plan.seconds)
        yield f"{len(plan.moves)} moves in {plan.rounds} rounds, {whole} in all by the forecast."
    for one in plan.left_out:
        yield f"Left out: {cluster.vms[one.vm].name} to {names[one.target]}: {one.reason}."
    if plan.emptied:
        yield f"Can be switched off: {', '.join(names[node] for node in plan.emptied)}."
    if _saving(cluster):
        yield f"Off to save power: {', '.join(_saving(cluster))}."
    for outcome in outcomes:
        if outcome.result != TaskState.SUCCEEDED.value:
            yield f"{cluster.vms[outcome.move.vm].name}: {outcome.result}. {outcome.message}".rstrip()
    if outcomes:
        done = sum(outcome.result == TaskState.SUCCEEDED.value for outcome in outcomes)
        yield f"{done} of {len(outcomes)} moves were made."


def _covered(covered: bool) -> str:
    return "covered" if covered else "not covered"


def _row(cluster: Cluster, move: PlannedMove) -> tuple[str, ...]:
    ends = _ends(cluster, move)
    return (
        str(move.round),
        str(ends["vm"]),
        str(ends["from"]),
        f"{ends['to']} (on the way)" if move.on_the_way else str(ends["to"]),
        format_bytes(move.memory_bytes),
        format_seconds(move.seconds),
        format_seconds(move.blackout_seconds),
    )
