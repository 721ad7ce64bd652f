"""Faults that come by themselves: always the same for a seed, mended, never harmful to what must always hold."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chaos_labs import drawn, settle, wrongs
from engine_world import Lab
from failover_labs import failing, node_states
from hvgui.cluster.chaos import FaultKind
from hvgui.cluster.events import EVENT_NUMBERS, Event, Level
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId, VmId
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.misconfigurations import Misconfiguration
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.power_saving import PowerSaving
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.run import advance_to, apply
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.requests.chaos import StartChaos, StopChaos
from hvgui.requests.fabric_setup import PresentLun, SetNetworkRole
from hvgui.requests.faults import CrashNode, CutLink, PauseNode, PowerOnNode, RestoreLink, ResumeNode
from hvgui.requests.lifecycle import ResetVm, SaveVm, ShutDownVm, StartVm, TurnOffVm
from hvgui.requests.load_watch import SetLoadWatch
from hvgui.requests.maintenance import CancelMaintenance, PatchNodes
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.misconfigurations import MisconfigureNode, SetNodeRight
from hvgui.requests.network_faults import (
    FailWitnessShare,
    HangClusterService,
    HealNetwork,
    PartitionNetwork,
    RestoreWitnessShare,
    SetHeartbeatLoss,
)
from hvgui.requests.node_service import AddNode, DrainNode, EvictNode, StartClusterService, StopClusterService
from hvgui.requests.problems import blockers
from hvgui.requests.quorum import ForceQuorum
from hvgui.requests.request import Request
from hvgui.requests.storage_faults import FailLun, FailPath, FailSan, RestoreLun, RestorePath, RestoreSan

HOUR = 3600.0


def test_the_same_seed_is_the_same_night_and_another_is_another() -> None:
    nights = []
    for seed in (1, 1, 2):
        lab = failing(nodes=4)
        lab.ask(StartChaos(20.0, chaos_seed=seed))
        lab.until(HOUR)
        nights.append([event for event in lab.sink.events if event.code == "chaos"])
    assert nights[0] == nights[1]
    assert nights[0] != nights[2]
    assert 8 <= len(nights[0]) <= 35


def test_faults_come_at_the_rate_that_was_asked_for() -> None:
    lab = failing(nodes=4)
    lab.ask(StartChaos(60.0, (FaultKind.WITNESS, FaultKind.PATH), mended_after_seconds=5.0))
    lab.until(20 * HOUR)
    assert lab.world.cluster.chaos.last_fault == pytest.approx(1200, rel=0.1)


@pytest.mark.parametrize("kind", list(FaultKind), ids=lambda kind: kind.value)
def test_every_kind_comes_alone_and_is_mended(kind: FaultKind) -> None:
    lab = failing(nodes=4)
    lab.ask(StartChaos(10.0, (kind,), mended_after_seconds=60.0))
    lab.until(2 * HOUR)
    said = {event.message.split()[1] for event in lab.sink.events if event.code == "chaos"}
    assert len(said) == 1
    lab.ask(StopChaos())
    lab.until(5 * HOUR)
    assert node_states(lab) == [NodeState.UP] * 4
    cluster = lab.world.cluster
    assert all(link.up for link in cluster.links.values())
    assert not any(network.partition or network.heartbeat_loss for network in cluster.networks.values())
    assert all(one.up for one in (*cluster.sans.values(), *cluster.luns.values(), *cluster.paths.values()))
    assert cluster.quorum.share_up


def test_a_new_chaos_takes_the_place_of_the_old_one_and_stopping_ends_it() -> None:
    lab = failing(nodes=3)
    lab.ask(StartChaos(3600.0, (FaultKind.LINK,)))
    lab.until(10.0)
    lab.ask(StartChaos(1.0, (FaultKind.WITNESS,)))
    lab.ask(StopChaos())
    told = lab.codes.count("chaos")
    lab.until(HOUR)
    assert lab.codes.count("chaos") == told
    assert blockers(StopChaos().check(lab.world.cluster))


@pytest.mark.parametrize(
    "wrong",
    [
        StartChaos(0.0),
        StartChaos(float("nan")),
        StartChaos(1e9),
        StartChaos(1.0, mended_after_seconds=0.0),
        StartChaos(1.0, chaos_seed=-1),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: StartChaos) -> None:
    assert blockers(wrong.check(failing().world.cluster))


def test_forks_and_checkpoints_meet_the_same_faults() -> None:
    lab = failing(nodes=4)
    lab.ask(StartChaos(60.0))
    copies = []
    for moment in (0.0, 100.0, 900.0, 1800.0):
        lab.until(moment)
        copies += [lab.world.fork(), restore(snapshot(lab.world))]
    lab.until(HOUR)
    for copy in copies:
        advance_to(copy, lab.world.now_ns, Recorder())
        assert snapshot(copy) == snapshot(lab.world)


@pytest.mark.parametrize("seed", range(12))
def test_after_an_hour_of_chaos_everything_that_can_run_runs(seed: int) -> None:
    """A dozen of what `chaos_runs` does by the thousand."""
    world, sink = settled(drawn(seed), seed), Recorder()
    apply(world, StartChaos(30.0, chaos_seed=seed, mended_after_seconds=120.0), sink)
    for minute in range(60):
        advance_to(world, minute * 60 * 10**9, sink)
        assert wrongs(world) == []
    assert settle(world, sink) == []


def test_events_have_windows_own_numbers_where_there_are_such() -> None:
    assert Event(1, 0, Level.ERROR, "node-removed", "").number == 1135
    assert Event(1, 0, Level.ERROR, "quorum-lost", "").number == 1177
    assert Event(1, 0, Level.WARNING, "redirected-access", "").number == 5136
    assert Event(1, 0, Level.INFORMATION, "redirected-access", "").number == 0
    assert Event(1, 0, Level.INFORMATION, "pass-began", "").number == 0
    assert len(set(EVENT_NUMBERS.values())) == len(EVENT_NUMBERS)


SAVING = LoadWatch(
    WatchMode.AUTOMATIC, window_seconds=60, power=PowerSaving(is_on=True, rest_seconds=300, least_nodes=2)
)
NODES = st.integers(0, 4).map(NodeId)
VMS = st.integers(0, 9).map(VmId)
NETWORKS = st.integers(0, 1).map(NetworkId)
SAN = SanId(0)
FELT = (Misconfiguration.DOMAIN, Misconfiguration.FIREWALL, Misconfiguration.CLUSTER_SERVICE)
"""What of a node's set-up the cluster feels at once, or when it comes back."""
REQUESTS: st.SearchStrategy[Request] = st.one_of(
    *(
        st.builds(kind, NODES)
        for kind in (CrashNode, PowerOnNode, PauseNode, ResumeNode, DrainNode, StopClusterService, StartClusterService)
    ),
    *(st.builds(kind, NODES) for kind in (EvictNode, AddNode, ForceQuorum, HangClusterService)),
    *(st.builds(kind, NODES, NETWORKS) for kind in (CutLink, RestoreLink)),
    st.builds(SetNetworkRole, NETWORKS, st.sampled_from(NetworkRole)),
    st.builds(
        PresentLun, st.integers(0, 3).map(LunId), st.none() | st.sets(NODES).map(lambda some: tuple(sorted(some)))
    ),
    *(st.builds(kind, NODES, st.sampled_from(FELT)) for kind in (MisconfigureNode, SetNodeRight)),
    *(st.builds(kind, NODES, st.just(SAN)) for kind in (FailPath, RestorePath)),
    *(st.builds(kind, st.integers(0, 3).map(LunId)) for kind in (FailLun, RestoreLun)),
    *(st.just(one) for one in (FailSan(SAN), RestoreSan(SAN), FailWitnessShare(), RestoreWitnessShare())),
    st.builds(PartitionNetwork, st.sets(NODES, min_size=1).map(lambda group: (tuple(sorted(group)),))),
    st.just(HealNetwork()),
    st.builds(SetHeartbeatLoss, NETWORKS, st.sampled_from([0.0, 0.5, 0.9, 1.0])),
    *(st.builds(kind, VMS, NODES) for kind in (LiveMigrate, QuickMigrate, MoveVm)),
    *(st.builds(kind, VMS) for kind in (StartVm, SaveVm, ShutDownVm, TurnOffVm, ResetVm)),
    st.builds(StartChaos, st.sampled_from([30.0, 300.0]), chaos_seed=st.integers(0, 99)),
    st.just(StopChaos()),
    st.builds(PatchNodes, restarts=st.booleans(), offline_seconds=st.sampled_from([0.0, 30.0])),
    st.just(CancelMaintenance()),
    st.builds(SetLoadWatch, st.sampled_from([LoadWatch(), SAVING])),
)


