"""Forecasts: what is foretold is what happens, on forks, in another process or without one."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.profiles import StopRule
from hvgui.cluster.tasks import Task
from hvgui.cluster.units import GIB, NANOSECONDS
from hvgui.engine import checkpoint, run
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder, Silent
from hvgui.engine.world import World
from hvgui.exchange.samples import sample
from hvgui.lab.errors import LabError
from hvgui.lab.forecast import forecast, forecast_of, reduced
from hvgui.lab.forecasters import Duty, Forecasters
from hvgui.lab.frames import Forecast
from hvgui.lab.session import Session
from hvgui.requests.cloning import CloneVm, cloned
from hvgui.requests.imports import ImportVm
from hvgui.requests.lifecycle import PauseVm, ShutDownVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate, QuickMigrate
from hvgui.requests.request import Request
from storage_labs import busy_guest, storage_record

MIGRATE = LiveMigrate(VmId(0), NodeId(1))
PATIENCE_SECONDS = 30.0


class Inline(Executor):
    """Does everything at once, in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as every executor does
            future.set_exception(error)
        return future


class Later(Executor):
    """Does nothing until told to."""

    def __init__(self) -> None:
        self.work: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert not kwargs
        self.work.append((Future(), fn, args))
        return self.work[-1][0]

    def do_one(self) -> None:
        future, fn, args = self.work.pop(0)
        future.set_result(fn(*args))


def seen(world: World, request: Request) -> Future[bytes]:
    """The world as a session's engine thread would hand it over."""
    future: Future[bytes] = Future()
    future.set_result(reduced(world, request))
    return future


def what_happens(world: World, request: Request) -> Task:
    """Does it, and gives the task as it ended."""
    told = Recorder()
    assert run.apply(world, request, told).accepted
    run.advance_to(world, world.now_ns + 3_600 * NANOSECONDS, told, lambda: bool(told.tasks))
    return told.tasks[0]


def at(record: ClusterRecord, seconds: float, seed: int = 4) -> World:
    world = settled(record, seed)
    run.advance_to(world, round(seconds * NANOSECONDS), Silent())
    return world


@pytest.mark.parametrize("request_", [MIGRATE, QuickMigrate(VmId(0), NodeId(1))])
@pytest.mark.parametrize("seconds", [0.0, 17.25])
def test_what_is_foretold_is_what_happens(record: ClusterRecord, request_: Request, seconds: float) -> None:
    world = at(record, seconds)
    foretold = forecast_of(reduced(world, request_), request_)
    task = what_happens(world, request_)
    assert foretold.result == "succeeded"
    result = task.result
    assert result is not None
    assert foretold.duration_seconds is not None
    assert foretold.blackout_seconds is not None
    assert foretold.sent_bytes is not None
    assert foretold.passes is not None
    assert foretold.duration_seconds.middle == result.duration_seconds
    assert foretold.blackout_seconds.low <= result.blackout_seconds <= foretold.blackout_seconds.high
    assert foretold.blackout_seconds.middle == result.blackout_seconds
    assert foretold.sent_bytes.middle == result.sent_bytes
    assert foretold.passes.middle == result.passes
    assert foretold.streams_stalled == result.streams_stalled
    assert foretold.connections_lost == result.connections_lost
    assert foretold.tasks[0] == task


@pytest.mark.parametrize("seed", range(6))
def test_other_weather_stays_within_the_range(record: ClusterRecord, seed: int) -> None:
    """A forecast is made from five weathers, and widened by what the model does not know; a sixth lies within."""
    foretold = forecast(at(record, 5.0), MIGRATE)
    result = what_happens(at(record, 5.0, seed=100 + seed), MIGRATE).result
    assert result is not None
    figures = (result.duration_seconds, result.blackout_seconds, float(result.sent_bytes))
    spans = (foretold.duration_seconds, foretold.blackout_seconds, foretold.sent_bytes)
    for figure, span in zip(figures, spans, strict=True):
        assert span is not None
        assert span.low <= figure <= span.high


def test_a_guest_that_outruns_the_link_will_not_converge(hard_record: ClusterRecord) -> None:
    world = at(hard_record, 3.0)
    foretold = forecast_of(reduced(world, MIGRATE), MIGRATE)
    assert not foretold.converges
    assert foretold.message.startswith("Will not converge: ")
    assert "then a blackout of about 9." in foretold.message
    assert foretold.streams_stalled == 1
    result = what_happens(world, MIGRATE).result
    assert result is not None
    assert not result.converged
    assert foretold.blackout_seconds is not None
    assert foretold.blackout_seconds.low <= result.blackout_seconds <= foretold.blackout_seconds.high
    # A gigabyte over a gigabit's 117.7 MB/s.
    assert result.blackout_seconds == pytest.approx(1024**3 / 117.7e6, rel=0.05)


