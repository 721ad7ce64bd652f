"""Starting without a lab: the first page, what is begun from it, and what it remembers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QListWidget, QPushButton
from pytestqt.qtbot import QtBot

from hvgui.exchange.samples import sample
from hvgui.gui.application import House, prepare
from hvgui.gui.guide import GuideWindow
from hvgui.gui.settings import recent_files, remember_file
from hvgui.lab.session import Session

_LONG_MS = 20_000
Start = Callable[[], House]


@pytest.fixture
def start(qtbot: QtBot, qapp: QApplication) -> Iterator[Start]:
    """Starts the program without anything on its command line, as often as wished."""
    made: list[House] = []

    def begin() -> House:
        prepare(qapp)
        house = House(qapp)
        made.append(house)
        qtbot.addWidget(house.window)
        house.open_first(None)
        house.window.show()
        return house

    yield begin
    for house in made:
        house.window.close()
        house.close()
        house.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _click(qtbot: QtBot, house: House, name: str) -> None:
    def seen() -> bool:
        found = house.window.findChild(QPushButton, name)
        return found is not None and found.isVisible()

    qtbot.waitUntil(seen, timeout=_LONG_MS)
    button = house.window.findChild(QPushButton, name)
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def _opens(qtbot: QtBot, house: House, name: str) -> None:
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge.name == name, timeout=_LONG_MS)


def test_the_first_page_has_the_window_and_gives_it_back(qtbot: QtBot, start: Start) -> None:
    house = start()
    window = house.window
    assert window.opening_page.first.isVisible()
    assert not any(dock.isVisible() for dock in window.docks)
    _click(qtbot, house, "welcome article-lab")
    _opens(qtbot, house, "article-lab")
    assert all(dock.isVisible() for dock in window.docks)
    assert house.session is not None
    assert recent_files() == [str(house.session.path)]


def test_closed_on_the_first_page_the_panes_are_remembered(qtbot: QtBot, start: Start) -> None:
    first = start()
    first.window.close()
    second = start()
    _click(qtbot, second, "welcome article-lab")
    _opens(qtbot, second, "article-lab")
    assert all(dock.isVisible() for dock in second.window.docks)


def test_a_recent_lab_is_one_click_away_and_a_lost_one_says_so(qtbot: QtBot, start: Start, tmp_path: Path) -> None:
    kept, lost = tmp_path / "kept.hvlab", tmp_path / "lost.hvlab"
    Session.new(sample("small-business"), path=kept, name="small-business").close()
    for path in (kept, lost):
        remember_file(str(path))
    house = start()
    rows = house.window.findChild(QListWidget, "welcome recent")
    assert rows is not None and rows.count() == 2
    gone, there = rows.item(0), rows.item(1)
    assert not gone.flags() & Qt.ItemFlag.ItemIsEnabled
    assert gone.toolTip() == f"{lost} is not there any more."
    assert there.text() == f"kept.hvlab\n{tmp_path}"
    qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(there).center())
    _opens(qtbot, house, "small-business")


def test_without_the_first_page_the_last_lab_opens(qtbot: QtBot, start: Start, tmp_path: Path) -> None:
    kept = tmp_path / "kept.hvlab"
    Session.new(sample("article-lab"), path=kept, name="article-lab").close()
    house = start()
    box = house.window.findChild(QCheckBox, "welcome at start")
    assert box is not None and box.isChecked()
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert not box.isChecked()
    house.window.close()
    assert start().window.opening_page.first.isVisible()  # nothing was open yet
    remember_file(str(kept))
    _opens(qtbot, start(), "article-lab")


def test_the_guide_opens_from_the_first_page(qtbot: QtBot, start: Start) -> None:
    house = start()
    _click(qtbot, house, "welcome news")
    guide = house.window.findChild(GuideWindow)
    assert guide is not None
    pages = guide.findChild(QListWidget)
    assert pages is not None and pages.currentItem().text() == "What's new"
    guide.close()


def test_a_lab_that_the_system_hands_over_is_opened(tmp_path: Path) -> None:
    """As macOS does at a double click: no argument, but an event to the application."""
    kept = tmp_path / "kept.hvlab"
    Session.new(sample("article-lab"), path=kept, name="article-lab").close()
    script = (
        "import sys\n"
        "from PySide6.QtCore import QTimer, QUrl\n"
        "from PySide6.QtGui import QFileOpenEvent\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from hvgui.gui.application import House, run_window\n"
        "taken = House._take\n"
        "def told(house, opened):\n"
        "    taken(house, opened)\n"
        "    print(house.window.windowTitle(), flush=True)\n"
        "    QTimer.singleShot(0, house.window.close)\n"
        "House._take = told\n"
        f"event = QFileOpenEvent(QUrl.fromLocalFile({str(kept)!r}))\n"
        "shown = House.open_first\n"
        "def open_first(house, argument):\n"
        "    shown(house, argument)\n"
        "    QTimer.singleShot(0, lambda: QApplication.sendEvent(QApplication.instance(), event))\n"
        "House.open_first = open_first\n"
        "sys.exit(run_window(None))\n"
    )
    names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME")
    home = {name: str(tmp_path / name) for name in names}
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "article-lab – hvgui\n"), ended.stderr
    log = tmp_path / "XDG_STATE_HOME" / "hvgui" / "log" / "hvgui.log"
    assert sys.platform != "linux" or "begins" in log.read_text(encoding="utf-8")
