"""The log: what went on lately, in the platform's folder for logs. It never gets in the way."""

from __future__ import annotations

import logging
from collections import deque
from logging import handlers
from pathlib import Path

import platformdirs

from hvgui import __version__

FILE_BYTES = 1_000_000
"""As long as one file grows; then it is put aside."""
OLD_FILES = 3
_LATELY = 40
_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_log = logging.getLogger("hvgui")


def log_folder() -> Path:
    """Where the log lies, whether it can be written or not."""
    return platformdirs.user_log_path("hvgui")


class Log:
    """Kept from the program's start to its end."""

    def __init__(self, folder: Path | None = None) -> None:
        self.path = (folder or log_folder()) / "hvgui.log"
        self._lately = _Lately()
        self._handlers: list[logging.Handler] = [self._lately]
        file = _opened(self.path)
        if file is not None:
            self._handlers.append(file)
        self._level = _log.level
        _log.setLevel(logging.INFO)
        for handler in self._handlers:
            handler.setFormatter(logging.Formatter(_FORM))
            _log.addHandler(handler)
        _log.info("hvgui %s begins", __version__)

    @property
    def is_written(self) -> bool:
        """Whether there is a file; without one the last lines are kept in memory all the same."""
        return len(self._handlers) > 1

    @property
    def lately(self) -> tuple[str, ...]:
        """Its last lines, the newest at the end."""
        return tuple(self._lately.lines)

    def close(self) -> None:
        """Writes no more."""
        _log.setLevel(self._level)
        for handler in self._handlers:
            _log.removeHandler(handler)
            handler.close()


class _Lately(logging.Handler):
    """The last lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=_LATELY)

    def emit(self, record: logging.LogRecord) -> None:
        """See Handler."""
        self.lines.append(self.format(record))


class _File(handlers.RotatingFileHandler):
    """A file that is put aside when it is long. A disk that is full must not become a second fault."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: whoever looks for the line finds it in the report all the same."""


def _opened(path: Path) -> _File | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _File(path, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8")
    except OSError:
        return None
