"""Steepest descent: the move that lowers the score most, again and again, as hbal(1) describes it.

Clusters of many nodes are taken in groups: nodes are dealt like cards, in the order of how much they carry, so that
each group has some that carry much and some that carry little; every group is balanced for itself, then they are dealt
anew.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hvgui.cluster.metrics import Column
from hvgui.engine.balancing.placement import Placement, Step
from hvgui.engine.balancing.population import Rows
from hvgui.engine.balancing.table import Table

MIN_SCORE = 1e-9
MIN_GAIN, MIN_GAIN_BELOW = 0.01, 0.1
"""hbal's defaults: below a score of 0.1 a move has to gain 0.01."""
NOTHING = 1e-12
"""A gain of less is rounding."""
MOST_PLACES = 1_000_000
"""VMs times nodes up to which all moves are weighed at once."""
GROUP_NODES = 40
DEALS = 6
"""So often the nodes of a large cluster are dealt at most."""

Guard = Callable[[Step], bool]
"""Whether a move may be made, beside what fits."""


class Descent:
    """The way down from a placement, which it changes."""

    def __init__(
        self,
        placement: Placement,
        cost: Column | None = None,
        guard: Guard | None = None,
        most_moves: int | None = None,
        tell: Callable[[float], None] = lambda _: None,
    ) -> None:
        """`tell` is called before every move with how far the way down has come at least (0..1); it may raise."""
        self.placement = placement
        self.steps: list[Step] = []
        self._cost = cost
        """By VM: how much the score has to fall for it to be moved; None: nothing."""
        self._guard = guard
        self._most = most_moves
        self._tell = tell
        self._come = 0.0
        self._serving = np.flatnonzero(placement.of.serves)

    def run(self) -> list[Step]:
        """All moves, down to where none betters the score any more."""
        if len(self._serving) == 0 or len(self.placement.owner) == 0:
            return self.steps
        if len(self._serving) * len(self.placement.owner) <= MOST_PLACES:
            self._go_down(self._serving)
        else:
            self._deal()
        return self.steps

    def _go_down(self, nodes: Rows) -> None:
        """The moves among these nodes."""
        table = Table(self.placement, nodes, self._cost)
        score = table.score()
        while score >= MIN_SCORE and (self._most is None or len(self.steps) < self._most):
            self._tell(self._come)
            found = table.best(score - NOTHING)
            if found is None or (score < MIN_GAIN_BELOW and score - found[0] < MIN_GAIN):
                return
            step = found[1]
            if self._guard is not None and not self._guard(step):
                table.close(step)
                continue
            self.placement.move(step)
            self.steps.append(step)
            table.moved(step)
            score = table.score()

    def _deal(self) -> None:
        """The groups, one after the other, until dealing anew brings little."""
        groups = -(-len(self._serving) // GROUP_NODES)
        for deal in range(DEALS):
            before = self.placement.score()
            carried = self.placement.share[:, self._serving].sum(axis=0)
            order = self._serving[np.lexsort((self._serving, carried))]
            for group in range(groups):
                self._come = (deal + group / groups) / DEALS
                self._go_down(np.sort(order[group::groups]))
            if before - self.placement.score() < MIN_GAIN:
                return
