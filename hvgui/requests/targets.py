"""A node as a place for a VM: its stars, what decides them, and what stands in the way.

A rating of our own (SCVMM's formula is not published): what would be left on the node once the VM is there, the
scarcest of memory, processor time, virtual processors, network and disk deciding. To spread, five stars are for half of
it free and more; to pack, five stars are for the node that is fullest afterwards, as long as a tenth stays free.
"""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.ids import NodeId
from hvgui.cluster.units import format_bytes, format_rate
from hvgui.requests.problems import Problem, blockers

HEADROOM = 0.1
"""To pack, a node that would be left with less gets one star at most."""
APART_STARS = 2.0
"""Stars that a node loses where somebody is whom the VM is to be kept apart from."""
COVER_STARS = 1.0
"""Stars that it loses where the others could no longer take over from some node once the VM is there."""
LEAST_STARS = 0.5
"""What a node gets at least that takes the VM."""


class Purpose(enum.Enum):
    """What a place is looked for."""

    START = "start"
    MIGRATE = "migrate"
    IMPORT = "import"
    CREATE = "create"


class Resource(enum.Enum):
    """What a node has less of once the VM is there."""

    MEMORY = "memory"
    PROCESSORS = "processors"
    VIRTUAL_PROCESSORS = "virtual processors"
    NETWORK = "network"
    DISK = "disk"


class Left(msgspec.Struct, frozen=True):
    """What would be left of a resource: bytes, processors, or bytes a second; below 0 where it would not do."""

    resource: Resource
    left: float
    of: float

    @property
    def share(self) -> float:
        """Of the whole, 1 at most."""
        return self.left / self.of if self.of > 0.0 else 0.0

    @property
    def amounts(self) -> tuple[str, str]:
        """What is left and of how much, with their units."""
        return self._amount(max(0.0, self.left)), self._amount(self.of)

    def _amount(self, value: float) -> str:
        match self.resource:
            case Resource.MEMORY:
                return format_bytes(round(value))
            case Resource.NETWORK | Resource.DISK:
                return format_rate(value)
            case Resource.PROCESSORS:
                return f"{value:.1f}".removesuffix(".0")
            case Resource.VIRTUAL_PROCESSORS:
                return f"{value:.0f}"


class Target(msgspec.Struct, frozen=True):
    """A node as a place for a VM. `stars` is 0 (not suitable) to 5 in halves."""

    node: NodeId
    stars: float
    problems: tuple[Problem, ...]
    explanation: str
    """A sentence without its full stop: of what is left; where it is not suitable, the refusal."""
    resource: str = ""
    """What decides: a resource's name; where it is not suitable, the blocker's code."""
    left: float = 0.0
    """Share of it that would be left, 0..1."""
    lefts: tuple[Left, ...] = ()
    """Every resource that counts, the one that decides first."""
    uncovered: tuple[NodeId, ...] = ()
    """Nodes from which the others could not take over any more with the VM there, though they could without it."""
    policy: Policy = Policy.SPREAD

    @property
    def is_suitable(self) -> bool:
        """Whether nothing blocks it."""
        return not blockers(self.problems)


def stars_of(left: float, policy: Policy) -> float:
    """The stars of a node of which that share of the scarcest resource would be left."""
    if policy is Policy.SPREAD:
        return min(5.0, max(LEAST_STARS, round(left * 20) / 2))
    if left < HEADROOM:
        return 1.0 if left >= HEADROOM / 2 else LEAST_STARS
    return min(5.0, max(LEAST_STARS, round((1.0 - left + HEADROOM) * 10) / 2))


def best_first(rated: list[Target]) -> tuple[Target, ...]:
    """In the order in which they are shown, and tried."""
    return tuple(sorted(rated, key=lambda target: (not target.is_suitable, -target.stars, _place(target), target.node)))


def _place(target: Target) -> float:
    """Among those with the same stars: to spread the one with more left, to pack the one with less."""
    return -target.left if target.policy is Policy.SPREAD else target.left
