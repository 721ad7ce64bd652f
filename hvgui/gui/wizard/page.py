"""One step of a wizard."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hvgui.gui.words import tr


class WizardPage(QWidget):
    """Subclasses put fields into `column`, emit `changed` when the person has changed one, and say what is wrong."""

    changed = Signal()
    """What was decided here is another, or may go on now, or no more."""
    advanced = Signal()
    """The page has done its work; the wizard goes on by itself."""

    def __init__(self, title: str, about: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.title, self.about = title, about
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(10)

    def why_not(self) -> str:
        """Why the wizard can't go on from here, a sentence; empty: it can."""
        return ""

    @property
    def is_waiting(self) -> bool:
        """Whether that is no mistake of the person's: the page is busy."""
        return False

    def is_wanted(self) -> bool:
        """Whether the wizard stops here at all, after what was decided before."""
        return True

    def entered(self) -> None:
        """It comes into sight: what depends on earlier pages is brought up to date."""

    def left(self) -> bool:
        """The person wants to leave the wizard from here; False: the page has first to end what it does."""
        return True

    def first_field(self) -> QWidget | None:
        """What gets the keyboard; None: the button that goes on."""
        return None

    @property
    def next_text(self) -> str:
        """What the button says that goes on."""
        return tr("&Next")

    @property
    def may_go_back(self) -> bool:
        """Whether what was decided before can still be changed."""
        return True
