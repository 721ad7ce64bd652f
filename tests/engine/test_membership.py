"""Membership: partitions, quorum lost and found, force, hung services, lost heartbeats; no VM ever runs twice."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest
from msgspec.structs import replace

from engine_world import CLIENTS, MIGRATION, NODE1, NODE2, NODE3, VM, Lab, guest, lab_record
from failover_labs import BOOT, MOVE, PATIENT, failing, machine, node_states, where
from hvgui.cluster.hearing import missed_heartbeats
from hvgui.cluster.heartbeat import HeartbeatSettings
from hvgui.cluster.ids import LunId, NodeId, SanId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.membership import standing
from hvgui.cluster.nodes import NodeState, ServiceState
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.quorum import QuorumModel, QuorumSettings, Tally
from hvgui.cluster.storage import Lun, LunUse
from hvgui.cluster.units import GIB
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.membership import REJOIN_SECONDS
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.procedures.network_faults import HANG_SECONDS
from hvgui.engine.run import advance_to, apply
from hvgui.engine.sink import Recorder
from hvgui.requests.faults import CrashNode, CutLink, PauseNode, PowerOnNode, RestoreLink
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.network_faults import (
    FailWitnessShare,
    HangClusterService,
    HealNetwork,
    PartitionNetwork,
    RestoreWitnessShare,
    SetHeartbeatLoss,
)
from hvgui.requests.node_service import DrainNode, EvictNode, NodeRequest, StopClusterService
from hvgui.requests.problems import blockers
from hvgui.requests.quorum import ForceQuorum, SetHeartbeat, SetQuorum

UP, DOWN, ISOLATED = NodeState.UP, NodeState.DOWN, NodeState.ISOLATED


def nodes(*numbers: int) -> tuple[NodeId, ...]:
    return tuple(NodeId(number) for number in numbers)


def test_the_minority_stops_at_the_instant_at_which_the_majority_goes_on() -> None:
    """The lease rule: its VMs are stopped before anybody else starts them."""
    lab = failing(guest(0), guest(1, owner=1))
    lab.ask(PartitionNetwork((nodes(0),)))
    lab.until(4.9)
    assert where(lab) == [(0, VmState.RUNNING), (1, VmState.RUNNING)]
    stopped = lab.until_told("quorum-lost")
    assert 5.0 <= stopped.time_ns / 1e9 <= 6.0
    codes = lab.codes
    assert codes.index("quorum-lost") < codes.index("vm-lost") < codes.index("node-removed")
    assert codes.index("vm-lost") < codes.index("failover-began")
    assert node_states(lab) == [ISOLATED, UP, UP]
    lab.until_quiet()
    assert lab.vm.state is VmState.RUNNING
    assert lab.vm.owner != NODE1
    assert lab.seconds == pytest.approx(stopped.time_ns / 1e9 + MOVE + BOOT, abs=1.0)


def test_a_node_s_record_says_since_when_it_is_missed_and_keeps_it_in_checkpoints() -> None:
    lab = failing()
    lab.until(10.0)
    lab.ask(CrashNode(NODE1))
    lab.until(13.5)
    assert lab.world.cluster.nodes[NODE1].silent_since_ns == 10 * 10**9
    kept = snapshot(lab.world)
    assert missed_heartbeats(restore(kept).cluster, NODE1, lab.world.now_ns) == 3
    lab.until(20.0)
    assert lab.world.cluster.nodes[NODE1].silent_since_ns is None, "it is known to be dead"
    lab.ask(PartitionNetwork((nodes(1),)))
    lab.until(22.0)
    assert missed_heartbeats(lab.world.cluster, NODE2, lab.world.now_ns) == 2
    lab.ask(HealNetwork())
    assert missed_heartbeats(lab.world.cluster, NODE2, lab.world.now_ns) is None


def test_checkpoints_of_before_records_said_it_know_it_all_the_same() -> None:
    lab = failing()
    lab.ask(CrashNode(NODE1))
    lab.until(2.0)
    kept = msgspec.msgpack.decode(snapshot(lab.world))
    assert kept["cluster"]["nodes"][0].pop("silent_since_ns") == 0
    assert snapshot(restore(msgspec.msgpack.encode(kept))) == snapshot(lab.world)
    kept["cluster"]["nodes"][0]["silent_since_ns"] = 5
    with pytest.raises(ValueError, match="heartbeats are missed since a moment that can't be"):
        restore(msgspec.msgpack.encode(kept))


def test_a_partition_that_heals_in_time_is_nothing() -> None:
    lab = failing()
    lab.ask(PartitionNetwork((nodes(0),)))
    lab.until(4.0)
    lab.ask(HealNetwork())
    lab.until(30.0)
    assert lab.codes == ["network-partitioned", "network-healed"]
    assert not lab.world.missing


def test_an_isolated_node_joins_again_once_it_hears_the_others() -> None:
    lab = failing()
    lab.ask(PauseNode(NODE1))
    lab.ask(PartitionNetwork((nodes(0),)))
    lab.until(60.0)
    assert node_states(lab)[0] is ISOLATED
    lab.ask(HealNetwork())
    lab.until(60.0 + REJOIN_SECONDS - 0.1)
    assert node_states(lab)[0] is ISOLATED
    lab.until(60.0 + REJOIN_SECONDS)
    assert node_states(lab)[0] is NodeState.PAUSED, "it was paused when it left"


def test_one_network_is_enough_to_hear_each_other() -> None:
    lab = failing()
    lab.ask(PartitionNetwork((nodes(0),), MIGRATION))
    lab.until(60.0)
    assert node_states(lab) == [UP] * 3
    lab.ask(CutLink(NODE1, CLIENTS))
    lab.until(70.0)
    assert node_states(lab)[0] is ISOLATED


def test_without_quorum_every_service_stops_and_the_cluster_forms_again_by_itself() -> None:
    lab = failing(guest(0), guest(1, owner=1), guest(2, owner=2), nodes=5)
    for node in (NODE1, NODE2):
        lab.ask(CrashNode(node))
    lab.until(20.0)
    assert node_states(lab) == [DOWN, DOWN, UP, UP, UP]
    lab.ask(CrashNode(NODE3))
    lab.until(30.0)
    assert node_states(lab)[3:] == [ISOLATED, ISOLATED]
    assert not standing(lab.world.cluster).active
    assert {state for _, state in where(lab)} == {VmState.CRITICAL}
    assert machine(lab, 2).pending == "VM02 can't start: the cluster has no quorum."
    lab.ask(PowerOnNode(NODE1))
    lab.until(30.0 + NODE_BOOT_SECONDS)
    assert [node_states(lab)[one] for one in (0, 3, 4)] == [UP] * 3
    lab.until(30.0 + NODE_BOOT_SECONDS + 60.0)
    assert {state for _, state in where(lab)} == {VmState.RUNNING}


@pytest.mark.parametrize("model", list(QuorumModel))
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_whatever_crashes_the_engine_agrees_with_the_formula(model: QuorumModel, size: int) -> None:
    """Every subset of nodes and witness that fails at one instant: who is left goes on, or everybody stops."""
    for *up, witness in product((False, True), repeat=size + 1):
        if not any(up):
            continue
        record = lab_record(guest(), nodes=size)
        lun = Lun(LunId(1), "Witness", SanId(0), GIB, LunUse.WITNESS, NodeId(0), up=witness)
        quorum = QuorumSettings(model, share_up=witness)
        lab = Lab(replace(record, luns=(*record.luns, lun), quorum=quorum))
        lab.world.cluster.put(replace(lab.world.cluster.quorum, forced=()))
        for node in range(size):
            if not up[node]:
                lab.ask(CrashNode(NodeId(node)))
        lab.until(10.0)
        votes = size + (model in (QuorumModel.NODE_AND_DISK, QuorumModel.NODE_AND_SHARE))
        there = sum(up) + (votes > size and witness)
        expected = witness if model is QuorumModel.DISK_ONLY else 2 * there > votes
        if all(up) and not expected:
            continue
        assert node_states(lab) == [DOWN if not one else UP if expected else ISOLATED for one in up]


def test_two_nodes_and_a_witness_that_one_side_holds() -> None:
    """Split in two halves, the one with the disk's owner goes on; without the witness both stop."""
    record = lab_record(guest(0), guest(1, owner=1), nodes=2)
    lun = Lun(LunId(1), "Witness", SanId(0), GIB, LunUse.WITNESS, NODE2)
    lab = Lab(replace(record, luns=(*record.luns, lun)))
    lab.ask(PartitionNetwork((nodes(0),)))
    lab.until(70.0)
    assert node_states(lab) == [ISOLATED, UP]
    assert where(lab) == [(1, VmState.RUNNING)] * 2
    lab = Lab(replace(lab_record(guest(), nodes=2), quorum=QuorumSettings(QuorumModel.NODE_MAJORITY)))
    lab.ask(PartitionNetwork((nodes(0),)))
    lab.until(10.0)
    assert node_states(lab) == [ISOLATED, ISOLATED]


