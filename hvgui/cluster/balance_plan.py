"""A balance plan: moves in an order in which each is possible when its turn comes, and what comes of them."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.ids import NodeId, VmId


class Policy(enum.Enum):
    """What a plan is after."""

    SPREAD = "spread"
    """The same load for every node."""
    PACK = "pack"
    """As few nodes as carry everything, so that the others can be switched off."""


class PlannedMove(msgspec.Struct, frozen=True, gc=False):
    """One live migration of a plan, with its forecast from the pre-copy model."""

    vm: VmId
    source: NodeId
    target: NodeId
    round: int
    """From 1. The moves of a round run at the same time; a round begins when the one before has ended."""
    seconds: float
    blackout_seconds: float
    memory_bytes: int
    on_the_way: bool = False
    """It only makes room: the VM moves on in a later round."""


class LeftOut(msgspec.Struct, frozen=True):
    """A move that would better the balance and can't be made."""

    vm: VmId
    source: NodeId
    target: NodeId
    reason: str


class NodeBalance(msgspec.Struct, frozen=True, gc=False):
    """A node before the plan and after it; shares are 0..1."""

    node: NodeId
    vms_before: int
    vms_after: int
    memory_before: float
    """Share of its physical memory that is in use, without the root's reserve."""
    memory_after: float
    processor_before: float
    """What its VMs want of its logical processors."""
    processor_after: float
    covered_before: bool
    """Whether the others have room for its VMs if it fails."""
    covered_after: bool


class BalancePlan(msgspec.Struct, frozen=True):
    """A plan for the whole cluster."""

    policy: Policy
    moves: tuple[PlannedMove, ...]
    """In the order in which they begin."""
    left_out: tuple[LeftOut, ...]
    score_before: float
    """The cluster score of Ganeti's hbal: 0 is a perfect balance."""
    score_after: float
    nodes: tuple[NodeBalance, ...]
    seconds: float
    """All rounds, one after the other."""
    emptied: tuple[NodeId, ...] = ()
    """Nodes that have no VM any more and can be switched off."""

    @property
    def rounds(self) -> int:
        """How many."""
        return max((move.round for move in self.moves), default=0)

    def round_of(self, number: int) -> tuple[PlannedMove, ...]:
        """The moves of one round."""
        return tuple(move for move in self.moves if move.round == number)
