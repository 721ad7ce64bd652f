"""Power saving among faults: in every phase of it a node may die, and nobody is left without room because of it."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from msgspec.structs import replace

from chaos_labs import drawn, needs_power, settle, wrongs
from engine_world import NODE1, NODE2, NODE3, Lab, guest, lab_record
from failover_labs import PATIENT
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load import LoadCurve
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.machines import VmState
from hvgui.cluster.power_saving import PowerSaving
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.run import advance_to, apply
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.requests.chaos import StartChaos
from hvgui.requests.faults import CrashNode
from hvgui.requests.load_watch import SetLoadWatch
from hvgui.requests.network_faults import HangClusterService, PartitionNetwork

SAVING = LoadWatch(
    WatchMode.AUTOMATIC, window_seconds=60, power=PowerSaving(is_on=True, rest_seconds=300, least_nodes=2)
)


def night() -> Lab:
    """Six nodes whose hours end after half an hour."""
    vms = (guest(number, number % 6, 3, cpu=LoadCurve(level=0.05)) for number in range(12))
    watch = replace(SAVING, power=replace(SAVING.power, from_hour=0.0, until_hour=0.5, least_nodes=0))
    record = lab_record(*(replace(vm, failover=PATIENT) for vm in vms), nodes=6)
    lab = Lab(record)
    lab.ask(SetLoadWatch(watch))
    return lab


def phases() -> list[float]:
    """Moments in the middle of what happens between two steps of a quiet night."""
    lab = night()
    lab.until(2100.0)
    codes = ("power-", "drain-", "live-migrate-", "node-", "service-", "pass-")
    told = [event.time_ns / 1e9 for event in lab.sink.events if event.code.startswith(codes)]
    found = [(one + other) / 2 for one, other in pairwise(sorted({50.0, *told, 2000.0})) if other - one > 0.5]
    assert {"power-emptying", "power-off", "power-on", "power-filling"} <= set(lab.codes)
    return found[:: max(1, len(found) // 8)]


@pytest.mark.parametrize("dead", [NODE1, NODE2, NODE3])
def test_a_node_dies_or_is_cut_off_in_each_phase(dead: NodeId) -> None:
    for moment in phases():
        for fault in (CrashNode(dead), PartitionNetwork(((dead,),)), HangClusterService(dead)):
            lab = night()
            lab.until(moment)
            if not apply(lab.world, fault, lab.sink).accepted:
                continue
            assert wrongs(lab.world) == []
            twin = restore(snapshot(lab.world))
            lab.until(lab.seconds + 40.0)
            assert wrongs(lab.world) == []
            assert advance_to(twin, lab.world.now_ns, Recorder())
            assert snapshot(twin) == snapshot(lab.world)
            assert settle(lab.world, lab.sink) == []
            assert {vm.state for vm in lab.world.cluster.vms.values()} == {VmState.RUNNING}


def roomy(seed: int) -> ClusterRecord:
    """A cluster of the chaos tests with more nodes, so that some can be off."""
    dice = Random(seed)
    record = drawn(seed)
    if dice.random() < 0.4:
        return record
    nodes = dice.randint(5, 7)
    vms = tuple(
        replace(
            guest(number, number % nodes, dice.choice([2, 4, 8]), cpu=LoadCurve(level=0.05)),
            highly_available=dice.random() < 0.95,
            failover=PATIENT,
            anti_affinity=dice.choice([(), (), ("dc",)]),
        )
        for number in range(dice.randint(nodes, 3 * nodes))
    )
    return lab_record(*vms, nodes=nodes, profile=record.profile)


def in_chaos(seed: int, minutes: int) -> tuple[World, Recorder]:
    """Chaos for so many minutes, in which it is judged every twenty seconds."""
    world, sink = settled(roomy(seed), seed), Recorder()
    apply(world, SetLoadWatch(SAVING), sink)
    apply(world, StartChaos(20.0, chaos_seed=seed, mended_after_seconds=200.0), sink)
    since: dict[str, int] = {}
    for step in range(minutes * 3):
        advance_to(world, step * 20 * 10**9, sink)
        assert wrongs(world) == []
        now = {text: since.get(text, world.now_ns) for text in needs_power(world)}
        assert all(world.now_ns - began < 20 * 10**9 for began in now.values()), now
        since = now
    return world, sink


@pytest.mark.parametrize("seed", range(16))
def test_nobody_is_left_without_room_by_it_and_in_the_end_all_runs(seed: int) -> None:
    """A few of what `tests/bench/chaos_runs.py` does by the hundred."""
    world, sink = in_chaos(seed, 60)
    assert settle(switched_off(world, sink), sink) == []


def switched_off(world: World, sink: Recorder) -> World:
    """Who saves power is to be on again when it is judged whether everybody is up."""
    apply(world, SetLoadWatch(LoadWatch()), sink)
    advance_to(world, world.now_ns + round((NODE_BOOT_SECONDS + 60.0) * 1e9), sink)
    return world


def test_power_is_saved_in_some_of_these_nights() -> None:
    saved = [in_chaos(seed, 30)[1].events for seed in range(6)]
    assert sum(any(event.code == "power-off" for event in events) for events in saved) >= 2
