"""The load watch: tips that say why, moves that help, and a balance that never swings."""

from __future__ import annotations

from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from numpy.typing import NDArray

from engine_world import NODE1, NODE2, NODE3, VM, Lab, guest, lab_record
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load import CurveKind, Load, LoadCurve
from hvgui.cluster.load_watch import LoadWatch, Tip, TipState, WatchedResource, WatchMode
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.units import nanoseconds
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.observe import metrics_sample
from hvgui.engine.run import advance_to, apply
from hvgui.engine.sink import Recorder
from hvgui.engine.watch_figures import watch_figures
from hvgui.requests.faults import CrashNode, PauseNode, ResumeNode
from hvgui.requests.guests import SetLoad
from hvgui.requests.lifecycle import TurnOffVm
from hvgui.requests.load_watch import DismissTip, ImplementTip, SetLoadWatch
from hvgui.requests.migration import LiveMigrate

MANUAL = LoadWatch(WatchMode.MANUAL, window_seconds=60, aggressiveness=4)
AUTOMATIC = replace(MANUAL, mode=WatchMode.AUTOMATIC)


def busy(number: int, owner: int, processors: float, gigabytes: int = 1) -> VirtualMachine:
    """A VM of four virtual processors that wants so many of its node's sixteen."""
    vm = guest(number, owner, gigabytes, cpu=LoadCurve(level=processors / 4.0))
    return replace(vm, vcpus=4)


def overloaded(nodes: int = 3) -> ClusterRecord:
    """Seven VMs of 2 processors each and one of 3 on the first node: 17 of 16."""
    return lab_record(*(busy(number, 0, 2.0) for number in range(7)), busy(7, 0, 3.0, gigabytes=4), nodes=nodes)


def watching(record: ClusterRecord, watch: LoadWatch = MANUAL) -> Lab:
    lab = Lab(record)
    lab.ask(SetLoadWatch(watch))
    return lab


def tips(lab: Lab) -> tuple[Tip, ...]:
    return lab.world.cluster.tips.all


def test_an_overloaded_node_beside_idle_ones_raises_one_tip_that_says_why() -> None:
    lab = watching(overloaded())
    lab.until(58.0)
    assert tips(lab) == ()
    lab.until(70.0)
    (tip,) = tips(lab)
    assert (tip.node, tip.resource, tip.state) == (NODE1, WatchedResource.PROCESSORS, TipState.OPEN)
    assert "NODE1 has used 106% of its processors" in tip.reason
    assert len(tip.evidence) == 30
    assert tip.evidence[-1] == pytest.approx(17 / 16)
    assert tip.vm is not None
    assert tip.target in (NODE2, NODE3)
    assert tip.target_after == pytest.approx(tip.target_before + tip.share - tip.source_after)
    assert lab.codes.count("tip-raised") == 1
    lab.until(200.0)
    assert [one.id for one in tips(lab)] == [tip.id]


def test_a_tip_carried_out_does_what_it_foretold() -> None:
    lab = watching(overloaded())
    lab.until(70.0)
    (tip,) = tips(lab)
    lab.ask(ImplementTip(tip.id))
    assert tips(lab)[0].state is TipState.UNDER_WAY
    lab.until_quiet()
    result = lab.ended().result
    assert result is not None
    assert result.duration_seconds == pytest.approx(tip.seconds, rel=0.02)
    assert lab.world.cluster.vms[lab.ended().vm].owner == tip.target
    lab.until(400.0)
    assert metrics_sample(lab.world).node_cpu_share[0] == pytest.approx(tip.source_after / 0.98, rel=0.02)
    assert all(one.id != tip.id for one in tips(lab))


