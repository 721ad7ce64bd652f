"""The pages on what kind of lab it is, its domain and its nodes."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QLabel, QRadioButton, QSpinBox

from hvgui.cluster.nodes import usual_root_reserve_bytes
from hvgui.cluster.processor_models import PROCESSOR_MODELS
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.units import format_bytes, parse_bytes
from hvgui.exchange.lab_plan import ARTICLE, LARGER, MOST_NODES, LabPlan, Part
from hvgui.gui.newlab.plan_page import PlanPage
from hvgui.gui.wizard.form_page import choose
from hvgui.gui.words import tr


class KindPage(PlanPage):
    """The article's lab, or any size; platform and name."""

    preset_wanted = Signal(object)
    """LabPlan: every page is to show this one."""

    def __init__(self) -> None:
        super().__init__(
            tr("Test lab"),
            tr("A lab of your own, built step by step. Every step has a good answer already; press Next to take it."),
            "kind of lab",
            Part.CLUSTER,
        )
        self.article = QRadioButton(tr("The &article's lab: two nodes, an iSCSI SAN, a file server with a film"), self)
        self.larger = QRadioButton(tr("A cluster of any &size"), self)
        self.article.setObjectName("article's lab")
        self.larger.setObjectName("any size")
        self.article.setChecked(True)
        group = QButtonGroup(self)
        for button in (self.article, self.larger):
            group.addButton(button)
            self.column.addWidget(button)
        self.column.addSpacing(8)
        self.name = self.line(tr("&Cluster name"), "cluster name")
        self.profile = self.choice(tr("&Platform"), "platform", {name: _platform(name) for name in PROFILES})
        self.column.addLayout(self.form)
        self.column.addStretch()
        self.article.toggled.connect(self._preset)

    def _preset(self) -> None:
        self.preset_wanted.emit(ARTICLE if self.article.isChecked() else LARGER)

    def first_field(self) -> QRadioButton:
        """See WizardPage.first_field."""
        return self.article if self.article.isChecked() else self.larger

    def show_plan(self, plan: LabPlan) -> None:
        """See PlanPage.show_plan."""
        with self.filling():
            self.name.setText(plan.cluster)
            choose(self.profile, plan.profile)

    def applied(self, plan: LabPlan) -> LabPlan:
        """See PlanPage.applied."""
        return replace(plan, cluster=self.name.text().strip(), profile=str(self.profile.currentData()))


def _platform(name: str) -> str:
    limits = PROFILES[name].limits
    return tr("{name}: up to {nodes} nodes, {vms} VMs", name=name, nodes=limits.nodes, vms=f"{limits.vms:,}")


class DomainPage(PlanPage):
    """A failover cluster needs a domain, and a domain needs a controller that does not need the cluster."""

    def __init__(self) -> None:
        super().__init__(
            tr("Domain"),
            tr(
                "Every node joins this domain: without one there is no failover cluster. Its controller must be there"
                " before the cluster is, so a controller in this lab is not clustered and lies on the first node's own"
                " disk."
            ),
            "domain",
            Part.DOMAIN,
        )
        self.joins = QCheckBox(tr("The nodes &join a domain"), self)
        self.joins.setObjectName("joins a domain")
        self.form.addRow(self.joins)
        self.name = self.line(tr("&Domain"), "domain name")
        self.controller = QCheckBox(tr("A domain &controller as a VM on the first node"), self)
        self.controller.setObjectName("domain controller")
        self.form.addRow(self.controller)
        self.column.addLayout(self.form)
        self.column.addStretch()
        self.joins.toggled.connect(self.tell)
        self.joins.toggled.connect(self._follow)
        self.controller.toggled.connect(self.tell)

    def _follow(self, joins: bool) -> None:
        for field in (self.name, self.controller):
            field.setEnabled(joins)
            field.setToolTip("" if joins else tr("The nodes join no domain."))

    def show_plan(self, plan: LabPlan) -> None:
        """See PlanPage.show_plan."""
        with self.filling():
            self.joins.setChecked(bool(plan.domain))
            self.name.setText(plan.domain)
            self.controller.setChecked(plan.domain_controller)

    def applied(self, plan: LabPlan) -> LabPlan:
        """See PlanPage.applied."""
        joins = self.joins.isChecked()
        return replace(
            plan,
            domain=self.name.text().strip() if joins else "",
            domain_controller=joins and self.controller.isChecked(),
        )


