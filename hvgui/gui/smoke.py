"""A smoke run: one short tale through the whole program, to prove that an installation has all it needs.

The window is painted, a sample opens, the migrate dialog gets its forecast from a process of its own, the VM arrives
on the other node, and everything ends. Settings and the lab lie in a folder that is removed at the end.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMessageLogContext, QObject, QSettings, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.tasks import TaskKind, TaskState
from hvgui.cluster.units import format_seconds
from hvgui.gui.application import House, prepare
from hvgui.gui.opening import LAB_SUFFIX

if TYPE_CHECKING:
    from hvgui.gui.migrate.runs import Run

_LOOK_MS = 20
_PATIENCE_SECONDS = 90.0
"""For one step, on a machine that is busy with other things."""
_OFFSCREEN_HAS_NOT = "This plugin does not support"

Step = tuple[str, Callable[[], bool]]
"""What is waited for, in words that follow 'waited for', and whether it has come."""


class SmokeError(Exception):
    """Something was not as it should be; the text says what."""


def run_smoke(tell: Callable[[str], None]) -> str:
    """Plays the tale; tells each step as it is done. Gives an empty text, or a sentence that says what went wrong."""
    before = qInstallMessageHandler(_pass_on)
    try:
        with tempfile.TemporaryDirectory(prefix="hvgui-smoke-", ignore_cleanup_errors=True) as folder:
            return _played(Path(folder), tell)
    finally:
        qInstallMessageHandler(before)


def _played(folder: Path, tell: Callable[[str], None]) -> str:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    prepare(application)
    house = House(application)
    tale = Tale(house, folder / f"smoke{LAB_SUFFIX}", tell)
    tale.begin()
    application.exec()
    house.window.close()
    house.close()
    return tale.trouble


class Tale(QObject):
    """Goes from step to step on a timer, as the window's own events allow."""

    def __init__(self, house: House, lab: Path, tell: Callable[[str], None]) -> None:
        super().__init__()
        self.trouble = ""
        self._house = house
        self._lab = lab
        self._tell = tell
        self._is_painted = False
        self._steps = self._story()
        self._waited_for: Step = ("", bool)
        self._deadline = 0.0
        self._timer = QTimer(self)
        self._timer.setObjectName("smoke run")
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def begin(self) -> None:
        """The first step; the application's loop carries on."""
        self._house.faults.told.connect(self._fail)
        self._house.window.installEventFilter(self)
        self._next()
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Sees when the window has been painted for the first time."""
        if event.type() == QEvent.Type.Paint:
            self._is_painted = True
        return super().eventFilter(watched, event)

    def _story(self) -> Iterator[Step]:
        from hvgui.exchange.samples import DEFAULT_SAMPLE, sample  # noqa: PLC0415  not before the first paint
        from hvgui.lab.session import Session  # noqa: PLC0415

        window = self._house.window
        window.show()
        yield "the window's first paint", lambda: self._is_painted
        self._tell("The window is painted.")
        Session.new(sample(DEFAULT_SAMPLE), path=self._lab, name=DEFAULT_SAMPLE).close()
        self._house.open_first(str(self._lab))
        yield f"the sample {DEFAULT_SAMPLE} to open", lambda: window.panes is not None
        self._tell(f"The sample {DEFAULT_SAMPLE} is open.")
        yield from self._migration()

    def _migration(self) -> Iterator[Step]:
        from hvgui.gui.migrate.dialog import MigrateDialog  # noqa: PLC0415  brings graphs along
        from hvgui.lab.frames import AS_FAST_AS_POSSIBLE  # noqa: PLC0415

        bridge, window = self._house.bridge, self._house.window
        if bridge is None:
            raise SmokeError("The sample stands open without a lab.")
        vm = _a_clustered(bridge.cluster)
        window.doings.ask_migration((vm,), TaskKind.LIVE_MIGRATION, None)
        dialog = window.findChild(MigrateDialog)
        if dialog is None:
            raise SmokeError("The migrate dialog did not open.")
        name = bridge.cluster.vms[vm].name
        page = dialog.page
        yield f"a forecast for {name}", lambda: bool(page.startable()) and page.startable()[0].forecast is not None
        if not bridge.session.forecasts_in_processes:
            raise SmokeError("Forecasts do not come from a process of their own: none can be started here.")
        self._tell(f"The forecast for {name} came from a process of its own.")
        dialog.migrate_button.click()
        bridge.session.set_speed(AS_FAST_AS_POSSIBLE)
        bridge.session.play()
        yield f"{name} to arrive", lambda: dialog.runs is not None and dialog.runs.are_over
        for run in dialog.runs.runs if dialog.runs is not None else ():
            self._tell(self._arrived(run))
        dialog.close()

    def _arrived(self, run: Run) -> str:
        """What became of it, in a line. Raises SmokeError unless the VM runs on its target."""
        bridge, task = self._house.bridge, run.last
        if bridge is None or task is None or task.state is not TaskState.SUCCEEDED:
            why = run.refused or (task.message if task is not None else "")
            raise SmokeError(f"The live migration of {run.name} did not succeed: {why or 'it gave no reason.'}")
        vm, target = bridge.cluster.vms[run.vm], bridge.cluster.nodes[task.target]
        if vm.owner != target.id or vm.state is not VmState.RUNNING:
            raise SmokeError(f"{run.name} is said to have arrived, but it does not run on {target.name}.")
        took = format_seconds(task.result.duration_seconds) if task.result is not None else "no time"
        return f"{run.name} was live-migrated to {target.name} in {took} of simulated time."

    def _next(self) -> None:
        try:
            self._waited_for = next(self._steps)
        except StopIteration:
            self._end()
        except Exception as error:  # noqa: BLE001  whatever it is, it is what the smoke run is for
            self._fail(str(error) if isinstance(error, SmokeError) else f"{type(error).__name__}: {error}")
        self._deadline = time.monotonic() + _PATIENCE_SECONDS

    def _look(self) -> None:
        what, has_come = self._waited_for
        if has_come():
            self._next()
        elif time.monotonic() > self._deadline:
            said = self._house.window.notice.text
            self._fail(f"Waited for {what} for {format_seconds(_PATIENCE_SECONDS)} in vain. {said}".strip())

    def _fail(self, sentence: str) -> None:
        self.trouble = self.trouble or sentence
        self._end()

    def _end(self) -> None:
        self._timer.stop()
        QApplication.quit()


def _a_clustered(cluster: Cluster) -> VmId:
    """The first running VM that the cluster can move. Raises SmokeError where the sample has none."""
    for vm in cluster.vms.values():
        if vm.highly_available and vm.state is VmState.RUNNING:
            return vm.id
    raise SmokeError("The sample has no running VM that can be migrated.")


def _pass_on(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Qt's messages, but for what every window without a screen says."""
    if _OFFSCREEN_HAS_NOT not in message and kind is not QtMsgType.QtDebugMsg:
        sys.stderr.write(f"Qt: {message}\n")
