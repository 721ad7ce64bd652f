"""The space bar plays and pauses; a button, tick box or list that has the focus keeps it for itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


class _SpaceKeeper(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claims the space bar before it becomes the window's shortcut."""
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.ShortcutOverride:
            return False
        if event.key() != Qt.Key.Key_Space or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        event.accept()
        return True


def keep_space(*widgets: QWidget) -> None:
    """Lets these widgets be pressed with the space bar while they have the focus."""
    for widget in widgets:
        widget.installEventFilter(_SpaceKeeper(widget))
