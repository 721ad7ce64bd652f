"""The properties of an object in words, by section: what does not move from second to second."""

from __future__ import annotations

from hvgui.cluster.dynamic_memory import why_it_stands
from hvgui.cluster.ids import LunId, SanId, VolumeId
from hvgui.cluster.load import CurveKind, LoadCurve
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage import VirtualDisk
from hvgui.cluster.units import format_bytes, format_link_speed, format_rate, format_seconds
from hvgui.gui.copies.identity_words import identity_rows
from hvgui.gui.facts import Facts
from hvgui.gui.failover.words import failover_rows
from hvgui.gui.network.words import link_state, role_of
from hvgui.gui.node_words import node_state
from hvgui.gui.nodes.setup_words import setup_words, virtualisation_words
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.power.words import is_of_interest, power_rows
from hvgui.gui.processors.words import integration_rows, slat_words, vcpu_words
from hvgui.gui.quorum.heartbeat_words import heartbeat_rows, heartbeat_sentence
from hvgui.gui.quorum.votes import standing_words, vote_of
from hvgui.gui.storage import properties as storage_properties
from hvgui.gui.storage.words import path_words
from hvgui.gui.tables.vm_columns import clients_of, storage_of
from hvgui.gui.tips.summary import watch_sections
from hvgui.gui.wording import node_name, uptime, vm_state
from hvgui.gui.words import tr

Section = tuple[str, tuple[tuple[str, str], ...]]
"""A heading, and captions with their values."""

CURVES = {
    CurveKind.CONSTANT: "constant",
    CurveKind.DAILY: "by day and night",
    CurveKind.BURSTY: "in bursts",
    CurveKind.RAMP: "rising",
    CurveKind.RECORDED: "recorded",
}


def properties(facts: Facts, ref: Ref) -> tuple[Section, ...]:
    """Every section of an object."""
    match ref.kind:
        case Kind.VM:
            return _vm(facts, facts.cluster.vms[ref.vm])
        case Kind.NODE:
            return _node(facts, ref)
        case Kind.CLUSTER:
            return _cluster(facts)
        case _:
            return _thing(facts, ref)


def _vm(facts: Facts, vm: VirtualMachine) -> tuple[Section, ...]:
    cluster = facts.cluster
    return (
        (
            tr("General"),
            (
                (tr("State"), vm_state(vm)),
                (tr("Uptime"), uptime(facts, vm) or "–"),
                (tr("Owner node"), node_name(cluster, vm.owner)),
                (tr("Highly available"), _yes(vm.highly_available)),
                (tr("Tags"), ", ".join(vm.tags) or tr("none")),
                (tr("Notes"), vm.notes or tr("none")),
                (tr("Unique ID"), vm.guid),
            ),
        ),
        (tr("Failover"), failover_rows(facts, vm)),
        (tr("Memory"), (*_memory(vm), *_why_memory_stands(facts, vm))),
        (tr("Processor and guest"), (*_guest(vm), *identity_rows(cluster, vm))),
        (tr("Integration"), integration_rows(vm)),
        (
            tr("Storage"),
            (*map(_disk, vm.disks), (tr("Lies on"), storage_of(facts, vm))),
        ),
        (tr("Network and clients"), _network(facts, vm)),
    )


def _memory(vm: VirtualMachine) -> tuple[tuple[str, str], ...]:
    settings = vm.memory.settings
    rows = [
        (tr("Startup"), format_bytes(settings.startup_bytes)),
        (tr("Assigned"), format_bytes(vm.assigned_bytes) if vm.assigned_bytes else tr("none")),
        (tr("Dynamic memory"), _yes(settings.dynamic)),
    ]
    if settings.dynamic:
        rows += [
            (tr("Minimum"), format_bytes(settings.least_bytes)),
            (tr("Maximum"), format_bytes(settings.most_bytes)),
            (tr("Buffer"), f"{settings.buffer_percent} %"),
            (tr("Weight"), str(settings.weight)),
        ]
    rows += [
        (
            tr("Region {name}", name=region.name),
            tr(
                "{size}, written at {rate}, {pattern}",
                size=format_bytes(region.size_bytes),
                rate=format_rate(region.write_bytes_per_second),
                pattern=tr(region.pattern.value),
            ),
        )
        for region in vm.memory.regions
    ]
    return tuple(rows)


def _why_memory_stands(facts: Facts, vm: VirtualMachine) -> tuple[tuple[str, str], ...]:
    why = why_it_stands(facts.cluster, vm)
    return ((tr("Why it stands"), why),) if why else ()


def _guest(vm: VirtualMachine) -> tuple[tuple[str, str], ...]:
    load = vm.load
    return (
        (tr("Virtual processors"), str(vm.vcpus)),
        (
            tr("Claims"),
            tr(
                "weight {weight}, reserve {reserve} %, limit {limit} %",
                weight=f"{vm.scheduling.weight:,}",
                reserve=vm.scheduling.reserve_percent,
                limit=vm.scheduling.limit_percent,
            ),
        ),
        (tr("Processor compatibility"), _yes(vm.processor_compatibility)),
        (tr("Guest system"), vm.guest.system),
        (tr("Processor load"), curve_in_words(load.cpu, f"{load.cpu.usual * 100:.0f} %")),
        (tr("Memory demand"), curve_in_words(load.memory, f"{load.memory.usual * 100:.0f} %")),
        (tr("Disk"), curve_in_words(load.disk_iops, tr("{iops} IOPS", iops=f"{load.disk_iops.usual:,.0f}"))),
        (
            tr("Network"),
            curve_in_words(load.network_bytes_per_second, format_rate(load.network_bytes_per_second.usual)),
        ),
    )


