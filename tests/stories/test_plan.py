"""Whole tales through the window of the cluster plan: planned, run, stepped, stopped, failed, left, undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.tasks import TaskState
from hvgui.gui.actions.palette import CommandPalette
from hvgui.gui.application import House
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.plan.move_columns import STATUS, TICK
from hvgui.gui.plan.run import PlanRun, Standing, run_of
from hvgui.gui.plan.window import PlanWindow
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.requests.faults import CrashNode
from hvgui.requests.migration import LiveMigrate
from small_cluster import small_record, small_vm

_LONG_MS = 40_000
Furnish = Callable[[ClusterRecord], House]


def uneven(nodes: int = 3, vms: int = 9) -> ClusterRecord:
    """Everything on the first node, which takes part in one migration at a time: a plan of several rounds."""
    return small_record(tuple(small_vm(number, 0, gigabytes=2 + number % 2) for number in range(vms)), nodes)


class Tale:
    """A lab with the plan's window open."""

    def __init__(self, qtbot: QtBot, house: House) -> None:
        self.qtbot, self.house = qtbot, house
        assert house.bridge is not None
        self.bridge = house.bridge
        self.window = self.open()
        self.planned()

    def open(self) -> PlanWindow:
        self.house.window.board.actions["cluster.optimize"].trigger()
        window = next(one for one in self.house.window.findChildren(PlanWindow) if one.isVisible())
        assert isinstance(window, PlanWindow)
        return window

    @property
    def cluster(self) -> Cluster:
        return self.bridge.cluster

    @property
    def run(self) -> PlanRun:
        assert self.window.run is not None
        return self.window.run

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=_LONG_MS)

    def planned(self) -> None:
        self.until(lambda: self.window.run is not None and not self.window.asker.is_busy)

    def click(self, name: str) -> None:
        button = self.window.findChild(QPushButton, name)
        assert button is not None
        assert button.isEnabled(), button.toolTip()
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def play(self, speed: float = AS_FAST_AS_POSSIBLE) -> None:
        self.bridge.session.set_speed(speed)
        self.bridge.session.play()

    def until_standing(self, *wanted: Standing) -> None:
        self.until(lambda: self.run.standing in wanted)

    def said(self, name: str) -> str:
        label = self.window.findChild(QLabel, name)
        assert label is not None
        return label.text()


@pytest.fixture
def tale(qtbot: QtBot, furnished: Furnish) -> Callable[[ClusterRecord], Tale]:
    def begin(record: ClusterRecord) -> Tale:
        return Tale(qtbot, furnished(record))

    return begin


def test_right_click_plan_and_run_all_of_it(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(uneven())
    window = house.window
    assert window.panes is not None
    window.panes.reveal(Ref(Kind.CLUSTER))
    menu = window.board.context_menu(window)
    assert menu is not None
    group = next(child for child in menu.findChildren(QMenu) if child.objectName() == "menu balancing")
    assert "cluster.optimize" in {action.objectName() for action in group.actions()}
    menu.deleteLater()
    tale = Tale(qtbot, house)
    plan = tale.run.plan
    assert plan.rounds >= 2
    assert tale.said("plan verdict").startswith("The score goes from ")
    assert tale.window.sheet.moves.rowCount() == len(plan.moves)
    assert len(tale.window.sheet.picture.nodes) == 3
    tale.click("run all")
    assert not tale.window.again.isEnabled()
    assert "under way" in tale.window.again.toolTip()
    tale.play()
    tale.until_standing(Standing.DONE, Standing.FAILED)
    assert tale.run.standing is Standing.DONE, tale.run.reason
    for row in plan.nodes:
        assert len(tale.cluster.vms_on(row.node)) == row.vms_after
    assert "Their rounds took" in tale.said("plan standing")
    for run in tale.run.moves:
        assert run.last is not None
        assert run.last.result is not None
        assert run.last.result.duration_seconds == pytest.approx(run.move.seconds, rel=0.05)
    assert not tale.window.run_all.isEnabled()
    assert tale.window.run_all.toolTip() == "All moves were made."
    tale.click("plan again")
    tale.until(lambda: "no move betters it" in tale.said("plan verdict"))
    assert tale.window.run_all.toolTip() == "There is nothing to move."


def test_ctrl_k_and_round_by_round(qtbot: QtBot, furnished: Furnish) -> None:
    house = furnished(uneven())
    house.window.board.actions["edit.palette"].trigger()
    palette = house.window.findChild(CommandPalette)
    assert isinstance(palette, CommandPalette)
    line = palette.findChild(QLineEdit)
    assert line is not None
    qtbot.keyClicks(line, "optimize")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: house.window.findChild(PlanWindow) is not None, timeout=_LONG_MS)
    tale = Tale(qtbot, house)
    tale.play()
    rounds = tale.run.plan.rounds
    for number in range(1, rounds + 1):
        tale.click("next round")
        tale.until(lambda: not tale.run.is_under_way)
        assert tale.run.round == number, tale.run.reason
        assert all(run.went_well for run in tale.run.of_round(number))
        assert not any(run.task for later in range(number + 1, rounds + 1) for run in tale.run.of_round(later))
        if number < rounds:
            assert tale.said("plan standing").startswith(f"Round {number} has ended.")
    assert tale.run.standing is Standing.DONE


