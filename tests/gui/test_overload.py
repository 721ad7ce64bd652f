"""A node is given more to do: what the dialog works out is what the load watch then sees."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId, SanId
from hvgui.cluster.load_watch import WatchedResource
from hvgui.cluster.machines import VmState
from hvgui.cluster.storage import StoragePath
from hvgui.cluster.units import nanoseconds
from hvgui.engine.run import advance_to, apply
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.engine.watch_figures import watch_figures
from hvgui.exchange.samples import sample
from hvgui.gui.tips.overload import RAISED, guests_of, most_share, raised
from small_cluster import small_record, small_vm

NODE = NodeId(0)


def _seen(record: ClusterRecord, resource: WatchedResource, share: float) -> float:
    """What the engine's watch sees of the node once the loads are set."""
    world, told = settled(record, 1), Recorder()
    for request in raised(world.cluster, NODE, resource, share):
        assert apply(world, request, told).accepted
    advance_to(world, nanoseconds(2.0), told)
    return watch_figures(world).share(resource, NODE)


@pytest.mark.parametrize("resource", RAISED)
def test_the_watch_sees_the_share_that_was_wished(resource: WatchedResource) -> None:
    record = sample("small-business")
    share = min(0.97, most_share(Cluster(record), NODE, resource))
    assert share > 0.5
    assert _seen(record, resource, share) == pytest.approx(share, rel=1e-6)


def test_a_path_of_its_own_and_a_cut_one_count_as_the_watch_counts_them() -> None:
    record = replace(small_record(), paths=(StoragePath(NODE, SanId(0), 50e6),))
    assert _seen(record, WatchedResource.DISK, 0.9) == pytest.approx(0.9)
    cut = replace(record, paths=(StoragePath(NODE, SanId(0), 50e6, up=False),))
    assert most_share(Cluster(cut), NODE, WatchedResource.DISK) == 0.0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=6), st.floats(0.1, 1.2), st.sampled_from(RAISED))
def test_guests_without_drivers_want_no_more_than_their_devices_let_through(
    drivers: list[bool], share: float, resource: WatchedResource
) -> None:
    vms = tuple(
        replace(vm := small_vm(number, gigabytes=1), guest=replace(vm.guest, integration_components=has))
        for number, has in enumerate(drivers)
    )
    record = small_record(vms=vms)
    most = most_share(Cluster(record), NODE, resource)
    assert _seen(record, resource, share) == pytest.approx(min(share, most), rel=1e-6)


def test_who_does_not_run_is_left_alone() -> None:
    vms = (small_vm(0), small_vm(1, state=VmState.OFF), small_vm(2, state=VmState.SAVED), small_vm(3, owner=1))
    cluster = Cluster(small_record(vms=vms))
    assert [vm.name for vm in guests_of(cluster, NODE)] == ["VM00"]
    assert [request.vm for request in raised(cluster, NODE, WatchedResource.NETWORK, 0.9)] == [vms[0].id]
