"""A server comes into the lab while things are under way, becomes a node, and goes: nobody else notices, and the world
stays one value."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine_world import CLIENTS, MIGRATION, NODE1, NODE2, NODE3, VM, Lab, guest, lab_record
from failover_labs import failing, node_states
from hvgui.cluster.chaos import FaultKind
from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.events import Event
from hvgui.cluster.ids import NodeId, SanId, VmId, VolumeId
from hvgui.cluster.load import CurveKind, LoadCurve
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.machines import VmState
from hvgui.cluster.membership import members, standing
from hvgui.cluster.memory import MemoryRegion
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.power_saving import PowerSaving
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.quorum import QuorumModel
from hvgui.cluster.storage import DiskKind
from hvgui.cluster.tasks import Task
from hvgui.cluster.units import GIB, MIB, NANOSECONDS, nanoseconds
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.observe import metrics_sample
from hvgui.engine.run import advance_to, apply
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.requests.chaos import StartChaos
from hvgui.requests.disks import AddDisks
from hvgui.requests.failover_policy import SetOwners
from hvgui.requests.faults import CrashNode, CutLink, PowerOnNode, RestoreLink
from hvgui.requests.lifecycle import SaveVm, StartVm
from hvgui.requests.load_watch import SetLoadWatch
from hvgui.requests.maintenance import CancelMaintenance, PatchNodes
from hvgui.requests.migration import CancelMigration, LiveMigrate, QuickMigrate
from hvgui.requests.network_faults import HangClusterService, HealNetwork, PartitionNetwork, SetHeartbeatLoss
from hvgui.requests.new_disks import NewDisk
from hvgui.requests.new_server import NewServer
from hvgui.requests.node_service import AddNode, DrainNode, EvictNode
from hvgui.requests.quorum import ForceQuorum, SetQuorum
from hvgui.requests.remove_server import RemoveServer
from hvgui.requests.request import Request
from hvgui.requests.storage_faults import FailPath, RestorePath, SetPathSpeed
from hvgui.requests.volume_requests import MoveCoordinator, TurnOffRedirectedAccess, TurnOnRedirectedAccess
from storage_labs import OWN, VOLUME1, VOLUME2, busy_guest, storage_record

SAN = SanId(0)
HORIZON_SECONDS = 40.0
MOMENTS = st.integers(0, 80).map(lambda half: half / 2)
"""So few that several things are asked at one of them."""
Script = list[tuple[float, Request]]


def crowded_record(nodes: int = 3) -> ClusterRecord:
    """Guests that write memory, disks and films; one of them on a LUN without a shared volume, one redirected."""
    regions = (MemoryRegion("hot", 200 * MIB, 40e6),)
    films = [
        guest(number, number % 3, 1, regions, Clients(5, video=VideoStream(buffer_seconds=0.5))) for number in (4, 5)
    ]
    noise = LoadCurve(level=0.8, noise=0.5)
    vms = (
        busy_guest(0, iops=500.0, growth=1e6),
        busy_guest(1, owner=1, iops=5_000.0, growth=5e6, volume=VOLUME2),
        busy_guest(2, lun=OWN, iops=100.0),
        busy_guest(3, owner=2, iops=2_000.0),
        *(replace(film, vcpus=8, load=replace(film.load, cpu=noise)) for film in films),
        *(busy_guest(3 + owner, owner, iops=777.7 / owner) for owner in range(3, nodes)),
    )
    return replace(storage_record(*vms, nodes=nodes), profile=PROFILES["2022"])


SERVER = NewServer("NODE9", like=NODE1)


def new_id(record: ClusterRecord) -> NodeId:
    return NodeId(len(record.nodes))


def told(sink: Recorder) -> tuple[list[Event], list[Task]]:
    """All that was told but the server's own coming and going, whatever its number."""
    own = {"server-came", "server-left"}
    return [replace(event, serial=0) for event in sink.events if event.code not in own], sink.tasks


def alike(one: MetricsSample, other: MetricsSample, nodes: int) -> None:
    """To the bit, as far as there is something in both: older servers' figures come first."""
    for name in one.__struct_fields__:
        left, right = getattr(one, name), getattr(other, name)
        if name == "time_ns":
            assert left == right
            continue
        size = min(len(left), len(right))
        assert left[:size].tobytes() == right[:size].tobytes(), name
        assert not right[size:].any() or name == "node_memory_bytes", "who has just come is idle"


