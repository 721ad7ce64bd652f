"""The one table of commands: complete, without collisions, and honest about what can't be done."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.load_watch import Tip, Tips, WatchedResource
from hvgui.cluster.machines import VmState
from hvgui.cluster.membership import Standing, standing
from hvgui.cluster.misconfigurations import Misconfiguration, misconfigured
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.gui.actions.board import ChoiceMenu
from hvgui.gui.actions.command import plan, verdict
from hvgui.gui.actions.confirm import ConfirmDialog
from hvgui.gui.actions.fuzzy import score
from hvgui.gui.actions.groups import GROUPS, parts
from hvgui.gui.actions.palette import entries
from hvgui.gui.actions.pane import ActionRow
from hvgui.gui.actions.table import BY_ID, COMMANDS
from hvgui.gui.bridge import Bridge
from hvgui.gui.main_window import MainWindow
from hvgui.gui.objects import Kind, Ref, link_ref, node_ref, vm_ref
from hvgui.gui.theme import Theme
from hvgui.requests.catalogue import REQUEST_TYPES
from hvgui.shipped import shipped_file
from stand_in import StandInSession


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, office_bridge: Bridge) -> MainWindow:
    """The main window on the small business, without an engine."""
    theme = Theme(qapp)
    theme.apply("light")
    made = MainWindow(theme)
    qtbot.addWidget(made)
    made.show_lab(office_bridge)
    made.show()
    return made


def _choose(window: MainWindow, *refs: Ref) -> None:
    window.desk.refs = refs


def _of_state(bridge: Bridge, state: VmState) -> Ref:
    return next(vm_ref(vm.id) for vm in bridge.cluster.vms.values() if vm.state is state)


def test_ids_and_shortcuts_are_unique_and_icons_are_there() -> None:
    assert max(Counter(one.id for one in COMMANDS).values()) == 1
    assert max(Counter(one.shortcut for one in COMMANDS if one.shortcut).values()) == 1
    for command in COMMANDS:
        if command.icon:
            assert shipped_file(f"icons/{command.icon}.svg").is_file()
        assert sum(bool(way) for way in (command.request, command.run, command.choices)) == 1, command.id


def test_every_request_can_be_made_from_the_window(window: MainWindow, office_bridge: Bridge) -> None:
    """Each request type of the catalogue is built by a command, or by a dialog that a command opens."""
    by_dialog = {"live-migrate", "quick-migrate", "move", "set-load", "set-clients", "set-link-speed"}
    by_dialog |= {"enable-csv", "create-lun", "add-disks", "remove-disk", "cancel-add-disks", "delete-disk-file"}
    by_dialog |= {"move-lun", "move-coordinator", "fail-path", "restore-path", "set-path-speed"}
    by_dialog |= {"initialise-disk", "create-partition", "format-partition", "change-drive-letter"}
    by_dialog |= {"delete-partition", "set-disk-online", "set-memory", "set-processors", "replace-processors"}
    by_dialog |= {"take-snapshot", "apply-snapshot", "revert", "rename-snapshot", "delete-snapshot"}
    by_dialog |= {"cancel-snapshot"}
    by_dialog |= {"import-vm", "clone-vm"}
    by_dialog |= {"partition-network", "set-heartbeat-loss", "set-quorum", "set-heartbeat", "drain-node"}
    by_dialog |= {"fail-witness-share", "restore-witness-share", "set-owners", "set-failover-policy"}
    by_dialog |= {"start-chaos", "stop-chaos", "patch-nodes", "cancel-maintenance", "set-load-watch"}
    reason = "HV01 has used 91% of its processors"
    tip = Tip(1, 0, NodeId(0), WatchedResource.PROCESSORS, 0.91, 0.85, reason, vm=VmId(0), target=NodeId(1))
    office_bridge.cluster.put(Tips((tip,)))
    by_dialog |= {"new-server", "set-network-role", "set-address", "set-link-latency", "set-san-latency", "present-lun"}
    office_bridge.cluster.put(misconfigured(office_bridge.cluster.nodes[NodeId(0)], Misconfiguration.DRIVER))
    things = tuple(Ref(kind, 0) for kind in (Kind.VOLUME, Kind.LUN, Kind.SAN, Kind.NETWORK))
    refs = (vm_ref(0), node_ref(0), link_ref(0, 0), Ref(Kind.TASK, 0), *things)
    built = {
        str(type(request).__struct_config__.tag)
        for command in COMMANDS
        if command.request is not None
        for ref in refs
        if ref.kind in command.on
        for request in [command.request(office_bridge.cluster, ref)]
        if request is not None
    }
    assert set(REQUEST_TYPES) == built | by_dialog


def test_a_disabled_command_says_why(window: MainWindow, office_bridge: Bridge) -> None:
    running, off = _of_state(office_bridge, VmState.RUNNING), _of_state(office_bridge, VmState.OFF)
    _choose(window, running)
    said = verdict(BY_ID["vm.start"], window.desk)
    assert not said.enabled
    assert office_bridge.cluster.vms[running.vm].name in said.reason
    assert "is running" in said.reason
    _choose(window, off)
    assert verdict(BY_ID["vm.start"], window.desk).enabled
    assert "off" in verdict(BY_ID["vm.live-migrate"], window.desk).reason
    _choose(window)
    assert verdict(BY_ID["vm.start"], window.desk).reason == "Choose a virtual machine first."
    window.board.refresh()
    assert "Choose a virtual machine first." in window.board.actions["vm.start"].toolTip()


def test_the_reason_stands_in_the_actions_pane(window: MainWindow, office_bridge: Bridge) -> None:
    _choose(window, _of_state(office_bridge, VmState.RUNNING))
    window.actions_pane.refresh()
    rows = (row for row in window.actions_pane._rows if isinstance(row, ActionRow))
    row = next(row for row in rows if row.command.id == "vm.start")
    button = window.actions_pane.findChild(QToolButton, "do vm.start")
    assert button is not None
    assert not button.isEnabled()
    assert row._why.isVisibleTo(row)
    assert "is running" in row._why.toolTip()


def test_the_actions_pane_is_never_narrower_than_what_it_says(window: MainWindow, office_bridge: Bridge) -> None:
    _choose(window, _of_state(office_bridge, VmState.RUNNING))
    window.actions_pane.refresh()
    pane = window.actions_pane
    pane.resize(pane.minimumWidth(), 120)
    bar = pane.verticalScrollBar()
    assert pane.widget().minimumSizeHint().width() <= pane.minimumWidth() - bar.sizeHint().width()


def test_of_several_those_that_can_go_and_the_others_are_named_first(
    window: MainWindow, office_bridge: Bridge, stand_in: StandInSession, qtbot: QtBot
) -> None:
    running, off = _of_state(office_bridge, VmState.RUNNING), _of_state(office_bridge, VmState.OFF)
    _choose(window, running, off)
    made = plan(BY_ID["vm.shut-down"].request, office_bridge.cluster, window.desk.refs)  # type: ignore[arg-type]
    assert [request.vm for request, _ in made.going] == [running.vm]  # type: ignore[attr-defined]
    assert [request.vm for request, _ in made.staying] == [off.vm]  # type: ignore[attr-defined]
    window.board.give(BY_ID["vm.shut-down"])
    dialog = window.findChild(ConfirmDialog)
    assert isinstance(dialog, ConfirmDialog)
    assert stand_in.submitted == []
    dialog.accept()
    assert [type(one).__struct_config__.tag for one in stand_in.submitted] == ["shut-down"]


def test_that_the_cluster_has_quorum_is_found_out_once_and_not_for_every_node(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Votes are counted over all nodes: asked of each of a thousand, the window stood still for ten seconds."""
    counted: list[int] = []

    def counting(cluster: Cluster) -> Standing:
        counted.append(1)
        return standing(cluster)

    monkeypatch.setattr("hvgui.requests.quorum.standing", counting)
    assert "it has quorum" in verdict(BY_ID["cluster.force"], window.desk).reason
    assert len(counted) == 1


