"""Forecasts of requests on snapshots: what is written and freed, when merging begins, and how long it takes."""

from __future__ import annotations

import pytest

from hvgui.cluster.machines import VmState
from hvgui.cluster.units import GIB, MIB
from hvgui.engine import checkpoint
from hvgui.lab.forecast import forecast, forecast_of, reduced
from hvgui.requests.lifecycle import SaveVm
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RenameSnapshot, RevertVm, TakeSnapshot
from snapshot_labs import R2, TODAY, VM, machine, snapshot_lab, squeezed, taken
from storage_labs import busy_guest


def test_taking_one_of_a_vm_that_runs() -> None:
    lab = snapshot_lab(state=VmState.RUNNING)
    squeezed(lab, 10 * GIB)
    found = forecast_of(reduced(lab.world, TakeSnapshot(VM)), TakeSnapshot(VM))
    assert found.snapshots is not None
    assert (found.snapshots.written_bytes, found.snapshots.free_bytes) == (2 * GIB, 8 * GIB)
    assert found.duration_seconds is not None
    assert found.duration_seconds.middle == pytest.approx((2 * GIB + MIB) / 125e6, abs=1.1)
    assert "2 GB of memory are written. Volume1 has 8 GB free then." in found.message


def test_going_back_frees_what_came_since() -> None:
    lab = snapshot_lab(busy_guest(growth=20e6), state=VmState.RUNNING)
    one = taken(lab)
    lab.run(300)
    grown = machine(lab).disks[0].file_bytes
    for request in (ApplySnapshot(VM, one), RevertVm(VM)):
        found = forecast(lab.world, request)
        assert found.snapshots is not None
        assert found.snapshots.freed_bytes == grown
        assert found.message.startswith("Takes effect at once.")
    first = forecast(lab.world, ApplySnapshot(VM, one, takes_first=True))
    assert first.snapshots is not None
    assert (first.snapshots.written_bytes, first.snapshots.freed_bytes) == (2 * GIB, 0)


@pytest.mark.parametrize("profile", [R2, TODAY])
def test_deleting_says_when_files_are_merged_and_how_long_that_takes(profile: object) -> None:
    lab = snapshot_lab(busy_guest(growth=20e6, iops=200.0), profile, VmState.RUNNING)  # type: ignore[arg-type]
    one = taken(lab)
    lab.run(300)
    upper = machine(lab).disks[0]
    before = checkpoint.snapshot(lab.world)
    found = forecast(lab.world, DeleteSnapshot(VM, one))
    assert checkpoint.snapshot(lab.world) == before, "the world is left as it was"
    seen = found.snapshots
    assert seen is not None
    assert seen.freed_bytes == 2 * GIB, "its memory goes at once"
    assert seen.merge_bytes == upper.file_bytes
    assert seen.merge_freed_bytes == pytest.approx(upper.rewritten_bytes, rel=0.01)
    assert seen.merge_seconds == pytest.approx(upper.file_bytes / 125e6, rel=0.1)
    waits = "2008 R2 SP1 merges files of a VM that is off." in seen.merge_waits
    assert waits == (profile is R2)
    assert ("wait to be merged" in found.message) == waits


def test_of_a_saved_vm_and_without_room() -> None:
    lab = snapshot_lab(busy_guest(growth=20e6), state=VmState.RUNNING)
    one = taken(lab)
    lab.run(300)
    lab.ask(SaveVm(VM))
    lab.until_quiet()
    seen = forecast(lab.world, DeleteSnapshot(VM, one)).snapshots
    assert seen is not None
    assert seen.merge_seconds is not None
    # Its own memory (2 GB) is freed by deleting it: the merge needs more than that.
    squeezed(lab, 0)
    seen = forecast(lab.world, DeleteSnapshot(VM, one)).snapshots
    assert seen is not None
    assert seen.merge_seconds is None


def test_others_have_no_outlook() -> None:
    lab = snapshot_lab()
    one = taken(lab)
    assert forecast(lab.world, RenameSnapshot(VM, one, "x")).snapshots is None
    assert forecast(lab.world, ApplySnapshot(VM, 77)).snapshots is None
