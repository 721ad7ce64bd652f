"""An inventory's storage: Cluster Shared Volumes, other cluster disks, and where a file of a VM lies."""

from __future__ import annotations

import msgspec

from hvgui.cluster.ids import LunId, NodeId, SanId, VolumeId
from hvgui.cluster.storage import Lun, LunUse, San, Volume, VolumeState
from hvgui.cluster.units import GIB, TIB
from hvgui.exchange.enumerations import RESOURCE_ONLINE
from hvgui.exchange.findings import Findings
from hvgui.exchange.inventory_file import InventoryError
from hvgui.exchange.inventory_nodes import InventoryNodes
from hvgui.exchange.powershell_json import PsObject

MOST_VOLUMES = 10_000
_SHARED_FOLDER = "clusterstorage"
_SAN_RATE_PER_NODE = 200e6
_DEEPEST_FOLDER = 64
"""Folders of a path that are tried as mount points."""


class Place(msgspec.Struct, frozen=True):
    """Where a file lies; all None: not known."""

    volume: VolumeId | None = None
    lun: LunId | None = None
    local_node: NodeId | None = None


class InventoryStorage:
    """The SAN, LUNs and volumes of an inventory. Files that lie nowhere listed make new ones, with a finding."""

    def __init__(self, root: PsObject, nodes: InventoryNodes, findings: Findings) -> None:
        self._nodes = nodes
        self._findings = findings
        self.luns: list[Lun] = []
        self.volumes: list[Volume] = []
        self._volume_names: set[str] = set()
        self._volume_at: dict[str, VolumeId] = {}
        """Volumes by their folder's name in lower case, and by the start of their volume path."""
        self._lun_at: dict[str, LunId] = {}
        """LUNs without a shared volume by the start of a path on them."""
        for one in root.objects("sharedVolumes"):
            self._shared_volume(one)
        for one in root.objects("disks"):
            self._cluster_disk(one)

    def sans(self) -> tuple[San, ...]:
        """One SAN for all LUNs: no inventory tells how fast the storage is."""
        if not self.luns:
            return ()
        rate = _SAN_RATE_PER_NODE * max(2, len(self._nodes.records))
        self._findings.note(
            "storage", f"The speed of the storage is in no inventory; one SAN with {rate / 1e6:,.0f} MB/s was assumed."
        )
        return (San(SanId(0), "SAN", rate),)

    def place_of(self, path: str, owner: NodeId, where: str, *, clustered: bool) -> Place:
        """Where the file at that path lies, as seen from its VM's owner."""
        key = path.lower().replace("/", "\\")
        parts = key.split("\\")
        if _SHARED_FOLDER in parts[1:3] and len(parts) > 3:
            return Place(
                volume=self._shared_folder(path.replace("/", "\\").split("\\")[parts.index(_SHARED_FOLDER) + 1], where)
            )
        if key.startswith("\\\\?\\volume{"):
            return self._by_volume_path("\\".join(parts[:4]), owner, where, clustered)
        if key.startswith("\\\\") and len(parts) > 4 and parts[2] not in ("?", "."):
            return Place(volume=self._share(parts[2], parts[3], where))
        for length in range(min(len(parts) - 1, _DEEPEST_FOLDER), 0, -1):
            lun = self._lun_at.get("\\".join(parts[:length]))
            if lun is not None:
                return Place(lun=lun)
        return self._local(path, owner, where, clustered)

    def own_lun(self, name: str, size_bytes: int, owner: NodeId) -> LunId:
        """A new LUN that one VM uses whole (a pass-through disk)."""
        return self._add_lun(name, size_bytes, LunUse.VM, owner)

    def in_use(self, lun: LunId) -> None:
        """Marks a LUN as holding VMs."""
        if self.luns[lun].use is LunUse.AVAILABLE:
            self.luns[lun] = msgspec.structs.replace(self.luns[lun], use=LunUse.VM)

    def _shared_volume(self, one: PsObject) -> None:
        owner = self._owner(one)
        online = one.one_of(RESOURCE_ONLINE, "State") if one.has("State") else True
        parts = list(one.objects("SharedVolumeInfo")) or [one]
        for part in parts:
            self._partition(one, part, owner, online is not False)

    def _partition(self, one: PsObject, part: PsObject, owner: NodeId, online: bool) -> None:
        folder = part.text("FriendlyVolumeName").replace("/", "\\").rstrip("\\").rpartition("\\")[2]
        name = folder or one.text("Name") or f"Volume{len(self.volumes) + 1}"
        if not folder:
            self._findings.doubt(one.where, f"The folder of this shared volume is not given; '{name}' was assumed.")
        partition = part.child("Partition")
        size, free = partition.size("Size"), partition.size("FreeSpace")
        used = partition.size("UsedSpace")
        if not size:
            self._findings.doubt(name, "The size of this volume is not given; 1 TB was assumed.")
            size = TIB
        if used is None:
            used = 0 if free is None else size - free
        volume = self._add_volume(name, size, used, owner, _volume_state(part, online))
        for path in (partition.text("Name"), part.text("VolumeName")):
            if path.lower().startswith("\\\\?\\volume{"):
                self._volume_at.setdefault(path.lower().rstrip("\\"), volume)

    def _cluster_disk(self, one: PsObject) -> None:
        """A cluster disk that is no shared volume: a witness, available storage, or a VM's own LUN."""
        name = one.text("Name") or f"Disk {len(self.luns) + 1}"
        group = one.text("OwnerGroup")
        size = one.size("Size") or 0
        if not size:
            self._findings.doubt(name, "The size of this cluster disk is not given; 100 GB was assumed.")
            size = 100 * GIB
        use = LunUse.WITNESS if one.flag("IsWitness") else LunUse.AVAILABLE
        if use is LunUse.AVAILABLE and group and group.lower() not in ("available storage", "cluster group"):
            use = LunUse.VM
        lun = self._add_lun(name, size, use, self._owner(one))
        for start in dict.fromkeys(path.lower().replace("/", "\\").rstrip("\\") for path in one.names("Paths")):
            if start in self._lun_at:
                self._findings.doubt(name, f"{start} is on two cluster disks; the first one was taken.")
            elif len(start) >= 2:
                self._lun_at[start] = lun

    def _owner(self, one: PsObject) -> NodeId:
        name = one.text("OwnerNode")
        owner = self._nodes.find(name)
        if owner is None:
            first = self._nodes.records[0].name
            said = f"Its owner node '{name}' is not listed" if name else "Its owner node is not given"
            self._findings.doubt(one.text("Name") or one.where, f"{said}; {first} was assumed.")
            return NodeId(0)
        return owner

    def _shared_folder(self, folder: str, where: str) -> VolumeId:
        volume = self._volume_at.get(folder.lower())
        if volume is None:
            self._findings.doubt(
                where,
                f"It has a file on C:\\ClusterStorage\\{folder}, which is not listed; a volume of 1 TB was assumed.",
            )
            volume = self._add_volume(folder or "Volume", TIB, 0, NodeId(0), VolumeState.DIRECT)
            self._volume_at.setdefault(folder.lower(), volume)
        return volume

    def _share(self, server: str, share: str, where: str) -> VolumeId:
        key = f"\\\\{server}\\{share}"
        volume = self._volume_at.get(key)
        if volume is None:
            self._findings.doubt(
                where, f"It has a file on the file share {key}; hvgui treats the share as a shared volume of 1 TB."
            )
            volume = self._add_volume(f"{server}-{share}", TIB, 0, NodeId(0), VolumeState.DIRECT)
            self._volume_at[key] = volume
        return volume

    def _by_volume_path(self, start: str, owner: NodeId, where: str, clustered: bool) -> Place:
        if start in self._volume_at:
            return Place(volume=self._volume_at[start])
        if start in self._lun_at:
            return Place(lun=self._lun_at[start])
        return self._local(start, owner, where, clustered)

    def _local(self, path: str, owner: NodeId, where: str, clustered: bool) -> Place:
        if clustered:
            self._findings.doubt(
                where,
                f"Its file {path or '(path not given)'} lies on no volume or disk of the cluster; "
                "the node's own disk was assumed, so no other node can run it.",
            )
        return Place(local_node=owner)

    def _add_volume(self, name: str, size: int, used: int, owner: NodeId, state: VolumeState) -> VolumeId:
        unique = name
        while unique.lower() in self._volume_names:
            unique = f"{name} ({len(self.volumes) + 1})" if unique == name else f"{unique}'"
        self._volume_names.add(unique.lower())
        if unique != name:
            self._findings.doubt(name, f"Two shared volumes have this name; the second one is called '{unique}'.")
        lun = self._add_lun(f"LUN of {unique}", size, LunUse.SHARED_VOLUME, owner)
        volume = VolumeId(len(self.volumes))
        self.volumes.append(Volume(volume, unique, lun, owner, size, max(0, min(used, size)), state))
        self._volume_at.setdefault(name.lower(), volume)
        return volume

    def _add_lun(self, name: str, size: int, use: LunUse, owner: NodeId) -> LunId:
        if len(self.luns) >= MOST_VOLUMES:
            raise InventoryError(f"The inventory names more than {MOST_VOLUMES:,} disks and volumes; it was not read.")
        lun = LunId(len(self.luns))
        self.luns.append(Lun(lun, name, SanId(0), size, use, owner))
        return lun


def _volume_state(part: PsObject, online: bool) -> VolumeState:
    if not online:
        return VolumeState.OFFLINE
    if part.flag("MaintenanceMode"):
        return VolumeState.MAINTENANCE
    return VolumeState.REDIRECTED if part.flag("RedirectedAccess") else VolumeState.DIRECT
