"""The page on virtual machines: how many of each kind."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSpinBox

from hvgui.cluster.units import GIB, format_bytes
from hvgui.exchange.lab_layout import layout_of
from hvgui.exchange.lab_plan import MOST_VMS, LabPlan, Part, VmGroup, mixed
from hvgui.exchange.workloads import WORKLOADS
from hvgui.gui.newlab.plan_page import PlanPage
from hvgui.gui.words import counted, tr


class MachinesPage(PlanPage):
    """A number for each kind; a mixture at a stroke; what it comes to in memory."""

    def __init__(self) -> None:
        super().__init__(
            tr("Virtual machines"),
            tr("Guests of each kind have that kind's memory, load through the day, disks and clients."),
            "virtual machines",
            Part.MACHINES,
        )
        self.counts: dict[str, QSpinBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        half = -(-len(WORKLOADS) // 2)
        for number, kind in enumerate(WORKLOADS.values()):
            spin = self.counts[kind.name] = QSpinBox(self)
            spin.setRange(0, MOST_VMS)
            spin.setObjectName(f"count {kind.name}")
            title = tr(kind.name).capitalize()
            spin.setAccessibleName(title)
            label = QLabel(title, self)
            label.setBuddy(spin)
            label.setToolTip(
                tr("{memory} of memory, {vcpus} vCPU", memory=_gib(kind.memory_gib[0]), vcpus=kind.vcpus[0])
            )
            place = 2 * (number // half)
            grid.addWidget(label, number % half, place)
            grid.addWidget(spin, number % half, place + 1)
            spin.valueChanged.connect(self.tell)
        self.mixture = QSpinBox(self)
        self.mixture.setRange(0, MOST_VMS)
        self.mixture.setValue(40)
        self.mixture.setObjectName("mixture")
        self.mixture.setAccessibleName(tr("VMs of a mixture"))
        self.mix = QPushButton(tr("&Mix so many"), self)
        self.mix.setObjectName("mix")
        self.none = QPushButton(tr("N&one"), self)
        self.none.setObjectName("no vms")
        self.video = QCheckBox(tr("A client watches a &film from the first file server"), self)
        self.video.setObjectName("video")
        row = QHBoxLayout()
        for widget in (self.mixture, self.mix, self.none):
            row.addWidget(widget)
        row.addStretch()
        for button, vms in ((self.mix, None), (self.none, 0)):
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._mix, vms))
        self.told = QLabel(self)
        self.told.setProperty("role", "muted")
        self.told.setWordWrap(True)
        self.column.addLayout(row)
        self.column.addLayout(grid)
        self.column.addWidget(self.video)
        self.column.addWidget(self.told)
        self.column.addStretch()
        self.video.toggled.connect(self.tell)

    def _mix(self, vms: int | None, _checked: bool = False) -> None:
        """So many (None: as the field says) in the proportions of an ordinary company."""
        self._put(mixed(self.mixture.value() if vms is None else vms))
        self.tell()

    def _put(self, groups: tuple[VmGroup, ...]) -> None:
        with self.filling():
            wanted = {group.kind: group.count for group in groups}
            for kind, spin in self.counts.items():
                spin.setValue(wanted.get(kind, 0))

    def show_plan(self, plan: LabPlan) -> None:
        """See PlanPage.show_plan."""
        self._put(plan.machines)
        with self.filling():
            self.video.setChecked(plan.video)

    def applied(self, plan: LabPlan) -> LabPlan:
        """See PlanPage.applied."""
        groups = tuple(VmGroup(kind, spin.value()) for kind, spin in self.counts.items() if spin.value())
        has_server = self.counts["file server"].value() > 0
        self.video.setEnabled(has_server)
        self.video.setToolTip("" if has_server else tr("There is no file server to watch a film from."))
        return replace(plan, machines=groups, video=has_server and self.video.isChecked())

    def follow(self, plan: LabPlan) -> None:
        """What the choice comes to on the nodes of a plan that can be laid out."""
        layout = layout_of(plan)
        words = tr(
            "{vms} on {nodes}: {least} to {most} of memory are left on each.",
            vms=counted(len(layout.placed), "{count} VM", "{count} VMs"),
            nodes=counted(plan.nodes, "{count} node", "{count} nodes"),
            least=format_bytes(min(layout.free_bytes)),
            most=format_bytes(max(layout.free_bytes)),
        )
        if plan.nodes > 1 and not layout.homeless and not _survives(plan):
            words += " " + tr("If one node fails, the others have no room for all of its VMs.")
        self.told.setText(words)


def _survives(plan: LabPlan) -> bool:
    """Whether everything would fit on one node less."""
    return layout_of(replace(plan, nodes=plan.nodes - 1)).homeless == 0


def _gib(size: int) -> str:
    return format_bytes(size * GIB)
