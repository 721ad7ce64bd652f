"""Whatever is asked, undone, looked at and gone on from, in whatever order: the lab stays whole, and every branch too.

A machine of hypothesis plays with a lab on a bench. After every step the cluster has to be one that can be; a world
that is come back to has to be the one that was left, bit for bit; at the end the file has to replay on all branches.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import NetworkId, NodeId, TaskId, VmId
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import checkpoint
from hvgui.engine.settling import settled
from hvgui.engine.world import World
from hvgui.exchange.samples import sample
from hvgui.lab.engine_loop import EngineLoop
from hvgui.lab.frames import Receipt, Timeline
from hvgui.lab.keeper import Keeper
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.outbox import Outbox
from hvgui.lab.replay import world_of
from hvgui.lab.verification import verify
from hvgui.requests.faults import CrashNode, CutLink, PowerOnNode, RestoreLink
from hvgui.requests.lifecycle import PauseVm, ResumeVm, SaveVm, ShutDownVm, StartVm, TurnOffVm
from hvgui.requests.migration import CancelMigration, LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.request import Request

RECORD: ClusterRecord = sample("article-lab")
VMS = st.integers(0, 3).map(VmId)
NODES = st.integers(0, 1).map(NodeId)
REQUESTS: st.SearchStrategy[Request] = st.one_of(
    st.builds(LiveMigrate, VMS, NODES, queue=st.booleans()),
    *(st.builds(kind, VMS, NODES) for kind in (QuickMigrate, MoveVm)),
    *(st.builds(kind, VMS) for kind in (PauseVm, ResumeVm, SaveVm, StartVm, ShutDownVm, TurnOffVm)),
    st.builds(CancelMigration, st.integers(0, 5).map(TaskId)),
    *(st.builds(kind, NODES, st.integers(0, 1).map(NetworkId)) for kind in (CutLink, RestoreLink)),
    *(st.builds(kind, NODES) for kind in (CrashNode, PowerOnNode)),
)
MOST_BRANCHES = 8
_T = TypeVar("_T")


class Clock:
    """Goes on by itself a little at each reading."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1e-4
        return self.now


