"""Asks before something is lost: what will happen to which objects, and which of them can't, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hvgui.gui.actions.command import Command, Plan
from hvgui.gui.actions.desk import Desk
from hvgui.gui.icons import pixmap
from hvgui.gui.quorum.consequences import consequences
from hvgui.gui.words import counted, tr
from hvgui.requests.faults import CrashNode
from hvgui.requests.network_faults import HangClusterService
from hvgui.requests.node_service import StopClusterService
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.gui.dialogs.forecast_line import ForecastLine

_FORETOLD = (CrashNode, HangClusterService, StopClusterService)
"""Requests of which a forecast says what becomes of the VMs."""
MOST_NAMED = 8
"""More sentences than this are summed up."""


class ConfirmDialog(QDialog):
    """Modal to its window, never blocking: it sends the requests itself when confirmed."""

    def __init__(self, command: Command, plan: Plan, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("confirm")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_words(command))
        self._requests = tuple(request for request, _ in plan.going)
        self._desk = desk
        self.forecast: ForecastLine | None = None
        self._lay_out(command, plan)
        self.accepted.connect(self._send)

    def _lay_out(self, command: Command, plan: Plan) -> None:
        sign = QLabel(self)
        sign.setPixmap(pixmap("alert-triangle", "warning", 32))
        sign.setAlignment(Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(10)
        heading = QLabel(self._question(command, plan), self)
        heading.setProperty("role", "section")
        heading.setStyleSheet("font-size: 12pt;")
        heading.setWordWrap(True)
        words.addWidget(heading)
        staying = tr("Can't be done with these:")
        lost = consequences(self._desk.cluster, self._requests)
        for heading_words, sentences in (
            ("", "\n".join(lost)),
            ("", _summed_up([str(problem) for problem in plan.warnings])),
            (staying, _summed_up([str(problem) for _, problem in plan.staying])),
        ):
            if sentences:
                label = QLabel(f"{heading_words}\n{sentences}".strip(), self)
                label.setWordWrap(True)
                if sentences == "\n".join(lost):
                    label.setObjectName("consequences")
                    label.setProperty("tone", "bad")
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                words.addWidget(label)
        if len(self._requests) == 1 and isinstance(self._requests[0], _FORETOLD):
            words.addWidget(self._foretell(self._requests[0]))
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(sign)
        top.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(16)
        column.addLayout(top)
        column.addWidget(self._buttons(command, plan))
        self.setMinimumWidth(440)

    def _foretell(self, request: Request) -> ForecastLine:
        from hvgui.gui.dialogs.forecast_line import ForecastLine  # noqa: PLC0415  brings numpy along

        self.forecast = ForecastLine(self._desk, self)
        self.forecast.ask(request)
        return self.forecast

    def done(self, result: int) -> None:
        """Waits for no forecast any more."""
        if self.forecast is not None:
            self.forecast.drop()
        super().done(result)

    def _question(self, command: Command, plan: Plan) -> str:
        if len(plan.going) == 1 and not plan.staying:
            return tr("{title}?", title=plan.going[0][0].title(self._desk.cluster))
        objects = counted(len(plan.going), "{count} of the chosen objects", "{count} of the chosen objects")
        if not plan.staying:
            objects = counted(len(plan.going), "{count} object", "{count} objects")
        return tr("{title}: {objects}?", title=_words(command), objects=objects)

    def _buttons(self, command: Command, plan: Plan) -> QDialogButtonBox:
        box = QDialogButtonBox(self)
        go = QPushButton(_words(command), box)
        go.setObjectName("confirm go")
        go.setAutoDefault(not command.asks)
        go.setEnabled(bool(plan.going))
        box.addButton(go, QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = box.addButton(QDialogButtonBox.StandardButton.Cancel)
        cancel.setText(tr("Cancel"))
        (cancel if command.asks else go).setDefault(True)
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        return box

    def _send(self) -> None:
        self._desk.submit(self._requests)


def _summed_up(sentences: list[str]) -> str:
    lines = [f"• {sentence}" for sentence in dict.fromkeys(sentences)]
    more = len(lines) - MOST_NAMED
    if more > 0:
        lines = [*lines[:MOST_NAMED], tr("• and {count} more", count=f"{more:,}")]
    return "\n".join(lines)


def _words(command: Command) -> str:
    """What the button does: the dots promised this question, and nothing else is asked after it."""
    return tr(command.title).removesuffix("...")
