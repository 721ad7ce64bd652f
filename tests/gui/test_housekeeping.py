"""What goes wrong is told in the window, and garbage is collected in the main thread only."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hvgui.cluster.events import Event, Level
from hvgui.gui.bridge import Bridge
from hvgui.gui.housekeeping import Collector, Faults
from hvgui.gui.main_window import MainWindow
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.theme import Theme
from hvgui.requests.lifecycle import StartVm
from stand_in import StandInSession

Expectation = Callable[..., AbstractContextManager[object]]


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, office_bridge: Bridge) -> MainWindow:
    theme = Theme(qapp)
    theme.apply("light")
    made = MainWindow(theme)
    qtbot.addWidget(made)
    made.show_lab(office_bridge)
    made.show()
    return made


def test_a_refusal_is_a_notice_that_stays(window: MainWindow, office_bridge: Bridge) -> None:
    vm = next(iter(office_bridge.cluster.vms.values()))
    office_bridge.submit(StartVm(vm=vm.id))
    office_bridge.tick()
    assert window.notice.text.startswith(f"Start {vm.name}: {vm.name} is running")
    office_bridge.submit(StartVm(vm=vm.id))
    office_bridge.tick()
    assert window.notice.text.count("\n") == 0  # the same sentence once
    window.notice.dismiss()
    assert window.notice.text == ""


def test_a_crash_of_the_engine_is_told(window: MainWindow, office_bridge: Bridge, stand_in: StandInSession) -> None:
    sentence = "The engine stopped; the lab is as of its last request."
    stand_in.say(events=(Event(1, 0, Level.ERROR, "engine-crash", sentence),))
    office_bridge.tick()
    assert window.notice.text == sentence


def test_an_error_that_nobody_caught_is_told_in_the_main_thread(qapp: QApplication, expect_log: Expectation) -> None:
    told: list[tuple[str, bool]] = []

    class Ear(QObject):
        def hear(self, sentence: str) -> None:
            told.append((sentence, threading.current_thread() is threading.main_thread()))

    ear, faults = Ear(), Faults()
    faults.told.connect(ear.hear)
    with expect_log("Nobody caught this"):
        try:
            raise ZeroDivisionError("in the main thread")
        except ZeroDivisionError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        thread = threading.Thread(target=_fails)
        thread.start()
        thread.join()
    faults.tell()
    faults.stop()
    assert len(told) == 2
    assert "ZeroDivisionError" in told[0][0]
    assert "ValueError: in a worker" in told[1][0]
    assert all(main for _, main in told)


def _fails() -> None:
    raise ValueError("in a worker")


def test_the_collector_gives_its_work_back(qapp: QApplication) -> None:
    gc.enable()
    collector = Collector()
    assert not gc.isenabled()
    for _ in range(12):
        collector.collect()
    collector.settle()
    collector.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    gc.disable()


def test_f6_goes_round_the_panes(qtbot: QtBot, window: MainWindow) -> None:
    panes = window.panes
    assert panes is not None
    panes.reveal(Ref(Kind.SERVICES))
    window.activateWindow()
    panes.inventory.tree.setFocus()
    seen = []
    for _ in range(6):
        window.board.actions["view.next-pane"].trigger()
        focus = window.focusWidget()
        assert focus is not None
        seen.append(focus.objectName())
    assert seen[0] == "table vms"
    assert seen[2:] == ["tasks", "events", "timeline", "tree"]
    qtbot.keyClick(panes.inventory.tree, Qt.Key.Key_Home)
    assert panes.details.ref == Ref(Kind.CLUSTER)
