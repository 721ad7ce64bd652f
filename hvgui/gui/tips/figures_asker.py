"""Asks the lab what its load watch sees: one question at a time, and only while somebody looks."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from hvgui.cluster.watch_figures import WatchFigures
    from hvgui.gui.bridge import Bridge


class FiguresAsker(QObject):
    """Keeps the newest answer."""

    arrived = Signal()
    """`figures` are new."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._future: Future[WatchFigures] | None = None
        self.figures: WatchFigures | None = None

    def ask(self) -> None:
        """Asks, unless an answer is still to come."""
        if self._future is None:
            self._future = self._bridge.session.watch_figures()
            self._bridge.follow(self._future, self._take)

    def forget(self) -> None:
        """Another world is shown: what was asked of the one before means nothing any more."""
        self._future, self.figures = None, None

    def _take(self, future: Future[WatchFigures]) -> None:
        if future is not self._future:
            return
        self._future = None
        # A lab that is being closed answers nobody; whoever comes next asks anew.
        if not future.cancelled() and future.exception() is None:
            self.figures = future.result()
            self.arrived.emit()
