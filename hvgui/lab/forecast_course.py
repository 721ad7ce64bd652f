"""Requests on the whole cluster are followed to their end, though no task carries them out: a plan of maintenance
through all of its nodes, a crash or a partition until everybody who can runs again. Of drains see `drain_forecast`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hvgui.cluster.machines import VmState
from hvgui.cluster.maintenance import PlanState
from hvgui.cluster.tasks import Task, TaskKind, TaskState
from hvgui.cluster.units import format_seconds
from hvgui.engine import run
from hvgui.engine.world import World
from hvgui.requests.faults import CrashNode
from hvgui.requests.maintenance import PatchNodes
from hvgui.requests.network_faults import HangClusterService, PartitionNetwork
from hvgui.requests.request import Request

_ENDING = (CrashNode, PartitionNetwork, HangClusterService, PatchNodes)
_MOST_NAMED = 3


class Course(msgspec.Struct, frozen=True):
    """How such a request went."""

    result: str
    """As of a forecast: `succeeded`, `failed` or `unfinished`."""
    message: str
    seconds: float


def is_followed(request: Request) -> bool:
    """Whether it is one of these; they concern the whole cluster."""
    return isinstance(request, _ENDING)


def is_over(world: World, request: Request) -> bool:
    """Whether there is nothing more to follow."""
    if isinstance(request, PatchNodes):
        return world.cluster.maintenance.present is None
    return run.is_quiet(world) and not world.hung


def course(world: World, request: Request, since_ns: int, ended: Sequence[Task]) -> Course:
    """What has come of it, in words."""
    seconds = (world.now_ns - since_ns) / 1e9
    if not is_over(world, request):
        return Course("unfinished", "", seconds)
    if isinstance(request, PatchNodes):
        moved = sum(task.kind.is_migration and task.state is TaskState.SUCCEEDED for task in ended)
        return _plan(world, seconds, moved)
    return Course("succeeded", _aftermath(world, ended, seconds), seconds)


def _plan(world: World, seconds: float, moved: int) -> Course:
    plan = world.cluster.maintenance
    if plan.state is not PlanState.COMPLETED:
        return Course("failed", plan.message, seconds)
    nodes = "1 node" if len(plan.done) == 1 else f"{len(plan.done)} nodes"
    return Course("succeeded", f"{nodes} in about {format_seconds(seconds)}, {_vms(moved)} moved on the way.", seconds)


def _aftermath(world: World, ended: Sequence[Task], seconds: float) -> str:
    restarted = sum(task.kind is TaskKind.FAILOVER and task.state is TaskState.SUCCEEDED for task in ended)
    waiting = [vm.name for vm in world.cluster.vms.values() if vm.state is VmState.CRITICAL]
    text = f"{_vms(restarted)} started again within {format_seconds(seconds)}"
    if not waiting:
        return f"{text}."
    more = f" and {len(waiting) - _MOST_NAMED} more" if len(waiting) > _MOST_NAMED else ""
    return f"{text}; {', '.join(waiting[:_MOST_NAMED])}{more} can't start."


def _vms(count: int) -> str:
    return "1 VM" if count == 1 else f"{count} VMs"
