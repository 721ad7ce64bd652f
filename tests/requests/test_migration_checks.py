"""Migration requests: every blocker is found before anything happens, named, and says what clears it."""

from __future__ import annotations

import msgspec
import pytest

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId, TaskId, VmId, VolumeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.nodes import Node, NodeState, Processor
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.storage import Lun, LunUse, VirtualDisk, VolumeState
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.cluster.units import GIB, TIB
from hvgui.requests.lifecycle import DeleteSavedState, PauseVm
from hvgui.requests.migration import CancelMigration, LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.migration_checks import migration_network, network_order
from hvgui.requests.places import rate_targets
from hvgui.requests.problems import Severity, blockers
from small_cluster import CLIENTS, MIGRATION, small_record, small_vm

HERE, THERE, VM = NodeId(0), NodeId(1), VmId(0)


def _codes(cluster: Cluster, request: LiveMigrate | QuickMigrate | MoveVm | CancelMigration) -> set[str]:
    return {problem.code for problem in request.check(cluster)}


def _changed_vm(cluster: Cluster, **changes: object) -> None:
    cluster.put(msgspec.structs.replace(cluster.vms[VM], **changes))


def _changed_node(cluster: Cluster, node: NodeId, **changes: object) -> None:
    cluster.put(msgspec.structs.replace(cluster.nodes[node], **changes))


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(small_record((small_vm(), small_vm(1, owner=1))))


@pytest.mark.parametrize("kind", [LiveMigrate, QuickMigrate, MoveVm])
def test_nothing_stands_in_the_way_of_an_ordinary_migration(
    cluster: Cluster, kind: type[LiveMigrate | QuickMigrate | MoveVm]
) -> None:
    assert kind(vm=VM, to=THERE).check(cluster) == ()


@pytest.mark.parametrize("kind", [LiveMigrate, QuickMigrate, MoveVm])
def test_what_does_not_exist_is_named(cluster: Cluster, kind: type[LiveMigrate | QuickMigrate | MoveVm]) -> None:
    assert _codes(cluster, kind(vm=VmId(9), to=THERE)) == {"no-such-vm"}
    assert _codes(cluster, kind(vm=VM, to=NodeId(9))) == {"no-such-node"}


def test_the_target_must_be_up_another_and_a_possible_owner(cluster: Cluster) -> None:
    request = LiveMigrate(vm=VM, to=THERE)
    assert "same-node" in _codes(cluster, LiveMigrate(vm=VM, to=HERE))
    for state, code in ((NodeState.PAUSED, "paused"), (NodeState.DOWN, "node-down")):
        _changed_node(cluster, THERE, state=state)
        assert _codes(cluster, request) == {code}
    _changed_node(cluster, THERE, state=NodeState.UP)
    _changed_vm(cluster, possible_owners=(HERE,))
    assert _codes(cluster, request) == {"not-possible-owner"}


def test_a_vm_that_does_not_run_is_moved_not_migrated(cluster: Cluster) -> None:
    _changed_vm(cluster, state=VmState.OFF, assigned_bytes=0)
    assert _codes(cluster, LiveMigrate(vm=VM, to=THERE)) == {"not-running"}
    assert _codes(cluster, QuickMigrate(vm=VM, to=THERE)) == {"not-running"}
    assert MoveVm(vm=VM, to=THERE).check(cluster) == ()


def test_memory_that_is_held_for_others_is_not_free(cluster: Cluster) -> None:
    request = LiveMigrate(vm=VM, to=THERE)
    other = Task(
        id=TaskId(0),
        kind=TaskKind.QUICK_MIGRATION,
        vm=VmId(1),
        source=HERE,
        target=THERE,
        state=TaskState.RUNNING,
        phase=Phase.SAVING,
        asked_ns=0,
        reserved_bytes=22 * GIB,
    )
    cluster.put(other)
    assert request.check(cluster) == ()
    cluster.put(msgspec.structs.replace(other, reserved_bytes=22 * GIB + 1))
    (problem,) = request.check(cluster)
    assert problem.code == "memory"
    assert "VM00 needs 4 GB; NODE2 has 4 GB free" in str(problem)


def test_processors_of_another_make_or_with_fewer_features(cluster: Cluster) -> None:
    _changed_vm(cluster, booted_vendor="Intel", seen_features=("sse4.1", "avx"))
    request = LiveMigrate(vm=VM, to=THERE)
    (problem,) = request.check(cluster)
    assert problem.code == "processor-features"
    assert "lacks avx" in problem.message
    _changed_vm(cluster, processor_compatibility=True)
    assert request.check(cluster) == ()
    _changed_node(cluster, THERE, processor=Processor(vendor="AMD"))
    assert _codes(cluster, request) == {"processor-vendor"}
    assert MoveVm(vm=VM, to=THERE).check(cluster) == ()


