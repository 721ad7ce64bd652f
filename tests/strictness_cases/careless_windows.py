"""As careless.py, with Qt."""

from __future__ import annotations

import functools
import gc
import threading

import pytest
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QSettings,
    Qt,
    QThread,
    QThreadPool,
    QTimer,
    Signal,
    qWarning,
)
from PySide6.QtWidgets import QDialog, QLabel, QWidget

KEPT: list[object] = []
RELEASED = threading.Event()


class Bell(QObject):
    rung = Signal()


class Sleeper(QThread):
    def run(self):
        while not self.isInterruptionRequested():
            self.msleep(5)


class Liar(QAbstractListModel):
    """Announces a row and then does not have it."""

    def rowCount(self, parent=None):
        return 0

    def announce(self):
        self.beginInsertRows(QModelIndex(), 0, 0)
        self.endInsertRows()


def test_neat_window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()


def test_neat_garbage_in_a_cycle(qapp):
    window = QWidget()
    window.itself = window


def test_neat_deleted_later(qapp):
    window = QDialog()
    KEPT.append(window)
    window.show()
    window.deleteLater()


def test_neat_timer_of_a_closed_window(qtbot):
    window = QWidget()
    timer = QTimer(window)
    timer.start(10)
    qtbot.addWidget(window)


def test_neat_thread(qapp):
    thread = Sleeper()
    thread.start()
    thread.requestInterruption()
    assert thread.wait(2000)


def test_neat_single_shot(qtbot):
    heard = []
    QTimer.singleShot(1, lambda: heard.append(1))
    qtbot.waitUntil(lambda: heard == [1])


def test_neat_expected_message(expect_qt_message):
    with expect_qt_message("odd"):
        qWarning("odd thing")


def test_neat_known_message_of_the_platform(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    window.raise_()


def test_neat_collector_is_off(qapp):
    assert not gc.isenabled()


def test_neat_settings_written(qapp):
    settings = QSettings("hvgui-tests", "strictness")
    settings.setValue("left", 1)
    settings.sync()


def test_neat_settings_gone(qapp):
    assert QSettings("hvgui-tests", "strictness").value("left") is None


def test_careless_window(qapp):
    window = QLabel("here I stay")
    window.setObjectName("leftover")
    window.show()
    KEPT.append(window)


def test_careless_hidden_window(qapp):
    KEPT.append(QWidget())


def test_careless_timer(qapp):
    timer = QTimer()
    timer.start(50)
    KEPT.append(timer)


def test_careless_single_shot(qapp):
    QTimer.singleShot(60_000, lambda: None)


def test_careless_single_shot_of_partial(qapp):
    QTimer.singleShot(60_000, functools.partial(KEPT.append, 1))


def test_careless_qthread(qapp):
    thread = Sleeper()
    thread.setObjectName("engine")
    thread.start()
    KEPT.append(thread)


def test_careless_dropped_qthread(qapp):
    Sleeper().start()


def test_careless_message(qapp):
    qWarning("odd thing")


@pytest.fixture
def a_late_word():
    yield
    qWarning("said in the tear-down")


def test_careless_message_in_teardown(qapp, a_late_word):
    pass


def test_careless_slot(qapp):
    bell = Bell()
    bell.rung.connect(lambda: 1 / 0, Qt.ConnectionType.DirectConnection)
    bell.rung.emit()


def test_careless_slot_in_the_event_loop(qtbot):
    QTimer.singleShot(0, lambda: 1 / 0)


def test_careless_model(qtmodeltester):
    model = Liar()
    qtmodeltester.check(model)
    model.announce()


def test_careless_exception_in_a_qthread(qapp):
    class Breaking(QThread):
        def run(self):
            raise ValueError("the engine broke")

    thread = Breaking()
    thread.start()
    assert thread.wait(2000)


def test_careless_pool_work(qapp):
    # Nothing ends it, so it runs until the harness has named it and lets go.
    QThreadPool.globalInstance().start(RELEASED.wait)


def test_neat_after_the_pool_work():
    RELEASED.set()
