"""From what was found and what a person chose to the request that brings it into a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_identity import computer_name_of, identity_of
from hvgui.cluster.ids import LunId, NetworkId, NodeId, VolumeId
from hvgui.cluster.machines import Guest, NetworkAdapter, VirtualMachine, VmState
from hvgui.cluster.one_line import one_line
from hvgui.cluster.snapshots import Snapshot
from hvgui.cluster.storage import DiskKey, DiskKind, VirtualDisk
from hvgui.exchange.export.content import mark_of
from hvgui.exchange.export.kept_machine import file_key
from hvgui.exchange.export.plan import safe_name
from hvgui.exchange.imports.found import FoundMachine, ImportRefusedError
from hvgui.requests.imports import ImportVm
from hvgui.requests.machine_checks import files_of
from hvgui.requests.new_disks import extension, lun_root
from hvgui.requests.problems import blockers

_Id = TypeVar("_Id", NodeId, NetworkId)
_NOTHING: Mapping[str, NetworkId | None] = {}


class ImportChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decides about one machine."""

    node: NodeId
    guid: str = ""
    """The unique id of the copy, drawn by whoever asks; empty: the machine is restored with its own."""
    in_place: bool = False
    """Its files lie where they are to be already; False: they are copied there."""
    volume: VolumeId | None = None
    lun: LunId | None = None
    local: bool = False
    """Where its files go; none of the three: to where each was, by name, or else to the first volume."""
    subfolder: str = ""
    """Below it; empty: called like the VM."""
    networks: Mapping[str, NetworkId | None] = _NOTHING
    """What each switch is mapped to, None for no network; one that is not named goes to the network of its name."""
    name: str = ""
    """Empty: as it was found, or the next free one after it."""
    generalised: bool = False
    """A copy's guest installs itself anew and has a computer name and a SID of its own."""
    without_memory: bool = False
    """The saved memory is left behind: it comes in off."""

    @property
    def restores(self) -> bool:
        """Whether the machine keeps its own unique id."""
        return not self.guid


class Planned(msgspec.Struct, frozen=True):
    """The request, and what differs from what was found, a sentence each."""

    request: ImportVm
    changed: tuple[str, ...]


def planned(found: FoundMachine, choices: ImportChoices, cluster: Cluster) -> Planned:
    """What will be asked of the cluster; its `check` says whether it may be.

    Raises ImportRefusedError where the machine can't be imported at all, or a choice names what is not there.
    """
    wrong = blockers(found.problems)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise ImportRefusedError(f"{found.machine.name} can't be imported: {wrong[0]}{more}")
    if choices.node not in cluster.nodes:
        raise ImportRefusedError(f"There is no node no. {choices.node} in this cluster. Choose another one.")
    return _Planning(found, choices, cluster).planned()


class _Home(msgspec.Struct, frozen=True):
    """Where a file goes."""

    root: str
    volume: VolumeId | None = None
    lun: LunId | None = None
    local_node: NodeId | None = None

    def key(self, path: str) -> DiskKey:
        """See DiskKey."""
        return (self.local_node, path.lower())


