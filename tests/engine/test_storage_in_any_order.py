"""No order of adds, removes, migrations, crashes and faults loses a disk, attaches it twice, or runs a VM twice."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from engine_world import Lab
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import LunId, NodeId, TaskId, VmId, VolumeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.storage import Controller, DiskKind, VirtualDisk
from hvgui.cluster.storage_access import disk_access
from hvgui.cluster.units import GIB
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.run import apply
from hvgui.requests.disks import AddController, AddDisks, CancelAddDisks, DeleteDetachedDisk, RemoveDisk
from hvgui.requests.faults import CrashNode, CutLink, PowerOnNode, RestoreLink
from hvgui.requests.lifecycle import SaveVm, ShutDownVm, StartVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.new_disks import ExistingDisk, NewDisk, PassThroughDisk
from hvgui.requests.request import Request
from hvgui.requests.shared_volumes import AddSharedVolume, MoveLun, RemoveSharedVolume
from hvgui.requests.storage_faults import FailLun, FailPath, FailSan, RestoreLun, RestorePath, RestoreSan
from hvgui.requests.volume_requests import (
    BringVolumeOnline,
    MoveCoordinator,
    TakeVolumeOffline,
    TurnOffMaintenance,
    TurnOffRedirectedAccess,
    TurnOnMaintenance,
    TurnOnRedirectedAccess,
)
from small_cluster import CLIENTS, MIGRATION
from storage_labs import OWN, SAN, VOLUME2, busy_guest, storage_record

VMS = st.integers(0, 3).map(VmId)
NODES = st.integers(0, 2).map(NodeId)
LUNS = st.integers(0, 4).map(LunId)
VOLUMES = st.integers(0, 3).map(VolumeId)
SLOTS = st.tuples(st.sampled_from(list(Controller)), st.integers(0, 1), st.integers(0, 4))
KINDS = st.sampled_from([DiskKind.FIXED, DiskKind.DYNAMIC])


class StorageInAnyOrder(RuleBasedStateMachine):
    """Anything may be asked at any time; what is refused changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab(storage_record())
        self.made = 0
        self.known: set[str] = set()

    @initialize()
    def begin(self) -> None:
        """Two guests on volumes, two that share a LUN; all read, write and grow."""
        vms = (
            busy_guest(0, iops=500, growth=1e6),
            busy_guest(1, owner=1, iops=5_000, growth=50e6, volume=VOLUME2),
            busy_guest(2, lun=OWN, iops=100),
            busy_guest(3, lun=OWN, growth=1e6),
        )
        record = storage_record(*vms)
        small = tuple(replace(volume, size_bytes=60 * GIB, used_bytes=20 * GIB) for volume in record.volumes)
        self.lab = Lab(replace(record, volumes=small))
        self.known = self._files()

    def _ask(self, request: Request) -> bool:
        before = self.lab.world.cluster.record()
        accepted = apply(self.lab.world, request, self.lab.sink).accepted
        if not accepted:
            assert self.lab.world.cluster.record() == before
        return accepted

    @rule(vm=VMS, kind=KINDS, size=st.integers(1, 30), home=st.one_of(VOLUMES, LUNS), slot=st.none() | SLOTS)
    def add_new(
        self, vm: VmId, kind: DiskKind, size: int, home: VolumeId | LunId, slot: tuple[Controller, int, int] | None
    ) -> None:
        """A new disk somewhere."""
        self.made += 1
        name = f"d{self.made}"
        on_volume = self.made % 3 > 0
        volume, lun = (VolumeId(home), None) if on_volume else (None, LunId(home))
        self._ask(AddDisks(vm, (NewDisk(kind, name, size * GIB, volume=volume, lun=lun, slot=slot),)))

    @rule(vm=VMS, number=st.integers(0, 5))
    def add_detached(self, vm: VmId, number: int) -> None:
        """One of the disks that lie about."""
        keys = sorted(self.lab.world.cluster.detached_disks, key=str)
        if keys:
            self._ask(AddDisks(vm, (ExistingDisk(keys[number % len(keys)]),)))

    @rule(vm=VMS, lun=LUNS)
    def add_lun(self, vm: VmId, lun: LunId) -> None:
        """A whole LUN."""
        self._ask(AddDisks(vm, (PassThroughDisk(lun),)))

    @rule(vm=VMS, number=st.integers(0, 5), delete=st.booleans())
    def remove(self, vm: VmId, number: int, delete: bool) -> None:
        """A disk that the VM has."""
        disks = self.lab.world.cluster.vms[vm].disks
        if disks:
            disk = disks[number % len(disks)]
            if self._ask(RemoveDisk(vm, disk.slot, delete)) and delete:
                self.known.discard(disk.path)

    @rule(number=st.integers(0, 5))
    def delete(self, number: int) -> None:
        """A file that lies about."""
        detached = self.lab.world.cluster.detached_disks
        if detached:
            key = sorted(detached, key=str)[number % len(detached)]
            path = detached[key].disk.path
            if self._ask(DeleteDetachedDisk(key)):
                self.known.discard(path)

    @rule(vm=VMS, to=NODES, kind=st.sampled_from([LiveMigrate, QuickMigrate, MoveVm]))
    def migrate(self, vm: VmId, to: NodeId, kind: type[LiveMigrate | QuickMigrate | MoveVm]) -> None:
        """Somebody goes elsewhere."""
        self._ask(kind(vm, to))

    @rule(vm=VMS, kind=st.sampled_from([StartVm, SaveVm, ShutDownVm, TurnOffVm, AddController]))
    def live(self, vm: VmId, kind: type[StartVm]) -> None:
        """A VM's life."""
        self._ask(kind(vm))

    @rule()
    def cancel(self) -> None:
        """Whatever disks are being made."""
        for task in list(self.lab.world.cluster.tasks):
            self._ask(CancelAddDisks(TaskId(task)))

    @rule(node=NODES, kind=st.sampled_from([CrashNode, PowerOnNode]))
    def node(self, node: NodeId, kind: type[CrashNode]) -> None:
        """A node dies or boots."""
        self._ask(kind(node))

    @rule(node=NODES, kind=st.sampled_from([FailPath, RestorePath]))
    def path(self, node: NodeId, kind: type[FailPath]) -> None:
        """A path breaks or is mended."""
        self._ask(kind(node, SAN))

    @rule(node=NODES, network=st.sampled_from([CLIENTS, MIGRATION]), kind=st.sampled_from([CutLink, RestoreLink]))
    def link(self, node: NodeId, network: int, kind: type[CutLink]) -> None:
        """A cable."""
        self._ask(kind(node, CLIENTS if network == CLIENTS else MIGRATION))

    @rule(lun=LUNS, kind=st.sampled_from([FailLun, RestoreLun, AddSharedVolume]))
    def lun(self, lun: LunId, kind: type[FailLun]) -> None:
        """A LUN fails, comes back, becomes a volume."""
        before = self.lab.world.cluster.detached_disks.copy()
        if self._ask(kind(lun)):
            self._follow_paths(before)

    @rule(kind=st.sampled_from([FailSan, RestoreSan]))
    def san(self, kind: type[FailSan]) -> None:
        """The SAN."""
        self._ask(kind(SAN))

    @rule(lun=LUNS, to=NODES)
    def move_lun(self, lun: LunId, to: NodeId) -> None:
        """A LUN changes its owner."""
        self._ask(MoveLun(lun, to))

    @rule(volume=VOLUMES, to=NODES)
    def move_coordinator(self, volume: VolumeId, to: NodeId) -> None:
        """A volume changes its coordinator."""
        self._ask(MoveCoordinator(volume, to))

    @rule(
        volume=VOLUMES,
        kind=st.sampled_from(
            [
                TurnOnRedirectedAccess,
                TurnOffRedirectedAccess,
                TurnOnMaintenance,
                TurnOffMaintenance,
                TakeVolumeOffline,
                BringVolumeOnline,
                RemoveSharedVolume,
            ]
        ),
    )
    def volume(self, volume: VolumeId, kind: type[TurnOnMaintenance]) -> None:
        """What administrators do to volumes."""
        before = self.lab.world.cluster.detached_disks.copy()
        if self._ask(kind(volume)):
            self._follow_paths(before)

    @rule(seconds=st.floats(0.1, 120.0))
    def time(self, seconds: float) -> None:
        """Time passes."""
        self.lab.until(self.lab.world.now_ns / 1e9 + seconds)

    @rule()
    def saved_and_restored(self) -> None:
        """The world goes through a file."""
        self.lab.world = restore(snapshot(self.lab.world))

    def _follow_paths(self, before: dict[object, object]) -> None:
        """Files on a LUN are seen under other paths once it is a volume, or is none any more."""
        if before.keys() != self.lab.world.cluster.detached_disks.keys():
            assert len(before) == len(self.lab.world.cluster.detached_disks)
            self.known = self._files()

    def _files(self) -> set[str]:
        cluster = self.lab.world.cluster
        attached = [disk.path for vm in cluster.vms.values() for disk in vm.disks if disk.path]
        return {*attached, *(one.disk.path for one in cluster.detached_disks.values())}

    @invariant()
    def records_agree(self) -> None:
        """No disk in two places, nothing where it can't be."""
        assert inconsistencies(self.lab.world.cluster.record()) == ()

    @invariant()
    def no_file_is_lost(self) -> None:
        """Every file is attached or lies about; what is new has been made since."""
        files = self._files()
        assert self.known <= files
        self.known = files

    @invariant()
    def who_runs_reaches_its_disks(self) -> None:
        """A VM whose disks are out of reach does not run, and one that stands still has a reason."""
        cluster = self.lab.world.cluster
        for vm in cluster.vms.values():
            if vm.state is VmState.RUNNING and vm.task is None and cluster.nodes[vm.owner].is_up:
                assert all(disk_access(cluster, vm.owner, disk).is_there for disk in vm.disks), vm.name

    @invariant()
    def luns_are_used_once(self) -> None:
        """A pass-through LUN belongs to one VM."""
        disks: list[VirtualDisk] = [disk for vm in self.lab.world.cluster.vms.values() for disk in vm.disks]
        whole = Counter(disk.lun for disk in disks if disk.kind is DiskKind.PHYSICAL)
        assert all(count == 1 for count in whole.values())

    @invariant()
    def flows_belong_to_somebody(self) -> None:
        """No flow is left of what has ended."""
        world = self.lab.world
        held = {getattr(one, "flow", None) for one in world.procedures.values()} | set(world.redirected.values())
        assert set(world.flows.owners) <= held


TestStorageInAnyOrder = StorageInAnyOrder.TestCase
TestStorageInAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
