"""What the processors of a new member mean for live migrations between it and the others, as warnings."""

from __future__ import annotations

from collections.abc import Iterator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.membership import members
from hvgui.cluster.nodes import Node
from hvgui.requests.problems import Problem, warning
from hvgui.requests.storage_names import vm_names

_COMPATIBILITY = "Turn on processor compatibility of the VMs that shall migrate."


def processor_warnings(cluster: Cluster, node: Node) -> Iterator[Problem]:
    """Of which make the others are, which running VMs can't come to it, and whose guests could not go back."""
    others = [cluster.nodes[one] for one in members(cluster) if one != node.id]
    vendors = sorted({one.processor.vendor for one in others})
    if others and node.processor.vendor not in vendors:
        text = f"{node.name} has processors of {node.processor.vendor}, the other nodes of {' and '.join(vendors)}"
        yield warning("mixed-vendors", f"{text}: no running VM migrates between them.")
        return
    barred = _barred(cluster, node)
    if barred:
        text = f"{vm_names(cluster, barred)} can't migrate to {node.name} while running: its processor lacks features"
        yield warning(
            "older-processor", f"{text} that the guest{'s have' if len(barred) > 1 else ' has'} seen.", _COMPATIBILITY
        )
    same = [one for one in others if one.processor.vendor == node.processor.vendor]
    older = [one.name for one in same if not set(node.processor.features) <= set(one.processor.features)]
    if older:
        names = ", ".join(older[:3]) + (f" and {len(older) - 3} more" if len(older) > 3 else "")
        text = f"A guest that starts on {node.name} sees features that {names} lack{'s' if len(older) == 1 else ''}"
        yield warning("newer-processor", f"{text}: it can't migrate there while it runs.", _COMPATIBILITY)


def _barred(cluster: Cluster, node: Node) -> list[VmId]:
    there = set(node.processor.features)
    return [
        vm.id
        for vm in cluster.vms.values()
        if vm.state.holds_memory
        and vm.highly_available
        and not vm.processor_compatibility
        and (vm.booted_vendor or node.processor.vendor) == node.processor.vendor
        and not set(vm.seen_features) <= there
    ]
