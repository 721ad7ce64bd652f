"""The engine's turns: slices, pauses, steps, requests in mid-play; and that none of it changes what happens."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.events import Event
from hvgui.cluster.ids import NetworkId, NodeId, VmId
from hvgui.cluster.tasks import Phase
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import checkpoint, run
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE, Receipt
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.replay import world_of
from hvgui.requests.faults import CutLink
from hvgui.requests.lifecycle import PauseVm, ResumeVm, StartVm
from hvgui.requests.migration import LiveMigrate, QuickMigrate
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from conftest import Bench

MIGRATE = LiveMigrate(VmId(0), NodeId(1))
ExpectLog = Callable[[str], AbstractContextManager[list[str]]]


def ask(bench: Bench, request: Request) -> Receipt:
    """Submits a request and takes the turn that answers it."""
    answer: Future[Receipt] = Future()
    bench.loop.post(partial(bench.loop.submit, request, answer))
    bench.turn()
    assert answer.done()
    return answer.result()


def flat_out(record: ClusterRecord, seconds: float, *requests: Request) -> list[Event]:
    """What happens when the engine runs by itself, in one go."""
    world, told = settled(record, seed=7), Recorder()
    for request in requests:
        assert run.apply(world, request, told).accepted
    run.advance_to(world, round(seconds * NANOSECONDS), told)
    return told.events


@pytest.mark.parametrize("speed", [1.0, 17.3, 1_000.0, AS_FAST_AS_POSSIBLE])
def test_the_same_happens_at_any_speed(bench: Callable[..., Bench], record: ClusterRecord, speed: float) -> None:
    one = bench(reading=5e-4)
    ask(one, MIGRATE)
    one.loop.set_speed(speed)
    one.loop.play()
    one.go_on_until(40)
    until_ns = 40 * NANOSECONDS
    assert [event for event in one.events() if event.time_ns <= until_ns] == flat_out(record, 40, MIGRATE)


def test_at_real_time_the_clock_keeps_to_the_wall(bench: Callable[..., Bench]) -> None:
    one = bench()
    began = one.clock.now
    one.loop.play()
    one.go_on_until(3)
    assert one.clock.now - began == pytest.approx(one.loop.world.now_ns / NANOSECONDS, abs=0.05)
    assert one.frames[-1].pace.effective_speed == pytest.approx(1.0, abs=0.05)


def test_a_slice_is_short_and_the_rest_after_it_long(bench: Callable[..., Bench]) -> None:
    one = bench(reading=1e-3)
    one.loop.set_speed(AS_FAST_AS_POSSIBLE)
    one.loop.play()
    for _ in range(20):
        before = one.clock.now
        rest = one.loop.turn()
        assert rest is not None
        worked = one.clock.now - before
        assert worked < 0.015
        assert rest >= 0.010
        one.clock.now += rest


def test_without_a_reason_to_wake_the_loop_sleeps(bench: Callable[..., Bench]) -> None:
    one = bench()
    assert one.loop.turn() is None
    one.loop.play()
    assert one.loop.turn() is not None
    one.loop.pause()
    assert one.loop.turn() is None


def test_progress_moves_smoothly_between_two_steps_of_a_migration(bench: Callable[..., Bench]) -> None:
    one = bench()
    ask(one, MIGRATE)
    one.loop.play()
    one.go_on_until(6)
    copying = [m for frame in one.frames for m in frame.migrations if m.phase is Phase.COPYING and m.pass_number == 1]
    sent = [progress.sent_bytes for progress in copying]
    assert len(sent) > 100
    assert sent == sorted(sent)
    # Gigabit carries less than 2 MB in a sixtieth of a second.
    assert max(after - before for before, after in itertools.pairwise(sent)) < 4_000_000


def test_step_stops_where_something_happens(bench: Callable[..., Bench], record: ClusterRecord) -> None:
    one = bench()
    ask(one, MIGRATE)
    wanted = {event.time_ns for event in flat_out(record, 60, MIGRATE) if event.time_ns > 0}
    met = set()
    for _ in range(200):
        one.loop.step()
        while one.turn() is not None:
            pass
        assert not one.frames[-1].pace.playing
        met.add(one.loop.world.now_ns)
        if not one.loop.world.procedures:
            break
    assert wanted <= met


def test_where_nothing_is_under_way_a_step_is_a_second(bench: Callable[..., Bench], record: ClusterRecord) -> None:
    one = bench(ClusterRecord(nodes=record.nodes, networks=record.networks, links=record.links))
    one.loop.step()
    while one.turn() is not None:
        pass
    assert one.loop.world.now_ns == NANOSECONDS


def test_a_refusal_names_its_reason_and_leaves_no_trace(bench: Callable[..., Bench], tmp_path: Path) -> None:
    one = bench(path=tmp_path / "a.hvlab")
    before = checkpoint.snapshot(one.loop.world)
    receipt = ask(one, LiveMigrate(VmId(0), NodeId(0)))
    assert not receipt.accepted
    assert receipt.problems
    assert checkpoint.snapshot(one.loop.world) == before
    assert [event.code for frame in one.frames for event in frame.events] == ["request-refused"]
    one.loop.close()
    assert read_lab(tmp_path / "a.hvlab").commands == ()


def test_requests_in_mid_play_are_replayed_to_the_same_world(bench: Callable[..., Bench], tmp_path: Path) -> None:
    """Commands fall at whatever moment the slices have come to; the journal knows which, and that is enough."""
    path = tmp_path / "busy.hvlab"
    one = bench(path=path, reading=3e-4)
    one.loop.set_speed(37.0)
    one.loop.play()
    script: list[tuple[float, Request]] = [
        (1.0, MIGRATE),
        (3.3, PauseVm(VmId(1))),
        (9.1, ResumeVm(VmId(1))),
        (30.0, QuickMigrate(VmId(1), NodeId(0))),
        (55.5, StartVm(VmId(2))),
        (70.0, CutLink(NodeId(0), NetworkId(1))),
    ]
    for seconds, request in script:
        one.go_on_until(seconds)
        assert ask(one, request).accepted, request
    one.go_on_until(130)
    one.loop.pause()
    one.turn()
    one.keeper.commit(one.loop.world.now_ns)
    kept = read_lab(path)
    assert len(kept.commands) == len(script)
    assert kept.checkpoint_ns < kept.reached_ns
    assert checkpoint.snapshot(world_of(kept, path)) == checkpoint.snapshot(one.loop.world)


def test_many_requests_at_once_are_all_answered(bench: Callable[..., Bench], tmp_path: Path) -> None:
    one = bench(path=tmp_path / "many.hvlab")
    answers: list[Future[Receipt]] = []
    for number in range(60):
        answers.append(Future())
        request = (PauseVm if number % 2 == 0 else ResumeVm)(VmId(1))
        one.loop.post(partial(one.loop.submit, request, answers[-1]))
    while not all(answer.done() for answer in answers):
        one.turn()
    assert [answer.result().command for answer in answers] == list(range(1, 61))


def test_a_flood_of_requests_is_heard_in_slices(bench: Callable[..., Bench]) -> None:
    """A thousand at once: the thread rests in between, as with everything it does."""
    one = bench(reading=1e-4)
    answers: list[Future[Receipt]] = []
    for number in range(1_000):
        answers.append(Future())
        one.loop.post(partial(one.loop.submit, (PauseVm if number % 2 == 0 else ResumeVm)(VmId(1)), answers[-1]))
    worked = rested = 0.0
    while not answers[-1].done():
        before = one.clock.now
        rest = one.loop.turn()
        worked += one.clock.now - before
        if not answers[-1].done():
            assert rest is not None
            assert rest >= 0.011
            assert one.clock.now - before < 0.010
            # A message that comes meanwhile wakes the loop, and changes nothing about its rest.
            waiting = sum(answer.done() for answer in answers)
            one.loop.turn()
            assert sum(answer.done() for answer in answers) == waiting
            one.clock.now += rest
            rested += rest
    assert all(answer.result().accepted for answer in answers)
    assert worked < 0.3 * (worked + rested)


def test_a_failing_engine_is_told_and_reported(
    bench: Callable[..., Bench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectLog
) -> None:
    path = tmp_path / "fails.hvlab"
    one = bench(path=path)
    ask(one, MIGRATE)

    def fail(*_: object) -> bool:
        raise ZeroDivisionError("a bug")

    one.loop.play()
    monkeypatch.setattr(run, "advance_to", fail)
    with expect_log("the engine has stopped"):
        one.turn()
    (event,) = (event for frame in one.frames for event in frame.events if event.code == "engine-crash")
    assert "ZeroDivisionError" in event.message
    (report,) = tmp_path.glob("hvgui-crash-*.txt")
    assert "a bug" in report.read_text(encoding="utf-8")
    assert one.turn() is None, "time stands"
    assert not ask(one, PauseVm(VmId(1))).accepted
    monkeypatch.undo()
    one.loop.close()
    assert [command.request for command in read_lab(path).commands] == [MIGRATE]


def test_a_request_that_brings_the_engine_down_is_not_kept(
    bench: Callable[..., Bench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectLog
) -> None:
    path = tmp_path / "fails.hvlab"
    one = bench(path=path)

    def fail(*_: object) -> bool:
        raise KeyError("a bug")

    monkeypatch.setattr(run, "apply", fail)
    answer: Future[Receipt] = Future()
    one.loop.post(partial(one.loop.submit, MIGRATE, answer))
    with expect_log("the engine has stopped"):
        one.turn()
    one.loop.close()
    assert read_lab(path).commands == ()
    assert answer.done()
    assert not answer.result().accepted
