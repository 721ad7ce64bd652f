"""VMs that come into a running cluster, copies of others, templates, and VMs that leave."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine_world import CLIENTS, Lab
from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.guest_identity import computer_name_of, identity_of, sid_of
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.machines import Guest, NetworkAdapter, Scheduling, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemorySettings
from hvgui.cluster.storage import DiskKind, VirtualDisk, content_mark
from hvgui.cluster.tasks import Phase, TaskState
from hvgui.cluster.units import GIB, nanoseconds
from hvgui.engine import checkpoint
from hvgui.engine.memory_columns import MemoryColumns
from hvgui.engine.observe import metrics_sample
from hvgui.engine.progress import migration_progress
from hvgui.engine.run import advance_to, apply
from hvgui.engine.sink import Recorder
from hvgui.requests.cloning import CloneVm
from hvgui.requests.faults import CrashNode
from hvgui.requests.imports import CancelImport, ImportVm
from hvgui.requests.lifecycle import StartVm
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.snapshots import DeleteSnapshot, TakeSnapshot
from hvgui.requests.storage_faults import FailSan, RestoreSan
from hvgui.requests.templates import DeleteVm, Generalise, SetTemplate
from storage_labs import OWN, VOLUME1, VOLUME2, busy_guest, disk, storage_record

ORIGINAL, COPY = VmId(0), VmId(1)
NODE1, NODE2 = NodeId(0), NodeId(1)


def guid(number: int) -> str:
    return str(uuid.UUID(int=0xC0FFEE00 + number))


def off(number: int = 0, owner: int = 0) -> VirtualMachine:
    return replace(busy_guest(number, owner), state=VmState.OFF, assigned_bytes=0)


def machine(number: int = 7, name: str = "COMES", gigabytes: float = 10.0) -> VirtualMachine:
    """One as an import would bring it: 10 GB in one dynamic disk."""
    size = int(gigabytes * GIB)
    path = f"C:\\ClusterStorage\\Volume1\\{name}\\system.vhd"
    one = VirtualDisk("system.vhd", 40 * GIB, DiskKind.DYNAMIC, size, path=path, volume=VOLUME1)
    adapter = NetworkAdapter("Network Adapter", "", CLIENTS)
    vm = replace(off(number), name=name, guid=guid(number), disks=(one,), adapters=(adapter,))
    return replace(vm, id=VmId(99))


def lab(*vms: VirtualMachine) -> Lab:
    return Lab(storage_record(*(vms or (off(),))))


def clone(name: str = "COPY", number: int = 1, **more: object) -> CloneVm:
    return CloneVm(vm=ORIGINAL, name=name, guid=guid(number), **more)  # type: ignore[arg-type]  # as the test names them


def used(one: Lab) -> int:
    return one.world.cluster.volumes[VOLUME1].used_bytes


def test_an_imported_vm_is_held_while_its_files_are_copied_at_the_speed_of_the_storage() -> None:
    one = lab()
    before = used(one)
    one.ask(ImportVm(machine=machine()))
    vm = one.world.cluster.vms[COPY]
    assert (vm.name, vm.state, vm.task) == ("COMES", VmState.OFF, 0)
    assert used(one) - before == 10 * GIB
    one.until(40.0)
    (progress,) = migration_progress(one.world)
    assert progress.phase is Phase.COPYING_FILES
    assert progress.sent_bytes == pytest.approx(40 * 125e6, rel=0.01)
    assert progress.seconds_left_high == pytest.approx(10 * GIB / 125e6 - 40, rel=0.01)
    one.until_quiet()
    task = one.ended()
    assert task.state is TaskState.SUCCEEDED
    assert task.ended_ns is not None
    assert task.ended_ns / 1e9 == pytest.approx(10 * GIB / 125e6, rel=0.01)
    assert one.world.cluster.vms[COPY].task is None
    one.ask(StartVm(vm=COPY))
    one.until_quiet()
    assert one.world.cluster.vms[COPY].state is VmState.RUNNING
    assert inconsistencies(one.world.cluster.record()) == ()


def test_files_that_lie_there_already_take_no_time() -> None:
    one = lab()
    one.ask(ImportVm(machine=machine(), copies=False))
    assert one.ended().state is TaskState.SUCCEEDED
    assert one.world.now_ns == 0


def test_a_vm_that_comes_is_a_row_like_any_other() -> None:
    """Its load, memory and stream count at once, and what was there goes on as if nothing had come."""
    alone, with_it = Lab(storage_record(busy_guest())), Lab(storage_record(busy_guest()))
    for one in (alone, with_it):
        one.until(5.5)
    film = Clients(video=VideoStream())
    with_it.ask(ImportVm(machine=replace(machine(), clients=film), copies=False))
    with_it.ask(StartVm(vm=COPY))
    alone.until(120.0)
    with_it.until(120.0)
    sample = metrics_sample(with_it.world)
    assert sample.vm_memory_bytes.tolist() == [2 * GIB, 2 * GIB]
    assert sample.vm_cpu_share[1] == pytest.approx(0.2)
    assert with_it.world.guests.work[0] == alone.world.guests.work[0]
    assert with_it.world.streams[COPY].player.stalls == 0


@pytest.mark.parametrize("how", ["cancel", "node", "storage"])
def test_what_does_not_come_to_its_end_leaves_nothing(how: str) -> None:
    one = lab()
    before = one.world.cluster.record()
    task = one.ask(ImportVm(machine=machine())).task
    assert task is not None
    one.until(10.0)
    if how == "cancel":
        one.ask(CancelImport(task=task))
    else:
        one.ask(CrashNode(node=NODE1) if how == "node" else FailSan(san=storage_record().sans[0].id))
    assert one.ended().state is (TaskState.CANCELLED if how == "cancel" else TaskState.FAILED)
    after = one.world.cluster.record()
    assert after.vms == before.vms
    assert after.volumes[0].used_bytes == before.volumes[0].used_bytes
    assert after.last_vm_id == COPY
    if how == "storage":
        one.ask(RestoreSan(san=storage_record().sans[0].id))
    if how != "node":
        one.ask(ImportVm(machine=machine()))
        assert VmId(2) in one.world.cluster.vms, "the id of the one that went is not used again"


def test_the_same_id_name_or_file_is_refused_twice() -> None:
    one = lab()
    one.ask(ImportVm(machine=machine(), copies=False))
    again = blockers(ImportVm(machine=machine()).check(one.world.cluster))
    assert [problem.code for problem in again] == ["name-taken"]
    other = replace(machine(), name="OTHER")
    assert [p.code for p in blockers(ImportVm(machine=other).check(one.world.cluster))] == ["id-taken", "file-exists"]
    assert "COMES has the id" in str(blockers(ImportVm(machine=other).check(one.world.cluster))[0])


def test_an_adapter_gets_the_next_free_address_of_its_hosts_pool_until_it_is_used_up() -> None:
    many = tuple(NetworkAdapter(f"A{number}", f"00-15-5D-00-00-{number:02X}", CLIENTS) for number in range(8))
    crowd = []
    for number in range(32):
        own = (replace(a, mac=f"00-15-5D-00-00-{8 * number + at:02X}") for at, a in enumerate(many))
        crowd.append(replace(off(number), adapters=tuple(own)))
    one = Lab(storage_record(*crowd[:31], replace(crowd[31], adapters=crowd[31].adapters[:7])))
    one.ask(ImportVm(machine=machine(77), copies=False))
    assert one.world.cluster.vms[VmId(32)].adapters[0].mac == "00-15-5D-00-00-FF"
    (problem,) = blockers(ImportVm(machine=machine(78, "SECOND")).check(one.world.cluster))
    assert problem.code == "no-mac"
    assert "All 256 MAC addresses of NODE1 (00-15-5D-00-00-00 to 00-15-5D-00-00-FF)" in problem.message
    elsewhere = replace(machine(78, "SECOND"), owner=NODE2)
    assert blockers(ImportVm(machine=elsewhere).check(one.world.cluster)) == ()


def test_a_clone_has_everything_but_ids_names_addresses_and_clients() -> None:
    source = replace(off(), clients=Clients(connections=4, video=VideoStream()), notes="as it is", tags=("web",))
    one = lab(source)
    one.ask(clone())
    one.until_quiet()
    vm = one.world.cluster.vms[COPY]
    assert one.ended().ended_ns == pytest.approx(2 * 10 * GIB / 125e6 * 1e9, rel=0.01), "read and written on one SAN"
    assert (vm.notes, vm.tags, vm.memory, vm.load) == (source.notes, source.tags, source.memory, source.load)
    assert vm.guid == guid(1)
    assert vm.adapters[0].mac not in ("", source.adapters[0].mac)
    assert vm.clients == Clients()
    (copied,), (first,) = vm.disks, source.disks
    assert copied.path == "C:\\ClusterStorage\\Volume1\\COPY\\system0.vhd"
    assert copied.file_bytes == first.file_bytes
    assert content_mark(copied, vm.guid) == content_mark(first, source.guid)


def test_a_clone_can_go_to_another_node_and_another_place() -> None:
    one = lab()
    one.ask(clone(to=NODE2, volume=VOLUME2))
    vm = one.world.cluster.vms[COPY]
    assert vm.owner == NODE2
    assert vm.disks[0].volume == VOLUME2
    on_lun = clone("THIRD", 2, lun=OWN)
    one.ask(on_lun)
    assert one.world.cluster.vms[VmId(2)].disks[0].path == "G:\\THIRD\\system0.vhd"
    away = blockers(clone("FOURTH", 3, lun=OWN, to=NODE2).check(one.world.cluster))
    assert [problem.code for problem in away] == ["no-way"]


def test_snapshots_are_brought_together_in_a_clone() -> None:
    one = lab()
    one.ask(TakeSnapshot(vm=ORIGINAL, name="before"))
    vm = one.world.cluster.vms[ORIGINAL]
    one.world.cluster.put(replace(vm, disks=(replace(vm.disks[0], file_bytes=3 * GIB),)))
    one.ask(clone())
    copied = one.world.cluster.vms[COPY]
    assert copied.snapshots == ()
    assert (copied.disks[0].kind, copied.disks[0].file_bytes) == (DiskKind.DYNAMIC, 13 * GIB)
    assert copied.disks[0].path.endswith("\\COPY\\system0_0001.vhd")


def test_an_ungeneralised_clone_is_its_originals_twin_until_it_is_generalised() -> None:
    one = Lab(storage_record(off()))
    one.ask(clone())
    one.until_quiet()
    first, second = (one.world.cluster.vms[vm] for vm in (ORIGINAL, COPY))
    assert identity_of(first) == identity_of(second)
    assert sid_of(first) == sid_of(second)
    assert computer_name_of(first) == computer_name_of(second) == "VM00"
    one.ask(StartVm(vm=ORIGINAL))
    one.until_quiet()
    assert "identity-conflict" not in one.codes
    one.ask(StartVm(vm=COPY))
    one.until_quiet()
    told = next(event for event in one.sink.events if event.code == "identity-conflict")
    assert told.vm == COPY
    assert "COPY and VM00 run in one network with the same computer name (VM00)" in told.message
    one.ask(Generalise(vm=COPY))
    one.until_quiet()
    second = one.world.cluster.vms[COPY]
    assert second.state is VmState.OFF
    assert identity_of(second) != identity_of(one.world.cluster.vms[ORIGINAL])
    one.ask(StartVm(vm=COPY))
    one.until_quiet()
    assert one.codes.count("identity-conflict") == 1


def test_twins_in_networks_of_their_own_do_not_meet_and_a_migration_tells_nothing_new() -> None:
    one = Lab(storage_record(off()))
    one.ask(clone())
    one.until_quiet()
    vm = one.world.cluster.vms[COPY]
    one.world.cluster.put(replace(vm, adapters=(replace(vm.adapters[0], network=None),)))
    for number in (ORIGINAL, COPY):
        one.ask(StartVm(vm=number))
        one.until_quiet()
    one.ask(LiveMigrate(vm=COPY, to=NODE2))
    one.until_quiet()
    assert "identity-conflict" not in one.codes


def test_a_generalised_clone_is_somebody_else() -> None:
    one = lab()
    one.ask(clone(generalised=True))
    first, second = (one.world.cluster.vms[vm] for vm in (ORIGINAL, COPY))
    assert identity_of(first) != identity_of(second)
    for is_it in (True, False):
        found = clone("NEXT", 5, generalised=is_it).check(one.world.cluster)
        assert ("not-generalised" in {problem.code for problem in found}) is not is_it


def test_a_template_is_cloned_and_never_started() -> None:
    one = lab()
    one.ask(SetTemplate(vm=ORIGINAL))
    (problem,) = blockers(StartVm(vm=ORIGINAL).check(one.world.cluster))
    assert problem.code == "template"
    one.ask(clone())
    assert not one.world.cluster.vms[COPY].is_template
    one.ask(SetTemplate(vm=ORIGINAL, is_template=False))
    assert blockers(StartVm(vm=ORIGINAL).check(one.world.cluster)) == ()
    running = Lab(storage_record(busy_guest()))
    assert [p.code for p in SetTemplate(vm=ORIGINAL).check(running.world.cluster)] == ["wrong-state"]


def test_a_deleted_vm_leaves_its_files_behind_or_not() -> None:
    for deletes in (False, True):
        one = lab()
        one.ask(TakeSnapshot(vm=ORIGINAL, name="before"))
        before = used(one)
        one.ask(DeleteVm(vm=ORIGINAL, delete_files=deletes))
        cluster = one.world.cluster
        assert ORIGINAL not in cluster.vms
        assert len(cluster.detached_disks) == (0 if deletes else 2)
        assert used(one) == (0 if deletes else before)
        assert inconsistencies(cluster.record()) == ()
        one.until(70.0)


def test_the_row_of_a_deleted_vm_is_as_if_there_had_never_been_one() -> None:
    """A restored world builds its columns from what is there: one that went on must have the same."""
    memory = GuestMemory(MemorySettings(2 * GIB, GIB, 4 * GIB, dynamic=True, weight=7000))
    odd = replace(off(), memory=memory, scheduling=Scheduling(200, 50, 90), guest=Guest("OS/2", False), owner=NODE2)
    one = lab(odd, busy_guest(1, 1))
    one.ask(DeleteVm(vm=ORIGINAL, delete_files=True))
    one.until(3.0)
    back = checkpoint.restore(checkpoint.snapshot(one.world))
    for name in ("_owner", "_active", "_vcpus", "_assigned", "_weight", "_reserve", "_limit", "_with_drivers"):
        assert getattr(one.world.guests, name).tolist() == getattr(back.guests, name).tolist(), name
    for name in MemoryColumns.__slots__:
        assert getattr(one.world.memory, name).tolist() == getattr(back.memory, name).tolist(), name


def test_an_original_can_be_restored_once_it_is_deleted() -> None:
    one = lab()
    vm = one.world.cluster.vms[ORIGINAL]
    assert [p.code for p in blockers(ImportVm(machine=vm).check(one.world.cluster))] == ["name-taken"]
    one.ask(DeleteVm(vm=ORIGINAL, delete_files=True))
    one.ask(ImportVm(machine=vm))
    assert one.world.cluster.vms[COPY].guid == vm.guid


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "a/b"}, "name"),
        ({"name": ""}, "name"),
        ({"guid": "not one"}, "guid"),
        ({"owner": NodeId(9)}, "no-such-node"),
        ({"vcpus": 0}, "impossible"),
        ({"vcpus": 5}, "impossible"),
        ({"state": VmState.RUNNING}, "wrong-state"),
        ({"saved_bytes": GIB}, "saved-state"),
        ({"disks": (disk(3, None, None),) * 2}, "impossible"),
        ({"disks": (replace(disk(3), volume=None, lun=storage_record().luns[0].id),)}, "lun-use"),
        ({"disks": (replace(disk(3), kind=DiskKind.PHYSICAL),)}, "pass-through"),
        ({"disks": (replace(disk(3), kind=DiskKind.DIFFERENCING, parent="C:\\gone.vhd"),)}, "no-parent"),
        ({"disks": (replace(disk(3), file_bytes=-1),)}, "figures"),
        ({"disks": (replace(disk(3), size_bytes=2000 * GIB, file_bytes=1500 * GIB),)}, "no-room"),
    ],
)
def test_what_can_not_be_is_refused_with_a_sentence(change: dict[str, object], code: str) -> None:
    one = lab()
    vm = replace(machine(), **change)
    found = blockers(ImportVm(machine=vm).check(one.world.cluster))
    assert code in {problem.code for problem in found}
    assert all(problem.message.endswith((".", ").")) for problem in found)
    assert not apply(one.world, ImportVm(machine=vm), one.sink).accepted


STEPS = ("import", "clone", "start", "delete", "cancel", "snapshot", "merge", "wait", "crash")


@given(st.lists(st.sampled_from(STEPS), max_size=14), st.integers(0, 3))
def test_in_any_order_records_agree_and_forks_and_restored_worlds_go_on_alike(steps: list[str], pick: int) -> None:
    record = storage_record(off(), busy_guest(1, 1))
    full = replace(record.volumes[0], used_bytes=20 * GIB)
    one = Lab(replace(record, volumes=(full, *record.volumes[1:])))
    for number, step in enumerate(steps):
        asked = _asked(one, number, step, pick)
        if asked is not None:
            apply(one.world, asked, one.sink)
        one.until(one.world.now_ns / 1e9 + (7.25 if step == "wait" else 0.0))
        assert inconsistencies(one.world.cluster.record()) == ()
        assert _sum_of_files(one) == used(one)
    worlds = (one.world.fork(), checkpoint.restore(checkpoint.snapshot(one.world)), one.world)
    for world in worlds:
        advance_to(world, world.now_ns + nanoseconds(90.0), Recorder())
    ends = {checkpoint.snapshot(world) for world in worlds}
    assert len(ends) == 1


def _asked(one: Lab, number: int, step: str, pick: int) -> Request | None:
    vms = list(one.world.cluster.vms)
    vm = vms[(number + pick) % len(vms)] if vms else ORIGINAL
    tasks = list(one.world.cluster.tasks)
    requests: dict[str, Request] = {
        "import": ImportVm(machine=machine(10 + number, f"M{number}", 1.0)),
        "clone": CloneVm(vm=vm, name=f"C{number}", guid=guid(50 + number)),
        "start": StartVm(vm=vm),
        "delete": DeleteVm(vm=vm, delete_files=bool(number % 2)),
        "cancel": CancelImport(task=tasks[pick % len(tasks)] if tasks else TaskId(0)),
        "snapshot": TakeSnapshot(vm=vm, name=f"S{number}"),
        "merge": DeleteSnapshot(vm=vm, snapshot=1),
        "crash": CrashNode(node=NodeId(number % 3)),
    }
    return requests.get(step)


def _sum_of_files(one: Lab) -> int:
    cluster = one.world.cluster
    disks = [detached.disk for detached in cluster.detached_disks.values()]
    for vm in cluster.vms.values():
        disks += [*vm.disks, *(frozen for each in vm.snapshots for frozen in each.disks)]
    memory = sum(each.memory_bytes for vm in cluster.vms.values() for each in vm.snapshots)
    return memory + sum(each.file_bytes for each in disks if each.volume == VOLUME1)
