"""What a person's hands do in a story: choose an object, give a command, find what has opened, press a button."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Cluster
from hvgui.gui.application import House
from hvgui.gui.objects import Ref

W = TypeVar("W", bound=QWidget)


def cluster_of(house: House) -> Cluster:
    """The cluster as the window shows it."""
    assert house.bridge is not None
    return house.bridge.cluster


def choose(house: House, ref: Ref) -> None:
    """Chooses one object in the tree; commands are judged by it at once."""
    assert house.window.panes is not None
    house.window.panes.reveal(ref)
    house.window.desk.refs = (ref,)
    house.window.board.refresh()


def give(house: House, command: str) -> None:
    """Gives a command that can be given."""
    action = house.window.board.actions[command]
    assert action.isEnabled(), action.toolTip()
    action.trigger()


def in_sight(house: House, kind: type[W]) -> W:
    """The newest window or part of its kind that is seen."""
    found = [one for one in house.window.findChildren(kind) if one.isVisible()]
    assert found, f"no {kind.__name__} is in sight"
    return found[-1]


def press(qtbot: QtBot, holder: QWidget, name: str = "apply") -> None:
    """Clicks a button that can be clicked."""
    button = holder.findChild(QPushButton, name)
    assert button is not None
    assert button.isEnabled(), button.toolTip()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
