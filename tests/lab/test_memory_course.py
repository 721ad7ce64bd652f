"""Forecasts of memory: who gives, who gets, and when; and they come true."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from hvgui.cluster.ids import VmId
from hvgui.cluster.units import MIB
from hvgui.lab.forecast import forecast_of, reduced
from hvgui.lab.memory_course import in_words
from hvgui.requests.guests import SetLoad
from hvgui.requests.lifecycle import PauseVm
from hvgui.requests.memory import SetMemory
from memory_labs import assigned_mib, breathing, memory_lab


def test_a_course_says_who_gives_and_who_gets_and_comes_true() -> None:
    lab = memory_lab(breathing(0, 3000, weight=9000), breathing(1, 3000, weight=1000), gigabytes=5)
    lab.run(60)
    settings = lab.world.cluster.vms[VmId(1)].memory.settings
    request = SetMemory(VmId(1), replace(settings, weight=9500))
    told = forecast_of(reduced(lab.world, request), request)
    course = told.memory
    assert course is not None
    moves = in_words(lab.world.cluster, course)
    assert {(vm, change > 0) for vm, change, _ in moves} == {(VmId(0), False), (VmId(1), True)}
    lab.ask(request)
    lab.run(60)
    for column, vm in enumerate(course.vms):
        assert course.assigned_bytes[-1, column] == assigned_mib(lab, vm) * MIB
    end = max(moment for _, _, moment in moves)
    assert 60 < end < 90


def test_demand_is_part_of_it() -> None:
    lab = memory_lab(breathing(0, 1000))
    lab.run(30)
    load = lab.world.cluster.vms[VmId(0)].load
    request = SetLoad(VmId(0), replace(load, memory=replace(load.memory, level=2.0)))
    course = forecast_of(reduced(lab.world, request), request).memory
    assert course is not None
    assert np.allclose(course.demand_bytes[1:] / MIB, 2048)
    assert course.times_seconds[0] == 31


def test_other_requests_carry_none() -> None:
    lab = memory_lab(breathing(0, 1000))
    request = PauseVm(VmId(0))
    assert forecast_of(reduced(lab.world, request), request).memory is None