def test_a_dismissed_tip_stays_away_until_the_load_has_fallen() -> None:
    lab = watching(overloaded())
    lab.until(70.0)
    (tip,) = tips(lab)
    lab.ask(DismissTip(tip.id))
    lab.until(300.0)
    assert [one.state for one in tips(lab)] == [TipState.DISMISSED]
    assert not apply(lab.world, ImplementTip(tip.id), lab.sink).accepted
    for number in range(4):
        lab.ask(TurnOffVm(lab.world.cluster.vms[number].id))
    lab.until(400.0)
    assert tips(lab) == ()


def test_a_tip_goes_when_the_load_falls_below_the_hysteresis_and_not_before() -> None:
    lab = watching(overloaded())
    lab.until(70.0)
    lab.ask(TurnOffVm(lab.world.cluster.vms[0].id))
    lab.ask(TurnOffVm(lab.world.cluster.vms[1].id))
    lab.until(200.0)
    assert len(tips(lab)) == 1, "13 of 16 lies between limit and hysteresis"
    lab.ask(TurnOffVm(lab.world.cluster.vms[2].id))
    lab.until(300.0)
    assert tips(lab) == ()
    assert "tip-withdrawn" in lab.codes


def test_where_nobody_can_go_the_tip_says_so_and_is_refused_with_a_sentence() -> None:
    record = overloaded(2)
    fixed = tuple(replace(vm, possible_owners=(NODE1,)) for vm in record.vms)
    lab = watching(replace(record, vms=fixed))
    lab.until(70.0)
    (tip,) = tips(lab)
    assert tip.vm is None
    outcome = apply(lab.world, ImplementTip(tip.id), lab.sink)
    assert [problem.code for problem in outcome.problems] == ["no-move"]


def test_a_tip_whose_vm_has_left_by_itself_is_withdrawn_and_the_node_watched_anew() -> None:
    lab = watching(overloaded())
    lab.until(70.0)
    (tip,) = tips(lab)
    assert tip.vm is not None
    elsewhere = NODE2 if tip.target == NODE3 else NODE3
    lab.ask(LiveMigrate(vm=tip.vm, to=elsewhere))
    lab.until_quiet()
    lab.until(lab.seconds + 4.0)
    assert tips(lab) == ()
    assert lab.sink.events[-1].message.endswith(f"{lab.world.cluster.vms[tip.vm].name} has left it")
    lab.until(lab.seconds + 90.0)
    (again,) = tips(lab)
    assert again.id != tip.id, "it has still too much to do"
    assert lab.world.cluster.vms[again.vm or VM].owner == NODE1


def test_a_tip_goes_with_its_migration_even_if_the_watch_is_off_or_looks_seldom() -> None:
    for watch in (LoadWatch(), replace(MANUAL, window_seconds=86_400)):
        lab = watching(overloaded())
        lab.until(70.0)
        lab.ask(ImplementTip(tips(lab)[0].id))
        lab.ask(SetLoadWatch(watch))
        assert [tip.state for tip in tips(lab)] == [TipState.UNDER_WAY]
        lab.until_quiet()
        lab.until(lab.seconds + 2.0)
        assert tips(lab) == ()


def test_a_tip_for_a_node_that_dies_is_withdrawn() -> None:
    lab = watching(overloaded())
    lab.until(70.0)
    lab.ask(CrashNode(node=NODE1))
    lab.until(75.0)
    assert tips(lab) == ()
    assert "the node is not up" in next(one.message for one in lab.sink.events if one.code == "tip-withdrawn")


def test_by_hand_too_a_tip_proposes_what_is_possible_now() -> None:
    """The target is paused: another one is proposed. With no target left the tip says so, and finds one that comes."""
    lab = watching(overloaded())
    lab.until(70.0)
    (tip,) = tips(lab)
    assert tip.target is not None
    lab.ask(PauseNode(node=tip.target))
    lab.until(74.0)
    (fresh,) = tips(lab)
    assert fresh.id == tip.id
    assert {tip.target, fresh.target} == {NODE2, NODE3}
    lab.ask(PauseNode(node=fresh.target or NODE2))
    lab.until(78.0)
    assert tips(lab)[0].vm is None
    lab.ask(ResumeNode(node=tip.target))
    lab.until(78.0 + 60.0)
    assert tips(lab)[0].target == tip.target, "looked at again within a window"
    lab.ask(ImplementTip(tip.id))


