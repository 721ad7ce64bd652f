"""Tones of labels: the style sheet colours by a property, and has to be told when it changes."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def set_tone(widget: QWidget, tone: str) -> None:
    """`good`, `warning`, `bad`, or nothing."""
    _set(widget, "tone", tone)


def set_role(widget: QWidget, role: str) -> None:
    """What a label is: `muted`, `section`, or nothing."""
    _set(widget, "role", role)


def _set(widget: QWidget, name: str, value: str) -> None:
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
