"""The configuration file of a VM, as Hyper-V of 2008 to 2012 R2 writes it: UTF-16, every leaf with its type."""

from __future__ import annotations

import uuid
from xml.etree import ElementTree

from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.memory import GuestMemory
from hvgui.cluster.storage import Controller, VirtualDisk
from hvgui.cluster.units import MIB

IDE, SCSI = "83f8638b-8dca-4152-9eda-2ca8b33039b4", "d422512d-2bf2-4752-809d-7b82b5fcb1b4"
"""The devices' own identities, the same on every Hyper-V."""
_VERSION = 1280
_HUNDRED_PERCENT = 100_000


def configuration_xml(
    vm: VirtualMachine, disks: tuple[tuple[VirtualDisk, str], ...], networks: dict[int, str], *, merges: bool
) -> bytes:
    """A VM's configuration; `disks` with the paths they have in the folder, `networks` the names of switches by id."""
    root = ElementTree.Element("configuration")
    properties = ElementTree.SubElement(root, "properties")
    for name, value in (
        ("global_id", vm.guid.upper()),
        ("name", vm.name),
        ("notes", vm.notes),
        ("type_id", "Virtual Machines"),
        ("version", _VERSION),
        ("highly_available", vm.highly_available),
        ("disk_merge_pending", merges),
    ):
        _leaf(properties, name, value)
    settings = ElementTree.SubElement(root, "settings")
    _leaf(ElementTree.SubElement(settings, "global"), "logical_id", vm.guid.upper())
    _memory(settings, vm.memory)
    _processors(settings, vm)
    _guest(root, vm)
    _drives(root, vm, disks)
    _adapters(root, vm, networks)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return (
        ("\ufeff" + '<?xml version="1.0" encoding="UTF-16"?>\n' + text + "\n").replace("\n", "\r\n").encode("utf-16-le")
    )


def _leaf(parent: ElementTree.Element, name: str, value: str | int | bool) -> None:
    kind = "bool" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string"
    leaf = ElementTree.SubElement(parent, name, {"type": kind})
    text = str(value) if kind != "bool" else ("True" if value else "False")
    leaf.text = "".join(letter for letter in text if letter in "\t\n\r" or ord(letter) >= 32)


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


def _guest(root: ElementTree.Element, vm: VirtualMachine) -> None:
    """What hvgui knows of the guest beyond Hyper-V's own file."""
    guest = ElementTree.SubElement(root, "hvgui")
    _leaf(guest, "guest_system", vm.guest.system)
    _leaf(guest, "integration_components", vm.guest.integration_components)
    _leaf(guest, "generation", vm.generation)


def _drives(root: ElementTree.Element, vm: VirtualMachine, disks: tuple[tuple[VirtualDisk, str], ...]) -> None:
    buses = {Controller.IDE: 2, Controller.SCSI: vm.scsi_controller_count}
    for bus, name in ((Controller.IDE, IDE), (Controller.SCSI, SCSI)):
        device = ElementTree.SubElement(root, f"_{name}_")
        for number in range(buses[bus]):
            controller = ElementTree.SubElement(device, f"controller{number}")
            for disk, path in disks:
                if (disk.controller, disk.controller_number) == (bus, number):
                    drive = ElementTree.SubElement(controller, f"drive{disk.controller_location}")
                    _leaf(drive, "pathname", path)
                    _leaf(drive, "type", "VHD")


def _adapters(root: ElementTree.Element, vm: VirtualMachine, networks: dict[int, str]) -> None:
    for number, adapter in enumerate(vm.adapters):
        identity = uuid.uuid5(uuid.UUID(vm.guid), f"adapter {number}")
        device = ElementTree.SubElement(root, f"_{identity}_")
        for name, value in (
            ("FriendlyName", adapter.name),
            ("MacAddress", adapter.mac),
            ("IsLegacy", adapter.legacy),
            ("SwitchName", networks.get(adapter.network, "") if adapter.network is not None else ""),
        ):
            _leaf(device, name, value)
