"""Chaos mode through the window: faults are chosen, come by themselves, are seen, and are stopped."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from hvgui.cluster.chaos import Chaos, FaultKind
from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.gui.application import House
from hvgui.gui.chaos.dialog import ChaosDialog
from hvgui.gui.chaos.words import band_words
from hvgui.gui.objects import Kind, Ref
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from small_cluster import small_record, small_vm

_LONG_MS = 40_000
Furnish = Callable[[ClusterRecord], House]


def test_faults_come_are_seen_in_a_band_and_are_stopped(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(small_record(vms=tuple(small_vm(number, owner=number) for number in range(3)), nodes=3))
    assert house.bridge is not None
    cluster, actions, band = house.bridge.cluster, house.window.board.actions, house.window.band.chaos
    assert house.window.panes is not None
    house.window.panes.reveal(Ref(Kind.CLUSTER))
    assert not actions["cluster.chaos-stop"].isEnabled()
    assert "No faults come by themselves" in actions["cluster.chaos-stop"].toolTip()
    actions["cluster.chaos"].trigger()
    dialog = house.window.findChild(ChaosDialog)
    assert dialog is not None
    for box in dialog.kinds.values():
        box.setChecked(False)
    apply = dialog.findChild(QPushButton, "apply")
    assert apply is not None
    assert not apply.isEnabled(), "without any kind"
    dialog.kinds[FaultKind.LINK].setChecked(True)
    dialog.rate.setValue(360.0)
    dialog.mended.setValue(1.0)
    dialog.seed.setValue(7)
    assert dialog.meaning.text() == "On average one every 10 s, and 6.0 of them at once."
    qtbot.mouseClick(apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "links are cut, seed 7" in band.text, timeout=_LONG_MS)
    assert cluster.chaos == Chaos(360.0, (FaultKind.LINK,), 7, 60.0, since_ns=cluster.chaos.since_ns)
    house.bridge.session.set_speed(AS_FAST_AS_POSSIBLE)
    actions["time.play"].trigger()
    qtbot.waitUntil(lambda: cluster.chaos.last_fault >= 5, timeout=_LONG_MS)
    shown = house.window.panes.events.model
    qtbot.waitUntil(lambda: any(one.message.startswith("Chaos: Cut") for one in shown.shown), timeout=_LONG_MS)
    stop = band.findChild(QPushButton, "band cluster.chaos-stop")
    assert stop is not None
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not band.text, timeout=_LONG_MS)
    assert cluster.chaos.faults_per_hour == 0.0
    assert not house.window.band.isVisible()


def test_the_band_names_few_kinds_and_counts_many() -> None:
    cluster = Cluster(small_record())
    assert band_words(cluster) == ""
    cluster.put(Chaos(12.0, (), 3, last_fault=2))
    assert "one every 5 min 00 s (of every kind, seed 3). 2 so far." in band_words(cluster)
    cluster.put(Chaos(12.0, tuple(FaultKind)[:4], 3))
    assert "(4 kinds, seed 3)" in band_words(cluster)
