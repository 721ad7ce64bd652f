"""Stars for the four things a place is looked for: what is left decides, what forbids is named, policy turns it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from drawn_clusters import SEEDS, drawn_cluster
from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.nodes import NodeState
from hvgui.requests.lifecycle import StartVm
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.problems import blockers
from hvgui.requests.targets import Purpose, Target, rate_places, rate_targets
from small_cluster import small_record, small_vm

NODES = tuple(NodeId(number) for number in range(3))


def draft_of(number: int, gigabytes: int = 4) -> VirtualMachine:
    """A VM that is not in the cluster yet, with its file on the shared volume."""
    vm = small_vm(number, 0, VmState.OFF, gigabytes)
    path = f"C:\\ClusterStorage\\Volume1\\{vm.name}\\system.vhd"
    return replace(vm, disks=tuple(replace(disk, path=path) for disk in vm.disks))


def by_node(rated: tuple[Target, ...]) -> dict[NodeId, Target]:
    return {one.node: one for one in rated}


def test_a_start_is_rated_on_its_own_node_as_well() -> None:
    vm = small_vm(0, 0, VmState.OFF)
    cluster = Cluster(small_record((vm, small_vm(1, 0, gigabytes=28), small_vm(2, 1, gigabytes=12)), nodes=3))
    rated = by_node(rate_places(cluster, vm, Purpose.START))
    assert not rated[NODES[0]].is_suitable
    assert rated[NODES[0]].resource == "memory"
    assert blockers(StartVm(vm=vm.id).check(cluster))
    assert rated[NODES[1]].stars == 4.5
    assert rated[NODES[2]].stars == 5.0


def test_a_draft_is_rated_with_the_load_it_brings() -> None:
    cluster = Cluster(small_record((), nodes=2))
    draft = replace(draft_of(0), vcpus=4)
    draft = replace(draft, load=replace(draft.load, cpu=replace(draft.load.cpu, level=1.0)))
    rated = by_node(rate_places(cluster, draft, Purpose.CREATE, {NODES[0]: 0.65, NODES[1]: 0.0}))
    assert (rated[NODES[0]].resource, rated[NODES[0]].stars) == ("processors", 1.0)
    assert rated[NODES[1]].stars == 5.0
    assert rated[NODES[0]].explanation == "87% of its memory left, 10% of its processors idle"


def test_virtual_processors_can_be_what_decides() -> None:
    vms = tuple(replace(small_vm(number, 0, gigabytes=1), vcpus=4) for number in range(20))
    record = small_record(vms, nodes=2)
    limits = replace(record.profile.limits, vcpus_per_node=90)
    cluster = Cluster(replace(record, profile=replace(record.profile, limits=limits)))
    target = by_node(rate_places(cluster, draft_of(20, 1), Purpose.IMPORT))[NODES[0]]
    assert target.resource == "virtual processors"
    assert "virtual processors it may run" in target.explanation


def test_packing_prefers_the_fuller_node_and_leaves_headroom() -> None:
    vms = (small_vm(0, 0), small_vm(1, 1, gigabytes=16), small_vm(2, 2, gigabytes=25))
    cluster = Cluster(small_record(vms, nodes=3))
    spread = rate_targets(cluster, VmId(0))
    packed = rate_targets(cluster, VmId(0), policy=Policy.PACK)
    assert [one.node for one in spread] == [1, 2]
    assert [one.node for one in packed] == [1, 2]
    assert packed[1].stars <= 1.0
    roomy = Cluster(small_record((*vms[:2], small_vm(2, 2, gigabytes=2)), nodes=3))
    assert [one.node for one in rate_targets(roomy, VmId(0))] == [2, 1]
    assert [one.node for one in rate_targets(roomy, VmId(0), policy=Policy.PACK)] == [1, 2]


def test_a_node_with_one_of_its_class_is_only_a_second_choice() -> None:
    vms = (
        replace(small_vm(0, 0), anti_affinity=("sql",)),
        replace(small_vm(1, 1), anti_affinity=("sql",)),
        small_vm(2, 2, gigabytes=8),
    )
    rated = rate_targets(Cluster(small_record(vms, nodes=3)), VmId(0))
    assert [one.node for one in rated] == [2, 1]
    assert "kept-apart" in {problem.code for problem in rated[1].problems}
    assert rated[1].is_suitable


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_stars_are_halves_and_none_are_given_where_the_check_refuses(seed: int) -> None:
    record = drawn_cluster(seed)
    cluster = Cluster(record)
    vm = record.vms[0]
    for policy in Policy:
        for target in rate_targets(cluster, vm.id, policy=policy):
            assert target.stars * 2 == int(target.stars * 2)
            refused = bool(blockers(LiveMigrate(vm=vm.id, to=target.node).check(cluster)))
            assert target.is_suitable != refused
            assert (target.stars == 0.0) == refused
            assert target.explanation
    draft = replace(draft_of(999), name="new")
    for purpose in (Purpose.IMPORT, Purpose.CREATE):
        for target in rate_places(cluster, draft, purpose):
            assert (target.stars == 0.0) != target.is_suitable
            assert target.is_suitable or target.resource in {problem.code for problem in target.problems}


@pytest.mark.parametrize("purpose", [Purpose.IMPORT, Purpose.CREATE])
def test_a_node_that_is_down_takes_nothing(purpose: Purpose) -> None:
    record = small_record((), nodes=2)
    down = replace(record.nodes[1], state=NodeState.DOWN)
    rated = by_node(rate_places(Cluster(replace(record, nodes=(record.nodes[0], down))), draft_of(0), purpose))
    assert not rated[NODES[1]].is_suitable
    assert rated[NODES[1]].stars == 0.0
