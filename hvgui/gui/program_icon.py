"""The program's own picture: on its window, on its first page and in its About."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from hvgui.shipped import shipped_file

_SIZES = (16, 24, 32, 48, 64, 128)


def program_icon() -> QIcon:
    """In the sizes that title bars and task bars ask for."""
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(_drawn(size, 1.0))
    return made


def program_picture(size: int) -> QPixmap:
    """Of a logical size, as sharp as the sharpest screen."""
    return _drawn(size, max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0))


def _drawn(size: int, ratio: float) -> QPixmap:
    # Read first: an installation that lacks the drawing is to say so, not to break off in the middle of painting.
    renderer = QSvgRenderer(str(shipped_file("desktop/hvgui.svg")))
    pixels = round(size * ratio)
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