class _Planning:
    """One machine on its way to its request."""

    def __init__(self, found: FoundMachine, choices: ImportChoices, cluster: Cluster) -> None:
        self._found, self._choices, self._cluster = found, choices, cluster
        self._changed: list[str] = []
        self._homes = {one.key: one.home for one in found.disks}
        self._taken = files_of(cluster)
        self._names: dict[str, str] = {}
        """New paths by the old ones, in small letters."""
        self._placed: dict[str, _Home] = {}

    def planned(self) -> Planned:
        """The request and what was changed."""
        before, choices = self._found.machine, self._choices
        vm = replace(before, name=self._name(), owner=choices.node, guid=choices.guid or before.guid)
        if choices.without_memory and vm.state is VmState.SAVED:
            vm = replace(vm, state=VmState.OFF, saved_bytes=0)
            self._changed.append(f"The saved memory of {before.name} is left behind: it comes in off.")
        vm = replace(vm, guest=self._guest(before), adapters=self._adapters(before.adapters))
        vm = self._placed_machine(self._with_owners(vm))
        return Planned(ImportVm(vm, copies=not choices.in_place), tuple(self._changed))

    # Who it is

    def _name(self) -> str:
        wanted = self._choices.name or self._found.machine.name
        taken = {vm.name.casefold() for vm in self._cluster.vms.values()}
        if self._choices.name:
            return wanted
        usable = safe_name(wanted)
        name, number = usable, 1
        while name.casefold() in taken:
            number += 1
            name = f"{usable[:90]}-{number}"
        if name != wanted:
            self._changed.append(f"{wanted} comes in as {name}: the name is taken, or no folder can be called so.")
        return name

    def _guest(self, before: VirtualMachine) -> Guest:
        if self._choices.restores:
            return before.guest
        if self._choices.generalised:
            return replace(before.guest, identity="", computer_name="")
        return replace(before.guest, identity=identity_of(before), computer_name=computer_name_of(before))

    def _adapters(
        self, adapters: tuple[NetworkAdapter, ...], names: tuple[str, ...] | None = None
    ) -> tuple[NetworkAdapter, ...]:
        by_name = {network.name.casefold(): network.id for network in self._cluster.networks.values()}
        switches = (*(self._found.networks if names is None else names), *[""] * len(adapters))
        made = []
        for adapter, switch in zip(adapters, switches, strict=False):
            chosen = self._choices.networks.get(switch, by_name.get(switch.casefold())) if switch else None
            if chosen is not None and chosen not in self._cluster.networks:
                raise ImportRefusedError(f"There is no network no. {chosen} in this cluster. Choose another one.")
            if names is None and switch and chosen is None and switch not in self._choices.networks:
                text = f"{adapter.name} was connected to {switch}, which this cluster has not"
                self._changed.append(f"{text}: it comes in without a network.")
            made.append(replace(adapter, network=chosen, mac=adapter.mac if self._choices.restores else ""))
        return tuple(made)

    def _snapshot(self, one: Snapshot, names: tuple[str, ...], vm: VirtualMachine) -> Snapshot:
        """With its files at their places. Its guest of then was not generalised: in a copy it is the original's."""
        held = one.held
        if held is not None:
            guest, before = held.guest, self._found.machine
            if not self._choices.restores:
                name = guest.computer_name or computer_name_of(before)
                guest = replace(guest, identity=guest.identity or identity_of(before), computer_name=name)
            held = replace(held, adapters=self._adapters(held.adapters, names), guest=guest)
        return replace(one, disks=self._moved(one.disks, vm), held=held)

    def _with_owners(self, vm: VirtualMachine) -> VirtualMachine:
        nodes = {node.name.casefold(): node.id for node in self._cluster.nodes.values()}
        networks = {network.name.casefold(): network.id for network in self._cluster.networks.values()}
        found = self._found
        possible = found.possible_owners
        owners = None if possible is None else tuple(self._known(nodes, possible, "node"))
        if owners is not None and self._choices.node not in owners:
            owners = (*owners, self._choices.node)
        return replace(
            vm,
            preferred_owners=tuple(self._known(nodes, found.preferred_owners, "node")),
            possible_owners=owners,
            migration_networks=tuple(self._known(networks, found.migration_networks, "network")),
        )

    def _known(self, there: Mapping[str, _Id], names: tuple[str, ...], kind: str) -> list[_Id]:
        missing = [name for name in names if name.casefold() not in there]
        if missing:
            text = f"{self._found.machine.name} named the {kind} {missing[0]}, which this cluster has not"
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            self._changed.append(f"{text}{more}: it is left out.")
        return list(dict.fromkeys(there[name.casefold()] for name in names if name.casefold() in there))

    # Where it lies

    def _placed_machine(self, vm: VirtualMachine) -> VirtualMachine:
        before = self._found.machine
        every = [disk for one in before.snapshots for disk in one.disks] + list(before.disks)
        for disk in every:
            self._place(disk, vm.name)
        names = (*self._found.held_networks, *[()] * len(before.snapshots))
        tree = tuple(self._snapshot(one, told, vm) for one, told in zip(before.snapshots, names, strict=False))
        return replace(vm, disks=self._moved(before.disks, vm), snapshots=tree)

    def _place(self, disk: VirtualDisk, name: str) -> None:
        """Gives a disk's file its path: the one that it had where a restored machine finds it free, otherwise one in
        the folder that was chosen."""
        key = file_key(disk)
        home = self._home(self._homes.get(key, ""))
        self._placed[key] = home
        kept = self._choices.restores and not self._chosen and disk.path.lower().startswith(home.root.lower() + "\\")
        if kept and home.key(disk.path) not in self._taken:
            self._take(key, home, disk.path)
            return
        file = PureWindowsPath(disk.path or disk.name).name
        stem, _, ending = file.rpartition(".")
        ending = ending.lower() if ending.lower() in ("vhd", "avhd", "vhdx", "avhdx") else extension(self._cluster)
        folder = f"{home.root}\\{safe_name(self._choices.subfolder or name)}"
        stem, path, number = safe_name(stem or file), "", 0
        while not path or home.key(path) in self._taken:
            number += 1
            path = f"{folder}\\{stem}{f'-{number}' if number > 1 else ''}.{ending}"
        if number > 1:
            self._changed.append(f"{one_line(file)[:100]} becomes {PureWindowsPath(path).name}: there is such a file.")
        self._take(key, home, path)

    def _take(self, key: str, home: _Home, path: str) -> None:
        self._names[key] = path
        self._taken.add(home.key(path))

    @property
    def _chosen(self) -> bool:
        choices = self._choices
        return choices.local or choices.volume is not None or choices.lun is not None

    def _home(self, name: str) -> _Home:
        cluster, choices = self._cluster, self._choices
        if choices.volume is not None:
            return self._volume(choices.volume)
        if choices.lun is not None:
            return self._lun(choices.lun)
        if not choices.local:
            for volume in cluster.volumes.values():
                if volume.name.casefold() == name.casefold():
                    return self._volume(volume.id)
            for lun in cluster.luns.values():
                if lun.name.casefold() == name.casefold():
                    return self._lun(lun.id)
            was_local = any(node.name.casefold() == name.casefold() for node in cluster.nodes.values())
            if not was_local and cluster.volumes:
                return self._volume(next(iter(cluster.volumes)))
        return _Home("D:\\Hyper-V", local_node=choices.node)

    def _volume(self, volume: VolumeId) -> _Home:
        if volume not in self._cluster.volumes:
            raise ImportRefusedError(f"There is no volume no. {volume} in this cluster. Choose another one.")
        return _Home(self._cluster.volumes[volume].path, volume=volume)

    def _lun(self, lun: LunId) -> _Home:
        if lun not in self._cluster.luns:
            raise ImportRefusedError(f"There is no LUN no. {lun} in this cluster. Choose another one.")
        return _Home(lun_root(lun), lun=lun)

    def _moved(self, disks: tuple[VirtualDisk, ...], vm: VirtualMachine) -> tuple[VirtualDisk, ...]:
        return tuple(self._moved_disk(disk, vm) for disk in disks)

    def _moved_disk(self, disk: VirtualDisk, vm: VirtualMachine) -> VirtualDisk:
        """At its new place, with the mark of what stands on it."""
        key, before = file_key(disk), self._found.machine
        home, path = self._placed[key], self._names[key]
        mark = mark_of(disk, before.guid)
        parent, kind = self._names.get(disk.parent.lower(), ""), disk.kind
        if kind is DiskKind.DIFFERENCING and not parent:
            kind, parent = self._without_parent(disk)
        moved = replace(
            disk,
            name=PureWindowsPath(path).name
            if disk.path and disk.name == PureWindowsPath(disk.path).name
            else disk.name,
            kind=kind,
            path=path,
            parent=parent,
            volume=home.volume,
            lun=home.lun,
            local_node=home.local_node,
        )
        return moved if mark_of(moved, vm.guid) == mark else replace(moved, origin=mark)

    def _without_parent(self, disk: VirtualDisk) -> tuple[DiskKind, str]:
        """A disk above another's: on that again where it is there, otherwise for itself, as its file is."""
        if any(key[1] == disk.parent.lower() for key in self._cluster.detached_disks):
            return DiskKind.DIFFERENCING, disk.parent
        text = f"{disk.name} built on {PureWindowsPath(disk.parent).name or 'another disk'}, which is not there"
        self._changed.append(f"{text}: it comes in as a dynamic disk.")
        return DiskKind.DYNAMIC, ""
