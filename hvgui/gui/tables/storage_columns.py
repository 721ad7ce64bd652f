"""The columns of the tables of LUNs and of Cluster Shared Volumes."""

from __future__ import annotations

from hvgui.cluster.ids import LunId, VolumeId
from hvgui.cluster.storage import Lun, Volume, VolumeState
from hvgui.cluster.units import format_bytes
from hvgui.gui.facts import Facts
from hvgui.gui.figures import percent
from hvgui.gui.inventory_order import NameKey, name_key
from hvgui.gui.objects import Ref
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
    return ("device-sd-card", "text") if facts.cluster.sans[_lun(facts, ref).san].up else ("device-sd-card", "bad")


def _lun_use(facts: Facts, ref: Ref) -> str:
    return tr(_lun(facts, ref).use.value.capitalize())


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
        Column("use", "Assigned to", _lun_use, width=22),
        Column("owner", "Owner node", _lun_owner, width=12),
        Column("size", "Capacity", _lun_size_text, _lun_size, 10, numeric=True),
        Column("san", "Storage system", _lun_san, width=18),
        Column("paths", "Reached by", _lun_paths, width=20),
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
    return ("stack-2", "text" if _volume(facts, ref).state is VolumeState.DIRECT else "warning")


def _volume_state(facts: Facts, ref: Ref) -> str:
    return tr(_volume(facts, ref).state.value.capitalize())


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
        Column("state", "State", _volume_state, width=12),
        Column("coordinator", "Coordinator", _coordinator, width=14),
        Column("size", "Capacity", _volume_size_text, _volume_size, 10, numeric=True),
        Column("free", "Free", _volume_free_text, _volume_free, 15, numeric=True),
        Column("path", "Path", _volume_path, width=30),
    ),
    empty="No Cluster Shared Volumes in this cluster.",
)
