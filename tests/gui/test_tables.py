"""Tables: sorted by any column, filtered, following the cluster while they are in sight."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from hvgui.cluster.ids import NodeId, VmId, VolumeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.storage import DetachedDisk, VirtualDisk
from hvgui.cluster.units import GIB
from hvgui.gui.bridge import Bridge
from hvgui.gui.details.pages import PAGES, scope
from hvgui.gui.details.properties import properties
from hvgui.gui.details.tiles import subtitle, tiles
from hvgui.gui.facts import Facts
from hvgui.gui.objects import Kind, Ref, link_ref, node_ref, vm_ref
from hvgui.gui.tables.node_columns import NODE_TABLE
from hvgui.gui.tables.record_table import RecordTable
from hvgui.gui.tables.table_view import TableView
from hvgui.gui.tables.vm_columns import VM_TABLE
from stand_in import StandInSession

TABLES = [(kind, table, rows) for kind, page in PAGES.items() for table, rows in page.tables]
ONE_OF_EACH = [
    *(Ref(kind) for kind in Kind if kind <= Kind.EVENTS),
    vm_ref(0),
    node_ref(1),
    Ref(Kind.SAN, 0),
    Ref(Kind.LUN, 0),
    Ref(Kind.VOLUME, 0),
    Ref(Kind.NETWORK, 0),
    link_ref(1, 0),
]


def _sample(time_ns: int, cpu: list[float], nodes: int = 3) -> MetricsSample:
    vms = np.array(cpu)
    node = np.full(nodes, 0.25)
    return MetricsSample(time_ns, node, node * 1e9, node * 1e6, node * 2e6, vms, vms, vms * 1e9, vms * 1e9)


def _vm_table(facts: Facts) -> RecordTable:
    table = RecordTable(VM_TABLE, facts)
    QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal, table)
    kind = Ref(Kind.SERVICES)
    table.show_scope(scope(PAGES[Kind.SERVICES].tables[0][1], kind))
    table.set_shown(True)
    return table


def _column(table: RecordTable, name: str) -> int:
    return [column.id for column in table.columns].index(name)


def _texts(table: RecordTable, name: str) -> list[str]:
    column = _column(table, name)
    return [str(table.index(row, column).data()) for row in range(table.rowCount())]


@pytest.mark.parametrize(("kind", "table", "rows"), TABLES, ids=[f"{k.name}-{t.id}" for k, t, _ in TABLES])
def test_every_table_shows_and_sorts_every_column(office_facts, kind, table, rows) -> None:  # type: ignore[no-untyped-def]
    for number in range(3):
        path = f"C:\\ClusterStorage\\Volume1\\loose{number}.vhd"
        loose = VirtualDisk(f"loose{number}.vhd", 10 * GIB, file_bytes=GIB, path=path, volume=VolumeId(0))
        office_facts.cluster.put(DetachedDisk(loose, "SQL01"))
    made = RecordTable(table, office_facts)
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    made.show_scope(scope(rows, Ref(kind)))
    made.set_shown(True)
    assert made.rowCount() > 0
    before = set(made.rows)
    for number in range(made.columnCount()):
        for order in Qt.SortOrder:
            made.sort(number, order)
            assert set(made.rows) == before
        assert all(made.index(row, number).data() is not None for row in range(made.rowCount()))


def test_sorted_by_cpu_the_busiest_stands_on_top(
    office_facts: Facts, office_bridge: Bridge, stand_in: StandInSession
) -> None:
    table = _vm_table(office_facts)
    stand_in.say(samples=(_sample(1, [number / 100 for number in range(25)]),))
    office_bridge.tick()
    table.sort(_column(table, "cpu"), Qt.SortOrder.DescendingOrder)
    numbers = [int(text.rstrip(" %")) for text in _texts(table, "cpu") if text]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] >= 23  # the one with 24 % is off


def test_what_is_chosen_stays_chosen_when_the_order_changes(office_facts: Facts) -> None:
    table = _vm_table(office_facts)
    index = QPersistentModelIndex(table.index_of_ref(vm_ref(7)))
    name = index.data()
    table.sort(0, Qt.SortOrder.DescendingOrder)
    assert index.data() == name
    table.set_filter("")
    assert table.nothing == "No virtual machines here."
    table.set_filter(str(name).lower())
    assert index.data() == name
    table.set_filter("nothing has this name")
    assert table.nothing == "Nothing here matches the filter above the tree."
    assert not index.isValid()


def test_a_node_s_table_follows_its_vms(office_facts: Facts, office_bridge: Bridge, stand_in: StandInSession) -> None:
    table = RecordTable(VM_TABLE, office_facts)
    table.show_scope(scope(PAGES[Kind.NODE].tables[0][1], node_ref(0)))
    table.set_shown(True)
    vm = stand_in.cluster.vms[stand_in.cluster.vms_on(NodeId(1))[0]]
    stand_in.put(msgspec.structs.replace(vm, owner=NodeId(0)))
    office_bridge.tick()
    office_facts.flush()
    assert vm.name in _texts(table, "name")
    stand_in.remove(vm.id)
    office_bridge.tick()
    office_facts.flush()
    assert vm.name not in _texts(table, "name")


def test_states_are_told_in_words_and_by_icon(
    office_facts: Facts, office_bridge: Bridge, stand_in: StandInSession
) -> None:
    table = _vm_table(office_facts)
    vm = stand_in.cluster.vms[VmId(0)]
    stand_in.put(msgspec.structs.replace(vm, state=VmState.CRITICAL))
    office_bridge.tick()
    office_facts.flush()
    row = table.index_of_ref(vm_ref(0))
    assert row.siblingAtColumn(_column(table, "state")).data() == "Critical"
    assert not row.data(Qt.ItemDataRole.DecorationRole).isNull()
    assert office_facts.states[VmState.CRITICAL] == 1


@pytest.mark.parametrize("ref", ONE_OF_EACH, ids=[ref.kind.name for ref in ONE_OF_EACH])
def test_head_and_properties_of_every_kind_of_object(office_facts: Facts, ref: Ref) -> None:
    shown = tiles(office_facts, ref)
    assert len(shown) <= 5
    assert all(tile.caption and tile.figure for tile in shown)
    assert subtitle(office_facts, ref)
    for heading, rows in properties(office_facts, ref):
        assert heading
        assert all(caption and value for caption, value in rows)


def test_columns_and_sort_are_remembered(qtbot: QtBot, office_facts: Facts) -> None:
    view = TableView(RecordTable(NODE_TABLE, office_facts))
    qtbot.addWidget(view)
    view.setColumnHidden(1, True)
    view.setColumnHidden(9, False)
    view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    view.setColumnWidth(0, 222)
    view.keep_settings()
    again = TableView(RecordTable(NODE_TABLE, office_facts))
    qtbot.addWidget(again)
    assert again.isColumnHidden(1)
    assert not again.isColumnHidden(9)
    assert again.columnWidth(0) == 222
    assert again.header().sortIndicatorSection() == 2


def test_nothing_acts_on_rows_that_a_filter_hides(qtbot: QtBot, office_facts: Facts) -> None:
    table = _vm_table(office_facts)
    view = TableView(table)
    qtbot.addWidget(view)
    view.selectAll()
    assert len(view.refs()) == 25
    with qtbot.waitSignal(view.chosen) as told:
        table.set_filter(office_facts.cluster.vms[VmId(3)].name)
    assert told.args is not None
    assert vm_ref(3) in told.args[0]
    assert set(told.args[0]) == set(table.rows)


def test_a_node_stays_for_the_sake_of_a_vm_on_it_that_matches(office_facts: Facts) -> None:
    """As in the tree: where one looks for a VM, one finds the node that it is on, and no other."""
    table = RecordTable(NODE_TABLE, office_facts)
    table.show_scope(scope(PAGES[Kind.NODES].tables[0][1], Ref(Kind.NODES)))
    table.set_shown(True)
    vm = office_facts.cluster.vms[VmId(3)]
    assert table.rowCount() == len(office_facts.cluster.nodes) > 1
    table.set_filter(vm.name.upper())
    assert _texts(table, "name") == [office_facts.cluster.nodes[vm.owner].name]
