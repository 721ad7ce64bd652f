"""Graphs for other programs: a picture, a drawing, a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from hvgui.gui.graphs.chart import Chart
from hvgui.gui.words import tr

_SCALE = 2.0
"""Pictures are drawn at twice the screen's resolution, to be legible on paper."""


class ExportError(Exception):
    """A graph could not be written; the sentence says where and why."""


def copy_picture(charts: QWidget) -> None:
    """Puts a picture of the charts on the clipboard."""
    QGuiApplication.clipboard().setPixmap(_picture(charts))


def save(charts: QWidget, path: Path) -> None:
    """Writes PNG, SVG or CSV, as the file's name says (PNG where it says nothing). Raises ExportError."""
    match path.suffix.lower():
        case ".svg":
            _save_drawing(charts, path)
        case ".csv":
            _save_table(charts.findChildren(Chart), path)
        case _:
            if not _picture(charts).save(str(path), "PNG"):
                raise ExportError(_sentence(path))


def _picture(charts: QWidget) -> QPixmap:
    picture = QPixmap(charts.size() * _SCALE)
    picture.setDevicePixelRatio(_SCALE)
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
        raise ExportError(_sentence(path))
    charts.render(painter, QPoint())
    painter.end()


def _save_table(charts: Sequence[Chart], path: Path) -> None:
    """One row a point: chart, line, moment in seconds, value in bytes, bytes a second, seconds or shares."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("chart", "line", "time_seconds", "value", "unit"))
            for chart in charts:
                writer.writerows(_rows(chart))
    except OSError as error:
        raise ExportError(_sentence(path, error.strerror or "")) from error


_UNITS = {"bytes": "bytes", "rate": "bytes per second", "share": "share", "seconds": "seconds"}


def _rows(chart: Chart) -> list[tuple[str, str, str, str, str]]:
    if chart.drawing is None:
        return []
    style = chart.style_of_chart
    return [
        (style.title, line.name, f"{moment:.9g}", f"{value:.9g}", _UNITS[style.quantity.value])
        for line, (times, values) in zip(style.lines, chart.drawing.lines, strict=True)
        for moment, value in zip(times.tolist(), values.tolist(), strict=True)
    ]


def _sentence(path: Path, why: str = "") -> str:
    if why:
        return tr("The graph could not be written to {path}: {why}.", path=path, why=why)
    return tr("The graph could not be written to {path}. Choose a folder that you may write to.", path=path)
