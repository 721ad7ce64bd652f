"""Requests that let faults come by themselves, and no more."""

from __future__ import annotations

from hvgui.cluster.chaos import FaultKind
from hvgui.cluster.cluster import Cluster
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request

MOST_AN_HOUR = 3_600.0
"""Faults an hour at most: one a second."""
_SHORTEST_SECONDS, _LONGEST_SECONDS = 1.0, 7 * 86_400.0


class StartChaos(Request, frozen=True, tag="start-chaos"):
    """Let faults come at random, on average so many an hour; each is mended after a while."""

    faults_per_hour: float
    kinds: tuple[FaultKind, ...] = ()
    """Empty: all kinds."""
    chaos_seed: int = 0
    """Another seed is another course of faults."""
    mended_after_seconds: float = 300.0
    """On average."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Let {self.faults_per_hour:g} faults an hour come over {cluster.name}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if not 0.0 < self.faults_per_hour <= MOST_AN_HOUR:
            return (Problem("rate", f"Faults come at more than 0 and at most {MOST_AN_HOUR:,.0f} an hour."),)
        if not _SHORTEST_SECONDS <= self.mended_after_seconds <= _LONGEST_SECONDS:
            return (Problem("mending", "A fault is mended after a second at least and a week at most."),)
        if not 0 <= self.chaos_seed < 2**63:
            return (Problem("seed", "The seed is a whole number from 0 to 2^63 - 1."),)
        if cluster.chaos.faults_per_hour:
            text = f"Faults come already, {cluster.chaos.faults_per_hour:g} an hour; this takes the place of that."
            return (warning("chaos-already", text),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return "# nobody does this to a real cluster on purpose: no cmdlet"


class StopChaos(Request, frozen=True, tag="stop-chaos"):
    """Let no more faults come; what has been broken is still mended in its time."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Let no more faults come over {cluster.name}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if cluster.chaos.faults_per_hour:
            return ()
        return (Problem("no-chaos", "No faults come by themselves."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return "# no cmdlet: nothing but hvgui lets faults come by themselves"
