"""The pages on which server it is, and what is in it."""

from __future__ import annotations

from typing import Protocol

from msgspec.structs import replace
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QLabel, QLineEdit, QRadioButton, QSpinBox

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.nodes import Processor, usual_root_reserve_bytes
from hvgui.cluster.processor_models import PROCESSOR_MODELS
from hvgui.cluster.units import format_bytes, parse_bytes
from hvgui.gui.node_words import node_state
from hvgui.gui.servers.draft import AddDraft, outside
from hvgui.gui.wizard.form_page import FormPage, choose
from hvgui.gui.words import tr
from hvgui.requests.new_server import NewServer
from hvgui.requests.processors import MOST_SOCKETS

_AS_IT_IS = ""


class Told(Protocol):
    """What a page asks of its wizard."""

    @property
    def draft(self) -> AddDraft:
        """The draft as all pages make it."""

    def blocked(self) -> str:
        """Why that can't be done, a sentence; empty: it can."""


class ServerPage(FormPage):
    """One that the lab knows, or a new one."""

    def __init__(self, cluster: Cluster, told: Told) -> None:
        super().__init__(
            tr("Select server"),
            tr("A server of this lab that is not in the cluster, or one that you bring in now, built as you like."),
            "select server",
        )
        self._told = told
        self.is_known = QRadioButton(tr("A server of this &lab that is not in the cluster"), self)
        self.is_new = QRadioButton(tr("A ne&w server"), self)
        self.is_known.setObjectName("known server")
        self.is_new.setObjectName("new server")
        self.servers = QComboBox(self)
        self.servers.setObjectName("servers")
        self.servers.setAccessibleName(tr("Servers that are not in the cluster"))
        waiting = outside(cluster)
        for node in waiting:
            self.servers.addItem(f"{node.name} ({node_state(node).lower()})", int(node.id))
        self.nobody = QLabel(tr("Every server of this lab is in the cluster already."), self)
        self.nobody.setProperty("role", "muted")
        self.nobody.setVisible(not waiting)
        self.is_known.setEnabled(bool(waiting))
        self.is_known.setToolTip("" if waiting else self.nobody.text())
        group = QButtonGroup(self)
        for button in (self.is_known, self.is_new):
            group.addButton(button)
        self.column.addWidget(self.is_known)
        self.column.addWidget(self.servers)
        self.column.addWidget(self.nobody)
        self.column.addSpacing(6)
        self.column.addWidget(self.is_new)
        self.column.addStretch()
        (self.is_known if waiting else self.is_new).setChecked(True)
        self._follow()
        self.is_known.toggled.connect(self._follow)
        self.is_known.toggled.connect(self.tell)
        self.servers.currentIndexChanged.connect(self.tell)

    def _follow(self) -> None:
        self.servers.setEnabled(self.is_known.isChecked())
        self.servers.setVisible(self.is_known.isEnabled())

    def first_field(self) -> QRadioButton:
        """See WizardPage.first_field."""
        return self.is_known if self.is_known.isChecked() else self.is_new

    def why_not(self) -> str:
        """See WizardPage.why_not. What is wrong with a new one is said where it can be mended."""
        return "" if self.is_new.isChecked() else self._told.blocked()

    def choose_known(self, node: NodeId) -> None:
        """That server is the one."""
        self.is_known.setChecked(True)
        self.servers.setCurrentIndex(max(0, self.servers.findData(int(node))))

    def applied(self, draft: AddDraft) -> AddDraft:
        """The draft with what this page says."""
        known = NodeId(int(self.servers.currentData())) if self.is_known.isChecked() else None
        return replace(draft, known=known)


