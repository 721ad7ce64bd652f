"""What a command finds on the desk: the lab, what is chosen, and the window's doings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.tasks import TaskKind
from hvgui.gui.objects import Kind, Ref
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from hvgui.gui.actions.command import Command
    from hvgui.gui.bridge import Bridge
    from hvgui.gui.facts import Facts
    from hvgui.gui.theme import Theme
    from hvgui.gui.timeline.past import Past


class Window(Protocol):
    """What commands ask of the main window."""

    theme: Theme

    def open_dialog(self) -> None:
        """Asks for a lab or inventory and opens it."""

    def open_path(self, path: str) -> None:
        """Opens a lab or an inventory."""

    def open_sample(self, name: str) -> None:
        """Begins a new lab on a sample."""

    def create_lab(self) -> None:
        """Opens the wizard that makes a lab."""

    def save_as_dialog(self) -> None:
        """Asks for a name and keeps the lab there."""

    def focus_filter(self) -> None:
        """Puts the cursor into the filter of the tree."""

    def next_pane(self) -> None:
        """The keyboard goes on to the next pane."""

    def show_palette(self) -> None:
        """Opens the command palette."""

    def show_shortcuts(self) -> None:
        """Lists the shortcuts."""

    def show_about(self) -> None:
        """Says what this is."""

    def show_guide(self) -> None:
        """Opens the user guide."""

    def show_news(self) -> None:
        """Says what is new in this version."""

    def show_report(self) -> None:
        """Shows what goes into the report of a fault."""

    def panes(self) -> tuple[tuple[str, str, bool], ...]:
        """Each pane: id, title, whether it is shown."""

    def toggle_pane(self, pane: str) -> None:
        """Shows or hides a pane."""

    def reset_layout(self) -> None:
        """Puts every pane where it was at first."""

    def expand_tree(self, expanded: bool) -> None:
        """Opens or closes every branch."""

    def reveal(self, ref: Ref) -> None:
        """Chooses an object in the tree and shows it."""

    def show_tab(self, ref: Ref, tab: str) -> None:
        """Chooses an object in the tree and brings one of its tabs to the front."""

    def carry_out(self, command: Command) -> None:
        """Gives a command on what is chosen."""

    def ask_migration(self, vms: tuple[VmId, ...], kind: TaskKind, target: NodeId | None) -> None:
        """Opens the migrate dialog."""

    def compare_migrations(self, vm: VmId) -> None:
        """Shows live and quick migration of a VM side by side."""

    def ask_load(self, vms: tuple[VmId, ...]) -> None:
        """Opens the dialog for the load of guests."""

    def ask_clients(self, vms: tuple[VmId, ...]) -> None:
        """Opens the dialog for the clients of VMs."""

    def ask_link_speed(self, links: tuple[Ref, ...]) -> None:
        """Opens the dialog for a link's speed."""

    def ask_go_on(self) -> None:
        """Asks for the name of a branch that goes on from the moment looked at."""

    def show_branches(self) -> None:
        """Shows the branches of the lab."""

    def go_to_mark(self, *, forward: bool) -> None:
        """Shows the next marked moment, or the one before."""

    def recover_dialog(self) -> None:
        """Asks for a damaged lab, and where to put what can be read of it."""

    def import_vm(self, path: str, target: NodeId | None) -> None:
        """Opens the import wizard; with a path it begins with what is in it."""

    def say(self, text: str, tone: str = "info") -> None:
        """A notice under the tool bar: `info`, `warning` or `bad`."""

    def copy_text(self, text: str, said: str) -> None:
        """Puts text on the clipboard and says so."""

    def close_window(self) -> None:
        """Ends."""


class Desk:
    """Handed to every command. There is no lab on it while one is being opened."""

    def __init__(self, window: Window, parent: QWidget) -> None:
        self.window = window
        self.parent = parent
        self.bridge: Bridge | None = None
        self.facts: Facts | None = None
        self.past: Past | None = None
        self.snapshot: tuple[VmId, int] | None = None
        """The snapshot that is chosen in the tab of its VM; number 0: that is "Now"."""
        self._refs: tuple[Ref, ...] = ()
        self._by_kind: dict[Kind, tuple[Ref, ...]] = {}
        self.sent_powershell: list[str] = []
        """What the requests sent from this window would be on a real cluster, oldest first."""

    @property
    def cluster(self) -> Cluster:
        """The mirror of the lab's cluster. Raises RuntimeError where no lab is open."""
        if self.bridge is None:
            raise RuntimeError("no lab is open")
        return self.bridge.cluster

    @property
    def one_vm(self) -> VmId | None:
        """The VM that is chosen; None where it is not exactly one that is there."""
        vms = self.vms()
        return vms[0] if self.has_lab and len(vms) == 1 and vms[0] in self.cluster.vms else None

    @property
    def has_lab(self) -> bool:
        """Whether a lab is open."""
        return self.bridge is not None

    @property
    def past_reason(self) -> str:
        """Why nothing can be changed now: the past is shown. Empty in the present."""
        return self.past.reason if self.past is not None else ""

    @property
    def refs(self) -> tuple[Ref, ...]:
        """What is chosen."""
        return self._refs

    @refs.setter
    def refs(self, refs: tuple[Ref, ...]) -> None:
        self._refs = refs
        self._by_kind = {}
        for kind in {ref.kind for ref in refs}:
            self._by_kind[kind] = tuple(ref for ref in refs if ref.kind is kind)

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of what is chosen."""
        return frozenset(self._by_kind)

    def chosen(self, kinds: frozenset[Kind]) -> tuple[Ref, ...]:
        """What is chosen of these kinds."""
        found = [refs for kind, refs in self._by_kind.items() if kind in kinds]
        return found[0] if len(found) == 1 else tuple(ref for refs in found for ref in refs)

    def vms(self) -> tuple[VmId, ...]:
        """The chosen VMs."""
        return tuple(ref.vm for ref in self._by_kind.get(Kind.VM, ()))

    def submit(self, requests: tuple[Request, ...]) -> None:
        """Sends requests, one after the other; refusals come back as a notice."""
        if self.bridge is None:
            return
        for request in requests:
            self.bridge.submit(request)
