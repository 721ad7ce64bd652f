"""Tips in words, on cards, and the loads as bars; only what differs is painted."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.load_watch import LoadWatch, Tip, Tips, TipState, WatchedResource, WatchMode
from hvgui.cluster.metrics import MigrationProgress
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.power_saving import PowerCourse, PowerSaving, PowerStep
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.cluster.watch_figures import WatchFigures
from hvgui.gui.bridge import Bridge
from hvgui.gui.facts import Facts, Refresh
from hvgui.gui.objects import Ref, node_ref
from hvgui.gui.power.words import power_rows
from hvgui.gui.theme import Theme
from hvgui.gui.tips.badge import TipsBadge
from hvgui.gui.tips.card import TipCard
from hvgui.gui.tips.contents import CardContents, card_contents
from hvgui.gui.tips.load_bars import LoadBars, heading_words, load_rows
from hvgui.gui.tips.outlook import outlook
from hvgui.gui.tips.tab import TipsTab
from hvgui.gui.tips.words import hour_words, node_words, patience_words, short_node_words, span_words, watch_words
from small_cluster import small_record, small_vm
from stand_in import StandInSession

MANUAL = LoadWatch(WatchMode.MANUAL)
PROCESSORS = WatchedResource.PROCESSORS
MANY = 64


def a_tip(number: int = 1, node: int = 0, vm: int | None = 0, target: int | None = 1) -> Tip:
    return Tip(
        id=number,
        raised_ns=0,
        node=NodeId(node),
        resource=PROCESSORS,
        share=0.95,
        limit=0.85,
        reason=f"NODE{node + 1} has used 95% of its processors over the last 5 minutes, above 85%",
        evidence=(0.9,) * 15 + (1.0,) * 15,
        vm=None if vm is None else VmId(vm),
        target=None if target is None else NodeId(target),
        seconds=12.0,
        blackout_seconds=0.15,
        source_after=0.7,
        target_before=0.2,
        target_after=0.45,
    )


def figures(*processors: float, counted: int = 30, others: float = 0.1) -> WatchFigures:
    """Every node's processors at a steady share; memory, disk and network a little used."""
    nodes = len(processors)
    now = np.full((4, nodes), others)
    now[0] = processors
    samples = np.broadcast_to(now, (30, 4, nodes)).copy() if counted else np.zeros((30, 4, 0))
    return WatchFigures(0, now, samples, np.full(nodes if counted else 0, counted, dtype=np.int64))


class WatchedSession(StandInSession):
    """Answers at once what its load watch sees."""

    def __init__(self, record: ClusterRecord) -> None:
        super().__init__(record)
        self.seen = figures(*[0.5] * len(record.nodes))
        self.questions = 0

    def watch_figures(self) -> Future[WatchFigures]:
        self.questions += 1
        answer: Future[WatchFigures] = Future()
        answer.set_result(self.seen)
        return answer


@pytest.fixture
def session() -> WatchedSession:
    vms = tuple(small_vm(number, owner=number) for number in range(MANY))
    return WatchedSession(replace(small_record(vms=vms, nodes=MANY), load_watch=MANUAL))


@pytest.fixture
def bridge(qapp: QApplication, session: WatchedSession) -> Iterator[Bridge]:
    Theme(qapp).apply("light")
    made = Bridge(session)  # type: ignore[arg-type]  # same interface
    yield made
    made.stop()


@pytest.fixture
def facts(bridge: Bridge) -> Facts:
    return Facts(bridge)


@pytest.fixture
def tab(qtbot: QtBot, facts: Facts) -> TipsTab:
    made = TipsTab(facts)
    qtbot.addWidget(made)
    made.resize(700, 600)
    return made


def _tell(session: WatchedSession, facts: Facts, *tips: Tip) -> None:
    session.put(Tips(tips))
    facts.bridge.tick()


def test_spans_hours_and_settings_in_words() -> None:
    assert [span_words(seconds) for seconds in (0, 45, 60, 90, 300, 5400, 86_400)] == [
        *("0 s", "45 s", "1 min", "1 min 30 s", "5 min", "1 h 30 min", "24 h")
    ]
    assert [hour_words(hour) for hour in (0.0, 6.5, 22.0, 24.0)] == ["00:00", "06:30", "22:00", "00:00"]
    assert watch_words(LoadWatch()) == "The load watch is off: no node raises a tip."
    quiet = replace(MANUAL, mode=WatchMode.AUTOMATIC, quiet_from_hour=22.0, quiet_until_hour=6.0)
    said = "The load watch is automatic between 22:00 and 06:00: means over 5 min, aggressiveness 3 (balanced)."
    assert watch_words(quiet) == said
    assert "between" not in watch_words(replace(quiet, mode=WatchMode.MANUAL)), "by hand they count for nothing"
    assert patience_words(replace(MANUAL, window_seconds=60, aggressiveness=5)).startswith(
        "A tip comes once the mean has stood above its limit for 2 s. Whoever is given a VM stays 5 % below"
    )


