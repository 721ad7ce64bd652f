"""What became of one request of a rehearsal, while it is under way and when all is over."""

from __future__ import annotations

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.tasks import Task, TaskKind, TaskState
from hvgui.cluster.units import in_seconds
from hvgui.lab.scenario_requests import TimedRequest
from hvgui.requests.migration_checks import memory_problems, storage_problems, target_problems
from hvgui.requests.new_server import NewServer
from hvgui.requests.problems import Problem, blockers
from hvgui.requests.request import node_name, vm_name
from hvgui.requests.storage_names import lun_name, san_name, volume_name

REFUSED = "refused"
UNFINISHED = "unfinished"
DONE = "succeeded"


class RequestOutcome(msgspec.Struct, frozen=True, rename={"source": "from"}):
    """What became of one request; the fields (`source` as `from`) are the keys of the JSON. None: does not apply."""

    do: str
    vm: str | None
    source: str | None
    to: str | None
    node: str | None
    """The node that a request on nodes or links is about; of one on storage: the volume, LUN or SAN."""
    result: str
    """`succeeded`, `failed`, `cancelled`, `refused` or `unfinished`."""
    message: str
    warnings: tuple[str, ...]
    """With which it was accepted."""
    duration_seconds: float | None
    passes: int | None
    blackout_seconds: float | None
    sent_bytes: int | None
    converged: bool | None
    streams_stalled: int | None
    stall_seconds: float | None
    connections_lost: int | None
    at_seconds: float
    ended_at_seconds: float | None


class Asked(msgspec.Struct):
    """A request that was made, as it stands."""

    timed: TimedRequest
    vm: str | None
    source: str | None
    to: str | None
    node: str | None
    result: str = UNFINISHED
    message: str = ""
    warnings: tuple[str, ...] = ()
    task_id: TaskId | None = None
    task: Task | None = None
    ended_ns: int | None = None


def named(timed: TimedRequest, cluster: Cluster) -> Asked:
    """The request in names, as the cluster is at its moment: the owner of a VM may have changed since the start."""
    request = timed.request
    vm: VmId | None = getattr(request, "vm", None)
    to: NodeId | None = getattr(request, "to", None)
    node: NodeId | None = getattr(request, "node", None)
    source = None if vm is None or to is None or vm not in cluster.vms else cluster.vms[vm].owner
    return Asked(
        timed,
        vm=None if vm is None else vm_name(cluster, vm),
        source=None if source is None else node_name(cluster, source),
        to=None if to is None else node_name(cluster, to),
        node=_storage(cluster, request) if node is None else node_name(cluster, node),
    )


def _storage(cluster: Cluster, request: object) -> str | None:
    """The name of the volume, LUN, SAN or new server that a request is about; None where it is about none."""
    if isinstance(request, NewServer):
        return request.name
    volume, lun, san = (getattr(request, field, None) for field in ("volume", "lun", "san"))
    if volume is not None:
        return volume_name(cluster, volume)
    if lun is not None:
        return lun_name(cluster, lun)
    return san_name(cluster, san) if san is not None else None


def where_it_stands(cluster: Cluster, task: Task) -> str:
    """The step that an unfinished task is at and, for one that waits in the queue, what for."""
    vm = cluster.vms[task.vm]
    if task.state is not TaskState.QUEUED:
        return f"{vm.name}: {task.phase.value} {task.message}".rstrip()
    checks = (target_problems, memory_problems, storage_problems)
    found = blockers(tuple(problem for check in checks for problem in check(cluster, vm, task.target)))
    return f"{vm.name} is {task.phase.value}. {sentences(found)}".rstrip()


def sentences(problems: tuple[Problem, ...]) -> str:
    """Problems in a row, each said once."""
    return " ".join(dict.fromkeys(str(problem) for problem in problems))


def outcome_of(asked: Asked) -> RequestOutcome:
    """The request as it stands at the rehearsal's end."""
    task = asked.task
    result = None if task is None else task.result
    live = task is not None and task.kind is TaskKind.LIVE_MIGRATION
    through = task is not None and task.state is TaskState.SUCCEEDED
    ended_ns = asked.ended_ns if task is None else task.ended_ns
    return RequestOutcome(
        do=asked.timed.do,
        vm=asked.vm,
        source=asked.source,
        to=asked.to,
        node=asked.node,
        result=asked.result if task is None else task.state.value,
        message=asked.message if task is None else task.message,
        warnings=asked.warnings,
        duration_seconds=_duration(task),
        passes=result.passes if live and result else None,
        blackout_seconds=None if result is None else result.blackout_seconds,
        sent_bytes=None if result is None else result.sent_bytes,
        converged=result.converged if live and through and result else None,
        streams_stalled=None if result is None else result.streams_stalled,
        stall_seconds=None if result is None else result.stall_seconds,
        connections_lost=None if result is None else result.connections_lost,
        at_seconds=in_seconds(asked.timed.at_ns),
        ended_at_seconds=None if ended_ns is None else in_seconds(ended_ns),
    )


def _duration(task: Task | None) -> float | None:
    """What the migration says it took; for other tasks, from the beginning to the end."""
    if task is None or task.ended_ns is None:
        return None
    if task.result is not None:
        return task.result.duration_seconds
    begun = task.asked_ns if task.started_ns is None else task.started_ns
    return in_seconds(task.ended_ns - begun)
