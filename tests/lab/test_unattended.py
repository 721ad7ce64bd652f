"""A lab that is worked through without a window."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.machines import VmState
from hvgui.lab import unattended as module
from hvgui.lab.errors import LabError
from hvgui.lab.session import Session
from hvgui.lab.unattended import unattended
from hvgui.lab.verification import verify
from hvgui.requests.lifecycle import PauseVm
from hvgui.requests.migration import LiveMigrate
from small_cluster import small_record


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    path = tmp_path / "one.hvlab"
    Session.new(small_record(), seed=1, path=path).close()
    return path


def test_asked_played_to_the_end_and_kept(lab: Path) -> None:
    with unattended(lab) as opened:
        receipt = opened.ask(LiveMigrate(VmId(0), NodeId(1)))
        assert receipt.task is not None
        assert opened.cluster.vms[VmId(0)].owner == NodeId(0)
        seen: list[int] = []
        assert opened.wait_for([TaskId(receipt.task)], lambda cluster: seen.append(len(cluster.tasks)))
        assert seen[-1] == 0
        assert opened.cluster.vms[VmId(0)].owner == NodeId(1)
        assert not opened.ask(LiveMigrate(VmId(0), NodeId(1))).accepted
        moment = opened.now_ns
    session = Session.open(lab)
    assert session.opening().time_ns >= moment > 0
    assert session.opening().record.vms[0].owner == NodeId(1)
    session.close()
    assert verify(lab).agrees


def test_what_does_not_end_is_given_up(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", 5)
    with unattended(lab) as opened:
        assert not opened.wait_for([TaskId(99)], lambda _: None)
        assert opened.now_ns >= 5 * 10**9
        assert opened.ask(PauseVm(VmId(0))).accepted
        assert opened.cluster.vms[VmId(0)].state is VmState.PAUSED


def test_a_lab_that_somebody_has_open(lab: Path) -> None:
    session = Session.open(lab)
    try:
        with pytest.raises(LabError, match="is open elsewhere"), unattended(lab):
            pass
    finally:
        session.close()


def test_turns_are_not_taken_beside_a_thread(lab: Path) -> None:
    session = Session.open(lab)
    session.start()
    try:
        with pytest.raises(RuntimeError, match="takes no turns by hand"):
            session.work()
    finally:
        session.close()
    with pytest.raises(RuntimeError, match="takes no turns by hand"):
        session.work()
