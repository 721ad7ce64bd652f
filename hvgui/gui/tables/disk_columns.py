"""The columns of the table of a VM's disks."""

from __future__ import annotations

from hvgui.cluster.guest_view import bus_order, disk_at
from hvgui.cluster.storage import VirtualDisk
from hvgui.cluster.units import format_bytes
from hvgui.gui.facts import Facts
from hvgui.gui.objects import Ref
from hvgui.gui.storage.words import disk_words, place_words
from hvgui.gui.tables.column import Column, TableKind
from hvgui.gui.words import tr
from hvgui.requests.disk_places import in_words


def _disk(facts: Facts, ref: Ref) -> VirtualDisk:
    vm, slot = ref.disk
    return next(disk for disk in facts.cluster.vms[vm].disks if disk.slot == slot)


def _name(facts: Facts, ref: Ref) -> str:
    return _disk(facts, ref).name


def _icon(facts: Facts, ref: Ref) -> tuple[str, str]:
    tone = disk_words(facts.cluster, facts.cluster.vms[ref.disk[0]].owner, _disk(facts, ref))[1]
    return ("device-floppy", "text" if tone == "good" else tone)


def _slot(facts: Facts, ref: Ref) -> str:
    return in_words(ref.disk[1])


def _slot_order(facts: Facts, ref: Ref) -> tuple[bool, int, int]:
    return bus_order(ref.disk[1])


def _kind(facts: Facts, ref: Ref) -> str:
    return tr(_disk(facts, ref).kind.value.capitalize())


def _size(facts: Facts, ref: Ref) -> int:
    return _disk(facts, ref).size_bytes


def _size_text(facts: Facts, ref: Ref) -> str:
    return format_bytes(_size(facts, ref))


def _file(facts: Facts, ref: Ref) -> int:
    return _disk(facts, ref).file_bytes


def _file_text(facts: Facts, ref: Ref) -> str:
    return format_bytes(_file(facts, ref)) if _file(facts, ref) else "–"


def _place(facts: Facts, ref: Ref) -> str:
    return place_words(facts.cluster, _disk(facts, ref))


def _access(facts: Facts, ref: Ref) -> str:
    return disk_words(facts.cluster, facts.cluster.vms[ref.disk[0]].owner, _disk(facts, ref))[0]


def _access_tint(facts: Facts, ref: Ref) -> str:
    tone = disk_words(facts.cluster, facts.cluster.vms[ref.disk[0]].owner, _disk(facts, ref))[1]
    return "" if tone == "good" else tone


def _letters(facts: Facts, ref: Ref) -> str:
    vm, slot = ref.disk
    seen = disk_at(facts.cluster.vms[vm], slot)
    if seen is None:
        return ""
    if seen.contents.style is None:
        return tr("not initialised")
    found = [f"{part.letter}:" if part.letter else part.mount_path for part in seen.contents.partitions]
    return ", ".join(one for one in found if one)


def _path(facts: Facts, ref: Ref) -> str:
    return _disk(facts, ref).path


DISK_TABLE = TableKind(
    id="disks",
    rows="Disks",
    columns=(
        Column("name", "Name", _name, width=20, icon=_icon),
        Column("slot", "Place", _slot, _slot_order, 11),
        Column("kind", "Type", _kind, width=12),
        Column("size", "Size", _size_text, _size, 9, numeric=True),
        Column("file", "File", _file_text, _file, 9, numeric=True, live=True, explanation="What its file takes by now"),
        Column("place", "Lies on", _place, width=14),
        Column("access", "Access", _access, width=11, tint=_access_tint),
        Column("letters", "In the guest", _letters, width=14),
        Column("path", "Path", _path, width=40),
    ),
    sorted_by=1,
    empty="This VM has no disks.",
)
