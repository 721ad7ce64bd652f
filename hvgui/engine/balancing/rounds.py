"""The order of a plan's moves: rounds of moves that run at the same time, each possible when its turn comes.

While a move runs, its VM counts on both nodes: the target holds memory for it from the beginning, and the source keeps
it to the end. Where VMs wait for one another's memory, one of them goes to a third node first; where that is not
possible either, moves are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hvgui.cluster.metrics import Column
from hvgui.engine.balancing.placement import Placement, Step
from hvgui.engine.balancing.population import Population


class Timed(NamedTuple):
    """A step in its round (from 1)."""

    step: Step
    round: int
    on_the_way: bool


class Order(NamedTuple):
    """The rounds, and what could not be put into one, with the reason."""

    timed: list[Timed]
    left_out: list[tuple[Step, str]]


def in_rounds(of: Population, steps: list[Step], seconds: Column) -> Order:
    """Orders moves that together are possible. `seconds`: by VM, its migration; those of like length run together."""
    waiting = sorted(steps, key=lambda step: (-seconds[step.vm], step.vm))
    rounds = _Rounds(of)
    while waiting:
        waiting = rounds.fill(waiting)
        if rounds.is_empty() and waiting:
            waiting = rounds.make_way(waiting)
        if rounds.is_empty():
            break
        rounds.end()
    return Order(rounds.timed, [(step, rounds.reason(step)) for step in waiting])


class _Rounds:
    """The placement as rounds go by."""

    def __init__(self, of: Population) -> None:
        self.timed: list[Timed] = []
        self._of = of
        self._place = Placement(of)
        self._number = 1
        self._running: list[Step] = []
        self._slots = of.slots.copy()
        self._sent: set[int] = set()
        """VMs that have gone to a third node already: once is enough."""

    def is_empty(self) -> bool:
        """Whether nothing runs in this round."""
        return not self._running

    def fill(self, waiting: list[Step]) -> list[Step]:
        """Begins what can begin in this round; gives what waits on."""
        return [step for step in waiting if not self._begin(step, on_the_way=False)]

    def _begin(self, step: Step, *, on_the_way: bool) -> bool:
        if self._slots[step.source] <= 0 or self._slots[step.target] <= 0 or self.reason(step):
            return False
        # The target holds everything from now on; the source gives it back at the round's end.
        self._take(step, -1.0)
        self._slots[[step.source, step.target]] -= 1
        self._running.append(step)
        self.timed.append(Timed(step, self._number, on_the_way))
        return True

    def _take(self, step: Step, sign: float) -> None:
        place, of = self._place, self._of
        place.free[step.target] += sign * (of.memory_bytes[step.vm] + of.shadow_bytes[step.target])
        place.free_vcpus[step.target] += sign * of.vcpus[step.vm]
        place.free_places[step.target] += sign

    def end(self) -> None:
        """The round has ended: its VMs are where they went."""
        for step in self._running:
            self._take(step, +1.0)
            self._place.move(step)
        self._running, self._slots = [], self._of.slots.copy()
        self._number += 1

    def make_way(self, waiting: list[Step]) -> list[Step]:
        """Nothing can begin: the smallest VM that can goes to a third node and on from there later."""
        for step in sorted(waiting, key=lambda one: (self._of.memory_bytes[one.vm], one.vm)):
            third = self._third(step)
            if third is not None:
                way = Step(step.vm, step.source, third)
                if self._begin(way, on_the_way=True):
                    self._sent.add(step.vm)
                    rest = [one for one in waiting if one is not step]
                    return [*rest, Step(step.vm, third, step.target)]
        return waiting

    def _third(self, step: Step) -> int | None:
        """A node with room for the VM now, from which it could go on; the one with most room."""
        of, place = self._of, self._place
        if step.vm in self._sent:
            return None
        every = np.arange(of.nodes)
        fits = place.fits(np.full(len(every), step.vm), every)
        fits &= of.rate[of.network[step.vm], :, step.target] > 0.0
        fits[step.target] = False
        places = every[fits]
        return int(places[np.argmax(place.free[places])]) if len(places) else None

    def reason(self, step: Step) -> str:
        """Why a move can't begin; empty: it can."""
        of, place, (vm, source, target) = self._of, self._place, step
        met = place.meets(vm, target) or self._meets_coming(vm, target)
        reasons = (
            (of.rate[of.network[vm], source, target] <= 0.0, "no network connects the two nodes"),
            (of.memory_bytes[vm] > place.free[target], "the target has no memory free for it when its turn comes"),
            (of.vcpus[vm] > place.free_vcpus[target], "the target may not run more virtual processors"),
            (place.free_places[target] < 1.0, "the target may not run more VMs"),
            (met, "a VM that it is to be kept apart from is on the target"),
            (of.slots[source] <= 0 or of.slots[target] <= 0, "one of the two nodes takes part in no live migration"),
        )
        return next((reason for applies, reason in reasons if applies), "")

    def _meets_coming(self, vm: int, target: int) -> bool:
        others = self._of.apart.get(vm, ())
        return any(one.target == target and one.vm in others for one in self._running)
