"""Checking many VMs that come together (a class of 200 clones), each as the cluster will be once those before it are
there.

What machines of one make have in common is asked once; what each takes away from the next (its name, its id, its files,
addresses of its owner's pool, room) is kept count of. The verdicts are those that the requests' own checks
would give one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_identity import identity_of
from hvgui.cluster.mac_pools import macs_left
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import DiskKey
from hvgui.requests.disk_plan import free_bytes, growth_ahead_bytes
from hvgui.requests.machine_checks import (
    Home,
    all_disks,
    file_exists,
    files_of,
    growth_of,
    machine_problems,
    name_taken,
    needs_of,
    no_mac,
    not_generalised,
    original_of,
    owner_problems,
    reach_problems,
    room_problems,
    spelling_problems,
)
from hvgui.requests.problems import Problem, blockers

_OF_OWNER = frozenset({"no-such-node", "node-down"})
_MANY = "too-many-vms"
_OF_ONE = _OF_OWNER | {"name", "name-taken", "id-taken", "file-exists", "no-mac", "no-room", "overcommitted", _MANY}
_OF_ONE |= {"lun-use", "no-way", "not-generalised"}
"""Codes of problems that are asked here for each machine; the others hold for all of one make."""


class Arrivals:
    """Takes machines in the order in which they are to come, and tells what stands in each one's way."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._names = {vm.name.casefold() for vm in cluster.vms.values()}
        self._guids = {vm.guid.lower() for vm in cluster.vms.values()}
        self._files: set[DiskKey] = files_of(cluster)
        self._macs = macs_left(cluster)
        self._room: dict[Home, list[int]] = {}
        self._common: dict[tuple[object, ...], tuple[Problem, ...]] = {}
        self._originals: dict[str, str] = {}
        self.count = 0
        """How many have come."""

    def add(self, machine: VirtualMachine) -> tuple[Problem, ...]:
        """Its problems; where none of them blocks, it counts as there for the next ones."""
        found = tuple(dict.fromkeys((*self._own(machine), *self._common_of(machine))))
        if not blockers(found):
            self._take(machine)
        return found

    def _common_of(self, machine: VirtualMachine) -> tuple[Problem, ...]:
        make = (
            tuple((one.mac, one.network) for one in machine.adapters),
            tuple((disk.volume, disk.lun, disk.size_bytes, disk.kind) for disk in machine.disks),
        )
        found = self._common.get(make)
        if found is None:
            whole = tuple(machine_problems(self._cluster, machine))
            found = tuple(one for one in whole if one.code not in _OF_ONE)
            # Where name or owner won't do, the check has not looked any further.
            if not any(one.code in _OF_OWNER | {"name", "name-taken"} for one in whole):
                self._common[make] = found
        return found

    def _own(self, machine: VirtualMachine) -> Iterator[Problem]:
        cluster = self._cluster
        found = tuple(spelling_problems(machine.name))
        if found:
            yield from found
            return
        if machine.name.casefold() in self._names:
            yield name_taken(machine.name)
            return
        away = tuple(owner_problems(cluster, machine))
        if away:
            yield from away
            return
        if machine.guid.lower() in self._guids:
            text = f"There is a VM with the id {machine.guid} already; no two VMs may have the same."
            yield Problem("id-taken", text, "Import a copy with a new unique ID, or delete that VM first.")
        wanted = sum(not adapter.mac for adapter in machine.adapters)
        if self._macs[machine.owner] < wanted:
            yield no_mac(cluster, machine, wanted)
        original = self._original_of(machine)
        if original:
            yield not_generalised(machine, original)
        yield from (file_exists(disk) for disk in all_disks(machine) if disk.path and disk.key in self._files)
        yield from reach_problems(cluster, machine)
        for home in needs_of(machine):
            if self._is_counted(home):
                yield from room_problems(cluster, machine, home, *self._room_of(home))
        limit = cluster.profile.limits.vms
        there = len(cluster.vms) + self.count
        if there >= limit:
            text = f"This cluster has {there:,} VMs; {cluster.profile.name} supports {limit:,}."
            yield Problem(_MANY, text, "Delete one first.")

    def _original_of(self, machine: VirtualMachine) -> str:
        """The first that has the same installation, whether it was there before or comes as well."""
        identity = identity_of(machine)
        if identity not in self._originals:
            self._originals[identity] = original_of(self._cluster, machine)
        return self._originals[identity]

    def _take(self, machine: VirtualMachine) -> None:
        self.count += 1
        self._originals[identity_of(machine)] = self._original_of(machine) or machine.name
        self._names.add(machine.name.casefold())
        self._guids.add(machine.guid.lower())
        self._files.update(disk.key for disk in all_disks(machine))
        self._macs[machine.owner] -= sum(not one.mac for one in machine.adapters)
        for home, need in needs_of(machine).items():
            if self._is_counted(home):
                room = self._room_of(home)
                room[0] -= need
                room[1] += growth_of(machine, home)

    def _is_counted(self, home: Home) -> bool:
        volume, lun = home
        known = volume in self._cluster.volumes if volume is not None else lun in self._cluster.luns
        return home != (None, None) and known

    def _room_of(self, home: Home) -> list[int]:
        """Bytes free there, and by how many the disks there could grow."""
        if home not in self._room:
            self._room[home] = [free_bytes(self._cluster, *home), growth_ahead_bytes(self._cluster, *home)]
        return self._room[home]


def problems_of_all(cluster: Cluster, machines: Iterable[VirtualMachine]) -> tuple[tuple[Problem, ...], ...]:
    """What stands in the way of each of several machines that come one after the other."""
    arrivals = Arrivals(cluster)
    return tuple(arrivals.add(machine) for machine in machines)