class NodesPage(PlanPage):
    """How many servers, and what is in them."""

    def __init__(self) -> None:
        super().__init__(
            tr("Nodes"),
            tr("The servers are alike, as they should be in a cluster. Processors are of servers of 2005 to 2025."),
            "nodes",
            Part.NODES,
        )
        self.count = QSpinBox(self)
        self.count.setRange(1, MOST_NODES)
        self.add_row(tr("&How many"), self.count, "node count")
        self.prefix = self.line(tr("Names be&gin with"), "node prefix")
        models = {key: _model(key) for key in PROCESSOR_MODELS}
        self.processor = self.choice(tr("&Processor"), "processor", models)
        self.sockets = QSpinBox(self)
        self.sockets.setRange(1, 8)
        self.add_row(tr("&Sockets"), self.sockets, "sockets")
        self.memory = self.line(tr("&Memory of each"), "node memory")
        self.virtualises = QCheckBox(tr("Hardware &virtualisation is switched on in the firmware"), self)
        self.virtualises.setObjectName("hardware virtualisation")
        self.form.addRow(self.virtualises)
        self.told = QLabel(self)
        self.told.setProperty("role", "muted")
        self.told.setWordWrap(True)
        self.column.addLayout(self.form)
        self.column.addWidget(self.told)
        self.column.addStretch()
        for spin in (self.count, self.sockets):
            spin.valueChanged.connect(self.tell)
        self.virtualises.toggled.connect(self.tell)
        self.processor.currentIndexChanged.connect(self._follow)
        self.sockets.valueChanged.connect(self._follow)
        self.memory.textChanged.connect(self._follow)

    def _follow(self, *_: object) -> None:
        """What the choice comes to."""
        model = PROCESSOR_MODELS[str(self.processor.currentData())]
        self.virtualises.setEnabled(model.virtualises)
        self.virtualises.setToolTip("" if model.virtualises else tr("The {model} has none.", model=model.name))
        logical = model.processor(self.sockets.value()).logical
        words = [tr("{logical} logical processors a node.", logical=logical)]
        words.append(
            tr("With second level address translation.")
            if model.slat
            else tr("Without second level address translation: about 10 % of the processors' time and 1 MB a VM.")
        )
        try:
            memory = parse_bytes(self.memory.text())
            words.append(tr("The parent partition keeps {size}.", size=format_bytes(usual_root_reserve_bytes(memory))))
        except ValueError:
            words.append(tr("The memory is a size such as 64 GB."))
        if not model.virtualises:
            words.append(tr("It has no hardware virtualisation: no VM starts on it."))
        self.told.setText(" ".join(words))

    def show_plan(self, plan: LabPlan) -> None:
        """See PlanPage.show_plan."""
        with self.filling():
            self.count.setValue(plan.nodes)
            self.prefix.setText(plan.node_prefix)
            choose(self.processor, plan.processor)
            self.sockets.setValue(plan.sockets)
            self.memory.setText(format_bytes(plan.memory_bytes))
            self.virtualises.setChecked(plan.hardware_virtualisation)
            self._follow()

    def applied(self, plan: LabPlan) -> LabPlan:
        """See PlanPage.applied."""
        return replace(
            plan,
            nodes=self.count.value(),
            node_prefix=self.prefix.text().strip(),
            processor=str(self.processor.currentData()),
            sockets=self.sockets.value(),
            memory_bytes=parse_bytes(self.memory.text()),
            hardware_virtualisation=self.virtualises.isChecked(),
        )


def _model(key: str) -> str:
    model = PROCESSOR_MODELS[key]
    slat = "" if model.slat else tr(", no SLAT")
    return tr(
        "{name} ({year}, {cores} cores{slat})",
        name=model.name,
        year=model.year,
        cores=model.cores_per_socket,
        slat=slat,
    )
