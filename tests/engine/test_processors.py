"""Processors are shared by weight, reserve and limit; SLAT and drivers have their price; what was replaced counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine_world import NODE1, NODE2, VM, Lab, guest, lab_record
from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.guest_systems import EXTRA_SECONDS_AN_OPERATION, MOST_EMULATED_IOPS
from hvgui.cluster.ids import VmId
from hvgui.cluster.load import LoadCurve
from hvgui.cluster.machines import Guest, Scheduling, VirtualMachine
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.nodes import Processor
from hvgui.cluster.units import MIB
from hvgui.engine import observe
from hvgui.engine.physics.processors import Claims, capacity, share_out
from hvgui.requests.integration import InstallIntegrationServices
from hvgui.requests.lifecycle import ResetVm, ShutDownVm, StartVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.processors import ReplaceProcessors, SetProcessors

AS_USUAL = Scheduling()
SMALL = Processor(sockets=1, cores_per_socket=2, threads_per_core=1)


def busy(number: int, scheduling: Scheduling = AS_USUAL) -> VirtualMachine:
    """A guest of two virtual processors that wants both."""
    return replace(guest(number, cpu=LoadCurve(level=1.0)), scheduling=scheduling)


def small_nodes(*vms: VirtualMachine) -> ClusterRecord:
    """Nodes of two logical processors."""
    record = lab_record(*vms)
    return replace(record, nodes=tuple(replace(node, processor=SMALL) for node in record.nodes))


def delivered(lab: Lab) -> list[float]:
    """Processors' worth of time that each guest gets."""
    sample = observe.metrics_sample(lab.world)
    return [float(share) * 2 for share in sample.vm_cpu_share]


def _sample(lab: Lab) -> MetricsSample:
    return observe.metrics_sample(lab.world)


def test_weight_decides_where_guests_want_more_than_there_is() -> None:
    lab = Lab(small_nodes(busy(0, Scheduling(weight=200)), busy(1, Scheduling(weight=100))))
    lab.until(1)
    heavy, light = delivered(lab)
    assert heavy / light == pytest.approx(2.0)
    assert heavy + light == pytest.approx(capacity(SMALL))


def test_a_reserve_is_had_in_any_case_and_a_limit_is_never_passed() -> None:
    lab = Lab(small_nodes(busy(0, Scheduling(reserve_percent=80)), busy(1), busy(2, Scheduling(limit_percent=10))))
    lab.until(1)
    reserved, free, limited = delivered(lab)
    assert reserved >= 1.6
    assert limited <= 0.2
    assert reserved + free + limited == pytest.approx(capacity(SMALL))
    sample = _sample(lab)
    assert sample.vm_cpu_wanted_share[1] == 1.0, "the demand is seen against what is delivered"


def test_a_change_counts_from_the_next_second_on() -> None:
    lab = Lab(small_nodes(busy(0), busy(1)))
    lab.until(5)
    assert delivered(lab)[0] == pytest.approx(delivered(lab)[1])
    lab.ask(SetProcessors(VmId(0), 2, Scheduling(weight=300)))
    lab.until(6)
    assert delivered(lab)[0] / delivered(lab)[1] == pytest.approx(3.0)


CLAIMS = st.lists(st.tuples(st.floats(0, 4), st.integers(1, 10_000), st.floats(0, 1)), min_size=1, max_size=12)


@given(CLAIMS, st.floats(0.1, 16))
def test_sharing_with_claims(asked: list[tuple[float, int, float]], there: float) -> None:
    wants = np.array([[want for want, _, _ in asked]])
    weight = np.array([weight / 100 for _, weight, _ in asked])
    reserve = np.array([part for _, _, part in asked])
    reserve *= min(1.0, there / max(1e-9, reserve.sum()))
    got = share_out(wants, np.zeros(len(asked), dtype=np.int64), np.array([there]), Claims(weight, reserve))[0]
    assert (got <= wants[0] + 1e-9).all()
    assert got.sum() == pytest.approx(min(there, wants.sum()), rel=1e-6)
    assert (got >= np.minimum(wants[0], reserve) - 1e-9).all()


# Second level address translation


def test_without_slat_the_host_pays_in_time_and_memory() -> None:
    costs = {}
    for slat in (True, False):
        record = lab_record(guest(0, cpu=LoadCurve(level=0.5)), guest(1, cpu=LoadCurve(level=0.5)))
        nodes = tuple(replace(node, processor=replace(node.processor, slat=slat)) for node in record.nodes)
        lab = Lab(replace(record, nodes=nodes))
        lab.until(1)
        sample = _sample(lab)
        costs[slat] = (
            sample.node_overhead_share[0] / sample.node_cpu_share[0],
            sample.node_shadow_bytes[0],
            lab.world.cluster.free_bytes_on(NODE1),
        )
    assert costs[True][0] == pytest.approx(0.02)
    assert costs[False][0] == pytest.approx(0.10)
    assert (costs[True][1], costs[False][1]) == (0, 2 * MIB)
    assert costs[True][2] - costs[False][2] == 2 * MIB