def test_disks_that_the_target_does_not_reach(cluster: Cluster) -> None:
    request = LiveMigrate(vm=VM, to=THERE)
    _changed_vm(cluster, disks=(VirtualDisk("data", GIB, local_node=HERE),))
    assert _codes(cluster, request) == {"local-disk"}
    cluster.put(Lun(LunId(1), "LUN2", SanId(0), TIB, LunUse.VM, HERE, paths=(HERE,)))
    _changed_vm(cluster, disks=(VirtualDisk("data", GIB, lun=LunId(1)),))
    assert _codes(cluster, request) == {"no-path"}
    cluster.put(msgspec.structs.replace(cluster.volumes[VolumeId(0)], state=VolumeState.OFFLINE))
    _changed_vm(cluster, disks=(VirtualDisk("data", GIB, volume=VolumeId(0)),))
    assert _codes(cluster, request) == {"volume-away"}


def test_a_lun_without_a_shared_volume_ties_its_vms_together(cluster: Cluster) -> None:
    cluster.put(Lun(LunId(1), "LUN2", SanId(0), TIB, LunUse.VM, HERE))
    disk = VirtualDisk("data", GIB, lun=LunId(1))
    _changed_vm(cluster, disks=(disk,))
    assert LiveMigrate(vm=VM, to=THERE).check(cluster) == ()
    cluster.put(msgspec.structs.replace(cluster.vms[VmId(1)], owner=HERE, disks=(disk,)))
    (problem,) = LiveMigrate(vm=VM, to=THERE).check(cluster)
    assert problem.code == "shared-lun"
    assert "VM01" in problem.message


def test_a_busy_vm_and_a_vm_outside_the_cluster(cluster: Cluster) -> None:
    _changed_vm(cluster, task=TaskId(3))
    assert _codes(cluster, LiveMigrate(vm=VM, to=THERE)) == {"busy"}
    _changed_vm(cluster, task=None, highly_available=False)
    assert _codes(cluster, LiveMigrate(vm=VM, to=THERE)) == {"not-clustered"}


def test_networks_are_tried_without_gateway_first_and_the_clusters_own_last(cluster: Cluster) -> None:
    vm = cluster.vms[VM]
    assert [network.name for network in network_order(cluster, vm)] == ["Migration", "Clients"]
    chosen = migration_network(cluster, vm, THERE)
    assert chosen is not None
    assert chosen.id == MIGRATION
    cluster.put(msgspec.structs.replace(cluster.links[(THERE, MIGRATION)], up=False))
    chosen = migration_network(cluster, vm, THERE)
    assert chosen is not None
    assert chosen.id == CLIENTS
    assert _codes(cluster, LiveMigrate(vm=VM, to=THERE, network=MIGRATION)) == {"no-network"}
    cluster.put(msgspec.structs.replace(cluster.links[(HERE, CLIENTS)], up=False))
    assert _codes(cluster, LiveMigrate(vm=VM, to=THERE)) == {"no-network"}
    assert _codes(cluster, LiveMigrate(vm=VM, to=THERE, network=NetworkId(9))) == {"no-such-network"}


def test_a_vms_own_order_of_networks_comes_before_the_clusters(cluster: Cluster) -> None:
    _changed_vm(cluster, migration_networks=(CLIENTS, MIGRATION))
    chosen = migration_network(cluster, cluster.vms[VM], THERE)
    assert chosen is not None
    assert chosen.id == CLIENTS


def test_a_hundred_megabits_is_a_named_warning_and_no_blocker(cluster: Cluster) -> None:
    for node in (HERE, THERE):
        cluster.put(msgspec.structs.replace(cluster.links[(node, MIGRATION)], bytes_per_second=12.5e6))
    (problem,) = LiveMigrate(vm=VM, to=THERE).check(cluster)
    assert (problem.code, problem.severity) == ("slow-network", Severity.WARNING)
    assert "100 Mbit/s" in problem.message


def test_a_node_takes_part_in_one_live_migration_at_a_time_until_2012(cluster: Cluster) -> None:
    running = Task(
        id=TaskId(0),
        kind=TaskKind.LIVE_MIGRATION,
        vm=VmId(1),
        source=THERE,
        target=HERE,
        state=TaskState.RUNNING,
        phase=Phase.COPYING,
        asked_ns=0,
    )
    cluster.put(running)
    problems = LiveMigrate(vm=VM, to=THERE).check(cluster)
    assert {problem.code for problem in blockers(problems)} == {"node-busy"}
    queued = LiveMigrate(vm=VM, to=THERE, queue=True).check(cluster)
    assert blockers(queued) == ()
    assert "extension of hvgui" in str(queued[0])
    cluster.profile = PROFILES["2012 R2"]
    assert LiveMigrate(vm=VM, to=THERE).check(cluster) == ()


