"""The parts of the what-if window: what is tried, grades, the picture's places, tables that fill in, what changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Changes, Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.what_if import VmFate, WhatIfCase, WhatIfKind, WhatIfOutcome, WhatIfReport
from hvgui.engine.settling import settled
from hvgui.gui.theme import CONTRAST, DARK, LIGHT, Colours
from hvgui.gui.what_if.changes import WorldChanges
from hvgui.gui.what_if.choice import Choice, about, expected_seconds
from hvgui.gui.what_if.columns import CASE_COLUMNS, case_row, fate_rows, tried_row
from hvgui.gui.what_if.grades import LOOKS, Grade, case_words, grade_of, outcome_words
from hvgui.gui.what_if.matrix_layout import LEAST_CELL, lay_out
from hvgui.gui.what_if.matrix_painting import _MARKS, ground
from hvgui.gui.what_if.matrix_view import MatrixView
from hvgui.gui.what_if.result_table import ResultTable
from hvgui.gui.what_if.verdict import verdict_of
from hvgui.lab.what_if.study import cases_of, study
from small_cluster import small_record, small_vm

N1, N2, N3 = (NodeId(number) for number in range(3))
CRASH, DRAIN, LOAD = WhatIfKind.CRASH, WhatIfKind.DRAIN, WhatIfKind.LOAD


def cluster_of(nodes: int = 3) -> Cluster:
    return Cluster(small_record(tuple(small_vm(number, number) for number in range(nodes)), nodes))


def down(cluster: Cluster, node: NodeId) -> Cluster:
    cluster.put(replace(cluster.nodes[node], state=NodeState.DOWN))
    return cluster


# What is tried


@pytest.mark.parametrize(("nodes", "count"), [(1, 1 + 1 + 1), (3, 3 + 3 + 3 + 1), (16, 16 + 120 + 16 + 1)])
def test_everything_is_as_many_trials_as_there_are(nodes: int, count: int) -> None:
    assert len(Choice().cases(cluster_of(nodes))) == count


def test_what_is_not_ticked_and_who_is_down_is_not_tried() -> None:
    cluster = down(cluster_of(), N2)
    assert Choice(drains=False, load_percent=None).cases(cluster) == (
        WhatIfCase(CRASH, (N1,)),
        WhatIfCase(CRASH, (N3,)),
        WhatIfCase(CRASH, (N1, N3)),
    )
    (load,) = Choice(crashes=False, pairs=False, drains=False, load_percent=25).cases(cluster)
    assert load.load_factor == pytest.approx(1.25)


def test_of_one_node_only_what_it_has_part_in() -> None:
    cases = Choice(load_percent=None, node=N2).cases(cluster_of())
    assert cases == (
        WhatIfCase(CRASH, (N2,)),
        WhatIfCase(CRASH, (N1, N2)),
        WhatIfCase(CRASH, (N2, N3)),
        WhatIfCase(DRAIN, (N2,)),
    )


def test_more_trials_take_longer_and_estimates_are_round() -> None:
    cluster = cluster_of(16)
    few, many = Choice(pairs=False).cases(cluster), Choice().cases(cluster)
    assert expected_seconds(few, cluster) < expected_seconds(many, cluster) < expected_seconds(many, cluster, 2.0)
    assert [about(seconds) for seconds in (2.0, 23.0, 130.0)] == [
        "a few seconds",
        "about 25 s",
        "about 2 min 00 s",
    ]


# Grades


def crashed(*fates: VmFate, has_quorum: bool = True) -> WhatIfOutcome:
    return WhatIfOutcome(WhatIfCase(CRASH, (N1,)), fates, has_quorum=has_quorum)


BACK = VmFate(VmId(0), 52.0, N2)
NOTICED = VmFate(VmId(1), 53.0, N2, connections_lost=10)
LOST = VmFate(VmId(2), None, None, "VM02 finds no room.")
LEFT = VmFate(VmId(0), 0.0, N1, "VM00 stays on NODE1.")


@pytest.mark.parametrize(
    ("outcome", "grade", "words"),
    [
        (crashed(), Grade.ALL_UP, "No VM runs there."),
        (crashed(BACK), Grade.BACK, "1 VM is back, after 52 s at most."),
        (
            crashed(BACK, NOTICED),
            Grade.NOTICED,
            "All VMs run again, down for 53 s at most; clients of 1 VM notice.",
        ),
        (crashed(BACK, NOTICED, LOST), Grade.DOWN, "1 VM stays down. 2 others are back."),
        (crashed(LOST, has_quorum=False), Grade.NO_QUORUM, "The quorum is lost: 1 VM stays down."),
        (WhatIfOutcome(WhatIfCase(DRAIN, (N1,)), (LEFT,)), Grade.FALLS_SHORT, "1 VM stays on the node."),
        (
            WhatIfOutcome(WhatIfCase(DRAIN, (N1,)), (VmFate(VmId(0), 0.1, N2),)),
            Grade.ALL_UP,
            "1 VM has moved, out of reach for 100 ms at most.",
        ),
        (
            WhatIfOutcome(WhatIfCase(LOAD, load_factor=1.1), (LEFT,), overloaded=(N1, N2)),
            Grade.FALLS_SHORT,
            "1 VM gets too little. Overloaded afterwards: NODE1, NODE2.",
        ),
        (WhatIfOutcome(WhatIfCase(DRAIN, (N1,)), refused="NODE1 is down."), Grade.REFUSED, "NODE1 is down."),
    ],
)
def test_the_worst_that_can_be_said_is_said(outcome: WhatIfOutcome, grade: Grade, words: str) -> None:
    assert grade_of(outcome) is grade
    assert outcome_words(outcome, cluster_of()) == words


@pytest.mark.parametrize("scheme", [LIGHT, DARK, CONTRAST], ids=lambda scheme: scheme.name)
def test_no_two_grades_look_the_same(scheme: Colours) -> None:
    assert len(set(_MARKS.values())) == len(Grade) + 1, "marks alone tell them apart"
    assert len({ground(grade, scheme).name(ground(grade, scheme).NameFormat.HexArgb) for grade in Grade}) == len(Grade)
    assert {grade: look.title for grade, look in LOOKS.items()}.keys() == set(Grade)


def _luminance(colour: QColor) -> float:
    """Relative luminance of WCAG 2.1."""
    parts = [colour.redF(), colour.greenF(), colour.blueF()]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [LIGHT, DARK, CONTRAST], ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("grade", Grade, ids=lambda grade: grade.name)
def test_marks_and_figures_can_be_read_on_their_grounds(scheme: Colours, grade: Grade) -> None:
    """4.5 to 1 is what WCAG asks for; 7 to 1 in high contrast."""
    picture = QImage(4, 4, QImage.Format.Format_RGB32)
    picture.fill(QColor(scheme.window))
    painter = QPainter(picture)
    painter.fillRect(picture.rect(), ground(grade, scheme))
    painter.end()
    ink = QColor(scheme.base if grade is Grade.NO_QUORUM else scheme.text)
    low, high = sorted((_luminance(ink), _luminance(picture.pixelColor(1, 1))))
    assert (high + 0.05) / (low + 0.05) >= (7.0 if scheme is CONTRAST else 4.5)


def test_verdicts_in_words_and_tones() -> None:
    def verdict(vms: int, nodes: int, most: int) -> tuple[str, str]:
        world = settled(small_record(tuple(small_vm(n, n % nodes, gigabytes=8) for n in range(vms)), nodes), 1)
        return verdict_of(study(world, cases_of(world.cluster, most, drains=False, load=False)))

    assert verdict(3, 3, 1) == ("N - 1 holds", "good")
    assert verdict(3, 3, 2) == ("N - 1 holds, N - 2 does not", "warning")
    assert verdict(5, 5, 2) == ("N - 2 holds", "good")
    assert verdict(9, 3, 1) == ("N - 1 does not hold", "bad")
    assert verdict(1, 1, 2) == ("N - 1 does not hold", "bad")
    assert verdict_of(WhatIfReport("C", 0, (), False, None, 0, "")) == ("No verdict on N - 1", "muted")


# The picture's places


@given(st.integers(1, 64), st.booleans(), st.booleans(), st.booleans(), st.integers(100, 2000), st.integers(100, 1500))
def test_every_trial_has_a_cell_and_every_cell_is_found_again(
    nodes: int, pairs: bool, drains: bool, load: bool, width: int, height: int
) -> None:
    choice = Choice(pairs=pairs, drains=drains, load_percent=10 if load else None)
    cases = choice.cases(Cluster(small_record((), nodes)))
    places = lay_out(cases, (float(width), float(height)), (50.0, 80.0))
    assert set(places.numbers.values()) == set(range(len(cases)))
    everything = set(places.cells_in(QRectF(0.0, 0.0, places.width, places.height)))
    assert everything == set(places.numbers)
    for (row, column), number in list(places.numbers.items())[:: 1 + len(places.numbers) // 50]:
        place = places.place(row, column)
        assert places.cell_at(place.center()) == (row, column)
        assert place.width() >= LEAST_CELL - 1e-9
        assert place.right() <= places.width
        assert place.bottom() <= places.height
        case, kind = cases[number], places.rows[row].kind
        assert case.kind is kind
        if kind is not LOAD:
            assert places.nodes[column] in case.nodes
        touched = place.adjusted(1, 1, -1, -1)
        assert (row, column) in set(places.cells_in(touched))
        assert all(places.place(*one).intersects(place.adjusted(-1, -1, 1, 1)) for one in places.cells_in(touched))
        cell = places.cell_of(number)
        assert cell is not None
        assert places.numbers[cell] == number


def test_of_a_pair_s_two_cells_the_one_below_the_diagonal_is_chosen() -> None:
    cases = Choice().cases(cluster_of())
    places = lay_out(cases, (400.0, 300.0), (50.0, 80.0))
    number = cases.index(WhatIfCase(CRASH, (N1, N3)))
    assert sorted(cell for cell, one in places.numbers.items() if one == number) == [(0, 2), (2, 0)]
    assert places.cell_of(number) == (2, 0)
    assert places.cell_of(999) is None


def test_one_node_s_pairs_are_one_row() -> None:
    places = lay_out(Choice(node=N2).cases(cluster_of()), (400.0, 300.0), (50.0, 80.0))
    assert [row.node for row in places.rows if row.kind is CRASH] == [N2]
    assert len([cell for cell in places.numbers if cell[0] == 0]) == 3


def test_beside_the_cells_is_none() -> None:
    places = lay_out(Choice().cases(cluster_of()), (400.0, 300.0), (50.0, 80.0))
    assert places.cell_at(QPointF(2.0, 2.0)) is None
    assert places.cell_at(QPointF(places.width + 5.0, places.head_top + 5.0)) is None
    gap = places.place(2, 0).bottom() + 3.0
    assert places.cell_at(QPointF(places.head_left + 3.0, gap)) is None


def test_the_picture_is_walked_through_by_keyboard(qtbot: QtBot) -> None:
    cluster = cluster_of()
    rows = [case_row(number, case, cluster) for number, case in enumerate(Choice().cases(cluster))]
    view = MatrixView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    view.picture.show_rows(rows, cluster)
    told: list[int] = []
    view.picture.chosen.connect(told.append)
    seen = []
    for key in "RRDDDDL":
        qtbot.keyClick(view.picture, {"R": Qt.Key.Key_Right, "D": Qt.Key.Key_Down, "L": Qt.Key.Key_Left}[key])
        assert view.picture.number is not None
        seen.append(rows[view.picture.number].title)
    assert seen == [
        "NODE1 crashes",
        "NODE1 and NODE2 crash",
        "NODE2 crashes",
        "NODE2 and NODE3 crash",
        "NODE2 is drained",
        "10% more load",
        "10% more load",
    ]
    assert len(told) == 6
    assert view.picture.accessibleDescription() == "10% more load: not tried yet."
    qtbot.keyClick(view.picture, Qt.Key.Key_PageUp)
    qtbot.keyClick(view.picture, Qt.Key.Key_End)
    assert view.picture.current == (0, 2)
    width = view.picture.width()
    qtbot.keyClick(view.picture, Qt.Key.Key_Plus)
    assert view.picture.width() > width
    qtbot.keyClick(view.picture, Qt.Key.Key_0)
    assert view.picture.width() == width


# Tables


def test_the_table_fills_in_and_stays_in_order(qtbot: QtBot) -> None:
    cluster = cluster_of()
    parent = QWidget()
    qtbot.addWidget(parent)
    table = ResultTable(CASE_COLUMNS, parent)
    cases = Choice().cases(cluster)
    table.show_rows(case_row(number, case, cluster) for number, case in enumerate(cases))
    tester = QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    outcome = [column.id for column in CASE_COLUMNS].index("outcome")
    table.sort(outcome, Qt.SortOrder.DescendingOrder)
    kept = table.index_of(2)
    table.put(
        {4: tried_row(table.rows[4], crashed(LOST), cluster), 2: tried_row(table.rows[2], crashed(BACK), cluster)}
    )
    assert [table.number_at(table.index(row, 0)) for row in range(2)] == [4, 2]
    assert table.index_of(2).row() == 1
    assert table.data(table.index(0, outcome)) == "VMs stay down"
    assert kept.isValid()
    table.sort(-1)
    assert tester.model() is table
    assert [table.number_at(table.index(row, 0)) for row in range(len(cases))] == list(range(len(cases)))


def test_what_became_of_each_vm_the_worst_first() -> None:
    cluster = cluster_of()
    rows = fate_rows(crashed(BACK, NOTICED, LOST), cluster)
    assert [row.vm for row in rows] == ["VM02", "VM01", "VM00"]
    assert [row.number for row in rows] == [0, 1, 2]
    assert rows[0].words == "VM02 finds no room."
    assert rows[1].clients == "10 connections break"
    assert rows[2].words == "Runs again on NODE2."


def test_cases_in_words() -> None:
    cluster = cluster_of()
    assert case_words(WhatIfCase(CRASH, (N1, N2, N3)), cluster) == "NODE1, NODE2 and NODE3 crash"
    assert case_words(WhatIfCase(LOAD, load_factor=1.25), cluster) == "25% more load"


# What has changed since


def test_only_what_counts_has_changed_and_it_may_change_back() -> None:
    before = cluster_of()
    changes, vm, node = WorldChanges(before), before.vms[VmId(0)], before.nodes[N1]
    changes.take(Changes((replace(vm, assigned_bytes=vm.assigned_bytes // 2),)))
    assert changes.words == ""
    changes.take(Changes((replace(vm, owner=N2), replace(node, state=NodeState.PAUSED))))
    assert changes.words == "The lab has changed since: 1 node, 1 VM."
    changes.take(Changes((vm, node)))
    assert changes.words == ""
    changes.take(Changes(removed_vms=(VmId(1), VmId(2))))
    assert changes.words == "The lab has changed since: 2 VMs."
    changes.another_world()
    assert changes.words == "Another moment of the lab is shown now."
