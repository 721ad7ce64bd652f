"""The tab "Tips" of the cluster: how the load watch is set, the tips as cards, and every node's loads below."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from hvgui.cluster.load_watch import WINDOW_SAMPLES, Tip, TipState, WatchMode
from hvgui.gui.facts import Facts, Refresh
from hvgui.gui.timeline.past import reason_of
from hvgui.gui.tips.card import TipCard
from hvgui.gui.tips.contents import card_contents
from hvgui.gui.tips.figures_asker import FiguresAsker
from hvgui.gui.tips.load_bars import LoadBars, heading_words, load_rows
from hvgui.gui.tips.words import watch_words
from hvgui.gui.words import tr

_CARDS_A_TURN = 6
"""So many cards are built at once, the others a moment later: the window stays quick with a tip for every node."""
_STATES = (TipState.UNDER_WAY, TipState.OPEN, TipState.DISMISSED)


class TipsTab(QScrollArea):
    """Follows the cluster while it is in sight."""

    asked = Signal(str, int)
    """What is wanted of a tip (see TipCard), or `switch-on` or `settings` with -1."""
    chosen = Signal(object)
    """See LoadBars, as of the two below."""
    opened = Signal(object)
    menu_wanted = Signal(object)

    def __init__(self, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tips")
        self.setAccessibleName(tr("Tips"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._facts = facts
        self._asker = FiguresAsker(facts.bridge, self)
        self._asker.arrived.connect(self._show_figures)
        self.cards: dict[int, TipCard] = {}
        content = QWidget()
        self.sentence = _label(content, "watch sentence")
        self.switch = self._button(content, "switch-on", tr("Switch &on"))
        self.switch.setDefault(True)
        self.settings = self._button(content, "settings", tr("&Load Watch..."))
        self.nothing = _label(content, "no tips", "muted")
        self.heading = _label(content, "loads heading", "section")
        self.bars = LoadBars(content)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(10)
        self._lay_out(content)
        self.setWidget(content)
        self._more = QTimer(self)
        self._more.setObjectName("more cards")
        self._more.setSingleShot(True)
        self._more.setInterval(0)
        self._more.timeout.connect(self._show_tips)
        self.bars.chosen.connect(self.chosen)
        self.bars.opened.connect(self.opened)
        self.bars.menu_wanted.connect(self.menu_wanted)

    def refresh(self, refresh: Refresh | None = None) -> None:
        """Brings everything up to date; the figures follow a moment later."""
        if refresh is None or refresh.replaced:
            self._asker.forget()
        watch = self._facts.cluster.load_watch
        words = watch_words(watch)
        if self.sentence.text() != words:
            self.sentence.setText(words)
        past = reason_of(self._facts.bridge.timeline)
        self.switch.setVisible(watch.mode is WatchMode.OFF)
        for button in (self.switch, self.settings):
            button.setEnabled(not past)
            button.setToolTip(past)
        self._show_tips()
        if refresh is None or refresh.metrics or refresh.things or refresh.nodes:
            self._asker.ask()

    def redraw(self) -> None:
        """The scheme is another."""
        for card in self.cards.values():
            card.redraw()

    def showEvent(self, event: QShowEvent) -> None:
        """In sight: what was left out while nobody looked is made up for."""
        super().showEvent(event)
        self.refresh()

    def _show_tips(self) -> None:
        """The cards of the tips there are, those that are under way first."""
        tips = sorted(self._facts.cluster.tips.all, key=lambda tip: (_STATES.index(tip.state), tip.id))
        for gone in set(self.cards) - {tip.id for tip in tips}:
            card = self.cards.pop(gone)
            self._cards.removeWidget(card)
            card.hide()
            card.deleteLater()
        fresh = [tip for tip in tips if tip.id not in self.cards]
        for tip in fresh[:_CARDS_A_TURN]:
            self.cards[tip.id] = TipCard(tip.id, self.widget())
            self.cards[tip.id].asked.connect(self.asked)
        if len(fresh) > _CARDS_A_TURN:
            self._more.start()
        self._arrange([tip for tip in tips if tip.id in self.cards])
        self._say_nothing(bool(tips))

    def _arrange(self, tips: list[Tip]) -> None:
        past = reason_of(self._facts.bridge.timeline)
        for place, tip in enumerate(tips):
            card = self.cards[tip.id]
            card.show_contents(card_contents(self._facts, tip, self._asker.figures, past))
            at_place = self._cards.itemAt(place)
            if at_place is None or at_place.widget() is not card:
                self._cards.removeWidget(card)
                self._cards.insertWidget(place, card)
                card.show()

    def _say_nothing(self, has_tips: bool) -> None:
        """Where there is no tip: why."""
        self.nothing.setVisible(not has_tips)
        figures, watch = self._asker.figures, self._facts.cluster.load_watch
        words = tr("Nothing to report: no node has stood above a limit for long enough.")
        if watch.mode is WatchMode.OFF:
            words = tr("Switch it on, and a node that has too much to do raises a tip here: why, and which move helps.")
        elif figures is not None and (figures.filled < WINDOW_SAMPLES).all():
            most = int(figures.filled.max()) if len(figures.filled) else 0
            words = tr(
                "Nothing to report yet: the windows are filling, {some} of {all} samples so far.",
                some=most,
                all=WINDOW_SAMPLES,
            )
        if self.nothing.text() != words:
            self.nothing.setText(words)

    def _show_figures(self) -> None:
        figures, cluster = self._asker.figures, self._facts.cluster
        if figures is None or not self.isVisible():
            return
        self.heading.setText(heading_words(cluster.load_watch, figures))
        self.bars.show_rows(load_rows(cluster, figures, cluster.load_watch), cluster.load_watch)
        self._show_tips()

    def _button(self, parent: QWidget, what: str, words: str) -> QPushButton:
        button = QPushButton(words, parent)
        button.setObjectName(what)
        button.clicked.connect(self._pressed)
        return button

    def _pressed(self) -> None:
        self.asked.emit(self.sender().objectName(), -1)

    def _lay_out(self, content: QWidget) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.sentence, 1)
        top.addWidget(self.switch)
        top.addWidget(self.settings)
        column = QVBoxLayout(content)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self.nothing)
        column.addLayout(self._cards)
        column.addWidget(self.heading)
        column.addWidget(self.bars)
        column.addStretch()


def _label(parent: QWidget, name: str, role: str = "") -> QLabel:
    label = QLabel(parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    return label
