"""One machine many times: names after a pattern, nodes in turn, each planned beside those before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.mac_pools import free_macs
from hvgui.cluster.machines import VirtualMachine
from hvgui.exchange.imports.found import FoundMachine, ImportRefusedError
from hvgui.exchange.imports.plan import ImportChoices, Planned, planned
from hvgui.requests.machine_checks import next_id
from hvgui.requests.places import Places
from hvgui.requests.problems import Problem, blockers

MOST = 1_000
_NUMBER = re.compile(r"#+")


def numbered(pattern: str, count: int) -> tuple[str, ...]:
    """Names after a pattern: `WEB-##` gives `WEB-01`, `WEB-02` ...; without a `#`, several get `-1`, `-2` behind it.

    An empty pattern gives empty names: as the machine was found. Raises ImportRefusedError for a count out of range.
    """
    if not 1 <= count <= MOST:
        raise ImportRefusedError(f"{count:,} machines can't be made in one go. Choose 1 to {MOST:,}.")
    if count > 1 and pattern and not _NUMBER.search(pattern):
        pattern = f"{pattern}-{'#' * len(str(count))}"
    match = _NUMBER.search(pattern)
    if match is None:
        return (pattern,) * count
    head, tail = pattern[: match.start()], pattern[match.end() :]
    return tuple(f"{head}{number:0{len(match[0])}d}{tail}" for number in range(1, count + 1))


def planned_series(
    found: FoundMachine,
    choices: ImportChoices,
    beside: Cluster,
    names: Sequence[str],
    guids: Sequence[str],
    *,
    nodes: Sequence[NodeId] = (),
) -> tuple[Planned, ...]:
    """A plan for each name. `beside` is a fork of the cluster, which gets each machine that is planned. With `nodes`,
    each goes to the best of them, as the cluster places VMs, that takes it; without, all go to the node of `choices`.

    Raises ImportRefusedError with what stands in the way of the first that can't be made.
    """
    plans = []
    spread = _Spread(beside, nodes or (choices.node,))
    for name, guid in zip(names, guids, strict=True):
        plan = _first_that_fits(found, replace(choices, name=name, guid=guid), beside, spread)
        plans.append(plan)
        spread.took(plan.request.machine)
        _add(beside, plan.request.machine)
    return tuple(plans)


class _Spread:
    """Nodes, the best first, as everybody else rates them. Machines at rest count as if they ran."""

    def __init__(self, cluster: Cluster, nodes: Sequence[NodeId]) -> None:
        self._places = Places(cluster.fork())
        self._nodes = tuple(dict.fromkeys(nodes))

    def order(self, machine: VirtualMachine) -> list[NodeId]:
        """Where the next one is tried."""
        known = [node for node in self._places.order_for(machine) if node in self._nodes]
        return known or list(self._nodes)

    def took(self, vm: VirtualMachine) -> None:
        """A machine went to its owner."""
        self._places.take(vm, vm.owner)


def _first_that_fits(found: FoundMachine, choices: ImportChoices, cluster: Cluster, spread: _Spread) -> Planned:
    why: tuple[Problem, ...] = ()
    name = choices.name or found.machine.name
    for node in spread.order(found.machine):
        plan = planned(found, replace(choices, node=node), cluster)
        wrong = blockers(plan.request.check(cluster))
        if not wrong:
            return plan
        name, why = plan.request.machine.name, why or wrong
    more = f" (and {len(why) - 1} more)" if len(why) > 1 else ""
    raise ImportRefusedError(f"{name} can't be imported: {why[0] if why else 'there is no node'}{more}")


def _add(cluster: Cluster, machine: VirtualMachine) -> None:
    """As the engine registers it: its name, ids, addresses and room are its own from then on."""
    macs = iter(free_macs(cluster, machine.owner, sum(not one.mac for one in machine.adapters)))
    adapters = tuple(one if one.mac else replace(one, mac=next(macs)) for one in machine.adapters)
    cluster.put(replace(machine, id=next_id(cluster), adapters=adapters))
    frozen = [disk for one in machine.snapshots for disk in one.disks]
    for disk in (*frozen, *machine.disks):
        if disk.volume is not None:
            volume = cluster.volumes[disk.volume]
            used = min(volume.size_bytes, volume.used_bytes + disk.file_bytes)
            cluster.put(replace(volume, used_bytes=used))
