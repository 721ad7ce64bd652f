"""The main window: tree, details and actions side by side as in Failover Cluster Manager, tasks and events below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import format_clock
from hvgui.gui.actions.board import Board
from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.pane import ActionsPane
from hvgui.gui.actions.table import BY_ID
from hvgui.gui.actions.task_commands import CANCELLED_BY
from hvgui.gui.actions.time_commands import set_speed
from hvgui.gui.chaos.words import band_words
from hvgui.gui.doings import Doings
from hvgui.gui.dropped import describes_vms, dropped_file
from hvgui.gui.icons import forget_icons
from hvgui.gui.lab_windows import close_lab_windows
from hvgui.gui.nodes.maintenance_words import plan_words
from hvgui.gui.notices import NoticeBar
from hvgui.gui.objects import Ref, exists
from hvgui.gui.opening_page import OpeningPage
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.settings import remember, remembered_bytes
from hvgui.gui.theme import Colours, Theme
from hvgui.gui.time_bar import TimeBar
from hvgui.gui.timeline.band import Band
from hvgui.gui.timeline.bar import TimelineBar
from hvgui.gui.timeline.history_bar import HistoryBar
from hvgui.gui.timeline.lineage import branch_of, shown_branch
from hvgui.gui.timeline.past import Past
from hvgui.gui.words import counted, tr

if TYPE_CHECKING:
    from hvgui.cluster.cluster import Changes
    from hvgui.gui.bridge import Bridge, Refusal, Submission
    from hvgui.gui.facts import Refresh
    from hvgui.gui.lab_panes import LabPanes
    from hvgui.gui.snapshots.tab import Asked
    from hvgui.lab.frames import Frame, Pace

_FIRST_SIZE, _LARGEST = QSize(1240, 760), QSize(1800, 1100)
_LEFT, _RIGHT, _BELOW = 328, 220, 210
_LAYOUT_VERSION = 2
"""Raised when docks change so much that a remembered layout would not fit them."""


class MainWindow(QMainWindow):
    """There is one. It shows a lab, or that one is being opened; the application owns the lab."""

    closed = Signal()
    """It is about to go; whoever owns the lab closes it."""
    engine_crashed = Signal(str)
    """The sentence that says so."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("main window")
        self.setWindowTitle("hvgui")
        self.setAcceptDrops(True)
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )
        self.panes: LabPanes | None = None
        self._docked: QByteArray | None = None
        """How the panes stood before the first page took their place."""
        self.doings = Doings(self, theme)
        self.desk = Desk(self.doings, self)
        self.board = Board(self.desk, self)
        self.board.build_menu_bar(self.menuBar())
        self.time_bar = TimeBar(self.board, self)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, HistoryBar(self.board, self))
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.time_bar)
        self.addToolBarBreak(Qt.ToolBarArea.TopToolBarArea)
        actions = self.board.actions
        past_actions, keeping = (actions["time.go-on"], actions["time.present"]), (actions["file.save-as"],)
        maintenance = (actions["cluster.maintenance"], actions["cluster.maintenance-cancel"])
        self.band = Band(past_actions, keeping, (actions["cluster.chaos-stop"],), maintenance, self)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.band)
        self.timeline_bar = TimelineBar(self)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.timeline_bar)
        self.notice = NoticeBar(self)
        self.opening_page = OpeningPage(self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.opening_page)
        self._build_centre()
        self._tree_dock = self._dock("inventory", tr("Inventory"), Qt.DockWidgetArea.LeftDockWidgetArea)
        self._actions_dock = self._dock("actions", tr("Actions"), Qt.DockWidgetArea.RightDockWidgetArea)
        self._tasks_dock = self._dock("tasks", tr("Tasks"), Qt.DockWidgetArea.BottomDockWidgetArea)
        self._events_dock = self._dock("events", tr("Events"), Qt.DockWidgetArea.BottomDockWidgetArea)
        self.docks: tuple[QDockWidget | QToolBar, ...] = (
            *(self._tree_dock, self._actions_dock, self._tasks_dock, self._events_dock),
            self.timeline_bar,
        )
        self.actions_pane = ActionsPane(self.board)
        self._actions_dock.setWidget(self.actions_pane)
        self._build_status()
        self._judge_soon = QTimer(self)
        self._judge_soon.setObjectName("judge commands")
        self._judge_soon.setSingleShot(True)
        self._judge_soon.setInterval(0)
        self._judge_soon.timeout.connect(self._judge)
        self._judged_pace = (False, 1.0)
        self._first_state = QByteArray()
        self._restore_layout()
        self.band.refresh()
        self.time_bar.speed_wanted.connect(self._set_speed)
        self.timeline_bar.branches_wanted.connect(self.doings.show_branches)
        theme.changed.connect(self._redress)
        self._redress(theme.colours)

    # A lab

    def show_opening(self, what: str) -> None:
        """Something is being opened."""
        self._give_panes_back()
        self.opening_page.begin(what)
        self._stack.setCurrentWidget(self.opening_page)

    def show_welcome(self) -> None:
        """There is nothing to show: the first page gets all of the window, since every pane would be empty."""
        if self._docked is None:
            self._docked = self.saveState(_LAYOUT_VERSION)
            for dock in self.docks:
                dock.hide()
        self.opening_page.welcome()
        self._stack.setCurrentWidget(self.opening_page)

    def _give_panes_back(self) -> None:
        docked, self._docked = self._docked, None
        if docked is not None:
            self.restoreState(docked, _LAYOUT_VERSION)
            self.band.refresh()

    def show_panes(self) -> None:
        """Back to the lab that is open."""
        if self.panes is not None:
            self._stack.setCurrentWidget(self.panes.details)
        self.opening_page.rest()

    def show_lab(self, bridge: Bridge) -> None:
        """Shows a lab in place of the one before."""
        # The views bring numpy along, which the first paint must not wait for.
        from hvgui.gui.facts import Refresh  # noqa: PLC0415
        from hvgui.gui.lab_panes import LabPanes  # noqa: PLC0415

        self.drop_lab()
        self._give_panes_back()
        panes = self.panes = LabPanes(bridge, self)
        self.desk.bridge, self.desk.facts = bridge, panes.facts
        past = self.desk.past = Past(bridge, panes)
        self.timeline_bar.begin(past)
        past.changed.connect(self._show_past)
        past.failed.connect(self._say_past_failed)
        past.told.connect(self._say_told)
        self.desk.sent_powershell.clear()
        _put(self._tree_dock, panes.inventory)
        _put(self._tasks_dock, panes.tasks)
        _put(self._events_dock, panes.events)
        self._stack.addWidget(panes.details)
        self._stack.setCurrentWidget(panes.details)
        self.opening_page.rest()
        panes.chosen.connect(self._take_chosen)
        panes.menu_wanted.connect(self._show_menu)
        panes.snapshot_wanted.connect(self._ask_snapshot)
        panes.tip_asked.connect(self.doings.answer_tip)
        self.statusBar().addPermanentWidget(panes.badge)
        panes.dropped.connect(self._ask_dropped)
        panes.cancel_wanted.connect(self._cancel)
        panes.said.connect(self.say)
        panes.facts.refreshed.connect(self._follow)
        bridge.frame_arrived.connect(self._show_frame)
        bridge.pace_changed.connect(self._show_pace)
        bridge.request_refused.connect(self._say_refused)
        bridge.request_accepted.connect(self._note_sent)
        bridge.events_arrived.connect(self._look_for_crash)
        bridge.cluster_changed.connect(self._forget_gone)
        panes.start()
        panes.inventory.tree.setFocus()
        self.setWindowTitle(tr("{lab} – hvgui", lab=bridge.name))
        self._show_past()
        self._show_pace(bridge.pace)
        self.show_keeping()
        self.time_bar.show_clock(bridge.time_ns)
        self._follow(Refresh(nodes=set(bridge.cluster.nodes), things=True))

    def drop_lab(self) -> None:
        """Shows no lab any more."""
        panes, self.panes = self.panes, None
        if panes is None:
            return
        panes.keep_settings()
        close_lab_windows(self)
        self.timeline_bar.end()
        self.band.clear_all()
        for dock in (self._tree_dock, self._tasks_dock, self._events_dock):
            _put(dock, QWidget())
        self._stack.removeWidget(panes.details)
        panes.dispose()
        self.desk.bridge = self.desk.facts = self.desk.past = None
        self.desk.refs = ()
        self.setWindowTitle("hvgui")
        self.time_bar.show_nothing()
        self._judge_soon.start()

    # What is said

    def say(self, text: str, tone: str = "info") -> None:
        """A notice under the tool bar: `info`, `warning` or `bad`."""
        self.notice.say(text, tone)

    def show_keeping(self) -> None:
        """Says how the lab is kept: for reading only, or again after it was not."""
        bridge = self.desk.bridge
        if bridge is not None:
            self.band.say_reading_only(bridge.session.is_read_only)
            if bridge.session.notice:
                self.say(bridge.session.notice, "warning")
            self.band.say_not_kept("")

    def focus_filter(self) -> None:
        """Puts the cursor into the filter of the tree, and shows it."""
        self._tree_dock.show()
        if self.panes is not None:
            self.panes.inventory.line.setFocus()
            self.panes.inventory.line.selectAll()

    def next_pane(self) -> None:
        """The keyboard goes on to the next pane that is in sight: tree, details, actions, tasks, events."""
        panes = self.panes
        if panes is None:
            return
        rows = self.actions_pane.findChildren(QToolButton)
        first_action = next((button for button in rows if button.isEnabled()), self.actions_pane)
        inside = (
            (self._tree_dock, panes.inventory.tree),
            (panes.details, panes.details.tabs.currentWidget()),
            (self._actions_dock, first_action),
            (self._tasks_dock, panes.tasks),
            (self._events_dock, panes.events.view),
            *(((self.timeline_bar, self.timeline_bar.strip),) if self.timeline_bar.strip is not None else ()),
        )
        shown = [(pane, target) for pane, target in inside if pane.isVisible()]
        focus = self.focusWidget()
        here = [number for number, (pane, _) in enumerate(shown) if pane.isAncestorOf(focus)]
        if shown:
            shown[(here[0] + 1) % len(shown) if here else 0][1].setFocus()

    def reset_layout(self) -> None:
        """Every pane where it was at first."""
        self._docked = None
        for dock in self.docks:
            dock.show()
        self.restoreState(self._first_state, _LAYOUT_VERSION)
        self.band.refresh()
        self._first_sizes()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped anywhere on the window."""
        if dropped_file(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A lab or an inventory; a folder, a configuration or an OVF file is imported."""
        path = dropped_file(event)
        if path:
            event.acceptProposedAction()
            if describes_vms(path):
                self.doings.import_vm(path, None)
            else:
                self.doings.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remembers how everything stood."""
        self._judge_soon.stop()
        remember("window/geometry", self.saveGeometry())
        remember("window/state", self._docked or self.saveState(_LAYOUT_VERSION))
        if self.panes is not None:
            self.panes.keep_settings()
        self.closed.emit()
        super().closeEvent(event)

    # Building

    def _build_centre(self) -> None:
        centre = QWidget(self)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self._stack, 1)
        self.setCentralWidget(centre)

    def _dock(self, name: str, title: str, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(QWidget(dock))
        self.addDockWidget(area, dock)
        return dock

    def _build_status(self) -> None:
        self._counts = QLabel(self)
        self._counts.setObjectName("status counts")
        self._place = QLabel(self)
        self._place.setObjectName("status place")
        self._place.setProperty("role", "muted")
        self.statusBar().addPermanentWidget(self._place)
        self.statusBar().addPermanentWidget(self._counts)

    def _restore_layout(self) -> None:
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.resize(self._first_size())
        self._first_sizes()
        self._first_state = self.saveState(_LAYOUT_VERSION)
        geometry = remembered_bytes("window/geometry")
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
            fit_on_screen(self)
        self.restoreState(remembered_bytes("window/state"), _LAYOUT_VERSION)

    def _first_size(self) -> QSize:
        """Nine tenths of the screen, between what the panes need and what the eye takes in."""
        there = self.screen().availableSize()
        return (
            QSize(round(there.width() * 0.9), round(there.height() * 0.9)).expandedTo(_FIRST_SIZE).boundedTo(_LARGEST)
        )

    def _first_sizes(self) -> None:
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self.resizeDocks([self._tree_dock, self._actions_dock], [_LEFT, _RIGHT], across)
        self.resizeDocks([self._tasks_dock, self._events_dock], [_BELOW, _BELOW], down)
        self.resizeDocks([self._tasks_dock, self._events_dock], [780, 460], across)

    # Following

    def _take_chosen(self, refs: tuple[Ref, ...]) -> None:
        self.desk.refs = refs
        # At once: a shortcut may follow before the next turn of the event loop.
        self.board.refresh()
        self._judge_soon.start()

    def _follow(self, refresh: Refresh) -> None:
        bridge, panes = self.desk.bridge, self.panes
        if bridge is None or panes is None:
            return
        self._choose_what_is_there()
        if refresh.vms or refresh.nodes or refresh.things or refresh.ended_tasks:
            running = panes.facts.states[VmState.RUNNING]
            words = counted(running, "{count} VM running", "{count} VMs running")
            tasks = counted(panes.task_model.under_way, "{count} task under way", "{count} tasks under way")
            self._counts.setText(f"{words}   ·   {tasks}")
            self._place.setText(f"{bridge.cluster.profile.name}   ·   {bridge.session.path}")
            self._judge_soon.start()
        if refresh.things or refresh.replaced:
            self.band.say_under_way(band_words(bridge.cluster), plan_words(bridge.cluster))

    def _forget_gone(self, changes: Changes) -> None:
        """At once: a command must not be asked of a VM or disk that has gone, not even before the views follow."""
        if changes.removed_vms or changes.removed_disks or changes.removed_volumes or changes.removed_nodes:
            self._choose_what_is_there()

    def _choose_what_is_there(self) -> None:
        desk = self.desk
        if not all(exists(desk.cluster, ref) for ref in desk.refs):
            desk.refs = tuple(ref for ref in desk.refs if exists(desk.cluster, ref))
            self._judge_soon.start()

    def _judge(self) -> None:
        self.board.refresh()
        self.actions_pane.refresh()

    def _show_frame(self, frame: Frame) -> None:
        self.time_bar.show_clock(frame.time_ns)

    def _show_pace(self, pace: Pace) -> None:
        self.time_bar.show_pace(pace)
        # The speed that is reached differs with every frame; the commands care for what is wanted.
        if (pace.playing, pace.wanted_speed) != self._judged_pace:
            self._judged_pace = (pace.playing, pace.wanted_speed)
            self._judge_soon.start()

    def _set_speed(self, speed: float) -> None:
        set_speed(self.desk, speed)

    def _say_refused(self, refusal: Refusal) -> None:
        self.say(f"{refusal.submission.title}: {' '.join(refusal.sentences)}", "warning")

    def _note_sent(self, submission: Submission) -> None:
        self.desk.sent_powershell.append(submission.powershell)
        self.statusBar().showMessage(submission.title, 5000)
        self._judge_soon.start()

    def _look_for_crash(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if event.level is Level.ERROR and event.code == "engine-crash":
                self.say(event.message, "bad")
                self.engine_crashed.emit(event.message)
            elif event.level is Level.ERROR and event.code == "lab-file":
                self.band.say_not_kept(event.message)

    def _show_past(self) -> None:
        """The window says whether the past is shown, in its title, its band and its time controls."""
        bridge, past = self.desk.bridge, self.desk.past
        if bridge is None or past is None:
            return
        timeline = past.timeline
        moment = timeline.looking_at_ns if timeline is not None else None
        title = tr("{lab} – hvgui", lab=bridge.name)
        if timeline is not None and moment is not None:
            title = tr("{lab} at {moment} (the past) – hvgui", lab=bridge.name, moment=format_clock(moment))
            shown = branch_of(timeline, shown_branch(timeline))
            name = shown.name if shown is not None and shown.id != timeline.branch else ""
            self.band.say_past(moment, name, is_kept_alone=moment <= timeline.older_until_ns)
        else:
            self.band.say_past(None)
        self.setWindowTitle(title)
        self.time_bar.enable(moment is None, past.reason)
        self._judge_soon.start()

    def _say_told(self, sentence: str) -> None:
        self.say(sentence)

    def _say_past_failed(self, sentence: str) -> None:
        self.say(sentence, "warning")

    def _ask_snapshot(self, asked: Asked) -> None:
        from hvgui.gui.snapshots.dialogs import open_snapshot_dialog  # noqa: PLC0415  not before it is wanted

        what, vm, snapshot = asked
        if what == "choose":
            self.desk.snapshot = (vm, snapshot)
            self._judge()
        else:
            open_snapshot_dialog(what, vm, snapshot, self.desk)

    def _show_menu(self, place: QPoint) -> None:
        menu = self.board.context_menu(self)
        if menu is not None:
            menu.popup(place)

    def _ask_dropped(self, vms: tuple[VmId, ...], node: NodeId) -> None:
        if self.desk.past_reason:
            self.say(self.desk.past_reason, "warning")
            return
        self.doings.ask_migration(vms, TaskKind.LIVE_MIGRATION, node)

    def _cancel(self, ref: Ref) -> None:
        task = self.desk.cluster.tasks.get(ref.task) if self.desk.has_lab else None
        kind = task.kind if task is not None else TaskKind.LIVE_MIGRATION
        command: Command = BY_ID[CANCELLED_BY.get(kind, "vm.cancel-migration")]
        before, self.desk.refs = self.desk.refs, (ref,)
        self.board.give(command)
        self.desk.refs = before

    def _redress(self, _colours: Colours) -> None:
        forget_icons()
        self.board.dress()
        self.time_bar.redraw()
        self.timeline_bar.redraw()
        self.band.redraw()
        self.opening_page.first.redraw()
        self._judge()
        if self.panes is not None:
            self.panes.details.redraw()
            self.panes.events.dress()
            self.panes.badge.redraw()
            self.panes.details.events.dress()


def _put(dock: QDockWidget, widget: QWidget) -> None:
    """Into the dock, in place of what was there."""
    before = dock.widget()
    dock.setWidget(widget)
    if before is not None:
        before.deleteLater()
