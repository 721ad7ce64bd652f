"""The world is a value: same seed, same future; any slicing, any fork, any checkpoint leads to the same."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine_world import CLIENTS, MIGRATION, NODE1, NODE2, Lab, guest, lab_record
from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.events import Event
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load import CurveKind, Load, LoadCurve
from hvgui.cluster.machines import VmState
from hvgui.cluster.memory import MemoryRegion, WritePattern
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.tasks import Task, TaskState
from hvgui.cluster.units import MIB, NANOSECONDS, nanoseconds
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.observe import metrics_sample, stream_progress
from hvgui.engine.progress import migration_progress
from hvgui.engine.run import advance_to, apply, next_event_ns, next_notable_ns, step
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.requests.faults import CrashNode, CutLink, PowerOnNode, RestoreLink, SetLinkSpeed
from hvgui.requests.guests import SetLoad
from hvgui.requests.lifecycle import PauseVm, ResumeVm, SaveVm, ShutDownVm, StartVm, TurnOffVm
from hvgui.requests.migration import CancelMigration, LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.request import Request

HORIZON_SECONDS = 40.0
_CURVES = (
    LoadCurve(level=0.8, noise=0.5),
    LoadCurve(CurveKind.BURSTY, level=0.1, swing=0.9, period_seconds=7.0, burst_share=0.3, noise=0.1),
    LoadCurve(CurveKind.DAILY, level=0.4, swing=0.4, period_seconds=60.0),
)


def busy_record() -> ClusterRecord:
    """Three nodes, eight VMs of all habits, more processors wanted on NODE1 than it has."""
    vms = []
    for number in range(8):
        regions = (
            MemoryRegion("hot", 200 * MIB, 40e6 + 1e6 * number),
            MemoryRegion("loop", 100 * MIB, 9e6, WritePattern.CYCLIC, 0.5),
        )
        video = VideoStream(buffer_seconds=0.5) if number % 2 else None
        state = VmState.OFF if number == 7 else VmState.RUNNING
        vm = guest(number, number % 3, 1, regions, Clients(5, video=video), state)
        vms.append(replace(vm, vcpus=4, load=Load(cpu=_CURVES[number % 3])))
    return replace(lab_record(*vms, nodes=3, profile=PROFILES["2022"]))


nodes = st.integers(0, 2).map(NodeId)
vm_ids = st.integers(0, 7).map(VmId)
networks = st.sampled_from([CLIENTS, MIGRATION])
requests = st.one_of(
    st.builds(LiveMigrate, vm_ids, nodes, st.none(), st.booleans()),
    st.builds(LiveMigrate, vm_ids, nodes, st.none(), st.just(True)),
    st.builds(QuickMigrate, vm_ids, nodes),
    st.builds(MoveVm, vm_ids, nodes),
    st.builds(CancelMigration, st.integers(0, 6)),
    st.builds(StartVm, vm_ids),
    st.builds(ShutDownVm, vm_ids),
    st.builds(TurnOffVm, vm_ids),
    st.builds(SaveVm, vm_ids),
    st.builds(PauseVm, vm_ids),
    st.builds(ResumeVm, vm_ids),
    st.builds(CutLink, nodes, networks),
    st.builds(RestoreLink, nodes, networks),
    st.builds(SetLinkSpeed, nodes, networks, st.sampled_from([12.5e6, 125e6, 1.25e9])),
    st.builds(CrashNode, nodes),
    st.builds(PowerOnNode, nodes),
    st.builds(SetLoad, vm_ids, st.sampled_from([Load(cpu=curve) for curve in _CURVES])),
)
scripts = st.lists(st.tuples(st.floats(0, HORIZON_SECONDS), requests), min_size=3, max_size=20).map(
    lambda script: sorted(script, key=lambda timed: timed[0])
)
Told = list[Event | Task]


def told(sink: Recorder) -> tuple[list[Event], list[Task]]:
    return sink.events, sink.tasks


def play(world: World, script: list[tuple[float, Request]], sink: Recorder) -> None:
    for seconds, request in script:
        advance_to(world, nanoseconds(seconds), sink)
        apply(world, request, sink)
    advance_to(world, nanoseconds(HORIZON_SECONDS), sink)


def check_bookkeeping(world: World) -> None:
    """Memory is never overcommitted, reservations and owners add up, nobody runs on a dead node."""
    cluster = world.cluster
    for node in cluster.nodes.values():
        assigned = sum(vm.assigned_bytes for vm in cluster.vms.values() if vm.owner == node.id)
        reserved = sum(task.reserved_bytes for task in cluster.tasks.values() if task.target == node.id)
        assert assigned == cluster.assigned_bytes_on(node.id)
        assert node.memory_for_vms_bytes - assigned - reserved == cluster.free_bytes_on(node.id) >= 0
    for vm in cluster.vms.values():
        assert vm.state.holds_memory == (vm.assigned_bytes > 0), vm
        assert vm.task is None or (vm.task in cluster.tasks and vm.task in world.procedures)
        assert vm.id not in world.halted or vm.task is not None
        if vm.state.holds_memory and vm.task is None:
            assert cluster.nodes[vm.owner].is_up, f"{vm.name} runs on a dead node"
    assert set(cluster.tasks) == set(world.procedures)
    assert set(world.waiting) == {task.id for task in cluster.tasks.values() if task.state is TaskState.QUEUED}
    assert all(owner < 0 or owner in world.procedures for owner in world.flows.owners.values())


@settings(max_examples=60, deadline=None)
@given(scripts)
def test_whatever_is_asked_the_books_are_right_and_the_same_again_gives_the_same(
    script: list[tuple[float, Request]],
) -> None:
    first, again = Recorder(), Recorder()
    world = settled(busy_record(), 5)
    for seconds, request in script:
        advance_to(world, nanoseconds(seconds), first)
        check_bookkeeping(world)
        apply(world, request, first)
        check_bookkeeping(world)
    advance_to(world, nanoseconds(HORIZON_SECONDS), first)
    check_bookkeeping(world)
    play(settled(busy_record(), 5), script, again)
    assert told(first) == told(again)
    assert [event.serial for event in first.events] == list(range(1, len(first.events) + 1))
    assert all(one.time_ns <= other.time_ns for one, other in zip(first.events, first.events[1:], strict=False))


@settings(max_examples=40, deadline=None)
@given(scripts, st.integers(1, 7), st.floats(0.05, 5.0), st.booleans())
def test_slicing_the_time_changes_nothing(
    script: list[tuple[float, Request]], patience: int, slice_seconds: float, looking: bool
) -> None:
    whole, sliced = Recorder(), Recorder()
    play(settled(busy_record(), 5), script, whole)
    world, asked = settled(busy_record(), 5), 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked % patience == 0

    def run_to(until_ns: int) -> None:
        while world.now_ns < until_ns:
            target = min(until_ns, world.now_ns + nanoseconds(slice_seconds))
            while not advance_to(world, target, sliced, should_stop):
                if looking:
                    metrics_sample(world), migration_progress(world), stream_progress(world), next_event_ns(world)
        while not advance_to(world, until_ns, sliced, should_stop):
            pass

    for seconds, request in script:
        run_to(nanoseconds(seconds))
        apply(world, request, sliced)
    run_to(nanoseconds(HORIZON_SECONDS))
    assert told(whole) == told(sliced)


@settings(max_examples=40, deadline=None)
@given(scripts, st.floats(0, HORIZON_SECONDS), st.booleans())
def test_a_fork_changes_nothing_in_its_world_and_a_checkpoint_loses_nothing(
    script: list[tuple[float, Request]], cut: float, through_bytes: bool
) -> None:
    plain = Recorder()
    play(settled(busy_record(), 5), script, plain)
    world, sink = settled(busy_record(), 5), Recorder()
    before = [timed for timed in script if timed[0] <= cut]
    for seconds, request in before:
        advance_to(world, nanoseconds(seconds), sink)
        apply(world, request, sink)
    advance_to(world, nanoseconds(cut), sink)
    copy = restore(snapshot(world)) if through_bytes else world.fork()
    ahead = Recorder()
    # The copy lives through the future first, and through a catastrophe; the world must not notice.
    elsewhere = copy.fork()
    apply(elsewhere, CrashNode(NODE1), Recorder())
    advance_to(elsewhere, nanoseconds(HORIZON_SECONDS), Recorder())
    for one, told_to in ((copy, ahead), (world, sink)):
        for seconds, request in script[len(before) :]:
            advance_to(one, nanoseconds(seconds), told_to)
            apply(one, request, told_to)
        advance_to(one, nanoseconds(HORIZON_SECONDS), told_to)
    assert told(sink) == told(plain)
    assert ahead.events == plain.events[len(plain.events) - len(ahead.events) :]
    assert ahead.tasks == plain.tasks[len(plain.tasks) - len(ahead.tasks) :]
    assert snapshot(copy) == snapshot(world)


def test_another_seed_gives_another_future() -> None:
    ends = set()
    for seed in range(4):
        sink = Recorder()
        play(settled(busy_record(), seed), [(1.0, LiveMigrate(VmId(0), NODE2))], sink)
        ends.add(sink.tasks[0].ended_ns)
    assert len(ends) == 4


def test_a_mirror_that_follows_the_changes_is_the_cluster() -> None:
    lab = Lab(busy_record())
    mirror = lab.world.cluster.fork()
    lab.world.cluster.drain_changes()
    lab.ask(LiveMigrate(VmId(0), NODE2))
    lab.until(7.0)
    lab.ask(CrashNode(NODE2))
    lab.until(20.0)
    mirror.apply(lab.world.cluster.drain_changes())
    assert (mirror.vms, mirror.tasks, mirror.nodes) == (
        lab.world.cluster.vms,
        lab.world.cluster.tasks,
        lab.world.cluster.nodes,
    )


def test_a_refused_request_changes_nothing_but_the_log() -> None:
    lab = Lab(busy_record())
    lab.until(3.0)
    before = msgspec.msgpack.encode(lab.world.cluster.record())
    outcome = apply(lab.world, LiveMigrate(VmId(7), NODE2), lab.sink)
    assert not outcome.accepted
    assert outcome.task is None
    assert "off" in str(outcome.problems[0])
    assert lab.codes == ["request-refused"]
    assert msgspec.msgpack.encode(lab.world.cluster.record()) == before


def test_stepping_goes_from_one_notable_thing_to_the_next() -> None:
    lab = Lab(lab_record(guest()))
    assert next_notable_ns(lab.world) is None
    assert step(lab.world, lab.sink) == NANOSECONDS
    lab.ask(LiveMigrate(VmId(0), NODE2))
    assert step(lab.world, lab.sink) == 4 * NANOSECONDS
    assert lab.codes[-1] == "pass-began"
    step(lab.world, lab.sink)
    assert lab.codes[-1] == "blackout-began"


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_damaged_checkpoint_gives_a_sentence(cut: int) -> None:
    data = snapshot(Lab(busy_record()).world)
    with pytest.raises(ValueError, match="checkpoint"):
        restore(data[:cut])


def test_a_checkpoint_that_contradicts_itself_gives_a_sentence() -> None:
    lab = Lab(busy_record())
    raw = msgspec.msgpack.decode(snapshot(lab.world))
    for key, value in (("work", b"12345678"), ("levels", b""), ("free_rows", [99]), ("format", 77), ("halted", [999])):
        with pytest.raises(ValueError, match="checkpoint"):
            restore(msgspec.msgpack.encode({**raw, key: value}))


def _leaves(tree: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(tree, list) and tree:
        for index, value in enumerate(tree):
            yield from _leaves(value, (*path, index))
    else:
        yield path


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([-1, 0, 1, 2**40, 2**63, None, "x", b"", [], {}, 1e308, float("nan"), float("inf"), -0.5]),
)
def test_a_hostile_checkpoint_is_refused_or_runs(which: int, value: object) -> None:
    """One value of a busy world's checkpoint replaced by something odd: a sentence, or a world that can go on."""
    tree = msgspec.msgpack.decode(_busy_checkpoint())
    paths = list(_leaves(tree))
    *way, last = paths[which % len(paths)]
    place = tree
    for key in way:
        place = place[key]
    place[last] = value
    try:
        world = restore(msgspec.msgpack.encode(tree))
    except ValueError as error:
        assert "checkpoint" in str(error)
        return
    steps = iter(range(500))
    advance_to(world, world.now_ns + 3 * NANOSECONDS, Recorder(), lambda: next(steps, None) is None)


@functools.cache
def _busy_checkpoint() -> bytes:
    lab = Lab(busy_record())
    for request in (
        LiveMigrate(VmId(0), NODE2),
        QuickMigrate(VmId(1), NodeId(2)),
        LiveMigrate(VmId(4), NODE1, queue=True),
        ShutDownVm(VmId(2)),
    ):
        lab.ask(request)
    lab.until(6.3)
    return snapshot(lab.world)


def test_random_bytes_are_no_checkpoint() -> None:
    with pytest.raises(ValueError, match="checkpoint"):
        restore(b"\x00" * 1000)
