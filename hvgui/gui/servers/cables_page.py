"""The page on a new server's cables: a link to each chosen network, a path to each chosen SAN, and their speeds."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NetworkId, SanId
from hvgui.cluster.networks import GIGABIT
from hvgui.cluster.units import format_link_speed, format_rate
from hvgui.gui.servers.draft import role_words
from hvgui.gui.servers.server_pages import Told
from hvgui.gui.wizard.form_page import FormPage
from hvgui.gui.words import tr
from hvgui.requests.new_server import NewServer, ServerLink, ServerPath

_SPEEDS = tuple(megabits * 125_000.0 for megabits in (100, 1_000, 2_500, 10_000, 25_000, 40_000, 100_000))


class CablesPage(FormPage):
    """Ticks and speeds."""

    def __init__(self, cluster: Cluster, told: Told) -> None:
        super().__init__(
            tr("Links and paths"),
            tr(
                "A cable to each network and each SAN that is ticked. The nodes hear it over a network that carries"
                " cluster traffic; without a path it reaches a shared volume through that volume's coordinator."
            ),
            "cables",
        )
        self._told = told
        self.networks: dict[NetworkId, tuple[QCheckBox, QComboBox]] = {}
        self.sans: dict[SanId, tuple[QCheckBox, QComboBox]] = {}
        inner = QWidget(self)
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(0, 0, 6, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setColumnStretch(2, 1)
        self._section(tr("Networks"))
        for network in cluster.networks.values():
            about = role_words(network.role)
            self.networks[network.id] = self._row(f"link {network.id}", network.name, about)
        if cluster.sans:
            self._section(tr("Storage"))
        for san in cluster.sans.values():
            about = tr("gives {rate}", rate=format_rate(san.bytes_per_second))
            self.sans[san.id] = self._row(f"path {san.id}", san.name, about)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        self.column.addWidget(scroll, 1)

    def _section(self, words: str) -> None:
        label = QLabel(words, self)
        label.setProperty("role", "section")
        self._grid.addWidget(label, self._grid.rowCount(), 0, 1, 3)

    def _row(self, name: str, title: str, about: str) -> tuple[QCheckBox, QComboBox]:
        tick, speed, words = QCheckBox(title.replace("&", "&&"), self), QComboBox(self), QLabel(about, self)
        tick.setObjectName(name)
        speed.setObjectName(f"{name} speed")
        speed.setAccessibleName(tr("Speed of {cable}", cable=title))
        words.setProperty("role", "muted")
        row = self._grid.rowCount()
        for column, widget in enumerate((tick, speed, words)):
            self._grid.addWidget(widget, row, column)
        tick.toggled.connect(speed.setEnabled)
        tick.toggled.connect(self.tell)
        speed.currentIndexChanged.connect(self.tell)
        return tick, speed

    def is_wanted(self) -> bool:
        """Only of a new server."""
        return self._told.draft.known is None

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        return self._told.blocked()

    def show_server(self, server: NewServer) -> None:
        """Fills the fields, silently."""
        links = {one.network: one.bytes_per_second for one in server.links or ()}
        paths = {one.san: one.bytes_per_second for one in server.paths or ()}
        with self.filling():
            for network, (tick, speed) in self.networks.items():
                wanted = links.get(network, GIGABIT)
                _fill(speed, {one: format_link_speed(one) for one in sorted({*_SPEEDS, wanted})}, wanted)
                tick.setChecked(network in links)
                speed.setEnabled(network in links)
            for san, (tick, speed) in self.sans.items():
                wanted = paths.get(san, 0.0)
                speeds = {one: format_link_speed(one) for one in sorted({*_SPEEDS, *({wanted} - {0.0})})}
                _fill(speed, {0.0: tr("as fast as the SAN")} | speeds, wanted)
                tick.setChecked(san in paths)
                speed.setEnabled(san in paths)

    def applied(self, server: NewServer) -> NewServer:
        """The server with what this page says."""
        links = tuple(
            ServerLink(network, float(speed.currentData()))
            for network, (tick, speed) in self.networks.items()
            if tick.isChecked()
        )
        paths = tuple(
            ServerPath(san, float(speed.currentData())) for san, (tick, speed) in self.sans.items() if tick.isChecked()
        )
        return replace(server, links=links, paths=paths)


def _fill(box: QComboBox, speeds: dict[float, str], wanted: float) -> None:
    box.clear()
    for speed, title in speeds.items():
        box.addItem(title, speed)
    box.setCurrentIndex(max(0, box.findData(wanted)))
