"""A form that also says what one should know before: the warnings of what it would ask for."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.words import counted, tr
from hvgui.requests.problems import Severity

_MOST_SHOWN = 4


class AdvisedDialog(DraftDialog):
    """A DraftDialog; subclasses put `advice` where it belongs."""

    def __init__(self, title: str, about: str, desk: Desk, name: str) -> None:
        super().__init__(title, about, desk, name)
        self.advice = QLabel(self)
        self.advice.setObjectName("advice")
        self.advice.setWordWrap(True)
        self.advice.setProperty("tone", "warning")

    def recheck(self) -> None:
        """See DraftDialog; the warnings stand in `advice`."""
        super().recheck()
        try:
            problems = [one for request in self.requests() for one in request.check(self.desk.cluster)]
        except ValueError:
            problems = []
        found = list(dict.fromkeys(str(one) for one in problems if one.severity is Severity.WARNING))
        more = len(found) - _MOST_SHOWN
        lines = [*found[:_MOST_SHOWN], counted(more, "and {count} more", "and {count} more")] if more > 0 else found
        self.advice.setText("\n".join(lines))
        self.advice.setVisible(bool(lines))

    def muted(self, words: str) -> QLabel:
        """A line of explanation."""
        label = QLabel(words, self)
        label.setProperty("role", "muted")
        label.setWordWrap(True)
        return label

    def name_apply(self, words: str) -> None:
        """What the button says instead of `Apply`."""
        self._apply.setText(tr(words))
