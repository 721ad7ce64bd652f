"""From what was found to a request: what a copy is given anew, what a restored machine keeps, what has to change."""

from __future__ import annotations

import uuid
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine_world import CLIENTS, MIGRATION
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_disks import DiskContents, Partition, PartitionStyle
from hvgui.cluster.guest_identity import computer_name_of, identity_of
from hvgui.cluster.ids import LunId, NetworkId, NodeId, VmId, VolumeId
from hvgui.cluster.machines import Guest, VirtualMachine, VmState
from hvgui.cluster.snapshots import HeldSettings, Snapshot
from hvgui.cluster.storage import Controller, DetachedDisk, DiskKind, VirtualDisk
from hvgui.cluster.tasks import TaskState
from hvgui.cluster.units import GIB, MIB
from hvgui.exchange.export.kept_machine import decoded
from hvgui.exchange.imports.found import FoundMachine, ImportRefusedError
from hvgui.exchange.imports.looking import look_into
from hvgui.exchange.imports.plan import ImportChoices, Planned, planned
from hvgui.exchange.vhd.image import open_image
from hvgui.requests.problems import blockers
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, TakeSnapshot
from import_folders import VM, exported, hyper_v_export, ovf_text, vm_at_rest, with_vm, world_with_snapshots
from memory_labs import MemoryLab
from storage_labs import OWN, VOLUME1, VOLUME2, storage_record

NODE1, NODE2 = NodeId(0), NodeId(1)
GUID = str(uuid.UUID(int=0xC0FFEE))
COPY = ImportChoices(node=NODE1, guid=GUID)


def found_in(folder: Path) -> FoundMachine:
    (machine,) = look_into(folder).machines
    return machine


def whole(found: FoundMachine, choices: ImportChoices, cluster: Cluster) -> Planned:
    """A plan that nothing stands in the way of."""
    plan = planned(found, choices, cluster)
    assert not blockers(plan.request.check(cluster))
    return plan


def test_a_copy_beside_its_original(tmp_path: Path) -> None:
    cluster = world_with_snapshots().world.cluster
    original = cluster.vms[VM]
    plan = whole(found_in(exported(cluster, tmp_path)), COPY, cluster)
    vm = plan.request.machine
    assert (vm.name, vm.guid, vm.owner) == ("VM00-2", GUID, NODE1)
    assert [(adapter.mac, adapter.network) for adapter in vm.adapters] == [("", CLIENTS)]
    assert (identity_of(vm), computer_name_of(vm)) == (identity_of(original), "VM00")
    paths = [disk.path for disk in vm.disks]
    assert paths[0].startswith("C:\\ClusterStorage\\Volume1\\VM00-2\\system0_")
    assert vm.preferred_owners == original.preferred_owners
    assert vm.possible_owners == original.possible_owners
    assert (vm.tags, vm.priority, vm.notes, vm.state) == (("web",), original.priority, original.notes, VmState.SAVED)
    assert plan.changed == ("VM00 comes in as VM00-2: the name is taken, or no folder can be called so.",)
    assert plan.request.copies
    held = [one.held for one in vm.snapshots if one.held is not None]
    assert len(held) == 2
    assert [(one.adapters[0].mac, one.adapters[0].network) for one in held] == [("", CLIENTS)] * 2
    assert {one.guest.identity for one in held} == {identity_of(original)}


def test_generalised_it_is_somebody_of_its_own(tmp_path: Path) -> None:
    cluster = world_with_snapshots().world.cluster
    plan = whole(found_in(exported(cluster, tmp_path)), replace(COPY, generalised=True, name="WEB"), cluster)
    assert (identity_of(plan.request.machine), computer_name_of(plan.request.machine)) == (GUID, "WEB")


def test_a_copy_of_a_copy_keeps_the_first_identity(tmp_path: Path) -> None:
    lab = MemoryLab(storage_record(replace(vm_at_rest(), guest=Guest(identity="first", computer_name="FIRST"))))
    plan = whole(found_in(exported(lab.world.cluster, tmp_path)), COPY, lab.world.cluster)
    assert (identity_of(plan.request.machine), computer_name_of(plan.request.machine)) == ("first", "FIRST")


