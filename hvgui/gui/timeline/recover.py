"""What is left of a damaged lab: read on a thread into a new file, with a report of what was lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.units import format_clock, format_seconds
from hvgui.gui.words import counted, tr

if TYPE_CHECKING:
    from hvgui.lab.frames import Salvage

_POLL_MS = 100


def recovered_path(damaged: Path) -> Path:
    """Where what can be read goes: beside the damaged file, under a name that is free."""
    number = 1
    while True:
        tail = "" if number == 1 else f" {number}"
        path = damaged.with_name(f"{damaged.stem} recovered{tail}{damaged.suffix}")
        if not path.exists():
            return path
        number += 1


class RecoverDialog(QDialog):
    """Says what is the matter, reads what can be read when asked to, reports, and opens it."""

    wanted = Signal(str)
    """Path of the new lab: it is to be opened."""

    def __init__(self, damaged: Path, why: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("recover dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Recover what can be read"))
        self.damaged, self.to = damaged, recovered_path(damaged)
        self._future: Future[Salvage] | None = None
        self._thread: threading.Thread | None = None
        self._spent = QElapsedTimer()
        self._fraction, self._is_cancelled = 0.0, False
        self._words = QLabel(self)
        self._words.setObjectName("recover words")
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._words.setText(self._offer(why))
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 1)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Recovering"))
        self._bar.hide()
        self._lost = QListWidget(self)
        self._lost.setObjectName("recover report")
        self._lost.setAccessibleName(tr("What was lost"))
        self._lost.setWordWrap(True)
        self._lost.hide()
        self._timer = QTimer(self)
        self._timer.setObjectName("recover")
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._lay_out()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words.text()

    def begin(self) -> None:
        """Reads what can be read."""
        # SQLite and the engine: not before they are wanted.
        from hvgui.lab.session import Session  # noqa: PLC0415

        self._future = Future()
        work = partial(_work, Session.salvage, self.damaged, self.to, self._hear, self._future)
        self._thread = threading.Thread(target=work, name="hvgui-recover", daemon=True)
        self._thread.start()
        self._spent.start()
        self.recover_button.setEnabled(False)
        self._bar.setRange(0, 1000)
        self._bar.setValue(0)
        self._bar.show()
        self.close_button.setText(tr("Cancel"))
        self._words.setText(tr("Reading what can be read of {file}...", file=self.damaged.name))
        self._timer.start()

    def open_it(self) -> None:
        """The new lab is to be opened."""
        self.wanted.emit(str(self.to))
        self.accept()

    def copy(self) -> None:
        """The report, to the clipboard."""
        rows = [self._lost.item(row).text() for row in range(self._lost.count())]
        QGuiApplication.clipboard().setText("\n".join([self.words, *rows]))

    def done(self, result: int) -> None:
        """Closes; while it reads, calls that off first: nothing is left half written."""
        if self._thread is not None and self._thread.is_alive():
            self._is_cancelled = True
            return
        self._timer.stop()
        super().done(result)

    def _hear(self, fraction: float) -> None:
        """In the reading thread: how far it has come."""
        from hvgui.lab.errors import JourneyCancelledError  # noqa: PLC0415  see `begin`

        self._fraction = fraction
        if self._is_cancelled:
            raise JourneyCancelledError(tr("It was cancelled; nothing was written."))

    def _offer(self, why: str) -> str:
        offer = tr(
            "What can be read of {file} can be put into a new lab, {new}. The damaged file stays as it is.",
            file=self.damaged.name,
            new=self.to.name,
        )
        return f"{why}\n\n{offer}" if why else offer

    def _poll(self) -> None:
        future = self._future
        if future is None:
            return
        if not future.done():
            self._bar.setValue(round(1000 * self._fraction))
            spent = self._spent.elapsed() // 1000
            if spent:
                words = tr("Reading what can be read of {file}...", file=self.damaged.name)
                self._words.setText(f"{words} {format_seconds(spent)}")
            return
        self._timer.stop()
        self._bar.hide()
        self.close_button.setText(tr("Close"))
        error = future.exception()
        if error is not None:
            self._words.setText(str(error) or type(error).__name__)
            self.recover_button.setEnabled(self._is_cancelled)
            self._is_cancelled = False
            return
        self._report(future.result())

    def _report(self, salvage: Salvage) -> None:
        self._words.setText(_summary(salvage))
        for sentence in salvage.sentences:
            self._lost.addItem(sentence)
        self._lost.setVisible(bool(salvage.sentences))
        self.recover_button.hide()
        self.open_button.show()
        self.copy_button.show()
        self.open_button.setDefault(True)
        self.open_button.setFocus()

    def _lay_out(self) -> None:
        box = QDialogButtonBox(self)
        self.recover_button = QPushButton(tr("Recover"), box)
        self.recover_button.setObjectName("recover")
        self.recover_button.setDefault(True)
        self.open_button = QPushButton(tr("Open the new lab"), box)
        self.open_button.setObjectName("open recovered")
        self.copy_button = QPushButton(tr("Copy the report"), box)
        self.copy_button.setObjectName("copy report")
        self.copy_button.setAutoDefault(False)
        box.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(self.recover_button, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(self.open_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.close_button = box.addButton(QDialogButtonBox.StandardButton.Close)
        self.close_button.setText(tr("Close"))
        self.close_button.setObjectName("close recover")
        self.open_button.hide()
        self.copy_button.hide()
        self.recover_button.clicked.connect(self.begin)
        self.open_button.clicked.connect(self.open_it)
        self.copy_button.clicked.connect(self.copy)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(12)
        for widget in (self._words, self._bar, self._lost):
            column.addWidget(widget)
        column.addStretch()
        column.addWidget(box)
        self.resize(620, 220)


def _work(
    salvage: Callable[[Path, Path, Callable[[float], None]], Salvage],
    damaged: Path,
    to: Path,
    tell: Callable[[float], None],
    future: Future[Salvage],
) -> None:
    try:
        future.set_result(salvage(damaged, to, tell))
    except Exception as error:  # noqa: BLE001  whatever it is, a person gets to read it in the dialog
        future.set_exception(error)


def _summary(salvage: Salvage) -> str:
    commands = counted(salvage.commands_read, "{count} command", "{count} commands")
    events = counted(salvage.events_read, "{count} event", "{count} events")
    kept = tr(
        "{new} holds what could be read: {commands} and {events}, up to {moment}.",
        new=salvage.to.name,
        commands=commands,
        events=events,
        moment=format_clock(salvage.reached_ns),
    )
    if not salvage.sentences:
        return f"{kept} {tr('Everything could be read.')}"
    lost = tr(
        "Lost: at least {commands}, {events} and {checkpoints}.",
        commands=counted(salvage.commands_lost, "{count} command", "{count} commands"),
        events=counted(salvage.events_lost, "{count} event", "{count} events"),
        checkpoints=counted(salvage.checkpoints_lost, "{count} kept moment", "{count} kept moments"),
    )
    return f"{kept} {lost}"
