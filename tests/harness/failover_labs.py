"""Clusters whose nodes fail: three nodes and more, with VMs that can go anywhere, and words to say how they stand."""

from __future__ import annotations

from msgspec.structs import replace

from engine_world import Lab, guest, lab_record
from hvgui.cluster.chaos import FaultKind
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.heartbeat import HeartbeatSettings
from hvgui.cluster.ids import NodeId, SanId, VmId
from hvgui.cluster.machines import Failback, FailoverPolicy, Priority, VirtualMachine, VmState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.profiles import DEFAULT_PROFILE, Profile
from hvgui.cluster.quorum import QuorumModel
from hvgui.cluster.units import GIB
from hvgui.requests.chaos import StartChaos, StopChaos
from hvgui.requests.failover_policy import SetFailoverPolicy, SetOwners
from hvgui.requests.maintenance import CancelMaintenance, PatchNodes
from hvgui.requests.network_faults import (
    FailWitnessShare,
    HangClusterService,
    HealNetwork,
    PartitionNetwork,
    RestoreWitnessShare,
    SetHeartbeatLoss,
)
from hvgui.requests.new_server import NewServer, ServerLink, ServerPath
from hvgui.requests.node_service import AddNode, DrainNode, EvictNode, StartClusterService, StopClusterService
from hvgui.requests.quorum import ForceQuorum, SetHeartbeat, SetQuorum
from hvgui.requests.remove_server import RemoveServer
from hvgui.requests.request import Request
from small_cluster import MIGRATION

ONE_OF_EACH_ON_THE_CLUSTER: tuple[Request, ...] = (
    PartitionNetwork(groups=((NodeId(0),), (NodeId(1),)), network=MIGRATION),
    HealNetwork(),
    SetHeartbeatLoss(network=MIGRATION, loss=0.25, node=NodeId(1)),
    HangClusterService(node=NodeId(0)),
    FailWitnessShare(),
    RestoreWitnessShare(),
    SetQuorum(quorum_model=QuorumModel.NODE_AND_SHARE, witness_share="\\\\files\\witness"),
    SetHeartbeat(heartbeat=HeartbeatSettings(500, 10)),
    ForceQuorum(node=NodeId(0)),
    DrainNode(node=NodeId(0)),
    StopClusterService(node=NodeId(0)),
    StartClusterService(node=NodeId(0)),
    EvictNode(node=NodeId(0)),
    AddNode(node=NodeId(0)),
    NewServer(
        "NODE9",
        64 * GIB,
        "xeon-e5-2650",
        2,
        like=NodeId(0),
        links=(ServerLink(MIGRATION, 1.25e9),),
        paths=(ServerPath(SanId(0), 4e8),),
    ),
    RemoveServer(node=NodeId(0)),
    StartChaos(faults_per_hour=6.0, kinds=(FaultKind.CRASH,), chaos_seed=7, mended_after_seconds=60.0),
    StopChaos(),
    PatchNodes(nodes=(NodeId(1), NodeId(0)), restarts=False, offline_seconds=60.0),
    CancelMaintenance(),
    SetOwners(vm=VmId(0), preferred=(NodeId(1),), possible=(NodeId(0), NodeId(1))),
    SetFailoverPolicy(
        vm=VmId(0),
        policy=FailoverPolicy(3, 2.5, Failback.BETWEEN_HOURS, 22, 4),
        anti_affinity=("dc",),
        start_delay_seconds=30.0,
        priority=Priority.HIGH,
    ),
)
BOOT = DEFAULT_PROFILE.timings.boot_seconds
MOVE = DEFAULT_PROFILE.timings.group_move_seconds
PATIENT = FailoverPolicy(most_failures=1_000)


def failing(
    *vms: VirtualMachine,
    nodes: int = 3,
    heartbeat: HeartbeatSettings = HeartbeatSettings(),  # noqa: B008 - frozen
    profile: Profile = DEFAULT_PROFILE,
) -> Lab:
    """A lab of nodes that are going to fail."""
    record = lab_record(*(vms or (guest(),)), nodes=nodes, profile=profile)
    return Lab(replace(record, heartbeat=heartbeat))


def partitioned(record: ClusterRecord, *groups: tuple[int, ...]) -> ClusterRecord:
    """The cluster with every network cut into these groups."""
    parts = tuple(tuple(NodeId(node) for node in group) for group in groups)
    return replace(record, networks=tuple(replace(network, partition=parts) for network in record.networks))


def node_states(lab: Lab) -> list[NodeState]:
    """Of every node."""
    return [node.state for node in lab.world.cluster.nodes.values()]


def where(lab: Lab) -> list[tuple[int, VmState]]:
    """Owner and state of every VM."""
    return [(int(vm.owner), vm.state) for vm in lab.world.cluster.vms.values()]


def machine(lab: Lab, number: int = 0) -> VirtualMachine:
    """A VM as it is now."""
    return lab.world.cluster.vms[VmId(number)]