def test_restored_it_is_what_it_was(tmp_path: Path) -> None:
    cluster = world_with_snapshots().world.cluster
    folder = exported(cluster, tmp_path)
    again = planned(found_in(folder), ImportChoices(node=NODE1), cluster)
    assert "id-taken" in {problem.code for problem in again.request.check(cluster)}
    empty = Cluster(storage_record())
    plan = whole(found_in(folder), ImportChoices(node=NODE1), empty)
    assert plan.request.machine == cluster.vms[VM]
    assert not plan.changed


def test_names_that_are_taken_and_places_that_are_chosen(tmp_path: Path) -> None:
    cluster = world_with_snapshots().world.cluster
    found = found_in(exported(cluster, tmp_path))
    loose = VirtualDisk("x", GIB, path="C:\\ClusterStorage\\Volume2\\copies\\data.vhd", volume=VOLUME2)
    cluster.put(DetachedDisk(loose))
    choices = replace(COPY, volume=VOLUME2, subfolder="copies", name="WEB")
    plan = whole(found, choices, cluster)
    frozen = plan.request.machine.snapshots[0].disks[1]
    assert frozen.path == "C:\\ClusterStorage\\Volume2\\copies\\data-2.vhd"
    assert frozen.name == "data-2.vhd"
    assert plan.changed == ("data.vhd becomes data-2.vhd: there is such a file.",)
    assert {disk.volume for disk in plan.request.machine.disks} == {VOLUME2}
    on_lun = whole(found, replace(COPY, lun=OWN), cluster).request.machine.disks[0]
    assert (on_lun.lun, on_lun.volume) == (OWN, None)
    own = whole(found, replace(COPY, local=True, node=NODE2), cluster).request.machine.disks[0]
    assert own.local_node == NODE2
    assert own.path.startswith("D:\\Hyper-V\\VM00-2\\")


def test_networks_are_mapped_by_choice_or_by_name(tmp_path: Path) -> None:
    cluster = Cluster(storage_record())
    found = found_in(hyper_v_export(tmp_path / "SQL01"))
    for networks, expected in (({}, CLIENTS), ({"Clients": MIGRATION}, MIGRATION), ({"Clients": None}, None)):
        plan = whole(found, replace(COPY, networks=networks), cluster)
        assert [adapter.network for adapter in plan.request.machine.adapters] == [expected]
        assert not plan.changed
    unknown = replace(found, networks=("Backup",))
    plan = whole(unknown, COPY, cluster)
    assert plan.request.machine.adapters[0].network is None
    assert plan.changed == (
        "Network Adapter was connected to Backup, which this cluster has not: it comes in without a network.",
    )


def test_a_foreign_machine_and_an_ovf_can_come_in(tmp_path: Path) -> None:
    cluster = Cluster(storage_record())
    hyper_v = whole(found_in(hyper_v_export(tmp_path / "SQL01")), COPY, cluster).request.machine
    assert hyper_v.disks[0].parent == hyper_v.snapshots[0].disks[0].path
    (tmp_path / "vm.ovf").write_text(ovf_text(), encoding="utf-8")
    (ovf,) = look_into(tmp_path / "vm.ovf").machines
    vm = whole(ovf, replace(COPY, in_place=True), cluster).request.machine
    assert [disk.path.rsplit("\\", 1)[-1] for disk in vm.disks] == ["disk1.vhd", "disk2.vhd"]


def test_owners_and_networks_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    lab = MemoryLab(storage_record(replace(vm_at_rest(), migration_networks=(NetworkId(1),))))
    found = found_in(exported(lab.world.cluster, tmp_path))
    cluster = Cluster(storage_record(nodes=3))
    renamed = {network.name: network for network in cluster.networks.values()}["Migration"]
    cluster.put(replace(renamed, name="Other"))
    cluster.put(replace(cluster.nodes[NODE2], name="ELSEWHERE"))
    plan = whole(found, replace(COPY, node=NodeId(2)), cluster)
    vm = plan.request.machine
    assert (vm.preferred_owners, vm.possible_owners, vm.migration_networks) == ((), (NODE1, NodeId(2)), ())
    assert len(plan.changed) == 3


