"""Sharing links: max-min fair rates of flows, kept right as flows come and go.

An allocation is max-min fair when no flow's rate can be raised without lowering that of another which has no more:
every flow below its own cap has a *bottleneck*, a full link on which nobody gets more than it does (Bertsekas and
Gallager, *Data Networks*, 2nd ed., 6.5.2). Seen from the links: each full link has a level, and a flow's rate is the
least of its cap and the levels of its links. A link's level follows from the limits that its flows meet elsewhere, by
pouring its capacity over them until it is full. Levels that agree with each other in this way *are* the max-min
allocation: every flow then has its bottleneck.

So after a change only the links concerned are poured again, lowest level first, and whoever meets a new limit by that,
until nothing moves any more. A change travels only from lower to higher levels, so it dies out within a few dozen
links however large the network is. Where much changes at once, all is solved afresh, in numpy, freezing every
locally least link in each pass (`progressive_filling`).
"""

from __future__ import annotations

import heapq
from math import inf

import numpy as np
from numpy.typing import NDArray

SAME = 1e-12
"""Relative difference below which a level counts as unmoved."""
_AFRESH_FROM_LINKS = 48
"""So many links changed at once are solved afresh together with all others."""

FlowLinks = tuple[int, ...]
_NOBODY: dict[int, int] = {}


class Sharing:
    """Links by number (0, 1 ...), flows by number, each over one or two links, with a cap or none (`inf`)."""

    __slots__ = ("_capped", "_changed", "_moved", "capacities", "caps", "levels", "links_of", "members", "rates")

    def __init__(self, capacities: list[float]) -> None:
        self.capacities = capacities
        self.levels: list[float] = [inf] * (len(capacities) + 1)
        """What a link grants at most; `inf`: it is not full. The last entry is no link: the other end of flows over
        one link only, which never limits."""
        self.members: dict[int, dict[int, int]] = {}
        """Flows of each link that has any, each with its other link."""
        self.links_of: dict[int, FlowLinks] = {}
        self.caps: dict[int, float] = {}
        self.rates: dict[int, float] = {}
        self._capped: dict[int, int] = {}
        """How many flows with a cap there are on a link."""
        self._changed: dict[int, None] = {}
        self._moved: dict[int, None] = {}

    def fork(self) -> Sharing:
        """An independent copy."""
        copy = Sharing.__new__(Sharing)
        copy.capacities, copy.levels = self.capacities.copy(), self.levels.copy()
        copy.members = {link: flows.copy() for link, flows in self.members.items()}
        copy.links_of, copy.caps, copy.rates = self.links_of.copy(), self.caps.copy(), self.rates.copy()
        copy._capped, copy._changed, copy._moved = self._capped.copy(), self._changed.copy(), self._moved.copy()
        return copy

    @property
    def unsettled(self) -> tuple[list[int], list[int]]:
        """Links that have changed and flows whose rate may be another since the last `settle`."""
        return list(self._changed), list(self._moved)

    def restore(self, levels: list[float], rates: dict[int, float], unsettled: tuple[list[int], list[int]]) -> None:
        """Take over what was saved of the flows that are open."""
        self.levels, self.rates = levels, rates
        self._changed, self._moved = dict.fromkeys(unsettled[0]), dict.fromkeys(unsettled[1])

    @property
    def is_settled(self) -> bool:
        """Whether the rates are those of the flows and capacities as they are now."""
        return not self._changed and not self._moved

    def renumber(self, places: list[int | None], capacities: list[float]) -> None:
        """Links come or go: link i is `places[i]` from now on (None: it is gone, and nothing goes over it), in the same
        order as before; what those that stay carry does not change. `capacities` are those of the new ones."""
        nowhere, size = len(self.capacities), len(capacities)
        self.capacities, before = capacities, self.capacities
        levels, self.levels = self.levels, [inf] * (size + 1)
        moved: dict[int, int] = {nowhere: size}
        for link, place in enumerate(places):
            if place is not None:
                moved[link] = place
                self.capacities[place], self.levels[place] = before[link], levels[link]
        self.members = {
            moved[link]: {flow: moved[other] for flow, other in flows.items()} for link, flows in self.members.items()
        }
        self.links_of = {flow: tuple(moved[link] for link in links) for flow, links in self.links_of.items()}
        self._capped = {moved[link]: count for link, count in self._capped.items() if link in moved}
        self._changed = {moved[link]: None for link in self._changed if link in moved}

    # Changing

    def open(self, flow: int, links: FlowLinks, cap: float = inf) -> None:
        """A flow begins; it has rate 0 until `settle`."""
        self.links_of[flow], self.caps[flow], self.rates[flow] = links, cap, 0.0
        for link in links:
            self.members.setdefault(link, {})[flow] = self._other(links, link)
            self._changed[link] = None
        self._count_capped(links, int(cap < inf))
        self._moved[flow] = None

    def close(self, flow: int) -> None:
        """A flow ends."""
        links = self.links_of.pop(flow)
        for link in links:
            flows = self.members[link]
            del flows[flow]
            if not flows:
                del self.members[link]
            self._changed[link] = None
        self._count_capped(links, -int(self.caps.pop(flow) < inf))
        del self.rates[flow]
        self._moved.pop(flow, None)

    def set_cap(self, flow: int, cap: float) -> None:
        """A flow wants more or less than before."""
        before = self.caps[flow]
        if before == cap:
            return
        self.caps[flow] = cap
        self._count_capped(self.links_of[flow], int(cap < inf) - int(before < inf))
        self._moved[flow] = None
        for link in self.links_of[flow]:
            self._changed[link] = None

    def set_capacity(self, link: int, capacity: float) -> None:
        """A link is cut, restored, or gets another speed."""
        if self.capacities[link] != capacity:
            self.capacities[link] = capacity
            self._changed[link] = None

    def _other(self, links: FlowLinks, link: int) -> int:
        """A flow's other link, or what stands for none."""
        if len(links) == 1:
            return len(self.capacities)
        return links[1] if links[0] == link else links[0]

    def _count_capped(self, links: FlowLinks, by: int) -> None:
        if by:
            for link in links:
                self._capped[link] = self._capped.get(link, 0) + by

    # Solving

    def settle(self) -> dict[int, float]:
        """Make the rates those of now. Gives the flows whose rate is another than before, with the new one."""
        if len(self._changed) >= _AFRESH_FROM_LINKS or not self._ripple():
            self._solve_afresh()
        levels, caps, rates, links_of = self.levels, self.caps, self.rates, self.links_of
        changed: dict[int, float] = {}
        for flow in self._moved:
            rate = caps[flow]
            for link in links_of[flow]:
                rate = min(rate, levels[link])
            if rate != rates[flow]:
                rates[flow] = changed[flow] = rate
        self._changed, self._moved = {}, {}
        return changed

    def _ripple(self) -> bool:
        """Pour the changed links again, and whom that concerns. False: gave up (it takes longer than a fresh start)."""
        levels, members, caps, moved = self.levels, self.members, self.caps, self._moved
        nowhere = len(self.capacities)
        waiting = [(levels[link], link) for link in self._changed]
        heapq.heapify(waiting)
        queued = set(self._changed)
        patience = 200 + 20 * len(members)
        while waiting:
            link = heapq.heappop(waiting)[1]
            queued.discard(link)
            old, new = levels[link], self._poured(link)
            if new == old or (old < inf and abs(new - old) <= SAME * old):
                continue
            patience -= 1
            if patience < 0:
                return False
            levels[link] = new
            least = min(old, new)
            # Who has less than that from elsewhere never met this link's level, before or after.
            for flow, other in members.get(link, _NOBODY).items():
                if levels[other] > least and caps[flow] > least:
                    moved[flow] = None
                    if other != nowhere and other not in queued:
                        queued.add(other)
                        heapq.heappush(waiting, (levels[other], other))
        return True

    def _poured(self, link: int) -> float:
        """The level to which the link's capacity fills its flows, given their limits elsewhere."""
        flows = self.members.get(link)
        if not flows:
            return inf
        levels = self.levels
        if self._capped.get(link):
            caps = self.caps
            limits = sorted([min(levels[other], caps[flow]) for flow, other in flows.items()])
        else:
            limits = sorted([levels[other] for other in flows.values()])
        left, count = self.capacities[link], len(limits)
        for limit in limits:
            if limit * count >= left:
                return left / count
            left -= limit
            count -= 1
        return inf

    def _solve_afresh(self) -> None:
        flows = list(self.links_of)
        nowhere = len(self.capacities)
        pairs = [(*links, nowhere)[:2] for links in self.links_of.values()]
        ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        caps = np.fromiter(self.caps.values(), dtype=np.float64, count=len(flows))
        capacities = np.array([*self.capacities, inf])
        levels = progressive_filling(capacities, ends, caps)
        self.levels = levels.tolist()
        granted = np.minimum(np.minimum(levels[ends[:, 0]], levels[ends[:, 1]]), caps)
        rates = np.fromiter(self.rates.values(), dtype=np.float64, count=len(flows))
        different = np.flatnonzero(np.abs(granted - rates) > SAME * rates)
        self._moved.update(dict.fromkeys(flows[index] for index in different))


