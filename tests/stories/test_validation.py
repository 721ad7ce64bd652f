"""A cluster is validated through the window: all tests or some, called off, the report opened, saved, found again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.validation import Category, Verdict
from hvgui.exchange.samples import sample
from hvgui.gui.application import House
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.validation import running_page
from hvgui.gui.validation.wizard import ValidationWizard
from hvgui.gui.wizard.page import WizardPage
from hvgui.lab.validation.all_tests import ALL_TESTS
from hvgui.lab.validation.kept_reports import last_report, report_path

_LONG_MS = 20_000
Furnish = Callable[[ClusterRecord], House]


class Browser(QObject):
    """Stands in for the browser: takes note of what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


@pytest.fixture
def browser(qapp: object) -> Iterator[Browser]:
    made = Browser()
    QDesktopServices.setUrlHandler("file", made, "open")
    yield made
    QDesktopServices.unsetUrlHandler("file")


def _broken() -> ClusterRecord:
    """The article's lab, the second node installed on D: and without a domain."""
    record = sample("article-lab")
    first, second = record.nodes
    return replace(record, nodes=(first, replace(second, system_drive="D:", domain="")))


def _wizard(qtbot: QtBot, house: House) -> ValidationWizard:
    house.window.board.actions["cluster.validate"].trigger()
    wizard = house.window.findChild(ValidationWizard)
    assert wizard is not None
    qtbot.waitUntil(wizard.isActiveWindow, timeout=_LONG_MS)
    return wizard


def _next(qtbot: QtBot, wizard: ValidationWizard) -> WizardPage:
    assert wizard.next.isEnabled(), wizard.why.text()
    qtbot.mouseClick(wizard.next, Qt.MouseButton.LeftButton)
    return wizard.page


def _to_summary(qtbot: QtBot, wizard: ValidationWizard) -> None:
    while wizard.page is not wizard.running and wizard.page is not wizard.summary:
        _next(qtbot, wizard)
    qtbot.waitUntil(lambda: wizard.page is wizard.summary, timeout=_LONG_MS)


def test_a_broken_cluster_is_found_out_and_the_report_is_opened(
    qtbot: QtBot, furnished: Furnish, browser: Browser
) -> None:
    house = furnished(_broken())
    wizard = _wizard(qtbot, house)
    assert wizard.options.all.isChecked()
    assert not wizard.back.isEnabled()
    assert _next(qtbot, wizard) is wizard.disks, "every disk of this lab is in use"
    qtbot.mouseClick(_button(wizard, "all disks"), Qt.MouseButton.LeftButton)
    assert _next(qtbot, wizard) is wizard.confirmation
    assert wizard.confirmation.list.count() == len(ALL_TESTS)
    assert "2 disks are taken offline" in wizard.confirmation.summary.text()
    _to_summary(qtbot, wizard)
    assert wizard.summary.conclusion.text().startswith("Failed.")
    assert "of 0" not in wizard.summary.counts.text()
    shown = [item.text(0) for item in wizard.summary.tree.findItems("System Drive", Qt.MatchFlag.MatchContains)]
    assert shown == ["System Configuration: Validate System Drive Variable"]
    first = wizard.summary.tree.topLevelItem(0)
    assert first is not None
    assert first.text(1) == "Failed"
    assert first.isExpanded()
    qtbot.mouseClick(wizard.summary.view, Qt.MouseButton.LeftButton)
    (opened,) = browser.opened
    text = Path(opened).read_text(encoding="utf-8")
    assert "NODE2 is not a member of a domain" in text
    assert "Validate Simultaneous Failover" in text
    _next(qtbot, wizard)
    qtbot.waitUntil(lambda: house.window.findChild(ValidationWizard) is None, timeout=_LONG_MS)


def _button(wizard: ValidationWizard, name: str) -> QPushButton:
    found = wizard.findChild(QPushButton, name)
    assert found is not None
    return found


def test_the_cluster_is_right_clicked_and_the_last_report_is_found_again(
    qtbot: QtBot, furnished: Furnish, browser: Browser
) -> None:
    house = furnished(sample("article-lab"))
    assert house.session is not None
    action = house.window.board.actions["cluster.report"]
    house.window.board.refresh()
    assert not action.isEnabled()
    assert "has not been validated yet" in action.toolTip()
    assert house.window.panes is not None
    house.window.panes.reveal(Ref(Kind.CLUSTER))
    tree = house.window.panes.inventory.tree
    tree.menu_wanted.emit(tree.viewport().mapToGlobal(QPoint(20, 20)))
    menu = house.window.findChild(QMenu, "context menu")
    assert isinstance(menu, QMenu)
    (entry,) = [one for one in menu.actions() if one.text() == "Validate this cluster..."]
    entry.trigger()
    menu.close()
    wizard = house.window.findChild(ValidationWizard)
    assert wizard is not None
    _to_summary(qtbot, wizard)
    _next(qtbot, wizard)
    house.window.board.refresh()
    assert action.isEnabled()
    action.trigger()
    assert browser.opened == [str(last_report(house.session.path))]


