"""The first pages of the import wizard: where it lies, and what is in it and wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.snapshots import shown
from hvgui.cluster.units import format_bytes
from hvgui.exchange.imports.found import Found, FoundDisk, FoundMachine
from hvgui.gui.copies.reading import Reading
from hvgui.gui.icons import icon
from hvgui.gui.settings import remember, remembered_text
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.words import counted, tr
from hvgui.requests.problems import Problem, Severity

_FOLDER = "import/folder"
_MACHINE = Qt.ItemDataRole.UserRole
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class SourcePage(WizardPage):
    """A folder or a file."""

    def __init__(self, path: str) -> None:
        super().__init__(
            tr("Folder or file"),
            tr(
                "The folder of an export (of hvgui or of Hyper-V 2008 to 2012 R2), a folder with several of them, a"
                " configuration (.xml), or an OVF file."
            ),
            "import source",
        )
        self.line = QLineEdit(path or remembered_text(_FOLDER), self)
        self.line.setObjectName("import path")
        self.line.setAccessibleName(tr("Folder or file"))
        label = QLabel(tr("&Import from"), self)
        label.setBuddy(self.line)
        folder, file = QPushButton(tr("&Folder..."), self), QPushButton(tr("Fi&le..."), self)
        for button in (folder, file):
            button.setAutoDefault(False)
            button.setIcon(icon("folder-open"))
        folder.clicked.connect(self._ask_folder)
        file.clicked.connect(self._ask_file)
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(folder)
        row.addWidget(file)
        self.column.addWidget(label)
        self.column.addLayout(row)
        self.column.addStretch()
        self.line.textChanged.connect(self.changed)

    @property
    def path(self) -> Path:
        """What is written."""
        return Path(self.line.text().strip()).expanduser()

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        if not self.line.text().strip():
            return tr("Choose a folder or a file.")
        try:
            there = self.path.exists()
        except OSError:
            there = False
        return "" if there else tr("There is nothing at {path}.", path=str(self.path))

    def first_field(self) -> QWidget:
        """See WizardPage.first_field."""
        return self.line

    def _ask_folder(self) -> None:
        self._ask(QFileDialog.FileMode.Directory)

    def _ask_file(self) -> None:
        self._ask(QFileDialog.FileMode.ExistingFile)

    def _ask(self, mode: QFileDialog.FileMode) -> None:
        dialog = QFileDialog(self, tr("Import from"), self.line.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.ExistingFile:
            dialog.setNameFilters([tr("Virtual machines (*.xml *.exp *.ovf)"), tr("All files (*)")])
        dialog.fileSelected.connect(self.line.setText)
        dialog.open()


class ContentsPage(WizardPage):
    """Reads what lies there, beside the window; shows machines, chains of disks, and everything that is wrong."""

    def __init__(self, source: SourcePage, cluster: Callable[[], Cluster]) -> None:
        super().__init__(
            tr("What is in it"), tr("Tick what is to be imported. What can't be says why."), "import contents"
        )
        self._source, self._cluster = source, cluster
        self._read_of: Path | None = None
        self._sentence = ""
        self.found: Found | None = None
        self.reading = Reading(self)
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("found")
        self.tree.setAccessibleName(tr("What was found"))
        self.tree.setHeaderLabels([tr("What"), tr("Kind"), tr("Size"), tr("To know")])
        header = self.tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in ((0, 210), (1, 150), (2, 150)):
            header.resizeSection(column, width)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(tr("Reading"))
        self.stop = QPushButton(tr("&Stop reading"), self)
        self.stop.setObjectName("stop reading")
        self.stop.setAutoDefault(False)
        self.told = QLabel(self)
        self.told.setObjectName("reading told")
        self.told.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop)
        self.column.addWidget(self.tree, 1)
        self.column.addWidget(self.told)
        self.column.addLayout(row)
        self.tree.itemChanged.connect(self.changed)
        self.stop.clicked.connect(self.reading.stop)
        self.reading.progressed.connect(self._say_progress)
        self.reading.ended.connect(self._take)

    def entered(self) -> None:
        """Reads anew where another path was chosen, or the last reading came to nothing."""
        path = self._source.path
        if path == self._read_of and self.found is not None:
            return
        self._read_of, self.found, self._sentence = path, None, ""
        self.tree.clear()
        self._show_busy(True)
        self.told.setText(tr("Reading {path} ...", path=str(path)))
        self.reading.begin(path, self._cluster().fork())

    def _show_busy(self, is_busy: bool) -> None:
        self.bar.setVisible(is_busy)
        self.stop.setVisible(is_busy)

    def _say_progress(self, machines: int) -> None:
        if machines:
            found = counted(machines, "{count} virtual machine", "{count} virtual machines")
            self.told.setText(tr("Reading {path}: {found} so far ...", path=str(self._read_of), found=found))

    def _take(self, found: Found | None, sentence: str) -> None:
        self._show_busy(False)
        self.found, self._sentence = found, sentence
        self.told.setText(sentence)
        if found is not None:
            folder = self._source.path
            remember(_FOLDER, str(folder))
            self._fill(found)
        self.changed.emit()

    # What was found

    def _fill(self, found: Found) -> None:
        self.tree.blockSignals(True)
        for number, machine in enumerate(found.machines):
            row = _machine_row(machine)
            row.setData(0, _MACHINE, number)
            self.tree.addTopLevelItem(row)
            row.setExpanded(len(found.machines) <= 3)
        for problem in found.problems:
            self.tree.addTopLevelItem(_problem_row(problem))
        self.tree.blockSignals(False)
        able = sum(one.is_importable for one in found.machines)
        words = counted(len(found.machines), "{count} virtual machine", "{count} virtual machines")
        self.told.setText(tr("{machines} found, {able} of them can be imported.", machines=words, able=able))

    def machines(self) -> tuple[FoundMachine, ...]:
        """Those that are ticked."""
        if self.found is None:
            return ()
        rows = [self.tree.topLevelItem(number) for number in range(len(self.found.machines))]
        return tuple(
            machine
            for row, machine in zip(rows, self.found.machines, strict=True)
            if row is not None and row.checkState(0) is _CHECKED and machine.is_importable
        )

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        if self.reading.is_busy:
            return tr("Wait until everything has been read, or stop it.")
        if self.found is None:
            return self._sentence or tr("Nothing has been read.")
        if not any(one.is_importable for one in self.found.machines):
            return tr("None of it can be imported: see what stands beside each.")
        return "" if self.machines() else tr("Tick at least one virtual machine.")

    @property
    def is_waiting(self) -> bool:
        """See WizardPage.is_waiting."""
        return self.reading.is_busy

    def first_field(self) -> QWidget:
        """See WizardPage.first_field."""
        return self.tree


def _machine_row(found: FoundMachine) -> QTreeWidgetItem:
    vm = found.machine
    memory = format_bytes(vm.memory.settings.startup_bytes)
    about = counted(vm.vcpus, "{count} processor", "{count} processors")
    row = QTreeWidgetItem([vm.name, found.source.value, memory, f"{about}, {vm.state.value}, {vm.guid}"])
    row.setIcon(0, icon("device-desktop") if found.is_importable else icon("circle-x", "bad"))
    row.setCheckState(0, _CHECKED if found.is_importable else _UNCHECKED)
    if not found.is_importable:
        row.setFlags(row.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
    for column in range(4):
        row.setToolTip(column, found.file)
    for problem in found.problems:
        row.addChild(_problem_row(problem))
    for disk in found.disks:
        row.addChild(_disk_row(disk))
    for snapshot in shown(vm.snapshots):
        row.addChild(_plain(snapshot.name, tr("snapshot"), format_bytes(snapshot.memory_bytes), "", "history"))
    for network in dict.fromkeys(found.networks):
        row.addChild(_plain(network or tr("none"), tr("network"), "", "", "network"))
    for sentence in found.assumed:
        row.addChild(_plain(tr("assumed"), "", "", sentence, "info-circle"))
    return row


def _disk_row(disk: FoundDisk) -> QTreeWidgetItem:
    if not disk.file:
        return _plain(disk.name, tr("disk"), "", tr("no file of it is here"), "device-sd-card")
    chain = tr("builds on {parents}", parents=" > ".join(disk.parents)) if disk.parents else ""
    size = tr("{size}, file {file}", size=format_bytes(disk.size_bytes), file=format_bytes(disk.file_bytes))
    return _plain(disk.name, disk.kind, size, chain, "device-sd-card")


def _problem_row(problem: Problem) -> QTreeWidgetItem:
    blocks = problem.severity is Severity.BLOCKER
    row = _plain(tr("stops it") if blocks else tr("doubtful"), "", "", str(problem), "")
    row.setIcon(0, icon("circle-x", "bad") if blocks else icon("alert-triangle", "warning"))
    return row


def _plain(what: str, kind: str, size: str, words: str, drawing: str) -> QTreeWidgetItem:
    row = QTreeWidgetItem([what, kind, size, words])
    if drawing:
        row.setIcon(0, icon(drawing, "muted"))
    row.setToolTip(3, words)
    return row
