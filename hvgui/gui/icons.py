"""Icons: drawings of one line width (Tabler, MIT), tinted from the scheme and drawn for every scale of the screens."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from hvgui.gui.theme import Colours, colours
from hvgui.shipped import shipped_file

_SIZES = (16, 20, 24, 32)
"""Logical sizes that widgets ask for: rows, menus, tool bars, headers."""


def icon(name: str, tint: str = "text") -> QIcon:
    """The icon in a tint of the scheme in use: `text`, `muted`, `accent`, `good`, `warning`, `bad`.

    Raises FileNotFoundError for a name that has no file.
    """
    scheme = colours()
    return _icon(name, str(getattr(scheme, tint)), scheme.muted)


def pixmap(name: str, tint: str, size: int) -> QPixmap:
    """The icon as a picture of a logical size, for labels."""
    return icon(name, tint).pixmap(size, size)


def forget_icons(_scheme: Colours | None = None) -> None:
    """Frees what was drawn: after a change of scheme or of screens, and before the application ends."""
    _icon.cache_clear()
    _ratios.cache_clear()


@cache
def _ratios() -> tuple[float, ...]:
    return tuple(sorted({screen.devicePixelRatio() for screen in QGuiApplication.screens()} or {1.0}))


@cache
def _icon(name: str, colour: str, disabled: str) -> QIcon:
    drawing = shipped_file(f"icons/{name}.svg").read_text(encoding="utf-8")
    made = QIcon()
    # A chosen row keeps the icon as it is: Qt's own way of tinting it would dull the colour of the state.
    for modes, tint in (((QIcon.Mode.Normal, QIcon.Mode.Selected), colour), ((QIcon.Mode.Disabled,), disabled)):
        renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", tint).encode()))
        for size in _SIZES:
            for ratio in _ratios():
                picture = _drawn(renderer, size, ratio)
                for mode in modes:
                    made.addPixmap(picture, mode)
    return made


def _drawn(renderer: QSvgRenderer, size: int, ratio: float) -> QPixmap:
    pixels = round(size * ratio)
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
