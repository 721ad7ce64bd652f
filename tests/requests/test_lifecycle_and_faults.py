"""The life of a VM and the faults of a cluster: what each state allows, and that every request can say what it does."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from failover_labs import ONE_OF_EACH_ON_THE_CLUSTER
from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import LunId, NodeId, SanId, TaskId, VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.machines import Guest, Scheduling, VmState
from hvgui.cluster.memory import MemorySettings
from hvgui.cluster.misconfigurations import Misconfiguration
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.units import GIB
from hvgui.engine.run import advance_to, apply
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.requests.catalogue import REQUEST_TYPES, AnyRequest
from hvgui.requests.cloning import CloneVm
from hvgui.requests.fabric_setup import (
    PresentLun,
    SetAddress,
    SetLinkLatency,
    SetNetworkRole,
    SetReservations,
    SetSanLatency,
)
from hvgui.requests.faults import CrashNode, CutLink, PauseNode, PowerOnNode, RestoreLink, ResumeNode, SetLinkSpeed
from hvgui.requests.guests import SetClients, SetLoad
from hvgui.requests.imports import CancelImport, ImportVm
from hvgui.requests.integration import InstallIntegrationServices
from hvgui.requests.lifecycle import (
    DeleteSavedState,
    PauseVm,
    ResetVm,
    ResumeVm,
    SaveVm,
    ShutDownVm,
    StartVm,
    TurnOffVm,
    VmRequest,
)
from hvgui.requests.load_watch import DismissTip, ImplementTip, SetLoadWatch
from hvgui.requests.memory import SetMemory
from hvgui.requests.migration import CancelMigration, LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.misconfigurations import MisconfigureNode, SetNodeRight
from hvgui.requests.problems import blockers
from hvgui.requests.processors import ReplaceProcessors, SetProcessors
from hvgui.requests.request import Request
from hvgui.requests.snapshot_merges import CancelSnapshot, MergeSnapshots
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RenameSnapshot, RevertVm, TakeSnapshot
from hvgui.requests.templates import DeleteVm, Generalise, SetTemplate
from small_cluster import MIGRATION, small_record, small_vm
from storage_labs import ONE_OF_EACH_ON_STORAGE
from wording import MOST_LETTERS, WIDE, badly_said, badly_told, largest

VM, NODE = VmId(0), NodeId(0)

ALLOWED = {
    StartVm: {VmState.OFF, VmState.SAVED, VmState.CRITICAL},
    TurnOffVm: {VmState.RUNNING, VmState.PAUSED, VmState.PAUSED_CRITICAL, VmState.SAVED, VmState.STARTING},
    ShutDownVm: {VmState.RUNNING},
    ResetVm: {VmState.RUNNING},
    PauseVm: {VmState.RUNNING},
    SaveVm: {VmState.RUNNING, VmState.PAUSED},
    ResumeVm: {VmState.PAUSED},
    DeleteSavedState: {VmState.SAVED},
}

ONE_OF_EACH: tuple[Request, ...] = (
    LiveMigrate(vm=VM, to=NodeId(1)),
    QuickMigrate(vm=VM, to=NodeId(1)),
    MoveVm(vm=VM, to=NodeId(1)),
    CancelMigration(task=TaskId(0)),
    *(kind(vm=VM) for kind in ALLOWED),
    CutLink(node=NODE, network=MIGRATION),
    RestoreLink(node=NODE, network=MIGRATION),
    SetLinkSpeed(node=NODE, network=MIGRATION, bytes_per_second=12.5e6),
    SetNetworkRole(network=MIGRATION, role=NetworkRole.NONE),
    SetAddress(node=NODE, network=MIGRATION, address="10.9.9.9"),
    SetLinkLatency(node=NODE, network=MIGRATION, latency_seconds=0.02),
    SetSanLatency(san=SanId(0), latency_seconds=0.05),
    SetReservations(san=SanId(0), supported=False),
    PresentLun(lun=LunId(0), nodes=(NodeId(0),)),
    CrashNode(node=NODE),
    *(MisconfigureNode(node=NODE, wrong=wrong) for wrong in Misconfiguration),
    *(SetNodeRight(node=NODE, wrong=wrong) for wrong in Misconfiguration),
    PowerOnNode(node=NODE),
    PauseNode(node=NODE),
    ResumeNode(node=NODE),
    SetLoad(vm=VM, load=Load()),
    SetClients(vm=VM, clients=Clients(video=VideoStream())),
    *ONE_OF_EACH_ON_STORAGE,
    SetMemory(vm=VmId(0), settings=MemorySettings(2 * GIB, GIB, 4 * GIB, dynamic=True, buffer_percent=30, weight=7000)),
    SetProcessors(vm=VmId(0), vcpus=2, scheduling=Scheduling(200, 10, 90), compatibility=True),
    ReplaceProcessors(node=NodeId(0), model="xeon-e5440", sockets=2, uses_slat=False),
    InstallIntegrationServices(vm=VmId(0)),
    TakeSnapshot(vm=VmId(0), name="before"),
    ApplySnapshot(vm=VmId(0), snapshot=1),
    RevertVm(vm=VmId(0)),
    RenameSnapshot(vm=VmId(0), snapshot=1, name="after"),
    DeleteSnapshot(vm=VmId(0), snapshot=1, subtree=True),
    ImportVm(machine=small_vm(7, state=VmState.OFF)),
    CancelImport(task=TaskId(0)),
    CloneVm(vm=VmId(0), name="copy", guid="00000000-0000-0000-0000-00000000000c"),
    SetTemplate(vm=VmId(0)),
    Generalise(vm=VmId(0)),
    DeleteVm(vm=VmId(0)),
    *ONE_OF_EACH_ON_THE_CLUSTER,
    SetLoadWatch(LoadWatch(WatchMode.AUTOMATIC, 4, 600, 22.0, 6.0)),
    ImplementTip(1),
    DismissTip(2),
    MergeSnapshots(vm=VmId(0)),
    CancelSnapshot(task=TaskId(0)),
)


@pytest.mark.parametrize("kind", list(ALLOWED), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", list(VmState), ids=lambda state: state.value)
def test_each_action_is_allowed_in_its_states_and_no_other(kind: type[VmRequest], state: VmState) -> None:
    cluster = Cluster(small_record((small_vm(state=state),)))
    assert (blockers(kind(vm=VM).check(cluster)) == ()) == (state in ALLOWED[kind])


def test_a_guest_without_integration_components_cannot_be_asked_to_shut_down() -> None:
    vm = msgspec.structs.replace(small_vm(), guest=Guest("OS/2", integration_components=False))
    cluster = Cluster(small_record((vm,)))
    assert "integration components" in str(ShutDownVm(vm=VM).check(cluster)[0])
    assert blockers(TurnOffVm(vm=VM).check(cluster)) == ()


def test_a_start_needs_an_owner_that_is_up_memory_and_places() -> None:
    cluster = Cluster(small_record((small_vm(state=VmState.OFF), small_vm(1, gigabytes=26))))
    assert StartVm(vm=VM).check(cluster) == ()
    cluster.put(msgspec.structs.replace(cluster.vms[VmId(1)], assigned_bytes=26 * 2**30 + 1))
    assert [problem.code for problem in StartVm(vm=VM).check(cluster)] == ["memory"]
    cluster.put(msgspec.structs.replace(cluster.nodes[NODE], state=NodeState.DOWN))
    assert [problem.code for problem in StartVm(vm=VM).check(cluster)] == ["node-down"]


def test_virtual_processors_are_counted_against_the_logical_ones() -> None:
    crowd = tuple(msgspec.structs.replace(small_vm(one, gigabytes=1), vcpus=16) for one in range(1, 9))
    cluster = Cluster(small_record((msgspec.structs.replace(small_vm(state=VmState.OFF), vcpus=1), *crowd)))
    (problem,) = StartVm(vm=VM).check(cluster)
    assert problem.code == "too-many-vcpus"
    assert "129" in problem.message
    assert "128" in problem.message


def test_what_destroys_data_warns() -> None:
    cluster = Cluster(small_record())
    for kind in (TurnOffVm, ResetVm):
        assert [problem.code for problem in kind(vm=VM).check(cluster)] == ["data-loss"]
    assert str(CrashNode(node=NODE).check(cluster)[0]) == "A VM on NODE1 dies."


def test_links_and_nodes_are_broken_once_and_mended_once() -> None:
    cluster = Cluster(small_record())
    assert CutLink(node=NODE, network=MIGRATION).check(cluster) == ()
    assert blockers(RestoreLink(node=NODE, network=MIGRATION).check(cluster))
    cluster.put(msgspec.structs.replace(cluster.links[(NODE, MIGRATION)], up=False))
    assert blockers(CutLink(node=NODE, network=MIGRATION).check(cluster))
    assert RestoreLink(node=NODE, network=MIGRATION).check(cluster) == ()
    assert blockers(PowerOnNode(node=NODE).check(cluster))
    assert blockers(ResumeNode(node=NODE).check(cluster))
    cluster.put(msgspec.structs.replace(cluster.nodes[NODE], state=NodeState.DOWN))
    assert blockers(CrashNode(node=NODE).check(cluster))
    assert PowerOnNode(node=NODE).check(cluster) == ()
    assert blockers(PauseNode(node=NODE).check(cluster))


@pytest.mark.parametrize("speed", [0.0, -5.0, float("nan"), float("inf")])
def test_a_link_has_a_sensible_speed(speed: float) -> None:
    request = SetLinkSpeed(node=NODE, network=MIGRATION, bytes_per_second=speed)
    assert blockers(request.check(Cluster(small_record())))


@pytest.mark.parametrize(
    "curve",
    [LoadCurve(level=-1), LoadCurve(period_seconds=0), LoadCurve(burst_share=2), LoadCurve(level=float("nan"))],
)
def test_a_load_must_make_sense(curve: LoadCurve) -> None:
    assert blockers(SetLoad(vm=VM, load=Load(cpu=curve)).check(Cluster(small_record())))


def test_every_request_is_in_the_catalogue_and_travels_unchanged() -> None:
    assert {type(request) for request in ONE_OF_EACH} == set(get_args(AnyRequest)) == set(REQUEST_TYPES.values())
    for request in ONE_OF_EACH:
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(request), type=AnyRequest) == request
        assert REQUEST_TYPES[str(type(request).__struct_config__.tag)] is type(request)


@pytest.mark.parametrize("record", [small_record(), small_record((), nodes=0)], ids=["there", "not there"])
def test_every_request_can_say_what_it_does_even_of_what_is_not_there(record: ClusterRecord) -> None:
    cluster = Cluster(record)
    for request in ONE_OF_EACH:
        assert request.title(cluster)
        assert request.powershell(cluster)
        for problem in request.check(cluster):
            assert problem.message.endswith(".")
            assert "None" not in str(problem)


@pytest.mark.parametrize("asked", [*ONE_OF_EACH, *WIDE], ids=lambda one: type(one).__name__)
def test_it_is_said_as_sentences_are_and_short_enough_to_be_read(asked: Request) -> None:
    """In a cluster of 64 nodes: the title, what stands in the way, and what comes of it."""
    world, told = settled(largest(), seed=1), Recorder()
    assert badly_said(asked.title(world.cluster)) == ""
    assert [one.message for one in asked.check(world.cluster) if len(one.message) > 2 * MOST_LETTERS] == []
    apply(world, asked, told)
    advance_to(world, 30 * 10**9, told)
    assert badly_told(told.events, world.cluster) == []
