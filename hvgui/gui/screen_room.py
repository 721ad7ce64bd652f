"""Windows no larger than the screen they are on: their buttons would lie beyond its edge."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

_FRAME = QSize(8, 40)
"""About what a window's title bar and edges take."""


def fit_on_screen(window: QWidget) -> None:
    """Makes a window that is about to be shown as large as its screen has room for, at most."""
    room = window.screen().availableSize() - _FRAME
    if not window.isMaximized() and not window.isFullScreen():
        window.resize(window.size().boundedTo(room))
