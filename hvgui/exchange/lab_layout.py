"""Where everything of a planned lab goes, and what stands in the way: worked out once for pages, checks and builder."""

from __future__ import annotations

import heapq
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from hvgui.cluster.guest_identity import is_computer_name
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import LEAST_NODE_BYTES, Processor, usual_root_reserve_bytes
from hvgui.cluster.processor_models import PROCESSOR_MODELS
from hvgui.cluster.profiles import PROFILES, Profile
from hvgui.cluster.units import GIB, MIB, format_bytes
from hvgui.exchange.lab_plan import (
    MOST_NETWORKS,
    MOST_NODES,
    MOST_VMS,
    MOST_VOLUMES,
    LabPlan,
    Part,
    PlanProblem,
)
from hvgui.exchange.workloads import WORKLOADS, Workload

CONTROLLER_KIND = "domain controller"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{3,64}}$){_LABEL}(?:\.{_LABEL})+")
SYSTEM_DISK_BYTES = 80 * GIB
DESKTOP_DISK_BYTES = 60 * GIB


class PlacedVm(msgspec.Struct, frozen=True):
    """A VM to be, and the node that it is to run on."""

    kind: Workload
    memory_bytes: int
    vcpus: int
    node: int
    is_controller: bool = False


class Layout(msgspec.Struct, frozen=True):
    """Placed VMs; those that no node has room for are only counted."""

    placed: tuple[PlacedVm, ...]
    homeless: int
    free_bytes: tuple[int, ...]
    """Memory left for VMs by node."""
    vcpus: tuple[int, ...]
    """Virtual processors by node."""
    vms: tuple[int, ...]
    """VMs by node."""


def processor_of(plan: LabPlan) -> Processor:
    """The processors of each node. Raises KeyError for a model that the catalogue lacks."""
    return PROCESSOR_MODELS[plan.processor].processor(plan.sockets)


def virtualises(plan: LabPlan) -> bool:
    """Whether the nodes can run VMs: the processor can, and it is switched on."""
    return plan.hardware_virtualisation and PROCESSOR_MODELS[plan.processor].virtualises


def wanted_machines(plan: LabPlan, profile: Profile) -> list[tuple[Workload, int, int, bool]]:
    """Kind, memory, virtual processors of each VM, and whether it is the domain's own controller, which comes first."""
    limits = profile.limits
    found: list[tuple[Workload, int, int, bool]] = []
    kinds = [CONTROLLER_KIND] if plan.domain_controller else []
    kinds.extend(group.kind for group in plan.machines for _ in range(group.count))
    for number, name in enumerate(kinds):
        kind = WORKLOADS[name]
        memory = min(kind.memory_gib[0] * GIB, limits.memory_per_vm_bytes)
        is_controller = number == 0 and plan.domain_controller
        found.append((kind, GIB if is_controller else memory, min(kind.vcpus[0], limits.vcpus_per_vm), is_controller))
    return found


@lru_cache(maxsize=8)
def layout_of(plan: LabPlan) -> Layout:
    """Each VM to the node with the most memory free; the domain controller to the first."""
    profile = PROFILES[plan.profile]
    memory = max(0, plan.memory_bytes - usual_root_reserve_bytes(plan.memory_bytes))
    shadow = 0 if PROCESSOR_MODELS[plan.processor].slat else MIB
    free = [memory] * plan.nodes
    heap = [(-memory, node) for node in range(plan.nodes)]
    placed: list[PlacedVm] = []
    homeless = 0
    for kind, size, vcpus, is_controller in wanted_machines(plan, profile):
        node = 0 if is_controller else heap[0][1]
        if free[node] < size + shadow:
            homeless += 1
            continue
        free[node] -= size + shadow
        placed.append(PlacedVm(kind, size, vcpus, node, is_controller))
        if is_controller:
            heap[0] = (-free[0], 0)
            heapq.heapify(heap)
        else:
            heapq.heapreplace(heap, (-free[node], node))
    vcpus_on, vms_on = Counter[int](), Counter[int]()
    for vm in placed:
        vcpus_on[vm.node] += vm.vcpus
        vms_on[vm.node] += 1
    rows = range(plan.nodes)
    return Layout(
        tuple(placed), homeless, tuple(free), tuple(vcpus_on[row] for row in rows), tuple(vms_on[row] for row in rows)
    )


