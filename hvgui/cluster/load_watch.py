"""The watch over the nodes' loads (SCOM's and PRO's part): what it is set to, and the tips that it has raised.

What each aggressiveness means is ours: Microsoft publishes no figures for its five levels.
"""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.hours import is_within
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.power_saving import PowerSaving

WINDOW_SAMPLES = 30
"""A node's load is the mean of so many samples, evenly spread over the window."""


class WatchMode(enum.Enum):
    """Who carries tips out."""

    OFF = "off"
    MANUAL = "manual"
    """Tips wait for a person."""
    AUTOMATIC = "automatic"
    """They are carried out at once, or in the quiet hours where there are any."""


class WatchedResource(enum.Enum):
    """What a node can have too much to do with."""

    PROCESSORS = "processors"
    MEMORY = "memory"
    DISK = "disk"
    NETWORK = "network"


class Patience(msgspec.Struct, frozen=True):
    """What an aggressiveness means."""

    samples: int
    """So many samples the mean has to stay above its limit before a tip is raised."""
    margin: float
    """So far below its limits a node has to stay with the VM that it is given."""


PATIENCE = {
    1: Patience(30, 0.25),
    2: Patience(15, 0.20),
    3: Patience(6, 0.15),
    4: Patience(3, 0.10),
    5: Patience(1, 0.05),
}
"""By aggressiveness: 1 moves VMs seldom, 5 soon."""


class LoadWatch(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings. Shares are 0..1 of what a node has."""

    mode: WatchMode = WatchMode.OFF
    aggressiveness: int = 3
    """1..5; see `PATIENCE`."""
    window_seconds: int = 300
    """The span whose mean counts (60..86,400)."""
    quiet_from_hour: float | None = None
    """Hours of the lab's day in which AUTOMATIC moves VMs (past midnight if they end before they begin); None: all."""
    quiet_until_hour: float | None = None
    processors_limit: float = 0.85
    memory_limit: float = 0.92
    disk_limit: float = 0.8
    network_limit: float = 0.8
    hysteresis: float = 0.1
    """So far below its limit the mean has to fall before the tip goes."""
    placement: Policy = Policy.SPREAD
    """How nodes are rated where a place for a VM is looked for."""
    power: PowerSaving = PowerSaving()

    def limit(self, resource: WatchedResource) -> float:
        """Above it a node is overloaded."""
        limits = {
            WatchedResource.PROCESSORS: self.processors_limit,
            WatchedResource.MEMORY: self.memory_limit,
            WatchedResource.DISK: self.disk_limit,
            WatchedResource.NETWORK: self.network_limit,
        }
        return limits[resource]

    @property
    def sample_seconds(self) -> int:
        """Whole seconds between two samples."""
        return max(1, self.window_seconds // WINDOW_SAMPLES)

    def acts_at(self, time_ns: int) -> bool:
        """Whether AUTOMATIC may move VMs at that moment of the lab's clock."""
        return is_within(self.quiet_from_hour, self.quiet_until_hour, time_ns)

    @property
    def saves_power(self) -> bool:
        """Whether nodes are switched off by themselves in their hours."""
        return self.power.is_on and self.mode is WatchMode.AUTOMATIC


class TipState(enum.Enum):
    """What became of a tip so far."""

    OPEN = "open"
    DISMISSED = "dismissed"
    """Nobody wants it; it stays away until the load has fallen."""
    UNDER_WAY = "under way"


class Tip(msgspec.Struct, frozen=True, omit_defaults=True):
    """An overloaded node, and the move that would help. One a node at a time."""

    id: int
    """Never used twice."""
    raised_ns: int
    node: NodeId
    resource: WatchedResource
    share: float
    """The window's mean when it was raised, or last looked at."""
    limit: float
    reason: str
    """A sentence."""
    evidence: tuple[float, ...] = ()
    """The samples of the window, oldest first."""
    state: TipState = TipState.OPEN
    vm: VmId | None = None
    """The VM to move; None: no node takes one."""
    target: NodeId | None = None
    seconds: float = 0.0
    """The migration's forecast from the pre-copy model."""
    blackout_seconds: float = 0.0
    source_after: float = 0.0
    """Share of the resource on the node without the VM."""
    target_before: float = 0.0
    target_after: float = 0.0
    task: TaskId | None = None
    """The migration that carries it out."""


class Tips(msgspec.Struct, frozen=True, omit_defaults=True):
    """Those there are, oldest first."""

    all: tuple[Tip, ...] = ()

    def of(self, node: NodeId) -> Tip | None:
        """The node's."""
        return next((tip for tip in self.all if tip.node == node), None)

    def with_id(self, number: int) -> Tip | None:
        """The tip of that id."""
        return next((tip for tip in self.all if tip.id == number), None)
