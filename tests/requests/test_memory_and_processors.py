"""What may be changed of memory and processors, when, and what is said where it may not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import Guest, Scheduling, VmState
from hvgui.cluster.memory import MemorySettings
from hvgui.cluster.processor_models import PROCESSOR_MODELS, seen_with_compatibility
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.units import GIB, MIB
from hvgui.requests.lifecycle import StartVm
from hvgui.requests.memory import SetMemory
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.problems import blockers
from hvgui.requests.processors import ReplaceProcessors, SetProcessors
from memory_labs import breathing, memory_record
from small_cluster import small_record, small_vm

VM = VmId(0)


def cluster_of(profile: str, state: VmState = VmState.RUNNING) -> Cluster:
    """One VM with dynamic memory on a platform."""
    minimum = 512 if PROFILES[profile].features.minimum_memory else 1024
    vm = breathing(minimum_mib=minimum, state=state)
    return Cluster(replace(memory_record([vm]), profile=PROFILES[profile]))


def said(cluster: Cluster, **changes: object) -> str:
    """What stands in the way of changing the settings so."""
    before = cluster.vms[VM].memory.settings
    found = blockers(SetMemory(VM, replace(before, **changes)).check(cluster))
    return " ".join(map(str, found))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"startup_bytes": 16 * MIB, "minimum_bytes": 16 * MIB}, "would be 16 MB; 2019 allows 32 MB to"),
        ({"minimum_bytes": 2 * GIB}, "does not add up"),
        ({"maximum_bytes": 512 * MIB}, "does not add up"),
        ({"buffer_percent": 4}, "buffer of VM00 lies between 5 and 2,000"),
        ({"weight": 10_001}, "weight of VM00 lies between 0 and 10,000"),
    ],
)
def test_figures_out_of_range(changes: dict[str, object], sentence: str) -> None:
    assert sentence in said(cluster_of("2019", VmState.OFF), **changes)


def test_what_a_platform_lacks() -> None:
    assert "2008 R2 has no dynamic memory" in said(cluster_of("2008 R2", VmState.OFF))
    sp1 = cluster_of("2008 R2 SP1", VmState.OFF)
    assert "no minimum of its own" in said(sp1, minimum_bytes=512 * MIB)
    assert not said(sp1, minimum_bytes=0, maximum_bytes=16 * GIB)


def test_what_changes_while_it_runs() -> None:
    today, sp1 = cluster_of("2019"), cluster_of("2008 R2 SP1")
    for cluster in (today, sp1):
        assert not said(cluster, buffer_percent=50, weight=9000)
        assert "whether its memory is dynamic can't change" in said(cluster, dynamic=False)
        assert "its startup memory can't change" in said(today, startup_bytes=1025 * MIB)
    assert not said(today, maximum_bytes=16 * GIB, minimum_bytes=256 * MIB)
    assert "can only fall" in said(today, minimum_bytes=600 * MIB)
    assert "only rise" in said(today, maximum_bytes=4 * GIB)
    assert "its limits can't change" in said(sp1, maximum_bytes=16 * GIB)


def test_a_guest_without_components_is_warned_of() -> None:
    cluster = cluster_of("2019", VmState.OFF)
    cluster.put(replace(cluster.vms[VM], guest=Guest(integration_components=False)))
    problems = SetMemory(VM, cluster.vms[VM].memory.settings).check(cluster)
    assert [problem.code for problem in problems] == ["no-integration-components"]
    assert not blockers(problems)


def test_in_powershell() -> None:
    cluster = cluster_of("2019")
    settings = MemorySettings(GIB, 512 * MIB, 4 * GIB, dynamic=True, buffer_percent=30, weight=8000)
    assert SetMemory(VM, settings).powershell(cluster) == (
        "Set-VMMemory -VMName 'VM00' -StartupBytes 1024MB -DynamicMemoryEnabled $true -MinimumBytes 512MB"
        " -MaximumBytes 4096MB -Buffer 30 -Priority 80"
    )
    assert SetProcessors(VM, 2, Scheduling(200, 10, 50), compatibility=True).powershell(cluster) == (
        "Set-VMProcessor -VMName 'VM00' -Count 2 -RelativeWeight 200 -Reserve 10 -Maximum 50"
        " -CompatibilityForMigrationEnabled $true"
    )


# Processors


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (SetProcessors(VM, 5), "allows 1 to 4"),
        (SetProcessors(VM, 2, Scheduling(weight=0)), "between 1 and 10,000"),
        (SetProcessors(VM, 2, Scheduling(reserve_percent=60, limit_percent=50)), "the reserve at most the limit"),
        (SetProcessors(VM, 3), "the number of its virtual processors can't change"),
        (SetProcessors(VM, 2, compatibility=True), "processor compatibility can't change"),
        (SetProcessors(VmId(9), 2), "no VM no. 9"),
        (ReplaceProcessors(NodeId(1), "z80", 1), "no processor 'z80'"),
        (ReplaceProcessors(NodeId(1), "xeon-e5540", 9), "1 to 8 sockets"),
        (ReplaceProcessors(NodeId(1), "opteron-270", 2), "no hardware virtualisation"),
        (ReplaceProcessors(NodeId(1), "xeon-platinum-8592", 1), "128 logical processors; 2008 R2 SP1 uses 64"),
        (ReplaceProcessors(NodeId(0), "xeon-e5540", 2), "VM00 runs on NODE1"),
    ],
)
def test_processor_requests_that_are_refused(request_: SetProcessors | ReplaceProcessors, sentence: str) -> None:
    problems = blockers(request_.check(Cluster(small_record())))
    assert sentence in " ".join(map(str, problems))


def test_reserves_must_fit_the_node() -> None:
    half = Scheduling(reserve_percent=100)
    vms = [replace(small_vm(number, gigabytes=1), vcpus=4, scheduling=half) for number in range(4)]
    vms[3] = replace(vms[3], state=VmState.OFF, assigned_bytes=0)
    record = small_record(tuple(vms))
    nodes = tuple(
        replace(node, processor=replace(node.processor, sockets=1, cores_per_socket=7)) for node in record.nodes
    )
    problems = blockers(StartVm(VmId(3)).check(Cluster(replace(record, nodes=nodes))))
    assert "reserves 4 processors; of the 14 of NODE1 others have reserved 12" in problems[0].message


def test_eight_to_one_and_with_windows_7_alone_twelve_to_one() -> None:
    desktop = Guest("Windows 7")
    vms = [replace(small_vm(number, gigabytes=1), vcpus=4, guest=desktop) for number in range(9)]
    vms[8] = replace(vms[8], state=VmState.OFF, assigned_bytes=0)
    record = small_record(tuple(vms))
    nodes = tuple(
        replace(node, processor=replace(node.processor, sockets=1, cores_per_socket=4, threads_per_core=1))
        for node in record.nodes
    )
    record = replace(record, nodes=nodes)
    assert not blockers(StartVm(VmId(8)).check(Cluster(record)))
    with_a_server = replace(record, vms=(replace(vms[0], guest=Guest()), *vms[1:]))
    problem = blockers(StartVm(VmId(8)).check(Cluster(with_a_server)))[0]
    assert "36 virtual processors on 4 logical ones; 2008 R2 SP1 allows it 32" in problem.message
    elsewhere = replace(with_a_server, vms=(*with_a_server.vms[:8], replace(small_vm(8, 1, gigabytes=1), vcpus=4)))
    codes = [one.code for one in LiveMigrate(VmId(8), NodeId(0)).check(Cluster(elsewhere))]
    assert "too-many-vcpus" in codes


def test_the_catalogue_of_processors() -> None:
    models = list(PROCESSOR_MODELS.values())
    assert {model.vendor for model in models} == {"Intel", "AMD"}
    assert (min(model.year for model in models), max(model.year for model in models)) == (2005, 2025)
    for vendor in ("Intel", "AMD"):
        line = [model for model in models if model.vendor == vendor]
        assert [model.year for model in line] == sorted(model.year for model in line)
        slat = [model.slat for model in line]
        assert slat == sorted(slat), "once it was there it stayed"
    assert len({model.key for model in models}) == len(models)
    assert all(
        set(seen_with_compatibility(model.features)) == set(seen_with_compatibility(models[0].features))
        for model in models
    )
