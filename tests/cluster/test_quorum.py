"""Quorum by the formula, for every subset of failed nodes and witness, each model and each size; heartbeats' luck."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.heartbeat import HeartbeatSettings, ranges_of, waiting_heartbeats
from hvgui.cluster.ids import LunId, NodeId, SanId
from hvgui.cluster.membership import model_of, standing, standing_among
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.quorum import (
    QuorumModel,
    QuorumSettings,
    Tally,
    dynamic_votes,
    recommended_model,
    survivable_losses,
    tally,
)
from hvgui.cluster.storage import Lun, LunUse
from hvgui.cluster.units import GIB
from small_cluster import CLIENTS, MIGRATION, small_record

SIZES = range(1, 9)


def with_witness(nodes: int, model: QuorumModel | None, *, up: bool = True) -> ClusterRecord:
    """A small cluster with a disk witness, of which the model makes use or not."""
    record = small_record((), nodes)
    lun = Lun(LunId(1), "Witness", SanId(0), GIB, LunUse.WITNESS, NodeId(0), up=up)
    return replace(record, luns=(*record.luns, lun), quorum=QuorumSettings(model, share_up=up))


@pytest.mark.parametrize("model", list(QuorumModel))
@pytest.mark.parametrize("nodes", SIZES)
def test_every_subset_of_nodes_and_witness_agrees_with_the_formula(model: QuorumModel, nodes: int) -> None:
    """By hand: more than half of all votes, or the disk and anybody; in the numbers and in a cluster's records."""
    for *up, witness in product((False, True), repeat=nodes + 1):
        alive = sum(up)
        votes = nodes + (model in (QuorumModel.NODE_AND_DISK, QuorumModel.NODE_AND_SHARE))
        there = alive + (votes > nodes and witness and alive > 0)
        expected = (witness and alive > 0) if model is QuorumModel.DISK_ONLY else 2 * there > votes
        assert tally(model, nodes, alive, witness_up=witness).has_quorum is expected
        record = with_witness(nodes, model, up=witness)
        states = [NodeState.UP if one else NodeState.DOWN for one in up]
        crashed = tuple(replace(node, state=state) for node, state in zip(record.nodes, states, strict=True))
        found = standing(Cluster(replace(record, nodes=crashed)))
        assert bool(found.active) is expected
        assert found.tally.has_quorum is expected
        assert found.active == (tuple(NodeId(n) for n in range(nodes) if up[n]) if expected else ())


@pytest.mark.parametrize("model", list(QuorumModel))
@pytest.mark.parametrize("nodes", SIZES)
def test_of_any_split_at_most_one_side_goes_on(model: QuorumModel, nodes: int) -> None:
    """Every way to cut a cluster in two, on all networks, with the witness up and down."""
    for *left, witness in product((False, True), repeat=nodes + 1):
        group = tuple(NodeId(number) for number in range(nodes) if left[number])
        record = with_witness(nodes, model, up=witness)
        networks = tuple(replace(network, partition=(group,)) for network in record.networks)
        found = standing(Cluster(replace(record, networks=networks)))
        others = tuple(NodeId(number) for number in range(nodes) if not left[number])
        assert found.active in ((), group, others)
        able = [
            side
            for side, holds in ((group, NodeId(0) in group), (others, NodeId(0) in others))
            if side and tally(model, nodes, len(side), witness_up=witness and holds).has_quorum
        ]
        if model is not QuorumModel.NODE_AND_SHARE:
            assert [found.active] == (able or [()])


def test_what_each_model_survives() -> None:
    """Microsoft's words: an even number with its witness survives half of the nodes, without it half less one."""
    for nodes in (2, 4, 6, 8):
        for model in (QuorumModel.NODE_AND_DISK, QuorumModel.NODE_AND_SHARE):
            assert survivable_losses(model, nodes, witness_up=True) == nodes // 2
            assert survivable_losses(model, nodes, witness_up=False) == nodes // 2 - 1
    assert survivable_losses(QuorumModel.NODE_MAJORITY, 5, witness_up=False) == 2
    assert survivable_losses(QuorumModel.DISK_ONLY, 5, witness_up=True) == 4
    assert survivable_losses(QuorumModel.DISK_ONLY, 5, witness_up=False) is None


