"""Storage: whether the nodes see the disks, can take them over, and have room on them.

As in the real wizard, tests that work on a disk itself skip those that are online and in use, unless the person who
validates has chosen to take them offline. Nothing is really taken offline: the tests work on a copy of the cluster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from hvgui.cluster.membership import model_of, reaches_witness, witness_lun
from hvgui.cluster.quorum import QuorumModel
from hvgui.cluster.storage import Lun, San
from hvgui.cluster.storage_access import lun_is_online, path_is_up, reaches_lun
from hvgui.cluster.units import MIB, format_bytes, format_rate, format_seconds
from hvgui.cluster.validation import Category, Listing, ValidationFinding
from hvgui.lab.validation.subject import Subject, failed, named, noted, warned
from hvgui.lab.validation.table import (
    Check,
    ValidationTest,
    a_storage_system,
    a_witness,
    disks_to_test,
    everybody_answers,
)

ADVISED_LATENCY_SECONDS = 0.02
"""Ours: what a guest's database still takes for a disk."""
MOST_LATENCY_SECONDS = 1.0
LEAST_WITNESS_BYTES = 512 * MIB
"""Microsoft's advice for a disk witness."""
LEAST_DISK_BYTES = 64 * MIB
"""Below this a disk holds no file system worth the name; ours."""


def _disks(subject: Subject) -> Listing:
    cluster = subject.cluster
    rows = tuple(
        (
            lun.name,
            cluster.sans[lun.san].name,
            format_bytes(lun.size_bytes),
            lun.use.value,
            subject.name(lun.owner) if lun.owner is not None else "nobody",
            "online" if lun_is_online(cluster, lun.id) else "offline",
        )
        for lun in subject.each(cluster.luns.values())
    )
    return Listing(("Disk", "Storage system", "Size", "Use", "Owner", "State"), rows)


def _potential(subject: Subject) -> Listing:
    rows = tuple(
        (lun.name, format_bytes(lun.size_bytes), _sees(subject, lun))
        for lun in subject.each(subject.cluster.luns.values())
    )
    return Listing(("Disk", "Size", "Seen by"), rows)


def _sees(subject: Subject, lun: Lun) -> str:
    without = _blind(subject, lun)
    return "every node" if not without else f"not by {named(without)}"


def _blind(subject: Subject, lun: Lun) -> list[str]:
    """Nodes that the disk is not presented to."""
    if lun.paths is None:
        return []
    return [node.name for node in subject.nodes if node.id not in lun.paths]


def _all_listed(subject: Subject) -> Iterator[ValidationFinding]:
    yield from everybody_answers(subject)
    for san in subject.cluster.sans.values():
        if not san.up:
            yield _silent(san)


def _silent(san: San) -> ValidationFinding:
    return failed(san.name, f"{san.name} does not answer: nobody reaches its disks.", "Restore the storage system.")


def _seen_by_all(subject: Subject) -> Iterator[ValidationFinding]:
    for lun in subject.each(subject.cluster.luns.values()):
        without = _blind(subject, lun)
        if without:
            yield failed(
                lun.name,
                f"{lun.name} is not presented to {named(without)}: it can't be a disk of the cluster there.",
                "Present it to every node on the storage system.",
            )
    if not subject.cluster.luns:
        yield warned(subject.cluster.name, "There is no disk that could be a cluster disk.", "Create LUNs.")


def _paths(subject: Subject) -> Iterator[ValidationFinding]:
    cluster = subject.cluster
    for san in cluster.sans.values():
        if not san.up:
            yield _silent(san)
            continue
        for node in subject.nodes:
            if not path_is_up(cluster, node.id, san.id):
                text = (
                    f"The path from {node.name} to {san.name} is down: it goes through the coordinators, or not at all."
                )
                yield failed(f"{node.name} – {san.name}", text, "Restore the path.")
        yield from _uneven(subject, san)
    for lun in subject.each(cluster.luns.values()):
        if not lun.up:
            yield failed(lun.name, f"{lun.name} has failed: nobody reads or writes it.", "Restore the LUN.")


