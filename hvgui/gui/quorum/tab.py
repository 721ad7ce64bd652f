"""The tab "Quorum" of the cluster: the sentence, the votes as a picture, what each model survives."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.gui.facts import Facts
from hvgui.gui.quorum.diagram import VoteDiagram
from hvgui.gui.quorum.heartbeat_words import heartbeat_sentence
from hvgui.gui.quorum.survival import survivals
from hvgui.gui.quorum.survival_table import SurvivalTable
from hvgui.gui.quorum.votes import Count, count_votes
from hvgui.gui.tone import set_tone
from hvgui.gui.words import tr


class QuorumTab(QScrollArea):
    """Follows the cluster while it is in sight."""

    chosen = Signal(object)
    """See VoteDiagram, as of the two below."""
    opened = Signal(object)
    menu_wanted = Signal(object)

    def __init__(self, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("quorum")
        self.setAccessibleName(tr("Quorum"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._facts = facts
        content = QWidget()
        self.sentence = _label(content, "quorum sentence", "title")
        self.model = _label(content, "quorum model", "muted")
        self.diagram = VoteDiagram(content)
        heading = _label(content, "survival heading", "section")
        heading.setText(tr("What each choice survives"))
        self.table = SurvivalTable(content)
        self.heartbeat = _label(content, "heartbeat sentence", "muted")
        column = QVBoxLayout(content)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        for widget in (self.sentence, self.model, self.diagram, heading, self.table, self.heartbeat):
            column.addWidget(widget)
        column.addStretch()
        self.setWidget(content)
        self.diagram.chosen.connect(self.chosen)
        self.diagram.opened.connect(self.opened)
        self.diagram.menu_wanted.connect(self.menu_wanted)

    def refresh(self) -> None:
        """Brings everything up to date."""
        cluster = self._facts.cluster
        count = count_votes(cluster, self._facts.standing)
        self.sentence.setText(count.sentence)
        set_tone(self.sentence, count.tone)
        self.model.setText(_model_words(cluster, count))
        self.diagram.show_count(count)
        self.table.show_rows(survivals(cluster), count.standing.model)
        self.heartbeat.setText(heartbeat_sentence(cluster))


def _model_words(cluster: Cluster, count: Count) -> str:
    chosen = cluster.quorum.model is not None
    model = tr(count.standing.model.value)
    words = model if chosen else tr("{model} (as recommended; nobody has chosen one)", model=model)
    if cluster.profile.features.dynamic_quorum:
        return tr("{model}, dynamic quorum: votes of nodes that leave are withdrawn.", model=words)
    return tr("{model}; {profile} has no dynamic quorum.", model=words, profile=cluster.profile.name)


def _label(parent: QWidget, name: str, role: str) -> QLabel:
    label = QLabel(parent)
    label.setObjectName(name)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
