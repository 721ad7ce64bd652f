"""Adding disks to a VM: a list of them, the fields of each, the controllers' places, and what stands in the way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
)

from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import Slot
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.disks.disk_form import DiskForm
from hvgui.gui.disks.draft_disk import DraftDisk, free_name
from hvgui.gui.disks.slot_grid import Cell, SlotGrid
from hvgui.gui.facts import Refresh
from hvgui.gui.icons import icon
from hvgui.gui.migrate.command_box import CommandBox
from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.migrate.notices import Notices
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.words import counted, tr
from hvgui.lab.frames import Forecast
from hvgui.requests.disk_places import in_words, place_problem, places
from hvgui.requests.disk_plan import DiskPlan
from hvgui.requests.disks import AddController, AddDisks
from hvgui.requests.problems import Problem, blockers
from hvgui.requests.request import Request


class AddDisksDialog(QDialog):
    """For one VM. Sends one request for all disks: either all are attached, or none."""

    def __init__(self, vm: VmId, desk: Desk) -> None:
        super().__init__(desk.parent)
        self.setObjectName("add disks")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._vm, self._desk = vm, desk
        self._drafts: list[DraftDisk] = []
        self.setWindowTitle(tr("Add disks to {vm}", vm=self._record().name))
        self.list = QListWidget(self)
        self.list.setObjectName("disks to add")
        self.list.setAccessibleName(tr("Disks to add"))
        self.form = DiskForm(desk.cluster, self._record(), self)
        self.grid = SlotGrid(self)
        self.notices = Notices(self)
        self.commands = CommandBox(self)
        self.forecast = QLabel(self)
        self.forecast.setObjectName("disk forecast")
        self.forecast.setWordWrap(True)
        self.forecast.setProperty("role", "muted")
        self._place = QLabel(self)
        self._place.setWordWrap(True)
        self._build()
        self.asker: ForecastAsker | None = None
        if desk.bridge is not None:
            self.asker = ForecastAsker(desk.bridge, self)
            self.asker.answered.connect(self._answered)
            self.asker.failed.connect(self.forecast.setText)
        self.list.currentRowChanged.connect(self._show_row)
        self.form.changed.connect(self.recheck)
        self.grid.chosen.connect(self._choose)
        self.accepted.connect(self._send)
        if desk.facts is not None:
            desk.facts.refreshed.connect(self._follow)
        VmWatch(self, desk, (vm,))
        self.add_another()
        self.resize(900, 600)
        fit_on_screen(self)

    def _build(self) -> None:
        columns = QHBoxLayout()
        columns.setSpacing(16)
        columns.addLayout(self._list_column(), 2)
        columns.addWidget(self.form, 4)
        columns.addLayout(self._grid_column(), 3)
        box = QDialogButtonBox(self)
        self._go = QPushButton(tr("Add"), box)
        self._go.setObjectName("add all")
        self._go.setDefault(True)
        box.addButton(self._go, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(QDialogButtonBox.StandardButton.Cancel).setText(tr("Cancel"))
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.setSpacing(10)
        column.addLayout(columns, 1)
        column.addWidget(self.notices)
        column.addWidget(self.forecast)
        column.addWidget(self.commands)
        column.addWidget(box)

    def _list_column(self) -> QVBoxLayout:
        heading = QLabel(tr("&Disks to add"), self)
        heading.setProperty("role", "section")
        heading.setBuddy(self.list)
        self.list.setMinimumWidth(150)
        more = self._tool("file-plus", tr("Add another disk"), "another disk", self.add_another)
        self._less = self._tool("x", tr("Take this disk out of the list"), "take out", self._take_out)
        buttons = QHBoxLayout()
        buttons.addWidget(more)
        buttons.addWidget(self._less)
        buttons.addStretch(1)
        column = QVBoxLayout()
        column.addWidget(heading)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        return column

    def _grid_column(self) -> QVBoxLayout:
        heading = QLabel(tr("Controllers and &places"), self)
        heading.setProperty("role", "section")
        heading.setBuddy(self.grid)
        scroll = QScrollArea(self)
        scroll.setWidget(self.grid)
        scroll.setWidgetResizable(True)
        scroll.setMinimumWidth(self.grid.sizeHint().width() + 26)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._next = self._tool("rotate", tr("Take the next free place"), "next free", self._choose_next)
        self._controller = QPushButton(icon("plug"), tr("Add SCSI &controller"), self)
        self._controller.setObjectName("add controller")
        self._controller.setAutoDefault(False)
        self._controller.clicked.connect(self._add_controller)
        foot = QHBoxLayout()
        foot.addWidget(self._next)
        foot.addWidget(self._controller)
        foot.addStretch(1)
        column = QVBoxLayout()
        column.addWidget(heading)
        column.addWidget(scroll, 1)
        column.addWidget(self._place)
        column.addLayout(foot)
        return column

    def _tool(self, drawing: str, words: str, name: str, run: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(drawing))
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.setObjectName(name)
        button.clicked.connect(run)
        return button

    # The list

    def add_another(self) -> None:
        """A further new disk, with a name of its own."""
        taken = {draft.name for draft in self._drafts}
        name = free_name(self._desk.cluster, self._record(), taken)
        self._drafts.append(DraftDisk(name=name, home=self.form.first_place))
        self.list.addItem(name)
        self.list.setCurrentRow(self.list.count() - 1)
        self.form.name.setFocus()
        self.form.name.selectAll()

    def _take_out(self) -> None:
        row = self.list.currentRow()
        if len(self._drafts) > 1 and row >= 0:
            del self._drafts[row]
            self.list.takeItem(row)
            self.recheck()

    def _show_row(self, row: int) -> None:
        if 0 <= row < len(self._drafts):
            self.form.show_draft(self._drafts[row])
            self.recheck()

    def _choose(self, slot: Slot) -> None:
        self._drafts[self.list.currentRow()].slot = slot
        self.recheck()

    def _choose_next(self) -> None:
        self._drafts[self.list.currentRow()].slot = None
        self.recheck()

    def _add_controller(self) -> None:
        self._desk.submit((AddController(self._vm),))

    # Checking

    def request(self) -> AddDisks:
        """What the dialog stands for now. Raises ValueError with a sentence where it can't be read."""
        return AddDisks(self._vm, tuple(draft.to_add() for draft in self._drafts))

    def recheck(self) -> None:
        """Checks the draft, says what blocks it, draws the places, and asks how long it will take."""
        cluster = self._desk.cluster
        for row, draft in enumerate(self._drafts):
            item = self.list.item(row)
            if item is not None:
                item.setText(draft.title(cluster))
        self._less.setEnabled(len(self._drafts) > 1)
        found: tuple[Problem, ...]
        try:
            request: AddDisks | None = self.request()
            found = request.check(cluster) if request is not None else ()
        except ValueError as error:
            sentence = f"{str(error)[:1].upper()}{str(error)[1:]}."
            request, found = None, (Problem("form", sentence),)
        self.notices.show_problems(found)
        able = request is not None and not blockers(found)
        self._go.setEnabled(able)
        self._go.setText(counted(len(self._drafts), "Add {count} disk", "Add {count} disks"))
        self.commands.show_commands(tuple(request.powershell(cluster).split("; ")) if request and able else ())
        self._draw_places(request)
        self._ask(request if able else None)

    def _ask(self, request: AddDisks | None) -> None:
        if self.asker is None:
            return
        if request is None:
            self.asker.drop()
            self.forecast.setText("")
        else:
            self.asker.ask(request)

    def _answered(self, _request: Request, forecast: Forecast) -> None:
        self.forecast.setText(tr("Forecast: {sentence}", sentence=forecast.message))

    def _draw_places(self, request: AddDisks | None) -> None:
        cluster, vm = self._desk.cluster, self._record()
        wanted = request.disks if request is not None else ()
        plan = DiskPlan(cluster, vm, wanted)
        row = self.list.currentRow()
        new = {disk.slot: disk.name for disk in plan.disks}
        mine: Slot | None = self._drafts[row].slot if 0 <= row < len(self._drafts) else None
        if mine is None and len(plan.disks) == len(self._drafts) and 0 <= row < len(plan.disks):
            mine = plan.disks[row].slot
        held = {disk.slot: disk.name for disk in vm.disks}
        cells: list[Cell] = []
        for slot in places(cluster, vm):
            problem = None if slot in held or slot in new else place_problem(cluster, vm, slot)
            holder = held.get(slot) or ("" if slot == mine else new.get(slot, ""))
            cells.append(Cell(slot, holder, str(problem) if problem is not None else "", slot in new))
        self.grid.show_cells(tuple(cells), mine)
        self._say_place(mine, row)
        hindered = blockers(AddController(self._vm).check(cluster))
        self._controller.setEnabled(not hindered)
        self._controller.setToolTip(str(hindered[0]) if hindered else tr("The VM gets another SCSI controller"))

    def _say_place(self, mine: Slot | None, row: int) -> None:
        if mine is None:
            self._place.setText(tr("No place is free."))
        elif self._drafts[row].slot is None:
            self._place.setText(tr("This disk: {place}, the next free one", place=in_words(mine)))
        else:
            self._place.setText(tr("This disk: {place}", place=in_words(mine)))
        self._next.setEnabled(0 <= row < len(self._drafts) and self._drafts[row].slot is not None)

    def _record(self) -> VirtualMachine:
        return self._desk.cluster.vms[self._vm]

    def _follow(self, refresh: Refresh) -> None:
        if self._vm in self._desk.cluster.vms and (self._vm in refresh.vms or refresh.things or refresh.replaced):
            self.recheck()

    def _send(self) -> None:
        self._desk.submit((self.request(),))

    def done(self, result: int) -> None:
        """Asks nothing more."""
        if self.asker is not None:
            self.asker.drop()
        super().done(result)
