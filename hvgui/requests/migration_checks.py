"""What stands between a VM and another node: one function a subject, each giving named problems."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.hearing import are_joined
from hvgui.cluster.ids import NetworkId, NodeId, VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.networks import SLOW_LINK, Network, NetworkRole
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.storage import VirtualDisk, Volume, VolumeState
from hvgui.cluster.storage_access import Access, is_working, reaches_lun, volume_access
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import format_bytes, format_link_speed
from hvgui.requests.busy import busy_problem, held_by
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import node_name, vm_name
from hvgui.requests.start_checks import ratio_problems, virtualisation_problems


def mover_problems(cluster: Cluster, vm_id: VmId, to: NodeId) -> tuple[Problem, ...]:
    """Whether there is such a VM and such a node, and nothing else has hold of the VM."""
    vm = cluster.vms.get(vm_id)
    if vm is None:
        return (Problem("no-such-vm", f"There is no {vm_name(cluster, vm_id)} in this cluster."),)
    if to not in cluster.nodes:
        return (Problem("no-such-node", f"There is no {node_name(cluster, to)} in this cluster."),)
    holder = held_by(cluster, vm)
    if holder is not None:
        return (busy_problem(cluster, vm, holder),)
    if not vm.highly_available:
        return (
            Problem(
                "not-clustered",
                f"{vm.name} is not a clustered VM, so the cluster can't move it.",
                "Make it highly available first.",
            ),
        )
    return ()


def target_problems(cluster: Cluster, vm: VirtualMachine, to: NodeId) -> tuple[Problem, ...]:
    """Whether the node takes VMs, and this one."""
    node = cluster.nodes[to]
    found: list[Problem] = []
    if to == vm.owner:
        found.append(Problem("same-node", f"{vm.name} is on {node.name} already.", "Choose another node."))
    if node.state is NodeState.PAUSED:
        found.append(Problem("paused", f"{node.name} is paused and takes no VMs.", "Resume the node."))
    elif node.state is not NodeState.UP:
        found.append(Problem("node-down", f"{node.name} is {node.state_words}.", "Bring the node up first."))
    elif not node.takes_vms:
        text = f"The cluster service of {node.name} hangs."
        found.append(Problem("service-hangs", text, "Wait until the node has restarted, or choose another one."))
    found.extend(virtualisation_problems(node, vm))
    if vm.possible_owners is not None and to not in vm.possible_owners:
        found.append(
            Problem(
                "not-possible-owner",
                f"{node.name} is not among the possible owners of {vm.name}.",
                "Tick it under the VM's possible owners, or choose another node.",
            )
        )
    limit = cluster.profile.limits.running_vms_per_node
    if len(cluster.vms_on(to)) >= limit:
        running = sum(cluster.vms[other].state.holds_memory for other in cluster.vms_on(to))
        if running >= limit:
            found.append(
                Problem(
                    "too-many-vms",
                    f"{node.name} runs {running} VMs, as many as {cluster.profile.name} allows.",
                    "Move one away first.",
                )
            )
    return (*found, *_ratio(cluster, vm, to))


def _ratio(cluster: Cluster, vm: VirtualMachine, to: NodeId) -> tuple[Problem, ...]:
    """Whether the target may run the VM's virtual processors beside those it has."""
    if not vm.state.holds_memory or to == vm.owner:
        return ()
    there = [cluster.vms[other] for other in cluster.vms_on(to)]
    return tuple(ratio_problems(cluster, cluster.nodes[to], [*(one for one in there if one.state.holds_memory), vm]))


def processor_problems(cluster: Cluster, vm: VirtualMachine, to: NodeId) -> tuple[Problem, ...]:
    """Whether the target's processor offers what the guest has seen; never between vendors."""
    target = cluster.nodes[to]
    vendor = vm.booted_vendor or cluster.nodes[vm.owner].processor.vendor
    if target.processor.vendor != vendor:
        return (
            Problem(
                "processor-vendor",
                f"{vm.name} runs on {vendor} and {target.name} has {target.processor.vendor}: a running guest can't "
                "change the make of its processor.",
                "Use Move, which starts it afresh.",
            ),
        )
    lacking = [feature for feature in vm.seen_features if feature not in target.processor.features]
    if lacking and not vm.processor_compatibility:
        return (
            Problem(
                "processor-features",
                f"The processor of {target.name} lacks {', '.join(lacking)}, which {vm.name} has seen.",
                "Shut the VM down and tick 'Migrate to a physical computer with a different processor version'.",
            ),
        )
    return ()


def memory_problems(cluster: Cluster, vm: VirtualMachine, to: NodeId) -> tuple[Problem, ...]:
    """Whether what the VM has assigned fits into what is free on the target."""
    free, wanted = cluster.free_bytes_on(to), vm.memory_bytes
    if wanted <= free:
        return ()
    return (
        Problem(
            "memory",
            f"{vm.name} needs {format_bytes(wanted)}; {node_name(cluster, to)} has {format_bytes(max(0, free))} free.",
            "Move or stop another VM there, or choose another node.",
        ),
    )


def storage_problems(cluster: Cluster, vm: VirtualMachine, to: NodeId) -> tuple[Problem, ...]:
    """Whether the target reaches every disk."""
    found: list[Problem] = []
    for disk in vm.disks:
        found.extend(_disk_problems(cluster, vm, disk, to))
    return tuple(dict.fromkeys(found))


