"""Who votes, who is there, and what that comes to: what the diagram draws, in words."""

from __future__ import annotations

from dataclasses import dataclass

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.hearing import is_alive
from hvgui.cluster.ids import NodeId
from hvgui.cluster.membership import Standing, members, model_of, reaches_witness, witness_lun
from hvgui.cluster.nodes import Node, NodeState
from hvgui.cluster.quorum import QuorumModel
from hvgui.gui.inventory_order import name_key
from hvgui.gui.node_words import node_look, node_state
from hvgui.gui.objects import Kind, Ref, node_ref
from hvgui.gui.words import tr


@dataclass(frozen=True)
class Ballot:
    """One voter of the diagram."""

    name: str
    state: str
    """What it is doing, in words."""
    votes: bool
    """Whether it has a vote at all at this moment."""
    counts: bool
    """Whether its vote counts for the side that goes on."""
    vote_words: str
    drawing: tuple[str, str]
    """Name and tint of the icon."""
    ref: Ref | None = None
    """The object behind it; a share has none."""

    @property
    def words(self) -> str:
        """All of it in a line."""
        return f"{self.name}: {self.state}, {self.vote_words}"


@dataclass(frozen=True)
class Count:
    """Every ballot, and the sentence that they come to."""

    standing: Standing
    ballots: tuple[Ballot, ...]
    sentence: str
    tone: str


def count_votes(cluster: Cluster, now: Standing) -> Count:
    """The votes as they stand, whether or not the cluster has noticed yet."""
    nodes = sorted((cluster.nodes[one] for one in members(cluster)), key=lambda one: name_key(one.name))
    ballots = [_of_node(cluster, now, node) for node in nodes]
    if now.model.has_witness:
        ballots.append(_of_witness(cluster, now))
    return Count(now, tuple(ballots), standing_words(cluster, now), standing_tone(now))


def _of_node(cluster: Cluster, now: Standing, node: Node) -> Ballot:
    votes = node.has_vote and now.model is not QuorumModel.DISK_ONLY
    waits = node.state is NodeState.ISOLATED or is_alive(cluster, node.id)
    there = node.id in now.active if now.active else waits
    state, drawing = node_state(node), node_look(node)
    if now.active and not there and is_alive(cluster, node.id):
        state, drawing = tr("Cut off from the others"), ("server-off", "bad")
    words = tr("no vote in this model") if now.model is QuorumModel.DISK_ONLY else _vote_words(node.has_vote, there)
    return Ballot(node.name, state, votes, votes and there, words, drawing, node_ref(node.id))


def _vote_words(has_vote: bool, there: bool) -> str:
    if not has_vote:
        return tr("vote withdrawn")
    return tr("1 vote") if there else tr("1 vote, lacking")


def _of_witness(cluster: Cluster, now: Standing) -> Ballot:
    votes = cluster.quorum.witness_votes or now.model is QuorumModel.DISK_ONLY
    words = _vote_words(votes, now.has_witness)
    if now.model.needs_disk:
        lun = witness_lun(cluster)
        name = cluster.luns[lun].name if lun is not None else tr("Disk witness")
        drawing = ("device-sd-card", "good" if now.has_witness else "bad")
        return Ballot(name, _disk_state(cluster, now), votes, votes and now.has_witness, words, drawing, _lun_ref(lun))
    name = cluster.quorum.witness_share or tr("File share witness")
    drawing = ("share", "good" if now.has_witness else "bad")
    return Ballot(name, _share_state(cluster, now), votes, votes and now.has_witness, words, drawing)


def _lun_ref(lun: int | None) -> Ref | None:
    return None if lun is None else Ref(Kind.LUN, lun)


def _disk_state(cluster: Cluster, now: Standing) -> str:
    lun = witness_lun(cluster)
    if lun is None:
        return tr("There is none")
    record = cluster.luns[lun]
    if not record.up or not cluster.sans[record.san].up:
        return tr("Failed")
    return _held(cluster, now)


def _share_state(cluster: Cluster, now: Standing) -> str:
    return _held(cluster, now) if cluster.quorum.share_up else tr("Its server is down")


def _held(cluster: Cluster, now: Standing) -> str:
    """Who has the witness, or that nobody reaches it."""
    if now.has_witness:
        return tr("Held by this side") if now.active else tr("Within reach")
    reached = any(reaches_witness(cluster, node) for node in cluster.nodes)
    return tr("Held by the other side") if reached else tr("Out of reach")


def standing_words(cluster: Cluster, now: Standing) -> str:
    """`2 of 3 votes, one more loss stops the cluster.`"""
    if now.forced:
        return tr("Forced to run without quorum: {tally}.", tally=now.tally)
    if not now.active and now.tally.has_quorum:
        votes, present = now.tally.votes, now.tally.present
        return tr(
            "{cluster} begins again: {present} of {votes} votes.", cluster=cluster.name, present=present, votes=votes
        )
    if not now.active:
        return tr("{cluster} is stopped: {tally}.", cluster=cluster.name, tally=now.tally)
    return f"{now.tally}."


def standing_tone(now: Standing) -> str:
    """`good`, `warning` where one more loss stops the cluster, `bad` where it is stopped."""
    if not now.active:
        return "bad"
    return "warning" if now.forced or now.tally.spare == 0 else "good"


def vote_of(cluster: Cluster, node: NodeId) -> str:
    """A node's vote, for its page."""
    if not cluster.nodes[node].is_member:
        return tr("none: it is not in the cluster")
    if model_of(cluster) is QuorumModel.DISK_ONLY:
        return tr("none: the disk alone has a vote")
    return tr("one") if cluster.nodes[node].has_vote else tr("withdrawn by dynamic quorum")
