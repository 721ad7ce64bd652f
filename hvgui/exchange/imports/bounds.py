"""What a VM's record can't say, wherever it comes from: every figure is judged before anything reckons with it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from hvgui.cluster.guest_disks import LETTERS, DiskContents
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory
from hvgui.cluster.one_line import one_line
from hvgui.cluster.snapshots import Snapshot
from hvgui.cluster.storage import Controller, DiskKind, VirtualDisk
from hvgui.cluster.units import MIB, TIB, format_bytes
from hvgui.cluster.vm_figures import MOST_FIGURE, is_sensible_region, out_of_range

MOST_VCPUS = 2_048
LEAST_MEMORY, MOST_MEMORY = 1 * MIB, 240 * TIB
MOST_DISK_BYTES = 64 * TIB
MOST_CONNECTIONS = 10_000_000
MOST_FAILURES = 10_000
MOST_DELAY_SECONDS = 30 * 86_400
MOST_DISKS, MOST_ADAPTERS, MOST_SNAPSHOTS = 260, 68, 500
LONGEST_NAME, LONGEST_NOTES, LONGEST_PATH = 100, 10_000, 1_000
_MOST_FLOAT = 2.0**62
_MOST_ITEMS = 1_000_000


def impossible(vm: VirtualMachine) -> tuple[str, ...]:
    """What of a machine can't be, ends of sentences such as `has 0 processors`; empty: all can."""
    wild = next(_wild(vm), None)
    if wild is not None:
        return (wild,)
    return tuple(
        text for texts in (_self(vm), _memory(vm.memory), _figures(vm), _disks(vm), _snapshots(vm)) for text in texts
    )


