"""Panels of what goes on on LUNs, Cluster Shared Volumes and SANs: operations, throughput, latency, room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from hvgui.cluster.ids import LunId, SanId, VolumeId
from hvgui.gui.graphs.chart import Chart
from hvgui.gui.graphs.colours import Role
from hvgui.gui.graphs.drawing import ChartStyle, Drawing, LineStyle
from hvgui.gui.graphs.figures_panel import FiguresPanel
from hvgui.gui.graphs.quantities import Quantity
from hvgui.gui.graphs.rings import Series
from hvgui.gui.words import tr

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge


def _words(name: str, quantity: Quantity, values: Series) -> str:
    return f"{name} {quantity.words(float(values[-1])) if len(values) else tr('unknown')}"


class StoragePanel(FiguresPanel):
    """Operations, throughput and latency; subclasses say of what."""

    def __init__(self, bridge: Bridge, name: str, rates: tuple[LineStyle, ...], parent: QWidget | None) -> None:
        super().__init__(bridge, tr("Graphs of {name}", name=name), parent)
        served = (LineStyle(tr("Served"), Role.MAIN, filled=True),)
        self.operations = self.add_chart(ChartStyle(tr("Operations"), Quantity.OPERATIONS, served), shows_time=False)
        self.rate = self.add_chart(ChartStyle(tr("Throughput"), Quantity.RATE, rates), shows_time=False)
        self.latency = self.add_chart(
            ChartStyle(tr("Latency"), Quantity.LATENCY, (LineStyle(tr("An operation takes"), Role.MAIN),)),
            shows_time=self.ends_with_latency,
        )

    ends_with_latency = True

    def draw_one(self, chart: Chart, name: str, quantity: Quantity, times: Series, values: Series) -> None:
        """A chart of one line."""
        start, end = self.span_shown()
        chart.draw(Drawing(((times, values),), start, end, words=_words(name, quantity, values)))


_RATE = (LineStyle("Read and written", Role.MAIN, filled=True),)


class LunPanel(StoragePanel):
    """One LUN."""

    def __init__(self, bridge: Bridge, lun: LunId, parent: QWidget | None = None) -> None:
        record = bridge.cluster.luns.get(lun)
        super().__init__(bridge, record.name if record is not None else "–", _RATE, parent)
        self.lun = lun

    def refresh(self) -> None:
        """The last span of the LUN's figures."""
        start, _ = self.span_shown()
        times, iops, rate, latency = self.history.lun_series(self.lun, start)
        self.say_when_empty(times)
        self.draw_one(self.operations, tr("operations"), Quantity.OPERATIONS, times, iops)
        self.draw_one(self.rate, tr("throughput"), Quantity.RATE, times, rate)
        self.draw_one(self.latency, tr("latency"), Quantity.LATENCY, times, latency)


class SanPanel(StoragePanel):
    """All LUNs of a SAN together; latency is that of its busiest."""

    def __init__(self, bridge: Bridge, san: SanId, parent: QWidget | None = None) -> None:
        record = bridge.cluster.sans.get(san)
        super().__init__(bridge, record.name if record is not None else "–", _RATE, parent)
        self.san = san

    def refresh(self) -> None:
        """The last span of the SAN's figures."""
        start, _ = self.span_shown()
        luns = [lun.id for lun in self.bridge.cluster.luns.values() if lun.san == self.san]
        found = [self.history.lun_series(lun, start) for lun in luns]
        # A LUN made a moment ago may not have a row yet.
        found = [one for one in found if len(one[0])]
        times = found[0][0] if found else np.empty(0)
        same = [one for one in found if len(one[0]) == len(times)]
        iops, rate = (np.sum([one[row] for one in same], axis=0) if same else times for row in (1, 2))
        latency = np.max([one[3] for one in same], axis=0) if same else times
        self.say_when_empty(times)
        self.draw_one(self.operations, tr("operations"), Quantity.OPERATIONS, times, iops)
        self.draw_one(self.rate, tr("throughput"), Quantity.RATE, times, rate)
        self.draw_one(self.latency, tr("latency"), Quantity.LATENCY, times, latency)


class VolumePanel(StoragePanel):
    """One Cluster Shared Volume: direct against redirected, and the room that is left."""

    ends_with_latency = False

    def __init__(self, bridge: Bridge, volume: VolumeId, parent: QWidget | None = None) -> None:
        record = bridge.cluster.volumes.get(volume)
        rates = (
            LineStyle(tr("Direct"), Role.MAIN, filled=True),
            LineStyle(tr("Redirected"), Role.SECOND),
        )
        super().__init__(bridge, record.name if record is not None else "–", rates, parent)
        self.volume = volume
        self.free = self.add_chart(
            ChartStyle(tr("Free space"), Quantity.BYTES, (LineStyle(tr("Free"), Role.THIRD, filled=True),))
        )

    def refresh(self) -> None:
        """The last span of the volume's figures."""
        start, end = self.span_shown()
        times, iops, direct, redirected, latency, free = self.history.volume_series(self.volume, start)
        self.say_when_empty(times)
        self.draw_one(self.operations, tr("operations"), Quantity.OPERATIONS, times, iops)
        words = f"{_words(tr('direct'), Quantity.RATE, direct)}, {_words(tr('redirected'), Quantity.RATE, redirected)}"
        self.rate.draw(Drawing(((times, direct), (times, redirected)), start, end, words=words))
        self.draw_one(self.latency, tr("latency"), Quantity.LATENCY, times, latency)
        self.draw_one(self.free, tr("free"), Quantity.BYTES, times, free)
