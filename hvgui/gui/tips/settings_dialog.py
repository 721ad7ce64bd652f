"""Load Watch: who carries tips out, how soon they come, above which limits; and what that would say right now."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout

from hvgui.cluster.load_watch import LoadWatch
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.facts import Refresh
from hvgui.gui.migrate.command_box import CommandBox
from hvgui.gui.power.settings_parts import PlacementPart, PowerPart
from hvgui.gui.tips.figures_asker import FiguresAsker
from hvgui.gui.tips.outlook import outlook
from hvgui.gui.tips.settings_parts import PARTS, WatchPart
from hvgui.gui.tone import set_tone
from hvgui.gui.words import tr
from hvgui.requests.load_watch import SetLoadWatch, impossible
from hvgui.requests.request import Request

_COLUMNS = 3


class LoadWatchDialog(AdvisedDialog):
    """Groups of settings side by side; each change checks anew and looks at the loads as they are."""

    def __init__(self, desk: Desk) -> None:
        about = tr(
            "Watches how busy every node is. One that has too much to do raises a tip: the live migration that helps,"
            " with its evidence and its forecast."
        )
        super().__init__(tr("Load Watch"), about, desk, "load watch")
        self.setMinimumWidth(1040)
        before = desk.cluster.load_watch
        self.parts: tuple[WatchPart, ...] = (
            *(kind(before, self) for kind in PARTS),
            PlacementPart(before, desk.cluster, self),
            PowerPart(before, desk.cluster, self),
        )
        grid = QGridLayout()
        grid.setSpacing(12)
        for number, part in enumerate(self.parts):
            grid.addWidget(part, number // _COLUMNS, number % _COLUMNS)
            grid.setColumnStretch(number % _COLUMNS, 1)
            part.changed.connect(self.recheck)
        self.form.addRow(grid)
        self.preview = self.muted("")
        self.preview.setObjectName("preview")
        self.form.addRow(self.preview)
        self.command = CommandBox(self)
        self.form.addRow(self.command)
        self.form.addRow(self.advice)
        self.asker: FiguresAsker | None = None
        if desk.bridge is not None and desk.facts is not None:
            self.asker = FiguresAsker(desk.bridge, self)
            self.asker.arrived.connect(self._look)
            desk.facts.refreshed.connect(self._follow)
            self.asker.ask()
        self.recheck()

    @property
    def watch(self) -> LoadWatch:
        """What the groups say; what none of them shows is as it was."""
        watch = self.desk.cluster.load_watch
        for part in self.parts:
            watch = part.applied(watch)
        return watch

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        return (SetLoadWatch(self.watch),)

    def recheck(self) -> None:
        """See AdvisedDialog; also what the settings mean, and the command."""
        if not self.desk.has_lab:
            return
        super().recheck()
        watch = self.watch
        for part in self.parts:
            part.explain(watch)
        if hasattr(self, "command"):
            self.command.show_commands((SetLoadWatch(watch).powershell(self.desk.cluster),))
            self._look()

    def _follow(self, refresh: Refresh) -> None:
        if self.asker is not None and (refresh.metrics or refresh.things):
            self.asker.ask()

    def _look(self) -> None:
        figures = self.asker.figures if self.asker is not None else None
        watch = self.watch
        if figures is None or impossible(watch):
            self.preview.setText("")
            return
        words, tone = outlook(self.desk.cluster, figures, watch)
        self.preview.setText(words)
        set_tone(self.preview, tone)
