"""What each link carries: migrations on theirs, guests' talk on the network that is open to clients."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine_world import LINK, NODE1, NODE2, VM, Lab, guest, lab_record
from hvgui.cluster.load import LoadCurve
from hvgui.cluster.networks import Network, NetworkRole
from hvgui.engine.observe import metrics_sample
from hvgui.requests.migration import LiveMigrate
from small_cluster import CLIENTS, MIGRATION


def _row(lab: Lab, node: int, network: int) -> int:
    return sorted(lab.world.cluster.links).index((node, network))


def _talking(bytes_per_second: float) -> Lab:
    vm = guest()
    load = replace(vm.load, network_bytes_per_second=LoadCurve(level=bytes_per_second))
    return Lab(lab_record(replace(vm, load=load)))


def test_a_migration_fills_its_own_link_at_both_ends() -> None:
    lab = Lab(lab_record(guest()))
    lab.ask(LiveMigrate(vm=VM, to=NODE2))
    lab.until(5.0)
    sample = metrics_sample(lab.world)
    assert sample.link_sent_bytes_per_second[_row(lab, NODE1, MIGRATION)] == pytest.approx(LINK)
    assert sample.link_received_bytes_per_second[_row(lab, NODE2, MIGRATION)] == pytest.approx(LINK)
    assert sample.link_sent_bytes_per_second.sum() == pytest.approx(LINK)


def test_what_guests_send_goes_over_the_network_for_clients_and_never_beyond_the_line() -> None:
    lab = _talking(1e6)
    lab.until(2.0)
    sample = metrics_sample(lab.world)
    assert sample.link_sent_bytes_per_second[_row(lab, NODE1, CLIENTS)] == pytest.approx(1e6)
    assert sample.link_sent_bytes_per_second.sum() == pytest.approx(sample.node_sent_bytes_per_second.sum())
    flood = _talking(1e9)
    flood.until(2.0)
    sent = metrics_sample(flood.world).link_sent_bytes_per_second
    assert sent.max() == pytest.approx(LINK)
    assert sent.sum() == pytest.approx(metrics_sample(flood.world).node_sent_bytes_per_second.sum())


def test_a_network_without_clients_comes_last() -> None:
    lab = _talking(1e6)
    first = lab.world.cluster.networks[CLIENTS]
    lab.world.cluster.put(replace(first, role=NetworkRole.CLUSTER_ONLY))
    assert isinstance(lab.world.cluster.networks[CLIENTS], Network)
    lab.until(2.0)
    sent = metrics_sample(lab.world).link_sent_bytes_per_second
    assert sent[_row(lab, NODE1, MIGRATION)] == pytest.approx(1e6)
