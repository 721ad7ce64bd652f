"""The configuration files of a VM and its snapshots, as Hyper-V of 2008 to 2012 R2 writes them: UTF-16, every leaf with
its type; and in them a part of hvgui's own, which carries what Hyper-V has no place for."""

from __future__ import annotations

import uuid
from xml.etree import ElementTree

import msgspec

from hvgui.cluster.machines import NetworkAdapter, VirtualMachine
from hvgui.cluster.memory import GuestMemory
from hvgui.cluster.snapshots import Snapshot
from hvgui.cluster.storage import Controller, DiskKind
from hvgui.cluster.units import MIB
from hvgui.exchange.export.kept_machine import file_key

IDE, SCSI = "83f8638b-8dca-4152-9eda-2ca8b33039b4", "d422512d-2bf2-4752-809d-7b82b5fcb1b4"
"""The devices' own identities, the same on every Hyper-V."""
ADAPTER, LEGACY_ADAPTER = "2fc216b0-d2e2-4967-9b6d-b8a5c9ca2778", "60a5e8bf-2ce9-4b8b-8f08-c4e2e0e9f6a1"
"""Devices in the manifest; the second is ours, for want of a source."""
HVGUI, RECORD = "hvgui", "record"
_VERSION = 1280
_HUNDRED_PERCENT = 100_000


class Surroundings(msgspec.Struct, frozen=True):
    """What a configuration names beyond the VM itself."""

    places: dict[str, str]
    """Where disks lie in the folder, by `file_key`."""
    networks: dict[int, str]
    """Names of switches by the id of their network."""
    merges: bool = False
    """Files of deleted snapshots wait to be merged."""
    record: str = ""
    """hvgui's own part, for the VM's own configuration."""


def configuration_xml(vm: VirtualMachine, around: Surroundings) -> bytes:
    """A VM's own configuration."""
    properties: dict[str, str | int | bool] = {
        "type_id": "Virtual Machines",
        "highly_available": vm.highly_available,
    }
    return _xml(vm, vm.guid, vm.name, properties, around)


def snapshot_xml(vm: VirtualMachine, one: Snapshot, around: Surroundings) -> bytes:
    """The configuration of one of its snapshots: the VM as it was then."""
    before = msgspec.structs.replace(
        vm,
        disks=one.disks,
        vcpus=one.vcpus,
        memory=one.memory,
        processor_compatibility=one.processor_compatibility,
    )
    properties: dict[str, str | int | bool] = {
        "type_id": "Snapshots",
        "parent_instance_guid": snapshot_guid(vm, one.parent) if one.parent else "",
        "virtual_system": vm.guid.upper(),
        "snapshot_number": one.id,
    }
    return _xml(before, snapshot_guid(vm, one.id), one.name, properties, around)


