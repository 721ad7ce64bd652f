"""How fluid storage is with 256 disks on one VM and 10,000 in a lab. Prints milliseconds; asserts nothing.

Usage: QT_QPA_PLATFORM=offscreen python tests/bench/storage_speed.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "harness"))

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMainWindow

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.guest_disks import DiskContents, Partition, PartitionStyle
from hvgui.cluster.guest_view import guest_disks
from hvgui.cluster.ids import VmId, VolumeId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.storage import Controller, DiskKind, VirtualDisk
from hvgui.cluster.units import GIB, TIB
from hvgui.engine.observe import metrics_sample
from hvgui.engine.run import advance_to, apply
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.gui.actions.desk import Desk
from hvgui.gui.application import prepare
from hvgui.gui.bridge import Bridge
from hvgui.gui.disks.add_dialog import AddDisksDialog
from hvgui.gui.disks.management import DiskManagement
from hvgui.gui.facts import Facts
from hvgui.gui.objects import disk_ref
from hvgui.gui.tables.disk_columns import DISK_TABLE
from hvgui.gui.tables.record_table import RecordTable
from hvgui.requests.disks import AddDisks, RemoveDisk
from hvgui.requests.new_disks import NewDisk
from small_cluster import small_record, small_vm
from stand_in import StandInSession

VMS, DISKS = 40, 250


def record() -> ClusterRecord:
    """40 VMs of 250 disks each: 10,000."""
    vms = []
    for number in range(VMS):
        vm = small_vm(number, number % 8)
        disks = [_disk(number, place) for place in range(DISKS)]
        load = Load(disk_iops=LoadCurve(level=200.0, noise=0.2))
        vms.append(replace(vm, disks=tuple(disks), scsi_controllers=4, load=load))
    made = small_record(tuple(vms), nodes=8)
    return replace(made, volumes=tuple(replace(one, size_bytes=900 * TIB) for one in made.volumes))


def _disk(vm: int, place: int) -> VirtualDisk:
    part = Partition(9 * GIB, "NTFS", f"V{place}", mount_path=f"C:\\Data\\{place}" if place else "", boot=not place)
    return VirtualDisk(
        f"d{place}.vhd",
        10 * GIB,
        DiskKind.DYNAMIC,
        GIB,
        path=f"C:\\ClusterStorage\\Volume1\\VM{vm}\\d{place}.vhd",
        controller=Controller.SCSI,
        controller_number=place // 64,
        controller_location=place % 64,
        volume=VolumeId(0),
        contents=DiskContents(PartitionStyle.MBR, (part,)),
    )


def say(line: str) -> None:
    """A line of the result."""
    sys.stdout.write(f"{line}\n")


def timed(what: str, run: Callable[[], object], times: int = 20) -> None:
    """Median and worst of several runs."""
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        spans.append(1000 * (time.perf_counter() - began))
    spans.sort()
    say(f"{what:58} median {spans[len(spans) // 2]:7.2f} ms, worst {spans[-1]:7.2f} ms")


def engine(whole: ClusterRecord) -> None:
    """What the engine and the checks take."""
    world, sink = settled(whole, 1), Recorder()
    vm = VmId(0)
    ten = AddDisks(vm, tuple(NewDisk(DiskKind.DYNAMIC, f"n{n}", GIB, volume=VolumeId(0)) for n in range(6)))
    timed("check of 6 new disks (250 on the VM, 10,000 in the lab)", lambda: ten.check(world.cluster))
    slot = (Controller.SCSI, 0, 9)
    timed("check of a removal", lambda: RemoveDisk(vm, slot).check(world.cluster))
    timed("the guest's view of 250 disks", lambda: guest_disks(world.cluster.vms[vm]))
    began = time.perf_counter()
    assert apply(world, ten, sink).accepted
    say(f"{'6 disks attached':58}        {1000 * (time.perf_counter() - began):7.2f} ms")
    timed("figures of all disks at a second", lambda: metrics_sample(world))
    began = time.perf_counter()
    advance_to(world, 600 * 10**9, sink)
    say(f"{'engine alone':58} {600 / (time.perf_counter() - began):,.0f} simulated seconds a second")


def window(whole: ClusterRecord) -> None:
    """What the dialogs and tables take."""
    application = QApplication.instance() or QApplication(sys.argv)
    assert isinstance(application, QApplication)
    prepare(application)
    bridge = Bridge(StandInSession(whole))  # type: ignore[arg-type]  # same interface
    facts = Facts(bridge)
    parent = QMainWindow()
    desk = Desk(parent, parent)  # type: ignore[arg-type]  # no dialog here asks the window for anything
    desk.bridge, desk.facts = bridge, facts
    table = RecordTable(DISK_TABLE, facts)
    table.show_scope(lambda facts: (disk_ref(0, disk.slot) for disk in facts.cluster.vms[VmId(0)].disks))
    table.set_shown(True)
    timed("table of 250 disks sorted", lambda: table.sort(3, Qt.SortOrder.DescendingOrder))
    dialogs: list[AddDisksDialog] = []

    def opened() -> None:
        dialog = AddDisksDialog(VmId(0), desk)
        dialog.show()
        application.processEvents()
        dialogs.append(dialog)

    timed("disk dialog opened", opened, 5)
    timed("disk dialog checked after a key", dialogs[-1].recheck)
    managements: list[DiskManagement] = []

    def managed() -> None:
        dialog = DiskManagement(VmId(0), desk)
        dialog.show()
        application.processEvents()
        managements.append(dialog)

    timed("Disk Management of 250 disks opened", managed, 5)
    bars = managements[-1].bars

    def scrolled() -> None:
        bars.verticalScrollBar().setValue((bars.verticalScrollBar().value() + 777) % bars.verticalScrollBar().maximum())
        bars.viewport().repaint()

    timed("Disk Management scrolled", scrolled)
    for dialog in (*dialogs, *managements):
        dialog.close()
    bridge.stop()


if __name__ == "__main__":
    lab = record()
    engine(lab)
    window(lab)
