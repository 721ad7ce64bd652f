"""Automatic power saving: nodes nobody needs are switched off, and are back before anybody misses them."""

from __future__ import annotations

from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine_world import NODE1, Lab, guest, lab_record
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NodeId, SanId, VmId
from hvgui.cluster.load import CurveKind, LoadCurve
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.membership import standing
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.power_saving import PowerSaving, PowerStep, saved_kilowatt_hours
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.storage import Lun, LunUse, VirtualDisk
from hvgui.cluster.units import GIB
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.observe import metrics_sample
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.run import advance_to, apply
from hvgui.engine.sink import Recorder
from hvgui.requests.faults import CrashNode, PauseNode, PowerOnNode, ResumeNode
from hvgui.requests.guests import SetLoad
from hvgui.requests.load_watch import SetLoadWatch
from hvgui.requests.node_service import DrainNode, EvictNode, StopClusterService
from storage_labs import storage_record

HOUR = 3600.0
SAVING = LoadWatch(WatchMode.AUTOMATIC, window_seconds=60, power=PowerSaving(is_on=True, rest_seconds=600))


def small(number: int, owner: int, gigabytes: int = 2, level: float = 0.05) -> VirtualMachine:
    return guest(number, owner, gigabytes, cpu=LoadCurve(level=level))


def quiet(nodes: int = 5, vms_a_node: int = 2) -> ClusterRecord:
    """Little to do on any node."""
    vms = (small(number, number % nodes) for number in range(nodes * vms_a_node))
    return lab_record(*vms, nodes=nodes)


def saving(record: ClusterRecord, watch: LoadWatch = SAVING) -> Lab:
    lab = Lab(record)
    lab.ask(SetLoadWatch(watch))
    return lab


def with_power(**changed: object) -> LoadWatch:
    return replace(SAVING, power=replace(SAVING.power, **changed))


def off(lab: Lab) -> list[NodeId]:
    return [node.id for node in lab.world.cluster.nodes.values() if node.saves_power]


def said(lab: Lab, code: str) -> list[str]:
    return [event.message for event in lab.sink.events if event.code == code]


def running(lab: Lab) -> bool:
    return all(vm.state is VmState.RUNNING for vm in lab.world.cluster.vms.values())


def test_of_five_nodes_one_is_emptied_and_switched_off_in_good_order() -> None:
    lab = saving(quiet())
    lab.until(59.0)
    assert off(lab) == []
    lab.until(600.0)
    (node,) = off(lab)
    record = lab.world.cluster.nodes[node]
    assert (record.state, record.has_power) == (NodeState.DOWN, False)
    assert lab.world.cluster.vms_on(node) == ()
    assert running(lab)
    assert {task.state.value for task in lab.sink.tasks} == {"succeeded"}
    assert len(said(lab, "power-off")) == 1
    assert "over the last minute no node used more than" in said(lab, "power-off")[0]
    assert "node-removed" not in lab.codes
    assert "node-down" not in lab.codes
    lab.until(3 * HOUR)
    assert off(lab) == [node], "five nodes: one, as System Center has it"


@pytest.mark.parametrize(("nodes", "most"), [(4, 0), (5, 1), (6, 1), (7, 2), (8, 2)])
def test_how_many_go_is_system_centers_rule(nodes: int, most: int) -> None:
    lab = saving(quiet(nodes))
    lab.until(2 * HOUR)
    assert len(off(lab)) == most


@pytest.mark.parametrize("profile", ["2008 R2 SP1", "2012 R2"])
@pytest.mark.parametrize("nodes", [3, 4, 5, 6, 7])
def test_quorum_survives_one_more_loss_whatever_the_person_allows(nodes: int, profile: str) -> None:
    record = replace(quiet(nodes, 1), profile=PROFILES[profile])
    lab = saving(record, with_power(least_nodes=2))
    lab.until(3 * HOUR)
    up = [node.id for node in lab.world.cluster.nodes.values() if node.is_up]
    assert len(up) >= 2
    if profile == "2012 R2" and nodes > 3:
        assert len(off(lab)) >= 2, "votes of those who leave are withdrawn"
    if len(up) == nodes:
        return
    lab.ask(CrashNode(up[0]))
    lab.until(lab.seconds + 30.0)
    assert standing(lab.world.cluster).active


