"""Looking into a folder or a file: which machines are there, and what is wrong with them. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree.ElementTree import Element

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.one_line import one_line
from hvgui.exchange.export.draft import is_draft
from hvgui.exchange.export.plan import DISKS, MACHINES, SNAPSHOTS
from hvgui.exchange.imports.documents import local, read_xml
from hvgui.exchange.imports.exp import as_configuration
from hvgui.exchange.imports.foreign import Configured, foreign_machine
from hvgui.exchange.imports.found import Found, FoundMachine, ImportRefusedError, Source
from hvgui.exchange.imports.ovf import ovf_machines
from hvgui.exchange.imports.own_record import own_machine, own_part
from hvgui.exchange.imports.places import OutsideError, entries, within
from hvgui.requests.problems import Problem, Severity

MOST_MACHINES = 1_000
"""As many as a cluster of the platform has."""
Told = Callable[[int], None]
_CONFIGURATIONS = (".xml", ".exp")
_CHOOSE = "Choose the folder of an export, a configuration (.xml) or an OVF file."


def look_into(path: Path, cluster: Cluster | None = None, told: Told = lambda _: None) -> Found:
    """What lies at a path: the folder of an export, one with several of them, a lone configuration, an OVF file.

    With `cluster`, what of it is there already is told as well. `told` is called with the number of machines found so
    far, before each further file; what it raises ends the reading.

    Raises ImportRefusedError with a sentence where nothing is there that can be imported; what is wrong with a part of
    it stands in the result.
    """
    path = path.absolute()
    try:
        found = _folder(path, told) if path.is_dir() else _file(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ImportRefusedError(f"{one_line(str(path))[:300]} can't be looked into: {reason}.") from None
    if not found.machines and found.problems:
        raise ImportRefusedError(str(found.problems[0]))
    if not found.machines:
        raise ImportRefusedError(f"{path} has no virtual machine in it. {_CHOOSE}")
    return found if cluster is None else _beside(found, cluster)


def _file(path: Path) -> Found:
    if not path.exists():
        raise ImportRefusedError(f"There is nothing at {path}. {_CHOOSE}")
    for suffix, text in (
        (".ova", "is an archive; unpack it with tar and choose the OVF file in it"),
        (".vmcx", "is a configuration in the binary format of 2016 and later, which hvgui does not read"),
        (".vhd", "is a disk and no machine; add it to a VM, or choose the folder of the export"),
    ):
        if path.suffix.lower() == suffix:
            raise ImportRefusedError(f"{one_line(path.name)} {text}. {_CHOOSE}")
    folder = path.parent.parent if path.parent.name in (MACHINES, SNAPSHOTS) else path.parent
    return Found(str(path), tuple(_machines(path, folder, alone=True)))


def _machines(path: Path, folder: Path, *, alone: bool) -> list[FoundMachine]:
    """Those that one file describes. Raises ImportRefusedError."""
    root = _read(path)
    if local(root) == "envelope":
        return ovf_machines(path, root)
    if local(root) != "configuration":
        what = f"{one_line(path.name)} is neither a configuration of Hyper-V's nor an OVF file"
        raise ImportRefusedError(f"{what}: it begins with <{one_line(local(root))[:40]}>. {_CHOOSE}")
    text = own_part(root)
    own = own_machine(path, root, folder, text, brings_disks=not alone or _is_in_export(path)) if text else None
    return [own if own is not None else _foreign(path, root, folder, alone=alone, damaged=text is not None)]


def _read(path: Path) -> Element:
    """A document's root; that of an `.exp` file in the structure of later configurations."""
    root = read_xml(path)
    told = as_configuration(root) if local(root) in ("declarations", "cim") else None
    return root if told is None else told


