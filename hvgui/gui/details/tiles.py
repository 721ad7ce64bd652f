"""The few figures at the head of the details: what one wants to know of an object at a glance."""

from __future__ import annotations

from dataclasses import dataclass

from hvgui.cluster.ids import LunId, SanId, VolumeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.units import format_bytes, format_link_speed, format_rate, format_seconds
from hvgui.gui.copies.identity_words import conflict_in_short
from hvgui.gui.facts import Facts
from hvgui.gui.figures import count_or_dash, figure, percent, rate_or_dash, size_or_dash
from hvgui.gui.network.words import link_state, role_of
from hvgui.gui.node_words import node_tone
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.quorum.votes import standing_words
from hvgui.gui.states import NODE_STATES
from hvgui.gui.storage.words import lun_words, volume_words
from hvgui.gui.tables.network_columns import latency_text
from hvgui.gui.tables.node_columns import memory_used_bytes, node_cpu
from hvgui.gui.tips.words import node_words
from hvgui.gui.wording import is_pending, node_name, vm_doing, vm_state
from hvgui.gui.words import tr


@dataclass(frozen=True)
class Tile:
    """A caption and a figure; `tone` is `good`, `warning`, `bad` or empty."""

    caption: str
    figure: str
    tone: str = ""


def subtitle(facts: Facts, ref: Ref) -> str:
    """One line under the name."""
    cluster = facts.cluster
    match ref.kind:
        case Kind.CLUSTER:
            what = tr("Failover cluster in {domain}, {profile}", domain=cluster.domain, profile=cluster.profile.name)
            return f"{what} – {standing_words(cluster, facts.standing)}"
        case Kind.VM:
            vm = cluster.vms[ref.vm]
            where = tr("{state} on {node}", state=vm_state(vm), node=node_name(cluster, vm.owner))
            doing = vm_doing(facts, vm) or conflict_in_short(cluster, vm)
            return f"{where} – {doing}" if doing else where
        case Kind.NODE:
            node = cluster.nodes[ref.node]
            return tr("{state}, {processor}", state=node_words(cluster, ref.node), processor=node.processor.model)
        case _:
            return _thing_subtitle(facts, ref)


def _thing_subtitle(facts: Facts, ref: Ref) -> str:
    cluster = facts.cluster
    match ref.kind:
        case Kind.VOLUME:
            return cluster.volumes[VolumeId(ref.number)].path
        case Kind.LUN:
            return tr(cluster.luns[LunId(ref.number)].use.value.capitalize())
        case Kind.NETWORK:
            return role_of(cluster.networks[ref.network])
        case Kind.LINK:
            return cluster.links[ref.link].adapter
        case _:
            return tr("of {cluster}", cluster=cluster.name)


def tiles(facts: Facts, ref: Ref) -> tuple[Tile, ...]:
    """At most five figures."""
    match ref.kind:
        case Kind.CLUSTER | Kind.SERVICES | Kind.NODES:
            return _cluster(facts)
        case Kind.VM:
            return _vm(facts, ref)
        case Kind.NODE:
            return _node(facts, ref)
        case _:
            return _thing(facts, ref)


def _cluster(facts: Facts) -> tuple[Tile, ...]:
    cluster = facts.cluster
    up = sum(node.is_up for node in cluster.nodes.values())
    saving = sum(node.saves_power for node in cluster.nodes.values())
    running, critical = facts.states[VmState.RUNNING], facts.states[VmState.CRITICAL]
    whole = sum(node.memory_for_vms_bytes for node in cluster.nodes.values() if node.is_up)
    used = sum(cluster.assigned_bytes_on(node) for node in cluster.nodes)
    migrating = sum(task.kind.is_migration for task in cluster.tasks.values())
    return (
        Tile(
            tr("Nodes up"),
            tr("{up} of {all}", up=up, all=len(cluster.nodes)),
            "bad" if up + saving < len(cluster.nodes) else "",
        ),
        Tile(tr("VMs running"), tr("{running} of {all}", running=f"{running:,}", all=f"{len(cluster.vms):,}")),
        Tile(tr("VMs critical"), f"{critical:,}", "bad" if critical else ""),
        Tile(tr("Memory assigned"), tr("{used} of {whole}", used=format_bytes(used), whole=format_bytes(whole))),
        Tile(tr("Migrations"), f"{migrating:,}"),
    )