def test_hours_are_kept_and_nodes_are_back_when_they_end() -> None:
    lab = saving(quiet(), with_power(from_hour=1.0, until_hour=3.0))
    lab.until(HOUR - 1.0)
    assert off(lab) == []
    lab.until(2 * HOUR)
    assert len(off(lab)) == 1
    lab.until(3 * HOUR)
    assert off(lab) == []
    assert all(node.state is NodeState.UP for node in lab.world.cluster.nodes.values())
    assert "its hours end" in said(lab, "power-on")[0]
    assert [node for node in lab.world.cluster.nodes if not lab.world.cluster.vms_on(node)] == [] or running(lab)
    lab.until(4 * HOUR)
    assert all(lab.world.cluster.vms_on(node) for node in lab.world.cluster.nodes), "it has got VMs again"
    lab.until(20 * HOUR)
    assert off(lab) == []
    lab.until(26 * HOUR)
    assert len(off(lab)) == 1


def test_who_does_not_fit_elsewhere_keeps_its_node_on() -> None:
    """Any one node's loss has to be covered by those that stay on."""
    lab = saving(lab_record(*(small(number, number, 20) for number in range(5)), nodes=5))
    lab.until(2 * HOUR)
    assert off(lab) == []
    lab = saving(lab_record(*(small(number, number, 12) for number in range(5)), nodes=5))
    lab.until(2 * HOUR)
    assert len(off(lab)) == 1


def test_a_bound_vm_keeps_its_node_on() -> None:
    record = quiet()
    bound = tuple(
        replace(vm, possible_owners=(vm.owner,), state=VmState.OFF, assigned_bytes=0) for vm in record.vms[:4]
    )
    apart = replace(record.vms[4], highly_available=False)
    lab = saving(replace(record, vms=(*bound, apart, *record.vms[5:])))
    lab.until(2 * HOUR)
    assert off(lab) == []


def test_high_load_keeps_all_on() -> None:
    busy = (replace(small(number, number % 5, 1, 0.9), vcpus=4) for number in range(15))
    lab = saving(lab_record(*busy, nodes=5))
    lab.until(2 * HOUR)
    assert off(lab) == []


def overloaded_seconds(lab: Lab, until: float, limit: float) -> int:
    """How long some node's guests want more of its processors than the limit."""
    found = 0
    while lab.seconds < until:
        lab.until(lab.seconds + 10.0)
        sample = metrics_sample(lab.world)
        owner, active, vcpus, _ = lab.world.guests.assignment()
        wanted = np.bincount(owner, weights=sample.vm_cpu_wanted_share * vcpus * active)
        found += 10 * bool((wanted / 16.0 > limit).any())
    return found


@pytest.mark.parametrize("period_hours", [1.5, 2.0, 6.0])
def test_a_node_is_back_before_the_load_reaches_a_limit(period_hours: float) -> None:
    curve = LoadCurve(CurveKind.DAILY, level=0.38, swing=0.36, period_seconds=period_hours * HOUR, noise=0.1)
    vms = (replace(guest(number, number % 8, 1, cpu=curve), vcpus=2) for number in range(64))
    lab = saving(lab_record(*vms, nodes=8), replace(SAVING, window_seconds=300))
    assert overloaded_seconds(lab, 2.0 * period_hours * HOUR, 0.86) == 0
    assert len(said(lab, "power-off")) >= 2
    assert len(said(lab, "power-on")) >= 2
    assert period_hours > 2.0 or any("will soon use" in text for text in said(lab, "power-on"))
    assert len(said(lab, "power-on")) <= 2 * 2 * 2


