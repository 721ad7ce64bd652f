"""What a study came to for other programs: the picture, the table, the report as one HTML file."""

from __future__ import annotations

import csv
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.what_if import WhatIfReport
from hvgui.exchange.what_if_report import what_if_html
from hvgui.gui.events.event_file import plain
from hvgui.gui.theme import colours
from hvgui.gui.what_if.columns import CASE_COLUMNS, CaseRow
from hvgui.gui.what_if.legend import GradeLegend
from hvgui.gui.what_if.matrix_view import MatrixPicture
from hvgui.gui.words import tr
from hvgui.lab.validation.kept_reports import report_path
from hvgui.requests.request import node_name

_SCALE = 2.0
"""Pictures are drawn at twice the screen's resolution, to be legible on paper."""
_MARGIN = 10
_HEADINGS = (
    "case",
    "outcome",
    "stay_down",
    "longest_down_seconds",
    "left_behind",
    "clients_notice",
    "overloaded_nodes",
    "seconds",
    "in_words",
)


class ExportError(Exception):
    """Something could not be written; the sentence says where and why."""


def save_picture(picture: MatrixPicture, legend: GradeLegend, path: Path) -> None:
    """The picture with its legend, as PNG, or SVG where the file's name says so. Raises ExportError."""
    width = max(picture.sizeHint().width(), 420)
    legend_height = round(legend.height_for(float(width)))
    size = QSize(width + 2 * _MARGIN, picture.sizeHint().height() + legend_height + 3 * _MARGIN)
    if path.suffix.lower() == ".svg":
        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setSize(size)
        generator.setViewBox(QRect(0, 0, size.width(), size.height()))
        generator.setTitle(picture.accessibleName())
        painter = QPainter()
        if not painter.begin(generator):
            raise ExportError(_sentence(path))
        _paint(painter, picture, legend, size)
        painter.end()
        return
    pixels = QPixmap(size * _SCALE)
    pixels.setDevicePixelRatio(_SCALE)
    painter = QPainter(pixels)
    _paint(painter, picture, legend, size)
    painter.end()
    if not pixels.save(str(path), "PNG"):
        raise ExportError(_sentence(path))


def _paint(painter: QPainter, picture: MatrixPicture, legend: GradeLegend, size: QSize) -> None:
    painter.setFont(picture.font())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRect(0, 0, size.width(), size.height()), QColor(colours().window))
    painter.translate(_MARGIN, _MARGIN)
    picture.paint_whole(painter)
    painter.translate(0, picture.sizeHint().height() + _MARGIN)
    legend.paint_into(painter, float(size.width() - 2 * _MARGIN))


def save_table(rows: Sequence[CaseRow], cluster: Cluster, path: Path) -> None:
    """One row a trial that was tried, as CSV. Raises ExportError."""
    try:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow(_HEADINGS)
            writer.writerows(_line(row, cluster) for row in rows if row.outcome is not None)
    except OSError as error:
        raise ExportError(_sentence(path, error.strerror or type(error).__name__)) from error


def _line(row: CaseRow, cluster: Cluster) -> tuple[str, ...]:
    outcome = row.outcome
    if outcome is None:
        raise ValueError("not tried")
    return (
        plain(row.title),
        CASE_COLUMNS[1].text(row),
        str(row.down),
        f"{row.longest_seconds:.6g}",
        str(row.left),
        str(row.clients),
        plain(" ".join(node_name(cluster, node) for node in outcome.overloaded)),
        f"{outcome.seconds:.6g}",
        plain(row.words),
    )


def kept_report_path(lab: Path) -> Path:
    """Where the report of a lab's last study is, or will be, for the browser."""
    path = report_path(lab)
    return path.with_name(f"{path.stem} what-if.html")


def write_report(report: WhatIfReport, cluster: Cluster, path: Path, breathe: Callable[[], None]) -> None:
    """The report as HTML, whole or not at all; it may be long, and `breathe` is called between its pieces. Raises
    OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("w", encoding="utf-8") as file:
            for piece in what_if_html(report, cluster):
                file.write(piece)
                breathe()
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _sentence(path: Path, why: str = "") -> str:
    if why:
        return tr("{path} could not be written: {why}.", path=path, why=why.lower())
    return tr("{path} could not be written. Choose a folder that you may write to.", path=path)
