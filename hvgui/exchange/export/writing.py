"""Writing an export: into a folder under another name, which takes its own at the end or goes without a trace."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hvgui.cluster.storage import DiskKind
from hvgui.exchange.export.configuration import configuration_xml
from hvgui.exchange.export.content import pieces, whole_size
from hvgui.exchange.export.plan import DISKS, MACHINES, SNAPSHOTS, ExportPlan, PlannedDisk, target_of
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.image import Image, open_image
from hvgui.exchange.vhd.layout import VhdType
from hvgui.exchange.vhd.writing import Watch, footer_of, new_file, nobody, writer_for

_KINDS = {DiskKind.FIXED: VhdType.FIXED, DiskKind.DYNAMIC: VhdType.DYNAMIC, DiskKind.DIFFERENCING: VhdType.DIFFERENCING}


def export_vm(plan: ExportPlan, into: Path, *, watch: Watch = nobody) -> Path:
    """Writes a VM's folder into `into`, and gives it.

    Raises VhdError with a sentence: the place is taken, there is no room, the file system refuses. Whatever ends it,
    nothing half-written stays.
    """
    target = target_of(plan, into)
    _check_place(plan, into, target)
    draft = into / f".{plan.folder[:80]}.{secrets.token_hex(4)}.part"
    try:
        draft.mkdir()
        _fill(plan, draft, watch)
        if target.exists():
            raise VhdError(f"{target} has come to be meanwhile")
        draft.rename(target)
    except OSError as error:
        raise VhdError(f"{target} can't be written: {(error.strerror or str(error)).lower()}") from None
    finally:
        if draft.exists():
            shutil.rmtree(draft, ignore_errors=True)
    return target


def _check_place(plan: ExportPlan, into: Path, target: Path) -> None:
    if not into.is_dir():
        raise VhdError(f"there is no folder {into}")
    if target.exists():
        raise VhdError(f"{target} exists already")
    free = shutil.disk_usage(into).free
    if plan.written_bytes > free:
        raise VhdError(f"{into} has {free:,} bytes free, and the export writes about {plan.written_bytes:,}")


def _fill(plan: ExportPlan, draft: Path, watch: Watch) -> None:
    for name in (MACHINES, DISKS, SNAPSHOTS):
        (draft / name).mkdir()
    whole = max(1, sum(one.disk.file_bytes for one in plan.disks))
    done = 0
    for one in plan.disks:
        _write_disk(plan, one, draft, partial(_tell, watch, done, whole))
        done += one.disk.file_bytes
    _write_machine(plan, draft)
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
    with new_file(path) as file:
        writer = writer_for(file, footer_of(kind, whole_size(one.disk)), path, parent)
        for number, (offset, data) in enumerate(pieces(one.disk, plan.vm.guid)):
            if number % 64 == 0:
                told(min(one.disk.file_bytes, number * 2 * 1024 * 1024))
            writer.write(offset, data)
        writer.finish()


def _write_machine(plan: ExportPlan, draft: Path) -> None:
    vm = plan.vm
    places = {one.disk.path: one.place for one in plan.disks}
    disks = tuple((disk, places.get(disk.path, disk.path).replace("/", "\\")) for disk in vm.disks)
    merges = any(one.is_deleted for one in vm.snapshots)
    raw = configuration_xml(vm, disks, plan.networks, merges=merges)
    name = vm.guid.upper()
    (draft / MACHINES / f"{name}.xml").write_bytes(raw)
    if vm.saved_bytes and not plan.configuration_only:
        state = draft / MACHINES / name
        state.mkdir()
        with (state / f"{name}.vsv").open("wb") as file:
            file.write(f"saved memory of {vm.name}".encode())
            file.truncate(vm.saved_bytes)
        (state / f"{name}.bin").write_bytes(b"device state")
