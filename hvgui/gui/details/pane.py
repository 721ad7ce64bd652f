"""The details pane: head, and tabs of tables, properties and graphs, for the object chosen in the tree."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from hvgui.gui.bridge import Bridge
from hvgui.gui.details.graphs_tab import GraphsTab, Topic
from hvgui.gui.details.header import Header
from hvgui.gui.details.pages import PAGES, scope
from hvgui.gui.details.summary import Summary
from hvgui.gui.events.event_pane import EventPane
from hvgui.gui.facts import Facts, Refresh
from hvgui.gui.network.map_tab import NetworkMapTab
from hvgui.gui.objects import Kind, Ref, exists
from hvgui.gui.quorum.tab import QuorumTab
from hvgui.gui.settings import remember, remembered_text
from hvgui.gui.snapshots.tab import SnapshotsTab
from hvgui.gui.tables.column import TableKind
from hvgui.gui.tables.record_table import RecordTable
from hvgui.gui.tables.table_view import TableView
from hvgui.gui.tips.tab import TipsTab
from hvgui.gui.tips.words import open_tips
from hvgui.gui.words import tr


class DetailsPane(QWidget):
    """Built for one lab; shows one object at a time. Tables are built when first needed."""

    chosen = Signal(object)
    """tuple[Ref, ...]: rows chosen in a table."""
    opened = Signal(object)
    """Ref: a row was opened."""
    menu_wanted = Signal(object)
    """QPoint on the screen."""
    snapshot_wanted = Signal(object)
    """See SnapshotsTab.wanted."""
    tip_asked = Signal(str, int)
    """See TipsTab.asked."""

    def __init__(self, bridge: Bridge, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("details")
        self._facts = facts
        self._ref = Ref(Kind.CLUSTER)
        self._kind: Kind | None = None
        self._filter = ""
        self.header = Header(self)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("details tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(tr("Details"))
        self._models: dict[str, RecordTable] = {}
        self.tables: dict[str, TableView] = {}
        self._summary = Summary(self)
        self._graphs = GraphsTab(bridge, Topic.FIGURES, self)
        self._migration = GraphsTab(bridge, Topic.MIGRATION, self)
        self._memory = GraphsTab(bridge, Topic.MEMORY, self)
        self._snapshots = SnapshotsTab(facts, self)
        self._snapshots.wanted.connect(self.snapshot_wanted)
        self._map = NetworkMapTab(facts, self)
        self._map.chosen.connect(self.chosen)
        self._map.opened.connect(self.opened)
        self._map.menu_wanted.connect(self.menu_wanted)
        self._quorum = QuorumTab(facts, self)
        self._quorum.chosen.connect(self.chosen)
        self._quorum.opened.connect(self.opened)
        self._quorum.menu_wanted.connect(self.menu_wanted)
        self._tips = TipsTab(facts, self)
        self._tips.asked.connect(self.tip_asked)
        self._tips.chosen.connect(self.chosen)
        self._tips.opened.connect(self.opened)
        self._tips.menu_wanted.connect(self.menu_wanted)
        self.events = EventPane(bridge, self)
        graphs = (self._graphs, self._migration, self._memory)
        for widget in (self._summary, *graphs, self._snapshots, self._map, self._quorum, self._tips, self.events):
            widget.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.tabs, 1)
        self.events.opened.connect(self.opened)
        self.tabs.currentChanged.connect(self._tab_changed)
        facts.refreshed.connect(self.follow)

    @property
    def ref(self) -> Ref:
        """The object that is shown."""
        return self._ref

    def show_ref(self, ref: Ref) -> None:
        """Shows another object."""
        self._ref = ref
        if ref.kind is not self._kind:
            self._kind = ref.kind
            self._build_tabs()
        page = PAGES[ref.kind]
        for kind, rows in (*page.tables, *page.own_tables):
            self._models[kind.id].show_scope(scope(rows, ref), self._filter)
        for tab in (self._graphs, self._migration, self._memory):
            tab.show_ref(ref)
        if page.snapshots:
            self._snapshots.show_ref(ref)
        self.header.show_ref(self._facts, ref)
        self._bring_up_to_date()

    def open_tab(self, name: str) -> None:
        """Brings a tab of the object that is shown to the front, by its name among the settings."""
        widgets = [self.tabs.widget(number) for number in range(self.tabs.count())]
        for number, widget in enumerate(widgets):
            if widget is not None and widget.objectName() == name:
                self.tabs.setCurrentIndex(number)

    def set_filter(self, text: str) -> None:
        """The filter of the tree holds for the tables as well."""
        self._filter = text
        for model in self._models.values():
            model.set_filter(text)

    def follow(self, refresh: Refresh) -> None:
        """Keeps head and properties up to date; tables follow by themselves."""
        if not exists(self._facts.cluster, self._ref):
            self.show_ref(Ref(Kind.CLUSTER))
            return
        self.header.show_ref(self._facts, self._ref)
        if self._summary.isVisible() and refresh:
            self._summary.show_ref(self._facts, self._ref)
        if self._map.isVisible() and refresh:
            self._map.refresh()
        if self._quorum.isVisible() and refresh:
            self._quorum.refresh()
        if self._tips.isVisible() and refresh:
            self._tips.refresh(refresh)
        self._count_tips()
        if self._snapshots.isVisible() and self._ref.kind is Kind.VM and refresh:
            self._snapshots.refresh()

    def redraw(self) -> None:
        """The scheme is another."""
        self.header.redraw()
        self._snapshots.redraw()
        self._tips.redraw()
        self.header.show_ref(self._facts, self._ref)

    def keep_settings(self) -> None:
        """Remembers the tables' columns."""
        for view in self.tables.values():
            view.keep_settings()

    def _build_tabs(self) -> None:
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        page = PAGES[self._ref.kind]
        for kind, _ in page.tables:
            self.tabs.addTab(self._table(kind), tr(kind.rows))
        for wanted, widget, title in (
            (page.summary, self._summary, tr("Summary")),
            (page.graphs, self._graphs, tr("Graphs")),
            (page.migration, self._migration, tr("Migration")),
            (page.memory, self._memory, tr("Memory")),
            (page.snapshots, self._snapshots, tr("Snapshots")),
            (page.map, self._map, tr("Map")),
            (page.quorum, self._quorum, tr("Quorum")),
            (page.tips, self._tips, tr("Tips")),
            (page.events, self.events, tr("Events")),
        ):
            if wanted:
                self.tabs.addTab(widget, title)
        for kind, _ in page.own_tables:
            self.tabs.addTab(self._table(kind), tr(kind.rows))
        wanted_tab = remembered_text(f"details/tab/{self._ref.kind.name}")
        widgets = [self.tabs.widget(number) for number in range(self.tabs.count())]
        names = [widget.objectName() for widget in widgets if widget is not None]
        self.tabs.setCurrentIndex(names.index(wanted_tab) if wanted_tab in names else 0)
        self.tabs.blockSignals(False)
        self._count_tips()

    def _count_tips(self) -> None:
        """How many there are stands on their tab."""
        place = self.tabs.indexOf(self._tips)
        if place >= 0:
            number = len(open_tips(self._facts.cluster))
            self.tabs.setTabText(place, tr("Tips ({count})", count=number) if number else tr("Tips"))

    def _table(self, kind: TableKind) -> TableView:
        if kind.id not in self.tables:
            model = self._models[kind.id] = RecordTable(kind, self._facts, self)
            view = self.tables[kind.id] = TableView(model, self)
            view.chosen.connect(self.chosen)
            view.opened.connect(self.opened)
            view.menu_wanted.connect(self.menu_wanted)
        return self.tables[kind.id]

    def _tab_changed(self) -> None:
        current = self.tabs.currentWidget()
        if current is not None:
            remember(f"details/tab/{self._ref.kind.name}", current.objectName())
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        current = self.tabs.currentWidget()
        for one, view in self.tables.items():
            self._models[one].set_shown(view is current)
        if current is self._summary:
            self._summary.show_ref(self._facts, self._ref)
        elif current is self._map:
            self._map.show_ref(self._ref)
        elif current is self._quorum:
            self._quorum.refresh()
        elif current is self._snapshots:
            self._snapshots.show_ref(self._ref)
