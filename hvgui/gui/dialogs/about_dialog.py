"""What this program is, what it is made of, and under which licences."""

from __future__ import annotations

import platform
import sqlite3
import tomllib
import zlib
from collections.abc import Callable, Mapping
from importlib import metadata
from xml.parsers import expat

from PySide6.QtCore import qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QHeaderView,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from hvgui import __version__
from hvgui.gui.dialogs.reading import ReadingDialog
from hvgui.gui.fault_report import versions
from hvgui.gui.words import tr
from hvgui.shipped import shipped_file

_VERSIONS: Mapping[str, Callable[[], str]] = {
    "hvgui": lambda: __version__,
    "Python": platform.python_version,
    "Qt": qVersion,
    "SQLite": lambda: sqlite3.sqlite_version,
    "zlib": lambda: zlib.ZLIB_RUNTIME_VERSION,
    "Expat": lambda: expat.EXPAT_VERSION.removeprefix("expat_"),
}
"""Of parts that no package index knows."""


class AboutDialog(ReadingDialog):
    """The parts in a table; the chosen one's licence below."""

    def __init__(self, parent: QWidget) -> None:
        heading = tr(
            "hvgui {version}\n\nA desktop cluster manager for Hyper-V style failover clusters, with a simulated cluster"
            " inside. Rehearse a maintenance window, a node failure or a migration storm without a single server.\n\n"
            "MIT licence. This is what it is made of:",
            version=__version__,
        )
        super().__init__(tr("About hvgui"), heading, "about", parent)
        self._parts = bundled_parts()
        self._table = QTreeWidget(self)
        self._table.setObjectName("about parts")
        self._table.setAccessibleName(tr("What hvgui is made of"))
        self._table.setHeaderLabels([tr("Part"), tr("Version"), tr("Licence"), tr("What for")])
        self._table.setRootIsDecorated(False)
        self._table.setAlternatingRowColors(True)
        for part in self._parts:
            words = [part["name"], version_of(part), part["licence"], tr(part["what"])]
            self._table.addTopLevelItem(QTreeWidgetItem(words))
        for column in range(3):
            self._table.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("about licence")
        self._text.setAccessibleName(tr("Licence"))
        self._text.setReadOnly(True)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        both = QSplitter(self)
        both.setOrientation(both.orientation().Vertical)
        both.addWidget(self._table)
        both.addWidget(self._text)
        self.put(both)
        self._table.itemSelectionChanged.connect(self._show_licence)
        self._table.setCurrentIndex(self._table.model().index(0, 0))
        copy = QPushButton(tr("Copy versions"), self.box)
        copy.setObjectName("copy versions")
        copy.setAutoDefault(False)
        copy.clicked.connect(_copy_versions)
        self.box.addButton(copy, self.box.ButtonRole.ActionRole)
        self.resize(760, 620)

    def _show_licence(self) -> None:
        part = self._parts[self._table.currentIndex().row()]
        text = shipped_file(f"licences/{part['text']}").read_text(encoding="utf-8")
        self._text.setPlainText(f"Copyright {part['copyright']}\n\n{text}")


def bundled_parts() -> list[dict[str, str]]:
    """What hvgui is made of: name, what, copyright, licence, the file of its text, and its package's name if any."""
    listed = tomllib.loads(shipped_file("licences/parts.toml").read_text(encoding="utf-8"))["part"]
    return [{key: value for key, value in one.items() if isinstance(value, str)} for one in listed]


def version_of(part: Mapping[str, str]) -> str:
    """Of a part as it runs here; empty where it tells none."""
    told = _VERSIONS.get(part["name"])
    if told is not None:
        return told()
    try:
        return metadata.version(part["package"]) if "package" in part else ""
    except metadata.PackageNotFoundError:
        return ""


def _copy_versions() -> None:
    QGuiApplication.clipboard().setText("\n".join(versions()))