def test_what_loses_data_asks_and_can_be_left(
    window: MainWindow, office_bridge: Bridge, stand_in: StandInSession
) -> None:
    _choose(window, _of_state(office_bridge, VmState.RUNNING))
    window.board.give(BY_ID["vm.turn-off"])
    dialog = window.findChild(ConfirmDialog)
    assert isinstance(dialog, ConfirmDialog)
    dialog.reject()
    assert stand_in.submitted == []


def test_the_crash_of_a_node_names_what_dies(window: MainWindow, office_bridge: Bridge) -> None:
    _choose(window, node_ref(0))
    made = plan(BY_ID["node.crash"].request, office_bridge.cluster, window.desk.refs)  # type: ignore[arg-type]
    assert "die with it" in str(made.warnings[0])


def test_the_submenu_of_targets_is_rated_and_says_why_not(
    window: MainWindow, office_bridge: Bridge, stand_in: StandInSession
) -> None:
    vms = office_bridge.cluster.vms.values()
    ref = next(vm_ref(vm.id) for vm in vms if vm.state is VmState.RUNNING and vm.possible_owners is None)
    owner = office_bridge.cluster.vms[ref.vm].owner
    down = next(node for node in office_bridge.cluster.nodes.values() if node.id != owner)
    stand_in.put(msgspec.structs.replace(down, state=NodeState.DOWN))
    office_bridge.tick()
    _choose(window, ref)
    menu = ChoiceMenu(BY_ID["vm.live-migrate"], window.board, window)
    menu.fill()
    actions = {action.text(): action for action in menu.actions()}
    unable = next(action for text, action in actions.items() if text.startswith(down.name))
    assert not unable.isEnabled()
    assert "is down" in unable.toolTip()
    able = next(action for action in actions.values() if action.isEnabled())
    assert "★" in able.text()
    able.trigger()
    assert [type(one).__struct_config__.tag for one in stand_in.submitted] == ["live-migrate"]


