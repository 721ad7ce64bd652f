"""Of several questions of one kind, only the newest is answered: who drags a slider wants to be where it is now."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any


class NewestOnly:
    """Cancels the question before, unless its answer has begun. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: Future[Any] | None = None

    def offer(self, answer: Future[Any]) -> None:
        """A newer question."""
        with self._lock:
            older, self._newest = self._newest, answer
        if older is not None:
            older.cancel()