def test_a_tip_that_waits_follows_the_loads_window_by_window() -> None:
    others = [busy(10 + number, 1 + number % 2, 0.4) for number in range(6)]
    record = overloaded()
    lab = watching(replace(record, vms=(*record.vms, *others)))
    lab.until(70.0)
    (tip,) = tips(lab)
    assert tip.target is not None
    for vm in lab.world.cluster.vms_on(tip.target):
        lab.ask(SetLoad(vm, Load(cpu=LoadCurve(level=1.0))))
    lab.until(70.0 + 4 * 60.0)
    (later,) = tips(lab)
    assert later.id == tip.id
    assert later.target not in (tip.target, None), "the other has twelve of its sixteen busy by now"
    assert later.share == pytest.approx(17 / 16)


def test_figures_are_the_window_of_a_tip_and_change_nothing() -> None:
    lab = Lab(overloaded())
    off = watch_figures(lab.world)
    assert off.share(WatchedResource.PROCESSORS, NODE1) == pytest.approx(17 / 16)
    assert off.window(WatchedResource.PROCESSORS, NODE1) == ()
    lab.ask(SetLoadWatch(MANUAL))
    lab.until(20.0)
    seen = watch_figures(lab.world)
    assert (seen.counted(NODE1), len(seen.window(WatchedResource.PROCESSORS, NODE1))) == (10, 10)
    assert seen.share(WatchedResource.PROCESSORS, NODE1) == pytest.approx(17 / 16)
    assert seen.pressure(MANUAL, NODE1) == pytest.approx(17 / 16 / 0.85)
    lab.until(70.0)
    before = snapshot(lab.world)
    seen = watch_figures(lab.world)
    assert seen.window(WatchedResource.PROCESSORS, NODE1) == tips(lab)[0].evidence
    assert snapshot(lab.world) == before


def test_quiet_hours_hold_the_automatic_back() -> None:
    lab = watching(overloaded(), replace(AUTOMATIC, quiet_from_hour=0.1, quiet_until_hour=0.2))
    lab.until(350.0)
    assert "tip-carried-out" not in lab.codes
    lab.until(600.0)
    assert "tip-carried-out" in lab.codes


@pytest.mark.parametrize(
    ("watch", "code"),
    [
        (replace(MANUAL, aggressiveness=6), "aggressiveness"),
        (replace(MANUAL, window_seconds=1), "window"),
        (replace(MANUAL, quiet_from_hour=3.0), "quiet-hours"),
        (replace(MANUAL, memory_limit=0.0), "limit"),
        (replace(MANUAL, hysteresis=0.9), "hysteresis"),
    ],
)
def test_settings_that_cannot_be_are_refused(watch: LoadWatch, code: str) -> None:
    lab = Lab(overloaded())
    outcome = apply(lab.world, SetLoadWatch(watch), lab.sink)
    assert [problem.code for problem in outcome.problems] == [code]


def test_a_checkpoint_in_mid_window_changes_nothing() -> None:
    whole = watching(overloaded(), AUTOMATIC)
    whole.until(41.3)
    again, sink = restore(snapshot(whole.world)), Recorder()
    assert snapshot(again) == snapshot(whole.world)
    fork, forked = whole.world.fork(), Recorder()
    until = nanoseconds(500.0)
    for world, told in ((whole.world, whole.sink), (again, sink), (fork, forked)):
        advance_to(world, until, told)
    assert snapshot(again) == snapshot(whole.world) == snapshot(fork)
    assert sink.events == forked.events
    assert "tip-carried-out" in whole.codes


def random_load(dice: Random) -> Load:
    return Load(
        cpu=LoadCurve(level=dice.random() * 0.9),
        disk_iops=LoadCurve(level=dice.random() * 3_000.0),
        network_bytes_per_second=LoadCurve(level=dice.random() * 20e6),
    )


