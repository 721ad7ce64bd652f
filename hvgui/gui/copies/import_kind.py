"""The pages of the import wizard that decide who the machines are: copies or the very ones, and their networks."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QRadioButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NetworkId
from hvgui.cluster.machines import VmState
from hvgui.exchange.imports.found import FoundMachine
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.words import tr

_NO_NETWORK = -1


def muted(text: str, parent: QWidget) -> QLabel:
    """A paragraph that explains."""
    label = QLabel(text, parent)
    label.setWordWrap(True)
    label.setProperty("role", "muted")
    label.setContentsMargins(24, 0, 0, 6)
    return label


class KindPage(WizardPage):
    """Copy or restore; duplicate the files or use them in place; generalised or not."""

    def __init__(self, machines: Callable[[], tuple[FoundMachine, ...]], cluster: Callable[[], Cluster]) -> None:
        super().__init__(tr("Copy or restore"), "", "import kind")
        self._machines, self._cluster = machines, cluster
        self.copy = QRadioButton(tr("&Copy the virtual machine (create a new unique ID)"), self)
        self.restore = QRadioButton(tr("&Move or restore the virtual machine (use the existing unique ID)"), self)
        self.duplicate = QCheckBox(tr("&Duplicate all files so the same virtual machine can be imported again"), self)
        self.generalised = QCheckBox(tr("&Generalise the guest of each copy (sysprep)"), self)
        self.without_memory = QCheckBox(tr("Leave the &saved memory behind"), self)
        self._build()
        for button in (self.copy, self.restore, self.duplicate, self.generalised, self.without_memory):
            button.toggled.connect(self._changed)

    def _build(self) -> None:
        group = QButtonGroup(self)
        self.copy.setChecked(True)
        self.duplicate.setChecked(True)
        for widget, name, words in (
            (self.copy, "import copy", tr("New addresses (MAC) of the node's pool, disks under new names.")),
            (
                self.restore,
                "import restore",
                tr("It is the very machine: its ID, addresses and file names. It can be in the cluster only once."),
            ),
            (
                self.duplicate,
                "import duplicate",
                tr(
                    "The files are copied, which takes the storage's time. Without it they lie at their places already."
                ),
            ),
            (
                self.generalised,
                "import generalised",
                tr("The guest installs itself anew and gets a computer name and a SID of its own."),
            ),
            (self.without_memory, "import without memory", tr("What was saved comes in off, and starts afresh.")),
        ):
            widget.setObjectName(name)
            self.column.addWidget(widget)
            self.column.addWidget(muted(words, self))
        group.addButton(self.copy)
        group.addButton(self.restore)
        self.column.addStretch()

    def entered(self) -> None:
        """What can be chosen depends on what was ticked."""
        saved = any(one.machine.state is VmState.SAVED for one in self._machines())
        self.without_memory.setEnabled(saved)
        self.without_memory.setToolTip("" if saved else tr("None of them has saved memory."))
        self._changed()

    def _changed(self) -> None:
        self.generalised.setEnabled(self.copy.isChecked())
        restoring = tr("What is restored is as it was, its guest as well.")
        self.generalised.setToolTip("" if self.copy.isChecked() else restoring)
        self.changed.emit()

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        if not self.restore.isChecked():
            return ""
        known = {vm.guid.lower(): vm.name for vm in self._cluster().vms.values()}
        for one in self._machines():
            there = known.get(one.machine.guid.lower())
            if there is not None:
                return tr(
                    "{vm} can't be restored: its unique ID is that of {there} in this cluster. Copy it, or delete that"
                    " one first.",
                    vm=one.machine.name,
                    there=there,
                )
        return ""

    def first_field(self) -> QWidget:
        """See WizardPage.first_field."""
        return self.copy if self.copy.isChecked() else self.restore


class NetworksPage(WizardPage):
    """To which network each switch of before is mapped."""

    def __init__(self, machines: Callable[[], tuple[FoundMachine, ...]], cluster: Callable[[], Cluster]) -> None:
        super().__init__(
            tr("Networks"),
            tr("What the adapters were connected to, and what they are connected to here."),
            "import networks",
        )
        self._machines, self._cluster = machines, cluster
        self._boxes: dict[str, QComboBox] = {}
        self.table = QTableWidget(0, 2, self)
        self.table.setObjectName("import network table")
        self.table.setAccessibleName(tr("Networks"))
        self.table.setHorizontalHeaderLabels([tr("Connected to"), tr("Here")])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.column.addWidget(self.table, 1)

    def switches(self) -> tuple[str, ...]:
        """The names of all switches, each once."""
        found = (name for machine in self._machines() for name in machine.networks if name)
        return tuple(dict.fromkeys(found))

    def is_wanted(self) -> bool:
        """See WizardPage.is_wanted."""
        return bool(self.switches())

    def entered(self) -> None:
        """A row a switch; what was chosen before stays."""
        before = self.mapping()
        switches = self.switches()
        self._boxes = {}
        self.table.setRowCount(len(switches))
        for row, switch in enumerate(switches):
            self.table.setItem(row, 0, QTableWidgetItem(switch))
            box = self._boxes[switch] = self._box(switch)
            if switch in before:
                chosen = before[switch]
                box.setCurrentIndex(box.findData(_NO_NETWORK if chosen is None else int(chosen)))
            self.table.setCellWidget(row, 1, box)
            self.table.setRowHeight(row, box.sizeHint().height() + 4)
            box.currentIndexChanged.connect(self.changed)

    def _box(self, switch: str) -> QComboBox:
        box = QComboBox(self.table)
        box.setAccessibleName(tr("Network for {switch}", switch=switch))
        box.addItem(tr("Not connected"), _NO_NETWORK)
        for network in self._cluster().networks.values():
            box.addItem(network.name, int(network.id))
            if network.name.casefold() == switch.casefold():
                box.setCurrentIndex(box.count() - 1)
        return box

    def mapping(self) -> dict[str, NetworkId | None]:
        """What was chosen, by name of the switch."""
        return {
            switch: None if box.currentData() == _NO_NETWORK else NetworkId(int(box.currentData()))
            for switch, box in self._boxes.items()
        }

    def first_field(self) -> QWidget | None:
        """See WizardPage.first_field."""
        return next(iter(self._boxes.values()), None)
