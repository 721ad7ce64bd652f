"""Heartbeat settings: how often, how many may be missed, and how soon a death is noticed then."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox

from hvgui.cluster.heartbeat import HeartbeatSettings, ranges_of
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.advice import AdvisedDialog
from hvgui.gui.quorum.heartbeat_words import detection_range
from hvgui.gui.words import tr
from hvgui.requests.quorum import SetHeartbeat
from hvgui.requests.request import Request


class HeartbeatDialog(AdvisedDialog):
    """The cluster's four properties."""

    def __init__(self, desk: Desk) -> None:
        profile = desk.cluster.profile
        about = tr(
            "Every node calls every other on each cluster network. Who misses so many calls in a row is taken for dead:"
            " fewer and faster calls notice a death sooner, and take a short disturbance for one."
        )
        super().__init__(tr("Heartbeat settings"), about, desk, "heartbeat settings")
        ranges, beat = ranges_of(profile), desk.cluster.heartbeat
        delay, threshold = tr("Delay, same subnet"), tr("Threshold, same subnet")
        self.delay = self._number(delay, "same delay", ranges.delay_ms, beat.same_subnet_delay_ms, " ms")
        self.threshold = self._number(threshold, "same threshold", ranges.threshold, beat.same_subnet_threshold)
        self.noticed = self.muted("")
        self.noticed.setObjectName("noticed")
        self.form.addRow(self.noticed)
        delay, threshold = tr("Delay, across subnets"), tr("Threshold, across subnets")
        cross = ranges.cross_delay_ms
        self.cross_delay = self._number(delay, "cross delay", cross, beat.cross_subnet_delay_ms, " ms")
        self.cross_threshold = self._number(threshold, "cross threshold", ranges.threshold, beat.cross_subnet_threshold)
        self.cross_noticed = self.muted("")
        self.form.addRow(self.cross_noticed)
        words = tr(
            "{profile} accepts delays of {low} to {high} ms ({cross} ms across subnets) and thresholds of {few} to"
            " {many}.",
            profile=profile.name,
            low=ranges.delay_ms[0],
            high=f"{ranges.delay_ms[1]:,}",
            cross=f"{cross[1]:,}",
            few=ranges.threshold[0],
            many=ranges.threshold[1],
        )
        self.form.addRow(self.muted(words))
        self.form.addRow(self.advice)
        self.recheck()

    @property
    def settings(self) -> HeartbeatSettings:
        """What the form says."""
        return HeartbeatSettings(
            self.delay.value(), self.threshold.value(), self.cross_delay.value(), self.cross_threshold.value()
        )

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        return (SetHeartbeat(heartbeat=self.settings),)

    def recheck(self) -> None:
        """See AdvisedDialog; also how soon a death is noticed."""
        super().recheck()
        if hasattr(self, "cross_noticed"):
            words = tr("A death is noticed after {range}.")
            self.noticed.setText(words.format(range=detection_range(self.settings)))
            self.cross_noticed.setText(words.format(range=detection_range(self.settings, cross_subnet=True)))

    def _number(self, caption: str, name: str, span: tuple[int, int], value: int, suffix: str = "") -> QSpinBox:
        field = QSpinBox(self)
        # A value from another platform stays as it is until somebody changes it; the check says what is wrong with it.
        field.setRange(min(span[0], value), max(span[1], value))
        field.setSingleStep(50 if suffix else 1)
        field.setSuffix(suffix)
        field.setGroupSeparatorShown(True)
        field.setValue(value)
        self.add_row(caption, field, name)
        field.valueChanged.connect(self.recheck)
        return field
