"""Plans carried out by the engine: no step is ever refused or fails, and what was foretold of it comes about."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from drawn_clusters import SEEDS, drawn_cluster
from engine_world import Lab
from hvgui.cluster.balance_plan import BalancePlan, Policy
from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.tasks import TaskState
from hvgui.engine.balancing.loads import usual_loads
from hvgui.engine.balancing.planner import Wish, plan
from hvgui.requests.migration import LiveMigrate
from small_cluster import small_record, small_vm

PATIENT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def spread_over(nodes: int, *vms: VirtualMachine) -> ClusterRecord:
    return small_record(vms, nodes)


def plan_of(record: ClusterRecord, wish: Wish | None = None) -> BalancePlan:
    lab = Lab(record)
    return plan(lab.world.cluster, usual_loads(lab.world.cluster), wish)


def carried_out(record: ClusterRecord, made: BalancePlan) -> Lab:
    lab = Lab(record)
    for number in range(1, made.rounds + 1):
        for move in made.round_of(number):
            outcome = lab.ask(LiveMigrate(vm=move.vm, to=move.target, queue=True))
            assert not any(problem.code == "will-wait" for problem in outcome.problems)
        lab.until_quiet()
    assert {task.state for task in lab.sink.tasks} <= {TaskState.SUCCEEDED}
    return lab


@PATIENT
@given(SEEDS)
def test_no_step_of_a_plan_is_impossible(seed: int) -> None:
    record = drawn_cluster(seed)
    for policy in Policy:
        made = plan_of(record, Wish(policy=policy))
        lab = carried_out(record, made)
        for row in made.nodes:
            assert len(lab.world.cluster.vms_on(row.node)) == row.vms_after
        assert plan_of(record, Wish(policy=policy)) == made


@PATIENT
@given(SEEDS)
def test_a_plan_worsens_nothing_that_it_promises_to_keep(seed: int) -> None:
    record = drawn_cluster(seed)
    made = plan_of(record)
    paused = {node.id for node in record.nodes if not node.takes_vms}
    if not any(move.source in paused for move in made.moves) and not made.left_out:
        assert made.score_after <= made.score_before + 1e-9
        assert all(row.covered_after or not row.covered_before for row in made.nodes)
    vms = {vm.id: vm for vm in record.vms}
    for move in made.moves:
        vm = vms[move.vm]
        assert move.target not in paused
        assert vm.possible_owners is None or move.target in vm.possible_owners
        assert vm.highly_available


def test_the_forecast_of_each_move_is_what_the_engine_then_takes() -> None:
    record = spread_over(3, *(small_vm(number, 0, gigabytes=2) for number in range(6)))
    made = plan_of(record)
    lab = carried_out(record, made)
    assert made.moves
    results = {task.vm: task.result for task in lab.sink.tasks}
    for move in made.moves:
        result = results[move.vm]
        assert result is not None
        assert move.seconds == pytest.approx(result.duration_seconds, rel=0.01)
        assert move.blackout_seconds == pytest.approx(result.blackout_seconds, rel=0.02)


def test_a_packed_cluster_has_empty_nodes_and_still_survives_the_loss_of_one() -> None:
    record = spread_over(5, *(small_vm(number, number % 5, gigabytes=2) for number in range(20)))
    made = plan_of(record, Wish(policy=Policy.PACK))
    lab = carried_out(record, made)
    assert len(made.emptied) >= 2
    assert all(not lab.world.cluster.vms_on(node) for node in made.emptied)
    assert all(row.covered_after for row in made.nodes if row.node not in made.emptied)


def test_who_packs_fills_no_empty_node() -> None:
    record = spread_over(4, *(small_vm(number, 0 if number < 6 else 1, gigabytes=2) for number in range(8)))
    made = plan_of(record, Wish(policy=Policy.PACK))
    assert made.moves == ()
    assert set(made.emptied) == {2, 3}
    single = plan_of(record, Wish(policy=Policy.PACK, least_nodes=1, keep_covered=False))
    assert {move.target for move in single.moves} <= {NodeId(0)}


def test_a_node_that_shall_be_empty_gives_everything_away_evenly() -> None:
    record = spread_over(3, *(small_vm(number, 0, gigabytes=2) for number in range(4)))
    made = plan_of(record, Wish(emptied=frozenset({NodeId(0)})))
    after = Cluster(carried_out(record, made).world.cluster.record())
    assert not after.vms_on(NodeId(0))
    assert len(after.vms_on(NodeId(1))) == len(after.vms_on(NodeId(2))) == 2


def test_a_node_that_shall_be_empty_covers_the_others_until_then() -> None:
    record = spread_over(3, *(small_vm(number, number % 3, gigabytes=4) for number in range(12)))
    made = plan_of(record, Wish(emptied=frozenset({NodeId(2)})))
    assert all(row.covered_before for row in made.nodes)
    assert [row.covered_after for row in made.nodes[:2]] == [False, False]


def test_a_vm_that_has_to_stay_stays() -> None:
    vms = [replace(small_vm(number, 0), highly_available=number != 0) for number in range(4)]
    made = plan_of(spread_over(2, *vms), Wish(stay=frozenset({vms[1].id})))
    assert made.moves
    assert {move.vm for move in made.moves} <= {vms[2].id, vms[3].id}


def test_vms_of_one_class_are_not_brought_together() -> None:
    vms = [small_vm(number, 0) for number in range(5)] + [small_vm(5, 1)]
    vms = [replace(vm, anti_affinity=("sql",)) if vm.id in (0, 5) else vm for vm in vms]
    assert {move.vm for move in plan_of(spread_over(2, *vms)).moves} == {1, 2}
    freely = [replace(vm, anti_affinity=()) for vm in vms]
    assert {move.vm for move in plan_of(spread_over(2, *freely)).moves} == {0, 1}
