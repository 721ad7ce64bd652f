"""The form of a wish: what each field means to the planner, and what is said of it in the first line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.icons import forget_icons
from hvgui.gui.plan.asker import Question
from hvgui.gui.plan.wish_form import WishForm
from hvgui.lab.balancing.plans import LoadsOf, Wish
from small_cluster import small_record, small_vm


@pytest.fixture
def form(qtbot: QtBot) -> Iterator[WishForm]:
    parent = QWidget()
    qtbot.addWidget(parent)
    yield WishForm(Cluster(small_record((small_vm(0), small_vm(1)), nodes=3)), parent)
    forget_icons()


def test_at_first_it_is_the_planner_s_own_wish(form: WishForm) -> None:
    assert form.question() == Question(Wish(), LoadsOf.USUAL)
    assert form.said.text() == ""
    assert form.panel.isHidden()
    form.more.click()
    assert not form.panel.isHidden()


def test_every_field_counts_and_tells(form: WishForm, qtbot: QtBot) -> None:
    with qtbot.waitSignal(form.changed):
        form.most.setValue(3)
    with qtbot.waitSignal(form.changed):
        form.worth.setValue(0.002)
    with qtbot.waitSignal(form.changed):
        form.covers.setChecked(False)
    with qtbot.waitSignal(form.changed):
        form.toggle_emptied(NodeId(2))
    with qtbot.waitSignal(form.changed):
        form.leave((VmId(1), VmId(1)))
    with qtbot.waitSignal(form.changed):
        form.loads.setCurrentIndex(form.loads.findData(LoadsOf.NOW.value))
    wish = Wish(
        score_per_second=0.002,
        most_moves=3,
        keep_covered=False,
        emptied=frozenset({NodeId(2)}),
        stay=frozenset({VmId(1)}),
    )
    assert form.question() == Question(wish, LoadsOf.NOW)
    assert form.said.text() == "3 moves at most, 1 node is emptied, 1 VM stays, cover may be lost"
    form.toggle_emptied(NodeId(2))
    form.stay.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert form.said.text() == "3 moves at most, cover may be lost"


def test_what_means_nothing_for_the_aim_is_grey_and_says_why(form: WishForm) -> None:
    assert not form.least.isEnabled()
    assert form.least.toolTip() == "Only where VMs are packed."
    form.policy.setCurrentIndex(form.policy.findData(Policy.PACK.value))
    form.least.setValue(1)
    assert form.question().wish == Wish(policy=Policy.PACK, least_nodes=1)
    for field in (form.most, form.worth, form.covers):
        assert not field.isEnabled()
        assert field.toolTip() == "Only where loads are spread evenly."
