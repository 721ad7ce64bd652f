"""The views of one lab, tied together: what is chosen in one is acted upon by all."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from hvgui.gui.bridge import Bridge
from hvgui.gui.details.pages import PAGES
from hvgui.gui.details.pane import DetailsPane
from hvgui.gui.events.event_pane import EventPane
from hvgui.gui.facts import Facts, Refresh
from hvgui.gui.inventory_model import InventoryModel
from hvgui.gui.inventory_tree import InventoryPane
from hvgui.gui.objects import Kind, Ref, exists, vm_ref
from hvgui.gui.tasks.task_model import TaskModel
from hvgui.gui.tasks.task_view import TaskView
from hvgui.gui.tips.badge import TipsBadge


class LabPanes(QObject):
    """Built when a lab stands open, disposed of when another one is opened."""

    chosen = Signal(object)
    """tuple[Ref, ...]: what the commands act on."""
    menu_wanted = Signal(object)
    snapshot_wanted = Signal(object)
    """See SnapshotsTab.wanted."""
    tip_asked = Signal(str, int)
    """See TipsTab.asked."""
    """QPoint on the screen."""
    dropped = Signal(object, object)
    """tuple[VmId, ...], NodeId."""
    said = Signal(str, str)
    """A sentence for the window, and its tone."""
    cancel_wanted = Signal(object)
    """Ref of a task."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.facts = Facts(bridge, self)
        self.model = InventoryModel(self.facts, self)
        self.inventory = InventoryPane(self.model)
        self.details = DetailsPane(bridge, self.facts)
        self.task_model = TaskModel(self.facts, self)
        self.tasks = TaskView(self.task_model)
        self.events = EventPane(bridge)
        self.badge = TipsBadge(self.facts)
        """For the status bar."""
        self.refs: tuple[Ref, ...] = ()
        self._connect()

    def start(self) -> None:
        """Opens and chooses what was open the last time, and begins to follow."""
        self.inventory.restore()
        self.facts.start()
        self.badge.follow(Refresh(things=True))

    def keep_settings(self) -> None:
        """Remembers columns, what is open, what is chosen."""
        self.inventory.keep_settings()
        self.details.keep_settings()
        self.tasks.keep_settings()

    def dispose(self) -> None:
        """Follows no more; its widgets go with it."""
        self.facts.stop()
        for widget in (self.inventory, self.details, self.tasks, self.events, self.badge):
            widget.hide()
            widget.deleteLater()
        self.deleteLater()

    def reveal(self, ref: Ref) -> None:
        """Chooses an object in the tree; of a task, its VM."""
        if ref.kind is Kind.TASK:
            task = self.facts.cluster.tasks.get(ref.task)
            if task is None:
                return
            ref = vm_ref(task.vm)
        if exists(self.facts.cluster, ref):
            if not self.model.index_of_ref(ref).isValid():
                self.inventory.line.clear()
            self.inventory.tree.choose(ref)

    def show_tab(self, ref: Ref, tab: str) -> None:
        """Chooses an object in the tree and brings one of its tabs to the front."""
        self.reveal(ref)
        if self.details.ref == ref:
            self.details.open_tab(tab)

    def show_tips(self) -> None:
        """The tips of the cluster."""
        self.show_tab(Ref(Kind.CLUSTER), "tips")

    def _connect(self) -> None:
        self.inventory.tree.chosen.connect(self._chosen_in_tree)
        self.inventory.filtered.connect(self.details.set_filter)
        self.details.chosen.connect(self._chosen_in_table)
        self.details.opened.connect(self.reveal)
        self.details.snapshot_wanted.connect(self.snapshot_wanted)
        self.details.tip_asked.connect(self.tip_asked)
        self.badge.clicked.connect(self.show_tips)
        self.tasks.chosen.connect(self._chosen_in_table)
        self.tasks.opened.connect(self._reveal_task)
        self.tasks.cancel_wanted.connect(self.cancel_wanted)
        self.events.opened.connect(self.reveal)
        for pane in (self.events, self.details.events):
            self.chosen.connect(pane.show_chosen)
            pane.said.connect(self.said)
        self.model.vms_dropped.connect(self.dropped)
        for view in (self.inventory.tree, self.details, self.tasks):
            view.menu_wanted.connect(self.menu_wanted)

    def _reveal_task(self, ref: Ref) -> None:
        """Ended tasks are not in the cluster any more; their VM may be."""
        task = self.task_model.task_of(ref)
        if task is not None:
            self.reveal(vm_ref(task.vm))

    def _there(self, refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
        """Views follow a few times a second: for that long they show, and give, what has gone already."""
        return tuple(ref for ref in refs if exists(self.facts.cluster, ref))

    def _chosen_in_tree(self, chosen: tuple[Ref, ...]) -> None:
        refs = self._there(chosen)
        if (refs and refs[0] != self.details.ref and refs[0].kind in PAGES) or (not self.refs and refs):
            self.details.show_ref(refs[0])
        self._take(refs)

    def _chosen_in_table(self, refs: tuple[Ref, ...]) -> None:
        self._take(self._there(refs) or self._there(self.inventory.tree.refs()))

    def _take(self, refs: tuple[Ref, ...]) -> None:
        self.refs = refs
        self.chosen.emit(refs)