def test_cancel_acts_on_the_task_of_a_vm_and_on_a_task(
    window: MainWindow, office_bridge: Bridge, stand_in: StandInSession
) -> None:
    vm = office_bridge.cluster.vms[_of_state(office_bridge, VmState.RUNNING).vm]
    target = NodeId((vm.owner + 1) % 3)
    task = Task(TaskId(0), TaskKind.LIVE_MIGRATION, vm.id, vm.owner, target, TaskState.RUNNING, Phase.COPYING, 0, 0)
    stand_in.put(task, msgspec.structs.replace(vm, task=task.id))
    office_bridge.tick()
    for ref in (vm_ref(vm.id), Ref(Kind.TASK, task.id)):
        _choose(window, ref)
        assert verdict(BY_ID["vm.cancel-migration"], window.desk).enabled
        window.board.give(BY_ID["vm.cancel-migration"])
    assert len(stand_in.submitted) == 2
    stand_in.put(msgspec.structs.replace(task, phase=Phase.BLACKOUT))
    office_bridge.tick()
    assert "can't be cancelled" in verdict(BY_ID["vm.cancel-migration"], window.desk).reason


def test_the_context_menu_has_the_commands_of_the_kind(window: MainWindow) -> None:
    _choose(window, node_ref(0))
    menu = window.board.context_menu(window)
    assert menu is not None
    assert {action.objectName() for action in menu.actions() if isinstance(action, QAction)} >= {
        "node.pause",
        "node.crash",
    }
    assert not any(action.objectName().startswith("vm.") for action in menu.actions())
    menu.deleteLater()
    _choose(window, Ref(Kind.EVENTS))
    assert window.board.context_menu(window) is None


def test_groups_name_commands_there_are_each_once() -> None:
    named = [command for group in GROUPS for command in group.commands]
    assert max(Counter(named).values()) == 1
    assert set(named) <= set(BY_ID)
    for group in GROUPS:
        assert shipped_file(f"icons/{group.icon}.svg").is_file()


