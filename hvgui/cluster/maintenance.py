"""Rolling maintenance: one node after the other is drained, restarted if that is wanted, and resumed."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.ids import NodeId


class PlanState(enum.Enum):
    """How a plan stands."""

    NONE = "none"
    """There has been no plan yet."""
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PlanStep(enum.Enum):
    """What the plan does with its present node."""

    DRAINING = "draining"
    RESTARTING = "restarting"
    """It is being patched and boots."""


class MaintenancePlan(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A plan as the cluster holds it: the one under way, or the last one."""

    state: PlanState = PlanState.NONE
    nodes: tuple[NodeId, ...] = ()
    """Those still to come; the first is the present one."""
    done: tuple[NodeId, ...] = ()
    restarts: bool = True
    """Whether each node is restarted; else it is only drained and resumed."""
    offline_seconds: float = 300.0
    """How long a node is off for its patches before it boots."""
    step: PlanStep = PlanStep.DRAINING
    began_ns: int = 0
    step_since_ns: int = 0
    message: str = ""
    """Why it failed, as a sentence."""

    @property
    def present(self) -> NodeId | None:
        """The node that it is the turn of; None: nothing is under way."""
        return self.nodes[0] if self.nodes and self.state is PlanState.RUNNING else None
