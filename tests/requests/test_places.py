"""Stars for the four things a place is looked for: what is left decides, what forbids is named, policy turns it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from drawn_clusters import SEEDS, drawn_cluster
from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load import LoadCurve
from hvgui.cluster.load_watch import LoadWatch
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.nodes import NodeState
from hvgui.requests.cloning import CloneVm, cloned
from hvgui.requests.cover import Cover
from hvgui.requests.lifecycle import StartVm
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.places import Places, rate_places, rate_targets, start_request
from hvgui.requests.problems import blockers
from hvgui.requests.targets import HEADROOM, LEAST_STARS, Purpose, Resource, Target, stars_of
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
    assert (rated[NODES[2]].stars, rated[NODES[2]].uncovered) == (4.0, (NODES[0],)), "28 GB fit nowhere else"
    assert "the others could no longer take over from NODE1" in rated[NODES[2]].explanation


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


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_what_is_refused_gets_no_star_and_says_the_very_refusal(seed: int) -> None:
    record = drawn_cluster(seed)
    resting = replace(record.vms[0], state=VmState.OFF, assigned_bytes=0)
    cluster = Cluster(replace(record, vms=(resting, *record.vms[1:])))
    found = [(one, start_request(resting, one.node)) for one in rate_places(cluster, resting, Purpose.START)]
    other = cluster.vms[VmId(record.vms[-1].id)]
    found += [(one, LiveMigrate(other.id, one.node)) for one in rate_targets(cluster, other.id) if other != resting]
    for target, request in found:
        refusals = blockers(request.check(cluster))
        assert bool(refusals) == (target.stars == 0.0)
        if refusals:
            assert target.explanation == str(refusals[0])
            assert target.resource == refusals[0].code


def with_free(gigabytes: tuple[int, int]) -> Cluster:
    """Two nodes that differ in what is free on them alone, and a third that could take over from both."""
    vms = tuple(small_vm(number, number, gigabytes=30 - free) for number, free in enumerate(gigabytes) if free < 30)
    return Cluster(small_record(vms, nodes=3))


@settings(max_examples=80, deadline=None)
@given(st.integers(4, 30), st.integers(4, 30), st.integers(1, 4), st.sampled_from(list(Policy)))
def test_more_free_memory_is_never_worse_to_spread_and_never_better_to_pack(
    one: int, other: int, size: int, policy: Policy
) -> None:
    cluster = with_free((one, other))
    rated = by_node(
        rate_places(cluster, replace(draft_of(9, size), highly_available=False), Purpose.CREATE, None, policy)
    )
    less, more = sorted((rated[NODES[0]], rated[NODES[1]]), key=lambda target: target.left)
    if policy is Policy.SPREAD:
        assert more.stars >= less.stars
    elif less.left >= HEADROOM:
        assert more.stars <= less.stars
    else:
        assert less.stars <= 1.0


@settings(max_examples=80, deadline=None)
@given(SEEDS, st.sampled_from(list(Policy)))
def test_stars_follow_the_scarcest_resource_and_what_is_taken_off_is_said(seed: int, policy: Policy) -> None:
    cluster = Cluster(drawn_cluster(seed))
    vm = next(iter(cluster.vms.values()))
    for target in rate_targets(cluster, vm.id, LiveMigrate, dict.fromkeys(cluster.nodes, 0.3), policy):
        if not target.is_suitable:
            continue
        scarcest = min(target.lefts, key=lambda one: one.share)
        assert target.lefts[0].share == scarcest.share
        assert target.resource == target.lefts[0].resource.value
        taken = stars_of(scarcest.share, policy) - target.stars
        apart = "kept-apart" in {problem.code for problem in target.problems}
        assert taken == 0.0 or apart or target.uncovered or target.stars == LEAST_STARS
        assert not (target.uncovered and target.stars > 4.0)


def covered(cluster: Cluster) -> set[NodeId]:
    """Nodes whose clustered VMs find room on the others, each where the least or the most is left; none where one node
    is left alone: what nobody could take over was not covered while it was empty either."""
    found: set[NodeId] = set()
    serving = [one.id for one in cluster.nodes.values() if one.takes_vms]
    for node in serving if len(serving) > 1 else ():
        vms = [cluster.vms[vm] for vm in cluster.vms_on(node)]
        sizes = sorted((vm.memory_bytes for vm in vms if vm.highly_available and vm.state.holds_memory), reverse=True)
        for choose in (min, max):
            free = {
                one: cluster.free_bytes_on(one) for one in cluster.nodes if one != node and cluster.nodes[one].takes_vms
            }
            for size in sizes:
                fits = [one for one in free if free[one] >= size]
                if not fits:
                    break
                free[choose(fits, key=lambda one, left=free: left[one])] -= size
            else:
                found.add(node)
    return found


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_the_cover_that_a_migration_takes_away_is_told_exactly(seed: int) -> None:
    cluster = Cluster(drawn_cluster(seed))
    before = covered(cluster)
    for vm in list(cluster.vms.values()):
        for node in cluster.nodes.values():
            fits = cluster.free_bytes_on(node.id) >= vm.memory_bytes
            runs = vm.highly_available and vm.state.holds_memory
            if node.takes_vms and node.id != vm.owner and fits and runs and not cluster.tasks:
                after = cluster.fork()
                after.put(replace(vm, owner=node.id))
                lost = set(Cover(cluster).lost_by(vm, node.id, leaves=True))
                assert lost == before - covered(after) - _not_asked(cluster, vm)


def _not_asked(cluster: Cluster, vm: VirtualMachine) -> set[NodeId]:
    return set() if cluster.nodes[vm.owner].takes_vms else {vm.owner}


def test_the_clusters_own_policy_counts_where_none_is_said() -> None:
    roomy = small_record((small_vm(0, 0), small_vm(1, 1, gigabytes=16), small_vm(2, 2, gigabytes=2)), nodes=3)
    packing = replace(roomy, load_watch=LoadWatch(placement=Policy.PACK))
    assert [one.node for one in rate_targets(Cluster(roomy), VmId(0))] == [2, 1]
    assert [one.node for one in rate_targets(Cluster(packing), VmId(0))] == [1, 2]
    places = Places(Cluster(packing))
    assert places.best(draft_of(9, 1)) == 1
    assert places.ranked(packing.vms[0]) == [1, 2]


def test_network_and_disk_decide_where_they_are_scarce() -> None:
    busy = small_vm(1, 1)
    busy = replace(busy, load=replace(busy.load, disk_iops=LoadCurve(level=14_000.0), disk_bytes_per_io=8_000.0))
    cluster = Cluster(small_record((small_vm(0, 0), busy), nodes=3))
    rated = by_node(rate_targets(cluster, VmId(0)))
    assert rated[NODES[1]].resource == Resource.DISK.value
    assert rated[NODES[1]].lefts[0].amounts == ("13 MB/s", "125 MB/s")
    assert "10% of its disk" in rated[NODES[1]].explanation
    assert rated[NODES[2]].stars > rated[NODES[1]].stars


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_where_a_clone_would_be_refused_no_star_is_given_and_the_refusal_is_said(seed: int) -> None:
    record = drawn_cluster(seed)
    resting = replace(record.vms[0], state=VmState.OFF, assigned_bytes=0)
    cluster = Cluster(replace(record, vms=(resting, *record.vms[1:])))
    wish = CloneVm(resting.id, "COPY", "00000000-0000-0000-0000-00000000000c", generalised=True)
    if blockers(tuple(one for one in wish.check(cluster) if one.code not in OF_NODES)):
        return
    for target in Places(cluster).for_new(cloned(cluster, wish)):
        refusals = blockers(replace(wish, to=target.node).check(cluster))
        if refusals:
            assert target.stars == 0.0
            assert str(refusals[0]) in {str(one) for one in target.problems}


OF_NODES = {"node-down", "no-mac", "no-way"}
"""Codes of what forbids one node and not another."""
