"""The bar above the status bar: which branch is lived, the timeline, zoom, and what is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolBar, QToolButton, QVBoxLayout, QWidget

from hvgui.cluster.units import format_seconds
from hvgui.gui.figures import percent
from hvgui.gui.icons import icon
from hvgui.gui.keys import keep_space
from hvgui.gui.timeline.lineage import branch_of, shown_branch
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from hvgui.gui.timeline.past import Past
    from hvgui.gui.timeline.strip import TimelineStrip

_SIDE_WIDTH = 190
_TICK_MS = 200


class TimelineBar(QToolBar):
    """There is one in the window; its strip is that of the lab that is open."""

    branches_wanted = Signal()
    """Somebody wants to see the branches."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Timeline"), parent)
        self.setObjectName("timeline bar")
        self.setMovable(False)
        self.setIconSize(QSize(16, 16))
        self.strip: TimelineStrip | None = None
        self._past: Past | None = None
        self._began = QElapsedTimer()
        self._busy_tick = QTimer(self)
        self._busy_tick.setObjectName("timeline busy")
        self._busy_tick.setInterval(_TICK_MS)
        self._busy_tick.timeout.connect(self._say)
        self.branch = QToolButton(self)
        self.branch.setObjectName("timeline branch")
        self.branch.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.branch.clicked.connect(self.branches_wanted)
        self._words = QLabel(self)
        self._words.setObjectName("timeline words")
        self._words.setProperty("role", "muted")
        side = QWidget(self)
        side.setFixedWidth(_SIDE_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(0)
        column.addWidget(self.branch)
        self.cancel = QToolButton(side)
        self.cancel.setObjectName("cancel journey")
        self.cancel.setText(tr("Cancel"))
        self.cancel.setToolTip(tr("Call it off; everything stays as it was (Esc)"))
        self.cancel.setAutoRaise(True)
        self.cancel.hide()
        self.cancel.clicked.connect(self._cancel)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._words, 1)
        row.addWidget(self.cancel)
        column.addLayout(row)
        self.addWidget(side)
        self._end = self.addSeparator()
        self._zoom = (
            self._button("zoom in", "closer", tr("Less time, closer (+)")),
            self._button("zoom out", "further", tr("More time (-)")),
            self._button("zoom whole", "whole", tr("The whole line (0)")),
        )
        self._zoom[0].clicked.connect(self._closer)
        self._zoom[1].clicked.connect(self._further)
        self._zoom[2].clicked.connect(self._whole)
        keep_space(self.branch, self.cancel, *self._zoom)
        self.redraw()
        self.end()

    def begin(self, past: Past) -> None:
        """Shows the past of a lab."""
        # It brings numpy along, which the first paint must not wait for.
        from hvgui.gui.timeline.strip import TimelineStrip  # noqa: PLC0415

        self._past = past
        self.strip = TimelineStrip(past, self)
        self.insertWidget(self._end, self.strip)
        past.changed.connect(self._say)
        self.setEnabled(True)
        self._say()

    def end(self) -> None:
        """There is no lab."""
        strip, self.strip, self._past = self.strip, None, None
        self._busy_tick.stop()
        if strip is not None:
            strip.hide()
            strip.deleteLater()
        self.branch.setText(tr("No lab"))
        self._words.clear()
        self.setEnabled(False)

    def redraw(self) -> None:
        """The scheme is another."""
        self.branch.setIcon(icon("branches"))
        for button, name in zip(self._zoom, ("closer", "further", "whole"), strict=True):
            button.setIcon(icon(name))
        if self.strip is not None:
            self.strip.update()

    def _button(self, name: str, drawing: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.setIcon(icon(drawing))
        button.setAutoRaise(True)
        self.addWidget(button)
        return button

    def _say(self) -> None:
        past = self._past
        if past is None:
            return
        timeline = past.timeline
        shown = branch_of(timeline, shown_branch(timeline)) if timeline is not None else None
        lived = timeline.branch_name if timeline is not None else ""
        name = shown.name if shown is not None else lived
        metrics = QFontMetrics(self.branch.font())
        self.branch.setText(metrics.elidedText(name or tr("Branches"), Qt.TextElideMode.ElideRight, _SIDE_WIDTH - 50))
        self.branch.setToolTip(tr("Branch {name}. Click for all branches.", name=name) if name else tr("Branches"))
        self.branch.setAccessibleName(tr("Branch {name}", name=name))
        self.cancel.setVisible(bool(past.busy))
        self._words.setText(self._standing(past, shown is not None and timeline is not None and name != lived))

    def _standing(self, past: Past, is_other: bool) -> str:
        if past.busy:
            if not self._busy_tick.isActive():
                self._began.start()
                self._busy_tick.start()
            return self._how_far(past)
        self._busy_tick.stop()
        count = len(past.timeline.branches) if past.timeline is not None else 1
        if is_other:
            return tr("another branch than the lived one")
        return tr("1 of {count} branches", count=count) if count > 1 else tr("the only branch")

    def _how_far(self, past: Past) -> str:
        """What is under way, how far it has come, or at least for how long it has been."""
        fraction = past.fraction
        if fraction is not None:
            return f"{past.busy} {percent(fraction)}"
        spent = self._began.elapsed() // 1000
        return f"{past.busy} {format_seconds(spent)}" if spent else past.busy

    def _cancel(self) -> None:
        if self._past is not None:
            self._past.cancel()

    def _closer(self) -> None:
        if self.strip is not None:
            self.strip.zoom(0.5)

    def _further(self) -> None:
        if self.strip is not None:
            self.strip.zoom(2.0)

    def _whole(self) -> None:
        if self.strip is not None:
            self.strip.show_whole()
