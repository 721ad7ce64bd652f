"""The verdict of a study in large letters: N - 1, N - 2, with a sentence; never by colour alone."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from hvgui.cluster.what_if import WhatIfKind, WhatIfReport
from hvgui.gui.icons import pixmap
from hvgui.gui.tone import set_tone
from hvgui.gui.words import tr

_ICON = 32
_ICONS = {"good": "circle-check", "warning": "alert-triangle", "bad": "circle-x", "muted": "info-circle"}


def verdict_of(report: WhatIfReport) -> tuple[str, str]:
    """In a few words, and their tone."""
    losses = [one for one in report.outcomes if one.case.kind is WhatIfKind.CRASH]
    failed = [one for one in losses if not one.is_survived]
    if report.survives >= 2:
        return tr("N - {count} holds", count=report.survives), "good"
    if report.survives == 1:
        if any(len(one.case.nodes) == 2 for one in failed):
            return tr("N - 1 holds, N - 2 does not"), "warning"
        return tr("N - 1 holds"), "good"
    if any(len(one.case.nodes) == 1 for one in failed):
        return tr("N - 1 does not hold"), "bad"
    if failed:
        return tr("N - 2 does not hold"), "warning"
    return tr("No verdict on N - 1"), "muted"


class VerdictBanner(QFrame):
    """An icon, words, a sentence, and of which moment all that is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("verdict")
        self.setProperty("role", "band")
        self._icon = QLabel(self)
        self._icon.setFixedWidth(_ICON + 6)
        self.words = QLabel(self)
        self.words.setObjectName("verdict words")
        self.words.setProperty("role", "figure")
        self.sentence = QLabel(self)
        self.sentence.setObjectName("verdict sentence")
        self.sentence.setWordWrap(True)
        self.moment = QLabel(self)
        self.moment.setObjectName("verdict moment")
        self.moment.setWordWrap(True)
        self.moment.setProperty("role", "muted")
        text = QVBoxLayout()
        text.setSpacing(1)
        for label in (self.words, self.sentence, self.moment):
            text.addWidget(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        row.addWidget(self._icon)
        row.addLayout(text, 1)

    def say(self, words: str, tone: str, sentence: str) -> None:
        """Says something else."""
        set_tone(self, tone)
        set_tone(self.words, tone)
        self._icon.setPixmap(pixmap(_ICONS[tone], tone, _ICON))
        self.words.setText(words)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))

    def say_moment(self, text: str, *, is_old: bool) -> None:
        """Of which moment that is, and whether it still holds."""
        set_tone(self.moment, "warning" if is_old else "")
        self.moment.setText(text)
        self.moment.setVisible(bool(text))