def test_a_rule_without_an_end_is_told_as_such(hard_record: ClusterRecord) -> None:
    profile = hard_record.profile
    endless = replace(profile.pass_rule, stop=StopRule.THRESHOLD, max_passes=0, blackout_target_seconds=0.3)
    world = at(replace(hard_record, profile=replace(profile, pass_rule=endless)), 1.0)
    foretold = forecast(world, MIGRATE, horizon_seconds=600.0)
    assert foretold.result == "unfinished"
    assert not foretold.converges
    assert "does not come to an end by itself" in foretold.message


def test_a_refusal_is_foretold_with_its_reason(record: ClusterRecord) -> None:
    request = LiveMigrate(VmId(0), NodeId(0))
    foretold = forecast(at(record, 1.0), request)
    assert foretold.result == "refused"
    assert foretold.problems == request.check(settled(record).cluster)
    assert str(foretold.problems[0]) in foretold.message


def test_what_takes_no_time_takes_effect_at_once(record: ClusterRecord) -> None:
    foretold = forecast(at(record, 1.0), PauseVm(VmId(1)))
    assert foretold.result == "succeeded"
    assert foretold.duration_seconds is None
    assert "WEB01" in foretold.message


def test_a_shut_down_takes_its_time(record: ClusterRecord) -> None:
    foretold = forecast(at(record, 1.0), ShutDownVm(VmId(1)))
    assert foretold.result == "succeeded"
    assert foretold.duration_seconds is not None
    assert foretold.duration_seconds.middle > 1.0
    assert foretold.message.startswith("Takes about")


def test_turning_off_a_vm_in_migration_shows_what_becomes_of_it(record: ClusterRecord) -> None:
    world = at(record, 1.0)
    run.apply(world, MIGRATE, Silent())
    run.advance_to(world, 8 * NANOSECONDS, Silent())
    foretold = forecast(world, PauseVm(VmId(1)))
    assert foretold.result == "succeeded"
    assert [task.vm for task in foretold.tasks] == [VmId(0)]
    assert forecast(world, TurnOffVm(VmId(0))).result == "refused"


def test_a_forecast_changes_nothing_in_its_world(record: ClusterRecord) -> None:
    world = at(record, 9.5)
    before = checkpoint.snapshot(world)
    forecast(world, MIGRATE)
    reduced(world, MIGRATE)
    assert checkpoint.snapshot(world) == before


def test_a_large_world_travels_light_and_foretells_the_same() -> None:
    """Of 1,000 VMs on 16 nodes, those on two go along; noise and all, they meet the same weather."""
    record = sample("r2-maximum")
    world = at(record, 12.0)
    vm = next(vm for vm in record.vms if not LiveMigrate(vm.id, NodeId(3)).check(world.cluster))
    request = LiveMigrate(vm.id, NodeId(3))
    data = reduced(world, request)
    assert len(data) < len(checkpoint.snapshot(world)) / 4
    foretold = forecast_of(data, request)
    assert foretold.tasks[0] == what_happens(world, request)


def test_a_migration_elsewhere_stays_out_of_it() -> None:
    """Two nodes that share nothing with ours are left behind, and so is what happens there."""
    big = sample("r2-maximum")
    world = at(big, 2.0)

    def between(source: int, target: int) -> LiveMigrate:
        candidates = (LiveMigrate(vm.id, NodeId(target)) for vm in big.vms if vm.owner == source)
        return next(request for request in candidates if not request.check(world.cluster))

    ours, theirs, chained = between(0, 1), between(2, 3), between(1, 4)
    alone = len(reduced(world, ours))
    assert run.apply(world, theirs, Silent()).accepted
    assert len(reduced(world, ours)) < 1.1 * alone
    assert run.apply(world, chained, Silent()).accepted
    assert len(reduced(world, ours)) > 1.3 * alone
    queued = replace(ours, queue=True)
    foretold = forecast_of(reduced(world, queued), queued)
    assert {task.vm for task in foretold.tasks} <= {ours.vm, chained.vm}
    assert foretold.tasks[-1].vm == ours.vm
    told = Recorder()
    task = run.apply(world, queued, told).task
    run.advance_to(world, world.now_ns + 600 * NANOSECONDS, told)
    assert [one for one in told.tasks if one.id == task] == [foretold.tasks[-1]]


def test_the_newest_forecast_wins(record: ClusterRecord) -> None:
    later = Later()
    forecasters = Forecasters(later)
    world = at(record, 1.0)
    first = forecasters.forecast(seen(world, MIGRATE), MIGRATE)
    second = forecasters.forecast(seen(world, MIGRATE), MIGRATE)
    third = forecasters.forecast(seen(world, MIGRATE), MIGRATE)
    assert len(later.work) == 1, "one is worked on at a time"
    assert second.cancelled()
    later.do_one()
    assert first.done()
    later.do_one()
    assert third.result(0).result == "succeeded"
    assert later.work == []
    forecasters.close()


