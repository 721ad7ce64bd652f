"""Names from a pattern, places for disks, and what a clone's draft means."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VmState
from hvgui.exchange.samples import sample
from hvgui.gui.copies.clone_draft import CloneDraft, Guids, plan_clones
from hvgui.gui.copies.homes import homes_of, room_words
from hvgui.gui.copies.names import first_free, names_of, preview
from storage_labs import VOLUME1, VOLUME2, busy_guest, storage_record

VM = VmId(0)


def _record() -> ClusterRecord:
    return storage_record(replace(busy_guest(0), state=VmState.OFF, assigned_bytes=0), busy_guest(1))


def test_a_pattern_gives_names() -> None:
    assert names_of("WEB##", 3) == ("WEB01", "WEB02", "WEB03")
    assert names_of("WEB#-test", 2, 9) == ("WEB9-test", "WEB10-test")
    assert names_of(" ONE ", 1) == ("ONE",)
    with pytest.raises(ValueError, match=r"put # where the number goes, such as ONE##"):
        names_of("ONE", 2)
    assert preview(("A", "B", "C"), 2) == "A, B and 1 more"


@given(st.integers(1, 60), st.sets(st.integers(1, 90)))
def test_the_first_number_is_the_lowest_that_is_free(count: int, taken: set[int]) -> None:
    names = {f"web{number:02d}" for number in taken}
    first = first_free("WEB##", count, names)
    assert not names & {name.casefold() for name in names_of("WEB##", count, first)}
    for lower in range(1, first):
        assert names & {name.casefold() for name in names_of("WEB##", count, lower)}


def test_places_say_what_is_free_before_and_after() -> None:
    cluster = Cluster(_record())
    words = [one.words for one in homes_of(cluster)]
    assert words[0].startswith("C:\\ClusterStorage\\Volume1 – ")
    # LUNs of shared volumes are no places of their own.
    assert [one.name for one in homes_of(cluster)][2:] == ["OWN", "SPARE", "SPARE2"]
    free = homes_of(cluster)[1].free_bytes
    said = room_words(cluster, {(VOLUME2, None): free + 1, (None, None): 5})
    assert "not enough" in said
    assert "on the nodes' own disks" in said


def test_clones_are_planned_each_after_the_other() -> None:
    cluster = Cluster(_record())
    guids = Guids()
    plan = plan_clones(CloneDraft(VM, "C##", 3, volume=VOLUME2, generalised=True), cluster, None, guids)
    assert plan.is_whole
    assert [one.name for one in plan.requests] == ["C01", "C02", "C03"]
    assert len({one.guid for one in plan.requests}) == 3
    assert dict(plan.needs) == {(VOLUME2, None): 3 * cluster.vms[VM].disks[0].file_bytes}
    assert {one.to for one in plan.requests} == {1, 2, 0}
    # The ids are drawn once: whoever changes the form asks for the same VMs.
    again = plan_clones(CloneDraft(VM, "D##", 3), cluster, None, guids)
    assert [one.guid for one in again.requests] == [one.guid for one in plan.requests]
    assert any(one.code == "not-generalised" for one in again.problems)
    too_many = plan_clones(CloneDraft(VM, "E###", 200, volume=VOLUME1), cluster, None, guids)
    assert not too_many.is_whole
    assert "no-room" in {one.code for one in too_many.problems}


def test_nothing_is_planned_of_what_cannot_be_cloned() -> None:
    cluster = Cluster(_record())
    running = plan_clones(CloneDraft(VmId(1), "C##", 2), cluster, None, Guids())
    assert not running.requests
    assert "a VM is cloned while it is off" in str(running.problems[0])
    assert "no longer" in plan_clones(CloneDraft(VmId(9), "C"), cluster, None, Guids()).sentence
    assert plan_clones(CloneDraft(VM, "C", 2), cluster, None, Guids()).sentence.startswith("Put # where")


def test_two_hundred_clones_among_a_thousand_vms_are_planned_at_once() -> None:
    record = sample("r2-maximum")
    vms = (replace(record.vms[0], state=VmState.OFF, assigned_bytes=0), *record.vms[1:700])
    cluster = Cluster(replace(record, vms=vms))
    begin = time.perf_counter()
    plan = plan_clones(CloneDraft(vms[0].id, "LAB###", 200), cluster, {}, Guids())
    # A generous bound for a busy machine: 0.03 s on a quiet one.
    assert time.perf_counter() - begin < 1.0
    assert len(plan.clones) == 200