def test_a_crash_brings_the_node_back() -> None:
    lab = saving(quiet())
    lab.until(900.0)
    (node,) = off(lab)
    other = next(one for one in lab.world.cluster.nodes if one != node and lab.world.cluster.vms_on(one))
    lab.ask(CrashNode(other))
    lab.until(lab.seconds + NODE_BOOT_SECONDS + 30.0)
    assert off(lab) == []
    assert lab.world.cluster.nodes[node].state is NodeState.UP
    assert "power-on" in lab.codes
    lab.until(lab.seconds + 600.0)
    assert running(lab)
    assert lab.world.cluster.nodes[other].state is NodeState.DOWN, "who has failed is never switched on"


def test_vms_without_room_bring_the_node_back_within_its_boot() -> None:
    vms = [small(number, number, 12) for number in range(5)]
    lab = saving(lab_record(*vms, nodes=5))
    lab.until(900.0)
    (node,) = off(lab)
    up = [one for one in lab.world.cluster.nodes if one != node]
    for one in up[:2]:
        lab.ask(CrashNode(one))
    began = lab.seconds
    lab.until(began + 30.0)
    assert off(lab) == []
    lab.until(began + NODE_BOOT_SECONDS + 120.0)
    assert running(lab)


def test_a_person_switches_it_on_and_it_stays_on_until_the_hours_begin_again() -> None:
    lab = saving(quiet(), with_power(from_hour=0.0, until_hour=2.0))
    lab.until(900.0)
    (node,) = off(lab)
    lab.ask(PowerOnNode(node))
    lab.until(2 * HOUR - 1.0)
    assert lab.world.cluster.power.kept_on == (node,)
    assert lab.world.cluster.nodes[node].state is NodeState.UP
    assert not [event for event in lab.sink.events if event.code == "power-off" and event.node == node][1:]
    lab.until(2 * HOUR + 1.0)
    assert lab.world.cluster.power.kept_on == ()


def test_a_persons_shutdown_is_never_undone() -> None:
    lab = saving(quiet(7))
    lab.ask(StopClusterService(NODE1))
    lab.until(60.0)
    lab.ask(CrashNode(NODE1))
    lab.until(2 * HOUR)
    assert lab.world.cluster.nodes[NODE1].state is NodeState.DOWN
    assert not lab.world.cluster.nodes[NODE1].saves_power


def test_settings_switched_off_bring_everybody_back() -> None:
    lab = saving(quiet())
    lab.until(900.0)
    assert len(off(lab)) == 1
    lab.ask(SetLoadWatch(replace(SAVING, power=PowerSaving())))
    assert off(lab) == []
    lab.until(lab.seconds + 300.0)
    assert all(node.state is NodeState.UP for node in lab.world.cluster.nodes.values())
    lab.until(lab.seconds + 4 * HOUR)
    assert said(lab, "power-off")[1:] == []


def emptying(record: ClusterRecord | None = None) -> tuple[Lab, NodeId]:
    """A node is just being emptied."""
    lab = saving(record or lab_record(*(small(number, number % 5, 6) for number in range(10)), nodes=5))
    lab.until_told("power-emptying")
    node = lab.world.cluster.power.node
    assert node is not None
    assert lab.world.cluster.power.step is PowerStep.EMPTYING
    return lab, node


def test_somebody_who_resumes_the_node_calls_it_off() -> None:
    lab, node = emptying()
    lab.ask(ResumeNode(node))
    lab.until(lab.seconds + 5.0)
    assert "somebody has resumed it" in said(lab, "power-called-off")[0]
    assert lab.world.cluster.power.kept_on == (node,)


@pytest.mark.parametrize("request_kind", [CrashNode, PauseNode, DrainNode])
def test_another_node_that_is_lost_or_leaves_calls_it_off(request_kind: type) -> None:
    lab, node = emptying()
    other = next(one for one in lab.world.cluster.nodes if one != node)
    lab.ask(request_kind(other))
    lab.until(lab.seconds + 20.0)
    assert any(why in said(lab, "power-called-off")[0] for why in ("another node is lost", "not all of its VMs"))
    assert lab.world.cluster.nodes[node].state is NodeState.UP


