"""Where the disks of new VMs can lie: shared volumes and LUNs, with what is free before and after."""

from __future__ import annotations

from dataclasses import dataclass

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, VolumeId
from hvgui.cluster.storage import LunUse
from hvgui.cluster.units import format_bytes
from hvgui.gui.inventory_order import name_key
from hvgui.gui.words import tr
from hvgui.requests.disk_plan import free_bytes


@dataclass(frozen=True)
class Home:
    """A volume or a LUN."""

    name: str
    free_bytes: int
    size_bytes: int
    volume: VolumeId | None = None
    lun: LunId | None = None

    @property
    def words(self) -> str:
        """In a list of places."""
        free, whole = format_bytes(max(0, self.free_bytes)), format_bytes(self.size_bytes)
        return tr("{place} – {free} free of {whole}", place=self.name, free=free, whole=whole)


def homes_of(cluster: Cluster) -> tuple[Home, ...]:
    """Cluster Shared Volumes first, then the LUNs that can hold files."""
    volumes = sorted(cluster.volumes.values(), key=lambda one: name_key(one.name))
    found = [Home(one.path, free_bytes(cluster, one.id, None), one.size_bytes, volume=one.id) for one in volumes]
    luns = [lun for lun in cluster.luns.values() if lun.use in (LunUse.AVAILABLE, LunUse.VM)]
    luns.sort(key=lambda one: name_key(one.name))
    found += [Home(lun.name, free_bytes(cluster, None, lun.id), lun.size_bytes, lun=lun.id) for lun in luns]
    return tuple(found)


def room_words(cluster: Cluster, needs: dict[tuple[VolumeId | None, LunId | None], int]) -> str:
    """What is free in each place before and after so many bytes have come there."""
    lines = []
    for (volume, lun), need in needs.items():
        if volume is None and lun is None:
            lines.append(tr("{size} on the nodes' own disks", size=format_bytes(need)))
            continue
        if (volume if volume is not None else lun) not in (cluster.volumes if volume is not None else cluster.luns):
            continue
        name = cluster.volumes[volume].path if volume is not None else cluster.luns[LunId(lun or 0)].name
        free = free_bytes(cluster, volume, lun)
        after = tr("{left} after", left=format_bytes(free - need)) if need <= free else tr("not enough")
        lines.append(
            tr(
                "{place}: {free} free now, {need} needed, {after}",
                place=name,
                free=format_bytes(max(0, free)),
                need=format_bytes(need),
                after=after,
            )
        )
    return "\n".join(lines)
