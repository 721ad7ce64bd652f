"""What would happen: cases, what became of every VM concerned in each, and what that says about the cluster."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.ids import NodeId, VmId


class WhatIfKind(enum.Enum):
    """What is tried."""

    CRASH = "crash"
    DRAIN = "drain"
    LOAD = "more load"


class WhatIfCase(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One trial."""

    kind: WhatIfKind
    nodes: tuple[NodeId, ...] = ()
    """Those that crash in the same instant, or the one that is drained."""
    load_factor: float = 1.0
    """LOAD: what every guest's load is multiplied with."""


class VmFate(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What became of a VM that noticed anything."""

    vm: VmId
    down_seconds: float | None = 0.0
    """How long it ran nowhere, or (of a live migration) its blackout; None: it did not come back."""
    node: NodeId | None = None
    """Where it runs at the end."""
    why: str = ""
    """Why it is not back, stays behind, or gets too little."""
    connections_lost: int = 0
    streams_stalled: int = 0

    @property
    def clients_notice(self) -> bool:
        """Whether somebody who works with it sees it."""
        return bool(self.connections_lost or self.streams_stalled)


class WhatIfOutcome(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What one trial came to."""

    case: WhatIfCase
    fates: tuple[VmFate, ...] = ()
    """By the ids of the VMs; who noticed nothing is not among them."""
    seconds: float = 0.0
    """Until nothing more happened by itself."""
    has_quorum: bool = True
    overloaded: tuple[NodeId, ...] = ()
    """Nodes whose guests want more processor time afterwards than there is."""
    refused: str = ""
    """Why it could not be tried."""

    @property
    def stays_down(self) -> tuple[VmFate, ...]:
        """Those that did not come back."""
        return tuple(fate for fate in self.fates if fate.down_seconds is None)

    @property
    def left_behind(self) -> tuple[VmFate, ...]:
        """Those that a drain could not move."""
        return tuple(fate for fate in self.fates if fate.why and fate.down_seconds is not None)

    @property
    def longest_down_seconds(self) -> float:
        """Of those that came back."""
        return max((fate.down_seconds for fate in self.fates if fate.down_seconds is not None), default=0.0)

    @property
    def clients(self) -> int:
        """VMs whose clients notice."""
        return sum(fate.clients_notice for fate in self.fates)

    @property
    def is_survived(self) -> bool:
        """Whether everything runs again, and the cluster with it."""
        return not self.stays_down and self.has_quorum and not self.refused


class RoomLeft(msgspec.Struct, frozen=True):
    """How many more VMs like one there is room for in the whole cluster."""

    like: VmId
    memory_bytes: int
    in_all: int
    covered: int
    """So many that every node's loss is still covered."""
    why: str = ""
    """What runs out first, as a sentence."""
    why_covered: str = ""
    """Whose loss would not be covered with one more, as a sentence; empty where it is `why` that ends it."""


class WhatIfReport(msgspec.Struct, frozen=True):
    """All trials, in the order of their cases, and what they say together."""

    cluster: str
    time_ns: int
    """The moment of the lab's clock at which everything was tried."""
    outcomes: tuple[WhatIfOutcome, ...]
    is_complete: bool
    """False: it was called off."""
    room: RoomLeft | None
    survives: int
    """Losses of so many nodes at once are survived, whichever they are, as far as that was tried."""
    conclusion: str
    """A sentence."""

    def of_nodes(self, kind: WhatIfKind, nodes: tuple[NodeId, ...]) -> WhatIfOutcome | None:
        """The trial on these nodes."""
        wanted = tuple(sorted(nodes))
        return next((one for one in self.outcomes if one.case.kind is kind and one.case.nodes == wanted), None)
