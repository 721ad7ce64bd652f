"""Imports under way: each request with its task, followed to its end."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject

from hvgui.gui.bridge import Bridge
from hvgui.gui.followed import Followed, FollowedRuns
from hvgui.requests.imports import CancelImport, ImportVm


@dataclass(kw_only=True)
class ImportRun(Followed):
    """One VM on its way in."""

    request: ImportVm


class ImportRuns(FollowedRuns):
    """Asks for all of them, in their order."""

    def __init__(self, bridge: Bridge, runs: list[ImportRun], parent: QObject) -> None:
        super().__init__(bridge, runs, parent)
        self.runs = runs

    def cancel(self, runs: list[ImportRun]) -> None:
        """Asks for some to be called off; a refusal comes as a notice of the window."""
        for run in runs:
            if run.task is not None and not run.is_over:
                self._bridge.submit(CancelImport(task=run.task))
