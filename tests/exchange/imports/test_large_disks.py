"""A hundred gigabytes with one of data: exported, looked into and imported in seconds, and hardly any room taken; and
another reader sees on an exported disk what we do."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.cluster.tasks import TaskState
from hvgui.cluster.units import GIB, MIB
from hvgui.exchange.imports.looking import look_into
from hvgui.exchange.imports.plan import ImportChoices, planned
from hvgui.exchange.vhd.edits import convert
from hvgui.exchange.vhd.image import open_image
from hvgui.exchange.vhd.layout import VhdType
from hvgui.requests.snapshots import TakeSnapshot
from import_folders import VM, exported, vm_at_rest
from memory_labs import MemoryLab
from storage_labs import OWN, VOLUME1, storage_record

QEMU = shutil.which("qemu-img")


def large(kind: DiskKind = DiskKind.DYNAMIC, size: int = 100 * GIB, data: int = GIB) -> VirtualDisk:
    path = "C:\\ClusterStorage\\Volume1\\VM00\\large.vhd"
    return VirtualDisk("large.vhd", size, kind, data, path=path, volume=VOLUME1)


def room_taken(folder: Path) -> int:
    """What `du` says: blocks of the file system, holes not counted."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


@pytest.mark.skipif(os.name == "nt", reason="NTFS fills holes that nobody asked for")
def test_a_hundred_gigabytes_with_one_of_data(tmp_path: Path) -> None:
    lab = MemoryLab(storage_record(replace(vm_at_rest(saved=False), disks=(large(),))))
    began = time.monotonic()
    folder = exported(lab.world.cluster, tmp_path)
    (found,) = look_into(folder).machines
    plan = planned(found, ImportChoices(node=NodeId(0), guid="00000000-0000-4000-8000-00000000c0de"), lab.world.cluster)
    assert lab.ask(plan.request).task is not None
    lab.run(300)
    assert time.monotonic() - began < 30
    assert [task.state for task in lab.sink.tasks] == [TaskState.SUCCEEDED]
    # 512 blocks of 2 MiB hold data, two pages in each; and the table of 51,200 entries.
    assert room_taken(folder) < 512 * 3 * 4096 + MIB
    assert (folder / "Virtual Hard Disks" / "large.vhd").stat().st_size >= GIB
    assert lab.world.cluster.vms[VmId(1)].disks[0].file_bytes == GIB
    second = exported(lab.world.cluster, tmp_path / "second", VmId(1))
    assert room_taken(second) == pytest.approx(room_taken(folder), rel=0.05)
    names = [next(one.glob("Virtual Hard Disks/*")) for one in (folder, second)]
    assert subprocess.run(["cmp", "-s", *names], check=False).returncode == 0


def test_copied_at_the_speed_of_its_storage(tmp_path: Path) -> None:
    lab = MemoryLab(storage_record(replace(vm_at_rest(saved=False), disks=(large(),))))
    (found,) = look_into(exported(lab.world.cluster, tmp_path)).machines
    choices = ImportChoices(node=NodeId(0), guid="00000000-0000-4000-8000-00000000c0de", lun=OWN)
    lab.ask(planned(found, choices, lab.world.cluster).request)
    lab.run(GIB / 125e6 - 0.1)
    assert not lab.sink.tasks
    lab.run(1)
    assert lab.sink.tasks


@pytest.mark.skipif(QEMU is None, reason="qemu-img is not installed")
def test_another_reader_sees_the_same(tmp_path: Path) -> None:
    assert QEMU is not None
    lab = MemoryLab(storage_record(replace(vm_at_rest(saved=False), disks=(large(size=2 * GIB, data=64 * MIB),))))
    path = exported(lab.world.cluster, tmp_path) / "Virtual Hard Disks" / "large.vhd"
    convert(path, tmp_path / "fixed.vhd", VhdType.FIXED)
    os.truncate(tmp_path / "fixed.vhd", 2 * GIB)
    compare = [QEMU, "compare", "-f", "vpc", "-F", "raw", str(path), str(tmp_path / "fixed.vhd")]
    compared = subprocess.run(compare, capture_output=True, text=True, check=False)
    assert (compared.returncode, compared.stdout) == (0, "Images are identical.\n"), compared.stderr


def test_differencing_disks_are_read_by_another_reader(tmp_path: Path) -> None:
    pyvhdi = pytest.importorskip("pyvhdi", reason="libvhdi-python is not installed")
    lab = MemoryLab(storage_record(replace(vm_at_rest(saved=False), disks=(large(size=GIB, data=32 * MIB),))))
    lab.ask(TakeSnapshot(VM, "one"))
    vm = lab.world.cluster.vms[VM]
    lab.world.cluster.put(replace(vm, disks=(replace(vm.disks[0], file_bytes=16 * MIB),)))
    folder = exported(lab.world.cluster, tmp_path)
    above, below = pyvhdi.file(), pyvhdi.file()
    above.open(str(folder / "Snapshots" / "large_0001.avhd"))
    below.open(str(folder / "Virtual Hard Disks" / "large.vhd"))
    above.set_parent(below)
    with open_image(folder / "Snapshots" / "large_0001.avhd", within=folder) as image:
        for offset, _ in image.data_ranges():
            assert above.read_buffer_at_offset(4096, offset) == image.read(offset, 4096)
    above.close()
    below.close()
