"""Two migrations of the same VM side by side on one scale of time: live against quick, on forks or as they happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import format_clock
from hvgui.gui.dialogs.forecast_buttons import forecast_buttons
from hvgui.gui.migrate.comparison_side import ROOM_BEHIND, Side
from hvgui.gui.migrate.draft import Draft, cpu_shares, request_for, targets_of
from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr
from hvgui.lab.frames import Forecast, Frame, Opening
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request, vm_name

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

KINDS = (TaskKind.LIVE_MIGRATION, TaskKind.QUICK_MIGRATION)


class ComparisonDialog(QDialog):
    """Asks for both forecasts, one after the other, and lets each side show what has happened instead."""

    def __init__(self, parent: QWidget | None, bridge: Bridge, vm: VmId, target: NodeId | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self._bridge, self._vm = bridge, vm
        self._target = target if target is not None else self._best_target()
        name = vm_name(bridge.cluster, vm)
        self.setWindowTitle(tr("Live and quick migration of {vm}", vm=name))
        self.sides = tuple(Side(bridge, vm, kind, self) for kind in KINDS)
        self.asker = ForecastAsker(bridge, self)
        self._to_ask: list[Side] = []
        self._asked: Side | None = None
        self._build(name)
        self.asker.answered.connect(self._answered)
        self.asker.failed.connect(self._failed)
        bridge.frame_arrived.connect(self._frame_arrived)
        bridge.world_replaced.connect(self._world_replaced)
        bridge.destroyed.connect(self._lab_closed)
        for side in self.sides:
            side.source_chosen.connect(self.redraw)
        self.resize(1080, 680)
        fit_on_screen(self)
        self.ask()

    def _build(self, name: str) -> None:
        title = QLabel(tr("{vm}: live against quick migration", vm=name), self)
        title.setProperty("role", "title")
        self.subtitle = QLabel(self)
        self.subtitle.setProperty("role", "muted")
        self.subtitle.setWordWrap(True)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        for side in self.sides:
            columns.addWidget(side, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(title)
        layout.addWidget(self.subtitle)
        layout.addLayout(columns, 1)
        layout.addLayout(forecast_buttons(self, self.ask))

    def _best_target(self) -> NodeId | None:
        cluster = self._bridge.cluster
        if self._vm not in cluster.vms:
            return None
        draft = Draft(TaskKind.LIVE_MIGRATION, (self._vm,))
        rated = targets_of(draft, cluster, self._vm, cpu_shares(self._bridge.latest))
        return rated[0].node if rated else None

    def ask(self) -> None:
        """Both forecasts anew, one after the other: a newer question would push out an older one."""
        cluster = self._bridge.cluster
        moment = format_clock(self._bridge.time_ns)
        target = node_name(cluster, self._target) if self._target is not None else "–"
        self.subtitle.setText(
            tr(
                "Both to {node}, as of {moment}, on forks of the lab: nothing happens to it.",
                node=target,
                moment=moment,
            )
        )
        self._to_ask = list(self.sides)
        for side in self.sides:
            side.forecast = None
        self._ask_next()
        self.redraw()

    def _request(self, side: Side) -> Request | None:
        """The side's request, unless something stands in its way (which is then said)."""
        cluster = self._bridge.cluster
        if self._vm not in cluster.vms:
            side.say(tr("This VM is no longer in the cluster."), "bad")
            return None
        if self._target is None:
            side.say(tr("There is no other node to migrate to."), "bad")
            return None
        request = request_for(Draft(side.kind, (self._vm,), queue=True), self._vm, self._target)
        hindered = blockers(request.check(cluster))
        if hindered:
            side.say(str(hindered[0]), "bad")
            return None
        return request

    def _ask_next(self) -> None:
        self._asked = None
        while self._to_ask and self._asked is None:
            side = self._to_ask.pop(0)
            request = self._request(side)
            if request is None:
                side.spinner.turn(False)
                continue
            self._asked = side
            side.say(tr("Computing..."))
            side.spinner.turn(True)
            self.asker.ask(request)

    def _answered(self, _request: Request, forecast: Forecast) -> None:
        if self._asked is None:
            return
        self._asked.forecast = forecast
        self._asked.spinner.turn(False)
        if not forecast.tasks:
            self._asked.say(forecast.message, "bad")
        self._ask_next()
        self.redraw()

    def _failed(self, sentence: str) -> None:
        if self._asked is not None:
            self._asked.spinner.turn(False)
            self._asked.say(sentence, "bad")
        self._ask_next()

    def _frame_arrived(self, frame: Frame) -> None:
        if any(task.vm == self._vm for task in frame.ended_tasks):
            for side in self.sides:
                side.list_sources()

    def _world_replaced(self, _opening: Opening) -> None:
        """Another moment or branch is shown: what was compared there is gone, and both are asked of this one."""
        self.asker.drop()
        self._asked = None
        for side in self.sides:
            side.list_sources()
        self.ask()

    def _lab_closed(self) -> None:
        """Nothing is left to compare."""
        self.reject()

    def redraw(self) -> None:
        """Both sides on one scale: the longer of the two."""
        shown = [side.shown() for side in self.sides]
        ends = [max(one.course.end_seconds, *(stall.end_seconds for stall in one.stalls), 0.0) for one in shown if one]
        until = max(ends, default=10.0) * ROOM_BEHIND
        for side, one in zip(self.sides, shown, strict=True):
            side.draw(one, until)

    def done(self, result: int) -> None:
        """Asks nothing more."""
        self.asker.drop()
        super().done(result)


def open_comparison(parent: QWidget | None, bridge: Bridge, vm: VmId, target: NodeId | None = None) -> QDialog:
    """Shows live and quick migration of a VM side by side; not in the window's way, deletes itself when closed."""
    dialog = ComparisonDialog(parent, bridge, vm, target)
    dialog.show()
    return dialog
