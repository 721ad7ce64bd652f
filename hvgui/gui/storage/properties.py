"""The properties of SANs, LUNs and Cluster Shared Volumes in words, by section."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.storage import Lun, LunUse, San, Volume
from hvgui.cluster.storage_access import redirection_network, volume_access
from hvgui.cluster.units import format_bytes, format_rate, format_seconds
from hvgui.gui.storage.words import access_words, lun_words, path_words, use_words, volume_words
from hvgui.gui.wording import node_name
from hvgui.gui.words import counted, tr
from hvgui.requests.disk_plan import growth_ahead_bytes
from hvgui.requests.storage_names import vm_names

Section = tuple[str, tuple[tuple[str, str], ...]]
_MOST_NODES = 64


def volume_sections(cluster: Cluster, volume: Volume) -> tuple[Section, ...]:
    """A volume: its place, its room, and how each node reaches it now."""
    vms = cluster.vms_on_volume(volume.id)
    free = max(0, volume.size_bytes - volume.used_bytes)
    growth = growth_ahead_bytes(cluster, volume.id, None)
    return (
        (
            tr("General"),
            (
                (tr("State"), volume_words(cluster, volume)[0]),
                (tr("Path"), volume.path),
                (tr("Disk"), cluster.luns[volume.lun].name),
                (tr("Coordinator"), node_name(cluster, volume.coordinator)),
                (tr("Virtual machines"), f"{len(vms):,}"),
            ),
        ),
        (
            tr("Room"),
            (
                (tr("Capacity"), format_bytes(volume.size_bytes)),
                (tr("Used"), format_bytes(volume.used_bytes)),
                (tr("Free"), format_bytes(free)),
                (tr("Dynamic disks could grow by"), format_bytes(growth)),
            ),
        ),
        (tr("Access by node"), tuple(_volume_access(cluster, volume))),
    )


def _volume_access(cluster: Cluster, volume: Volume) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for node in list(cluster.nodes.values())[:_MOST_NODES]:
        access = volume_access(cluster, node.id, volume)
        words = access_words(access)[0]
        if node.id == volume.coordinator:
            words = tr("{access} (coordinator)", access=words)
        network = redirection_network(cluster, node.id, volume.coordinator)
        if access.value == "redirected" and network is not None:
            words = tr("{access}, over {network}", access=words, network=cluster.networks[network].name)
        rows.append((node.name, words))
    return rows


def lun_sections(cluster: Cluster, lun: Lun) -> tuple[Section, ...]:
    """A LUN: whose it is, who reaches it, and who shares it."""
    paths = tr("Every node")
    if lun.paths is not None:
        paths = ", ".join(node_name(cluster, node) for node in lun.paths) or tr("nobody")
    rows = [
        (tr("State"), lun_words(cluster, lun)[0]),
        (tr("Assigned to"), use_words(lun)),
        (tr("Owner node"), tr("none") if lun.owner is None else node_name(cluster, lun.owner)),
        (tr("Storage system"), cluster.sans[lun.san].name),
        (tr("Presented to"), paths),
        (tr("Capacity"), format_bytes(lun.size_bytes)),
    ]
    if lun.use is LunUse.VM:
        rows.append((tr("Files take"), format_bytes(cluster.lun_used_bytes(lun.id))))
    users = cluster.vms_on_lun(lun.id)
    if len(users) > 1:
        names = vm_names(cluster, users)
        rows.append((tr("Moves together"), tr("{vms}: one node owns the LUN at a time", vms=names)))
    carried = next((volume for volume in cluster.volumes.values() if volume.lun == lun.id), None)
    if carried is not None:
        rows.append((tr("Carries"), carried.path))
    return (
        (tr("General"), tuple(rows)),
        (tr("Paths by node"), _paths(cluster, cluster.sans[lun.san], lun)),
    )


def san_sections(cluster: Cluster, san: San) -> tuple[Section, ...]:
    """A SAN: what it can do, and every node's path to it."""
    luns = [lun for lun in cluster.luns.values() if lun.san == san.id]
    return (
        (
            tr("General"),
            (
                (tr("State"), tr("Up") if san.up else tr("Failed")),
                (tr("Bandwidth"), format_rate(san.bytes_per_second)),
                (tr("Operations"), tr("{iops} a second", iops=f"{san.iops:,.0f}")),
                (tr("Latency when idle"), format_seconds(san.latency_seconds)),
                (tr("Persistent reservations"), tr("yes") if san.persistent_reservations else tr("no")),
                (tr("LUNs"), counted(len(luns), "{count} LUN", "{count} LUNs")),
                (tr("Capacity of its LUNs"), format_bytes(sum(lun.size_bytes for lun in luns))),
            ),
        ),
        (tr("Paths by node"), _paths(cluster, san)),
    )


def _paths(cluster: Cluster, san: San, lun: Lun | None = None) -> tuple[tuple[str, str], ...]:
    rows: list[tuple[str, str]] = []
    for node in list(cluster.nodes.values())[:_MOST_NODES]:
        presented = lun is None or lun.paths is None or node.id in lun.paths
        rows.append((node.name, path_words(cluster, node.id, san) if presented else tr("not presented")))
    return tuple(rows)
