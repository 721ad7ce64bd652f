"""The table of the four models: votes, what each survives, which is in force and which is recommended."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from hvgui.cluster.quorum import QuorumModel
from hvgui.gui.icons import icon
from hvgui.gui.quorum.survival import Survival
from hvgui.gui.words import tr


class SurvivalTable(QTreeWidget):
    """Read only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("survival")
        self.setAccessibleName(tr("What each quorum model survives"))
        self.setRootIsDecorated(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHeaderLabels([tr("Model"), tr("Votes"), tr("Survives"), tr("Without its witness"), tr("Remark")])
        self.header().setStretchLastSection(True)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._shown: tuple[tuple[Survival, ...], QuorumModel] | None = None

    def show_rows(self, rows: tuple[Survival, ...], chosen: QuorumModel) -> None:
        """One row a model; the chosen one is ticked and bold."""
        if self._shown == (rows, chosen):
            return
        self._shown = (rows, chosen)
        self.clear()
        for row in rows:
            self.addTopLevelItem(_item(row, is_chosen=row.model is chosen))
        height = self.header().sizeHint().height() + sum(max(22, self.sizeHintForRow(one)) for one in range(len(rows)))
        self.setFixedHeight(height + 2 * self.frameWidth() + 6)


def _item(row: Survival, *, is_chosen: bool) -> QTreeWidgetItem:
    remark = row.remark
    if row.is_recommended:
        remark = f"{tr('Recommended.')} {remark}".strip()
    item = QTreeWidgetItem([tr(row.model.value), row.votes, row.with_witness, row.without_witness, remark])
    item.setIcon(0, icon("circle-check", "accent") if is_chosen else icon("circle", "muted"))
    font = QFont(item.font(0))
    font.setBold(is_chosen)
    item.setFont(0, font)
    for column in range(5):
        item.setToolTip(column, item.text(column))
    return item
