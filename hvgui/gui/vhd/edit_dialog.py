"""Editing a disk file: compact, convert, expand, merge, reconnect; and making a new one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.units import format_bytes, parse_bytes
from hvgui.exchange.vhd import edits
from hvgui.exchange.vhd.description import DiskDescription, describe
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.layout import VhdType
from hvgui.exchange.vhd.writing import Watch, create
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.vhd.file_field import FileField
from hvgui.gui.vhd.work import Work, sentence_of
from hvgui.gui.vhd.work_dialog import WorkDialog
from hvgui.gui.words import tr

NEW = "create"
_EDITS = (
    ("compact", "Compact: throw away blocks of zeros"),
    ("convert-fixed", "Convert to a fixed disk"),
    ("convert-dynamic", "Convert to a dynamic disk"),
    ("expand", "Expand: more room at its end"),
    ("merge-parent", "Merge into its parent"),
    ("merge-new", "Merge with its parents into a new disk"),
    ("reconnect", "Reconnect: give it its parent again"),
)
_KINDS = (("dynamic", "Dynamic"), ("fixed", "Fixed"), ("differencing", "Differencing"))


class EditDiskDialog(WorkDialog):
    """Works on a file with progress and Cancel; stays open to tell how it went."""

    def __init__(self, parent: QWidget | None = None, *, makes: bool = False) -> None:
        super().__init__(tr("Create") if makes else tr("Go"), parent)
        self._makes = makes
        self.setObjectName("new disk file" if makes else "edit disk")
        self.setWindowTitle(tr("New disk file") if makes else tr("Edit disk"))
        self.file = FileField(tr("Disk"), saves=makes, parent=self)
        self.doing, self.new_size = QComboBox(self), QLineEdit(self)
        self.target = FileField(tr("New file"), saves=True, parent=self)
        self.relative = FileField(tr("Parent"), parent=self)
        for value, words in _KINDS if makes else _EDITS:
            self.doing.addItem(tr(words), value)
        self.new_size.setPlaceholderText("100 GB")
        self._build()
        for signal in (self.file.changed, self.target.changed, self.relative.changed):
            signal.connect(self.recheck)
        self.new_size.textChanged.connect(self.recheck)
        self.doing.currentIndexChanged.connect(self.recheck)
        self.resize(620, 330)
        fit_on_screen(self)
        self.recheck()

    def _build(self) -> None:
        self._form = QFormLayout()
        for caption, field, name in (
            (tr("&Disk"), self.file, "disk file"),
            (tr("&Type") if self._makes else tr("&What to do"), self.doing, "doing"),
            (tr("&Size"), self.new_size, "size"),
            (tr("&New file"), self.target, "target"),
            (tr("&Parent"), self.relative, "parent file"),
        ):
            field.setObjectName(name)
            label = QLabel(caption, self)
            label.setBuddy(field)
            self._form.addRow(label, field)
        self.told.setObjectName("disk told")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.addLayout(self._form)
        for widget in (self.about, self.told, self.bar):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.buttons)

    # What is meant

    def recheck(self) -> None:
        """Shows the fields that matter, and whether it can begin."""
        if self.work.is_busy:
            return
        wanted = str(self.doing.currentData())
        self._form.setRowVisible(self.new_size, wanted in ("expand", "fixed", "dynamic"))
        self._form.setRowVisible(self.target, wanted in ("convert-fixed", "convert-dynamic", "merge-new"))
        self._form.setRowVisible(self.relative, wanted in ("reconnect", "differencing"))
        try:
            self.meant()
            reason = ""
        except (VhdError, ValueError, OSError) as error:
            reason = (
                sentence_of(error)
                if not isinstance(error, ValueError)
                else f"{str(error)[:1].upper()}{str(error)[1:]}."
            )
        self.go.setEnabled(not reason)
        self.go.setToolTip(reason)
        self.about.setText(reason)

    def meant(self) -> Work:
        """The work that the form stands for. Raises VhdError or ValueError with a sentence where it can't be done."""
        path = self.file.path
        if path is None:
            raise VhdError(tr("name the file"))
        wanted = str(self.doing.currentData())
        if self._makes:
            return self._creation(path, VhdType[wanted.upper()])
        found = describe(path)
        _refuse(found, wanted)
        return self._edit(path, found, wanted)

    def _creation(self, path: Path, kind: VhdType) -> Work:
        if path.exists():
            raise VhdError(tr("{file} exists already", file=path.name))
        parent = self.relative.path if kind is VhdType.DIFFERENCING else None
        if kind is VhdType.DIFFERENCING and (parent is None or not parent.is_file()):
            raise VhdError(tr("name the parent's file"))
        size = None if parent is not None else parse_bytes(self.new_size.text())

        def work(_watch: Watch) -> str:
            create(path, kind, size, parent)
            return tr("{file} is made: {size}.", file=path.name, size=format_bytes(describe(path).size_bytes))

        return work

    def _edit(self, path: Path, found: DiskDescription, wanted: str) -> Work:
        if wanted == "compact":
            return lambda watch: _freed(edits.compact(path, watch=watch))
        if wanted == "expand":
            size = parse_bytes(self.new_size.text())
            if size <= found.size_bytes:
                raise VhdError(tr("the new size must be more than {size}", size=format_bytes(found.size_bytes)))
            return _then_done(lambda watch: edits.expand(path, size, watch=watch))
        if wanted == "merge-parent":
            return lambda watch: tr("Merged into {file}.", file=edits.merge(path, watch=watch).name)
        if wanted == "reconnect":
            parent = _needed(self.relative.path, tr("name the parent's file"))
            return _then_done(lambda _watch: edits.reconnect(path, parent))
        target = _needed(self.target.path, tr("name the file to write"))
        if target.exists():
            raise VhdError(tr("{file} exists already", file=target.name))
        if wanted == "merge-new":
            return lambda watch: tr("Merged into {file}.", file=edits.merge(path, target, watch=watch).name)
        kind = VhdType.FIXED if wanted == "convert-fixed" else VhdType.DYNAMIC
        return _then_done(lambda watch: edits.convert(path, target, kind, watch=watch))


def _refuse(found: DiskDescription, wanted: str) -> None:
    """What a disk of its kind can't have done to it."""
    reasons = {
        ("fixed", "compact"): tr("a fixed disk has nothing to compact"),
        ("fixed", "convert-fixed"): tr("it is a fixed disk already"),
        ("dynamic", "convert-dynamic"): tr("it is a dynamic disk already"),
        ("differencing", "expand"): tr("a differencing disk has its parent's size"),
    }
    if (found.kind, wanted) in reasons:
        raise VhdError(reasons[(found.kind, wanted)])
    if found.kind != "differencing" and wanted in ("merge-parent", "merge-new", "reconnect"):
        raise VhdError(tr("only a differencing disk has a parent"))
    if found.missing_parent and wanted != "reconnect":
        raise VhdError(found.missing_parent)


def _needed(path: Path | None, reason: str) -> Path:
    if path is None:
        raise VhdError(reason)
    return path


def _then_done(doing: Callable[[Watch], None]) -> Work:
    def work(watch: Watch) -> str:
        doing(watch)
        return tr("Done.")

    return work


def _freed(lost_bytes: int) -> str:
    return tr("Done: {size} freed.", size=format_bytes(max(0, lost_bytes)))