def test_a_card_shows_the_window_as_it_is_and_the_move_with_its_forecast(facts: Facts) -> None:
    contents = card_contents(facts, a_tip(), figures(*[0.88] * MANY), "")
    assert contents.title == "NODE1: 88 % of its processors"
    assert contents.tone == "bad"
    assert contents.evidence.samples == (0.88,) * 30
    assert contents.evidence.ease == pytest.approx(0.75)
    assert contents.move == "Live migrate VM00 from NODE1 to NODE2"
    assert contents.costs == "Takes about 12 s, with a blackout of 150 ms"
    assert [(one.node, one.before, one.after) for one in contents.changes] == [
        ("NODE1", pytest.approx(0.88), 0.7),
        ("NODE2", 0.2, 0.45),
    ]
    between = card_contents(facts, a_tip(), figures(*[0.8] * MANY), "")
    assert between.tone == "warning", "below the limit, but not so far below that the tip goes"


def test_while_the_window_begins_anew_the_card_keeps_the_evidence_of_its_tip(facts: Facts) -> None:
    contents = card_contents(facts, a_tip(), figures(*[0.1] * MANY, counted=4), "")
    assert contents.evidence.samples == a_tip().evidence
    assert contents.title == "NODE1: 95 % of its processors"


def _state_of(facts: Facts, session: WatchedSession, tip: Tip, watch: LoadWatch) -> CardContents:
    session.put(watch, Tips((tip,)))
    facts.bridge.tick()
    return card_contents(facts, tip, None, "")


def test_what_becomes_of_a_tip_is_said(facts: Facts, session: WatchedSession) -> None:
    automatic = replace(MANUAL, mode=WatchMode.AUTOMATIC)
    quiet = replace(automatic, quiet_from_hour=22.0, quiet_until_hour=6.5)
    later = replace(quiet, quiet_from_hour=1.25)
    assert _state_of(facts, session, a_tip(), MANUAL).state == "Open"
    assert _state_of(facts, session, a_tip(), automatic).state.startswith("Is carried out by itself")
    assert _state_of(facts, session, a_tip(), quiet).state.startswith("Is carried out by itself"), "it is midnight"
    assert _state_of(facts, session, a_tip(), later).state == "Waits for the quiet hours, from 01:15"
    dismissed = _state_of(facts, session, replace(a_tip(), state=TipState.DISMISSED), MANUAL)
    assert dismissed.state == "Dismissed; it stays away until the mean falls below 75 %"
    assert dismissed.why_not_implement.startswith("It was dismissed.")
    nobody = _state_of(facts, session, a_tip(vm=None, target=None), automatic)
    assert nobody.state == "Open"
    assert nobody.move.startswith("No VM can be moved away so that it helps.")
    assert (nobody.changes, nobody.costs) == ((), "")
    assert "Add a node, stop VMs there, or raise the limit." in nobody.why_not_implement
    assert nobody.why_not_dismiss == ""


def test_a_tip_under_way_shows_how_far_its_migration_is(facts: Facts, session: WatchedSession) -> None:
    task = Task(
        TaskId(7), TaskKind.LIVE_MIGRATION, VmId(0), NodeId(0), NodeId(1), TaskState.RUNNING, Phase.COPYING, 0, 0
    )
    tip = replace(a_tip(), state=TipState.UNDER_WAY, task=task.id)
    session.put(task, Tips((tip,)))
    facts.bridge.tick()
    facts.progress[task.id] = MigrationProgress(task.id, 0, Phase.COPYING, 1, 25, 75, 25, 1e6, 1e8, 3.0, 5.0)
    contents = card_contents(facts, tip, None, "")
    assert contents.state == "Under way: pass 1, 25 %, 3.0 s – 5.0 s left"
    assert contents.per_mille == 250
    assert "show-migration" in [what for what, _ in contents.shown]
    assert contents.why_not_dismiss == "It is being carried out."


def test_a_node_with_a_tip_carries_a_mark_unless_something_worse_is_wrong_with_it(facts: Facts) -> None:
    cluster = facts.cluster
    assert node_words(cluster, NodeId(0)) == "Up"
    cluster.put(Tips((a_tip(),)))
    assert (short_node_words(cluster, NodeId(0)), node_words(cluster, NodeId(0))) == (
        "Overloaded",
        "Up, short of processors",
    )
    cluster.put(replace(cluster.nodes[NodeId(0)], state=NodeState.PAUSED))
    assert short_node_words(cluster, NodeId(0)) == "Paused"


