"""What a draft means for each VM: best nodes, queues, and VMs that follow each other to the same place."""

from __future__ import annotations

import msgspec
import pytest

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.tasks import TaskKind
from hvgui.gui.migrate.draft import Draft, plan, possible_kind, suits, targets_of
from hvgui.requests.migration import LiveMigrate, QuickMigrate
from scripted_session import live_task
from small_cluster import MIGRATION, small_record, small_vm

LIVE = TaskKind.LIVE_MIGRATION


def cluster_of(vms: int, nodes: int = 3, gigabytes: int = 4) -> Cluster:
    return Cluster(small_record(tuple(small_vm(n, gigabytes=gigabytes) for n in range(vms)), nodes=nodes))


def test_one_vm_to_one_node_over_one_network() -> None:
    draft = Draft(LIVE, (VmId(0),), NodeId(2), MIGRATION, queue=True)
    (planned,) = plan(draft, cluster_of(1), {})
    assert planned.request == LiveMigrate(vm=VmId(0), to=NodeId(2), network=MIGRATION, queue=True)
    assert not planned.is_blocked


def test_a_quick_migration_takes_no_network() -> None:
    (planned,) = plan(Draft(TaskKind.QUICK_MIGRATION, (VmId(0),), NodeId(1), MIGRATION, queue=True), cluster_of(1), {})
    assert planned.request == QuickMigrate(vm=VmId(0), to=NodeId(1))


def test_best_for_each_spreads_the_vms_as_the_nodes_fill() -> None:
    planned = plan(Draft(LIVE, tuple(VmId(n) for n in range(6)), queue=True), cluster_of(6, gigabytes=8), {})
    targets = [one.request.to for one in planned if one.request is not None]
    assert sorted(targets) == [1, 1, 1, 2, 2, 2]


def test_what_no_longer_fits_behind_the_others_is_named() -> None:
    draft = Draft(LIVE, tuple(VmId(n) for n in range(3)), NodeId(1), queue=True)
    first, second, third = plan(draft, cluster_of(3, gigabytes=12), {})
    assert not first.is_blocked
    assert not second.is_blocked
    assert [problem.message for problem in third.problems] == ["VM02 needs 12 GB; NODE2 has 6 GB free."]


def test_planning_leaves_the_window_s_cluster_as_it_is() -> None:
    cluster = cluster_of(3)
    plan(Draft(LIVE, tuple(VmId(n) for n in range(3)), queue=True), cluster, {})
    assert cluster.vms_on(NodeId(0)) == (VmId(0), VmId(1), VmId(2))
    assert not cluster.drain_changes()


def test_a_node_that_is_busy_blocks_unless_the_draft_may_queue() -> None:
    cluster = cluster_of(2)
    cluster.put(live_task())
    impatient, patient = (Draft(LIVE, (VmId(1),), NodeId(1), queue=queue) for queue in (False, True))
    assert plan(impatient, cluster, {})[0].is_blocked
    assert not plan(patient, cluster, {})[0].is_blocked
    assert [target.stars for target in targets_of(impatient, cluster, VmId(1), {})] == [0.0, 0.0]
    assert all(target.stars > 0 for target in targets_of(patient, cluster, VmId(1), {}))
    assert plan(Draft(LIVE, (VmId(1),), queue=True), cluster, {})[0].request is not None


def test_where_every_node_refuses_the_reason_is_given() -> None:
    cluster = cluster_of(1)
    for node in (1, 2):
        cluster.put(msgspec.structs.replace(cluster.nodes[NodeId(node)], state=NodeState.PAUSED))
    (planned,) = plan(Draft(LIVE, (VmId(0),)), cluster, {})
    assert planned.request is None
    assert planned.is_blocked
    assert "No node takes VM00: NODE2 is paused" in planned.problems[0].message


def test_a_vm_that_is_gone_and_a_cluster_of_one_node() -> None:
    assert plan(Draft(LIVE, (VmId(9),)), cluster_of(1), {})[0].is_blocked
    assert plan(Draft(LIVE, (VmId(0),)), cluster_of(1, nodes=1), {})[0].is_blocked


def test_how_many_of_the_vms_a_node_suits() -> None:
    cluster = cluster_of(2)
    cluster.put(msgspec.structs.replace(cluster.vms[VmId(1)], possible_owners=(NodeId(0), NodeId(2))))
    draft = Draft(LIVE, (VmId(0), VmId(1)), queue=True)
    assert [suits(draft, cluster, NodeId(node)) for node in range(3)] == [0, 1, 2]


@pytest.mark.parametrize(("state", "kind"), [(VmState.RUNNING, LIVE), (VmState.OFF, TaskKind.MOVE)])
def test_a_vm_that_does_not_run_can_only_be_moved(state: VmState, kind: TaskKind) -> None:
    cluster = Cluster(small_record((small_vm(state=state),)))
    assert possible_kind(cluster, (VmId(0),), LIVE) is kind
