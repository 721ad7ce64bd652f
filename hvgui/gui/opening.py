"""Opening a lab off the main thread: samples are generated and inventories read while the window stays alive."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.exchange.findings import Finding
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from hvgui.exchange.lab_plan import LabPlan
    from hvgui.lab.session import Session

LAB_SUFFIX = ".hvlab"
_POLL_MS = 40


@dataclass(frozen=True)
class Wish:
    """What is to be opened: a file, a sample by its name, or a lab that is to be made."""

    path: Path | None = None
    sample: str = ""
    plan: LabPlan | None = None

    @property
    def title(self) -> str:
        """In words."""
        if self.plan is not None:
            return self.plan.cluster
        return self.path.name if self.path is not None else tr("sample {name}", name=self.sample)


@dataclass(frozen=True)
class Opened:
    """A lab that stands open, and what the import found."""

    session: Session
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Failure:
    """Why nothing was opened, and whether something may be recovered of the lab all the same."""

    sentence: str
    is_damaged: bool = False


def wish_of(argument: str | None) -> Wish:
    """What a person meant on the command line: a file that is there, or else the name of a sample."""
    from hvgui.exchange.samples import DEFAULT_SAMPLE, sample_names  # noqa: PLC0415  not before the first paint

    if argument is None:
        return Wish(sample=DEFAULT_SAMPLE)
    if argument in sample_names():
        return Wish(sample=argument)
    return Wish(path=Path(argument))


def open_wish(wish: Wish) -> Opened:
    """Opens it, in whatever thread. Raises an error whose text is a sentence for people."""
    # The engine, numpy and SQLite: not before the first paint.
    from hvgui.exchange.inventory import read_inventory  # noqa: PLC0415
    from hvgui.exchange.new_lab import lab_record  # noqa: PLC0415
    from hvgui.exchange.samples import sample  # noqa: PLC0415
    from hvgui.lab.session import Session  # noqa: PLC0415

    if wish.plan is not None:
        return Opened(Session.new(lab_record(wish.plan), seed=wish.plan.seed, name=wish.plan.cluster))
    if wish.path is None:
        return Opened(Session.new(sample(wish.sample), name=wish.sample))
    if wish.path.suffix.lower() == LAB_SUFFIX:
        return Opened(Session.open(wish.path))
    imported = read_inventory(wish.path)
    return Opened(Session.new(imported.record, name=wish.path.stem), imported.findings)


class Opener(QObject):
    """Opens one thing at a time. A cancelled one is closed again as soon as it stands open."""

    opened = Signal(object)
    """Opened."""
    failed = Signal(object)
    """Failure."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._future: Future[Opened] | None = None
        self._threads: list[threading.Thread] = []
        self._timer = QTimer(self)
        self._timer.setObjectName("opener")
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def is_busy(self) -> bool:
        """Whether something is being opened."""
        return self._future is not None

    def open(self, wish: Wish) -> None:
        """Begins; what was being opened before is cancelled."""
        self.cancel()
        future: Future[Opened] = Future()
        self._future = future
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=partial(_work, wish, future), name="hvgui-opener", daemon=True)
        self._threads.append(thread)
        thread.start()
        self._timer.start()

    def cancel(self) -> None:
        """What is being opened is not wanted any more."""
        self._timer.stop()
        future, self._future = self._future, None
        if future is not None:
            future.add_done_callback(_close_unwanted)

    def close(self, timeout_seconds: float = 10.0) -> None:
        """Cancels, and waits for the threads."""
        self.cancel()
        for thread in self._threads:
            thread.join(timeout_seconds)
        self._threads.clear()

    def _poll(self) -> None:
        future = self._future
        if future is None or not future.done():
            return
        self._timer.stop()
        self._future = None
        error = future.exception()
        if error is None:
            self.opened.emit(future.result())
        else:
            self.failed.emit(_failure(error))


def _work(wish: Wish, future: Future[Opened]) -> None:
    try:
        future.set_result(open_wish(wish))
    except Exception as error:  # noqa: BLE001  whatever it is, a person gets to read it in the window
        future.set_exception(error)


def _failure(error: BaseException) -> Failure:
    from hvgui.lab.errors import DamagedLabError  # noqa: PLC0415  the lab's room: not before the first paint

    return Failure(str(error) or type(error).__name__, isinstance(error, DamagedLabError))


def _close_unwanted(future: Future[Opened]) -> None:
    """In the opener's thread: nobody waits for this one."""
    if future.exception() is None:
        future.result().session.close()
