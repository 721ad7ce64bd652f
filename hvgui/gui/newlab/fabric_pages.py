"""The pages on networks and on storage."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.networks import GIGABIT, NetworkRole
from hvgui.cluster.units import format_bytes, format_link_speed, format_rate, parse_bytes, parse_duration, parse_rate
from hvgui.exchange.lab_plan import MOST_NETWORKS, MOST_VOLUMES, LabPlan, NetworkPlan, Part
from hvgui.gui.icons import icon
from hvgui.gui.newlab.plan_page import PlanPage
from hvgui.gui.words import tr

_SPEEDS = tuple(megabits * 125_000.0 for megabits in (100, 1_000, 2_500, 10_000, 25_000, 40_000, 100_000))
_ROLES = {
    NetworkRole.CLUSTER_AND_CLIENT: "Cluster and client",
    NetworkRole.CLUSTER_ONLY: "Cluster only",
    NetworkRole.NONE: "None",
}


class NetworkRow(QWidget):
    """One network: name, speed, role, and a button that takes it away."""

    changed = Signal()

    def __init__(self, plan: NetworkPlan, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = QLineEdit(plan.name, self)
        self.name.setAccessibleName(tr("Name of the network"))
        self.speed, self.role = QComboBox(self), QComboBox(self)
        self.speed.setAccessibleName(tr("Speed"))
        self.role.setAccessibleName(tr("Role"))
        for speed in sorted({*_SPEEDS, plan.bytes_per_second}):
            self.speed.addItem(format_link_speed(speed), speed)
        for role, title in _ROLES.items():
            self.role.addItem(tr(title), role.value)
        self.speed.setCurrentIndex(self.speed.findData(plan.bytes_per_second))
        self.role.setCurrentIndex(self.role.findData(plan.role.value))
        self.away = QToolButton(self)
        self.away.setIcon(icon("trash"))
        self.away.setToolTip(tr("Take this network away"))
        self.away.setAccessibleName(tr("Take this network away"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((self.name, 3), (self.speed, 2), (self.role, 2), (self.away, 0)):
            row.addWidget(widget, stretch)
        self.name.textChanged.connect(self.changed)
        self.speed.currentIndexChanged.connect(self.changed)
        self.role.currentIndexChanged.connect(self.changed)

    @property
    def plan(self) -> NetworkPlan:
        """The network as the row says it."""
        role = NetworkRole(int(self.role.currentData()))
        return NetworkPlan(self.name.text().strip(), float(self.speed.currentData()), role)


class NetworksPage(PlanPage):
    """Rows that come and go."""

    def __init__(self) -> None:
        super().__init__(
            tr("Networks"),
            tr(
                "Each network has a switch of its own, and every node is tied to it. Two at least, so that the nodes"
                " do not lose each other with one cable; one gigabit or more for live migration."
            ),
            "networks",
            Part.NETWORKS,
        )
        self.rows: list[NetworkRow] = []
        self._place = QVBoxLayout()
        self._place.setSpacing(6)
        self.add = QPushButton(tr("&Add a network"), self)
        self.add.setObjectName("add network")
        self.add.setAutoDefault(False)
        self.add.clicked.connect(self._add_another)
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addStretch()
        self.column.addLayout(self._place)
        self.column.addLayout(row)
        self.column.addStretch()

    def _append(self, plan: NetworkPlan) -> NetworkRow:
        row = NetworkRow(plan, self)
        row.setObjectName(f"network {len(self.rows)}")
        row.changed.connect(self.tell)
        row.away.clicked.connect(partial(self._remove, row))
        self.rows.append(row)
        self._place.addWidget(row)
        return row

    def _add_another(self) -> None:
        names = {row.plan.name for row in self.rows}
        name = next(one for number in range(1, 100) if (one := f"Network {number}") not in names)
        has_clients = any(row.plan.role is NetworkRole.CLUSTER_AND_CLIENT for row in self.rows)
        role = NetworkRole.CLUSTER_ONLY if has_clients else NetworkRole.CLUSTER_AND_CLIENT
        row = self._append(NetworkPlan(name, GIGABIT, role))
        row.name.setFocus()
        row.name.selectAll()
        self._limit()
        self.tell()

    def _remove(self, row: NetworkRow) -> None:
        self.rows.remove(row)
        self._place.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._limit()
        self.tell()

    def _limit(self) -> None:
        most = len(self.rows) >= MOST_NETWORKS
        self.add.setEnabled(not most)
        self.add.setToolTip(tr("A lab has {most} networks at most.", most=MOST_NETWORKS) if most else "")

    def show_plan(self, plan: LabPlan) -> None:
        """See PlanPage.show_plan."""
        with self.filling():
            while self.rows:
                self._remove(self.rows[0])
            for network in plan.networks:
                self._append(network)
            self._limit()

    def applied(self, plan: LabPlan) -> LabPlan:
        """See PlanPage.applied."""
        return replace(plan, networks=tuple(row.plan for row in self.rows))


class StoragePage(PlanPage):
    """The SAN, its LUNs, and whether they become Cluster Shared Volumes."""

    def __init__(self) -> None:
        super().__init__(
            tr("Storage"),
            tr("A storage system that every node reaches. Its speed and its operations are shared by all."),
            "storage",
            Part.STORAGE,
        )
        self.name = self.line(tr("&Storage system"), "san name")
        self.speed = self.line(tr("S&peed"), "san speed")
        self.iops = self.line(tr("&Operations a second"), "san iops")
        self.latency = self.line(tr("&Latency"), "san latency")
        self.shared = QCheckBox(tr("&Enable Cluster Shared Volumes"), self)
        self.shared.setObjectName("shared volumes")
        self.form.addRow(self.shared)
        self.count = QSpinBox(self)
        self.count.setRange(1, MOST_VOLUMES)
        self.add_row(tr("&Volumes"), self.count, "volume count")
        self.volume_size = self.line(tr("Si&ze of each"), "volume size")
        self.volume_size.setPlaceholderText(tr("as large as the disks need"))
        self.witness = QCheckBox(tr("A disk &witness for the quorum"), self)
        self.witness.setObjectName("witness")
        self.form.addRow(self.witness)
        self.told = QLabel(self)
        self.told.setProperty("role", "muted")
        self.told.setWordWrap(True)
        self.column.addLayout(self.form)
        self.column.addWidget(self.told)
        self.column.addStretch()
        self.count.valueChanged.connect(self.tell)
        self.witness.toggled.connect(self.tell)
        self.shared.toggled.connect(self.tell)
        self.shared.toggled.connect(self._follow)

    def _follow(self, shared: bool) -> None:
        for field in (self.count, self.volume_size):
            field.setEnabled(shared)
            field.setToolTip("" if shared else tr("Without shared volumes each VM has a LUN of its own."))
        self.told.setText(
            tr("Every node reads and writes the volumes at once, as C:\\ClusterStorage\\Volume1.")
            if shared
            else tr("Each VM gets a LUN of its own, whose ownership moves with it: seconds of a migration's blackout.")
        )

    def show_plan(self, plan: LabPlan) -> None:
        """See PlanPage.show_plan."""
        with self.filling():
            self.name.setText(plan.san)
            self.speed.setText(format_rate(plan.san_bytes_per_second))
            self.iops.setText(f"{plan.san_iops:g}")
            self.latency.setText(f"{plan.san_latency_seconds * 1000:g} ms")
            self.shared.setChecked(plan.shared_volumes)
            self.count.setValue(max(1, plan.volumes))
            self.volume_size.setText(format_bytes(plan.volume_bytes) if plan.volume_bytes else "")
            self.witness.setChecked(plan.witness)
            self._follow(plan.shared_volumes)

    def applied(self, plan: LabPlan) -> LabPlan:
        """See PlanPage.applied."""
        size = self.volume_size.text().strip()
        return replace(
            plan,
            san=self.name.text().strip(),
            san_bytes_per_second=parse_rate(self.speed.text()),
            san_iops=_number(self.iops.text()),
            san_latency_seconds=parse_duration(self.latency.text()),
            shared_volumes=self.shared.isChecked(),
            volumes=self.count.value(),
            volume_bytes=parse_bytes(size) if size else 0,
            witness=self.witness.isChecked(),
        )


def _number(text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        raise ValueError(tr("'{words}' is no number of operations a second", words=text)) from None
