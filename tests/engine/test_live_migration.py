"""Live migration, told as stories: how long it takes by hand calculation, and what stops it at each step."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine_world import CLIENTS, LINK, MIGRATION, NODE1, NODE2, NODE3, VM, Lab, guest, lab_record
from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.ids import LunId, NodeId, VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.machines import VmState
from hvgui.cluster.memory import MemoryRegion, WritePattern
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.profiles import DEFAULT_PROFILE, PROFILES
from hvgui.cluster.storage import Lun, LunUse, VirtualDisk, VolumeState
from hvgui.cluster.tasks import MigrationResult, Phase, TaskState
from hvgui.cluster.units import GIB, MIB, TIB
from hvgui.requests.faults import CrashNode, CutLink, PauseNode, RestoreLink, ResumeNode, SetLinkSpeed
from hvgui.requests.guests import SetLoad
from hvgui.requests.migration import CancelMigration, LiveMigrate

TIMINGS = DEFAULT_PROFILE.timings
FIRST_PASS_SECONDS = (2 * GIB / 4096 * 4104 - TIMINGS.in_flight_bytes) / LINK
PATH_SECONDS = 2 * 0.0001
"""A byte's way over both nodes' links, a tenth of a millisecond each."""
BLACKOUT_SECONDS = (
    TIMINGS.stop_seconds
    + 3 * PATH_SECONDS
    + (TIMINGS.in_flight_bytes + TIMINGS.device_state_bytes) / LINK
    + TIMINGS.storage_handover_seconds
    + TIMINGS.resume_seconds
    + TIMINGS.arp_seconds
)
STEPS = {"setup": 1.0, "copying": 10.0, "sending": 3.0 + FIRST_PASS_SECONDS + 0.01}
STEPS["handover"] = 3.0 + FIRST_PASS_SECONDS + BLACKOUT_SECONDS - 0.03
STEPS["arp"] = 3.0 + FIRST_PASS_SECONDS + BLACKOUT_SECONDS - 0.005


def started(at: float, clients: Clients | None = None) -> Lab:
    """A lab in which a VM that writes nothing began to migrate at 0, seen at a later moment."""
    lab = Lab(lab_record(guest(clients=clients)))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until(at)
    return lab


def result(lab: Lab) -> MigrationResult:
    found = lab.ended().result
    assert found is not None
    return found


def assert_runs_at(lab: Lab, node: NodeId) -> None:
    assert (lab.vm.owner, lab.vm.state, lab.vm.task) == (node, VmState.RUNNING, None)
    other = NODE2 if node == NODE1 else NODE1
    assert lab.world.cluster.assigned_bytes_on(node) == 2 * GIB
    assert lab.world.cluster.assigned_bytes_on(other) == 0
    for one in (NODE1, NODE2):
        held = lab.world.cluster.nodes[one].memory_for_vms_bytes - lab.world.cluster.free_bytes_on(one)
        assert held == lab.world.cluster.assigned_bytes_on(one), "memory is still reserved"
    assert not lab.world.flows.owners
    assert not lab.world.halted and not lab.world.unreachable


def test_a_guest_that_writes_nothing_takes_setup_one_pass_and_a_short_blackout() -> None:
    lab = started(0.0)
    lab.until_quiet()
    done = result(lab)
    assert lab.ended().state is TaskState.SUCCEEDED
    assert done.duration_seconds == pytest.approx(
        TIMINGS.setup_seconds + FIRST_PASS_SECONDS + BLACKOUT_SECONDS, abs=1e-6
    )
    assert done.blackout_seconds == pytest.approx(BLACKOUT_SECONDS, abs=1e-6)
    assert done.sent_bytes == 2 * GIB // 4096 * 4104 + TIMINGS.device_state_bytes
    assert (done.passes, done.converged) == (1, True)
    assert_runs_at(lab, NODE2)


def test_its_events_tell_the_whole_story_in_order() -> None:
    lab = started(0.0)
    lab.until_quiet()
    assert lab.codes == ["live-migrate-began", "pass-began", "blackout-began", "resumed", "live-migrate-succeeded"]
    assert [event.serial for event in lab.sink.events] == [1, 2, 3, 4, 5]
    assert "VM00" in lab.sink.events[1].message and "NODE2" in lab.sink.events[1].message


def test_a_random_writer_converges_and_every_pass_is_smaller() -> None:
    lab = Lab(lab_record(guest(regions=(MemoryRegion("hot", 512 * MIB, 30e6),))))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until_quiet()
    sizes = [one.sent_bytes for one in result(lab).memory_passes]
    assert len(sizes) >= 2 and sizes == sorted(sizes, reverse=True)
    assert result(lab).converged
    assert result(lab).sent_bytes == pytest.approx(sum(sizes), rel=0.02)


def test_a_working_set_that_outruns_the_link_is_stopped_by_force_and_moves_all_the_same() -> None:
    lab = Lab(lab_record(guest(regions=(MemoryRegion("hot", 1024 * MIB, 4e9),))))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until_quiet()
    assert lab.ended().state is TaskState.SUCCEEDED
    assert not result(lab).converged
    assert result(lab).blackout_seconds == pytest.approx(1024 * MIB / 4096 * 4104 / LINK, rel=0.05)
    assert_runs_at(lab, NODE2)


def test_a_starving_guest_dirties_less() -> None:
    """Sixty-four processors wanted on sixteen: the guest gets about a quarter of its usual work done."""
    hot = (MemoryRegion("hot", 1024 * MIB, 60e6),)
    alone = Lab(lab_record(guest(regions=hot, cpu=LoadCurve(level=1.0))))
    crowd = [guest(number, gigabytes=1, cpu=LoadCurve(level=1.0)) for number in range(1, 28)]
    crowded = Lab(lab_record(guest(regions=hot, cpu=LoadCurve(level=1.0)), *crowd))
    for lab in (alone, crowded):
        lab.ask(LiveMigrate(VM, NODE2))
        lab.until_quiet()
    assert result(crowded).memory_passes[0].rest_bytes < 0.5 * result(alone).memory_passes[0].rest_bytes


def test_a_target_of_no_blackout_at_all_is_met_by_a_guest_that_writes_nothing() -> None:
    rule = replace(DEFAULT_PROFILE.pass_rule, blackout_target_seconds=0.0)
    lab = Lab(lab_record(guest(), profile=replace(DEFAULT_PROFILE, pass_rule=rule)))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until_quiet()
    assert (result(lab).passes, result(lab).converged) == (1, True)


def test_a_long_way_holds_the_sender_up_and_lengthens_the_blackout() -> None:
    """50 ms to the switch and 50 ms from it: 3.3 MB at a time, five times a second, and three ways in the blackout."""
    record = lab_record(guest())
    links = tuple(replace(link, latency_seconds=0.05) for link in record.links)
    lab = Lab(replace(record, links=links))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until_quiet()
    window = TIMINGS.in_flight_bytes / 0.2
    assert window < LINK
    blackout = BLACKOUT_SECONDS + 3 * (0.1 - PATH_SECONDS)
    blackout += (TIMINGS.in_flight_bytes + TIMINGS.device_state_bytes) * (1 / window - 1 / LINK)
    assert result(lab).blackout_seconds == pytest.approx(blackout, abs=1e-6)
    first_pass = FIRST_PASS_SECONDS * LINK / window
    assert result(lab).duration_seconds == pytest.approx(TIMINGS.setup_seconds + first_pass + blackout, abs=1e-6)


def test_a_guest_that_is_given_more_to_do_writes_more() -> None:
    """Twice the processor time from the second 5 on is twice the writes; the guest's mean load is another one now."""
    hot = (MemoryRegion("hot", 1024 * MIB, 20e6, WritePattern.CYCLIC),)
    rest = {}
    for level in (0.2, 0.4):
        lab = Lab(lab_record(guest(regions=hot, cpu=LoadCurve(level=0.2))))
        lab.ask(LiveMigrate(VM, NODE2))
        lab.until(5.0)
        lab.ask(SetLoad(VM, Load(cpu=LoadCurve(level=level))))
        lab.until_quiet()
        rest[level] = result(lab).memory_passes[0].rest_bytes
    # Writing began to count when the pass did, at 3 s; a load is looked up at whole seconds, at 6 s for the first time.
    ends = 3.0 + FIRST_PASS_SECONDS
    assert rest[0.2] == pytest.approx(20e6 * (ends - 3.0), rel=0.01)
    assert rest[0.4] == pytest.approx(20e6 * (6.0 - 3.0) + 40e6 * (ends - 6.0), rel=0.01)


