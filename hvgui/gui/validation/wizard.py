"""Validate a Configuration Wizard: as Failover Cluster Manager has it, on the cluster that the window shows."""

from __future__ import annotations

from hvgui.gui.actions.desk import Desk
from hvgui.gui.validation.choosing import ConfirmationPage, DisksPage, OptionsPage, TestsPage
from hvgui.gui.validation.running_page import Prepared, RunningPage
from hvgui.gui.validation.summary_page import SummaryPage
from hvgui.gui.wizard.frame import Wizard
from hvgui.gui.words import tr
from hvgui.lab.validation.running import Plan


class ValidationWizard(Wizard):
    """Beside the window, which goes on. Closed with the lab."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(tr("Validate {cluster}", cluster=desk.cluster.name), "validation wizard", desk.parent)
        self._desk = desk
        self.options = OptionsPage()
        self.tests = TestsPage(self.options)
        self.disks = DisksPage(desk.cluster, self.tests)
        self.confirmation = ConfirmationPage(desk.cluster, self.tests, self.disks)
        self.running = RunningPage(self._prepared)
        self.summary = SummaryPage(self.running)
        self.resize(900, 600)
        self.begin((self.options, self.tests, self.disks, self.confirmation, self.running, self.summary))

    def _prepared(self) -> Prepared:
        """The cluster as it is at this moment, in a copy."""
        bridge = self._desk.bridge
        cluster = self._desk.cluster.fork()
        time_ns = bridge.time_ns if bridge is not None else 0
        lab = bridge.session.path if bridge is not None else None
        return lambda: cluster, Plan(self.tests.tests, self.disks.taken, lab_time_ns=time_ns), lab

    def done(self, result: int) -> None:
        """Nothing goes on behind a closed wizard."""
        self.running.work.close()
        super().done(result)
