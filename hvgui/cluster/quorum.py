"""Quorum: who may go on as the cluster when some of its nodes are lost, in numbers.

==============================  ==========================================================================
Model                           Votes
==============================  ==========================================================================
Node Majority                   one a node
Node and Disk Majority          one a node, one for the disk witness
Node and File Share Majority    one a node, one for the file share witness
No Majority: Disk Only          the disk's alone: the cluster lives as long as one node reaches it
==============================  ==========================================================================

A cluster goes on with more than half of the votes, floor(V / 2) + 1 (Microsoft's clustering blog, 2010/05/13); with
fewer, the cluster service stops on every node. From 2012 on the votes of nodes that leave while quorum holds are
withdrawn, so that V shrinks with the cluster ("dynamic quorum"), and from 2012 R2 on a witness votes only beside an
even number of nodes ("dynamic witness").
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from hvgui.cluster.ids import LunId, NetworkId, NodeId


class QuorumModel(enum.Enum):
    """See the table of this module; the values are Failover Cluster Manager's words."""

    NODE_MAJORITY = "Node Majority"
    NODE_AND_DISK = "Node and Disk Majority"
    NODE_AND_SHARE = "Node and File Share Majority"
    DISK_ONLY = "No Majority: Disk Only"

    @property
    def has_witness(self) -> bool:
        """Whether a disk or a share has a vote."""
        return self is not QuorumModel.NODE_MAJORITY

    @property
    def needs_disk(self) -> bool:
        """Whether the witness is a disk."""
        return self in (QuorumModel.NODE_AND_DISK, QuorumModel.DISK_ONLY)


class QuorumSettings(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What administrators have chosen, and what has become of it."""

    model: QuorumModel | None = None
    """None: nobody has said; the recommended one is taken (see `recommended_model`)."""
    witness_lun: LunId | None = None
    """The disk witness; None: the first LUN that is one."""
    witness_share: str = ""
    """The file share witness, `\\\\server\\share`; empty: one that nobody has named."""
    share_network: NetworkId | None = None
    """The network over which nodes reach the share; None: any."""
    share_up: bool = True
    """False: the server of the share is down."""
    witness_votes: bool = True
    """Dynamic quorum: False while the witness's vote is withdrawn."""
    forced: tuple[NodeId, ...] = ()
    """Nodes that somebody has started without quorum (`/fq`), and who joined them: they count as a majority until
    they are one."""


class Tally(msgspec.Struct, frozen=True, gc=False):
    """Votes that are there, of how many."""

    present: int
    votes: int

    @property
    def needed(self) -> int:
        """More than half."""
        return needed_of(self.votes)

    @property
    def has_quorum(self) -> bool:
        """Whether that is enough."""
        return self.votes > 0 and self.present >= self.needed

    @property
    def spare(self) -> int:
        """Votes that may still be lost; below zero: those that are lacking."""
        return self.present - self.needed

    def __str__(self) -> str:
        of = f"{self.present} of {self.votes} {'vote' if self.votes == 1 else 'votes'}"
        if not self.has_quorum:
            return f"{of}, {self.needed} are needed: no quorum"
        if self.spare == 0:
            return f"{of}, one more loss stops the cluster"
        more = "1 more vote" if self.spare == 1 else f"{self.spare} more votes"
        return f"{of}, {more} may be lost"


def needed_of(votes: int) -> int:
    """The majority of so many votes: floor(V / 2) + 1."""
    return votes // 2 + 1


def tally(model: QuorumModel, nodes: int, nodes_up: int, *, witness_up: bool) -> Tally:
    """The votes of a cluster of so many nodes of which so many hear each other; `witness_up`: they hold the witness."""
    if model is QuorumModel.DISK_ONLY:
        return Tally(int(witness_up and nodes_up > 0), 1)
    if not model.has_witness:
        return Tally(nodes_up, nodes)
    return Tally(nodes_up + int(witness_up and nodes_up > 0), nodes + 1)


def survivable_losses(model: QuorumModel, nodes: int, *, witness_up: bool) -> int | None:
    """How many nodes may be lost, whichever they are; None: not even none (there is no quorum as it is)."""
    able = [lost for lost in range(nodes) if tally(model, nodes, nodes - lost, witness_up=witness_up).has_quorum]
    return max(able) if able else None


def recommended_model(nodes: int, *, has_disk: bool) -> QuorumModel:
    """An odd number of nodes needs no witness; an even one gets the disk witness that is there, else a share."""
    if nodes % 2:
        return QuorumModel.NODE_MAJORITY
    return QuorumModel.NODE_AND_DISK if has_disk else QuorumModel.NODE_AND_SHARE


def dynamic_votes(members: Iterable[NodeId], *, has_witness: bool) -> tuple[frozenset[NodeId], bool]:
    """Dynamic quorum: who of the members votes, and whether the witness does, so that the number of votes is odd.

    Beside an even number of nodes a witness votes; without a witness one node's vote is withdrawn: that of the highest
    number, as `LowerQuorumPriorityNodeID` would say.
    """
    nodes = sorted(members)
    if len(nodes) % 2:
        return frozenset(nodes), False
    if has_witness:
        return frozenset(nodes), True
    return frozenset(nodes[:-1]), False
