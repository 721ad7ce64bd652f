"""Migrations that the dialog has asked for: from the request to the receipt, the task, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hvgui.cluster.ids import VmId
from hvgui.gui.followed import Followed, FollowedRuns
from hvgui.gui.graphs.history import history_of
from hvgui.lab.frames import Forecast
from hvgui.requests.migration import CancelMigration

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge
    from hvgui.gui.migrate.draft import Migration


@dataclass(kw_only=True)
class Run(Followed):
    """One VM's migration."""

    vm: VmId
    request: Migration | None
    forecast: Forecast | None = None


class Runs(FollowedRuns):
    """Submits the requests and follows each to its end."""

    def __init__(self, bridge: Bridge, runs: list[Run], parent: QObject) -> None:
        super().__init__(bridge, runs, parent)
        self._history = history_of(bridge)
        self.runs = runs

    def cancel(self, run: Run) -> None:
        """Asks for a run to be cancelled; a refusal comes as a notice of the window."""
        if run.task is not None:
            self._bridge.submit(CancelMigration(task=run.task))

    def _begun(self, run: Followed) -> None:
        """Keeps the forecast that was on screen beside the task."""
        if isinstance(run, Run) and run.task is not None and run.forecast is not None:
            self._history.migrations.remember_forecast(run.task, run.forecast)
