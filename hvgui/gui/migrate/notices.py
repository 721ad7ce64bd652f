"""What stands in the way, or what one should know, as sentences below the form."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from hvgui.gui.icons import pixmap
from hvgui.gui.tone import set_tone
from hvgui.gui.words import tr
from hvgui.requests.problems import Problem, Severity

_MOST_SHOWN = 3


class Notices(QWidget):
    """Up to three problems, the blockers first; further ones are counted and named in a tooltip."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._notices = [_Notice(self) for _ in range(_MOST_SHOWN)]
        for notice in self._notices:
            self._layout.addWidget(notice)
        self.show_problems(())

    def sentences(self) -> tuple[str, ...]:
        """What it says."""
        return tuple(notice.text.text() for notice in self._notices if not notice.isHidden())

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """These and no others."""
        ordered = sorted(dict.fromkeys(problems), key=_is_warning)
        for number, notice in enumerate(self._notices):
            if number >= len(ordered):
                notice.hide()
                continue
            text = str(ordered[number])
            more = ordered[_MOST_SHOWN:] if number == _MOST_SHOWN - 1 else []
            if more:
                text = tr("{sentence} And {count} more.", sentence=text, count=len(more))
            notice.say(text, "warning" if _is_warning(ordered[number]) else "bad")
            notice.setToolTip("\n".join(str(problem) for problem in more))
            notice.show()

    def show_sentence(self, sentence: str, tone: str) -> None:
        """One sentence that is no problem of the form: the lab was closed, a request refused."""
        severity = Severity.WARNING if tone == "warning" else Severity.BLOCKER
        self.show_problems((Problem("sentence", sentence, severity=severity),) if sentence else ())


class _Notice(QFrame):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice")
        self._sign = QLabel(self)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 5, 8, 5)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.text, 1)

    def say(self, text: str, tone: str) -> None:
        if text == self.text.text() and self.property("tone") == tone:
            return
        self.text.setText(text)
        self._sign.setPixmap(pixmap("circle-x" if tone == "bad" else "alert-triangle", tone, 16))
        set_tone(self, tone)


def _is_warning(problem: Problem) -> bool:
    return problem.severity is Severity.WARNING
