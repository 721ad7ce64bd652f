"""What validation finds of nodes can be brought about in a running lab, and set right again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.misconfigurations import Misconfiguration
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.validation import Verdict
from hvgui.engine.run import advance_to, apply
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.lab.validation.all_tests import BY_ID
from hvgui.lab.validation.running import Plan, validate
from hvgui.requests.faults import CrashNode, PowerOnNode
from hvgui.requests.misconfigurations import MisconfigureNode, SetNodeRight
from hvgui.requests.request import Request
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
    Misconfiguration.SERVICE_PACK: "system.service-packs",
    Misconfiguration.OPTION: "system.installation-option",
    Misconfiguration.SYSTEM_DRIVE: "system.system-drive",
}


def _verdict(cluster: Cluster, test: str) -> Verdict:
    (result,) = validate(cluster, Plan((BY_ID[test],))).results
    return result.verdict


@pytest.mark.parametrize("wrong", list(Misconfiguration), ids=lambda one: one.value)
def test_each_makes_its_test_fail_and_setting_it_right_mends_it(wrong: Misconfiguration) -> None:
    record, test = healthy_record(), TEST_OF[wrong]
    nodes = tuple(replace(node, domain=node.domain or "lab.example") for node in record.nodes)
    world, told = World.of(replace(record, nodes=nodes), seed=1), Recorder()
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