def test_the_recommended_model() -> None:
    assert recommended_model(3, has_disk=True) is QuorumModel.NODE_MAJORITY
    assert recommended_model(2, has_disk=True) is QuorumModel.NODE_AND_DISK
    assert recommended_model(2, has_disk=False) is QuorumModel.NODE_AND_SHARE
    assert model_of(Cluster(with_witness(2, None))) is QuorumModel.NODE_AND_DISK
    assert model_of(Cluster(with_witness(3, None))) is QuorumModel.NODE_MAJORITY


@pytest.mark.parametrize(
    ("votes", "words"),
    [
        (Tally(2, 3), "2 of 3 votes, one more loss stops the cluster"),
        (Tally(3, 3), "3 of 3 votes, 1 more vote may be lost"),
        (Tally(5, 5), "5 of 5 votes, 2 more votes may be lost"),
        (Tally(1, 3), "1 of 3 votes, 2 are needed: no quorum"),
        (Tally(1, 1), "1 of 1 vote, one more loss stops the cluster"),
    ],
)
def test_votes_in_words(votes: Tally, words: str) -> None:
    assert str(votes) == words


@pytest.mark.parametrize("nodes", SIZES)
@pytest.mark.parametrize("witness", [False, True])
def test_dynamic_votes_are_odd_and_lose_no_node_more_than_one(nodes: int, witness: bool) -> None:
    voting, counts = dynamic_votes(map(NodeId, range(nodes)), has_witness=witness)
    assert (len(voting) + counts) % 2 == 1
    assert len(voting) >= nodes - (not witness)


def test_who_does_not_hear_all_is_left_out() -> None:
    """Three nodes of which the outer two share no network: the one that hears fewer drops out, the rest go on."""
    record = small_record((), 3)
    cut = {(NodeId(0), CLIENTS), (NodeId(2), MIGRATION)}
    links = tuple(replace(link, up=link.key not in cut) for link in record.links)
    found = standing(Cluster(replace(record, links=links)))
    assert found.active == (NodeId(0), NodeId(1))


def test_nodes_started_by_force_go_on_without_quorum() -> None:
    record = small_record((), 5)
    cluster = Cluster(replace(record, quorum=QuorumSettings(QuorumModel.NODE_MAJORITY, forced=(NodeId(4),))))
    found = standing_among(cluster, [NodeId(3), NodeId(4)])
    assert (found.active, found.forced, found.tally) == ((NodeId(3), NodeId(4)), True, Tally(2, 5))
    assert not standing_among(cluster, [NodeId(0), NodeId(3)]).active


def test_detection_and_the_ranges_of_the_platforms() -> None:
    assert HeartbeatSettings().detection_seconds() == 5.0
    assert HeartbeatSettings(250, 3).detection_seconds() == 0.75
    assert HeartbeatSettings(cross_subnet_delay_ms=4000).detection_seconds(cross_subnet=True) == 20.0
    assert ranges_of(PROFILES["2008 R2"]).threshold == (3, 10)
    assert ranges_of(PROFILES["2016"]).threshold == (3, 120)


def test_runs_of_lost_heartbeats_take_as_long_as_theory_says() -> None:
    """The mean over all luck is (q^-k - 1) / (1 - q), whatever the way there."""
    for share, threshold in ((0.5, 5), (0.7, 3), (0.9, 10)):
        draws = 20_000
        mean = sum(waiting_heartbeats(share, threshold, (n + 0.5) / draws) for n in range(draws)) / draws
        assert mean == pytest.approx((share**-threshold - 1) / (1 - share), rel=0.02)
    assert waiting_heartbeats(1.0, 5, 0.3) == 5.0
    assert waiting_heartbeats(0.0, 5, 0.3) == float("inf")


def test_a_cluster_keeps_its_settings_and_tells_mirrors_of_them() -> None:
    cluster = Cluster(small_record())
    mirror, fork = Cluster(small_record()), cluster.fork()
    quorum, heartbeat = QuorumSettings(QuorumModel.DISK_ONLY, share_up=False), HeartbeatSettings(500, 3)
    cluster.put(quorum)
    cluster.put(heartbeat)
    mirror.apply(cluster.drain_changes())
    for one in (cluster, mirror, cluster.fork(), Cluster(cluster.record())):
        assert (one.quorum, one.heartbeat) == (quorum, heartbeat)
    assert fork.quorum == QuorumSettings()
