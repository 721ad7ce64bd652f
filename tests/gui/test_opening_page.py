"""The page of a window without a lab: it offers what can be opened."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from hvgui.exchange.samples import sample_names
from hvgui.gui.opening_page import OpeningPage


def _button(page: OpeningPage, name: str) -> QPushButton:
    found = page.findChild(QPushButton, name)
    assert found is not None
    return found


def test_without_a_lab_every_sample_and_a_file_are_one_click_away(qtbot: QtBot) -> None:
    page = OpeningPage()
    qtbot.addWidget(page)
    page.show()
    for name in sample_names():
        qtbot.waitUntil(lambda name=name: page.findChild(QPushButton, f"welcome {name}") is not None)
        with qtbot.waitSignal(page.first.sample_wanted) as asked:
            qtbot.mouseClick(_button(page, f"welcome {name}"), Qt.MouseButton.LeftButton)
        assert asked.args == [name]
    with qtbot.waitSignal(page.first.open_wanted):
        qtbot.mouseClick(_button(page, "welcome open"), Qt.MouseButton.LeftButton)


def test_while_something_opens_only_cancel_is_offered(qtbot: QtBot) -> None:
    page = OpeningPage()
    qtbot.addWidget(page)
    page.begin("our-cluster.json")
    page.show()
    assert not _button(page, "welcome open").isVisible()
    assert _button(page, "cancel opening").isVisible()
    page.welcome()
    qtbot.waitUntil(lambda: _button(page, "welcome open").isVisible())
    assert not _button(page, "cancel opening").isVisible()
    page.begin("our-cluster.json")
    assert not _button(page, "welcome open").isVisible()
    page.rest()