def progressive_filling(
    capacities: NDArray[np.float64], ends: NDArray[np.int64], caps: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Levels of all links (`inf`: not full) for flows over the links `ends` (two columns) with the given caps.

    In each pass every link that offers the least of all that its flows meet is frozen at its fair share, and every
    flow whose cap is no more than its links offer is frozen at its cap: both are final, because offers only grow
    from pass to pass.
    """
    levels = np.full(len(capacities), inf)
    left = capacities.copy()
    while len(caps):
        count = np.bincount(ends.ravel(), minlength=len(left))
        with np.errstate(divide="ignore", invalid="ignore"):
            fair = np.where(count > 0, np.maximum(left, 0.0) / count, inf)
        offered = np.minimum(fair[ends[:, 0]], fair[ends[:, 1]])
        wanted = np.minimum(offered, caps)
        least = np.full(len(left), inf)
        np.minimum.at(least, ends[:, 0], wanted)
        np.minimum.at(least, ends[:, 1], wanted)
        full = (count > 0) & (fair <= least) & (fair < inf)
        levels[full] = fair[full]
        frozen = full[ends[:, 0]] | full[ends[:, 1]] | (caps <= offered)
        taken = wanted[frozen]
        gone = ends[frozen]
        left -= np.bincount(gone[:, 0], weights=taken, minlength=len(left))
        left -= np.bincount(gone[:, 1], weights=taken, minlength=len(left))
        ends, caps = ends[~frozen], caps[~frozen]
    return levels
