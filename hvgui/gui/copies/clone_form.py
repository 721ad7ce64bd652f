"""The fields of the clone dialog: which original, names, how many, where the disks go, whether it is generalised."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.actions.desk import Desk
from hvgui.gui.copies.clone_draft import CloneDraft
from hvgui.gui.copies.homes import Home, homes_of
from hvgui.gui.copies.names import MOST, first_free
from hvgui.gui.words import tr

_SAME = "same"


class CloneForm(QWidget):
    """Tells when something is entered; the node is chosen beside it."""

    changed = Signal()

    def __init__(
        self, desk: Desk, originals: tuple[VmId, ...], target: NodeId | None, parent: QWidget, *, chooses: bool
    ) -> None:
        """`chooses`: whether the original is one of several that can be chosen here."""
        super().__init__(parent)
        self._desk = desk
        self._homes: tuple[Home, ...] = ()
        self._target = target
        self._number_is_own = False
        self.original = QComboBox(self)
        for vm in originals:
            self.original.addItem(desk.cluster.vms[vm].name, int(vm))
        self.name = QLineEdit(self)
        self.count, self.first = self._number(1, MOST), self._number(0, 99_999)
        self.place = QComboBox(self)
        self.place.setMinimumContentsLength(24)
        self.place.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.room = QLabel(self)
        self.generalised = QCheckBox(tr("&Generalise the guest (sysprep)"), self)
        self.generalised.setObjectName("clone generalised")
        self._build(chooses)
        self.list_places(desk.cluster)
        self._begin()
        self._connect()

    def _number(self, least: int, most: int) -> QSpinBox:
        box = QSpinBox(self)
        box.setRange(least, most)
        return box

    def _build(self, chooses: bool) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(9)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._row(form, tr("&Template") if chooses else tr("&Original"), self.original, "clone original")
        self.original.setEnabled(chooses)
        if not chooses:
            self.original.setToolTip(tr("Chosen in the tree."))
        self._row(form, tr("&Names"), self.name, "clone name")
        form.addRow("", self._muted(tr("Each # is a digit of the number: WEB## gives WEB01, WEB02 ...")))
        numbers = QWidget(self)
        row = QHBoxLayout(numbers)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.count)
        label = QLabel(tr("&from number"), numbers)
        label.setBuddy(self.first)
        row.addWidget(label)
        row.addWidget(self.first)
        row.addStretch(1)
        numbers.setFocusProxy(self.count)
        self._row(form, tr("How &many"), numbers, "clone numbers")
        for box, name, words in (
            (self.count, "clone count", tr("How many")),
            (self.first, "clone first", tr("First number")),
        ):
            box.setObjectName(name)
            box.setAccessibleName(words)
        self._row(form, tr("&Disks"), self.place, "clone place")
        self.room.setObjectName("clone room")
        self.room.setProperty("role", "muted")
        self.room.setWordWrap(True)
        form.addRow("", self.room)
        form.addRow("", self.generalised)
        form.addRow(
            "",
            self._muted(
                tr(
                    "With it each clone's guest gets a computer name and a SID of its own. Without it they are those of"
                    " the original, and two that run in one network are in each other's way."
                )
            ),
        )

    def _row(self, form: QFormLayout, caption: str, field: QWidget, name: str) -> None:
        field.setObjectName(name)
        field.setAccessibleName(caption.replace("&", ""))
        label = QLabel(caption, self)
        label.setBuddy(field)
        form.addRow(label, field)

    def _muted(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setProperty("role", "muted")
        label.setWordWrap(True)
        return label

    def _connect(self) -> None:
        self.original.currentIndexChanged.connect(self._begin)
        self.name.textChanged.connect(self._tell)
        self.count.valueChanged.connect(self._tell)
        self.first.valueChanged.connect(self._first_changed)
        self.place.currentIndexChanged.connect(self._tell)
        self.generalised.toggled.connect(self._tell)

    def _begin(self) -> None:
        """What is proposed for an original."""
        vm = self._desk.cluster.vms.get(VmId(int(self.original.currentData())))
        if vm is None:
            return
        blocked = [QSignalBlocker(one) for one in (self.name, self.generalised)]
        self.name.setText(f"{vm.name}-##")
        self.name.setCursorPosition(0)
        self.generalised.setChecked(vm.is_template)
        for one in blocked:
            one.unblock()
        self._tell()

    def list_places(self, cluster: Cluster) -> None:
        """The places as they are now; what is chosen stays chosen."""
        homes = homes_of(cluster)
        if homes == self._homes and self.place.count():
            return
        chosen = self.home
        blocked = QSignalBlocker(self.place)
        self.place.clear()
        self.place.addItem(tr("Where the disks of the original are"), _SAME)
        for home in homes:
            self.place.addItem(home.words)
        self._homes = homes
        if chosen is not None:
            row = next((n for n, one in enumerate(homes) if (one.volume, one.lun) == (chosen.volume, chosen.lun)), -1)
            self.place.setCurrentIndex(row + 1)
        blocked.unblock()

    @property
    def home(self) -> Home | None:
        """The place that is chosen; None: that of the original."""
        row = self.place.currentIndex()
        return self._homes[row - 1] if 0 < row <= len(self._homes) else None

    def choose_number(self, taken: set[str]) -> None:
        """The first number whose names are free, until the person chooses one."""
        if self._number_is_own:
            return
        blocked = QSignalBlocker(self.first)
        self.first.setValue(first_free(self.name.text().strip(), self.count.value(), taken))
        blocked.unblock()

    def draft(self) -> CloneDraft:
        """What is entered."""
        home = self.home
        draft = CloneDraft(
            vm=VmId(int(self.original.currentData())),
            pattern=self.name.text(),
            count=self.count.value(),
            first=self.first.value(),
            target=self._target,
            generalised=self.generalised.isChecked(),
        )
        return draft if home is None else replace(draft, volume=home.volume, lun=home.lun)

    def choose_target(self, node: NodeId | None) -> None:
        """The node is another; None: the best for each."""
        self._target = node
        self._tell()

    def _first_changed(self) -> None:
        self._number_is_own = True
        self._tell()

    def _tell(self) -> None:
        self.first.setEnabled("#" in self.name.text())
        self.first.setToolTip("" if self.first.isEnabled() else tr("There is no # in the names."))
        self.changed.emit()