def test_a_witness_share_that_fails_matters_once_a_node_does() -> None:
    lab = failing(nodes=2)
    lab.ask(FailWitnessShare())
    lab.until(60.0)
    assert node_states(lab) == [UP, UP]
    lab.ask(CrashNode(NODE2))
    lab.until(70.0)
    assert node_states(lab) == [ISOLATED, DOWN]
    lab.ask(RestoreWitnessShare())
    lab.until(70.0 + REJOIN_SECONDS + MOVE + BOOT)
    assert node_states(lab) == [UP, DOWN]
    assert where(lab) == [(0, VmState.RUNNING)]


def test_force_quorum_starts_a_minority_and_refuses_a_second_cluster() -> None:
    lab = failing(guest(0), guest(1, owner=3), nodes=5)
    assert "has quorum" in str(blockers(ForceQuorum(NODE1).check(lab.world.cluster))[0])
    for node in nodes(0, 1, 2):
        lab.ask(CrashNode(node))
    lab.until(10.0)
    assert node_states(lab)[3:] == [ISOLATED] * 2
    lab.ask(ForceQuorum(NodeId(3)))
    lab.until(10.0 + 2 * REJOIN_SECONDS)
    assert node_states(lab)[3:] == [UP] * 2
    found = standing(lab.world.cluster)
    assert (found.forced, found.active) == (True, nodes(3, 4))
    lab.until(120.0)
    assert {state for _, state in where(lab)} == {VmState.RUNNING}
    for node in nodes(0, 1, 2):
        lab.ask(PowerOnNode(node))
    lab.until(120.0 + NODE_BOOT_SECONDS)
    assert node_states(lab) == [UP] * 5
    assert lab.world.cluster.quorum.forced == ()


