"""The user guide beside the window: pages of resources/guide, with their pictures, and a search through all of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QImage,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QListWidget, QTextBrowser, QVBoxLayout, QWidget

from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.words import tr
from hvgui.shipped import shipped_file

_SUFFIX = ".md"
_MARGIN = 24
_AGAIN_MS = 30


class GuidePage(QTextBrowser):
    """A page whose pictures are never wider than itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._again = QTimer(self)
        self._again.setObjectName("guide page")
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._read_again)
        # One that came and went would change the width, and with it the pictures, and with them its need.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)

    def read(self, path: Path) -> None:
        """Turns to a page."""
        self._path = path
        # Without this a page would begin in the letters that the one before has at its cursor.
        self.clear()
        self.setCurrentCharFormat(QTextCharFormat())
        self.setMarkdown(path.read_text(encoding="utf-8"))

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """See QTextBrowser."""
        if kind != QTextDocument.ResourceType.ImageResource.value or self._path is None:
            return super().loadResource(kind, name)
        image = QImage(str(self._path.parent / (name if isinstance(name, str) else name.path())))
        room = max(1, round((self.viewport().width() - _MARGIN) * self.devicePixelRatioF()))
        if image.width() > room:
            image = image.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
        image.setDevicePixelRatio(self.devicePixelRatioF())
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width: the pictures anew, a moment later, since it may come in the middle of laying out a page."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width() and self._path is not None:
            self._again.start()

    def _read_again(self) -> None:
        """At the same place of the text."""
        bar = self.verticalScrollBar()
        share = bar.value() / max(1, bar.maximum())
        if self._path is not None:
            self.read(self._path)
        bar.setValue(round(share * bar.maximum()))


class GuideWindow(QDialog):
    """Pages at the left, the one that is read at the right."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("guide")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setWindowTitle(tr("User guide"))
        self._pages = guide_pages()
        self._list = QListWidget(self)
        self._list.setObjectName("guide pages")
        self._list.setAccessibleName(tr("Pages"))
        self._list.setFixedWidth(230)
        self._list.addItems([title for _, title in self._pages])
        self._search = QLineEdit(self)
        self._search.setObjectName("guide search")
        self._search.setPlaceholderText(tr("Search the guide"))
        self._search.setAccessibleName(tr("Search the guide"))
        self._search.setClearButtonEnabled(True)
        self._text = GuidePage(self)
        self._text.setObjectName("guide text")
        self._text.setAccessibleName(tr("Page"))
        self._text.setOpenLinks(False)
        left = QVBoxLayout()
        left.addWidget(self._search)
        left.addWidget(self._list, 1)
        row = QHBoxLayout(self)
        row.addLayout(left)
        row.addWidget(self._text, 1)
        self._list.currentRowChanged.connect(self._show_page)
        self._search.textChanged.connect(self._filter)
        self._search.returnPressed.connect(self._find_next)
        self._text.anchorClicked.connect(self._follow)
        QShortcut(QKeySequence.StandardKey.Find, self, self._search.setFocus)
        self.resize(1080, 720)
        fit_on_screen(self)
        self._list.setCurrentRow(0)

    def read(self, page: str) -> None:
        """Turns to a page by its name; without one the page stays."""
        for row, (path, _) in enumerate(self._pages):
            if path.stem == page:
                self._search.clear()
                self._list.setCurrentRow(row)

    def _show_page(self, row: int) -> None:
        if row >= 0:
            self._text.read(self._pages[row][0])
            self._find_next()

    def _filter(self, text: str) -> None:
        """Only the pages in which it stands; the first of them is shown."""
        wanted, first = text.strip().casefold(), -1
        for row, (path, _) in enumerate(self._pages):
            hides = wanted not in path.read_text(encoding="utf-8").casefold()
            self._list.item(row).setHidden(hides)
            first = row if first < 0 and not hides else first
        if first >= 0 and self._list.item(max(0, self._list.currentRow())).isHidden():
            self._list.setCurrentRow(first)
        # Each letter that is typed looks from the beginning; Return looks further.
        self._text.moveCursor(QTextCursor.MoveOperation.Start)
        self._find_next()

    def _find_next(self) -> None:
        wanted = self._search.text().strip()
        if wanted and not self._text.find(wanted):
            self._text.moveCursor(QTextCursor.MoveOperation.Start)
            self._text.find(wanted)

    def _follow(self, url: QUrl) -> None:
        """A page of the guide, or a place elsewhere, which the system's own browser shows."""
        if url.isRelative() and url.fileName().endswith(_SUFFIX):
            self.read(Path(url.fileName()).stem)
        elif url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)


def guide_pages() -> list[tuple[Path, str]]:
    """Each page's file and its title, in the order of reading. Its first line is its title."""
    files = sorted(shipped_file("guide").glob(f"*{_SUFFIX}"))
    return [(path, path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")) for path in files]