def _vm(facts: Facts, ref: Ref) -> tuple[Tile, ...]:
    vm, sample = facts.cluster.vms[ref.vm], facts.sample
    running = vm.state.holds_memory and sample is not None
    cpu = figure(sample.vm_cpu_share, ref.number) if running and sample is not None else -1.0
    demand = figure(sample.vm_memory_demand_bytes, ref.number) if running and sample is not None else -1.0
    tone = "warning" if is_pending(vm) else _VM_TONES.get(vm.state, "")
    return (
        Tile(tr("State"), vm_state(vm), tone),
        Tile(tr("CPU usage"), percent(cpu)),
        Tile(tr("Assigned memory"), size_or_dash(vm.assigned_bytes or -1)),
        Tile(tr("Memory demand"), size_or_dash(demand)),
        Tile(tr("Owner node"), node_name(facts.cluster, vm.owner)),
    )


_VM_TONES = {
    VmState.RUNNING: "good",
    VmState.PAUSED: "warning",
    VmState.PAUSED_CRITICAL: "bad",
    VmState.CRITICAL: "bad",
}


def _node(facts: Facts, ref: Ref) -> tuple[Tile, ...]:
    cluster, node, sample = facts.cluster, facts.cluster.nodes[ref.node], facts.sample
    sent = figure(sample.node_sent_bytes_per_second if sample else None, ref.number)
    received = figure(sample.node_received_bytes_per_second if sample else None, ref.number)
    used = memory_used_bytes(facts, ref)
    return (
        Tile(tr("State"), tr(NODE_STATES[node.state]), node_tone(node)),
        Tile(tr("CPU usage"), percent(node_cpu(facts, ref))),
        Tile(
            tr("Memory in use"), tr("{used} of {whole}", used=format_bytes(used), whole=format_bytes(node.memory_bytes))
        ),
        Tile(tr("VMs"), f"{len(cluster.vms_on(ref.node)):,}"),
        Tile(tr("Network"), tr("↑ {sent}  ↓ {received}", sent=rate_or_dash(sent), received=rate_or_dash(received))),
    )


def _thing(facts: Facts, ref: Ref) -> tuple[Tile, ...]:
    cluster = facts.cluster
    match ref.kind:
        case Kind.VOLUME:
            volume = cluster.volumes[VolumeId(ref.number)]
            return (
                Tile(tr("State"), *volume_words(cluster, volume)),
                Tile(tr("Coordinator"), node_name(cluster, volume.coordinator)),
                Tile(tr("Capacity"), format_bytes(volume.size_bytes)),
                Tile(tr("Free"), format_bytes(max(0, volume.size_bytes - volume.used_bytes))),
            )
        case Kind.SAN:
            san = cluster.sans[SanId(ref.number)]
            return (
                Tile(tr("Bandwidth"), format_rate(san.bytes_per_second)),
                Tile(tr("Latency"), format_seconds(san.latency_seconds)),
                Tile(tr("Operations"), tr("{iops} a second", iops=f"{san.iops:,.0f}")),
                Tile(tr("State"), tr("Up") if san.up else tr("Down"), "good" if san.up else "bad"),
            )
        case Kind.LUN:
            lun = cluster.luns[LunId(ref.number)]
            owner = tr("none") if lun.owner is None else node_name(cluster, lun.owner)
            return (
                Tile(tr("State"), *lun_words(cluster, lun)),
                Tile(tr("Owner node"), owner),
                Tile(tr("Capacity"), format_bytes(lun.size_bytes)),
                *_lun_figures(facts, ref),
            )
        case _:
            return _net(facts, ref)


def _lun_figures(facts: Facts, ref: Ref) -> tuple[Tile, ...]:
    """What goes on there at the moment."""
    sample = facts.sample
    iops = figure(sample.lun_iops if sample is not None else None, ref.number)
    latency = figure(sample.lun_latency_seconds if sample is not None else None, ref.number)
    waits = format_seconds(latency) if latency > 0 else "–"
    return (Tile(tr("IOPS"), count_or_dash(iops)), Tile(tr("Latency"), waits))


def _net(facts: Facts, ref: Ref) -> tuple[Tile, ...]:
    cluster = facts.cluster
    if ref.kind is Kind.NETWORK:
        links = [link for link in cluster.links.values() if link.network == ref.network]
        cut = sum(not link.up for link in links)
        return (
            Tile(tr("Address"), cluster.networks[ref.network].address or "–"),
            Tile(tr("Links"), str(len(links))),
            Tile(tr("Cut"), str(cut), "bad" if cut else ""),
        )
    if ref.kind is Kind.LINK:
        link = cluster.links[ref.link]
        return (
            Tile(tr("State"), link_state(link), "good" if link.up else "bad"),
            Tile(tr("Speed"), format_link_speed(link.bytes_per_second)),
            Tile(tr("Latency"), latency_text(link.latency_seconds)),
            Tile(tr("Address"), link.address or "–"),
        )
    return ()
