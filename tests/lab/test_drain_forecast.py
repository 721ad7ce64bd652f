"""Forecasts of drains against what happens then: how long, who moves where, who can't leave."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine_world import NODE1, Lab, guest
from failover_labs import failing
from hvgui.cluster.tasks import TaskState
from hvgui.engine import checkpoint
from hvgui.lab.forecast import forecast, forecast_of, reduced
from hvgui.lab.frames import Forecast
from hvgui.requests.faults import CrashNode
from hvgui.requests.node_service import DrainNode, StopClusterService


def _drained(lab: Lab) -> float:
    """Drains the first node; gives the seconds that took."""
    before = lab.world.now_ns
    lab.ask(DrainNode(NODE1))
    return (lab.until_told("drain-completed").time_ns - before) / 1e9


def _middle(found: Forecast) -> float:
    assert found.duration_seconds is not None
    return found.duration_seconds.middle


def test_a_drain_takes_as_long_as_was_foretold_and_goes_where() -> None:
    lab = failing(*(guest(number, gigabytes=2) for number in range(4)))
    found = forecast_of(reduced(lab.world, DrainNode(NODE1)), DrainNode(NODE1))
    assert found.result == "succeeded"
    assert found.message.endswith("4 VMs move.")
    seconds = _drained(lab)
    assert _middle(found) == pytest.approx(seconds, rel=0.01)
    moved = [(task.vm, task.target) for task in lab.sink.tasks if task.state is TaskState.SUCCEEDED]
    assert [(task.vm, task.target) for task in found.tasks] == moved


def test_who_can_not_leave_is_named_and_the_world_is_left_alone() -> None:
    lab = failing(guest(0), replace(guest(1), possible_owners=(NODE1,)))
    before = checkpoint.snapshot(lab.world)
    found = forecast(lab.world, DrainNode(NODE1))
    assert checkpoint.snapshot(lab.world) == before
    assert found.result == "failed"
    assert "1 VM moves." in found.message
    assert "VM01 can't leave it" in found.message


def test_nothing_to_move_takes_effect_at_once() -> None:
    found = forecast(failing().world, DrainNode(replace(guest()).owner))
    assert found.result == "succeeded"
    lab = failing()
    lab.ask(DrainNode(NODE1))
    lab.until_told("drain-completed")
    again = forecast(lab.world, DrainNode(NODE1))
    assert again.message == "Nothing has to move: it takes effect at once."


def test_a_service_that_stops_quick_migrates_and_a_refusal_is_said() -> None:
    lab = failing(guest(0))
    found = forecast(lab.world, StopClusterService(NODE1))
    assert found.message.endswith("1 VM moves.")
    lab.ask(CrashNode(NODE1))
    refused = forecast(lab.world, DrainNode(NODE1))
    assert refused.result == "refused"
    assert "not up" in refused.message


def test_a_drain_that_is_longer_than_can_be_looked_ahead_says_how_far_it_was() -> None:
    ticks = iter(range(1_000_000))
    lab = failing(*(guest(number, gigabytes=2) for number in range(4)))
    found = forecast(lab.world, DrainNode(NODE1), clock=lambda: float(next(ticks)))
    assert found.result == "unfinished"
    assert found.message.startswith("Takes longer than")