def test_a_group_is_a_submenu_where_its_first_command_would_stand() -> None:
    disks = [BY_ID[one] for one in ("vm.memory", "vm.add-disk", "vm.properties", "vm.disk-management")]
    memory, group, properties = parts(disks)
    assert (memory, properties) == (disks[0], disks[2])
    assert isinstance(group, tuple)
    assert (group[0].id, group[1]) == ("disks", (disks[1], disks[3]))
    assert parts(disks[:3]) == tuple(disks[:3]), "one command needs no submenu"
    assert parts([disks[1], disks[3]]) == (disks[1], disks[3]), "a menu of nothing but one submenu helps nobody"


def test_no_menu_is_longer_than_a_small_screen_is_high(window: MainWindow, office_bridge: Bridge) -> None:
    for kind, ref in ((Kind.VM, _of_state(office_bridge, VmState.RUNNING)), (Kind.NODE, node_ref(0))):
        _choose(window, ref)
        menu = window.board.context_menu(window)
        assert menu is not None
        assert menu.sizeHint().height() <= 760, kind
        menu.deleteLater()
    for menu in window.menuBar().findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly):
        assert menu.sizeHint().height() <= 760, menu.title()


def test_a_section_of_the_actions_pane_opens_and_stays_open(window: MainWindow, office_bridge: Bridge) -> None:
    _choose(window, _of_state(office_bridge, VmState.RUNNING))
    window.actions_pane.refresh()
    pane = window.actions_pane
    heading, button = pane.findChild(QToolButton, "section disks"), pane.findChild(QToolButton, "do vm.add-disk")
    assert heading is not None
    assert button is not None
    assert not button.isVisibleTo(pane)
    assert "closed" in heading.accessibleName()
    heading.click()
    assert button.isVisibleTo(pane)
    assert "open" in heading.accessibleName()
    _choose(window, node_ref(0))
    pane.refresh()
    _choose(window, _of_state(office_bridge, VmState.OFF))
    pane.refresh()
    again = pane.findChildren(QToolButton, "do vm.add-disk")[-1]
    assert again.isVisibleTo(pane)


def test_powershell_of_what_was_done_is_kept(window: MainWindow, office_bridge: Bridge) -> None:
    assert not verdict(BY_ID["edit.copy-powershell"], window.desk).enabled
    _choose(window, _of_state(office_bridge, VmState.RUNNING))
    window.board.give(BY_ID["vm.save"])
    office_bridge.tick()
    assert verdict(BY_ID["edit.copy-powershell"], window.desk).enabled
    window.board.give(BY_ID["edit.copy-powershell"])
    assert QApplication.clipboard().text().startswith("Save-VM -Name '")


def test_fuzzy_finds_words_by_their_beginnings() -> None:
    texts = ["Virtual machine: Live migrate", "View: Theme: Light", "Virtual machine: Delete saved state"]
    best = max((text for text in texts if score("lm", text) is not None), key=lambda text: score("lm", text) or 0.0)
    assert best == "Virtual machine: Live migrate"
    assert score("xyz", texts[0]) is None
    assert score("", texts[0]) == 0.0


def test_the_palette_lists_every_command_and_the_targets(window: MainWindow, office_bridge: Bridge) -> None:
    _choose(window, _of_state(office_bridge, VmState.RUNNING))
    found = entries(window.board)
    assert {entry.command.id for entry in found} == {command.id for command in COMMANDS}
    assert any(entry.choice is not None and "★" in entry.title for entry in found)
    assert all(entry.reason for entry in found if entry.command.id == "vm.start")


def test_vm_ids_survive_a_vm_that_went(window: MainWindow, office_bridge: Bridge, stand_in: StandInSession) -> None:
    _choose(window, vm_ref(0), vm_ref(1))
    stand_in.remove(VmId(0))
    office_bridge.tick()
    assert window.panes is not None
    window.panes.facts.flush()
    assert window.desk.vms() == (VmId(1),)


def test_a_question_s_button_promises_no_further_question(window: MainWindow, office_bridge: Bridge) -> None:
    _choose(window, _of_state(office_bridge, VmState.OFF))
    window.board.give(BY_ID["vm.delete"])
    dialog = window.findChild(ConfirmDialog)
    assert dialog is not None
    button = dialog.findChild(QPushButton, "confirm go")
    assert button is not None
    assert (button.text(), dialog.windowTitle()) == ("Delete", "Delete")
    dialog.reject()
