"""The badge in the status bar: how many tips there are; a click goes to them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from hvgui.gui.facts import Facts, Refresh
from hvgui.gui.icons import icon
from hvgui.gui.tips.words import OVERLOADED_ICON, badge_words, open_tips
from hvgui.gui.words import tr


class TipsBadge(QToolButton):
    """Hidden while there is no tip."""

    def __init__(self, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = facts
        self.setObjectName("tips badge")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        facts.refreshed.connect(self.follow)
        self.hide()
        self.redraw()

    def redraw(self) -> None:
        """The scheme is another."""
        self.setIcon(icon(*OVERLOADED_ICON))

    def follow(self, refresh: Refresh) -> None:
        """Says how many there are now."""
        if not (refresh.things or refresh.replaced):
            return
        words = badge_words(self._facts.cluster)
        if words != self.text():
            self.setText(words)
            self.setAccessibleName(tr("{words} of the load watch", words=words))
        self.setVisible(bool(words))
        reasons = [f"{tip.reason}." for tip in open_tips(self._facts.cluster)[:8]]
        self.setToolTip("\n".join([*reasons, tr("A click shows them.")]) if words else "")
