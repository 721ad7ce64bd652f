"""What requests on storage take, as a scenario writes it: SANs, LUNs, volumes, places on controllers, disks."""

from __future__ import annotations

import re
from collections.abc import Callable

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.guest_disks import PartitionStyle
from hvgui.cluster.ids import LunId, NodeId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import Controller, DiskKey, DiskKind, Slot
from hvgui.lab.scenario_names import the_one
from hvgui.lab.scenario_table import Table
from hvgui.requests.new_disks import DiskToAdd, ExistingDisk, NewDisk, PassThroughDisk

Reader = Callable[[Table, ClusterRecord, VirtualMachine | None], object]
_SLOT = re.compile(r"(IDE|SCSI) (\d{1,3}):(\d{1,3})", re.IGNORECASE)
_KINDS = {kind.value: kind for kind in (DiskKind.FIXED, DiskKind.DYNAMIC, DiskKind.DIFFERENCING)}
_VOLUME = re.compile(r"volume\d{1,6}", re.IGNORECASE)


def _san(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> int | None:
    del vm
    name = table.text("san")
    return None if name is None else the_one(table, "san", name, "SAN", record.sans).id


def _lun(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> LunId | None:
    del vm
    name = table.text("lun")
    return None if name is None else the_one(table, "lun", name, "LUN", record.luns).id


def _volume(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> VolumeId | None:
    """A volume that is there, or one that an `add-csv` of the scenario will have made by then."""
    del vm
    name = table.text("volume")
    if name is None:
        return None
    names = [volume.name.casefold() for volume in record.volumes]
    if name.casefold() not in names and _VOLUME.fullmatch(name):
        return _volume_to_come(record, name)
    return the_one(table, "volume", name, "Cluster Shared Volume", record.volumes).id


def _volume_to_come(record: ClusterRecord, name: str) -> VolumeId:
    """Ids are handed out in order, and names from the lowest free number on."""
    taken = {volume.name.casefold() for volume in record.volumes}
    number = int(name[len("volume") :])
    before = sum(f"volume{one}" not in taken for one in range(1, number))
    return VolumeId(max(record.last_volume_id, max((one.id for one in record.volumes), default=-1)) + 1 + before)


def _slot(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> Slot | None:
    del record, vm
    text = table.text("slot")
    if text is None:
        return None
    match = _SLOT.fullmatch(text.strip())
    if match is None:
        raise table.error(f"'{text[:40]}' is no place on a controller such as 'SCSI 0:3'.", "slot")
    return (Controller(match[1].upper()), int(match[2]), int(match[3]))


def _key(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> DiskKey | None:
    del vm
    path, node = table.text("path"), table.text("node")
    owner = None if node is None else NodeId(the_one(table, "node", node, "node", record.nodes).id)
    return None if path is None else (owner, path.lower())


def _disks(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> tuple[DiskToAdd, ...] | None:
    if not table.has("disks"):
        return None
    return tuple(_disk(one, record, vm) for one in table.tables("disks"))


def _disk(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> DiskToAdd:
    slot = _slot(table, record, vm)
    if table.has("kind"):
        made = _new(table, record, vm, slot)
    elif table.has("path"):
        made = ExistingDisk(table.needed("path", _key(table, record, vm)), slot)
    else:
        made = PassThroughDisk(table.needed("lun", _lun(table, record, vm)), slot)
    table.close()
    return made


def _new(table: Table, record: ClusterRecord, vm: VirtualMachine | None, slot: Slot | None) -> DiskToAdd:
    node = table.text("node")
    return NewDisk(
        kind=table.needed("kind", table.choice("kind", _KINDS)),
        name=table.needed("name", table.text("name")),
        size_bytes=table.size("size") or 0,
        volume=_volume(table, record, vm),
        lun=_lun(table, record, vm),
        local_node=None if node is None else the_one(table, "node", node, "node", record.nodes).id,
        parent=table.text("parent") or "",
        slot=slot,
    )


def _style(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> PartitionStyle | None:
    del record, vm
    return table.choice("style", {style.value: style for style in PartitionStyle})


def _text(key: str) -> Reader:
    def read(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> str | None:
        del record, vm
        return table.text(key)

    return read


def _flag(key: str) -> Reader:
    def read(table: Table, record: ClusterRecord, vm: VirtualMachine | None) -> bool | None:
        del record, vm
        return table.flag(key)

    return read


STORAGE_READERS: dict[str, Reader] = {
    "san": _san,
    "lun": _lun,
    "volume": _volume,
    "slot": _slot,
    "key": _key,
    "disks": _disks,
    "style": _style,
    "size_bytes": lambda table, _record, _vm: table.size("size"),
    "number_on_disk": lambda table, _record, _vm: table.whole("partition", 1, 128),
    "delete_file": _flag("delete_file"),
    "online": _flag("online"),
    **{key: _text(key) for key in ("name", "label", "letter", "mount_path", "file_system")},
}
"""How each field of a request on storage is read."""