def test_what_can_not_be_planned(tmp_path: Path) -> None:
    cluster = world_with_snapshots().world.cluster
    folder = exported(cluster, tmp_path)
    found = found_in(folder)
    for choices, sentence in (
        (replace(COPY, node=NodeId(9)), "There is no node no. 9"),
        (replace(COPY, volume=VolumeId(9)), "There is no volume no. 9"),
        (replace(COPY, lun=LunId(9)), "There is no LUN no. 9"),
        (replace(COPY, networks={"Clients": NetworkId(9)}), "There is no network no. 9"),
    ):
        with pytest.raises(ImportRefusedError, match=sentence):
            planned(found, choices, cluster)
    (folder / "Virtual Hard Disks" / "data.vhd").unlink()
    with pytest.raises(ImportRefusedError, match=r"VM00 can't be imported: .* is not there"):
        planned(found_in(folder), COPY, cluster)


def test_without_its_saved_memory_it_comes_in_off(tmp_path: Path) -> None:
    cluster = world_with_snapshots().world.cluster
    plan = whole(found_in(exported(cluster, tmp_path)), replace(COPY, without_memory=True), cluster)
    assert (plan.request.machine.state, plan.request.machine.saved_bytes) == (VmState.OFF, 0)


# Export, import, export


def guest_data(folder: Path) -> dict[str, list[tuple[int, bytes]]]:
    """What the guest sees on each disk, holes aside, by the file's name without what was appended to it."""
    seen: dict[str, list[tuple[int, bytes]]] = {}
    for path in sorted(folder.rglob("*vhd")):
        with open_image(path, within=folder) as image:
            ranges = image.data_ranges()
            seen[path.name] = [(offset, image.read(offset, length).rstrip(b"\0")) for offset, length in ranges]
    return seen


def comparable(vm: VirtualMachine) -> VirtualMachine:
    """The record without what has to differ between an original and its copy."""

    def files(disks: tuple[VirtualDisk, ...]) -> tuple[VirtualDisk, ...]:
        return tuple(replace(disk, name="", path="", parent="", origin="") for disk in disks)

    def held(one: Snapshot) -> HeldSettings | None:
        if one.held is None:
            return None
        guest = replace(one.held.guest, identity="", computer_name="")
        return replace(one.held, guest=guest, adapters=tuple(replace(nic, mac="") for nic in one.held.adapters))

    return replace(
        vm,
        name="",
        guid="",
        disks=files(vm.disks),
        adapters=tuple(replace(adapter, mac="") for adapter in vm.adapters),
        snapshots=tuple(replace(one, disks=files(one.disks), held=held(one)) for one in vm.snapshots),
        guest=replace(vm.guest, identity="", computer_name=""),
    )


def assert_alike(first: Path, second: Path) -> None:
    """Two exports of an original and its copy."""
    assert list(guest_data(first).values()) == list(guest_data(second).values())
    records = []
    for folder in (first, second):
        path = next((folder / "Virtual Machines").glob("*.xml"))
        root = ElementTree.fromstring(path.read_bytes().decode("utf-16"))
        records.append(decoded(root.findtext("hvgui/record") or ""))
    assert comparable(records[0].machine) == comparable(records[1].machine)
    ours, theirs = (replace(one, machine=records[0].machine, files=()) for one in records)
    assert ours == theirs


SIZES = st.integers(3, 40).map(lambda count: count * MIB)