def test_any_executor_will_do(record: ClusterRecord) -> None:
    forecasters = Forecasters(Inline())
    found = forecasters.forecast(seen(at(record, 1.0), MIGRATE), MIGRATE).result(0)
    assert replace(found, seconds_of_work=0.0) == replace(forecast(at(record, 1.0), MIGRATE), seconds_of_work=0.0)
    forecasters.close()


def test_without_a_process_forecasts_come_from_a_thread(record: ClusterRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_process(*_: object, **__: object) -> Executor:
        raise OSError("no more processes")

    monkeypatch.setattr("hvgui.lab.forecasters.ProcessPoolExecutor", no_process)
    forecasters = Forecasters()
    found = forecasters.forecast(seen(at(record, 1.0), MIGRATE), MIGRATE).result(PATIENCE_SECONDS)
    assert found.result == "succeeded"
    assert isinstance(forecasters._executor, ThreadPoolExecutor)
    forecasters.close()


def test_in_a_thread_a_forecast_keeps_to_the_engines_duty() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    duty = Duty(lambda: now[0], sleep)
    for _ in range(1_000):
        now[0] += 0.001
        duty()
    assert 1.0 / (1.0 + sum(slept)) == pytest.approx(0.25, abs=0.02)


def test_a_failing_forecast_fails_alone(record: ClusterRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Forecast:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("hvgui.lab.forecasters.forecast_of", fail)
    forecasters = Forecasters(Inline())
    broken = forecasters.forecast(seen(at(record, 1.0), MIGRATE), MIGRATE)
    assert isinstance(broken.exception(0), ZeroDivisionError)
    monkeypatch.undo()
    assert forecasters.forecast(seen(at(record, 1.0), MIGRATE), MIGRATE).result(0).result == "succeeded"
    forecasters.close()


def test_a_session_forecasts_in_another_process_and_ends_it(record: ClusterRecord, tmp_path: Path) -> None:
    session = Session.new(record, seed=4, path=tmp_path / "lab.hvlab")
    session.start()
    found = session.forecast(MIGRATE).result(PATIENCE_SECONDS)
    assert len(multiprocessing.active_children()) == 1
    receipt = session.submit(MIGRATE).result(PATIENCE_SECONDS)
    assert receipt.accepted
    assert found.tasks[0] == what_happens(settled(record, 4), MIGRATE)
    session.close()
    assert multiprocessing.active_children() == []


def test_closing_does_not_wait_for_a_long_forecast(hard_record: ClusterRecord, tmp_path: Path) -> None:
    """A migration without an end is looked ahead for two seconds of work; closing the lab drops it."""
    endless = replace(hard_record.profile.pass_rule, stop=StopRule.THRESHOLD, max_passes=0)
    profile = replace(hard_record.profile, pass_rule=endless)
    session = Session.new(replace(hard_record, profile=profile), path=tmp_path / "lab.hvlab")
    session.start()
    session.forecast(PauseVm(VmId(1))).result(PATIENCE_SECONDS)
    answer = session.forecast(MIGRATE)
    while not answer.running():
        assert not answer.done()
    session.close()
    assert isinstance(answer.exception(0), LabError)
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_is_replaced_by_a_thread(record: ClusterRecord, tmp_path: Path) -> None:
    session = Session.new(record, path=tmp_path / "lab.hvlab")
    session.start()
    session.forecast(MIGRATE).result(PATIENCE_SECONDS)
    (worker,) = multiprocessing.active_children()
    worker.kill()
    worker.join()
    assert session.forecast(MIGRATE).result(PATIENCE_SECONDS).result == "succeeded"
    session.close()


def test_a_clone_and_an_import_are_forecast_as_they_go() -> None:
    world = settled(storage_record(replace(busy_guest(), state=VmState.OFF, assigned_bytes=0), busy_guest(1, 1)), 1)
    asked = CloneVm(vm=VmId(0), name="COPY", guid="00000000-0000-0000-0000-0000000000cc", to=NodeId(1))
    forecasts = [forecast_of(reduced(world, asked), asked)]
    machine = cloned(world.cluster, asked)
    brought = ImportVm(machine=machine)
    forecasts.append(forecast_of(reduced(world, brought), brought))
    for told, factor in zip(forecasts, (2.0, 1.0), strict=True):
        assert told.result == "succeeded"
        assert told.duration_seconds is not None
        assert told.duration_seconds.middle == pytest.approx(factor * 10 * GIB / 125e6, rel=0.02)
        assert told.message.startswith("Takes about")
    assert VmId(2) not in world.cluster.vms
