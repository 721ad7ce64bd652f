"""The page of the import wizard that says where: node, storage, names and how many."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, QTimer
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QWidget

from hvgui.cluster.ids import NodeId
from hvgui.gui.actions.desk import Desk
from hvgui.gui.copies.homes import Home, homes_of, room_words
from hvgui.gui.copies.import_draft import ImportDraft, model_of, rated
from hvgui.gui.copies.names import MOST, first_free, names_of, preview
from hvgui.gui.copies.node_rows import node_rows
from hvgui.gui.migrate.draft import cpu_shares
from hvgui.gui.migrate.target_list import TargetList
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.words import tr
from hvgui.requests.machine_checks import name_taken, needs_of, spelling_problems

_BY_NAME, _LOCAL = "by name", "local"
_REST_MS = 60
Drafted = Callable[[], ImportDraft]


class PlacePage(WizardPage):
    """Rates the nodes and reckons the room anew a moment after the last change."""

    def __init__(self, desk: Desk, decided: Drafted, target: NodeId | None) -> None:
        """`decided`: the draft of the pages before this one."""
        super().__init__(tr("Node, storage, names"), "", "import place")
        self._desk, self._decided, self._target = desk, decided, target
        self._homes: tuple[Home, ...] = ()
        self.name = QLineEdit(self)
        self.count, self.first = QSpinBox(self), QSpinBox(self)
        self.count.setRange(1, MOST)
        self.first.setRange(0, 99_999)
        self.first.setValue(1)
        self.names = QLabel(self)
        self.place = QComboBox(self)
        self.room = QLabel(self)
        self.targets = TargetList(self)
        self.targets.header().resizeSection(0, 150)
        self._form = QFormLayout()
        self._soon = QTimer(self)
        self._soon.setObjectName("rate import targets")
        self._soon.setSingleShot(True)
        self._soon.setInterval(_REST_MS)
        self._soon.timeout.connect(self.rate)
        self._build()
        self.name.textChanged.connect(self._tell)
        self.count.valueChanged.connect(self._tell)
        self.first.valueChanged.connect(self._tell)
        self.place.currentIndexChanged.connect(self._tell)
        self.targets.target_chosen.connect(self._choose)

    def _build(self) -> None:
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
        self._numbers = numbers
        for caption, field, name in (
            (tr("N&ame"), self.name, "import name"),
            (tr("How &many"), numbers, "import numbers"),
            (tr("&Storage"), self.place, "import home"),
        ):
            field.setObjectName(name)
            field.setAccessibleName(caption.replace("&", ""))
            caption_label = QLabel(caption, self)
            caption_label.setBuddy(field)
            self._form.addRow(caption_label, field)
        self.count.setAccessibleName(tr("How many"))
        self.first.setAccessibleName(tr("First number"))
        for label, name in ((self.names, "import names"), (self.room, "import room")):
            label.setObjectName(name)
            label.setProperty("role", "muted")
            label.setWordWrap(True)
        self._form.insertRow(2, "", self.names)
        self._form.addRow("", self.room)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        node = QLabel(tr("N&ode"), self)
        node.setProperty("role", "section")
        node.setBuddy(self.targets)
        self.column.addLayout(self._form)
        self.column.addWidget(node)
        self.column.addWidget(self.targets, 1)

    def entered(self) -> None:
        """What can be chosen depends on the pages before."""
        decided = self._decided()
        blocked = [QSignalBlocker(one) for one in (self.name, self.place, self.count)]
        for field in (self.name, self._numbers):
            self._form.setRowVisible(field, decided.is_series)
        if decided.is_series and not self.name.text():
            self.name.setText(_free(decided.machines[0].machine.name, self._taken()))
        if decided.in_place:
            self.count.setValue(1)
        self.count.setEnabled(not decided.in_place)
        self.count.setToolTip(tr("Files that are used in place serve one machine.") if decided.in_place else "")
        self._list_places()
        for one in blocked:
            one.unblock()
        self.rate()

    def _taken(self) -> set[str]:
        return {vm.name.casefold() for vm in self._desk.cluster.vms.values()}

    def _list_places(self) -> None:
        home, is_local = self.home, self.place.currentData() == _LOCAL
        self.place.clear()
        self.place.addItem(tr("Where each was, by name; else the first shared volume"), _BY_NAME)
        self._homes = homes_of(self._desk.cluster)
        for number, one in enumerate(self._homes):
            self.place.addItem(one.words, number)
        self.place.addItem(tr("The node's own disk (the VM can't migrate then)"), _LOCAL)
        if is_local:
            self.place.setCurrentIndex(self.place.count() - 1)
        elif home is not None:
            keys = [(one.volume, one.lun) for one in self._homes]
            key = (home.volume, home.lun)
            self.place.setCurrentIndex(keys.index(key) + 1 if key in keys else 0)

    @property
    def home(self) -> Home | None:
        """The volume or LUN that is chosen."""
        data = self.place.currentData()
        return self._homes[data] if isinstance(data, int) and 0 <= data < len(self._homes) else None

    @property
    def is_local(self) -> bool:
        """Whether the files go to the node's own disk."""
        return bool(self.place.currentData() == _LOCAL)

    @property
    def target(self) -> NodeId | None:
        """The node; None: the best for each."""
        return self._target if self._target in self._desk.cluster.nodes else None

    def _choose(self, node: NodeId | None) -> None:
        self._target = node
        self._tell()

    def _tell(self) -> None:
        self._soon.start()
        self.changed.emit()

    def rate(self) -> None:
        """Every node with its stars, and what is free before and after."""
        self._soon.stop()
        cluster, draft = self._desk.cluster, self._decided()
        latest = self._desk.bridge.latest if self._desk.bridge is not None else None
        found = rated(draft, cluster, cpu_shares(latest) if latest is not None else None)
        count = len(draft.machines) if not draft.is_series else draft.count
        self.targets.show_rows(node_rows(cluster, found, count, ()), self.target)
        model = model_of(draft, cluster)
        if model is not None and len(draft.machines) == 1 and not draft.in_place:
            self.room.setText(room_words(cluster, {home: need * count for home, need in needs_of(model).items()}))
        else:
            self.room.setText("")
        self._say_names(draft)
        self.changed.emit()

    def _say_names(self, draft: ImportDraft) -> None:
        self._form.setRowVisible(self.names, draft.is_series)
        marked = "#" in self.name.text()
        self.first.setEnabled(marked)
        self.first.setToolTip("" if marked else tr("There is no # in the name."))
        try:
            self.names.setText(preview(names_of(draft.pattern, draft.count, draft.first), 12))
        except ValueError:
            self.names.setText(tr("Each # is a digit of the number: WEB## gives WEB01, WEB02 ..."))

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        draft = self._decided()
        if draft.is_series:
            try:
                names = names_of(draft.pattern, draft.count, draft.first)
            except ValueError as error:
                return f"{str(error)[:1].upper()}{str(error)[1:]}."
            taken = self._taken()
            for name in names:
                found = next(iter(spelling_problems(name)), None)
                if found is None and name.casefold() in taken:
                    found = name_taken(name)
                if found is not None:
                    return str(found)
        row = next((row for row in self.targets.rows if row.node is not None and row.node == self.target), None)
        return row.note if row is not None and row.tone == "bad" else ""

    def first_field(self) -> QWidget:
        """See WizardPage.first_field."""
        return self.name if self._decided().is_series else self.place

    def rest(self) -> None:
        """Rates nothing any more."""
        self._soon.stop()


def _free(name: str, taken: set[str]) -> str:
    """The name, or the next one behind it that is free."""
    if name.casefold() not in taken:
        return name
    pattern = f"{name[:90]}-#"
    return names_of(pattern, 1, max(2, first_free(pattern, 1, taken)))[0]
