"""Processors and drivers in words, for the pages of VMs and nodes."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_systems import (
    MOST_EMULATED_IOPS,
    MOST_EMULATED_NETWORK_BYTES_PER_SECOND,
    TAKEN_AWAY,
    emulation_processors,
    system_of,
)
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.nodes import Node, Processor
from hvgui.cluster.units import format_rate
from hvgui.gui.words import tr
from hvgui.requests.start_checks import most_vcpus

_SOURCES = {"built in": "built in", "to install": "to install", "none": "there are none for it"}


def slat_words(processor: Processor) -> str:
    """Whether it has SLAT, by its maker's name, and what that means."""
    if not processor.slat:
        return tr("No: about 10 % of the time and 1 MB a VM for shadow page tables")
    name = tr("Nested Page Tables") if processor.vendor == "AMD" else tr("Extended Page Tables")
    return tr("{name}, used by itself: about 2 % of the time", name=name)


def vcpu_words(cluster: Cluster, node: Node) -> str:
    """How many virtual processors run on the logical ones, against what is allowed."""
    guests = [cluster.vms[vm] for vm in cluster.vms_on(node.id) if cluster.vms[vm].state.holds_memory]
    vcpus = sum(vm.vcpus for vm in guests)
    return tr(
        "{vcpus} running, {ratio} to 1; at most {most}",
        vcpus=vcpus,
        ratio=f"{vcpus / max(1, node.processor.logical):.1f}",
        most=f"{most_vcpus(cluster, node, guests):,}",
    )


def integration_rows(vm: VirtualMachine) -> tuple[tuple[str, str], ...]:
    """How the guest reaches its devices, what that costs, and what it takes away."""
    guest = vm.guest
    drivers = tr("Integration components are {where}", where=tr(_SOURCES[system_of(guest).components]))
    if guest.integration_components:
        return ((tr("Devices"), tr("VMBus, by the integration components")),)
    rows = [
        (tr("Devices"), tr("emulated: no integration components. {drivers}.", drivers=drivers)),
        (
            tr("Price"),
            tr(
                "{share} of a logical processor at its usual load; at most {iops} IOPS and {rate}",
                share=f"{100 * emulation_processors(guest, vm.load):.1f} %",
                iops=f"{MOST_EMULATED_IOPS:,.0f}",
                rate=format_rate(MOST_EMULATED_NETWORK_BYTES_PER_SECOND),
            ),
        ),
        (tr("Not to be had"), ", ".join(tr(one) for one in TAKEN_AWAY)),
    ]
    if guest.components_at_restart:
        rows.append((tr("After its restart"), tr("VMBus: the integration services are installed")))
    return tuple(rows)