def random_watch(dice: Random, aggressiveness: int) -> LoadWatch:
    limits = [dice.uniform(0.4, 0.95) for _ in range(4)]
    hysteresis = dice.choice((0.0, 0.1, 0.3))
    return LoadWatch(WatchMode.AUTOMATIC, aggressiveness, dice.choice((60, 90, 300)), None, None, *limits, hysteresis)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_at_steady_load_nothing_is_ever_moved_twice(seed: int, aggressiveness: int) -> None:
    dice = Random(seed)
    nodes = dice.randint(2, 4)
    vms = [
        replace(guest(number, int(dice.random() ** 2 * nodes), 1), vcpus=4, load=random_load(dice))
        for number in range(dice.randint(4, 7 * nodes))
    ]
    lab = watching(lab_record(*vms, nodes=nodes), random_watch(dice, aggressiveness))
    lab.until(1500.0)
    moved = [task.vm for task in lab.sink.tasks]
    assert len(moved) == len(set(moved))
    before = len(moved)
    lab.until(3500.0)
    assert len(lab.sink.tasks) - before <= max(0, len(vms) - before)
    moved = [task.vm for task in lab.sink.tasks]
    assert len(moved) == len(set(moved))
    lab.until(3500.0 + 40.0 * len(vms) * lab.world.cluster.load_watch.sample_seconds)
    assert all(tip.vm is None for tip in tips(lab)), "who is still overloaded has no move left that helps"


def overload_seconds(record: ClusterRecord, watch: LoadWatch | None, seconds: int, limit: float) -> list[int]:
    """By node, for how many of the seconds its guests want more than the limit."""
    lab = Lab(record, seed=3)
    if watch is not None:
        lab.ask(SetLoadWatch(watch))
    found = np.zeros(len(record.nodes), dtype=np.int64)
    for second in range(1, seconds + 1):
        lab.until(float(second))
        sample = metrics_sample(lab.world)
        owner, active, vcpus, _ = lab.world.guests.assignment()
        wanted = np.bincount(owner, weights=sample.vm_cpu_wanted_share * vcpus * active, minlength=len(found))
        found += wanted / 16.0 > limit
    return [int(one) for one in found]


@pytest.mark.parametrize("seed", range(4))
def test_under_random_load_every_node_is_overloaded_for_less_time_than_without(seed: int) -> None:
    dice = Random(seed)
    vms = []
    for number in range(26):
        curve = LoadCurve(
            dice.choice((CurveKind.BURSTY, CurveKind.DAILY, CurveKind.CONSTANT)),
            level=0.15 + 0.3 * dice.random(),
            swing=0.2 * dice.random(),
            period_seconds=dice.choice((300.0, 900.0)),
            burst_share=0.3,
            noise=0.3,
        )
        owner = (0, 0, 0, 1, 1, 2, 3)[number % 7]
        vms.append(replace(guest(number, owner, 1, cpu=curve), vcpus=4))
    record = lab_record(*vms, nodes=4)
    watch = replace(AUTOMATIC, processors_limit=0.8)
    without, balanced = (overload_seconds(record, one, 2400, 0.8) for one in (None, watch))
    assert sum(without) > 0
    assert all(after <= before for after, before in zip(balanced, without, strict=True)), (without, balanced)
    assert sum(balanced) < 0.5 * sum(without)


def wanted_shares(record: ClusterRecord, watch: LoadWatch | None, seconds: int) -> NDArray[np.float64]:
    """By second and node, what its guests want of its sixteen processors."""
    lab = Lab(record, seed=3)
    if watch is not None:
        lab.ask(SetLoadWatch(watch))
    found = np.zeros((seconds, len(record.nodes)))
    for second in range(seconds):
        lab.until(float(second + 1))
        sample = metrics_sample(lab.world)
        owner, active, vcpus, _ = lab.world.guests.assignment()
        wanted = np.bincount(owner, weights=sample.vm_cpu_wanted_share * vcpus * active, minlength=found.shape[1])
        found[second] = wanted / 16.0
    return found


