"""What the clone dialog stands for: one request a clone, each checked as the cluster will be after those before it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NodeId, VmId, VolumeId
from hvgui.gui.copies.names import names_of
from hvgui.requests.cloning import CloneVm, cloned
from hvgui.requests.machine_checks import needs_of
from hvgui.requests.places import Places
from hvgui.requests.problems import Problem, Severity, blockers
from hvgui.requests.several_machines import Arrivals
from hvgui.requests.targets import Target


@dataclass(frozen=True)
class CloneDraft:
    """The form's contents."""

    vm: VmId
    pattern: str
    count: int = 1
    first: int = 1
    target: NodeId | None = None
    """None: spread over the best nodes."""
    volume: VolumeId | None = None
    lun: LunId | None = None
    """Neither: where those of the original are."""
    generalised: bool = False


@dataclass(frozen=True)
class PlannedClone:
    """One clone: its request (None where no node takes it), and what stands in its way."""

    name: str
    request: CloneVm | None
    problems: tuple[Problem, ...]

    @property
    def is_blocked(self) -> bool:
        """Whether it would be refused."""
        return self.request is None or bool(blockers(self.problems))


@dataclass(frozen=True)
class ClonePlan:
    """Everything that comes of a draft."""

    clones: tuple[PlannedClone, ...] = ()
    targets: tuple[Target, ...] = ()
    """Every node for the first clone, best first."""
    needs: tuple[tuple[tuple[VolumeId | None, LunId | None], int], ...] = ()
    """Bytes that all of them take in each place."""
    sentence: str = ""
    """Why there is no plan at all."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of all clones: every blocker once, and of each kind of warning the last, which counts the most of them."""
        found = dict.fromkeys(one for clone in self.clones for one in clone.problems)
        last = {one.code: one for one in found if one.severity is Severity.WARNING}
        return (*(one for one in found if one.severity is Severity.BLOCKER), *last.values())

    @property
    def requests(self) -> tuple[CloneVm, ...]:
        """What can be sent, in order."""
        return tuple(one.request for one in self.clones if one.request is not None and not one.is_blocked)

    @property
    def is_whole(self) -> bool:
        """Whether every clone can be made."""
        return bool(self.clones) and len(self.requests) == len(self.clones)


class Guids:
    """The unique ids of the new VMs: drawn once, so that the form may be planned as often as it changes."""

    def __init__(self) -> None:
        self._drawn: list[str] = []

    def take(self, count: int) -> list[str]:
        """The first so many."""
        while len(self._drawn) < count:
            self._drawn.append(str(uuid.uuid4()))
        return self._drawn[:count]


def plan_clones(draft: CloneDraft, cluster: Cluster, shares: dict[NodeId, float] | None, guids: Guids) -> ClonePlan:
    """The requests that a draft means, with their problems; 200 of them in a few milliseconds."""
    original = cluster.vms.get(draft.vm)
    if original is None:
        return ClonePlan(sentence="The VM is no longer in the cluster.")
    try:
        names = names_of(draft.pattern, draft.count, draft.first)
    except ValueError as error:
        return ClonePlan(sentence=f"{str(error)[:1].upper()}{str(error)[1:]}.")
    drawn = guids.take(draft.count)
    first = _request(draft, names[0], drawn[0], original.owner)
    hindered = blockers(tuple(one for one in first.check(cluster) if one.code in _OF_ORIGINAL))
    if hindered:
        return ClonePlan(clones=tuple(PlannedClone(name, None, hindered) for name in names))
    model = cloned(cluster, first)
    placement = Places(cluster, shares)
    targets = placement.for_new(model)
    spread = draft.target is None
    owners = placement.spread(model, draft.count) if spread else (draft.target,) * draft.count
    return _planned(draft, cluster, names, drawn, owners, targets)


_OF_ORIGINAL = frozenset({"no-such-vm", "busy", "wrong-state", "pass-through", "no-home", "no-such-node"})
"""What stands in the way of cloning it at all, whatever the clone is called and wherever it goes."""


def _request(draft: CloneDraft, name: str, guid: str, node: NodeId) -> CloneVm:
    return CloneVm(
        vm=draft.vm,
        name=name,
        guid=guid,
        to=node,
        volume=draft.volume,
        lun=draft.lun,
        generalised=draft.generalised,
    )


def _planned(
    draft: CloneDraft,
    cluster: Cluster,
    names: tuple[str, ...],
    drawn: list[str],
    owners: tuple[NodeId | None, ...],
    targets: tuple[Target, ...],
) -> ClonePlan:
    of_node = {one.node: one.problems for one in targets}
    nobody = next((one for target in targets for one in blockers(target.problems)), None)
    arrivals = Arrivals(cluster)
    clones: list[PlannedClone] = []
    needs: dict[tuple[VolumeId | None, LunId | None], int] = {}
    for name, guid, node in zip(names, drawn, owners, strict=True):
        if node is None:
            why = (nobody,) if nobody is not None else (Problem("no-node", "No node takes one more."),)
            clones.append(PlannedClone(name, None, why))
            continue
        request = _request(draft, name, guid, node)
        if node not in cluster.nodes:
            clones.append(PlannedClone(name, None, request.check(cluster)))
            continue
        machine = cloned(cluster, request)
        for home, need in needs_of(machine).items():
            needs[home] = needs.get(home, 0) + need
        problems = arrivals.add(machine)
        clones.append(PlannedClone(name, request, tuple(dict.fromkeys((*problems, *of_node.get(node, ()))))))
    return ClonePlan(tuple(clones), targets, tuple(needs.items()))
