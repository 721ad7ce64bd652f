"""Four migrations of one VM in one view: live and quick, with its disks on a Cluster Shared Volume and on a LUN of its
own. All are forecasts on forks: nothing happens to the VM."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import format_clock, format_seconds
from hvgui.gui.bridge import Bridge
from hvgui.gui.dialogs.forecast_buttons import forecast_buttons
from hvgui.gui.graphs.colours import Role, line_colour
from hvgui.gui.migrate.draft import Draft, request_for
from hvgui.gui.migrate.forecast_asker import ForecastAsker
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.theme import colours
from hvgui.gui.words import counted, tr
from hvgui.lab.frames import Forecast, Opening
from hvgui.lab.storage_variants import Variant, variant_of
from hvgui.requests.request import Request


@dataclass
class Way:
    """One of the four, and what is known of it by now."""

    kind: TaskKind
    variant: Variant
    forecast: Forecast | None = None
    said: str = ""
    """What is said in the place of figures: that it is being computed, or why there are none."""

    @property
    def title(self) -> str:
        """`Live migration, on a Cluster Shared Volume`."""
        kind = tr("Live migration") if self.kind is TaskKind.LIVE_MIGRATION else tr("Quick migration")
        return f"{kind}, {tr(self.variant.value)}"

    @property
    def seconds(self) -> tuple[float, float] | None:
        """Duration and blackout; None while there is no forecast."""
        if self.forecast is None or self.forecast.duration_seconds is None:
            return None
        blackout = self.forecast.blackout_seconds
        return self.forecast.duration_seconds.middle, blackout.middle if blackout is not None else 0.0

    @property
    def clients(self) -> str:
        """What users notice."""
        if self.forecast is None:
            return ""
        parts: list[str] = []
        if self.forecast.streams_stalled:
            parts.append(tr("the video stalls for {length}", length=format_seconds(self.forecast.stall_seconds)))
        if self.forecast.connections_lost:
            lost = self.forecast.connections_lost
            parts.append(counted(lost, "{count} connection breaks", "{count} connections break"))
        return ", ".join(parts) or tr("nobody notices")


WAYS = tuple(
    (kind, variant)
    for kind in (TaskKind.LIVE_MIGRATION, TaskKind.QUICK_MIGRATION)
    for variant in (Variant.SHARED_VOLUME, Variant.OWN_LUN)
)
_ROW = 82
_BAR = 16
_MARGIN = 14


class WayBars(QWidget):
    """Each way as a bar on one scale of time, its blackout set off; figures beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("four ways")
        self.setAccessibleName(tr("Four migrations"))
        self._ways: tuple[Way, ...] = ()
        self._now = Variant.AS_IT_IS

    def show_ways(self, ways: tuple[Way, ...], now: Variant) -> None:
        """Other figures; `now` is how the VM's disks lie at present."""
        self._ways, self._now = ways, now
        self.setAccessibleDescription(". ".join(self.line(way) for way in ways))
        self.update()

    def line(self, way: Way) -> str:
        """One way in words."""
        seconds = way.seconds
        if seconds is None:
            return f"{way.title}: {way.said}"
        return tr(
            "{way}: {duration}, {blackout} of it out of reach; {clients}",
            way=way.title,
            duration=format_seconds(seconds[0]),
            blackout=format_seconds(seconds[1]),
            clients=way.clients,
        )

    def sizeHint(self) -> QSize:
        """Four rows."""
        return QSize(760, 4 * _ROW + 8)

    def minimumSizeHint(self) -> QSize:
        """Four rows, narrower."""
        return QSize(480, 4 * _ROW + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        """All four."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        longest = max((way.seconds[0] for way in self._ways if way.seconds is not None), default=1.0) or 1.0
        for number, way in enumerate(self._ways):
            row = QRect(_MARGIN, number * _ROW + 4, self.width() - 2 * _MARGIN, _ROW - 8)
            self._paint_way(painter, way, row, longest)
        painter.end()
        del event

    def _paint_way(self, painter: QPainter, way: Way, row: QRect, longest: float) -> None:
        scheme = colours()
        font = painter.font()
        bold = painter.font()
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(scheme.text))
        height = QFontMetrics(bold).height()
        title = way.title if way.variant is not self._now else tr("{way} (as it is)", way=way.title)
        painter.drawText(row.left(), row.top() + QFontMetrics(bold).ascent(), title)
        painter.setFont(font)
        seconds = way.seconds
        top = row.top() + height + 4
        metrics = QFontMetrics(font)
        if seconds is None:
            painter.setPen(QColor(scheme.muted))
            room = QRect(row.left(), top, row.width(), row.bottom() - top)
            painter.drawText(room, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, way.said)
            return
        self._paint_bar(painter, QRect(row.left(), top, row.width(), _BAR), seconds, longest)
        painter.setPen(QColor(scheme.text))
        words = tr(
            "{duration} in all, {blackout} out of reach – {clients}",
            duration=format_seconds(seconds[0]),
            blackout=format_seconds(seconds[1]),
            clients=way.clients,
        )
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, row.width())
        painter.drawText(row.left(), top + _BAR + 4 + metrics.ascent(), words)

    @staticmethod
    def _paint_bar(painter: QPainter, place: QRect, seconds: tuple[float, float], longest: float) -> None:
        whole = max(3, round(place.width() * seconds[0] / longest))
        dark = min(whole, max(3, round(place.width() * seconds[1] / longest)))
        running = line_colour(Role.MAIN)
        running.setAlpha(150)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(running)
        painter.drawRoundedRect(QRect(place.left(), place.top(), whole, place.height()), 3, 3)
        painter.setBrush(line_colour(Role.BLACKOUT))
        painter.drawRoundedRect(QRect(place.left() + whole - dark, place.top(), dark, place.height()), 3, 3)
        painter.setPen(QPen(QColor(colours().border), 1))
        painter.drawLine(place.left(), place.bottom() + 1, place.right(), place.bottom() + 1)


class FourWaysDialog(QDialog):
    """Asks for the four forecasts, one after the other."""

    def __init__(self, parent: QWidget | None, bridge: Bridge, vm: VmId) -> None:
        super().__init__(parent)
        self.setObjectName("four ways dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._bridge, self._vm = bridge, vm
        name = bridge.cluster.vms[vm].name
        self.setWindowTitle(tr("Migrations of {vm} with and without Cluster Shared Volumes", vm=name))
        self.ways: tuple[Way, ...] = ()
        self.bars = WayBars(self)
        self.target = QComboBox(self)
        self.target.setObjectName("four ways target")
        self.target.setAccessibleName(tr("To node"))
        for node in bridge.cluster.nodes.values():
            if node.id != bridge.cluster.vms[vm].owner:
                self.target.addItem(node.name, int(node.id))
        self.gain = QLabel(self)
        self.gain.setObjectName("gain")
        self.gain.setWordWrap(True)
        self._asked: Way | None = None
        self._build(name)
        self.asker = ForecastAsker(bridge, self)
        self.asker.answered.connect(self._answered)
        self.asker.failed.connect(self._failed)
        self.target.currentIndexChanged.connect(self.ask)
        bridge.world_replaced.connect(self._world_replaced)
        bridge.destroyed.connect(self.reject)
        self.resize(self.sizeHint())
        fit_on_screen(self)
        self.ask()

    def _build(self, name: str) -> None:
        title = QLabel(tr("{vm}: live and quick, with and without Cluster Shared Volumes", vm=name), self)
        title.setProperty("role", "title")
        title.setWordWrap(True)
        self._subtitle = QLabel(self)
        self._subtitle.setProperty("role", "muted")
        self._subtitle.setWordWrap(True)
        head = QHBoxLayout()
        label = QLabel(tr("&To node"), self)
        label.setBuddy(self.target)
        head.addWidget(label)
        head.addWidget(self.target)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(self._subtitle)
        column.addLayout(head)
        column.addWidget(self.bars, 1)
        column.addWidget(self.gain)
        column.addLayout(forecast_buttons(self, self.ask))

    def ask(self) -> None:
        """All four anew."""
        self.asker.drop()
        self._asked = None
        self.ways = tuple(Way(kind, variant, said=tr("waits")) for kind, variant in WAYS)
        moment = format_clock(self._bridge.time_ns)
        self._subtitle.setText(
            tr("As of {moment}, on forks of the lab: nothing happens to the VM. Red: out of reach.", moment=moment)
        )
        self.gain.setText("")
        self._ask_next()

    def _ask_next(self) -> None:
        self._asked = next((way for way in self.ways if way.forecast is None and way.said == tr("waits")), None)
        if self._asked is not None:
            request = self._request(self._asked.kind)
            if request is None:
                self._give_up(tr("There is no other node to migrate to."))
            else:
                self._asked.said = tr("Computing...")
                self.asker.ask(request, self._asked.variant)
        self._redraw()

    def _request(self, kind: TaskKind) -> Request | None:
        data = self.target.currentData()
        if data is None or self._vm not in self._bridge.cluster.vms:
            return None
        return request_for(Draft(kind, (self._vm,), queue=True), self._vm, NodeId(int(data)))

    def _give_up(self, why: str) -> None:
        for way in self.ways:
            way.said = why
        self._asked = None

    def _answered(self, _request: Request, forecast: Forecast) -> None:
        if self._asked is None:
            return
        self._asked.forecast = forecast
        self._asked.said = forecast.message
        self._ask_next()

    def _failed(self, sentence: str) -> None:
        if self._asked is not None:
            self._asked.said = sentence
        self._ask_next()

    def _redraw(self) -> None:
        vm = self._bridge.cluster.vms.get(self._vm)
        now = variant_of(self._bridge.cluster.record(), vm) if vm is not None else Variant.AS_IT_IS
        self.bars.show_ways(self.ways, now)
        if all(way.seconds is not None for way in self.ways):
            self.gain.setText(" ".join(_gain(*pair) for pair in (self.ways[:2], self.ways[2:])))

    def _world_replaced(self, _opening: Opening) -> None:
        """Another moment is shown: all is asked of that one."""
        if self._vm in self._bridge.cluster.vms:
            self.ask()
        else:
            self.reject()

    def done(self, result: int) -> None:
        """Asks nothing more."""
        self.asker.drop()
        super().done(result)


def _gain(shared: Way, own: Way) -> str:
    """What a Cluster Shared Volume saves, in one sentence."""
    with_it, without = shared.seconds, own.seconds
    if with_it is None or without is None:
        return ""
    kind = tr("Live") if shared.kind is TaskKind.LIVE_MIGRATION else tr("Quick")
    saved = without[1] - with_it[1]
    if saved <= 0.0005:
        return tr("{kind}: no difference.", kind=kind)
    return tr(
        "{kind}: the Cluster Shared Volume saves {saved} of blackout, because no disk changes its owner.",
        kind=kind,
        saved=format_seconds(saved),
    )


def open_four_ways(parent: QWidget | None, bridge: Bridge, vm: VmId) -> QDialog:
    """Shows the four; not in the window's way, deletes itself when closed."""
    dialog = FourWaysDialog(parent, bridge, vm)
    dialog.show()
    return dialog
