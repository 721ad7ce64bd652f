"""Colours that can be read, icons in the scheme's tints, settings that survive a wrong type, words that can follow."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from hvgui.gui.icons import forget_icons, icon
from hvgui.gui.settings import (
    recent_files,
    remember,
    remember_file,
    remembered_bytes,
    remembered_flag,
    remembered_list,
    remembered_number,
    remembered_text,
)
from hvgui.gui.theme import CONTRAST, DARK, LIGHT, Colours, Theme
from hvgui.gui.words import counted, tr


def _luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.1."""
    parts = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK, CONTRAST], ids=lambda scheme: scheme.name)
def test_every_text_can_be_read(scheme: Colours) -> None:
    """4.5 to 1 is what WCAG asks for; 7 to 1 in high contrast."""
    least = 7.0 if scheme is CONTRAST else 4.5
    for ground in (scheme.window, scheme.base, scheme.alternate, scheme.raised):
        for text in (scheme.text, scheme.muted, scheme.accent, scheme.good, scheme.warning, scheme.bad):
            assert _contrast(text, ground) >= least, (text, ground)
    assert _contrast(scheme.on_selected, scheme.selected) >= least
    assert _contrast(scheme.on_accent, scheme.accent) >= 4.5


def test_icons_take_the_colours_of_the_scheme(qapp: QApplication) -> None:
    theme = Theme(qapp)
    for scheme in (LIGHT, DARK):
        theme.apply(scheme.name)
        forget_icons()
        picture = icon("filled-circle", "good").pixmap(24, 24).toImage()
        assert picture.pixelColor(12, 12).name() == scheme.good
    theme.apply("light")
    forget_icons()
    with pytest.raises(FileNotFoundError, match="no-such-icon"):
        icon("no-such-icon")


def test_a_choice_that_is_none_counts_as_the_system_s(qapp: QApplication) -> None:
    theme = Theme(qapp)
    theme.apply("purple")
    assert theme.choice == "system"


def test_settings_come_back_in_their_types() -> None:
    remember("flag", True)
    remember("number", 12.5)
    remember("words", ["a"])
    assert remembered_flag("flag") is True
    assert remembered_number("number") == 12.5
    assert remembered_list("words") == ["a"]
    assert remembered_text("missing", "default") == "default"
    assert remembered_bytes("missing").isEmpty()
    remember("words", [])
    assert remembered_list("words") == []


def test_recent_files_are_eight_and_the_newest_stands_first() -> None:
    for number in range(12):
        remember_file(f"/labs/{number}.hvlab")
    remember_file("/labs/9.hvlab")
    assert recent_files()[:3] == ["/labs/9.hvlab", "/labs/11.hvlab", "/labs/10.hvlab"]
    assert len(recent_files()) == 8


class _Dutch(QTranslator):
    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:  # type: ignore[override]
        words = {"{count} VM running": "{count} VM draait", "{count} VMs running": "{count} VM's draaien"}
        return words.get(text, "") if context == "hvgui" else ""


def test_another_language_can_follow(qapp: QApplication) -> None:
    dutch = _Dutch()
    QCoreApplication.installTranslator(dutch)
    assert counted(1, "{count} VM running", "{count} VMs running") == "1 VM draait"
    assert counted(25, "{count} VM running", "{count} VMs running") == "25 VM's draaien"
    QCoreApplication.removeTranslator(dutch)
    assert tr("{name} is off", name="WEB1") == "WEB1 is off"
