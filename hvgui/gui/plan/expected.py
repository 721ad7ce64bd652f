"""What a plan reckons with: where everybody is, and which nodes take part. What differs from it when a round is to
begin is said before anything is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from hvgui.cluster.balance_plan import PlannedMove
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.nodes import Node
from hvgui.gui.node_words import node_state
from hvgui.gui.wording import node_name, vm_state
from hvgui.gui.words import counted, tr

MOST_SAID = 4
"""So many differences are told one by one."""


class Expected:
    """The cluster as the plan knows it, moved on by the plan's own moves."""

    def __init__(self, cluster: Cluster) -> None:
        self._place: dict[VmId, NodeId] = {}
        self._names: dict[VmId, str] = {}
        self._nodes: dict[NodeId, tuple[str, bool, bool, int]] = {}
        self.take(cluster)

    def take(self, cluster: Cluster) -> None:
        """From now on this is what is reckoned with."""
        running = [vm for vm in cluster.vms.values() if vm.state.holds_memory]
        self._place = {vm.id: vm.owner for vm in running}
        self._names = {vm.id: vm.name for vm in running}
        self._nodes = {node.id: _of_node(node) for node in cluster.nodes.values()}

    def moved(self, moves: Iterable[PlannedMove]) -> None:
        """Moves of the plan have been made."""
        for move in moves:
            self._place[move.vm] = move.target

    def differences(self, cluster: Cluster, under_way: Iterable[VmId] = ()) -> tuple[str, ...]:
        """What is otherwise now, in sentences, nodes first. `under_way`: VMs that the plan itself moves just now."""
        return (*self._of_nodes(cluster), *self._of_vms(cluster, frozenset(under_way)))

    def _of_nodes(self, cluster: Cluster) -> Iterable[str]:
        for node in cluster.nodes.values():
            known = self._nodes.get(node.id)
            if known is None:
                yield tr("{node} has joined.", node=node.name)
            elif known[1:3] != (node.is_up, node.takes_vms):
                yield tr("{node} is {state} now.", node=node.name, state=node_state(node).lower())
            elif known[3] != node.memory_bytes:
                yield tr("The memory of {node} is another.", node=node.name)
        for node_id, (name, *_) in self._nodes.items():
            if node_id not in cluster.nodes:
                yield tr("{node} is gone.", node=name)

    def _of_vms(self, cluster: Cluster, under_way: frozenset[VmId]) -> Iterable[str]:
        for vm, place in self._place.items():
            record = cluster.vms.get(vm)
            if vm in under_way:
                continue
            if record is None:
                yield tr("{vm} is gone.", vm=self._names[vm])
            elif not record.state.holds_memory:
                yield tr("{vm} is {state} now.", vm=record.name, state=vm_state(record).lower())
            elif record.owner != place:
                yield tr("{vm} is on {node} now.", vm=record.name, node=node_name(cluster, record.owner))
        for record in cluster.vms.values():
            if record.state.holds_memory and record.id not in self._place:
                yield tr("{vm} runs on {node} now.", vm=record.name, node=node_name(cluster, record.owner))


def _of_node(node: Node) -> tuple[str, bool, bool, int]:
    return node.name, node.is_up, node.takes_vms, node.memory_bytes


def told(differences: tuple[str, ...]) -> str:
    """Differences as one text, the first few one by one."""
    more = len(differences) - MOST_SAID
    said = list(differences[:MOST_SAID])
    if more > 0:
        said.append(counted(more, "And {count} more.", "And {count} more."))
    return " ".join(said)
