"""Light, dark and high contrast: palettes of our own on the Fusion style, the same on every system.

The system's wish (its colour scheme and its wish for contrast) is followed unless the person has chosen one.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from hvgui.gui.settings import remember, remembered_text
from hvgui.gui.style_sheet import style_sheet

CHOICES = ("system", "light", "dark", "contrast")


@dataclass(frozen=True)
class Colours:
    """The colours of one scheme, as `#rrggbb`."""

    name: str
    window: str
    base: str
    alternate: str
    raised: str
    """Buttons, headers and tool bars."""
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    selected: str
    """Behind a chosen row."""
    on_selected: str
    good: str
    warning: str
    bad: str
    is_dark: bool


LIGHT = Colours(
    name="light",
    window="#f4f5f7",
    base="#ffffff",
    alternate="#f8f9fb",
    raised="#fbfbfc",
    border="#d5d9e0",
    text="#1c2230",
    muted="#5f6a7d",
    accent="#1f5fbf",
    on_accent="#ffffff",
    selected="#d6e4fa",
    on_selected="#10203a",
    good="#187a45",
    warning="#a35a00",
    bad="#bb2525",
    is_dark=False,
)
DARK = Colours(
    name="dark",
    window="#1e2126",
    base="#16181c",
    alternate="#1a1d21",
    raised="#262a30",
    border="#383e47",
    text="#e3e6eb",
    muted="#9aa4b4",
    accent="#74aaf7",
    on_accent="#0e1a2b",
    selected="#2a4166",
    on_selected="#f2f6fc",
    good="#57c78c",
    warning="#e8ac4a",
    bad="#f47b74",
    is_dark=True,
)
CONTRAST = Colours(
    name="contrast",
    window="#000000",
    base="#000000",
    alternate="#000000",
    raised="#000000",
    border="#ffffff",
    text="#ffffff",
    muted="#ffffff",
    accent="#ffff00",
    on_accent="#000000",
    selected="#00407a",
    on_selected="#ffffff",
    good="#3ff23f",
    warning="#ffd000",
    bad="#ff9a9a",
    is_dark=True,
)
_SYSTEM_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
    "contrast": Qt.ColorScheme.Dark,
}
_SCHEMES = {colours.name: colours for colours in (LIGHT, DARK, CONTRAST)}


class Theme(QObject):
    """Keeps the application in the chosen scheme; tells when it has changed."""

    changed = Signal(object)
    """Colours."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self.choice = "system"
        self.colours = LIGHT
        hints = application.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        hints.accessibility().contrastPreferenceChanged.connect(self._system_changed)

    def choose(self, choice: str) -> None:
        """Takes `system`, `light`, `dark` or `contrast`, and remembers it."""
        remember("theme", choice)
        self.apply(choice)

    def apply_remembered(self) -> None:
        """What was chosen the last time; at first what the system says."""
        self.apply(remembered_text("theme", "system"))

    def apply(self, choice: str) -> None:
        """Dresses the application without remembering the choice. What is no choice counts as `system`."""
        self.choice = choice if choice in CHOICES else "system"
        # Title bars and the system's own dialogs follow this where the desktop lets them.
        self._application.styleHints().setColorScheme(_SYSTEM_SCHEMES[self.choice])
        colours = _SCHEMES.get(self.choice) or _system_colours()
        self.colours = colours
        _remember_current(colours)
        self._application.setPalette(palette(colours))
        self._application.setStyleSheet(style_sheet(colours))
        self.changed.emit(colours)

    def _system_changed(self) -> None:
        if self.choice == "system":
            self.apply("system")


_current = [LIGHT]


def colours() -> Colours:
    """The colours in use: for icons, graphs, delegates."""
    return _current[0]


def _remember_current(new: Colours) -> None:
    _current[0] = new


def _system_colours() -> Colours:
    hints = QGuiApplication.styleHints()
    if hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast:
        return CONTRAST
    return DARK if hints.colorScheme() is Qt.ColorScheme.Dark else LIGHT


def palette(colours: Colours) -> QPalette:
    """The scheme as Qt's roles."""
    roles = QPalette.ColorRole
    made = QPalette(QColor(colours.raised), QColor(colours.window))
    for role, colour in (
        (roles.Window, colours.window),
        (roles.WindowText, colours.text),
        (roles.Base, colours.base),
        (roles.AlternateBase, colours.alternate),
        (roles.Text, colours.text),
        (roles.Button, colours.raised),
        (roles.ButtonText, colours.text),
        (roles.BrightText, colours.bad),
        (roles.ToolTipBase, colours.raised),
        (roles.ToolTipText, colours.text),
        (roles.PlaceholderText, colours.muted),
        (roles.Highlight, colours.selected),
        (roles.HighlightedText, colours.on_selected),
        (roles.Accent, colours.accent),
        (roles.Link, colours.accent),
        (roles.LinkVisited, colours.accent),
        (roles.Mid, colours.border),
        (roles.Midlight, colours.border),
    ):
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, _faded(colours))
    return made


def _faded(colours: Colours) -> QColor:
    text, ground, share = QColor(colours.text), QColor(colours.base), 0.45
    mixed = [
        round(share * one + (1 - share) * other)
        for one, other in (
            (text.red(), ground.red()),
            (text.green(), ground.green()),
            (text.blue(), ground.blue()),
        )
    ]
    return QColor(*mixed)
