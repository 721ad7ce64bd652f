"""What a row of the tree says: name, state in words, icon, tool tip."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, SanId, VmId, VolumeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.tasks import TaskState
from hvgui.cluster.units import format_bytes, format_link_speed
from hvgui.gui.copies.identity_words import conflict_words
from hvgui.gui.facts import Facts
from hvgui.gui.network.words import link_look, link_state, network_state, network_tint
from hvgui.gui.node_words import node_look
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.storage.words import lun_words, use_words, volume_words
from hvgui.gui.tips.words import OVERLOADED_ICON, badge_words, is_overloaded, node_words, short_node_words
from hvgui.gui.wording import BRANCHES, is_pending, node_name, ref_name, task_step, vm_doing, vm_icon, vm_state
from hvgui.gui.words import counted, tr


def cell_text(facts: Facts, ref: Ref, column: int) -> str:
    """The text of a row: its name, or its state."""
    return ref_name(facts.cluster, ref) if column == 0 else state_text(facts, ref)


def state_text(facts: Facts, ref: Ref) -> str:
    """The state in words, or how many there are of what a branch holds."""
    cluster = facts.cluster
    match ref.kind:
        case Kind.VM:
            return _vm_text(facts, ref.vm)
        case Kind.NODE:
            return short_node_words(cluster, ref.node)
        case Kind.LINK:
            link = cluster.links[ref.link]
            return link_state(link) if not link.up or link.heartbeat_loss else format_link_speed(link.bytes_per_second)
        case Kind.CLUSTER:
            return badge_words(cluster) if facts.standing.active else tr("Stopped: no quorum")
        case _:
            return _thing_text(facts, ref)


def _vm_text(facts: Facts, vm: VmId) -> str:
    record = facts.cluster.vms[vm]
    task = facts.cluster.tasks.get(record.task) if record.task is not None else None
    if task is not None and task.kind.is_migration:
        return task_step(facts, task)
    return vm_state(record)


def _thing_text(facts: Facts, ref: Ref) -> str:
    cluster = facts.cluster
    numbers = {
        Kind.SERVICES: len(cluster.vms),
        Kind.NODES: len(cluster.nodes),
        Kind.STORAGE: len(cluster.luns),
        Kind.VOLUMES: len(cluster.volumes),
        Kind.NETWORKS: len(cluster.networks),
    }
    if ref.kind in numbers:
        return f"{numbers[ref.kind]:,}"
    if ref.kind is Kind.VOLUME:
        return volume_words(cluster, cluster.volumes[VolumeId(ref.number)])[0]
    if ref.kind is Kind.LUN:
        lun = cluster.luns[LunId(ref.number)]
        words, tone = lun_words(cluster, lun)
        return format_bytes(lun.size_bytes) if tone == "good" else words
    if ref.kind is Kind.NETWORK:
        return network_state(cluster, ref.network)
    if ref.kind is Kind.SAN:
        return "" if cluster.sans[SanId(ref.number)].up else tr("Failed")
    return ""


def cell_icon(facts: Facts, ref: Ref) -> tuple[str, str]:
    """Name and tint of the icon of a row."""
    cluster = facts.cluster
    match ref.kind:
        case Kind.VM:
            return vm_icon(cluster, cluster.vms[ref.vm])
        case Kind.NODE:
            is_hot = is_overloaded(cluster, ref.node)
            return OVERLOADED_ICON if is_hot else node_look(cluster.nodes[ref.node])
        case Kind.LINK:
            return link_look(cluster.links[ref.link])
        case Kind.CLUSTER:
            return ("sitemap", "accent" if facts.standing.active else "bad")
        case _:
            return _thing_icon(cluster, ref)


def _thing_icon(cluster: Cluster, ref: Ref) -> tuple[str, str]:
    if ref.kind is Kind.NETWORK:
        return ("network", network_tint(cluster, ref.network))
    if ref.kind in (Kind.VOLUME, Kind.LUN, Kind.SAN):
        return _storage_icon(cluster, ref)
    return (BRANCHES[ref.kind][1], "muted")


def _storage_icon(cluster: Cluster, ref: Ref) -> tuple[str, str]:
    if ref.kind is Kind.VOLUME:
        tone = volume_words(cluster, cluster.volumes[VolumeId(ref.number)])[1]
        return ("stack-2", "text" if tone == "good" else tone)
    if ref.kind is Kind.LUN:
        tone = lun_words(cluster, cluster.luns[LunId(ref.number)])[1]
        return ("device-sd-card", "text" if tone == "good" else tone)
    return ("database", "text" if cluster.sans[SanId(ref.number)].up else "bad")


def is_quiet(facts: Facts, ref: Ref) -> bool:
    """Whether the name is written in the muted colour: what stands still or is down."""
    if ref.kind is Kind.VM:
        return facts.cluster.vms[ref.vm].state in (VmState.OFF, VmState.SAVED)
    return ref.kind is Kind.NODE and facts.cluster.nodes[ref.node].state is NodeState.DOWN


def tool_tip(facts: Facts, ref: Ref) -> str:
    """A line or two more than the row has place for."""
    cluster = facts.cluster
    if ref.kind is Kind.VM:
        vm = cluster.vms[ref.vm]
        lines = [
            tr("{name} – {state} on {node}", name=vm.name, state=vm_state(vm), node=node_name(cluster, vm.owner)),
            vm_doing(facts, vm),
            conflict_words(cluster, vm),
            tr("It starts by itself as soon as a node takes it.") if is_pending(vm) else "",
            vm.notes,
        ]
        return "\n".join(line for line in lines if line)
    if ref.kind is Kind.NODE:
        node = cluster.nodes[ref.node]
        running = sum(task.state is TaskState.RUNNING for task in cluster.tasks_on(ref.node))
        vms = counted(len(cluster.vms_on(ref.node)), "{count} VM", "{count} VMs")
        return tr("{name} – {state}, {vms}", name=node.name, state=node_words(cluster, ref.node), vms=vms) + (
            "\n" + counted(running, "{count} task under way", "{count} tasks under way") if running else ""
        )
    if ref.kind is Kind.VOLUME:
        volume = cluster.volumes[VolumeId(ref.number)]
        coordinator = node_name(cluster, volume.coordinator)
        state = volume_words(cluster, volume)[0]
        return tr("{path} – {state}, coordinated by {node}", path=volume.path, state=state, node=coordinator)
    if ref.kind is Kind.LUN:
        lun = cluster.luns[LunId(ref.number)]
        owner = tr("nobody") if lun.owner is None else node_name(cluster, lun.owner)
        return tr("{name} – {use}, owned by {node}", name=lun.name, use=use_words(lun), node=owner)
    return ref_name(cluster, ref)