def test_stop_lets_the_round_end_and_the_second_time_calls_it_off(tale: Callable[[ClusterRecord], Tale]) -> None:
    story = tale(uneven())
    story.click("run all")
    story.until(lambda: any(run.task is not None for run in story.run.moves))
    assert "Time stands" in story.said("plan standing")
    story.click("stop plan")
    assert story.run.standing is Standing.STOPPING
    story.bridge.session.set_speed(AS_FAST_AS_POSSIBLE)
    story.click("play plan")
    story.until_standing(Standing.READY)
    assert story.run.round == 1
    assert all(run.went_well for run in story.run.of_round(1))
    story.bridge.session.pause()
    story.click("run all")
    story.until(lambda: all(run.task is not None for run in story.run.of_round(2)))
    story.click("stop plan")
    assert story.window.stop.text() == "&Cancel these moves"
    story.play(4.0)
    story.until(lambda: all(run.last is not None and run.last.can_cancel for run in story.run.of_round(2)))
    table = story.window.sheet.moves
    row = next(row for row, run in enumerate(table.rows) if run.move.round == 2)
    story.until(lambda: table.index(row, STATUS).data().startswith("Pass 1, "))
    story.click("stop plan")
    story.until_standing(Standing.FAILED)
    assert {run.last.state for run in story.run.of_round(2) if run.last} == {TaskState.CANCELLED}
    assert "Plan again from here." in story.said("plan standing")


def test_a_node_that_dies_in_the_middle_ends_the_plan_and_a_new_one_goes_on(
    tale: Callable[[ClusterRecord], Tale],
) -> None:
    story = tale(uneven(nodes=4, vms=12))
    story.click("run all")
    story.play(4.0)
    story.until(lambda: any(run.last is not None for run in story.run.moves))
    lost = next(run.move.target for run in story.run.moves if run.last is not None)
    story.bridge.submit(CrashNode(node=lost))
    story.play()
    story.until_standing(Standing.FAILED)
    assert "was not moved" in story.run.reason
    assert not story.window.run_all.isEnabled()
    assert "can't go on" in story.window.run_all.toolTip()
    before = story.run
    story.click("plan again")
    story.until(lambda: story.window.run is not None and story.run is not before and not story.window.asker.is_busy)
    assert all(move.target != lost for move in story.run.plan.moves)
    story.click("run all")
    story.until_standing(Standing.DONE, Standing.CHANGED)
    if story.run.standing is Standing.CHANGED:  # the cluster has started lost VMs meanwhile
        story.click("run all")
        story.until_standing(Standing.DONE)
    assert story.run.made == len(story.run.plan.moves)


def test_closed_during_the_run_the_plan_goes_on_and_is_shown_again(tale: Callable[[ClusterRecord], Tale]) -> None:
    story = tale(uneven())
    story.click("run all")
    story.until(lambda: any(run.task is not None for run in story.run.moves))
    run = story.run
    story.click("close plan")
    assert "The plan goes on: round 1" in story.house.window.notice.text
    story.play()
    story.until(lambda: run.round > 1)
    story.bridge.session.pause()
    story.window = story.open()
    assert story.window.run is run
    assert story.window.sheet.moves.rowCount() == len(run.moves)
    story.click("close plan")
    story.play()
    story.until(lambda: run.standing is Standing.DONE)
    assert "moves were made" in story.house.window.notice.text
    assert all(one.went_well for one in run.moves)


