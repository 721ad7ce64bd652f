"""The score after every possible move among some nodes, kept up to date move by move.

Only two nodes change with a move, so the table changes in two columns and in the rows of the VMs there. For one measure
of which a VM takes m, its node s and a target t with shares x of mean mu, n nodes and scales a, n times the variance
changes by 2 m (a_t (x_t - mu) - a_s (x_s - mu)) + m^2 (a_s^2 + a_t^2 - (a_t - a_s)^2 / n).

The table is kept in single precision, which is enough to find the few moves that can be the best; among those, double
precision decides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.metrics import Column
from hvgui.engine.balancing.placement import Placement, Step, spread_weights
from hvgui.engine.balancing.population import Mask, Rows

Single = NDArray[np.float32]
_MARGIN = 2e-5
"""As a share of the score: by how much single precision may be wrong."""


class Table:
    """All moves of the VMs on some serving nodes to others of these nodes."""

    def __init__(self, placement: Placement, nodes: Rows, cost: Column | None) -> None:
        of = placement.of
        self.placement = placement
        self.nodes = nodes
        self.vms: Rows = np.array(sorted(vm for node in nodes.tolist() for vm in placement.on[node]), dtype=np.int64)
        self._column = {int(node): column for column, node in enumerate(nodes.tolist())}
        self._row = {int(vm): row for row, vm in enumerate(self.vms.tolist())}
        self._home: Rows = np.array([self._column[int(node)] for node in placement.owner[self.vms]], dtype=np.int64)
        weights = spread_weights(of)
        self._measures = np.flatnonzero(weights)
        self._weights = weights[self._measures]
        self._use: Column = of.use[np.ix_(self._measures, self.vms)]
        self._scale: Column = of.scale[np.ix_(self._measures, nodes)]
        self._cost: Column = np.zeros(len(self.vms)) if cost is None else cost[self.vms]
        self._first_mean = self._share().mean(axis=1) if len(nodes) else np.zeros(len(self._measures))
        uneven = (self._scale != self._scale[:, :1]).any(axis=1)
        self._uneven = np.flatnonzero(uneven)
        shape = (len(self._measures), len(self.vms), len(nodes))
        self._change: Single = np.zeros(shape, dtype=np.float32)
        self._tilt: Single = np.zeros((len(self._uneven), *shape[1:]), dtype=np.float32)
        self._scratch: Single = np.zeros(shape, dtype=np.float32)
        self._open: Mask = np.zeros(shape[1:], dtype=np.bool_)
        every = np.arange(len(self.vms))
        self._renew(every, np.arange(len(nodes)))

    def best(self, limit: float) -> tuple[float, Step] | None:
        """The possible move that leaves the lowest score below the limit: that score, and the move."""
        if not self._open.any():
            return None
        estimate = self._estimate()
        while True:
            lowest = float(estimate.min())
            margin = _MARGIN * max(1.0, lowest)
            if not lowest < limit + margin:
                return None
            places = np.flatnonzero(estimate.ravel() <= lowest + margin)
            rows, columns = np.divmod(places, len(self.nodes))
            scores = self._exactly(rows, columns)
            for one in np.lexsort((columns, rows, scores)).tolist():
                row, column = int(rows[one]), int(columns[one])
                vm, target = int(self.vms[row]), int(self.nodes[column])
                if self.placement.meets(vm, target):
                    estimate[row, column] = np.inf
                elif scores[one] < limit:
                    return float(scores[one]), Step(vm, int(self.placement.owner[vm]), target)
                else:
                    return None

    def close(self, step: Step) -> None:
        """This move is not to be made."""
        self._open[self._row[step.vm], self._column[step.target]] = False

    def moved(self, step: Step) -> None:
        """The placement has followed this move; the table follows."""
        row, columns = self._row[step.vm], [self._column[step.source], self._column[step.target]]
        self._home[row] = columns[1]
        rows = np.flatnonzero((self._home == columns[0]) | (self._home == columns[1]))
        self._renew(np.arange(len(self.vms)), np.array(columns))
        self._renew(rows, np.arange(len(self.nodes)))

    def score(self) -> float:
        """Of the nodes of the table alone."""
        return float((self._weights * np.sqrt(self._variances() / max(1, len(self.nodes)))).sum())

    def _share(self) -> Column:
        share: Column = self.placement.share[np.ix_(self._measures, self.nodes)]
        return share

    def _variances(self) -> Column:
        """By measure: number of nodes times the variance."""
        share = self._share()
        apart = share - share.mean(axis=1)[:, np.newaxis]
        squares: Column = (apart * apart).sum(axis=1)
        return squares

    def _renew(self, rows: Rows, columns: Rows) -> None:
        """Work out this part of the table again."""
        place, of = self.placement, self.placement.of
        share = self._share() - self._first_mean[:, np.newaxis]
        home, use = self._home[rows], self._use[:, rows]
        scale, source = self._scale[:, columns][:, np.newaxis], self._scale[:, home][:, :, np.newaxis]
        bend = source * source + scale * scale - (scale - source) ** 2 / len(self.nodes)
        slope = scale * share[:, columns][:, np.newaxis] - source * share[:, home][:, :, np.newaxis]
        use = use[:, :, np.newaxis]
        where = np.ix_(rows, columns)
        self._change[:, where[0], where[1]] = 2.0 * use * slope + use * use * bend
        if len(self._uneven):
            tilt = use[self._uneven] * (scale[self._uneven] - source[self._uneven])
            self._tilt[:, where[0], where[1]] = 2.0 * tilt
        vms, targets = self.vms[rows], self.nodes[columns]
        fits = of.allowed[of.vm_class[vms]][:, targets] & (home[:, np.newaxis] != columns)
        fits &= of.rate[of.network[vms][:, np.newaxis], place.owner[vms][:, np.newaxis], targets] > 0.0
        fits &= of.memory_bytes[vms][:, np.newaxis] <= place.free[targets]
        fits &= (of.vcpus[vms][:, np.newaxis] <= place.free_vcpus[targets]) & (place.free_places[targets] >= 1.0)
        self._open[where] = fits

    def _estimate(self) -> Single:
        """By row and column: about the score after the move; infinite where it can't be made."""
        after = self._scratch
        variances = self._variances()
        np.add(self._change, variances.astype(np.float32)[:, np.newaxis, np.newaxis], out=after)
        if len(self._uneven):
            drift = (self._first_mean - self._share().mean(axis=1))[self._uneven].astype(np.float32)
            for place, measure in enumerate(self._uneven.tolist()):
                after[measure] += drift[place] * self._tilt[place]
        np.maximum(after, 0.0, out=after)
        np.sqrt(after, out=after)
        weights = (self._weights / np.sqrt(len(self.nodes))).astype(np.float32)
        estimate: Single = after[0] * weights[0]
        for measure in range(1, len(weights)):
            after[measure] *= weights[measure]
            estimate += after[measure]
        estimate += self._costs().astype(np.float32)[:, np.newaxis]
        estimate[~self._open] = np.inf
        return estimate

    def _costs(self) -> Column:
        """What each VM's move costs: nothing for who has left its first node already."""
        first = self.placement.of.owner[self.vms]
        costs: Column = self._cost * (self.nodes[self._home] == first)
        return costs

    def _exactly(self, rows: Rows, columns: Rows) -> Column:
        share = self._share()
        apart = share - share.mean(axis=1)[:, np.newaxis]
        home, use = self._home[rows], self._use[:, rows]
        gives, takes = use * self._scale[:, home], use * self._scale[:, columns]
        change = 2.0 * (takes * apart[:, columns] - gives * apart[:, home])
        change += gives * gives + takes * takes - (takes - gives) ** 2 / len(self.nodes)
        after = np.maximum(self._variances()[:, np.newaxis] + change, 0.0) / len(self.nodes)
        scores: Column = (self._weights[:, np.newaxis] * np.sqrt(after)).sum(axis=0) + self._costs()[rows]
        return scores
