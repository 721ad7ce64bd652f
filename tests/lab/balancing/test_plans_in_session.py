"""Plans asked of a session: of the world as it is shown, beside the engine, the newest only."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.ids import NodeId, VmId
from hvgui.engine.settling import settled
from hvgui.exchange.samples import sample
from hvgui.lab.balancing.plans import LoadsOf, Wish, planned
from hvgui.lab.errors import LabError
from hvgui.lab.session import Session
from hvgui.requests.faults import PauseNode
from hvgui.requests.migration import LiveMigrate

PATIENCE_SECONDS = 30.0


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    session = Session.new(sample("small-business"), seed=7, path=tmp_path / "lab.hvlab")
    session.start()
    yield session
    session.close()


def test_a_session_s_plan_is_the_plan_of_its_world(session: Session) -> None:
    world = settled(sample("small-business"), seed=7)
    for wish, loads in ((Wish(), LoadsOf.USUAL), (Wish(policy=Policy.PACK, stay=frozenset({VmId(3)})), LoadsOf.NOW)):
        assert session.plan(wish, loads).result(PATIENCE_SECONDS) == planned(world, wish, loads)
    assert session.plan_fraction is None


def test_a_plan_is_of_the_present_and_changes_nothing(session: Session) -> None:
    first = session.plan(Wish(emptied=frozenset({NodeId(0)}))).result(PATIENCE_SECONDS)
    assert {move.source for move in first.moves} >= {NodeId(0)}
    assert session.submit(PauseNode(NodeId(1))).result(PATIENCE_SECONDS).accepted
    second = session.plan(Wish()).result(PATIENCE_SECONDS)
    assert all(move.target != NodeId(1) for move in second.moves)
    move = next(move for move in first.moves if move.target != NodeId(1))
    assert session.submit(LiveMigrate(move.vm, move.target)).result(PATIENCE_SECONDS).accepted


def test_only_the_newest_plan_is_made(session: Session) -> None:
    answers = [session.plan(Wish(most_moves=most)) for most in (1, 2, 3)]
    assert len(answers[-1].result(PATIENCE_SECONDS).moves) <= 3
    assert all(answer.cancelled() for answer in answers[:-1])


def test_a_lab_that_is_closed_owes_no_plan(session: Session) -> None:
    answer = session.plan(Wish())
    session.close()
    try:
        assert isinstance(answer.exception(0), LabError)
    except CancelledError:
        assert answer.cancelled()
    later = session.plan(Wish())
    assert later.cancelled() or isinstance(later.exception(0), LabError)
