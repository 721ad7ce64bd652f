"""Widgets as pictures for other programs: on the clipboard, as a file of pixels, as a drawing."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from hvgui.gui.words import tr

_SCALE = 2.0
"""Pictures are drawn at twice the screen's resolution, to be legible on paper."""
_MOST_PIXELS = 24e6
"""Of larger ones the resolution is as high as keeps them below this: a thousand nodes need no hundred megabytes."""


class ExportError(Exception):
    """A graph could not be written; the sentence says where and why."""


def copy_picture(charts: QWidget) -> None:
    """Puts a picture of a widget on the clipboard."""
    QGuiApplication.clipboard().setPixmap(_picture(charts))


def save_picture(charts: QWidget, path: Path) -> None:
    """Writes SVG where the file's name ends so, else PNG. Raises ExportError."""
    if path.suffix.lower() == ".svg":
        _save_drawing(charts, path)
    elif not _picture(charts).save(str(path), "PNG"):
        raise ExportError(not_written(path))


def _picture(charts: QWidget) -> QPixmap:
    area = max(1, charts.width() * charts.height())
    scale = min(_SCALE, max(1.0, math.sqrt(_MOST_PIXELS / area)))
    picture = QPixmap(charts.size() * scale)
    picture.setDevicePixelRatio(scale)
    picture.fill(charts.palette().window().color())
    charts.render(picture)
    return picture


def _save_drawing(charts: QWidget, path: Path) -> None:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(QSize(charts.size()))
    generator.setViewBox(QRect(charts.rect()))
    generator.setTitle(charts.accessibleName())
    painter = QPainter()
    if not painter.begin(generator):
        raise ExportError(not_written(path))
    charts.render(painter, QPoint())
    painter.end()


def not_written(path: Path, why: str = "") -> str:
    """The sentence for an ExportError."""
    if why:
        return tr("The graph could not be written to {path}: {why}.", path=path, why=why)
    return tr("The graph could not be written to {path}. Choose a folder that you may write to.", path=path)
