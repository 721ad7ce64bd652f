"""The columns of the tables of LUNs and of Cluster Shared Volumes."""

from __future__ import annotations

from hvgui.cluster.ids import LunId, VolumeId
from hvgui.cluster.storage import DetachedDisk, Lun, Volume
from hvgui.cluster.units import format_bytes
from hvgui.gui.facts import Facts
from hvgui.gui.figures import count_or_dash, figure, percent
from hvgui.gui.inventory_order import NameKey, name_key
from hvgui.gui.objects import Ref, record_of
from hvgui.gui.storage.words import lun_words, place_words, use_words, volume_words
from hvgui.gui.tables.column import Column, TableKind
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr


def _lun(facts: Facts, ref: Ref) -> Lun:
    return facts.cluster.luns[LunId(ref.number)]


def _lun_name(facts: Facts, ref: Ref) -> str:
    return _lun(facts, ref).name


def _lun_name_order(facts: Facts, ref: Ref) -> NameKey:
    return name_key(_lun(facts, ref).name)


def _lun_icon(facts: Facts, ref: Ref) -> tuple[str, str]:
    tone = lun_words(facts.cluster, _lun(facts, ref))[1]
    return ("device-sd-card", "text" if tone == "good" else tone)


def _lun_state(facts: Facts, ref: Ref) -> str:
    return lun_words(facts.cluster, _lun(facts, ref))[0]


def _lun_state_tint(facts: Facts, ref: Ref) -> str:
    return lun_words(facts.cluster, _lun(facts, ref))[1]


def _lun_use(facts: Facts, ref: Ref) -> str:
    return use_words(_lun(facts, ref))


def _lun_iops(facts: Facts, ref: Ref) -> float:
    return figure(facts.sample.lun_iops if facts.sample is not None else None, ref.number)


def _lun_iops_text(facts: Facts, ref: Ref) -> str:
    return count_or_dash(_lun_iops(facts, ref))


def _lun_owner(facts: Facts, ref: Ref) -> str:
    owner = _lun(facts, ref).owner
    return "" if owner is None else node_name(facts.cluster, owner)


def _lun_size(facts: Facts, ref: Ref) -> int:
    return _lun(facts, ref).size_bytes


def _lun_size_text(facts: Facts, ref: Ref) -> str:
    return format_bytes(_lun_size(facts, ref))


def _lun_san(facts: Facts, ref: Ref) -> str:
    return facts.cluster.sans[_lun(facts, ref).san].name


def _lun_paths(facts: Facts, ref: Ref) -> str:
    paths = _lun(facts, ref).paths
    return tr("Every node") if paths is None else ", ".join(node_name(facts.cluster, node) for node in paths)


LUN_TABLE = TableKind(
    id="luns",
    rows="Disks",
    columns=(
        Column("name", "Name", _lun_name, _lun_name_order, 16, icon=_lun_icon),
        Column("state", "State", _lun_state, width=9, tint=_lun_state_tint),
        Column("use", "Assigned to", _lun_use, width=22),
        Column("owner", "Owner node", _lun_owner, width=12),
        Column("size", "Capacity", _lun_size_text, _lun_size, 10, numeric=True),
        Column("san", "Storage system", _lun_san, width=18),
        Column("paths", "Presented to", _lun_paths, width=20),
        Column("iops", "IOPS", _lun_iops_text, _lun_iops, 8, numeric=True, live=True),
    ),
    empty="No storage in this cluster.",
)


def _volume(facts: Facts, ref: Ref) -> Volume:
    return facts.cluster.volumes[VolumeId(ref.number)]


def _volume_name(facts: Facts, ref: Ref) -> str:
    return _volume(facts, ref).name


def _volume_name_order(facts: Facts, ref: Ref) -> NameKey:
    return name_key(_volume(facts, ref).name)


def _volume_icon(facts: Facts, ref: Ref) -> tuple[str, str]:
    tone = volume_words(facts.cluster, _volume(facts, ref))[1]
    return ("stack-2", "text" if tone == "good" else tone)


def _volume_state(facts: Facts, ref: Ref) -> str:
    return volume_words(facts.cluster, _volume(facts, ref))[0]