def _alt(qtbot: QtBot, wizard: ValidationWizard, key: Qt.Key, page: WizardPage) -> None:
    """A button's letter with Alt: pressed by the keyboard a button takes a moment to spring back."""
    qtbot.keyClick(wizard, key, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: wizard.page is page, timeout=_LONG_MS)


def test_some_tests_by_keyboard_alone(qtbot: QtBot, furnished: Furnish) -> None:
    wizard = _wizard(qtbot, furnished(sample("article-lab")))
    qtbot.keyClick(wizard, Qt.Key.Key_S, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(wizard.options.some.isChecked, timeout=_LONG_MS)
    _alt(qtbot, wizard, Qt.Key.Key_N, wizard.tests)
    wizard.tests.tick(set())
    assert not wizard.next.isEnabled()
    assert "No test is ticked" in wizard.why.text()
    assert "No test is ticked" in wizard.next.toolTip()
    tree = wizard.tests.tree
    assert tree.hasFocus()
    tree.setCurrentItem(tree.findItems("Network", Qt.MatchFlag.MatchExactly)[0])
    qtbot.keyClick(tree, Qt.Key.Key_Space)
    assert {test.category for test in wizard.tests.tests} == {Category.NETWORK}
    # No test of disks is ticked, so none is asked for.
    _alt(qtbot, wizard, Qt.Key.Key_N, wizard.confirmation)
    _alt(qtbot, wizard, Qt.Key.Key_B, wizard.tests)
    _alt(qtbot, wizard, Qt.Key.Key_N, wizard.confirmation)
    _alt(qtbot, wizard, Qt.Key.Key_V, wizard.summary)
    report = wizard.summary.report
    assert report is not None
    assert {result.category for result in report.results} == {Category.NETWORK}
    assert "Only some of the tests" in wizard.summary.conclusion.text()
    with qtbot.waitSignal(wizard.accepted, timeout=_LONG_MS):
        qtbot.keyClick(wizard, Qt.Key.Key_F, Qt.KeyboardModifier.AltModifier)


def test_it_is_called_off_and_what_did_not_run_is_cancelled(
    qtbot: QtBot, furnished: Furnish, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = furnished(sample("article-lab"))
    wizard = _wizard(qtbot, house)
    # The person is quick: Cancel is pressed as the third test begins.
    begun: list[str] = []

    def cancels(page: running_page.RunningPage, test: object) -> None:
        begun.append(str(test))
        if len(begun) == 1:
            assert not wizard.next.isEnabled()
            assert not wizard.back.isEnabled()
            qtbot.mouseClick(page.stop, Qt.MouseButton.LeftButton)

    wizard.running.work.begun.connect(lambda test: cancels(wizard.running, test))
    monkeypatch.setattr(running_page.ValidationWork, "begin", _slowly(running_page.ValidationWork.begin))
    _to_summary(qtbot, wizard)
    report = wizard.summary.report
    assert report is not None
    assert report.verdict is Verdict.CANCELLED
    assert report.results[-1].verdict is Verdict.CANCELLED
    assert wizard.back.isEnabled()
    qtbot.mouseClick(wizard.back, Qt.MouseButton.LeftButton)
    assert wizard.page is wizard.running, "going back runs them again"
    qtbot.waitUntil(lambda: wizard.page is wizard.summary, timeout=_LONG_MS)
    wizard.reject()


def _slowly(begin: Callable[..., None]) -> Callable[..., None]:
    """A cluster so large that the tests take a while."""

    def slow(work: running_page.ValidationWork, build: object, plan: object, lab: object) -> None:
        begin(work, lambda: Cluster(sample("todays-maximum")), plan, lab)

    return slow


def test_a_report_that_can_not_be_kept_is_saved_elsewhere(qtbot: QtBot, furnished: Furnish, tmp_path: Path) -> None:
    house = furnished(sample("article-lab"))
    assert house.session is not None
    place = report_path(house.session.path)
    place.parent.parent.mkdir(parents=True, exist_ok=True)
    place.parent.write_text("a file where the folder should be", encoding="utf-8")
    wizard = _wizard(qtbot, house)
    _to_summary(qtbot, wizard)
    assert not wizard.summary.view.isEnabled()
    assert "could not be kept" in wizard.summary.said.text()
    qtbot.mouseClick(wizard.summary.save, Qt.MouseButton.LeftButton)
    dialog = wizard.findChild(QFileDialog, "save report file")
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "ours.html"))
    dialog.close()
    assert (tmp_path / "ours.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert "ours.html" in wizard.summary.said.text()
    wizard.reject()


def test_the_lab_is_left_while_the_tests_run(qtbot: QtBot, furnished: Furnish, monkeypatch: pytest.MonkeyPatch) -> None:
    house = furnished(sample("article-lab"))
    wizard = _wizard(qtbot, house)
    monkeypatch.setattr(running_page.ValidationWork, "begin", _slowly(running_page.ValidationWork.begin))
    while wizard.page is not wizard.running:
        _next(qtbot, wizard)
    house.window.doings.open_sample("small-business")
    qtbot.waitUntil(lambda: house.window.findChild(ValidationWizard) is None, timeout=_LONG_MS)
    qtbot.waitUntil(lambda: house.bridge is not None and house.bridge.name == "small-business", timeout=_LONG_MS)
