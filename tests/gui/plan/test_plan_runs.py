"""A plan carried out by the window's own hand, on a real session, over drawn clusters: no step is ever impossible."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from drawn_clusters import SEEDS, drawn_cluster
from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import ClusterRecord
from hvgui.gui.bridge import Bridge
from hvgui.gui.plan.expected import Expected
from hvgui.gui.plan.run import PlanRun, Standing
from hvgui.lab.balancing.plans import Wish
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.lab.session import Session

_PATIENCE_SECONDS = 60.0
PATIENT = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def _ticked(bridge: Bridge, is_over: Callable[[], bool]) -> None:
    give_up, pause = time.monotonic() + _PATIENCE_SECONDS, threading.Event()
    while not is_over():
        assert time.monotonic() < give_up
        bridge.tick()
        pause.wait(0.002)


def _carried_out(record: ClusterRecord, wish: Wish, folder: Path) -> None:
    session = Session.new(record, seed=3, path=folder / "drawn.hvlab")
    bridge = Bridge(session)
    try:
        session.start()
        expected = Expected(bridge.cluster)
        plan = session.plan(wish).result(_PATIENCE_SECONDS)
        run = PlanRun(bridge, plan, expected)
        session.set_speed(AS_FAST_AS_POSSIBLE)
        session.play()
        run.run_all()
        _ticked(bridge, lambda: not run.is_under_way)
        assert run.standing is Standing.DONE, run.reason
        assert all(one.went_well for one in run.moves)
        for row in plan.nodes:
            assert len(bridge.cluster.vms_on(row.node)) == row.vms_after
        assert run.whats_changed() == ()
    finally:
        bridge.stop()
        session.close()
        bridge.deleteLater()


@PATIENT
@given(SEEDS)
def test_no_step_of_a_plan_is_impossible_when_its_turn_comes(qapp: object, seed: int) -> None:
    policy = (Policy.SPREAD, Policy.PACK)[seed % 2]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        _carried_out(drawn_cluster(seed), Wish(policy=policy), Path(folder))
