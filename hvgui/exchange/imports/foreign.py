"""A machine out of Hyper-V's own configuration: its disks from their real files, its snapshots from the chains of them.

hvgui takes size, kind and chain of a foreign disk; what its guest wrote onto it is not carried. Its mark is drawn from
the disk's unique id, so that two imports of one file hold the same.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

import msgspec
from msgspec.structs import replace

from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.one_line import one_line
from hvgui.cluster.snapshots import Snapshot
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.cluster.units import GIB
from hvgui.exchange.imports import hyper_v
from hvgui.exchange.imports.bounds import LONGEST_NAME
from hvgui.exchange.imports.disk_files import DiskReader, OtherFormatError, RealDisk
from hvgui.exchange.imports.documents import text_of
from hvgui.exchange.imports.found import FoundDisk, FoundMachine, Notes, Source
from hvgui.exchange.imports.judged import judged
from hvgui.exchange.imports.places import Folder, OutsideError, last_part
from hvgui.exchange.imports.saved_memory import saved_bytes
from hvgui.exchange.vhd.errors import VhdError

DEFAULT_DISK_BYTES = 127 * GIB
"""What Hyper-V Manager makes of a new disk."""


class Configured(msgspec.Struct, frozen=True):
    """Configurations that belong together, and the folder within which their files lie."""

    file: Path
    root: Element
    folder: Path
    source: Source
    snapshots: tuple[tuple[Path, Element], ...] = ()
    brings_disks: bool = True
    """Whether the disks should be there: a lone configuration has none, nor an export of the configuration only."""


class _Frozen(msgspec.Struct, frozen=True):
    """A snapshot (or the present) with what its drives really are."""

    disks: tuple[VirtualDisk, ...]
    real: dict[str, RealDisk]
    """By the path of the disk."""

    @property
    def depth(self) -> int:
        """How many files lie below its own."""
        return max((len(one.parents) for one in self.real.values()), default=0)


def foreign_machine(given: Configured) -> FoundMachine:
    """What Hyper-V's configuration and its files say."""
    notes = Notes()
    name = hyper_v.named(given.root, notes, given.file.stem)
    guid = hyper_v.identity(given.root, notes, name, f"{name} {given.file.stem}")
    vm = hyper_v.machine_of(given.root, notes, name, guid)
    gathered = _Gathering(given, notes, name)
    now = gathered.frozen(given.root)
    before = [(path, root, gathered.frozen(root)) for path, root in given.snapshots]
    tree, disks = _tree(vm, sorted(before, key=lambda one: (one[2].depth, one[0].name)), now, gathered)
    saved = saved_bytes(given.file, given.folder, vm.memory.settings.most_bytes)
    vm = replace(
        vm,
        disks=disks,
        snapshots=tree,
        current_snapshot=_standing_on(disks, tree),
        last_snapshot=len(tree),
        state=VmState.SAVED if saved else VmState.OFF,
        saved_bytes=saved,
    )
    judged(vm, notes, given.file.name)
    return FoundMachine(
        machine=vm,
        source=given.source,
        file=str(given.file),
        disks=tuple(gathered.found.values()),
        networks=hyper_v.adapters_of(given.root)[1],
        problems=notes.problems,
        assumed=notes.assumed,
    )


