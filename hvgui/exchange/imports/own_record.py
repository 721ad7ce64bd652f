"""A machine out of hvgui's own part of a configuration, held against the Hyper-V part and the files beside it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from msgspec.structs import replace

from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.one_line import one_line
from hvgui.cluster.snapshots import Snapshot
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.cluster.units import MIB
from hvgui.exchange.export.configuration import HVGUI, RECORD, snapshot_guid
from hvgui.exchange.export.content import disk_id, mark_of, whole_size
from hvgui.exchange.export.kept_machine import MOST_TEXT, KeptFile, KeptMachine, decoded, file_key, unbound
from hvgui.exchange.export.plan import SNAPSHOTS
from hvgui.exchange.imports.bounds import LONGEST_NAME
from hvgui.exchange.imports.disk_files import DiskReader, RealDisk
from hvgui.exchange.imports.documents import integer_of, text_of
from hvgui.exchange.imports.found import FoundDisk, FoundMachine, Notes, Source
from hvgui.exchange.imports.judged import judged
from hvgui.exchange.imports.places import Folder, OutsideError, last_part
from hvgui.exchange.imports.saved_memory import memory_file
from hvgui.exchange.vhd.errors import VhdError

_GUID = re.compile(r"[0-9A-Za-z{}-]{1,64}")


def own_part(root: Element) -> str | None:
    """The text of hvgui's own part; None where there is none."""
    return text_of(root, HVGUI, RECORD, longest=MOST_TEXT + 1)


def own_machine(file: Path, root: Element, folder: Path, text: str, *, brings_disks: bool) -> FoundMachine | None:
    """What hvgui wrote, and what has become of it since. Without disks to bring, it is as if only the configuration had
    been exported. None: its part can't be read, Hyper-V's has to do."""
    notes = Notes()
    try:
        kept = decoded(text)
    except ValueError:
        return None
    if not brings_disks:
        kept = replace(kept, configuration_only=True)
    vm = _agreed(_usable(unbound(kept.machine), notes), root, notes)
    judged(vm, notes, file.name)
    if any(problem.code == "impossible" for problem in notes.problems):
        found: tuple[FoundDisk, ...] = ()
    else:
        found = _Files(kept, vm, folder, notes).found()
        vm = _with_memory(kept, vm, file, folder, notes)
    return FoundMachine(
        machine=vm,
        source=Source.OWN,
        file=str(file),
        disks=found,
        networks=_padded(kept.networks, len(vm.adapters)),
        held_networks=tuple(tuple(map(_short, names[:64])) for names in kept.held_networks[:1_000]),
        owner=_short(kept.owner),
        preferred_owners=tuple(map(_short, kept.preferred_owners[:64])),
        possible_owners=None if kept.possible_owners is None else tuple(map(_short, kept.possible_owners[:64])),
        migration_networks=tuple(map(_short, kept.migration_networks[:64])),
        problems=notes.problems,
        assumed=notes.assumed,
    )


def _short(name: str) -> str:
    return one_line(name)[:LONGEST_NAME]


def _padded(networks: tuple[str, ...], count: int) -> tuple[str, ...]:
    return tuple(map(_short, (*networks[:count], *[""] * (count - len(networks)))))


def _usable(vm: VirtualMachine, notes: Notes) -> VirtualMachine:
    """Without what can't come along: pass-through disks are LUNs of another cluster."""
    if not _GUID.fullmatch(vm.guid):
        notes.block("no-id", f"{one_line(vm.name)[:100]} has no unique id that can be read.", "Export the VM again.")
    raw = [disk for disk in vm.disks if disk.kind is DiskKind.PHYSICAL]
    for disk in raw:
        text = f"{one_line(disk.name)[:100]} of {one_line(vm.name)[:100]} is a pass-through disk of another cluster."
        notes.doubt("pass-through", text, "It is left out; add a LUN afterwards.")
    return replace(vm, disks=tuple(disk for disk in vm.disks if disk not in raw)) if raw else vm


