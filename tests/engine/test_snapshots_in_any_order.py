"""No order of snapshots, going back, deleting, merges, faults and time loses a file or a byte; two courses agree."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from engine_world import Lab
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import NodeId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import by_id, children, shown
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.cluster.units import GIB, NANOSECONDS
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.procedures.snapshot_merging import MergeProcedure
from hvgui.engine.run import advance_to, apply
from hvgui.engine.sink import Recorder
from hvgui.requests.disks import AddDisks, DeleteDetachedDisk, RemoveDisk
from hvgui.requests.faults import CrashNode, PowerOnNode
from hvgui.requests.lifecycle import PauseVm, ResumeVm, SaveVm, ShutDownVm, StartVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate, QuickMigrate
from hvgui.requests.new_disks import NewDisk
from hvgui.requests.request import Request
from hvgui.requests.snapshot_merges import CancelSnapshot, MergeSnapshots
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RenameSnapshot, RevertVm, TakeSnapshot
from hvgui.requests.storage_faults import FailLun, FailPath, FailSan, RestoreLun, RestorePath, RestoreSan
from snapshot_labs import R2, TODAY, every_parent_is_there
from storage_labs import LUN1, OWN, SAN, VOLUME1, busy_guest, storage_record

VMS = st.sampled_from([VmId(0), VmId(0), VmId(1), VmId(2)])
NODES = st.integers(0, 2).map(NodeId)
NUMBERS = st.integers(0, 11)
LUNS = (LUN1, OWN)
FAULTS = st.one_of(
    NODES.map(CrashNode),
    NODES.map(lambda node: FailPath(node, SAN)),
    st.sampled_from(LUNS).map(FailLun),
    st.just(FailSan(SAN)),
)


class SnapshotsInAnyOrder(RuleBasedStateMachine):
    """Anything may be asked at any time; what is refused changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab(storage_record())
        self.made = 0
        self.known: set[str] = set()
        self.held: dict[tuple[VmId, int], tuple[str, int, str]] = {}
        """What each snapshot that a person sees holds: it must never change."""

    @initialize(live=st.booleans(), room=st.integers(14, 80))
    def begin(self, live: bool, room: int) -> None:
        """Two guests on a volume with little room, one on a LUN; all write, one stands off."""
        vms = (
            busy_guest(0, iops=200.0, growth=5e6),
            busy_guest(1, owner=1, growth=20e6),
            replace(busy_guest(2, lun=OWN, iops=50.0, growth=1e6), state=VmState.OFF, assigned_bytes=0),
        )
        record = storage_record(*vms)
        size = (20 + room) * GIB
        volumes = tuple(
            replace(one, size_bytes=size, used_bytes=20 * GIB) if one.id == VOLUME1 else one for one in record.volumes
        )
        self.lab = Lab(replace(record, volumes=volumes, profile=TODAY if live else R2))
        self._plant()

    def _plant(self) -> None:
        """Some snapshots of each; the last guest stands on a branch, and one has a disk that only its second knows."""
        for number in range(2):
            for vm in self.lab.world.cluster.vms:
                self._ask(TakeSnapshot(vm, f"first {number}"))
            self._pass(120.0)
            self._ask(AddDisks(VmId(0), (NewDisk(DiskKind.DYNAMIC, f"later{number}", GIB, volume=VOLUME1),)))
        self._ask(ApplySnapshot(VmId(2), 1))
        self._ask(TakeSnapshot(VmId(2), "branch"))

    def _vm(self, vm: VmId) -> VirtualMachine:
        return self.lab.world.cluster.vms[vm]

    def _ask(self, request: Request) -> bool:
        before = self.lab.world.cluster.record()
        accepted = apply(self.lab.world, request, self.lab.sink).accepted
        if not accepted:
            assert self.lab.world.cluster.record() == before
        return accepted

    def _chosen(self, vm: VmId, number: int) -> int:
        ids = [one.id for one in shown(self._vm(vm).snapshots)] or [1]
        return ids[number % len(ids)]

    @rule(vm=VMS)
    def take(self, vm: VmId) -> None:
        """A snapshot more."""
        self._ask(TakeSnapshot(vm, f"{self.made}"))
        self.made += 1

    @rule(vm=VMS, number=NUMBERS, takes_first=st.booleans())
    def go_back(self, vm: VmId, number: int, takes_first: bool) -> None:
        """To any of them."""
        self._ask(ApplySnapshot(vm, self._chosen(vm, number), takes_first))

    @rule(vm=VMS)
    def revert(self, vm: VmId) -> None:
        """To the last one."""
        self._ask(RevertVm(vm))

    @rule(vm=VMS, number=NUMBERS, subtree=st.booleans())
    def delete(self, vm: VmId, number: int, subtree: bool) -> None:
        """One, or a branch."""
        self._ask(DeleteSnapshot(vm, self._chosen(vm, number), subtree))

    @rule(vm=VMS, number=NUMBERS)
    def rename(self, vm: VmId, number: int) -> None:
        """One is called something else."""
        chosen = self._chosen(vm, number)
        if self._ask(RenameSnapshot(vm, chosen, f"again {self.made}")):
            self.held.pop((vm, chosen), None)

    @rule(vm=VMS)
    def merge(self, vm: VmId) -> None:
        """Merge now."""
        self._ask(MergeSnapshots(vm))

    @rule(vm=VMS)
    def cancel(self, vm: VmId) -> None:
        """Whatever is taken or merged."""
        task = self._vm(vm).task
        if task is not None:
            self._ask(CancelSnapshot(task))

    @rule(vm=VMS, kind=st.sampled_from([StartVm, TurnOffVm]))
    def on_and_off(self, vm: VmId, kind: type[StartVm]) -> None:
        """Merges begin, and give way."""
        self._ask(kind(vm))

    @rule(vm=VMS, kind=st.sampled_from([SaveVm, ShutDownVm, PauseVm, ResumeVm]))
    def live(self, vm: VmId, kind: type[SaveVm]) -> None:
        """A VM's life."""
        self._ask(kind(vm))

    @rule(vm=VMS, to=NODES, kind=st.sampled_from([LiveMigrate, QuickMigrate]))
    def migrate(self, vm: VmId, to: NodeId, kind: type[LiveMigrate]) -> None:
        """Somebody goes elsewhere."""
        self._ask(kind(vm, to))

    @rule(vm=VMS, size=st.integers(1, 6), fixed=st.booleans(), number=NUMBERS)
    def other_disks(self, vm: VmId, size: int, fixed: bool, number: int) -> None:
        """A disk that no snapshot knows yet; or one goes, or is held."""
        disks = self._vm(vm).disks
        if len(disks) > 2:
            self._ask(RemoveDisk(vm, disks[number % len(disks)].slot))
            return
        self.made += 1
        kind = DiskKind.FIXED if fixed else DiskKind.DYNAMIC
        lun = OWN if vm == 2 else None
        volume = VOLUME1 if lun is None else None
        self._ask(AddDisks(vm, (NewDisk(kind, f"d{self.made}", size * GIB, volume=volume, lun=lun),)))

    @rule(number=NUMBERS)
    def delete_file(self, number: int) -> None:
        """Room is made."""
        keys = sorted(self.lab.world.cluster.detached_disks, key=str)
        if keys:
            key = keys[number % len(keys)]
            path = self.lab.world.cluster.detached_disks[key].disk.path
            if self._ask(DeleteDetachedDisk(key)):
                self.known.discard(path)

    @rule(fault=FAULTS, seconds=st.floats(0.0, 90.0))
    def fault(self, fault: Request, seconds: float) -> None:
        """Something breaks, for a while."""
        self._ask(fault)
        self._pass(seconds)

    @rule()
    def all_is_mended(self) -> None:
        """What is broken is mended, and who was lost starts again."""
        for request in (RestoreSan(SAN), *(RestoreLun(lun) for lun in LUNS)):
            self._ask(request)
        for node in self.lab.world.cluster.nodes:
            self._ask(RestorePath(node, SAN))
            self._ask(PowerOnNode(node))
        self._pass(200.0)
        for vm in self.lab.world.cluster.vms:
            self._ask(StartVm(vm))

    def _pass(self, seconds: float) -> None:
        until = self.lab.world.now_ns + round(seconds * NANOSECONDS)
        assert advance_to(self.lab.world, until, self.lab.sink)

    @rule(seconds=st.floats(0.1, 30.0))
    def a_moment(self, seconds: float) -> None:
        """Time passes, in the world and in one that was written down and read again: they agree."""
        twin, told = restore(snapshot(self.lab.world)), Recorder()
        self._pass(seconds)
        assert advance_to(twin, self.lab.world.now_ns, told)
        assert snapshot(twin) == snapshot(self.lab.world)

    @rule(minutes=st.integers(1, 20))
    def long(self, minutes: int) -> None:
        """Files grow, volumes get full, merges come to their end."""
        fork = self.lab.world.fork()
        self._pass(60.0 * minutes)
        assert advance_to(fork, self.lab.world.now_ns, Recorder())
        assert fork.cluster.record() == self.lab.world.cluster.record()

    def _files(self) -> list[VirtualDisk]:
        cluster = self.lab.world.cluster
        attached = [disk for vm in cluster.vms.values() for disk in vm.disks]
        frozen = [disk for vm in cluster.vms.values() for one in vm.snapshots for disk in one.disks]
        return [*attached, *frozen, *(one.disk for one in cluster.detached_disks.values())]

    @invariant()
    def records_agree(self) -> None:
        """Every parent is there, the snapshots are trees, no file has two owners."""
        assert inconsistencies(self.lab.world.cluster.record()) == ()
        for vm in self.lab.world.cluster.vms.values():
            every_parent_is_there(vm)
            for one in vm.snapshots:
                needed = one.id == vm.current_snapshot or children(vm.snapshots, one.id)
                assert needed or not one.is_deleted, "a deleted one that nobody builds on is gone"

    @invariant()
    def every_byte_is_counted(self) -> None:
        """Volume and LUN are as full as the files on them, and no file is larger than its disk."""
        cluster, files = self.lab.world.cluster, self._files()
        memory = [(one.disks[0], one.memory_bytes) for vm in cluster.vms.values() for one in vm.snapshots if one.disks]
        sizes = [*((disk, disk.file_bytes) for disk in files), *memory]
        assert cluster.volumes[VolumeId(VOLUME1)].used_bytes == sum(
            size for disk, size in sizes if disk.volume == VOLUME1
        )
        assert cluster.lun_used_bytes(OWN) == sum(size for disk, size in sizes if disk.lun == OWN)
        for disk in files:
            footer = 512 if disk.kind is DiskKind.FIXED else 0
            assert 0 <= disk.rewritten_bytes <= disk.file_bytes <= disk.size_bytes + footer

    @invariant()
    def no_disk_is_lost(self) -> None:
        """What was a disk of its own is one still, or lies about; what only holds changes never lies about alone."""
        own = {disk.path for disk in self._files() if not disk.path.endswith(("avhd", "avhdx"))}
        assert self.known <= own
        self.known = own
        assert not [key for key in self.lab.world.cluster.detached_disks if key[1].endswith(("avhd", "avhdx"))]

    @invariant()
    def what_is_seen_stays(self) -> None:
        """A snapshot that a person sees keeps its name, its memory and its settings, whatever is merged below it."""
        for vm in self.lab.world.cluster.vms.values():
            for one in shown(vm.snapshots):
                now = (one.name, one.memory_bytes, ",".join(disk.name for disk in one.disks))
                assert self.held.setdefault((vm.id, one.id), now) == now

    @invariant()
    def merges_are_of_what_is_there(self) -> None:
        """Whoever merges has what it merges, a task has hold of its VM, and no flow is left of what has ended."""
        world = self.lab.world
        for procedure in world.procedures.values():
            if isinstance(procedure, MergeProcedure):
                vm = world.cluster.vms[procedure.vm]
                assert by_id(vm.snapshots)[procedure.snapshot].is_deleted
                assert vm.task == procedure.task
                assert vm.state in (VmState.OFF, VmState.RUNNING, VmState.PAUSED_CRITICAL)
        held = {getattr(one, "flow", None) for one in world.procedures.values()} | set(world.redirected.values())
        assert set(world.flows.owners) <= held


TestSnapshotsInAnyOrder = SnapshotsInAnyOrder.TestCase
TestSnapshotsInAnyOrder.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