def test_what_has_changed_is_said_before_a_round_and_who_goes_on_goes_on(tale: Callable[[ClusterRecord], Tale]) -> None:
    story = tale(uneven())
    other = next(vm for vm in story.cluster.vms if vm not in {move.vm for move in story.run.plan.moves})
    story.bridge.submit(LiveMigrate(vm=other, to=NodeId(2)))
    story.play()
    name = story.cluster.vms[other].name
    story.until(lambda: f"{name} is on NODE3 now." in story.said("plan standing"))
    story.click("run all")
    assert story.run.standing is Standing.CHANGED
    assert story.run.round == 0
    assert "go on all the same" in story.said("plan standing")
    story.click("run all")
    story.until_standing(Standing.DONE)


def test_undo_ends_the_plan(tale: Callable[[ClusterRecord], Tale]) -> None:
    story = tale(uneven())
    story.click("run all")
    story.play()
    story.until(lambda: story.run.round >= 2 and any(run.last for run in story.run.of_round(2)))
    story.bridge.session.pause()
    story.until(story.house.window.board.actions["edit.undo"].isEnabled)
    story.house.window.board.actions["edit.undo"].trigger()
    story.until_standing(Standing.FAILED)
    assert "taken to another moment" in story.said("plan standing")
    assert run_of(story.bridge) is story.run
    story.click("plan again")
    story.until(lambda: story.run.standing is Standing.READY and not story.window.asker.is_busy)


def test_a_look_at_the_past_lets_the_plan_go_on_afterwards(tale: Callable[[ClusterRecord], Tale]) -> None:
    story = tale(uneven())
    story.click("run all")
    story.play(30.0)
    story.until(lambda: any(run.last is not None for run in story.run.of_round(1)))
    past = story.house.window.desk.past
    assert past is not None
    past.look_at(0)
    story.until(lambda: past.is_looking)
    assert story.run.is_under_way
    assert "past can't be changed" in story.window.run_all.toolTip()
    past.return_to_present()
    story.until(lambda: not past.is_looking)
    story.play()
    story.until_standing(Standing.DONE, Standing.FAILED)
    assert story.run.standing is Standing.DONE, story.run.reason


def test_a_vm_that_is_unticked_stays_and_the_plan_is_another(tale: Callable[[ClusterRecord], Tale]) -> None:
    story = tale(uneven())
    table = story.window.sheet.moves
    stays = table.rows[0].move.vm
    before = story.run
    cell = table.index(0, TICK)
    assert table.setData(cell, Qt.CheckState.Unchecked.value, int(Qt.ItemDataRole.CheckStateRole))
    story.until(lambda: story.window.run is not None and story.run is not before and not story.window.asker.is_busy)
    assert stays not in {move.vm for move in story.run.plan.moves}
    assert story.window.form.said.text() == "1 VM stays"
    item = story.window.form.stay.item(0)
    item.setCheckState(Qt.CheckState.Unchecked)
    before = story.run
    story.until(lambda: story.run is not before and not story.window.asker.is_busy)
    assert story.run.plan.moves == _as_at_first(story)


def _as_at_first(story: Tale) -> object:
    return story.bridge.session.plan(story.window.form.question().wish).result(30).moves


def test_a_node_of_the_picture_shows_its_moves_and_can_give_all_away(tale: Callable[[ClusterRecord], Tale]) -> None:
    story = tale(uneven())
    picture, view = story.window.sheet.picture, story.window.sheet.view
    target = story.run.plan.moves[0].target
    picture.choose(picture.number_of(target))
    assert {run.move.target for run in view.runs()} == {target}
    assert len(picture.arrows) == len(view.runs())
    menu = story.window.sheet.menu_of(target)
    before = story.run
    next(action for action in menu.actions() if action.objectName() == "empty").trigger()
    menu.close()
    menu.deleteLater()
    story.until(lambda: story.run is not before and not story.window.asker.is_busy)
    assert story.window.form.said.text() == "1 node is emptied"
    assert all(move.target != target for move in story.run.plan.moves)