def test_a_lun_of_its_own_changes_owner_within_the_blackout() -> None:
    disk = VirtualDisk("data", 40 * GIB, lun=LunId(1))
    record = lab_record(replace(guest(), disks=(disk,)))
    record = replace(record, luns=(*record.luns, Lun(LunId(1), "LUN2", record.sans[0].id, TIB, LunUse.VM, NODE1)))
    lab = Lab(record)
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until_quiet()
    assert result(lab).blackout_seconds == pytest.approx(BLACKOUT_SECONDS + TIMINGS.lun_move_seconds, abs=1e-6)
    assert lab.world.cluster.luns[LunId(1)].owner == NODE2


def test_a_target_that_cannot_open_the_disks_is_no_success() -> None:
    lab = started(STEPS["handover"])
    volume = next(iter(lab.world.cluster.volumes.values()))
    lab.world.cluster.put(replace(volume, state=VolumeState.OFFLINE))
    lab.until_quiet()
    assert lab.ended().state is TaskState.FAILED
    assert "offline" in lab.ended().message
    # Nobody reaches a volume that is offline: the VM is back at its source, and stands still there.
    assert (lab.vm.owner, lab.vm.state, lab.vm.task) == (NODE1, VmState.PAUSED_CRITICAL, None)


def test_a_slower_link_in_mid_copy_only_takes_longer() -> None:
    lab = started(3.0 + FIRST_PASS_SECONDS / 2)
    lab.ask(SetLinkSpeed(NODE1, MIGRATION, 12.5e6))
    lab.until_quiet()
    assert lab.ended().state is TaskState.SUCCEEDED
    assert result(lab).duration_seconds > 3.0 + FIRST_PASS_SECONDS * 5


