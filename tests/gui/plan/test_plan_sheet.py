"""A plan's sheet and its words, for plans that are seldom: what is left out, what only makes room, what packs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.balance_plan import BalancePlan, LeftOut, NodeBalance, PlannedMove, Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.nodes import NodeState
from hvgui.gui.bridge import Bridge
from hvgui.gui.facts import Facts
from hvgui.gui.plan.expected import Expected
from hvgui.gui.plan.run import PlanRun
from hvgui.gui.plan.sheet import PlanSheet
from hvgui.gui.plan.words import move_words, nothing_to_move, verdict
from small_cluster import small_record, small_vm

WHY = "the target has no memory free for it when its turn comes"


def plan_over(cluster: Cluster, *, policy: Policy = Policy.SPREAD, moves: int = 2, left_out: int = 1) -> BalancePlan:
    """The first VMs go to the next node; others are left out. The last node becomes empty."""
    vms = list(cluster.vms.values())
    rows = tuple(NodeBalance(node, 9, 8, 0.5, 0.4, 0.3, 0.2, True, True) for node in cluster.nodes)
    return BalancePlan(
        policy,
        tuple(
            PlannedMove(vm.id, vm.owner, NodeId((vm.owner + 1) % 3), 1 + number, 20.0, 0.1, 2**32, number == 0)
            for number, vm in enumerate(vms[:moves])
        ),
        tuple(LeftOut(vm.id, vm.owner, NodeId((vm.owner + 1) % 3), WHY) for vm in vms[moves : moves + left_out]),
        1.0,
        0.25,
        rows,
        40.0,
        (NodeId(2),) if policy is Policy.PACK else (),
    )


@pytest.fixture
def sheet(qtbot: QtBot, office_bridge: Bridge, office_facts: Facts) -> Iterator[PlanSheet]:
    parent = QWidget()
    qtbot.addWidget(parent)
    yield PlanSheet(office_bridge, office_facts, parent)


def show(sheet: PlanSheet, bridge: Bridge, plan: BalancePlan) -> PlanRun:
    run = PlanRun(bridge, plan, Expected(bridge.cluster))
    sheet.show_plan(plan, run.moves, "nothing")
    return run


def test_what_is_left_out_has_a_tab_of_its_own_with_the_reason(sheet: PlanSheet, office_bridge: Bridge) -> None:
    cluster = office_bridge.cluster
    plan = plan_over(cluster)
    show(sheet, office_bridge, plan)
    assert sheet.tabs.isTabVisible(1)
    assert sheet.tabs.tabText(1) == "Left out: 1"
    one = plan.left_out[0]
    words = f"{cluster.vms[one.vm].name} to {cluster.nodes[one.target].name}: {WHY}."
    assert sheet.left_out.item(0).text() == words
    show(sheet, office_bridge, replace(plan, left_out=()))
    assert not sheet.tabs.isTabVisible(1)


def test_where_all_is_left_out_the_verdict_says_why(office_bridge: Bridge) -> None:
    said, tone = verdict(office_bridge.cluster, plan_over(office_bridge.cluster, moves=0))
    assert said.startswith("Nothing can be moved now: ")
    assert WHY in said
    assert tone == "warning"


def test_packing_names_the_nodes_that_will_be_empty(sheet: PlanSheet, office_bridge: Bridge) -> None:
    plan = plan_over(office_bridge.cluster, policy=Policy.PACK, left_out=0)
    show(sheet, office_bridge, plan)
    name = office_bridge.cluster.nodes[NodeId(2)].name
    assert sheet.tabs.tabText(1) == "Empty nodes"
    assert sheet.left_out.item(0).text() == f"Empty afterwards, and can be switched off: {name}."
    assert verdict(office_bridge.cluster, plan)[0].startswith("1 node will be empty with 2 live migrations in 2 rounds")
    assert verdict(office_bridge.cluster, replace(plan, moves=()))[0].startswith("As few nodes as can carry everything")


def test_a_move_that_only_makes_room_is_told_as_such(office_bridge: Bridge) -> None:
    moves = plan_over(office_bridge.cluster).moves
    assert move_words(office_bridge.cluster, moves[0]).endswith("on its way to another node")
    assert not move_words(office_bridge.cluster, moves[1]).endswith("on its way to another node")


def test_sorted_and_filtered_what_is_chosen_stays_chosen(sheet: PlanSheet, office_bridge: Bridge) -> None:
    run = show(sheet, office_bridge, plan_over(office_bridge.cluster, moves=6))
    sheet.view.setCurrentIndex(sheet.moves.index(2, 0))
    (chosen,) = sheet.view.runs()
    sheet.view.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert sheet.view.runs() == (chosen,)
    names = [one.name for one in sheet.moves.rows]
    assert names == sorted(names, reverse=True)
    sheet.filter.setText(chosen.name)
    assert {one.name for one in sheet.moves.rows} == {chosen.name}
    sheet.filter.setText("no such thing")
    assert sheet.moves.rowCount() == 0
    assert len(run.moves) == 6


def test_the_moves_are_written_or_a_sentence_says_why_not(
    sheet: PlanSheet, office_bridge: Bridge, tmp_path: Path, qtbot: QtBot
) -> None:
    show(sheet, office_bridge, plan_over(office_bridge.cluster))
    with qtbot.waitSignal(sheet.saved):
        sheet.save_moves(tmp_path / "moves.csv")
    rows = list(csv.DictReader((tmp_path / "moves.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["on_the_way"] for row in rows] == ["yes", "no"]
    with qtbot.waitSignal(sheet.failed) as failed:
        sheet.save_moves(tmp_path / "nowhere" / "moves.csv")
    assert failed.args is not None
    assert "could not be written" in failed.args[0]


def test_clusters_in_which_nothing_can_be_moved() -> None:
    record = small_record((small_vm(0), small_vm(1, 1)))
    assert nothing_to_move(Cluster(record)) == ""
    down = tuple(replace(node, state=NodeState.DOWN) for node in record.nodes)
    assert "No node of TEST is up" in nothing_to_move(Cluster(replace(record, nodes=down)))
    paused = tuple(replace(node, state=NodeState.PAUSED) for node in record.nodes)
    assert "Every node is paused" in nothing_to_move(Cluster(replace(record, nodes=paused)))


def test_what_differs_from_the_plan_is_named() -> None:
    record = small_record((small_vm(0), small_vm(1, 1)), nodes=3)
    cluster = Cluster(record)
    expected = Expected(cluster)
    assert expected.differences(cluster) == ()
    cluster.put(replace(cluster.vms[VmId(0)], owner=NodeId(2)))
    assert expected.differences(cluster) == ("VM00 is on NODE3 now.",)
    assert expected.differences(cluster, under_way=[VmId(0)]) == ()
    cluster.put(replace(cluster.nodes[NodeId(1)], state=NodeState.PAUSED))
    cluster.put(small_vm(7, 2))
    cluster.remove_vm(VmId(1))
    assert expected.differences(cluster) == (
        "NODE2 is paused now.",
        "VM00 is on NODE3 now.",
        "VM01 is gone.",
        "VM07 runs on NODE3 now.",
    )
    expected.take(cluster)
    assert expected.differences(cluster) == ()
