"""Owners and failover policies are set, and VMs go back to preferred owners: never, at once, or within their hours."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine_world import NODE1, NODE2, NODE3, VM, Lab, guest
from failover_labs import failing, machine, where
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import Failback, FailoverPolicy, Priority, VmState
from hvgui.cluster.storage import LunUse, VirtualDisk
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import GIB
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.failback import seconds_to_window
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.run import advance_to
from hvgui.engine.sink import Recorder
from hvgui.requests.failover_policy import SetFailoverPolicy, SetOwners
from hvgui.requests.faults import CrashNode, PauseNode, PowerOnNode, ResumeNode
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.problems import Severity, blockers

HOUR = 3600.0


def homesick(failback: Failback, from_hour: int = 0, to_hour: int = 0) -> Lab:
    """A VM that prefers NODE1, which has been away and is back."""
    policy = FailoverPolicy(failback=failback, from_hour=from_hour, to_hour=to_hour)
    lab = failing(replace(guest(0), preferred_owners=(NODE1,), failover=policy), guest(1))
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert lab.vm.owner != NODE1
    lab.ask(PowerOnNode(NODE1))
    return lab


def test_by_default_nobody_goes_back() -> None:
    lab = homesick(Failback.PREVENT)
    lab.until(600.0)
    assert lab.vm.owner != NODE1


def test_a_vm_goes_back_at_once_when_its_preferred_owner_joins() -> None:
    lab = homesick(Failback.IMMEDIATELY)
    event = lab.until_told("failback")
    assert event.time_ns / 1e9 == pytest.approx(60.0 + NODE_BOOT_SECONDS)
    lab.until_quiet()
    assert (lab.vm.owner, lab.ended().kind) == (NODE1, TaskKind.LIVE_MIGRATION)
    assert machine(lab, 1).owner != NODE1, "the other one has no such wish"


def test_within_its_hours_only() -> None:
    lab = homesick(Failback.BETWEEN_HOURS, 2, 4)
    lab.until(2 * HOUR - 1)
    assert lab.vm.owner != NODE1
    lab.until(2 * HOUR + 60.0)
    assert lab.vm.owner == NODE1


@pytest.mark.parametrize(
    ("hours", "now", "seconds"),
    [((2, 4), 0.0, 2 * HOUR), ((2, 4), 3 * HOUR, 0.0), ((2, 4), 4 * HOUR, 22 * HOUR), ((22, 4), 23 * HOUR, 0.0),
     ((22, 4), 25 * HOUR, 0.0), ((22, 4), 5 * HOUR, 17 * HOUR), ((3, 3), 9 * HOUR, 0.0)],
)  # fmt: skip
def test_hours_of_the_day(hours: tuple[int, int], now: float, seconds: float) -> None:
    policy = FailoverPolicy(failback=Failback.BETWEEN_HOURS, from_hour=hours[0], to_hour=hours[1])
    assert seconds_to_window(policy, round(now * 1e9)) == pytest.approx(seconds)


def test_who_can_not_go_back_yet_tries_again() -> None:
    """Two go back to one node, which 2008 R2 lets take part in one live migration at a time."""
    policy = FailoverPolicy(failback=Failback.IMMEDIATELY)
    vms = [replace(guest(n, owner=1, gigabytes=4), preferred_owners=(NODE1, NODE2), failover=policy) for n in range(2)]
    lab = failing(*vms)
    lab.ask(PauseNode(NODE1))
    lab.ask(ResumeNode(NODE1))
    lab.until(300.0)
    assert where(lab) == [(0, VmState.RUNNING)] * 2
    assert lab.world.failback_ns == -1, "nobody waits any more"


def test_two_on_one_lun_with_other_wishes_do_not_take_each_other_to_and_fro() -> None:
    policy = FailoverPolicy(failback=Failback.IMMEDIATELY)
    lab = failing(nodes=3)
    record = lab.world.cluster.record()
    own = replace(record.luns[0], id=1, name="OWN", use=LunUse.VM)
    disk = VirtualDisk("system", 40 * GIB, lun=own.id)
    vms = [replace(guest(n), disks=(disk,), preferred_owners=(NodeId(n + 1),), failover=policy) for n in range(2)]
    lab = Lab(replace(record, luns=(*record.luns, own), vms=tuple(vms)))
    lab.ask(PauseNode(NODE3))
    lab.ask(ResumeNode(NODE3))
    lab.until(600.0)
    assert where(lab) == [(1, VmState.RUNNING)] * 2, "the first of equals decides"
    assert lab.codes.count("failback") == 1


def test_owners_are_set_and_bind() -> None:
    lab = failing(guest(0))
    lab.ask(SetOwners(VM, (NODE3,), (NODE1, NODE3)))
    assert "not-possible-owner" in {one.code for one in LiveMigrate(VM, NODE2).check(lab.world.cluster)}
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert lab.vm.owner == NODE3


def test_setting_a_preferred_owner_and_failback_brings_it_there() -> None:
    lab = failing(guest(0))
    lab.ask(SetOwners(VM, (NODE3,)))
    lab.ask(SetFailoverPolicy(VM, FailoverPolicy(failback=Failback.IMMEDIATELY)))
    lab.until(60.0)
    assert lab.vm.owner == NODE3


def test_another_policy_lets_a_failed_group_try_again() -> None:
    lab = failing(replace(guest(0), failover=FailoverPolicy(most_failures=0)))
    lab.ask(CrashNode(NODE1))
    lab.until(60.0)
    assert lab.vm.is_failed
    lab.ask(SetFailoverPolicy(VM, FailoverPolicy(most_failures=3)))
    lab.until_quiet()
    assert (lab.vm.state, lab.vm.is_failed) == (VmState.RUNNING, False)


def test_a_policy_is_all_of_its_parts() -> None:
    lab = failing(guest(0))
    policy = FailoverPolicy(2, 12.0, Failback.BETWEEN_HOURS, 20, 6)
    lab.ask(SetFailoverPolicy(VM, policy, ("dc", "sql"), 15.0, Priority.LOW))
    vm = lab.vm
    assert (vm.failover, vm.anti_affinity, vm.start_delay_seconds) == (policy, ("dc", "sql"), 15.0)
    assert vm.priority is Priority.LOW


@pytest.mark.parametrize(
    "wrong",
    [
        SetOwners(VM, (NodeId(9),)),
        SetOwners(VM, (), ()),
        SetOwners(VM, (), (NODE2,)),
        SetOwners(VM, (NODE1, NODE1)),
        SetOwners(VmId(99)),
        SetFailoverPolicy(VM, FailoverPolicy(most_failures=-1)),
        SetFailoverPolicy(VM, FailoverPolicy(period_hours=0.0)),
        SetFailoverPolicy(VM, FailoverPolicy(period_hours=float("nan"))),
        SetFailoverPolicy(VM, FailoverPolicy(from_hour=24)),
        SetFailoverPolicy(VM, anti_affinity=("",)),
        SetFailoverPolicy(VM, start_delay_seconds=-1.0),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: SetOwners) -> None:
    assert blockers(wrong.check(failing(guest(0)).world.cluster))


def test_a_policy_for_a_vm_that_is_not_clustered_is_refused_and_failback_without_preference_warned_of() -> None:
    lab = failing(replace(guest(0), highly_available=False), guest(1))
    assert [one.code for one in SetOwners(VM).check(lab.world.cluster)] == ["not-clustered"]
    asked = SetFailoverPolicy(VmId(1), FailoverPolicy(failback=Failback.IMMEDIATELY))
    assert [(one.code, one.severity) for one in asked.check(lab.world.cluster)] == [
        ("no-preferred-owner", Severity.WARNING)
    ]


def test_owners_of_a_vm_on_its_way_keep_both_ends_possible() -> None:
    lab = failing(guest(0, gigabytes=8))
    lab.ask(LiveMigrate(VM, NODE2))
    lab.until(5.0)
    assert blockers(SetOwners(VM, (), (NODE1, NODE3)).check(lab.world.cluster))
    assert not blockers(SetOwners(VM, (), (NODE1, NODE2)).check(lab.world.cluster))


def test_forks_and_checkpoints_go_back_alike() -> None:
    lab = homesick(Failback.BETWEEN_HOURS, 1, 3)
    copies = []
    for moment in (250.0, 1000.0, 3599.0):
        lab.until(moment)
        copies += [lab.world.fork(), restore(snapshot(lab.world))]
    lab.until(3800.0)
    assert lab.vm.owner == NODE1
    for copy in copies:
        advance_to(copy, lab.world.now_ns, Recorder())
        assert snapshot(copy) == snapshot(lab.world)