def clustered_disk_bytes(plan: LabPlan, layout: Layout) -> list[int]:
    """Bytes that virtual disks may grow to, by volume; VMs take the volumes in turn."""
    placed = [0] * max(1, plan.volumes)
    for number, vm in enumerate(one for one in layout.placed if not one.is_controller):
        placed[number % len(placed)] += disk_bytes(vm.kind)
    return placed


def disk_bytes(kind: Workload) -> int:
    """What the system and the data disk of a VM of the kind may grow to."""
    data = sum(kind.data_gib[:1]) * GIB
    return (DESKTOP_DISK_BYTES if kind.desktop else SYSTEM_DISK_BYTES) + data


# What stands in the way


def plan_problems(plan: LabPlan) -> tuple[PlanProblem, ...]:
    """Why the plan can't be carried out, in the order of the wizard's pages; empty: it can."""
    found = [
        *(PlanProblem(Part.CLUSTER, text) for text in _cluster(plan)),
        *(PlanProblem(Part.DOMAIN, text) for text in _domain(plan)),
        *(PlanProblem(Part.NODES, text) for text in _nodes(plan)),
        *(PlanProblem(Part.NETWORKS, text) for text in _networks(plan)),
        *(PlanProblem(Part.STORAGE, text) for text in _storage(plan)),
    ]
    if not found:
        found.extend(PlanProblem(Part.MACHINES, text) for text in _machines(plan))
    if not found:
        found.extend(PlanProblem(Part.STORAGE, text) for text in _room(plan))
    return tuple(found)


def _cluster(plan: LabPlan) -> Iterator[str]:
    if not is_computer_name(plan.cluster):
        yield f"'{plan.cluster[:40]}' is no cluster name: use up to 15 letters, digits and hyphens."
    if plan.profile not in PROFILES:
        yield f"There is no platform '{plan.profile[:40]}'; there are: {', '.join(PROFILES)}."


def _domain(plan: LabPlan) -> Iterator[str]:
    if not plan.domain:
        yield "The nodes are in no domain: a failover cluster needs one. Name the domain that they shall join."
    elif _DOMAIN.fullmatch(plan.domain) is None:
        yield f"'{plan.domain[:40]}' is no domain's name, as lab.example is one."


def _nodes(plan: LabPlan) -> Iterator[str]:
    profile = PROFILES.get(plan.profile)
    most = profile.limits.nodes if profile is not None else MOST_NODES
    model = PROCESSOR_MODELS.get(plan.processor)
    if not 1 <= plan.nodes <= most:
        yield f"A cluster of {plan.profile} has 1 to {most} nodes, not {plan.nodes:,}."
    if not is_computer_name(plan.node_prefix + "01"):
        yield f"'{plan.node_prefix[:40]}' is no beginning for node names: use up to 13 letters, digits and hyphens."
    if model is None:
        yield f"There is no processor '{plan.processor[:40]}' in the catalogue."
        return
    if not 1 <= plan.sockets <= 8:
        yield f"A node has 1 to 8 sockets, not {plan.sockets:,}."
        return
    if profile is None:
        return
    logical, limits = model.processor(plan.sockets).logical, profile.limits
    if logical > limits.logical_processors:
        most_logical = limits.logical_processors
        yield (
            f"{plan.sockets} × {model.name} are {logical:,} logical processors; {plan.profile} uses {most_logical:,}. "
            "Choose fewer sockets or a smaller model."
        )
    if not LEAST_NODE_BYTES <= plan.memory_bytes <= limits.host_memory_bytes:
        least, largest = format_bytes(LEAST_NODE_BYTES), format_bytes(limits.host_memory_bytes)
        yield f"A node of {plan.profile} has {least} to {largest} of memory, not {format_bytes(plan.memory_bytes)}."


