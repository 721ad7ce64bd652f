"""The fields of one disk: where it comes from, its kind, name, size, place and parent."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QProgressBar, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import DiskKey, DiskKind
from hvgui.cluster.units import format_bytes
from hvgui.gui.disks.draft_disk import DraftDisk, Place, Source, places_for
from hvgui.gui.inventory_order import name_key
from hvgui.gui.storage.words import place_words
from hvgui.gui.words import tr
from hvgui.requests.shared_volumes import available_problems

KINDS = {
    DiskKind.DYNAMIC: "Dynamically expanding",
    DiskKind.FIXED: "Fixed size",
    DiskKind.DIFFERENCING: "Differencing",
}


class DiskForm(QWidget):
    """Shows one draft and writes what is entered back into it."""

    changed = Signal()

    def __init__(self, cluster: Cluster, vm: VirtualMachine, parent: QWidget) -> None:
        super().__init__(parent)
        self._cluster = cluster
        self._draft = DraftDisk()
        self._places: tuple[Place, ...] = places_for(cluster, vm)
        self.source = self._box("disk source", tr("What to attach"), [(tr(one.value), one) for one in Source])
        self.kind = self._box("disk kind", tr("Type"), [(tr(words), one) for one, words in KINDS.items()])
        self.name = self._line("disk name", tr("Name"))
        self.size_line = self._line("disk size", tr("Size"))
        self.place = self._box("disk place", tr("Lies on"), [(one.words, one.home) for one in self._places])
        self.room = QProgressBar(self)
        self.room.setRange(0, 1000)
        self.room.setTextVisible(False)
        self.room.setFixedHeight(8)
        self.room.setAccessibleName(tr("How full the place is"))
        self.room_words = QLabel(self)
        self.room_words.setProperty("role", "muted")
        self.parent_disk = self._box("disk parent", tr("Parent"), self._detached())
        self.file = self._box("disk file", tr("File"), self._detached())
        self.lun = self._box("disk lun", tr("LUN"), self._luns())
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for field in (self.source, self.kind, self.name, self.size_line, self.place):
            self._form.addRow(field.accessibleName(), field)
        self._form.addRow("", self.room)
        self._form.addRow("", self.room_words)
        for field in (self.parent_disk, self.file, self.lun):
            self._form.addRow(field.accessibleName(), field)
        self._disable_far_places()

    def _box(self, name: str, words: str, entries: list[tuple[str, object]]) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(name)
        box.setAccessibleName(words)
        box.setMinimumContentsLength(18)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for text, data in entries:
            box.addItem(text, data)
        box.currentIndexChanged.connect(self._read)
        return box

    def _line(self, name: str, words: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName(name)
        line.setAccessibleName(words)
        line.textChanged.connect(self._read)
        return line

    def _detached(self) -> list[tuple[str, object]]:
        found = sorted(self._cluster.detached_disks.items(), key=lambda one: name_key(one[1].disk.name))
        return [
            (
                tr(
                    "{disk}, {size}, on {place}",
                    disk=one.disk.name,
                    size=format_bytes(one.disk.size_bytes),
                    place=place_words(self._cluster, one.disk),
                ),
                key,
            )
            for key, one in found
        ]

    def _luns(self) -> list[tuple[str, object]]:
        free = [lun for lun in self._cluster.luns.values() if not available_problems(self._cluster, lun)]
        free.sort(key=lambda lun: name_key(lun.name))
        return [(f"{lun.name}, {format_bytes(lun.size_bytes)}", int(lun.id)) for lun in free]

    def _disable_far_places(self) -> None:
        model = self.place.model()
        if not isinstance(model, QStandardItemModel):
            return
        for row, place in enumerate(self._places):
            if place.reason:
                model.item(row).setEnabled(False)

    @property
    def first_place(self) -> tuple[str, int] | None:
        """The place that is proposed."""
        return self._places[0].home if self._places else None

    def show_draft(self, draft: DraftDisk) -> None:
        """Another disk of the list."""
        self._draft = draft
        fields = (self.source, self.kind, self.name, self.size_line, self.place, self.parent_disk, self.file, self.lun)
        blockers = [QSignalBlocker(field) for field in fields]
        self.source.setCurrentIndex(list(Source).index(draft.source))
        self.kind.setCurrentIndex(list(KINDS).index(draft.kind))
        self.name.setText(draft.name)
        self.size_line.setText(draft.size)
        homes = [place.home for place in self._places]
        self.place.setCurrentIndex(homes.index(draft.home) if draft.home in homes else 0)
        keys = list(self._keys())
        self.file.setCurrentIndex(keys.index(draft.key) if draft.key in keys else 0)
        self.lun.setCurrentIndex(max(0, self.lun.findData(None if draft.lun is None else int(draft.lun))))
        for blocker in blockers:
            blocker.unblock()
        self._arrange()
        self._write()

    def _keys(self) -> list[object]:
        return [self.file.itemData(row) for row in range(self.file.count())]

    def _read(self) -> None:
        self._write()
        self._arrange()
        self.changed.emit()

    def _write(self) -> None:
        draft = self._draft
        draft.source = list(Source)[self.source.currentIndex()]
        draft.kind = list(KINDS)[self.kind.currentIndex()]
        draft.name, draft.size = self.name.text(), self.size_line.text()
        row = self.place.currentIndex()
        draft.home = self._places[row].home if 0 <= row < len(self._places) else None
        draft.key = self._key(self.file)
        parent = self._key(self.parent_disk)
        draft.parent = self._cluster.detached_disks[parent].disk.path if parent is not None else ""
        lun = self.lun.currentData()
        draft.lun = LunId(int(lun)) if lun is not None else None

    def _key(self, box: QComboBox) -> DiskKey | None:
        key = box.currentData()
        return next((one for one in self._cluster.detached_disks if one == tuple(key)), None) if key else None

    def _arrange(self) -> None:
        """Only the fields that the source and kind have."""
        new = self._draft.source is Source.NEW
        differencing = new and self._draft.kind is DiskKind.DIFFERENCING
        shown = {
            self.kind: new,
            self.name: new,
            self.size_line: new and not differencing,
            self.place: new,
            self.room: new,
            self.room_words: new,
            self.parent_disk: differencing,
            self.file: self._draft.source is Source.EXISTING,
            self.lun: self._draft.source is Source.WHOLE_LUN,
        }
        for field, wanted in shown.items():
            self._form.setRowVisible(field, wanted)
        row = self.place.currentIndex()
        place = self._places[row] if 0 <= row < len(self._places) else None
        share = place.used_bytes / place.size_bytes if place is not None and place.size_bytes else 0.0
        self.room.setValue(round(1000 * min(1.0, share)))
        self.room.setToolTip(place.words if place is not None else "")
        self.room_words.setText(place.room if place is not None else "")