class AnythingMayHappen(RuleBasedStateMachine):
    """Whatever is asked, in whatever order: no VM runs twice or where it may not, and in the end what can run runs."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab(drawn(0))
        self.fork: World | None = None

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        """A cluster."""
        self.lab = Lab(drawn(seed), seed)

    @rule(request=REQUESTS, seconds=st.sampled_from([0.0, 0.3, 2.0, 5.5, 20.0, 70.0, 200.0]))
    def ask(self, request: Request, seconds: float) -> None:
        """Something is asked, and some time passes; a fork that waits is asked as well."""
        for world in filter(None, (self.lab.world, self.fork)):
            before = world.cluster.record()
            if not apply(world, request, self.lab.sink if world is self.lab.world else Recorder()).accepted:
                assert world.cluster.record() == before
        self._advance(seconds)

    def _advance(self, seconds: float) -> None:
        until = self.lab.world.now_ns + round(seconds * 1e9)
        for world in filter(None, (self.lab.world, self.fork)):
            advance_to(world, until, Recorder())

    @rule(restored=st.booleans())
    @precondition(lambda self: self.fork is None)
    def part(self, restored: bool) -> None:
        """A copy goes on beside the world from here."""
        self.fork = restore(snapshot(self.lab.world)) if restored else self.lab.world.fork()

    @invariant()
    def nothing_is_wrong(self) -> None:
        """At every moment."""
        assert wrongs(self.lab.world) == []

    def teardown(self) -> None:
        """The copy has met the same; and once all is mended, all runs that can."""
        if self.fork is not None:
            assert snapshot(self.fork) == snapshot(self.lab.world)
        assert settle(self.lab.world, self.lab.sink) == []


AnythingMayHappen.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
test_anything_may_happen = AnythingMayHappen.TestCase
