"""Labs that another version's engine has lived: they go on from what was kept, and the past is never made up."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import checkpoint, run
from hvgui.engine.generation import GENERATION
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.lab.errors import DamagedLabError
from hvgui.lab.frames import Timeline
from hvgui.lab.lab_file import LabFile
from hvgui.lab.present_cluster import present_cluster
from hvgui.lab.session import Session
from hvgui.lab.verification import verify
from hvgui.requests.lifecycle import PauseVm, ResumeVm
from hvgui.requests.request import Request

PATIENCE_SECONDS = 30.0
WEB = VmId(1)
STATES = (0, 30)
"""Seconds at which the lab was kept as a whole."""


def _lived(path: Path, record: ClusterRecord, *commands: tuple[int, Request], engine: int = 0) -> Path:
    """A lab of 90 s with these commands, kept as a whole now and then, by an engine of that generation. A command that
    this engine refuses the other one accepted, and did nothing."""
    file = LabFile.create(path, name="Before", seed=4)
    world, told = settled(record, seed=4), Recorder()
    todo = sorted([*((second, None) for second in STATES), *commands], key=lambda one: one[0])
    for second, request in todo:
        run.advance_to(world, second * NANOSECONDS, told)
        if request is None:
            file.add_checkpoint(world.now_ns, checkpoint.snapshot(world))
        else:
            file.add_command(world.now_ns, request, request.title(world.cluster))
            if not [one for one in request.check(world.cluster) if one.severity.value == "blocker"]:
                run.apply(world, request, told)
    run.advance_to(world, 90 * NANOSECONDS, told)
    file.add_events([event for event in told.events if event.code != "request-refused"])
    file.reach(world.now_ns)
    file.commit()
    file.close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE lab SET value = ? WHERE key = 'engine'", (str(engine),))
    return path


def _opened(path: Path) -> Session:
    session = Session.open(path)
    session.start()
    return session


def _timeline(session: Session) -> Timeline:
    session.return_to_present().result(PATIENCE_SECONDS)
    found = [frame.timeline for frame in session.drain() if frame.timeline is not None]
    return found[-1]


def _looked_at(session: Session, seconds: float) -> tuple[float, VmState]:
    """The moment that is shown, and how the VM is then."""
    session.look_at(round(seconds * NANOSECONDS)).result(PATIENCE_SECONDS)
    shown = [frame.opening for frame in session.drain() if frame.opening is not None][-1]
    state = next(vm.state for vm in shown.record.vms if vm.id == WEB)
    return shown.time_ns / NANOSECONDS, state


def test_it_says_so_and_the_past_is_shown_from_kept_state_to_kept_state(tmp_path: Path, record: ClusterRecord) -> None:
    path = _lived(tmp_path / "old.hvlab", record, (10, PauseVm(WEB)), (40, ResumeVm(WEB)))
    session = _opened(path)
    assert session.notice.startswith("Another version of hvgui has lived this lab, up to 00:01:30.0.")
    assert session.opening().time_ns == 90 * NANOSECONDS
    assert _timeline(session).older_until_ns == 30 * NANOSECONDS
    assert _looked_at(session, 20) == (0.0, VmState.RUNNING), "not the 20 s, which nobody can reckon again"
    assert _looked_at(session, 50) == (30.0, VmState.PAUSED)
    assert _looked_at(session, 30) == (30.0, VmState.PAUSED)
    assert session.go_on_from_here("again").result(PATIENCE_SECONDS).accepted
    assert session.submit(ResumeVm(WEB)).result(PATIENCE_SECONDS).accepted
    assert session.undo().result(PATIENCE_SECONDS).accepted, "what this engine has done is undone as ever"
    session.close()
    assert verify(path).agrees
    assert verify(path).other_engine


def test_what_was_done_then_is_not_undone_and_what_comes_now_is(tmp_path: Path, record: ClusterRecord) -> None:
    path = _lived(tmp_path / "old.hvlab", record, (10, PauseVm(WEB)), (40, ResumeVm(WEB)))
    session = _opened(path)
    refused = session.undo().result(PATIENCE_SECONDS)
    assert [problem.code for problem in refused.problems] == ["older-engine"]
    assert session.submit(PauseVm(WEB)).result(PATIENCE_SECONDS).accepted
    assert session.undo().result(PATIENCE_SECONDS).accepted
    session.close()
    again = _opened(path)
    assert again.notice == "", "it is this engine's now"
    assert again.opening().time_ns == 90 * NANOSECONDS
    assert _looked_at(again, 70) == (30.0, VmState.PAUSED)
    again.close()
    found = verify(path)
    assert (found.agrees, found.other_engine) == (True, True), found.difference


def test_what_it_cannot_repeat_stays_on_its_branch(tmp_path: Path, record: ClusterRecord) -> None:
    """The other engine accepted a command that this one refuses, and was killed before it kept another state."""
    path = _lived(tmp_path / "old.hvlab", record, (10, PauseVm(WEB)), (40, PauseVm(WEB)), (50, ResumeVm(WEB)))
    session = _opened(path)
    assert (
        "The 2 commands asked last, which this version can't repeat, stay on a branch of their own." in session.notice
    )
    assert session.opening().time_ns == 30 * NANOSECONDS
    timeline = _timeline(session)
    assert [branch.name for branch in timeline.branches] == ["main", "from 00:00:30.0"]
    assert timeline.branch == 2
    assert session.submit(ResumeVm(WEB)).result(PATIENCE_SECONDS).accepted
    assert session.switch_to(1).result(PATIENCE_SECONDS).problems[0].code == "older-engine"
    session.close()
    assert verify(path).agrees


def test_who_only_reads_it_has_the_last_state_that_was_kept(tmp_path: Path, record: ClusterRecord) -> None:
    path = _lived(tmp_path / "old.hvlab", record, (10, PauseVm(WEB)), (40, PauseVm(WEB)))
    before = path.read_bytes()
    present = present_cluster(str(path))
    assert present.time_ns == 30 * NANOSECONDS
    assert present.cluster.vms[WEB].state is VmState.PAUSED
    assert path.read_bytes() == before


def test_with_this_engine_the_same_lab_is_damaged(tmp_path: Path, record: ClusterRecord) -> None:
    path = _lived(tmp_path / "own.hvlab", record, (10, PauseVm(WEB)), (40, PauseVm(WEB)), engine=GENERATION)
    with pytest.raises(DamagedLabError, match="can't have been accepted"):
        Session.open(path)
    whole = _lived(tmp_path / "whole.hvlab", record, (10, PauseVm(WEB)), engine=GENERATION)
    session = _opened(whole)
    assert session.notice == ""
    assert _looked_at(session, 20) == (20.0, VmState.PAUSED)
    session.return_to_present().result(PATIENCE_SECONDS)
    assert session.undo().result(PATIENCE_SECONDS).accepted
    session.close()
    assert not verify(whole).other_engine


def test_reading_it_leaves_it_as_it_is(tmp_path: Path, record: ClusterRecord) -> None:
    path = _lived(tmp_path / "old.hvlab", record, (10, PauseVm(WEB)))
    before = path.read_bytes()
    assert verify(path).agrees
    assert verify(path).other_engine
    assert path.read_bytes() == before
