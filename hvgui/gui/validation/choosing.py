"""The pages that decide: all tests or some, which, and on which disks."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId
from hvgui.cluster.units import format_bytes
from hvgui.cluster.validation import Category
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.words import counted, tr
from hvgui.lab.validation.all_tests import ALL_TESTS
from hvgui.lab.validation.subject import Subject
from hvgui.lab.validation.table import ValidationTest

_TEST = Qt.ItemDataRole.UserRole
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


def note(text: str, parent: QWidget | None = None) -> QLabel:
    """A muted paragraph."""
    label = QLabel(text, parent)
    label.setWordWrap(True)
    label.setProperty("role", "muted")
    return label


class OptionsPage(WizardPage):
    """All tests, or selected ones."""

    def __init__(self) -> None:
        super().__init__(
            tr("Testing options"),
            tr(
                "Validation looks at nodes, networks, storage and the cluster itself, and tells what keeps them from"
                " being a cluster, or would. It only looks: nothing in the lab changes."
            ),
            "testing options",
        )
        self.all = QRadioButton(tr("Run &all tests (recommended)"), self)
        self.some = QRadioButton(tr("Run only tests I &select"), self)
        self.all.setObjectName("all tests")
        self.some.setObjectName("selected tests")
        self.all.setChecked(True)
        group = QButtonGroup(self)
        for button in (self.all, self.some):
            group.addButton(button)
            self.column.addWidget(button)
        count = counted(len(ALL_TESTS), "There is {count} test", "There are {count} tests")
        self.column.addWidget(note(tr("{count} in five categories. They take a few seconds at most.", count=count)))
        self.column.addStretch()
        self.all.toggled.connect(self.changed)

    def first_field(self) -> QWidget:
        """See WizardPage.first_field."""
        return self.all if self.all.isChecked() else self.some


class TestsPage(WizardPage):
    """A tree of categories and tests with check boxes."""

    __test__ = False

    def __init__(self, options: OptionsPage) -> None:
        super().__init__(
            tr("Test selection"), tr("Tick what is to be run: a category, or single tests."), "test selection"
        )
        self._options = options
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("tests tree")
        self.tree.setProperty("role", "ticks")
        self.tree.setAccessibleName(tr("Tests"))
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.explained = note("", self)
        self.explained.setMinimumHeight(self.fontMetrics().height() * 2)
        self._leaves: list[QTreeWidgetItem] = []
        for category in Category:
            branch = QTreeWidgetItem(self.tree, [category.value])
            branch.setFlags(branch.flags() | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsAutoTristate)
            for test in (one for one in ALL_TESTS if one.category is category):
                leaf = QTreeWidgetItem(branch, [test.title])
                leaf.setData(0, _TEST, test.id)
                leaf.setFlags(leaf.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                leaf.setCheckState(0, _CHECKED)
                leaf.setToolTip(0, test.about)
                self._leaves.append(leaf)
        self.tree.expandAll()
        self.column.addWidget(self.tree, 1)
        self.column.addWidget(self.explained)
        self.tree.itemChanged.connect(self._changed)
        self.tree.currentItemChanged.connect(self._explain)

    @property
    def tests(self) -> tuple[ValidationTest, ...]:
        """Those that are to be run."""
        if self._options.all.isChecked():
            return ALL_TESTS
        ticked = {str(leaf.data(0, _TEST)) for leaf in self._leaves if leaf.checkState(0) is _CHECKED}
        return tuple(test for test in ALL_TESTS if test.id in ticked)

    def tick(self, ids: set[str]) -> None:
        """Ticks these, and no others."""
        for leaf in self._leaves:
            leaf.setCheckState(0, _CHECKED if leaf.data(0, _TEST) in ids else _UNCHECKED)

    def _changed(self) -> None:
        self.changed.emit()

    def entered(self) -> None:
        """See WizardPage.entered."""
        self.tree.setCurrentItem(self._leaves[0])

    def _explain(self, item: QTreeWidgetItem | None) -> None:
        self.explained.setText(item.toolTip(0) if item is not None else "")

    def is_wanted(self) -> bool:
        """See WizardPage.is_wanted."""
        return self._options.some.isChecked()

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        return "" if self.tests else tr("No test is ticked; tick at least one.")

    def first_field(self) -> QWidget:
        """See WizardPage.first_field."""
        return self.tree


class DisksPage(WizardPage):
    """Disks that are online and in use: skipped, or taken offline for the tests."""

    def __init__(self, cluster: Cluster, tests: TestsPage) -> None:
        super().__init__(
            tr("Review storage status"),
            tr(
                "These disks are online and in use. On a real cluster a test takes a disk offline, and with it whatever"
                " uses it, so they are skipped unless you tick them. Here the tests work on a copy of the cluster, and"
                " nothing is disturbed."
            ),
            "storage status",
        )
        self._tests = tests
        self.list = QListWidget(self)
        self.list.setObjectName("disks in use")
        self.list.setProperty("role", "ticks")
        self.list.setAccessibleName(tr("Disks in use"))
        self.list.setUniformItemSizes(True)
        for lun in sorted(Subject(cluster).in_use):
            self.list.addItem(self._item(cluster, lun))
        row = QHBoxLayout()
        for text, name, state in (
            (tr("Take a&ll offline"), "all disks", _CHECKED),
            (tr("&Skip all"), "no disks", _UNCHECKED),
        ):
            button = QPushButton(text, self)
            button.setObjectName(name)
            button.setAutoDefault(False)
            button.setProperty("state", state.value)
            button.clicked.connect(self._set_all)
            row.addWidget(button)
        row.addStretch()
        self.column.addWidget(self.list, 1)
        self.column.addLayout(row)

    def _item(self, cluster: Cluster, lun: LunId) -> QListWidgetItem:
        record = cluster.luns[lun]
        text = tr("{disk}, {size}: {use}", disk=record.name, size=format_bytes(record.size_bytes), use=record.use.value)
        item = QListWidgetItem(text)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(_UNCHECKED)
        item.setData(_TEST, lun)
        return item

    def _set_all(self) -> None:
        state = Qt.CheckState(self.sender().property("state"))
        for row in range(self.list.count()):
            self.list.item(row).setCheckState(state)

    @property
    def taken(self) -> frozenset[LunId]:
        """Those that are taken offline."""
        if not self.is_wanted():
            return frozenset()
        items = (self.list.item(row) for row in range(self.list.count()))
        return frozenset(LunId(int(item.data(_TEST))) for item in items if item.checkState() is _CHECKED)

    def is_wanted(self) -> bool:
        """See WizardPage.is_wanted."""
        return self.list.count() > 0 and any(test.is_of_disks for test in self._tests.tests)

    def first_field(self) -> QWidget:
        """See WizardPage.first_field."""
        return self.list


class ConfirmationPage(WizardPage):
    """What will be run."""

    def __init__(self, cluster: Cluster, tests: TestsPage, disks: DisksPage) -> None:
        super().__init__(tr("Confirmation"), tr("These tests will be run now."), "confirmation")
        self._cluster, self._tests, self._disks = cluster, tests, disks
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.list = QListWidget(self)
        self.list.setObjectName("tests to run")
        self.list.setAccessibleName(tr("Tests to run"))
        self.list.setUniformItemSizes(True)
        self.column.addWidget(self.summary)
        self.column.addWidget(self.list, 1)

    def entered(self) -> None:
        """See WizardPage.entered."""
        tests = self._tests.tests
        self.list.clear()
        for category in Category:
            self.list.addItems([f"{category.value}: {test.title}" for test in tests if test.category is category])
        disks = len(self._disks.taken)
        taken = counted(disks, "{count} disk is", "{count} disks are") if disks else tr("no disk is")
        self.summary.setText(
            tr(
                "{cluster}, {nodes}: {tests}; {taken} taken offline for them.",
                cluster=self._cluster.name,
                nodes=counted(len(self._cluster.nodes), "{count} node", "{count} nodes"),
                tests=counted(len(tests), "{count} test", "{count} tests"),
                taken=taken,
            )
        )

    @property
    def next_text(self) -> str:
        """See WizardPage.next_text."""
        return tr("&Validate")
