"""A VM's life on one node, the faults of nodes, and what graphs see of it."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from engine_world import CLIENTS, LINK, MIGRATION, NODE1, NODE2, VM, Lab, guest, lab_record
from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.machines import VmState
from hvgui.cluster.memory import MemoryRegion
from hvgui.cluster.nodes import NodeState, Processor
from hvgui.cluster.profiles import DEFAULT_PROFILE, PROFILES, StopRule
from hvgui.cluster.tasks import Phase, TaskState
from hvgui.cluster.units import GIB, MIB
from hvgui.engine.observe import metrics_sample, stream_progress
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.progress import migration_progress
from hvgui.engine.settling import settled
from hvgui.requests.faults import CrashNode, CutLink, PowerOnNode, RestoreLink
from hvgui.requests.guests import SetClients, SetLoad
from hvgui.requests.lifecycle import (
    DeleteSavedState,
    PauseVm,
    ResetVm,
    ResumeVm,
    SaveVm,
    ShutDownVm,
    StartVm,
    TurnOffVm,
)
from hvgui.requests.migration import LiveMigrate

TIMINGS = DEFAULT_PROFILE.timings


def seconds(lab: Lab) -> float:
    """How long the last task took."""
    task = lab.ended()
    assert task.ended_ns is not None and task.started_ns is not None
    return (task.ended_ns - task.started_ns) / 1e9


def test_start_takes_memory_at_once_and_boots() -> None:
    lab = Lab(lab_record(guest(state=VmState.OFF)))
    lab.ask(StartVm(VM))
    assert lab.vm.state is VmState.STARTING
    assert lab.world.cluster.assigned_bytes_on(NODE1) == 2 * GIB
    assert lab.vm.seen_features == lab.world.cluster.nodes[NODE1].processor.features
    lab.until_quiet()
    assert lab.vm.state is VmState.RUNNING
    assert seconds(lab) == pytest.approx(TIMINGS.boot_seconds)


def test_turned_off_while_it_boots() -> None:
    lab = Lab(lab_record(guest(state=VmState.OFF)))
    lab.ask(StartVm(VM))
    lab.until(3.0)
    lab.ask(TurnOffVm(VM))
    assert lab.ended().state is TaskState.CANCELLED
    assert (lab.vm.state, lab.vm.task, lab.vm.assigned_bytes) == (VmState.OFF, None, 0)


def test_save_and_restore_go_over_the_san() -> None:
    lab = Lab(lab_record(guest()))
    lab.ask(SaveVm(VM))
    assert lab.vm.state is VmState.SAVING
    lab.until_quiet()
    carried = (2 * GIB + TIMINGS.device_state_bytes) / 125e6
    assert seconds(lab) == pytest.approx(carried + TIMINGS.quick_flush_seconds, abs=1e-6)
    assert (lab.vm.state, lab.vm.assigned_bytes) == (VmState.SAVED, 0)
    lab.ask(StartVm(VM))
    assert lab.vm.state is VmState.RESTORING
    lab.until_quiet()
    assert seconds(lab) == pytest.approx(carried, abs=1e-6)
    assert lab.vm.state is VmState.RUNNING


def test_shut_down_gives_the_memory_back() -> None:
    lab = Lab(lab_record(guest()))
    lab.ask(ShutDownVm(VM))
    assert lab.vm.state is VmState.STOPPING
    lab.until_quiet()
    assert seconds(lab) == pytest.approx(TIMINGS.shutdown_seconds)
    assert (lab.vm.state, lab.vm.assigned_bytes) == (VmState.OFF, 0)


def test_what_is_immediate_is_immediate() -> None:
    lab = Lab(lab_record(guest()))
    lab.ask(PauseVm(VM))
    assert (lab.vm.state, lab.vm.assigned_bytes) == (VmState.PAUSED, 2 * GIB)
    lab.ask(ResumeVm(VM))
    assert lab.vm.state is VmState.RUNNING
    lab.ask(ResetVm(VM))
    assert (lab.vm.state, lab.vm.assigned_bytes) == (VmState.RUNNING, 2 * GIB)
    lab.ask(TurnOffVm(VM))
    assert (lab.vm.state, lab.vm.assigned_bytes) == (VmState.OFF, 0)
    assert lab.codes == ["paused", "vm-resumed", "reset", "turned-off"]


def test_a_deleted_saved_state_leaves_the_vm_off() -> None:
    lab = Lab(lab_record(guest(state=VmState.SAVED)))
    lab.ask(DeleteSavedState(VM))
    assert lab.vm.state is VmState.OFF


@pytest.mark.parametrize(
    ("state", "request_type", "left"),
    [
        (VmState.OFF, StartVm, VmState.CRITICAL),
        (VmState.SAVED, StartVm, VmState.SAVED),
        (VmState.RUNNING, SaveVm, VmState.CRITICAL),
        (VmState.RUNNING, ShutDownVm, VmState.CRITICAL),
    ],
)
def test_a_crash_in_the_middle(
    state: VmState, request_type: type[StartVm | SaveVm | ShutDownVm], left: VmState
) -> None:
    lab = Lab(lab_record(guest(state=state)))
    lab.ask(request_type(VM))
    lab.until(5.0)
    lab.ask(CrashNode(NODE1))
    assert lab.ended().state is TaskState.FAILED
    assert (lab.vm.state, lab.vm.task, lab.vm.assigned_bytes) == (left, None, 0)
    assert not lab.world.flows.owners


def test_a_crash_takes_every_vm_of_the_node_and_power_brings_the_node_back() -> None:
    lab = Lab(lab_record(guest(0), guest(1), guest(2, owner=1)))
    lab.ask(CrashNode(NODE1))
    assert [vm.state for vm in lab.world.cluster.vms.values()] == [VmState.CRITICAL, VmState.CRITICAL, VmState.RUNNING]
    assert lab.codes == ["node-down", "vm-lost", "vm-lost"], "nobody knows of it yet"
    lab.ask(PowerOnNode(NODE1))
    assert lab.world.cluster.nodes[NODE1].state is NodeState.JOINING
    lab.until(NODE_BOOT_SECONDS + 1)
    assert lab.world.cluster.nodes[NODE1].state is NodeState.UP
    assert [vm.state for vm in lab.world.cluster.vms.values()] == [VmState.RUNNING] * 3
    assert [vm.owner for vm in lab.world.cluster.vms.values()] == [NODE2] * 3


def test_a_node_that_dies_again_while_it_boots_does_not_join() -> None:
    lab = Lab(lab_record())
    lab.ask(CrashNode(NODE1))
    lab.ask(PowerOnNode(NODE1))
    lab.until(50.0)
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    lab.ask(PowerOnNode(NODE1))
    lab.until(NODE_BOOT_SECONDS + 20)
    assert lab.world.cluster.nodes[NODE1].state is NodeState.JOINING
    lab.until(NODE_BOOT_SECONDS + 61)
    assert lab.world.cluster.nodes[NODE1].state is NodeState.UP


def test_a_record_in_mid_course_comes_to_rest() -> None:
    """A file may say 'saving'; its task is not continued, so what had begun counts as done."""
    states = (VmState.STARTING, VmState.SAVING, VmState.STOPPING, VmState.RESTORING)
    vms = [replace(guest(number), state=state, task=None) for number, state in enumerate(states)]
    world = settled(lab_record(*vms))
    found = [vm.state for vm in world.cluster.vms.values()]
    assert found == [VmState.RUNNING, VmState.SAVED, VmState.OFF, VmState.RUNNING]
    assert world.cluster.assigned_bytes_on(NODE1) == 4 * GIB


# The client's eye


def test_a_cut_client_link_stalls_the_film_until_it_is_mended() -> None:
    lab = Lab(lab_record(guest(clients=Clients(video=VideoStream(buffer_seconds=2.0)))))
    lab.until(10.0)
    lab.ask(CutLink(NODE1, CLIENTS))
    lab.until(15.0)
    (seen,) = stream_progress(lab.world)
    assert seen.stalled and seen.stall_seconds == pytest.approx(3.0)
    lab.ask(RestoreLink(NODE1, CLIENTS))
    lab.until(20.0)
    (seen,) = stream_progress(lab.world, VM)
    assert not seen.stalled
    assert seen.buffer_seconds == pytest.approx(2.0)
    assert seen.stall_seconds == pytest.approx(3.0 + 0.25 * 2.0 * 750_000 / LINK)


def test_a_stream_that_is_added_opens_without_a_stall_and_one_taken_away_is_gone() -> None:
    lab = Lab(lab_record(guest()))
    lab.ask(SetClients(VM, Clients(video=VideoStream())))
    lab.until(5.0)
    (seen,) = stream_progress(lab.world)
    assert (seen.stalls, seen.buffer_seconds) == (0, 2.0)
    lab.ask(SetClients(VM, Clients()))
    assert stream_progress(lab.world) == ()
    assert not lab.world.flows.owners


def test_who_turns_the_server_off_ends_the_film() -> None:
    lab = Lab(lab_record(guest(clients=Clients(video=VideoStream()))))
    lab.ask(TurnOffVm(VM))
    lab.until(60.0)
    (seen,) = stream_progress(lab.world)
    assert (seen.stalled, seen.stalls) == (False, 0)


# Figures


def test_the_sample_of_a_quiet_second() -> None:
    lab = Lab(lab_record(guest(cpu=LoadCurve(level=0.5)), guest(1, owner=1, gigabytes=4, state=VmState.OFF)))
    lab.until(5.0)
    sample = metrics_sample(lab.world)
    assert sample.vm_cpu_share.tolist() == pytest.approx([0.5, 0.0])
    assert sample.vm_memory_bytes.tolist() == [2 * GIB, 0]
    assert sample.vm_memory_demand_bytes.tolist() == pytest.approx([0.6 * 2 * GIB, 0])
    # One of sixteen logical processors, of which 2 % go to address translation.
    assert sample.node_cpu_share.tolist() == pytest.approx([1.0 / (16 * 0.98), 0.0])
    assert sample.node_memory_bytes.tolist() == [4 * GIB, 2 * GIB]
    assert not sample.node_sent_bytes_per_second.any()


def test_a_sample_stays_as_it_was_taken() -> None:
    lab = Lab(lab_record(guest()))
    before = metrics_sample(lab.world)
    lab.ask(TurnOffVm(VM))
    lab.until(2.0)
    assert before.vm_memory_bytes.tolist() == [2 * GIB]
    assert before.vm_cpu_share.tolist() == pytest.approx([0.2])


def test_guests_cannot_send_more_than_the_links_carry() -> None:
    chatty = Load(cpu=LoadCurve(level=0.2), network_bytes_per_second=LoadCurve(level=80e6))
    lab = Lab(lab_record(replace(guest(), load=chatty), *(replace(guest(n), load=chatty) for n in range(1, 5))))
    lab.until(1.0)
    assert metrics_sample(lab.world).node_sent_bytes_per_second.tolist() == pytest.approx([2 * LINK, 0.0])


def test_an_overloaded_node_gives_everybody_the_same_part() -> None:
    vms = [replace(guest(number, gigabytes=1, cpu=LoadCurve(level=1.0)), vcpus=4) for number in range(8)]
    record = lab_record(*vms)
    slow = replace(record.nodes[0], processor=Processor(sockets=1, cores_per_socket=8, threads_per_core=1, slat=False))
    lab = Lab(replace(record, nodes=(slow, *record.nodes[1:])))
    lab.until(2.0)
    sample = metrics_sample(lab.world)
    assert sample.vm_cpu_share == pytest.approx(np.full(8, 8 * 0.9 / 32))
    assert sample.node_cpu_share[0] == pytest.approx(1.0)


def test_a_changed_load_counts_from_the_next_second() -> None:
    lab = Lab(lab_record(guest(cpu=LoadCurve(level=0.5))))
    lab.until(5.5)
    lab.ask(SetLoad(VM, Load(cpu=LoadCurve(level=0.25))))
    assert metrics_sample(lab.world).vm_cpu_share[0] == 0.5
    lab.until(6.0)
    assert metrics_sample(lab.world).vm_cpu_share[0] == 0.25


def test_migration_traffic_is_seen_on_both_nodes_and_progress_tells_the_truth() -> None:
    hot = (MemoryRegion("hot", 512 * MIB, 40e6),)
    lab = Lab(lab_record(guest(regions=hot), nodes=3))
    task = lab.ask(LiveMigrate(VM, NODE2)).task
    (progress,) = migration_progress(lab.world)
    assert (progress.task, progress.phase) == (task, Phase.SETUP)
    lab.until(10.0)
    sample = metrics_sample(lab.world)
    assert sample.node_sent_bytes_per_second.tolist() == pytest.approx([LINK, 0, 0])
    assert sample.node_received_bytes_per_second.tolist() == pytest.approx([0, LINK, 0])
    (progress,) = migration_progress(lab.world)
    assert progress.phase is Phase.COPYING
    assert progress.sent_bytes == pytest.approx(7 * LINK + TIMINGS.in_flight_bytes, rel=1e-6)
    assert progress.link_bytes_per_second == pytest.approx(LINK)
    assert 0 < progress.dirty_bytes_per_second <= 40e6
    low, high = progress.seconds_left_low, progress.seconds_left_high
    assert low is not None and high is not None
    lab.until_quiet()
    ended = lab.ended().ended_ns
    assert ended is not None
    assert low <= ended / 1e9 - 10.0 <= high


def test_progress_through_the_blackout_counts_down() -> None:
    hot = (MemoryRegion("hot", 1024 * MIB, 4e9),)
    lab = Lab(lab_record(guest(regions=hot)))
    lab.ask(LiveMigrate(VM, NODE2))
    while lab.codes[-1] != "blackout-began":
        lab.until(lab.world.now_ns / 1e9 + 0.1)
    seen = []
    while not lab.sink.tasks:
        (progress,) = migration_progress(lab.world)
        assert progress.phase in (Phase.BLACKOUT, Phase.ARP)
        seen.append(progress.seconds_left_high)
        lab.until(lab.world.now_ns / 1e9 + 0.5)
        if not migration_progress(lab.world):
            break
    assert len(seen) > 10
    assert seen == sorted(seen, reverse=True)


def test_a_migration_that_cannot_end_by_itself_says_so() -> None:
    rule = replace(PROFILES["2022"].pass_rule, max_passes=0)
    endless = replace(DEFAULT_PROFILE, pass_rule=replace(rule, stop=StopRule.THRESHOLD))
    lab = Lab(lab_record(guest(regions=(MemoryRegion("hot", 1024 * MIB, 4e9),)), profile=endless))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until(60.0)
    (progress,) = migration_progress(lab.world)
    assert progress.seconds_left_low is not None
    assert progress.seconds_left_high is None
    lab.until(600.0)
    assert not lab.sink.tasks


def test_a_cluster_without_anything_lives_too() -> None:
    lab = Lab(replace(lab_record(), nodes=(), links=()))
    lab.until(10.0)
    assert metrics_sample(lab.world).vm_cpu_share.size == 0
    assert lab.world.fork().now_ns == 10_000_000_000


def test_ids_with_gaps_do_no_harm() -> None:
    lab = Lab(lab_record(guest(3), guest(9, owner=1)))
    lab.until(5.0)
    sample = metrics_sample(lab.world)
    assert sample.vm_cpu_share.tolist() == pytest.approx([0, 0, 0, 0.2, 0, 0, 0, 0, 0, 0.2])
    lab.ask(LiveMigrate(VmId(3), NodeId(1), MIGRATION))
    lab.until_quiet()
    assert lab.world.cluster.vms[VmId(3)].owner == NODE2
