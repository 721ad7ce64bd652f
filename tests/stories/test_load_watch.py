"""The load watch through the window: switched on, a node loaded, its tip shown, carried out or dismissed; by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTime
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from by_hand import choose, cluster_of, give, in_sight, press
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load_watch import LoadWatch, TipState, WatchedResource, WatchMode
from hvgui.gui.actions.board import ChoiceMenu
from hvgui.gui.actions.table import BY_ID
from hvgui.gui.actions.time_commands import set_speed
from hvgui.gui.application import House
from hvgui.gui.objects import Kind, Ref, node_ref, vm_ref
from hvgui.gui.tips.card import TipCard
from hvgui.gui.tips.overload_dialog import OverloadDialog
from hvgui.gui.tips.settings_dialog import LoadWatchDialog
from hvgui.gui.tips.settings_parts import LimitsPart, ModePart, PatiencePart, QuietHoursPart
from hvgui.gui.tips.tab import TipsTab
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.requests.load_watch import SetLoadWatch
from small_cluster import small_record, small_vm

_LONG_MS = 40_000
WATCH = LoadWatch(WatchMode.MANUAL, window_seconds=60, aggressiveness=5)
Furnish = Callable[[ClusterRecord], House]
W = TypeVar("W", bound=QWidget)


def _record(watch: LoadWatch = LoadWatch()) -> ClusterRecord:  # noqa: B008  a frozen record
    """Eight VMs of 1 GB and four virtual processors on the first of three nodes of sixteen."""
    vms = tuple(replace(small_vm(number, owner=0, gigabytes=1), vcpus=4) for number in range(8))
    return replace(small_record(vms=vms, nodes=3), load_watch=watch)


def _play(house: House, speed: float = AS_FAST_AS_POSSIBLE) -> None:
    set_speed(house.window.desk, speed)
    if house.bridge is not None and not house.bridge.pace.playing:
        house.window.board.actions["time.play"].trigger()


def _pause(qtbot: QtBot, house: House) -> None:
    house.window.board.actions["time.play"].trigger()
    qtbot.waitUntil(lambda: house.bridge is not None and not house.bridge.pace.playing, timeout=_LONG_MS)


def _overload(qtbot: QtBot, house: House, percent: int = 95) -> None:
    """The guests of the first node want so much of its processors, by the command on the node."""
    choose(house, node_ref(0))
    give(house, "node.overload")
    dialog = in_sight(house, OverloadDialog)
    dialog.wanted.setValue(percent)
    press(qtbot, dialog, "apply")
    level = percent / 100 * 16 / 32
    vms = cluster_of(house).vms
    qtbot.waitUntil(lambda: all(abs(vm.load.cpu.level - level) < 1e-9 for vm in vms.values()), timeout=_LONG_MS)


def _tips_tab(house: House) -> TipsTab:
    choose(house, Ref(Kind.CLUSTER))
    give(house, "cluster.tips")
    return in_sight(house, TipsTab)


def _card(qtbot: QtBot, house: House, speed: float = AS_FAST_AS_POSSIBLE) -> TipCard:
    """The card of the tip that comes; time stands again by then."""
    tab = _tips_tab(house)
    _play(house, speed)
    qtbot.waitUntil(lambda: bool(tab.cards), timeout=_LONG_MS)
    _pause(qtbot, house)
    (card,) = tab.cards.values()
    return card


def test_switched_on_a_loaded_node_raises_a_tip_that_is_shown_and_carried_out(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record())
    cluster = cluster_of(house)
    tab = _tips_tab(house)
    assert tab.sentence.text() == "The load watch is off: no node raises a tip."
    qtbot.waitUntil(lambda: len(tab.bars.rows) == 3, timeout=_LONG_MS)
    menu = ChoiceMenu(BY_ID["cluster.watch-mode"], house.window.board, house.window)
    menu.fill()
    assert [(one.text(), one.isChecked()) for one in menu.actions()] == [
        ("Off", True),
        ("Manual", False),
        ("Automatic", False),
    ]
    menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: cluster.load_watch.mode is WatchMode.MANUAL, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: "is manual" in tab.sentence.text(), timeout=_LONG_MS)
    _overload(qtbot, house)
    card = _card(qtbot, house)
    assert card.reason.text() == "NODE1 has used 95% of its processors over the last 5 minutes, above 85%."
    assert card.title.text().startswith("NODE1: 9")
    assert len(card.graph.evidence.samples if card.graph.evidence is not None else ()) == 30
    panes = house.window.panes
    assert panes is not None
    qtbot.waitUntil(lambda: panes.badge.isVisible() and panes.badge.text() == "1 tip", timeout=_LONG_MS)
    assert panes.details.tabs.tabText(panes.details.tabs.currentIndex()) == "Tips (1)"
    assert panes.model.index_of_ref(node_ref(0)).siblingAtColumn(1).data() == "Overloaded"
    assert "short of processors" in str(panes.model.index_of_ref(node_ref(0)).data(Qt.ItemDataRole.ToolTipRole))
    (tip,) = cluster.tips.all
    assert tip.vm is not None
    card.show_button.menu().aboutToShow.emit()
    shown = {one.objectName(): one for one in card.show_button.menu().actions()}
    shown["show-node"].trigger()
    assert (panes.details.ref, panes.details.tabs.tabText(panes.details.tabs.currentIndex())) == (
        node_ref(0),
        "Graphs",
    )
    shown["show-vm"].trigger()
    assert panes.details.ref == vm_ref(tip.vm)
    qtbot.mouseClick(panes.badge, Qt.MouseButton.LeftButton)
    assert in_sight(house, TipsTab) is tab
    press(qtbot, card, "implement")
    qtbot.waitUntil(lambda: card.state.text().startswith("Under way"), timeout=_LONG_MS)
    assert not card.implement.isEnabled()
    assert card.implement.toolTip() == "It is being carried out."
    _play(house)
    qtbot.waitUntil(lambda: not tab.cards, timeout=_LONG_MS)
    assert cluster.vms[tip.vm].owner == tip.target
    qtbot.waitUntil(panes.badge.isHidden, timeout=_LONG_MS)


def test_a_dismissed_tip_stays_on_its_card_and_asks_for_nothing(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record(WATCH))
    cluster = cluster_of(house)
    _overload(qtbot, house)
    card = _card(qtbot, house)
    card.dismiss.setFocus()
    qtbot.keyClick(card.dismiss, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: card.state.text().startswith("Dismissed"), timeout=_LONG_MS)
    assert card.state.text() == "Dismissed; it stays away until the mean falls below 75 %"
    assert [tip.state for tip in cluster.tips.all] == [TipState.DISMISSED]
    assert card.implement.isHidden()
    panes = house.window.panes
    assert panes is not None
    qtbot.waitUntil(panes.badge.isHidden, timeout=_LONG_MS)
    choose(house, node_ref(0))
    assert "NODE1 has no open tip" in house.window.board.actions["node.implement-tip"].toolTip()
    _overload(qtbot, house, percent=40)
    _play(house)
    qtbot.waitUntil(lambda: cluster.tips.all == (), timeout=_LONG_MS)


def test_a_tip_is_carried_out_from_the_nodes_own_menu(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record(WATCH))
    choose(house, node_ref(0))
    assert "has no open tip" in house.window.board.actions["node.implement-tip"].toolTip()
    _overload(qtbot, house)
    _card(qtbot, house)
    panes = house.window.panes
    assert panes is not None
    panes.show_tab(node_ref(0), "summary")
    texts = [one.text() for one in panes.details.tabs.currentWidget().findChildren(QLabel)]
    assert "Live migrate" in next(texts[place + 1] for place, one in enumerate(texts) if one == "Proposed move")
    choose(house, node_ref(0))
    give(house, "node.implement-tip")
    qtbot.waitUntil(lambda: any(task.kind.is_migration for task in cluster_of(house).tasks.values()), timeout=_LONG_MS)


def test_the_automatic_waits_for_its_quiet_hours(qtbot: QtBot, furnished: Furnish) -> None:
    quiet = replace(WATCH, mode=WatchMode.AUTOMATIC, quiet_from_hour=0.1, quiet_until_hour=0.5)
    house = furnished(_record(quiet))
    cluster = cluster_of(house)
    _overload(qtbot, house)
    # Slowly enough that even on a crowded machine the hours don't come before the clock stands.
    card = _card(qtbot, house, speed=20.0)
    assert house.bridge is not None
    assert house.bridge.time_ns < 360 * 10**9
    assert card.state.text() == "Waits for the quiet hours, from 00:06"
    (tip,) = cluster.tips.all
    _play(house)
    qtbot.waitUntil(lambda: any(vm.owner != NodeId(0) for vm in cluster.vms.values()), timeout=_LONG_MS)
    assert house.bridge.time_ns >= 360 * 10**9
    assert tip.vm is not None


def _part(dialog: LoadWatchDialog, kind: type[W]) -> W:
    return next(part for part in dialog.parts if isinstance(part, kind))


def _dialog(house: House) -> LoadWatchDialog:
    choose(house, Ref(Kind.CLUSTER))
    give(house, "cluster.load-watch")
    return in_sight(house, LoadWatchDialog)


def test_the_settings_say_what_they_mean_and_what_they_would_say_now(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(replace(_record(), profile=_record().profile))
    cluster = cluster_of(house)
    _overload(qtbot, house)
    dialog = _dialog(house)
    patience, limits = _part(dialog, PatiencePart), _part(dialog, LimitsPart)
    mode, hours = _part(dialog, ModePart), _part(dialog, QuietHoursPart)
    assert patience.meaning.text().startswith("A tip comes once the mean has stood above its limit for 1 min.")
    patience.level.setValue(1)
    assert "for 5 min. Whoever is given a VM stays 25 % below every limit" in patience.meaning.text()
    assert patience.level_name.text() == "1 (seldom)"
    _play(house)
    words = "With these limits, overloaded at this moment: NODE1: 95 % of its processors."
    qtbot.waitUntil(lambda: dialog.preview.text() == words, timeout=_LONG_MS)
    _pause(qtbot, house)
    limits.limits[WatchedResource.PROCESSORS].setValue(97.0)
    assert dialog.preview.text().endswith("nearest is NODE1: 95 % of its processors (limit 97 %).")
    assert not hours.only.isEnabled()
    assert hours.only.toolTip() == "Only the automatic moves VMs by itself."
    mode.modes[WatchMode.AUTOMATIC].setChecked(True)
    hours.only.setChecked(True)
    assert hours.note.text().startswith("Past midnight")
    hours.begin.setTime(QTime(23, 30))
    limits.limits[WatchedResource.DISK].setValue(5.0)
    apply = dialog.findChild(QPushButton, "apply")
    problems = dialog.findChild(QLabel, "problems")
    assert apply is not None
    assert problems is not None
    assert not apply.isEnabled()
    assert problems.text() == "A limit of 5% for disk is not possible. It is between 10 % and 100 %."
    limits.limits[WatchedResource.DISK].setValue(70.0)
    assert dialog.command.text.startswith("# PRO tips of System Center do this")
    press(qtbot, dialog, "apply")
    qtbot.waitUntil(lambda: cluster.load_watch.mode is WatchMode.AUTOMATIC, timeout=_LONG_MS)
    assert cluster.load_watch == LoadWatch(
        WatchMode.AUTOMATIC, 1, quiet_from_hour=23.5, quiet_until_hour=6.0, processors_limit=0.97, disk_limit=0.7
    )


def test_settings_that_nobody_touches_stay_exact(qtbot: QtBot, furnished: Furnish) -> None:
    odd = LoadWatch(
        WatchMode.AUTOMATIC, 2, 61, quiet_from_hour=0.001, quiet_until_hour=24.0, processors_limit=0.85, hysteresis=0.07
    )
    house = furnished(_record(odd))
    dialog = _dialog(house)
    assert dialog.watch == odd
    assert dialog.requests() == (SetLoadWatch(odd),)
    dialog.reject()


def test_hours_that_end_as_they_begin_are_warned_of(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record(replace(WATCH, mode=WatchMode.AUTOMATIC)))
    dialog = _dialog(house)
    hours = _part(dialog, QuietHoursPart)
    hours.only.setChecked(True)
    hours.end.setTime(hours.begin.time())
    assert "nothing is ever moved" in dialog.advice.text()
    dialog.reject()


def test_a_node_whose_guests_have_too_few_processors_can_not_be_overloaded(qtbot: QtBot, furnished: Furnish) -> None:
    record = _record()
    house = furnished(replace(record, vms=record.vms[:2]))
    choose(house, node_ref(0))
    give(house, "node.overload")
    dialog = in_sight(house, OverloadDialog)
    assert dialog.resource is WatchedResource.DISK, "what the watch would see"
    dialog.what.setCurrentIndex(0)
    dialog.wanted.setValue(50)
    assert dialog.advice.text().startswith("Not above the limit of the load watch (85 %)")
    dialog.wanted.setValue(90)
    problems = dialog.findChild(QLabel, "problems")
    assert problems is not None
    assert problems.text().startswith("The guests of NODE1 have 8 virtual processors for 16 logical processors")
    dialog.reject()
    choose(house, node_ref(1))
    assert "No VM runs on NODE2." in house.window.board.actions["node.overload"].toolTip()


def test_in_the_past_a_tip_is_seen_and_can_not_be_carried_out(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(_record(WATCH))
    _overload(qtbot, house)
    card = _card(qtbot, house)
    (tip,) = cluster_of(house).tips.all
    past = house.window.desk.past
    assert past is not None
    seen_ns = tip.raised_ns + 1_000_000
    # Time may stand at the very second of the tip, and nothing can be looked at that has not been.
    _play(house)
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge.time_ns > seen_ns, timeout=_LONG_MS)
    _pause(qtbot, house)
    past.look_at(seen_ns)
    qtbot.waitUntil(lambda: past.is_looking, timeout=_LONG_MS)
    tab = _tips_tab(house)
    qtbot.waitUntil(lambda: tip.id in tab.cards and not tab.cards[tip.id].implement.isEnabled(), timeout=_LONG_MS)
    assert "the past can't be changed" in tab.cards[tip.id].implement.toolTip()
    assert not isinstance(card, QDialog)
