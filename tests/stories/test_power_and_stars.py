"""Power saving through the window, and stars that say why: by the mouse, by the keyboard, while dragging."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDragMoveEvent
from PySide6.QtWidgets import QLabel, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from by_hand import choose, cluster_of, give, in_sight
from engine_world import guest, lab_record
from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load import LoadCurve
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.machines import VmState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.power_saving import PowerSaving
from hvgui.gui.actions.board import ChoiceMenu
from hvgui.gui.actions.table import BY_ID
from hvgui.gui.actions.time_commands import set_speed
from hvgui.gui.application import House
from hvgui.gui.inventory_model import vms_as_mime
from hvgui.gui.migrate.dialog import MigrateDialog
from hvgui.gui.migrate.target_list import TargetList
from hvgui.gui.node_words import node_look, node_state
from hvgui.gui.objects import Kind, Ref, node_ref, vm_ref
from hvgui.gui.power.settings_parts import PlacementPart, PowerPart
from hvgui.gui.power.words import power_rows
from hvgui.gui.tips.settings_dialog import LoadWatchDialog
from hvgui.gui.tips.settings_parts import ModePart, PatiencePart
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE

_LONG_MS = 60_000
Furnish = Callable[[ClusterRecord], House]
W = TypeVar("W", bound=QWidget)


def quiet_record(watch: LoadWatch = LoadWatch()) -> ClusterRecord:  # noqa: B008  a frozen record
    vms = (guest(number, number % 5, 2, cpu=LoadCurve(level=0.05)) for number in range(10))
    return replace(lab_record(*vms, nodes=5), load_watch=watch)


def _part(dialog: LoadWatchDialog, kind: type[W]) -> W:
    return next(one for one in dialog.parts if isinstance(one, kind))


def _play_until(qtbot: QtBot, house: House, done: Callable[[], bool]) -> None:
    set_speed(house.window.desk, AS_FAST_AS_POSSIBLE)
    house.window.board.actions["time.play"].trigger()
    qtbot.waitUntil(done, timeout=_LONG_MS)
    house.window.board.actions["time.play"].trigger()
    qtbot.waitUntil(lambda: house.bridge is not None and not house.bridge.pace.playing, timeout=_LONG_MS)


def _saving(house: House) -> list[NodeId]:
    return [node.id for node in cluster_of(house).nodes.values() if node.saves_power]


def test_switched_on_in_the_dialog_a_node_goes_off_and_a_person_switches_it_on_again(
    qtbot: QtBot, furnished: Furnish
) -> None:
    house = furnished(quiet_record())
    choose(house, Ref(Kind.CLUSTER))
    give(house, "cluster.load-watch")
    dialog = in_sight(house, LoadWatchDialog)
    power = _part(dialog, PowerPart)
    assert not power.on.isEnabled(), "only the automatic moves VMs by itself"
    assert power.on.toolTip() == "Only the automatic moves VMs by itself."
    _part(dialog, ModePart).modes[WatchMode.AUTOMATIC].click()
    _part(dialog, PatiencePart).window_field.setValue(1.0)
    assert power.on.isEnabled()
    power.on.click()
    power.only.click()
    assert not power.begin.isEnabled()
    assert power.note.text() == "Of 5 nodes 1 may be off at once, as far as quorum and cover allow."
    power.watts.setValue(250.0)
    dialog.accept()
    cluster = cluster_of(house)
    qtbot.waitUntil(lambda: cluster.load_watch.saves_power, timeout=_LONG_MS)
    assert cluster.load_watch.power == PowerSaving(is_on=True, node_watts=250.0)
    _play_until(qtbot, house, lambda: bool(_saving(house)))
    (node,) = _saving(house)
    record = cluster.nodes[node]
    assert node_state(record) == "Off to save power"
    assert node_look(record) == ("leaf", "good")
    panes = house.window.panes
    assert panes is not None
    assert "Off to save power" in str(panes.model.index_of_ref(node_ref(node)).data(Qt.ItemDataRole.ToolTipRole))
    assert house.bridge is not None
    rows = dict(power_rows(cluster, house.bridge.time_ns))
    assert rows["Off to save power"] == record.name
    assert rows["Saved so far"].startswith("about 0.")
    assert rows["Assumed"] == "a node takes 250 W at rest"
    choose(house, Ref(Kind.CLUSTER))
    tabs = panes.details.tabs
    tabs.setCurrentIndex([tabs.tabText(number) for number in range(tabs.count())].index("Summary"))
    shown = {label.text() for label in panes.details.findChildren(QLabel)}
    assert rows["Off to save power"] in shown
    choose(house, node_ref(node))
    give(house, "node.power-on")
    qtbot.waitUntil(lambda: not _saving(house), timeout=_LONG_MS)
    _play_until(qtbot, house, lambda: cluster.nodes[node].state is NodeState.UP)
    assert cluster.power.kept_on == (node,)


def test_settings_that_nobody_touched_stay_exact_and_what_is_unticked_is_off(qtbot: QtBot, furnished: Furnish) -> None:
    exact = PowerSaving(True, 22.123, 5.987, 3, 1817, 123.4)
    watch = LoadWatch(WatchMode.AUTOMATIC, placement=Policy.PACK, power=exact)
    house = furnished(quiet_record(watch))
    choose(house, Ref(Kind.CLUSTER))
    give(house, "cluster.load-watch")
    dialog = in_sight(house, LoadWatchDialog)
    assert dialog.watch == watch
    _part(dialog, PlacementPart).policies[Policy.SPREAD].click()
    assert dialog.watch == replace(watch, placement=Policy.SPREAD)
    _part(dialog, PowerPart).on.click()
    assert not dialog.watch.power.is_on
    dialog.accept()
    qtbot.waitUntil(lambda: cluster_of(house).load_watch.placement is Policy.SPREAD, timeout=_LONG_MS)
    assert not cluster_of(house).load_watch.saves_power


def stars_record(policy: Policy = Policy.SPREAD) -> ClusterRecord:
    """The first VM on the first node; the second full, the third half full, the fourth paused, the fifth empty."""
    full = replace(guest(1, 1, 29), highly_available=False)
    vms = (guest(0), full, guest(2, 2, 16), guest(3, 0, 2, state=VmState.OFF))
    record = lab_record(*vms, nodes=5)
    nodes = tuple(replace(one, state=NodeState.PAUSED) if one.id == 3 else one for one in record.nodes)
    return replace(record, nodes=nodes, load_watch=LoadWatch(placement=policy))


@pytest.mark.parametrize(("policy", "best"), [(Policy.SPREAD, 4), (Policy.PACK, 2)])
def test_the_dialog_says_why_on_hover_and_by_keyboard(
    qtbot: QtBot, furnished: Furnish, policy: Policy, best: int
) -> None:
    house = furnished(stars_record(policy))
    choose(house, vm_ref(VmId(0)))
    give(house, "vm.live-migrate-ask")
    targets = in_sight(house, MigrateDialog).findChildren(TargetList)[0]
    by_node = {row.node: row for row in targets.rows}
    assert targets.rows[0].node == best
    roomy = by_node[NodeId(2)]
    assert "Memory: 12 GB of 30 GB would be left (40%), which decides" in roomy.spoken
    assert "<table" in roomy.why
    full, paused = by_node[NodeId(1)], by_node[NodeId(3)]
    assert (full.stars, paused.stars) == (0.0, 0.0)
    assert full.spoken.splitlines()[0] == "NODE2: not suitable"
    assert "NODE4 is paused and takes no VMs. Resume the node." in paused.spoken
    row = targets.rows.index(roomy)
    item = targets.topLevelItem(row)
    assert item is not None
    assert all(item.toolTip(column) == roomy.why for column in range(4))
    assert item.data(1, Qt.ItemDataRole.AccessibleDescriptionRole) == roomy.spoken
    targets.setCurrentItem(item)
    targets.setFocus()
    qtbot.keyClick(targets, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert QToolTip.text() == roomy.why
    QToolTip.hideText()


def test_start_on_offers_every_node_with_its_stars_and_starts_it_there(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(stars_record())
    choose(house, vm_ref(VmId(0)))
    menu = ChoiceMenu(BY_ID["vm.start-on"], house.window.board, house.window)
    assert not menu.menuAction().isEnabled(), "it runs"
    choose(house, vm_ref(VmId(3)))
    menu.judge()
    menu.fill()
    said = {action.text().split()[0]: action for action in menu.actions()}
    assert menu.actions()[0].text().startswith("NODE5    ★★★★★")
    assert "(where it is)" in said["NODE1"].text()
    assert not said["NODE2"].isEnabled()
    assert "VM03 needs 2 GB to start" in said["NODE2"].toolTip() or "NODE2" in said["NODE2"].toolTip()
    assert "would be left" in said["NODE5"].toolTip()
    said["NODE5"].trigger()
    cluster = cluster_of(house)
    _play_until(qtbot, house, lambda: cluster.vms[VmId(3)].state is VmState.RUNNING)
    assert cluster.vms[VmId(3)].owner == NodeId(4)


def test_over_a_node_a_dragged_vm_shows_the_nodes_stars(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(stars_record())
    panes = house.window.panes
    assert panes is not None
    tree, shown = panes.inventory.tree, []
    for node in (4, 3):
        panes.reveal(node_ref(NodeId(node)))
        place = tree.visualRect(panes.model.index_of_ref(node_ref(NodeId(node)))).center()
        data = vms_as_mime((VmId(0),))
        actions, buttons = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton
        tree.dragMoveEvent(QDragMoveEvent(QPoint(place), actions, data, buttons, Qt.KeyboardModifier.NoModifier))
        shown.append(QToolTip.text())
    assert "5 of 5 stars" in shown[0]
    assert "NODE4 is paused" in shown[1]
    QToolTip.hideText()
