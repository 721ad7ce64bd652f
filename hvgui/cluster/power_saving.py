"""Automatic power saving: nodes that nobody needs in quiet hours are emptied and switched off.

After System Center's power optimization (VMM 2012): it goes with balancing that acts by itself, it keeps quorum, and it
leaves clusters of up to four nodes alone. Of five or six nodes it switches one off at most, of seven or eight two, and
so on; `least_nodes` says otherwise. What a node takes is our assumption.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from hvgui.cluster.hours import is_within, seconds_left
from hvgui.cluster.ids import NodeId
from hvgui.cluster.nodes import Node
from hvgui.cluster.units import NANOSECONDS

LEAST_CLUSTER = 5
"""VMM switches nothing off in smaller ones."""


class PowerSaving(msgspec.Struct, frozen=True, omit_defaults=True):
    """The settings."""

    is_on: bool = False
    """It acts only while the load watch is automatic."""
    from_hour: float | None = None
    """Hours of the lab's day in which nodes may be off (past midnight if they end before they begin); None: all."""
    until_hour: float | None = None
    least_nodes: int = 0
    """So many nodes stay in service at least; 0: as VMM has it."""
    rest_seconds: int = 1800
    """So long nothing is switched off after a node was switched on."""
    node_watts: float = 200.0
    """What a node takes that does nothing: an assumption, about that of a server with two sockets of 2009."""

    def may_act_at(self, time_ns: int) -> bool:
        """Whether nodes may be off at that moment of the lab's clock."""
        return is_within(self.from_hour, self.until_hour, time_ns)

    def seconds_left(self, time_ns: int) -> float:
        """Until the hours end."""
        return seconds_left(self.from_hour, self.until_hour, time_ns)

    def least_in_service(self, members: int) -> int:
        """How many nodes of a cluster of so many have to stay in service."""
        if self.least_nodes:
            return self.least_nodes
        return members if members < LEAST_CLUSTER else members - (members - 3) // 2


class PowerStep(enum.Enum):
    """What is being done."""

    NONE = "none"
    EMPTYING = "emptying"
    """A node gives its VMs away; then it is switched off."""


class PowerCourse(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it stands, as the cluster holds it. Which nodes are off for it stands in their own records."""

    step: PowerStep = PowerStep.NONE
    node: NodeId | None = None
    """The node that is being emptied."""
    reason: str = ""
    """Why it is."""
    changed_ns: int = -1
    """When a node was switched on last."""
    tried_ns: int = -1
    """When it was looked last which node could be switched off, and there was none."""
    covered_ns: int = 0
    """When it was looked last whether the others could take over from any node."""
    serving: tuple[NodeId, ...] = ()
    """Nodes that were in service then."""
    woken: tuple[NodeId, ...] = ()
    """Nodes that boot, and get VMs once they have joined."""
    kept_on: tuple[NodeId, ...] = ()
    """Nodes that somebody has switched on by hand: they stay on until the hours begin again."""
    saved_ns: int = 0
    """Time for which nodes were off, in all, without those that still are."""


def saved_node_seconds(course: PowerCourse, nodes: Iterable[Node], now_ns: int) -> float:
    """For how long nodes have been off to save power, each counted for itself."""
    still = sum(max(0, now_ns - (node.saving_since_ns or 0)) for node in nodes if node.saves_power)
    return (course.saved_ns + still) / NANOSECONDS


def saved_kilowatt_hours(settings: PowerSaving, course: PowerCourse, nodes: Iterable[Node], now_ns: int) -> float:
    """An estimate: the time that nodes were off times what a node takes at rest. Booting counts as saving nothing."""
    return saved_node_seconds(course, nodes, now_ns) * settings.node_watts / 3.6e6
