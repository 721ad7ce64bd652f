"""What commands have the window do: open, save, ask, show. The commands know this side of it only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import format_clock
from hvgui.gui.actions.command import Command
from hvgui.gui.objects import Ref
from hvgui.gui.opening import LAB_SUFFIX, Wish
from hvgui.gui.settings import remember, remembered_text
from hvgui.gui.theme import Theme
from hvgui.gui.words import tr

NEWS = "whats-new"
"""The page of the guide that says what is new."""

if TYPE_CHECKING:
    from hvgui.exchange.lab_plan import LabPlan
    from hvgui.gui.main_window import MainWindow


class Doings(QObject):
    """Beside the main window."""

    wished = Signal(object)
    """Wish: something is to be opened."""
    save_wished = Signal(object)
    """Path: the lab is to be kept there."""
    report_wished = Signal()
    """The report of a fault is to be shown."""

    def __init__(self, window: MainWindow, theme: Theme) -> None:
        super().__init__(window)
        self.theme = theme
        self._window = window

    # Files

    def open_dialog(self) -> None:
        """Asks for a lab or inventory and opens it."""
        dialog = QFileDialog(self._window, tr("Open a lab or an inventory"), remembered_text("folder"))
        dialog.setObjectName("open file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [
                tr("Labs and inventories (*.hvlab *.json)"),
                tr("Labs (*.hvlab)"),
                tr("Inventories (*.json)"),
                tr("All files (*)"),
            ]
        )
        _delete_when_closed(dialog)
        dialog.fileSelected.connect(self.open_path)
        dialog.open()

    def open_path(self, path: str) -> None:
        """Opens a lab or an inventory."""
        remember("folder", str(Path(path).parent))
        self.wished.emit(Wish(path=Path(path)))

    def open_sample(self, name: str) -> None:
        """Begins a new lab on a sample."""
        self.wished.emit(Wish(sample=name))

    def create_lab(self) -> None:
        """Opens the wizard that makes a lab; the one that is open stays until the new one stands."""
        from hvgui.gui.newlab.wizard import LabWizard  # noqa: PLC0415  not before it is wanted

        wizard = self._window.findChild(LabWizard)
        if wizard is None:
            wizard = LabWizard(self._window)
            wizard.planned.connect(self._create)
        wizard.show()
        wizard.raise_()
        wizard.activateWindow()

    def _create(self, plan: LabPlan) -> None:
        self.wished.emit(Wish(plan=plan))

    def save_as_dialog(self) -> None:
        """Asks for a name and keeps the lab there."""
        dialog = QFileDialog(self._window, tr("Save the lab as"), remembered_text("folder"))
        dialog.setObjectName("save file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(LAB_SUFFIX.removeprefix("."))
        dialog.setNameFilters([tr("Labs (*.hvlab)")])
        _delete_when_closed(dialog)
        dialog.fileSelected.connect(self._save_as)
        dialog.open()

    def _save_as(self, path: str) -> None:
        remember("folder", str(Path(path).parent))
        self.save_wished.emit(Path(path))

    def recover_dialog(self) -> None:
        """Asks for a damaged lab."""
        dialog = QFileDialog(self._window, tr("Recover a damaged lab"), remembered_text("folder"))
        dialog.setObjectName("recover file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Labs (*.hvlab)"), tr("All files (*)")])
        _delete_when_closed(dialog)
        dialog.fileSelected.connect(self._recover)
        dialog.open()

    def offer_recovery(self, path: Path, why: str) -> None:
        """A lab could not be opened: offers to recover what can be read of it."""
        from hvgui.gui.timeline.recover import RecoverDialog  # noqa: PLC0415  not before it is wanted

        dialog = RecoverDialog(path, why, self._window)
        dialog.wanted.connect(self.open_path)
        dialog.open()

    def _recover(self, path: str) -> None:
        self.offer_recovery(Path(path), "")

    # The past

    def ask_go_on(self) -> None:
        """Asks for the name of a branch that goes on from the moment looked at."""
        from hvgui.gui.timeline.branch_words import free_name  # noqa: PLC0415  not before it is wanted
        from hvgui.gui.timeline.name_dialog import NameDialog  # noqa: PLC0415

        past = self._window.desk.past
        timeline = past.timeline if past is not None else None
        if past is None or timeline is None or timeline.looking_at_ns is None:
            return
        moment = format_clock(timeline.looking_at_ns)
        about = tr(
            "A branch begins at {moment} and is lived from there. {branch} is kept as it is, to be gone back to.",
            moment=moment,
            branch=timeline.branch_name,
        )
        default = free_name(timeline, tr("From {moment}", moment=moment))
        taken = tuple(one.name for one in timeline.branches)
        dialog = NameDialog(tr("Go on from here"), about, tr("Go on"), default, taken, self._window)
        dialog.named.connect(past.go_on)
        dialog.open()

    def show_branches(self) -> None:
        """Shows the branches of the lab; they stand beside the window."""
        from hvgui.gui.timeline.branches_dialog import BranchesDialog  # noqa: PLC0415  not before it is wanted

        past = self._window.desk.past
        if past is None:
            return
        dialog = self._window.findChild(BranchesDialog)
        if dialog is None:
            dialog = BranchesDialog(past, self._window)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def go_to_mark(self, *, forward: bool) -> None:
        """Shows the next marked moment, or the one before."""
        strip = self._window.timeline_bar.strip
        if strip is not None:
            strip.go_to_mark(forward=forward)

    # The window itself

    def focus_filter(self) -> None:
        """Puts the cursor into the filter of the tree."""
        self._window.focus_filter()

    def next_pane(self) -> None:
        """The keyboard goes on to the next pane."""
        self._window.next_pane()

    def show_palette(self) -> None:
        """Opens the command palette."""
        from hvgui.gui.actions.palette import CommandPalette  # noqa: PLC0415  not before it is wanted

        CommandPalette(self._window.board, self._window).open_over(self._window)

    def show_shortcuts(self) -> None:
        """Lists the shortcuts."""
        from hvgui.gui.dialogs.reading import ShortcutsDialog  # noqa: PLC0415  not before it is wanted

        ShortcutsDialog(self._window).open()

    def show_about(self) -> None:
        """Says what this is."""
        from hvgui.gui.dialogs.about_dialog import AboutDialog  # noqa: PLC0415  not before it is wanted

        AboutDialog(self._window).open()

    def show_guide(self) -> None:
        """Opens the user guide beside the window."""
        self._read_guide("")

    def show_news(self) -> None:
        """Says what is new in this version."""
        self._read_guide(NEWS)

    def _read_guide(self, page: str) -> None:
        from hvgui.gui.guide import GuideWindow  # noqa: PLC0415  not before it is wanted

        guide = self._window.findChild(GuideWindow)
        if guide is None:
            guide = GuideWindow(self._window)
        guide.read(page)
        guide.show()
        guide.raise_()
        guide.activateWindow()

    def show_report(self) -> None:
        """Shows what goes into the report of a fault."""
        self.report_wished.emit()

    def panes(self) -> tuple[tuple[str, str, bool], ...]:
        """Each pane: id, title, whether it is shown."""
        return tuple((dock.objectName(), dock.windowTitle(), dock.isVisible()) for dock in self._window.docks)

    def toggle_pane(self, pane: str) -> None:
        """Shows or hides a pane."""
        for dock in self._window.docks:
            if dock.objectName() == pane:
                dock.setVisible(not dock.isVisible())

    def reset_layout(self) -> None:
        """Puts every pane where it was at first."""
        self._window.reset_layout()

    def expand_tree(self, expanded: bool) -> None:
        """Opens or closes every branch."""
        if self._window.panes is None:
            return
        tree = self._window.panes.inventory.tree
        if expanded:
            tree.expandAll()
        else:
            tree.collapseAll()
            tree.expandToDepth(0)

    def close_window(self) -> None:
        """Ends."""
        self._window.close()

    # The lab

    def reveal(self, ref: Ref) -> None:
        """Chooses an object in the tree and shows it."""
        if self._window.panes is not None:
            self._window.panes.reveal(ref)

    def carry_out(self, command: Command) -> None:
        """Gives a command on what is chosen."""
        self._window.board.give(command)

    def ask_migration(self, vms: tuple[VmId, ...], kind: TaskKind, target: NodeId | None) -> None:
        """Opens the migrate dialog."""
        from hvgui.gui.migrate.dialog import open_migrate_dialog  # noqa: PLC0415  brings graphs along

        bridge = self._window.desk.bridge
        if bridge is not None and vms:
            open_migrate_dialog(self._window, bridge, vms, kind, target)

    def compare_migrations(self, vm: VmId) -> None:
        """Shows live and quick migration of a VM side by side."""
        from hvgui.gui.migrate.comparison import open_comparison  # noqa: PLC0415  brings graphs along

        bridge = self._window.desk.bridge
        if bridge is not None:
            open_comparison(self._window, bridge, vm)

    def ask_load(self, vms: tuple[VmId, ...]) -> None:
        """Opens the dialog for the load of guests."""
        from hvgui.gui.dialogs.load_dialog import LoadDialog  # noqa: PLC0415  not before it is wanted

        LoadDialog(vms, self._window.desk).open()

    def ask_clients(self, vms: tuple[VmId, ...]) -> None:
        """Opens the dialog for the clients of VMs."""
        from hvgui.gui.dialogs.clients_dialog import ClientsDialog  # noqa: PLC0415  not before it is wanted

        ClientsDialog(vms, self._window.desk).open()

    def ask_link_speed(self, links: tuple[Ref, ...]) -> None:
        """Opens the dialog for a link's speed."""
        from hvgui.gui.dialogs.speed_dialog import SpeedDialog  # noqa: PLC0415  not before it is wanted

        SpeedDialog(links, self._window.desk).open()

    def import_vm(self, path: str, target: NodeId | None) -> None:
        """Opens the import wizard; with a path it begins with what is in it."""
        from hvgui.gui.copies.import_wizard import open_import_wizard  # noqa: PLC0415  not before it is wanted

        desk = self._window.desk
        reason = desk.past_reason if desk.has_lab else tr("No lab is open: open one to import into.")
        if reason:
            self._window.say(reason, "warning")
        else:
            open_import_wizard(desk, path, target)

    def show_tab(self, ref: Ref, tab: str) -> None:
        """Chooses an object in the tree and brings one of its tabs to the front."""
        if self._window.panes is not None:
            self._window.panes.show_tab(ref, tab)

    def answer_tip(self, what: str, tip: int) -> None:
        """What was asked for in the tab of the tips."""
        from hvgui.gui.tips.answers import answer  # noqa: PLC0415  not before it is wanted

        answer(what, tip, self._window.desk)

    def say(self, text: str, tone: str = "info") -> None:
        """A notice under the tool bar: `info`, `warning` or `bad`."""
        self._window.say(text, tone)

    def copy_text(self, text: str, said: str) -> None:
        """Puts text on the clipboard and says so."""
        QGuiApplication.clipboard().setText(text)
        self._window.say(said)


def _delete_when_closed(dialog: QFileDialog) -> None:
    dialog.finished.connect(dialog.deleteLater)
