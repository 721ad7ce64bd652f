"""Exports: a real folder with true disks, the same each time, sparse, whole or not there at all."""

from __future__ import annotations

import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_disks import DiskContents, Partition, PartitionStyle
from hvgui.cluster.ids import NetworkId, NodeId, VmId
from hvgui.cluster.machines import FailoverPolicy, Guest, Priority, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings
from hvgui.cluster.storage import DiskKind, VirtualDisk, content_mark
from hvgui.cluster.units import GIB, MIB, TIB
from hvgui.exchange.export.configuration import IDE, snapshot_guid
from hvgui.exchange.export.content import disk_id, mark_of, pieces
from hvgui.exchange.export.kept_machine import decoded, unbound
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


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with what it holds."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def small(number: int = 0, **changes: object) -> VirtualDisk:
    """A disk of a gigabyte with 64 MB of data."""
    name = f"system{number}.vhd"
    disk = VirtualDisk(name, GIB, DiskKind.DYNAMIC, 64 * MIB, path=f"C:\\{name}", volume=VOLUME1)
    return replace(disk, controller_location=number, **changes)


def test_the_same_twice_byte_for_byte(tmp_path: Path) -> None:
    lab = MemoryLab(storage_record(off(small(), small(1, kind=DiskKind.FIXED), state=VmState.SAVED, saved_bytes=MIB)))
    for name in ("one", "two"):
        lab.ask(TakeSnapshot(VM, name))
    folders = []
    for place in ("one", "two/a longer way"):
        (tmp_path / place).mkdir(parents=True)
        folders.append(export_vm(plan_export(lab.world.cluster.fork(), VM), tmp_path / place))
    first, second = map(bytes_of, folders)
    assert len(first) == 1 + 2 + 2 * 3 + 2 * 3
    assert first == second


def test_a_copy_has_the_bytes_of_its_original(tmp_path: Path) -> None:
    guid = "00000000-0000-0000-0000-0000000000aa"
    copied = small(path="C:\\other.vhd", name="other.vhd", origin=content_mark(small(), off().guid))
    for name, vm in (("vm", off(small())), ("copy", off(copied, guid=guid))):
        (tmp_path / name).mkdir()
        export_vm(plan_export(cluster_of(vm), VM), tmp_path / name)
    disks = [next(tmp_path.glob(f"{name}/*/*/*.vhd")) for name in ("vm", "copy")]
    assert [disk.name for disk in disks] == ["system0.vhd", "other.vhd"]
    assert disks[0].read_bytes() == disks[1].read_bytes()
    stranger = off(small(), guid=guid)
    (tmp_path / "stranger").mkdir()
    target = export_vm(plan_export(cluster_of(stranger), VM), tmp_path / "stranger")
    assert (target / "Virtual Hard Disks" / "system0.vhd").read_bytes() != disks[0].read_bytes()


@given(
    st.integers(1, 400 * 2 * MIB).map(lambda size: size // 512 * 512 + 512),
    st.integers(0, 300 * MIB),
    st.integers(0, 300 * MIB),
)
def test_what_stands_on_a_disk_stays_where_it_is_when_it_grows(size: int, before: int, more: int) -> None:
    disk = VirtualDisk("x", size, file_bytes=before, path="x")
    identity = disk_id(mark_of(disk, "guid"))
    earlier, later = list(pieces(disk, identity)), list(pieces(replace(disk, file_bytes=before + more), identity))
    assert later[: len(earlier)] == earlier
    places = [offset for offset, _ in later]
    assert len(set(places)) == len(places) == min(-(-(before + more) // (2 * MIB)), -(-size // (2 * MIB)))
    assert all(0 <= offset < size and offset + len(data) <= size and len(data) % 512 == 0 for offset, data in later)


def test_hvguis_own_part_carries_the_whole_record(tmp_path: Path) -> None:
    contents = DiskContents(PartitionStyle.GPT, (Partition(GIB // 2, "NTFS", "Da\u0301ta\ufffe", letter="E"),))
    vm = off(
        small(contents=contents),
        tags=("a", "b"),
        priority=Priority.HIGH,
        preferred_owners=(NodeId(1),),
        possible_owners=(NodeId(0), NodeId(1)),
        migration_networks=(NetworkId(1),),
        clients=Clients(7, video=VideoStream()),
        failover=FailoverPolicy(most_failures=3),
        anti_affinity=("web",),
        start_delay_seconds=30.0,
        guest=Guest(identity="other", computer_name="WEB"),
        notes="line\nline",
        memory=GuestMemory(MemorySettings(GIB + 4096), (MemoryRegion("hot", MIB, 1e6),)),
    )
    lab = MemoryLab(storage_record(vm))
    lab.ask(TakeSnapshot(VM, "one"))
    target = export_vm(plan_export(lab.world.cluster, VM), tmp_path)
    raw = (target / "Virtual Machines" / f"{vm.guid.upper()}.xml").read_bytes().decode("utf-16")
    kept = decoded(ElementTree.fromstring(raw).findtext("hvgui/record") or "")
    assert kept.machine == unbound(lab.world.cluster.vms[VM])
    assert (kept.owner, kept.preferred_owners, kept.possible_owners) == ("NODE1", ("NODE2",), ("NODE1", "NODE2"))
    assert (kept.migration_networks, kept.networks) == (("Migration",), ("Clients",))
    assert {file.place: file.home for file in kept.files} == {
        "Virtual Hard Disks/system0.vhd": "Volume1",
        "Snapshots/system0_0001.avhd": "Volume1",
    }


def test_each_snapshot_has_its_own_configuration(tmp_path: Path) -> None:
    lab = MemoryLab(storage_record(off(small(), state=VmState.SAVED, saved_bytes=MIB)))
    for name in ("one", "two"):
        lab.ask(TakeSnapshot(VM, name))
    vm = lab.world.cluster.vms[VM]
    target = export_vm(plan_export(lab.world.cluster, VM), tmp_path)
    roots = {}
    for path in (target / "Snapshots").glob("*.xml"):
        root = ElementTree.fromstring(path.read_bytes().decode("utf-16"))
        roots[root.findtext("properties/name")] = root
        assert root.findtext("properties/global_id") == path.stem
        assert (path.with_suffix("") / f"{path.stem}.vsv").stat().st_size == MIB
    assert set(roots) == {"one", "two"}
    assert roots["two"].findtext("properties/parent_instance_guid") == snapshot_guid(vm, 1)
    drives = {name: root.findtext(f"_{IDE}_/controller0/drive0/pathname") for name, root in roots.items()}
    assert drives == {"one": "Virtual Hard Disks\\system0.vhd", "two": "Snapshots\\system0_0001.avhd"}


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
