"""The application: owns the lab that is open, shows the window first, collects garbage where Qt can bear it."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from hvgui.gui.housekeeping import Collector, Faults
from hvgui.gui.icons import forget_icons
from hvgui.gui.main_window import MainWindow
from hvgui.gui.opening import LAB_SUFFIX, Failure, Opened, Opener, Wish, wish_of
from hvgui.gui.settings import remember_file
from hvgui.gui.theme import Theme
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from hvgui.gui.bridge import Bridge
    from hvgui.lab.session import Session


def run_window(argument: str | None) -> int:
    """Shows the window on a lab, an inventory or a sample (None: the article's lab) until it is closed."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(sys.argv[:1])
    prepare(application)
    house = House(application)
    house.open_first(argument)
    house.window.show()
    before = {number: signal.signal(number, house.end) for number in (signal.SIGINT, signal.SIGTERM)}
    code = application.exec()
    house.close()
    for number, handler in before.items():
        signal.signal(number, handler)
    return code


def prepare(application: QApplication) -> None:
    """Names and style of the application."""
    application.setApplicationName("hvgui")
    application.setApplicationDisplayName("hvgui")
    application.setDesktopFileName("hvgui")
    application.setStyle("fusion")


class House(QObject):
    """Owner of the session: it starts it and it closes it, whatever happens to the window."""

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        self.theme = Theme(application)
        self.theme.apply_remembered()
        self.window = MainWindow(self.theme)
        self.session: Session | None = None
        self.bridge: Bridge | None = None
        self._argument: str | None = None
        self._wish = Wish()
        self._opener = Opener(self)
        self._collector = Collector(self)
        self.faults = Faults(self)
        self._opener.opened.connect(self._take)
        self._opener.failed.connect(self._say_failed)
        self.window.doings.wished.connect(self.open)
        self.window.doings.save_wished.connect(self._save_as)
        self.window.opening_page.cancelled.connect(self._cancel)
        self.window.opening_page.open_wanted.connect(self.window.doings.open_dialog)
        self.window.opening_page.create_wanted.connect(self.window.doings.create_lab)
        self.window.opening_page.sample_wanted.connect(self.window.doings.open_sample)
        self.window.closed.connect(self._window_closed)
        self.faults.told.connect(self._say_fault)
        application.screenAdded.connect(forget_icons)

    def open_first(self, argument: str | None) -> None:
        """Opens what was asked for on the command line, once the window has been painted."""
        self._argument = argument
        self.window.show_opening(argument or tr("the sample lab"))
        QTimer.singleShot(0, self, self._open_argument)

    def open(self, wish: Wish) -> None:
        """Opens something else; the lab that is open stays until the other one stands."""
        self._wish = wish
        self.window.show_opening(wish.title)
        self._opener.open(wish)

    def end(self, _signal: int, _frame: FrameType | None) -> None:
        """Ctrl+C in the terminal, or the system's wish to shut down: as if somebody had closed the window."""
        QApplication.closeAllWindows()
        QApplication.quit()

    def close(self) -> None:
        """Ends everything that was started. A second call has no effect."""
        self._opener.close()
        self._leave()
        self._collector.stop()
        self.faults.stop()
        forget_icons()

    def _open_argument(self) -> None:
        self.open(wish_of(self._argument))

    def _take(self, opened: Opened) -> None:
        # Both bring numpy along, which the first paint need not wait for.
        from hvgui.gui.bridge import Bridge  # noqa: PLC0415
        from hvgui.gui.graphs.history import history_of  # noqa: PLC0415

        self._leave()
        session = self.session = opened.session
        bridge = self.bridge = Bridge(session, self)
        # Before the first frame, so that graphs opened later show what came before.
        history_of(bridge)
        session.start()
        self.window.show_lab(bridge)
        bridge.start()
        if self._wish.path is None or self._wish.path.suffix != LAB_SUFFIX:
            # A new lab lives at once. One that was kept stands until somebody lets its time go on.
            session.play()
        if self._wish.path is not None:
            remember_file(str(self._wish.path))
        if opened.findings and self._wish.path is not None:
            self._show_findings(opened)
        self._collector.settle()

    def _show_findings(self, opened: Opened) -> None:
        from hvgui.gui.dialogs.reading import FindingsDialog  # noqa: PLC0415  not before it is wanted

        FindingsDialog(self._wish.title, opened.findings, self.window).open()

    def _say_failed(self, failure: Failure) -> None:
        self._back()
        if self._wish.path is not None and failure.is_damaged:
            self.window.doings.offer_recovery(self._wish.path, failure.sentence)
        else:
            self.window.say(failure.sentence, "bad")

    def _say_fault(self, sentence: str) -> None:
        self.window.say(sentence, "bad")

    def _cancel(self) -> None:
        self._opener.cancel()
        self._back()

    def _back(self) -> None:
        """To the lab that is open still, if there is one."""
        if self.bridge is not None and self.window.panes is not None:
            self.window.show_panes()
        else:
            self.window.show_welcome()

    def _save_as(self, path: Path) -> None:
        if self.session is not None and self.bridge is not None:
            self.bridge.follow(self.session.save_as(path.with_suffix(LAB_SUFFIX)), self._saved)

    def _saved(self, future: Future[Path]) -> None:
        error = future.exception()
        if error is not None:
            self.window.say(str(error), "bad")
            return
        remember_file(str(future.result()))
        self.window.show_keeping()
        self.window.say(tr("The lab is kept in {path}.", path=future.result()))

    def _window_closed(self) -> None:
        self.close()

    def _leave(self) -> None:
        """Closes the lab that is open."""
        self.window.drop_lab()
        if self.bridge is not None:
            self.bridge.stop()
            self.bridge.deleteLater()
            self.bridge = None
        if self.session is not None:
            self.session.close()
            self.session = None
