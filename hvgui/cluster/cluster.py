"""The cluster as one value: every record by its id, with the few sums that checks need at once.

The engine holds one and changes it; the window holds a mirror of it that follows the engine's changes. Both give it to
the same checks, so what the window greys out is what the engine would refuse.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from hvgui.cluster.chaos import Chaos
from hvgui.cluster.guest_identity import Copies
from hvgui.cluster.heartbeat import HeartbeatSettings
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId, TaskId, VmId, VolumeId
from hvgui.cluster.load_watch import LoadWatch, Tips
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.maintenance import MaintenancePlan
from hvgui.cluster.networks import Link, Network
from hvgui.cluster.nodes import Node
from hvgui.cluster.power_saving import PowerCourse
from hvgui.cluster.profiles import DEFAULT_PROFILE, Profile
from hvgui.cluster.quorum import QuorumSettings
from hvgui.cluster.storage import DetachedDisk, DiskKey, Lun, San, StoragePath, Volume
from hvgui.cluster.storage_index import StorageIndex
from hvgui.cluster.tasks import Task, TaskState
from hvgui.cluster.units import MIB

LinkKey = tuple[NodeId, NetworkId]
PathKey = tuple[NodeId, SanId]
Settings = QuorumSettings | HeartbeatSettings | Chaos | MaintenancePlan | LoadWatch | Tips | PowerCourse
"""Records of which a cluster has one each."""
Record = Node | VirtualMachine | San | Lun | Volume | Network | Link | Task | StoragePath | DetachedDisk | Settings


class ClusterRecord(msgspec.Struct, frozen=True):
    """A cluster as plain records: what files, inventories, samples and messages carry. Tasks are those not ended."""

    name: str = "Cluster"
    domain: str = ""
    profile: Profile = DEFAULT_PROFILE
    nodes: tuple[Node, ...] = ()
    vms: tuple[VirtualMachine, ...] = ()
    sans: tuple[San, ...] = ()
    luns: tuple[Lun, ...] = ()
    volumes: tuple[Volume, ...] = ()
    networks: tuple[Network, ...] = ()
    links: tuple[Link, ...] = ()
    tasks: tuple[Task, ...] = ()
    paths: tuple[StoragePath, ...] = ()
    detached_disks: tuple[DetachedDisk, ...] = ()
    shared_volumes_enabled: bool = False
    last_volume_id: int = -1
    """The highest id that a volume ever had, if it has been removed since; else -1."""
    last_vm_id: int = -1
    """Likewise of a VM."""
    quorum: QuorumSettings = QuorumSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    chaos: Chaos = Chaos()
    maintenance: MaintenancePlan = MaintenancePlan()
    load_watch: LoadWatch = LoadWatch()
    tips: Tips = Tips()
    power: PowerCourse = PowerCourse()
    last_node_id: int = -1
    """Likewise of a node."""


class Changes(msgspec.Struct, frozen=True):
    """The net change of a cluster since it was last asked: records as they are now, and the ids of what is gone."""

    records: tuple[Record, ...] = ()
    removed_vms: tuple[VmId, ...] = ()
    ended_tasks: tuple[TaskId, ...] = ()
    removed_volumes: tuple[VolumeId, ...] = ()
    removed_disks: tuple[DiskKey, ...] = ()
    """Detached disks that are attached again, or deleted."""
    shared_volumes_enabled: bool = False
    """True: somebody has enabled Cluster Shared Volumes meanwhile."""
    removed_nodes: tuple[NodeId, ...] = ()
    """Servers that are no longer there, with their links and paths."""

    def __bool__(self) -> bool:
        gone = self.removed_vms or self.ended_tasks or self.removed_volumes or self.removed_disks or self.removed_nodes
        return bool(self.records or gone or self.shared_volumes_enabled)


SHADOW_BYTES_A_VM = MIB
"""Memory that a VM costs its host without second level address translation (the article; Microsoft, R2)."""


class Cluster:
    """Records in dicts by id. Change it only through `put`, `remove_...`, `end_task` and `enable_shared_volumes`, which
    keep sums and indexes right."""

    __slots__ = (
        "_assigned_on",
        "_changed",
        "_copies",
        "_enabled_now",
        "_ended_tasks",
        "_holding_on",
        "_on_storage",
        "_removed_disks",
        "_removed_nodes",
        "_removed_vms",
        "_removed_volumes",
        "_reserved_on",
        "_tasks_on",
        "_vms_on",
        "chaos",
        "detached_disks",
        "domain",
        "heartbeat",
        "last_node_id",
        "last_vm_id",
        "last_volume_id",
        "links",
        "load_watch",
        "luns",
        "maintenance",
        "name",
        "networks",
        "nodes",
        "paths",
        "power",
        "profile",
        "quorum",
        "sans",
        "shared_volumes_enabled",
        "tasks",
        "tips",
        "vms",
        "volumes",
    )

    def __init__(self, record: ClusterRecord) -> None:
        self.name = record.name
        self.domain = record.domain
        self.profile = record.profile
        self.nodes: dict[NodeId, Node] = {}
        self.vms: dict[VmId, VirtualMachine] = {}
        self.sans: dict[SanId, San] = {}
        self.luns: dict[LunId, Lun] = {}
        self.volumes: dict[VolumeId, Volume] = {}
        self.networks: dict[NetworkId, Network] = {}
        self.links: dict[LinkKey, Link] = {}
        self.tasks: dict[TaskId, Task] = {}
        self.paths: dict[PathKey, StoragePath] = {}
        self.detached_disks: dict[DiskKey, DetachedDisk] = {}
        self.shared_volumes_enabled = record.shared_volumes_enabled
        self.last_volume_id, self.last_vm_id = record.last_volume_id, record.last_vm_id
        self.last_node_id = record.last_node_id
        self.quorum, self.heartbeat, self.chaos = record.quorum, record.heartbeat, record.chaos
        self.maintenance = record.maintenance
        self.load_watch, self.tips, self.power = record.load_watch, record.tips, record.power
        self._on_storage, self._copies = StorageIndex(), Copies()
        self._vms_on: dict[NodeId, dict[VmId, None]] = {}
        self._assigned_on: dict[NodeId, int] = {}
        self._reserved_on: dict[NodeId, int] = {}
        self._holding_on: dict[NodeId, int] = {}
        self._tasks_on: dict[NodeId, dict[TaskId, None]] = {}
        self._changed: dict[tuple[type, object], Record] = {}
        self._fill(record)
        self._forget_changes()

    def _fill(self, record: ClusterRecord) -> None:
        kinds: tuple[Iterable[Record], ...] = (
            record.nodes,
            record.networks,
            record.links,
            record.sans,
            record.luns,
            record.volumes,
            record.vms,
            record.tasks,
            record.paths,
            record.detached_disks,
        )
        for records in kinds:
            for one in records:
                self.put(one)

    def _forget_changes(self) -> None:
        self._changed = {}
        self._removed_vms: list[VmId] = []
        self._ended_tasks: list[TaskId] = []
        self._removed_volumes: list[VolumeId] = []
        self._removed_disks: list[DiskKey] = []
        self._removed_nodes: list[NodeId] = []
        self._enabled_now = False

    def fork(self) -> Cluster:
        """An independent copy that shares the frozen records; with no changes pending."""
        copy = Cluster.__new__(Cluster)
        copy.name, copy.domain, copy.profile = self.name, self.domain, self.profile
        copy.nodes, copy.vms, copy.tasks = self.nodes.copy(), self.vms.copy(), self.tasks.copy()
        copy.sans, copy.luns, copy.volumes = self.sans.copy(), self.luns.copy(), self.volumes.copy()
        copy.networks, copy.links = self.networks.copy(), self.links.copy()
        copy._vms_on = {node: vms.copy() for node, vms in self._vms_on.items()}
        copy._tasks_on = {node: tasks.copy() for node, tasks in self._tasks_on.items()}
        copy._assigned_on, copy._reserved_on = self._assigned_on.copy(), self._reserved_on.copy()
        copy._holding_on = self._holding_on.copy()
        copy.paths, copy.detached_disks = self.paths.copy(), self.detached_disks.copy()
        copy.shared_volumes_enabled, copy.last_volume_id = self.shared_volumes_enabled, self.last_volume_id
        copy.last_vm_id, copy.last_node_id = self.last_vm_id, self.last_node_id
        copy.quorum, copy.heartbeat, copy.chaos = self.quorum, self.heartbeat, self.chaos
        copy.maintenance = self.maintenance
        copy.load_watch, copy.tips, copy.power = self.load_watch, self.tips, self.power
        copy._on_storage, copy._copies = self._on_storage.fork(), self._copies.fork()
        copy._forget_changes()
        return copy

    def record(self) -> ClusterRecord:
        """The cluster as plain records."""
        return ClusterRecord(
            name=self.name,
            domain=self.domain,
            profile=self.profile,
            nodes=tuple(self.nodes.values()),
            vms=tuple(self.vms.values()),
            sans=tuple(self.sans.values()),
            luns=tuple(self.luns.values()),
            volumes=tuple(self.volumes.values()),
            networks=tuple(self.networks.values()),
            links=tuple(self.links.values()),
            tasks=tuple(self.tasks.values()),
            paths=tuple(self.paths.values()),
            detached_disks=tuple(self.detached_disks.values()),
            shared_volumes_enabled=self.shared_volumes_enabled,
            last_volume_id=self.last_volume_id if self.last_volume_id > max(self.volumes, default=-1) else -1,
            last_vm_id=self.last_vm_id if self.last_vm_id > max(self.vms, default=-1) else -1,
            quorum=self.quorum,
            heartbeat=self.heartbeat,
            chaos=self.chaos,
            maintenance=self.maintenance,
            load_watch=self.load_watch,
            tips=self.tips,
            power=self.power,
            last_node_id=self.last_node_id if self.last_node_id > max(self.nodes, default=-1) else -1,
        )

    # Changing

    def put(self, record: Record) -> None:
        """Adds a record, or puts it in the place of the one with its id."""
        match record:
            case VirtualMachine():
                self._put_vm(record)
            case Task():
                self._put_task(record)
            case Node():
                self.nodes[record.id] = record
                self.last_node_id = max(self.last_node_id, record.id)
            case Network():
                self.networks[record.id] = record
            case Volume():
                self.volumes[record.id] = record
                self.last_volume_id = max(self.last_volume_id, record.id)
            case Lun():
                self.luns[record.id] = record
            case San():
                self.sans[record.id] = record
            case Link() | StoragePath() | DetachedDisk():
                self._put_keyed(record)
                return
            case _:
                self._put_settings(record)
                return
        self._changed[(type(record), record.id)] = record

    def _put_settings(self, record: Settings) -> None:
        match record:
            case QuorumSettings():
                self.quorum = record
            case HeartbeatSettings():
                self.heartbeat = record
            case Chaos():
                self.chaos = record
            case MaintenancePlan():
                self.maintenance = record
            case LoadWatch():
                self.load_watch = record
            case Tips():
                self.tips = record
            case PowerCourse():
                self.power = record
        self._changed[(type(record), None)] = record

    def _put_keyed(self, record: Link | StoragePath | DetachedDisk) -> None:
        match record:
            case Link():
                self.links[record.key] = record
            case StoragePath():
                self.paths[record.key] = record
            case DetachedDisk():
                self._on_storage.count_detached(self.detached_disks.get(record.key), record)
                self.detached_disks[record.key] = record
        self._changed[(type(record), record.key)] = record

    def remove_vm(self, vm: VmId) -> None:
        """Takes a VM out of the cluster; its id is not used again."""
        record = self.vms.pop(vm)
        self._count_vm(record, -1)
        self._on_storage.count_vm(record, None)
        self._copies.count(record, None)
        self._changed.pop((VirtualMachine, vm), None)
        self._removed_vms.append(vm)

    def remove_volume(self, volume: VolumeId) -> None:
        """Takes a Cluster Shared Volume out; its id is not used again."""
        del self.volumes[volume]
        self._changed.pop((Volume, volume), None)
        self._removed_volumes.append(volume)

    def remove_node(self, node: NodeId) -> None:
        """Takes a server out, with its links and its paths; it holds no VM, and its id is not used again."""
        del self.nodes[node]
        self._changed.pop((Node, node), None)
        for link in [key for key in self.links if key[0] == node]:
            del self.links[link]
            self._changed.pop((Link, link), None)
        for path in [key for key in self.paths if key[0] == node]:
            del self.paths[path]
            self._changed.pop((StoragePath, path), None)
        self._removed_nodes.append(node)

    def remove_detached_disk(self, key: DiskKey) -> None:
        """Takes a detached disk out: a VM has it now, or it is deleted."""
        self._on_storage.count_detached(self.detached_disks.pop(key), None)
        self._changed.pop((DetachedDisk, key), None)
        self._removed_disks.append(key)

    def enable_shared_volumes(self) -> None:
        """Cluster Shared Volumes are there from now on; nobody disables them again."""
        self._enabled_now = self._enabled_now or not self.shared_volumes_enabled
        self.shared_volumes_enabled = True

    def end_task(self, task: TaskId) -> None:
        """Takes an ended task out: a cluster holds what waits and what runs."""
        self._count_task(self.tasks.pop(task), -1)
        self._changed.pop((Task, task), None)
        self._ended_tasks.append(task)

    def drain_changes(self) -> Changes:
        """What has changed since the last call; forgets it."""
        changes = Changes(
            tuple(self._changed.values()),
            tuple(self._removed_vms),
            tuple(self._ended_tasks),
            tuple(self._removed_volumes),
            tuple(self._removed_disks),
            self._enabled_now,
            tuple(self._removed_nodes),
        )
        self._forget_changes()
        return changes

    def apply(self, changes: Changes) -> None:
        """Follows the changes of another cluster, of which this one is a mirror."""
        for task in changes.ended_tasks:
            if task in self.tasks:
                self.end_task(task)
        for vm in changes.removed_vms:
            if vm in self.vms:
                self.remove_vm(vm)
        for volume in changes.removed_volumes:
            if volume in self.volumes:
                self.remove_volume(volume)
        for disk in changes.removed_disks:
            if disk in self.detached_disks:
                self.remove_detached_disk(disk)
        for node in changes.removed_nodes:
            if node in self.nodes:
                self.remove_node(node)
        if changes.shared_volumes_enabled:
            self.enable_shared_volumes()
        for record in changes.records:
            self.put(record)

    def _put_vm(self, vm: VirtualMachine) -> None:
        before = self.vms.get(vm.id)
        self.last_vm_id = max(self.last_vm_id, vm.id)
        self._on_storage.count_vm(before, vm)
        self._copies.count(before, vm)
        if before is not None:
            if before.owner == vm.owner and before.assigned_bytes == vm.assigned_bytes:
                self.vms[vm.id] = vm
                return
            self._count_vm(before, -1)
        self.vms[vm.id] = vm
        self._count_vm(vm, +1)

    def _count_vm(self, vm: VirtualMachine, sign: int) -> None:
        on_node = self._vms_on.setdefault(vm.owner, {})
        if sign > 0:
            on_node[vm.id] = None
        else:
            on_node.pop(vm.id, None)
        self._assigned_on[vm.owner] = self._assigned_on.get(vm.owner, 0) + sign * vm.assigned_bytes
        if vm.assigned_bytes:
            self._holding_on[vm.owner] = self._holding_on.get(vm.owner, 0) + sign

    def _put_task(self, task: Task) -> None:
        before = self.tasks.get(task.id)
        if before is not None:
            if (before.source, before.target, before.reserved_bytes) == (task.source, task.target, task.reserved_bytes):
                self.tasks[task.id] = task
                return
            self._count_task(before, -1)
        self.tasks[task.id] = task
        self._count_task(task, +1)

    def _count_task(self, task: Task, sign: int) -> None:
        self._reserved_on[task.target] = self._reserved_on.get(task.target, 0) + sign * task.reserved_bytes
        for node in {task.source, task.target}:
            on_node = self._tasks_on.setdefault(node, {})
            if sign > 0:
                on_node[task.id] = None
            else:
                on_node.pop(task.id, None)

    # Asking

    @property
    def vm_rows(self) -> int:
        """Rows that columns with one a VM's id need: ids of removed VMs are not used again."""
        return self.last_vm_id + 1

    def same_installation(self, identity: str) -> tuple[VmId, ...]:
        """VMs whose guests are known to be, or to have been, copies of one installation, by id."""
        return self._copies.of(identity)

    def vms_on(self, node: NodeId) -> tuple[VmId, ...]:
        """The VMs whose owner the node is, in the order in which they came."""
        return tuple(self._vms_on.get(node, ()))

    def tasks_on(self, node: NodeId) -> tuple[Task, ...]:
        """Tasks, waiting or running, of which the node is source or target, oldest first."""
        return tuple(self.tasks[task] for task in self._tasks_on.get(node, ()))

    def running_tasks_on(self, node: NodeId) -> tuple[Task, ...]:
        """Those of `tasks_on` that run."""
        return tuple(task for task in self.tasks_on(node) if task.state is TaskState.RUNNING)

    def assigned_bytes_on(self, node: NodeId) -> int:
        """Memory that the node's VMs occupy."""
        return self._assigned_on.get(node, 0)

    def free_bytes_on(self, node: NodeId) -> int:
        """Memory left for more VMs: less the root's reserve, its VMs and their shadow page tables, and what is held
        for VMs on their way to it."""
        used = self._assigned_on.get(node, 0) + self._reserved_on.get(node, 0)
        return self.nodes[node].memory_for_vms_bytes - used - self.shadow_bytes_on(node)

    def free_bytes(self) -> dict[NodeId, int]:
        """`free_bytes_on` of every node, for who asks each second."""
        assigned, reserved, holding = self._assigned_on.get, self._reserved_on.get, self._holding_on.get
        found: dict[NodeId, int] = {}
        for one, node in self.nodes.items():
            free = node.memory_for_vms_bytes - assigned(one, 0) - reserved(one, 0)
            found[one] = free if node.processor.slat else free - SHADOW_BYTES_A_VM * holding(one, 0)
        return found

    def shadow_bytes_on(self, node: NodeId) -> int:
        """Memory that the hypervisor takes for shadow page tables, where the processor lacks SLAT."""
        if self.nodes[node].processor.slat:
            return 0
        return SHADOW_BYTES_A_VM * self._holding_on.get(node, 0)

    @property
    def has_shared_volumes(self) -> bool:
        """Whether Cluster Shared Volumes are enabled, by somebody or by having volumes already."""
        return self.shared_volumes_enabled or bool(self.volumes)

    def vms_on_volume(self, volume: VolumeId) -> tuple[VmId, ...]:
        """VMs with disks on a Cluster Shared Volume, by id."""
        return self._on_storage.vms_on_volume(volume)

    def vms_on_lun(self, lun: LunId) -> tuple[VmId, ...]:
        """VMs with disks on a LUN itself, pass-through ones included, by id; not those of a volume on it."""
        return self._on_storage.vms_on_lun(lun)

    def lun_used_bytes(self, lun: LunId) -> int:
        """What the virtual disk files take of a LUN that is no Cluster Shared Volume."""
        return self._on_storage.lun_used_bytes(lun)
