"""Take the pictures of the user guide anew, from the program as it is, so that they stay true.

    PYTHON packaging/take_guide_pictures.py [--into FOLDER]        with a Python that has hvgui; needs no screen

It plays a short tale on the article's lab, and on the small business, and takes a picture at each step. They belong in
resources/guide/images.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QEvent, QSettings, Qt, QThread
from PySide6.QtWidgets import QApplication, QWidget

from hvgui.cluster.ids import VmId
from hvgui.cluster.tasks import TaskKind
from hvgui.exchange.samples import sample
from hvgui.gui.application import House, prepare
from hvgui.gui.memory.dialog import MemoryDialog
from hvgui.gui.migrate.dialog import MigrateDialog
from hvgui.gui.objects import vm_ref
from hvgui.gui.plan.window import PlanWindow
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.lab.session import Session

TOP = Path(__file__).resolve().parents[1]
PICTURES = ("welcome", "window", "forecast", "result", "memory", "plan")
_WINDOW = (1180, 740)
_PATIENCE_MS = 120_000
_VM = VmId(0)


def main() -> int:
    """Takes all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=TOP / "resources" / "guide" / "images")
    into: Path = parser.parse_args().into
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        application = QApplication(sys.argv[:1])
        prepare(application)
        house = House(application)
        house.theme.apply("light")
        house.window.resize(*_WINDOW)
        try:
            Tale(house, into, Path(folder)).play()
        finally:
            house.window.close()
            house.close()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return 0


class Tale:
    """From the first page to the result of a migration, and a plan."""

    def __init__(self, house: House, into: Path, folder: Path) -> None:
        self._house, self._into, self._folder = house, into, folder

    def play(self) -> None:
        """Each step takes its picture."""
        window = self._house.window
        self._house.open_first(None)
        window.show()
        self._wait(lambda: window.opening_page.first.findChild(QWidget, "welcome article-lab") is not None)
        self._rest(200)
        self._take("welcome", window)
        lab = self._folder / "article-lab.hvlab"
        Session.new(sample("article-lab"), path=lab, name="article-lab").close()
        self._house.open_first(str(lab))
        self._wait(lambda: window.panes is not None)
        session = self._house.session
        assert session is not None and window.panes is not None  # noqa: S101  just waited for
        session.set_speed(60.0)
        session.play()
        self._wait(lambda: self._house.bridge is not None and self._house.bridge.time_ns > 60_000_000_000)
        session.pause()
        session.set_speed(1.0)
        window.panes.reveal(vm_ref(_VM))
        self._rest(1500)
        self._take("window", window)
        self._migrate(session)
        self._take_memory()
        self._take_plan()

    def _migrate(self, session: Session) -> None:
        self._house.window.doings.ask_migration((_VM,), TaskKind.LIVE_MIGRATION, None)
        dialog = self._house.window.findChild(MigrateDialog)
        assert dialog is not None  # noqa: S101
        self._wait(lambda: bool(dialog.page.startable()) and dialog.page.startable()[0].forecast is not None)
        self._rest(1200)
        self._take("forecast", dialog)
        dialog.migrate_button.click()
        session.set_speed(10.0)
        session.play()
        self._wait(lambda: dialog.runs is not None and dialog.runs.are_over)
        self._rest(600)
        session.pause()
        self._take("result", dialog)
        dialog.close()

    def _take_memory(self) -> None:
        self._house.window.board.actions["vm.memory"].trigger()
        dialog = self._house.window.findChild(MemoryDialog)
        assert dialog is not None  # noqa: S101
        session = self._house.session
        assert session is not None  # noqa: S101
        session.set_speed(AS_FAST_AS_POSSIBLE)
        self._rest(2500)
        self._take("memory", dialog)
        dialog.close()

    def _take_plan(self) -> None:
        """A node of the small business that is to give away all its VMs."""
        lab, window = self._folder / "small-business.hvlab", self._house.window
        record = sample("small-business")
        Session.new(record, path=lab, name="small-business").close()
        before = window.panes
        self._house.open_first(str(lab))
        self._wait(lambda: window.panes is not None and window.panes is not before)
        window.board.actions["cluster.optimize"].trigger()
        plan = window.findChild(PlanWindow)
        assert plan is not None  # noqa: S101
        plan.form.toggle_emptied(record.nodes[-1].id)
        self._wait(lambda: plan.run is not None and not plan.asker.is_busy)
        plan.resize(1040, 700)
        plan.sheet.view.setCurrentIndex(plan.sheet.moves.index(0, 0))
        self._rest(600)
        self._take("plan", plan)
        plan.reject()

    def _wait(self, come: Callable[[], bool]) -> None:
        deadline = QDeadlineTimer(_PATIENCE_MS)
        while not come():
            if deadline.hasExpired():
                raise SystemExit("The window did not come to what the next picture shows.")
            self._turn()

    def _rest(self, milliseconds: int) -> None:
        """Lets graphs and forecasts come to rest; only how a picture looks hangs on it."""
        deadline = QDeadlineTimer(milliseconds)
        while not deadline.hasExpired():
            self._turn()

    def _turn(self) -> None:
        QApplication.processEvents()
        QThread.msleep(10)

    def _take(self, name: str, widget: QWidget) -> None:
        picture = widget.grab()
        if picture.width() > _WINDOW[0]:
            picture = picture.scaledToWidth(_WINDOW[0], Qt.TransformationMode.SmoothTransformation)
        if not picture.save(str(self._into / f"{name}.png"), None, 0):
            raise SystemExit(f"{name}.png could not be written.")
        print(f"{name}.png: {(self._into / f'{name}.png').stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    sys.exit(main())