def _wild(value: object) -> Iterator[str]:
    """Numbers that are none, texts and lists without end, anywhere in the record."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, bool) or one is None:
            continue
        if isinstance(one, int) and abs(one) >= 2**62:
            yield f"has a figure of {len(str(abs(one)))} digits" if abs(one) < 10**100 else "has a figure without end"
        elif isinstance(one, float) and not abs(one) < _MOST_FLOAT:
            yield "has a figure that is none, or beyond all bounds"
        elif isinstance(one, str) and len(one) > LONGEST_NOTES:
            yield f"has a text of {len(one):,} letters"
        elif isinstance(one, tuple):
            if len(one) > _MOST_ITEMS:
                yield f"has a list of {len(one):,} items"
            else:
                waiting += one
        elif isinstance(one, msgspec.Struct):
            waiting += msgspec.structs.astuple(one)


def _self(vm: VirtualMachine) -> Iterator[str]:
    yield from _name("its name", vm.name)
    if not 1 <= vm.vcpus <= MOST_VCPUS:
        yield f"has {vm.vcpus:,} processors, and a VM has 1 to {MOST_VCPUS:,}"
    if vm.state not in (VmState.OFF, VmState.SAVED):
        yield f"is {vm.state.value}, and only what is off or saved can be imported"
    if vm.generation not in (1, 2):
        yield f"is of generation {vm.generation}, and there are 1 and 2"
    if not 0 <= vm.saved_bytes <= MOST_MEMORY or (vm.state is VmState.SAVED) != (vm.saved_bytes > 0):
        yield f"is {vm.state.value} with {format_bytes(vm.saved_bytes)} of saved memory"
    if vm.assigned_bytes:
        yield "occupies memory, though it does not run"
    if not 0 <= vm.scsi_controllers <= 4:
        yield f"has {vm.scsi_controllers} SCSI controllers, and a VM has up to 4"
    if len(vm.adapters) > MOST_ADAPTERS:
        yield f"has {len(vm.adapters):,} network adapters"
    for one in vm.adapters[:MOST_ADAPTERS]:
        if len(one.name) > LONGEST_PATH or one.name != one_line(one.name) or len(one.mac) > 17:
            yield "has a network adapter whose name or address is none"
    if not 0 <= vm.clients.connections <= MOST_CONNECTIONS:
        yield f"has {vm.clients.connections:,} connections"


def _name(what: str, text: str) -> Iterator[str]:
    if not text.strip() or len(text) > LONGEST_NAME or text != one_line(text):
        yield f"has no usable name: {what} is '{one_line(text)[:40]}', and names have 1 to {LONGEST_NAME} letters"


def _memory(memory: GuestMemory) -> Iterator[str]:
    settings = memory.settings
    for what, size in (("", settings.startup_bytes), ("least ", settings.least_bytes), ("most ", settings.most_bytes)):
        if not LEAST_MEMORY <= size <= MOST_MEMORY:
            yield f"has {format_bytes(max(0, size))} of {what}memory, and a VM has 1 MB to 240 TB"
    if not settings.least_bytes <= settings.startup_bytes <= settings.most_bytes:
        yield "has less memory at its start than its minimum, or more than its maximum"
    if not (5 <= settings.buffer_percent <= 2_000 and 0 <= settings.weight <= 10_000):
        yield "has a memory buffer or weight out of range"
    if not 0 <= memory.cold_zero_share <= 1:
        yield "has a share of zero pages that is none"
    if sum(max(0, region.size_bytes) for region in memory.regions) > settings.startup_bytes:
        yield "has memory regions that are larger than its memory"
    for region in memory.regions:
        if not is_sensible_region(region):
            yield f"has a memory region '{one_line(region.name)[:40]}' with a figure out of range"


def _figures(vm: VirtualMachine) -> Iterator[str]:
    what = out_of_range(vm)
    if what:
        yield f"can't be reckoned with: {one_line(what)[:200]} has figures out of range"
    load, asked = vm.load, vm.scheduling
    shares = 0 <= load.disk_read_share <= 1 and 0 <= (load.cpu_at_write_rates or 0.0) < MOST_FIGURE
    if not shares or load.disk_bytes_per_io <= 0 or not 1 <= asked.weight <= 10_000:
        yield "has a load or a processor weight out of range"
    policy, hours = vm.failover, range(24)
    often = 0 <= (policy.most_failures or 0) <= MOST_FAILURES and 0 < policy.period_hours < MOST_FIGURE
    if not often or policy.from_hour not in hours or policy.to_hour not in hours:
        yield "has a failover policy out of range"
    if not 0 <= vm.start_delay_seconds < MOST_DELAY_SECONDS or len(vm.anti_affinity) > LONGEST_NAME:
        yield "has a start delay or a list of anti-affinities out of range"


def _disks(vm: VirtualMachine) -> Iterator[str]:
    if len(vm.disks) > MOST_DISKS:
        yield f"has {len(vm.disks):,} disks, and a VM has up to {MOST_DISKS}"
        return
    slots = [disk.slot for disk in vm.disks]
    if len(set(slots)) != len(slots):
        yield "has two disks at one place of its controllers"
    every = [*vm.disks, *(disk for one in vm.snapshots[:MOST_SNAPSHOTS] for disk in one.disks[:MOST_DISKS])]
    if len({(disk.path or disk.name).lower() for disk in every}) != len(every):
        yield "has two disks in one file"
    for disk in every:
        yield from _disk(disk)


def _disk(disk: VirtualDisk) -> Iterator[str]:
    name = one_line(disk.name)[:60]
    texts = (disk.name, disk.path, disk.parent, disk.origin)
    if not disk.name.strip() or any(len(text) > LONGEST_PATH or text != one_line(text) for text in texts):
        yield f"has a disk '{name}' whose name or path is none"
    if not 512 <= disk.size_bytes <= MOST_DISK_BYTES:
        yield f"has a disk '{name}' of {disk.size_bytes:,} bytes, and one has 512 bytes to 64 TB"
    if not 0 <= disk.rewritten_bytes <= disk.file_bytes <= 2 * MOST_DISK_BYTES:
        yield f"has a disk '{name}' whose file has {disk.file_bytes:,} bytes"
    controllers, places = (2, 2) if disk.controller is Controller.IDE else (4, 64)
    if not (0 <= disk.controller_number < controllers and 0 <= disk.controller_location < places):
        yield f"has a disk '{name}' at a place that no controller has"
    if disk.kind is DiskKind.PHYSICAL:
        yield f"has a pass-through disk '{name}', which is a LUN of another cluster"
    if disk.contents is not None:
        yield from _contents(disk.contents, disk.size_bytes, name)


def _contents(contents: DiskContents, size_bytes: int, name: str) -> Iterator[str]:
    sizes = [one.size_bytes for one in contents.partitions]
    if len(sizes) > 128 or any(size <= 0 for size in sizes) or sum(sizes) > size_bytes:
        yield f"has partitions on '{name}' that do not fit on it"
    for one in contents.partitions:
        if (
            one.letter and (len(one.letter) != 1 or one.letter not in LETTERS)
        ) or not 0 <= one.used_bytes <= size_bytes:
            yield f"has a partition on '{name}' with a letter or a figure that is none"


def _snapshots(vm: VirtualMachine) -> Iterator[str]:
    tree = vm.snapshots
    if len(tree) > MOST_SNAPSHOTS:
        yield f"has {len(tree):,} snapshots"
        return
    known: set[int] = set()
    for one in tree:
        if one.id in known or not 1 <= one.id <= vm.last_snapshot or (one.parent and one.parent not in known):
            yield f"has a snapshot '{one_line(one.name)[:40]}' that is nobody's child, or its own"
        known.add(one.id)
        yield from _snapshot(one)
    if (vm.current_snapshot and vm.current_snapshot not in known) or not 0 <= vm.last_snapshot < 2**31:
        yield "stands above a snapshot that is not there"


def _snapshot(one: Snapshot) -> Iterator[str]:
    yield from _name("a snapshot's name", one.name)
    if not (1 <= one.vcpus <= MOST_VCPUS and 0 <= one.memory_bytes <= MOST_MEMORY and 0 <= one.taken_ns < 2**62):
        yield f"has a snapshot '{one_line(one.name)[:40]}' with a figure out of range"
    if len(one.disks) > MOST_DISKS:
        yield f"has a snapshot with {len(one.disks):,} disks"
    yield from _memory(one.memory)
    held = one.held
    if held is not None:
        asked = held.scheduling
        claims = 1 <= asked.weight <= 10_000 and 0 <= asked.reserve_percent <= 100 and 1 <= asked.limit_percent <= 100
        if not claims or not 0 <= held.scsi_controllers <= 4 or len(held.adapters) > MOST_ADAPTERS:
            yield f"has a snapshot '{one_line(one.name)[:40]}' that holds settings out of range"
