"""Graphs for other programs: a picture, a drawing, a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from hvgui.gui.graphs.chart import Chart
from hvgui.gui.graphs.pictures import ExportError, copy_picture, not_written, save_picture

__all__ = ["ExportError", "copy_picture", "save"]


def save(charts: QWidget, path: Path) -> None:
    """Writes PNG, SVG or CSV, as the file's name says (PNG where it says nothing). Raises ExportError."""
    if path.suffix.lower() == ".csv":
        _save_table(charts.findChildren(Chart), path)
    else:
        save_picture(charts, path)


def _save_table(charts: Sequence[Chart], path: Path) -> None:
    """One row a point: chart, line, moment in seconds, value in bytes, bytes a second, seconds or shares."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("chart", "line", "time_seconds", "value", "unit"))
            for chart in charts:
                writer.writerows(_rows(chart))
    except OSError as error:
        raise ExportError(not_written(path, error.strerror or "")) from error


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
