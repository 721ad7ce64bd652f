"""The picture of a plan: readable for three nodes and for a thousand, walked, explained, written to files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.balance_plan import BalancePlan, NodeBalance, PlannedMove, Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.units import GIB
from hvgui.gui.graphs.colours import Role, line_colour
from hvgui.gui.graphs.pictures import ExportError
from hvgui.gui.icons import forget_icons
from hvgui.gui.plan.export import save_nodes
from hvgui.gui.plan.picture import PictureScroll
from hvgui.gui.plan.picture_layout import MANY, bars_of, lay_out
from hvgui.gui.plan.picture_painting import filled
from hvgui.gui.theme import Theme
from small_cluster import small_record


def planned(nodes: int) -> BalancePlan:
    """All before on the first, a little everywhere afterwards; the second is not covered."""
    rows = tuple(
        NodeBalance(
            node=NodeId(number),
            vms_before=9 if number == 0 else 0,
            vms_after=3,
            memory_before=0.9 if number == 0 else 0.1,
            memory_after=0.4,
            processor_before=1.4 if number == 0 else 0.0,
            processor_after=0.3,
            covered_before=number != 0,
            covered_after=number != 1,
        )
        for number in range(nodes)
    )
    moves = (PlannedMove(VmId(0), NodeId(0), NodeId(1), 1, 20.0, 0.2, 4 * GIB),)
    return BalancePlan(Policy.SPREAD, moves, (), 2.0, 0.5, rows, 20.0)


@pytest.fixture
def shown(qtbot: QtBot, qapp: QApplication) -> Iterator[PictureScroll]:
    Theme(qapp).apply("light")
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(900, 400)
    area = PictureScroll(parent)
    area.setGeometry(0, 0, 900, 400)
    parent.show()
    yield area
    forget_icons()


def show(area: PictureScroll, nodes: int) -> None:
    area.picture.show_plan(Cluster(small_record(nodes=nodes)), planned(nodes))
    area.refit()
    QApplication.processEvents()


@given(st.integers(1, 1_000), st.floats(120.0, 4_000.0), st.floats(100.0, 2_000.0))
def test_every_node_has_a_place_of_its_own_within_the_picture(nodes: int, width: float, height: float) -> None:
    places = lay_out(nodes, width, height)
    whole = QRectF(0, 0, max(width, places.width), places.height + 0.01)
    cells = [places.cell(number) for number in range(nodes)]
    assert all(whole.contains(cell) for cell in cells)
    assert all(places.number_at(cell.center()) == number for number, cell in enumerate(cells))
    assert not any(one.intersects(other) for one, other in pairwise(cells))
    assert set(places.rows_in(whole)) == set(range(nodes))
    for track in vars(bars_of(cells[0])).values():
        assert cells[0].contains(track)
    assert places.profile.isEmpty() == (nodes <= MANY)


@given(st.floats(0.0, 5.0))
def test_a_bar_is_as_high_as_its_share_and_never_higher_than_its_track(share: float) -> None:
    track = QRectF(10, 20, 8, 100)
    bar = filled(track, share)
    assert bar.height() == pytest.approx(100 * min(1.0, share))
    assert bar.bottom() == track.bottom()


@pytest.mark.parametrize("nodes", [3, 64, 1_000])
def test_it_is_explained_on_hover_and_in_words(shown: PictureScroll, nodes: int) -> None:
    show(shown, nodes)
    picture = shown.picture
    assert picture.accessibleDescription() == f"{nodes:,} nodes, {nodes - 1} covered afterwards"
    words = picture.words_at(picture.places.number_at(picture.places.cell(0).center()))
    assert words.splitlines()[:3] == ["NODE1", "VMs: 9, 3 afterwards", "Memory in use: 90 %, 40 % afterwards"]
    assert "which they do not have now" in words
    assert "but not afterwards" in picture.words_at(1)
    assert picture.words_at(picture.places.number_at(QPointF(1.0, 1.0))) == ""
    assert (picture.height() > shown.viewport().height()) == (nodes > 3)


def test_arrow_keys_walk_and_the_chosen_node_is_scrolled_to(qtbot: QtBot, shown: PictureScroll) -> None:
    show(shown, 64)
    picture = shown.picture
    qtbot.keyClick(picture, Qt.Key.Key_Right)
    assert picture.current == 0
    for _ in range(40):
        qtbot.keyClick(picture, Qt.Key.Key_Down)
    assert picture.current == 63
    assert picture.accessibleDescription().startswith("NODE64. VMs: 0, 3 afterwards")
    assert shown.verticalScrollBar().value() > 0
    qtbot.keyClick(picture, Qt.Key.Key_Left)
    assert picture.current == 62


def _inks(image: QImage, place: QRectF, colour: QColor) -> int:
    ratio = image.devicePixelRatio()
    points = (
        (x, y)
        for x in range(round(place.left() * ratio), round(place.right() * ratio))
        for y in range(round(place.top() * ratio), round(place.bottom() * ratio))
    )
    return sum(image.pixelColor(x, y) == colour for x, y in points)


def test_after_is_solid_and_before_is_hatched(shown: PictureScroll) -> None:
    show(shown, 3)
    image = shown.picture.grab().toImage()
    bars = bars_of(shown.picture.places.cell(0))
    ink = line_colour(Role.MAIN)
    solid = filled(bars.memory_after, 0.4).adjusted(2, 2, -2, -2)
    hatched = filled(bars.memory_before, 0.9).adjusted(2, 2, -2, -2)
    empty = QRectF(bars.memory_after.left() + 2, bars.memory_after.top() + 2, 10, 20)
    assert _inks(image, solid, ink) > 0.9 * solid.width() * solid.height()
    assert 0 < _inks(image, hatched, ink) < 0.7 * hatched.width() * hatched.height()
    assert _inks(image, empty, ink) == 0


def test_a_chosen_move_is_drawn_over_the_nodes(shown: PictureScroll) -> None:
    show(shown, 3)
    before = shown.picture.grab().toImage()
    shown.show_moves(planned(3).moves)
    assert [(arrow.source, arrow.target) for arrow in shown.picture.arrows] == [(0, 1)]
    assert shown.picture.grab().toImage() != before
    shown.show_moves(())
    assert shown.picture.grab().toImage() == before


@pytest.mark.parametrize("ending", ["png", "svg", "csv"])
def test_it_is_written_whole(shown: PictureScroll, tmp_path: Path, ending: str) -> None:
    show(shown, 64)
    path = tmp_path / f"plan.{ending}"
    save_nodes(shown.picture, path)
    if ending == "png":
        assert QImage(str(path)).height() >= shown.picture.height()
    elif ending == "svg":
        assert "NODE64" in path.read_text(encoding="utf-8")
    else:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        assert len(rows) == 64
        assert rows[1] | {"node": "NODE2", "memory_after": "0.4000", "covered_after": "no"} == rows[1]


def test_where_nothing_can_be_written_a_sentence_says_so(shown: PictureScroll, tmp_path: Path) -> None:
    show(shown, 3)
    for ending in ("png", "csv"):
        with pytest.raises(ExportError, match="could not be written"):
            save_nodes(shown.picture, tmp_path / "nowhere" / f"plan.{ending}")