@pytest.mark.parametrize("step", ["setup", "copying"])
def test_cancelled_before_the_blackout_the_vm_runs_on_at_the_source(step: str) -> None:
    lab = started(STEPS[step])
    task = lab.vm.task
    assert task is not None
    lab.ask(CancelMigration(task))
    assert lab.ended().state is TaskState.CANCELLED
    assert_runs_at(lab, NODE1)
    lab.until(100.0)
    assert len(lab.sink.tasks) == 1


@pytest.mark.parametrize("step", ["sending", "handover", "arp"])
def test_in_the_blackout_nobody_can_cancel(step: str) -> None:
    lab = started(STEPS[step])
    assert lab.vm.task is not None
    assert CancelMigration(lab.vm.task).check(lab.world.cluster)


@pytest.mark.parametrize("end", [NODE1, NODE2])
@pytest.mark.parametrize("step", ["setup", "copying", "sending"])
def test_a_link_cut_before_all_is_sent_leaves_the_vm_at_the_source(step: str, end: NodeId) -> None:
    lab = started(STEPS[step])
    lab.ask(CutLink(end, MIGRATION))
    lab.until_quiet()
    assert lab.ended().state is TaskState.FAILED
    assert "lost its link to Migration" in lab.ended().message
    assert_runs_at(lab, NODE1)
    assert result(lab).blackout_seconds == pytest.approx(0.01 if step == "sending" else 0.0, abs=1e-6)


@pytest.mark.parametrize("step", ["handover", "arp"])
def test_a_link_cut_when_all_is_sent_changes_nothing(step: str) -> None:
    lab = started(STEPS[step])
    lab.ask(CutLink(NODE1, MIGRATION))
    lab.until_quiet()
    assert lab.ended().state is TaskState.SUCCEEDED
    assert_runs_at(lab, NODE2)


def test_a_cut_of_another_network_does_not_concern_it() -> None:
    lab = started(STEPS["copying"])
    lab.ask(CutLink(NODE1, CLIENTS))
    lab.until_quiet()
    assert lab.ended().state is TaskState.SUCCEEDED


@pytest.mark.parametrize("step", ["setup", "copying", "sending"])
def test_a_source_that_dies_too_early_takes_the_vm_with_it(step: str) -> None:
    lab = started(STEPS[step], Clients(connections=7))
    lab.ask(CrashNode(NODE1))
    assert lab.ended().state is TaskState.FAILED
    assert lab.vm.state is VmState.CRITICAL
    assert result(lab).connections_lost == 7
    assert lab.world.cluster.assigned_bytes_on(NODE1) == 0
    assert lab.world.cluster.free_bytes_on(NODE2) == lab.world.cluster.nodes[NODE2].memory_for_vms_bytes


@pytest.mark.parametrize("step", ["handover", "arp"])
def test_a_source_that_dies_after_the_last_byte_is_not_missed(step: str) -> None:
    lab = started(STEPS[step])
    lab.ask(CrashNode(NODE1))
    lab.until_quiet()
    assert lab.ended().state is TaskState.SUCCEEDED
    assert_runs_at(lab, NODE2)


