"""Undo, redo, a look at the past, and branches: on the bench, turn by turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import checkpoint
from hvgui.lab.errors import LabError
from hvgui.lab.frames import Comparison, Receipt, Timeline
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.replay import world_of
from hvgui.lab.session import Session
from hvgui.lab.verification import verify
from hvgui.requests.lifecycle import PauseVm, ResumeVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.new_server import NewServer
from hvgui.requests.node_service import AddNode, EvictNode
from hvgui.requests.remove_server import RemoveServer
from hvgui.requests.request import Request

Bench = Any
_T = TypeVar("_T")


class Lab:
    """A lab on the bench, asked as the session asks it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.loop = bench.loop
        self.loop.post(self.loop.begin)
        self.turn()

    def turn(self) -> None:
        self.bench.clock.now += 1.0
        self.bench.turn()

    def submit(self, request: Request) -> Receipt:
        answer: Future[Receipt] = Future()
        self.loop.post(partial(self.loop.submit, request, answer))
        self.turn()
        return answer.result(0)

    def ask(self, step: Callable[[Future[_T]], None]) -> _T:
        answer: Future[_T] = Future()
        self.loop.post(partial(self.loop.past.ask, step, answer))
        while not answer.done():
            self.turn()
        self.turn()
        return answer.result(0)

    def undo(self) -> Receipt:
        return self.ask(self.loop.past.undo)

    def redo(self) -> Receipt:
        return self.ask(self.loop.past.redo)

    def look_at(self, seconds: float, branch: int | None = None) -> None:
        self.ask(partial(self.loop.past.look_at, round(seconds * NANOSECONDS), branch))

    def go_on(self, name: str = "") -> Receipt:
        return self.ask(partial(self.loop.past.go_on_from_here, name))

    def switch_to(self, branch: int) -> Receipt:
        return self.ask(partial(self.loop.past.switch_to, branch))

    def play_until(self, seconds: float) -> None:
        self.loop.set_speed(50.0)
        self.loop.play()
        self.bench.go_on_until(seconds)
        self.loop.pause()
        self.turn()

    @property
    def timeline(self) -> Timeline:
        return [frame.timeline for frame in self.bench.frames if frame.timeline is not None][-1]

    @property
    def mirror(self) -> Cluster:
        """What the window has, from the last opening on."""
        frames = self.bench.frames
        begun = max(place for place, frame in enumerate(frames) if frame.opening is not None)
        cluster = Cluster(frames[begun].opening.record)
        for frame in frames[begun:]:
            cluster.apply(frame.changes)
        return cluster

    def bytes(self) -> bytes:
        return checkpoint.snapshot(self.loop.world)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lab.hvlab"


@pytest.fixture
def lab(bench: Callable[..., Bench], path: Path) -> Lab:
    return Lab(bench(path=path))


