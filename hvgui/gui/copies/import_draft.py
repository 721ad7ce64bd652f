"""What the import wizard stands for: the machines that were ticked, and from them a request each, planned in turn."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NetworkId, NodeId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.exchange.imports.found import FoundMachine, ImportRefusedError
from hvgui.exchange.imports.plan import ImportChoices, Planned, planned
from hvgui.gui.copies.clone_draft import Guids
from hvgui.gui.copies.names import names_of
from hvgui.requests.machine_checks import needs_of, next_id
from hvgui.requests.places import Places
from hvgui.requests.problems import Problem, blockers
from hvgui.requests.several_machines import Arrivals
from hvgui.requests.targets import Target


@dataclass(frozen=True)
class ImportDraft:
    """What has been decided so far."""

    machines: tuple[FoundMachine, ...] = ()
    restores: bool = False
    """With their own unique ids; False: copies with new ones."""
    in_place: bool = False
    generalised: bool = False
    without_memory: bool = False
    volume: VolumeId | None = None
    lun: LunId | None = None
    local: bool = False
    networks: Mapping[str, NetworkId | None] = field(default_factory=dict)
    pattern: str = ""
    """Names of the copies of the only machine; empty: as it was found."""
    count: int = 1
    first: int = 1
    target: NodeId | None = None
    """None: the best for each."""

    @property
    def is_series(self) -> bool:
        """Whether one machine is copied, once or often, under names of its own."""
        return len(self.machines) == 1 and not self.restores

    def names(self) -> tuple[tuple[FoundMachine, str], ...]:
        """Every VM that will be made: of which machine, and its name (empty: as it was found).

        Raises ValueError with the end of a sentence where the names can't be told.
        """
        if self.is_series and self.pattern.strip():
            (machine,) = self.machines
            return tuple((machine, name) for name in names_of(self.pattern, self.count, self.first))
        if self.is_series and self.count > 1:
            raise ValueError("several copies need names")
        return tuple((machine, "") for machine in self.machines)


@dataclass(frozen=True)
class PlannedImport:
    """One VM: its plan (None where there can be none), and what stands in its way."""

    name: str
    plan: Planned | None
    problems: tuple[Problem, ...]

    @property
    def is_blocked(self) -> bool:
        """Whether it would be refused."""
        return self.plan is None or bool(blockers(self.problems))


_ANY = str(uuid.UUID(int=0))
"""A unique id where it does not matter which."""


def choices_of(draft: ImportDraft, node: NodeId, name: str, guid: str) -> ImportChoices:
    """The draft for one VM."""
    return ImportChoices(
        node=node,
        guid="" if draft.restores else guid,
        in_place=draft.in_place,
        volume=draft.volume,
        lun=draft.lun,
        local=draft.local,
        networks=draft.networks,
        name=name,
        generalised=draft.generalised and not draft.restores,
        without_memory=draft.without_memory,
    )


def model_of(draft: ImportDraft, cluster: Cluster) -> VirtualMachine | None:
    """The first machine as it would be, on whichever node: what nodes are rated for; None: it can't be made."""
    if not draft.machines or not cluster.nodes:
        return None
    node = next((one.id for one in cluster.nodes.values() if one.is_up), next(iter(cluster.nodes)))
    try:
        plan = planned(draft.machines[0], choices_of(draft, node, "", _ANY), cluster)
    except ImportRefusedError:
        return None
    # Where it could run before, in another cluster maybe, is no rule for this one: plan adds the node that is chosen.
    return replace(plan.request.machine, possible_owners=None)


def rated(draft: ImportDraft, cluster: Cluster, shares: dict[NodeId, float] | None) -> tuple[Target, ...]:
    """Every node for the first machine, best first."""
    model = model_of(draft, cluster)
    return () if model is None else Places(cluster, shares).for_new(model)


class ImportPlanning:
    """Plans one VM after the other, each beside those before it: in steps, so that a window stays alive meanwhile."""

    def __init__(self, draft: ImportDraft, cluster: Cluster, shares: dict[NodeId, float] | None, guids: Guids) -> None:
        self._draft, self._cluster = draft, cluster
        self._beside = cluster.fork()
        self._places = Places(cluster, shares)
        self._arrivals = Arrivals(cluster)
        self._guids = guids
        self.imports: list[PlannedImport] = []
        self.needs: dict[tuple[VolumeId | None, LunId | None], int] = {}

    def steps(self) -> Iterator[int]:
        """Plans the next one each time; gives how many are planned. Raises ValueError as `ImportDraft.names` does."""
        wanted = self._draft.names()
        drawn = self._guids.take(len(wanted))
        for (machine, name), guid in zip(wanted, drawn, strict=True):
            self.imports.append(self._planned(machine, name, guid))
            yield len(self.imports)

    def _planned(self, machine: FoundMachine, name: str, guid: str) -> PlannedImport:
        shown = name or machine.machine.name
        draft = self._draft
        try:
            node = draft.target if draft.target is not None else self._best(machine, name, guid)
            plan = planned(machine, choices_of(draft, node, name, guid), self._beside)
        except ImportRefusedError as error:
            return PlannedImport(shown, None, (Problem("refused", str(error)),))
        vm = plan.request.machine
        for home, need in needs_of(vm).items():
            self.needs[home] = self.needs.get(home, 0) + need
        problems = self._arrivals.add(vm)
        if not blockers(problems):
            self._places.take(vm, vm.owner)
            self._beside.put(replace(vm, id=next_id(self._beside)))
        return PlannedImport(vm.name, plan, problems)

    def _best(self, machine: FoundMachine, name: str, guid: str) -> NodeId:
        """Raises ImportRefusedError where no node takes it."""
        cluster = self._cluster
        model = model_of(replace_machines(self._draft, machine), self._beside)
        if model is None:
            # The plan itself says what is wrong with it.
            return next(iter(cluster.nodes))
        best = self._places.best(model)
        if best is None:
            why = next((one.explanation for one in self._places.for_new(model)), "There is no node.")
            raise ImportRefusedError(f"No node takes {name or machine.machine.name}: {why}")
        return best


def replace_machines(draft: ImportDraft, machine: FoundMachine) -> ImportDraft:
    """The draft for one of its machines alone."""
    return ImportDraft(
        machines=(machine,),
        restores=draft.restores,
        in_place=draft.in_place,
        without_memory=draft.without_memory,
        volume=draft.volume,
        lun=draft.lun,
        local=draft.local,
        networks=draft.networks,
    )
