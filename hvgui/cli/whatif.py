"""`hvgui whatif`: crashes, drains and more load, tried on forks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from hvgui.cli.exits import NOT_AS_WISHED, WELL, BadInputError
from hvgui.cli.options import Options
from hvgui.cli.outputs import check_output, written_whole
from hvgui.cli.terminal import progress, say, say_json, say_lines, table
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.one_line import one_line
from hvgui.cluster.units import format_bytes, format_seconds
from hvgui.cluster.what_if import WhatIfKind, WhatIfOutcome, WhatIfReport
from hvgui.engine.settling import settled
from hvgui.engine.world import World
from hvgui.exchange.inventory import InventoryError
from hvgui.exchange.what_if_report import case_title, what_if_html
from hvgui.lab.errors import LabError
from hvgui.lab.present_cluster import LAB_SUFFIX, present_cluster
from hvgui.lab.resumption import world_as_left
from hvgui.lab.what_if.executors import workers
from hvgui.lab.what_if.study import cases_of, matrix, study

_MOST_TOLD = 12
"""VMs named for one trial; --json names all."""


def what_if(options: Options) -> int:
    """Tries everything; 1 with `--strict` where a loss is not survived. Raises BadInputError with a sentence."""
    if options.html is not None:
        check_output(options.html, overwrite=options.force)
    try:
        world = _world(options.named)
        report = _studied(options, world)
    except (LabError, InventoryError) as error:
        raise BadInputError(str(error)) from None
    if options.html is not None:
        _write(report, world.cluster, options.html)
    if options.json:
        say_json(_for_programs(report, world.cluster))
    else:
        say_lines(_for_people(report, world.cluster))
        if options.html is not None:
            say(f"The report is in {options.html}.")
    return NOT_AS_WISHED if options.strict and report.survives < int(options.nodes) else WELL


def _world(named: str) -> World:
    path = Path(named)
    if path.suffix.lower() == LAB_SUFFIX and path.is_file():
        return world_as_left(path)
    return settled(present_cluster(named).cluster.record(), seed=1)


def _studied(options: Options, world: World) -> WhatIfReport:
    cluster, everything = world.cluster, not options.crashes_only
    cases = cases_of(cluster, int(options.nodes), drains=everything, load=everything)
    like = _like(cluster, options.like)
    with workers(options.workers, options.scheduler) as executor, progress(f"Trying {cluster.name}") as shown:

        def watch(done: int, whole: int) -> bool:
            shown.reached(done, whole, f"{done} of {whole} trials")
            return True

        return study(world, cases, executor, watch, like)


def _like(cluster: Cluster, name: str) -> VmId | None:
    if not name:
        return None
    found = [vm.id for vm in cluster.vms.values() if vm.name.casefold() == name.casefold()]
    if not found:
        raise BadInputError(f"there is no VM '{one_line(name)[:60]}' in this cluster.")
    return found[0]


def _write(report: WhatIfReport, cluster: Cluster, path: Path) -> None:
    try:
        with written_whole(path) as beside, beside.open("w", encoding="utf-8") as file:
            file.writelines(what_if_html(report, cluster))
    except OSError as error:
        raise BadInputError(f"{path} was not written: {(error.strerror or str(error)).lower()}.") from None


def _for_programs(report: WhatIfReport, cluster: Cluster) -> dict[str, object]:
    names = {node.id: node.name for node in cluster.nodes.values()}
    told: dict[str, object] = {field: getattr(report, field) for field in report.__struct_fields__}
    if report.room is not None:
        told["room"] = msgspec.structs.asdict(report.room) | {"like": cluster.vms[report.room.like].name}
    told["outcomes"] = [
        {
            "kind": one.case.kind.value,
            "nodes": [names[node] for node in one.case.nodes],
            "load_factor": one.case.load_factor,
            "has_quorum": one.has_quorum,
            "overloaded": [names[node] for node in one.overloaded],
            "seconds": one.seconds,
            "refused": one.refused,
            "fates": [
                msgspec.structs.asdict(fate)
                | {"vm": cluster.vms[fate.vm].name, "node": None if fate.node is None else names[fate.node]}
                for fate in one.fates
            ],
        }
        for one in report.outcomes
    ]
    return told


def _for_people(report: WhatIfReport, cluster: Cluster) -> Iterator[str]:
    heads = ("What happens", "VMs", "Stay down", "Longest down", "Clients notice", "After", "Overloaded")
    alone = [one for one in report.outcomes if len(one.case.nodes) <= 1]
    yield from table(heads, [_row(one, cluster) for one in alone])
    yield ""
    if len(alone) < len(report.outcomes):
        yield from _pairs(report, cluster)
    for one in alone:
        yield from _told(one, cluster)
    if report.room is not None:
        name, size = cluster.vms[report.room.like].name, format_bytes(report.room.memory_bytes)
        yield (
            f"Room for {report.room.in_all} more VMs like {name} ({size}), {report.room.covered} so that every node's "
            f"loss is still covered. {report.room.why} {report.room.why_covered}".rstrip()
        )
    yield report.conclusion


def _row(one: WhatIfOutcome, cluster: Cluster) -> tuple[str, ...]:
    if one.refused:
        return (case_title(one, cluster), "refused", "", "", "", "", "")
    return (
        case_title(one, cluster),
        str(len(one.fates)),
        str(len(one.stays_down)) if one.has_quorum else "all: no quorum",
        format_seconds(one.longest_down_seconds) if one.fates else "",
        str(one.clients),
        format_seconds(one.seconds),
        ", ".join(cluster.nodes[node].name for node in one.overloaded),
    )


def _pairs(report: WhatIfReport, cluster: Cluster) -> Iterator[str]:
    """The matrix of pairs: VMs that stay down."""
    nodes = [NodeId(node) for node in sorted({node for one in report.outcomes for node in one.case.nodes})]
    yield "VMs that stay down when both crash (on the diagonal: when the one does; !: no quorum):"
    rows = []
    for first, cells in zip(nodes, matrix(report, nodes), strict=True):
        row = [cluster.nodes[first].name]
        for second, cell in zip(nodes, cells, strict=True):
            found = report.of_nodes(WhatIfKind.CRASH, (first,) if first == second else (first, second))
            row.append(("" if cell is None else str(cell)) + ("" if found is None or found.has_quorum else "!"))
        rows.append(tuple(row))
    yield from table(("", *(cluster.nodes[node].name for node in nodes)), rows)
    yield ""


def _told(one: WhatIfOutcome, cluster: Cluster) -> Iterator[str]:
    troubles = [*one.stays_down, *one.left_behind]
    if one.refused:
        yield f"{case_title(one, cluster)}: {one.refused}"
    for fate in troubles[:_MOST_TOLD]:
        yield f"{case_title(one, cluster)}: {fate.why or cluster.vms[fate.vm].name + ' stays down.'}"
    if len(troubles) > _MOST_TOLD:
        yield f"{case_title(one, cluster)}: and {len(troubles) - _MOST_TOLD} more VMs; --json names them."