def test_processors_are_replaced_in_an_empty_node_and_guests_boot_on_what_is_there() -> None:
    lab = Lab(lab_record(busy(0)))
    assert "runs on NODE1" in ReplaceProcessors(NODE1, "xeon-e5440", 2).check(lab.world.cluster)[0].message
    lab.ask(TurnOffVm(VM))
    lab.ask(ReplaceProcessors(NODE1, "xeon-e5440", 2))
    assert not lab.world.cluster.nodes[NODE1].processor.slat
    lab.ask(StartVm(VM))
    lab.until_quiet()
    assert lab.vm.seen_features[-1] == "sse4.1"
    assert _sample(lab).node_cpu_share[0] == pytest.approx(2 / 8 / 0.9)


def test_what_the_target_lacks_is_named_and_compatibility_hides_it() -> None:
    lab = Lab(lab_record(busy(0)))
    lab.ask(ReplaceProcessors(1, "xeon-5160", 2))
    lab.ask(ResetVm(VM))
    problem = next(one for one in LiveMigrate(VM, 1).check(lab.world.cluster) if one.code == "processor-features")
    assert "lacks sse4.1, sse4.2, popcnt" in problem.message
    assert SetProcessors(VM, 2, compatibility=True).check(lab.world.cluster)[0].code == "vm-not-off"
    lab.ask(TurnOffVm(VM))
    lab.ask(SetProcessors(VM, 2, compatibility=True))
    lab.ask(StartVm(VM))
    lab.until_quiet()
    assert "sse3" in lab.vm.seen_features
    assert "ssse3" not in lab.vm.seen_features
    lab.ask(LiveMigrate(VM, 1))
    lab.until_quiet()
    assert lab.vm.owner == 1


def test_between_intel_and_amd_never() -> None:
    lab = Lab(lab_record(busy(0)))
    lab.ask(ReplaceProcessors(1, "opteron-2356", 2))
    lab.ask(TurnOffVm(VM))
    lab.ask(SetProcessors(VM, 2, compatibility=True))
    lab.ask(StartVm(VM))
    lab.until_quiet()
    assert [one.code for one in LiveMigrate(VM, 1).check(lab.world.cluster)] == ["processor-vendor"]


# Drivers


def emulated(iops: float, components: bool = False) -> VirtualMachine:
    """A Linux guest that reads and writes."""
    vm = guest(0)
    return replace(
        vm,
        guest=Guest("Linux (Debian 6)", integration_components=components),
        load=replace(vm.load, disk_iops=LoadCurve(level=iops)),
    )


def test_emulated_devices_take_the_hosts_time_and_bound_the_throughput() -> None:
    shares, served = {}, {}
    for components in (True, False):
        lab = Lab(lab_record(emulated(4000.0, components)))
        lab.until(1)
        sample = _sample(lab)
        shares[components], served[components] = sample.node_cpu_share[0], sample.vm_iops[0]
        assert sample.vm_iops_wanted[0] == 4000
    more = MOST_EMULATED_IOPS * EXTRA_SECONDS_AN_OPERATION
    assert shares[False] - shares[True] == pytest.approx(more / lab.world.cluster.nodes[NODE1].processor.logical)
    assert (served[True], served[False]) == (4000, MOST_EMULATED_IOPS)


def test_drivers_work_from_the_next_start_on() -> None:
    lab = Lab(lab_record(emulated(1000.0)))
    assert ShutDownVm(VM).check(lab.world.cluster)[0].code == "no-integration-components"
    lab.ask(InstallIntegrationServices(VM))
    assert not lab.vm.guest.integration_components
    assert InstallIntegrationServices(VM).check(lab.world.cluster)[0].code == "installed"
    lab.ask(ResetVm(VM))
    assert lab.vm.guest == Guest("Linux (Debian 6)")
    assert not ShutDownVm(VM).check(lab.world.cluster)
    lab.until(1)
    assert not _sample(lab).node_overhead_share[0] > 0.021


def test_for_some_guests_there_are_none() -> None:
    vm = replace(guest(0), guest=Guest("NetWare 6.5", integration_components=False))
    problem = InstallIntegrationServices(VM).check(Lab(lab_record(vm)).world.cluster)[0]
    assert "no integration services for NetWare 6.5" in problem.message


def test_other_processors_bring_hardware_virtualisation() -> None:
    record = lab_record(nodes=2)
    nodes = tuple(replace(node, hardware_virtualisation=False) for node in record.nodes)
    lab = Lab(replace(record, nodes=nodes))
    lab.ask(ReplaceProcessors(NODE2, "xeon-x5650", 2))
    assert [node.hardware_virtualisation for node in lab.world.cluster.nodes.values()] == [False, True]