def _disk_problems(cluster: Cluster, vm: VirtualMachine, disk: VirtualDisk, to: NodeId) -> tuple[Problem, ...]:
    if disk.local_node is not None and disk.local_node != to:
        return (
            Problem(
                "local-disk",
                f"{disk.name} of {vm.name} lies on {node_name(cluster, disk.local_node)}'s own disk, "
                f"which {node_name(cluster, to)} does not reach.",
                "Move it to shared storage first.",
            ),
        )
    lun_id = cluster.volumes[disk.volume].lun if disk.volume is not None else disk.lun
    if disk.volume is not None and cluster.volumes[disk.volume].state in (VolumeState.OFFLINE, VolumeState.MAINTENANCE):
        volume = cluster.volumes[disk.volume]
        return (Problem("volume-away", f"{volume.name} is {volume.state.value}.", "Bring it online first."),)
    if lun_id is None or not is_working(cluster, to):
        return ()
    if disk.volume is not None:
        return _volume_problems(cluster, cluster.volumes[disk.volume], to)
    lun = cluster.luns[lun_id]
    if not reaches_lun(cluster, to, lun):
        return (
            Problem(
                "no-path",
                f"{node_name(cluster, to)} has no path to {lun.name}, where {disk.name} of {vm.name} lies.",
                "Give the node access to the LUN, or mend the path.",
            ),
        )
    return ()


def _volume_problems(cluster: Cluster, volume: Volume, to: NodeId) -> tuple[Problem, ...]:
    """How the target would reach a Cluster Shared Volume."""
    if volume.going is not None:
        text = f"{volume.name} is just being taken away."
        return (Problem("volume-away", text, "Wait until that has ended."),)
    access = volume_access(cluster, to, volume)
    if access is Access.NONE:
        text = f"{node_name(cluster, to)} does not reach {volume.name}."
        return (Problem("no-path", text, "Mend its path, the LUN or the SAN."),)
    if access is Access.REDIRECTED:
        text = f"{node_name(cluster, to)} reaches {volume.name} through its coordinator only: slower there."
        return (warning("redirected", text, "Choose a node with a path of its own."),)
    return ()


def network_order(cluster: Cluster, vm: VirtualMachine) -> tuple[Network, ...]:
    """Networks for live migration in the order in which they are tried.

    The VM's own order where it has one; else networks without a gateway first and the cluster's own (the one with
    the lowest metric, which carries redirected I/O of shared volumes) last; networks of no role never.
    """
    if vm.migration_networks:
        return tuple(cluster.networks[one] for one in vm.migration_networks if one in cluster.networks)
    usable = [network for network in cluster.networks.values() if network.role is not NetworkRole.NONE]
    own = min(usable, key=lambda network: (network.metric, network.id), default=None)
    return tuple(sorted(usable, key=lambda network: (network.has_gateway, network is own, network.metric, network.id)))


def migration_network(
    cluster: Cluster, vm: VirtualMachine, to: NodeId, wanted: NetworkId | None = None
) -> Network | None:
    """The network that a live migration would take: the wanted one, or the first that connects both nodes."""
    candidates = network_order(cluster, vm) if wanted is None else (cluster.networks[wanted],)
    for network in candidates:
        if are_joined(cluster, network.id, vm.owner, to):
            return network
    return None


def network_problems(cluster: Cluster, vm: VirtualMachine, to: NodeId, wanted: NetworkId | None) -> tuple[Problem, ...]:
    """Whether a network connects the two nodes, and whether it is fast enough."""
    if wanted is not None and wanted not in cluster.networks:
        return (Problem("no-such-network", f"There is no network no. {wanted} in this cluster."),)
    if to == vm.owner:
        return ()
    network = migration_network(cluster, vm, to, wanted)
    ends = f"{node_name(cluster, vm.owner)} and {node_name(cluster, to)}"
    if network is None:
        which = f"{cluster.networks[wanted].name} does not connect" if wanted is not None else "No network connects"
        return (Problem("no-network", f"{which} {ends}.", "Mend the link, or enable a network for cluster use."),)
    slowest = min(cluster.links[(node, network.id)].bytes_per_second for node in (vm.owner, to))
    if slowest >= SLOW_LINK:
        return ()
    return (
        warning(
            "slow-network",
            f"{network.name} joins {ends} at {format_link_speed(slowest)}; one gigabit is the least advised for live "
            "migration.",
            "Choose a faster network if there is one.",
        ),
    )


def live_migration_limit(cluster: Cluster, node: NodeId) -> int:
    """How many live migrations the node takes part in at once."""
    own = cluster.nodes[node].live_migrations
    return cluster.profile.live_migrations_per_node if own is None else own


def concurrency_problems(cluster: Cluster, vm: VirtualMachine, to: NodeId, *, may_queue: bool) -> tuple[Problem, ...]:
    """Whether both nodes have a place free for one more live migration."""
    found: list[Problem] = []
    for node in dict.fromkeys((vm.owner, to)):
        busy = [task for task in cluster.running_tasks_on(node) if task.kind is TaskKind.LIVE_MIGRATION]
        if len(busy) < live_migration_limit(cluster, node):
            continue
        names = ", ".join(vm_name(cluster, task.vm) for task in busy[:3])
        message = f"{node_name(cluster, node)} is taking part in {_counted(len(busy))} already ({names})."
        if may_queue:
            ours = "" if cluster.profile.features.queues_live_migrations else " (the queue is an extension of hvgui)"
            found.append(warning("will-wait", message, f"This one waits until a place is free{ours}."))
        else:
            found.append(
                Problem("node-busy", message, f"{cluster.profile.name} does not start another; wait or queue it.")
            )
    return tuple(found)


def _counted(number: int) -> str:
    return "a live migration" if number == 1 else f"{number} live migrations"
