"""The form of the migrate dialog: kind, target, network, queue; with what stands in the way as sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.ids import NetworkId, NodeId, VmId
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import format_bytes, format_link_speed
from hvgui.gui.migrate.draft import Draft, cpu_shares, possible_kind, suits, targets_of
from hvgui.gui.migrate.target_list import TargetList, TargetRow, target_row
from hvgui.gui.words import tr
from hvgui.requests.migration_checks import migration_network, network_order

if TYPE_CHECKING:
    from hvgui.gui.bridge import Bridge

_KINDS = (TaskKind.LIVE_MIGRATION, TaskKind.QUICK_MIGRATION, TaskKind.MOVE)
_AUTOMATIC = -1
_MOST_CHECKS = 6_000
"""Checks of VMs against nodes that may be made at once for the list of several VMs."""


class MigrateForm(QWidget):
    """Holds the draft. `changed` comes when the person (or a vanished choice) has changed it."""

    changed = Signal()

    def __init__(
        self, bridge: Bridge, vms: tuple[VmId, ...], kind: TaskKind, target: NodeId | None, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        several = len(vms) > 1
        kind = possible_kind(bridge.cluster, vms, kind)
        self.draft = Draft(kind, vms, target, queue=several or bridge.cluster.profile.features.queues_live_migrations)
        self.kinds = QButtonGroup(self)
        self.targets = TargetList(self)
        self.networks = QComboBox(self)
        self.queue = QCheckBox(self)
        self._build()
        self._choose_first()
        self._show_draft()
        self.refresh()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._section(tr("How")))
        layout.addLayout(self._kind_buttons())
        layout.addSpacing(4)
        label = self._section(tr("&Target"))
        label.setBuddy(self.targets)
        layout.addWidget(label)
        layout.addWidget(self.targets, 1)
        layout.addSpacing(4)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        self._network_label = QLabel(tr("&Network"), self)
        self._network_label.setBuddy(self.networks)
        self.networks.setAccessibleName(tr("Network for live migration"))
        grid.addWidget(self._network_label, 0, 0)
        grid.addWidget(self.networks, 0, 1)
        grid.setColumnStretch(1, 1)
        layout.addLayout(grid)
        ours = not self._bridge.cluster.profile.features.queues_live_migrations
        words = tr("Wait in the &queue while a node is busy")
        name = self._bridge.cluster.profile.name
        self.queue.setText(
            tr("{words} (hvgui's own: {profile} does not queue)", words=words, profile=name) if ours else words
        )
        layout.addWidget(self.queue)
        self.kinds.idToggled.connect(self._kind_toggled)
        self.targets.target_chosen.connect(self._target_chosen)
        self.networks.currentIndexChanged.connect(self._network_chosen)
        self.queue.toggled.connect(self._queue_toggled)

    def _section(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setProperty("role", "section")
        return label

    def _kind_buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(5)
        for number, (words, meaning) in enumerate(
            (
                (tr("&Live migration"), tr("runs on while its memory is copied")),
                (tr("Q&uick migration"), tr("saved to the shared disk, read on the other node")),
                (tr("Mo&ve"), tr("shut down, started on the other node")),
            )
        ):
            button = QRadioButton(words, self)
            explanation = QLabel(meaning, self)
            explanation.setProperty("role", "muted")
            button.setAccessibleDescription(meaning)
            grid.addWidget(button, number, 0)
            grid.addWidget(explanation, number, 1)
            self.kinds.addButton(button, number)
        grid.setColumnStretch(1, 1)
        return grid

    def _choose_first(self) -> None:
        """The best node, unless one was given or each VM gets its own."""
        if self.draft.target is None and len(self.draft.vms) == 1:
            self._put(target=self._best_node())

    def _best_node(self) -> NodeId | None:
        vm = self.draft.vms[0]
        if vm not in self._bridge.cluster.vms:
            return None
        rated = targets_of(self.draft, self._bridge.cluster, vm, cpu_shares(self._bridge.latest))
        return rated[0].node if rated else None

    def _show_draft(self) -> None:
        """The radio buttons and the box as the draft says, without a word."""
        blocked = (QSignalBlocker(self.kinds), QSignalBlocker(self.queue))
        self.kinds.button(_KINDS.index(self.draft.kind)).setChecked(True)
        self.queue.setChecked(self.draft.queue)
        for blocker in blocked:
            blocker.unblock()

    # What the world says

    def refresh(self) -> None:
        """Rates the targets and lists the networks as they are now."""
        live = self.draft.kind is TaskKind.LIVE_MIGRATION
        for widget in (self.networks, self._network_label, self.queue):
            widget.setEnabled(live)
        self.networks.setToolTip("" if live else tr("Only a live migration copies memory over a network."))
        self.targets.show_rows(self._rows(), self.draft.target)
        self._list_networks()

    def _rows(self) -> list[TargetRow]:
        if len(self.draft.vms) > 1:
            return self._rows_for_several()
        vm = self.draft.vms[0]
        if vm not in self._bridge.cluster.vms:
            return []
        rated = targets_of(self.draft, self._bridge.cluster, vm, cpu_shares(self._bridge.latest))
        return [target_row(self._bridge.cluster, target) for target in rated]

    def _rows_for_several(self) -> list[TargetRow]:
        cluster, count = self._bridge.cluster, len(self.draft.vms)
        rows = [TargetRow(None, tr("Best for each"), 0.0, "", tr("each VM goes to the node that suits it best"))]
        counted = count * len(cluster.nodes) <= _MOST_CHECKS
        for node in cluster.nodes.values():
            fit = suits(self.draft, cluster, node.id) if counted else count
            tone = "" if fit == count else "warning" if fit else "bad"
            note = tr("suits {fit} of {count}, each taken alone", fit=fit, count=count) if counted else ""
            rows.append(self._row(node.id, 5.0 * round(2 * 5 * fit / count) / 10 if counted else 0.0, note, tone))
        return rows

    def _row(self, node: NodeId, stars: float, note: str, tone: str) -> TargetRow:
        cluster = self._bridge.cluster
        free = format_bytes(max(0, cluster.free_bytes_on(node)))
        return TargetRow(node, cluster.nodes[node].name, stars, free, note, tone)

    def _list_networks(self) -> None:
        cluster = self._bridge.cluster
        vm = cluster.vms.get(self.draft.vms[0])
        choices = [(self._automatic_words(), _AUTOMATIC)]
        order = network_order(cluster, vm) if vm is not None else ()
        rest = [one for one in cluster.networks.values() if one not in order and one.role is not NetworkRole.NONE]
        choices += [(self._network_words(network.id), int(network.id)) for network in (*order, *rest)]
        present = [(self.networks.itemText(i), self.networks.itemData(i)) for i in range(self.networks.count())]
        if choices == present:
            return
        blocker = QSignalBlocker(self.networks)
        self.networks.clear()
        for words, data in choices:
            self.networks.addItem(words, data)
        wanted = _AUTOMATIC if self.draft.network is None else int(self.draft.network)
        self.networks.setCurrentIndex(max(0, self.networks.findData(wanted)))
        blocker.unblock()

    def _automatic_words(self) -> str:
        cluster, target = self._bridge.cluster, self.draft.target
        vm = cluster.vms.get(self.draft.vms[0])
        if vm is None or target is None or target not in cluster.nodes or target == vm.owner:
            return tr("Automatic")
        network = migration_network(cluster, vm, target)
        if network is None:
            return tr("Automatic (no network connects them)")
        return tr("Automatic: {network}", network=self._network_words(network.id))

    def _network_words(self, network: NetworkId) -> str:
        """Its name with the speed between the two nodes."""
        cluster, target = self._bridge.cluster, self.draft.target
        name = cluster.networks[network].name
        vm = cluster.vms.get(self.draft.vms[0])
        ends = [vm.owner] if vm is not None else []
        links = [cluster.links.get((node, network)) for node in (*ends, *([target] if target is not None else []))]
        known = [link for link in links if link is not None]
        if len(known) < len(links):
            return tr("{network} (not connected)", network=name)
        if any(not link.up for link in known):
            return tr("{network} (link cut)", network=name)
        if not known:
            return name
        return f"{name}, {format_link_speed(min(link.bytes_per_second for link in known))}"

    # What the person says

    def _put(self, **changes: Any) -> None:
        self.draft = replace(self.draft, **changes)

    def _kind_toggled(self, number: int, checked: bool) -> None:
        if checked:
            self._put(kind=_KINDS[number])
            self._tell()

    def _target_chosen(self, node: NodeId | None) -> None:
        self._put(target=node)
        self._tell()

    def _network_chosen(self, _index: int) -> None:
        chosen = self.networks.currentData()
        self._put(network=None if chosen in (None, _AUTOMATIC) else NetworkId(int(chosen)))
        self._tell()

    def _queue_toggled(self, checked: bool) -> None:
        self._put(queue=checked)
        self._tell()

    def _tell(self) -> None:
        self.refresh()
        self.changed.emit()