def _foreign(path: Path, root: Element, folder: Path, *, alone: bool, damaged: bool) -> FoundMachine:
    """A configuration in the folder of an export brings its disks and snapshots along."""
    in_export = _is_in_export(path)
    snapshots = _snapshots(folder) if in_export else ()
    has_files = any(entries(folder / DISKS)) or any(entries(folder / SNAPSHOTS))
    given = Configured(
        file=path,
        root=root,
        folder=folder,
        source=Source.HYPER_V if in_export or not alone else Source.CONFIGURATION,
        snapshots=snapshots,
        brings_disks=in_export and has_files,
    )
    found = foreign_machine(given)
    if not damaged:
        return found
    text = f"hvgui's own part of {one_line(path.name)} can't be read."
    remedy = "What Hyper-V's part says was taken; load, snapshots and what the guest wrote are not in it."
    problem = Problem("own-part", text, remedy, Severity.WARNING)
    return _with_problems(found, (problem,))


def _is_in_export(path: Path) -> bool:
    return path.parent.name == MACHINES


def _snapshots(folder: Path) -> tuple[tuple[Path, Element], ...]:
    """Configurations of snapshots; one that can't be read is found when its disks are missed."""
    found = []
    for path in entries(folder / SNAPSHOTS):
        if path.suffix.lower() not in _CONFIGURATIONS:
            continue
        try:
            if within(folder, path) is not None:
                root = _read(path)
                if local(root) == "configuration":
                    found.append((path, root))
        except (ImportRefusedError, OutsideError):
            continue
    return tuple(found)


def _folder(path: Path, told: Told) -> Found:
    if is_draft(path):
        text = f"{path} is what an export left that broke off: its files are not whole."
        raise ImportRefusedError(f"{text} Export the VM again.")
    machines, problems = _export(path, _described(path) or _loose(path), told)
    for inner in () if machines or problems else entries(path):
        if len(machines) + len(problems) >= MOST_MACHINES:
            break
        if inner.is_dir() and not inner.is_symlink() and not inner.name.startswith("."):
            more, wrong = _export(inner, _described(inner), partial(_told_more, told, len(machines)))
            machines, problems = [*machines, *more], [*problems, *wrong]
    return Found(str(path), tuple(machines[:MOST_MACHINES]), tuple(problems[:MOST_MACHINES]))


def _told_more(told: Told, before: int, count: int) -> None:
    told(before + count)


def _export(folder: Path, described: list[Path], told: Told) -> tuple[list[FoundMachine], list[Problem]]:
    """The machines of one export's folder."""
    machines: list[FoundMachine] = []
    problems: list[Problem] = []
    for path in described:
        told(len(machines))
        try:
            if within(folder, path) is not None:
                machines += _machines(path, folder, alone=False)
        except OutsideError as error:
            text = f"{one_line(path.name)} can't be used: {error}."
            problems.append(Problem("outside", text, "Put the file itself into the folder."))
        except ImportRefusedError as error:
            problems.append(Problem("unreadable", str(error)))
    return machines, problems


def _described(folder: Path) -> list[Path]:
    """The files that describe machines: in the folder for them, or OVF files."""
    inner = [path for path in entries(folder / MACHINES) if path.suffix.lower() in _CONFIGURATIONS]
    found = inner or [path for path in entries(folder) if path.suffix.lower() == ".ovf"]
    return found[:MOST_MACHINES]


def _loose(folder: Path) -> list[Path]:
    """Configurations that lie in the folder itself; `config.xml` tells of an export and of no machine."""
    found = [one for one in entries(folder) if one.suffix.lower() in _CONFIGURATIONS]
    return [one for one in found if one.name.lower() != "config.xml"][:MOST_MACHINES]


def _with_problems(machine: FoundMachine, more: tuple[Problem, ...]) -> FoundMachine:
    return replace(machine, problems=(*machine.problems, *more))


def _beside(found: Found, cluster: Cluster) -> Found:
    """With what the cluster has of it already."""
    guids = {vm.guid.lower(): vm.name for vm in cluster.vms.values()}
    return replace(found, machines=tuple(_if_taken(one, guids) for one in found.machines))


def _if_taken(one: FoundMachine, guids: dict[str, str]) -> FoundMachine:
    there = guids.get(one.machine.guid.lower())
    if there is None:
        return one
    text = f"The unique id of {one.machine.name} is that of {there} in this cluster."
    remedy = "It can be copied with a new one; to restore it, remove the other first."
    return _with_problems(one, (Problem("id-taken", text, remedy, Severity.WARNING),))