def _networks(plan: LabPlan) -> Iterator[str]:
    if not 1 <= len(plan.networks) <= MOST_NETWORKS:
        yield f"A lab has 1 to {MOST_NETWORKS} networks, not {len(plan.networks)}."
    names = Counter(network.name.strip().casefold() for network in plan.networks)
    for network in plan.networks:
        name = network.name.strip()
        if not name or len(name) > 40:
            yield "Each network needs a name of up to 40 letters."
        elif names[name.casefold()] > 1:
            yield f"Two networks are called {name}."
        if not 125_000.0 <= network.bytes_per_second <= 1e12:
            yield f"{name}: a link's speed is between 1 Mbit/s and 8,000 Gbit/s."
    if plan.networks and all(network.role is NetworkRole.NONE for network in plan.networks):
        yield "No network is enabled for cluster use: give one the role 'cluster only' or 'cluster and client'."


def _storage(plan: LabPlan) -> Iterator[str]:
    if not plan.san.strip() or len(plan.san) > 40:
        yield "The storage system needs a name of up to 40 letters."
    if not 1e6 <= plan.san_bytes_per_second <= 1e12:
        yield "The storage system's speed is between 1 MB/s and 1 TB/s."
    if not 1.0 <= plan.san_iops <= 1e9:
        yield "The storage system does 1 to 1,000,000,000 operations a second."
    if not 0.0 <= plan.san_latency_seconds <= 10.0:
        yield "The storage system's latency is between 0 and 10 seconds."
    if plan.shared_volumes and not 1 <= plan.volumes <= MOST_VOLUMES:
        yield f"There are 1 to {MOST_VOLUMES} volumes, not {plan.volumes:,}."
    if plan.volume_bytes and not GIB <= plan.volume_bytes <= 1024**5:
        yield "A volume has 1 GB to 1 PB."


def _machines(plan: LabPlan) -> Iterator[str]:
    unknown = [group.kind for group in plan.machines if group.kind not in WORKLOADS]
    if unknown:
        yield f"There is no kind of VM '{unknown[0][:40]}'; there are: {', '.join(WORKLOADS)}."
        return
    wanted = sum(max(0, group.count) for group in plan.machines) + plan.domain_controller
    most = min(MOST_VMS, PROFILES[plan.profile].limits.vms)
    if wanted > most:
        yield f"A cluster of {plan.profile} has {most:,} VMs at most, not {wanted:,}."
        return
    if wanted and not virtualises(plan):
        yield (
            "The nodes have no hardware virtualisation, so Hyper-V starts no VM on them. Switch it on (page Nodes), or "
            "leave out the VMs and the domain controller."
        )
        return
    yield from _places(plan, layout_of(plan))


def _places(plan: LabPlan, layout: Layout) -> Iterator[str]:
    if layout.homeless:
        wanted = len(layout.placed) + layout.homeless
        yield (
            f"{layout.homeless:,} of {wanted:,} VMs find no room: each node has {format_bytes(plan.memory_bytes)}. "
            "Choose fewer VMs, more nodes or more memory."
        )
    limits = PROFILES[plan.profile].limits
    logical = processor_of(plan).logical
    ratio = limits.vcpus_per_logical_processor
    most = min(limits.vcpus_per_node, ratio * logical) if ratio else limits.vcpus_per_node
    if max(layout.vcpus) > most:
        yield (
            f"A node would have {max(layout.vcpus):,} virtual processors on {logical:,} logical ones; {plan.profile} "
            f"allows {most:,}. Choose fewer VMs, more nodes or larger processors."
        )
    if max(layout.vms) > limits.running_vms_per_node:
        yield f"A node would run {max(layout.vms):,} VMs; {plan.profile} allows {limits.running_vms_per_node:,}."


def _room(plan: LabPlan) -> Iterator[str]:
    """Whether the volumes hold what their disks may grow to."""
    if not plan.shared_volumes or not plan.volume_bytes:
        return
    needed = max(clustered_disk_bytes(plan, layout_of(plan)))
    if needed > plan.volume_bytes:
        yield (
            f"The disks on a volume may grow to {format_bytes(needed)}; it has {format_bytes(plan.volume_bytes)}. "
            "Make the volumes larger, or more of them."
        )


def subnet_of(number: int) -> ipaddress.IPv4Network:
    """The subnet of the network of that number: 10.0.0.0/16, 10.1.0.0/16, ..."""
    return ipaddress.IPv4Network((f"10.{number}.0.0", 16))