def test_cancelling_ends_with_the_last_pass(cluster: Cluster) -> None:
    task = Task(
        id=TaskId(0),
        kind=TaskKind.LIVE_MIGRATION,
        vm=VM,
        source=HERE,
        target=THERE,
        state=TaskState.RUNNING,
        phase=Phase.COPYING,
        asked_ns=0,
    )
    request = CancelMigration(task=TaskId(0))
    assert _codes(cluster, request) == {"no-such-task"}
    cluster.put(task)
    assert request.check(cluster) == ()
    assert request.title(cluster) == "Cancel the migration of VM00"
    cluster.put(msgspec.structs.replace(task, phase=Phase.BLACKOUT))
    assert _codes(cluster, request) == {"past-cancelling"}
    cluster.put(msgspec.structs.replace(task, kind=TaskKind.SAVE))
    assert _codes(cluster, request) == {"not-a-migration"}


def test_targets_are_rated_by_what_would_be_left() -> None:
    vms = (small_vm(), small_vm(1, owner=1, gigabytes=20), small_vm(2, owner=2, gigabytes=4))
    cluster = Cluster(small_record(vms, nodes=4))
    _changed_node(cluster, NodeId(3), state=NodeState.DOWN)
    rated = rate_targets(cluster, VM)
    assert [target.node for target in rated] == [2, 1, 3]
    assert [target.stars for target in rated] == [5.0, 2.0, 0.0]
    assert not rated[2].is_suitable
    busy = rate_targets(cluster, VM, cpu_shares={NodeId(2): 0.95, NodeId(1): 0.1})
    assert [target.node for target in busy] == [1, 2, 3]


def test_a_new_node_is_a_target_at_once(cluster: Cluster) -> None:
    cluster.put(Node(NodeId(2), "NODE3"))
    assert {target.node for target in rate_targets(cluster, VM, QuickMigrate)} == {1, 2}


def test_the_powershell_quotes_names(cluster: Cluster) -> None:
    _changed_vm(cluster, name="O'Brien")
    assert LiveMigrate(vm=VM, to=THERE).powershell(cluster) == (
        "Move-ClusterVirtualMachineRole -Name 'O''Brien' -Node 'NODE2'"
    )


def test_the_powershell_names_the_chosen_network_by_leaving_out_the_others(cluster: Cluster) -> None:
    text = LiveMigrate(vm=VM, to=THERE, network=MIGRATION).powershell(cluster)
    name = cluster.networks[MIGRATION].name
    assert "MigrationExcludeNetworks" in text and f"$_.Name -ne '{name}'" in text
    assert text.endswith(LiveMigrate(vm=VM, to=THERE).powershell(cluster))


@pytest.mark.parametrize(("phase", "remedy"), [(Phase.COPYING, ", or cancel it."), (Phase.BLACKOUT, "has ended.")])
def test_nobody_is_told_to_cancel_what_can_not_be_cancelled(cluster: Cluster, phase: Phase, remedy: str) -> None:
    task = Task(TaskId(1), TaskKind.LIVE_MIGRATION, VM, HERE, THERE, TaskState.RUNNING, phase, asked_ns=0)
    cluster.put(task)
    _changed_vm(cluster, task=task.id)
    for request in (LiveMigrate(vm=VM, to=THERE), PauseVm(vm=VM)):
        (problem,) = request.check(cluster)
        assert problem.code == "busy" and problem.remedy.endswith(remedy)


@pytest.mark.parametrize(
    ("kind", "words"),
    [(TaskKind.LIVE_MIGRATION, "past its last pass"), (TaskKind.QUICK_MIGRATION, "quick migration of VM00 has begun")],
)
def test_what_can_not_be_cancelled_is_called_by_its_name(cluster: Cluster, kind: TaskKind, words: str) -> None:
    phase = Phase.BLACKOUT if kind is TaskKind.LIVE_MIGRATION else Phase.SAVING
    cluster.put(Task(TaskId(1), kind, VM, HERE, THERE, TaskState.RUNNING, phase, asked_ns=0))
    (problem,) = CancelMigration(TaskId(1)).check(cluster)
    assert words in problem.message


def test_a_paused_vm_is_to_be_resumed_and_one_that_is_off_to_be_started(cluster: Cluster) -> None:
    remedies = {}
    for state in (VmState.PAUSED, VmState.OFF):
        _changed_vm(cluster, state=state)
        remedies[state] = [
            one.remedy for one in LiveMigrate(vm=VM, to=THERE).check(cluster) if one.code == "not-running"
        ]
    assert remedies == {VmState.PAUSED: ["Resume it first."], VmState.OFF: ["Start it, or use Move."]}


def test_what_needs_another_state_says_so_in_a_sentence(cluster: Cluster) -> None:
    (problem,) = DeleteSavedState(VM).check(cluster)
    assert str(problem) == "VM00 is running. Delete saved state: that takes a VM that is saved."
