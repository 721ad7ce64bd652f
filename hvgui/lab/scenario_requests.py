"""The `[[request]]` tables of a scenario: what is asked, of whom, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from hvgui.cluster.clients import Clients
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import VmId
from hvgui.cluster.load import Load
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.units import nanoseconds
from hvgui.lab.scenario_balance import BALANCE_READERS
from hvgui.lab.scenario_cluster import link_speed
from hvgui.lab.scenario_copies import COPY_READERS, with_machine_of
from hvgui.lab.scenario_failover import FAILOVER_READERS
from hvgui.lab.scenario_guests import read_clients, read_load
from hvgui.lab.scenario_names import matching, the_one
from hvgui.lab.scenario_resources import RESOURCE_READERS
from hvgui.lab.scenario_servers import SERVER_READERS, with_server_of
from hvgui.lab.scenario_snapshots import NamedSnapshot, by_name
from hvgui.lab.scenario_storage import STORAGE_READERS
from hvgui.lab.scenario_table import Table
from hvgui.requests.catalogue import REQUEST_TYPES
from hvgui.requests.disks import CancelAddDisks
from hvgui.requests.imports import CancelImport
from hvgui.requests.migration import CancelMigration
from hvgui.requests.request import Request
from hvgui.requests.snapshot_merges import CancelSnapshot


class CancelOf(msgspec.Struct, frozen=True):
    """Cancel whatever a VM is busy with when the moment comes: the task's number is not known before."""

    vm: VmId


class TimedRequest(msgspec.Struct, frozen=True):
    """A request and the moment of the lab's clock at which it is made."""

    at_ns: int
    do: str
    request: Request | CancelOf | NamedSnapshot


def read_requests(root: Table, record: ClusterRecord) -> tuple[TimedRequest, ...]:
    """Every request, in the order of their moments and, at one moment, of the scenario. A VM or server that one of
    them makes can be named by those that come later.

    Raises ScenarioError for what does not exist.
    """
    found: list[TimedRequest] = []
    by_moment = sorted(((_moment(table), table) for table in root.tables("request")), key=lambda pair: pair[0])
    for at_ns, table in by_moment:
        for timed in _read(table, record, at_ns):
            found.append(timed)
            record = with_server_of(with_machine_of(record, timed.request), timed.request)
    return tuple(found)


def _moment(table: Table) -> int:
    return nanoseconds(table.duration("at") or 0.0)


def _read(table: Table, record: ClusterRecord, at_ns: int) -> Iterable[TimedRequest]:
    names = {name: name for name in REQUEST_TYPES}
    do = table.needed("do", table.choice("do", names))
    kind = REQUEST_TYPES[do]
    if kind in (CancelMigration, CancelAddDisks, CancelImport, CancelSnapshot):
        vms = _vms(table, record)
        made: list[Request | CancelOf | NamedSnapshot] = [CancelOf(vm.id) for vm in vms]
    elif "vm" in kind.__struct_fields__:
        made = [by_name(_made(kind, table, record, vm), table) for vm in _vms(table, record)]
    else:
        made = [_made(kind, table, record, None)]
    table.close()
    return [TimedRequest(at_ns, do, request) for request in made]


def _vms(table: Table, record: ClusterRecord) -> tuple[VirtualMachine, ...]:
    """The VMs that `vm` means, less those that are not on `from` (where it is given) when the rehearsal begins."""
    name = table.needed("vm", table.text("vm"))
    found = matching(table, "vm", name, "VM", record.vms)
    source = table.text("from")
    if source is None:
        return found
    node = the_one(table, "from", source, "node", record.nodes)
    there = tuple(vm for vm in found if vm.owner == node.id)
    if not there:
        raise table.error(f"none of these VMs is on {node.name} when the rehearsal begins.", "from")
    return there


def _made(kind: type[Request], table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> Request:
    values: dict[str, Any] = {} if vm is None else {"vm": vm.id}
    for field in msgspec.structs.fields(kind):
        if field.name == "vm":
            continue
        value = _READERS[field.name](table, record, vm)
        if value is None and not field.required:
            continue
        values[field.name] = table.needed(_KEYS.get(field.name, field.name), value)
    return kind(**values)


def _node(key: str) -> Callable[[Table, ClusterRecord, VirtualMachine | None], int | None]:
    def read(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
        del vm
        name = table.text(key)
        return None if name is None else the_one(table, key, name, "node", record.nodes).id

    return read


def _network(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
    del vm
    name = table.text("network")
    return None if name is None else the_one(table, "network", name, "network", record.networks).id


def _queue(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
    del record, vm
    return table.flag("queue")


def _then_start(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
    del record, vm
    return table.flag("then_start")


def _speed(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> float | None:
    del record, vm
    return link_speed(table)


def _load(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> Load:
    del record
    return read_load(table, Load() if vm is None else vm.load)


def _clients(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> Clients:
    del record
    return read_clients(table, Clients() if vm is None else vm.clients)


_KEYS = {
    "bytes_per_second": "speed",
    "size_bytes": "size",
    "latency_seconds": "latency",
    "number_on_disk": "partition",
    "key": "path",
    "settings": "memory",
    "quorum_model": "model",
    "witness_share": "share",
    "policy": "failover",
    "takes_first": "take_first",
    "memory_bytes": "memory",
    "has_power": "power",
}
_READERS: dict[str, Callable[[Table, ClusterRecord, VirtualMachine | None], object]] = {
    "to": _node("to"),
    "node": _node("node"),
    "network": _network,
    "queue": _queue,
    "then_start": _then_start,
    "bytes_per_second": _speed,
    "load": _load,
    "clients": _clients,
    **BALANCE_READERS,
    **COPY_READERS,
    **FAILOVER_READERS,
    **RESOURCE_READERS,
    **SERVER_READERS,
    **STORAGE_READERS,
}
"""How each field of a request is read; a request with a field that is not here fails the tests."""