class _Gathering:
    """Looks at each file once."""

    def __init__(self, given: Configured, notes: Notes, name: str) -> None:
        self._given, self.notes, self.name = given, notes, name
        self.found: dict[str, FoundDisk] = {}
        self._folder, self._reader = Folder(given.folder), DiskReader(given.folder)

    def frozen(self, root: Element) -> _Frozen:
        """The disks that a configuration names."""
        disks: list[VirtualDisk] = []
        real: dict[str, RealDisk] = {}
        for drive in hyper_v.drives_of(root):
            if drive.type == "physical":
                text = f"{self.name} has a pass-through disk, which is a LUN of another cluster."
                self.notes.doubt("pass-through", text, "It is left out; add a LUN afterwards.")
            elif drive.type != "iso":
                one = self._look(drive)
                disks.append(self._disk(drive, one))
                if one is not None:
                    real[drive.path] = one
        return _Frozen(tuple(disks), real)

    def _disk(self, drive: hyper_v.Drive, one: RealDisk | None) -> VirtualDisk:
        bus, number, location = drive.slot
        name = last_part(drive.path)
        self.found[drive.path.lower()] = _told(drive.path, name, one)
        return VirtualDisk(
            name=name,
            size_bytes=DEFAULT_DISK_BYTES if one is None else one.size_bytes,
            kind=DiskKind.DYNAMIC if one is None else one.kind,
            file_bytes=0 if one is None else one.file_bytes,
            path=drive.path,
            controller=bus,
            controller_number=number,
            controller_location=location,
            origin="" if one is None else f"vhd {one.unique_id}",
        )

    def _look(self, drive: hyper_v.Drive) -> RealDisk | None:
        what = f"{last_part(drive.path)} of {self.name}"
        assumed = "An empty dynamic disk of 127 GB is taken in its place."
        try:
            path = self._folder.located(drive.path)
            if path is not None:
                return self._reader.look_at(path)
        except OutsideError as error:
            self.notes.block("outside", f"{what} can't be used: {error}.", "Put the file itself into the folder.")
        except OtherFormatError as error:
            self.notes.doubt("format", f"{what} can't be read: {error}.", assumed)
        except VhdError as error:
            remedy = "Export the VM again, or mend the disk with hvgui vhd."
            self.notes.block("damaged", f"{what} can't be used: {one_line(str(error))}.", remedy)
        else:
            self._missing(what, assumed)
        return None

    def _missing(self, what: str, assumed: str) -> None:
        if self._given.brings_disks:
            remedy = "Put its file into the folder Virtual Hard Disks of the export."
            self.notes.block("missing-disk", f"{what} is not there.", remedy)
        else:
            self.notes.doubt("missing-disk", f"{what} is not there.", assumed)


def _told(key: str, name: str, one: RealDisk | None) -> FoundDisk:
    if one is None:
        return FoundDisk(key.lower(), name)
    parents = tuple(parent.name for parent in one.parents)
    return FoundDisk(key.lower(), name, str(one.path), one.kind.value, one.size_bytes, one.file_bytes, parents)


def _tree(
    vm: VirtualMachine, before: list[tuple[Path, Element, _Frozen]], now: _Frozen, gathered: _Gathering
) -> tuple[tuple[Snapshot, ...], tuple[VirtualDisk, ...]]:
    """Snapshots, those with the shortest chains first: each is the child of the one whose file its own builds on."""
    owners: dict[Path, VirtualDisk] = {}
    tree: list[Snapshot] = []
    for number, (path, root, frozen) in enumerate(before, start=1):
        disks = _linked(frozen, owners, gathered)
        settings = hyper_v.settings_of(root, vm)
        called = one_line(text_of(root, "properties", "name") or path.stem)[:LONGEST_NAME].strip() or path.stem[:40]
        tree.append(
            Snapshot(
                id=number,
                name=called,
                taken_ns=0,
                disks=disks,
                vcpus=settings.vcpus,
                memory=settings.memory,
                parent=_standing_on(disks, tuple(tree)),
                memory_bytes=saved_bytes(path, path.parent, settings.memory.settings.most_bytes),
                processor_compatibility=settings.processor_compatibility,
            )
        )
        owners |= {one.path.resolve(): disk for disk in disks if (one := frozen.real.get(disk.path)) is not None}
    return tuple(tree), _linked(now, owners, gathered)


def _linked(frozen: _Frozen, owners: dict[Path, VirtualDisk], gathered: _Gathering) -> tuple[VirtualDisk, ...]:
    """Differencing disks with the path of the snapshot's disk that they build on. One that builds on a file of nobody's
    is brought together with it."""
    linked = []
    for disk in frozen.disks:
        real = frozen.real.get(disk.path)
        if real is None or disk.kind is not DiskKind.DIFFERENCING:
            linked.append(disk)
            continue
        owner = owners.get(real.parents[0]) if real.parents else None
        if owner is not None:
            linked.append(replace(disk, parent=owner.path))
            continue
        text = f"{disk.name} of {gathered.name} builds on {real.parents[0].name}, which no snapshot has."
        gathered.notes.doubt("own-parent", text, "The two are brought together in one dynamic disk.")
        linked.append(replace(disk, kind=DiskKind.DYNAMIC, file_bytes=min(real.all_bytes, 2 * disk.size_bytes)))
    return tuple(linked)


def _standing_on(disks: tuple[VirtualDisk, ...], tree: tuple[Snapshot, ...]) -> int:
    """The snapshot whose files these build on; 0: none."""
    parents = {disk.parent for disk in disks if disk.parent}
    return next((one.id for one in reversed(tree) if any(disk.path in parents for disk in one.disks)), 0)
