"""What a configuration of Hyper-V's (2008 to 2012 R2) says: the machine, its drives, its adapters.

The structure is that of `export.configuration`. What a guest does is in none of these files: it is assumed.
"""

from __future__ import annotations

import re
import uuid
from xml.etree.ElementTree import Element

import msgspec

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import Guest, NetworkAdapter, Scheduling, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemorySettings
from hvgui.cluster.one_line import one_line
from hvgui.cluster.storage import Controller, Slot
from hvgui.cluster.units import MIB
from hvgui.exchange.export.configuration import HVGUI, IDE, SCSI
from hvgui.exchange.guest_defaults import (
    KnownGuest,
    assumed_clients,
    assumed_cold_zero_share,
    assumed_load,
    assumed_regions,
)
from hvgui.exchange.imports.bounds import LONGEST_NAME, LONGEST_NOTES, LONGEST_PATH
from hvgui.exchange.imports.documents import child, children, integer_of, local, text_of, truth_of
from hvgui.exchange.imports.found import Notes

DEFAULT_MEMORY_MB = 512
"""Hyper-V Manager's own default of that time."""
_NUMBERED = re.compile(r"(?:controller|drive)([0-9]{1,3})")
_MAC = re.compile(r"[0-9A-F]{12}")
_MOST_MB = 2**40


class Drive(msgspec.Struct, frozen=True):
    """A place of a controller with something in it."""

    slot: Slot
    path: str
    type: str
    """`vhd`, `physical`, `iso` ..."""


def named(root: Element, notes: Notes, otherwise: str) -> str:
    """The machine's name as it can be used."""
    told = text_of(root, "properties", "name") or ""
    name = one_line(told)[:LONGEST_NAME].strip()
    if not name:
        name = one_line(otherwise)[:LONGEST_NAME].strip() or "unnamed"
        notes.doubt("no-name", f"The configuration {otherwise} names no machine.", f"It is called {name}.")
    elif name != told:
        notes.doubt(
            "name", f"The name of {name} is too long, or has letters that no line can hold.", "It was shortened."
        )
    return name


def identity(root: Element, notes: Notes, name: str, drawn_from: str) -> str:
    """The machine's id; where it is none, one that is drawn from the file."""
    told = text_of(root, "properties", "global_id") or text_of(root, "settings", "global", "logical_id") or ""
    try:
        return str(uuid.UUID(told.strip("{}")))
    except ValueError:
        text = f"{name} has no unique id that can be read."
        notes.doubt("no-id", text, "One was drawn from its file.")
        return str(uuid.uuid5(uuid.NAMESPACE_OID, drawn_from))


def machine_of(root: Element, notes: Notes, name: str, guid: str) -> VirtualMachine:
    """All but disks and snapshots; off."""
    memory = _memory(root, notes, name)
    known = KnownGuest(memory.startup_bytes, running=False)
    count = integer_of(root, "settings", "processors", "count")
    if count is None:
        notes.assume(f"{name}: the file does not say how many processors; one is assumed.")
    adapters, _ = adapters_of(root)
    notes.assume(
        f"{name}: no configuration tells what a guest does; a usual load, memory that is written in a usual way and"
        " no clients are assumed."
    )
    return VirtualMachine(
        id=VmId(0),
        name=name,
        guid=guid,
        owner=NodeId(0),
        state=VmState.OFF,
        vcpus=1 if count is None else count,
        memory=GuestMemory(memory, assumed_regions(known), assumed_cold_zero_share(known)),
        load=assumed_load(known),
        adapters=adapters,
        guest=_guest(root, notes, name),
        clients=assumed_clients(known),
        processor_compatibility=truth_of(root, "settings", "processors", "features", "limit") or False,
        highly_available=truth_of(root, "properties", "highly_available") is not False,
        generation=integer_of(root, HVGUI, "generation") or 1,
        notes=text_of(root, "properties", "notes", longest=LONGEST_NOTES) or "",
        scheduling=_scheduling(root),
    )


def settings_of(root: Element, before: VirtualMachine) -> VirtualMachine:
    """Another machine with the processors and the memory that this configuration names: a snapshot's."""
    notes = Notes()
    return msgspec.structs.replace(
        before,
        vcpus=integer_of(root, "settings", "processors", "count") or before.vcpus,
        memory=msgspec.structs.replace(before.memory, settings=_memory(root, notes, before.name)),
        processor_compatibility=truth_of(root, "settings", "processors", "features", "limit") or False,
    )


