"""Questions that take seconds: worked out beside the window, newest only, called off at any time, never just lost."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.engine.settling import settled
from hvgui.engine.world import World
from hvgui.lab.errors import LabError
from hvgui.lab.forecasters import Forecasters
from hvgui.lab.long_questions import LongQuestions
from slow_questions import dying, endless, nodes_of, wrong

PATIENCE_SECONDS = 30.0


@pytest.fixture
def forecasters() -> Iterator[Forecasters]:
    made = Forecasters()
    yield made
    made.close()


@pytest.fixture
def questions(forecasters: Forecasters) -> Iterator[LongQuestions[int]]:
    with ThreadPoolExecutor(1, thread_name_prefix="hvgui-figures") as encoder:
        yield LongQuestions(forecasters, encoder)


def forked(record: ClusterRecord) -> Future[World]:
    future: Future[World] = Future()
    future.set_result(settled(record, 1).fork())
    return future


def until(seen: Callable[[], bool]) -> None:
    give_up, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
    while not seen():
        assert time.monotonic() < give_up
        pause.wait(0.005)


def test_a_question_is_answered_in_a_process_beside_the_window(
    record: ClusterRecord, questions: LongQuestions[int]
) -> None:
    assert questions.fraction is None
    answer = questions.ask(forked(record), nodes_of)
    assert answer.result(PATIENCE_SECONDS) == 2
    assert len(multiprocessing.active_children()) >= 1
    assert questions.fraction is None


def test_what_is_being_worked_on_tells_how_far_it_is_and_gives_way_to_the_newer(
    record: ClusterRecord, questions: LongQuestions[int]
) -> None:
    older = questions.ask(forked(record), endless)
    until(lambda: questions.fraction == 0.25)
    newer = questions.ask(forked(record), nodes_of)
    assert older.cancelled()
    assert newer.result(PATIENCE_SECONDS) == 2


def test_whoever_calls_it_off_while_it_is_worked_on_gets_the_process_back(
    record: ClusterRecord, questions: LongQuestions[int], forecasters: Forecasters
) -> None:
    """More are called off than there are processes, so that the last one is answered only if those are free again."""
    for _ in range(3):
        answer = questions.ask(forked(record), endless)
        until(lambda: questions.fraction == 0.25)
        assert answer.cancel()
        with pytest.raises(CancelledError):
            answer.result(0)
        assert questions.fraction is None
    assert questions.ask(forked(record), nodes_of).result(PATIENCE_SECONDS) == 2
    assert forecasters.are_in_processes


def test_a_process_that_dies_over_a_question_is_made_up_for_by_a_thread(
    record: ClusterRecord, questions: LongQuestions[int], forecasters: Forecasters, tmp_path: Path
) -> None:
    answer = questions.ask(forked(record), partial(dying, marks=tmp_path))
    assert answer.result(PATIENCE_SECONDS) == 2
    assert not forecasters.are_in_processes
    ended = questions.ask(forked(record), endless)
    until(lambda: questions.fraction == 0.25)
    assert ended.cancel()


def test_without_processes_a_thread_works_it_out(
    record: ClusterRecord, questions: LongQuestions[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoMore(ProcessPoolExecutor):
        def __init__(self, *_: object, **__: object) -> None:
            raise OSError("no more processes")

    monkeypatch.setattr("hvgui.lab.forecasters.ProcessPoolExecutor", NoMore)
    assert questions.ask(forked(record), nodes_of).result(PATIENCE_SECONDS) == 2


def test_a_failure_belongs_to_who_asked(record: ClusterRecord, questions: LongQuestions[int]) -> None:
    assert isinstance(questions.ask(forked(record), wrong).exception(PATIENCE_SECONDS), ZeroDivisionError)
    without_world: Future[World] = Future()
    without_world.set_exception(KeyError(NodeId(3)))
    assert isinstance(questions.ask(without_world, nodes_of).exception(0), KeyError)


def test_after_the_lab_is_closed_nothing_is_worked_out(
    record: ClusterRecord, questions: LongQuestions[int], forecasters: Forecasters
) -> None:
    under_way = questions.ask(forked(record), endless)
    until(lambda: questions.fraction == 0.25)
    forecasters.close()
    assert isinstance(under_way.exception(PATIENCE_SECONDS), LabError)
    refused = questions.ask(forked(record), nodes_of).exception(PATIENCE_SECONDS)
    assert isinstance(refused, LabError)
    assert "can't be worked out" in str(refused)


def test_any_executor_will_do(record: ClusterRecord) -> None:
    with ThreadPoolExecutor(1) as lent:
        assert LongQuestions[int](Forecasters(lent), lent).ask(forked(record), nodes_of).result(PATIENCE_SECONDS) == 2
