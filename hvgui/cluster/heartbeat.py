"""Heartbeats: how often nodes call each other, and how many calls may stay unanswered.

Every node sends one to every other, over each network that carries cluster traffic, each `delay`; a node of which
`threshold` in a row are missed is taken for dead. Defaults and ranges are Microsoft's (technet dd197562): 1000 ms and
5; 250 to 2000 ms on the same subnet, 250 to 4000 ms across subnets; 3 to 10. Later releases allow more (`ranges_of`).
"""

from __future__ import annotations

from math import floor, inf, log1p

import msgspec

from hvgui.cluster.profiles import Profile


class HeartbeatSettings(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The cluster's four properties (`SameSubnetDelay` ...)."""

    same_subnet_delay_ms: int = 1000
    same_subnet_threshold: int = 5
    cross_subnet_delay_ms: int = 1000
    cross_subnet_threshold: int = 5

    def delay_seconds(self, *, cross_subnet: bool) -> float:
        """Between two heartbeats."""
        return (self.cross_subnet_delay_ms if cross_subnet else self.same_subnet_delay_ms) / 1000.0

    def threshold(self, *, cross_subnet: bool) -> int:
        """Heartbeats missed in a row that mean death."""
        return self.cross_subnet_threshold if cross_subnet else self.same_subnet_threshold

    def detection_seconds(self, *, cross_subnet: bool = False) -> float:
        """From the last heartbeat that came to the verdict, at least; up to one delay more, as the next one is only
        missed when it is due."""
        return self.delay_seconds(cross_subnet=cross_subnet) * self.threshold(cross_subnet=cross_subnet)


class HeartbeatRanges(msgspec.Struct, frozen=True):
    """What a platform accepts, both ends included."""

    delay_ms: tuple[int, int] = (250, 2000)
    cross_delay_ms: tuple[int, int] = (250, 4000)
    threshold: tuple[int, int] = (3, 10)


def ranges_of(profile: Profile) -> HeartbeatRanges:
    """The ranges of a platform: 2008 R2's; from 2012 R2 on thresholds up to 120 (technet dn265972)."""
    return HeartbeatRanges(threshold=(3, 120)) if profile.features.drain else HeartbeatRanges()


def waiting_heartbeats(miss_share: float, threshold: int, luck: float) -> float:
    """How many heartbeats pass until so many in a row are lost, of which each is lost with the same probability.

    Runs that break off before count as failed tries: their number is geometric with p = q^k, and one lasts on average
    (1 - q^k) / (1 - q) - k q^k over the tries that fail, plus the heartbeat that came (Feller, "An Introduction to
    Probability Theory", XIII.7). `luck` in [0, 1) chooses the quantile. Infinite where nothing is lost.
    """
    if miss_share <= 0.0:
        return inf
    run = miss_share**threshold
    if run >= 1.0:
        return float(threshold)
    if run <= 0.0:
        return inf
    tries = _geometric(run, luck)
    partial = sum(miss_share**length * (1.0 - miss_share) * (length + 1) for length in range(threshold))
    return threshold + tries * partial / (1.0 - run)


def _geometric(share: float, luck: float) -> float:
    """Failed tries before the first success."""
    return float(floor(log1p(-luck) / log1p(-share)))