@pytest.fixture(autouse=True)
def _agrees(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a story did: the file replays to what it keeps, on every branch."""
    lab = request.getfixturevalue("lab") if "lab" in request.fixturenames else None
    yield
    if lab is not None:
        lab.loop.close()
        found = verify(request.getfixturevalue("path"))
        assert found.agrees, found.difference


def titles(timeline: Timeline) -> list[tuple[str, bool]]:
    return [(mark.title, mark.undone) for mark in timeline.commands]


def test_undo_gives_the_world_just_before_and_redo_the_one_after(lab: Lab) -> None:
    lab.play_until(10)
    before = lab.bytes()
    assert lab.submit(PauseVm(VmId(1))).accepted
    title = PauseVm(VmId(1)).title(lab.loop.world.cluster)
    assert (lab.timeline.undo_title, lab.timeline.redo_title) == (title, None)
    lab.play_until(25)
    after = lab.bytes()
    assert lab.undo().accepted
    assert lab.bytes() == before
    assert lab.mirror.vms[VmId(1)].state is VmState.RUNNING
    assert (lab.timeline.undo_title, lab.timeline.redo_title) == (None, title)
    assert titles(lab.timeline) == [(title, True)]
    assert lab.redo().accepted
    assert lab.bytes() == after
    assert lab.mirror.vms[VmId(1)].state is VmState.PAUSED
    assert lab.redo().problems[0].code == "nothing-to-redo"


def test_several_undos_and_redos_meet_the_same_worlds(lab: Lab) -> None:
    worlds = []
    for number, request in enumerate((LiveMigrate(VmId(0), NodeId(1)), PauseVm(VmId(1)), ResumeVm(VmId(1)))):
        lab.play_until(4.0 * (number + 1))
        worlds.append(lab.bytes())
        assert lab.submit(request).accepted
    lab.play_until(60)
    worlds.append(lab.bytes())
    for world in reversed(worlds[:-1]):
        assert lab.undo().accepted
        assert lab.bytes() == world
    assert lab.undo().problems[0].code == "nothing-to-undo"
    for world in worlds[1:]:
        assert lab.redo().accepted
        assert lab.bytes() == world


def test_what_is_undone_outlives_the_session(lab: Lab, path: Path) -> None:
    lab.play_until(5)
    lab.submit(PauseVm(VmId(1)))
    lab.play_until(9)
    lab.undo()
    undone = lab.bytes()
    lab.loop.close()
    kept = read_lab(path)
    assert kept.undone == 1
    assert checkpoint.snapshot(world_of(kept, path)) == undone


def test_whoever_acts_with_something_undone_leaves_it_to_a_branch(lab: Lab, path: Path) -> None:
    lab.play_until(5)
    lab.submit(PauseVm(VmId(1)))
    lab.submit(TurnOffVm(VmId(0)))
    lab.play_until(20)
    end = lab.bytes()
    lab.undo()
    lab.undo()
    assert lab.submit(LiveMigrate(VmId(0), NodeId(1))).accepted
    timeline = lab.timeline
    assert timeline.branch_name == "main"
    assert [branch.name for branch in timeline.branches] == [
        "main",
        f"before undoing {PauseVm(VmId(1)).title(lab.loop.world.cluster)}",
    ]
    assert [(mark.branch, mark.on_line) for mark in timeline.commands] == [(2, False), (2, False), (1, True)]
    assert timeline.redo_title is None
    lab.play_until(12)
    here = lab.bytes()
    assert lab.switch_to(2).accepted
    assert lab.bytes() == end
    assert lab.switch_to(1).accepted
    assert lab.bytes() == here
    lab.loop.close()
    assert checkpoint.snapshot(world_of(read_lab(path), path)) == here


def test_time_that_passes_with_something_undone_parts_from_it_too(lab: Lab) -> None:
    lab.play_until(5)
    lab.submit(PauseVm(VmId(1)))
    lab.undo()
    lab.play_until(8)
    assert len(lab.timeline.branches) == 2
    assert lab.redo().problems[0].code == "nothing-to-redo"
    assert lab.mirror.vms[VmId(1)].state is VmState.RUNNING


def test_a_look_at_the_past_is_for_looking(lab: Lab) -> None:
    lab.play_until(5)
    lab.submit(PauseVm(VmId(1)))
    lab.play_until(20)
    present = lab.bytes()
    lab.look_at(3.5)
    assert lab.timeline.looking_at_ns == 3_500_000_000
    assert lab.mirror.vms[VmId(1)].state is VmState.RUNNING
    assert lab.bench.frames[-1].time_ns == 3_500_000_000
    assert lab.submit(PauseVm(VmId(1))).problems[0].code == "in-the-past"
    assert lab.undo().problems[0].code == "in-the-past"
    lab.loop.play()
    lab.turn()
    assert not lab.bench.frames[-1].pace.playing
    assert lab.bytes() == present
    lab.look_at(7)
    assert lab.mirror.vms[VmId(1)].state is VmState.PAUSED
    lab.ask(lab.loop.past.return_to_present)
    assert lab.timeline.looking_at_ns is None
    assert lab.mirror.record() == lab.loop.world.cluster.record()
    assert lab.submit(ResumeVm(VmId(1))).accepted


def test_a_moment_outside_the_line_is_its_nearest_end(lab: Lab) -> None:
    lab.play_until(5)
    lab.look_at(-3)
    assert lab.timeline.looking_at_ns == 0
    lab.look_at(500)
    assert lab.timeline.looking_at_ns is None, "that is the present"


def test_going_on_from_a_moment_of_the_past(lab: Lab, path: Path) -> None:
    lab.play_until(5)
    lab.submit(PauseVm(VmId(1)))
    lab.play_until(20)
    main = lab.bytes()
    lab.look_at(10)
    assert lab.go_on("What if").accepted
    assert (lab.timeline.branch, lab.timeline.branch_name, lab.timeline.looking_at_ns) == (2, "What if", None)
    assert lab.submit(LiveMigrate(VmId(0), NodeId(1))).command == 2
    lab.play_until(60)
    what_if = lab.bytes()
    assert lab.mirror.vms[VmId(0)].owner == NodeId(1)
    comparison: Comparison = lab.ask(partial(lab.loop.past.compare, (1, None, 2, None)))
    assert [mark.number for mark in comparison.only_in_second] == [2]
    assert comparison.only_in_first == ()
    assert (comparison.parted_ns, comparison.first_ns) == (10 * NANOSECONDS, lab.timeline.branches[0].last_ns)
    owner = next(one for one in comparison.differences if one.what == "owner node")
    assert (owner.kind, owner.id, owner.first, owner.second) == ("vm", 0, "NODE1", "NODE2")
    assert owner.sentence in comparison.sentences
    assert lab.switch_to(1).accepted
    assert lab.bytes() == main
    assert lab.switch_to(2).accepted
    assert lab.bytes() == what_if
    lab.loop.close()
    assert checkpoint.snapshot(world_of(read_lab(path), path)) == what_if


def test_undo_reaches_behind_where_a_branch_began(lab: Lab) -> None:
    """The command is its parent's: both go on to be there, and the name stays with what is lived."""
    lab.play_until(5)
    before = lab.bytes()
    lab.submit(PauseVm(VmId(1)))
    lab.play_until(20)
    lab.look_at(10)
    lab.go_on("What if")
    lab.submit(TurnOffVm(VmId(0)))
    lab.undo()
    assert lab.undo().accepted
    assert lab.bytes() == before
    assert lab.timeline.branch_name == "What if"
    assert lab.submit(TurnOffVm(VmId(1))).accepted
    names = {branch.id: branch.name for branch in lab.timeline.branches}
    assert names[1] == "main"
    assert names[2].startswith("before undoing ")
    assert names[3] == "What if" == lab.timeline.branch_name
    assert lab.switch_to(2).accepted
    assert lab.mirror.vms[VmId(0)].state is VmState.OFF
    assert lab.mirror.vms[VmId(1)].state is VmState.PAUSED


def test_branches_of_what_was_undone_stay_with_it(lab: Lab) -> None:
    lab.play_until(5)
    lab.submit(PauseVm(VmId(1)))
    lab.play_until(20)
    lab.look_at(15)
    lab.go_on("child")
    child = lab.bytes()
    lab.switch_to(1)
    lab.undo()
    lab.play_until(9)
    parents = {branch.name: branch.parent for branch in lab.timeline.branches}
    assert parents["child"] == 3
    lab.switch_to(2)
    assert lab.bytes() == child
    assert lab.mirror.vms[VmId(1)].state is VmState.PAUSED


def test_renaming_and_deleting_branches(lab: Lab, path: Path) -> None:
    lab.play_until(5)
    lab.look_at(2)
    lab.go_on("one")
    lab.submit(PauseVm(VmId(1)))
    past = lab.loop.past
    codes = [
        lab.ask(partial(past.delete_branch, 2)).problems[0].code,
        lab.ask(partial(past.delete_branch, 1)).problems[0].code,
        lab.ask(partial(past.delete_branch, 9)).problems[0].code,
        lab.ask(partial(past.rename_branch, 2, "main")).problems[0].code,
        lab.ask(partial(past.rename_branch, 2, "  ")).problems[0].code,
    ]
    assert codes == ["branch-in-use", "has-branches", "no-such-branch", "name-taken", "no-name"]
    assert lab.ask(partial(past.rename_branch, 2, "better")).accepted
    assert [branch.name for branch in lab.timeline.branches] == ["main", "better"]
    lab.switch_to(1)
    assert lab.ask(partial(past.delete_branch, 2)).accepted
    assert [branch.name for branch in lab.timeline.branches] == ["main"]
    assert lab.timeline.commands == ()
    with pytest.raises(LabError, match="no branch 2"):
        lab.look_at(1, 2)


def test_the_events_shown_are_those_of_the_moment_shown(lab: Lab) -> None:
    lab.play_until(5)
    lab.submit(PauseVm(VmId(1)))
    lab.submit(PauseVm(VmId(0)))
    lab.undo()
    opening = [frame.opening for frame in lab.bench.frames if frame.opening is not None][-1]
    assert [event.vm for event in opening.events] == [VmId(1)]


def test_without_a_file_there_is_nothing_to_go_back_to(bench: Callable[..., Bench]) -> None:
    lab = Lab(bench())
    lab.submit(PauseVm(VmId(1)))
    assert lab.undo().problems[0].code == "nothing-kept"
    with pytest.raises(LabError, match="Nothing of this lab"):
        lab.look_at(0)


def test_an_undone_present_before_its_branch_is_not_kept_on_it(lab: Lab, path: Path) -> None:
    """Opened again and left again there: the branch must not get a state of before it began."""
    lab.play_until(5)
    lab.submit(PauseVm(VmId(1)))
    lab.play_until(20)
    lab.look_at(10)
    lab.go_on("What if")
    lab.submit(TurnOffVm(VmId(0)))
    lab.undo()
    lab.undo()
    undone = lab.bytes()
    lab.loop.close()
    for _ in range(2):
        session = Session.open(path)
        assert session.opening().time_ns == lab.loop.world.now_ns
        session.close()
        assert verify(path).agrees
    assert checkpoint.snapshot(world_of(read_lab(path), path)) == undone


def test_a_server_that_comes_is_undone_done_again_and_compared(lab: Lab) -> None:
    """The file replays to the bit on every branch, whatever their servers; see `_agrees`."""
    lab.play_until(65)
    before, new = lab.bytes(), NodeId(2)
    assert lab.submit(NewServer("NODE3")).accepted
    lab.play_until(100)
    assert lab.submit(AddNode(new)).accepted
    lab.play_until(130)
    assert lab.submit(LiveMigrate(VmId(0), new, None, True)).accepted
    lab.play_until(400)
    assert lab.loop.world.cluster.vms[VmId(0)].owner == new
    after = lab.bytes()
    for _ in range(3):
        lab.undo()
    assert lab.bytes() == before
    assert sorted(lab.mirror.nodes) == [0, 1]
    for _ in range(3):
        lab.redo()
    lab.play_until(400)
    assert lab.bytes() == after
    assert lab.mirror.record() == lab.loop.world.cluster.record()
    lab.look_at(60)
    assert lab.go_on("small").accepted
    lab.play_until(450)
    comparison: Comparison = lab.ask(partial(lab.loop.past.compare, (1, None, 2, None)))
    said = [one.sentence for one in comparison.differences if one.kind == "node" and one.name == "NODE3"]
    assert said == ["NODE3: state is up in main; there is no such node in small."]
    assert any("Bring the server NODE3 into the lab" in one for one in comparison.sentences)
    lab.switch_to(1)
    assert sorted(lab.mirror.nodes) == [0, 1, 2]


def test_an_evicted_server_that_was_removed_is_there_again_when_that_is_undone(lab: Lab) -> None:
    lab.play_until(30)
    assert lab.submit(NewServer("NODE3")).accepted
    assert lab.submit(AddNode(NodeId(2))).accepted
    lab.play_until(90)
    assert lab.submit(EvictNode(NodeId(2))).accepted
    lab.play_until(95)
    before = lab.bytes()
    assert lab.submit(RemoveServer(NodeId(2))).accepted
    lab.play_until(200)
    assert sorted(lab.loop.world.cluster.nodes) == [0, 1]
    lab.undo()
    assert lab.bytes() == before
    lab.redo()
    assert lab.mirror.record() == lab.loop.world.cluster.record()
    assert sorted(lab.mirror.nodes) == [0, 1]
    lab.undo()
    assert lab.mirror.nodes[NodeId(2)].name == "NODE3"