def _uneven(subject: Subject, san: San) -> Iterator[ValidationFinding]:
    paths = [path for (_, one), path in subject.cluster.paths.items() if one == san.id and path.up]
    speeds = {path.bytes_per_second for path in paths}
    if len(speeds) > 1:
        slowest = min(paths, key=lambda path: path.bytes_per_second)
        text = f"Paths to {san.name} differ; that of {subject.name(slowest.node)} is the slowest"
        yield warned(san.name, f"{text} ({format_rate(slowest.bytes_per_second)}).", "Give every node the same speed.")


# Tests of the disks themselves


def _skipped(subject: Subject) -> Iterator[ValidationFinding]:
    for lun in subject.each(subject.cluster.luns.values()):
        if lun.id in subject.in_use and lun.id not in subject.take_offline:
            yield noted(lun.name, f"{lun.name} is online and in use ({lun.use.value}); it was skipped.")


def _latency(subject: Subject) -> Iterator[ValidationFinding]:
    yield from _skipped(subject)
    for san in subject.cluster.sans.values():
        if not any(lun.san == san.id for lun in subject.tested_disks):
            continue
        text = f"An operation on the disks of {san.name} takes {format_seconds(san.latency_seconds)}"
        if san.latency_seconds > MOST_LATENCY_SECONDS:
            yield failed(san.name, f"{text}: a cluster takes such a disk for failed.", "Mend the storage system.")
        elif san.latency_seconds > ADVISED_LATENCY_SECONDS:
            yield warned(san.name, f"{text}; guests feel it.", "Use faster storage, or less of it at once.")


def _arbitration(subject: Subject) -> Iterator[ValidationFinding]:
    """Each node defends and takes the disk."""
    yield from _skipped(subject)
    for lun in subject.each(subject.tested_disks):
        without = [node.name for node in subject.nodes if not reaches_lun(subject.cluster, node.id, lun)]
        if without:
            yield failed(
                lun.name,
                f"{named(without)} can't take {lun.name}: it does not reach it."
                if len(without) == 1
                else f"{named(without)} can't take {lun.name}: they do not reach it.",
                "Mend path, LUN or storage system, and present the LUN to every node.",
            )


def _failover(subject: Subject) -> Iterator[ValidationFinding]:
    """A disk can go from its owner to another node, and to how many."""
    yield from _skipped(subject)
    for lun in subject.each(subject.tested_disks):
        heirs = [
            node.name for node in subject.nodes if node.id != lun.owner and reaches_lun(subject.cluster, node.id, lun)
        ]
        if not heirs:
            yield failed(
                lun.name,
                f"{lun.name} can't fail over: no other node reaches it.",
                "Present the LUN to a second node, and see that its path is up.",
            )


def _simultaneous(subject: Subject) -> Iterator[ValidationFinding]:
    """All disks of one owner go to another node at once, as they do when the owner dies."""
    yield from _skipped(subject)
    owned: defaultdict[int, list[Lun]] = defaultdict(list)
    for lun in subject.tested_disks:
        if lun.owner is not None:
            owned[lun.owner].append(lun)
    for owner, luns in owned.items():
        others = [node for node in subject.nodes if node.id != owner]
        if any(all(reaches_lun(subject.cluster, node.id, lun) for lun in luns) for node in others):
            continue
        name = subject.cluster.nodes[luns[0].owner].name if luns[0].owner is not None else ""
        disks = named(lun.name for lun in luns)
        yield failed(
            name,
            f"No other node could take {disks} from {name} at once.",
            "Present the same disks to every node.",
        )


def _reservation(subject: Subject) -> Iterator[ValidationFinding]:
    yield from _skipped(subject)
    for san in subject.cluster.sans.values():
        disks = [lun.name for lun in subject.tested_disks if lun.san == san.id]
        if disks and not san.persistent_reservations:
            yield failed(
                san.name,
                f"{san.name} takes no SCSI-3 persistent reservations, so {named(disks)} can't be kept for one owner.",
                "Switch them on in the storage system, or use one that has them.",
            )


