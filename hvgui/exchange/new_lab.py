"""A planned lab becomes a cluster: the same plan and seed give the same records, whoever asks."""

from __future__ import annotations

from random import Random

import msgspec

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.networks import Link, Network, NetworkRole
from hvgui.cluster.nodes import Node, usual_root_reserve_bytes
from hvgui.cluster.profiles import profile_named
from hvgui.cluster.quorum import QuorumModel, QuorumSettings
from hvgui.cluster.storage import Lun, LunUse, San, VirtualDisk, Volume
from hvgui.cluster.units import GIB
from hvgui.exchange.generated import Machines, load_factor, node_address
from hvgui.exchange.lab_layout import (
    Layout,
    PlacedVm,
    clustered_disk_bytes,
    layout_of,
    plan_problems,
    processor_of,
    subnet_of,
    virtualises,
)
from hvgui.exchange.lab_plan import LabPlan

_STEP_BYTES = 64 * GIB
"""LUNs are made in steps of this."""


def lab_record(plan: LabPlan) -> ClusterRecord:
    """The cluster that the plan describes. Raises ValueError with the first sentence of what stands in the way."""
    problems = plan_problems(plan)
    if problems:
        raise ValueError(problems[0].sentence)
    return _Builder(plan).record()


class _Builder:
    def __init__(self, plan: LabPlan) -> None:
        self._plan = plan
        self._layout: Layout = layout_of(plan)
        self._nodes = _nodes(plan)
        self._networks = _networks(plan)
        kinds = [vm.kind for vm in self._layout.placed]
        sizes = [(vm.memory_bytes, vm.vcpus) for vm in self._layout.placed]
        self._machines = Machines(
            self._nodes,
            profile_named(plan.profile),
            Random(plan.seed),
            max(1, plan.volumes),
            load_factor(kinds, sizes, self._nodes),
        )
        self._luns: list[Lun] = []
        self._volumes: list[Volume] = []

    def record(self) -> ClusterRecord:
        """Everything, put together."""
        plan = self._plan
        vms = tuple(self._vm(VmId(row), vm) for row, vm in enumerate(self._layout.placed))
        if plan.shared_volumes:
            self._shared_storage(vms)
        else:
            vms = tuple(self._on_its_own_lun(vm) for vm in vms)
        if plan.witness:
            self._luns.append(Lun(LunId(len(self._luns)), "Witness", SanId(0), GIB, LunUse.WITNESS, NodeId(0)))
        return ClusterRecord(
            name=plan.cluster,
            domain=plan.domain,
            profile=profile_named(plan.profile),
            nodes=self._nodes,
            vms=vms,
            sans=(San(SanId(0), plan.san.strip(), plan.san_bytes_per_second, plan.san_iops, plan.san_latency_seconds),),
            luns=tuple(self._luns),
            volumes=tuple(self._volumes),
            networks=self._networks,
            links=_links(plan),
            shared_volumes_enabled=plan.shared_volumes,
            quorum=QuorumSettings(QuorumModel.NODE_AND_DISK if plan.witness else QuorumModel.NODE_MAJORITY),
        )

    def _vm(self, vm: VmId, placed: PlacedVm) -> VirtualMachine:
        owner = NodeId(placed.node)
        # The usual size of its data disk, so that volumes are as large as was planned.
        kind = msgspec.structs.replace(placed.kind, data_gib=placed.kind.data_gib[:1])
        made = self._machines.build(vm, kind, placed.memory_bytes, placed.vcpus, owner, running=True)
        network = _client_network(self._networks)
        changes: dict[str, object] = {
            "adapters": tuple(msgspec.structs.replace(one, network=network) for one in made.adapters)
        }
        if placed.is_controller:
            changes["highly_available"] = False
            changes["disks"] = tuple(_moved(disk, f"D:\\Hyper-V\\{made.name}", owner) for disk in made.disks)
            changes["notes"] = f"Domain controller of {self._plan.domain}, which the cluster needs to start."
        if made.clients.video is not None and not self._plan.video:
            changes["clients"] = msgspec.structs.replace(made.clients, video=None)
        return msgspec.structs.replace(made, **changes)

    def _shared_storage(self, vms: tuple[VirtualMachine, ...]) -> None:
        """A LUN and a volume for each, coordinated by the nodes in turn."""
        used = [0] * self._plan.volumes
        for vm in vms:
            for disk in vm.disks:
                if disk.volume is not None:
                    used[disk.volume] += disk.file_bytes
        needed = clustered_disk_bytes(self._plan, self._layout)
        for row, used_bytes in enumerate(used):
            size = self._plan.volume_bytes or _stepped(max(*needed, _STEP_BYTES))
            node = NodeId(row % self._plan.nodes)
            self._luns.append(Lun(LunId(row), f"LUN{row + 1}", SanId(0), size, LunUse.SHARED_VOLUME, node))
            self._volumes.append(Volume(VolumeId(row), f"Volume{row + 1}", LunId(row), node, size, used_bytes))

    def _on_its_own_lun(self, vm: VirtualMachine) -> VirtualMachine:
        """Without shared volumes: one LUN a VM, so that each moves by itself; mounted in a folder, for letters end."""
        if not vm.highly_available:
            return vm
        lun = LunId(len(self._luns))
        size = _stepped(sum(disk.size_bytes for disk in vm.disks))
        self._luns.append(Lun(lun, f"LUN {vm.name}", SanId(0), size, LunUse.VM, vm.owner))
        return msgspec.structs.replace(
            vm,
            disks=tuple(
                msgspec.structs.replace(disk, path=f"C:\\VMStorage\\{vm.name}\\{disk.name}", volume=None, lun=lun)
                for disk in vm.disks
            ),
        )


