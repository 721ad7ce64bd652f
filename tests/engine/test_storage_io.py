"""Guests' input and output: who gets what, how long it takes, what it costs others, how disks grow and volumes fill."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine_world import LINK, NODE1, NODE2, VM, Lab, guest
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load import LoadCurve
from hvgui.cluster.machines import VmState
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.profiles import DEFAULT_PROFILE
from hvgui.cluster.units import GIB, MIB
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.narrowing import narrowed
from hvgui.engine.observe import metrics_sample
from hvgui.engine.physics.storage import MOST_UTILISATION, latency_seconds
from hvgui.requests.disks import RemoveDisk
from hvgui.requests.lifecycle import SaveVm
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.storage_faults import FailPath, FailSan, SetPathSpeed
from hvgui.requests.volume_requests import TurnOnRedirectedAccess
from small_cluster import CLIENTS
from storage_labs import OWN, SAN, SCSI, VOLUME1, VOLUME2, busy_guest, storage_record

IO = 8192.0


def sample(lab: Lab) -> MetricsSample:
    """The figures of now."""
    return metrics_sample(lab.world)


def test_what_fits_is_served_in_full() -> None:
    lab = Lab(storage_record(busy_guest(0, iops=100), busy_guest(1, owner=1, iops=300, volume=VOLUME2)))
    lab.until(3.0)
    figures = sample(lab)
    assert figures.vm_iops.tolist() == [100, 300]
    assert figures.lun_iops.tolist() == [100, 300, 0, 0, 0]
    assert figures.volume_direct_bytes_per_second.tolist() == [100 * IO, 300 * IO]
    assert figures.volume_redirected_bytes_per_second.tolist() == [0, 0]
    busy = 400 * IO / 125e6
    assert figures.lun_latency_seconds[0] == pytest.approx(0.0005 / (1 - busy))
    assert figures.volume_latency_seconds[0] == figures.lun_latency_seconds[0]


def test_who_asks_more_gets_more_of_a_full_san() -> None:
    lab = Lab(storage_record(busy_guest(0, iops=5_000), busy_guest(1, owner=1, iops=15_000)))
    lab.until(1.0)
    figures = sample(lab)
    assert figures.vm_iops[1] == pytest.approx(3 * figures.vm_iops[0])
    assert figures.vm_iops.sum() * IO == pytest.approx(125e6)
    assert figures.lun_latency_seconds[0] == pytest.approx(0.0005 / (1 - MOST_UTILISATION))


def test_a_slow_path_holds_its_own_node_back_only() -> None:
    lab = Lab(storage_record(busy_guest(0, iops=5_000), busy_guest(1, owner=1, iops=5_000)))
    lab.ask(SetPathSpeed(NODE2, SAN, 8_192_000.0))
    lab.until(1.0)
    assert sample(lab).vm_iops.tolist() == [5_000, pytest.approx(1_000)]


def test_who_stands_still_reads_nothing() -> None:
    lab = Lab(storage_record(busy_guest(0, iops=100)))
    lab.ask(FailSan(SAN))
    lab.until(2.0)
    figures = sample(lab)
    assert figures.vm_iops.tolist() == [0]
    assert figures.lun_latency_seconds[0] == 0


def test_redirected_reads_go_over_the_network_and_compete_with_a_migration() -> None:
    wanted = 90e6
    lab = Lab(storage_record(busy_guest(0, owner=1, iops=wanted / IO), guest(1, owner=1, gigabytes=4)))
    alone = Lab(storage_record(guest(1, owner=1, gigabytes=4)))
    lab.ask(FailPath(NODE2, SAN))
    lab.until(2.0)
    figures = sample(lab)
    assert figures.volume_redirected_bytes_per_second[0] == pytest.approx(wanted)
    assert figures.volume_direct_bytes_per_second[0] == 0
    assert figures.node_sent_bytes_per_second[NODE2] >= wanted
    assert figures.volume_latency_seconds[0] > figures.lun_latency_seconds[0]
    # Both over the client network: the migration gets half of it, the reads the other half.
    for one in (lab, alone):
        one.until(2.0)
        one.ask(LiveMigrate(VmId(1), NODE1, CLIENTS))
    lab.until(6.0)
    assert sample(lab).volume_redirected_bytes_per_second[0] == pytest.approx(LINK / 2, rel=1e-6)
    lab.until_quiet()
    alone.until_quiet()
    slow, fast = lab.ended().result, alone.ended().result
    assert slow is not None
    assert fast is not None
    copied = DEFAULT_PROFILE.timings.setup_seconds
    assert (slow.duration_seconds - copied) / (fast.duration_seconds - copied) == pytest.approx(2.0, rel=0.03)


def test_a_flow_of_redirected_reads_comes_and_goes_with_them() -> None:
    lab = Lab(storage_record(busy_guest(0, owner=1, iops=1_000)))
    lab.ask(TurnOnRedirectedAccess(VOLUME1))
    lab.until(2.0)
    assert list(lab.world.redirected) == [(NODE2, VOLUME1)]
    lab.ask(SaveVm(VM))
    lab.until(4.0)
    assert lab.world.redirected == {}
    lab.until_quiet()
    assert not lab.world.flows.owners


def test_a_saved_state_shares_the_san_with_the_guests() -> None:
    def seconds(iops: float) -> float:
        lab = Lab(storage_record(busy_guest(0), busy_guest(1, owner=1, iops=iops)))
        lab.until(1.0)
        lab.ask(SaveVm(VM))
        lab.until_quiet()
        task = lab.ended()
        assert task.ended_ns is not None
        return task.ended_ns / 1e9 - 1.0 - DEFAULT_PROFILE.timings.quick_flush_seconds

    idle = seconds(0.0)
    assert seconds(0.2 * 125e6 / IO) == pytest.approx(idle / 0.8, rel=1e-3)
    assert seconds(10 * 125e6 / IO) == pytest.approx(idle / 0.5, rel=1e-3), "half of it at least"


def test_disks_grow_by_what_is_written_and_never_beyond_their_size() -> None:
    vm = busy_guest(0, growth=10 * MIB)
    lab = Lab(storage_record(vm))
    lab.until(600.5)
    grown = lab.vm.disks[0].file_bytes - 10 * GIB
    assert grown == 10 * 60 * 10 * MIB
    assert lab.world.cluster.volumes[VOLUME1].used_bytes == grown
    lab.until(3_600.0)
    assert lab.vm.disks[0].file_bytes == 40 * GIB
    assert lab.vm.state is VmState.RUNNING, "a disk that is full is the guest's affair"


def test_a_full_volume_stops_who_grows_there_until_there_is_room() -> None:
    record = storage_record(busy_guest(0, growth=10 * MIB), busy_guest(1, growth=0.0, volume=VOLUME2))
    volumes = (replace(record.volumes[0], size_bytes=20 * GIB, used_bytes=18 * GIB), *record.volumes[1:])
    vm = record.vms[0]
    spare = replace(vm.disks[0], name="spare.vhd", path="C:\\ClusterStorage\\Volume1\\s.vhd", controller=SCSI)
    lab = Lab(replace(record, volumes=volumes, vms=(replace(vm, disks=(*vm.disks, spare)), record.vms[1])))
    lab.until(600.0)
    assert lab.vm.state is VmState.PAUSED_CRITICAL
    assert "Volume1 is full" in next(one.message for one in lab.sink.events if one.code == "paused-critical")
    assert lab.world.cluster.vms[VmId(1)].state is VmState.RUNNING
    lab.until(900.0)
    assert lab.vm.state is VmState.PAUSED_CRITICAL, "nobody is lost for want of room"
    used = lab.world.cluster.volumes[VOLUME1].used_bytes
    assert used <= 20 * GIB
    lab.world.cluster.put(replace(lab.vm, state=VmState.OFF, assigned_bytes=0))
    lab.ask(RemoveDisk(VM, spare.slot, delete_file=True))
    assert lab.world.cluster.volumes[VOLUME1].used_bytes < used


def test_room_made_by_another_lets_who_waits_run_on() -> None:
    record = storage_record(busy_guest(0, growth=10 * MIB), replace(busy_guest(1), state=VmState.OFF, assigned_bytes=0))
    volumes = (replace(record.volumes[0], size_bytes=30 * GIB, used_bytes=29 * GIB), *record.volumes[1:])
    lab = Lab(replace(record, volumes=volumes))
    lab.until(300.0)
    assert lab.vm.state is VmState.PAUSED_CRITICAL
    other = lab.world.cluster.vms[VmId(1)]
    lab.ask(RemoveDisk(VmId(1), other.disks[0].slot, delete_file=True))
    assert lab.vm.state is VmState.RUNNING
    assert "runs-on" in lab.codes


def busy_lab(iops: list[float], growth: list[float], owners: list[int], *, on_lun: bool) -> Lab:
    vms = []
    for number, (wanted, grows, owner) in enumerate(zip(iops, growth, owners, strict=True)):
        vm = busy_guest(number, 0 if on_lun and not number else owner, iops=wanted, growth=grows)
        if on_lun and not number:
            vm = busy_guest(number, 0, iops=wanted, growth=grows, lun=OWN)
        noisy = replace(vm.load, disk_iops=LoadCurve(level=wanted, noise=0.3))
        vms.append(replace(vm, load=noisy))
    return Lab(storage_record(*vms))


@given(
    iops=st.lists(st.floats(0, 60_000), min_size=3, max_size=3),
    growth=st.lists(st.floats(0, 50e6), min_size=3, max_size=3),
    owners=st.lists(st.integers(0, 2), min_size=3, max_size=3),
    on_lun=st.booleans(),
    broken=st.sets(st.integers(0, 2), max_size=2),
    speed=st.floats(1e6, 1e9),
    redirect=st.booleans(),
)
def test_nothing_carries_more_than_it_can(
    iops: list[float],
    growth: list[float],
    owners: list[int],
    on_lun: bool,
    broken: set[int],
    speed: float,
    redirect: bool,
) -> None:
    lab = busy_lab(iops, growth, owners, on_lun=on_lun)
    lab.ask(SetPathSpeed(NODE1, SAN, speed))
    for node in sorted(broken):
        lab.ask(FailPath(NodeId(node), SAN))
    lab.until(5.0)
    if redirect:
        lab.ask(TurnOnRedirectedAccess(VOLUME1))
    lab.until(65.0)
    figures, cluster = sample(lab), lab.world.cluster
    slack = 1 + 1e-9
    assert (figures.vm_iops <= figures.vm_iops_wanted * slack).all()
    assert figures.lun_bytes_per_second.sum() <= 125e6 * slack
    assert figures.lun_iops.sum() <= 20_000 * slack
    assert (figures.volume_redirected_bytes_per_second <= 2 * LINK * slack).all()
    assert figures.vm_iops.sum() == pytest.approx(figures.lun_iops.sum())
    assert (figures.lun_latency_seconds <= 0.0005 / (1 - MOST_UTILISATION) * slack).all()
    for vm in cluster.vms.values():
        assert all(disk.file_bytes <= disk.size_bytes for disk in vm.disks)
    assert all(0 <= volume.used_bytes <= volume.size_bytes for volume in cluster.volumes.values())


@given(
    iops=st.lists(st.floats(1, 20_000), min_size=3, max_size=3),
    growth=st.lists(st.floats(0, 5e6), min_size=3, max_size=3),
    cuts=st.lists(st.floats(0.1, 130.0), min_size=1, max_size=6),
    stop=st.floats(0.5, 60.0),
)
def test_slices_forks_and_checkpoints_change_nothing(
    iops: list[float], growth: list[float], cuts: list[float], stop: float
) -> None:
    def begun() -> Lab:
        lab = busy_lab(iops, growth, [0, 1, 2], on_lun=True)
        lab.ask(TurnOnRedirectedAccess(VOLUME1))
        lab.ask(SaveVm(VmId(1)))
        return lab

    whole, cut = begun(), begun()
    whole.until(stop)
    whole.ask(FailPath(NodeId(2), SAN))
    whole.until(130.0)
    for moment in sorted([*cuts, stop]):
        cut.until(moment)
        cut.world = restore(snapshot(cut.world)) if int(moment * 10) % 2 else cut.world.fork()
        if moment == stop and len([one for one in cut.codes if one == "path-failed"]) == 0:
            cut.ask(FailPath(NodeId(2), SAN))
    cut.until(130.0)
    assert cut.world.cluster.record() == whole.world.cluster.record()
    assert [event.message for event in cut.sink.events] == [event.message for event in whole.sink.events]
    assert np.array_equal(sample(cut).vm_iops, sample(whole).vm_iops)


def test_latency_rises_with_the_load_and_stays_bounded() -> None:
    at = np.linspace(0.0, 1.5, 50)
    seconds = latency_seconds(0.0005, at)
    assert (np.diff(seconds) >= 0).all()
    assert seconds[0] == 0.0005
    assert seconds[-1] == pytest.approx(0.025)


def test_a_world_cut_down_keeps_what_the_others_read() -> None:
    lab = Lab(storage_record(busy_guest(0), busy_guest(1, owner=1, iops=0.3 * 125e6 / IO)))
    lab.until(1.0)
    small = Lab(storage_record(guest()))
    small.world = restore(snapshot(narrowed(lab.world, {VM})))
    assert list(small.world.cluster.vms) == [VM]
    for one in (lab, small):
        one.ask(SaveVm(VM))
        one.until_quiet()
    assert small.ended().ended_ns == lab.ended().ended_ns
