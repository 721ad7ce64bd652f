"""The application: owns the lab that is open, shows the window first, collects garbage where Qt can bear it."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from hvgui.cluster.units import format_clock
from hvgui.gui.housekeeping import Collector, Faults
from hvgui.gui.icons import forget_icons
from hvgui.gui.log_file import Log
from hvgui.gui.main_window import MainWindow
from hvgui.gui.opening import LAB_SUFFIX, Failure, Opened, Opener, Wish, wish_of
from hvgui.gui.program_icon import program_icon
from hvgui.gui.settings import recent_files, remember_file, remembered_flag
from hvgui.gui.theme import Theme
from hvgui.gui.welcome_page import SHOWN_AT_START, WelcomePage
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from hvgui.gui.bridge import Bridge
    from hvgui.lab.session import Session


_REPORTED_EVENTS = 30


class Application(QApplication):
    """macOS names the file of a double click in an event, not on the command line."""

    file_wanted = Signal(str)
    """The path of what is to be opened."""

    def event(self, event: QEvent) -> bool:
        """See QApplication."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.file_wanted.emit(event.file())
            return True
        return super().event(event)


def run_window(argument: str | None) -> int:
    """Shows the window on a lab, an inventory or a sample (None: its first page) until it is closed."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = Application(sys.argv[:1])
    prepare(application)
    log = Log()
    house = House(application, log)
    house.open_first(argument)
    house.window.show()
    before = {number: signal.signal(number, house.end) for number in (signal.SIGINT, signal.SIGTERM)}
    code = application.exec()
    house.close()
    log.close()
    for number, handler in before.items():
        signal.signal(number, handler)
    return code


def prepare(application: QApplication) -> None:
    """Names and style of the application."""
    application.setApplicationName("hvgui")
    application.setApplicationDisplayName("hvgui")
    application.setDesktopFileName("hvgui")
    application.setStyle("fusion")
    application.setWindowIcon(program_icon())


class House(QObject):
    """Owner of the session: it starts it and it closes it, whatever happens to the window."""

    def __init__(self, application: QApplication, log: Log | None = None) -> None:
        super().__init__()
        self._log = log
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
        self._follow_first_page(self.window.opening_page.first)
        self.window.closed.connect(self._window_closed)
        self.window.engine_crashed.connect(self._say_engine_crash)
        self.window.doings.report_wished.connect(self.show_report)
        self.faults.told.connect(self._say_fault)
        application.screenAdded.connect(forget_icons)
        if isinstance(application, Application):
            application.file_wanted.connect(self.window.doings.open_path)

    def _follow_first_page(self, page: WelcomePage) -> None:
        doings = self.window.doings
        page.open_wanted.connect(doings.open_dialog)
        page.sample_wanted.connect(doings.open_sample)
        page.create_wanted.connect(doings.create_lab)
        page.recent_wanted.connect(doings.open_path)
        page.guide_wanted.connect(doings.show_guide)
        page.news_wanted.connect(doings.show_news)

    def open_first(self, argument: str | None) -> None:
        """Opens what was asked for on the command line, once the window has been painted; without anything, the first
        page, or the lab that was open last if that is wished."""
        recent = recent_files()
        if argument is None and (remembered_flag(SHOWN_AT_START, True) or not recent):
            self.window.show_welcome()
            return
        self._argument = argument or recent[0]
        self.window.show_opening(self._argument)
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
        # A new lab as well: it is kept from its first moment, and stands among those to go on with.
        remember_file(str(self._wish.path or session.path))
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
        self.show_report()

    def show_report(self) -> None:
        """What went wrong, in which version, after what; one dialog for all of it."""
        from hvgui.gui.dialogs.fault_dialog import FaultDialog  # noqa: PLC0415  not before it is wanted
        from hvgui.gui.fault_report import report_text  # noqa: PLC0415

        lately = self._log.lately if self._log is not None else ()
        report = report_text(tuple(self.faults.traces), self._last_events(), lately)
        dialog = self.window.findChild(FaultDialog)
        if dialog is None:
            heading = tr(
                "Nothing of this is sent anywhere. Copy it into a report to those who mend hvgui, after you have taken"
                " out what others should not read: it names files and machines."
            )
            log = self._log.path if self._log is not None and self._log.is_written else None
            dialog = FaultDialog(heading, report, log, self.window)
            dialog.open()
        else:
            dialog.say(report)

    def _last_events(self) -> tuple[str, ...]:
        """The newest events of the lab, a line each, the newest at the end."""
        panes = self.window.panes
        newest = panes.events.model.newest(_REPORTED_EVENTS) if panes is not None else ()
        return tuple(f"{format_clock(event.time_ns)} {event.code}: {event.message}" for event in newest)

    def _say_engine_crash(self, sentence: str) -> None:
        """The engine thread's own failure; its trace lies in the file that the sentence names."""
        self.faults.traces.append(sentence)
        self.show_report()

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
