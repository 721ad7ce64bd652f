"""A VM's disks and network adapters out of an inventory."""

from __future__ import annotations

import re

from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import NetworkAdapter
from hvgui.cluster.storage import Controller, DiskKind, VirtualDisk
from hvgui.cluster.units import GIB
from hvgui.exchange.enumerations import CONTROLLERS, DISK_KINDS
from hvgui.exchange.findings import Findings
from hvgui.exchange.inventory_file import InventoryError
from hvgui.exchange.inventory_networks import InventoryNetworks
from hvgui.exchange.inventory_storage import InventoryStorage, Place
from hvgui.exchange.powershell_json import PsObject

MOST_DISKS_PER_VM = 1_024
LONGEST_PATH = 1_024
_ASSUMED_DISK = 60 * GIB
_LAST_LOCATION = 63
_MAC = re.compile(r"(?:[0-9A-F]{2}[-:. ]?){5}[0-9A-F]{2}", re.IGNORECASE)


class InventoryDevices:
    """Reads disks and adapters, and sees to it that no file and no MAC address belongs to two VMs."""

    def __init__(self, storage: InventoryStorage, networks: InventoryNetworks, findings: Findings) -> None:
        self._storage = storage
        self._networks = networks
        self._findings = findings
        self._files: dict[tuple[NodeId | None, str], str] = {}
        self._macs: dict[str, str] = {}

    def disks(self, vm: PsObject, name: str, owner: NodeId, *, clustered: bool) -> tuple[VirtualDisk, ...]:
        """The VM's disks, each at a place of its own."""
        found = list(vm.objects("HardDrives", "HardDiskDrives"))
        if len(found) > MOST_DISKS_PER_VM:
            raise InventoryError(f"The VM {name} has {len(found):,} disks; at most {MOST_DISKS_PER_VM:,} are read.")
        if not found:
            self._findings.assumed("The VM has no disks in the inventory; none were assumed.", name)
        taken: set[tuple[Controller, int, int]] = set()
        return tuple(self._disk(drive, name, owner, clustered, taken) for drive in found)

    def adapters(self, vm: PsObject, name: str) -> tuple[NetworkAdapter, ...]:
        """The VM's network adapters."""
        return tuple(
            NetworkAdapter(
                one.text("Name") or "Network Adapter",
                self._mac(one, name),
                self._networks.of_switch(one.text("SwitchName"), name),
                bool(one.flag("IsLegacy")),
            )
            for one in vm.objects("NetworkAdapters")
        )

    def _disk(
        self, drive: PsObject, vm: str, owner: NodeId, clustered: bool, taken: set[tuple[Controller, int, int]]
    ) -> VirtualDisk:
        path = drive.text("Path", longest=LONGEST_PATH)
        controller, number, location = self._position(drive, vm, taken)
        size = drive.size("Size")
        passed = drive.has("DiskNumber") or path.lower().startswith("disk ")
        if not size:
            self._findings.assumed("The size of a disk is not given; 60 GB was assumed.", vm)
            size = _ASSUMED_DISK
        if passed:
            name = f"Disk {drive.text('DiskNumber')} of {vm}" if drive.has("DiskNumber") else f"{path[:40]} of {vm}"
            self._findings.note(vm, f"{name} is passed through; a LUN of its own was assumed.")
            lun = self._storage.own_lun(name, size, owner)
            return VirtualDisk(name, size, DiskKind.PHYSICAL, 0, "", controller, number, location, lun=lun)
        place = self._storage.place_of(path, owner, vm, clustered=clustered)
        if place.lun is not None:
            self._storage.in_use(place.lun)
        kind = drive.one_of(DISK_KINDS, "VhdType") or self._kind_of(path)
        file_bytes = drive.size("FileSize")
        name = path.replace("/", "\\").rpartition("\\")[2] or drive.text("Name") or "disk"
        return VirtualDisk(
            name,
            size,
            kind,
            size if file_bytes is None and kind is DiskKind.FIXED else file_bytes or 0,
            self._own_path(path, place, vm),
            controller,
            number,
            location,
            place.volume,
            place.lun,
            place.local_node,
        )

    @staticmethod
    def _kind_of(path: str) -> DiskKind:
        return DiskKind.DIFFERENCING if path.lower().endswith((".avhd", ".avhdx")) else DiskKind.DYNAMIC

    def _own_path(self, path: str, place: Place, vm: str) -> str:
        if not path:
            return ""
        key = (place.local_node, path.lower())
        other = self._files.get(key)
        if other is None:
            self._files[key] = vm
            return path
        self._findings.doubt(
            vm, f"It shares the file {path} with {other}; hvgui knows no shared disks and gave it one of its own."
        )
        return ""

    def _position(
        self, drive: PsObject, vm: str, taken: set[tuple[Controller, int, int]]
    ) -> tuple[Controller, int, int]:
        controller = drive.one_of(CONTROLLERS, "ControllerType") or Controller.SCSI
        number = drive.count("ControllerNumber", most=_LAST_LOCATION)
        location = drive.count("ControllerLocation", most=_LAST_LOCATION)
        position = (controller, number or 0, location or 0)
        if number is None or location is None or position in taken:
            if position in taken and number is not None and location is not None:
                self._findings.doubt(vm, f"Two disks are at {controller.value} {number}:{location}; one was moved.")
            position = _free_position(controller, taken)
        taken.add(position)
        return position

    def _mac(self, adapter: PsObject, vm: str) -> str:
        text = adapter.text("MacAddress")
        digits = re.sub(r"[^0-9A-Fa-f]", "", text).upper()
        if not digits.strip("0"):
            return ""
        if not _MAC.fullmatch(text):
            self._findings.doubt(vm, f"'{text[:40]}' is no MAC address; it was left out.")
            return ""
        mac = "-".join(digits[at : at + 2] for at in range(0, 12, 2))
        other = self._macs.setdefault(mac, adapter.where)
        if other != adapter.where:
            self._findings.doubt(vm, f"Its MAC address {mac} is another adapter's as well; it was left out.")
            return ""
        return mac


def _free_position(controller: Controller, taken: set[tuple[Controller, int, int]]) -> tuple[Controller, int, int]:
    return next(
        (controller, number, location)
        for number in range(MOST_DISKS_PER_VM)
        for location in range(_LAST_LOCATION + 1)
        if (controller, number, location) not in taken
    )
