"""Looking into a folder beside the window: in a thread, with how far it is, and a way to call it off."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.cluster.cluster import Cluster
from hvgui.exchange.imports.found import Found, ImportRefusedError
from hvgui.exchange.imports.looking import look_into
from hvgui.exchange.vhd.errors import StoppedError
from hvgui.gui.words import tr

_POLL_MS = 60


@dataclass
class _Look:
    """What the thread tells and is told; each is one assignment."""

    machines: int = 0
    is_stopped: bool = False
    answer: Future[Found] = field(default_factory=Future)

    def told(self, machines: int) -> None:
        """See look_into."""
        self.machines = machines
        if self.is_stopped:
            raise StoppedError


class Reading(QObject):
    """One look at a time."""

    progressed = Signal(int)
    """Machines found so far."""
    ended = Signal(object, str)
    """Found, or None and a sentence that says why there is nothing."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._look: _Look | None = None
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setObjectName("import reading")
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def is_busy(self) -> bool:
        """Whether something is being read."""
        return self._look is not None

    def begin(self, path: Path, cluster: Cluster) -> None:
        """Looks into a path, and what of it is in the cluster already: `cluster` is a fork that nobody else has."""
        self.close()
        look = self._look = _Look()

        def run() -> None:
            try:
                look.answer.set_result(look_into(path, cluster, look.told))
            except BaseException as error:  # noqa: BLE001  handed over to the window, which says it
                look.answer.set_exception(error)

        self._thread = threading.Thread(target=run, name="hvgui-import-reading", daemon=True)
        self._thread.start()
        self._timer.start()

    def stop(self) -> None:
        """Calls it off."""
        if self._look is not None:
            self._look.is_stopped = True

    def close(self) -> None:
        """Calls it off and waits for its end; tells nothing any more."""
        self.stop()
        if self._thread is not None:
            self._thread.join()
        self._timer.stop()
        self._look = self._thread = None

    def _poll(self) -> None:
        look = self._look
        if look is None:
            return
        if not look.answer.done():
            self.progressed.emit(look.machines)
            return
        self.close()
        error = look.answer.exception()
        if error is None:
            self.ended.emit(look.answer.result(), "")
        else:
            self.ended.emit(None, _sentence(error))


def _sentence(error: BaseException) -> str:
    if isinstance(error, StoppedError):
        return tr("Reading was called off. Go back and choose again.")
    if isinstance(error, ImportRefusedError):
        return str(error)
    if isinstance(error, OSError):
        return tr("It can't be read: {why}.", why=(error.strerror or str(error)).lower())
    return tr("Unexpected: {why}.", why=str(error) or type(error).__name__)
