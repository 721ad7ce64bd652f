"""The time controls: play and pause, step, speed, the effective speed, and the lab's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from hvgui.cluster.units import format_clock
from hvgui.gui.actions.board import Board
from hvgui.gui.actions.time_commands import SPEEDS, speed_text
from hvgui.gui.icons import icon
from hvgui.gui.keys import keep_space
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from hvgui.lab.frames import Pace


class TimeBar(QToolBar):
    """A tool bar; it shows how time goes and passes on what is wanted."""

    speed_wanted = Signal(float)
    """Simulated seconds a second; infinite for as fast as it goes."""

    def __init__(self, board: Board, parent: QWidget) -> None:
        super().__init__(tr("Time"), parent)
        self.setObjectName("time bar")
        self.setIconSize(QSize(20, 20))
        self.setMovable(True)
        self._playing = False
        self._play = QToolButton(self)
        self._play.setObjectName("play")
        self._play.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        widest = max(QFontMetrics(self._play.font()).horizontalAdvance(one) for one in (tr("Play"), tr("Pause")))
        self._play.setMinimumWidth(widest + 46)
        self._play.clicked.connect(board.actions["time.play"].trigger)
        self._step = QToolButton(self)
        self._step.setObjectName("step")
        self._step.setDefaultAction(board.actions["time.step"])
        self._speed = QComboBox(self)
        self._speed.setObjectName("speed")
        self._speed.setAccessibleName(tr("Speed"))
        self._speed.setToolTip(tr("Simulated seconds a second"))
        for speed in SPEEDS:
            self._speed.addItem(speed_text(speed), speed)
        self._speed.activated.connect(self._want)
        self._reached = QLabel(self)
        self._reached.setObjectName("effective speed")
        self._reached.setProperty("role", "muted")
        self._clock = QLabel(format_clock(0), self)
        self._clock.setObjectName("clock")
        self._clock.setProperty("role", "clock")
        self._clock.setToolTip(tr("The lab's clock"))
        keep_space(self._play, self._step, self._speed)
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        for widget in (self._play, self._step, self._clock, self._speed, self._reached, spacer):
            self.addWidget(widget)
        metrics = QFontMetrics(self._reached.font())
        self._reached.setMinimumWidth(metrics.horizontalAdvance(tr("reaches {speed}×", speed="00,000")) + 10)
        self.redraw()

    def show_pace(self, pace: Pace) -> None:
        """How time goes."""
        self._playing = pace.playing
        self.redraw()
        place = self._speed.findData(pace.wanted_speed)
        if place >= 0 and place != self._speed.currentIndex():
            self._speed.setCurrentIndex(place)
        reached = f"{pace.effective_speed:,.0f}" if pace.effective_speed >= 9.5 else f"{pace.effective_speed:.1f}"
        words = tr("reaches {speed}×", speed=reached) if pace.playing and pace.effective_speed > 0 else ""
        if self._reached.text() != words:
            self._reached.setText(words)

    def show_nothing(self) -> None:
        """There is no lab, so there is no time."""
        self._playing = False
        self._reached.clear()
        self.redraw()
        self.enable(False)

    def show_clock(self, time_ns: int) -> None:
        """The lab's clock."""
        words = format_clock(time_ns)
        if words != self._clock.text():
            self._clock.setText(words)
            self._clock.setAccessibleName(tr("Clock: {time}", time=words))

    def redraw(self) -> None:
        """Icon and word of the button, in the colours of the scheme."""
        words = tr("Pause") if self._playing else tr("Play")
        if self._play.text() != words:
            self._play.setText(words)
            self._play.setToolTip(tr("{action} (space bar)", action=words))
        self._play.setIcon(
            icon("filled-player-pause", "warning") if self._playing else icon("filled-player-play", "good")
        )

    def enable(self, enabled: bool, reason: str = "") -> None:
        """Without a lab there is no time, and in the past it stands, for the reason given."""
        self._play.setEnabled(enabled)
        self._speed.setEnabled(enabled)
        self._speed.setToolTip(reason or tr("Simulated seconds a second"))
        self._play.setToolTip(reason or tr("{action} (space bar)", action=self._play.text()))

    def _want(self, number: int) -> None:
        self.speed_wanted.emit(float(self._speed.itemData(number)))
