"""Memory and processors as a person works with them: demand pushed and watched, limits dragged, a host stacked, SLAT
taken away, drivers installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from by_hand import choose, give, in_sight, press
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import Guest, VmState
from hvgui.cluster.units import GIB, MIB
from hvgui.gui.application import House
from hvgui.gui.bridge import Bridge
from hvgui.gui.memory.dialog import MemoryDialog
from hvgui.gui.memory.host_panel import HostMemoryPanel
from hvgui.gui.objects import node_ref, vm_ref
from hvgui.gui.processors.node_dialog import NodeProcessorsDialog
from hvgui.gui.processors.vm_dialog import VmProcessorsDialog
from hvgui.requests.migration import LiveMigrate
from memory_labs import breathing, memory_record
from small_cluster import small_vm

_LONG_MS = 20_000
D = TypeVar("D", bound=QDialog)
Furnish = Callable[[ClusterRecord], House]


def _bridge(house: House) -> Bridge:
    assert house.bridge is not None
    return house.bridge


def _memory(house: House, vm: int = 0) -> MemoryDialog:
    choose(house, vm_ref(vm))
    give(house, "vm.memory")
    return in_sight(house, MemoryDialog)


def test_demand_is_pushed_forecast_and_watched(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(memory_record([breathing(0, 1000), breathing(1, 3000)], gigabytes=8))
    bridge = _bridge(house)
    bridge.session.play()
    vms = bridge.cluster.vms
    qtbot.waitUntil(lambda: vms[VmId(0)].assigned_bytes == 1200 * MIB, timeout=_LONG_MS)
    dialog = _memory(house)
    qtbot.waitUntil(lambda: "no memory moves" in dialog.told.text() or "gets" in dialog.told.text(), timeout=_LONG_MS)
    assert not dialog.apply.isEnabled()
    dialog.demand.demand.spin.setValue(2000)
    press(qtbot, dialog, "push demand")
    qtbot.waitUntil(lambda: "VM00 gets" in dialog.told.text(), timeout=_LONG_MS)
    course = dialog.panel.course
    assert course is not None
    ahead = course.assigned_bytes[-1, course.vms.index(VmId(0))]
    assert ahead == 2400 * MIB
    qtbot.waitUntil(lambda: vms[VmId(0)].assigned_bytes == ahead, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: "pressure 83.3" in dialog.state.text(), timeout=_LONG_MS)
    dialog.panel.refresh()
    drawing = dialog.panel.memory.drawing
    assert drawing is not None
    assert float(drawing.lines[0][1][-1]) == 2400 * MIB
    assert len(drawing.lines[4][0]) > 30, "the dashed continuation"
    assert dialog.panel.host.stack is not None
    assert [layer.name for layer in dialog.panel.host.stack.layers][:2] == ["VM00", "VM01"]
    # What changes while it runs is sent, and the dialog stays.
    dialog.form.buffer.setValue(50)
    qtbot.waitUntil(dialog.apply.isEnabled, timeout=_LONG_MS)
    press(qtbot, dialog, "apply")
    qtbot.waitUntil(lambda: vms[VmId(0)].assigned_bytes == 3000 * MIB, timeout=_LONG_MS)
    assert dialog.isVisible()
    dialog.reject()


def test_a_preset_begins_now(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(memory_record([breathing(0, 500)]))
    dialog = _memory(house)
    dialog.demand.preset.setCurrentIndex(dialog.demand.preset.findData("database"))
    assert not dialog.demand.demand.isEnabled()
    press(qtbot, dialog, "push demand")
    bridge = _bridge(house)
    qtbot.waitUntil(lambda: bridge.cluster.vms[VmId(0)].load.memory.swing == 2.5, timeout=_LONG_MS)
    bridge.session.set_speed(60.0)
    bridge.session.play()
    qtbot.waitUntil(lambda: bridge.cluster.vms[VmId(0)].assigned_bytes > 3 * GIB, timeout=_LONG_MS)
    dialog.reject()


def test_limits_push_each_other_and_what_is_grey_says_why(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(memory_record([breathing(0, state=VmState.OFF), breathing(1)]))
    dialog = _memory(house)
    form = dialog.form
    form.minimum.spin.setValue(2048)
    assert form.startup.size_bytes == form.minimum.size_bytes == 2 * GIB
    form.maximum.spin.setValue(1024)
    sizes = [field.size_bytes for field in (form.minimum, form.startup, form.maximum)]
    assert sizes == [GIB, GIB, GIB]
    form.startup.slider.setValue(form.startup.slider.maximum())
    assert form.maximum.size_bytes >= form.startup.size_bytes > 8 * GIB
    form.dynamic.setChecked(False)
    assert "Tick dynamic memory" in form.weight.toolTip()
    form.dynamic.setChecked(True)
    form.startup.spin.setValue(2048)
    press(qtbot, dialog, "apply")
    vms = _bridge(house).cluster.vms
    qtbot.waitUntil(lambda: vms[VmId(0)].memory.settings.startup_bytes == 2 * GIB, timeout=_LONG_MS)
    dialog.reject()
    running = _memory(house, 1)
    assert "this changes while it is off" in running.form.startup.toolTip()
    running.form.minimum.spin.setValue(800)
    assert "can only fall" in " ".join(running.notices.sentences())
    assert not running.apply.isEnabled()
    running.reject()


def test_without_components_nothing_moves_and_the_reason_is_shown(qtbot: QtBot, furnished: Furnish) -> None:
    linux = replace(breathing(0, 3000), guest=Guest("Linux (Debian 6)", integration_components=False))
    house = furnished(memory_record([linux]))
    dialog = _memory(house)
    assert "no integration components" in dialog.state.text()
    dialog.reject()
    bridge = _bridge(house)
    assert not house.window.board.actions["vm.shut-down"].isEnabled()
    give(house, "vm.install-components")
    qtbot.waitUntil(lambda: bridge.cluster.vms[VmId(0)].guest.components_at_restart, timeout=_LONG_MS)
    choose(house, vm_ref(0))
    give(house, "vm.reset")
    confirm = house.window.findChild(QDialog, "confirm")
    assert isinstance(confirm, QDialog)
    press(qtbot, confirm, "confirm go")
    qtbot.waitUntil(lambda: bridge.cluster.vms[VmId(0)].guest.integration_components, timeout=_LONG_MS)
    bridge.session.set_speed(10.0)
    bridge.session.play()
    qtbot.waitUntil(lambda: bridge.cluster.vms[VmId(0)].assigned_bytes == 3600 * MIB, timeout=_LONG_MS)


def test_a_host_is_a_stack_of_its_vms_and_counts_who_else_fits(qtbot: QtBot, furnished: Furnish) -> None:
    vms = [breathing(number, 500 + 100 * number) for number in range(12)]
    house = furnished(memory_record(vms, gigabytes=16))
    bridge = _bridge(house)
    bridge.session.set_speed(60.0)
    bridge.session.play()
    choose(house, node_ref(0))
    panes = house.window.panes
    assert panes is not None
    tabs = panes.details.tabs
    names = [tabs.tabText(number) for number in range(tabs.count())]
    tabs.setCurrentIndex(names.index("Memory"))
    qtbot.waitUntil(lambda: bool(panes.details.findChildren(HostMemoryPanel)), timeout=_LONG_MS)
    panel = panes.details.findChildren(HostMemoryPanel)[0]
    qtbot.waitUntil(lambda: panel.stack.stack is not None and len(panel.stack.stack.times) > 30, timeout=_LONG_MS)
    stack = panel.stack.stack
    assert stack is not None
    assert [layer.is_rest for layer in stack.layers] == [False] * 8 + [True]
    total = sum(float(layer.values[-1]) for layer in stack.layers)
    assert total == pytest.approx(sum(vm.assigned_bytes for vm in bridge.cluster.vms.values()), rel=0.02)
    assert "6.00 × that: overcommitted" in panel.figures.text()
    assert "with dynamic memory" in panel.counter.text()
    assert "none (SLAT)" in panel.figures.text()


def test_processors_are_claimed_and_hidden(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(memory_record([small_vm(0), small_vm(1, state=VmState.OFF)]))
    choose(house, vm_ref(0))
    give(house, "vm.processors")
    dialog = in_sight(house, VmProcessorsDialog)
    assert "while it is off" in dialog.compatibility.toolTip()
    assert "logical processors with it" in dialog.ratio.text()
    dialog.weight.setValue(300)
    dialog.reserve.setValue(50)
    dialog.limit.setValue(40)
    apply = dialog.findChild(QPushButton, "apply")
    assert apply is not None
    assert not apply.isEnabled()
    dialog.limit.setValue(90)
    press(qtbot, dialog, "apply")
    vms = _bridge(house).cluster.vms
    qtbot.waitUntil(lambda: vms[VmId(0)].scheduling.weight == 300, timeout=_LONG_MS)
    choose(house, vm_ref(1))
    give(house, "vm.processors")
    dialog = in_sight(house, VmProcessorsDialog)
    dialog.compatibility.setChecked(True)
    assert "ssse3, sse4.1, sse4.2, popcnt" in dialog.hidden.text()
    press(qtbot, dialog, "apply")
    qtbot.waitUntil(lambda: vms[VmId(1)].processor_compatibility, timeout=_LONG_MS)


def test_a_node_gets_processors_without_slat(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(memory_record([small_vm(0)]))
    bridge = _bridge(house)
    choose(house, node_ref(0))
    give(house, "node.processors")
    dialog = in_sight(house, NodeProcessorsDialog)
    apply = dialog.findChild(QPushButton, "apply")
    assert apply is not None
    assert not apply.isEnabled(), "a VM runs there"
    dialog.reject()
    choose(house, node_ref(1))
    give(house, "node.processors")
    dialog = in_sight(house, NodeProcessorsDialog)
    found = dialog.models.findItems("Intel Xeon E5440", Qt.MatchFlag.MatchExactly)
    dialog.models.setCurrentItem(found[0])
    assert "10 % of their time and 1 MB a VM" in dialog.cost.text()
    assert not dialog.slat.isEnabled()
    press(qtbot, dialog, "apply")
    qtbot.waitUntil(lambda: not bridge.cluster.nodes[NodeId(1)].processor.slat, timeout=_LONG_MS)
    assert "lacks sse4.2, popcnt" in _refusal(house)


def _refusal(house: House) -> str:
    cluster = _bridge(house).cluster
    vm = replace(cluster.vms[VmId(0)], seen_features=cluster.nodes[NodeId(0)].processor.features)
    cluster = cluster.fork()
    cluster.put(vm)
    return " ".join(str(problem) for problem in LiveMigrate(VmId(0), NodeId(1)).check(cluster))
