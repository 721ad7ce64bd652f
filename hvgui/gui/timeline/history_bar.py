"""Undo and redo in the tool bar."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from hvgui.gui.actions.board import Board
from hvgui.gui.keys import keep_space
from hvgui.gui.words import tr


class HistoryBar(QToolBar):
    """Two buttons; what they would take back or bring back is in their tool tips."""

    def __init__(self, board: Board, parent: QWidget) -> None:
        super().__init__(tr("Undo and redo"), parent)
        self.setObjectName("history bar")
        self.setIconSize(QSize(20, 20))
        for command in ("edit.undo", "edit.redo"):
            button = QToolButton(self)
            button.setObjectName(f"tool {command}")
            button.setDefaultAction(board.actions[command])
            keep_space(button)
            self.addWidget(button)
