"""What validation finds can be brought about in a running lab, and set right again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId
from hvgui.cluster.misconfigurations import Misconfiguration
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.validation import Verdict
from hvgui.engine.run import advance_to, apply
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.lab.validation.all_tests import BY_ID
from hvgui.lab.validation.running import Plan, validate
from hvgui.requests.fabric_setup import (
    PresentLun,
    SetAddress,
    SetLinkLatency,
    SetNetworkRole,
    SetReservations,
    SetSanLatency,
)
from hvgui.requests.faults import CrashNode, CutLink, PowerOnNode, RestoreLink, SetLinkSpeed
from hvgui.requests.misconfigurations import MisconfigureNode, SetNodeRight
from hvgui.requests.network_faults import HealNetwork, PartitionNetwork
from hvgui.requests.request import Request
from hvgui.requests.storage_faults import FailPath, FailSan, RestorePath, RestoreSan
from validation_faults import LAST, healthy_record

TEST_OF = {
    Misconfiguration.DOMAIN: "system.active-directory",
    Misconfiguration.VIRTUALISATION: "system.virtualisation",
    Misconfiguration.FIREWALL: "network.firewall",
    Misconfiguration.CLUSTER_SERVICE: "system.cluster-service",
    Misconfiguration.SERVICES: "system.required-services",
    Misconfiguration.DRIVER: "system.drivers",
    Misconfiguration.MEMORY_DUMP: "system.memory-dump",
    Misconfiguration.UPDATE: "system.updates",
    Misconfiguration.RELEASE: "system.versions",
    Misconfiguration.SERVICE_PACK: "system.service-packs",
    Misconfiguration.OPTION: "system.installation-option",
    Misconfiguration.SYSTEM_DRIVE: "system.system-drive",
}


SPARE = next(lun.id for lun in healthy_record().luns if lun.name == "SPARE0")
MANAGED = NetworkId(1)
FABRIC: tuple[tuple[str, Request, Request], ...] = (
    (
        "network.configuration",
        SetNetworkRole(NetworkId(0), NetworkRole.CLUSTER_ONLY),
        SetNetworkRole(NetworkId(0), NetworkRole.CLUSTER_AND_CLIENT),
    ),
    ("network.ip", SetAddress(LAST, NetworkId(0), "10.0.0.11"), SetAddress(LAST, NetworkId(0), "10.0.0.14")),
    ("network.subnets", SetAddress(LAST, NetworkId(0), "192.168.7.4"), SetAddress(LAST, NetworkId(0), "10.0.0.14")),
    ("network.latency", SetLinkLatency(LAST, NetworkId(0), 0.4), SetLinkLatency(LAST, NetworkId(0), 0.0001)),
    ("network.speed", SetLinkSpeed(LAST, MANAGED, 12.5e6), SetLinkSpeed(LAST, MANAGED, 125e6)),
    ("storage.latency", SetSanLatency(SanId(0), 2.0), SetSanLatency(SanId(0), 0.0005)),
    ("storage.reservation", SetReservations(SanId(0), False), SetReservations(SanId(0), True)),
    ("storage.potential", PresentLun(SPARE, (NodeId(0), NodeId(1))), PresentLun(SPARE)),
    ("storage.failover", PresentLun(SPARE, (NodeId(0),)), PresentLun(SPARE)),
    ("storage.disks", FailSan(SanId(0)), RestoreSan(SanId(0))),
    ("storage.paths", FailPath(LAST, SanId(0)), RestorePath(LAST, SanId(0))),
    ("storage.arbitration", FailPath(LAST, SanId(0)), RestorePath(LAST, SanId(0))),
    ("cluster.networks", CutLink(LAST, MANAGED), RestoreLink(LAST, MANAGED)),
    ("network.communication", PartitionNetwork(((LAST,),)), HealNetwork()),
)
"""Test, what makes it fail, and what mends it."""


@pytest.mark.parametrize(("test", "harm", "mend"), FABRIC, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_set_up_between_the_nodes_is_found_and_mended(test: str, harm: Request, mend: Request) -> None:
    world, told = settled(healthy_record(), seed=1), Recorder()
    offline = frozenset(world.cluster.luns)
    assert _verdict(world.cluster, test, offline) is Verdict.SUCCESS
    for request, wanted in ((harm, {Verdict.FAILED, Verdict.WARNING}), (mend, {Verdict.SUCCESS})):
        assert apply(world, request, told).accepted, told.events[-1]
        assert _verdict(world.cluster, test, offline) in wanted


def _verdict(cluster: Cluster, test: str, offline: frozenset[LunId] = frozenset()) -> Verdict:
    (result,) = validate(cluster, Plan((BY_ID[test],), offline)).results
    return result.verdict


@pytest.mark.parametrize("wrong", list(Misconfiguration), ids=lambda one: one.value)
def test_each_makes_its_test_fail_and_setting_it_right_mends_it(wrong: Misconfiguration) -> None:
    record, test = healthy_record(), TEST_OF[wrong]
    nodes = tuple(replace(node, domain=node.domain or "lab.example") for node in record.nodes)
    world, told = settled(replace(record, nodes=nodes), seed=1), Recorder()
    assert _verdict(world.cluster, test) is Verdict.SUCCESS
    # What the firmware says counts from the next start.
    starts = wrong is Misconfiguration.VIRTUALISATION
    restart: tuple[Request, ...] = (CrashNode(LAST), PowerOnNode(LAST)) if starts else ()
    for request, wanted in (
        (MisconfigureNode(LAST, wrong), {Verdict.FAILED, Verdict.WARNING}),
        (SetNodeRight(LAST, wrong), {Verdict.SUCCESS}),
    ):
        for one in (request, *restart):
            assert apply(world, one, told).accepted, told.events[-1]
            advance_to(world, world.now_ns + (300 if starts else 2) * 10**9, told)
        assert _verdict(world.cluster, test) in wanted


def test_a_node_that_is_off_to_save_power_is_a_warning_and_no_failure() -> None:
    record = healthy_record()
    for since_ns, verdict in ((None, Verdict.FAILED), (0, Verdict.WARNING)):
        nodes = tuple(
            replace(node, state=NodeState.DOWN, saving_since_ns=since_ns) if node.id == LAST else node
            for node in record.nodes
        )
        assert _verdict(Cluster(replace(record, nodes=nodes)), "cluster.nodes") is verdict