def overloaded_windows(shares: NDArray[np.float64], limit: float) -> NDArray[np.int64]:
    """By node, at how many seconds the mean of the minute before stands above the limit."""
    sums = np.cumsum(np.vstack([np.zeros(shares.shape[1]), shares]), axis=0)
    found: NDArray[np.int64] = ((sums[60:] - sums[:-60]) / 60.0 > limit).sum(axis=0)
    return found


@pytest.mark.parametrize("seed", [100, 107, 113, 117])
def test_in_a_crowded_cluster_no_node_suffers_as_the_worst_did_and_hardly_anything_waits(seed: int) -> None:
    """Seven tenths of all processors are wanted, in bursts: whoever takes a VM is now and then above the limit, too."""
    dice, vms = Random(seed), []
    for number in range(26):
        curve = LoadCurve(
            dice.choice((CurveKind.BURSTY, CurveKind.DAILY, CurveKind.CONSTANT)),
            level=0.2 + 0.4 * dice.random(),
            swing=0.4 * dice.random(),
            period_seconds=dice.choice((300.0, 900.0)),
            burst_share=0.3,
            noise=0.3,
        )
        vms.append(replace(guest(number, dice.choice((0, 0, 1, 1, 2, 3)), 1, cpu=curve), vcpus=4))
    record = lab_record(*vms, nodes=4)
    without = wanted_shares(record, None, 2400)
    balanced = wanted_shares(record, replace(AUTOMATIC, processors_limit=0.8), 2400)
    assert without.mean() == pytest.approx(0.7, abs=0.06)
    assert overloaded_windows(balanced, 0.8).max() < overloaded_windows(without, 0.8).max()
    unserved, left = (np.maximum(one - 1.0, 0.0).sum(axis=0) for one in (without, balanced))
    assert left.sum() < 0.2 * unserved.sum()
    assert left.max() < unserved.max()


def test_node_ids_are_not_confused_with_rows() -> None:
    """The first node is down, so that rows of the balancer and ids differ."""
    record = overloaded(4)
    moved = tuple(replace(vm, owner=NodeId(3)) for vm in record.vms)
    down = replace(record.nodes[0], state=NodeState.DOWN)
    lab = watching(replace(record, vms=moved, nodes=(down, *record.nodes[1:])), AUTOMATIC)
    lab.until(400.0)
    assert lab.sink.tasks
    assert {task.source for task in lab.sink.tasks} == {NodeId(3)}


def test_a_checkpoint_whose_watch_makes_no_sense_is_a_sentence() -> None:
    lab = watching(overloaded())
    lab.until(70.0)
    whole = msgspec.msgpack.decode(snapshot(lab.world))
    damages: list[tuple[str, object]] = [
        ("filled", b"\x00"),
        ("samples", whole["watch"]["samples"][8:]),
        ("vm_means", whole["watch"]["vm_means"] * 2),
        ("samples", np.full(30 * 4 * 3, np.nan).tobytes()),
        ("held", np.full(4 * 3, -1).tobytes()),
        ("last_tip", -1),
    ]
    for field, value in damages:
        broken = whole | {"watch": whole["watch"] | {field: value}}
        with pytest.raises(ValueError, match="load watch"):
            restore(msgspec.msgpack.encode(broken))
    settings_broken = whole | {"cluster": whole["cluster"] | {"load_watch": {"aggressiveness": 9}}}
    with pytest.raises(ValueError, match="load watch"):
        restore(msgspec.msgpack.encode(settings_broken))
    tips_broken = whole["cluster"]["tips"]["all"]
    tips_broken[0]["node"] = 77
    with pytest.raises(ValueError, match="tip"):
        restore(msgspec.msgpack.encode(whole))
