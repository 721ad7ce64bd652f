"""The cluster as a value: sums follow every change, forks part, mirrors follow."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.cluster.units import GIB
from small_cluster import small_record, small_vm

VMS = tuple(small_vm(number, owner=number % 3) for number in range(5))

moves = st.lists(
    st.one_of(
        st.tuples(st.just("own"), st.integers(0, 4), st.integers(0, 2)),
        st.tuples(st.just("assign"), st.integers(0, 4), st.integers(0, 8)),
        st.tuples(st.just("task"), st.integers(0, 4), st.integers(0, 2)),
        st.tuples(st.just("end"), st.integers(0, 4), st.just(0)),
        st.tuples(st.just("remove"), st.integers(0, 4), st.just(0)),
        st.tuples(st.just("drain"), st.just(0), st.just(0)),
    ),
    max_size=30,
)


def _task(vm: int, target: int) -> Task:
    return Task(
        id=TaskId(vm),
        kind=TaskKind.LIVE_MIGRATION,
        vm=VmId(vm),
        source=NodeId(0),
        target=NodeId(target),
        state=TaskState.RUNNING,
        phase=Phase.COPYING,
        asked_ns=0,
        reserved_bytes=4 * GIB,
    )


def _act(cluster: Cluster, action: tuple[str, int, int]) -> None:
    what, number, value = action
    vm = cluster.vms.get(VmId(number))
    if what == "own" and vm is not None:
        cluster.put(msgspec.structs.replace(vm, owner=NodeId(value)))
    elif what == "assign" and vm is not None:
        cluster.put(msgspec.structs.replace(vm, assigned_bytes=value * GIB))
    elif what == "task":
        cluster.put(_task(number, value))
    elif what == "end" and TaskId(number) in cluster.tasks:
        cluster.end_task(TaskId(number))
    elif what == "remove" and vm is not None:
        cluster.remove_vm(VmId(number))


@given(moves)
def test_the_sums_are_those_of_the_records(actions: list[tuple[str, int, int]]) -> None:
    cluster = Cluster(small_record(VMS, nodes=3))
    for action in actions:
        _act(cluster, action)
    for node in cluster.nodes:
        assert set(cluster.vms_on(node)) == {vm.id for vm in cluster.vms.values() if vm.owner == node}
        assigned = sum(vm.assigned_bytes for vm in cluster.vms.values() if vm.owner == node)
        reserved = sum(task.reserved_bytes for task in cluster.tasks.values() if task.target == node)
        assert cluster.assigned_bytes_on(node) == assigned
        assert cluster.free_bytes_on(node) == 30 * GIB - assigned - reserved
        touching = {task.id for task in cluster.tasks.values() if node in (task.source, task.target)}
        assert {task.id for task in cluster.tasks_on(node)} == touching


@given(moves)
def test_a_mirror_that_applies_every_change_equals_its_original(actions: list[tuple[str, int, int]]) -> None:
    original = Cluster(small_record(VMS, nodes=3))
    mirror = Cluster(small_record(VMS, nodes=3))
    for action in actions:
        _act(original, action)
        if action[0] == "drain":
            mirror.apply(original.drain_changes())
    mirror.apply(original.drain_changes())
    for kind in ("nodes", "vms", "tasks", "links", "volumes"):
        assert getattr(mirror, kind) == getattr(original, kind)
    for node in original.nodes:
        assert mirror.free_bytes_on(node) == original.free_bytes_on(node)
    assert not original.drain_changes()


@given(moves, moves)
def test_a_fork_and_its_origin_change_apart(
    before: list[tuple[str, int, int]], after: list[tuple[str, int, int]]
) -> None:
    origin = Cluster(small_record(VMS, nodes=3))
    for action in before:
        _act(origin, action)
    kept = origin.record()
    free = {node: origin.free_bytes_on(node) for node in origin.nodes}
    fork = origin.fork()
    assert fork.record() == kept
    for action in after:
        _act(fork, action)
    assert origin.record() == kept
    assert {node: origin.free_bytes_on(node) for node in origin.nodes} == free


def test_a_record_goes_through_messagepack_unchanged() -> None:
    record = small_record((small_vm(), small_vm(1, state=VmState.OFF)))
    data = msgspec.msgpack.encode(record)
    assert msgspec.msgpack.decode(data, type=type(record)) == record
    assert Cluster(record).record() == record


def test_what_is_put_again_and_again_is_told_once() -> None:
    cluster = Cluster(small_record())
    vm = cluster.vms[VmId(0)]
    for notes in ("a", "b", "c"):
        cluster.put(msgspec.structs.replace(vm, notes=notes))
    changes = cluster.drain_changes()
    assert [getattr(record, "notes", None) for record in changes.records] == ["c"]


def test_free_memory_of_all_nodes_is_that_of_each() -> None:
    record = small_record((small_vm(0), small_vm(1, owner=1)), nodes=3)
    nodes = tuple(
        msgspec.structs.replace(node, processor=msgspec.structs.replace(node.processor, slat=node.id != 1))
        for node in record.nodes
    )
    cluster = Cluster(msgspec.structs.replace(record, nodes=nodes))
    assert cluster.free_bytes() == {node: cluster.free_bytes_on(node) for node in cluster.nodes}