def test_load_that_rises_calls_it_off() -> None:
    big = lab_record(*(small(number, number % 5, 13 if number < 5 else 1) for number in range(10)), nodes=5)
    lab, node = emptying(big)
    for vm in list(lab.world.cluster.vms.values()):
        lab.ask(SetLoad(vm.id, replace(vm.load, network_bytes_per_second=LoadCurve(level=1e8))))
    lab.until(lab.seconds + 50.0)
    assert "power-called-off" in lab.codes
    assert lab.world.cluster.nodes[node].state is NodeState.UP


def test_what_is_saved_is_counted() -> None:
    lab = saving(quiet(), with_power(node_watts=300.0, from_hour=0.0, until_hour=2.0))
    lab.until(2.5 * HOUR)
    (began,) = [event.time_ns for event in lab.sink.events if event.code == "power-off"]
    (ended,) = [event.time_ns for event in lab.sink.events if event.code == "power-on"]
    cluster = lab.world.cluster
    saved = saved_kilowatt_hours(cluster.load_watch.power, cluster.power, cluster.nodes.values(), lab.world.now_ns)
    assert saved == pytest.approx((ended - began) / 1e9 * 300.0 / 3.6e6)
    assert saved > 0.4


def test_an_evicted_node_is_switched_on_no_more() -> None:
    lab = saving(quiet())
    lab.until(900.0)
    (node,) = off(lab)
    lab.ask(EvictNode(node))
    lab.until(3 * HOUR)
    assert lab.world.cluster.nodes[node].state is NodeState.DOWN
    assert not lab.world.cluster.nodes[node].saves_power
    assert lab.world.cluster.power.saved_ns > 0


@pytest.mark.parametrize(
    ("watch", "code"),
    [
        (with_power(from_hour=3.0), "power-hours"),
        (with_power(least_nodes=1), "least-nodes"),
        (with_power(rest_seconds=1), "rest"),
        (with_power(node_watts=-1.0), "watts"),
        (with_power(node_watts=float("nan")), "watts"),
    ],
)
def test_settings_that_cannot_be_are_refused(watch: LoadWatch, code: str) -> None:
    lab = Lab(quiet())
    outcome = apply(lab.world, SetLoadWatch(watch), lab.sink)
    assert [problem.code for problem in outcome.problems] == [code]


def test_without_the_automatic_it_waits_and_says_so() -> None:
    lab = Lab(quiet())
    outcome = lab.ask(SetLoadWatch(replace(SAVING, mode=WatchMode.MANUAL)))
    assert [problem.code for problem in outcome.problems] == ["power-needs-automatic"]
    lab.until(HOUR)
    assert off(lab) == []
    lab.ask(SetLoadWatch(SAVING))
    lab.until(2 * HOUR)
    assert len(off(lab)) == 1
    lab.ask(SetLoadWatch(replace(SAVING, mode=WatchMode.OFF)))
    assert off(lab) == []


def test_forks_and_checkpoints_at_every_step_go_on_alike() -> None:
    lab = saving(quiet(6), with_power(from_hour=0.0, until_hour=1.0))
    copies = []
    for moment in (30.0, 61.5, 70.0, 200.0, 1000.0, 3430.0, 3500.0, 3610.0, 3640.0):
        lab.until(moment)
        copies += [lab.world.fork(), restore(snapshot(lab.world))]
    lab.until(4000.0)
    assert {"power-emptying", "power-off", "power-on", "power-filling"} <= set(lab.codes)
    for copy in copies:
        advance_to(copy, lab.world.now_ns, Recorder())
        assert snapshot(copy) == snapshot(lab.world)


def test_a_checkpoint_whose_power_saving_makes_no_sense_is_a_sentence() -> None:
    lab, _ = emptying()
    whole = msgspec.msgpack.decode(snapshot(lab.world))
    for field, value in (("node", 77), ("woken", [77]), ("kept_on", [-3]), ("changed_ns", -9)):
        power = whole["cluster"]["power"] | {field: value}
        with pytest.raises(ValueError, match="power saving"):
            restore(msgspec.msgpack.encode(whole | {"cluster": whole["cluster"] | {"power": power}}))


