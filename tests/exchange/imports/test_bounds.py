"""Every figure of a record from outside is judged: what no VM can have is said, and what one can have is not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.guest_disks import DiskContents, Partition, PartitionStyle
from hvgui.cluster.ids import VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.machines import FailoverPolicy, NetworkAdapter, Scheduling, VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings
from hvgui.cluster.snapshots import HeldSettings
from hvgui.cluster.storage import Controller, DiskKind
from hvgui.cluster.units import GIB, MIB, TIB
from hvgui.exchange.imports.bounds import impossible
from hvgui.exchange.samples import sample
from import_folders import VM, vm_at_rest, world_with_snapshots

WHOLE = vm_at_rest()
NAN, ENDLESS = float("nan"), float("inf")


def with_disk(**changes: object) -> VirtualMachine:
    return replace(WHOLE, disks=(replace(WHOLE.disks[0], **changes), WHOLE.disks[1]))


def with_memory(regions: tuple[MemoryRegion, ...] = (), zeros: float = 0.0, **changes: object) -> VirtualMachine:
    settings = replace(MemorySettings(GIB), **changes)
    return replace(WHOLE, memory=GuestMemory(settings, regions, zeros))


def with_snapshot(**changes: object) -> VirtualMachine:
    vm = world_with_snapshots().world.cluster.vms[VmId(VM)]
    return replace(vm, snapshots=(vm.snapshots[0], replace(vm.snapshots[1], **changes)))


def test_what_can_be_is_not_refused() -> None:
    assert impossible(WHOLE) == ()
    assert impossible(world_with_snapshots().world.cluster.vms[VM]) == ()
    for vm in sample("small-business").vms:
        assert impossible(replace(vm, state=VmState.OFF, assigned_bytes=0, saved_bytes=0)) == ()


@pytest.mark.parametrize(
    ("vm", "sentence"),
    [
        (replace(WHOLE, name=""), "no usable name"),
        (replace(WHOLE, name="two\nlines"), "no usable name"),
        (replace(WHOLE, name="x" * 101), "no usable name"),
        (replace(WHOLE, vcpus=0), "has 0 processors"),
        (replace(WHOLE, vcpus=10**30), "a figure of 31 digits"),
        (replace(WHOLE, vcpus=10**300), "a figure without end"),
        (replace(WHOLE, state=VmState.RUNNING, saved_bytes=0), "is running"),
        (replace(WHOLE, state=VmState.OFF), "is off with 2 MB of saved memory"),
        (replace(WHOLE, saved_bytes=-1), "of saved memory"),
        (replace(WHOLE, assigned_bytes=GIB), "occupies memory"),
        (replace(WHOLE, generation=3), "of generation 3"),
        (replace(WHOLE, scsi_controllers=5), "has 5 SCSI controllers"),
        (replace(WHOLE, notes="x" * 10_001), "a text of 10,001 letters"),
        (replace(WHOLE, clients=Clients(-1)), "has -1 connections"),
        (replace(WHOLE, clients=Clients(1, video=VideoStream(0.0))), "the video stream"),
        (replace(WHOLE, adapters=(NetworkAdapter("a\x07", "", None),)), "network adapter whose name"),
        (replace(WHOLE, adapters=(NetworkAdapter("a", "", None),) * 69), "has 69 network adapters"),
        (replace(WHOLE, scheduling=Scheduling(weight=0)), "figures out of range"),
        (replace(WHOLE, scheduling=Scheduling(limit_percent=0)), "figures out of range"),
        (replace(WHOLE, load=Load(cpu=LoadCurve(level=NAN))), "a figure that is none"),
        (replace(WHOLE, load=Load(disk_bytes_per_io=0)), "load or a processor weight"),
        (replace(WHOLE, load=Load(disk_read_share=2)), "load or a processor weight"),
        (replace(WHOLE, failover=FailoverPolicy(period_hours=0)), "a failover policy"),
        (replace(WHOLE, failover=FailoverPolicy(from_hour=24)), "a failover policy"),
        (replace(WHOLE, start_delay_seconds=-1.0), "a start delay"),
        (with_memory(startup_bytes=0), "0 B of memory"),
        (with_memory(startup_bytes=300 * TIB), "of memory"),
        (with_memory(minimum_bytes=2 * GIB, dynamic=True), "less memory at its start"),
        (with_memory(buffer_percent=1), "buffer or weight"),
        (with_memory(zeros=2.0), "share of zero pages"),
        (with_memory((MemoryRegion("hot", 2 * GIB),)), "larger than its memory"),
        (with_memory((MemoryRegion("hot", MIB, ENDLESS),)), "a figure that is none"),
        (with_memory((MemoryRegion("hot", MIB, -1.0),)), "a memory region 'hot'"),
        (with_disk(size_bytes=0), "of 0 bytes"),
        (with_disk(size_bytes=65 * TIB), "512 bytes to 64 TB"),
        (with_disk(file_bytes=-1), "whose file has -1 bytes"),
        (with_disk(rewritten_bytes=65 * MIB), "whose file has"),
        (with_snapshot(held=HeldSettings(scsi_controllers=9)), "holds settings out of range"),
        (with_disk(name=" "), "whose name or path is none"),
        (with_disk(path="a\nb"), "whose name or path is none"),
        (with_disk(path="x" * 1_001), "whose name or path is none"),
        (with_disk(kind=DiskKind.PHYSICAL), "a pass-through disk"),
        (with_disk(controller_number=2), "no controller has"),
        (with_disk(path=WHOLE.disks[1].path), "two disks in one file"),
        (
            with_disk(controller=Controller.SCSI, controller_location=3),
            "two disks at one place",
        ),
        (replace(WHOLE, disks=WHOLE.disks * 131), "has 262 disks"),
        (with_disk(contents=DiskContents(PartitionStyle.MBR, (Partition(9 * GIB),))), "do not fit on it"),
        (with_disk(contents=DiskContents(PartitionStyle.MBR, (Partition(GIB, letter="ZZ"),))), "with a letter"),
        (with_snapshot(id=1), "nobody's child, or its own"),
        (with_snapshot(parent=9), "nobody's child, or its own"),
        (with_snapshot(parent=2), "nobody's child, or its own"),
        (with_snapshot(name="\t"), "a snapshot's name"),
        (with_snapshot(vcpus=0), "with a figure out of range"),
        (with_snapshot(memory_bytes=-1), "with a figure out of range"),
        (replace(WHOLE, current_snapshot=1), "above a snapshot that is not there"),
        (replace(WHOLE, last_snapshot=2**40), "above a snapshot that is not there"),
    ],
)
def test_what_can_not_be(vm: VirtualMachine, sentence: str) -> None:
    found = impossible(vm)
    assert any(sentence in text for text in found), found
    assert all(text.isprintable() for text in found)
