"""What the window shows while no lab is open: where to begin, and the labs that were open last."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from hvgui import __version__
from hvgui.gui.icons import icon
from hvgui.gui.program_icon import program_picture
from hvgui.gui.settings import recent_files, remember, remembered_flag
from hvgui.gui.words import tr

SHOWN_AT_START = "welcome/at start"
"""The setting that says whether a start without a lab shows this page; else it opens the lab that was open last."""
_WIDTH = 380
_LOGO = 56


class WelcomePage(QScrollArea):
    """Two columns: begin something, go on with something."""

    open_wanted = Signal()
    """A file is to be chosen."""
    create_wanted = Signal()
    """A lab is to be made."""
    sample_wanted = Signal(str)
    """The name of the sample that is to be opened."""
    recent_wanted = Signal(str)
    """The path of a file that was open before."""
    guide_wanted = Signal()
    news_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome page")
        self.setWidgetResizable(True)
        inside = QWidget(self)
        columns = QHBoxLayout()
        columns.setSpacing(20)
        self._offers = self._card(columns, tr("Begin"))
        self._recent_column = self._card(columns, tr("Go on"))
        page = QVBoxLayout(inside)
        page.addStretch()
        page.addLayout(self._heading(inside))
        page.addSpacing(16)
        centred = QHBoxLayout()
        centred.addStretch()
        centred.addLayout(columns)
        centred.addStretch()
        page.addLayout(centred)
        page.addSpacing(10)
        page.addLayout(self._foot(inside))
        page.addStretch()
        self.setWidget(inside)
        self._build_offers()
        self._build_recent()
        self._fill = QTimer(self)
        self._fill.setObjectName("welcome page")
        self._fill.setSingleShot(True)
        self._fill.setInterval(0)
        self._fill.timeout.connect(self._offer_samples)

    def showEvent(self, event: QShowEvent) -> None:
        """The first sight of the window does not wait for the samples to be read."""
        super().showEvent(event)
        self._list_recent()
        self._open.setFocus()
        self._fill.start()

    def rest(self) -> None:
        """Out of sight."""
        self._fill.stop()

    def redraw(self) -> None:
        """In the colours of another scheme."""
        for button in self.findChildren(QPushButton):
            drawing = button.property("drawing")
            if drawing:
                button.setIcon(icon(drawing, "accent"))
        self._list_recent()

    # Building

    def _heading(self, parent: QWidget) -> QHBoxLayout:
        self._logo = QLabel(parent)
        self._logo.setPixmap(program_picture(_LOGO))
        title = QLabel(tr("hvgui {version}", version=__version__), parent)
        title.setProperty("role", "title")
        about = QLabel(tr("A failover cluster to rehearse on: nothing here touches a real one."), parent)
        about.setProperty("role", "muted")
        words = QVBoxLayout()
        words.addWidget(title)
        words.addWidget(about)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addStretch()
        row.addWidget(self._logo)
        row.addLayout(words)
        row.addStretch()
        return row

    def _card(self, columns: QHBoxLayout, title: str) -> QVBoxLayout:
        card = QFrame(self)
        card.setProperty("role", "card")
        card.setFixedWidth(_WIDTH)
        column = QVBoxLayout(card)
        column.setContentsMargins(20, 16, 20, 18)
        column.setSpacing(8)
        head = QLabel(title, card)
        head.setProperty("role", "section")
        column.addWidget(head)
        columns.addWidget(card)
        return column

    def _foot(self, parent: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch()
        for title, name, signal in (
            (tr("User guide"), "welcome guide", self.guide_wanted),
            (tr("What's new"), "welcome news", self.news_wanted),
        ):
            button = QPushButton(title, parent)
            button.setObjectName(name)
            button.clicked.connect(signal)
            row.addWidget(button)
        self._at_start = QCheckBox(tr("Show this page at the start"), parent)
        self._at_start.setObjectName("welcome at start")
        self._at_start.setToolTip(tr("Without it, hvgui starts with the lab that was open last."))
        self._at_start.setChecked(remembered_flag(SHOWN_AT_START, True))
        self._at_start.toggled.connect(_remember_at_start)
        row.addSpacing(12)
        row.addWidget(self._at_start)
        row.addStretch()
        return row

    def _build_offers(self) -> None:
        self._open = self._add_offer(tr("Open lab or inventory..."), "welcome open", "folder-open")
        self._open.clicked.connect(self.open_wanted)
        create = self._add_offer(tr("Create a test lab..."), "welcome create", "sitemap")
        create.clicked.connect(self.create_wanted)
        head = QLabel(tr("A new lab from a sample"), self)
        head.setProperty("role", "section")
        self._offers.addSpacing(6)
        self._offers.addWidget(head)
        self._offers.addStretch()

    def _add_offer(self, title: str, name: str, drawing: str, tip: str = "") -> QPushButton:
        button = QPushButton(icon(drawing, "accent"), title, self)
        button.setProperty("drawing", drawing)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setStyleSheet("text-align: left;")
        self._offers.insertWidget(self._offers.count() - (1 if tip else 0), button)
        return button

    def _build_recent(self) -> None:
        self._list = QListWidget(self)
        self._list.setObjectName("welcome recent")
        self._list.setAccessibleName(tr("Labs and inventories that were open last"))
        self._list.setIconSize(QSize(16, 16))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._list.itemActivated.connect(self._open_recent)
        self._list.itemClicked.connect(self._open_recent)
        self._none = QLabel(tr("Nothing has been opened yet. A lab is kept all the time, and then stands here."), self)
        self._none.setProperty("role", "muted")
        self._none.setWordWrap(True)
        self._recent_column.addWidget(self._none)
        self._recent_column.addWidget(self._list, 1)
        self._recent_column.addStretch()

    # Filling

    def _offer_samples(self) -> None:
        from hvgui.exchange.samples import sample_infos  # noqa: PLC0415  not before the first paint

        for one in sample_infos():
            if self.findChild(QPushButton, f"welcome {one.name}") is None:
                button = self._add_offer(tr(one.title), f"welcome {one.name}", "server-2", tr(one.description))
                button.setProperty("sample", one.name)
                button.clicked.connect(self._begin_sample)

    def _list_recent(self) -> None:
        self._list.clear()
        for path in recent_files():
            self._list.addItem(_row(path))
        self._none.setHidden(bool(self._list.count()))
        self._list.setHidden(not self._list.count())

    def _begin_sample(self) -> None:
        self.sample_wanted.emit(self.sender().property("sample"))

    def _open_recent(self, item: QListWidgetItem) -> None:
        if item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.recent_wanted.emit(item.data(Qt.ItemDataRole.UserRole))


def _row(path: str) -> QListWidgetItem:
    """A file: its name and its folder; grey, and why, if it is not there any more."""
    item = QListWidgetItem(icon("device-floppy", "muted"), f"{Path(path).name}\n{Path(path).parent}")
    item.setData(Qt.ItemDataRole.UserRole, path)
    item.setToolTip(path)
    if not os.path.exists(path):  # noqa: PTH110  a path that can't be asked for is not there either
        item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
        item.setToolTip(tr("{path} is not there any more.", path=path))
    return item


def _remember_at_start(shown: bool) -> None:
    remember(SHOWN_AT_START, shown)