@pytest.mark.parametrize("percent", [30, 40, 45, 50, 52, 55, 60, 65])
def test_what_lets_a_node_go_never_calls_it_back(percent: int) -> None:
    """At every steady load: whoever was given VMs stays below what would switch the node on again."""
    vms = (replace(small(number, number % 5, 1, percent / 100), vcpus=2) for number in range(40))
    lab = saving(lab_record(*vms, nodes=5), with_power(least_nodes=2, rest_seconds=300))
    lab.until(2 * HOUR)
    assert "power-on" not in lab.codes, said(lab, "power-on")
    assert "tip-raised" not in lab.codes
    assert (len(off(lab)) > 0) == (percent <= 45)


def test_who_shares_a_lun_and_finds_no_room_together_has_the_node_back() -> None:
    """The cover of any one node is reckoned without them; they wait, and a node is switched on for them."""
    own = LunId(7)
    shared = (replace(small(number, 0, 10), disks=(VirtualDisk("d", GIB, lun=own),)) for number in range(2))
    others = (small(number, number - 1, 12) for number in range(2, 5))
    record = storage_record(*shared, *others, nodes=5)
    missing = [Lun(LunId(number), f"SPARE{number}", SanId(0), GIB) for number in range(len(record.luns), own)]
    luns = (*record.luns, *missing, Lun(own, "SHARED", SanId(0), 200 * GIB, LunUse.VM, NODE1))
    lab = saving(replace(record, luns=luns))
    lab.until(900.0)
    assert off(lab) == [NodeId(4)]
    lab.ask(CrashNode(NODE1))
    lab.until(lab.seconds + 20.0)
    assert off(lab) == []
    assert "VM00 and VM01 found no room" in said(lab, "power-on")[0]
    lab.until(lab.seconds + NODE_BOOT_SECONDS + 120.0)
    assert running(lab)
    assert {lab.world.cluster.vms[VmId(number)].owner for number in range(2)} == {NodeId(4)}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_at_steady_load_nothing_is_switched_off_and_on_again(seed: int, aggressiveness: int) -> None:
    dice = Random(seed)
    nodes = dice.randint(5, 9)
    vms = []
    for number in range(dice.randint(nodes, 6 * nodes)):
        curve = LoadCurve(level=dice.random() ** 2 * 0.9, noise=dice.choice((0.0, 0.1, 0.3)))
        size, cores = dice.choice((1, 2, 4, 8)), dice.choice((1, 2, 4))
        vms.append(replace(guest(number, number % nodes, size, cpu=curve), vcpus=cores))
    watch = replace(SAVING, aggressiveness=aggressiveness, power=replace(SAVING.power, rest_seconds=300))
    lab = saving(lab_record(*vms, nodes=nodes), watch)
    lab.until(3 * HOUR)
    assert "power-on" not in lab.codes, said(lab, "power-on")
    assert "power-called-off" not in lab.codes, said(lab, "power-called-off")
    assert len(said(lab, "power-off")) <= nodes - 4
    moved = [task.vm for task in lab.sink.tasks if task.kind.is_migration]
    assert len(moved) <= len(vms) * max(1, len(said(lab, "power-off")) + 1)
    assert running(lab)


def test_no_vm_is_named_twice() -> None:
    lab, node = emptying()
    targets = lab.world.drains[node].targets
    assert len({vm for vm, _ in targets}) == len(targets)
    assert {vm for vm, _ in targets} <= {VmId(number) for number in range(10)}


def test_a_mark_on_a_node_that_is_up_switches_nothing_on() -> None:
    """A file from elsewhere may say so; the node runs VMs all the same."""
    record = quiet()
    nodes = (replace(record.nodes[0], saving_since_ns=0), *record.nodes[1:])
    lab = Lab(replace(record, nodes=nodes))
    lab.until(600.0)
    assert off(lab) == []
    assert lab.world.cluster.nodes[NODE1].state is NodeState.UP
    assert running(lab)
