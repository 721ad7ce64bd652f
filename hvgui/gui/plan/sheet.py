"""A plan on one sheet: its figures, its picture, its moves, and what it leaves out."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QMenu,
    QSplitter,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.balance_plan import BalancePlan
from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.bridge import Bridge
from hvgui.gui.facts import Facts
from hvgui.gui.graphs.pictures import ExportError, copy_picture
from hvgui.gui.icons import icon
from hvgui.gui.objects import node_ref, vm_ref
from hvgui.gui.plan.export import save_nodes, save_rows
from hvgui.gui.plan.move_columns import rows_as_text
from hvgui.gui.plan.move_table import MoveTable
from hvgui.gui.plan.move_view import MoveView
from hvgui.gui.plan.picture import PictureScroll
from hvgui.gui.plan.plan_tiles import PlanTiles
from hvgui.gui.plan.run import MoveRun
from hvgui.gui.plan.words import emptied_words, left_out_words, move_words
from hvgui.gui.settings import remember, remembered_bytes
from hvgui.gui.wording import task_step
from hvgui.gui.words import counted, tr

_SPLITTER = "plan/splitter"
_FIRST_SIZES = (290, 200)


class PlanSheet(QWidget):
    """Shows one plan at a time, and how its moves stand."""

    unticked = Signal(object)
    """tuple[VmId, ...]: these are to stay where they are."""
    emptied = Signal(object)
    """NodeId: it is to give away all its VMs, or no longer."""
    reveal_wanted = Signal(object)
    """Ref"""
    failed = Signal(str)
    """A file could not be written."""
    saved = Signal(str)

    def __init__(self, bridge: Bridge, facts: Facts, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.plan: BalancePlan | None = None
        self.tiles = PlanTiles(self)
        self.area = PictureScroll(self)
        self.picture = self.area.picture
        self.moves = MoveTable(lambda: bridge.cluster, partial(task_step, facts), self)
        self.view = MoveView(self.moves, self)
        self.left_out = QListWidget(self)
        self.left_out.setObjectName("left out")
        self.left_out.setAccessibleName(tr("Left out, and empty nodes"))
        self.left_out.setWordWrap(True)
        self.filter = QLineEdit(self)
        self.filter.setObjectName("filter moves")
        self.filter.setPlaceholderText(tr("Filter the moves"))
        self.filter.setAccessibleName(tr("Filter the moves"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(240)
        self.tabs = QTabWidget(self)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._build()
        self.filter.textChanged.connect(self.moves.set_filter)
        self.moves.unticked.connect(self._untick)
        self.view.leave_wanted.connect(self.unticked)
        self.view.reveal_wanted.connect(self._reveal_vm)
        self.picture.chosen.connect(self.view.choose_of)
        self.picture.menu_wanted.connect(self._show_menu)
        self.view.chosen.connect(self._chosen)

    def _build(self) -> None:
        self.tabs.addTab(self.view, tr("Moves"))
        self.tabs.addTab(self.left_out, tr("Left out"))
        corner = QWidget(self)
        row = QHBoxLayout(corner)
        row.setContentsMargins(0, 0, 0, 3)
        row.addWidget(self.filter)
        row.addWidget(self._export_button())
        self.tabs.setCornerWidget(corner)
        self.splitter.addWidget(self.area)
        self.splitter.addWidget(self.tabs)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes(list(_FIRST_SIZES))
        kept = remembered_bytes(_SPLITTER)
        if not kept.isEmpty():
            self.splitter.restoreState(kept)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.tiles)
        column.addWidget(self.splitter, 1)

    def _export_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("export plan")
        self._export = button
        button.setIcon(icon("download", "muted"))
        button.setToolTip(tr("Copy or save the picture and the moves"))
        button.setAccessibleName(tr("Copy or save the plan"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.addAction(tr("Copy the picture")).triggered.connect(self.copy)
        menu.addAction(tr("Save the picture as PNG, SVG or CSV...")).triggered.connect(self._ask_picture)
        menu.addAction(tr("Save the moves as CSV...")).triggered.connect(self._ask_moves)
        button.setMenu(menu)
        return button

    def show_plan(self, plan: BalancePlan, runs: list[MoveRun], nothing: str) -> None:
        """Another plan; `nothing` is said in the place of moves where it has none."""
        self.plan = plan
        self.tiles.show_plan(plan)
        self.picture.show_plan(self._bridge.cluster, plan)
        self.area.refit()
        self.moves.nothing = nothing
        self.moves.show_moves(runs)
        self.tabs.setTabText(0, counted(len(plan.moves), "{count} move", "{count} moves"))
        self._show_left_out(plan)

    def clear(self, nothing: str) -> None:
        """There is no plan; why not."""
        self.plan = None
        self.tiles.clear()
        self.picture.clear()
        self.moves.nothing = nothing
        self.moves.show_moves([])
        self.left_out.clear()

    def refresh(self, *, may_untick: bool, why_not: str) -> None:
        """Moves stand otherwise than before."""
        self.view.why_not = why_not
        self.moves.let_untick(may_untick)
        self.moves.refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Another scheme: icons are drawn anew in its colours."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._export.setIcon(icon("download", "muted"))

    def keep_settings(self) -> None:
        """Remembers widths and sizes."""
        self.view.keep_settings()
        remember(_SPLITTER, self.splitter.saveState())

    def _show_left_out(self, plan: BalancePlan) -> None:
        cluster = self._bridge.cluster
        self.left_out.clear()
        emptied = emptied_words(cluster, plan)
        if emptied:
            self.left_out.addItem(emptied)
        self.left_out.addItems([left_out_words(cluster, one) for one in plan.left_out])
        self.tabs.setTabVisible(1, self.left_out.count() > 0)
        count = len(plan.left_out)
        self.tabs.setTabText(1, tr("Left out: {count}", count=f"{count:,}") if count else tr("Empty nodes"))

    def _reveal_vm(self, vm: VmId) -> None:
        self.reveal_wanted.emit(vm_ref(vm))

    def menu_of(self, node: NodeId) -> QMenu:
        """What can be done with a node of the picture."""
        menu = QMenu(self)
        menu.setObjectName("plan node menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        give = menu.addAction(tr("Give away all its VMs, or no longer"))
        give.setObjectName("empty")
        give.setEnabled(not self.view.why_not)
        give.setToolTip(self.view.why_not or tr("Plans again."))
        give.triggered.connect(partial(self.emptied.emit, node))
        show = menu.addAction(tr("Show in the main window"))
        show.setObjectName("reveal")
        show.triggered.connect(partial(self.reveal_wanted.emit, node_ref(node)))
        return menu

    def _show_menu(self, node: NodeId, place: QPoint) -> None:
        self.menu_of(node).popup(place)

    def _untick(self, vm: object) -> None:
        self.unticked.emit((vm,))

    def _chosen(self, runs: tuple[MoveRun, ...]) -> None:
        self.area.show_moves(tuple(run.move for run in runs))
        said = [move_words(self._bridge.cluster, run.move) for run in runs[:1]]
        self.view.setAccessibleDescription("".join(said))

    # Copying and saving

    def copy(self) -> None:
        """The picture on the clipboard."""
        copy_picture(self.picture)

    def save_picture(self, path: Path) -> None:
        """The picture or its figures, as the file's name says."""
        try:
            save_nodes(self.picture, path)
        except ExportError as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(tr("Written: {path}.", path=path))

    def save_moves(self, path: Path) -> None:
        """The moves with what came of them."""
        try:
            save_rows(path, rows_as_text(self._bridge.cluster, self.moves.rows))
        except ExportError as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(tr("Written: {path}.", path=path))

    def _ask_picture(self) -> None:
        dialog = self._file_dialog(tr("Save the picture"))
        dialog.setNameFilters([tr("Picture (*.png)"), tr("Drawing (*.svg)"), tr("Table (*.csv)")])
        dialog.setDefaultSuffix("png")
        dialog.fileSelected.connect(self._save_picture_at)
        dialog.open()

    def _ask_moves(self) -> None:
        dialog = self._file_dialog(tr("Save the moves"))
        dialog.setNameFilters([tr("Table (*.csv)")])
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(self._save_moves_at)
        dialog.open()

    def _file_dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        return dialog

    def _save_picture_at(self, path: str) -> None:
        self.save_picture(Path(path))

    def _save_moves_at(self, path: str) -> None:
        self.save_moves(Path(path))