@pytest.mark.parametrize("step", ["setup", "copying", "sending", "handover"])
def test_a_target_that_dies_leaves_the_vm_running_at_the_source(step: str) -> None:
    lab = started(STEPS[step])
    lab.ask(CrashNode(NODE2))
    lab.until_quiet()
    assert lab.ended().state is TaskState.FAILED
    assert "NODE2 crashed" in lab.ended().message
    assert_runs_at(lab, NODE1)
    if step == "copying":
        assert result(lab).blackout_seconds == pytest.approx(0.012)


def test_a_film_stands_still_with_the_guest_whose_target_dies_in_mid_copy() -> None:
    """A buffer of 10 ms does not bridge 12; and what was sent before still counts."""
    lab = started(STEPS["copying"], Clients(connections=7, video=VideoStream(buffer_seconds=0.01)))
    lab.ask(CrashNode(NODE2))
    lab.until_quiet()
    done = result(lab)
    assert (done.streams_stalled, done.connections_lost) == (1, 0)
    assert done.stall_seconds == pytest.approx(0.002 + 0.0025 * 750_000 / LINK, abs=1e-4)
    seconds_sent = STEPS["copying"] - TIMINGS.setup_seconds
    assert done.sent_bytes == pytest.approx(TIMINGS.in_flight_bytes + seconds_sent * LINK, rel=1e-6)


def test_when_source_and_target_die_within_the_hand_over_nothing_is_left() -> None:
    lab = started(STEPS["handover"], Clients(connections=7))
    lab.ask(CrashNode(NODE1))
    lab.ask(CrashNode(NODE2))
    assert lab.ended().state is TaskState.FAILED
    assert (lab.vm.state, lab.vm.assigned_bytes) == (VmState.CRITICAL, 0)
    assert result(lab).connections_lost == 7
    assert not lab.world.halted and not lab.world.unreachable


def test_a_target_that_dies_after_the_resume_takes_the_vm_with_it() -> None:
    lab = started(STEPS["arp"])
    lab.ask(CrashNode(NODE2))
    assert lab.ended().state is TaskState.SUCCEEDED, "success is the resume; what comes after is another matter"
    assert lab.vm.state is VmState.CRITICAL
    assert lab.world.cluster.nodes[NODE2].state is NodeState.DOWN


# Several at once


def test_a_second_one_waits_its_turn_and_starts_when_the_first_has_ended() -> None:
    lab = Lab(lab_record(guest(0), guest(1)))
    lab.ask(LiveMigrate(VM, NODE2))
    waiting = lab.ask(LiveMigrate(VmId(1), NODE2, queue=True)).task
    assert waiting is not None
    assert lab.world.cluster.tasks[waiting].phase is Phase.QUEUED
    lab.until_quiet()
    first, second = lab.sink.tasks
    assert second.state is TaskState.SUCCEEDED
    assert second.started_ns == first.ended_ns


def test_who_cannot_start_yet_is_passed_by() -> None:
    """The oldest in the queue wants a paused node; the younger one need not wait for that."""
    lab = Lab(lab_record(guest(0), guest(1), guest(2), nodes=3))
    lab.ask(LiveMigrate(VM, NODE2))
    to_three = lab.ask(LiveMigrate(VmId(1), NODE3, queue=True)).task
    to_two = lab.ask(LiveMigrate(VmId(2), NODE2, queue=True)).task
    lab.ask(PauseNode(NODE3))
    lab.until(30.0)
    assert to_two is not None and to_three is not None
    assert lab.world.cluster.tasks[to_two].state is TaskState.RUNNING
    assert lab.world.cluster.tasks[to_three].state is TaskState.QUEUED
    lab.until(60.0)
    lab.ask(ResumeNode(NODE3))
    assert lab.world.cluster.tasks[to_three].state is TaskState.RUNNING


def test_a_waiting_one_can_be_cancelled_and_dies_with_its_nodes() -> None:
    lab = Lab(lab_record(guest(0), guest(1), guest(2), nodes=3))
    lab.ask(LiveMigrate(VM, NODE2))
    one = lab.ask(LiveMigrate(VmId(1), NODE2, queue=True)).task
    other = lab.ask(LiveMigrate(VmId(2), NODE3, queue=True)).task
    assert one is not None and other is not None
    lab.ask(CancelMigration(one))
    assert lab.ended().state is TaskState.CANCELLED
    lab.ask(CrashNode(NODE3))
    assert lab.ended().state is TaskState.FAILED
    assert lab.world.cluster.vms[VmId(2)].state is VmState.RUNNING


