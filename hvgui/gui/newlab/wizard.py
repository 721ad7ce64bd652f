"""Create a test lab: pages over one plan, with a picture of it that follows every change."""

from __future__ import annotations

from functools import reduce

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.exchange.lab_layout import plan_problems
from hvgui.exchange.lab_plan import ARTICLE, LabPlan, Part, PlanProblem
from hvgui.exchange.new_lab import lab_record
from hvgui.exchange.new_lab_command import new_lab_command
from hvgui.gui.newlab.cluster_pages import DomainPage, KindPage, NodesPage
from hvgui.gui.newlab.ending_pages import CreatePage, LabValidationPage
from hvgui.gui.newlab.fabric_pages import NetworksPage, StoragePage
from hvgui.gui.newlab.machines_page import MachinesPage
from hvgui.gui.newlab.picture import LabPicture, said
from hvgui.gui.newlab.plan_page import PlanPage
from hvgui.gui.validation.running_page import Prepared
from hvgui.gui.wizard.frame import Wizard
from hvgui.gui.words import tr
from hvgui.lab.validation.running import Plan

_ASIDE_WIDTH = 290


class LabWizard(Wizard):
    """Ends with a plan; whoever shows it makes the lab."""

    planned = Signal(object)
    """LabPlan: this lab is to be created and opened."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(tr("Create a test lab"), "lab wizard", parent)
        self.kind, self.domain, self.nodes = KindPage(), DomainPage(), NodesPage()
        self.networks, self.storage, self.machines = NetworksPage(), StoragePage(), MachinesPage()
        self.forms: tuple[PlanPage, ...] = (
            *(self.kind, self.domain, self.nodes),
            *(self.networks, self.storage, self.machines),
        )
        self.validation = LabValidationPage(self._prepared)
        self.create_page = CreatePage(lambda: self.plan, new_lab_command)
        self.plan: LabPlan = ARTICLE
        self._problems: tuple[PlanProblem, ...] = ()
        self.picture = LabPicture(self)
        self.preview = QLabel(self)
        self.preview.setObjectName("lab preview")
        self.preview.setWordWrap(True)
        self.preview.setProperty("role", "muted")
        self._build_aside()
        for page in self.forms:
            page.problems = self._known_problems
            page.changed.connect(self._follow)
        self.kind.preset_wanted.connect(self.show_plan)
        self.accepted.connect(self._tell)
        self.resize(1080, 640)
        self.show_plan(ARTICLE)
        self.begin((*self.forms, self.validation, self.create_page))

    def _build_aside(self) -> None:
        aside = QWidget(self)
        aside.setFixedWidth(_ASIDE_WIDTH)
        column = QVBoxLayout(aside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.picture)
        column.addWidget(self.preview)
        column.addStretch()
        self.put_aside(aside)

    def show_plan(self, plan: LabPlan) -> None:
        """Every page shows this plan."""
        self.plan = plan
        for page in self.forms:
            page.show_plan(plan)
        self._follow()
        if self.has_begun:
            self.recheck()

    def _known_problems(self) -> tuple[PlanProblem, ...]:
        return self._problems

    def _follow(self) -> None:
        """The plan as the pages have it now; what can't be read is a problem of its page."""
        unread: list[PlanProblem] = []
        plan = reduce(lambda before, page: _applied(page, before, unread), self.forms, self.plan)
        self.plan = plan
        self._problems = (*unread, *plan_problems(plan))
        early = {Part.CLUSTER, Part.NODES, Part.NETWORKS}
        if not any(one.part in early for one in self._problems) and all(group.count >= 0 for group in plan.machines):
            self.picture.follow(plan)
            self.machines.follow(plan)
            self.preview.setText("\n".join(said(plan)))

    def _prepared(self) -> Prepared:
        """The plan's servers, not yet a cluster; nobody uses their disks."""
        plan = self.plan
        return lambda: Cluster(lab_record(plan)), Plan(is_formed=False), None

    def _tell(self) -> None:
        self.planned.emit(self.plan)

    def done(self, result: int) -> None:
        """Nothing goes on behind a closed wizard."""
        self.validation.work.close()
        super().done(result)


def _applied(page: PlanPage, plan: LabPlan, unread: list[PlanProblem]) -> LabPlan:
    """The plan with a page's part; where that can't be read, without it."""
    try:
        return page.applied(plan)
    except ValueError as error:
        text = str(error)
        unread.append(PlanProblem(page.part, f"{text[:1].upper()}{text[1:]}."))
        return plan
