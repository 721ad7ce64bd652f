"""Votes, heartbeats, states and consequences in words: what the window says of a cluster that fails."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPointF

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.hearing import missed_heartbeats
from hvgui.cluster.heartbeat import HeartbeatSettings
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId, VmId
from hvgui.cluster.machines import FailoverPolicy, VmState
from hvgui.cluster.membership import standing
from hvgui.cluster.nodes import DrainState, Node, NodeState, ServiceState
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.quorum import QuorumModel, QuorumSettings
from hvgui.cluster.storage import Lun, LunUse
from hvgui.cluster.units import GIB
from hvgui.gui.facts import Facts
from hvgui.gui.failover.words import failover_rows
from hvgui.gui.network.map_layout import lay_out
from hvgui.gui.network.outlook import after_partition
from hvgui.gui.network.pieces import rail_pieces
from hvgui.gui.network.words import network_state, partition_words
from hvgui.gui.node_words import node_look, node_state
from hvgui.gui.quorum.consequences import consequences, stops_nodes
from hvgui.gui.quorum.diagram import lay_out as lay_out_votes
from hvgui.gui.quorum.heartbeat_words import detection_range, heartbeat_rows
from hvgui.gui.quorum.shown_standing import shown_standing
from hvgui.gui.quorum.survival import survivals
from hvgui.gui.quorum.votes import count_votes
from hvgui.requests.faults import CrashNode, CutLink
from hvgui.requests.network_faults import PartitionNetwork
from hvgui.requests.node_service import StopClusterService
from hvgui.requests.storage_faults import FailLun
from small_cluster import CLIENTS, MIGRATION, small_record, small_vm


def _cluster(record: ClusterRecord, **settings: object) -> Cluster:
    return Cluster(replace(record, **settings) if settings else record)


def _down(cluster: Cluster, *nodes: int) -> Cluster:
    for node in nodes:
        cluster.put(replace(cluster.nodes[NodeId(node)], state=NodeState.DOWN))
    return cluster


def _with_witness(nodes: int) -> ClusterRecord:
    record = small_record(nodes=nodes)
    witness = Lun(LunId(1), "Witness", SanId(0), GIB, LunUse.WITNESS, NodeId(0))
    return replace(record, luns=(*record.luns, witness))


def test_every_state_of_a_node_has_words_and_a_picture_of_its_own() -> None:
    node = Node(NodeId(0), "N")
    states = [
        node,
        replace(node, service=ServiceState.HUNG),
        replace(node, state=NodeState.PAUSED),
        replace(node, state=NodeState.PAUSED, drain=DrainState.IN_PROGRESS),
        replace(node, state=NodeState.PAUSED, drain=DrainState.FAILED),
        replace(node, state=NodeState.DOWN),
        replace(node, state=NodeState.DOWN, is_unnoticed=True),
        replace(node, state=NodeState.DOWN, service=ServiceState.STOPPED),
        replace(node, state=NodeState.JOINING),
        replace(node, state=NodeState.ISOLATED),
        replace(node, state=NodeState.DOWN, service=ServiceState.STOPPED, is_member=False),
    ]
    assert len({node_state(one) for one in states}) == len(states)
    assert len({node_look(one) for one in states}) == len(states)


def test_the_votes_of_a_cluster_with_a_disk_witness() -> None:
    cluster = _cluster(_with_witness(2))
    count = count_votes(cluster, standing(cluster))
    assert [(one.name, one.counts) for one in count.ballots] == [("NODE1", True), ("NODE2", True), ("Witness", True)]
    assert count.sentence == "3 of 3 votes, 1 more vote may be lost."
    _down(cluster, 1)
    count = count_votes(cluster, standing(cluster))
    assert [one.counts for one in count.ballots] == [True, False, True]
    assert (count.tone, count.ballots[1].vote_words) == ("warning", "1 vote, lacking")
    cluster.put(replace(cluster.luns[LunId(1)], up=False))
    count = count_votes(cluster, standing(cluster))
    assert (count.tone, count.ballots[2].state) == ("bad", "Failed")
    assert count.sentence == "TEST is stopped: 1 of 3 votes, 2 are needed: no quorum."


def test_a_withdrawn_vote_and_a_disk_that_alone_votes() -> None:
    cluster = _cluster(small_record(nodes=2, profile=PROFILES["2012 R2"]))
    cluster.put(replace(cluster.nodes[NodeId(1)], has_vote=False))
    assert count_votes(cluster, standing(cluster)).ballots[1].vote_words == "vote withdrawn"
    alone = _cluster(_with_witness(2), quorum=QuorumSettings(model=QuorumModel.DISK_ONLY))
    count = count_votes(alone, standing(alone))
    assert [one.vote_words for one in count.ballots] == ["no vote in this model"] * 2 + ["1 vote"]


def test_a_stopped_cluster_counts_who_waits_for_quorum() -> None:
    cluster = _cluster(small_record(nodes=3))
    for node in (0, 1, 2):
        cluster.put(replace(cluster.nodes[NodeId(node)], state=NodeState.DOWN if node else NodeState.ISOLATED))
    count = count_votes(cluster, shown_standing(cluster))
    assert count.sentence == "TEST is stopped: 1 of 3 votes, 2 are needed: no quorum."
    assert [one.counts for one in count.ballots] == [True, False, False]
    cluster.put(replace(cluster.nodes[NodeId(1)], state=NodeState.ISOLATED))
    count = count_votes(cluster, shown_standing(cluster))
    assert (count.sentence, count.tone) == ("TEST begins again: 2 of 3 votes.", "bad")


def test_a_share_whose_server_is_down() -> None:
    settings = QuorumSettings(QuorumModel.NODE_AND_SHARE, witness_share="\\\\files\\witness", share_up=False)
    cluster = _cluster(small_record(nodes=2), quorum=settings)
    ballot = count_votes(cluster, standing(cluster)).ballots[-1]
    assert (ballot.name, ballot.state, ballot.counts) == ("\\\\files\\witness", "Its server is down", False)


@pytest.mark.parametrize(
    ("nodes", "recommended", "losses"),
    [
        (
            2,
            QuorumModel.NODE_AND_DISK,
            ["the loss of no node", "the loss of the other node", "the loss of the other node"],
        ),
        (3, QuorumModel.NODE_MAJORITY, ["the loss of 1 node", "the loss of 1 node", "the loss of 1 node"]),
        (4, QuorumModel.NODE_AND_DISK, ["the loss of 1 node", "the loss of 2 nodes", "the loss of 2 nodes"]),
    ],
)
def test_what_each_model_survives(nodes: int, recommended: QuorumModel, losses: list[str]) -> None:
    rows = survivals(_cluster(_with_witness(nodes)))
    assert [row.with_witness for row in rows[:3]] == losses
    assert [row.model for row in rows if row.is_recommended] == [recommended]
    assert rows[3].without_witness == "nothing: the cluster stops"


def test_the_boxes_of_the_votes_never_overlap() -> None:
    for number in (1, 3, 17, 65):
        for width in (150.0, 640.0, 1900.0):
            boxes = lay_out_votes(number, width).places
            assert len(boxes) == number
            assert not any(one.intersects(other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])


def test_missed_heartbeats_are_counted_from_the_moment_of_silence() -> None:
    cluster = _cluster(small_record(nodes=3), heartbeat=HeartbeatSettings(500, 10))
    assert missed_heartbeats(cluster, NodeId(2), 10**9) is None
    silent = replace(cluster.nodes[NodeId(2)], state=NodeState.DOWN, is_unnoticed=True, silent_since_ns=10**9)
    cluster.put(silent)
    assert missed_heartbeats(cluster, NodeId(2), 10**9) == 0
    assert missed_heartbeats(cluster, NodeId(2), 3 * 10**9 - 1) == 3
    assert missed_heartbeats(cluster, NodeId(2), 3 * 10**9) == 4


def test_a_node_says_who_hears_it_and_over_what(office_facts: Facts) -> None:
    cluster = office_facts.cluster
    rows = dict(heartbeat_rows(office_facts, NodeId(0)))
    assert rows["Heard by"].startswith("HV02 over Client")
    assert rows["Its death is noticed after"] == "5.0 s to 6.0 s"
    for network in cluster.networks.values():
        cluster.put(replace(network, partition=((NodeId(0),),)))
    rows = dict(heartbeat_rows(office_facts, NodeId(0)))
    assert (rows["Heard by"], rows["Not heard by"]) == ("nobody", "HV02, HV03")
    assert detection_range(HeartbeatSettings(250, 3)) == "750 ms to 1.0 s"


def test_a_partition_is_said_and_drawn_in_pieces() -> None:
    cluster = _cluster(small_record(nodes=4))
    network = replace(cluster.networks[MIGRATION], partition=((NodeId(0), NodeId(2)), (NodeId(1),)))
    cluster.put(network)
    assert network_state(cluster, MIGRATION) == "Partitioned into 3 sides"
    assert partition_words(cluster, network) == "NODE1, NODE3  |  NODE2  |  NODE4"
    places = lay_out(cluster, 900.0)
    pieces = rail_pieces(network, places, places.rails[MIGRATION])
    assert [one.letter for one in pieces] == ["A", "B", "A", "C"]
    for node, letter in ((0, "A"), (1, "B"), (2, "A"), (3, "C")):
        end = places.lines[(NodeId(node), MIGRATION)].end
        assert [one.letter for one in pieces if one.place.contains(QPointF(end.x(), end.y() + 2))] == [letter]


def test_who_goes_on_after_a_partition() -> None:
    cluster = _cluster(small_record(vms=(small_vm(0, owner=2),), nodes=3))
    apart = ((NodeId(0), NodeId(1)), (NodeId(2),))
    harmless = after_partition(cluster, PartitionNetwork(groups=apart, network=MIGRATION))
    assert harmless.tone == "good"
    said = after_partition(cluster, PartitionNetwork(groups=apart)).sentence
    assert said.startswith("NODE1, NODE2 goes on (2 of 3 votes")
    assert "stops on NODE3, 1 VM stops there" in said
    nobody = after_partition(cluster, PartitionNetwork(groups=((NodeId(0),), (NodeId(1),), (NodeId(2),))))
    assert nobody.tone == "bad"
    assert after_partition(cluster, PartitionNetwork(groups=((NodeId(0),) * 2,))).sentence == ""


def test_what_is_lost_is_said_before() -> None:
    cluster = _cluster(small_record(vms=(small_vm(0, owner=1),), nodes=3))
    assert consequences(cluster, (CrashNode(NodeId(1)),)) == (
        "The cluster goes on with 2 of 3 votes, one more loss stops the cluster.",
    )
    both = consequences(cluster, (CrashNode(NodeId(1)), CrashNode(NodeId(2))))
    assert both[0].startswith("The whole cluster stops: 1 of 3 votes")
    assert stops_nodes(cluster, (CrashNode(NodeId(1)), CrashNode(NodeId(2))))
    assert not stops_nodes(cluster, (CrashNode(NodeId(1)),))
    assert consequences(cluster, (FailLun(LunId(0)),)) == ()


def test_a_last_cable_cuts_a_node_off() -> None:
    cluster = _cluster(small_record(nodes=3))
    assert not stops_nodes(cluster, (CutLink(NodeId(0), CLIENTS),))
    cluster.put(replace(cluster.links[(NodeId(0), CLIENTS)], up=False))
    assert stops_nodes(cluster, (CutLink(NodeId(0), MIGRATION),))
    assert consequences(cluster, (CutLink(NodeId(0), MIGRATION),))[0].startswith("NODE1: cut off from the others")


def test_who_finds_no_other_node_is_named() -> None:
    vms = (small_vm(0, owner=0, gigabytes=20), small_vm(1, owner=1, gigabytes=20), small_vm(2, owner=2, gigabytes=4))
    cluster = _cluster(small_record(vms=vms, nodes=3))
    assert "No other node takes VM00; they wait." not in consequences(cluster, (CrashNode(NodeId(2)),))
    cluster.put(small_vm(2, owner=2, gigabytes=12))
    said = consequences(cluster, (CrashNode(NodeId(0)),))
    assert any("No other node takes VM00" in one for one in said), said


def test_a_clean_leave_keeps_a_dynamic_quorum() -> None:
    old, new = (_cluster(small_record(nodes=3, profile=PROFILES[name])) for name in ("2008 R2 SP1", "2012 R2"))
    for cluster in (old, new):
        _down(cluster, 2)
    new.put(replace(new.nodes[NodeId(2)], has_vote=False))
    request = (StopClusterService(NodeId(1)),)
    assert consequences(old, request)[0].startswith("The whole cluster stops")
    assert not any("stops:" in one for one in consequences(new, request))


def test_a_vm_that_waits_says_for_what_and_what_clears_it(office_facts: Facts) -> None:
    vm = office_facts.cluster.vms[VmId(0)]
    waits = replace(vm, state=VmState.CRITICAL, assigned_bytes=0, pending="It can't start: HV02 is paused.")
    rows = dict(failover_rows(office_facts, waits))
    assert rows["Waits"] == "It can't start: HV02 is paused."
    assert "by itself" in rows["What clears it"]
    failed = replace(waits, is_failed=True, failover=FailoverPolicy(most_failures=1, period_hours=2.0))
    rows = dict(failover_rows(office_facts, failed))
    assert rows["Failures at most"] == "1 in 2 hours"
    assert "Failed" in rows


def test_a_network_that_loses_heartbeats_says_so() -> None:
    cluster = _cluster(small_record())
    cluster.put(replace(cluster.networks[NetworkId(0)], heartbeat_loss=0.25))
    assert network_state(cluster, NetworkId(0)) == "Loses 25% of heartbeats"
