"""A VM's memory: settings with their forecast beside live graphs of the VM and of its host. Stays open to watch."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.dynamic_memory import available_buffer_percent, memory_status, pressure, why_it_stands
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.units import format_bytes, format_clock, in_seconds
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.facts import Refresh
from hvgui.gui.figures import figure
from hvgui.gui.memory.demand_box import DemandBox
from hvgui.gui.memory.form import MemoryForm
from hvgui.gui.memory.vm_charts import VmMemoryPanel
from hvgui.gui.migrate.command_box import CommandBox
from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.migrate.notices import Notices
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.words import tr
from hvgui.lab.frames import Forecast
from hvgui.lab.memory_course import in_words
from hvgui.requests.guests import SetLoad
from hvgui.requests.memory import SetMemory
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

_AGAIN_MS = 2000
"""A forecast that is looked at while time goes is asked for again this often."""
_MOST_NAMED = 4


class MemoryDialog(QDialog):
    """For one VM."""

    def __init__(self, vm: VmId, desk: Desk) -> None:
        super().__init__(desk.parent)
        if desk.bridge is None:
            raise RuntimeError("no lab is open")
        self.setObjectName("memory dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._vm, self._desk, self._bridge = vm, desk, desk.bridge
        record = self._record()
        self.setWindowTitle(tr("Memory of {vm}", vm=record.name))
        self.form = MemoryForm(desk.cluster, record, self)
        self.demand = DemandBox(record, 4 * record.memory.settings.most_bytes, self)
        self.panel = VmMemoryPanel(self._bridge, vm, self)
        self.notices, self.commands = Notices(self), CommandBox(self)
        self.state, self.told = QLabel(self), QLabel(self)
        self._build()
        self.asker = ForecastAsker(self._bridge, self)
        self.asker.answered.connect(self._answered)
        self.asker.failed.connect(self._no_forecast)
        self._again = QTimer(self)
        self._again.setObjectName("memory forecast again")
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._ask_again)
        self._asked_of_ns = -1
        self.form.changed.connect(self.recheck)
        self.demand.wanted.connect(self._push)
        if desk.facts is not None:
            desk.facts.refreshed.connect(self._follow)
        VmWatch(self, desk, (vm,))
        self._bridge.destroyed.connect(self.reject)
        self.resize(1060, 680)
        fit_on_screen(self)
        self.recheck()
        self._again.start()

    def _build(self) -> None:
        for label, name in ((self.state, "memory state"), (self.told, "memory forecast")):
            label.setObjectName(name)
            label.setWordWrap(True)
        self.told.setProperty("role", "muted")
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(10)
        for widget in (self.state, self.form, self.notices, self.told, self.demand, self.commands):
            column.addWidget(widget)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidget(left)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumWidth(390)
        middle = QHBoxLayout()
        middle.addWidget(scroll, 2)
        middle.addWidget(self.panel, 3)
        box = QDialogButtonBox(self)
        self.apply = QPushButton(tr("&Apply"), box)
        self.apply.setObjectName("apply")
        self.apply.setDefault(True)
        box.addButton(self.apply, QDialogButtonBox.ButtonRole.ApplyRole)
        close = QPushButton(tr("Close"), box)
        close.setAutoDefault(False)
        box.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        self.apply.clicked.connect(self._apply)
        box.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 12, 16, 12)
        whole.addLayout(middle, 1)
        whole.addWidget(box)

    def _record(self) -> VirtualMachine:
        return self._desk.cluster.vms[self._vm]

    # Settings

    def request(self) -> SetMemory:
        """What the form stands for."""
        return SetMemory(self._vm, self.form.settings())

    @property
    def is_changed(self) -> bool:
        """Whether the form says something else than what holds."""
        settings, before = self.form.settings(), self._record().memory.settings
        if not settings.dynamic and not before.dynamic:
            return settings.startup_bytes != before.startup_bytes
        return (settings.least_bytes, settings.startup_bytes, settings.most_bytes) != (
            before.least_bytes,
            before.startup_bytes,
            before.most_bytes,
        ) or (settings.dynamic, settings.buffer_percent, settings.weight) != (
            before.dynamic,
            before.buffer_percent,
            before.weight,
        )

    def recheck(self) -> None:
        """Checks the draft, says what blocks it, and asks for its forecast."""
        request, changed = self.request(), self.is_changed
        found = request.check(self._desk.cluster) if changed else ()
        self.form.enable_for(self._record())
        self.notices.show_problems(found)
        able = changed and not blockers(found) and not self._desk.past_reason
        self.apply.setEnabled(able)
        self.apply.setToolTip("" if able or found else self._desk.past_reason or tr("Nothing has been changed."))
        self.commands.show_commands((request.powershell(self._desk.cluster),) if able else ())
        self.commands.setVisible(able)
        self._say_state()
        if changed and blockers(found):
            self.asker.drop()
            self._show_course(None, "")
        else:
            self.asker.ask(request)

    def _apply(self) -> None:
        self._desk.submit((self.request(),))

    def _push(self, request: SetLoad) -> None:
        self._desk.submit((request,))

    # What comes of it

    def _answered(self, _request: Request, forecast: Forecast) -> None:
        self._asked_of_ns = self.asker.asked_ns
        self._show_course(forecast, self._who_gives(forecast))

    def _no_forecast(self, sentence: str) -> None:
        self._show_course(None, sentence)

    def _show_course(self, forecast: Forecast | None, words: str) -> None:
        self.panel.show_course(None if forecast is None else forecast.memory)
        self.told.setText(words)

    def _who_gives(self, forecast: Forecast) -> str:
        """Who gets and who gives in the next minute, and until when."""
        cluster, course = self._desk.cluster, forecast.memory
        if course is None:
            return forecast.message
        moves = in_words(cluster, course)
        if not moves:
            return tr("Forecast: in the next minute no memory moves on {node}.", node=cluster.nodes[course.node].name)
        parts = [
            tr(
                "{vm} {gets} {size} by {moment}",
                vm=cluster.vms[vm].name,
                gets=tr("gets") if change > 0 else tr("gives"),
                size=format_bytes(abs(change)),
                moment=format_clock(int(seconds * 1e9)),
            )
            for vm, change, seconds in moves[:_MOST_NAMED]
            if vm in cluster.vms
        ]
        if len(moves) > _MOST_NAMED:
            parts.append(tr("{count} more", count=len(moves) - _MOST_NAMED))
        return tr("Forecast (dashed): {moves}.", moves=", ".join(parts))

    def _ask_again(self) -> None:
        """Time goes on: the dashed line is to begin where the full one ends."""
        if (
            self._bridge.time_ns != self._asked_of_ns
            and not self.asker.is_busy
            and not blockers(self.request().check(self._desk.cluster))
        ):
            self.asker.ask(self.request())

    def _say_state(self) -> None:
        vm, facts = self._record(), self._desk.facts
        self.demand.now_seconds = in_seconds(self._bridge.time_ns)
        why = why_it_stands(self._desk.cluster, vm)
        sample = facts.sample if facts is not None else None
        if not vm.assigned_bytes or sample is None:
            self.state.setText(why or tr("{vm} is {state}.", vm=vm.name, state=vm.state.value))
            return
        demand = max(0.0, figure(sample.vm_memory_demand_bytes, vm.id))
        percent = vm.memory.settings.buffer_percent
        status = memory_status(demand, vm.assigned_bytes, percent).value
        words = tr(
            "Assigned {assigned}, demand {demand}: pressure {pressure}, {buffer} of the buffer, {status}.",
            assigned=format_bytes(vm.assigned_bytes),
            demand=format_bytes(demand),
            pressure=f"{pressure(demand, vm.assigned_bytes):.1f}",
            buffer=_buffer_words(available_buffer_percent(demand, vm.assigned_bytes, percent)),
            status=status,
        )
        self.state.setText(f"{words} {why}".strip())

    def _follow(self, refresh: Refresh) -> None:
        if self._vm not in self._desk.cluster.vms:
            return
        self.demand.follow(self._record())
        if self._vm in refresh.vms or refresh.replaced:
            self.recheck()
        else:
            self._say_state()

    def done(self, result: int) -> None:
        """Asks nothing more."""
        self._again.stop()
        self.asker.drop()
        super().done(result)


def _buffer_words(available_percent: float) -> str:
    """How much of the buffer is there: beyond all of it and below none the figure means nothing to anybody."""
    if available_percent >= 100.0:
        return tr("all")
    return f"{available_percent:.0f} %" if available_percent > 0.0 else tr("nothing")
