"""What requests on copies and templates take, as a scenario writes it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.machines import VirtualMachine
from hvgui.exchange.imports.found import FoundMachine, ImportRefusedError
from hvgui.exchange.imports.looking import look_into
from hvgui.exchange.imports.plan import ImportChoices, planned
from hvgui.lab.scenario_names import the_one
from hvgui.lab.scenario_table import Table
from hvgui.requests.cloning import CloneVm, cloned
from hvgui.requests.imports import ImportVm
from hvgui.requests.machine_checks import next_id

Reader = Callable[[Table, ClusterRecord, VirtualMachine | None], object]


def _guid(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> str:
    """Written, or drawn from the names: the same scenario makes the same VM."""
    written = table.text("guid")
    if written is not None:
        return written
    original = uuid.uuid5(uuid.NAMESPACE_OID, vm.guid if vm is not None else record.name)
    return str(uuid.uuid5(original, table.text("name") or ""))


def _flag(key: str, default: bool | None = None) -> Reader:
    def read(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
        del record, vm
        written = table.flag(key)
        return default if written is None else written

    return read


def _machine(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> VirtualMachine:
    """What lies in `folder`, beside the scenario, as it would come into the cluster as it begins."""
    del vm
    folder = table.needed("folder", table.text("folder"))
    found = _found(table, folder)
    node, volume, lun = table.text("node"), table.text("volume"), table.text("lun")
    choices = ImportChoices(
        node=the_one(table, "node", node, "node", record.nodes).id if node is not None else record.nodes[0].id,
        guid="" if table.flag("restore") else str(uuid.uuid5(uuid.NAMESPACE_OID, f"{folder} {table.text('name')}")),
        volume=None if volume is None else the_one(table, "volume", volume, "volume", record.volumes).id,
        lun=None if lun is None else the_one(table, "lun", lun, "LUN", record.luns).id,
        name=table.text("name") or "",
        generalised=bool(table.flag("generalised")),
    )
    try:
        return planned(found, choices, Cluster(record)).request.machine
    except ImportRefusedError as error:
        raise table.error(str(error), "folder") from None


def _found(table: Table, folder: str) -> FoundMachine:
    try:
        found = look_into(table.path.parent / folder)
    except ImportRefusedError as error:
        raise table.error(str(error), "folder") from None
    if len(found.machines) != 1:
        raise table.error(
            f"there are {len(found.machines)} virtual machines in {folder}; name the one's own.", "folder"
        )
    return found.machines[0]


def with_machine_of(record: ClusterRecord, request: object) -> ClusterRecord:
    """The cluster once a request has made its VM; others change nothing that a scenario names."""
    if not isinstance(request, ImportVm | CloneVm):
        return record
    cluster = Cluster(record)
    machine = request.machine if isinstance(request, ImportVm) else cloned(cluster, request)
    if any(vm.name == machine.name for vm in record.vms):
        return record
    return replace(record, vms=(*record.vms, replace(machine, id=next_id(cluster))))


COPY_READERS: dict[str, Reader] = {
    "guid": _guid,
    "machine": _machine,
    "copies": _flag("copies"),
    "generalised": _flag("generalised"),
    "is_template": _flag("template"),
    "delete_files": _flag("delete_files"),
}
"""How each field of a request on copies is read."""
