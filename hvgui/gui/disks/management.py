"""Disk Management as the guest has it: its volumes above, its disks as bars below, and what can be done to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from hvgui.cluster.guest_disks import Partition
from hvgui.cluster.guest_view import GuestDisk, guest_disks
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.units import format_bytes
from hvgui.gui.actions.command import Command, Plan
from hvgui.gui.actions.confirm import ConfirmDialog
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.disks.disk_bars import Chosen, DiskBars
from hvgui.gui.disks.guest_dialogs import FormatDialog, InitialiseDialog, LetterDialog, VolumeDialog
from hvgui.gui.facts import Refresh
from hvgui.gui.figures import percent
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.words import tr
from hvgui.requests.guest_disks import (
    ChangeDriveLetter,
    CreatePartition,
    DeletePartition,
    FormatPartition,
    InitialiseDisk,
    SetDiskOnline,
    guest_problems,
)
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request


class DiskManagement(QDialog):
    """Stands beside the window and follows the guest; one for each VM."""

    def __init__(self, vm: VmId, desk: Desk) -> None:
        super().__init__(desk.parent)
        self.setObjectName("disk management")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.vm, self._desk = vm, desk
        self._shown: VirtualMachine | None = None
        self.setWindowTitle(tr("Disk Management in {vm}", vm=desk.cluster.vms[vm].name))
        self._notice = QLabel(self)
        self._notice.setObjectName("guest notice")
        self._notice.setWordWrap(True)
        self._notice.setProperty("tone", "warning")
        self.volumes = QTreeWidget(self)
        self.volumes.setObjectName("volumes")
        self.volumes.setAccessibleName(tr("Volumes"))
        self.volumes.setRootIsDecorated(False)
        self.volumes.setUniformRowHeights(True)
        names = (tr("Volume"), tr("Layout"), tr("File system"), tr("Status"), tr("Capacity"), tr("Free"), tr("% free"))
        self.volumes.setHeaderLabels(list(names))
        self.volumes.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.bars = DiskBars(self)
        self._actions = QPushButton(tr("&Actions"), self)
        self._actions.setObjectName("disk actions")
        self._actions.setAutoDefault(False)
        self._said = QLabel(self)
        self._said.setProperty("role", "muted")
        self._build()
        self.bars.menu_wanted.connect(self._show_menu)
        self.bars.chosen.connect(self._say_chosen)
        self.volumes.itemSelectionChanged.connect(self._follow_volume)
        self._actions.clicked.connect(self._show_own_menu)
        if desk.facts is not None:
            desk.facts.refreshed.connect(self._follow)
        VmWatch(self, desk, (vm,))
        self.resize(860, 560)
        fit_on_screen(self)
        self.show_guest()

    def _build(self) -> None:
        parts = QSplitter(Qt.Orientation.Vertical, self)
        parts.addWidget(self.volumes)
        parts.addWidget(self.bars)
        parts.setStretchFactor(0, 2)
        parts.setStretchFactor(1, 3)
        parts.setChildrenCollapsible(False)
        close = QPushButton(tr("Close"), self)
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self._actions)
        foot.addWidget(self._said, 1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addWidget(self._notice)
        column.addWidget(parts, 1)
        column.addLayout(foot)

    # Showing

    def show_guest(self) -> None:
        """Everything as the guest has it now; what is chosen stays chosen."""
        vm = self._desk.cluster.vms.get(self.vm)
        if vm is None:
            return
        problems = guest_problems(vm)
        self._notice.setText(str(problems[0]) if problems else "")
        self._notice.setVisible(bool(problems))
        if vm is self._shown:
            return
        self._shown = vm
        disks = guest_disks(vm)
        self.bars.show_disks(disks)
        self._fill_volumes(disks)

    def _fill_volumes(self, disks: tuple[GuestDisk, ...]) -> None:
        self.volumes.blockSignals(True)
        self.volumes.clear()
        for disk in disks:
            if disk.contents.online:
                for number, part in enumerate(disk.contents.partitions, start=1):
                    self.volumes.addTopLevelItem(_volume_row(disk, number, part))
        self.volumes.blockSignals(False)

    def _follow(self, refresh: Refresh) -> None:
        if self.vm in refresh.vms or refresh.removed_vms or refresh.replaced:
            self.show_guest()

    def _follow_volume(self) -> None:
        rows = self.volumes.selectedItems()
        if rows:
            number, part = rows[0].data(0, Qt.ItemDataRole.UserRole)
            self.bars.choose(Chosen(number, part))

    def _say_chosen(self, chosen: Chosen) -> None:
        self._said.setText(self.bars.words_of(chosen))

    # What can be done

    def menu_for(self, chosen: Chosen | None) -> QMenu:
        """The actions on what is chosen, with reasons on those that can't be."""
        menu = QMenu(self)
        menu.setObjectName("guest disk menu")
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        disk = self.bars.disk(chosen.disk) if chosen is not None else None
        if chosen is None or disk is None:
            menu.addAction(tr("Choose a disk first")).setEnabled(False)
            return menu
        slot, vm = disk.disk.slot, self.vm
        if disk.contents.style is None:
            ask = partial(self._open, InitialiseDialog, disk)
            self._add(menu, tr("Initialise disk..."), InitialiseDisk(vm, slot), ask)
        if chosen.part == 0 and disk.contents.style is not None:
            ask = partial(self._open, VolumeDialog, disk)
            self._add(menu, tr("New simple volume..."), CreatePartition(vm, slot), ask)
        if chosen.part is not None and chosen.part > 0:
            self._add_partition_actions(menu, disk, chosen.part)
        menu.addSeparator()
        online = not disk.contents.online
        request = SetDiskOnline(vm, slot, online=online)
        self._add(menu, tr("Online") if online else tr("Offline"), request, partial(self._send, request))
        return menu

    def _add_partition_actions(self, menu: QMenu, disk: GuestDisk, number: int) -> None:
        slot, vm = disk.disk.slot, self.vm
        self._add(
            menu,
            tr("Format..."),
            FormatPartition(vm, slot, number),
            lambda: FormatDialog(vm, disk, number, self._desk, self).open(),
        )
        # Any other letter would do to ask whether the volume can be given one at all.
        probe = ChangeDriveLetter(vm, slot, number, "", "?" if not disk.contents.partitions[number - 1].letter else "")
        hindered = [one for one in blockers(probe.check(self._desk.cluster)) if one.code not in _OF_THE_PROBE]
        action = menu.addAction(tr("Change drive letter and paths..."))
        action.setEnabled(not hindered)
        action.setToolTip(str(hindered[0]) if hindered else "")
        action.triggered.connect(lambda: LetterDialog(vm, disk, number, self._desk, self).open())
        delete = DeletePartition(vm, slot, number)
        self._add(menu, tr("Delete volume..."), delete, partial(self._confirm, tr("Delete volume"), delete))

    def _add(self, menu: QMenu, title: str, request: Request, run: Callable[[], None]) -> None:
        hindered = blockers(request.check(self._desk.cluster))
        past = self._desk.past_reason
        action = menu.addAction(title)
        action.setEnabled(not hindered and not past)
        action.setToolTip(past or (str(hindered[0]) if hindered else ""))
        action.triggered.connect(run)

    def _open(self, dialog: type[InitialiseDialog | VolumeDialog], disk: GuestDisk) -> None:
        dialog(self.vm, disk, self._desk, self).open()

    def _send(self, request: Request) -> None:
        self._desk.submit((request,))

    def _confirm(self, title: str, request: Request) -> None:
        command = Command("guest.confirm", title, "", asks=True)
        plan = Plan(going=((request, request.check(self._desk.cluster)),))
        ConfirmDialog(command, plan, self._desk, self).open()

    def _show_menu(self, place: QPoint, chosen: Chosen | None) -> None:
        self.menu_for(chosen).popup(place)

    def _show_own_menu(self) -> None:
        self._show_menu(self._actions.mapToGlobal(QPoint(0, 0)), self.bars.current)


