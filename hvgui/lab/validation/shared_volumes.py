"""Storage, continued: Cluster Shared Volumes, their settings, the networks under them, and the room on them."""

from __future__ import annotations

from collections.abc import Iterator

from hvgui.cluster.storage import DiskKind, Volume, VolumeState
from hvgui.cluster.storage_access import is_working, redirection_network, redirection_networks
from hvgui.cluster.units import GIB, format_bytes
from hvgui.cluster.validation import Category, Listing, ValidationFinding
from hvgui.lab.validation.subject import Subject, failed, named, warned
from hvgui.lab.validation.table import ValidationTest, shared_volumes

LOW_SHARE = 0.1
"""Ours: a volume with less than a tenth of it free is low on space, unless that is still a lot."""
ENOUGH_BYTES = 200 * GIB
FULL_BYTES = GIB
"""Below this its VMs are about to be paused."""


def _volumes(subject: Subject) -> Listing:
    cluster = subject.cluster
    rows = tuple(
        (
            volume.name,
            cluster.luns[volume.lun].name,
            subject.name(volume.coordinator),
            format_bytes(volume.size_bytes),
            format_bytes(volume.size_bytes - volume.used_bytes),
            volume.state.value,
        )
        for volume in subject.each(cluster.volumes.values())
    )
    return Listing(("Volume", "LUN", "Coordinator", "Size", "Free", "State"), rows)


def _settings(subject: Subject) -> Iterator[ValidationFinding]:
    """What Cluster Shared Volumes ask of nodes and disks."""
    drives = {node.system_drive.upper() for node in subject.nodes}
    if len(drives) > 1:
        yield failed(
            subject.cluster.name,
            f"The nodes' system drives differ ({', '.join(sorted(drives))}): ClusterStorage is not in one place.",
            "Install every node on the same drive letter.",
        )
    for volume in subject.each(subject.cluster.volumes.values()):
        yield from _volume_settings(subject, volume)


def _volume_settings(subject: Subject, volume: Volume) -> Iterator[ValidationFinding]:
    cluster = subject.cluster
    lun = cluster.luns[volume.lun]
    blind = [] if lun.paths is None else [node.name for node in subject.nodes if node.id not in lun.paths]
    if blind:
        text = f"{volume.name} lies on {lun.name}, which is not presented to {named(blind)}: redirected from the start."
        yield failed(volume.name, text, "Present the LUN to every node.")
    if not is_working(cluster, volume.coordinator):
        text = f"The coordinator of {volume.name}, {subject.name(volume.coordinator)}, is down."
        yield failed(volume.name, text, "Move the volume to another node, or bring the node up.")
    if volume.state is VolumeState.REDIRECTED:
        text = f"Redirected access is turned on for {volume.name}: everything goes through its coordinator."
        yield warned(volume.name, text, "Turn it off when what needed it is done.")
    elif volume.state in (VolumeState.MAINTENANCE, VolumeState.OFFLINE):
        text = f"{volume.name} is {'in maintenance' if volume.state is VolumeState.MAINTENANCE else 'offline'}."
        yield warned(volume.name, text, "Bring it back when that is done.")
    raw = [
        cluster.vms[vm].name
        for vm in cluster.vms_on_lun(lun.id)
        if any(disk.lun == lun.id and disk.kind is DiskKind.PHYSICAL for disk in cluster.vms[vm].disks)
    ]
    if raw:
        text = f"{lun.name}, under {volume.name}, is the pass-through disk of {named(raw)}."
        yield failed(volume.name, text, "Cluster Shared Volumes know no pass-through disks; give the VM another LUN.")


def _networks(subject: Subject) -> Iterator[ValidationFinding]:
    """Redirected input and output needs a network from every node to every coordinator."""
    name = subject.cluster.name
    if not redirection_networks(subject.cluster):
        text = "No network for cluster use carries redirected input and output."
        yield failed(name, text, "Give a network the role 'cluster only'.")
        return
    coordinators = dict.fromkeys(volume.coordinator for volume in subject.cluster.volumes.values())
    for coordinator in subject.each(coordinators):
        apart = [
            node.name
            for node in subject.nodes
            if node.id != coordinator and redirection_network(subject.cluster, node.id, coordinator) is None
        ]
        if apart:
            there = subject.name(coordinator)
            text = f"No network for cluster use joins {named(apart)} to {there}, which coordinates volumes."
            yield failed(there, text, "Restore their links.")


def _space(subject: Subject) -> Iterator[ValidationFinding]:
    for volume in subject.each(subject.cluster.volumes.values()):
        free = volume.size_bytes - volume.used_bytes
        text = f"{volume.name} has {format_bytes(free)} of {format_bytes(volume.size_bytes)} free"
        remedy = "Move virtual disks to another volume, or delete what is not needed."
        if free < FULL_BYTES:
            yield failed(volume.name, f"{text}: its VMs are about to be paused.", remedy)
        elif free < min(LOW_SHARE * volume.size_bytes, ENOUGH_BYTES):
            yield warned(volume.name, f"{text}: dynamic disks and snapshots will fill it.", remedy)


TESTS = (
    ValidationTest(
        "storage.csv-settings",
        Category.STORAGE,
        "Validate CSV Settings",
        "Nodes and disks are as Cluster Shared Volumes need them, and no volume was left in an exceptional state.",
        _settings,
        shared_volumes,
        _volumes,
    ),
    ValidationTest(
        "storage.csv-networks",
        Category.STORAGE,
        "Validate CSV Network Bindings",
        "Every node reaches every coordinator over a network for cluster use.",
        _networks,
        shared_volumes,
    ),
    ValidationTest(
        "storage.csv-space",
        Category.STORAGE,
        "Validate Volume Space",
        "Volumes have room for what grows on them.",
        _space,
        shared_volumes,
    ),
)
"""In the order of the wizard."""
