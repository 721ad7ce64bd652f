"""The whole program on a lab that a story brings along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.gui.application import House, prepare
from hvgui.lab.session import Session

_LONG_MS = 20_000


@pytest.fixture
def furnished(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[ClusterRecord], House]]:
    """The whole program on a lab that holds a record, as it was kept: its clock stands."""
    made: list[House] = []

    def furnish(record: ClusterRecord) -> House:
        path = tmp_path / "own.hvlab"
        Session.new(record, path=path).close()
        prepare(qapp)
        house = House(qapp)
        made.append(house)
        qtbot.addWidget(house.window)
        house.open_first(str(path))
        house.window.show()
        qtbot.waitUntil(lambda: house.window.panes is not None, timeout=_LONG_MS)
        return house

    yield furnish
    for house in made:
        house.window.close()
        house.close()
        house.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def house(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication) -> Iterator[House]:
    """The whole program on the sample that the stories' file names as SAMPLE, its clock standing."""
    prepare(qapp)
    made = House(qapp)
    qtbot.addWidget(made.window)
    made.open_first(request.module.SAMPLE)
    made.window.show()
    qtbot.waitUntil(lambda: made.window.panes is not None, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: made.bridge is not None and made.bridge.pace.playing, timeout=_LONG_MS)
    made.window.board.actions["time.play"].trigger()
    qtbot.waitUntil(lambda: made.bridge is not None and not made.bridge.pace.playing, timeout=_LONG_MS)
    yield made
    made.window.close()
    made.close()
    made.deleteLater()