def test_nodes_whose_tips_come_or_go_are_told_anew(facts: Facts, session: WatchedSession) -> None:
    told: list[Refresh] = []
    facts.refreshed.connect(told.append)
    _tell(session, facts, a_tip(1, node=0), a_tip(2, node=5))
    facts.flush()
    assert told[-1].nodes == {NodeId(0), NodeId(5)}
    _tell(session, facts, a_tip(2, node=5))
    facts.flush()
    assert told[-1].nodes == {NodeId(0)}


class PaintCounter(QObject):
    """Counts who is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.painted: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and isinstance(watched, QWidget):
            holder = watched.parentWidget()
            self.painted.append(holder.objectName() if holder is not None else "")
        return False


def test_with_a_tip_for_each_of_64_nodes_only_the_card_that_differs_is_painted(
    qtbot: QtBot, tab: TipsTab, facts: Facts, session: WatchedSession
) -> None:
    tips = [a_tip(number + 1, node=number, vm=number, target=(number + 1) % MANY) for number in range(MANY)]
    _tell(session, facts, *tips)
    session.seen = figures(*[0.95] * MANY)
    tab.resize(900, 12_000)
    tab.show()
    assert 0 < len(tab.cards) < MANY, "a few at once, so that the window stays quick"
    qtbot.waitUntil(lambda: len(tab.cards) == MANY)
    facts.bridge.tick()
    QApplication.processEvents()
    counter = PaintCounter()
    for card in tab.cards.values():
        card.graph.installEventFilter(counter)
    session.seen = figures(*[0.9 if node == 7 else 0.95 for node in range(MANY)])
    tab.refresh(Refresh(metrics=True))
    facts.bridge.tick()
    QApplication.processEvents()
    assert set(counter.painted) == {"tip 8"}
    assert tab.cards[8].title.text() == "NODE8: 90 % of its processors"
    tab.refresh(Refresh(metrics=True))
    facts.bridge.tick()
    counter.painted.clear()
    QApplication.processEvents()
    assert counter.painted == [], "nothing has changed"
    for card in tab.cards.values():
        card.graph.removeEventFilter(counter)


def test_what_is_under_way_stands_first_and_what_is_dismissed_last(
    qtbot: QtBot, tab: TipsTab, facts: Facts, session: WatchedSession
) -> None:
    tips = [a_tip(number, node=number, vm=number) for number in (2, 3, 4)]
    _tell(session, facts, replace(tips[0], state=TipState.DISMISSED), tips[1], tips[2])
    tab.show()

    def shown() -> list[int]:
        widgets = [tab._cards.itemAt(place).widget() for place in range(tab._cards.count())]
        return [one.tip for one in widgets if isinstance(one, TipCard)]

    assert shown() == [3, 4, 2]
    _tell(session, facts, tips[0], tips[1], replace(tips[2], state=TipState.UNDER_WAY, task=TaskId(1)))
    tab.refresh(Refresh(things=True))
    assert shown() == [4, 2, 3]
    _tell(session, facts, tips[1])
    tab.refresh(Refresh(things=True))
    assert shown() == [3]
    qtbot.waitUntil(lambda: tab.widget().findChild(QWidget, "tip 4") is None)


def test_the_tab_asks_for_figures_only_while_somebody_looks(
    tab: TipsTab, facts: Facts, session: WatchedSession
) -> None:
    facts.flush()
    assert session.questions == 0
    tab.show()
    assert session.questions == 1
    tab.refresh(Refresh(metrics=True))
    assert session.questions == 1, "the answer is still to come"
    facts.bridge.tick()
    assert len(tab.bars.rows) == MANY
    tab.refresh(Refresh(metrics=True))
    assert session.questions == 2


def test_an_empty_tab_says_why(qtbot: QtBot, tab: TipsTab, facts: Facts, session: WatchedSession) -> None:
    session.seen = figures(*[0.5] * MANY, counted=12)
    tab.show()
    facts.bridge.tick()
    assert tab.nothing.text() == "Nothing to report yet: the windows are filling, 12 of 30 samples so far."
    assert tab.switch.isHidden()
    session.seen = figures(*[0.5] * MANY)
    tab.refresh()
    facts.bridge.tick()
    assert tab.nothing.text() == "Nothing to report: no node has stood above a limit for long enough."
    session.put(LoadWatch())
    facts.bridge.tick()
    session.seen = figures(*[0.5] * MANY, counted=0)
    tab.refresh()
    facts.bridge.tick()
    assert tab.heading.text() == "Loads: at this moment"
    with qtbot.waitSignal(tab.asked) as asked:
        qtbot.mouseClick(tab.switch, Qt.MouseButton.LeftButton)
    assert asked.args == ["switch-on", -1]


def test_the_worst_node_stands_first_and_small_differences_move_nobody(facts: Facts) -> None:
    cluster = facts.cluster
    loads = [0.2] * MANY
    loads[9], loads[4], loads[30] = 0.9, 0.5, 0.505
    rows = load_rows(cluster, figures(*loads), MANUAL)
    assert [row.name for row in rows[:4]] == ["NODE10", "NODE5", "NODE31", "NODE1"]
    assert rows[0].words == "NODE10: processors 90 %, memory 10 %, disk 10 %, network 10 %"
    cluster.put(replace(cluster.nodes[NodeId(9)], state=NodeState.DOWN))
    filling = load_rows(cluster, figures(*loads, counted=7), MANUAL)
    assert filling[0].name == "NODE5"
    assert filling[0].words.endswith("7 of 30 samples of its window so far")
    assert heading_words(MANUAL, figures(*loads)) == "Loads: means over 5 min"


def test_the_bars_are_walked_by_keyboard_and_say_what_they_show(qtbot: QtBot, facts: Facts) -> None:
    bars = LoadBars()
    qtbot.addWidget(bars)
    bars.resize(700, 2000)
    chosen: list[tuple[Ref, ...]] = []
    bars.chosen.connect(chosen.append)
    bars.show_rows(load_rows(facts.cluster, figures(*[0.1 * (n % 9) for n in range(MANY)]), MANUAL), MANUAL)
    bars.show()
    assert bars.accessibleDescription().startswith("NODE9: processors 80 %")
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(bars, key)
    assert chosen == [(node_ref(8),), (node_ref(17),), (node_ref(8),)]
    with qtbot.waitSignal(bars.opened) as opened:
        qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert opened.args == [node_ref(8)]
    assert bars.number_at(bars._place(5).center()) == 5
    assert bars.number_at(bars._place(0).topLeft() - bars._place(0).bottomLeft()) == -1


def test_the_outlook_names_who_would_be_overloaded_and_else_who_is_nearest() -> None:
    cluster = Cluster(replace(small_record(nodes=5), load_watch=MANUAL))
    seen = figures(0.5, 0.91, 0.6, 0.7, 0.89)
    words = "With these limits, overloaded over the last 5 min: NODE2: 91 % of its processors, NODE5: 89 % of its "
    assert outlook(cluster, seen, MANUAL) == (f"{words}processors.", "warning")
    low = replace(MANUAL, processors_limit=0.4)
    assert outlook(cluster, seen, low)[0].endswith("NODE4: 70 % of its processors and 2 more.")
    high = replace(MANUAL, processors_limit=0.95)
    nearest = "nearest is NODE2: 91 % of its processors (limit 95 %)."
    assert outlook(cluster, figures(0.5, 0.91, 0.6, 0.7, 0.8, counted=0), high) == (
        f"With these limits no node is overloaded at this moment; {nearest}",
        "",
    )


def test_the_badge_counts_what_waits_and_hides_when_nothing_does(
    qtbot: QtBot, facts: Facts, session: WatchedSession
) -> None:
    badge = TipsBadge(facts)
    qtbot.addWidget(badge)
    _tell(session, facts, a_tip(1, node=0), replace(a_tip(2, node=1), state=TipState.DISMISSED))
    facts.flush()
    assert (badge.text(), badge.isHidden(), badge.accessibleName()) == ("1 tip", False, "1 tip of the load watch")
    assert "NODE1 has used 95% of its processors" in badge.toolTip()
    _tell(session, facts)
    facts.flush()
    assert badge.isHidden()


def test_a_node_that_is_emptied_to_save_power_says_so(facts: Facts, session: WatchedSession) -> None:
    node = NodeId(3)
    facts.cluster.put(PowerCourse(PowerStep.EMPTYING, node, "nobody needs it"))
    assert node_words(facts.cluster, node) == "Draining, to be switched off and save power"
    rows = dict(power_rows(facts.cluster, 0))
    assert rows["Now"] == "NODE4 gives its VMs away, to be switched off"
    facts.cluster.put(PowerCourse(woken=(node,)))
    assert dict(power_rows(facts.cluster, 0))["Now"] == "switches on: NODE4"
    facts.cluster.put(PowerCourse(saved_ns=3600 * 10**9))
    hours = PowerSaving(is_on=True, from_hour=22.0, until_hour=6.5, node_watts=100.0)
    facts.cluster.put(LoadWatch(WatchMode.AUTOMATIC, power=hours))
    rows = dict(power_rows(facts.cluster, 12 * 3600 * 10**9))
    assert rows["Now"] == "waits for its hours (22:00-06:30)"
    assert rows["Saved so far"] == "about 0.10 kWh (nodes off for 1 h 00 min)"
    assert session.questions == 0