class AnyPast(RuleBasedStateMachine):
    """A lab, and what its branches were when they were left."""

    @initialize()
    def begin(self) -> None:
        """A new lab."""
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "lab.hvlab"
        self.clock, self.outbox = Clock(), Outbox()
        world = settled(RECORD, seed=2)
        keeper = Keeper(LabFile.create(self.path, name="Lab", seed=2), None, self.clock)
        assert keeper.checkpoint(world)
        self.left: dict[int, bytes] = {}
        self.timeline = Timeline(1, "main", 0)
        self.run(world, keeper)

    def run(self, world: World, keeper: Keeper) -> None:
        self.loop = EngineLoop(world, keeper, self.outbox, self.clock, name="Lab")
        self.loop.begin()
        self.turn()

    def turn(self) -> None:
        self.clock.now += 1.0
        self.loop.turn()
        assert not self.loop.has_crashed
        for frame in self.outbox.drain():
            self.timeline = frame.timeline or self.timeline

    def ask(self, step: Callable[[Future[_T]], None]) -> _T:
        answer: Future[_T] = Future()
        self.loop.post(partial(self.loop.past.ask, step, answer))
        while not answer.done():
            self.turn()
        self.turn()
        return answer.result(0)

    @property
    def bytes(self) -> bytes:
        return checkpoint.snapshot(self.loop.world)

    @rule(request=REQUESTS)
    def request(self, request: Request) -> None:
        """Something is asked, and accepted or refused."""
        answer: Future[Receipt] = Future()
        self.loop.post(partial(self.loop.submit, request, answer))
        self.turn()
        receipt = answer.result(0)
        assert receipt.accepted == (receipt.command is not None)

    @rule(seconds=st.sampled_from([0.3, 2.0, 17.0, 90.0]))
    def let_time_pass(self, seconds: float) -> None:
        """Time goes for a while."""
        until_ns = self.loop.world.now_ns + round(seconds * NANOSECONDS)
        self.loop.post(partial(self.loop.set_speed, 40.0))
        self.loop.post(self.loop.play)
        while self.loop.world.now_ns < until_ns:
            self.turn()
        self.loop.post(self.loop.pause)
        self.turn()

    @rule()
    def undo(self) -> None:
        """The last command is undone, or there is none."""
        before_ns, title = self.loop.world.now_ns, self.timeline.undo_title
        receipt = self.ask(self.loop.past.undo)
        assert receipt.accepted == (title is not None)
        assert self.loop.world.now_ns <= before_ns
        assert self.timeline.redo_title == (title if receipt.accepted else self.timeline.redo_title)

    @rule()
    def redo(self) -> None:
        """The next undone command is done again, or there is none."""
        title = self.timeline.redo_title
        receipt = self.ask(self.loop.past.redo)
        assert receipt.accepted == (title is not None)
        if receipt.accepted:
            assert self.timeline.undo_title == title

    @rule()
    def undo_and_redo(self) -> None:
        """Both after one another lead to the same world."""
        before = self.bytes
        if self.ask(self.loop.past.undo).accepted:
            assert self.ask(self.loop.past.redo).accepted
            assert self.bytes == before

    @rule(share=st.floats(0.0, 1.2))
    def look_and_return(self, share: float) -> None:
        """The past is looked at; the present stays what it was."""
        before = self.bytes
        self.ask(partial(self.loop.past.look_at, round(share * self.loop.world.now_ns), None))
        shown = self.loop.past.past
        assert inconsistencies((shown or self.loop.world).cluster.record()) == ()
        self.ask(self.loop.past.return_to_present)
        assert self.bytes == before

    @precondition(lambda self: len(self.timeline.branches) < MOST_BRANCHES)
    @rule(share=st.floats(0.0, 0.99), data=st.data())
    def go_on_from_the_past(self, share: float, data: st.DataObject) -> None:
        """A branch is opened at a moment of any branch; the one before is left as it is."""
        mark = data.draw(st.sampled_from(self.timeline.branches))
        self.left[self.timeline.branch] = self.bytes
        self.ask(partial(self.loop.past.look_at, round(share * mark.last_ns), mark.id))
        if self.loop.past.past is not None:
            assert self.ask(partial(self.loop.past.go_on_from_here, "")).accepted

    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        """Another branch is lived, from where it was left."""
        mark = data.draw(st.sampled_from(self.timeline.branches))
        before = self.timeline.branch
        self.left[before] = self.bytes
        assert self.ask(partial(self.loop.past.switch_to, mark.id)).accepted
        assert self.timeline.branch == mark.id
        assert self.bytes == self.left.get(mark.id, self.bytes)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """A branch goes, unless it is lived or others have left it."""
        mark = data.draw(st.sampled_from(self.timeline.branches))
        has_children = any(other.parent == mark.id for other in self.timeline.branches)
        receipt = self.ask(partial(self.loop.past.delete_branch, mark.id))
        assert receipt.accepted == (mark.id != self.timeline.branch and not has_children)

    @rule()
    def close_and_open(self) -> None:
        """The lab is closed and opened again: the same world."""
        before, branch = self.bytes, self.timeline.branch
        self.loop.close()
        kept = read_lab(self.path)
        world = world_of(kept, self.path)
        assert checkpoint.snapshot(world) == before
        keeper = Keeper(LabFile.attach(self.path, branch=kept.branch), None, self.clock, kept_ns=-1)
        self.run(world, keeper)
        assert self.timeline.branch == branch

    @invariant()
    def the_cluster_can_be(self) -> None:
        """Each VM on one node, memory within the hosts', disks attached once, no id twice."""
        if not hasattr(self, "loop"):
            return
        cluster = self.loop.world.cluster
        assert inconsistencies(cluster.record()) == ()
        assert all(cluster.free_bytes_on(node) >= 0 for node in cluster.nodes)

    @invariant()
    def a_state_survives_being_kept(self) -> None:
        """Kept and restored it is the same to the last bit, as if it had gone on."""
        if hasattr(self, "loop"):
            assert checkpoint.snapshot(checkpoint.restore(self.bytes)) == self.bytes

    @invariant()
    def the_timeline_is_in_order(self) -> None:
        """Numbers rise along the line; what is undone lies ahead of what is not."""
        if not hasattr(self, "loop"):
            return
        line = [mark for mark in self.timeline.commands if mark.on_line]
        moments = [mark.time_ns for mark in line]
        assert moments == sorted(moments)
        assert [mark.undone for mark in line] == sorted(mark.undone for mark in line)

    def teardown(self) -> None:
        """Every branch replays to what was kept of it."""
        if not hasattr(self, "loop"):
            return
        self.loop.close()
        found = verify(self.path)
        shutil.rmtree(self.folder)
        assert found.agrees, found.difference


TestAnyPast = AnyPast.TestCase
TestAnyPast.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
