"""Planned labs: whatever the pages allow is a cluster that can be, and what they don't is told where and why."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.consistency import beyond_limits, inconsistencies
from hvgui.cluster.machines import VmState
from hvgui.cluster.networks import GIGABIT, NetworkRole
from hvgui.cluster.processor_models import PROCESSOR_MODELS
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.storage import LunUse
from hvgui.cluster.units import GIB
from hvgui.exchange.lab_layout import layout_of, plan_problems
from hvgui.exchange.lab_plan import ARTICLE, LARGER, LabPlan, NetworkPlan, Part, VmGroup, mixed
from hvgui.exchange.new_lab import lab_record
from hvgui.exchange.workloads import WORKLOADS

NETWORKS = st.lists(
    st.builds(
        NetworkPlan,
        st.sampled_from(["Client", "Cluster", "Live Migration", "Storage", "client"]),
        st.sampled_from([12.5e6, GIGABIT, 10 * GIGABIT]),
        st.sampled_from(list(NetworkRole)),
    ),
    min_size=1,
    max_size=4,
).map(tuple)
PLANS = st.builds(
    LabPlan,
    profile=st.sampled_from(list(PROFILES)),
    domain=st.sampled_from(["lab.example", "corp.example", ""]),
    domain_controller=st.booleans(),
    nodes=st.integers(1, 20),
    processor=st.sampled_from(list(PROCESSOR_MODELS)),
    sockets=st.sampled_from([1, 2, 4]),
    memory_bytes=st.sampled_from([4, 8, 32, 64, 256]).map(lambda size: size * GIB),
    hardware_virtualisation=st.sampled_from([True, True, True, False]),
    networks=NETWORKS,
    shared_volumes=st.booleans(),
    volumes=st.integers(1, 6),
    volume_bytes=st.sampled_from([0, 500 * GIB, 4096 * GIB]),
    witness=st.booleans(),
    machines=st.lists(st.builds(VmGroup, st.sampled_from(list(WORKLOADS)), st.integers(0, 12)), max_size=4).map(tuple),
    video=st.booleans(),
    seed=st.integers(0, 100),
)


@given(PLANS)
@settings(max_examples=250, deadline=None)
def test_every_plan_is_a_cluster_that_can_be_or_says_what_is_in_its_way(plan: LabPlan) -> None:
    problems = plan_problems(plan)
    if problems:
        assert all(problem.sentence.endswith(".") for problem in problems)
        with pytest.raises(ValueError, match=re.escape(problems[0].sentence)):
            lab_record(plan)
        return
    record = lab_record(plan)
    assert inconsistencies(record) == ()
    assert beyond_limits(record) == ()
    assert len(record.nodes) == plan.nodes
    assert len(record.vms) == sum(group.count for group in plan.machines) + plan.domain_controller
    assert record == lab_record(plan)


def test_the_article_s_lab() -> None:
    record = lab_record(ARTICLE)
    assert [node.name for node in record.nodes] == ["NODE1", "NODE2"]
    assert [(vm.name, vm.highly_available) for vm in record.vms] == [("DC0001", False), ("FILE0001", True)]
    controller, server = record.vms
    assert controller.disks[0].local_node == 0
    assert server.clients.video is not None
    assert server.state is VmState.RUNNING
    assert record.shared_volumes_enabled
    assert [(lun.name, lun.use) for lun in record.luns] == [
        ("LUN1", LunUse.SHARED_VOLUME),
        ("Witness", LunUse.WITNESS),
    ]
    assert {node.domain for node in record.nodes} == {"lab.example"}


def test_without_shared_volumes_each_vm_has_a_lun_that_moves_with_it() -> None:
    record = lab_record(replace(LARGER, shared_volumes=False, machines=(VmGroup("web server", 5),)))
    assert record.volumes == ()
    assert [lun.owner for lun in record.luns if lun.use is LunUse.VM] == [vm.owner for vm in record.vms]
    cluster = Cluster(record)
    assert all(len(cluster.vms_on_lun(lun.id)) == 1 for lun in record.luns if lun.use is LunUse.VM)


def test_a_volume_as_large_as_needed_holds_what_grows_on_it() -> None:
    record = lab_record(replace(LARGER, machines=mixed(40)))
    grown = dict.fromkeys((volume.id for volume in record.volumes), 0)
    for vm in record.vms:
        for disk in vm.disks:
            assert disk.volume is not None
            grown[disk.volume] += disk.size_bytes
    assert all(grown[volume.id] <= volume.size_bytes for volume in record.volumes)
    assert all(volume.used_bytes <= grown[volume.id] for volume in record.volumes)


@pytest.mark.parametrize("vms", [0, 1, 7, 40, 1000])
def test_a_mixture_is_as_many_as_were_asked_for(vms: int) -> None:
    groups = mixed(vms)
    assert sum(group.count for group in groups) == vms
    assert all(group.count > 0 for group in groups)


def _lonely(**changes: object) -> LabPlan:
    return replace(ARTICLE, **changes)


@pytest.mark.parametrize(
    ("plan", "part", "says"),
    [
        (_lonely(cluster="two words"), Part.CLUSTER, "no cluster name"),
        (_lonely(profile="2003"), Part.CLUSTER, "no platform '2003'"),
        (_lonely(domain=""), Part.DOMAIN, "a failover cluster needs one"),
        (_lonely(domain="nowhere"), Part.DOMAIN, "no domain's name"),
        (_lonely(nodes=17), Part.NODES, "1 to 16 nodes"),
        (_lonely(node_prefix="-"), Part.NODES, "no beginning for node names"),
        (_lonely(processor="z80"), Part.NODES, "no processor 'z80'"),
        (_lonely(processor="xeon-6972p", sockets=2), Part.NODES, "logical processors"),
        (_lonely(memory_bytes=GIB), Part.NODES, "of memory, not 1 GB"),
        (_lonely(networks=()), Part.NETWORKS, "1 to 8 networks"),
        (_lonely(networks=(NetworkPlan("A"), NetworkPlan("a "))), Part.NETWORKS, "Two networks are called"),
        (_lonely(networks=(NetworkPlan("A", role=NetworkRole.NONE),)), Part.NETWORKS, "enabled for cluster use"),
        (_lonely(san=" "), Part.STORAGE, "needs a name"),
        (_lonely(volumes=0), Part.STORAGE, "1 to 256 volumes"),
        (_lonely(volume_bytes=100 * GIB), Part.STORAGE, "may grow to"),
        (_lonely(machines=(VmGroup("file server", 40),)), Part.MACHINES, "find no room"),
        (_lonely(machines=(VmGroup("abacus", 1),)), Part.MACHINES, "no kind of VM 'abacus'"),
        (_lonely(hardware_virtualisation=False), Part.MACHINES, "no hardware virtualisation"),
        (_lonely(processor="opteron-270"), Part.MACHINES, "no hardware virtualisation"),
        (_lonely(machines=mixed(2000)), Part.MACHINES, "1,000 VMs at most"),
    ],
)
def test_what_is_in_the_way_is_told_with_its_page(plan: LabPlan, part: Part, says: str) -> None:
    problems = plan_problems(plan)
    assert problems[0].part is part
    assert says in problems[0].sentence
    with pytest.raises(ValueError, match=re.escape(problems[0].sentence)):
        lab_record(plan)


def test_nodes_without_virtualisation_make_a_cluster_without_vms() -> None:
    record = lab_record(_lonely(hardware_virtualisation=False, domain_controller=False, machines=()))
    assert record.vms == ()
    assert not any(node.hardware_virtualisation for node in record.nodes)


def test_memory_is_spread() -> None:
    layout = layout_of(replace(LARGER, machines=(VmGroup("web server", 40),)))
    assert max(layout.vms) - min(layout.vms) <= 1
    assert layout.homeless == 0


def test_another_seed_is_another_lab_of_the_same_shape() -> None:
    plan = replace(LARGER, machines=mixed(12))
    one, other = lab_record(plan), lab_record(replace(plan, seed=2))
    assert one != other
    assert [vm.name for vm in one.vms] == [vm.name for vm in other.vms]