def curve_in_words(curve: LoadCurve, usual: str) -> str:
    """A load curve: its mean and its shape."""
    return f"{usual}, {tr(CURVES[curve.kind])}"


def _network(facts: Facts, vm: VirtualMachine) -> tuple[tuple[str, str], ...]:
    networks = facts.cluster.networks
    adapters = [
        (
            adapter.name,
            f"{adapter.mac}, "
            + (tr("not connected") if adapter.network is None else networks[adapter.network].name)
            + (", " + tr("legacy") if adapter.legacy else ""),
        )
        for adapter in vm.adapters
    ]
    video = vm.clients.video
    rows = [*adapters, (tr("Clients"), clients_of(vm) or tr("none"))]
    if video is not None:
        rows.append(
            (
                tr("Video stream"),
                tr(
                    "{rate}, {span} of buffer",
                    rate=format_link_speed(video.bytes_per_second),
                    span=format_seconds(video.buffer_seconds),
                ),
            )
        )
    return tuple(rows)


def _node(facts: Facts, ref: Ref) -> tuple[Section, ...]:
    cluster, node = facts.cluster, facts.cluster.nodes[ref.node]
    processor = node.processor
    limit = cluster.profile.live_migrations_per_node if node.live_migrations is None else node.live_migrations
    links = [link for link in cluster.links.values() if link.node == ref.node]
    return (
        *watch_sections(facts, ref.node),
        (
            tr("General"),
            (
                (tr("Membership"), node_state(node)),
                (tr("Vote"), vote_of(cluster, ref.node)),
                (tr("Domain"), node.domain or tr("none")),
                (tr("Model"), f"{node.manufacturer} {node.model}".strip() or "–"),
                (tr("System drive"), node.system_drive),
                (tr("Hardware virtualisation"), virtualisation_words(node)),
                (tr("Set up wrongly"), setup_words(cluster, node)),
                (tr("Live migrations at once"), str(limit)),
            ),
        ),
        (
            tr("Processor and memory"),
            (
                (tr("Processor"), processor.model),
                (
                    tr("Logical processors"),
                    tr(
                        "{all} ({sockets} × {cores} × {threads}); {profile} uses up to {most}",
                        all=processor.logical,
                        profile=cluster.profile.name,
                        most=cluster.profile.limits.logical_processors,
                        sockets=processor.sockets,
                        cores=processor.cores_per_socket,
                        threads=processor.threads_per_core,
                    ),
                ),
                (tr("Second level address translation"), slat_words(processor)),
                (tr("Virtual processors"), vcpu_words(cluster, node)),
                (tr("Memory"), format_bytes(node.memory_bytes)),
                (tr("Reserved for the host"), format_bytes(node.root_reserve_bytes)),
            ),
        ),
        (tr("Heartbeats"), heartbeat_rows(facts, ref.node)),
        (
            tr("Links"),
            tuple(
                (
                    cluster.networks[link.network].name,
                    f"{format_link_speed(link.bytes_per_second)}, {link_state(link)}, {link.address}".rstrip(", "),
                )
                for link in links
            ),
        ),
        (
            tr("Storage paths"),
            tuple((san.name, path_words(cluster, node.id, san)) for san in cluster.sans.values()),
        ),
    )


def _cluster(facts: Facts) -> tuple[Section, ...]:
    cluster = facts.cluster
    limits = cluster.profile.limits
    return (
        (
            tr("General"),
            (
                (tr("Name"), cluster.name),
                (tr("Domain"), cluster.domain or tr("none")),
                (tr("Platform"), f"Windows Server {cluster.profile.name}"),
                (tr("Live migrations a node"), str(cluster.profile.live_migrations_per_node)),
                (tr("Passes at most"), str(cluster.profile.pass_rule.max_passes or tr("no limit"))),
                (tr("Nodes at most"), f"{limits.nodes:,}"),
                (tr("VMs at most"), f"{limits.vms:,}"),
            ),
        ),
        (
            tr("Quorum and heartbeats"),
            (
                (tr("Quorum model"), tr(facts.standing.model.value)),
                (tr("Votes"), standing_words(cluster, facts.standing)),
                (tr("Heartbeats"), heartbeat_sentence(cluster)),
            ),
        ),
        *(((tr("Power saving"), power_rows(cluster, facts.time_ns)),) if is_of_interest(cluster) else ()),
    )


def _thing(facts: Facts, ref: Ref) -> tuple[Section, ...]:
    cluster = facts.cluster
    match ref.kind:
        case Kind.LUN:
            return storage_properties.lun_sections(cluster, cluster.luns[LunId(ref.number)])
        case Kind.VOLUME:
            return storage_properties.volume_sections(cluster, cluster.volumes[VolumeId(ref.number)])
        case Kind.SAN:
            return storage_properties.san_sections(cluster, cluster.sans[SanId(ref.number)])
        case Kind.LINK:
            link = cluster.links[ref.link]
            rows = (
                (tr("Node"), node_name(cluster, link.node)),
                (tr("Network"), cluster.networks[link.network].name),
                (tr("Role"), role_of(cluster.networks[link.network])),
                (tr("Adapter"), link.adapter or "–"),
                (tr("Payload that TCP gets"), format_rate(link.goodput_bytes_per_second)),
            )
            return ((tr("General"), rows),)
        case _:
            return ()


def _disk(disk: VirtualDisk) -> tuple[str, str]:
    place = f"{disk.controller.value} {disk.controller_number}:{disk.controller_location}"
    return f"{place}, {format_bytes(disk.size_bytes)}", disk.path


def _yes(value: bool) -> str:
    return tr("Yes") if value else tr("No")
