"""Timers, QThreads, pool work and top-level windows that outlive their test. Imports Qt: load it late."""

from __future__ import annotations

import functools
import gc
import types
import weakref
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QObject,
    QThread,
    QThreadPool,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from strictness.expectations import IGNORED_QT_MESSAGES, qt_ear
from strictness.holders import held_by
from strictness.origins import origin
from strictness.threads import GRACE_SECONDS

_GRACE_MS = round(GRACE_SECONDS * 1000)
_LOUD = {QtMsgType.QtWarningMsg: "warning", QtMsgType.QtCriticalMsg: "critical", QtMsgType.QtFatalMsg: "fatal"}


class QtWatch:
    """Patches what starts things in Qt, remembers who called, and looks at the end of each test what still runs."""

    def __init__(self) -> None:
        self._timers: dict[int, tuple[weakref.ref[QTimer], str]] = {}
        self._shots: dict[int, str] = {}
        # Strong references: Qt aborts the process when a running QThread is collected, and then names nobody.
        self._threads: list[tuple[QThread, str]] = []
        self._windows: set[int] = set()
        self._originals = [(QTimer, "start"), (QThread, "start")]
        self._undo = [self._patch(cls, name) for cls, name in self._originals]
        self._undo.append(self._patch_single_shot())
        qInstallMessageHandler(hear_qt)

    def begin(self) -> None:
        """Note which windows are there already."""
        self._windows = {_address(window) for window in _parentless_windows()}

    def complaints(self) -> list[str]:
        """Flush what waits for deletion, then name and end what outlived the test."""
        _flush()
        if self._active_timers() or self._new_windows():
            # With the collector off, as in the program itself, garbage in cycles has not gone yet.
            gc.collect()
            _flush()
        told = self._end_threads() + self._end_timers() + self._end_windows()
        if told:
            _flush()
        return told

    def close(self) -> None:
        """Take the patches and the message handler out again."""
        for undo in self._undo:
            undo()
        qInstallMessageHandler(None)

    def _patch(self, cls: type[QObject], name: str) -> Callable[[], None]:
        original = getattr(cls, name)
        note = self._note_timer if issubclass(cls, QTimer) else self._note_thread

        @functools.wraps(original)
        def starting(started: Any, *args: Any, **kwargs: Any) -> Any:
            note(started)
            return original(started, *args, **kwargs)

        setattr(cls, name, starting)
        return functools.partial(setattr, cls, name, original)

    def _patch_single_shot(self) -> Callable[[], None]:
        original: Any = QTimer.singleShot

        def single_shot(*args: Any) -> None:
            # A shot at a QObject dies with the object; one at a bare function fires whoever is still there.
            callback = args[-1]
            if not isinstance(callback, types.FunctionType | functools.partial) or _has_context(args[:-1]):
                original(*args)
                return
            number = len(self._shots) + 1
            while number in self._shots:
                number += 1
            self._shots[number] = origin()

            def fire() -> None:
                self._shots.pop(number, None)
                callback()

            original(*args[:-1], fire)

        cls: Any = QTimer
        cls.singleShot = staticmethod(single_shot)
        return functools.partial(setattr, QTimer, "singleShot", staticmethod(original))

    def _note_timer(self, timer: QTimer) -> None:
        self._timers[id(timer)] = (weakref.ref(timer), origin())

    def _note_thread(self, thread: QThread) -> None:
        self._threads.append((thread, origin()))

    def _active_timers(self) -> list[tuple[QTimer, str]]:
        living = [(reference(), started) for reference, started in self._timers.values()]
        return [(t, s) for t, s in living if t is not None and shiboken6.isValid(t) and t.isActive()]

    def _end_timers(self) -> list[str]:
        told = []
        for timer, started in self._active_timers():
            name = timer.objectName() or f"of {timer.interval()} ms"
            told.append(f"leaked active QTimer {name}, started at {started}")
            timer.stop()
        told += [f"leaked QTimer.singleShot, started at {started}" for started in self._shots.values()]
        self._timers.clear()
        self._shots.clear()
        return told

    def _end_threads(self) -> list[str]:
        told = []
        for thread, started in self._threads:
            if not shiboken6.isValid(thread) or thread.wait(_GRACE_MS):
                continue
            told.append(f"leaked running QThread {thread.objectName() or '(unnamed)'}, started at {started}")
            thread.requestInterruption()
            thread.quit()
            if not thread.wait(_GRACE_MS):
                thread.terminate()
                thread.wait()
        self._threads.clear()
        if not QThreadPool.globalInstance().waitForDone(_GRACE_MS):
            told.append("work is still running in the global QThreadPool")
        return told

    def _new_windows(self) -> list[QWidget]:
        return [window for window in _parentless_windows() if _address(window) not in self._windows]

    def _end_windows(self) -> list[str]:
        told = []
        for window in self._new_windows():
            told.append(f"leaked top-level widget {_described(window)}, {held_by(window)}")
            window.hide()
            window.deleteLater()
        return told


def hear_qt(kind: QtMsgType, _context: object, message: str | None) -> None:
    """Qt's message handler: warnings and worse count against the running test."""
    text = message or ""
    if kind in _LOUD and not IGNORED_QT_MESSAGES.match(text):
        qt_ear.hear(text, f"{_LOUD[kind]}: {text} (around {origin()})")


def _flush() -> None:
    app = QCoreApplication.instance()
    if app is None:
        return
    if isinstance(app, QApplication):
        QToolTip.hideText()
    for _ in range(3):
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _has_context(arguments: tuple[object, ...]) -> bool:
    return any(isinstance(argument, QObject) for argument in arguments)


def _parentless_windows() -> list[QWidget]:
    if not isinstance(QCoreApplication.instance(), QApplication):
        return []
    windows = [w for w in QApplication.topLevelWidgets() if shiboken6.isValid(w) and w.parent() is None]
    # The one tooltip is Qt's own and goes by itself.
    return [window for window in windows if window.metaObject().className() != "QTipLabel"]


def _address(window: QWidget) -> int:
    return int(shiboken6.getCppPointer(window)[0])


def _described(window: QWidget) -> str:
    kind = f"{type(window).__module__}.{type(window).__qualname__}"
    shown = "visible" if window.isVisible() else "hidden"
    return f"{kind} {window.objectName()!r} {window.windowTitle()!r} ({shown})"