def course(
    record: ClusterRecord, script: Script, every_seconds: float = 5.0
) -> tuple[World, Recorder, list[MetricsSample]]:
    """The whole course of a script, with the figures as they were now and then."""
    world, sink, samples = settled(record, 5), Recorder(), []
    looks: list[tuple[float, Request | None]] = [(one * every_seconds, None) for one in range(1, 9)]
    for seconds, request in sorted([*script, *looks], key=lambda timed: timed[0]):
        advance_to(world, nanoseconds(seconds), sink)
        if request is None:
            samples.append(metrics_sample(world))
        else:
            apply(world, request, sink)
    advance_to(world, nanoseconds(HORIZON_SECONDS), sink)
    return world, sink, samples


nodes = st.integers(0, 2).map(NodeId)
anybody = st.integers(0, 4).map(NodeId)
vms = st.integers(0, 5).map(VmId)
volumes = st.sampled_from([VOLUME1, VOLUME2])
busy_requests = st.one_of(
    st.builds(LiveMigrate, vms, nodes, st.none(), st.just(True)),
    st.builds(QuickMigrate, vms, nodes),
    st.builds(CancelMigration, st.integers(0, 4)),
    st.builds(SaveVm, vms),
    st.builds(StartVm, vms),
    st.builds(CutLink, nodes, st.sampled_from([CLIENTS, MIGRATION])),
    st.builds(RestoreLink, nodes, st.sampled_from([CLIENTS, MIGRATION])),
    st.builds(FailPath, nodes, st.just(SAN)),
    st.builds(RestorePath, nodes, st.just(SAN)),
    st.builds(SetPathSpeed, nodes, st.just(SAN), st.sampled_from([3e7, 1.25e8])),
    st.builds(TurnOnRedirectedAccess, volumes),
    st.builds(TurnOffRedirectedAccess, volumes),
    st.builds(MoveCoordinator, volumes, nodes),
    st.builds(CrashNode, nodes),
    st.builds(PowerOnNode, nodes),
    st.builds(DrainNode, nodes),
    st.builds(AddDisks, vms, st.just((NewDisk(DiskKind.FIXED, "more", GIB, volume=VOLUME1),))),
    st.just(SetLoadWatch(LoadWatch(WatchMode.MANUAL))),
)
growing_requests = st.one_of(
    busy_requests,
    st.builds(
        NewServer, st.sampled_from(["A1", "A2", "A3"]), like=st.sampled_from([None, NODE2]), has_power=st.booleans()
    ),
    st.builds(AddNode, anybody),
    st.builds(EvictNode, anybody),
    st.builds(RemoveServer, anybody),
    st.builds(RemoveServer, anybody),
    st.builds(CrashNode, anybody),
    st.builds(PowerOnNode, anybody),
    st.builds(DrainNode, anybody),
    st.builds(HangClusterService, anybody),
    st.builds(SetHeartbeatLoss, st.just(MIGRATION), st.sampled_from([0.0, 0.6]), anybody),
    st.builds(PartitionNetwork, anybody.map(lambda node: ((node,),))),
    st.just(HealNetwork()),
    st.builds(ForceQuorum, anybody),
    st.builds(PatchNodes, st.just(()), st.booleans(), st.just(5.0)),
    st.builds(PatchNodes, anybody.map(lambda node: (node,)), st.booleans(), st.just(5.0)),
    st.just(CancelMaintenance()),
    st.builds(SetOwners, vms, anybody.map(lambda node: (node,)), st.just((NODE1, NODE2, NODE3, NodeId(3), NodeId(4)))),
    st.just(StartChaos(1_000.0, (FaultKind.CRASH, FaultKind.LINK, FaultKind.PATH), 3, 5.0)),
    st.builds(LiveMigrate, vms, anybody, st.none(), st.just(True)),
)


def scripts(of: st.SearchStrategy[Request], most: int) -> st.SearchStrategy[Script]:
    timed = st.lists(st.tuples(MOMENTS, of), min_size=2, max_size=most)
    return timed.map(lambda script: sorted(script, key=lambda one: one[0]))


# Nobody notices


@settings(max_examples=60, deadline=None)
@given(scripts(busy_requests, 14), MOMENTS, st.sampled_from([3, 7, 8]))
def test_an_idle_server_that_comes_changes_nothing_that_is_under_way_by_as_much_as_a_bit(
    script: Script, at: float, count: int
) -> None:
    record = crowded_record(count)
    without, quiet, before = course(record, script)
    with_it, sink, after = course(record, [*script, (at, SERVER)])
    assert any(event.code == "server-came" for event in sink.events)
    assert told(sink) == told(quiet)
    for one, other in zip(before, after, strict=True):
        alike(one, other, count)
    # Taken away again, it leaves no trace but its number and the two events.
    apply(with_it, RemoveServer(new_id(record)), sink)
    left, expected = (msgspec.msgpack.decode(snapshot(world)) for world in (with_it, without))
    assert left["cluster"].pop("last_node_id") == new_id(record)
    expected["cluster"].pop("last_node_id")
    assert left.pop("last_event") == expected.pop("last_event") + 2
    assert left == expected


