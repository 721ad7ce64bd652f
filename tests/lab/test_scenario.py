"""Scenarios as people write them: what they say arrives in the cluster, by the names people use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.load import CurveKind
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.memory import WritePattern
from hvgui.cluster.networks import GOODPUT_SHARE
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.profiles import PROFILES, StopRule
from hvgui.cluster.units import GIB, MIB
from hvgui.exchange.samples import sample
from hvgui.lab import scenario as scenario_module
from hvgui.lab.scenario import End, Scenario, read_scenario
from hvgui.lab.scenario_profile import profile_keys
from hvgui.lab.scenario_requests import CancelOf
from hvgui.requests.catalogue import REQUEST_TYPES
from hvgui.requests.faults import CrashNode, SetLinkSpeed
from hvgui.requests.guests import SetClients, SetLoad
from hvgui.requests.migration import LiveMigrate


def scenario(folder: Path, text: str) -> Scenario:
    path = folder / "story.toml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def vm_of(record: ClusterRecord, name: str) -> VirtualMachine:
    return next(vm for vm in record.vms if vm.name == name)


TWO_NODES = """
[[node]]
name = "ALPHA"
memory = "16 GB"
[[node]]
name = "BETA"
memory = "16 GB"
"""


def test_a_sample_without_any_change_is_the_sample(tmp_path: Path) -> None:
    read = scenario(tmp_path, 'sample = "article-lab"\nseed = 3')
    assert read.record == sample("article-lab", 3)
    assert (read.title, read.seed, read.end, read.requests) == ("story", 3, End.REQUESTS, ())


def test_requests_find_their_objects_by_name_whatever_its_case(tmp_path: Path) -> None:
    read = scenario(
        tmp_path,
        """
        sample = "article-lab"
        [[request]]
        at = "1 min"
        do = "live-migrate"
        vm = "fs01"
        to = "node2"
        network = "CLUSTER"
        queue = true
        [[request]]
        at = 30
        do = "crash-node"
        node = "NODE1"
        """,
    )
    first, second = read.requests
    assert isinstance(first.request, CrashNode)
    assert (first.at_ns, first.request.node) == (30_000_000_000, 0)
    assert second.request == LiveMigrate(vm=vm_of(read.record, "FS01").id, to=1, network=1, queue=True)


def test_one_request_with_a_pattern_is_one_a_vm_on_the_node_it_names(tmp_path: Path) -> None:
    read = scenario(
        tmp_path,
        'sample = "small-business"\n[[request]]\ndo = "live-migrate"\nvm = "*"\nfrom = "hv01"\nto = "HV02"\n',
    )
    first_node = read.record.nodes[0].id
    expected = [vm.id for vm in read.record.vms if vm.owner == first_node]
    made = [one.request.vm for one in read.requests if isinstance(one.request, LiveMigrate)]
    assert made == expected
    assert len(made) > 3


def test_a_written_cluster_has_what_a_migration_needs(tmp_path: Path) -> None:
    read = scenario(
        tmp_path,
        TWO_NODES
        + """
        [[link]]
        payload = "117 MB/s"
        latency = "200 us"
        """.replace('"200 us"', '"0.2 ms"')
        + """
        [[vm]]
        name = "W1"
        node = "ALPHA"
        memory = "1 GiB"
        regions = [
          { name = "hot", size = "256 MiB", write_rate = "37.5 MB/s", pattern = "cyclic" },
          { name = "free", size = "512 MiB", zero_share = 0.75 },
        ]
        zero_share = 0.5
        connections = 12
        video = { rate = "6 Mbit/s", buffer = "3 s" }
        """,
    )
    record = read.record
    assert [node.name for node in record.nodes] == ["ALPHA", "BETA"]
    assert {link.key for link in record.links} == {(0, 0), (1, 0)}
    for link in record.links:
        assert link.goodput_bytes_per_second == pytest.approx(117e6)
        assert link.latency_seconds == pytest.approx(0.0002)
    machine = vm_of(record, "W1")
    hot, free = machine.memory.regions
    assert (hot.size_bytes, hot.write_bytes_per_second, hot.pattern) == (256 * MIB, 37.5e6, WritePattern.CYCLIC)
    assert (free.pattern, free.zero_share, machine.memory.cold_zero_share) == (WritePattern.RANDOM, 0.75, 0.5)
    assert (machine.state, machine.assigned_bytes, machine.owner) == (VmState.RUNNING, GIB, 0)
    assert machine.clients.connections == 12
    assert machine.clients.video is not None
    assert (machine.clients.video.bytes_per_second, machine.clients.video.buffer_seconds) == (750_000.0, 3.0)
    assert machine.disks[0].volume == 0
    assert machine.seen_features == record.nodes[0].processor.features


def test_a_lun_of_its_own_and_a_disk_on_the_node(tmp_path: Path) -> None:
    text = TWO_NODES + "".join(
        f'[[vm]]\nname = "{name}"\nnode = "BETA"\nmemory = "1 GB"\nstorage = "{storage}"\ndisk = "10 GB"\n'
        for name, storage in (("ON-LUN", "lun"), ("ON-NODE", "local"))
    )
    record = scenario(tmp_path, text).record
    on_lun, on_node = vm_of(record, "ON-LUN").disks[0], vm_of(record, "ON-NODE").disks[0]
    assert on_lun.lun is not None
    assert record.luns[on_lun.lun].owner == 1
    assert on_node.local_node == 1
    assert on_node.size_bytes == 10 * GIB


def test_a_profile_by_name_and_by_table(tmp_path: Path) -> None:
    assert scenario(tmp_path, 'sample = "article-lab"\nprofile = "2022"').record.profile == PROFILES["2022"]
    profile = scenario(
        tmp_path,
        """
        sample = "article-lab"
        [profile]
        base = "2012 R2"
        stop = "threshold"
        max_passes = 0
        blackout_target = "30 ms"
        setup = "2 ms"
        in_flight = 0
        bandwidth_cap = "12.5 MB/s"
        live_migrations_per_node = 5
        tcp_timeout = "21 s"
        drain = false
        vms = 9000
        """,
    ).record.profile
    assert (profile.pass_rule.stop, profile.pass_rule.max_passes) == (StopRule.THRESHOLD, 0)
    assert profile.pass_rule.blackout_target_seconds == pytest.approx(0.03)
    assert (profile.timings.setup_seconds, profile.timings.in_flight_bytes) == (0.002, 0)
    assert profile.timings.bandwidth_cap_bytes_per_second == 12.5e6
    assert (profile.live_migrations_per_node, profile.tcp_timeout_seconds) == (5, 21.0)
    assert (profile.features.drain, profile.features.live_merge) == (False, True)
    assert (profile.limits.vms, profile.limits.nodes) == (9000, PROFILES["2012 R2"].limits.nodes)


def test_every_key_of_a_profile_and_every_request_is_explained_where_scenarios_are() -> None:
    explained = set(re.findall(r"`([a-z_-]+)`", scenario_module.__doc__ or ""))
    assert set(profile_keys()) <= explained
    assert set(REQUEST_TYPES) <= explained


def test_overrides_of_vms_by_pattern_leave_the_others_alone(tmp_path: Path) -> None:
    read = scenario(
        tmp_path,
        """
        sample = "small-business"
        [[vm]]
        name = "SQL*"
        vcpus = 1
        priority = "high"
        load = { cpu = 0.9, network = "10 MB/s", memory = { kind = "daily", level = 0.5, swing = 0.2, period = "1h" } }
        """,
    ).record
    before = sample("small-business", 1)
    for vm, old in zip(read.vms, before.vms, strict=True):
        if not vm.name.startswith("SQL"):
            assert vm == old
            continue
        assert (vm.vcpus, vm.load.cpu.level, vm.load.network_bytes_per_second.level) == (1, 0.9, 10e6)
        assert (vm.load.memory.kind, vm.load.memory.period_seconds) == (CurveKind.DAILY, 3600.0)
        assert vm.load.disk_iops == old.load.disk_iops
    assert any(vm.name.startswith("SQL") for vm in read.vms)


def test_regions_keep_their_share_of_a_changed_memory(tmp_path: Path) -> None:
    read = scenario(tmp_path, 'sample = "article-lab"\n[[vm]]\nname = "FS01"\nmemory = "4 GB"').record
    before, after = vm_of(sample("article-lab", 1), "FS01"), vm_of(read, "FS01")
    assert after.assigned_bytes == 2 * before.assigned_bytes
    for old, new in zip(before.memory.regions, after.memory.regions, strict=True):
        assert new.size_bytes == 2 * old.size_bytes
        assert new.write_bytes_per_second == old.write_bytes_per_second


def test_a_vm_that_is_off_holds_no_memory_and_one_that_is_switched_on_does(tmp_path: Path) -> None:
    read = scenario(
        tmp_path,
        'sample = "article-lab"\n[[vm]]\nname = "FS01"\nstate = "off"\n[[vm]]\nname = "TEST01"\nstate = "running"',
    ).record
    assert vm_of(read, "FS01").assigned_bytes == 0
    started = vm_of(read, "TEST01")
    assert started.assigned_bytes == started.memory.settings.startup_bytes
    assert started.seen_features == read.nodes[started.owner].processor.features


def test_nodes_and_networks_of_a_sample_change_and_grow(tmp_path: Path) -> None:
    record = scenario(
        tmp_path,
        """
        sample = "article-lab"
        [[node]]
        name = "NODE2"
        state = "paused"
        processor = { features = ["sse", "sse2"], slat = false }
        [[node]]
        name = "NODE3"
        new = true
        memory = "64 GB"
        [[network]]
        name = "Fast"
        new = true
        role = "cluster only"
        [[link]]
        network = "Fast"
        speed = "10 Gbit/s"
        [[san]]
        name = "*"
        speed = "1 GB/s"
        """,
    ).record
    assert (record.nodes[1].state, record.nodes[1].processor.slat) == (NodeState.PAUSED, False)
    assert record.nodes[1].processor.model == record.nodes[0].processor.model
    fast = next(network.id for network in record.networks if network.name == "Fast")
    assert {(link.node, link.bytes_per_second) for link in record.links if link.network == fast} == {
        (node, 1.25e9) for node in (0, 1, 2)
    }
    assert {network for node, network in (link.key for link in record.links) if node == 2} == {0, 1, fast}
    assert record.sans[0].bytes_per_second == 1e9
    assert vm_of(record, "WEB01").seen_features == ("sse", "sse2")


def test_a_cancel_names_the_vm_and_a_link_the_node_and_the_network(tmp_path: Path) -> None:
    requests = scenario(
        tmp_path,
        """
        sample = "article-lab"
        [[request]]
        do = "cancel-migration"
        vm = "FS01"
        [[request]]
        do = "set-link-speed"
        node = "NODE1"
        network = "Cluster"
        payload = "50 MB/s"
        [[request]]
        do = "set-load"
        vm = "FS01"
        load = { cpu = 1 }
        [[request]]
        do = "set-clients"
        vm = "FS01"
        video = false
        """,
    ).requests
    cancel, slow, load, clients = (one.request for one in requests)
    assert cancel == CancelOf(0)
    assert slow == SetLinkSpeed(node=0, network=1, bytes_per_second=50e6 / GOODPUT_SHARE)
    assert isinstance(load, SetLoad)
    assert load.load.cpu.level == 1.0
    assert isinstance(clients, SetClients)
    assert clients.clients.video is None
    assert clients.clients.connections == 4


def test_ends(tmp_path: Path) -> None:
    assert scenario(tmp_path, 'sample = "article-lab"\nend = "10 min"').end_ns == 600 * 10**9
    assert scenario(tmp_path, 'sample = "article-lab"\nend = "when idle"').end is End.IDLE
    waits = scenario(tmp_path, 'sample = "article-lab"\nat_most = "2h"')
    assert (waits.end, waits.end_ns) == (End.REQUESTS, 7200 * 10**9)


def test_the_same_file_and_seed_are_the_same_scenario(tmp_path: Path) -> None:
    text = TWO_NODES + '[[vm]]\nname = "A"\nnode = "ALPHA"\nmemory = "1 GB"\n'
    assert scenario(tmp_path, text) == scenario(tmp_path, text)
