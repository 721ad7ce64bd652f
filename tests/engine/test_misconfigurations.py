"""Nodes set up wrongly: what follows in the cluster, what validation finds, and that setting them right ends it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine_world import NODE1, NODE2, Lab, guest
from failover_labs import failing, node_states, where
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.misconfigurations import Misconfiguration, is_wrong
from hvgui.cluster.nodes import NodeState
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.membership import REJOIN_SECONDS
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.run import advance_to
from hvgui.engine.sink import Recorder
from hvgui.requests.faults import CrashNode, PowerOnNode
from hvgui.requests.lifecycle import StartVm
from hvgui.requests.misconfigurations import MisconfigureNode, SetNodeRight
from hvgui.requests.node_service import StartClusterService
from hvgui.requests.problems import blockers

UP, DOWN, ISOLATED = NodeState.UP, NodeState.DOWN, NodeState.ISOLATED
LAST = NodeId(2)


def _in_a_domain(lab: Lab) -> Lab:
    for node in list(lab.world.cluster.nodes.values()):
        lab.world.cluster.put(replace(node, domain="lab.example"))
    return lab


def test_a_firewall_that_blocks_cluster_traffic_cuts_a_node_off() -> None:
    lab = failing(guest(0), guest(1, owner=1))
    asked = MisconfigureNode(NODE1, Misconfiguration.FIREWALL)
    assert [one.code for one in asked.check(lab.world.cluster)] == ["cut-off"]
    lab.ask(asked)
    assert lab.sink.events[-1].message.startswith("The firewall of NODE1 lets no cluster traffic through")
    assert lab.world.cluster.nodes[NODE1].silent_since_ns == 0
    twin = restore(snapshot(lab.world))
    lab.until(60.0)
    assert node_states(lab) == [ISOLATED, UP, UP]
    assert where(lab)[0][1] is VmState.RUNNING, "it runs elsewhere"
    assert where(lab)[0][0] != NODE1
    advance_to(twin, lab.world.now_ns, Recorder())
    assert snapshot(twin) == snapshot(lab.world)
    lab.ask(SetNodeRight(NODE1, Misconfiguration.FIREWALL))
    lab.until(60.0 + REJOIN_SECONDS + 1.0)
    assert node_states(lab) == [UP] * 3


def test_a_node_out_of_its_domain_runs_on_and_does_not_join_again() -> None:
    lab = _in_a_domain(failing())
    lab.ask(MisconfigureNode(NODE1, Misconfiguration.DOMAIN))
    lab.until(30.0)
    assert node_states(lab) == [UP] * 3, "who is in stays in"
    lab.ask(CrashNode(NODE1))
    lab.until(40.0)
    lab.ask(PowerOnNode(NODE1))
    lab.until(40.0 + NODE_BOOT_SECONDS + 60.0)
    assert node_states(lab)[0] is ISOLATED
    told = [event.message for event in lab.sink.events if event.code == "node-waits"]
    assert told == ["NODE1 is on and waits to join: it is not in the cluster's domain"]
    lab.ask(SetNodeRight(NODE1, Misconfiguration.DOMAIN))
    lab.until(lab.seconds + REJOIN_SECONDS + 1.0)
    assert node_states(lab)[0] is UP
    assert lab.world.cluster.nodes[NODE1].domain == "lab.example"


def test_the_firmware_counts_from_the_next_start() -> None:
    lab = failing(guest(0, state=VmState.OFF))
    lab.ask(MisconfigureNode(NODE1, Misconfiguration.VIRTUALISATION))
    assert "from its next start" in lab.sink.events[-1].message
    assert blockers(StartVm(lab.vm.id).check(lab.world.cluster)) == ()
    lab.ask(CrashNode(NODE1))
    lab.ask(PowerOnNode(NODE1))
    lab.until(NODE_BOOT_SECONDS + 1.0)
    lab.world.cluster.put(replace(lab.vm, owner=NODE1))
    assert [one.code for one in blockers(StartVm(lab.vm.id).check(lab.world.cluster))] == ["no-virtualisation"]
    lab.ask(CrashNode(NODE1))
    lab.ask(SetNodeRight(NODE1, Misconfiguration.VIRTUALISATION))
    assert lab.world.cluster.nodes[NODE1].hardware_virtualisation, "a node that is off is set at once"


def test_a_cluster_service_started_by_hand_stays_out_after_a_restart() -> None:
    lab = failing()
    lab.ask(MisconfigureNode(NODE2, Misconfiguration.CLUSTER_SERVICE))
    lab.ask(CrashNode(NODE2))
    lab.until(20.0)
    lab.ask(PowerOnNode(NODE2))
    lab.until(20.0 + NODE_BOOT_SECONDS + 60.0)
    assert node_states(lab)[1] is DOWN
    assert lab.world.cluster.nodes[NODE2].has_power
    assert "does not start with Windows" in lab.sink.events[-1].message
    lab.ask(StartClusterService(NODE2))
    lab.until(lab.seconds + REJOIN_SECONDS + 1.0)
    assert node_states(lab)[1] is UP


@pytest.mark.parametrize("wrong", list(Misconfiguration), ids=lambda one: one.value)
def test_each_is_asked_once_and_mended_once(wrong: Misconfiguration) -> None:
    lab = _in_a_domain(failing())
    before = lab.world.cluster.nodes[LAST]
    assert blockers(SetNodeRight(LAST, wrong).check(lab.world.cluster))
    lab.ask(MisconfigureNode(LAST, wrong))
    assert is_wrong(lab.world.cluster, lab.world.cluster.nodes[LAST], wrong)
    assert lab.world.cluster.nodes[LAST].set_up_wrongly == (wrong.value,)
    assert blockers(MisconfigureNode(LAST, wrong).check(lab.world.cluster))
    lab.ask(SetNodeRight(LAST, wrong))
    assert lab.world.cluster.nodes[LAST] == before


def test_where_there_is_no_domain_none_can_be_left() -> None:
    lab = failing()
    for node in list(lab.world.cluster.nodes.values()):
        lab.world.cluster.put(replace(node, domain=""))
    assert [one.code for one in MisconfigureNode(NODE1, Misconfiguration.DOMAIN).check(lab.world.cluster)] == [
        "no-domain"
    ]
