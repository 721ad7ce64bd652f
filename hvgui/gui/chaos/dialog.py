"""Chaos mode: which faults come, how often, how soon they are mended, and by which seed."""

from __future__ import annotations

import secrets

from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QHBoxLayout, QPushButton, QSpinBox, QWidget

from hvgui.cluster.chaos import FaultKind
from hvgui.gui.actions.desk import Desk
from hvgui.gui.chaos.words import KINDS, gap_words
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.words import tr
from hvgui.requests.chaos import MOST_AN_HOUR, StartChaos
from hvgui.requests.request import Request

_LARGEST_SEED = 2**31 - 1
_USUAL_RATE, _MINUTE = 12.0, 60.0


class ChaosDialog(AdvisedDialog):
    """Every kind has a tick; the same seed is the same course of faults, in every branch and every replay."""

    def __init__(self, desk: Desk) -> None:
        about = tr(
            "Faults come by themselves, at random moments and places, and each is mended after a while. The same seed"
            " brings the same faults at the same moments, so that a night can be lived again."
        )
        super().__init__(tr("Chaos mode"), about, desk, "chaos")
        self.name_apply("Let faults come")
        chaos = desk.cluster.chaos
        self.kinds: dict[FaultKind, QCheckBox] = {}
        self.form.addRow(self._kinds(chaos.all_kinds))
        self.rate = QDoubleSpinBox(self)
        self.rate.setRange(0.1, MOST_AN_HOUR)
        self.rate.setDecimals(1)
        self.rate.setSuffix(tr(" an hour"))
        self.rate.setValue(chaos.faults_per_hour or _USUAL_RATE)
        self.add_row(tr("Faults"), self.rate, "chaos rate")
        self.mended = QDoubleSpinBox(self)
        self.mended.setRange(0.1, 7 * 24 * 60.0)
        self.mended.setDecimals(1)
        self.mended.setSuffix(tr(" min"))
        self.mended.setValue(chaos.mended_after_seconds / _MINUTE)
        self.add_row(tr("Mended after"), self.mended, "chaos mending")
        self.seed = QSpinBox(self)
        self.seed.setRange(0, _LARGEST_SEED)
        self.seed.setValue(min(chaos.seed, _LARGEST_SEED))
        self.add_row(tr("Seed"), self._seed_row(), "chaos seed row")
        self.meaning = self.muted("")
        self.meaning.setObjectName("meaning")
        self.form.addRow(self.meaning)
        self.form.addRow(self.advice)
        for field in (self.rate, self.mended):
            field.valueChanged.connect(self.recheck)
        self.seed.valueChanged.connect(self.recheck)
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        chosen = tuple(kind for kind, box in self.kinds.items() if box.isChecked())
        if not chosen:
            raise ValueError(tr("tick at least one kind of fault"))
        return (
            StartChaos(
                faults_per_hour=self.rate.value(),
                kinds=() if len(chosen) == len(FaultKind) else chosen,
                chaos_seed=self.seed.value(),
                mended_after_seconds=self.mended.value() * _MINUTE,
            ),
        )

    def recheck(self) -> None:
        """See AdvisedDialog; also how far apart faults are."""
        super().recheck()
        at_once = self.rate.value() * self.mended.value() / _MINUTE
        words = tr(
            "On average {gap}, and {count} of them at once.", gap=gap_words(self.rate.value()), count=f"{at_once:.1f}"
        )
        self.meaning.setText(words)

    def _kinds(self, chosen: tuple[FaultKind, ...]) -> QWidget:
        holder = QWidget(self)
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(6)
        for number, (kind, (title, explanation)) in enumerate(KINDS.items()):
            box = QCheckBox(tr(title), holder)
            box.setObjectName(f"kind {kind.value}")
            box.setToolTip(tr(explanation))
            box.setChecked(kind in chosen)
            box.toggled.connect(self.recheck)
            self.kinds[kind] = box
            grid.addWidget(box, number // 2, number % 2)
        return holder

    def _seed_row(self) -> QWidget:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        self.seed.setObjectName("chaos seed")
        self.seed.setAccessibleName(tr("Seed"))
        another = QPushButton(tr("Another"), holder)
        another.setObjectName("another seed")
        another.setAutoDefault(False)
        another.clicked.connect(self._draw_seed)
        row.addWidget(self.seed, 1)
        row.addWidget(another)
        return holder

    def _draw_seed(self) -> None:
        self.seed.setValue(secrets.randbelow(_LARGEST_SEED))
