"""Windows that stand beside the main one and belong to its lab: they go with it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

_CLOSED = ("branches dialog", "import wizard", "maintenance progress")
_ENDED = ("validation wizard", "plan window", "what-if", "add node wizard")
"""These ask, or say something, when they are closed by hand; a lab that goes leaves nothing to ask."""


def close_lab_windows(parent: QWidget) -> None:
    """Closes them all."""
    for name in _CLOSED:
        for dialog in parent.findChildren(QDialog, name):
            dialog.close()
    for name in _ENDED:
        for dialog in parent.findChildren(QDialog, name):
            dialog.done(QDialog.DialogCode.Rejected)
