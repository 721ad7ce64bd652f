"""Writing an export: into a folder under another name, which takes its own at the end or goes without a trace."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from hvgui.cluster.guest_identity import identity_of
from hvgui.cluster.snapshots import shown
from hvgui.cluster.storage import DiskKind
from hvgui.exchange.export.configuration import configuration_xml, snapshot_guid, snapshot_xml
from hvgui.exchange.export.content import created_seconds, disk_id, mark_of, pieces, whole_size
from hvgui.exchange.export.draft import draft_folder, remove_dead
from hvgui.exchange.export.plan import DISKS, MACHINES, SNAPSHOTS, ExportPlan, PlannedDisk, safe_name, target_of
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.image import Image, open_image
from hvgui.exchange.vhd.layout import BLOCK_BYTES, VhdType
from hvgui.exchange.vhd.writing import Watch, footer_of, new_file, nobody, writer_for

_KINDS = {DiskKind.FIXED: VhdType.FIXED, DiskKind.DYNAMIC: VhdType.DYNAMIC, DiskKind.DIFFERENCING: VhdType.DIFFERENCING}
_PROBE_BYTES = 4 * 1024 * 1024


def export_vm(plan: ExportPlan, into: Path, *, watch: Watch = nobody) -> Path:
    """Writes a VM's folder into `into`, and gives it. The same plan makes the same bytes, wherever and whenever.

    Raises VhdError with a sentence: the place is taken, there is no room, the file system refuses. Whatever ends it,
    nothing half-written stays; what a killed export left in `into` goes as well.
    """
    target = target_of(plan, into)
    try:
        _check_place(into, target)
        remove_dead(into)
        with draft_folder(target) as draft:
            _check_room(plan, draft, into)
            _fill(plan, draft, watch)
    except OSError as error:
        raise VhdError(f"{target} can't be written: {(error.strerror or str(error)).lower()}") from None
    return target


def _check_place(into: Path, target: Path) -> None:
    if not into.is_dir():
        raise VhdError(f"there is no folder {into}")
    if target.exists():
        raise VhdError(f"{target} exists already")


def _check_room(plan: ExportPlan, draft: Path, into: Path) -> None:
    needed = plan.written_bytes if _keeps_holes(draft) else plan.shown_bytes + plan.written_bytes
    free = shutil.disk_usage(into).free
    if needed > free:
        raise VhdError(f"{into} has {free:,} bytes free, and the export writes about {needed:,}")


def _keeps_holes(folder: Path) -> bool:
    """Whether what is not written takes no room there. Where the system can't say, it is taken to need all of it."""
    probe = folder / "probe"
    with probe.open("wb") as file:
        file.truncate(_PROBE_BYTES)
        taken: int | None = getattr(os.fstat(file.fileno()), "st_blocks", None)
    probe.unlink()
    return taken is not None and taken * 512 < _PROBE_BYTES // 2


def _fill(plan: ExportPlan, draft: Path, watch: Watch) -> None:
    for name in (MACHINES, DISKS, SNAPSHOTS):
        (draft / name).mkdir()
    whole = max(1, sum(one.disk.file_bytes for one in plan.disks))
    done = 0
    for one in plan.disks:
        _write_disk(plan, one, draft, partial(_tell, watch, done, whole))
        done += one.disk.file_bytes
    watch(done, whole)
    _write_machine(plan, draft / MACHINES)
    for snapshot in shown(plan.vm.snapshots):
        guid = snapshot_guid(plan.vm, snapshot.id)
        raw = snapshot_xml(plan.vm, snapshot, plan.around)
        mark = f"{identity_of(plan.vm)} snapshot {snapshot.id}"
        _write_state(plan, draft / SNAPSHOTS, guid, raw, snapshot.memory_bytes, mark)
    watch(whole, whole)


def _tell(watch: Watch, before: int, whole: int, part: int) -> None:
    watch(before + part, whole)


def _write_disk(plan: ExportPlan, one: PlannedDisk, draft: Path, told: Callable[[int], None]) -> None:
    path = draft / one.place
    if one.parent:
        with open_image(draft / one.parent, within=draft) as parent:
            _pour(plan, one, path, parent, told)
    else:
        _pour(plan, one, path, None, told)


def _pour(plan: ExportPlan, one: PlannedDisk, path: Path, parent: Image | None, told: Callable[[int], None]) -> None:
    kind = _KINDS[one.disk.kind]
    if kind is VhdType.DIFFERENCING and parent is None:
        kind = VhdType.DYNAMIC  # its parent is no file of this VM's: what is known of it stands for itself
    identity = disk_id(mark_of(one.disk, plan.vm.guid), None if parent is None else parent.footer.unique_id)
    footer = footer_of(kind, whole_size(one.disk), identity)
    footer = msgspec.structs.replace(footer, created_seconds=created_seconds(identity))
    with new_file(path) as file:
        writer = writer_for(file, footer, path, parent, portable=True)
        for number, (offset, data) in enumerate(pieces(one.disk, identity)):
            if number % 64 == 0:
                told(min(one.disk.file_bytes, number * BLOCK_BYTES))
            writer.write(offset, data)
        writer.finish()


def _write_machine(plan: ExportPlan, folder: Path) -> None:
    vm = plan.vm
    raw = configuration_xml(vm, plan.around)
    _write_state(plan, folder, safe_name(vm.guid.upper()), raw, vm.saved_bytes, identity_of(vm))


def _write_state(plan: ExportPlan, folder: Path, name: str, raw: bytes, memory_bytes: int, mark: str) -> None:
    """A configuration, and beside it the saved memory and the state of the devices, where there are any."""
    _write(folder / f"{name}.xml", raw)
    if memory_bytes and not plan.configuration_only:
        (folder / name).mkdir()
        _write(folder / name / f"{name}.vsv", f"saved memory of {mark}".encode(), memory_bytes)
        _write(folder / name / f"{name}.bin", f"device state of {mark}".encode())


def _write(path: Path, raw: bytes, size_bytes: int | None = None) -> None:
    with path.open("xb") as file:
        file.write(raw)
        if size_bytes is not None:
            file.truncate(size_bytes)
        file.flush()
        os.fsync(file.fileno())