class HardwarePage(FormPage):
    """What a new server is called and built of: like a node, or of the catalogue of processors."""

    def __init__(self, cluster: Cluster, told: Told) -> None:
        super().__init__(
            tr("Hardware"),
            tr("Like a node that is there already, unless you choose otherwise: nodes that are alike migrate freely."),
            "hardware",
        )
        self._cluster, self._told = cluster, told
        self.name = self.line(tr("Nam&e"), "server name")
        nodes = {str(node.id): node.name for node in cluster.nodes.values()}
        self.like = self.choice(tr("Same &as"), "same as", nodes)
        self.processor = self.choice(tr("&Processor"), "processor", {_AS_IT_IS: ""} | _models())
        self.sockets = QSpinBox(self)
        self.sockets.setRange(1, MOST_SOCKETS)
        self.sockets.valueChanged.connect(self.tell)
        self.add_row(tr("&Sockets"), self.sockets, "sockets")
        self.memory = self.line(tr("&Memory"), "server memory")
        words = tr("Hardware &virtualisation is switched on in the firmware")
        self.virtualises = self._box(words, "hardware virtualisation")
        words = tr("It has joined the &domain {domain}", domain=cluster.domain)
        self.in_domain = self._box(words, "in domain")
        self.in_domain.setVisible(bool(cluster.domain))
        self.power = self._box(tr("It is switched &on"), "switched on")
        self.told = QLabel(self)
        self.told.setProperty("role", "muted")
        self.told.setWordWrap(True)
        self.column.addLayout(self.form)
        self.column.addWidget(self.told)
        self.column.addStretch()
        self.like.currentIndexChanged.connect(self._like_another)
        self.processor.currentIndexChanged.connect(self._another_model)
        for signal in (self.sockets.valueChanged, self.memory.textChanged):
            signal.connect(self._follow)

    def _box(self, words: str, name: str) -> QCheckBox:
        box = QCheckBox(words, self)
        box.setObjectName(name)
        box.setChecked(True)
        box.toggled.connect(self.tell)
        self.form.addRow(box)
        return box

    def is_wanted(self) -> bool:
        """Only of a new one."""
        return self._told.draft.known is None

    def why_not(self) -> str:
        """See WizardPage.why_not."""
        return self._told.blocked()

    def first_field(self) -> QLineEdit:
        """See WizardPage.first_field."""
        self.name.selectAll()
        return self.name

    def show_server(self, server: NewServer) -> None:
        """Fills the fields, silently."""
        with self.filling():
            self.name.setText(server.name)
            choose(self.like, str(server.like))
            choose(self.processor, server.model)
            self._like_another()
            self.memory.setText(format_bytes(server.memory_bytes))

    @property
    def _template(self) -> Processor:
        key = self.like.currentData()
        node = self._cluster.nodes.get(NodeId(int(key))) if key is not None else None
        return Processor() if node is None else node.processor

    def _like_another(self, *_: object) -> None:
        """All that is in it is as with that node again."""
        key = self.like.currentData()
        if key is None:
            return
        node = self._cluster.nodes[NodeId(int(key))]
        was_filling, self._is_filling = self._is_filling, True
        words = tr("As in {node}: {model}", node=node.name, model=node.processor.model)
        self.processor.setItemText(0, words)
        choose(self.processor, _AS_IT_IS)
        self.sockets.setValue(node.processor.sockets)
        self.memory.setText(format_bytes(node.memory_bytes))
        self._is_filling = was_filling
        self._follow()

    def _another_model(self, *_: object) -> None:
        model = PROCESSOR_MODELS.get(str(self.processor.currentData()))
        was_filling, self._is_filling = self._is_filling, True
        self.sockets.setValue(self._template.sockets if model is None else model.sockets)
        self._is_filling = was_filling
        self._follow()

    def _follow(self, *_: object) -> None:
        """What the choice comes to."""
        model = PROCESSOR_MODELS.get(str(self.processor.currentData()))
        able = model is None or model.virtualises
        self.virtualises.setEnabled(able)
        self.virtualises.setToolTip("" if able or model is None else tr("The {model} has none.", model=model.name))
        made = self._template if model is None else model.processor()
        logical = self.sockets.value() * made.cores_per_socket * made.threads_per_core
        words = [tr("{logical} logical processors.", logical=logical)]
        if not made.slat:
            words.append(
                tr("Without second level address translation: about 10 % of the processors' time and 1 MB a VM.")
            )
        try:
            kept = format_bytes(usual_root_reserve_bytes(parse_bytes(self.memory.text())))
            words.append(tr("The parent partition keeps about {size}.", size=kept))
        except ValueError:
            words.append(tr("The memory is a size such as 64 GB."))
        self.told.setText(" ".join(words))

    def applied(self, server: NewServer) -> NewServer:
        """The server with what this page says. Raises ValueError with a sentence for what can't be read."""
        like = self.like.currentData()
        model = str(self.processor.currentData())
        return replace(
            server,
            name=self.name.text().strip(),
            like=None if like is None else NodeId(int(like)),
            model=model,
            sockets=self.sockets.value(),
            memory_bytes=parse_bytes(self.memory.text()),
            hardware_virtualisation=self.virtualises.isChecked(),
            in_domain=self.in_domain.isChecked(),
            has_power=self.power.isChecked(),
        )


def _models() -> dict[str, str]:
    return {
        key: tr("{name} ({year}, {cores} cores)", name=model.name, year=model.year, cores=model.cores_per_socket)
        for key, model in PROCESSOR_MODELS.items()
    }