@pytest.mark.parametrize("asked", [CutLink(NODE1, MIGRATION), SaveVm(VmId(0)), FailPath(NODE1, SAN)])
def test_what_is_asked_at_the_same_instant_is_worked_out_all_the_same(asked: Request) -> None:
    script: Script = [(0.0, LiveMigrate(VmId(1), NODE1)), (0.0, LiveMigrate(VmId(3), NODE1, None, True)), (8.5, asked)]
    _, quiet, before = course(crowded_record(), script)
    _, sink, after = course(crowded_record(), [*script, (8.5, SERVER)])
    assert told(sink) == told(quiet)
    for one, other in zip(before, after, strict=True):
        alike(one, other, 3)


def test_what_is_left_of_a_san_is_the_same_to_the_last_digit_whoever_else_could_use_it() -> None:
    """Seven nodes and eight: numpy adds up eight figures in another order than seven."""
    noise = LoadCurve(level=300.0, noise=0.7)
    vms = [busy_guest(number, number % 7) for number in range(14)]
    vms = [replace(vm, load=replace(vm.load, disk_iops=noise)) for vm in vms]
    labs = [Lab(storage_record(*vms, nodes=7)) for _ in range(2)]
    for lab in labs:
        lab.ask(AddDisks(VM, (NewDisk(DiskKind.FIXED, "more", 400 * GIB, volume=VOLUME1),)))
    labs[1].ask(NewServer("NODE9"))
    for second in range(1, 60):
        left = []
        for lab in labs:
            lab.until(float(second))
            left.append(lab.world.flows.sharing.capacities[lab.world.rows.san(SAN)])
        assert left[0] == left[1] < 125e6


def test_balancing_and_power_saving_take_no_notice_of_an_idle_server() -> None:
    """Tips, moves, nodes that are switched off and back on: an hour of it, with the server and without."""
    watch = LoadWatch(
        WatchMode.AUTOMATIC, 5, 60, processors_limit=0.5, power=PowerSaving(is_on=True, least_nodes=2, rest_seconds=600)
    )
    busy = LoadCurve(CurveKind.BURSTY, level=0.1, swing=0.9, period_seconds=900.0, burst_share=0.5)
    vms = [replace(guest(number, number % 2, 1, cpu=busy), vcpus=4) for number in range(6)]
    labs = [failing(*vms, nodes=5, profile=PROFILES["2022"]) for _ in range(2)]
    for lab in labs:
        lab.ask(SetLoadWatch(watch))
        lab.until(30.0)
    labs[1].ask(NewServer("NODE9"))
    for lab in labs:
        lab.until(3_600.0)
    assert told(labs[0].sink) == told(labs[1].sink)
    assert {"tip-carried-out", "power-off"} & set(labs[0].codes), labs[0].codes
    labs[1].ask(RemoveServer(NodeId(5)))
    left, expected = (msgspec.msgpack.decode(snapshot(lab.world)) for lab in (labs[1], labs[0]))
    for one in (left, expected):
        one["cluster"].pop("last_node_id")
        one.pop("last_event")
    assert left == expected


# One value


@settings(max_examples=60, deadline=None)
@given(scripts(growing_requests, 22), st.floats(0, HORIZON_SECONDS))
def test_a_world_that_grows_and_shrinks_forks_and_replays_to_the_bit(script: Script, cut: float) -> None:
    script = sorted([*script, (min(cut, 20.0), SERVER)], key=lambda one: one[0])
    world, sink = settled(crowded_record(), 5), Recorder()
    before = [timed for timed in script if timed[0] <= cut]
    for seconds, request in before:
        advance_to(world, nanoseconds(seconds), sink)
        apply(world, request, sink)
    advance_to(world, nanoseconds(cut), sink)
    copies = [world.fork(), restore(snapshot(world))]
    assert all(snapshot(copy) == snapshot(world) for copy in copies)
    for one in (*copies, world):
        for seconds, request in script[len(before) :]:
            advance_to(one, nanoseconds(seconds), Recorder())
            apply(one, request, Recorder())
        advance_to(one, nanoseconds(HORIZON_SECONDS), Recorder())
    assert snapshot(copies[0]) == snapshot(world)
    assert snapshot(copies[1]) == snapshot(world)
    assert snapshot(restore(snapshot(world))) == snapshot(world)
    again, _, _ = course(crowded_record(), script)
    assert snapshot(again) == snapshot(world)
    assert metrics_sample(again).node_cpu_share.tobytes() == metrics_sample(copies[1]).node_cpu_share.tobytes()


