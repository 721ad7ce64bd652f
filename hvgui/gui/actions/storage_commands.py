"""The commands on Cluster Shared Volumes, LUNs, SANs, the nodes' paths to them, and files that no VM has attached."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NodeId, SanId, VolumeId
from hvgui.cluster.storage import DetachedDisk
from hvgui.cluster.units import format_link_speed
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.of_requests import entry
from hvgui.gui.objects import Kind, Ref, record_of
from hvgui.gui.words import tr
from hvgui.requests.disks import DeleteDetachedDisk
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.shared_volumes import AddSharedVolume, EnableSharedVolumes, MoveLun, RemoveSharedVolume
from hvgui.requests.storage_faults import (
    FailLun,
    FailPath,
    FailSan,
    LunRequest,
    RestoreLun,
    RestorePath,
    RestoreSan,
    SanRequest,
    SetPathSpeed,
)
from hvgui.requests.volume_requests import (
    BringVolumeOnline,
    MoveCoordinator,
    TakeVolumeOffline,
    TurnOffMaintenance,
    TurnOffRedirectedAccess,
    TurnOnMaintenance,
    TurnOnRedirectedAccess,
    VolumeRequest,
)

MENU = "&Storage"
CLUSTER = frozenset({Kind.CLUSTER, Kind.STORAGE})
CONTAINER = frozenset({Kind.VOLUMES, Kind.CLUSTER, Kind.STORAGE})
VOLUME, LUN, SAN = frozenset({Kind.VOLUME}), frozenset({Kind.LUN}), frozenset({Kind.SAN})
SAN_OR_STORAGE = frozenset({Kind.SAN, Kind.STORAGE})
NODE_OR_SAN = frozenset({Kind.NODE, Kind.SAN})
FILE = frozenset({Kind.FILE})
_GIGABITS = (1, 2, 4, 8, 10, 16, 25)


def _volume(kind: type[VolumeRequest], cluster: Cluster, ref: Ref) -> Request | None:
    return kind(volume=VolumeId(ref.number))


def _lun(kind: type[LunRequest], cluster: Cluster, ref: Ref) -> Request | None:
    return kind(lun=LunId(ref.number))


def _san(kind: type[SanRequest], cluster: Cluster, ref: Ref) -> Request | None:
    return kind(san=SanId(ref.number))


def _file(cluster: Cluster, ref: Ref) -> Request | None:
    record = record_of(cluster, ref)
    return DeleteDetachedDisk(key=record.key) if isinstance(record, DetachedDisk) else None


def _first(desk: Desk, kinds: frozenset[Kind]) -> Ref | None:
    return next(iter(desk.chosen(kinds)), None)


def _to_nodes(
    desk: Desk, kinds: frozenset[Kind], request: Callable[[Ref, NodeId], Request], owner: Callable[[Ref], NodeId | None]
) -> tuple[Choice, ...]:
    refs = desk.chosen(kinds)
    if not refs:
        return ()
    return tuple(
        entry(desk, node.name, tuple(request(ref, node.id) for ref in refs), checked=owner(refs[0]) == node.id or None)
        for node in desk.cluster.nodes.values()
    )


def _volume_nodes(desk: Desk) -> tuple[Choice, ...]:
    return _to_nodes(
        desk,
        VOLUME,
        lambda ref, node: MoveCoordinator(VolumeId(ref.number), node),
        lambda ref: desk.cluster.volumes[VolumeId(ref.number)].coordinator,
    )


def _lun_nodes(desk: Desk) -> tuple[Choice, ...]:
    return _to_nodes(
        desk,
        LUN,
        lambda ref, node: MoveLun(LunId(ref.number), node),
        lambda ref: desk.cluster.luns[LunId(ref.number)].owner,
    )


# Paths


def _path_ends(desk: Desk) -> list[tuple[str, NodeId, SanId]]:
    """The paths that belong to what is chosen: those of a node to every SAN, or those of every node to a SAN."""
    ref = _first(desk, NODE_OR_SAN)
    if ref is None or not desk.has_lab:
        return []
    if ref.kind is Kind.NODE:
        return [(san.name, ref.node, san.id) for san in desk.cluster.sans.values()]
    return [(node.name, node.id, SanId(ref.number)) for node in desk.cluster.nodes.values()]


def _fail_paths(desk: Desk) -> tuple[Choice, ...]:
    return tuple(entry(desk, name, (FailPath(node, san),)) for name, node, san in _path_ends(desk))


def _restore_paths(desk: Desk) -> tuple[Choice, ...]:
    return tuple(entry(desk, name, (RestorePath(node, san),)) for name, node, san in _path_ends(desk))


def _path_speeds(desk: Desk) -> tuple[Choice, ...]:
    ends = _path_ends(desk)
    speeds = tuple(
        entry(
            desk,
            format_link_speed(gigabits * 1.25e8),
            tuple(SetPathSpeed(node, san, gigabits * 1.25e8) for _, node, san in ends),
        )
        for gigabits in _GIGABITS
        if ends
    )
    return (*speeds, Choice(tr("Another..."), _ask_path_speed)) if ends else ()


def _ask_path_speed(desk: Desk) -> None:
    from hvgui.gui.storage.path_dialog import PathSpeedDialog  # noqa: PLC0415  not before it is wanted

    PathSpeedDialog(tuple((node, san) for _, node, san in _path_ends(desk)), desk).open()


def _no_paths(desk: Desk) -> str:
    return "" if _path_ends(desk) else tr("There is no storage system in this cluster.")


# Dialogs


def _enable(desk: Desk) -> None:
    from hvgui.gui.storage.enable_dialog import EnableDialog  # noqa: PLC0415  not before it is wanted

    EnableDialog(desk).open()


def _not_to_enable(desk: Desk) -> str:
    found = blockers(EnableSharedVolumes().check(desk.cluster)) if desk.has_lab else ()
    return str(found[0]) if found else ""


def _add_storage(desk: Desk) -> None:
    from hvgui.gui.storage.add_storage_dialog import AddStorageDialog  # noqa: PLC0415  not before it is wanted

    AddStorageDialog(desk).open()


def _not_to_add(desk: Desk) -> str:
    if not desk.has_lab or desk.cluster.has_shared_volumes:
        return ""
    return tr("Cluster Shared Volumes are not enabled. Enable them first.")


def _create_lun(desk: Desk) -> None:
    from hvgui.gui.storage.lun_dialog import LunDialog  # noqa: PLC0415  not before it is wanted

    ref = _first(desk, SAN)
    LunDialog(desk, None if ref is None else SanId(ref.number)).open()


def _no_san(desk: Desk) -> str:
    return "" if desk.has_lab and desk.cluster.sans else tr("There is no storage system in this cluster.")


COMMANDS = (
    Command(
        "csv.enable",
        "Enable Cluster Shared Volumes...",
        MENU,
        CLUSTER,
        "folders",
        run=_enable,
        reason=_not_to_enable,
        explanation="LUNs that every node reads and writes at once.",
    ),
    Command(
        "csv.add",
        "Add storage...",
        MENU,
        CONTAINER,
        "stack-2",
        run=_add_storage,
        reason=_not_to_add,
        explanation="Makes LUNs of the available storage Cluster Shared Volumes.",
    ),
    Command(
        "volume.move",
        "Move this shared volume to another node",
        MENU,
        VOLUME,
        "arrow-move-right",
        choices=_volume_nodes,
        begins_group=True,
        explanation="Another node coordinates it; its input and output waits for about a second.",
    ),
    Command(
        "volume.redirect",
        "Turn on redirected access for this Cluster shared volume",
        MENU,
        VOLUME,
        "arrows-exchange",
        request=partial(_volume, TurnOnRedirectedAccess),
        asks=True,
        explanation="Every node goes through the coordinator, over the cluster network.",
    ),
    Command(
        "volume.direct",
        "Turn off redirected access for this Cluster shared volume",
        MENU,
        VOLUME,
        "arrows-exchange",
        request=partial(_volume, TurnOffRedirectedAccess),
    ),
    Command(
        "volume.maintenance-on",
        "Turn on maintenance for this Cluster shared volume",
        MENU,
        VOLUME,
        "lifebuoy",
        request=partial(_volume, TurnOnMaintenance),
        asks=True,
    ),
    Command(
        "volume.maintenance-off",
        "Turn off maintenance for this Cluster shared volume",
        MENU,
        VOLUME,
        "lifebuoy",
        request=partial(_volume, TurnOffMaintenance),
    ),
    Command(
        "volume.offline",
        "Take this resource offline",
        MENU,
        VOLUME,
        "player-stop",
        request=partial(_volume, TakeVolumeOffline),
        asks=True,
    ),
    Command(
        "volume.online",
        "Bring this resource online",
        MENU,
        VOLUME,
        "player-play",
        request=partial(_volume, BringVolumeOnline),
    ),
    Command(
        "volume.remove",
        "Remove from Cluster Shared Volumes",
        MENU,
        VOLUME,
        "x",
        request=partial(_volume, RemoveSharedVolume),
        asks=True,
    ),
    Command(
        "lun.add-csv",
        "Add to Cluster Shared Volumes",
        MENU,
        LUN,
        "stack-2",
        request=partial(_lun, AddSharedVolume),
        begins_group=True,
    ),
    Command(
        "lun.move",
        "Move this disk to another node",
        MENU,
        LUN,
        "arrow-move-right",
        choices=_lun_nodes,
        explanation="One node owns a LUN that is no Cluster Shared Volume; moving it takes seconds.",
    ),
    Command("lun.fail", "Fail this LUN", MENU, LUN, "bolt", request=partial(_lun, FailLun), asks=True),
    Command("lun.restore", "Restore this LUN", MENU, LUN, "plug-connected", request=partial(_lun, RestoreLun)),
    Command(
        "lun.create",
        "New LUN...",
        MENU,
        SAN_OR_STORAGE,
        "file-plus",
        run=_create_lun,
        reason=_no_san,
        begins_group=True,
        explanation="On a real cluster the SAN's own tools do this.",
    ),
    Command("san.fail", "Fail this SAN", MENU, SAN, "bolt", request=partial(_san, FailSan), asks=True),
    Command("san.restore", "Restore this SAN", MENU, SAN, "plug-connected", request=partial(_san, RestoreSan)),
    Command(
        "path.fail",
        "Fail storage path",
        MENU,
        NODE_OR_SAN,
        "plug-off",
        choices=_fail_paths,
        reason=_no_paths,
        begins_group=True,
        explanation="Pulls the cables between a node and a SAN.",
    ),
    Command(
        "path.restore",
        "Restore storage path",
        MENU,
        NODE_OR_SAN,
        "plug-connected",
        choices=_restore_paths,
        reason=_no_paths,
    ),
    Command(
        "path.speed",
        "Storage path speed",
        MENU,
        NODE_OR_SAN,
        "gauge",
        choices=_path_speeds,
        reason=_no_paths,
    ),
    Command("file.delete", "Delete this file", MENU, FILE, "trash", request=_file, asks=True, begins_group=True),
)
"""Commands on storage, in the order of their menu."""