def test_what_a_waiting_one_waits_for_is_told_once_by_an_event_and_always_by_its_task() -> None:
    """First their target takes nobody; then the one that goes first leaves the other no memory there."""
    lab = Lab(lab_record(guest(0, gigabytes=20), guest(1, gigabytes=4), guest(2, owner=2, gigabytes=12), nodes=3))
    lab.ask(LiveMigrate(VmId(1), NODE2))
    waiting = lab.ask(LiveMigrate(VM, NODE2, queue=True)).task
    assert waiting is not None
    last = lab.ask(LiveMigrate(VmId(2), NODE2, queue=True)).task
    assert last is not None
    lab.ask(PauseNode(NODE2))
    lab.until(60.0)
    assert "NODE2 is paused" in lab.world.cluster.tasks[waiting].message
    told = [event.message for event in lab.sink.events if event.code == "live-migrate-waits"]
    assert len(told) == 2 and "waits on: NODE2 is paused" in told[0]
    lab.ask(ResumeNode(NODE2))
    assert lab.world.cluster.tasks[waiting].state is TaskState.RUNNING
    lab.until(600.0)
    assert lab.world.cluster.vms[VM].owner == NODE2
    assert "VM02 needs 12 GB; NODE2 has 6 GB free" in lab.world.cluster.tasks[last].message
    assert sum(event.code == "live-migrate-waits" for event in lab.sink.events) == 2


def test_a_link_that_comes_back_lets_the_queue_go_on() -> None:
    lab = Lab(lab_record(guest(0), guest(1)))
    lab.ask(LiveMigrate(VM, NODE2, MIGRATION))
    waiting = lab.ask(LiveMigrate(VmId(1), NODE2, MIGRATION, queue=True)).task
    assert waiting is not None
    lab.until(5.0)
    lab.ask(CutLink(NODE1, MIGRATION))
    assert lab.world.cluster.tasks[waiting].state is TaskState.QUEUED
    lab.until(8.0)
    lab.ask(RestoreLink(NODE1, MIGRATION))
    assert lab.world.cluster.tasks[waiting].state is TaskState.RUNNING


def test_two_at_once_share_the_link_and_take_twice_as_long() -> None:
    lab = Lab(lab_record(guest(0), guest(1), profile=PROFILES["2022"]))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.ask(LiveMigrate(VmId(1), NODE2))
    lab.until_quiet()
    for task in lab.sink.tasks:
        assert task.result is not None
        assert task.result.memory_passes[0].ended_ns / 1e9 == pytest.approx(3.0 + 2 * FIRST_PASS_SECONDS, abs=1e-3)


# The client's eye


def test_a_normal_live_migration_is_not_noticed_by_a_viewer() -> None:
    lab = started(0.0, Clients(connections=3, video=VideoStream()))
    lab.until_quiet()
    done = result(lab)
    assert (done.streams_stalled, done.stall_seconds, done.connections_lost) == (0, 0.0, 0)


def test_a_blackout_beyond_the_buffer_stalls_the_film_for_the_rest_of_it() -> None:
    hot = (MemoryRegion("hot", 1024 * MIB, 4e9),)
    lab = Lab(lab_record(guest(regions=hot, clients=Clients(connections=3, video=VideoStream(buffer_seconds=2.0)))))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until_quiet()
    done = result(lab)
    assert done.streams_stalled == 1
    # Dry after 2 s; it plays on when a quarter of the buffer (375 kB) has come over the gigabit link.
    assert done.stall_seconds == pytest.approx(done.blackout_seconds - 2.0 + 0.25 * 2.0 * 750_000 / LINK, abs=1e-6)
    assert done.connections_lost == 0
    stalled = next(event for event in lab.sink.events if event.code == "stream-stalled")
    plays = next(event for event in lab.sink.events if event.code == "stream-plays")
    assert (plays.time_ns - stalled.time_ns) / 1e9 == pytest.approx(done.stall_seconds, abs=1e-9)


def test_members_of_a_guest_cluster_lose_each_other_long_before_tcp_gives_up() -> None:
    hot = (MemoryRegion("hot", 1024 * MIB, 4e9),)
    lost = {}
    for together in (False, True):
        lab = Lab(lab_record(guest(regions=hot, clients=Clients(connections=3, guest_cluster=together))))
        lab.ask(LiveMigrate(VM, NODE2))
        lab.until_quiet()
        lost[together] = result(lab).connections_lost
    assert lost == {False: 0, True: 3}
