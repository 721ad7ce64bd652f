"""A machine out of an OVF file (DMTF DSP0243), as VMware, VirtualBox and others write them.

Hyper-V boots from IDE: the first disk goes to IDE 0:0. Disks of other formats are not read; the file has their sizes.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from msgspec.structs import replace

from hvgui.cluster.guest_systems import system_of
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import Guest, NetworkAdapter, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemorySettings
from hvgui.cluster.one_line import one_line
from hvgui.cluster.storage import Controller, DiskKind, Slot, VirtualDisk
from hvgui.cluster.units import MIB
from hvgui.exchange.guest_defaults import (
    KnownGuest,
    assumed_clients,
    assumed_cold_zero_share,
    assumed_load,
    assumed_regions,
)
from hvgui.exchange.imports.bounds import LONGEST_NAME, LONGEST_PATH
from hvgui.exchange.imports.disk_files import DiskReader, RealDisk
from hvgui.exchange.imports.documents import attribute, child, children, integer_of, local, text_of
from hvgui.exchange.imports.found import FoundDisk, FoundMachine, Notes, Source
from hvgui.exchange.imports.hyper_v import mac_of
from hvgui.exchange.imports.judged import judged
from hvgui.exchange.imports.places import Folder, OutsideError, last_part
from hvgui.exchange.vhd.errors import VhdError

PROCESSORS, MEMORY, IDE, SCSI, ADAPTER, DISK, SATA = 3, 4, 5, 6, 10, 17, 20
"""Resource types of CIM_ResourceAllocationSettingData."""
MOST_MACHINES = 100
_POWER = re.compile(r"byte\s*\*\s*2\s*\^\s*([0-9]{1,2})", re.IGNORECASE)
_NAMED_UNITS = {"": 1, "byte": 1, "bytes": 1, "kilobytes": 2**10, "kb": 2**10, "megabytes": 2**20, "mb": 2**20}
_NAMED_UNITS |= {"gigabytes": 2**30, "gb": 2**30, "terabytes": 2**40, "tb": 2**40}
_MOST_ITEMS = 1_000
_SYSTEMS = {
    67: "Windows XP",
    69: "Windows Server 2003",
    70: "Windows Server 2003",
    73: "Windows Vista",
    74: "Windows Vista",
    76: "Windows Server 2008",
    77: "Windows Server 2008",
    103: "Windows Server 2008 R2",
    105: "Windows 7",
    79: "Red Hat Enterprise Linux",
    80: "Red Hat Enterprise Linux",
    93: "Ubuntu",
    94: "Ubuntu",
    95: "Debian",
    96: "Debian",
    101: "Linux",
}
"""CIM_OperatingSystem.OSType, those that one meets."""


def ovf_machines(file: Path, root: Element) -> list[FoundMachine]:
    """Every virtual system of an envelope."""
    drawn = hashlib.sha256(file.name.encode("utf-8", errors="replace")).hexdigest()
    systems = list(_systems(root))[:MOST_MACHINES]
    return [_Envelope(file, root).machine(system, f"{drawn} {number}") for number, system in enumerate(systems)]


def _systems(root: Element) -> Iterator[Element]:
    """Those of collections as well."""
    waiting = [root]
    while waiting:
        for one in waiting.pop():
            if local(one) == "virtualsystem":
                yield one
            elif local(one) == "virtualsystemcollection":
                waiting.append(one)


class _Envelope:
    """One file, and the machine that is being read from it."""

    def __init__(self, file: Path, root: Element) -> None:
        self._file = file
        self._files = {attribute(one, "id"): one for one in children(child(root, "References"), "File")}
        self._disks = {attribute(one, "diskId"): one for one in children(child(root, "DiskSection"), "Disk")}
        self._folder, self._reader = Folder(file.parent), DiskReader(file.parent)
        self._notes = Notes()
        self._found: dict[str, FoundDisk] = {}

    def machine(self, system: Element, drawn_from: str) -> FoundMachine:
        """One virtual system."""
        hardware = child(system, "VirtualHardwareSection")
        items = children(hardware, "Item")[:_MOST_ITEMS]
        name = self._name(system, hardware)
        memory = self._memory(items, name)
        adapters, networks = self._adapters(items)
        known = KnownGuest(max(1, memory.startup_bytes), running=False)
        vm = VirtualMachine(
            id=VmId(0),
            name=name,
            guid=str(uuid.uuid5(uuid.NAMESPACE_OID, f"ovf {drawn_from}")),
            owner=NodeId(0),
            state=VmState.OFF,
            vcpus=self._processors(items, name),
            memory=GuestMemory(memory, assumed_regions(known), assumed_cold_zero_share(known)),
            load=assumed_load(known),
            disks=self._attached(items, name),
            adapters=adapters,
            guest=self._guest(system, name),
            clients=assumed_clients(known),
        )
        self._notes.assume(f"{name}: an OVF file has no unique id of a machine; one was drawn from its name.")
        self._notes.assume(f"{name}: what its guest does is not in the file; a usual load and no clients are assumed.")
        judged(vm, self._notes, self._file.name)
        return FoundMachine(
            machine=vm,
            source=Source.OVF,
            file=str(self._file),
            disks=tuple(self._found.values()),
            networks=networks,
            problems=self._notes.problems,
            assumed=self._notes.assumed,
        )

    def _name(self, system: Element, hardware: Element | None) -> str:
        told = text_of(system, "Name") or text_of(hardware, "System", "VirtualSystemIdentifier")
        name = one_line(told or attribute(system, "id") or self._file.stem)[:LONGEST_NAME].strip()
        return name or "unnamed"

    def _processors(self, items: list[Element], name: str) -> int:
        count = next((integer_of(one, "VirtualQuantity") for one in _of(items, PROCESSORS)), None)
        if count is None:
            self._notes.assume(f"{name}: the file does not say how many processors; one is assumed.")
        return 1 if count is None else count

    def _memory(self, items: list[Element], name: str) -> MemorySettings:
        for one in _of(items, MEMORY):
            size = _size(integer_of(one, "VirtualQuantity"), text_of(one, "AllocationUnits") or "MegaBytes")
            if size is not None:
                return MemorySettings(size)
        self._notes.assume(f"{name}: the file does not say how much memory; 512 MB are assumed.")
        return MemorySettings(512 * MIB)

    def _adapters(self, items: list[Element]) -> tuple[tuple[NetworkAdapter, ...], tuple[str, ...]]:
        adapters, networks = [], []
        for one in _of(items, ADAPTER):
            told = text_of(one, "ElementName", longest=LONGEST_NAME)
            adapters.append(
                NetworkAdapter(one_line(told or "Network Adapter"), mac_of(text_of(one, "Address") or ""), None)
            )
            networks.append(one_line(text_of(one, "Connection", longest=LONGEST_NAME) or ""))
        return tuple(adapters), tuple(networks)

    def _guest(self, system: Element, name: str) -> Guest:
        section = child(system, "OperatingSystemSection")
        told = text_of(section, "Description", longest=LONGEST_NAME)
        if told:
            told = one_line(told).replace("Microsoft ", "")
        elif section is not None and attribute(section, "id").isdecimal():
            told = _SYSTEMS.get(int(attribute(section, "id")[:6]))
        guest = Guest(told) if told else Guest()
        if not told:
            self._notes.assume(f"{name}: the file does not name the guest's system; {guest.system} is assumed.")
        # Windows has the drivers in it from 2008 R2 on; elsewhere somebody has to install them first.
        return replace(guest, integration_components=system_of(guest).components == "built in")

    def _attached(self, items: list[Element], name: str) -> tuple[VirtualDisk, ...]:
        drives = _of(items, DISK)
        places = self._places(items, drives, name)
        disks = []
        for drive, slot in zip(drives, places, strict=False):
            disk = self._disk(drive, slot, name)
            if disk is not None:
                disks.append(disk)
        return tuple(disks)

    def _places(self, items: list[Element], drives: list[Element], name: str) -> list[Slot]:
        """The first on IDE 0:0, others where they were on SCSI, or on what is free."""
        buses = {text_of(one, "InstanceID"): integer_of(one, "ResourceType") for one in items}
        scsi = [text_of(one, "InstanceID") for one in _of(items, SCSI)][:4]
        taken: list[Slot] = []
        for number, drive in enumerate(drives):
            parent = text_of(drive, "Parent")
            wanted: Slot = (Controller.IDE, 0, 0)
            if number and buses.get(parent) == SCSI and parent in scsi:
                wanted = (Controller.SCSI, scsi.index(parent), integer_of(drive, "AddressOnParent") or 0)
            if wanted in taken or not 0 <= wanted[2] < 64:
                free = (one for one in _every_place() if one not in taken)
                wanted = next(free, (Controller.SCSI, 0, 64))
            taken.append(wanted)
        if drives and buses.get(text_of(drives[0], "Parent")) != IDE:
            self._notes.assume(f"{name}: Hyper-V boots from IDE, so its first disk goes to IDE 0:0.")
        return taken

    def _disk(self, drive: Element, slot: Slot, name: str) -> VirtualDisk | None:
        resource = (text_of(drive, "HostResource") or "").rsplit("/", 1)[-1]
        told = self._disks.get(resource)
        reference = self._files.get(attribute(told, "fileRef") if told is not None else resource)
        href = attribute(reference, "href") if reference is not None else ""
        size = self._capacity(told)
        label = last_part(href) if href else f"disk {resource or '?'}"
        if size is None:
            remedy = "Write its capacity into the DiskSection."
            self._notes.block("no-size", f"The size of {one_line(label)} of {name} is not in the file.", remedy)
            return None
        disk = VirtualDisk(
            name=f"{Path(label).stem[:100] or 'disk'}.vhd",
            size_bytes=size,
            kind=DiskKind.DYNAMIC,
            file_bytes=min(size, self._populated(told, reference)),
            path=(href or f"{resource or slot[2]}.vhd")[: LONGEST_PATH + 1],
            controller=slot[0],
            controller_number=slot[1],
            controller_location=slot[2],
        )
        return self._with_file(disk, href, name)

    def _capacity(self, told: Element | None) -> int | None:
        if told is None or not attribute(told, "capacity").isdecimal():
            return None
        return _size(int(attribute(told, "capacity")[:18]), attribute(told, "capacityAllocationUnits"))

    def _populated(self, told: Element | None, reference: Element | None) -> int:
        """What the guest has written, as far as the file tells."""
        for element, name in ((told, "populatedSize"), (reference, "size")):
            text = "" if element is None else attribute(element, name)
            if text.isdecimal():
                return int(text[:18])
        return 0

    def _with_file(self, disk: VirtualDisk, href: str, name: str) -> VirtualDisk:
        """With the facts of a real VHD; the files of other formats are only asked whether they are there."""
        what, real = f"{last_part(href or disk.name)} of {name}", None
        try:
            path = self._folder.located(href) if href else None
            if path is None:
                text = f"{what} is not there."
                self._notes.doubt("missing-disk", text, "The disk comes in with the size that the OVF file tells.")
            elif path.suffix.lower() == ".vhd":
                real = self._reader.look_at(path)
        except OutsideError as error:
            self._notes.block("outside", f"{what} can't be used: {error}.", "Put the file itself beside the OVF file.")
        except VhdError as error:
            self._notes.block("damaged", f"{what} can't be used: {one_line(str(error))}.", "Export the machine again.")
        else:
            if path is not None and real is None:
                text = f"{what} is no VHD, and is not read."
                self._notes.doubt("format", text, "The disk comes in with the size that the OVF file tells.")
        self._found[disk.path.lower()] = _told(disk, real)
        return disk if real is None else _as_real(disk, real)


def _told(disk: VirtualDisk, real: RealDisk | None) -> FoundDisk:
    if real is None:
        return FoundDisk(disk.path.lower(), disk.name)
    return FoundDisk(disk.path.lower(), disk.name, str(real.path), real.kind.value, real.size_bytes, real.file_bytes)


def _as_real(disk: VirtualDisk, real: RealDisk) -> VirtualDisk:
    kind = DiskKind.FIXED if real.kind is DiskKind.FIXED else DiskKind.DYNAMIC
    size = min(real.all_bytes, 2 * real.size_bytes)
    return replace(disk, size_bytes=real.size_bytes, kind=kind, file_bytes=size, origin=f"vhd {real.unique_id}")


def _of(items: list[Element], kind: int) -> list[Element]:
    return [one for one in items if integer_of(one, "ResourceType") == kind]


def _every_place() -> Iterator[Slot]:
    for place in ((0, 1), (1, 1)):  # 1:0 is the DVD drive's
        yield (Controller.IDE, *place)
    for number in range(4):
        for location in range(64):
            yield (Controller.SCSI, number, location)


def _size(quantity: int | None, units: str) -> int | None:
    """Bytes of `byte * 2^20` and of the older names."""
    if quantity is None:
        return None
    match = _POWER.fullmatch(units.strip())
    factor = 2 ** int(match[1]) if match else _NAMED_UNITS.get(units.strip().lower())
    return None if factor is None else min(quantity * factor, 2**62)