def test_packed_the_empty_nodes_are_named(tale: Callable[[ClusterRecord], Tale]) -> None:
    vms = tuple(small_vm(number, number % 4, gigabytes=1) for number in range(8))
    story = tale(small_record(vms, 4))
    form = story.window.form
    form.policy.setCurrentIndex(form.policy.findData(Policy.PACK.value))
    assert not form.most.isEnabled()
    assert form.most.toolTip() == "Only where loads are spread evenly."
    story.until(lambda: not story.window.asker.is_busy and story.run.plan.policy is Policy.PACK)
    assert story.run.plan.emptied
    assert "can be switched off" in story.window.sheet.left_out.item(0).text()
    story.click("run all")
    story.play()
    story.until_standing(Standing.DONE)
    assert all(not story.cluster.vms_on(node) for node in story.run.plan.emptied)


def _off(vm: VirtualMachine) -> VirtualMachine:
    return replace(vm, state=VmState.OFF, assigned_bytes=0)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (small_record((small_vm(0, 0), small_vm(1, 1))), "The cluster is balanced: no move betters it (score "),
        (small_record(nodes=1), "Only NODE1 is up: there is no other node to move a VM to."),
        (small_record((_off(small_vm()),)), "No VM is running, so there is nothing to balance: start some first."),
        (
            small_record((replace(small_vm(0), highly_available=False),)),
            "None of the running VMs is clustered, and only those can be live-migrated.",
        ),
    ],
    ids=["balanced", "one node", "nothing runs", "not clustered"],
)
def test_nothing_to_do_is_said_with_its_reason(
    tale: Callable[[ClusterRecord], Tale], record: ClusterRecord, said: str
) -> None:
    story = tale(record)
    assert story.said("plan verdict").startswith(said)
    assert not story.window.run_all.isEnabled()
    assert story.window.run_all.toolTip() == "There is nothing to move."


def test_a_lab_that_is_read_only_can_be_planned_but_not_run(
    qtbot: QtBot, furnished: Furnish, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = furnished(uneven())
    assert house.session is not None
    monkeypatch.setattr(house.session, "is_read_only", True)
    tale = Tale(qtbot, house)
    assert tale.run.plan.moves
    assert not tale.window.run_all.isEnabled()
    assert tale.window.run_all.toolTip().startswith("This lab is open for reading only.")


def test_a_round_that_can_no_longer_begin_says_why(tale: Callable[[ClusterRecord], Tale]) -> None:
    """Every way to the target is gone, and who knows it goes on all the same."""
    story = tale(uneven(nodes=2, vms=6))
    story.bridge.submit(CrashNode(node=NodeId(1)))
    story.play()
    story.until(lambda: story.cluster.nodes[NodeId(1)].state is NodeState.DOWN)
    story.until(lambda: "NODE2 is" in story.said("plan standing"))
    story.click("next round")
    assert story.run.standing is Standing.CHANGED
    story.click("next round")
    assert story.run.standing is Standing.FAILED
    assert story.run.reason.startswith("Round 1 can't begin: ")
    assert not any(run.task for run in story.run.moves)


def test_the_table_tells_what_becomes_of_each_move(tale: Callable[[ClusterRecord], Tale]) -> None:
    story = tale(uneven())
    table = story.window.sheet.moves
    assert {table.index(row, STATUS).data() for row in range(table.rowCount())} == {"Planned"}
    story.click("next round")
    story.play()
    story.until(lambda: not story.run.is_under_way)
    texts = [table.index(row, STATUS).data() for row in range(table.rowCount())]
    assert texts.count("Succeeded") == len(story.run.of_round(1))
    story.window.sheet.filter.setText("succeeded")
    assert table.rowCount() == len(story.run.of_round(1))
    assert story.window.sheet.view.menu() is None
    story.window.sheet.view.selectAll()
    menu = story.window.sheet.view.menu()
    assert menu is not None
    leave = next(action for action in menu.actions() if action.objectName() == "leave")
    assert not leave.isEnabled()
    assert leave.toolTip() == "This plan has begun: plan again first."
    menu.close()
    menu.deleteLater()


def test_the_window_goes_with_its_lab(tale: Callable[[ClusterRecord], Tale]) -> None:
    story = tale(uneven())
    story.click("run all")
    story.until(lambda: any(run.task is not None for run in story.run.moves))
    story.house.window.drop_lab()
    assert not story.window.isVisible()
    assert "The plan goes on" not in story.house.window.notice.text
