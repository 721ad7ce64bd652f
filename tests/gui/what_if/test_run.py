"""A study beside the window, its session a stand-in: what comes is told, what fails is said, changes are noticed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QObject

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.what_if import WhatIfCase, WhatIfOutcome, WhatIfReport
from hvgui.engine.settling import settled
from hvgui.engine.world import World
from hvgui.gui.bridge import Bridge
from hvgui.gui.settings import remember
from hvgui.gui.what_if import run as run_module
from hvgui.gui.what_if.choice import Choice, expected_seconds
from hvgui.gui.what_if.run import StudyRun
from hvgui.lab.errors import LabError
from hvgui.lab.what_if.studies import Study
from stand_in import StandInSession


class Told:
    """Takes note of what a run tells."""

    def __init__(self, run: StudyRun) -> None:
        self.began = 0
        self.came: list[WhatIfOutcome] = []
        self.reports: list[WhatIfReport] = []
        self.failed: list[str] = []
        self.aged = 0
        run.began.connect(self._began)
        run.came.connect(self.came.extend)
        run.ended.connect(self.reports.append)
        run.failed.connect(self.failed.append)
        run.aged.connect(self._aged)

    def _began(self) -> None:
        self.began += 1

    def _aged(self) -> None:
        self.aged += 1


@pytest.fixture
def studies(stand_in: StandInSession, monkeypatch: pytest.MonkeyPatch) -> list[Study]:
    """Those that were begun, newest last; nobody works them out."""
    begun: list[Study] = []

    def begin(cases: Sequence[WhatIfCase], like: VmId | None = None) -> Study:
        begun.append(Study(cases, like))
        return begun[-1]

    monkeypatch.setattr(stand_in, "study", begin, raising=False)
    return begun


@pytest.fixture
def run(office_bridge: Bridge, studies: list[Study]) -> StudyRun:
    del studies
    return StudyRun(office_bridge, office_bridge)


def see(study: Study, record: ClusterRecord) -> World:
    """The world is seen."""
    world = settled(record, 1)
    study.cluster, study.time_ns = world.cluster, 5
    return world


def test_what_comes_is_told_and_the_report_at_the_end(
    run: StudyRun, studies: list[Study], office: ClusterRecord
) -> None:
    told, cases = Told(run), Choice().cases(Cluster(office))
    run.begin(cases, VmId(3))
    (study,) = studies
    assert (study.cases, study.like) == (cases, 3)
    run._look()
    assert told.began == 0
    world = see(study, office)
    first = WhatIfOutcome(cases[1])
    study.take(1, first)
    run._look()
    assert (told.began, told.came, run.time_ns, run.cluster) == (1, [first], 5, world.cluster)
    assert run.rest_seconds is None, "one trial says nothing of the rest"
    study.take(0, WhatIfOutcome(cases[0]))
    assert run.rest_seconds is not None
    assert run.is_busy
    study.end(world)
    run._look()
    assert not run.is_busy
    assert told.reports[0].outcomes == (WhatIfOutcome(cases[0]), first)
    assert not told.reports[0].is_complete
    assert told.failed == []


def test_what_fails_is_said_and_what_is_dropped_is_silent(
    run: StudyRun, studies: list[Study], office: ClusterRecord
) -> None:
    told, cases = Told(run), Choice().cases(Cluster(office))
    run.begin(cases, None)
    studies[-1].answer.set_exception(LabError("The lab has been closed."))
    run._look()
    assert told.failed == ["The study ended with an error: The lab has been closed."]
    run.begin(cases, None)
    run.cancel()
    assert studies[-1].is_called_off
    studies[-1].answer.cancel()
    run._look()
    assert told.failed[1:] == ["The lab was closed."]
    run.begin(cases, None)
    run.drop()
    assert studies[-1].is_called_off
    run._look()
    assert len(told.failed) == 2
    assert told.reports == []


def test_changes_count_from_the_moment_that_is_tried_on(
    run: StudyRun, studies: list[Study], office: ClusterRecord, stand_in: StandInSession, office_bridge: Bridge
) -> None:
    """Also those that come before the window knows what moment that is."""
    told, node = Told(run), office.nodes[0]
    run.begin(Choice().cases(Cluster(office)), None)
    stand_in.put(replace(node, state=NodeState.PAUSED))
    office_bridge.tick()
    see(studies[-1], office)
    run._look()
    assert run.changes is not None
    assert run.changes.words == "The lab has changed since: 1 node."
    stand_in.put(node)
    office_bridge.tick()
    assert run.changes.words == ""
    assert told.aged == 1
    run.drop()


def test_how_long_it_took_is_remembered_for_the_next_estimate(
    run: StudyRun, studies: list[Study], office: ClusterRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(office)
    cases = Choice().cases(cluster)
    now = [100.0]
    monkeypatch.setattr(run_module.time, "monotonic", lambda: now[0])
    run.begin(cases, None)
    world = see(studies[-1], office)
    for number, case in enumerate(cases):
        studies[-1].take(number, WhatIfOutcome(case))
    run._look()
    now[0] += 3.0 * expected_seconds(cases, cluster)
    studies[-1].end(world)
    run._look()
    assert run.pace == pytest.approx(3.0)
    remember("what-if/pace", 1e9)
    assert run.pace == 20.0, "what somebody wrote into the settings is not believed"


def test_a_run_goes_with_its_parent(office_bridge: Bridge, studies: list[Study], office: ClusterRecord) -> None:
    parent = QObject()
    run = StudyRun(office_bridge, parent)
    run.begin(Choice(node=NodeId(0)).cases(Cluster(office)), None)
    run.drop()
    parent.deleteLater()
    assert studies[-1].is_called_off
