"""Removing disks: what the guest loses, and what is to become of the files."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QRadioButton, QVBoxLayout, QWidget

from hvgui.cluster.guest_view import disk_at
from hvgui.cluster.storage import DiskKind
from hvgui.cluster.units import format_bytes
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.objects import Ref
from hvgui.gui.wording import ref_name
from hvgui.gui.words import tr
from hvgui.requests.disks import RemoveDisk
from hvgui.requests.problems import Severity
from hvgui.requests.request import Request


class RemoveDiskDialog(DraftDialog):
    """Keeps the files unless somebody says otherwise."""

    def __init__(self, refs: tuple[Ref, ...], desk: Desk) -> None:
        names = ", ".join(ref_name(desk.cluster, ref) for ref in refs[:4]) + ("…" if len(refs) > 4 else "")
        vm = desk.cluster.vms[refs[0].disk[0]]
        about = tr("Takes {disks} out of {vm}.", disks=names, vm=vm.name)
        super().__init__(tr("Remove disk"), about, desk, "remove disk")
        self._refs = refs
        VmWatch(self, desk, tuple(dict.fromkeys(ref.disk[0] for ref in refs)))
        choice = QWidget(self)
        column = QVBoxLayout(choice)
        column.setContentsMargins(0, 0, 0, 0)
        self.keep = QRadioButton(tr("&Keep the file: it can be attached again, with its data"), choice)
        self.keep.setObjectName("keep file")
        self.keep.setChecked(True)
        self.delete = QRadioButton(tr("&Delete the file: its data is gone for good"), choice)
        self.delete.setObjectName("delete file")
        column.addWidget(self.keep)
        column.addWidget(self.delete)
        whole = [ref for ref in refs if self._kind(ref) is DiskKind.PHYSICAL]
        self.delete.setEnabled(not whole)
        if whole:
            self.delete.setToolTip(tr("A pass-through disk is a whole LUN: there is no file to delete."))
        self._told = QLabel(self)
        self._told.setWordWrap(True)
        self._told.setObjectName("what is lost")
        self.form.addRow(QLabel(self._inside(), self))
        self.form.addRow(choice)
        self.form.addRow(self._told)
        self.delete.toggled.connect(self.recheck)
        self.recheck()

    def _kind(self, ref: Ref) -> DiskKind | None:
        seen = disk_at(self.desk.cluster.vms[ref.disk[0]], ref.disk[1])
        return seen.disk.kind if seen is not None else None

    def _inside(self) -> str:
        """What the guest has on them."""
        lines: list[str] = []
        for ref in self._refs[:6]:
            seen = disk_at(self.desk.cluster.vms[ref.disk[0]], ref.disk[1])
            if seen is None:
                continue
            found = [
                f"{part.letter}:" if part.letter else part.mount_path or part.label for part in seen.contents.partitions
            ]
            used = format_bytes(sum(part.used_bytes for part in seen.contents.partitions))
            volumes = ", ".join(one for one in found if one) or tr("no volumes")
            lines.append(
                tr("{disk}: {volumes} in the guest, {used} used", disk=seen.disk.name, volumes=volumes, used=used)
            )
        return "\n".join(lines)

    def recheck(self) -> None:
        """See DraftDialog; says what will be lost as well."""
        super().recheck()
        found = [one for request in self.requests() for one in request.check(self.desk.cluster)]
        told = [str(one) for one in found if one.severity is Severity.WARNING]
        self._told.setText("\n".join(dict.fromkeys(told[:5])))
        self._told.setVisible(bool(told))

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        return tuple(RemoveDisk(*ref.disk, delete_file=self.delete.isChecked()) for ref in self._refs)