def test_a_mirror_follows_servers_that_come_and_go() -> None:
    lab = failing(nodes=3)
    mirror = lab.world.cluster.fork()
    lab.world.cluster.drain_changes()
    for request in (NewServer("NODE4", paths=()), NewServer("NODE5"), RemoveServer(NodeId(3))):
        lab.ask(request)
    mirror.apply(lab.world.cluster.drain_changes())
    lab.ask(NewServer("NODE6"))
    lab.ask(RemoveServer(NodeId(4)))
    mirror.apply(lab.world.cluster.drain_changes())
    assert mirror.record() == lab.world.cluster.record()
    assert list(mirror.nodes) == [0, 1, 2, 5], "numbers are not used again"
    assert inconsistencies(mirror.record()) == ()


# What becomes of it


def test_a_server_comes_becomes_a_node_takes_vms_and_fails_over() -> None:
    lab = failing(guest(0), guest(1), nodes=2)
    lab.ask(NewServer("NODE3", model="xeon-x5650", sockets=2, memory_bytes=64 * GIB))
    node = lab.world.cluster.nodes[NODE3]
    assert (node.state, node.is_member, node.has_power) == (NodeState.DOWN, False, True)
    assert (node.memory_bytes, node.processor.logical) == (64 * GIB, 24)
    assert {key for key in lab.world.cluster.links if key[0] == NODE3} == {(NODE3, CLIENTS), (NODE3, MIGRATION)}
    assert not apply(lab.world, LiveMigrate(VM, NODE3), Recorder()).accepted
    lab.ask(AddNode(NODE3))
    lab.until_told("node-up")
    assert node_states(lab) == [NodeState.UP] * 3
    assert standing(lab.world.cluster).tally.votes == 3, "three nodes, and no witness is needed any more"
    lab.ask(LiveMigrate(VM, NODE3))
    lab.until_quiet()
    assert lab.vm.owner == NODE3
    assert metrics_sample(lab.world).node_cpu_share[NODE3] > 0.0
    assert metrics_sample(lab.world).node_cpu_share.shape == (3,)
    lab.ask(CrashNode(NODE3))
    lab.until(lab.seconds + 120.0)
    assert (lab.vm.owner, lab.vm.state) != (NODE3, VmState.RUNNING)
    assert lab.vm.state is VmState.RUNNING


def test_dynamic_votes_follow_the_new_node() -> None:
    """Two nodes and a witness have three votes; with a third node the witness's is withdrawn."""
    lab = failing(nodes=2, profile=PROFILES["2012 R2"])
    lab.ask(SetQuorum(QuorumModel.NODE_AND_SHARE, witness_share="\\\\files\\witness"))
    before = standing(lab.world.cluster)
    assert (before.tally.votes, lab.world.cluster.quorum.witness_votes) == (3, True)
    lab.ask(NewServer("NODE3"))
    assert standing(lab.world.cluster) == before, "a server beside the cluster has no vote"
    lab.ask(AddNode(NODE3))
    lab.until_told("node-up")
    assert (standing(lab.world.cluster).tally.votes, lab.world.cluster.quorum.witness_votes) == (3, False)
    assert all(node.has_vote for node in lab.world.cluster.nodes.values())


def test_a_server_that_is_off_is_powered_on_first() -> None:
    lab = failing(nodes=2)
    lab.ask(NewServer("NODE3", has_power=False))
    assert [one.code for one in AddNode(NODE3).check(lab.world.cluster)] == ["no-power"]
    lab.ask(PowerOnNode(NODE3))
    assert [one.code for one in RemoveServer(NODE3).check(lab.world.cluster)] == ["boots"]
    lab.until_told("node-on")
    lab.ask(AddNode(NODE3))
    lab.until_told("node-up")
    assert members(lab.world.cluster) == (NODE1, NODE2, NODE3)


def test_a_path_that_is_not_there_is_down_and_a_slower_one_slower() -> None:
    lab = Lab(storage_record(busy_guest(0, iops=500.0)))
    lab.ask(NewServer("NODE4", paths=()))
    lab.ask(AddNode(NodeId(3)))
    lab.until_told("node-up")
    lab.ask(LiveMigrate(VM, NodeId(3)))
    lab.until_quiet()
    assert lab.vm.owner == 3
    assert (NodeId(3), VolumeId(0)) in lab.world.redirected, "what it reads and writes goes through the coordinator"
    lab.ask(RestorePath(NodeId(3), SAN))
    lab.until(lab.seconds + 2.0)
    assert not lab.world.redirected


