"""Where VMs are while a plan is thought out: a population with its VMs' present nodes, which moves change."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hvgui.cluster.metrics import Column
from hvgui.engine.balancing.population import Mask, Population, Rows
from hvgui.engine.balancing.score import MEASURES, OFFLINE_WEIGHT, WEIGHTS, spread_score


class Step(NamedTuple):
    """One VM's move, by rows of the population."""

    vm: int
    source: int
    target: int


class Placement:
    """Owners that change, and the sums that follow them."""

    __slots__ = ("free", "free_places", "free_vcpus", "of", "on", "owner", "share", "stranded")

    def __init__(self, of: Population) -> None:
        self.of = of
        self.owner: Rows = of.owner.copy()
        self.on: list[list[int]] = [[] for _ in range(of.nodes)]
        """Rows of the VMs on each node, rising."""
        for vm, node in enumerate(of.owner.tolist()):
            self.on[node].append(vm)
        self.share: Column = of.fixed.copy()
        """By measure and node: what is taken, as a share of the node."""
        for measure in range(MEASURES):
            taken = np.bincount(of.owner, weights=of.use[measure], minlength=of.nodes)
            self.share[measure] += taken * of.scale[measure]
        self.free: Column = of.free_bytes.copy()
        self.free_vcpus: Column = of.free_vcpus.copy()
        self.free_places: Column = of.free_places.copy()
        self.stranded = sum(len(vms) for vms, serves in zip(self.on, of.serves.tolist(), strict=True) if not serves)
        """VMs on nodes that are to be emptied."""

    def move(self, step: Step) -> None:
        """A VM changes its node."""
        of, (vm, source, target) = self.of, step
        self.owner[vm] = target
        self.on[source].remove(vm)
        self.on[target].append(vm)
        self.on[target].sort()
        use = of.use[:, vm]
        self.share[:, source] -= use * of.scale[:, source]
        self.share[:, target] += use * of.scale[:, target]
        memory, vcpus = of.memory_bytes[vm], of.vcpus[vm]
        for node, sign in ((source, 1.0), (target, -1.0)):
            self.free[node] += sign * (memory + of.shadow_bytes[node])
            self.free_vcpus[node] += sign * vcpus
            self.free_places[node] += sign
        self.stranded += int(not of.serves[target]) - int(not of.serves[source])

    def score(self) -> float:
        """hbal's score of it."""
        return spread_score(self.share[:, self.of.serves]) + OFFLINE_WEIGHT * self.stranded

    def fits(self, vms: Rows, targets: Rows) -> Mask:
        """Whether each VM may go to its target now: allowed, joined by a network, and room for it."""
        of, owner = self.of, self.owner[vms]
        fits: Mask = (
            of.serves[targets]
            & (owner != targets)
            & of.allowed[of.vm_class[vms], targets]
            & (of.rate[of.network[vms], owner, targets] > 0.0)
            & (of.memory_bytes[vms] <= self.free[targets])
            & (of.vcpus[vms] <= self.free_vcpus[targets])
            & (self.free_places[targets] >= 1.0)
        )
        if of.apart:
            for place in np.flatnonzero(fits).tolist():
                fits[place] = not self.meets(int(vms[place]), int(targets[place]))
        return fits

    def meets(self, vm: int, target: int) -> bool:
        """Whether somebody is on the target from whom the VM is to be kept apart."""
        others = self.of.apart.get(vm)
        if others is None:
            return False
        return target in self.of.apart_from_fixed[vm] or any(self.owner[other] == target for other in others)


def spread_weights(of: Population) -> Column:
    """Weights of the measures, 0 where no node has anything of them."""
    return np.where((of.scale > 0.0).any(axis=1), WEIGHTS, 0.0)
