"""What the wizard's pages over a plan share: each changes its part of it, and is told what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

from hvgui.exchange.lab_plan import LabPlan, Part, PlanProblem
from hvgui.gui.wizard.form_page import FormPage

_ORDER = tuple(Part)


class PlanPage(FormPage):
    """A form. Subclasses say how a plan looks in it (`show_plan`), and what plan it makes of one (`applied`)."""

    def __init__(self, title: str, about: str, name: str, part: Part) -> None:
        super().__init__(title, about, name)
        self.part = part
        self.problems: Callable[[], tuple[PlanProblem, ...]] = tuple
        """Asks for the problems of the plan as all pages make it."""

    def show_plan(self, plan: LabPlan) -> None:
        """Fills the fields, silently."""
        raise NotImplementedError

    def applied(self, plan: LabPlan) -> LabPlan:
        """The plan with what the fields say. Raises ValueError with a sentence for what can't be read."""
        raise NotImplementedError

    def why_not(self) -> str:
        """The first problem of this page or of one before."""
        reach = _ORDER.index(self.part)
        return next((one.sentence for one in self.problems() if _ORDER.index(one.part) <= reach), "")
