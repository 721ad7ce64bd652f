"""What requests on memory and processors take, as a scenario writes it. What is not written stays as it is."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.machines import Scheduling, VirtualMachine
from hvgui.cluster.memory import MemorySettings
from hvgui.cluster.processor_models import PROCESSOR_MODELS
from hvgui.lab.scenario_snapshots import snapshot_number
from hvgui.lab.scenario_table import Table

Reader = Callable[[Table, ClusterRecord, VirtualMachine | None], object]


def _settings(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> MemorySettings | None:
    del record
    inner = table.table("memory")
    if inner is None or vm is None:
        return None
    given = {
        "startup_bytes": inner.size("startup"),
        "minimum_bytes": inner.size("minimum"),
        "maximum_bytes": inner.size("maximum"),
        "dynamic": inner.flag("dynamic"),
        "buffer_percent": inner.whole("buffer_percent", 5, 2000),
        "weight": inner.whole("weight", 0, 10_000),
    }
    inner.close()
    return replace(vm.memory.settings, **{name: value for name, value in given.items() if value is not None})


def _vcpus(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
    del record
    written = table.whole("vcpus", 1, 2048)
    return written if written is not None or vm is None else vm.vcpus


def _scheduling(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> Scheduling:
    del record
    return read_scheduling(table, Scheduling() if vm is None else vm.scheduling)


def read_scheduling(table: Table, before: Scheduling) -> Scheduling:
    """`processor_weight`, `processor_reserve` and `processor_limit` (percent)."""
    weight = table.whole("processor_weight", 1, 10_000)
    reserve = table.whole("processor_reserve", 0, 100)
    limit = table.whole("processor_limit", 1, 100)
    return Scheduling(
        before.weight if weight is None else weight,
        before.reserve_percent if reserve is None else reserve,
        before.limit_percent if limit is None else limit,
    )


def _compatibility(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
    del record
    written = table.flag("processor_compatibility")
    return written if written is not None or vm is None else vm.processor_compatibility


def _model(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> str | None:
    del record, vm
    return table.choice("model", {key: key for key in PROCESSOR_MODELS})


def _sockets(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
    del record, vm
    return table.whole("sockets", 1, 256)


def _slat(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
    del record, vm
    return table.flag("slat")


def _snapshot(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
    del record, vm
    return snapshot_number(table)


def _take_first(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
    del record, vm
    return table.flag("take_first")


def _subtree(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
    del record, vm
    return table.flag("subtree")


RESOURCE_READERS: dict[str, Reader] = {
    "settings": _settings,
    "vcpus": _vcpus,
    "scheduling": _scheduling,
    "compatibility": _compatibility,
    "model": _model,
    "sockets": _sockets,
    "uses_slat": _slat,
    "snapshot": _snapshot,
    "subtree": _subtree,
    "takes_first": _take_first,
}
