"""What requests on copies and templates take, as a scenario writes it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.machines import VirtualMachine
from hvgui.lab.scenario_table import Table

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


COPY_READERS: dict[str, Reader] = {
    "guid": _guid,
    "generalised": _flag("generalised"),
    "is_template": _flag("template"),
    "delete_files": _flag("delete_files"),
}
"""How each field of a request on copies is read."""
