"""What the cluster as a whole would lose by requests: quorum, nodes, and VMs that find no other node. Asked of the same
rules that the engine follows, on a copy of the mirror."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster, Record
from hvgui.cluster.hearing import is_alive
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import Priority, VirtualMachine, VmState
from hvgui.cluster.membership import Standing, dealt_votes, standing
from hvgui.cluster.nodes import Node, NodeState
from hvgui.gui.words import counted, tr
from hvgui.requests.faults import CrashNode, CutLink
from hvgui.requests.misconfigurations import MisconfigureNode
from hvgui.requests.network_faults import FailWitnessShare
from hvgui.requests.node_service import EvictNode, StopClusterService
from hvgui.requests.placement import Rooms, place
from hvgui.requests.request import Request
from hvgui.requests.storage_faults import FailLun, FailSan
from hvgui.requests.storage_names import vm_names

_MOST_PLACED = 1_000
"""Of more VMs than this nobody is told beforehand where they go."""


def consequences(cluster: Cluster, requests: Sequence[Request]) -> tuple[str, ...]:
    """Sentences on what is lost; none where nothing is."""
    changed = _changed(cluster, requests)
    if changed is None:
        return ()
    before, after = standing(cluster), standing(changed)
    return (*_of_quorum(cluster, changed, before, after), *_of_vms(cluster, changed, requests, after))


def stops_nodes(cluster: Cluster, requests: Sequence[Request]) -> bool:
    """Whether nodes other than those asked for would be no part of the cluster any more."""
    changed = _changed(cluster, requests)
    return changed is not None and bool(_cut_off(changed, standing(cluster), standing(changed)))


def _changed(cluster: Cluster, requests: Sequence[Request]) -> Cluster | None:
    """The cluster as the requests would leave it; None where they have nothing to do with its membership."""
    changed: Cluster | None = None
    for request in requests:
        for record in _records(cluster if changed is None else changed, request):
            changed = cluster.fork() if changed is None else changed
            changed.put(record)
    return changed


def _records(cluster: Cluster, request: Request) -> Iterator[Record]:
    match request:
        case CrashNode():
            yield replace(cluster.nodes[request.node], state=NodeState.DOWN)
        case StopClusterService():
            yield from _goodbye(cluster, replace(cluster.nodes[request.node], state=NodeState.DOWN))
        case MisconfigureNode():
            yield request.changed(cluster)
        case EvictNode():
            gone = replace(cluster.nodes[request.node], state=NodeState.DOWN, is_member=False)
            yield from _goodbye(cluster, gone)
        case CutLink():
            yield replace(cluster.links[(request.node, request.network)], up=False)
        case FailLun():
            yield replace(cluster.luns[request.lun], up=False)
        case FailSan():
            yield replace(cluster.sans[request.san], up=False)
        case FailWitnessShare():
            yield replace(cluster.quorum, share_up=False)


def _goodbye(cluster: Cluster, gone: Node) -> Iterator[Record]:
    """Who says goodbye leaves its vote to the others where quorum is dynamic."""
    active = standing(cluster).active
    stay = [node for node in active if node != gone.id] if gone.id in active else ()
    for record in dealt_votes(cluster, stay):
        if isinstance(record, Node) and record.id == gone.id:
            gone = replace(gone, has_vote=record.has_vote)
        else:
            yield record
    yield gone


def _cut_off(changed: Cluster, before: Standing, after: Standing) -> tuple[NodeId, ...]:
    """Living nodes that would be part of the cluster no more."""
    return tuple(node for node in before.active if is_alive(changed, node) and node not in after.active)


def _of_quorum(cluster: Cluster, changed: Cluster, before: Standing, after: Standing) -> Iterator[str]:
    if not before.active:
        return
    if not after.active:
        yield tr(
            "The whole cluster stops: {tally}. Every clustered VM of {cluster} stops with it.",
            tally=after.tally,
            cluster=cluster.name,
        )
        return
    cut_off = _cut_off(changed, before, after)
    if cut_off:
        names = ", ".join(cluster.nodes[node].name for node in cut_off[:4])
        vms = sum(len(cluster.vms_on(node)) for node in cut_off)
        yield tr(
            "{names}: cut off from the others, so the cluster service stops there, and {vms} with it.",
            names=names,
            vms=counted(vms, "{count} VM", "{count} VMs"),
        )
    if after.tally.spare == 0 and before.tally.spare > 0:
        yield tr("The cluster goes on with {tally}.", tally=after.tally)


def _of_vms(cluster: Cluster, changed: Cluster, requests: Sequence[Request], after: Standing) -> Iterator[str]:
    """Which of the VMs on nodes that are crashed would find no other node."""
    crashed = [request.node for request in requests if isinstance(request, CrashNode)]
    if not crashed or not after.active:
        return
    lost = [cluster.vms[vm] for node in crashed for vm in cluster.vms_on(node)]
    lost = [vm for vm in lost if vm.highly_available and vm.state.holds_memory]
    if len(lost) <= _MOST_PLACED:
        homeless = [vm.id for vm in _homeless(changed, lost)]
        if homeless:
            yield tr("No other node takes {vms}; they wait.", vms=vm_names(cluster, homeless))


def _homeless(changed: Cluster, lost: Sequence[VirtualMachine]) -> Iterator[VirtualMachine]:
    """VMs that no node takes, when they are placed one after the other as the cluster would."""
    for vm in lost:
        changed.put(replace(vm, state=VmState.CRITICAL, assigned_bytes=0))
    rooms = Rooms(changed)
    for vm in sorted(lost, key=lambda one: (-one.priority, one.id)):
        if vm.priority is Priority.NO_AUTO_START:
            continue
        found = place(changed, (changed.vms[vm.id],), rooms=rooms).node
        if found is None:
            yield vm
        else:
            needed = vm.memory.settings.startup_bytes
            changed.put(replace(vm, owner=found, state=VmState.STARTING, assigned_bytes=needed))
            rooms.placed(found)
