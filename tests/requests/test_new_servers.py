"""What a new server may be, what it is like, and what is said before it becomes a node or goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import NetworkId, NodeId, SanId, VmId
from hvgui.cluster.installations import Installation
from hvgui.cluster.machines import VmState
from hvgui.cluster.networks import GIGABIT
from hvgui.cluster.nodes import Node, NodeState, ServiceState
from hvgui.cluster.processor_models import PROCESSOR_MODELS
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.storage import DetachedDisk, StoragePath, VirtualDisk
from hvgui.cluster.units import GIB, TIB
from hvgui.requests.new_server import MOST_SERVERS, NewServer, ServerLink, ServerPath, next_address
from hvgui.requests.node_service import AddNode
from hvgui.requests.problems import Problem, Severity, blockers
from hvgui.requests.remove_server import RemoveServer
from small_cluster import CLIENTS, MIGRATION, small_record, small_vm

SAN, NEW = SanId(0), NodeId(2)
OLD, YOUNG, AMD = (PROCESSOR_MODELS[key].processor() for key in ("xeon-e5440", "xeon-gold-6326", "epyc-7452"))


def cluster_with(record: ClusterRecord, request: NewServer) -> Cluster:
    cluster = Cluster(record)
    assert not blockers(request.check(cluster)), request.check(cluster)
    for one in request.records(cluster):
        cluster.put(one)
    return cluster


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [one.code for one in problems]


def in_domain(record: ClusterRecord, domain: str = "lab.example") -> ClusterRecord:
    return replace(record, domain=domain, nodes=tuple(replace(node, domain=domain) for node in record.nodes))


def test_what_is_not_said_is_as_with_the_node_that_it_is_like() -> None:
    record = in_domain(small_record())
    second = replace(
        record.nodes[1],
        processor=YOUNG,
        memory_bytes=96 * GIB,
        root_reserve_bytes=3 * GIB,
        installation=Installation(updates=("KB976902",), firewall_open=False, memory_dump=False),
        blocks_cluster_traffic=True,
        set_up_wrongly=("firewall",),
        state=NodeState.PAUSED,
        has_vote=False,
    )
    links = tuple(
        replace(link, bytes_per_second=10 * GIGABIT, address=f"10.0.{link.network}.1{link.node}")
        for link in record.links
    )
    record = replace(
        record,
        nodes=(record.nodes[0], second),
        links=links,
        paths=(StoragePath(NodeId(1), SAN, 5e7, up=False),),
    )
    cluster = cluster_with(record, NewServer("NODE3", like=NodeId(1)))
    node = cluster.nodes[NEW]
    assert node == replace(
        second,
        id=NEW,
        name="NODE3",
        state=NodeState.DOWN,
        service=ServiceState.STOPPED,
        is_member=False,
        has_vote=True,
        installation=Installation(updates=("KB976902",)),
        blocks_cluster_traffic=False,
        set_up_wrongly=(),
    ), "alike, but for what is wrong with the other one"
    assert [link.bytes_per_second for key, link in cluster.links.items() if key[0] == NEW] == [10 * GIGABIT] * 2
    assert [link.address for key, link in cluster.links.items() if key[0] == NEW] == ["10.0.0.12", "10.0.1.12"]
    assert cluster.paths[(NEW, SAN)] == StoragePath(NEW, SAN, 5e7)


def test_what_is_said_is_so() -> None:
    request = NewServer(
        "box-1",
        48 * GIB,
        "xeon-x5650",
        1,
        in_domain=False,
        has_power=False,
        links=(ServerLink(MIGRATION, 1.25e9),),
        paths=(),
        uses_slat=False,
    )
    cluster = cluster_with(in_domain(small_record()), request)
    node = cluster.nodes[NEW]
    assert (node.memory_bytes, node.root_reserve_bytes, node.processor.logical) == (48 * GIB, 6 * GIB, 12)
    assert (node.processor.slat, node.domain, node.has_power) == (False, "", False)
    assert [key for key in cluster.links if key[0] == NEW] == [(NEW, MIGRATION)]
    assert not cluster.paths[(NEW, SAN)].up
    assert "no-domain" in codes(request.check(Cluster(in_domain(small_record()))))
    assert codes(blockers(AddNode(NEW).check(cluster))) == ["no-power"]


WRONG: dict[str, tuple[NewServer, str]] = {
    "no name": (NewServer(""), "name"),
    "sixteen letters": (NewServer("A" * 16), "name"),
    "a hyphen at the end": (NewServer("NODE-"), "name"),
    "a dot": (NewServer("node3.lab"), "name"),
    "a number": (NewServer("12345"), "name"),
    "a node's name": (NewServer("node2"), "name-taken"),
    "the cluster's name": (NewServer("Test"), "name-taken"),
    "like nobody": (NewServer("N3", like=NodeId(9)), "no-such-node"),
    "no such model": (NewServer("N3", model="abacus"), "no-such-model"),
    "nine sockets": (NewServer("N3", model="xeon-x5650", sockets=9), "sockets"),
    "too many processors": (NewServer("N3", model="epyc-7452", sockets=2), "logical-processors"),
    "hardly any memory": (NewServer("N3", GIB), "memory"),
    "too much memory": (NewServer("N3", 2 * TIB), "memory"),
    "no such network": (NewServer("N3", links=(ServerLink(NetworkId(7)),)), "no-such-end"),
    "a network twice": (NewServer("N3", links=(ServerLink(CLIENTS), ServerLink(CLIENTS))), "twice"),
    "no such SAN": (NewServer("N3", paths=(ServerPath(SanId(4)),)), "no-such-end"),
    "no speed": (NewServer("N3", links=(ServerLink(CLIENTS, 0.0),)), "speed"),
    "not a number": (NewServer("N3", paths=(ServerPath(SAN, float("nan")),)), "speed"),
}


@pytest.mark.parametrize(("request_", "code"), WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused_with_a_sentence(request_: NewServer, code: str) -> None:
    cluster = Cluster(small_record())
    problems = blockers(request_.check(cluster))
    assert codes(problems) == [code]
    assert str(problems[0]).endswith(".")
    assert request_.title(cluster)
    assert request_.powershell(cluster)


def test_a_lab_is_not_endless() -> None:
    crowd = small_record((), nodes=MOST_SERVERS)
    assert codes(blockers(NewServer("ONEMORE").check(Cluster(crowd)))) == ["too-many-servers"]


def test_a_first_server_of_an_empty_lab_has_the_usual_hardware() -> None:
    cluster = cluster_with(ClusterRecord(), NewServer("NODE1"))
    assert cluster.nodes[NodeId(0)].processor == Node(NodeId(0), "").processor


@pytest.mark.parametrize(("profile", "most"), [("2008 R2", 16), ("2012 R2", 64)])
def test_a_cluster_takes_as_many_nodes_as_its_platform_allows(profile: str, most: int) -> None:
    full = cluster_with(small_record(nodes=most, profile=PROFILES[profile]), NewServer("ONEMORE"))
    (problem,) = blockers(AddNode(NodeId(most)).check(full))
    assert problem.code == "too-many-nodes"
    assert str(most) in problem.message
    room = cluster_with(small_record(nodes=most - 1, profile=PROFILES[profile]), NewServer("LAST"))
    assert AddNode(NodeId(most - 1)).check(room) == ()


def test_without_domain_or_hardware_virtualisation_a_server_is_no_node() -> None:
    lonely = cluster_with(in_domain(small_record()), NewServer("N3", in_domain=False))
    assert codes(blockers(AddNode(NEW).check(lonely))) == ["no-domain"]
    for request in (NewServer("N3", hardware_virtualisation=False), NewServer("N3", model="opteron-270")):
        assert "no-virtualisation" in codes(request.check(Cluster(small_record())))
        assert codes(blockers(AddNode(NEW).check(cluster_with(small_record(), request)))) == ["no-virtualisation"]
    assert blockers(AddNode(NEW).check(cluster_with(in_domain(small_record()), NewServer("N3")))) == ()


def test_processors_that_do_not_match_are_warned_of_both_ways() -> None:
    vm = replace(small_vm(), seen_features=YOUNG.features, booted_vendor="Intel")
    record = small_record((vm, small_vm(1, state=VmState.OFF)))
    record = replace(record, nodes=tuple(replace(node, processor=YOUNG) for node in record.nodes))

    def warned(model: str) -> dict[str, str]:
        problems = AddNode(NEW).check(cluster_with(record, NewServer("N3", model=model, sockets=1)))
        assert all(one.severity is Severity.WARNING for one in problems)
        return {one.code: str(one) for one in problems}

    assert warned("xeon-gold-6326") == {}
    assert "VM00 can't migrate to N3" in warned("xeon-e5440")["older-processor"]
    assert set(warned("epyc-7452")) == {"mixed-vendors"}
    assert "NODE1, NODE2 lack:" in warned("xeon-gold-6430")["newer-processor"]
    assert AMD.vendor != OLD.vendor


def test_who_hears_nobody_is_told_so() -> None:
    cluster = cluster_with(small_record(), NewServer("N3", links=()))
    assert codes(AddNode(NEW).check(cluster)) == ["not-joined"]
    assert "no-link" in codes(NewServer("N3", links=()).check(Cluster(small_record())))


def _with_vm(cluster: Cluster) -> None:
    cluster.put(replace(cluster.vms[VmId(0)], owner=NEW, highly_available=False))


def _with_file(cluster: Cluster) -> None:
    disk = VirtualDisk("x", GIB, path="D:\\x.vhd", local_node=NEW)
    cluster.put(replace(cluster.vms[VmId(0)], disks=(disk,)))


def _with_loose_file(cluster: Cluster) -> None:
    cluster.put(DetachedDisk(VirtualDisk("x", GIB, path="D:\\x.vhd", local_node=NEW)))


def _only_owner(cluster: Cluster) -> None:
    cluster.put(replace(cluster.vms[VmId(0)], possible_owners=(NEW,)))


def _owner_of_lun(cluster: Cluster) -> None:
    cluster.put(replace(next(iter(cluster.luns.values())), owner=NEW))


def _coordinator(cluster: Cluster) -> None:
    cluster.put(replace(next(iter(cluster.volumes.values())), coordinator=NEW))


HOLDS: dict[str, Callable[[Cluster], None]] = {
    "vms-there": _with_vm,
    "files-there": _with_file,
    "only-owner": _only_owner,
    "owns-lun": _owner_of_lun,
    "coordinates": _coordinator,
}


@pytest.mark.parametrize(("code", "hold"), HOLDS.items(), ids=HOLDS)
def test_a_server_on_which_something_hangs_is_not_removed(code: str, hold: Callable[[Cluster], None]) -> None:
    cluster = cluster_with(small_record(), NewServer("N3"))
    assert RemoveServer(NEW).check(cluster) == ()
    hold(cluster)
    assert codes(blockers(RemoveServer(NEW).check(cluster))) == [code]


def test_loose_files_hold_a_server_and_a_member_is_evicted_first() -> None:
    cluster = cluster_with(small_record(), NewServer("N3"))
    _with_loose_file(cluster)
    assert "D:\\x.vhd" in str(RemoveServer(NEW).check(cluster)[0])
    assert codes(RemoveServer(NodeId(0)).check(cluster)) == ["member"]


@pytest.mark.parametrize(
    ("taken", "subnet", "found"),
    [
        (["10.0.0.11", "10.0.0.12"], "10.0.0.0/24", "10.0.0.13"),
        (["10.0.0.254"], "10.0.0.0/16", "10.0.1.1"),
        (["10.0.0.254"], "10.0.0.0/24", ""),
        (["10.0.0.11", "fe80::1", ""], "", "10.0.0.12"),
        ([], "10.0.0.0/24", ""),
        (["10.0.0.11"], "what/ever", "10.0.0.12"),
    ],
)
def test_a_link_gets_the_next_address_of_its_subnet(taken: list[str], subnet: str, found: str) -> None:
    assert next_address(taken, subnet) == found


def test_the_powershell_is_that_of_the_platform() -> None:
    old, new = (Cluster(in_domain(small_record(profile=PROFILES[name]))) for name in ("2008 R2", "2022"))
    assert "Add-WindowsFeature" in NewServer("N3").powershell(old)
    assert "Install-WindowsFeature -ComputerName 'N3'" in NewServer("N3").powershell(new)
    assert "Add-Computer -ComputerName 'N3' -DomainName 'lab.example'" in NewServer("N3").powershell(new)
    assert AddNode(NodeId(1)).powershell(new) == "Add-ClusterNode -Name 'NODE2'"


ids = st.integers(-2, 3)
speeds = st.sampled_from([0.0, -1.0, 1.25e8, 1e12, 1e13, float("nan"), float("inf")])
arbitrary = st.builds(
    NewServer,
    st.text(max_size=20) | st.sampled_from(["NODE3", "NODE1", "a'b"]),
    st.sampled_from([0, -1, GIB, 16 * GIB, 2**70]),
    st.sampled_from(["", "xeon-x5650", "opteron-270", "none\nsuch"]),
    st.integers(-1, 9),
    st.none() | ids.map(NodeId),
    st.booleans(),
    st.booleans(),
    st.none() | st.lists(st.builds(ServerLink, ids.map(NetworkId), speeds), max_size=3).map(tuple),
    st.none() | st.lists(st.builds(ServerPath, ids.map(SanId), speeds), max_size=2).map(tuple),
    st.booleans(),
    st.booleans(),
)


@given(arbitrary, st.booleans())
def test_whatever_a_journal_asks_is_refused_with_a_sentence_or_makes_a_sound_cluster(
    request_: NewServer, empty: bool
) -> None:
    cluster = Cluster(ClusterRecord() if empty else in_domain(small_record()))
    problems = request_.check(cluster)
    assert "\n" not in request_.title(cluster)
    assert request_.powershell(cluster)
    assert all(str(problem).strip().endswith(".") for problem in problems)
    if not blockers(problems):
        for one in request_.records(cluster):
            cluster.put(one)
        assert inconsistencies(cluster.record()) == ()