def _moved(disk: VirtualDisk, folder: str, node: NodeId) -> VirtualDisk:
    """The disk on a node itself."""
    return msgspec.structs.replace(disk, path=f"{folder}\\{disk.name}", volume=None, local_node=node)


def _stepped(size_bytes: int) -> int:
    return -(-size_bytes // _STEP_BYTES) * _STEP_BYTES


def _nodes(plan: LabPlan) -> tuple[Node, ...]:
    digits = len(str(plan.nodes)) if plan.nodes > 9 else 1
    return tuple(
        Node(
            NodeId(row),
            f"{plan.node_prefix}{row + 1:0{digits}d}",
            processor=processor_of(plan),
            memory_bytes=plan.memory_bytes,
            root_reserve_bytes=usual_root_reserve_bytes(plan.memory_bytes),
            domain=plan.domain,
            manufacturer="Contoso",
            model="Lab server",
            hardware_virtualisation=virtualises(plan),
        )
        for row in range(plan.nodes)
    )


def _networks(plan: LabPlan) -> tuple[Network, ...]:
    """Metrics as Windows gives them: high behind a gateway, low for the cluster's own, the last of them lowest."""
    found: list[Network] = []
    for row, one in enumerate(plan.networks):
        first_of_clients = one.role is NetworkRole.CLUSTER_AND_CLIENT and not any(net.has_gateway for net in found)
        metric = 10_000 if first_of_clients else 1_000 + 100 * (len(plan.networks) - 1 - row)
        found.append(Network(NetworkId(row), one.name.strip(), one.role, first_of_clients, metric, str(subnet_of(row))))
    return tuple(found)


def _client_network(networks: tuple[Network, ...]) -> NetworkId:
    """Where clients reach VMs: behind the gateway, or else the first network there is."""
    return next((network.id for network in networks if network.has_gateway), networks[0].id)


def _links(plan: LabPlan) -> tuple[Link, ...]:
    return tuple(
        Link(
            NodeId(row),
            NetworkId(number),
            network.bytes_per_second,
            adapter=f"{network.name.strip()} port",
            address=node_address(row, number),
        )
        for row in range(plan.nodes)
        for number, network in enumerate(plan.networks)
    )
