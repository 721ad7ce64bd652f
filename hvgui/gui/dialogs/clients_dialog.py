"""The clients of VMs: TCP connections, a guest cluster's heartbeat, a video stream."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QSpinBox

from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.ids import VmId
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.words import tr
from hvgui.requests.guests import SetClients
from hvgui.requests.request import Request

_BYTES_IN_MEGABIT = 125_000.0


class ClientsDialog(DraftDialog):
    """For one VM, or the same clients for several."""

    def __init__(self, vms: tuple[VmId, ...], desk: Desk) -> None:
        first = desk.cluster.vms[vms[0]]
        about = tr("Who uses {name} over the network, and would notice a migration.", name=first.name)
        if len(vms) > 1:
            about = tr("Who uses these {count} virtual machines over the network.", count=len(vms))
        super().__init__(tr("Change clients"), about, desk, "clients dialog")
        self._vms = vms
        VmWatch(self, desk, vms)
        clients, video = first.clients, first.clients.video or VideoStream()
        self._connections = QSpinBox(self)
        self._connections.setRange(0, 1_000_000)
        self._connections.setGroupSeparatorShown(True)
        self._connections.setValue(clients.connections)
        self._guest_cluster = QCheckBox(tr("member of a cluster of VMs, whose heartbeat breaks first"), self)
        self._guest_cluster.setChecked(clients.guest_cluster)
        self._streams = QCheckBox(tr("one player streams a video from it"), self)
        self._streams.setChecked(clients.video is not None)
        self._rate = _number(self, video.bytes_per_second / _BYTES_IN_MEGABIT, tr(" Mbit/s"), 8_000.0)
        self._buffer = _number(self, video.buffer_seconds, tr(" s"), 3_600.0)
        self.add_row(tr("Connections"), self._connections, "connections")
        self.add_row(tr("Guest cluster"), self._guest_cluster, "guest cluster")
        self.add_row(tr("Video"), self._streams, "video")
        self.add_row(tr("Bit rate"), self._rate, "bit rate")
        self.add_row(tr("Player's buffer"), self._buffer, "buffer")
        for signal in (
            self._connections.valueChanged,
            self._guest_cluster.toggled,
            self._streams.toggled,
            self._rate.valueChanged,
            self._buffer.valueChanged,
        ):
            signal.connect(self._changed)
        self._changed()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        video = None
        if self._streams.isChecked():
            video = VideoStream(self._rate.value() * _BYTES_IN_MEGABIT, self._buffer.value())
        clients = Clients(self._connections.value(), self._guest_cluster.isChecked(), video)
        return tuple(SetClients(vm, clients) for vm in self._vms)

    def _changed(self) -> None:
        for field in (self._rate, self._buffer):
            field.setEnabled(self._streams.isChecked())
        self.recheck()


def _number(dialog: DraftDialog, value: float, suffix: str, most: float) -> QDoubleSpinBox:
    spin = QDoubleSpinBox(dialog)
    spin.setRange(0.1, most)
    spin.setDecimals(1)
    spin.setSuffix(suffix)
    spin.setValue(value)
    return spin
