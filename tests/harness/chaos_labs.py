"""Small clusters that anything may happen to: drawn by seed, mended by hand, and judged by what must never be so."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from engine_world import guest, lab_record
from hvgui.cluster import hearing
from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import LunId, NodeId, SanId
from hvgui.cluster.load import LoadCurve
from hvgui.cluster.load_watch import LoadWatch
from hvgui.cluster.machines import Failback, FailoverPolicy, Priority, VirtualMachine, VmState
from hvgui.cluster.membership import standing
from hvgui.cluster.memory import MemorySettings
from hvgui.cluster.misconfigurations import Misconfiguration
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.storage import DiskKind, Lun, LunUse, VirtualDisk
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import GIB, NANOSECONDS
from hvgui.engine.run import advance_to, apply
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.requests.chaos import StopChaos
from hvgui.requests.fabric_setup import PresentLun, SetNetworkRole
from hvgui.requests.faults import PowerOnNode, RestoreLink, ResumeNode
from hvgui.requests.load_watch import SetLoadWatch
from hvgui.requests.maintenance import CancelMaintenance
from hvgui.requests.misconfigurations import SetNodeRight
from hvgui.requests.network_faults import HealNetwork, RestoreWitnessShare, SetHeartbeatLoss
from hvgui.requests.node_service import AddNode, StartClusterService
from hvgui.requests.placement import moving_group, place, refusal
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.storage_faults import RestoreLun, RestorePath, RestoreSan

AFTERMATH_SECONDS = 3_600
"""After everything is mended: nodes boot, the cluster forms, VMs are placed, one after the other where they must."""
SAN = SanId(0)


def drawn(seed: int) -> ClusterRecord:
    """Two to five nodes, four to ten VMs: on a shared volume, on LUNs of their own or shared by two, on a node's own
    disk; with all kinds of policies, and (where the platform has it) dynamic memory."""
    random = Random(seed)
    nodes = random.randint(2, 5)
    record = lab_record(nodes=nodes, profile=PROFILES[random.choice(["2008 R2 SP1", "2012 R2", "2022"])])
    luns = [Lun(LunId(1), "Witness", SAN, GIB, LunUse.WITNESS, NodeId(random.randrange(nodes)))]
    luns += [Lun(LunId(2 + n), f"OWN{n}", SAN, 200 * GIB, LunUse.VM, NodeId(0)) for n in range(2)]
    vms = tuple(_vm(random, number, nodes) for number in range(random.randint(4, 10)))
    vms = tuple(_breathing(random, vm) for vm in vms)
    # Who shares a LUN is where the LUN is.
    owners = {lun.id: NodeId(0) for lun in luns if lun.use is LunUse.VM}
    vms = tuple(replace(vm, owner=owners.get(vm.disks[0].lun or LunId(0), vm.owner)) for vm in vms)
    luns = [replace(lun, owner=owners.get(lun.id, lun.owner)) for lun in luns]
    return replace(record, vms=_fitting(vms, nodes), luns=(*record.luns, *luns))


def _vm(random: Random, number: int, nodes: int) -> VirtualMachine:
    everybody = [NodeId(node) for node in range(nodes)]
    owner = random.choice(everybody)
    state = random.choice([VmState.RUNNING] * 5 + [VmState.OFF, VmState.SAVED])
    vm = guest(number, owner, random.choice([2, 4, 8, 14, 20]), state=state)
    possible = {NodeId(0), owner, *random.sample(everybody, random.randint(1, nodes))}
    return replace(
        vm,
        disks=(_disk(random, number, owner),),
        priority=random.choice([Priority.HIGH, Priority.MEDIUM, Priority.MEDIUM, Priority.LOW, Priority.NO_AUTO_START]),
        preferred_owners=tuple(random.sample(everybody, random.randint(0, nodes))),
        possible_owners=tuple(sorted(possible)) if random.random() < 0.3 else None,
        anti_affinity=random.choice([(), (), ("dc",)]),
        start_delay_seconds=random.choice([0.0, 0.0, 20.0]),
        failover=FailoverPolicy(
            random.choice([None, 1_000]), 1.0, random.choice([Failback.PREVENT, Failback.IMMEDIATELY])
        ),
        highly_available=random.random() < 0.85,
        saved_bytes=vm.memory.settings.startup_bytes if state is VmState.SAVED else 0,
    )


def _breathing(random: Random, vm: VirtualMachine) -> VirtualMachine:
    """One VM in two has dynamic memory, and may want much more or less than it starts with."""
    startup = vm.memory.settings.startup_bytes
    settings = MemorySettings(startup, startup // random.choice([2, 4]), startup * 2, dynamic=random.random() < 0.5)
    load = replace(vm.load, memory=LoadCurve(level=random.choice([0.3, 0.8, 1.5])))
    return replace(vm, memory=replace(vm.memory, settings=settings), load=load) if settings.dynamic else vm


def _disk(random: Random, number: int, owner: NodeId) -> VirtualDisk:
    disk = guest(number).disks[0]
    place = random.random()
    if place < 0.6:
        return disk
    if place < 0.8:
        return replace(disk, volume=None, lun=LunId(2 + number % 2))
    return replace(disk, volume=None, local_node=owner, kind=DiskKind.FIXED)


def _fitting(vms: tuple[VirtualMachine, ...], nodes: int) -> tuple[VirtualMachine, ...]:
    """Who does not fit on its node is off."""
    free = dict.fromkeys(range(nodes), 30 * GIB)
    found = []
    for vm in vms:
        fits = vm.assigned_bytes <= free[vm.owner]
        found.append(vm if fits else replace(vm, state=VmState.OFF, assigned_bytes=0))
        free[vm.owner] -= found[-1].assigned_bytes
    return tuple(found)


def wrongs(world: World) -> list[str]:
    """What must never be so, and is."""
    cluster = world.cluster
    found = list(inconsistencies(cluster.record()))
    given = [node for node in cluster.nodes.values() if cluster.free_bytes_on(node.id) < 0]
    found += [f"{node.name} has given away too much" for node in given]
    for vm in cluster.vms.values():
        if vm.state.holds_memory:
            found += _wrong_place(cluster, vm)
    alive = [node for node in cluster.nodes if hearing.is_alive(cluster, node) and node not in world.missing]
    if alive and len(hearing.sides(cluster, alive)) > 1:
        found.append(f"two sides are the cluster at once: {hearing.sides(cluster, alive)}")
    said = {node.id: node.silent_since_ns for node in cluster.nodes.values() if node.silent_since_ns is not None}
    if said != world.missing:
        found.append(f"heartbeats are missed since {world.missing}, and the nodes' records say {said}")
    return found


def _wrong_place(cluster: Cluster, vm: VirtualMachine) -> list[str]:
    """What is wrong about where a VM runs."""
    node, found = cluster.nodes[vm.owner], []
    task = cluster.tasks.get(vm.task) if vm.task is not None else None
    works = node.is_up if vm.highly_available else node.has_power
    if not works and task is None:
        found.append(f"{vm.name} is {vm.state.value} on {node.name}, which is {node.state.value}")
    if vm.highly_available and vm.possible_owners is not None and vm.owner not in vm.possible_owners:
        found.append(f"{vm.name} runs on {node.name}, which may not own it")
    if task is not None and task.kind is TaskKind.FAILOVER and vm.owner != task.target:
        found.append(f"{vm.name} runs on {node.name} and fails over to another node")
    return found


def mend_everything(world: World, sink: Recorder) -> None:
    """Everything that is broken is mended, and every node resumed, as a person would."""
    cluster = world.cluster
    asked: list[Request] = [StopChaos(), SetLoadWatch(LoadWatch()), CancelMaintenance(), HealNetwork()]
    asked.append(RestoreWitnessShare())
    asked += [SetHeartbeatLoss(network, 0.0) for network in cluster.networks]
    asked += [SetNetworkRole(network, NetworkRole.CLUSTER_AND_CLIENT) for network in cluster.networks]
    asked += [PresentLun(lun) for lun in cluster.luns]
    asked += [SetNodeRight(node, wrong) for node in cluster.nodes for wrong in Misconfiguration]
    asked += [SetHeartbeatLoss(link.network, 0.0, link.node) for link in cluster.links.values() if link.heartbeat_loss]
    asked += [RestoreLink(*key) for key in cluster.links]
    asked += [RestoreSan(san) for san in cluster.sans]
    asked += [RestoreLun(lun) for lun in cluster.luns]
    asked += [RestorePath(*key) for key in cluster.paths]
    for node in cluster.nodes:
        asked += [PowerOnNode(node), StartClusterService(node)]
    _ask_all(world, sink, asked)
    # A node that hangs is stopped by its kernel and boots; one that drains ends that first.
    advance_to(world, world.now_ns + 600 * NANOSECONDS, sink)
    again: list[Request] = [HealNetwork()]
    for node in cluster.nodes:
        again += [PowerOnNode(node), StartClusterService(node), AddNode(node), ResumeNode(node)]
    _ask_all(world, sink, again)


def _ask_all(world: World, sink: Recorder, requests: list[Request]) -> None:
    for request in requests:
        if not blockers(request.check(world.cluster)):
            apply(world, request, sink)


def settle(world: World, sink: Recorder) -> list[str]:
    """Let time pass after everything is mended; gives what is still not as it should be."""
    mend_everything(world, sink)
    advance_to(world, world.now_ns + AFTERMATH_SECONDS // 2 * NANOSECONDS, sink)
    # Nodes that were paused when they left have come back as that.
    _ask_all(world, sink, [ResumeNode(node) for node in world.cluster.nodes])
    advance_to(world, world.now_ns + AFTERMATH_SECONDS // 2 * NANOSECONDS, sink)
    cluster = world.cluster
    found = wrongs(world)
    found += [f"{node.name} is {node.state.value}" for node in cluster.nodes.values() if node.state is not NodeState.UP]
    if not standing(cluster).active:
        found.append("there is no quorum")
    found += [f"{task.kind.value} of VM {task.vm} is still {task.phase.value}" for task in cluster.tasks.values()]
    found += [f"heartbeats of node {node} are missed" for node in world.missing]
    found += [_not_running(cluster, vm) for vm in cluster.vms.values()]
    return [one for one in found if one]


def _not_running(cluster: Cluster, vm: VirtualMachine) -> str:
    """A VM that is lost, has not failed too often, and could run somewhere."""
    if vm.state is VmState.PAUSED_CRITICAL:
        return f"{vm.name} stands still, and its disks are there"
    if vm.state is not VmState.CRITICAL or vm.is_failed:
        return ""
    node = place(cluster, moving_group(cluster, vm)).node
    return "" if node is None else f"{vm.name} is lost and could run on {cluster.nodes[node].name}: {vm.pending!r}"


def needs_power(world: World) -> list[str]:
    """VMs that wait for room while a node that would take them stays off to save power, and none that boots will."""
    cluster = world.cluster
    if not standing(cluster).active:
        return []
    off = [node.id for node in cluster.nodes.values() if node.saves_power]
    fork = cluster.fork()
    for node in (*off, *world.joining):
        fork.put(replace(fork.nodes[node], state=NodeState.UP, saving_since_ns=None))
    left = {node: fork.free_bytes_on(node) for node in world.joining}
    found = []
    for vm_id in sorted(world.lost, key=lambda one: -cluster.vms[one].memory_bytes):
        vm = cluster.vms[vm_id]
        if not vm.pending or vm.is_failed or vm.task is not None or not vm.highly_available:
            continue
        group = moving_group(cluster, vm)
        booting = [one for one in left if left[one] >= vm.memory_bytes and not refusal(fork, group, one)]
        if booting:
            left[booting[0]] -= vm.memory_bytes
            continue
        able = [cluster.nodes[node].name for node in off if not refusal(fork, group, node)]
        found += [f"{vm.name} waits, and {name} is off to save power: {vm.pending}" for name in able]
    return found