@st.composite
def machines(draw: st.DrawFn) -> VirtualMachine:
    """VMs with up to three disks of any kind and size."""
    disks = []
    for number in range(draw(st.integers(1, 3))):
        size = draw(SIZES) + draw(st.sampled_from([0, 512, MIB + 512]))
        kind = draw(st.sampled_from([DiskKind.FIXED, DiskKind.DYNAMIC]))
        parts = (Partition(MIB, "NTFS", draw(st.text(max_size=8))),)
        disks.append(
            VirtualDisk(
                draw(st.sampled_from(["a.vhd", "Ü ber.vhd", "x"])),
                size,
                kind,
                size + 512 if kind is DiskKind.FIXED else draw(st.integers(0, size)),
                path=f"C:\\ClusterStorage\\Volume1\\{draw(st.sampled_from(['q', 'Ü']))}\\disk{number}.vhd",
                controller=Controller.SCSI,
                controller_number=number,
                controller_location=draw(st.integers(0, 63)),
                volume=VOLUME1,
                contents=draw(st.sampled_from([None, DiskContents(PartitionStyle.GPT, parts)])),
            )
        )
    saved = draw(st.integers(0, 2)) * MIB
    return replace(
        vm_at_rest(),
        state=VmState.SAVED if saved else VmState.OFF,
        saved_bytes=saved,
        disks=tuple(disks),
        notes=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
    )


@settings(max_examples=15, deadline=None)
@given(machines(), st.lists(st.sampled_from(["take", "apply", "delete"]), max_size=5))
def test_export_import_export_differs_only_where_it_must(
    tmp_path_factory: pytest.TempPathFactory, vm: VirtualMachine, acts: list[str]
) -> None:
    tmp_path = tmp_path_factory.mktemp("round")
    lab = MemoryLab(storage_record(vm))
    for act in acts:
        tree = [one.id for one in lab.world.cluster.vms[VM].snapshots if not one.is_deleted]
        if act == "take":
            lab.ask(TakeSnapshot(VM, f"s{len(tree)}"))
        elif tree:
            lab.ask(ApplySnapshot(VM, tree[0]) if act == "apply" else DeleteSnapshot(VM, tree[-1]))
        lab.run(60)
    first = exported(lab.world.cluster, tmp_path / "first")
    plan = whole(found_in(first), COPY, lab.world.cluster)
    cluster = with_vm(lab.world.cluster.record(), plan.request.machine)
    second = exported(cluster, tmp_path / "second", VmId(1))
    assert_alike(first, second)
    third = whole(found_in(second), replace(COPY, guid=str(uuid.UUID(int=1))), cluster).request.machine
    assert third.guest == plan.request.machine.guest


def test_through_the_engine(tmp_path: Path) -> None:
    lab = world_with_snapshots()
    first = exported(lab.world.cluster, tmp_path / "first")
    plan = whole(found_in(first), replace(COPY, volume=VOLUME2), lab.world.cluster)
    lab.ask(plan.request)
    lab.run(600)
    assert [task for task in lab.sink.tasks if task.state is not TaskState.SUCCEEDED] == []
    second = exported(lab.world.cluster, tmp_path / "second", VmId(1))
    copy = lab.world.cluster.vms[VmId(1)]
    assert copy.adapters[0].mac
    assert copy.task is None
    records = [found_in(folder) for folder in (first, second)]
    assert comparable(records[0].machine) == comparable(records[1].machine)
    assert list(guest_data(first).values()) == list(guest_data(second).values())
    again = planned(records[0], COPY, lab.world.cluster)
    assert "id-taken" in {problem.code for problem in again.request.check(lab.world.cluster)}


def test_what_a_copy_writes_is_its_own_and_stays_so_when_merged(tmp_path: Path) -> None:
    lab = world_with_snapshots(saved=False)
    plan = whole(found_in(exported(lab.world.cluster, tmp_path / "first")), COPY, lab.world.cluster)
    copy = VmId(1)
    lab.ask(plan.request)
    lab.run(600)
    marks = [disk.origin for disk in lab.world.cluster.vms[copy].disks]
    assert all(marks)
    lab.ask(TakeSnapshot(copy, "its own"))
    now = lab.world.cluster.vms[copy]
    assert [disk.origin for disk in now.disks] == ["", ""]
    assert [disk.origin for disk in now.snapshots[-1].disks] == marks
    lab.ask(DeleteSnapshot(copy, now.current_snapshot))
    lab.run(600)
    merged = lab.world.cluster.vms[copy]
    assert [disk.origin for disk in merged.disks] == marks
    assert len(merged.snapshots) == 2
