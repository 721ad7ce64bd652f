"""Whatever is asked, whenever, at whatever speed: the journal gives the same world again, bit for bit."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NetworkId, NodeId, TaskId, VmId
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import checkpoint
from hvgui.engine.settling import settled
from hvgui.exchange.samples import sample
from hvgui.lab.engine_loop import EngineLoop
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE, Receipt
from hvgui.lab.keeper import Keeper
from hvgui.lab.lab_reading import Command
from hvgui.lab.outbox import Outbox
from hvgui.lab.replay import replay
from hvgui.requests.faults import CrashNode, CutLink, PowerOnNode, RestoreLink, SetLinkSpeed
from hvgui.requests.lifecycle import PauseVm, ResumeVm, SaveVm, ShutDownVm, StartVm, TurnOffVm
from hvgui.requests.migration import CancelMigration, LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.request import Request

RECORD: ClusterRecord = sample("article-lab")
VMS = st.sampled_from([VmId(0), VmId(1), VmId(2)])
NODES = st.sampled_from([NodeId(0), NodeId(1)])
NETWORKS = st.sampled_from([NetworkId(0), NetworkId(1)])
REQUESTS: st.SearchStrategy[Request] = st.one_of(
    st.builds(LiveMigrate, VMS, NODES, queue=st.booleans()),
    st.builds(LiveMigrate, VMS, NODES, queue=st.just(True)),
    st.builds(QuickMigrate, VMS, NODES),
    st.builds(MoveVm, VMS, NODES),
    st.builds(CancelMigration, st.integers(0, 5).map(TaskId)),
    *(st.builds(kind, VMS) for kind in (PauseVm, ResumeVm, SaveVm, StartVm, ShutDownVm, TurnOffVm)),
    st.builds(CutLink, NODES, NETWORKS),
    st.builds(RestoreLink, NODES, NETWORKS),
    st.builds(SetLinkSpeed, NODES, NETWORKS, st.sampled_from([12.5e6, 125e6, 1.25e9])),
    st.builds(CrashNode, NODES),
    st.builds(PowerOnNode, NODES),
)
MOVES = st.lists(
    st.tuples(
        st.floats(0.0, 40.0),
        st.sampled_from([1.0, 7.7, 300.0, AS_FAST_AS_POSSIBLE]),
        st.booleans(),
        st.lists(REQUESTS, max_size=3),
    ),
    min_size=1,
    max_size=8,
)


class Hand:
    """A clock that goes on by itself a little at each reading."""

    def __init__(self, seconds_a_reading: float) -> None:
        self.now, self.seconds_a_reading = 0.0, seconds_a_reading

    def __call__(self) -> float:
        self.now += self.seconds_a_reading
        return self.now


def turn(loop: EngineLoop, clock: Hand) -> bool:
    """A turn and its rest. False: time stands."""
    rest = loop.turn()
    clock.now += rest or 0.0
    return rest is not None


@settings(max_examples=60)
@given(MOVES, st.sampled_from([2e-5, 7e-4, 3e-3]))
def test_the_journal_gives_the_same_world_again(
    moves: list[tuple[float, float, bool, list[Request]]], reading: float
) -> None:
    clock, journal = Hand(reading), list[Command]()
    outbox = Outbox()
    loop = EngineLoop(settled(RECORD, seed=11), Keeper(None, None, clock), outbox, clock)
    for seconds, speed, by_step, requests in moves:
        if by_step:
            loop.step()
            while turn(loop, clock):
                pass
        until_ns = loop.world.now_ns + round(seconds * NANOSECONDS)
        loop.set_speed(speed)
        loop.play()
        while loop.world.now_ns < until_ns:
            assert turn(loop, clock)
        for request in requests:
            answer: Future[Receipt] = Future()
            loop.post(partial(loop.submit, request, answer))
            at_ns = loop.world.now_ns
            clock.now += 1e-6
            loop._hear(clock())
            loop._acknowledge()
            if answer.result(0).accepted:
                journal.append(Command(len(journal) + 1, at_ns, request))
    assert not loop.has_crashed
    loop.pause()
    loop.turn()
    again = settled(RECORD, seed=11)
    replay(again, journal, loop.world.now_ns)
    assert checkpoint.snapshot(again) == checkpoint.snapshot(loop.world)


@settings(max_examples=40)
@given(MOVES, st.integers(0, 7))
def test_a_checkpoint_in_between_changes_nothing(
    moves: list[tuple[float, float, bool, list[Request]]], kept_after: int
) -> None:
    """What opening a lab does: a checkpoint, and the commands behind it."""
    journal: list[Command] = []
    world, restored = settled(RECORD, seed=3), settled(RECORD, seed=3)
    for place, (seconds, _, _, requests) in enumerate(moves):
        until_ns = world.now_ns + round(seconds * NANOSECONDS)
        commands = []
        for request in requests:
            if not any(problem.severity.value == "blocker" for problem in request.check(world.cluster)):
                commands.append(Command(len(journal) + len(commands), world.now_ns, request))
                replay(world, commands[-1:], world.now_ns)
        journal += commands
        replay(world, (), until_ns)
        replay(restored, commands, until_ns)
        if place == kept_after:
            restored = checkpoint.restore(checkpoint.snapshot(restored))
    assert checkpoint.snapshot(restored) == checkpoint.snapshot(world)
