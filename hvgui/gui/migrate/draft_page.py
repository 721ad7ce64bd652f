"""The first page of the dialog: form left, forecast right, the command and what stands in the way below."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hvgui.cluster.cluster import Changes
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.networks import Link
from hvgui.cluster.nodes import Node
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import NANOSECONDS
from hvgui.gui.migrate.command_box import CommandBox
from hvgui.gui.migrate.draft import Planned, cpu_shares, plan
from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.migrate.forecast_view import ForecastView
from hvgui.gui.migrate.form import MigrateForm
from hvgui.gui.migrate.notices import Notices
from hvgui.gui.migrate.run_view import forecast_in_short
from hvgui.gui.migrate.runs import Run
from hvgui.gui.migrate.vm_list import VmList
from hvgui.gui.timeline.past import reason_of
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr
from hvgui.lab.frames import Forecast, Opening
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request, vm_name

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

_LOOK_MS = 300
_LOOKS_SHARE = 20
"""Looking at the world may take a twentieth of the window's time."""
_ASK_AGAIN_MS = 5_000
_MOST_FORECASTS = 64


class DraftPage(QWidget):
    """Keeps plan, sentences, command and forecast in step with the form and with the world."""

    changed = Signal()
    """What could be started is another."""

    def __init__(
        self, bridge: Bridge, vms: tuple[VmId, ...], kind: TaskKind, target: NodeId | None, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._planned: tuple[Planned, ...] = ()
        self._forecasts: dict[Request, Forecast] = {}
        # Those of them that still hold. One that is being renewed is what the person read when Migrate was pressed.
        self._fresh: set[Request] = set()
        self._stopped = False
        self.form = MigrateForm(bridge, vms, kind, target, self)
        self.forecast = ForecastView(bridge, self)
        self.command = CommandBox(self)
        self.notices = Notices(self)
        self.list = VmList(tuple((vm, vm_name(bridge.cluster, vm)) for vm in vms), self) if len(vms) > 1 else None
        self.asker = ForecastAsker(bridge, self)
        self._look_timer = self._timer("migrate form refresh", _LOOK_MS, single=True)
        self._again_timer = self._timer("forecast again", _ASK_AGAIN_MS, single=False)
        self._build()
        self._connect()
        self._form_changed()
        self._again_timer.start()

    def _timer(self, name: str, interval_ms: int, *, single: bool) -> QTimer:
        timer = QTimer(self)
        timer.setObjectName(name)
        timer.setInterval(interval_ms)
        timer.setSingleShot(single)
        return timer

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(10)
        if self.list is not None:
            left.addWidget(self.list, 3)
        left.addWidget(self.form, 4)
        columns = QHBoxLayout()
        columns.setSpacing(16)
        columns.addLayout(left, 3)
        columns.addWidget(self.forecast, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(columns, 1)
        layout.addWidget(self.notices)
        layout.addWidget(self.command)

    def _connect(self) -> None:
        self.form.changed.connect(self._form_changed)
        self.asker.began.connect(self.forecast.show_busy)
        self.asker.answered.connect(self._answered)
        self.asker.failed.connect(self._failed)
        self._look_timer.timeout.connect(self.look)
        self._again_timer.timeout.connect(self._ask_again)
        self._bridge.cluster_changed.connect(self._cluster_changed)
        self._bridge.world_replaced.connect(self._world_replaced)
        if self.list is not None:
            self.list.vm_chosen.connect(self._vm_chosen)

    @property
    def planned(self) -> tuple[Planned, ...]:
        """What the draft means for each VM."""
        return self._planned

    def startable(self) -> list[Run]:
        """A run for each VM whose request nothing blocks, with its forecast if there is one."""
        if self._stopped or reason_of(self._bridge.timeline):
            return []
        return [
            Run(
                vm=one.vm,
                name=vm_name(self._bridge.cluster, one.vm),
                request=one.request,
                forecast=self._forecasts.get(one.request),
            )
            for one in self._planned
            if one.request is not None and not one.is_blocked
        ]

    # The person changes the draft, or the world changes

    def _form_changed(self) -> None:
        self._plan()
        self._ask()

    def _vm_chosen(self, _vm: VmId) -> None:
        self._show_plan()
        self._ask()

    def _cluster_changed(self, changes: Changes) -> None:
        if not self._look_timer.isActive() and not self._stopped:
            self._look_timer.start()
        if any(isinstance(one, Link | Node) for one in changes.records):
            self._forget()
        elif any(map(self._is_ours, changes.records)):
            self._fresh.clear()

    def _world_replaced(self, _opening: Opening) -> None:
        """Another moment: every forecast was of the one before."""
        self._forget()
        self.look()

    def _forget(self) -> None:
        """What was forecast is of no use any more, not even while it is asked anew."""
        self._forecasts.clear()
        self._fresh.clear()

    def _is_ours(self, record: object) -> bool:
        return isinstance(record, VirtualMachine) and record.id in self.form.draft.vms

    def look(self) -> None:
        """Takes the world as it is now; asks for a new forecast where the old one no longer holds."""
        if self._stopped:
            return
        begin = time.perf_counter()
        self.form.refresh()
        self._plan()
        # A thousand VMs take their time: the window is to have most of it.
        cost_ms = round((time.perf_counter() - begin) * 1000)
        self._look_timer.setInterval(max(_LOOK_MS, _LOOKS_SHARE * cost_ms))
        current = self._current()
        if current is not None and current.request not in self._fresh:
            self._ask()

    def _ask_again(self) -> None:
        """Time goes on, and a forecast is as of its moment."""
        moved = self._bridge.time_ns - self.asker.asked_ns > NANOSECONDS
        if moved and self.isVisible() and not self.asker.is_busy:
            self._fresh.clear()
            self._ask()

    def _plan(self) -> None:
        self._planned = plan(self.form.draft, self._bridge.cluster, cpu_shares(self._bridge.latest))
        self._show_plan()

    def _show_plan(self) -> None:
        cluster = self._bridge.cluster
        current = self._current()
        self.notices.show_problems(current.problems if current is not None else ())
        self.command.show_commands(
            tuple(one.request.powershell(cluster) for one in self._planned if one.request and not one.is_blocked)
        )
        if self.list is not None:
            self._show_list(self.list)
            self.forecast.set_subject(vm_name(cluster, self.list.chosen))
        self.changed.emit()

    def _show_list(self, vms: VmList) -> None:
        cluster = self._bridge.cluster
        for one in self._planned:
            vm = cluster.vms.get(one.vm)
            source = node_name(cluster, vm.owner) if vm is not None else "–"
            target = node_name(cluster, one.request.to) if one.request is not None else "–"
            first = next(iter(blockers(one.problems) or one.problems), None)
            forecast = self._forecasts.get(one.request) if one.request is not None else None
            words = str(first) if first is not None else ""
            tone = "bad" if one.is_blocked else "warning" if first is not None else ""
            if not words and forecast is not None:
                words, tone = forecast_in_short(Run(vm=one.vm, name="", request=one.request, forecast=forecast)), "good"
                tone = "good" if forecast.converges else "warning"
            vms.say(one.vm, source, target, words or tr("ready"), tone)

    # Forecasts

    def _current(self) -> Planned | None:
        chosen = self.list.chosen if self.list is not None else self.form.draft.vms[0]
        return next((one for one in self._planned if one.vm == chosen), None)

    def _ask(self) -> None:
        current = self._current()
        if self._stopped or current is None:
            return
        past = reason_of(self._bridge.timeline)
        if past:
            self.asker.drop()
            self.forecast.show_reason(past)
            return
        if current.request is None or current.is_blocked:
            self.asker.drop()
            self.forecast.show_reason(tr("No forecast while something stands in the way."))
            self._ask_for_others()
        elif current.request in self._fresh:
            self._show_forecast(current)
            self._ask_for_others()
        else:
            self.asker.ask(current.request)
            self.forecast.show_busy()

    def _ask_for_others(self) -> None:
        """Fills the list one by one, once the row that is looked at has its forecast."""
        if self.list is None or len(self._fresh) >= _MOST_FORECASTS:
            return
        for one in self._planned:
            if one.request is not None and not one.is_blocked and one.request not in self._fresh:
                self.asker.ask(one.request)
                return

    def _answered(self, request: Request, forecast: Forecast) -> None:
        self._forecasts[request] = forecast
        self._fresh.add(request)
        current = self._current()
        if current is not None and current.request == request:
            self._show_forecast(current)
        if self.list is not None:
            self._show_list(self.list)
        self.changed.emit()
        self._ask_for_others()
        if not self.asker.is_busy:
            self.forecast.spinner.turn(False)

    def _show_forecast(self, current: Planned) -> None:
        if current.request is None:
            return
        vm = self._bridge.cluster.vms.get(current.vm)
        self.forecast.show_forecast(
            self._forecasts[current.request],
            current.vm,
            self.form.draft.kind,
            streams=vm is not None and vm.clients.video is not None,
            asked_ns=self.asker.asked_ns,
        )

    def _failed(self, sentence: str) -> None:
        self.forecast.show_reason(sentence)

    # The end of the page

    def rest(self) -> None:
        """Nobody looks any more: no timers, no questions."""
        self._look_timer.stop()
        self._again_timer.stop()
        self.asker.drop()
        self.forecast.spinner.turn(False)

    def stop(self, sentence: str) -> None:
        """Nothing can be asked any more, and why."""
        self._stopped = True
        self.rest()
        self.notices.show_sentence(sentence, "bad")
        self.changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Another scheme: other icons and colours in the lists."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.form.targets.dress()
