"""Names of SANs, LUNs and volumes in sentences, and the lists of VMs that sentences end with."""

from __future__ import annotations

from collections.abc import Sequence

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, SanId, VmId, VolumeId


def san_name(cluster: Cluster, san: SanId) -> str:
    """The SAN's name, or what stands for it where there is no such SAN."""
    record = cluster.sans.get(san)
    return record.name if record is not None else f"SAN no. {san}"


def lun_name(cluster: Cluster, lun: LunId) -> str:
    """The LUN's name, or what stands for it where there is no such LUN."""
    record = cluster.luns.get(lun)
    return record.name if record is not None else f"LUN no. {lun}"


def volume_name(cluster: Cluster, volume: VolumeId) -> str:
    """The volume's name, or what stands for it where there is no such volume."""
    record = cluster.volumes.get(volume)
    return record.name if record is not None else f"volume no. {volume}"


def vm_names(cluster: Cluster, vms: Sequence[VmId], most: int = 3) -> str:
    """`A`, `A and B`, `A, B, C and 5 more`."""
    names = sorted(cluster.vms[vm].name for vm in vms)
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