_OF_THE_PROBE = ("mount-path", "same")


def _volume_row(disk: GuestDisk, number: int, part: Partition) -> QTreeWidgetItem:
    letter = f"({part.letter}:)" if part.letter else part.mount_path
    name = " ".join(one for one in (part.label, letter) if one) or tr("Volume {number}", number=number)
    free = part.size_bytes - part.used_bytes if part.file_system else part.size_bytes
    share = free / part.size_bytes if part.size_bytes else 0.0
    texts = (
        name,
        tr("Simple"),
        part.file_system or "RAW",
        tr("Healthy (boot)") if part.boot else tr("Healthy"),
        format_bytes(part.size_bytes),
        format_bytes(free),
        percent(share),
    )
    row = QTreeWidgetItem(list(texts))
    row.setData(0, Qt.ItemDataRole.UserRole, (disk.number, number))
    for column in (4, 5, 6):
        row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return row


def open_disk_management(vm: VmId, desk: Desk) -> DiskManagement:
    """Shows the view of a VM; one that is open already comes to the front."""
    for dialog in desk.parent.findChildren(DiskManagement):
        if dialog.vm == vm and dialog.isVisible():
            dialog.raise_()
            dialog.activateWindow()
            return dialog
    dialog = DiskManagement(vm, desk)
    dialog.show()
    return dialog