def test_luns_that_are_presented_by_name_are_presented_to_it() -> None:
    record = lab_record(guest())
    record = replace(record, luns=(replace(record.luns[0], paths=(NODE1, NODE2)),))
    lab = Lab(record)
    lab.ask(NewServer("NODE3"))
    assert lab.world.cluster.luns[record.luns[0].id].paths == (NODE1, NODE2, NODE3)
    lab.ask(RemoveServer(NODE3))
    assert lab.world.cluster.record() == replace(record, last_node_id=NODE3, tasks=())


def test_a_partition_of_all_nodes_leaves_the_witness_where_it_was() -> None:
    record = lab_record(guest(), nodes=2)
    parted = tuple(replace(one, partition=((NODE1,), (NODE2,))) for one in record.networks)
    lab = Lab(replace(record, networks=parted))
    before = standing(lab.world.cluster)
    lab.ask(NewServer("NODE3"))
    assert standing(lab.world.cluster) == before
    assert lab.world.cluster.networks[CLIENTS].group_of(NODE3) == 0


@pytest.mark.parametrize("victim", [NODE1, NODE2, NODE3])
def test_an_evicted_server_is_removed_for_good_wherever_its_number_stands(victim: NodeId) -> None:
    film = Clients(5, video=VideoStream(buffer_seconds=0.5))
    vms = (
        replace(guest(0, owner=(victim + 1) % 3), preferred_owners=(victim,)),
        guest(1, (victim + 2) % 3, clients=film),
    )
    lab = failing(*vms, nodes=3)
    assert [one.code for one in RemoveServer(victim).check(lab.world.cluster)] == ["member"]
    lab.ask(EvictNode(victim))
    lab.until(60.0)
    lab.ask(RemoveServer(victim))
    lab.until(90.0)
    assert victim not in lab.world.cluster.nodes
    assert not [key for key in lab.world.cluster.links if key[0] == victim]
    assert lab.vm.preferred_owners == ()
    assert inconsistencies(lab.world.cluster.record()) == ()
    copy = restore(snapshot(lab.world))
    twin = Lab(replace(lab.world.cluster.record(), last_node_id=-1))
    assert lab.world.rows.capacities(lab.world.cluster) == twin.world.rows.capacities(twin.world.cluster)
    assert lab.world.streams[VmId(1)].link == twin.world.streams[VmId(1)].link
    for world in (copy, lab.world):
        apply(world, NewServer("NODE4"), Recorder())
        apply(world, LiveMigrate(VM, next(one for one in members(world.cluster) if one != lab.vm.owner)), Recorder())
        advance_to(world, 150 * NANOSECONDS, Recorder())
    assert snapshot(copy) == snapshot(lab.world)
    assert max(lab.world.cluster.nodes) == 3


def test_a_node_that_is_off_for_its_patches_may_be_evicted_and_removed() -> None:
    """What was to switch it on again finds nobody."""
    lab = failing(nodes=3)
    lab.ask(PatchNodes((NODE3,), offline_seconds=60.0))
    assert "node-restarts" in lab.codes
    lab.ask(CancelMaintenance())
    lab.ask(EvictNode(NODE3))
    lab.until(lab.seconds + 1.0)
    lab.ask(RemoveServer(NODE3))
    assert snapshot(restore(snapshot(lab.world))) == snapshot(lab.world)
    lab.until(lab.seconds + 120.0)
    assert sorted(lab.world.cluster.nodes) == [0, 1]


def test_tips_and_columns_of_a_server_that_goes_go_with_it() -> None:
    lab = failing(guest(0), nodes=2)
    lab.ask(SetLoadWatch(LoadWatch(WatchMode.MANUAL)))
    lab.ask(NewServer("NODE3"))
    lab.until(120.0)
    lab.ask(RemoveServer(NODE3))
    lab.until(240.0)
    assert snapshot(restore(snapshot(lab.world))) == snapshot(lab.world)
    assert metrics_sample(lab.world).node_cpu_share.shape == (2,)


@pytest.mark.parametrize("last", [-2, 2**22, 2**62])
def test_a_stranger_s_file_does_not_number_servers_beyond_reason(last: int) -> None:
    lab = failing(nodes=2)
    raw = msgspec.msgpack.decode(snapshot(lab.world))
    raw["cluster"]["last_node_id"] = last
    with pytest.raises(ValueError, match="an id is out of range"):
        restore(msgspec.msgpack.encode(raw))