def test_dynamic_quorum_lets_the_last_node_go_on_where_2008_r2_stops() -> None:
    for profile, left in (("2012 R2", UP), ("2008 R2", ISOLATED)):
        lab = failing(guest(0, owner=3), nodes=4, profile=PROFILES[profile])
        for number, moment in ((0, 0.0), (1, 20.0), (2, 40.0)):
            lab.until(moment)
            lab.ask(CrashNode(NodeId(number)))
        lab.until(60.0)
        assert node_states(lab)[3] is left
    assert [node.has_vote for node in lab.world.cluster.nodes.values()] == [True] * 4


@pytest.mark.parametrize("leave", [StopClusterService, EvictNode])
def test_whoever_says_goodbye_leaves_its_vote_to_who_stays(leave: type[NodeRequest]) -> None:
    """Of two nodes without a witness one votes; when it leaves cleanly the other one has the vote before it goes."""
    lab = failing(nodes=3, profile=PROFILES["2012 R2"])
    lab.ask(CrashNode(NODE3))
    lab.until(20.0)
    assert [node.has_vote for node in lab.world.cluster.nodes.values()] == [True, False, False]
    lab.ask(DrainNode(NODE1))
    lab.until_quiet()
    lab.ask(leave(NODE1))
    lab.until(lab.seconds + 30.0)
    assert node_states(lab)[1] is UP
    assert standing(lab.world.cluster).tally == Tally(1, 1)