def _agreed(vm: VirtualMachine, root: Element, notes: Notes) -> VirtualMachine:
    """Where somebody has changed the Hyper-V part since, that holds."""
    size = integer_of(root, "settings", "memory", "bank", "size")
    told: dict[str, tuple[object, object]] = {
        "name": (vm.name, text_of(root, "properties", "name")),
        "vcpus": (vm.vcpus, integer_of(root, "settings", "processors", "count")),
        "memory": (vm.memory.settings.startup_bytes // MIB, size),
    }
    for what, (ours, theirs) in told.items():
        if theirs is None or (ours.strip() if isinstance(ours, str) else ours) == theirs:
            continue
        words = {"name": "name", "vcpus": "number of processors", "memory": "memory in MB"}[what]
        text = f"The {words} of {one_line(vm.name)[:100]} is {one_line(str(theirs))[:100]} in one part of its file and"
        text += f" {one_line(str(ours))[:100]} in the other."
        notes.doubt("changed", text, "The file was changed after the export; the first was taken.")
        if what == "name" and isinstance(theirs, str):
            vm = replace(vm, name=theirs)
        elif what == "vcpus" and isinstance(theirs, int):
            vm = replace(vm, vcpus=theirs)
        elif isinstance(theirs, int):
            settings = replace(vm.memory.settings, startup_bytes=theirs * MIB)
            vm = replace(vm, memory=replace(vm.memory, settings=settings))
    return vm


class _Files:
    """The files of one machine's disks."""

    def __init__(self, kept: KeptMachine, vm: VirtualMachine, folder: Path, notes: Notes) -> None:
        self._kept, self._vm, self._notes = kept, vm, notes
        self._folder, self._reader = Folder(folder), DiskReader(folder)
        frozen = [disk for one in vm.snapshots for disk in one.disks]
        self._disks = {file_key(disk): disk for disk in (*frozen, *vm.disks)}

    def found(self) -> tuple[FoundDisk, ...]:
        """Each disk's file as it is now."""
        files = {one.path.lower(): one for one in self._kept.files}
        if self._kept.configuration_only and self._disks:
            text = "only its configuration is there; its disks come in with the sizes they had"
            self._notes.assume(f"{self._vm.name}: {text}.")
        return tuple(self._file(key, disk, files.get(key, KeptFile(key))) for key, disk in self._disks.items())

    def _file(self, key: str, disk: VirtualDisk, kept: KeptFile) -> FoundDisk:
        name, home = last_part(kept.place or disk.path or disk.name), _short(kept.home)
        if self._kept.configuration_only:
            return FoundDisk(key, name, home=home)
        what = f"{name} of {self._vm.name}"
        try:
            path = self._folder.located(kept.place)
            if path is not None:
                real = self._reader.look_at(path)
                _compare(what, disk, self._disks, real, self._vm, self._notes)
                parents = tuple(one.name for one in real.parents)
                return FoundDisk(key, name, str(path), real.kind.value, real.size_bytes, real.file_bytes, parents, home)
        except OutsideError as error:
            self._notes.block("outside", f"{what} can't be used: {error}.", "Put the file itself into the folder.")
        except VhdError as error:
            remedy = "Export the VM again, or mend the disk with hvgui vhd."
            self._notes.block("damaged", f"{what} can't be used: {one_line(str(error))}.", remedy)
        else:
            remedy = "Put its file back where it was in the export."
            self._notes.block("missing-disk", f"{what} is not there.", remedy)
        return FoundDisk(key, name, home=home)


def _compare(
    what: str, disk: VirtualDisk, disks: dict[str, VirtualDisk], real: RealDisk, vm: VirtualMachine, notes: Notes
) -> None:
    """Whether the file is the one that was exported."""
    if real.size_bytes != whole_size(disk):
        text = f"{what} has {real.size_bytes:,} bytes, and {whole_size(disk):,} when it was exported."
        notes.block("another-disk", text, "Put the exported file back.")
    elif real.unique_id != _expected_id(disk, disks, vm.guid):
        text = f"{what} is another file than was exported."
        notes.doubt("another-disk", text, "What stands on it is not carried: the simulated disk is as it was.")


def _expected_id(disk: VirtualDisk, disks: dict[str, VirtualDisk], guid: str) -> str:
    """The id that its file was given: see `export.content.disk_id`."""
    chain = [disk]
    while chain[-1].kind is DiskKind.DIFFERENCING and len(chain) <= len(disks):
        below = disks.get(chain[-1].parent.lower())
        if below is None:
            break
        chain.append(below)
    identity = None
    for one in reversed(chain):
        identity = disk_id(mark_of(one, guid), identity)
    return str(identity)


def _with_memory(kept: KeptMachine, vm: VirtualMachine, file: Path, folder: Path, notes: Notes) -> VirtualMachine:
    """Saved memory whose file is not there, or not whole, is lost: the machine comes in off."""
    if vm.saved_bytes and not _is_whole(memory_file(file, folder), vm.saved_bytes):
        why = (
            "only its configuration was exported" if kept.configuration_only else "its file is not there, or not whole"
        )
        text = f"The saved memory of {vm.name} can't be restored: {why}."
        notes.doubt("no-memory", text, "It comes in off, as after a power cut.")
        vm = replace(vm, saved_bytes=0, state=VmState.OFF)
    tree = tuple(_with_its_memory(kept, one, vm, folder, notes) for one in vm.snapshots)
    return replace(vm, snapshots=tree)


def _with_its_memory(kept: KeptMachine, one: Snapshot, vm: VirtualMachine, folder: Path, notes: Notes) -> Snapshot:
    configuration = folder / SNAPSHOTS / f"{snapshot_guid(kept.machine, one.id)}.xml"
    if not one.memory_bytes or _is_whole(memory_file(configuration, folder), one.memory_bytes):
        return one
    text = f"The saved memory of the snapshot '{one.name}' of {vm.name} is not there, or not whole."
    notes.doubt("no-memory", text, "Applied, it will be off.")
    return replace(one, memory_bytes=0)


def _is_whole(path: Path | None, size_bytes: int) -> bool:
    try:
        return path is not None and path.stat().st_size == size_bytes
    except OSError:
        return False
