"""What can be read in the window: the guide and its truth, what is new, and what hvgui is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QPlainTextEdit, QTextBrowser, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

import hvgui
from hvgui.gui.actions.table import COMMANDS
from hvgui.gui.dialogs.about_dialog import AboutDialog, bundled_parts, version_of
from hvgui.gui.guide import GuideWindow, guide_pages
from hvgui.shipped import shipped_file, shipped_folder

PAGES = guide_pages()


@pytest.fixture
def guide(qtbot: QtBot) -> Iterator[GuideWindow]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = GuideWindow(parent)
    made.show()
    yield made
    made.close()


def test_every_page_has_a_title_and_what_is_new_comes_last() -> None:
    titles = [title for _, title in PAGES]
    assert titles[0] == "First steps"
    assert titles[-1] == "What's new"
    assert len(set(titles)) == len(titles) >= 8
    assert all(title and not title.startswith("#") for title in titles)


def test_pictures_and_links_lead_somewhere_and_every_picture_is_shown() -> None:
    shown: set[str] = set()
    for path, _ in PAGES:
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)]+)\)", text):
            assert (path.parent / target).is_file(), f"{path.name}: {target}"
            shown.add(target)
    pictures = {f"images/{path.name}" for path in (shipped_folder() / "guide" / "images").iterdir()}
    assert pictures == {name for name in shown if name.startswith("images/")}
    assert sum((shipped_folder() / "guide" / name).stat().st_size for name in pictures) < 1_000_000


def test_the_guide_names_commands_as_the_window_does() -> None:
    """What it prints in bold or slanted with dots at its end is a command; so are the keys that follow one."""
    titles = {command.title: command.shortcut for command in COMMANDS}
    for path, _ in PAGES:
        text = path.read_text(encoding="utf-8").replace("\n", " ")
        for name in re.findall(r"\*+([A-Z][^*]+\.\.\.)\*+", text):
            assert name in titles, f"{path.name}: {name}"
        for name, keys in re.findall(r"\*+([A-Z][^*]+\.\.\.)\*+ \((Ctrl[^)]*)\)", text):
            assert keys in titles[name].split(", "), f"{path.name}: {name} has {titles[name]}"


def test_what_is_new_tells_of_this_version() -> None:
    assert f"## {hvgui.__version__}\n" in shipped_file("guide/whats-new.md").read_text(encoding="utf-8")


def test_pages_are_turned_and_links_followed(qtbot: QtBot, guide: GuideWindow) -> None:
    text, pages = guide.findChild(QTextBrowser), guide.findChild(QListWidget)
    assert text is not None and pages is not None
    assert "a cluster manager with the cluster inside" in text.toPlainText()
    kind = QTextDocument.ResourceType.ImageResource
    for width in (1080, 640):
        guide.resize(width, 700)

        def fits() -> bool:
            picture = text.document().resource(kind.value, QUrl("images/window.png"))
            return isinstance(picture, QImage) and 100 < picture.width() <= text.viewport().width()

        qtbot.waitUntil(fits)
        second = text.document().findBlockByNumber(1)
        assert second.charFormat().fontWeight() < 600 and second.blockFormat().headingLevel() == 0
    text.anchorClicked.emit(QUrl("02-migration.md"))
    assert pages.currentItem().text() == "Migration"
    assert "blackout" in text.toPlainText()
    guide.read("whats-new")
    assert pages.currentItem().text() == "What's new"
    guide.read("")
    assert pages.currentItem().text() == "What's new"


def test_the_search_leaves_the_pages_that_have_it(qtbot: QtBot, guide: GuideWindow) -> None:
    search, text, pages = guide.findChild(QLineEdit), guide.findChild(QTextBrowser), guide.findChild(QListWidget)
    assert search is not None and text is not None and pages is not None
    qtbot.keyClicks(search, "coordinator")
    assert [pages.item(row).text() for row in range(pages.count()) if not pages.item(row).isHidden()] == [
        "Storage and disks"
    ]
    assert text.textCursor().selectedText() == "coordinator"
    first = text.textCursor().position()
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert text.textCursor().position() > first
    search.clear()
    assert not any(pages.item(row).isHidden() for row in range(pages.count()))


def test_about_names_every_part_with_version_and_licence(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = AboutDialog(parent)
    dialog.open()
    table, licence = dialog.findChild(QTreeWidget), dialog.findChild(QPlainTextEdit)
    assert table is not None and licence is not None
    rows = {table.topLevelItem(row).text(0): row for row in range(table.topLevelItemCount())}
    assert "MIT License" in licence.toPlainText()
    numpy = table.topLevelItem(rows["NumPy"])
    assert numpy.text(1) == metadata.version("numpy")
    table.setCurrentItem(numpy)
    assert "Redistribution and use in source and binary forms" in licence.toPlainText()
    copy = next(button for button in dialog.box.buttons() if button.objectName() == "copy versions")
    copy.click()
    assert QApplication.clipboard().text().startswith(f"hvgui {hvgui.__version__}\n")
    dialog.close()


def test_a_part_that_is_not_there_has_no_version() -> None:
    assert version_of({"name": "nothing", "package": "hvgui-of-no-index"}) == ""
    assert version_of({"name": "libffi"}) == ""
    with_version = [part["name"] for part in bundled_parts() if version_of(part)]
    assert {"hvgui", "Python", "Qt", "Qt for Python", "SQLite", "zlib", "Expat"} <= set(with_version)
