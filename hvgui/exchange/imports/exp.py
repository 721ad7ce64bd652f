"""The `.exp` file of an export of Hyper-V 2008 and 2008 R2: the VM's WMI instances as CIM-XML (DMTF DSP0201), turned
into the structure that later configurations have.

By the classes of the WMI provider (Msvm_MemorySettingData and its like) and the ids of their instances, which end in
`\\controller\\place\\L` for a disk. No genuine file was at hand: what is not found there is assumed, and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from hvgui.exchange.export.configuration import IDE, SCSI
from hvgui.exchange.imports.documents import attribute, children, local

_MEMORY = {
    "VirtualQuantity": "size",
    "Reservation": "reservation",
    "Limit": "limit",
    "DynamicMemoryEnabled": "dynamic_memory_enabled",
    "TargetMemoryBuffer": "target_memory_buffer",
}
_PROCESSORS = {"VirtualQuantity": "count", "Reservation": "reservation", "Limit": "limit", "Weight": "weight"}
_DISK = re.compile(r"\\(?P<device>[0-9A-F-]{36})\\(?P<number>[0-9]{1,3})\\(?P<location>[0-9]{1,3})\\L", re.IGNORECASE)
_Properties = dict[str, list[str]]


def as_configuration(root: Element) -> Element | None:
    """The same machine as a configuration; None where the document holds no WMI instances."""
    instances = list(_instances(root))
    if not instances:
        return None
    made = Element("configuration")
    settings = SubElement(made, "settings")
    buses: dict[str, Element] = {}
    scsi: list[str] = []
    for kind, told in instances:
        if kind in ("msvm_virtualsystemglobalsettingdata", "msvm_virtualsystemsettingdata"):
            _name(made, told)
        elif kind == "msvm_memorysettingdata":
            _leaves(SubElement(SubElement(settings, "memory"), "bank"), told, _MEMORY)
        elif kind == "msvm_processorsettingdata":
            processors = SubElement(settings, "processors")
            _leaves(processors, told, _PROCESSORS)
            _leaves(SubElement(processors, "features"), told, {"LimitProcessorFeatures": "limit"})
        elif kind.endswith("ethernetportsettingdata"):
            _adapter(made, len(made), told, legacy=kind.startswith("msvm_emulated"))
        elif kind == "msvm_resourceallocationsettingdata":
            _disk(made, buses, scsi, told)
    return made


def _instances(root: Element) -> Iterator[tuple[str, _Properties]]:
    """Class names in small letters, with what their properties hold."""
    for element in root.iter():
        if local(element) == "instance":
            yield (
                attribute(element, "CLASSNAME").lower(),
                {
                    attribute(one, "NAME"): [
                        (value.text or "").strip() for value in one.iter() if local(value) == "value"
                    ]
                    for tag in ("property", "property.array")
                    for one in children(element, tag)
                },
            )


def _first(told: _Properties, name: str) -> str:
    return next(iter(told.get(name, [])), "")


def _name(made: Element, told: _Properties) -> None:
    """The first that has a name and an id counts: those of snapshots come behind."""
    if made.find("properties") is not None or not _first(told, "ElementName"):
        return
    properties = SubElement(made, "properties")
    SubElement(properties, "name").text = _first(told, "ElementName")
    SubElement(properties, "notes").text = _first(told, "Notes")
    SubElement(properties, "global_id").text = (
        _first(told, "SystemName") or _first(told, "InstanceID").rpartition(":")[2]
    )


def _leaves(parent: Element, told: _Properties, names: dict[str, str]) -> None:
    for theirs, ours in names.items():
        if _first(told, theirs):
            SubElement(parent, ours).text = _first(told, theirs)


def _adapter(made: Element, number: int, told: _Properties, *, legacy: bool) -> None:
    device = SubElement(made, f"_adapter{number}_")
    SubElement(device, "FriendlyName").text = _first(told, "ElementName")
    SubElement(device, "MacAddress").text = _first(told, "Address")
    SubElement(device, "IsLegacy").text = str(legacy)


def _disk(made: Element, buses: dict[str, Element], scsi: list[str], told: _Properties) -> None:
    """A virtual hard disk at its place. SCSI controllers have ids of their own and are counted as they come."""
    place = _DISK.search(_first(told, "InstanceID"))
    path = _first(told, "Connection")
    if place is None or not path or "virtual hard disk" not in _first(told, "ResourceSubType").lower():
        return
    device, number = place["device"].lower(), int(place["number"])
    if device != IDE:
        if device not in scsi:
            scsi.append(device)
        device, number = SCSI, scsi.index(device)
    if device not in buses:
        buses[device] = SubElement(made, f"_{device}_")
    bus, name = buses[device], f"controller{number}"
    controller = bus.find(name)
    if controller is None:
        controller = SubElement(bus, name)
    drive = SubElement(controller, f"drive{int(place['location'])}")
    SubElement(drive, "pathname").text = path
    SubElement(drive, "type").text = "VHD"
