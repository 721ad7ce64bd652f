"""The small dialogs of Disk Management: initialise, new volume, format, letter and paths."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from hvgui.cluster.guest_disks import MBR_MOST_BYTES, PartitionStyle
from hvgui.cluster.guest_view import GuestDisk, free_letters
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.units import format_bytes, parse_bytes
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.words import tr
from hvgui.requests.guest_disks import (
    FILE_SYSTEMS,
    ChangeDriveLetter,
    CreatePartition,
    FormatPartition,
    InitialiseDisk,
)
from hvgui.requests.request import Request


class InitialiseDialog(DraftDialog):
    """Which partition table."""

    def __init__(self, vm: VmId, disk: GuestDisk, desk: Desk, parent: QWidget) -> None:
        about = tr("Before disk {number} can be used, a partition table is written onto it.", number=disk.number)
        super().__init__(tr("Initialise disk"), about, desk, "initialise disk")
        self.setParent(parent, self.windowFlags())
        self._vm, self._disk = vm, disk
        VmWatch(self, desk, (vm,))
        choice = QWidget(self)
        column = QVBoxLayout(choice)
        column.setContentsMargins(0, 0, 0, 0)
        self.mbr = QRadioButton(tr("&MBR (master boot record), up to 2 TB and 4 partitions"), choice)
        self.gpt = QRadioButton(tr("&GPT (GUID partition table), larger disks and up to 128 partitions"), choice)
        (self.gpt if disk.disk.size_bytes > MBR_MOST_BYTES else self.mbr).setChecked(True)
        column.addWidget(self.mbr)
        column.addWidget(self.gpt)
        self.form.addRow(choice)
        self.mbr.toggled.connect(self.recheck)
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        style = PartitionStyle.MBR if self.mbr.isChecked() else PartitionStyle.GPT
        return (InitialiseDisk(self._vm, self._disk.disk.slot, style),)


class AccessField(QWidget):
    """A letter, a folder, or neither."""

    def __init__(self, vm: VirtualMachine, letter: str, folder: str, dialog: DraftDialog) -> None:
        super().__init__(dialog)
        letters = sorted({*free_letters(vm), letter} - {""}, key=lambda one: (one < "C", one))
        self.how = QComboBox(self)
        self.how.setObjectName("access")
        self.how.setAccessibleName(tr("How the volume is found"))
        for one in letters:
            self.how.addItem(tr("Drive letter {letter}:", letter=one), one)
        self.how.addItem(tr("Mounted in an empty NTFS folder"), "folder")
        self.how.addItem(tr("No letter and no path"), "")
        wanted = letter or ("folder" if folder or not letters else "")
        self.how.setCurrentIndex(max(0, self.how.findData(wanted)))
        self.folder = QLineEdit(folder, self)
        self.folder.setObjectName("mount folder")
        self.folder.setAccessibleName(tr("Folder"))
        self.folder.setPlaceholderText("C:\\Data\\Logs")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.how)
        column.addWidget(self.folder)
        self._arrange()
        self.how.currentIndexChanged.connect(self._arrange)
        self.how.currentIndexChanged.connect(dialog.recheck)
        self.folder.textChanged.connect(dialog.recheck)

    def _arrange(self) -> None:
        self.folder.setVisible(self.how.currentData() == "folder")

    def access(self) -> tuple[str, str]:
        """Letter and folder; one of them is empty. Raises ValueError where a folder is wanted and none is given."""
        chosen = str(self.how.currentData())
        if chosen != "folder":
            return chosen, ""
        folder = self.folder.text().strip().rstrip("\\")
        if not folder:
            raise ValueError(tr("name the folder in which the volume is to be mounted"))
        return "", folder


def _file_systems(dialog: DraftDialog, *, raw: bool) -> QComboBox:
    box = QComboBox(dialog)
    for one in FILE_SYSTEMS:
        box.addItem(one, one)
    if raw:
        box.addItem(tr("Do not format"), "")
    box.currentIndexChanged.connect(dialog.recheck)
    return box


class VolumeDialog(DraftDialog):
    """A new simple volume, as its wizard asks for it, on one page."""

    def __init__(self, vm: VmId, disk: GuestDisk, desk: Desk, parent: QWidget) -> None:
        left = disk.contents.unallocated_bytes(disk.disk.size_bytes)
        about = tr("On disk {number} there are {size} unallocated.", number=disk.number, size=format_bytes(left))
        super().__init__(tr("New simple volume"), about, desk, "new volume")
        self.setParent(parent, self.windowFlags())
        self._vm, self._disk = vm, disk
        VmWatch(self, desk, (vm,))
        record = desk.cluster.vms[vm]
        letters = free_letters(record)
        self.capacity = QLineEdit(self)
        self.capacity.setPlaceholderText(tr("all of it"))
        self.access = AccessField(record, letters[0] if letters else "", "", self)
        self.file_system = _file_systems(self, raw=True)
        self.label = QLineEdit(tr("New Volume"), self)
        self.add_row(tr("Size"), self.capacity, "volume size")
        self.add_row(tr("Letter or path"), self.access, "volume access")
        self.add_row(tr("File system"), self.file_system, "volume file system")
        self.add_row(tr("Label"), self.label, "volume label")
        self.capacity.textChanged.connect(self.recheck)
        self.label.textChanged.connect(self.recheck)
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        letter, folder = self.access.access()
        size = self.capacity.text().strip()
        return (
            CreatePartition(
                self._vm,
                self._disk.disk.slot,
                parse_bytes(size) if size else 0,
                self.label.text(),
                letter,
                folder,
                str(self.file_system.currentData()),
            ),
        )


class FormatDialog(DraftDialog):
    """Format a volume afresh."""

    def __init__(self, vm: VmId, disk: GuestDisk, number: int, desk: Desk, parent: QWidget) -> None:
        part = disk.contents.partitions[number - 1]
        name = part.label or (f"{part.letter}:" if part.letter else tr("volume {number}", number=number))
        about = tr("A quick format: all that is on {name} is gone.", name=name)
        super().__init__(tr("Format"), about, desk, "format volume")
        self.setParent(parent, self.windowFlags())
        self._vm, self._disk, self._number = vm, disk, number
        VmWatch(self, desk, (vm,))
        self.label = QLineEdit(part.label or tr("New Volume"), self)
        self.file_system = _file_systems(self, raw=False)
        self.add_row(tr("Label"), self.label, "format label")
        self.add_row(tr("File system"), self.file_system, "format file system")
        self.label.textChanged.connect(self.recheck)
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        system = str(self.file_system.currentData())
        return (FormatPartition(self._vm, self._disk.disk.slot, self._number, self.label.text(), system),)


class LetterDialog(DraftDialog):
    """Another letter, a folder, or neither."""

    def __init__(self, vm: VmId, disk: GuestDisk, number: int, desk: Desk, parent: QWidget) -> None:
        part = disk.contents.partitions[number - 1]
        about = tr("Programs find the volume under its letter or folder.")
        super().__init__(tr("Change drive letter and paths"), about, desk, "change letter")
        self.setParent(parent, self.windowFlags())
        self._vm, self._disk, self._number = vm, disk, number
        VmWatch(self, desk, (vm,))
        self.access = AccessField(desk.cluster.vms[vm], part.letter, part.mount_path, self)
        self.add_row(tr("Letter or path"), self.access, "letter access")
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        return (ChangeDriveLetter(self._vm, self._disk.disk.slot, self._number, *self.access.access()),)
