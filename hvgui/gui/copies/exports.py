"""Exporting several VMs one after the other: each with a result of its own, all with one bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import Snapshot, by_id
from hvgui.exchange.export.plan import ExportPlan, plan_export, target_of
from hvgui.exchange.export.writing import export_vm
from hvgui.exchange.vhd.errors import StoppedError, VhdError
from hvgui.exchange.vhd.writing import Watch
from hvgui.gui.vhd.work import Work, sentence_of
from hvgui.gui.words import counted, tr


@dataclass(frozen=True)
class ToExport:
    """One VM: what would be written, or why nothing can be."""

    vm: VmId
    name: str
    plan: ExportPlan | None = None
    reason: str = ""


@dataclass
class Results:
    """What came of each, filled by the thread that writes; read once it is done."""

    sentences: dict[VmId, str] = field(default_factory=dict)
    failed: set[VmId] = field(default_factory=set)


def planned_exports(
    cluster: Cluster, vms: Sequence[VmId], into: Path | None, *, configuration_only: bool
) -> tuple[ToExport, ...]:
    """What exporting each would write; those that can't be exported say why. `into` None: no folder is chosen yet."""
    return tuple(_planned(cluster, vm, into, configuration_only) for vm in vms if vm in cluster.vms)


def _planned(cluster: Cluster, vm: VmId, into: Path | None, configuration_only: bool) -> ToExport:
    name = cluster.vms[vm].name
    try:
        plan = plan_export(cluster, vm, configuration_only=configuration_only)
    except VhdError as error:
        return ToExport(vm, name, reason=sentence_of(error))
    if into is not None and target_of(plan, into).exists():
        return ToExport(vm, name, reason=tr("{folder} exists already.", folder=str(target_of(plan, into))))
    return ToExport(vm, name, plan)


def work_of(wanted: Sequence[ToExport], into: Path, results: Results) -> Work:
    """Writes one after the other; one that fails does not keep the others."""
    ready = [(one, one.plan) for one in wanted if one.plan is not None]
    sizes = [max(1, sum(disk.disk.file_bytes for disk in plan.disks)) for _, plan in ready]

    def work(watch: Watch) -> str:
        whole, before = sum(sizes), 0
        for (one, plan), size in zip(ready, sizes, strict=True):
            try:
                folder = export_vm(plan, into, watch=partial(_tell, watch, before, size, whole))
                results.sentences[one.vm] = tr("Exported to {folder}.", folder=str(folder))
            except StoppedError:
                results.sentences[one.vm] = tr("Called off; nothing of it is left.")
                results.failed.add(one.vm)
                raise
            except VhdError as error:
                results.sentences[one.vm] = sentence_of(error)
                results.failed.add(one.vm)
                if len(ready) == 1:
                    raise
            before += size
        return _summary(len(ready), results)

    return work


def _tell(watch: Watch, before: int, size: int, whole: int, done: int, of: int) -> None:
    watch(before + round(size * done / max(1, of)), whole)


def _summary(count: int, results: Results) -> str:
    """Raises VhdError where some could not be written."""
    if count == 1:
        return next(iter(results.sentences.values()))
    failed = len(results.failed)
    done = counted(count - failed, "{count} virtual machine exported", "{count} virtual machines exported")
    if failed:
        not_done = counted(failed, "{count} was not (see its row)", "{count} were not (see their rows)")
        raise VhdError(f"{done}, {not_done}")
    return f"{done}."


def cluster_as_of(cluster: Cluster, vm: VmId, snapshot: int) -> Cluster:
    """A fork in which a VM is as one of its snapshots holds it, under a name that says so, to be exported alone.

    Raises KeyError where there is no such snapshot.
    """
    record = cluster.vms[vm]
    fork = cluster.fork()
    fork.put(_as_of(record, by_id(record.snapshots)[snapshot]))
    return fork


def _as_of(vm: VirtualMachine, one: Snapshot) -> VirtualMachine:
    known = by_id(vm.snapshots)
    line: list[Snapshot] = []
    above = one.parent
    while above:
        line.insert(0, known[above])
        above = known[above].parent
    return replace(
        vm,
        name=f"{vm.name} - {one.name}",
        state=VmState.SAVED if one.memory_bytes else VmState.OFF,
        saved_bytes=one.memory_bytes,
        assigned_bytes=0,
        task=None,
        vcpus=one.vcpus,
        memory=one.memory,
        processor_compatibility=one.processor_compatibility,
        disks=one.disks,
        snapshots=tuple(line),
        current_snapshot=one.parent,
    )
