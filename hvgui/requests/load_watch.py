"""Requests on the load watch: its settings, those of power saving and placement among them, and its tips carried out
or dismissed."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.load_watch import PATIENCE, LoadWatch, Tip, TipState, WatchedResource, WatchMode
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name, vm_name

LEAST_WINDOW_SECONDS, MOST_WINDOW_SECONDS = 60, 86_400
LEAST_REST_SECONDS = 300
"""How long a node that was switched off, or on again, is left as it is, at least."""
MOST_NODES, MOST_WATTS = 10_000, 100_000.0
"""More than any cluster has, and more than any server takes."""


class SetLoadWatch(Request, frozen=True, tag="set-load-watch"):
    """Switch the watch over the nodes' loads on or off, or set what it does (an extension of ours before 2016)."""

    load_watch: LoadWatch

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        before, now = cluster.load_watch, self.load_watch
        if replace(before, placement=now.placement) == now != before:
            return f"Place VMs on {cluster.name} so that they {now.placement.value}"
        if replace(before, power=now.power) == now != before:
            return f"Set the power saving of {cluster.name}{'' if now.power.is_on else ' to off'}"
        return f"Set the load watch of {cluster.name} to {now.mode.value}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        del cluster
        return (*impossible(self.load_watch), *_doubtful(self.load_watch))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell. Windows Server 2016 balances by itself (AutoBalancerMode 2: always; three levels)."""
        if not cluster.profile.features.balancing:
            return "# PRO tips of System Center do this; no cmdlet of 2008 R2 or 2012 R2 does"
        mode = {WatchMode.OFF: 0, WatchMode.MANUAL: 0, WatchMode.AUTOMATIC: 2}[self.load_watch.mode]
        level = (self.load_watch.aggressiveness + 1) // 2
        power = "; # VMM: Set-SCDynamicOptimizationConfiguration -EnablePowerOptimization $true"
        saving = power if self.load_watch.saves_power else ""
        return f"(Get-Cluster).AutoBalancerMode = {mode}; (Get-Cluster).AutoBalancerLevel = {level}{saving}"


def impossible(watch: LoadWatch) -> tuple[Problem, ...]:
    """What of these settings can't be."""
    return tuple(_beyond(watch))


def _doubtful(watch: LoadWatch) -> Iterator[Problem]:
    if watch.quiet_from_hour is not None and watch.quiet_from_hour == watch.quiet_until_hour:
        text = "The quiet hours end when they begin: nothing is ever moved."
        yield warning("no-quiet-hours", text, "Let them end later, or leave them out.")
    power = watch.power
    if power.is_on and watch.mode is not WatchMode.AUTOMATIC:
        text = f"Power saving moves VMs by itself, and the load watch is {watch.mode.value}: no node is switched off."
        yield warning("power-needs-automatic", text, "Set the load watch to automatic.")
    if power.is_on and power.from_hour is not None and power.from_hour == power.until_hour:
        text = "The hours of power saving end when they begin: no node is ever switched off."
        yield warning("no-power-hours", text, "Let them end later, or leave them out.")


def _beyond(watch: LoadWatch) -> Iterator[Problem]:
    if watch.aggressiveness not in PATIENCE:
        text = f"An aggressiveness of {watch.aggressiveness} is not possible."
        yield Problem("aggressiveness", text, "It goes from 1 (seldom) to 5 (soon).")
    if not LEAST_WINDOW_SECONDS <= watch.window_seconds <= MOST_WINDOW_SECONDS:
        text = f"A window of {watch.window_seconds} seconds is not possible."
        yield Problem("window", text, "It is between a minute and a day.")
    hours = (watch.quiet_from_hour, watch.quiet_until_hour)
    if (hours[0] is None) != (hours[1] is None) or not all(hour is None or 0.0 <= hour <= 24.0 for hour in hours):
        yield Problem("quiet-hours", "Quiet hours have a beginning and an end from 0 to 24 o'clock.", "Give both.")
    for resource in WatchedResource:
        if not 0.1 <= watch.limit(resource) <= 1.0:
            text = f"A limit of {watch.limit(resource):.0%} for {resource.value} is not possible."
            yield Problem("limit", text, "It is between 10 % and 100 %.")
    if not 0.0 <= watch.hysteresis <= 0.5:
        text = f"A hysteresis of {watch.hysteresis:.0%} is not possible."
        yield Problem("hysteresis", text, "It is between 0 and 50 %.")
    yield from _power_problems(watch)


def _power_problems(watch: LoadWatch) -> Iterator[Problem]:
    power = watch.power
    hours = (power.from_hour, power.until_hour)
    if (hours[0] is None) != (hours[1] is None) or not all(hour is None or 0.0 <= hour <= 24.0 for hour in hours):
        text = "The hours of power saving have a beginning and an end from 0 to 24 o'clock."
        yield Problem("power-hours", text, "Give both.")
    if not (power.least_nodes == 0 or 2 <= power.least_nodes <= MOST_NODES):
        text = f"To leave {power.least_nodes} nodes in service is not possible."
        yield Problem("least-nodes", text, "At least two stay on; 0 leaves it to the rule of System Center.")
    if not LEAST_REST_SECONDS <= power.rest_seconds <= MOST_WINDOW_SECONDS:
        text = f"A rest of {power.rest_seconds} seconds is not possible."
        yield Problem("rest", text, "It is between 5 minutes and a day.")
    if not 0.0 <= power.node_watts <= MOST_WATTS:
        text = f"A node that takes {power.node_watts:g} W at rest is not possible."
        yield Problem("watts", text, f"It is between 0 and {MOST_WATTS:,.0f} W.")


class TipRequest(Request, frozen=True):
    """What the requests on one tip have in common."""

    tip: int

    def found(self, cluster: Cluster) -> Tip | None:
        """The tip, where it is still there and open."""
        tip = cluster.tips.with_id(self.tip)
        return tip if tip is not None and tip.state is TipState.OPEN else None

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if self.found(cluster) is not None:
            return ()
        return (Problem("no-such-tip", f"Tip no. {self.tip} is not open any more.", "The load may have fallen since."),)


class ImplementTip(TipRequest, frozen=True, tag="implement-tip"):
    """Make the move that a tip proposes."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        move = self._move(cluster)
        return f"Carry out tip: {move.title(cluster)}" if move is not None else "Carry out a tip"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        found, tip, move = super().check(cluster), self.found(cluster), self._move(cluster)
        if tip is None:
            return found
        if move is None:
            text = f"No VM can be moved away from {node_name(cluster, tip.node)} so that it helps."
            return (Problem("no-move", text, "Add a node, stop VMs there, or raise the limit."),)
        return move.check(cluster)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        move = self._move(cluster)
        return move.powershell(cluster) if move is not None else "# the tip proposes no move"

    def _move(self, cluster: Cluster) -> LiveMigrate | None:
        tip = self.found(cluster)
        if tip is None or tip.vm is None or tip.target is None:
            return None
        return LiveMigrate(vm=tip.vm, to=tip.target, queue=True)


class DismissTip(TipRequest, frozen=True, tag="dismiss-tip"):
    """Put a tip away until the load has fallen."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        tip = self.found(cluster)
        if tip is None:
            return "Dismiss a tip"
        about = f" ({vm_name(cluster, tip.vm)})" if tip.vm is not None else ""
        return f"Dismiss the tip for {node_name(cluster, tip.node)}{about}"

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        del cluster
        return "# dismissed in the window of PRO tips; there is no cmdlet"
