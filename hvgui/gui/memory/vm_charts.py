"""The graphs of a VM's memory: demand, assigned, target and balloon; pressure; and, dashed, what is forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from hvgui.cluster.ids import VmId
from hvgui.cluster.units import format_bytes
from hvgui.gui.graphs.colours import Role
from hvgui.gui.graphs.drawing import EMPTY_LINE, ChartStyle, Drawing, Line, LineStyle
from hvgui.gui.graphs.figures_panel import FiguresPanel
from hvgui.gui.graphs.quantities import Quantity
from hvgui.gui.graphs.rings import Series
from hvgui.gui.memory.host_stack import stack_of
from hvgui.gui.memory.stack_view import StackView
from hvgui.gui.words import tr
from hvgui.lab.frames import MemoryCourse

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

AHEAD_SECONDS = 60.0
_LINES = (
    ("Assigned", Role.MAIN, False, True),
    ("Demand", Role.SECOND, False, False),
    ("Target", Role.THIRD, False, False),
    ("Balloon", Role.LIMIT, False, False),
    ("Assigned, forecast", Role.MAIN, True, False),
    ("Demand, forecast", Role.SECOND, True, False),
)


def memory_style(least_top: float) -> ChartStyle:
    """The chart of a VM's memory."""
    lines = tuple(LineStyle(tr(name), role, dashed=dashed, filled=filled) for name, role, dashed, filled in _LINES)
    return ChartStyle(tr("Memory of this VM"), Quantity.BYTES, lines, least_top=least_top)


class VmMemoryPanel(FiguresPanel):
    """Live graphs of one VM beside the stack of its host."""

    def __init__(self, bridge: Bridge, vm: VmId, parent: QWidget | None = None) -> None:
        record = bridge.cluster.vms[vm]
        super().__init__(bridge, tr("Memory of {name}", name=record.name), parent)
        self.vm = vm
        self.course: MemoryCourse | None = None
        top = float(record.memory.settings.startup_bytes)
        self.memory = self.add_chart(memory_style(top), shows_time=False, stretch=3)
        pressure = (
            LineStyle(tr("Demand of what is assigned"), Role.SECOND, filled=True),
            LineStyle(tr("100 %: exactly enough"), Role.LIMIT, dashed=True),
        )
        style = ChartStyle(tr("Pressure"), Quantity.SHARE, pressure, least_top=1.2)
        self.pressure = self.add_chart(style, stretch=2)
        self.host = StackView(self.charts)
        charts = self.charts.layout()
        if charts is not None:
            charts.addWidget(self.host)

    def show_course(self, course: MemoryCourse | None) -> None:
        """The forecast, drawn as the dashed continuation; None: there is none."""
        self.course = course
        self.refresh_if_seen()

    def refresh(self) -> None:
        """The last span, and a minute ahead where a forecast is drawn."""
        record = self.bridge.cluster.vms.get(self.vm)
        if record is None:
            self.status.say(tr("This VM is no longer in the cluster."))
            return
        start, end = self._span()
        times, _cpu, _wanted, assigned, demand = self.history.vm_series(self.vm, start)
        self.say_when_empty(times)
        seen, target, balloon = self.history.memory_series(self.vm, start)
        lines = ((times, assigned), (times, demand), (seen, target), (seen, balloon), *self._ahead())
        words = tr(
            "assigned {assigned}, demand {demand}, target {target}",
            assigned=_last(assigned),
            demand=_last(demand),
            target=_last(target),
        )
        figures: dict[int, str | None] = {4: "" if self.course is not None else None, 5: None}
        self.memory.draw(Drawing(lines, start, end, words=words, figures=figures))
        share = np.divide(demand, assigned, out=np.zeros(len(times)), where=assigned > 0)
        level = (np.array([start, end]), np.ones(2))
        words = tr("pressure {share}", share=Quantity.SHARE.words(float(share[-1])) if len(share) else tr("unknown"))
        self.pressure.draw(Drawing(((times, share), level), start, end, words=words, figures={1: ""}))
        cluster = self.bridge.cluster
        self.host.show_stack(stack_of(cluster, self.history, record.owner, (start, end), self.vm))

    def _span(self) -> tuple[float, float]:
        """The span chosen, and a minute ahead where a forecast is drawn."""
        if self.course is None:
            return self.span_shown()
        now = self.history.now_seconds
        return max(0.0, now - self.span_seconds), now + AHEAD_SECONDS

    def _ahead(self) -> tuple[Line, Line]:
        course = self.course
        if course is None or self.vm not in course.vms:
            return EMPTY_LINE, EMPTY_LINE
        column = course.vms.index(self.vm)
        return (course.times_seconds, course.assigned_bytes[:, column]), (course.times_seconds, course.demand_bytes)


def _last(values: Series) -> str:
    return format_bytes(float(values[-1])) if len(values) else tr("unknown")