def _memory(root: Element, notes: Notes, name: str) -> MemorySettings:
    bank = child(root, "settings", "memory", "bank")
    if bank is None:
        bank = child(root, "settings", "memory")
    size = integer_of(bank, "size")
    if size is None:
        notes.assume(f"{name}: the file does not say how much memory; {DEFAULT_MEMORY_MB} MB are assumed.")
        size = DEFAULT_MEMORY_MB
    dynamic = truth_of(bank, "dynamic_memory_enabled") or False
    least, most = (integer_of(bank, "reservation"), integer_of(bank, "limit")) if dynamic else (None, None)
    return MemorySettings(
        startup_bytes=_bytes(size),
        minimum_bytes=min(_bytes(least or 0), _bytes(size)),
        maximum_bytes=max(_bytes(most), _bytes(size)) if most else 0,
        dynamic=dynamic,
        buffer_percent=min(2_000, max(5, _or(integer_of(bank, "target_memory_buffer"), 20))),
        weight=min(10_000, max(0, _or(integer_of(bank, "priority"), 5_000))),
    )


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _bytes(megabytes: int) -> int:
    return max(-1, min(megabytes, _MOST_MB)) * MIB


def _scheduling(root: Element) -> Scheduling:
    """Shares are in thousandths of a percent."""
    processors = child(root, "settings", "processors")
    return Scheduling(
        weight=min(10_000, max(1, _or(integer_of(processors, "weight"), 100))),
        reserve_percent=min(100, max(0, _or(integer_of(processors, "reservation"), 0) // 1_000)),
        limit_percent=min(100, max(1, _or(integer_of(processors, "limit"), 100_000) // 1_000)),
    )


def _guest(root: Element, notes: Notes, name: str) -> Guest:
    system = text_of(root, HVGUI, "guest_system", longest=LONGEST_NAME)
    components = truth_of(root, HVGUI, "integration_components")
    guest = Guest(one_line(system)) if system else Guest()
    if not system:
        notes.assume(f"{name}: the file does not name the guest's system; {guest.system} is assumed.")
    return guest if components is None else msgspec.structs.replace(guest, integration_components=components)


def drives_of(root: Element) -> list[Drive]:
    """Everything that the controllers hold, in bus order."""
    found = []
    for device in root:
        bus = {f"_{IDE}_": Controller.IDE, f"_{SCSI}_": Controller.SCSI}.get(local(device))
        if bus is None:
            continue
        for controller in device:
            number = _number(controller)
            for drive in controller if number is not None else ():
                location, path = _number(drive), text_of(drive, "pathname", longest=LONGEST_PATH + 1)
                if number is not None and location is not None and path:
                    kind = (text_of(drive, "type") or "vhd").lower()
                    found.append(Drive((bus, number, location), path, "iso" if path.lower().endswith(".iso") else kind))
    return found


def _number(element: Element) -> int | None:
    match = _NUMBERED.fullmatch(local(element))
    return int(match[1]) if match else None


def adapters_of(root: Element) -> tuple[tuple[NetworkAdapter, ...], tuple[str, ...]]:
    """Adapters, and the names of the switches that they are connected to."""
    adapters, switches = [], []
    for device in root:
        if not local(device).startswith("_") or local(device) in (f"_{IDE}_", f"_{SCSI}_"):
            continue
        connection = children(device, "connection")
        parts = [device, *connection]
        mac = next((text for part in parts if (text := text_of(part, "MacAddress")) is not None), None)
        if mac is None:
            continue
        named_switches = (text_of(part, tag) for tag in ("AltSwitchName", "SwitchName") for part in parts)
        switch = next((text for text in named_switches if text), "")
        legacy = truth_of(device, "IsLegacy") or False
        name = text_of(device, "FriendlyName", longest=LONGEST_NAME) or "Network Adapter"
        adapters.append(NetworkAdapter(one_line(name), mac_of(mac), None, legacy))
        switches.append(one_line(switch)[:LONGEST_NAME] if truth_of(device, "IsConnected") is not False else "")
    return tuple(adapters), tuple(switches)


def mac_of(text: str) -> str:
    """A MAC address as hvgui writes it; empty where it is none, or not yet given."""
    digits = text.upper().replace("-", "").replace(":", "").strip()
    if not _MAC.fullmatch(digits) or digits == "000000000000":
        return ""
    return "-".join(digits[at : at + 2] for at in range(0, 12, 2))