def test_dynamic_quorum_gives_votes_back() -> None:
    lab = failing(nodes=3, profile=PROFILES["2016"])
    lab.ask(CrashNode(NODE1))
    lab.until(20.0)
    votes = [node.has_vote for node in lab.world.cluster.nodes.values()]
    assert votes in ([False, True, True], [False, True, False])
    lab.ask(PowerOnNode(NODE1))
    lab.until(20.0 + NODE_BOOT_SECONDS)
    assert [node.has_vote for node in lab.world.cluster.nodes.values()] == [True] * 3


def test_a_hung_service_is_stopped_by_the_kernel_and_its_vms_start_elsewhere() -> None:
    lab = failing(replace(guest(0), failover=PATIENT))
    lab.ask(HangClusterService(NODE1))
    assert lab.world.cluster.nodes[NODE1].service is ServiceState.HUNG
    assert "service-hangs" in {one.code for one in LiveMigrate(VM, NODE1).check(lab.world.cluster)} | {"service-hangs"}
    lab.until(HANG_SECONDS - 0.1)
    assert where(lab) == [(0, VmState.RUNNING)]
    lab.until(HANG_SECONDS)
    assert (where(lab), node_states(lab)[0]) == ([(0, VmState.CRITICAL)], NodeState.JOINING)
    lab.until(HANG_SECONDS + 60.0)
    assert where(lab) == [(1, VmState.RUNNING)]
    lab.until(HANG_SECONDS + NODE_BOOT_SECONDS)
    assert node_states(lab) == [UP] * 3


def test_a_hung_node_takes_no_vms() -> None:
    lab = failing(guest(0))
    lab.ask(HangClusterService(NODE2))
    assert "service-hangs" in {one.code for one in LiveMigrate(VM, NODE2).check(lab.world.cluster)}
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert lab.vm.owner == NODE3


def test_lost_heartbeats_remove_a_node_now_and_then_and_it_comes_back() -> None:
    lab = failing(guest(0), guest(1, owner=2), nodes=3)
    lab.ask(SetHeartbeatLoss(CLIENTS, 1.0))
    lab.until(20.0)
    assert node_states(lab) == [UP] * 3, "the other network still carries them"
    lab.ask(SetHeartbeatLoss(MIGRATION, 0.5, NODE3))
    lab.until(3600.0)
    lost = [event for event in lab.sink.events if event.code == "heartbeats-lost"]
    assert {event.node for event in lost} == {NODE3}
    # (q^-5 - 1) / (1 - q) = 62 heartbeats on average, then it has to join again.
    assert 20 <= len(lost) <= 100
    lab.ask(SetHeartbeatLoss(MIGRATION, 0.0, NODE3))
    lab.until(3700.0)
    assert node_states(lab) == [UP] * 3


def test_a_migration_across_a_partition_breaks_off() -> None:
    lab = failing(guest(0, gigabytes=8))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until(10.0)
    lab.ask(PartitionNetwork((nodes(0),), MIGRATION))
    assert "lost its link" in lab.ended().message
    assert (lab.vm.owner, lab.vm.state) == (NODE1, VmState.RUNNING)
    assert LiveMigrate(VM, NODE2, MIGRATION).check(lab.world.cluster)[0].code == "no-network"


def test_vms_that_are_not_clustered_run_on_where_the_service_has_stopped() -> None:
    record = lab_record(guest(0), replace(guest(1), highly_available=False, disks=()), nodes=3)
    lab = Lab(record)
    lab.ask(PartitionNetwork((nodes(0),)))
    lab.until(60.0)
    assert where(lab) == [(lab.vm.owner, VmState.RUNNING), (0, VmState.RUNNING)]
    assert lab.vm.owner != NODE1


