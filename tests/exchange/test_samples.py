"""The sample clusters: every one can be, stays within its platform's limits, and is the same for the same seed."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.consistency import beyond_limits, inconsistencies
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.networks import GIGABIT, GOODPUT_SHARE
from hvgui.cluster.profiles import PROFILES, profile_named
from hvgui.exchange.sample_building import build_sample
from hvgui.exchange.sample_definition import SampleDefinition
from hvgui.exchange.samples import generated, sample, sample_infos, sample_names
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.migration_checks import migration_network
from hvgui.requests.problems import blockers

NAMES = ("article-lab", "small-business", "r2-maximum", "todays-maximum")


@pytest.fixture(scope="module", params=NAMES)
def shipped(request: pytest.FixtureRequest) -> ClusterRecord:
    return sample(request.param)


def named(record: ClusterRecord, name: str) -> VirtualMachine:
    return next(vm for vm in record.vms if vm.name == name)


def test_the_welcome_menu_has_the_four_samples_in_order_of_size() -> None:
    assert sample_names() == NAMES
    for info in sample_infos():
        assert info.title
        assert info.description.endswith(".")
        assert "\n" not in info.description


def test_a_sample_that_does_not_exist_is_refused_by_naming_those_that_do() -> None:
    with pytest.raises(ValueError, match="no sample cluster 'nowhere'; there are: article-lab"):
        sample("nowhere")


def test_every_sample_can_be_and_is_within_its_platforms_limits(shipped: ClusterRecord) -> None:
    assert inconsistencies(shipped) == ()
    assert beyond_limits(shipped) == ()


def test_running_vms_have_their_startup_memory_and_have_seen_their_owners_processor(shipped: ClusterRecord) -> None:
    for vm in shipped.vms:
        if vm.state is VmState.RUNNING:
            processor = shipped.nodes[vm.owner].processor
            assert vm.assigned_bytes == vm.memory.settings.startup_bytes
            assert vm.seen_features == processor.features
            assert vm.booted_vendor == processor.vendor


def test_macs_come_from_the_owners_pool(shipped: ClusterRecord) -> None:
    client = {link.node: link.address for link in shipped.links if link.network == 0}
    for vm in shipped.vms:
        third, fourth = (int(octet) for octet in client[vm.owner].split(".")[2:])
        assert vm.adapters[0].mac.startswith(f"00-15-5D-{third:02X}-{fourth:02X}-")


def test_dynamic_memory_only_where_the_platform_has_it(shipped: ClusterRecord) -> None:
    if not shipped.profile.features.dynamic_memory:
        assert not any(vm.memory.settings.dynamic for vm in shipped.vms)


def test_migration_prefers_a_network_without_a_gateway(shipped: ClusterRecord) -> None:
    cluster = Cluster(shipped)
    vm = next(vm for vm in shipped.vms if vm.owner == 0)
    network = migration_network(cluster, vm, shipped.nodes[1].id)
    assert network is not None
    assert not network.has_gateway


@pytest.mark.parametrize("name", ["article-lab", "small-business"])
def test_the_same_seed_gives_the_same_cluster_and_another_seed_another(name: str) -> None:
    assert sample(name, 7) == sample(name, 7)
    assert sample(name, 7) != sample(name, 8)


def test_the_sizes_of_the_maxima() -> None:
    r2, today = sample("r2-maximum"), sample("todays-maximum")
    assert (len(r2.nodes), len(r2.vms), r2.profile.name) == (16, 1000, "2008 R2 SP1")
    assert (len(today.nodes), len(today.vms), today.profile.name) == (64, 8000, "2022")
    assert r2 == sample("r2-maximum")
    for record in (r2, today):
        on_coordinators = [sum(volume.coordinator == node.id for volume in record.volumes) for node in record.nodes]
        assert max(on_coordinators) - min(on_coordinators) <= 1


def test_a_large_cluster_survives_the_loss_of_a_node() -> None:
    record = sample("r2-maximum")
    cluster = Cluster(record)
    free = sum(max(0, cluster.free_bytes_on(node.id)) for node in record.nodes[1:])
    assert cluster.assigned_bytes_on(record.nodes[0].id) <= free


def test_the_articles_file_server_can_be_live_migrated_and_its_domain_controller_not() -> None:
    record = sample("article-lab")
    cluster = Cluster(record)
    server, controller = named(record, "FS01"), named(record, "DC01")
    assert server.clients.video is not None
    assert server.clients.connections > 0
    assert LiveMigrate(server.id, record.nodes[1].id).check(cluster) == ()
    refused = blockers(LiveMigrate(controller.id, record.nodes[1].id).check(cluster))
    assert [problem.code for problem in refused] == ["not-clustered"]


def dirty_after(vm: VirtualMachine, seconds: float) -> float:
    """Distinct bytes dirtied in a span, random writes: W (1 - exp(-r t / W)), cyclic: min(W, r t)."""
    total = 0.0
    for region in vm.memory.regions:
        written = region.write_bytes_per_second * seconds
        random = region.size_bytes * -math.expm1(-written / region.size_bytes)
        total += min(region.size_bytes, written) if region.pattern.value == "cyclic" else random
    return total


def last_blackout_seconds(vm: VirtualMachine, passes: int) -> float:
    """What a plain iteration of the pass rule over gigabit leaves for the blackout."""
    goodput = GIGABIT * GOODPUT_SHARE
    rest: float = vm.assigned_bytes
    for _ in range(passes):
        rest = dirty_after(vm, rest / goodput)
    return rest / goodput


def test_the_articles_file_server_converges_over_gigabit_and_the_small_businesss_sql_server_does_not() -> None:
    assert last_blackout_seconds(named(sample("article-lab"), "FS01"), 10) < 0.3
    office = sample("small-business")
    assert last_blackout_seconds(named(office, "SQL01"), 10) > office.profile.tcp_timeout_seconds
    easy = [vm for vm in office.vms if vm.assigned_bytes and last_blackout_seconds(vm, 10) < 0.3]
    assert len(easy) >= 15


def test_the_small_business_can_lose_any_one_node() -> None:
    record = sample("small-business")
    cluster = Cluster(record)
    for lost in record.nodes:
        others = [node for node in record.nodes if node.id != lost.id]
        assert cluster.assigned_bytes_on(lost.id) <= sum(cluster.free_bytes_on(node.id) for node in others)


@settings(max_examples=25, deadline=None)
@given(
    nodes=st.integers(1, 40),
    per_node=st.integers(0, 40),
    profile=st.sampled_from(["2008 R2 SP1", "2012 R2", "2016", "2025"]),
    seed=st.integers(0, 2**31),
    off_share=st.sampled_from([0.0, 0.3]),
)
def test_generated_clusters_of_any_size_can_be(
    nodes: int, per_node: int, profile: str, seed: int, off_share: float
) -> None:
    record = generated(nodes, nodes * per_node, profile_named(profile), seed, off_share=off_share)
    assert len(record.nodes) == nodes
    assert len(record.vms) == nodes * per_node
    assert inconsistencies(record) == ()


def test_what_no_server_could_carry_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="spread the VMs over more nodes"):
        generated(2, 5000, PROFILES["2008 R2"])
    with pytest.raises(ValueError, match="can't be generated"):
        generated(0, 5, PROFILES["2008 R2"])


def test_a_sample_survives_the_lab_files_codec() -> None:
    record = sample("small-business")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=ClusterRecord) == record


@pytest.mark.parametrize("name", sample_names())
def test_no_sample_wants_more_processors_than_it_has_at_its_busiest_hour(name: str) -> None:
    record = sample(name)
    for node in record.nodes:
        wanted = sum(vm.load.cpu.busiest * vm.vcpus for vm in record.vms if vm.owner == node.id)
        assert wanted < 0.95 * node.processor.logical


def test_a_node_of_a_sample_may_be_set_up_otherwise() -> None:
    text = """
title = "t"
description = "d."
order = 1
cluster = "C"
domain = "lab.example"
profile = "2019"
[[node]]
name = "A"
address = "10.0.0.1"
memory = "8 GB"
processor = "xeon-e5540"
[[node]]
name = "B"
address = "10.0.0.2"
memory = "8 GB"
processor = "xeon-e5540"
domain = ""
system_drive = "D:"
hardware_virtualisation = false
"""
    record = build_sample(msgspec.toml.decode(text, type=SampleDefinition), 1)
    assert [(node.domain, node.system_drive, node.hardware_virtualisation) for node in record.nodes] == [
        ("lab.example", "C:", True),
        ("", "D:", False),
    ]