def _volume_state_tint(facts: Facts, ref: Ref) -> str:
    return volume_words(facts.cluster, _volume(facts, ref))[1]


def _volume_iops(facts: Facts, ref: Ref) -> float:
    return figure(facts.sample.volume_iops if facts.sample is not None else None, ref.number)


def _volume_iops_text(facts: Facts, ref: Ref) -> str:
    return count_or_dash(_volume_iops(facts, ref))


def _volume_path(facts: Facts, ref: Ref) -> str:
    return _volume(facts, ref).path


def _coordinator(facts: Facts, ref: Ref) -> str:
    return node_name(facts.cluster, _volume(facts, ref).coordinator)


def _volume_size(facts: Facts, ref: Ref) -> int:
    return _volume(facts, ref).size_bytes


def _volume_size_text(facts: Facts, ref: Ref) -> str:
    return format_bytes(_volume_size(facts, ref))


def _volume_free(facts: Facts, ref: Ref) -> int:
    volume = _volume(facts, ref)
    return max(0, volume.size_bytes - volume.used_bytes)


def _volume_free_text(facts: Facts, ref: Ref) -> str:
    volume = _volume(facts, ref)
    share = _volume_free(facts, ref) / volume.size_bytes if volume.size_bytes else 0.0
    return f"{format_bytes(_volume_free(facts, ref))} ({percent(share)})"


VOLUME_TABLE = TableKind(
    id="volumes",
    rows="Volumes",
    columns=(
        Column("name", "Name", _volume_name, _volume_name_order, 16, icon=_volume_icon),
        Column("state", "State", _volume_state, width=14, tint=_volume_state_tint),
        Column("coordinator", "Coordinator", _coordinator, width=14),
        Column("size", "Capacity", _volume_size_text, _volume_size, 10, numeric=True),
        Column("free", "Free", _volume_free_text, _volume_free, 15, numeric=True, live=True),
        Column("iops", "IOPS", _volume_iops_text, _volume_iops, 8, numeric=True, live=True),
        Column("path", "Path", _volume_path, width=30),
    ),
    empty="No Cluster Shared Volumes in this cluster.",
)


def _file(facts: Facts, ref: Ref) -> DetachedDisk:
    record = record_of(facts.cluster, ref)
    if not isinstance(record, DetachedDisk):
        raise LookupError(f"{ref} is no detached disk")
    return record


def _file_name(facts: Facts, ref: Ref) -> str:
    return _file(facts, ref).disk.name


def _file_icon(facts: Facts, ref: Ref) -> tuple[str, str]:
    return ("device-floppy", "muted")


def _file_kind(facts: Facts, ref: Ref) -> str:
    return tr(_file(facts, ref).disk.kind.value.capitalize())


def _file_size(facts: Facts, ref: Ref) -> int:
    return _file(facts, ref).disk.size_bytes


def _file_size_text(facts: Facts, ref: Ref) -> str:
    return format_bytes(_file_size(facts, ref))


def _file_bytes(facts: Facts, ref: Ref) -> int:
    return _file(facts, ref).disk.file_bytes


def _file_bytes_text(facts: Facts, ref: Ref) -> str:
    return format_bytes(_file_bytes(facts, ref))


def _file_place(facts: Facts, ref: Ref) -> str:
    return place_words(facts.cluster, _file(facts, ref).disk)


def _file_path(facts: Facts, ref: Ref) -> str:
    return _file(facts, ref).disk.path


def _last_vm(facts: Facts, ref: Ref) -> str:
    return _file(facts, ref).last_vm


FILE_TABLE = TableKind(
    id="detached disks",
    rows="Detached disks",
    columns=(
        Column("name", "Name", _file_name, width=20, icon=_file_icon),
        Column("kind", "Type", _file_kind, width=12),
        Column("size", "Size", _file_size_text, _file_size, 9, numeric=True),
        Column("file", "File", _file_bytes_text, _file_bytes, 9, numeric=True),
        Column("place", "Lies on", _file_place, width=14),
        Column("vm", "Last used by", _last_vm, width=14),
        Column("path", "Path", _file_path, width=40),
    ),
    empty="Every virtual disk file is attached to a VM.",
)