def test_the_quorum_is_set_and_a_witness_changes_its_use() -> None:
    record = lab_record(guest(), nodes=2)
    spare = Lun(LunId(1), "Spare", SanId(0), GIB)
    lab = Lab(replace(record, luns=(*record.luns, spare)))
    lab.ask(SetQuorum(QuorumModel.NODE_AND_DISK, LunId(1)))
    assert lab.world.cluster.luns[LunId(1)].use is LunUse.WITNESS
    assert standing(lab.world.cluster).tally.votes == 3
    lab.ask(SetQuorum(QuorumModel.NODE_AND_SHARE, witness_share="\\\\files\\witness"))
    assert lab.world.cluster.luns[LunId(1)].use is LunUse.AVAILABLE
    (advice,) = SetQuorum(QuorumModel.NODE_MAJORITY).check(lab.world.cluster)
    assert advice.message.startswith("With 2 nodes Node Majority survives the loss of 0")
    for wrong in (SetQuorum(QuorumModel.NODE_AND_SHARE), SetQuorum(QuorumModel.DISK_ONLY, LunId(0))):
        assert blockers(wrong.check(lab.world.cluster))


def test_heartbeats_have_the_ranges_of_their_platform() -> None:
    lab = failing()
    lab.ask(SetHeartbeat(HeartbeatSettings(2000, 10)))
    assert lab.world.cluster.heartbeat.detection_seconds() == 20.0
    outcome = apply(lab.world, SetHeartbeat(HeartbeatSettings(100, 11)), lab.sink)
    assert [one.message for one in outcome.problems] == [
        "The delay on the same subnet is 250 to 2,000 ms on 2008 R2 SP1, not 100.",
        "The threshold on the same subnet is 3 to 10 on 2008 R2 SP1, not 11.",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        PartitionNetwork(()),
        PartitionNetwork((nodes(0, 1, 2),)),
        PartitionNetwork((nodes(0), nodes(0, 1))),
        PartitionNetwork((nodes(7),)),
        PartitionNetwork(((), nodes(1))),
        HealNetwork(),
        HealNetwork(CLIENTS),
        SetHeartbeatLoss(CLIENTS, 1.5),
        SetHeartbeatLoss(CLIENTS, 0.5, NodeId(9)),
        RestoreWitnessShare(),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: PartitionNetwork) -> None:
    lab = failing()
    assert blockers(wrong.check(lab.world.cluster))


def test_forks_and_checkpoints_of_a_split_cluster_go_on_alike() -> None:
    lab = failing(*(guest(number, owner=number % 5, gigabytes=4) for number in range(8)), nodes=5)
    lab.ask(PartitionNetwork((nodes(0, 1),)))
    lab.ask(SetHeartbeatLoss(CLIENTS, 0.3))
    lab.ask(SetHeartbeatLoss(MIGRATION, 0.6))
    lab.until(3.0)
    lab.ask(HangClusterService(NODE3))
    copies = []
    for moment in (3.0, 5.7, 8.0, 40.0, 63.0, 100.0):
        lab.until(moment)
        copies += [lab.world.fork(), restore(snapshot(lab.world))]
    lab.ask(HealNetwork())
    lab.until(100.0)
    copies = [copy for copy in copies if apply(copy, HealNetwork(), Recorder()).accepted and copy.now_ns == 100 * 10**9]
    lab.until(500.0)
    assert copies
    for copy in copies:
        advance_to(copy, lab.world.now_ns, Recorder())
        assert snapshot(copy) == snapshot(lab.world)


def test_links_that_come_back_one_by_one() -> None:
    lab = failing(guest(0), guest(1, owner=1), nodes=3)
    for network in (CLIENTS, MIGRATION):
        lab.ask(CutLink(NODE1, network))
    lab.until(60.0)
    assert node_states(lab) == [ISOLATED, UP, UP]
    lab.ask(RestoreLink(NODE1, MIGRATION))
    lab.until(60.0 + REJOIN_SECONDS)
    assert node_states(lab) == [UP] * 3
    assert machine(lab, 0).owner != NODE1
    assert VmId(0) in lab.world.cluster.vms
