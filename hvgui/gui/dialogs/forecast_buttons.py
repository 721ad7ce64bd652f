"""The foot of a window that compares forecasts: work them out again, close."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton

from hvgui.gui.words import tr


def forecast_buttons(dialog: QDialog, ask: Callable[[], object]) -> QHBoxLayout:
    """The row of both buttons; Close is what Return presses."""
    again = QPushButton(tr("&Forecast again"), dialog)
    again.setAutoDefault(False)
    again.clicked.connect(ask)
    close = QPushButton(tr("Close"), dialog)
    close.setDefault(True)
    close.clicked.connect(dialog.reject)
    row = QHBoxLayout()
    row.addWidget(again)
    row.addStretch(1)
    row.addWidget(close)
    return row
