"""Snapshots in words: what they are of, and the settings that they hold."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import NetworkAdapter
from hvgui.cluster.snapshots import HeldSettings, Snapshot, TakenOf, file_bytes
from hvgui.cluster.units import format_bytes, format_clock
from hvgui.gui.words import tr

_KINDS = {TakenOf.RUNNING: "Running", TakenOf.SAVED: "Saved", TakenOf.OFF: "Off"}


def kind_words(one: Snapshot) -> str:
    """What the VM was doing, and the memory that goes with it: `Running, 2 GB`."""
    kind = tr(_KINDS[one.state_of])
    return f"{kind}, {format_bytes(one.memory_bytes)}" if one.memory_bytes else kind


def settings_lines(cluster: Cluster, one: Snapshot) -> tuple[tuple[str, str], ...]:
    """The settings that it holds."""
    settings = one.memory.settings
    dynamic = tr("{least} to {most}", least=format_bytes(settings.least_bytes), most=format_bytes(settings.most_bytes))
    return (
        (tr("Taken"), format_clock(one.taken_ns)),
        (tr("State"), kind_words(one)),
        (tr("Takes"), format_bytes(file_bytes(one))),
        (tr("Virtual processors"), str(one.vcpus)),
        (tr("Startup memory"), format_bytes(settings.startup_bytes)),
        (tr("Dynamic memory"), dynamic if settings.dynamic else tr("No")),
        (tr("Processor compatibility"), tr("Yes") if one.processor_compatibility else tr("No")),
        *(_held_lines(cluster, one.held) if one.held is not None else _not_held()),
        *((tr("Disk {name}", name=disk.name), disk.path) for disk in one.disks),
    )


def _not_held() -> tuple[tuple[str, str], ...]:
    return ((tr("Other settings"), tr("Not held: taken with an older version of hvgui.")),)


def _held_lines(cluster: Cluster, held: HeldSettings) -> tuple[tuple[str, str], ...]:
    claims = held.scheduling
    drivers = tr("with integration services") if held.guest.integration_components else tr("emulated devices")
    return (
        (
            tr("Weight, reserve, limit"),
            tr(
                "{weight}, {reserve} %, {limit} %",
                weight=claims.weight,
                reserve=claims.reserve_percent,
                limit=claims.limit_percent,
            ),
        ),
        (tr("Guest"), f"{held.guest.system}, {drivers}"),
        *((adapter.name, _adapter_words(cluster, adapter)) for adapter in held.adapters),
        (tr("SCSI controllers"), str(held.scsi_controllers)),
        (tr("Notes"), held.notes or tr("None")),
    )


def _adapter_words(cluster: Cluster, adapter: NetworkAdapter) -> str:
    if adapter.network is None:
        return tr("not connected")
    network = cluster.networks.get(adapter.network)
    return network.name if network is not None else tr("a network that is not there any more")
