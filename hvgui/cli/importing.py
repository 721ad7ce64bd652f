"""`hvgui import`: what lies in a folder or a file, told or brought into a lab, without a window."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from hvgui.cli.exits import NOT_AS_WISHED, WELL, BadInputError
from hvgui.cli.options import Options
from hvgui.cli.terminal import progress, say, say_json, say_lines
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NetworkId, NodeId, TaskId, VolumeId
from hvgui.cluster.one_line import one_line
from hvgui.cluster.snapshots import shown
from hvgui.cluster.storage import Lun, Volume
from hvgui.cluster.tasks import Task, TaskState
from hvgui.cluster.units import format_bytes, format_clock
from hvgui.exchange.imports.found import Found, FoundMachine, ImportRefusedError
from hvgui.exchange.imports.looking import look_into
from hvgui.exchange.imports.plan import ImportChoices, Planned
from hvgui.exchange.imports.series import numbered, planned_series
from hvgui.lab.errors import LabError
from hvgui.lab.unattended import Unattended, unattended
from hvgui.requests.imports import CancelImport
from hvgui.requests.problems import Problem, Severity, blockers

_LOCAL = "local"


class _Imported(msgspec.Struct):
    """What became of one machine."""

    name: str
    guid: str
    node: str
    state: str
    result: str
    message: str
    changed: tuple[str, ...]


def bring_in(options: Options) -> int:
    """Tells what is there, or imports it. Raises BadInputError with a sentence; then nothing was changed."""
    try:
        if options.look:
            return _look(options)
        if options.lab is None:
            raise BadInputError("Name the lab to import into, or --look to be told only what there is.")
        return _import(options, options.lab)
    except (ImportRefusedError, LabError) as error:
        raise BadInputError(str(error)) from None


def _look(options: Options) -> int:
    found = look_into(options.file)
    if options.json:
        say_json(
            {"path": found.path, "problems": found.problems, "machines": [_machine(one) for one in found.machines]}
        )
    else:
        say_lines(line for one in found.machines for line in _for_people(one))
        say_lines(_problems(found.problems, ""))
    return NOT_AS_WISHED if blockers(found.all_problems) else WELL


def _machine(one: FoundMachine) -> dict[str, object]:
    vm = one.machine
    return {
        "name": vm.name,
        "guid": vm.guid,
        "source": one.source.value,
        "state": vm.state.value,
        "vcpus": vm.vcpus,
        "memory_bytes": vm.memory.settings.startup_bytes,
        "snapshots": [snapshot.name for snapshot in shown(vm.snapshots)],
        "networks": one.networks,
        "disks": [
            {key: value for key, value in msgspec.structs.asdict(disk).items() if key not in ("key", "home")}
            for disk in one.disks
        ],
        "problems": one.problems,
        "assumed": one.assumed,
    }


def _for_people(one: FoundMachine) -> Iterator[str]:
    vm = one.machine
    memory = format_bytes(vm.memory.settings.startup_bytes)
    processors = f"{vm.vcpus} processor{'s' if vm.vcpus != 1 else ''}"
    yield f"{vm.name}: {one.source.value}, {processors}, {memory}, {vm.state.value}"
    yield f"  id         {vm.guid}"
    for disk in one.disks:
        size = f"{disk.kind}, {format_bytes(disk.size_bytes)}" if disk.file else "no file of it is here"
        above = f", above {', '.join(disk.parents)}" if disk.parents else ""
        yield f"  disk       {disk.name}: {size}{above}"
    for name in dict.fromkeys(one.networks):
        yield f"  network    {name or 'none'}"
    for snapshot in shown(vm.snapshots):
        yield f"  snapshot   {snapshot.name}"
    yield from _problems(one.problems, "  ")
    yield from (f"  assumed    {text}" for text in one.assumed)


def _problems(problems: Sequence[Problem], indent: str) -> Iterator[str]:
    words = {Severity.BLOCKER: "stops it", Severity.WARNING: "doubtful"}
    yield from (f"{indent}{words[problem.severity]:<10} {problem}" for problem in problems)


# Into a lab


def _import(options: Options, path: Path) -> int:
    found = look_into(options.file)
    if options.count > 1 and (options.restore or len(found.machines) > 1):
        raise BadInputError(
            "Several copies are made of one machine, each with a new id: not with --restore, not of many."
        )
    if options.name and len(found.machines) > 1:
        raise BadInputError(
            f"There are {len(found.machines)} machines at {options.file}; one name does not do for all."
        )
    with unattended(path) as lab:
        plans = _planned(options, found, lab.cluster)
        imported = _carried_out(lab, plans)
        moment = lab.now_ns
    if options.json:
        say_json({"path": found.path, "problems": found.all_problems, "imported": imported})
    else:
        say_lines(line for one in imported for line in _told(one))
        say_lines(_problems(found.all_problems, ""))
        say(f"The lab {path} is kept as it is at {format_clock(moment)}.")
    went_well = all(one.result == TaskState.SUCCEEDED.value for one in imported)
    return WELL if went_well else NOT_AS_WISHED


def _told(one: _Imported) -> Iterator[str]:
    yield f"{one.name} on {one.node} ({one.guid}): {one.message}."
    yield from (f"  {text}" for text in one.changed)


def _planned(options: Options, found: Found, cluster: Cluster) -> list[Planned]:
    """A plan for every machine, or for every copy of the only one."""
    choices, nodes = _choices(options, cluster)
    beside = cluster.fork()
    plans: list[Planned] = []
    for machine in found.machines:
        names = numbered(options.name, options.count)
        guids = ["" if options.restore else str(uuid.uuid4()) for _ in names]
        plans += planned_series(machine, choices, beside, names, guids, nodes=nodes)
    return plans


def _choices(options: Options, cluster: Cluster) -> tuple[ImportChoices, list[NodeId]]:
    nodes = [node.id for node in cluster.nodes.values() if node.is_up]
    if options.node:
        nodes = [_named("node", options.node, list(cluster.nodes.values())).id]
    if not nodes:
        raise BadInputError("No node of this lab is up.")
    volume: VolumeId | None = None
    lun: LunId | None = None
    if options.volume and options.volume.casefold() != _LOCAL:
        homes: list[Volume | Lun] = [*cluster.volumes.values(), *cluster.luns.values()]
        home = _named("volume or LUN", options.volume, homes)
        volume, lun = (home.id, None) if isinstance(home, Volume) else (None, home.id)
    choices = ImportChoices(
        node=nodes[0],
        in_place=options.in_place,
        volume=volume,
        lun=lun,
        local=options.volume.casefold() == _LOCAL,
        networks=_mapped(options.network, cluster),
        generalised=options.generalised,
    )
    return choices, nodes


class _HasName(Protocol):
    @property
    def name(self) -> str:
        """The name."""
        ...


_N = TypeVar("_N", bound=_HasName)


def _named(kind: str, name: str, records: Sequence[_N]) -> _N:
    found = next((one for one in records if one.name.casefold() == name.casefold()), None)
    if found is None:
        some = ", ".join(one.name for one in records[:8])
        raise BadInputError(f"There is no {kind} '{one_line(name)[:60]}' in this lab; there are {some or 'none'}.")
    return found


def _mapped(pairs: Sequence[str], cluster: Cluster) -> dict[str, NetworkId | None]:
    mapped: dict[str, NetworkId | None] = {}
    for pair in pairs:
        switch, sign, network = pair.partition("=")
        if not sign or not switch:
            raise BadInputError(
                f"'{one_line(pair)[:60]}' maps nothing; write SWITCH=NETWORK, or SWITCH= for no network."
            )
        mapped[switch] = _named("network", network, list(cluster.networks.values())).id if network else None
    return mapped


def _carried_out(lab: Unattended, plans: Sequence[Planned]) -> list[_Imported]:
    """Asks for each, then lets time go until all have ended. Interrupted, what is under way is called off."""
    waiting: dict[TaskId, Planned] = {}
    refused: list[tuple[Planned, str]] = []
    try:
        for plan in plans:
            receipt = lab.ask(plan.request)
            if receipt.accepted and receipt.task is not None:
                waiting[TaskId(receipt.task)] = plan
            else:
                refused.append((plan, "; ".join(str(problem) for problem in blockers(receipt.problems))))
        _wait(lab, waiting)
    except KeyboardInterrupt:
        for task in waiting:
            if task not in lab.ended:
                lab.ask(CancelImport(task))
        raise
    done = [_outcome(plan, lab.cluster, lab.ended.get(task)) for task, plan in waiting.items()]
    return [*done, *(_refused(plan, lab.cluster, why) for plan, why in refused)]


def _wait(lab: Unattended, waiting: dict[TaskId, Planned]) -> None:
    with progress("Importing") as told:
        whole = len(waiting)
        lab.wait_for(waiting, lambda _: told.reached(_reached(lab, waiting), whole, format_clock(lab.now_ns)))


def _reached(lab: Unattended, waiting: dict[TaskId, Planned]) -> int:
    return sum(task in lab.ended for task in waiting)


def _outcome(plan: Planned, cluster: Cluster, task: Task | None) -> _Imported:
    one = _refused(plan, cluster, "it has not come to an end; the lab goes on importing it")
    if task is None:
        return msgspec.structs.replace(one, result="unfinished")
    message = task.message.rstrip(".") or task.state.value
    return msgspec.structs.replace(one, result=task.state.value, message=message)


def _refused(plan: Planned, cluster: Cluster, why: str) -> _Imported:
    vm = plan.request.machine
    node = cluster.nodes[vm.owner].name
    return _Imported(vm.name, vm.guid, node, vm.state.value, "refused", why.rstrip("."), plan.changed)