def _sizes(subject: Subject) -> Iterator[ValidationFinding]:
    cluster = subject.cluster
    for lun in subject.each(cluster.luns.values()):
        if lun.size_bytes < LEAST_DISK_BYTES:
            yield failed(lun.name, f"{lun.name} has {format_bytes(lun.size_bytes)}: too small to use.", "Enlarge it.")
    for volume in subject.each(cluster.volumes.values()):
        lun = cluster.luns[volume.lun]
        if volume.size_bytes > lun.size_bytes:
            sizes = f"{format_bytes(volume.size_bytes)} on {lun.name} of {format_bytes(lun.size_bytes)}"
            yield failed(volume.name, f"{volume.name} claims {sizes}.", "Enlarge the LUN, or make the volume anew.")


def _witness(subject: Subject) -> Iterator[ValidationFinding]:
    cluster = subject.cluster
    if model_of(cluster) is QuorumModel.NODE_AND_SHARE:
        yield from _share(subject)
        return
    chosen = witness_lun(cluster)
    if chosen is None:
        yield failed(cluster.name, "The disk witness of the quorum is not there.", "Configure the quorum anew.")
        return
    lun = cluster.luns[chosen]
    without = [node.name for node in subject.nodes if not reaches_witness(cluster, node.id)]
    if without:
        text = f"{named(without)} would not reach the disk witness {lun.name}."
        yield failed(lun.name, text, "Present it to every node, and mend path, LUN and storage system.")
    if lun.size_bytes < LEAST_WITNESS_BYTES:
        text = f"The disk witness {lun.name} has {format_bytes(lun.size_bytes)}; 512 MB are the least advised."
        yield warned(lun.name, text, "Use a larger disk.")


def _share(subject: Subject) -> Iterator[ValidationFinding]:
    settings = subject.cluster.quorum
    name = settings.witness_share or "the file share witness"
    if not settings.share_up:
        yield failed(name, f"The server of {name} is down: it has no vote.", "Bring it back, or choose another share.")
        return
    without = [node.name for node in subject.nodes if not reaches_witness(subject.cluster, node.id)]
    if without:
        text = f"{named(without)} would not reach {name}."
        yield failed(name, text, "Restore their links to the network for clients.")


def _of_disks(name: str, title: str, about: str, check: Check) -> ValidationTest:
    return ValidationTest(f"storage.{name}", Category.STORAGE, title, about, check, disks_to_test)


TESTS = (
    ValidationTest(
        "storage.disks",
        Category.STORAGE,
        "List All Disks",
        "All LUNs of all storage systems.",
        _all_listed,
        a_storage_system,
        _disks,
    ),
    ValidationTest(
        "storage.potential",
        Category.STORAGE,
        "List Potential Cluster Disks",
        "LUNs that every node sees: only these serve as disks of the cluster.",
        _seen_by_all,
        a_storage_system,
        _potential,
    ),
    ValidationTest(
        "storage.paths",
        Category.STORAGE,
        "Validate Storage Paths",
        "Storage systems answer, LUNs work, and every node has its way to them.",
        _paths,
        a_storage_system,
    ),
    _of_disks("latency", "Validate Disk Access Latency", "Reading and writing is answered in time.", _latency),
    _of_disks("arbitration", "Validate Disk Arbitration", "Every node can take and defend each disk.", _arbitration),
    _of_disks("failover", "Validate Disk Failover", "Each disk can go to another node.", _failover),
    _of_disks(
        "simultaneous",
        "Validate Simultaneous Failover",
        "All disks of one owner can go to another node at once.",
        _simultaneous,
    ),
    _of_disks(
        "reservation",
        "Validate SCSI-3 Persistent Reservation",
        "The storage systems keep a disk for its owner.",
        _reservation,
    ),
    ValidationTest(
        "storage.sizes",
        Category.STORAGE,
        "Validate Disk Sizes",
        "Disks are large enough, and volumes no larger than the LUNs under them.",
        _sizes,
        a_storage_system,
    ),
    ValidationTest(
        "storage.witness",
        Category.STORAGE,
        "Validate Witness",
        "The witness of the quorum is there, and every node reaches it; a disk is large enough.",
        _witness,
        a_witness,
    ),
)
"""In the order of the wizard; those on Cluster Shared Volumes follow in `shared_volumes`."""
