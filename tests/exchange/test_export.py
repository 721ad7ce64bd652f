"""Exports: a real folder with true disks, the same each time, sparse, whole or not there at all."""

from __future__ import annotations

import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.cluster.units import GIB, MIB, TIB
from hvgui.exchange.export.plan import plan_export, safe_name
from hvgui.exchange.export.writing import export_vm
from hvgui.exchange.vhd.checking import check
from hvgui.exchange.vhd.description import describe
from hvgui.exchange.vhd.errors import StoppedError, VhdError
from hvgui.requests.snapshots import ApplySnapshot, TakeSnapshot
from memory_labs import MemoryLab
from storage_labs import OWN, VOLUME1, busy_guest, storage_record

VM = VmId(0)


def off(*disks: VirtualDisk, **changes: object) -> VirtualMachine:
    """A VM that is off, with these disks or its own one of 40 GB."""
    vm = replace(busy_guest(), state=VmState.OFF, assigned_bytes=0)
    return replace(vm, disks=disks or vm.disks, **changes)


def cluster_of(vm: VirtualMachine) -> Cluster:
    """A cluster with it."""
    return Cluster(storage_record(vm))


def files(folder: Path) -> dict[str, int]:
    """Every file below a folder with its size."""
    return {str(one.relative_to(folder)): one.stat().st_size for one in sorted(folder.rglob("*")) if one.is_file()}


def test_a_folder_with_configuration_and_true_disks(tmp_path: Path) -> None:
    vm = off(notes="with <brackets> & ampersands")
    target = export_vm(plan_export(cluster_of(vm), VM), tmp_path)
    assert set(files(target)) == {f"Virtual Machines/{vm.guid.upper()}.xml", "Virtual Hard Disks/system0.vhd"}
    disk = target / "Virtual Hard Disks" / "system0.vhd"
    assert not check(disk)
    found = describe(disk)
    assert (found.size_bytes, found.kind) == (40 * GIB, "dynamic")
    assert found.allocated == 10 * GIB // (2 * MIB)
    raw = (target / "Virtual Machines" / f"{vm.guid.upper()}.xml").read_bytes()
    assert raw.startswith(b"\xff\xfe")
    root = ElementTree.fromstring(raw.decode("utf-16"))
    assert root.findtext("properties/name") == "VM00"
    assert root.findtext("properties/notes") == "with <brackets> & ampersands"
    assert root.findtext("settings/memory/bank/size") == "2048"
    drive = root.find("_83f8638b-8dca-4152-9eda-2ca8b33039b4_/controller0/drive0/pathname")
    assert drive is not None
    assert drive.text == "Virtual Hard Disks\\system0.vhd"


def test_the_same_twice_but_for_the_disks_own_ids(tmp_path: Path) -> None:
    small = VirtualDisk("system0.vhd", GIB, DiskKind.DYNAMIC, 64 * MIB, path="C:\\system0.vhd", volume=VOLUME1)
    plan = plan_export(cluster_of(off(small)), VM)
    folders = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        folders.append(export_vm(plan, tmp_path / name))
    assert files(folders[0]) == files(folders[1])
    first, second = ((folder / "Virtual Hard Disks" / "system0.vhd").read_bytes() for folder in folders)
    assert first[2048:-512] == second[2048:-512]


def test_snapshots_become_a_chain(tmp_path: Path) -> None:
    lab = MemoryLab(storage_record(off()))
    for name in ("one", "two"):
        lab.ask(TakeSnapshot(VM, name))
    lab.ask(ApplySnapshot(VM, 1))
    target = export_vm(plan_export(lab.world.cluster, VM), tmp_path)
    now = lab.world.cluster.vms[VM].disks[0].path.rsplit("\\", 1)[-1]
    found = describe(target / "Snapshots" / now)
    assert [Path(one).name for one in found.parents] == ["system0.vhd"]
    assert all(not check(one) for one in target.rglob("*vhd"))
    assert len(list(target.rglob("*vhd"))) == 3


def test_a_saved_vm_brings_its_memory(tmp_path: Path) -> None:
    vm = off(state=VmState.SAVED, saved_bytes=2 * GIB)
    target = export_vm(plan_export(cluster_of(vm), VM), tmp_path)
    sizes = files(target)
    guid = vm.guid.upper()
    assert sizes[f"Virtual Machines/{guid}/{guid}.vsv"] == 2 * GIB


def test_configuration_only(tmp_path: Path) -> None:
    target = export_vm(plan_export(cluster_of(off()), VM, configuration_only=True), tmp_path)
    assert [Path(one).suffix for one in files(target)] == [".xml"]


def test_a_hundred_gigabytes_with_one_of_data_in_seconds(tmp_path: Path) -> None:
    big = VirtualDisk(
        "big.vhd", 100 * GIB, DiskKind.DYNAMIC, GIB, path="C:\\ClusterStorage\\Volume1\\big.vhd", volume=VOLUME1
    )
    plan = plan_export(cluster_of(off(big)), VM)
    began = time.monotonic()
    target = export_vm(plan, tmp_path)
    assert time.monotonic() - began < 30
    size = (target / "Virtual Hard Disks" / "big.vhd").stat().st_size
    assert plan.shown_bytes == GIB
    assert GIB <= size < 1.01 * GIB


def test_called_off_or_without_room_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_export(cluster_of(off()), VM)

    def stop(done: int, whole: int) -> None:
        if done > whole / 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        export_vm(plan, tmp_path, watch=stop)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 1000})())
    with pytest.raises(VhdError, match="has 1,000 bytes free"):
        export_vm(plan, tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_refused(tmp_path: Path) -> None:
    raw = VirtualDisk("raw", GIB, DiskKind.PHYSICAL, lun=OWN)
    huge = VirtualDisk("huge.vhdx", 3 * TIB, path="C:\\ClusterStorage\\Volume1\\huge.vhdx", volume=VOLUME1)
    for vm, sentence in (
        (busy_guest(), "exported while it is off or saved"),
        (off(raw), "pass-through disk"),
        (off(huge), "larger than the 2,040 GB"),
    ):
        with pytest.raises(VhdError, match=sentence):
            plan_export(cluster_of(vm), VM)
    plan = plan_export(cluster_of(off()), VM)
    with pytest.raises(VhdError, match="no folder"):
        export_vm(plan, tmp_path / "none")
    export_vm(plan, tmp_path)
    with pytest.raises(VhdError, match="exists already"):
        export_vm(plan, tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("../../etc", "_.._etc"), ("a/b\\c:d", "a_b_c_d"), ("CON", "_CON"), ("...", "unnamed"), ("nul.txt", "_nul.txt")],
)
def test_names_lead_nowhere_else(name: str, expected: str) -> None:
    assert safe_name(name) == expected
