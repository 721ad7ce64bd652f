"""Looking into folders and files: what is in them, what is wrong with them, and never a crash."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from hvgui.cluster.machines import VmState
from hvgui.cluster.storage import Controller, DiskKind
from hvgui.cluster.units import GIB, MIB
from hvgui.exchange.export.configuration import HVGUI
from hvgui.exchange.export.draft import draft_folder
from hvgui.exchange.export.kept_machine import unbound
from hvgui.exchange.imports.found import Found, FoundMachine, ImportRefusedError, Source
from hvgui.exchange.imports.looking import look_into
from hvgui.exchange.vhd.layout import VhdType
from hvgui.exchange.vhd.writing import create
from hvgui.requests.problems import Severity, blockers
from import_folders import VM, exp_export, exported, hyper_v_export, hyper_v_xml, ovf_text, world_with_snapshots


def one(found: Found) -> FoundMachine:
    """The only machine."""
    (machine,) = found.machines
    return machine


def blocked(found: Found) -> str:
    """The only blocker."""
    (problem,) = blockers(found.all_problems)
    assert problem.remedy
    return str(problem)


def warned(found: Found) -> list[str]:
    return [str(problem) for problem in found.all_problems if problem.severity is Severity.WARNING]


# hvgui's own


def test_an_export_of_our_own_is_found_whole(tmp_path: Path) -> None:
    lab = world_with_snapshots()
    folder = exported(lab.world.cluster, tmp_path)
    for path in (folder, tmp_path, next((folder / "Virtual Machines").glob("*.xml"))):
        machine = one(look_into(path))
        assert machine.machine == unbound(lab.world.cluster.vms[VM])
        assert not machine.problems
        assert machine.source is Source.OWN
        assert (machine.owner, machine.networks) == ("NODE1", ("Clients",))
        assert all(disk.file and disk.home == "Volume1" for disk in machine.disks)
        assert len(machine.disks) == 6
        assert machine.disks[2].parents == ("system0.vhd",)


def test_several_exports_in_one_folder_and_what_the_cluster_has_already(tmp_path: Path) -> None:
    lab = world_with_snapshots()
    for name in ("a", "b"):
        exported(lab.world.cluster, tmp_path).rename(tmp_path / name)
    found = look_into(tmp_path, lab.world.cluster)
    assert len(found.machines) == 2
    assert [text for text in warned(found) if "is that of VM00 in this cluster" in text]


def test_the_configuration_alone_brings_the_sizes_that_disks_had(tmp_path: Path) -> None:
    lab = world_with_snapshots()
    found = look_into(exported(lab.world.cluster, tmp_path, configuration_only=True))
    machine = one(found)
    assert machine.is_importable
    assert machine.machine.disks == unbound(lab.world.cluster.vms[VM]).disks
    assert machine.machine.state is VmState.OFF
    assert any("comes in off" in text for text in warned(found))
    assert any("with the sizes they had" in text for text in machine.assumed)


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda path: path.unlink(), "data.vhd of VM00 is not there. Put its file back"),
        (lambda path: path.write_bytes(b"x" * 2048), "data.vhd of VM00 can't be used"),
        (lambda path: (path.unlink(), create(path, VhdType.FIXED, 3 * MIB)), "has 3,145,728 bytes, and 67,108,864"),
        (lambda path: (path.unlink(), path.symlink_to(path.parents[2] / "outside")), "link out of the folder"),
        (lambda path: (path.unlink(), path.mkdir()), "data.vhd of VM00 is not there"),
    ],
)
def test_a_disk_that_is_not_what_it_was(tmp_path: Path, harm: object, sentence: str) -> None:
    folder = exported(world_with_snapshots().world.cluster, tmp_path)
    (tmp_path / "outside").write_bytes(b"secret")
    assert callable(harm)
    harm(folder / "Virtual Hard Disks" / "data.vhd")
    found = look_into(folder)
    assert any(sentence in str(problem) for problem in blockers(found.all_problems))
    assert not one(found).is_importable


def test_another_disk_of_the_same_size_is_told_of(tmp_path: Path) -> None:
    folder = exported(world_with_snapshots().world.cluster, tmp_path)
    place = folder / "Virtual Hard Disks" / "data.vhd"
    for above in (folder / "Snapshots").glob("data*"):
        above.unlink()
    place.unlink()
    create(place, VhdType.FIXED, 64 * MIB)
    assert any("data.vhd of VM00 is another file than was exported" in text for text in warned(look_into(folder)))


def test_saved_memory_that_is_gone_means_off(tmp_path: Path) -> None:
    folder = exported(world_with_snapshots().world.cluster, tmp_path)
    for memory in folder.rglob("*.vsv"):
        os.truncate(memory, 1)
    found = look_into(folder)
    assert one(found).machine.state is VmState.OFF
    assert [snapshot.memory_bytes for snapshot in one(found).machine.snapshots] == [0, 0]
    assert len([text for text in warned(found) if "not whole" in text]) == 3


def test_what_somebody_has_changed_in_the_file_holds(tmp_path: Path) -> None:
    folder = exported(world_with_snapshots().world.cluster, tmp_path)
    path = next((folder / "Virtual Machines").glob("*.xml"))
    text = path.read_bytes().decode("utf-16")
    for before, after in ((">VM00<", ">Renamed<"), ('<count type="integer">2<', '<count type="integer">4<')):
        assert text.count(before) == 1
        text = text.replace(before, after)
    path.write_bytes(text.encode("utf-16"))
    found = look_into(folder)
    assert (one(found).machine.name, one(found).machine.vcpus) == ("Renamed", 4)
    assert len([sentence for sentence in warned(found) if "changed after the export" in sentence]) == 2


def test_our_own_part_in_ruins_leaves_hyper_vs(tmp_path: Path) -> None:
    lab = world_with_snapshots(saved=False)
    folder = exported(lab.world.cluster, tmp_path)
    path = next((folder / "Virtual Machines").glob("*.xml"))
    path.write_bytes(path.read_bytes().decode("utf-16").replace('"machine"', '"machin"').encode("utf-16"))
    found = look_into(folder)
    machine = one(found)
    assert machine.source is Source.HYPER_V
    assert any(HVGUI in text and "can't be read" in text for text in warned(found))
    vm, before = machine.machine, lab.world.cluster.vms[VM]
    assert [snapshot.name for snapshot in vm.snapshots] == ["one", "two"]
    assert [snapshot.parent for snapshot in vm.snapshots] == [0, 1]
    assert (vm.current_snapshot, vm.name, vm.guid) == (1, before.name, before.guid)
    assert [disk.slot for disk in vm.disks] == [disk.slot for disk in before.disks]


# Hyper-V's


def test_an_export_of_hyper_vs(tmp_path: Path) -> None:
    found = look_into(hyper_v_export(tmp_path / "SQL01"))
    assert not found.all_problems
    machine = one(found)
    vm = machine.machine
    assert (vm.name, vm.guid, vm.vcpus) == ("SQL01", "6f1c7a52-90d5-4a3e-8f70-1d2c3b4a5968", 2)
    asked = vm.memory.settings
    assert (asked.startup_bytes, asked.least_bytes, asked.most_bytes) == (4 * GIB, GIB, 8 * GIB)
    assert (asked.dynamic, asked.weight, asked.buffer_percent) == (True, 6000, 25)
    assert (vm.scheduling.weight, vm.scheduling.reserve_percent, vm.scheduling.limit_percent) == (200, 10, 50)
    assert vm.processor_compatibility
    assert [(adapter.mac, switch) for adapter, switch in zip(vm.adapters, machine.networks, strict=True)] == [
        ("00-15-5D-0A-0B-07", "Clients")
    ]
    system, data = vm.disks
    assert (system.kind, system.size_bytes, system.slot) == (DiskKind.DIFFERENCING, 20 * GIB, (Controller.IDE, 0, 0))
    assert (data.kind, data.size_bytes, data.slot) == (DiskKind.FIXED, 3 * MIB, (Controller.SCSI, 1, 5))
    (snapshot,) = vm.snapshots
    assert (snapshot.name, snapshot.memory.settings.startup_bytes, vm.current_snapshot) == (
        "before the patch",
        2 * GIB,
        1,
    )
    assert system.parent == snapshot.disks[0].path == "C:\\VMs\\SQL01\\system.vhd"
    assert any("what a guest does" in text for text in machine.assumed)


def test_two_imports_of_one_file_hold_the_same(tmp_path: Path) -> None:
    first = one(look_into(hyper_v_export(tmp_path / "one"))).machine
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    second = one(look_into(tmp_path / "two")).machine
    assert first == second
    assert all(disk.origin.startswith("vhd ") for disk in first.disks)


def test_a_chain_without_snapshots_becomes_one_disk(tmp_path: Path) -> None:
    folder = hyper_v_export(tmp_path / "SQL01")
    for path in (folder / "Snapshots").glob("*.xml"):
        path.unlink()
    found = look_into(folder)
    assert one(found).machine.disks[0].kind is DiskKind.DYNAMIC
    assert any("builds on System.vhd, which no snapshot has" in text for text in warned(found))


def test_a_missing_parent_and_a_missing_disk(tmp_path: Path) -> None:
    folder = hyper_v_export(tmp_path / "SQL01", snapshots=False)
    (folder / "Virtual Hard Disks" / "data.vhd").unlink()
    assert blocked(look_into(folder)).startswith("data.vhd of SQL01 is not there. Put its file into")


def test_a_lone_configuration_brings_its_machine_with_assumed_disks(tmp_path: Path) -> None:
    path = tmp_path / "SQL01.xml"
    path.write_bytes(hyper_v_xml(drives={("IDE", 0, 0): "C:\\VMs\\system.vhd"}))
    found = look_into(path)
    assert one(found).is_importable
    assert one(found).machine.disks[0].size_bytes == 127 * GIB
    assert warned(found) == ["system.vhd of SQL01 is not there. An empty dynamic disk of 127 GB is taken in its place."]


def test_an_exp_file_of_2008_r2(tmp_path: Path) -> None:
    folder = exp_export(tmp_path / "OLD01")
    found = look_into(folder)
    assert not found.all_problems
    vm = one(found).machine
    assert (vm.name, vm.guid, vm.vcpus) == ("OLD01", "11111111-2222-3333-4444-555555555555", 3)
    assert (vm.memory.settings.startup_bytes, vm.scheduling.weight, vm.processor_compatibility) == (GIB, 300, True)
    assert [disk.slot for disk in vm.disks] == [(Controller.IDE, 0, 0), (Controller.SCSI, 0, 7)]
    assert [(adapter.name, adapter.legacy) for adapter in vm.adapters] == [("Legacy", True)]
    place = next((folder / "Virtual Machines").glob("*.exp"))
    place.write_text("<DECLARATIONS><DECLGROUP/></DECLARATIONS>", encoding="utf-8")
    with pytest.raises(ImportRefusedError, match="begins with <declarations>"):
        look_into(folder)


def test_a_vhdx_is_told_and_assumed(tmp_path: Path) -> None:
    folder = hyper_v_export(tmp_path / "SQL01", snapshots=False)
    (folder / "Virtual Hard Disks" / "data.vhd").write_bytes(b"vhdxfile" + bytes(70_000))
    found = look_into(folder)
    assert one(found).is_importable
    assert any("is a VHDX file" in text for text in warned(found))


# OVF


def test_an_ovf_file(tmp_path: Path) -> None:
    (tmp_path / "vm.ovf").write_text(ovf_text(), encoding="utf-8")
    (tmp_path / "disk1.vmdk").write_bytes(b"KDMV" + bytes(100))
    for path in (tmp_path / "vm.ovf", tmp_path):
        found = look_into(path)
        machine = one(found)
        vm = machine.machine
        assert (vm.name, vm.vcpus, vm.memory.settings.startup_bytes) == ("Win_2008-R2", 2, 2 * GIB)
        assert vm.guest.system == "Windows Server 2008 R2"
        assert vm.guest.integration_components
        first, second = vm.disks
        assert (first.size_bytes, first.file_bytes, first.slot) == (40 * GIB, 7_684_882_432, (Controller.IDE, 0, 0))
        assert (second.size_bytes, second.file_bytes, second.slot) == (GIB, 68_096, (Controller.SCSI, 0, 1))
        assert machine.networks == ("bridged",)
        told = "The disk comes in with the size that the OVF file tells."
        assert sorted(warned(found)) == [
            f"disk1.vmdk of Win_2008-R2 is no VHD, and is not read. {told}",
            f"disk2.vmdk of Win_2008-R2 is not there. {told}",
        ]


def test_an_ovf_file_that_brings_a_vhd(tmp_path: Path) -> None:
    create(tmp_path / "real.vhd", VhdType.DYNAMIC, 5 * GIB)
    text = ovf_text().replace("disk1.vmdk", "real.vhd")
    (tmp_path / "vm.ovf").write_text(text, encoding="utf-8")
    disk = one(look_into(tmp_path)).machine.disks[0]
    assert disk.size_bytes == 5 * GIB
    assert disk.origin.startswith("vhd ")


def test_a_disk_whose_size_nobody_tells(tmp_path: Path) -> None:
    text = ovf_text().replace('ovf:capacity="40"', "")
    (tmp_path / "vm.ovf").write_text(text, encoding="utf-8")
    assert "The size of disk1.vmdk of Win_2008-R2 is not in the file" in blocked(look_into(tmp_path))


# Refused


XEE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{secret}">]><configuration><properties><name>&e;</name>'
LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><configuration>&b;'


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("x.xml", XEE.encode(), "declares a document type or entities"),
        ("x.xml", LAUGHS.encode(), "declares a document type or entities"),
        ("x.ovf", XEE.encode("utf-16"), "declares a document type or entities"),
        ("x.xml", b"", "is no XML"),
        ("x.xml", b"\xff\xfe\x00", "is no XML"),
        ("x.xml", b'<?xml version="1.0" encoding="klingon"?><a/>', "is no XML"),
        ("x.xml", b"<a>" * 100_000 + b"</a>" * 100_000, "nested too deeply"),
        ("x.xml", b"<a>" + b"<b/>" * 300_000 + b"</a>", "more than 200,000 elements"),
        ("x.xml", b"<a>" + b" " * (33 * MIB) + b"</a>", "larger than the 32 MB"),
        ("x.xml", b"<domain/>", "begins with <domain>"),
        ("x.ova", b"", "is an archive"),
        ("x.vmcx", b"", "binary format"),
        ("x.vhd", b"", "is a disk and no machine"),
        ("x.ovf", b"<Envelope/>", "has no virtual machine in it"),
    ],
)
def test_a_sentence_for_what_is_no_machine(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportRefusedError, match=sentence) as refused:
        look_into(path)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_there_nothing_in_it_and_half_an_export(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="can't be looked into: file name too long"):
        look_into(tmp_path / ("long" * 100))
    with pytest.raises(ImportRefusedError, match="There is nothing at"):
        look_into(tmp_path / "none")
    with pytest.raises(ImportRefusedError, match="has no virtual machine in it"):
        look_into(tmp_path)
    lab = world_with_snapshots()
    inner = exported(lab.world.cluster, tmp_path / "exports")
    with draft_folder(tmp_path / "exports" / "half") as draft:
        shutil.copytree(inner, draft, dirs_exist_ok=True)
        with pytest.raises(ImportRefusedError, match="what an export left that broke off"):
            look_into(draft)
        assert len(look_into(tmp_path / "exports").machines) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"memory": "999999999999"}, "of memory"),
        ({"memory": "-5"}, "of memory"),
        ({"count": "0"}, "has 0 processors"),
        ({"count": "123456789"}, "has 123,456,789 processors"),
    ],
)
def test_absurd_figures(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(hyper_v_xml(**changes))  # type: ignore[arg-type]  # keywords by name
    assert any(sentence in str(problem) for problem in blockers(look_into(path).all_problems))


@pytest.mark.parametrize(
    "path",
    [
        "..\\..\\outside.vhd",
        "/etc/hostname",
        "C:\\..\\outside.vhd",
        "..",
        "\\\\server\\share\\outside.vhd",
        "link\\outside.vhd",
    ],
)
def test_no_path_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    create(tmp_path / "outside.vhd", VhdType.DYNAMIC, GIB)
    folder = hyper_v_export(tmp_path / "SQL01", snapshots=False)
    (folder / "link").symlink_to(tmp_path)
    configuration = next((folder / "Virtual Machines").glob("*.xml"))
    configuration.write_bytes(hyper_v_xml(drives={("IDE", 0, 0): path}))
    found = look_into(folder)
    (disk,) = one(found).disks
    assert not disk.file
    text = blocked(found)
    assert "is not there" in text or "link out of the folder" in text


def test_parents_in_a_circle_and_outside(tmp_path: Path) -> None:
    folder = hyper_v_export(tmp_path / "SQL01")
    disks = folder / "Virtual Hard Disks"
    outside = tmp_path / "outside.vhd"
    create(outside, VhdType.DYNAMIC, 20 * GIB)
    (disks / "System.vhd").unlink()
    create(disks / "System.vhd", VhdType.DIFFERENCING, parent=outside)
    found = look_into(folder)
    assert blockers(found.all_problems)
    assert any("outside" in str(problem) for problem in blockers(found.all_problems))
    shutil.copy(folder / "Snapshots" / "system_1234.avhd", disks / "System.vhd")
    assert blockers(look_into(folder).all_problems)


def test_folders_below_are_asked_for_exports_alone(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "pom.xml").write_text("<project/>", encoding="utf-8")
    hyper_v_export(tmp_path / "SQL01")
    found = look_into(tmp_path)
    assert (one(found).machine.name, found.problems) == ("SQL01", ())
    with pytest.raises(ImportRefusedError, match="begins with <project>"):
        look_into(tmp_path / "code")


def test_chains_that_would_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = hyper_v_export(tmp_path / "SQL01")
    monkeypatch.setattr("hvgui.exchange.imports.disk_files.MOST_TABLE_BYTES", 2 * 40_960)
    texts = [str(problem) for problem in blockers(look_into(folder).all_problems)]
    assert texts
    assert all("have chains too long to be looked into" in text for text in texts)
    monkeypatch.setattr("hvgui.exchange.vhd.image.MOST_TABLE_BYTES", 40_960)
    texts = [str(problem) for problem in blockers(look_into(folder).all_problems)]
    assert any("take more memory than those of any real disk" in text for text in texts)
