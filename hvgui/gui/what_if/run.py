"""A study asked of the session: what came of each trial as it comes, a few times a second, at the end the report."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.cluster.cluster import Changes, Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.what_if import WhatIfCase
from hvgui.gui.settings import remember, remembered_number
from hvgui.gui.what_if.changes import WorldChanges
from hvgui.gui.what_if.choice import expected_seconds
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge
    from hvgui.lab.what_if.studies import Study

_POLL_MS = 100
_PACE = "what-if/pace"
_PACES = (0.05, 20.0)
"""Within these what the last study took is believed."""
_LEAST_SECONDS = 3.0
"""Of shorter studies the beginning is most, and they say little of the pace."""


class StudyRun(QObject):
    """One study at a time."""

    began = Signal()
    """The world has been seen: `cluster` and `time_ns` are known."""
    came = Signal(object)
    """tuple[WhatIfOutcome, ...]"""
    ended = Signal(object)
    """WhatIfReport"""
    failed = Signal(str)
    aged = Signal()
    """`changes` has something else to say."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._study: Study | None = None
        self._since = 0.0
        self.cluster: Cluster | None = None
        """As it was when everything was tried."""
        self.time_ns = 0
        self.is_of_past = False
        self.changes: WorldChanges | None = None
        self._early: list[Changes] = []
        """What changed before it was known what was tried."""
        self._timer = QTimer(self)
        self._timer.setObjectName("what-if progress")
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._look)
        bridge.cluster_changed.connect(self._changed)
        bridge.world_replaced.connect(self._replaced)

    @property
    def is_busy(self) -> bool:
        """Whether a study is under way."""
        return self._study is not None

    @property
    def pace(self) -> float:
        """How much longer than expected the last long study took."""
        return min(_PACES[1], max(_PACES[0], remembered_number(_PACE, 1.0)))

    @property
    def rest_seconds(self) -> float | None:
        """About how long it still takes; None where that can't be told yet."""
        study = self._study
        if study is None or study.done < 2:
            return None
        worked = time.monotonic() - self._since
        return worked / study.done * (len(study.cases) - study.done)

    def begin(self, cases: tuple[WhatIfCase, ...], like: VmId | None) -> None:
        """Tries them on the lab as it is shown."""
        self.cluster, self.changes = None, None
        self._early.clear()
        timeline = self._bridge.timeline
        self.is_of_past = timeline is not None and timeline.looking_at_ns is not None
        self._since = time.monotonic()
        self._study = self._bridge.session.study(cases, like)
        self._timer.start()

    def cancel(self) -> None:
        """Calls it off; what was tried is told with a report that is not complete."""
        if self._study is not None:
            self._study.cancel()

    def drop(self) -> None:
        """Calls it off and tells nothing any more."""
        self.cancel()
        self._timer.stop()
        self._study = None

    def _look(self) -> None:
        study = self._study
        if study is None:
            return
        is_done = study.answer.done()
        if self.cluster is None and study.cluster is not None and study.time_ns is not None:
            self.cluster, self.time_ns = study.cluster, study.time_ns
            self.changes = WorldChanges(study.cluster)
            for changes in self._early:
                self.changes.take(changes)
            self.began.emit()
        news = study.news()
        if news:
            self.came.emit(news)
        if is_done:
            self._end(study)

    def _end(self, study: Study) -> None:
        self._timer.stop()
        self._study = None
        error = None if study.answer.cancelled() else study.answer.exception()
        if study.answer.cancelled():
            self.failed.emit(tr("The lab was closed."))
        elif error is not None:
            self.failed.emit(tr("The study ended with an error: {why}", why=str(error) or type(error).__name__))
        else:
            self._remember_pace(study)
            self.ended.emit(study.answer.result())

    def _remember_pace(self, study: Study) -> None:
        took = time.monotonic() - self._since
        if self.cluster is None or study.done < len(study.cases) or took < _LEAST_SECONDS:
            return
        remember(_PACE, took / expected_seconds(study.cases, self.cluster))

    def _changed(self, changes: Changes) -> None:
        if self.changes is None:
            if self.is_busy:
                self._early.append(changes)
        else:
            before = self.changes.words
            self.changes.take(changes)
            if self.changes.words != before:
                self.aged.emit()

    def _replaced(self) -> None:
        if self.changes is not None:
            self.changes.another_world()
            self.aged.emit()
