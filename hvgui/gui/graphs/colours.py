"""Colours of lines and bands, one set for light grounds, one for dark ones; told apart by more than hue.

The hues follow Okabe and Ito's set, which people with the common kinds of colour blindness can tell apart; lightness
is moved so that each line has a contrast of 3:1 and more against its ground.
"""

from __future__ import annotations

import enum

from PySide6.QtGui import QColor

from hvgui.gui.theme import Colours, colours


class Role(enum.Enum):
    """What a line or a band means, the same in every graph."""

    MAIN = "main"
    SECOND = "second"
    THIRD = "third"
    LIMIT = "limit"
    BLACKOUT = "blackout"
    STALL = "stall"
    STEP = "step"


_LIGHT = {
    Role.MAIN: "#0063a6",
    Role.SECOND: "#b54a00",
    Role.THIRD: "#00795a",
    Role.LIMIT: "#6b6f78",
    Role.BLACKOUT: "#b3261e",
    Role.STALL: "#a05195",
    Role.STEP: "#0063a6",
}
_DARK = {
    Role.MAIN: "#5db4f0",
    Role.SECOND: "#f5994e",
    Role.THIRD: "#3fcf9f",
    Role.LIMIT: "#a2a9b5",
    Role.BLACKOUT: "#ff7b72",
    Role.STALL: "#dd9bd3",
    Role.STEP: "#5db4f0",
}
_BAND_OPACITY = {Role.STEP: 26, Role.BLACKOUT: 110, Role.STALL: 110}
_WIDE_BAND_OPACITY = {Role.STEP: 26, Role.BLACKOUT: 44, Role.STALL: 60}


def line_colour(role: Role, scheme: Colours | None = None) -> QColor:
    """The colour of a line in the scheme in use."""
    known = scheme or colours()
    return QColor((_DARK if known.is_dark else _LIGHT)[role])


def band_colour(role: Role, *, strong: bool = True, wide: bool = False) -> QColor:
    """The colour of a band: see-through, fainter for every second pass, and where it covers much of the picture."""
    colour = line_colour(role)
    opacity = (_WIDE_BAND_OPACITY if wide else _BAND_OPACITY).get(role, 40)
    colour.setAlpha(opacity if strong else opacity // 3)
    return colour


def fill_colour(role: Role) -> QColor:
    """The colour under a filled line."""
    colour = line_colour(role)
    colour.setAlpha(38)
    return colour