def snapshot_guid(vm: VirtualMachine, number: int) -> str:
    """The identity of a snapshot, which hvgui counts within its VM."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{vm.guid.lower()} snapshot {number}")).upper()


def _xml(vm: VirtualMachine, guid: str, name: str, more: dict[str, str | int | bool], around: Surroundings) -> bytes:
    root = ElementTree.Element("configuration")
    properties = ElementTree.SubElement(root, "properties")
    leaves = {"global_id": guid.upper(), "name": name, "notes": vm.notes, "version": _VERSION, **more}
    for key, value in {**leaves, "disk_merge_pending": around.merges}.items():
        _leaf(properties, key, value)
    settings = ElementTree.SubElement(root, "settings")
    _leaf(ElementTree.SubElement(settings, "global"), "logical_id", vm.guid.upper())
    _memory(settings, vm.memory)
    _processors(settings, vm)
    _manifest(root, vm)
    _guest(root, vm, around.record)
    _drives(root, vm, around.places)
    for number, adapter in enumerate(vm.adapters):
        _adapter(root, _adapter_id(vm, number), adapter, around.networks)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return (
        ("\ufeff" + '<?xml version="1.0" encoding="UTF-16"?>\n' + text + "\n").replace("\n", "\r\n").encode("utf-16-le")
    )


def _leaf(parent: ElementTree.Element, name: str, value: str | int | bool) -> None:
    kind = "bool" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string"
    leaf = ElementTree.SubElement(parent, name, {"type": kind})
    text = str(value) if kind != "bool" else ("True" if value else "False")
    leaf.text = "".join(letter for letter in text if letter in "\t\n\r" or _may_stand(ord(letter)))


def _may_stand(code: int) -> bool:
    """Whether XML 1.0 has the character."""
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def _memory(settings: ElementTree.Element, memory: GuestMemory) -> None:
    """In MB: size is the startup memory, reservation the minimum, limit the maximum."""
    bank = ElementTree.SubElement(ElementTree.SubElement(settings, "memory"), "bank")
    asked = memory.settings
    for name, value in (
        ("size", asked.startup_bytes // MIB),
        ("reservation", asked.least_bytes // MIB),
        ("limit", asked.most_bytes // MIB),
        ("dynamic_memory_enabled", asked.dynamic),
        ("priority", asked.weight),
        ("target_memory_buffer", asked.buffer_percent),
    ):
        _leaf(bank, name, value)


def _processors(settings: ElementTree.Element, vm: VirtualMachine) -> None:
    processors = ElementTree.SubElement(settings, "processors")
    for name, value in (
        ("count", vm.vcpus),
        ("limit", vm.scheduling.limit_percent * _HUNDRED_PERCENT // 100),
        ("reservation", vm.scheduling.reserve_percent * _HUNDRED_PERCENT // 100),
        ("weight", vm.scheduling.weight),
    ):
        _leaf(processors, name, value)
    _leaf(ElementTree.SubElement(processors, "features"), "limit", vm.processor_compatibility)


def _manifest(root: ElementTree.Element, vm: VirtualMachine) -> None:
    """The devices that the VM has: its buses and its adapters."""
    devices = [(IDE, IDE, "Emulated IDE Controller")] if vm.generation == 1 else []
    devices += [(SCSI, SCSI, "Synthetic SCSI Controller")] if vm.scsi_controller_count else []
    for number, adapter in enumerate(vm.adapters):
        kind, name = (LEGACY_ADAPTER, "Emulated") if adapter.legacy else (ADAPTER, "Synthetic")
        devices.append((kind, _adapter_id(vm, number), f"{name} Ethernet Port"))
    manifest = ElementTree.SubElement(root, "manifest")
    for number, (device, instance, name) in enumerate(devices, start=1):
        entry = ElementTree.SubElement(manifest, f"vdev{number:03d}")
        for key, value in (("device", device), ("instance", instance), ("name", name)):
            _leaf(entry, key, value)
    _leaf(manifest, "size", len(devices))


def _guest(root: ElementTree.Element, vm: VirtualMachine, record: str) -> None:
    """What hvgui knows of the VM beyond Hyper-V's own file."""
    guest = ElementTree.SubElement(root, HVGUI)
    _leaf(guest, "guest_system", vm.guest.system)
    _leaf(guest, "integration_components", vm.guest.integration_components)
    _leaf(guest, "generation", vm.generation)
    if record:
        _leaf(guest, RECORD, record)


def _drives(root: ElementTree.Element, vm: VirtualMachine, places: dict[str, str]) -> None:
    buses = {Controller.IDE: 2, Controller.SCSI: vm.scsi_controller_count}
    for bus, name in ((Controller.IDE, IDE), (Controller.SCSI, SCSI)):
        device = ElementTree.SubElement(root, f"_{name}_")
        for number in range(buses[bus]):
            controller = ElementTree.SubElement(device, f"controller{number}")
            for disk in vm.disks:
                if (disk.controller, disk.controller_number) == (bus, number):
                    drive = ElementTree.SubElement(controller, f"drive{disk.controller_location}")
                    place = places.get(file_key(disk), disk.path)
                    _leaf(drive, "pathname", place.replace("/", "\\"))
                    _leaf(drive, "type", "PHYSICAL" if disk.kind is DiskKind.PHYSICAL else "VHD")


def _adapter_id(vm: VirtualMachine, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{vm.guid.lower()} adapter {number}"))


def _adapter(root: ElementTree.Element, identity: str, adapter: NetworkAdapter, networks: dict[int, str]) -> None:
    device = ElementTree.SubElement(root, f"_{identity}_")
    for name, value in (
        ("FriendlyName", adapter.name),
        ("MacAddress", adapter.mac),
        ("IsLegacy", adapter.legacy),
        ("SwitchName", networks.get(adapter.network, "") if adapter.network is not None else ""),
    ):
        _leaf(device, name, value)
