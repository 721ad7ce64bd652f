"""What is written down of a run, and the report of a fault that a person may copy."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

import hvgui
from hvgui.cluster.events import Event, Level
from hvgui.gui import log_file
from hvgui.gui.application import House, prepare
from hvgui.gui.dialogs.fault_dialog import FaultDialog
from hvgui.gui.fault_report import report_text
from hvgui.gui.log_file import Log

Expectation = Callable[..., AbstractContextManager[object]]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path / "logs")
    yield made
    made.close()


@pytest.fixture
def house(qtbot: QtBot, qapp: QApplication, log: Log) -> Iterator[House]:
    prepare(qapp)
    made = House(qapp, log)
    qtbot.addWidget(made.window)
    made.window.show_welcome()
    made.window.show()
    yield made
    made.window.close()
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_the_log_is_put_aside_when_it_is_long(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.close()
    monkeypatch.setattr(log_file, "FILE_BYTES", 2_000)
    small = Log(log.path.parent)
    for number in range(300):
        logging.getLogger("hvgui.lab.keeper").info("line %d of many", number)
    small.close()
    names = sorted(path.name for path in log.path.parent.iterdir())
    assert names == ["hvgui.log", "hvgui.log.1", "hvgui.log.2", "hvgui.log.3"]
    assert all(path.stat().st_size <= 2_000 for path in log.path.parent.iterdir())
    assert "line 299 of many" in log.path.read_text(encoding="utf-8")
    assert small.lately[-1].endswith("line 299 of many")
    assert len(small.lately) == 40


def test_where_no_log_can_be_written_the_last_lines_are_kept_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    log = Log(tmp_path / "file" / "logs")
    logging.getLogger("hvgui.gui").info("still told")
    log.close()
    assert not log.is_written
    assert log.lately[-1].endswith("still told")


def test_the_log_leaves_the_loggers_as_they_were(tmp_path: Path) -> None:
    ours = logging.getLogger("hvgui")
    before = (ours.level, list(ours.handlers))
    Log(tmp_path).close()
    assert (ours.level, list(ours.handlers)) == before


def test_a_report_has_all_four_parts() -> None:
    told = report_text(("Traceback: one",), ("00:00:01 crash: NODE1 crashed",), ("INFO began",))
    places = [
        told.index(part) for part in ("Traceback: one", f"hvgui {hvgui.__version__}", "NODE1 crashed", "INFO began")
    ]
    assert places == sorted(places)
    assert "Nothing that hvgui has noticed." in report_text((), (), ())


def test_a_fault_opens_its_report_once_and_nothing_is_sent(house: House, expect_log: Expectation) -> None:
    with expect_log("Nobody caught this"):
        for kind in (ZeroDivisionError, KeyError):
            try:
                raise kind("in a slot")
            except (ZeroDivisionError, KeyError) as error:
                sys.excepthook(type(error), error, error.__traceback__)
        house.faults.tell()
    dialogs = house.window.findChildren(FaultDialog)
    assert len(dialogs) == 1
    text = dialogs[0].findChild(QPlainTextEdit)
    assert text is not None
    told = text.toPlainText()
    assert "ZeroDivisionError: in a slot" in told and "KeyError: 'in a slot'" in told
    assert f"hvgui {hvgui.__version__} begins" in told
    copy = dialogs[0].findChild(QPushButton, "copy report")
    folder = dialogs[0].findChild(QPushButton, "open log folder")
    assert copy is not None and folder is not None and folder.isEnabled()
    copy.click()
    assert QApplication.clipboard().text() == told
    dialogs[0].close()


def test_the_engines_own_failure_is_reported_with_the_labs_last_events(qtbot: QtBot, house: House) -> None:
    house.open_first("article-lab")
    qtbot.waitUntil(lambda: house.window.panes is not None, timeout=20_000)
    bridge = house.bridge
    assert bridge is not None
    happened = Event(1, 3_000_000_000, Level.WARNING, "node-lost", "NODE2 is lost")
    crash = Event(-1, 4_000_000_000, Level.ERROR, "engine-crash", "The engine has stopped. A report is in crash.txt.")
    bridge.events_arrived.emit((happened, crash))
    dialog = house.window.findChild(FaultDialog)
    assert dialog is not None
    text = dialog.findChild(QPlainTextEdit)
    assert text is not None
    assert "A report is in crash.txt." in text.toPlainText()
    assert "node-lost: NODE2 is lost" in text.toPlainText()
    assert house.window.notice.text == crash.message
    dialog.close()


def test_help_shows_a_report_before_anything_went_wrong(house: House) -> None:
    house.window.board.actions["help.report"].trigger()
    dialog = house.window.findChild(FaultDialog)
    assert dialog is not None
    text = dialog.findChild(QPlainTextEdit)
    assert text is not None and "Nothing that hvgui has noticed." in text.toPlainText()
    dialog.close()
