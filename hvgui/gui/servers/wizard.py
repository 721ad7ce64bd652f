"""Add Node: as Failover Cluster Manager has it, and before that a server is brought in with what one chooses for it."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.gui.actions.desk import Desk
from hvgui.gui.objects import node_ref
from hvgui.gui.servers import draft as drafts
from hvgui.gui.servers.cables_page import CablesPage
from hvgui.gui.servers.draft import AddDraft
from hvgui.gui.servers.ending_pages import ConfirmationPage, JoinValidationPage, OfferPage, ProgressPage
from hvgui.gui.servers.server_pages import HardwarePage, ServerPage
from hvgui.gui.validation.running_page import Prepared
from hvgui.gui.wizard.frame import Wizard
from hvgui.gui.wizard.page import WizardPage
from hvgui.gui.words import tr
from hvgui.lab.validation.running import Plan
from hvgui.requests.node_service import AddNode
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request


class AddNodeWizard(Wizard):
    """Beside the window, which goes on. Closed with the lab."""

    def __init__(self, desk: Desk, known: NodeId | None = None) -> None:
        super().__init__(tr("Add Node to {cluster}", cluster=desk.cluster.name), "add node wizard", desk.parent)
        self._desk = desk
        cluster = desk.cluster
        self.draft: AddDraft = drafts.first_draft(cluster)
        self._unread = ""
        self.servers = ServerPage(cluster, self)
        self.hardware, self.cables = HardwarePage(cluster, self), CablesPage(cluster, self)
        self.offer = OfferPage(self)
        self.validation = JoinValidationPage(self._prepared, self.offer)
        self.confirmation = ConfirmationPage(self._summary, self.blocked)
        self.progress = ProgressPage(desk, self._asked)
        self.hardware.show_server(self.draft.server)
        self.cables.show_server(self.draft.server)
        if known is not None:
            self.servers.choose_known(known)
        for page in (self.servers, self.hardware, self.cables):
            page.changed.connect(self._follow)
        self._follow()
        self.accepted.connect(self._show_node)
        self.resize(880, 580)
        endings: tuple[WizardPage, ...] = (self.offer, self.validation, self.confirmation, self.progress)
        self.begin((self.servers, self.hardware, self.cables, *endings))

    def blocked(self) -> str:
        """Why it can't be done as it is drafted, a sentence; empty: it can."""
        if self._unread or self._desk.past_reason:
            return self._unread or self._desk.past_reason
        found = blockers(drafts.problems(self.draft, self._desk.cluster))
        return str(found[0]) if found else ""

    def _follow(self) -> None:
        """The draft as the pages have it now."""
        draft, self._unread = self.servers.applied(self.draft), ""
        if draft.known is None:
            try:
                draft = replace(draft, server=self.cables.applied(self.hardware.applied(draft.server)))
            except ValueError as error:
                self._unread = f"{str(error)[:1].upper()}{str(error)[1:]}."
        self.draft = draft
        if self.has_begun:
            self.recheck()

    def _prepared(self) -> Prepared:
        """A copy of the cluster in which the server is a node that is up; its report is not the lab's own."""
        draft, cluster = self.draft, self._desk.cluster
        joined: Cluster = drafts.joined(draft, cluster)
        time_ns = self._desk.bridge.time_ns if self._desk.bridge is not None else 0
        return lambda: joined, Plan(lab_time_ns=time_ns), None

    def _summary(self) -> tuple[list[str], tuple[str, ...], str]:
        """Lines, warnings, and the commands."""
        draft, cluster = self.draft, self._desk.cluster
        if self.blocked():
            return [], (), ""
        after = drafts.brought_in(draft, cluster)
        # A node that is not there yet has no name in the cluster as it is.
        worlds = ((one, after if isinstance(one, AddNode) else cluster) for one in draft.requests(cluster))
        powershell = "\n".join(one.powershell(world) for one, world in worlds)
        return drafts.said(draft, cluster), drafts.warnings(drafts.problems(draft, cluster)), powershell

    def _asked(self) -> tuple[NodeId, str, tuple[Request, ...]]:
        """The server's number and name, and what is asked for."""
        draft, cluster = self.draft, self._desk.cluster
        node = draft.node(cluster)
        return node, drafts.brought_in(draft, cluster).nodes[node].name, draft.requests(cluster)

    def recheck(self) -> None:
        """See Wizard.recheck; what has been asked for is not called off here."""
        super().recheck()
        self.cancel.setVisible(self.page is not self.progress)

    def _show_node(self) -> None:
        node, facts = self.progress.node, self._desk.facts
        if node is not None and facts is not None and node in self._desk.cluster.nodes:
            # The tree may be a few moments behind the cluster.
            facts.flush()
            self._desk.window.reveal(node_ref(node))

    def done(self, result: int) -> None:
        """Nothing goes on behind a closed wizard but what was asked for."""
        self.validation.work.close()
        self.progress.send_rest()
        super().done(result)
